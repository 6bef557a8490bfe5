"""Checks that tasks depend on tasks of their DAG that exist, and not in a cycle.

Argo rejects other workflows (workflow/validate/validate.go, ``validateDAG``).
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from translator.diagnostics import pipeline as rules

if TYPE_CHECKING:
    from translator.readers.argo.workflow import DagTask, Template, Workflow
    from translator.source import Cursor


def check(workflow: Workflow) -> None:
    """Reports each dependency on a task that does not exist, and a cycle in each DAG."""
    for template in workflow.templates.values():
        names = {task.name for task in template.tasks}
        for task in template.tasks:
            _check_names(task, names)
        _check_order(template)


def _check_names(task: DagTask, names: set[str]) -> None:
    for name in task.dependencies:
        if name not in names:
            from translator.diagnostics.spelling import closest

            meant = closest(name, names)
            facts = {"meant": meant} if meant else {}
            _place(task).report(rules.UNKNOWN_TASK, user=task.name, task=name, **facts)


def _check_order(template: Template) -> None:
    tasks = {task.name: task for task in template.tasks}
    waits = {name: [n for n in task.dependencies if n in tasks] for name, task in tasks.items()}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        first, *others = reversed(error.args[1])
        cycle = " → ".join(f"`{name}`" for name in (first, *others))
        _place(tasks[first]).report(rules.TASK_CYCLE, cycle=cycle)


def _place(task: DagTask) -> Cursor:
    """Where the dependencies of a task are."""
    spelled = (task.cursor.find(key) for key in ("dependencies", "depends"))
    return next(filter(None, spelled), task.cursor)
