"""Conditional tasks: after a skipped one Argo runs the dependent tasks, KFP v2 skips them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    Component,
    Constant,
    Dag,
    DagOutput,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Task,
    upstream_tasks,
)
from translator.model.channels import free
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from translator.model import InputSource, Pipeline


def with_optional_tasks(pipeline: Pipeline) -> Pipeline:
    """The pipeline with each conditional task that others depend on inside an unconditional DAG.

    Argo starts a task when the ones before it are done or were skipped. KFP v2 skips it when one
    of them was skipped; a DAG whose only task is skipped succeeds.
    """
    known = dict(pipeline.components)
    components: dict[str, Component] = {}
    for label, component in pipeline.components.items():
        changed, added = _with_optional_tasks(component, known)
        components |= {**added, label: changed}
    root, added = _with_optional_tasks(pipeline.root, known)
    return replace(pipeline, root=root, components={**components, **added})


def _with_optional_tasks(
    component: Component, known: dict[str, Component]
) -> tuple[Component, dict[str, Component]]:
    """The rewritten component; the DAGs that it needs are added to ``known``."""
    added: dict[str, Component] = {}
    tasks = component.body.tasks if isinstance(component.body, Dag) else {}
    if not isinstance(component.body, Dag) or all(task.trigger is None for task in tasks.values()):
        return component, added
    awaited = {name for task in tasks.values() for name in upstream_tasks(task)}
    changed = dict(tasks)
    for name, task in tasks.items():
        if task.trigger is not None and name in awaited:
            label = free(f"{task.component}-optional", known)
            changed[name], added[label] = around(name, task, known[task.component], label)
            known[label] = added[label]
    return replace(component, body=replace(component.body, tasks=changed)), added


def from_skipped(tasks: Mapping[str, Task], lenient: Container[str]) -> Iterator[tuple[str, str]]:
    """Tasks that may run without the conditional task whose output they take, with that task.

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


def around(name: str, task: Task, inner: Component, label: str) -> tuple[Task, Component]:
    """A task that runs a DAG with the given task only, and that DAG.

    ``inner`` is what the given task runs; ``label`` is the name that the DAG will have.
    """
    outer_parameters, inner_parameters = _split(task.parameters)
    outer_artifacts, inner_artifacts = _split(task.artifacts)
    component = Component(
        body=Dag(
            tasks={
                name: replace(
                    task, parameters=inner_parameters, artifacts=inner_artifacts, depends_on=()
                )
            },
            parameter_outputs=_outputs_of(name, inner.outputs.parameters),
            artifact_outputs=_outputs_of(name, inner.outputs.artifacts),
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
    outer = Task(
        component=label,
        display_name=task.display_name,
        parameters=outer_parameters,
        artifacts=outer_artifacts,
        depends_on=task.depends_on,
        origin=task.origin,
    )
    return outer, component


def _outputs_of(task: str, outputs: Iterable[str]) -> dict[str, DagOutput]:
    return {out: DagOutput(sources=(FromTask(task=task, output=out),)) for out in outputs}


def _split(
    sources: Mapping[str, InputSource],
) -> tuple[dict[str, InputSource], dict[str, InputSource]]:
    """The inputs of the outer task and of the inner one, which keeps the constants."""
    outer: dict[str, InputSource] = {
        name: s for name, s in sources.items() if not isinstance(s, Constant)
    }
    inner: dict[str, InputSource] = {
        name: FromParent(name=name) if name in outer else s for name, s in sources.items()
    }
    return outer, inner
