"""Whether each reference in a pipeline resolves, and no tasks depend on each other in a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import pipeline as rules
from translator.model import (
    Constant,
    Dag,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    upstream_tasks,
)
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from translator.diagnostics import Diagnostic
    from translator.model import Component, Interface, Pipeline, Task

#: Names for which a suggestion is looked up; each look-up takes some milliseconds.
_LOOKED_UP = 50


class Missing(NamedTuple):
    """A reference that does not resolve, and the names that exist."""

    finding: Diagnostic
    name: str
    known: Collection[str]


def references(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A finding for each reference that does not resolve, and for each cycle."""
    if not pipeline.complete:
        return  # what is missing is reported by its reader
    components = {"root": pipeline.root, **pipeline.components}
    yield from looked_up(
        missing
        for name, component in components.items()
        for missing in _missing(pipeline, name, component)
    )
    for component in components.values():
        if isinstance(component.body, Dag):
            yield from _cycle(component.body)
    yield from _recursion(pipeline)


def looked_up(found: Iterable[Missing]) -> Iterator[Diagnostic]:
    """The findings, with a suggestion if an existing name is similar."""
    for number, missing in enumerate(found):
        from translator.diagnostics.spelling import closest

        meant = closest(missing.name, missing.known) if number < _LOOKED_UP else ""
        facts = {**missing.finding.facts, **({"meant": meant} if meant else {})}
        yield missing.finding._replace(facts=facts)


def _missing(pipeline: Pipeline, name: str, component: Component) -> Iterator[Missing]:
    match component.body:
        case ExecutorRef(label=label):
            if label not in pipeline.executors:
                facts = {"component": name, "executor": label}
                finding = rules.UNKNOWN_EXECUTOR.at(component.origin, **facts)
                yield Missing(finding, label, pipeline.executors)
        case Dag() as dag:
            yield from _tasks(pipeline, name, component, dag)
            yield from _outputs(pipeline, name, dag)


def _tasks(pipeline: Pipeline, holder: str, component: Component, dag: Dag) -> Iterator[Missing]:
    for name, task in dag.tasks.items():
        if task.component not in pipeline.components:
            facts = {"task": name, "component": task.component}
            finding = rules.UNKNOWN_COMPONENT.at(task.origin, **facts)
            yield Missing(finding, task.component, pipeline.components)
        for other in task.depends_on:
            if other not in dag.tasks:
                finding = rules.UNKNOWN_TASK.at(task.origin, user=name, task=other)
                yield Missing(finding, other, dag.tasks)
        yield from _sources(pipeline, holder, component, dag, name, task)


def _sources(
    pipeline: Pipeline, holder: str, component: Component, dag: Dag, name: str, task: Task
) -> Iterator[Missing]:
    for sources, artifacts in ((task.parameters, False), (task.artifacts, True)):
        for source in sources.values():
            if isinstance(source, Constant):
                continue  # most of them
            if isinstance(source, FromTask):
                if missing := _output(pipeline, dag, name, source, artifacts):
                    yield missing
            elif isinstance(source, FromParent):
                known = _names(component.inputs, artifacts)
                if source.name not in known:
                    facts = {"task": name, "input": source.name, "component": holder}
                    finding = rules.UNKNOWN_INPUT.at(source.origin, **facts)
                    yield Missing(finding, source.name, known)
            elif isinstance(source, FinalStatus) and source.task not in dag.tasks:
                finding = rules.UNKNOWN_TASK.at(source.origin, user=name, task=source.task)
                yield Missing(finding, source.task, dag.tasks)


def _outputs(pipeline: Pipeline, name: str, dag: Dag) -> Iterator[Missing]:
    for outputs, artifacts in ((dag.parameter_outputs, False), (dag.artifact_outputs, True)):
        for output in outputs.values():
            for source in output.sources:
                if missing := _output(pipeline, dag, name, source, artifacts):
                    yield missing


def _names(interface: Interface, artifacts: bool) -> Collection[str]:
    """The names of the artifacts or of the parameters: neither can come from the other."""
    return interface.artifacts if artifacts else interface.parameters


def _output(
    pipeline: Pipeline, dag: Dag, user: str, source: FromTask, artifacts: bool
) -> Missing | None:
    producer = dag.tasks.get(source.task)
    if producer is None:
        finding = rules.UNKNOWN_TASK.at(source.origin, user=user, task=source.task)
        return Missing(finding, source.task, dag.tasks)
    component = pipeline.components.get(producer.component)
    known = _names(component.outputs, artifacts) if component is not None else ()
    if component is None or source.output in known:
        return None
    facts = {"user": user, "output": source.output, "task": source.task}
    return Missing(rules.UNKNOWN_OUTPUT.at(source.origin, **facts), source.output, known)


def _cycle(dag: Dag) -> Iterator[Diagnostic]:
    waits = {
        name: [t for t in upstream_tasks(task) if t in dag.tasks]
        for name, task in dag.tasks.items()
    }
    cycle = _first_cycle(waits)
    if cycle:
        shown = " → ".join(f"`{name}`" for name in cycle)
        yield rules.TASK_CYCLE.at(dag.tasks[cycle[0]].origin, cycle=shown)


def _recursion(pipeline: Pipeline) -> Iterator[Diagnostic]:
    contains = {
        name: [
            t.component for t in component.body.tasks.values() if t.component in pipeline.components
        ]
        for name, component in pipeline.components.items()
        if isinstance(component.body, Dag)
    }
    cycle = _first_cycle(contains)
    if cycle:
        yield rules.RECURSION.at(pipeline.components[cycle[0]].origin, component=cycle[0])


def _first_cycle(edges: Mapping[str, list[str]]) -> list[str]:
    """Names around the first cycle, its first name again at the end; empty when there is none.

    Depth first, with an explicit stack: pipelines may be deeper than Python's recursion limit.
    """
    done: set[str] = set()
    for start in edges:
        if start in done:
            continue
        path: list[str] = []
        on_path: set[str] = set()
        stack = [(start, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(name)
                done.add(name)
            elif name in on_path:
                return [*path[path.index(name) :], name]
            elif name not in done:
                path.append(name)
                on_path.add(name)
                stack.append((name, True))
                stack += [(other, False) for other in edges.get(name, ())]
    return []
