"""The flow of a pipeline function: its calls, loops, branches and exit handlers as their author
nested them, and where each value comes from.

kfp's compiler makes a component of its own for each group of tasks (``build_spec_by_group`` in
kfp/compiler/pipeline_spec_builder.py), and the reader of KFP v1 does the same for what a workflow
has in such groups. A task with a condition or a loop is such a group, whatever its name is. Of the
other tasks that run a DAG, an exit handler's is known by its exit task, that of If/Elif/Else by the
conditions in it; every other one calls a pipeline.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from translator.decompiler.branches import chain, chained
from translator.decompiler.nodes import (
    Branch,
    Branches,
    Call,
    Collected,
    Exit,
    Flow,
    Given,
    Item,
    Literal,
    Loop,
    OneOf,
    Output,
    Status,
    Unknown,
)
from translator.decompiler.order import is_branches_name, is_group_name, ordered
from translator.decompiler.waits import with_waits
from translator.model import (
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    Items,
    ParameterType,
    Strategy,
    upstream_tasks,
)
from translator.model.channels import is_channel
from translator.model.expressions import simplified
from translator.model.kubernetes import values_in
from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.nodes import Node, Path, Value
    from translator.model import Component, DagOutput, InputSource, Interface, Json, Pipeline, Task
    from translator.model.expressions import Selector

__all__ = ["Structure"]


class _Scope(Record):
    """A DAG that is written in the function: the function's own, or that of a group."""

    #: What tasks are in it: for a group of one task, which has a loop or condition, that task.
    tasks: Mapping[str, Task]
    #: Input of the DAG → its value.
    given: Mapping[str, Value]
    parameter_outputs: Mapping[str, DagOutput] = {}
    artifact_outputs: Mapping[str, DagOutput] = {}

    def output(self, name: str) -> DagOutput | None:
        """Where the output comes from."""
        return self.parameter_outputs.get(name) or self.artifact_outputs.get(name)


