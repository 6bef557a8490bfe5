"""Calls of DAGs that run nothing, which kfp writes for a loop or condition with nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import reading as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from translator.readers.argo.document import DagTask, Template


def without_idle(calls: Sequence[DagTask], templates: Mapping[str, Template]) -> Iterator[DagTask]:
    """The calls that run something; those that waited for an idle one wait for what it waited for.

    KFP v2 has no DAG without tasks.
    """
    idle = {call.name: call for call in calls if _is_idle(call.template, templates, set())}
    for call in calls:
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


def _awaited(call: DagTask, idle: Mapping[str, DagTask]) -> Iterator[str]:
    for name in call.dependencies:
        if name in idle:
            yield from _awaited(idle[name], {k: v for k, v in idle.items() if k != name})
        else:
            yield name
