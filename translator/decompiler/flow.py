"""The body of a pipeline function: its tasks, loops, branches and exit handlers as statements."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from translator.decompiler import kubernetes
from translator.decompiler.components import importer_call
from translator.decompiler.conditions import conditions
from translator.decompiler.expressions import (
    NoExpressionError,
    Scope,
    call_of,
    expression,
    filled,
    same,
    typed,
)
from translator.decompiler.layout import (
    INDENT,
    Chain,
    Group,
    assigned,
    call,
    named,
    statement,
    with_statement,
)
from translator.decompiler.limits import Limits
from translator.decompiler.literals import literal
from translator.decompiler.loop_items import WITH_ITEMS, lost_loops
from translator.decompiler.loops import loop_items, parallel_for
from translator.decompiler.nodes import (
    Branches,
    Call,
    Exit,
    Item,
    Literal,
    Loop,
    OneOf,
    Status,
    operands,
    walk,
)
from translator.decompiler.order import is_named
from translator.decompiler.repeated import Repeated
from translator.decompiler.settings import Owner, ignores_failures, settings
from translator.decompiler.texts import long_text
from translator.decompiler.types import Types
from translator.decompiler.variables import item_key, variables
from translator.diagnostics import decompiler as rules
from translator.model import UNSET, ExecutorRef, Importer, ParameterType
from translator.placeholders import Placeholder, PlaceholderKind
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from translator.decompiler.definitions import Definition, Module
    from translator.decompiler.layout import Expression
    from translator.decompiler.nodes import Branch, Flow, Node, Path, Value
    from translator.decompiler.structure import Structure
    from translator.diagnostics import Diagnostic
    from translator.model import (
        Component,
        Executor,
        FromParent,
        FromTask,
        Parameter,
        Pipeline,
        Task,
    )

    #: What ``with`` enters, and the variable for it.
    Context: TypeAlias = tuple[Expression, str]

__all__ = ["Body", "Function"]


class Function(NamedTuple):
    """A pipeline function that is written."""

    pipeline: Pipeline
    component: Component
    structure: Structure
    flow: Flow
    #: Component → how it is defined.
    definitions: Mapping[str, Definition]
    #: Input of the component → parameter.
    parameters: Mapping[str, str]


class Body:
    """Writes the statements of a function."""

    def __init__(self, module: Module, function: Function) -> None:
        self.module = module
        self.function = function
        self.pipeline = function.pipeline
        flow = function.flow
        self.calls = {node.path: node for node in walk(flow.body) if isinstance(node, Call)}
        needed = {
            path
            for path, one in self.calls.items()
            if kubernetes.has_settings(self.pipeline, self.pipeline.components[one.task.component])
        }
        functions = {key: one.function for key, one in function.definitions.items()}
        taken = module.names.inner(function.parameters.values())
        self.lost_loops = lost_loops(flow)
        names = variables(flow, taken, needed, function.parameters, functions, self.lost_loops)
        self.scope = Scope(parameters=function.parameters, variables=names, output=self.output_key)
        self.names = taken
        self.pods = {
            path: kubernetes.pod_calls(self.owner(self.calls[path], module.findings), self.pipeline)
            for path in self.calls
            if path in needed
        }
        items = [name for key, name in names.items() if isinstance(key, Item)]
        self.repeated = Repeated(self.pods, names, items)
        if any(one.calls for one in self.pods.values()):
            module.use(kubernetes.IMPORT)
        self.types = Types(function.pipeline, function.component, self.calls, flow)
        self.limits = Limits(flow, self.types)

    def output_key(self, path: Path, output: str) -> str:
        """The key of an output in ``.outputs``; empty if it is the only one."""
        task = self.calls[path].task
        outputs = self.function.definitions[task.component].outputs
        declared = self.pipeline.components[task.component].outputs
        if output not in {**outputs, **declared.parameters, **declared.artifacts}:
            raise NoExpressionError(f"the task `{path[-1]}` has no output `{output}`")
        key = outputs.get(output, output)
        return "" if len(outputs) == 1 else key

    # Statements

    def body(self) -> str:
        """The statements of the function, without the one that returns its outputs."""
        made = self.statements(self.function.flow.body)
        return "\n\n".join([one for one in (made, *self.repeated.statements(self.names)) if one])

    def statements(self, nodes: Sequence[Node], indent: int = INDENT) -> str:
        """The statements of nodes. Those of several lines have blank lines around them."""
        parts = [self.node(node, indent) for node in nodes]
        found = parts[0] if parts else ""
        for before, part in itertools.pairwise(parts):
            found += ("\n\n" if "\n" in before or "\n" in part else "\n") + part
        return found

    def node(self, node: Node, indent: int) -> str:
        match node:
            case Call():
                return self.call(node, indent)
            case Loop():
                return self.block([self.loop_context(node)], node.body, indent)
            case Branches():
                return self.branches(node, indent)
            case Exit():
                return self.exit(node, indent)

    def block(self, contexts: list[Context], nodes: Sequence[Node], indent: int) -> str:
        """A ``with`` statement, with the contexts of a group that is all there is in it."""
        only = nodes[0] if len(nodes) == 1 else None
        if isinstance(only, Loop):
            return self.block([*contexts, self.loop_context(only)], only.body, indent)
        if isinstance(only, Branches) and only.is_alone and not self.oneofs(only):
            branch = only.branches[0]
            inner = self.branch_contexts(branch, "dsl.If")
            return self.block([*contexts, *inner], branch.body, indent)
        return f"{with_statement(contexts, indent)}\n{self.statements(nodes, indent + INDENT)}"

    def loop_context(self, node: Loop) -> Context:
        """``dsl.ParallelFor(…) as item``."""
        more = {"name": literal(node.task.display_name)} if is_named(node.task) else {}
        if node.task.parallelism:
            more["parallelism"] = literal(node.task.parallelism)
        items = self.items(node)
        loop = parallel_for(self.module, self.limits, node)
        context = call(loop, *([] if items is None else [items]), **more)
        return context, self.scope.variables.get(item_key(node.path), "")

    def items(self, node: Loop) -> Expression | None:
        try:
            return loop_items(self.scope, self.limits, node)
        except NoExpressionError as error:
            facts = {"task": node.path[-1], "why": error}
            self.module.findings.add(rules.LOOP.at(node.task.origin, **facts))
            return None

    def branches(self, node: Branches, indent: int) -> str:
        """``with dsl.If(…):`` and the branches after it, and ``dsl.OneOf`` of their outputs."""
        found: list[str] = []
        for number, branch in enumerate(node.branches):
            kind = "If" if number == 0 else "Else" if branch.condition is None else "Elif"
            found.append(
                self.block(self.branch_contexts(branch, f"dsl.{kind}"), branch.body, indent)
            )
        for one in self.oneofs(node):
            outputs = [expression(self.scope, output) for output in one.of]
            value = call("dsl.OneOf", *outputs)
            found.append(assigned(self.scope.variables[one], value, indent))
        return "\n".join(found)

    def oneofs(self, node: Branches) -> list[OneOf]:
        """What ``dsl.OneOf`` is made of the branches."""
        values = [one for one in self.scope.variables if isinstance(one, OneOf)]
        return [one for one in values if one.branches == node.path]

    def branch_contexts(self, branch: Branch, kind: str) -> list[Context]:
        """``dsl.If(…)``: several if all of their conditions have to be true."""
        more = {"name": literal(branch.task.display_name)} if is_named(branch.task) else {}
        if branch.condition is None:
            return [(call(kind, **more), "")]
        try:
            for value in operands(branch):
                self.limits.check_operand(branch.path, value)
            single = kind == "dsl.Elif"
            first, *others = conditions(
                self.module, self.scope, branch, self.types.of, single=single
            )
        except NoExpressionError as error:
            facts = {"task": branch.path[-1], "why": error}
            self.module.findings.add(rules.CONDITION.at(branch.task.origin, **facts))
            return [(call(kind, **more), "")]
        return [(call(kind, first, **more), ""), *((call("dsl.If", one), "") for one in others)]

    def exit(self, node: Exit, indent: int) -> str:
        """``with dsl.ExitHandler(…):`` after its exit task."""
        variable = self.scope.variables[node.exit_task.path]
        more = {"name": literal(node.task.display_name)} if is_named(node.task) else {}
        context = call("dsl.ExitHandler", named(variable), **more)
        contexts: list[Context] = [(context, self.scope.variables.get(node.path, ""))]
        made = self.call(node.exit_task, indent, is_exit=True)
        return f"{made}\n\n{self.block(contexts, node.body, indent)}"

    # Calls

    def call(self, node: Call, indent: int, *, is_exit: bool = False) -> str:
        """The statement that makes a task, and those about its settings."""
        owner = self.owner(node, self.module.findings)
        definition = self.function.definitions[node.task.component]
        calls = [*settings(owner, default_name=node.path[-1], is_exit=is_exit)]
        after = [named(self.scope.variables[one]) for one in node.after]
        if after:
            calls.insert(0, call(".after", *after))
        complete = ignores_failures(node.task, is_exit=is_exit)
        items: list[Item] = []
        made = self.with_items(node, self.made(node, definition, items, complete=complete), items)
        if calls:
            made = Chain(first=made, calls=tuple(calls))
        variable = self.scope.variables.get(node.path)
        if variable is None:
            return statement(made, indent)
        apart = self.repeated.apart.get(node.path, ())
        pod = self.pods.get(node.path)
        more = pod.statements(variable, indent, apart) if pod else []
        return "\n".join([assigned(variable, made, indent), *more])

    def made(
        self, node: Call, definition: Definition, items: list[Item], *, complete: bool
    ) -> Group:
        """The call of the component, with the arguments that it needs, or a complete one.

        Items in its texts that kfp's compiler loses are added to ``items``.
        """
        executor = self.executor(node.task)
        given = self.arguments(node, definition, items)
        if complete:
            defaults = {name: literal(one) for name, one in definition.defaults.items()}
            given = defaults | given
        if isinstance(executor, Importer):
            return importer_call(self.module, executor, given)
        keywords = {
            keyword: given[name] for name, keyword in definition.inputs.items() if name in given
        }
        return call_of(definition.function, keywords)

    def with_items(self, node: Call, made: Expression, items: list[Item]) -> Expression:
        """The task, to which items of loops are passed that kfp's compiler would lose."""
        for loop, first in self.lost_loops.items():
            if first == node.path and all(one.loop != loop for one in items):
                items.append(Item(loop=loop))
        given = [expression(self.scope, one) for one in dict.fromkeys(items)]
        return (
            call(self.module.helpers.helper("with_items", WITH_ITEMS), made, *given)
            if given
            else made
        )

    def scope_of_texts(self, node: Call, items: list[Item]) -> Scope:
        """The scope for texts of a call; items that kfp's compiler loses are added to ``items``."""

        def in_text(item: Item) -> bool:
            if not self.limits.in_text(node, item):
                items.append(item)
            return True

        return self.scope._replace(in_text=in_text)

    def arguments(
        self, node: Call, definition: Definition, items: list[Item]
    ) -> dict[str, Expression]:
        """Input → its argument, where it is not the default."""
        found: dict[str, Expression] = {}
        interface = self.pipeline.components[node.task.component].inputs
        statuses = {
            name: Status(task="")
            for name, one in interface.parameters.items()
            if one.type is ParameterType.TASK_FINAL_STATUS
        }
        for name, value in {**statuses, **node.values}.items():
            if name not in definition.inputs:
                continue
            try:
                argument = self.argument(node, name, value, definition, items)
                if argument is not None:
                    found[name] = argument
            except NoExpressionError as error:
                self.not_written(node, name, error)
        for name in self.missing(node, definition):
            self.not_written(node, name, "it has no value and no default")
        return found

    def argument(
        self, node: Call, name: str, value: Value, definition: Definition, items: list[Item]
    ) -> Expression | None:
        """An argument; None if it is the default. Raises ``NoExpressionError``."""
        if definition.inputs[name] == "self":
            raise NoExpressionError("a call of a component has a `self` of its own")
        interface = self.pipeline.components[node.task.component].inputs
        declared = interface.parameters.get(name)
        if isinstance(value, Item) and self.limits.loses(node.path[:-1], value):
            items.append(value)
        if isinstance(value, Status):
            self.limits.check_status(node, declared)
            return None
        scope = self.scope._replace(in_text=functools.partial(self.limits.in_text, node))
        is_importer = isinstance(self.executor(node.task), Importer)
        texts = scope if is_importer else self.scope_of_texts(node, items)
        if declared is not None and self.types.needs_text(value, declared.type):
            placeholder = Placeholder(PlaceholderKind.INPUT_VALUE, name)
            return filled(texts, str(placeholder), {name: value})
        if isinstance(value, Literal) and declared is not None:
            value = Literal(value=typed(value.value, declared.type))
        self.limits.check_type(value, declared or interface.artifacts.get(name))
        if not isinstance(value, Literal):
            return expression(scope, value)
        if name in definition.defaults and same(value.value, definition.defaults[name]):
            return None
        scope = texts if isinstance(value.value, str) else scope
        return filled(self.with_texts(scope, name), value.value, node.values)

    def not_written(self, node: Call, name: str, why: object) -> None:
        facts = {"input": name, "task": node.path[-1], "why": why}
        self.module.findings.add(rules.VALUE.at(node.task.origin, **facts))

    def with_texts(self, scope: Scope, wish: str) -> Scope:
        """The scope, which makes constants of long texts; ``wish`` is the name of the first."""
        return scope._replace(text=functools.partial(long_text, self.module, wish))

    def missing(self, node: Call, definition: Definition) -> list[str]:
        """Inputs without a value that kfp's compiler requires."""
        interface = self.pipeline.components[node.task.component].inputs
        required = [n for n, one in interface.parameters.items() if _is_required(one)]
        required += [n for n, one in interface.artifacts.items() if not one.optional]
        return [one for one in required if one in definition.inputs and one not in node.values]

    # Settings

    def executor(self, task: Task) -> Executor | None:
        component = self.pipeline.components[task.component]
        body = component.body
        return self.pipeline.executors.get(body.label) if isinstance(body, ExecutorRef) else None

    def owner(self, node: Call, findings: list[Diagnostic]) -> Owner:
        def channel(source: FromParent | FromTask) -> Expression:
            value = self.function.structure.value(node.path[:-1], source)
            try:
                return expression(self.scope, value)
            except NoExpressionError as error:
                self.not_written(node, "(settings)", error)
                return literal("")

        return Owner(
            name=node.path[-1],
            task=node.task,
            component=self.pipeline.components[node.task.component],
            executor=self.executor(node.task),
            channel=channel,
            findings=findings,
        )


def _is_required(parameter: Parameter) -> bool:
    is_given = parameter.type in (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG)
    return parameter.default is UNSET and not parameter.optional and not is_given