class Structure:
    """Finds the flow of a component that is a DAG."""

    def __init__(self, pipeline: Pipeline, component: Component) -> None:
        self.components = pipeline.components
        self.executors = pipeline.executors
        self.component = component
        inputs = (*component.inputs.parameters, *component.inputs.artifacts)
        given: dict[str, Value] = {name: Given(name=name) for name in inputs}
        self.scopes: dict[Path, _Scope] = {(): _scope(component.body, given)}

    def flow(self) -> Flow:
        """The nodes and outputs of the function."""
        own = self.scopes[()]
        named = {**own.parameter_outputs, **own.artifact_outputs}
        outputs = {name: self.returned(name, output) for name, output in named.items()}
        body = self.nodes(())
        tasks = {path: scope.tasks for path, scope in self.scopes.items()}
        return Flow(body=tuple(with_waits(body, tasks)), outputs=outputs)

    def returned(self, name: str, output: DagOutput) -> Value:
        """What the function returns: an output of a task in a group only as one of many."""
        value = self.dag_output((), output)
        if not isinstance(value, Output) or len(value.call) < 2:
            return value
        outputs, kind = self.component.outputs, self.outputs_of(value.call)
        is_list, was_list = (
            one.parameters[key].type is ParameterType.LIST
            if key in one.parameters
            else key in one.artifacts and one.artifacts[key].is_list
            for one, key in ((outputs, name), (kind, value.output))
        )
        if is_list and not was_list:
            return Collected(of=value)
        return Unknown(why="kfp accepts outputs of tasks that are in no loop or condition only")

    def outputs_of(self, path: Path) -> Interface:
        """The outputs of the component that a call calls."""
        return self.components[self.scope(path[:-1]).tasks[path[-1]].component].outputs

    # Nodes

    def nodes(self, path: Path) -> list[Node]:
        """The nodes of a scope in the order in which an author writes them."""
        tasks = self.scope(path).tasks
        exits = self.exit_tasks(path)
        found = [
            self.node((*path, name), task)
            for name, task in tasks.items()
            if name not in exits.values()
        ]
        upstream = {name: upstream_tasks(task) for name, task in tasks.items()}
        return ordered(chained(found), upstream)

    def node(self, path: Path, task: Task) -> Node:
        if task.trigger is not None and task.trigger.condition is not None:
            values = self.values(path[:-1], task)
            condition = simplified(task.trigger.condition)
            body = self.inside(path, task, conditional=True)
            branch = Branch(path=path, task=task, condition=condition, values=values, body=body)
            return Branches(path=path, branches=(branch,))
        if task.iterator is not None:
            return self.loop(path, task)
        exit_name = self.exit_tasks(path[:-1]).get(path[-1])
        if exit_name is not None:
            exit_task = self.call((*path[:-1], exit_name), self.scope(path[:-1]).tasks[exit_name])
            return Exit(path=path, task=task, exit_task=exit_task, body=tuple(self.nodes(path)))
        if self.is_branches(path, task):
            return self.branches(path, task)
        return self.call(path, task)

    def branches(self, path: Path, task: Task) -> Branches:
        """An If with its Elifs and its Else, in a DAG of their own."""
        first, *rest = sorted(self.nodes(path), key=_is_alone)
        assert isinstance(first, Branches)
        return Branches(path=path, branches=first.branches, wrapper=task, rest=tuple(rest))

    def inside(self, path: Path, task: Task, *, conditional: bool) -> tuple[Node, ...]:
        """The body of a group: of its DAG, or the task itself."""
        if conditional and task.iterator is not None:
            return (self.loop(path, task),)
        if self.is_dag(task):
            return tuple(self.nodes(path))
        return (self.call(path, task),)

    def loop(self, path: Path, task: Task) -> Loop:
        assert task.iterator is not None
        items = task.iterator.items
        found: Items | Value = (
            items if isinstance(items, Items) else self.input_value(path[:-1], task, items.name)
        )
        body = self.inside(path, task, conditional=False)
        return Loop(path=path, task=task, items=found, body=body)

    def call(self, path: Path, task: Task) -> Call:
        values = self.values(path[:-1], task)
        if task.iterator is not None:
            values = {**values, task.iterator.item_input: Item(loop=path)}
        settings = tuple(self.value(path[:-1], one) for one in self.of_settings(task))
        return Call(path=path, task=task, values=values, settings=settings)

    def of_settings(self, task: Task) -> list[InputSource]:
        """The values in the Kubernetes settings of a task."""
        body = self.components[task.component].body if task.component in self.components else None
        executor = self.executors.get(body.label) if isinstance(body, ExecutorRef) else None
        return [*values_in(executor.pod)] if isinstance(executor, Container) else []

    # Groups

    def is_dag(self, task: Task) -> bool:
        component = self.components.get(task.component)
        return component is not None and isinstance(component.body, Dag)

    def is_group(self, path: Path, task: Task) -> bool:
        """Whether the tasks of its DAG are written in the function itself."""
        if not self.is_dag(task):
            return False
        condition = task.trigger.condition if task.trigger else None
        if condition is not None or task.iterator is not None:
            return True
        return path[-1] in self.exit_tasks(path[:-1]) or self.is_branches(path, task)

    def exit_tasks(self, path: Path) -> dict[str, str]:
        """Exit handlers → their exit tasks. kfp has them in the DAG of a pipeline only."""
        return {} if path else self._exit_tasks

    @cached_property
    def _exit_tasks(self) -> dict[str, str]:
        tasks = self.scopes[()].tasks
        found: dict[str, str] = {}
        for name, task in tasks.items():
            strategy = task.trigger.strategy if task.trigger else None
            upstream = upstream_tasks(task)
            if strategy is not Strategy.ALL_UPSTREAM_TASKS_COMPLETED or len(upstream) != 1:
                continue
            handler = tasks.get(upstream[0])
            takes = [*task.parameters.values(), *task.artifacts.values()]
            if handler is None or any(isinstance(one, FromTask) for one in takes):
                continue
            if upstream[0] not in found and self.is_exit_handler(upstream[0], handler):
                found[upstream[0]] = name
        return found

    def is_exit_handler(self, name: str, task: Task) -> bool:
        """Whether a DAG is that of an exit handler, and not a pipeline that is called."""
        if not self.is_dag(task) or task.trigger is not None or task.iterator is not None:
            return False
        body = self.components[task.component].body
        assert isinstance(body, Dag)
        if body.parameter_outputs or body.artifact_outputs or task.retry is not None:
            return False
        inputs = (*task.parameters, *task.artifacts)
        return is_group_name(name) or (bool(inputs) and all(map(is_channel, inputs)))

    def is_branches(self, path: Path, task: Task) -> bool:
        """Whether a DAG holds an If with its Elifs and its Else, or what follows them."""
        return bool(self.chain(path, task))

    def chain(self, path: Path, task: Task) -> tuple[Branch, ...]:
        """The branches that a DAG is made for, without what is in them; empty for other DAGs.

        Without an Else, kfp adds what follows in the same block to the DAG.
        """
        if not self.is_dag(task) or task.trigger is not None or task.iterator is not None:
            return ()
        body = self.components[task.component].body
        assert isinstance(body, Dag)
        conditions = {
            name: simplified(one.trigger.condition)
            for name, one in body.tasks.items()
            if one.trigger and one.trigger.condition
        }
        is_all = len(conditions) == len(body.tasks)
        if len(conditions) < 2 or not (is_all or is_branches_name(path[-1])):
            return ()
        self.scope(path, task)
        branches = [
            Branch(
                path=(*path, name),
                task=body.tasks[name],
                condition=condition,
                values=self.values(path, body.tasks[name]),
                body=(),
            )
            for name, condition in conditions.items()
        ]
        return (is_all and chain(branches)) or self.open_chain(path, branches)

    def open_chain(self, path: Path, branches: list[Branch]) -> tuple[Branch, ...]:
        """An If and its Elifs, among the other conditions in their DAG."""
        if not is_branches_name(path[-1]):
            return ()
        alone = [Branches(path=one.path, branches=(one,)) for one in branches]
        first = min(chained(alone), key=_is_alone)
        assert isinstance(first, Branches)
        is_open = not first.is_alone and first.branches[-1].condition is not None
        return first.branches if is_open else ()

    def scope(self, path: Path, task: Task | None = None) -> _Scope:
        """The scope of a group."""
        if path not in self.scopes:
            found = task or self.scope(path[:-1]).tasks[path[-1]]
            given = self.values(path[:-1], found)
            if found.iterator is not None:
                given = {**given, found.iterator.item_input: Item(loop=path)}
            component = self.components[found.component]
            self.scopes[path] = _scope(component.body, given)
        return self.scopes[path]

    # Values

    def values(self, path: Path, task: Task) -> dict[str, Value]:
        """The values of a task's inputs, in the scope that it is in."""
        sources = {**task.parameters, **task.artifacts}
        return {name: self.value(path, source) for name, source in sources.items()}

    def input_value(self, path: Path, task: Task, name: str) -> Value:
        source = task.parameters.get(name) or task.artifacts.get(name)
        if source is None:
            return Unknown(why=f"the input `{name}` has no value")
        return self.value(path, source)

    def value(self, path: Path, source: InputSource) -> Value:
        """The value of a source in the scope."""
        match source:
            case Constant():
                return Literal(value=source.value)
            case FinalStatus():
                return Status(task=source.task)
            case FromParent():
                found = self.scope(path).given.get(source.name)
                if found is None:
                    return Unknown(why=f"the input `{source.name}` has no value")
                return _selected(found, source.selector)
            case FromTask():
                return _selected(self.output(path, source.task, source.output), source.selector)
        return Unknown(why="it is a run time value of the component itself")

    def output(self, path: Path, name: str, output: str) -> Value:
        """The output of a task in a scope."""
        task = self.scope(path).tasks.get(name)
        if task is None:
            return Unknown(why=f"there is no task `{name}`")
        inner = (*path, name)
        found: Value = Output(call=inner, output=output)
        if self.is_group(inner, task):
            source = self.scope(inner).output(output)
            if source is None:
                return Unknown(why=f"the task `{name}` has no output `{output}`")
            found = self.dag_output(inner, source)
        if task.iterator is None:
            return found
        if isinstance(found, Collected):
            return found
        return Collected(of=found) if isinstance(found, Output) else _no_collected(found)

    def dag_output(self, path: Path, output: DagOutput) -> Value:
        """The value of an output of a DAG."""
        values = [self.output(path, one.task, one.output) for one in output.sources]
        if not output.one_of and len(values) == 1:
            return _selected(values[0], output.sources[0].selector)
        taken = tuple(one for one in values if isinstance(one, Output))
        branches = self.chain(path, self.scope(path[:-1]).tasks[path[-1]]) if path else ()
        ends = [one.condition for one in branches[-1:]]
        if len(taken) < len(values) or ends != [None]:
            return Unknown(why="dsl.OneOf takes outputs of tasks in the branches of an If and Else")
        return OneOf(branches=path, of=taken)


