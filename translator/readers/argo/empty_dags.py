"""Calls of DAGs that run nothing, which kfp writes for a loop or condition with nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.readers.argo import references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.readers.argo.workflow import DagTask, Template


def idle_templates(templates: Mapping[str, Template]) -> frozenset[str]:
    """The DAGs from which no container is reached. One that runs itself counts as busy."""
    idle: set[str] = set()
    left = [template for template in templates.values() if template.kind == "dag"]
    while found := [dag for dag in left if all(call.template in idle for call in dag.tasks)]:
        idle.update(dag.name for dag in found)
        left = [dag for dag in left if dag.name not in idle]
    return frozenset(idle)


def without_idle(dag: Template, idle_dags: frozenset[str]) -> Iterator[DagTask]:
    """The calls that run something; those that waited for an idle one wait for what it waited for.

    KFP v2 has no DAG without tasks.
    """
    idle = {
        call.name: call
        for call in dag.tasks
        if call.template in idle_dags and not _fails(call, dag)
    }
    for call in dag.tasks:
        if call.name in idle:
            call.cursor.drop(rules.RUNS_NOTHING, task=call.name)
        else:
            yield call._replace(dependencies=tuple(_awaited(call, idle)))


def _fails(call: DagTask, dag: Template) -> bool:
    """Whether Argo cannot evaluate the condition: kfp 1.8 may name an input that nobody declares.

    The text of the reference stays then, which is equal to nothing and in no order to a number.
    """
    pieces = references.parse(call.when)
    names = [p.path[2:] for p in pieces if not isinstance(p, str) and p.path[0] == "inputs"]
    unknown = any(".".join(name) not in dag.parameters for name in names)
    return unknown and ("<" in call.when or ">" in call.when)


def _awaited(call: DagTask, idle: Mapping[str, DagTask]) -> Iterator[str]:
    seen = dict.fromkeys(call.dependencies)
    waiting = list(seen)
    for name in waiting:
        if name not in idle:
            yield name
            continue
        waiting += [other for other in idle[name].dependencies if other not in seen]
        seen |= dict.fromkeys(idle[name].dependencies)
