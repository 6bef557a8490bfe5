"""The arguments of the call of a component."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from translator.decompiler.expressions import NoExpressionError, expression, filled, same, typed
from translator.decompiler.nodes import Item, Literal, Status
from translator.decompiler.texts import long_text
from translator.decompiler.types import required
from translator.diagnostics import decompiler as rules
from translator.model import Importer, ParameterType
from translator.placeholders import Placeholder, PlaceholderKind

if TYPE_CHECKING:
    from translator.decompiler.definitions import Definition, Module
    from translator.decompiler.expressions import Scope
    from translator.decompiler.layout import Expression
    from translator.decompiler.limits import Limits
    from translator.decompiler.nodes import Call, Value
    from translator.model import Executor, Pipeline

__all__ = ["Arguments"]


class Arguments:
    """Writes the arguments of one call."""

    def __init__(
        self,
        module: Module,
        pipeline: Pipeline,
        scope: Scope,
        limits: Limits,
        node: Call,
        definition: Definition,
        executor: Executor | None,
    ) -> None:
        self.module = module
        self.limits = limits
        self.node = node
        self.definition = definition
        self.interface = pipeline.components[node.task.component].inputs
        #: The items of loops that the call takes and kfp's compiler loses.
        self.lost: list[Item] = []
        self.scope = scope._replace(in_text=functools.partial(limits.in_text, node))
        is_importer = isinstance(executor, Importer)
        self.texts = self.scope if is_importer else scope._replace(in_text=self.in_text)

    def written(self) -> dict[str, Expression]:
        """Input → its argument, where it is not the default."""
        found: dict[str, Expression] = {}
        statuses = {
            name: Status(task="")
            for name, one in self.interface.parameters.items()
            if one.type is ParameterType.TASK_FINAL_STATUS
        }
        for name, value in {**statuses, **self.node.values}.items():
            if name not in self.definition.inputs:
                continue
            try:
                argument = self.argument(name, value)
                if argument is not None:
                    found[name] = argument
            except NoExpressionError as error:
                self.report(name, error)
        for name in required(self.interface):
            if name in self.definition.inputs and name not in self.node.values:
                self.report(name, "it has no value and no default")
        return found

    def argument(self, name: str, value: Value) -> Expression | None:
        """An argument; None if it is the default. Raises ``NoExpressionError``."""
        if self.definition.inputs[name] == "self":
            raise NoExpressionError("a call of a component has a `self` of its own")
        declared = self.interface.parameters.get(name)
        if isinstance(value, Item) and self.limits.loses(self.node.path[:-1], value):
            self.lost.append(value)
        if isinstance(value, Status):
            self.limits.check_status(self.node, declared)
            return None
        if declared is not None and self.limits.types.needs_text(value, declared.type):
            placeholder = Placeholder(PlaceholderKind.INPUT_VALUE, name)
            return filled(self.texts, str(placeholder), {name: value})
        if isinstance(value, Literal) and declared is not None:
            value = Literal(value=typed(value.value, declared.type))
        self.limits.check_type(value, declared or self.interface.artifacts.get(name))
        if not isinstance(value, Literal):
            return expression(self.scope, value)
        defaults = self.definition.defaults
        if name in defaults and same(value.value, defaults[name]):
            return None
        scope = self.texts if isinstance(value.value, str) else self.scope
        # A long text becomes a constant, which is named after the input.
        named = scope._replace(text=functools.partial(long_text, self.module, name))
        return filled(named, value.value, self.node.values)

    def in_text(self, item: Item) -> bool:
        """Whether a text can have the item of a loop: always, as lost ones are passed again."""
        if not self.limits.in_text(self.node, item):
            self.lost.append(item)
        return True

    def report(self, name: str, why: object) -> None:
        facts = {"input": name, "task": self.node.path[-1], "why": why}
        self.module.findings.add(rules.VALUE.at(self.node.task.origin, **facts))
