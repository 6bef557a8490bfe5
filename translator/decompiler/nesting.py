"""Groups that kfp's compiler loses values in, as pipelines of their own, which take them as inputs.

The compiler hands a value on to an inner group only where it finds a task that takes it
(``Limits``). A pipeline that a task calls has all of its inputs. It does the same: its only task is
the group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.limits import Limits
from translator.decompiler.loop_items import lost_loops
from translator.decompiler.nodes import (
    Branches,
    Call,
    Given,
    Item,
    Literal,
    Loop,
    Output,
    calls_in,
    sources_in,
    walk,
)
from translator.decompiler.structure import Structure
from translator.decompiler.types import Types
from translator.model import Component, Dag, FromParent, FromTask, Interface
from translator.model.channels import author_name
from translator.placeholders import PlaceholderKind, parse_text
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.decompiler.nodes import Flow, Path
    from translator.model import InputSource, Pipeline, Task

__all__ = ["with_nested_groups"]

#: The most groups that become pipelines.
_MOST = 50


def with_nested_groups(pipeline: Pipeline) -> Pipeline:
    """The pipeline with a call of an inner pipeline for each group that loses a value."""
    for _ in range(_MOST):
        changed = _with_one(pipeline)
        if changed is None:
            break
        pipeline = changed
    return pipeline


def _with_one(pipeline: Pipeline) -> Pipeline | None:
    dags = {name: one for name, one in pipeline.components.items() if isinstance(one.body, Dag)}
    called = {task.component for one in (pipeline.root, *dags.values()) for task in _tasks(one)}
    for name, component in {"": pipeline.root, **dags}.items():
        if name and name not in called:
            continue
        flow = Structure(pipeline, component).flow()
        losing = [(path, False) for path in _losing(pipeline, component, flow)]
        for path, conditions in (*losing, *((path, True) for path in _without_list(flow))):
            owner = name
            for step in path[:-1]:
                owner = _dag(pipeline, owner).tasks[step].component
            if _may_nest(_dag(pipeline, owner), path[-1], conditions=conditions):
                return _nested(pipeline, owner, path[-1])
    return None


def _tasks(component: Component) -> list[Task]:
    return [*component.body.tasks.values()] if isinstance(component.body, Dag) else []


def _dag(pipeline: Pipeline, name: str) -> Dag:
    body = (pipeline.components[name] if name else pipeline.root).body
    assert isinstance(body, Dag)
    return body


def _losing(pipeline: Pipeline, component: Component, flow: Flow) -> Iterator[Path]:
    """The groups to nest, so that a value is found."""
    calls = {one.path: one for one in calls_in(flow.body)}
    limits = Limits(flow, Types(pipeline, component, calls, flow))
    lost = lost_loops(flow)
    for node in walk(flow.body):
        if node.path in lost:
            yield node.path
        if isinstance(node, Call):
            yield from _lost_by(node, limits)


def _lost_by(node: Call, limits: Limits) -> Iterator[Path]:
    """The groups around a call that loses an item."""
    in_texts = {
        placeholder.name
        for value in node.values.values()
        if isinstance(value, Literal) and isinstance(value.value, str)
        for placeholder in parse_text(value.value).placeholders()
        if placeholder.kind is PlaceholderKind.INPUT_VALUE
    }
    for name, value in node.values.items():
        if not isinstance(value, Item):
            continue
        if limits.loses(node.path[:-1], value):
            yield node.path[: len(value.loop) + 1]
        if name in in_texts and not limits.in_text(node, value) and len(value.loop) > 1:
            yield value.loop


def _without_list(flow: Flow) -> Iterator[Path]:
    """The groups in a loop that take its list too: kfp gives them only the items."""
    for loop in walk(flow.body):
        if not isinstance(loop, Loop) or not isinstance(loop.items, (Given, Output)):
            continue
        for node, value in sources_in(loop.body):
            inside = node.branches if isinstance(node, Branches) else (node,)
            if value == loop.items and any(len(one.path) > len(loop.path) + 1 for one in inside):
                yield node.path[: len(loop.path) + 1]


def _may_nest(dag: Dag, name: str, *, conditions: bool) -> bool:
    """Whether a group is a loop alone, or perhaps a condition, from which no value comes."""
    task = dag.tasks[name]
    sources = [
        one
        for user in dag.tasks.values()
        for one in (*user.parameters.values(), *user.artifacts.values())
    ]
    outputs = (*dag.parameter_outputs.values(), *dag.artifact_outputs.values())
    sources += [one for output in outputs for one in output.sources]
    used = any(isinstance(one, FromTask) and one.task == name for one in sources)
    if task.trigger is not None:
        return conditions and task.trigger.strategy is None and not used
    return task.iterator is not None and not used


def _nested(pipeline: Pipeline, owner: str, name: str) -> Pipeline:
    """The pipeline with a task of a DAG in a DAG of its own."""
    task = _dag(pipeline, owner).tasks[name]
    group = pipeline.components[task.component].inputs
    names = _input_names((*task.parameters, *task.artifacts))

    def handed(given: Mapping[str, InputSource]) -> dict[str, InputSource]:
        return {one: FromParent(name=names[one]) for one in given}

    inner = replace(
        task, parameters=handed(task.parameters), artifacts=handed(task.artifacts), depends_on=()
    )
    made = Component(
        inputs=Interface(
            parameters={names[one]: group.parameters[one] for one in task.parameters},
            artifacts={names[one]: group.artifacts[one] for one in task.artifacts},
        ),
        body=Dag(tasks={name: inner}),
        origin=task.origin,
    )
    label = f"{task.component}-nested"
    while label in pipeline.components:
        label += "-nested"
    outer = replace(
        task,
        component=label,
        iterator=None,
        trigger=None,
        parallelism=None,
        parameters={names[one]: source for one, source in task.parameters.items()},
        artifacts={names[one]: source for one, source in task.artifacts.items()},
    )
    components = {**pipeline.components, label: made}
    old = components[owner] if owner else pipeline.root
    assert isinstance(old.body, Dag)
    new = replace(old, body=replace(old.body, tasks={**old.body.tasks, name: outer}))
    if not owner:
        return replace(pipeline, root=new, components=components)
    return replace(pipeline, components={**components, owner: new})


def _input_names(inputs: Iterable[str]) -> dict[str, str]:
    """Input of a group → the name of it for the pipeline around the group."""
    names: dict[str, str] = {}
    for one in inputs:
        wish = author_name(one)
        while wish in names.values():
            wish += "_"
        names[one] = wish
    return names
