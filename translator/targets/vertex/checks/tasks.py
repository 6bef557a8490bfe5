"""Checks of tasks: loops, exit tasks and limits of Vertex AI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import Constant, Dag, FromParent, Items, Strategy, texts_of, walk_tasks
from translator.model.channels import is_channel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.diagnostics import Diagnostic
    from translator.model import Component, Json, ParsedJson, Pipeline, Task

#: Tasks of a run, artifacts of a task, and bytes of a task's values as JSON
#: (cloud.google.com/vertex-ai/docs/quotas, section Pipelines, as read on 2026-11-23).
MAX_TASKS, MAX_ARTIFACTS, MAX_BYTES = 10_000, 100, 131_072


def loop_limits(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Loops with a limit of parallel iterations."""
    for _, name, task in walk_tasks(pipeline):
        if task.iterator is not None and task.parallelism:
            yield rules.LOOP_LIMIT.at(task.origin, task=name, limit=task.parallelism)


def loop_mappings(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Loops over mappings in the file, whose fields Vertex AI is reported not to select."""
    for _, name, task in walk_tasks(pipeline):
        items = _items(task)
        if task.iterator is None or not any(isinstance(item, dict) for item in items or ()):
            continue
        if _picks_field(pipeline, task.component, task.iterator.item_input, set()):
            origin = task.iterator.origin or task.origin
            from translator.diagnostics.vertex_values import LOOP_MAPPINGS

            yield LOOP_MAPPINGS.at(origin, task=name)


def _picks_field(pipeline: Pipeline, holder: str, name: str, seen: set[tuple[str, str]]) -> bool:
    """Whether a task in a component takes a field of an input, at any depth."""
    component = pipeline.components.get(holder)
    if component is None or not isinstance(component.body, Dag) or (holder, name) in seen:
        return False
    seen.add((holder, name))
    return any(
        source.selector is not None or _picks_field(pipeline, task.component, inner, seen)
        for task in component.body.tasks.values()
        for inner, source in task.parameters.items()
        if isinstance(source, FromParent) and source.name == name
    )


def task_limits(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """More tasks, artifacts or bytes than Vertex AI accepts, as far as the file shows."""
    count = task_count(pipeline)
    if count > MAX_TASKS:
        facts = {"count": f"{count:,}", "limit": f"{MAX_TASKS:,}"}
        yield rules.TOO_MANY_TASKS.at(pipeline.root.origin, **facts)
    for _, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is None:
            continue
        artifacts = len(component.inputs.artifacts) + len(component.outputs.artifacts)
        if artifacts > MAX_ARTIFACTS:
            facts = {"task": name, "count": str(artifacts), "limit": str(MAX_ARTIFACTS)}
            yield rules.TOO_MANY_ARTIFACTS.at(task.origin, **facts)
        constants = [s.value for s in task.parameters.values() if isinstance(s, Constant)]
        size = sum(map(_bytes, constants))
        if size > MAX_BYTES:
            facts = {"task": name, "size": f"{size:,}", "limit": f"{MAX_BYTES:,}"}
            yield rules.LARGE_VALUES.at(task.origin, **facts)


def _bytes(value: Json) -> int:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def task_count(pipeline: Pipeline) -> int:
    """The number of tasks of a run, as far as the file shows."""
    return _count(pipeline.root, pipeline, {})


def _count(component: Component, pipeline: Pipeline, known: dict[int, int]) -> int:
    """The number of tasks below a component. A loop over items of the run counts once."""
    if not isinstance(component.body, Dag):
        return 1
    if id(component) not in known:
        known[id(component)] = 0  # a component contains itself, which another check reports
        known[id(component)] = sum(
            _times(task) * _count(inner, pipeline, known)
            for task in component.body.tasks.values()
            if (inner := pipeline.components.get(task.component)) is not None
        )
    return known[id(component)]


def _times(task: Task) -> int:
    items = _items(task)
    return 1 if items is None else len(items)


def _items(task: Task) -> tuple[Json, ...] | None:
    """The items of a loop that are in the file; None for other tasks."""
    items = task.iterator.items if task.iterator is not None else None
    return items.values if isinstance(items, Items) else None


def exit_tasks(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Exit tasks that Vertex AI is reported not to run as written."""
    always = Strategy.ALL_UPSTREAM_TASKS_COMPLETED
    for holder, name, task in walk_tasks(pipeline):
        if task.trigger is None or task.trigger.strategy is not always:
            continue
        for key, source in task.parameters.items():
            if isinstance(source, Constant) and _has_placeholder_inside(source.parsed):
                yield rules.EXIT_VALUE.at(task.origin, task=name, input=key)
        siblings = _siblings(holder, pipeline)
        for other in task.depends_on:
            if other in siblings and _loops(siblings[other], pipeline):
                yield rules.LOOP_BEFORE_EXIT.at(task.origin, task=name, guarded=other)


def _has_placeholder_inside(value: ParsedJson) -> bool:
    is_nested = isinstance(value, (list, dict))
    return is_nested and any(text.placeholders() for text in texts_of(value))


def _siblings(holder: str, pipeline: Pipeline) -> Mapping[str, Task]:
    component = pipeline.root if holder == "root" else pipeline.components[holder]
    return component.body.tasks if isinstance(component.body, Dag) else {}


def _loops(task: Task, pipeline: Pipeline) -> bool:
    """Whether a task runs a DAG that has a loop among its own tasks."""
    component = pipeline.components.get(task.component)
    inner = component.body.tasks.values() if component and isinstance(component.body, Dag) else ()
    return any(one.iterator is not None for one in inner)


def unset_channels(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Inputs of DAGs that a task inside takes and no task outside sets.

    Some versions of kfp write such loops, if a field of an item is used two DAGs deeper.
    """
    callers: dict[str, list[Task]] = {}
    taking: list[tuple[str, str, Task, str, str]] = []
    for holder, name, task in walk_tasks(pipeline):
        callers.setdefault(task.component, []).append(task)
        for key, source in task.parameters.items():
            if isinstance(source, FromParent) and is_channel(source.name):
                taking.append((holder, name, task, key, source.name))
    for holder, name, task, key, channel in taking:
        if not all(_gives(caller, channel) for caller in callers.get(holder, ())):
            facts = {"task": name, "input": key, "channel": channel}
            yield rules.UNSET_CHANNEL.at(task.origin, **facts)


def _gives(caller: Task, channel: str) -> bool:
    is_item = caller.iterator is not None and caller.iterator.item_input == channel
    return channel in caller.parameters or is_item
