"""The decisions that a conversion has applied, for its report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.diagnostics.redaction import kept_back
from translator.model import Container, ExecutorRef, walk_tasks
from translator.plan.kinds import ENTRYPOINTS, IMAGES, KINDS, METRICS, Form
from translator.records import NamedTuple
from translator.task_places import TaskPlaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.decisions import Decided, Decisions
    from translator.model import Pipeline
    from translator.plan.kinds import Kind

__all__ = ["Made", "made"]


class Made(NamedTuple):
    """A decision that a conversion has applied."""

    #: What it is about: ``volume``; and its name.
    thing: str
    key: str
    value: str
    #: The tasks that use it, by name.
    tasks: tuple[str, ...]


def made(pipeline: Pipeline, decided: Decided, decisions: Decisions) -> Iterator[Made]:
    """The decisions that apply to a pipeline, which is that of the file.

    They are those of the user and those that a pass has made by default.
    """
    values, tasks = _values(decided), _tasks(pipeline, decided, decisions)
    used = decided.used | {key for key in tasks if key[0] in ("entrypoints", "images")}
    for kind in KINDS:
        keys = [key for field, key in (*values, *sorted(used)) if field == kind.field]
        for key in dict.fromkeys(keys):
            at = kind.field, key
            value = _shown(kind, key, decisions) or values.get(at) or "open"
            names = (key,) if kind.field == "dropped_tasks" else tasks.get(at, {})
            yield Made(kind.thing or kind.section, key, value, tuple(names))


def _values(decided: Decided) -> dict[tuple[str, str], str]:
    """The values of the needs that are decided, by kind and key."""
    needs = (need for need in decided.needs if need.value and not need.is_proposal)
    return {(need.kind, need.key): need.value for need in needs}


def _tasks(
    pipeline: Pipeline, decided: Decided, decisions: Decisions
) -> dict[tuple[str, str], dict[str, None]]:
    """The tasks by kind and key: those at the places of needs, and those of images."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    if decided.needs:
        at = TaskPlaces(pipeline).at
        for need in decided.needs:
            found.setdefault((need.kind, need.key), {}).update(dict.fromkeys(at(need.origins)))
    if not (decisions.images or decisions.entrypoints):
        return found
    from translator.passes.images import rule_of

    for _, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is None or not isinstance(component.body, ExecutorRef):
            continue
        executor = pipeline.executors.get(component.body.label)
        if isinstance(executor, Container):
            if rule := rule_of(executor.image, decisions.images):
                found.setdefault((IMAGES.field, rule), {})[name] = None
            if str(executor.image) in decisions.entrypoints:
                found.setdefault((ENTRYPOINTS.field, str(executor.image)), {})[name] = None
    return found


def _shown(kind: Kind, key: str, decisions: Decisions) -> str:
    """The value of a decision of the user; empty if the user has made none. Secrets have stars."""
    if kind is METRICS:
        return ""
    if kind.field == "dropped_tasks":
        return "left out"
    known = getattr(decisions, kind.field)
    if key not in known:
        return ""
    value = known[key]
    if kind is ENTRYPOINTS:
        import shlex

        return shlex.join((*value, *decisions.default_arguments.get(key, ())))
    if kind.form is Form.FILE:
        return f"keys {', '.join(value)}" if value else "no keys"
    kept = kept_back(key, value)
    return kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False)
