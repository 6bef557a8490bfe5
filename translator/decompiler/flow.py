"""The body of a pipeline function: its tasks, loops, branches and exit handlers as statements."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from translator.decompiler import kubernetes
from translator.decompiler.arguments import Arguments
from translator.decompiler.components import importer_call
from translator.decompiler.conditions import conditions
from translator.decompiler.definitions import comment
from translator.decompiler.expressions import (
    NoExpressionError,
    Scope,
    call_of,
    expression,
)
from translator.decompiler.layout import (
    INDENT,
    Chain,
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
    Loop,
    OneOf,
    calls_in,
    leaks,
    operands,
)
from translator.decompiler.order import is_named
from translator.decompiler.repeated import Repeated
from translator.decompiler.settings import Owner, ignores_failures, settings
from translator.decompiler.types import Types
from translator.decompiler.variables import item_key, variables
from translator.diagnostics import decompiler as rules
from translator.model import ExecutorRef, Importer
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from translator.decompiler.definitions import Definition, Module
    from translator.decompiler.layout import Expression
    from translator.decompiler.nodes import Branch, Flow, Node, Path
    from translator.decompiler.structure import Structure
    from translator.diagnostics import Diagnostic
    from translator.model import (
        Component,
        Executor,
        FromParent,
        FromTask,
        Pipeline,
        Task,
    )

    #: What ``with`` enters, and the variable for it.
    Context: TypeAlias = tuple[Expression, str]

__all__ = ["Body", "Function"]


#: Of statements that belong to the block before them.
_LEAK = "kfp's compiler adds this to the block above, which has a dsl.Elif without a dsl.Else."


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
        self.calls = {node.path: node for node in calls_in(flow.body)}
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
        """A ``with`` statement, with the contexts of a group that is all there is in it.

        What follows a leak is behind the block, as kfp's compiler closes the leak with it.
        """
        last = next((i for i, node in enumerate(nodes, 1) if leaks(node)), len(nodes))
        nodes, behind = nodes[:last], nodes[last:]
        if behind:
            parts = [self.block(contexts, nodes, indent), comment(_LEAK, indent)]
            return "\n\n".join(parts) + f"\n{self.statements(behind, indent)}"
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
        text = "\n".join(found)
        return f"{text}\n\n{self.statements(node.rest, indent)}" if node.rest else text

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
        made = self.made(node, definition, complete=complete)
        if calls:
            made = Chain(first=made, calls=tuple(calls))
        variable = self.scope.variables.get(node.path)
        if variable is None:
            return statement(made, indent)
        apart = self.repeated.apart.get(node.path, ())
        pod = self.pods.get(node.path)
        more = pod.statements(variable, indent, apart) if pod else []
        return "\n".join([assigned(variable, made, indent), *more])

    def made(self, node: Call, definition: Definition, *, complete: bool) -> Expression:
        """The call of the component, with the arguments that it needs, or a complete one."""
        executor = self.executor(node.task)
        arguments = Arguments(
            self.module, self.pipeline, self.scope, self.limits, node, definition, executor
        )
        given = arguments.written()
        if complete:
            defaults = {name: literal(one) for name, one in definition.defaults.items()}
            given = defaults | given
        if isinstance(executor, Importer):
            return self.with_items(node, importer_call(self.module, executor, given), arguments)
        keywords = {
            keyword: given[name] for name, keyword in definition.inputs.items() if name in given
        }
        return self.with_items(node, call_of(definition.function, keywords), arguments)

    def with_items(self, node: Call, made: Expression, arguments: Arguments) -> Expression:
        """The task, to which items of loops are passed that kfp's compiler would lose."""
        items = dict.fromkeys(arguments.lost)
        for loop, first in self.lost_loops.items():
            if first == node.path and all(one.loop != loop for one in items):
                items[Item(loop=loop)] = None
        if not items:
            return made
        given = [expression(self.scope, one) for one in items]
        return call(self.module.helpers.helper("with_items", WITH_ITEMS), made, *given)

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
                facts = {"input": "(settings)", "task": node.path[-1], "why": error}
                self.module.findings.add(rules.VALUE.at(node.task.origin, **facts))
                return literal("")

        return Owner(
            name=node.path[-1],
            task=node.task,
            component=self.pipeline.components[node.task.component],
            executor=self.executor(node.task),
            channel=channel,
            findings=findings,
        )
