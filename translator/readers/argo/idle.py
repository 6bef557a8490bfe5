"""Calls of DAGs that run nothing, which kfp writes for a loop or condition with nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import reading as rules
from translator.readers.argo import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.readers.argo.document import DagTask, Template


def without_idle(dag: Template, templates: Mapping[str, Template]) -> Iterator[DagTask]:
    """The calls that run something; those that waited for an idle one wait for what it waited for.

    KFP v2 has no DAG without tasks.
    """
    idle = {
        call.name: call
        for call in dag.tasks
        if _is_idle(call.template, templates, set()) and not _fails(call, dag)
    }
    for call in dag.tasks:
        if call.name in idle:
            call.cursor.drop(rules.RUNS_NOTHING, task=call.name)
        else:
            yield call._replace(dependencies=tuple(_awaited(call, idle)))


def _is_idle(name: str, templates: Mapping[str, Template], seen: set[str]) -> bool:
    """Whether no container is reached from a template. One that runs itself counts as busy."""
    template = templates.get(name)
    if template is None or template.kind != "dag" or name in seen:
        return False
    return all(_is_idle(call.template, templates, {*seen, name}) for call in template.tasks)


def _fails(call: DagTask, dag: Template) -> bool:
    """Whether Argo cannot evaluate the condition: kfp 1.8 may name an input that nobody declares.

    The text of the reference stays then, which is equal to nothing and in no order to a number.
    """
    pieces = text.parse(call.when)
    names = [p.path[2:] for p in pieces if not isinstance(p, str) and p.path[0] == "inputs"]
    unknown = any(".".join(name) not in dag.parameters for name in names)
    return unknown and ("<" in call.when or ">" in call.when)


def _awaited(call: DagTask, idle: Mapping[str, DagTask]) -> Iterator[str]:
    for name in call.dependencies:
        if name in idle:
            yield from _awaited(idle[name], {k: v for k, v in idle.items() if k != name})
        else:
            yield name
