"""Removes calls of DAGs without containers, which kfp writes for an empty loop or condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from translator.readers.argo.workflow import DagTask, Template, Workflow


def without_empty_dags(workflow: Workflow) -> Workflow:
    """The workflow without calls of empty DAGs. KFP v2 has no DAG without tasks.

    A call that depended on a removed one depends on its dependencies instead.
    """
    empty = _empty_dags(workflow.templates)
    if not empty:
        return workflow
    if workflow.entrypoint in empty:
        workflow.templates[workflow.entrypoint].cursor.report(rules.EMPTY_PIPELINE)
    templates = dict(workflow.templates)
    waiting = [workflow.entrypoint, workflow.on_exit]
    seen = set(waiting)
    for name in waiting:  # which grows; calls in templates that are not run remain
        if name in templates:
            tasks = tuple(_left(templates[name], empty))
            templates[name] = templates[name]._replace(tasks=tasks)
            waiting += (new := {call.template for call in tasks} - seen)
            seen |= new
    return workflow._replace(templates=templates)


def _empty_dags(templates: Mapping[str, Template]) -> set[str]:
    """The DAGs from which no container is reached. A recursive one is not empty."""
    empty: set[str] = set()
    left = [template for template in templates.values() if template.kind == "dag"]
    while found := [dag for dag in left if all(call.template in empty for call in dag.tasks)]:
        empty.update(dag.name for dag in found)
        left = [dag for dag in left if dag.name not in empty]
    return empty


def _left(dag: Template, empty_dags: Container[str]) -> Iterator[DagTask]:
    """The calls of a DAG that are not of empty ones."""
    empty = {
        call.name: call
        for call in dag.tasks
        if call.template in empty_dags and not _fails(call, dag)
    }
    for call in dag.tasks:
        if call.name in empty:
            call.cursor.drop(rules.RUNS_NOTHING, task=call.name)
        else:
            yield call._replace(dependencies=tuple(_awaited(call, empty)))


def _fails(call: DagTask, dag: Template) -> bool:
    """Whether Argo cannot evaluate the condition: kfp 1.8 may refer to an undeclared input.

    Argo leaves the text of the reference, which cannot be compared with a number.
    """
    if call.when is None:
        return False
    names = [found.path[2:] for found in call.when.references() if found.path[0] == "inputs"]
    unknown = any(".".join(name) not in dag.parameters for name in names)
    return unknown and ("<" in call.when.text or ">" in call.when.text)


def _awaited(call: DagTask, empty: Mapping[str, DagTask]) -> Iterator[str]:
    seen = dict.fromkeys(call.dependencies)
    waiting = list(seen)
    for name in waiting:
        if name not in empty:
            yield name
            continue
        waiting += [other for other in empty[name].dependencies if other not in seen]
        seen |= dict.fromkeys(empty[name].dependencies)
