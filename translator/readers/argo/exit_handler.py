"""The exit handler: all other tasks in one, and after it the handler, whatever its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    Component,
    Dag,
    FinalStatus,
    FromParent,
    Interface,
    Parameter,
    Strategy,
    Task,
    Trigger,
)
from translator.model.channels import free
from translator.readers.argo.values import passed_inputs
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.model import InputSource


def as_one(
    name: str,
    tasks: Mapping[str, Task],
    known: Mapping[str, Parameter],
    components: dict[str, Component],
) -> Mapping[str, Task]:
    """A task that runs all ``tasks``, which take only ``known`` inputs of the pipeline.

    If there is only one, which runs a DAG without loop and condition, it is that task.
    """
    if [_is_plain_dag(task, components) for task in tasks.values()] == [True]:
        return tasks
    name = free(name, tasks)
    inputs = sorted(passed_inputs(tasks.values()))
    declared = {input_: Parameter(type=known[input_].type) for input_ in inputs}
    label = free(f"comp-{name}", components)
    components[label] = Component(body=Dag(tasks=tasks), inputs=Interface(parameters=declared))
    parameters = {input_: FromParent(name=input_) for input_ in declared}
    return {name: Task(component=label, parameters=parameters)}


def _is_plain_dag(task: Task, components: Mapping[str, Component]) -> bool:
    runs_dag = isinstance(components[task.component].body, Dag)
    return runs_dag and task.trigger is None and task.iterator is None


def after(all_others: str, handler: Task, statuses: Iterable[str]) -> Task:
    """The handler as a task that depends on the task with all others, whatever its result.

    ``statuses`` are its inputs with the final status of that task.
    """
    ended: dict[str, InputSource] = {own: FinalStatus(task=all_others) for own in statuses}
    return replace(
        handler,
        parameters={**handler.parameters, **ended},
        depends_on=(all_others,),
        trigger=Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED),
    )
