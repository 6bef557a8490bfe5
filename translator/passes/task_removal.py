"""Leaves tasks out of a pipeline. The others keep their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Component, Dag, ExecutorRef, upstream_tasks
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from translator.model import Pipeline, Task
    from translator.passes.task_names import Place

__all__ = ["without_tasks", "without_unused"]


def without_tasks(pipeline: Pipeline, gone: Container[Place]) -> Pipeline:
    """The pipeline without the tasks, and without what only they ran.

    No task may use an output of them. Tasks after them wait for those before them.
    """
    components = {
        label: _component(label, component, gone)
        for label, component in pipeline.components.items()
    }
    root = _component("root", pipeline.root, gone)
    return without_unused(pipeline, replace(pipeline, root=root, components=components))


def without_unused(before: Pipeline, after: Pipeline) -> Pipeline:
    """``after``, without the components and executors that tasks of ``before`` run only."""
    lost = _reached(before) - _reached(after)
    components = {label: one for label, one in after.components.items() if label not in lost}
    unused = _executors(before.components.values()) - _executors(components.values())
    executors = {label: one for label, one in after.executors.items() if label not in unused}
    platforms = {
        name: replace(
            platform,
            executors={k: v for k, v in platform.executors.items() if k not in unused},
        )
        for name, platform in after.platforms.items()
    }
    return replace(after, components=components, executors=executors, platforms=platforms)


def _component(label: str, component: Component, gone: Container[Place]) -> Component:
    body = component.body
    if not isinstance(body, Dag) or not any((label, name) in gone for name in body.tasks):
        return component
    tasks = {
        name: _waiting(label, task, body.tasks, gone)
        for name, task in body.tasks.items()
        if (label, name) not in gone
    }
    return replace(component, body=replace(body, tasks=tasks))


def _waiting(holder: str, task: Task, tasks: Mapping[str, Task], gone: Container[Place]) -> Task:
    """The task, which waits for what the tasks that are left out waited for."""
    if not any((holder, name) in gone for name in task.depends_on):
        return task
    kept: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [*reversed(task.depends_on)]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if (holder, name) in gone:
            waiting += reversed(upstream_tasks(tasks[name]))
        else:
            kept[name] = None
    changed = replace(task, depends_on=tuple(kept))
    if task.trigger is not None and not upstream_tasks(changed):
        # A strategy is about the tasks before this one.
        trigger = replace(task.trigger, strategy=None)
        changed = replace(changed, trigger=trigger if trigger.condition else None)
    return changed


def _reached(pipeline: Pipeline) -> set[str]:
    """The components that the tasks run."""
    found: set[str] = set()
    waiting = [pipeline.root]
    while waiting:
        body = waiting.pop().body
        for task in body.tasks.values() if isinstance(body, Dag) else ():
            if task.component not in found:
                found.add(task.component)
                inner = pipeline.components.get(task.component)
                waiting += [] if inner is None else [inner]
    return found


def _executors(components: Iterable[Component]) -> set[str]:
    return {one.body.label for one in components if isinstance(one.body, ExecutorRef)}