def _is_alone(node: Node) -> bool:
    """Whether a node is no If with its Elifs next to each other."""
    return not isinstance(node, Branches) or node.is_alone or node.wrapper is not None


def _scope(body: object, given: Mapping[str, Value]) -> _Scope:
    if not isinstance(body, Dag):
        return _Scope(tasks={}, given=given)
    return _Scope(
        tasks=body.tasks,
        given=given,
        parameter_outputs=body.parameter_outputs,
        artifact_outputs=body.artifact_outputs,
    )


def _no_collected(value: Value) -> Value:
    return value if isinstance(value, Unknown) else Unknown(why="dsl.Collected takes an output")


def _selected(value: Value, selector: Selector | None) -> Value:
    """The part of a value that a selector selects."""
    if selector is None or isinstance(value, Unknown):
        return value
    if isinstance(value, Item) and selector.path:
        return Item(loop=value.loop, keys=(*value.keys, *selector.path))
    if isinstance(value, Literal) and selector.path:
        return _entry(value.value, selector.path)
    return Unknown(why="the DSL selects parts of the items of loops only")


def _entry(value: Json, path: tuple[str | int, ...]) -> Value:
    """The part of a constant."""
    for key in path:
        match value, key:
            case dict(), str() if key in value:
                value = value[key]
            case list(), int() if key < len(value):
                value = value[key]
            case _:
                return Unknown(why="the constant has no such part")
    return Literal(value=value)
