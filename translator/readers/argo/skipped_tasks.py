"""DAGs around tasks, where KFP v2 waits for other tasks in another way than Argo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    Component,
    Constant,
    Dag,
    DagOutput,
    FinalStatus,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Task,
)
from translator.readers.argo.values import free
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from translator.model import InputSource


def guarded(tasks: Mapping[str, Task], components: dict[str, Component]) -> dict[str, Task]:
    """The tasks, each conditional one that others wait for inside a DAG that runs either way.

    Argo starts a task when the ones before it are done or were skipped. KFP v2 skips it when one
    of them was skipped; a DAG whose only task is skipped succeeds.
    """
    awaited = {name for task in tasks.values() for name in _upstream(task)}
    return {
        name: _optional(name, task, components)
        if task.trigger is not None and name in awaited
        else task
        for name, task in tasks.items()
    }


def from_skipped(tasks: Mapping[str, Task], lenient: Container[str]) -> Iterator[tuple[str, str]]:
    """Tasks that need an output of a conditional task only sometimes, with that task.

    Such are those with a condition, and ``lenient`` ones, whose artifacts may be missing. KFP v2
    resolves all inputs first, and there is none where the other task is skipped.
    """
    for name, task in tasks.items():
        sources: list[InputSource] = []
        if task.trigger is not None:
            sources += task.parameters.values()
        if task.trigger is not None or name in lenient:
            sources += task.artifacts.values()
        makers = dict.fromkeys(s.task for s in sources if isinstance(s, FromTask))
        for maker in makers:
            if maker in tasks and tasks[maker].trigger is not None:
                yield name, maker


def grouped(
    name: str,
    tasks: Mapping[str, Task],
    known: Mapping[str, Parameter],
    components: dict[str, Component],
) -> Task:
    """One task that runs all of ``tasks``, which take inputs of the pipeline, ``known``, only."""
    inputs = {
        source.name
        for task in tasks.values()
        for source in task.parameters.values()
        if isinstance(source, FromParent)
    }
    declared = {input_: Parameter(type=known[input_].type) for input_ in sorted(inputs)}
    label = free(f"comp-{name}", components)
    components[label] = Component(body=Dag(tasks=tasks), inputs=Interface(parameters=declared))
    return Task(
        component=label,
        parameters={input_: FromParent(name=input_) for input_ in declared},
    )


def is_plain_dag(task: Task, components: Mapping[str, Component]) -> bool:
    """Whether a task runs a DAG once and always."""
    runs_dag = isinstance(components[task.component].body, Dag)
    return runs_dag and task.trigger is None and task.iterator is None


def _upstream(task: Task) -> Iterable[str]:
    yield from task.depends_on
    for source in (*task.parameters.values(), *task.artifacts.values()):
        if isinstance(source, (FromTask, FinalStatus)):
            yield source.task


def as_dag(name: str, task: Task, components: dict[str, Component]) -> Task:
    """A task that runs a DAG: the task itself if it does, else one around it.

    A condition reads inputs of its task, which only a DAG can declare for it alone.
    """
    if isinstance(components[task.component].body, Dag):
        return task
    return _around(name, task, components, f"{task.component}-condition")


def _optional(name: str, task: Task, components: dict[str, Component]) -> Task:
    """A task that runs the given one if its condition holds, and succeeds if not."""
    return _around(name, task, components, f"{task.component}-optional")


def _around(name: str, task: Task, components: dict[str, Component], label: str) -> Task:
    """A task that runs a DAG of the given one alone, with the same inputs and outputs."""
    inner = components[task.component]
    outer_parameters, inner_parameters = _split(task.parameters)
    outer_artifacts, inner_artifacts = _split(task.artifacts)
    label = free(label, components)
    components[label] = Component(
        body=Dag(
            tasks={
                name: replace(
                    task, parameters=inner_parameters, artifacts=inner_artifacts, depends_on=()
                )
            },
            parameter_outputs={
                output: DagOutput(sources=(FromTask(task=name, output=output),))
                for output in inner.outputs.parameters
            },
            artifact_outputs={
                output: DagOutput(sources=(FromTask(task=name, output=output),))
                for output in inner.outputs.artifacts
            },
        ),
        inputs=Interface(
            parameters={
                input_: inner.inputs.parameters.get(input_, Parameter(type=ParameterType.STRING))
                for input_ in outer_parameters
            },
            artifacts={input_: inner.inputs.artifacts[input_] for input_ in outer_artifacts},
        ),
        outputs=inner.outputs,
    )
    return Task(
        component=label,
        display_name=task.display_name,
        parameters=outer_parameters,
        artifacts=outer_artifacts,
        depends_on=task.depends_on,
        origin=task.origin,
    )


def _split(
    sources: Mapping[str, InputSource],
) -> tuple[dict[str, InputSource], dict[str, InputSource]]:
    """What the outer task is given, and what the inner one takes of it. Constants stay inside."""
    outer: dict[str, InputSource] = {
        name: s for name, s in sources.items() if not isinstance(s, Constant)
    }
    inner: dict[str, InputSource] = {
        name: FromParent(name=name) if name in outer else s for name, s in sources.items()
    }
    return outer, inner
