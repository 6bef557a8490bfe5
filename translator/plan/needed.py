"""The decisions that pipelines need, collected over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Need
from translator.diagnostics import Severity, decisions, kfp_v1, vertex_secrets
from translator.diagnostics import plan as rules
from translator.plan.document import subject
from translator.plan.kinds import ENTRYPOINTS, KINDS, Form, Kind, parsed
from translator.records import NamedTuple
from translator.task_places import TaskPlaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Json, Pipeline
    from translator.plan.document import Plan

__all__ = [
    "Needed",
    "Use",
    "collected",
    "entrypoint_needs",
    "has_other_errors",
    "open_decisions",
    "uses",
    "wrong_decisions",
]


#: Codes of findings about containers without a command, which have the fact ``image``.
_WRAPPED = frozenset({kfp_v1.NEEDS_COMMAND.code, vertex_secrets.NEEDS_COMMAND.code})


#: Codes of findings about decisions that do not fit to a pipeline.
_WRONG = frozenset(
    rule.code
    for rule in (
        *(decisions.TASK_IS_NEEDED, decisions.NO_SUCH_TASK, decisions.WRONG_DEFAULT),
        *(decisions.WRONG_IMAGE, decisions.WRONG_ACCELERATOR, decisions.NEEDS_UPGRADE),
        vertex_secrets.WRONG_SECRET,
    )
)


class Use(NamedTuple):
    """A decision that one pipeline needs."""

    need: Need
    #: The names of the tasks at its places.
    tasks: tuple[str, ...] = ()


class Needed(NamedTuple):
    """A decision that pipelines need."""

    kind: Kind
    key: str
    #: As in a plan: what is decided or proposed; None if it is open.
    written: Json
    #: What needs it, one sentence each.
    why: tuple[str, ...]
    #: Where it is needed, and the tasks there.
    origins: tuple[Origin, ...]
    tasks: tuple[str, ...]
    #: Whether conversions have a default for it, so that it may stay open.
    has_default: bool


def uses(pipeline: Pipeline, needs: Iterable[Need]) -> tuple[Use, ...]:
    """The needs of a pipeline, with the tasks at their places."""
    listed = list(needs)
    places = TaskPlaces(pipeline) if listed else None
    return tuple(Use(n, tuple(places.at(n.origins)) if places else ()) for n in listed)


def collected(uses: Iterable[Use]) -> list[Needed]:
    """Each decision once, by kind, then in the order in which the pipelines need it."""
    found: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        found.setdefault((use.need.kind, use.need.key), []).append(use)
    return [
        _merged(kind, key, group)
        for kind in KINDS
        for (field, key), group in found.items()
        if field == kind.field
    ]


def _merged(kind: Kind, key: str, uses: list[Use]) -> Needed:
    group = [use.need for use in uses]
    made = [need.value for need in group if need.value and not need.is_proposal]
    values = made or [need.value for need in group if need.value]
    written = next((w for value in values if (w := _written(kind, value)) is not None), None)
    why = dict.fromkeys(need.why for need in group if need.why)
    origins = dict.fromkeys(o for need in group for o in need.origins if o is not None)
    tasks = dict.fromkeys(task for use in uses for task in use.tasks)
    has_default = len(made) == len(group)
    return Needed(kind, key, written, tuple(why), tuple(origins), tuple(tasks), has_default)


def _written(kind: Kind, value: str) -> Json:
    """The value of a need as in a plan; None if it is not valid there, for example a pattern."""
    if kind.form is Form.FILE:
        return None
    written: Json = value
    if kind.form is Form.SWITCH:
        written = value != "false"
    try:
        parsed(kind, written)
    except ValueError:
        return None
    return written


def entrypoint_needs(diagnostics: Iterable[Diagnostic]) -> Iterator[Need]:
    """The images whose entrypoint is needed, by the findings of readers and passes."""
    for finding in diagnostics:
        if finding.rule.code in _WRAPPED:
            facts = finding.facts
            what = facts.get("moved") or facts.get("purpose")
            why = "a container of this image has no command, and needs one for a wrapper"
            why += f" ({what})" if what else ""
            yield Need(ENTRYPOINTS.field, str(facts["image"]), "", why, (finding.origin,))


def has_other_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether there are errors of readers that no decision resolves."""
    return any(
        finding.severity is Severity.ERROR and finding.rule.code not in _WRAPPED
        for finding in diagnostics
    )


def wrong_decisions(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The errors among the findings of passes that are about decisions as such."""
    return (finding for finding in diagnostics if finding.rule.code in _WRONG)


def open_decisions(plan: Plan, needed: Iterable[Needed]) -> Iterator[Diagnostic]:
    """The decisions of a plan that are open, and those that pipelines need and it has not."""
    known = {(entry.kind, entry.key) for entry in plan.entries}
    for entry in plan.entries:
        if entry.value is None:
            yield _open(entry.kind, entry.key, "", entry.origin)
    for need in needed:
        if (need.kind, need.key) not in known and not need.has_default:
            yield _open(need.kind, need.key, _reason(need), next(iter(need.origins), None))


def _reason(need: Needed) -> str:
    """What needs a decision, after its name."""
    if not need.why:
        return ""
    why, name = need.why[0], subject(need.kind, need.key)
    return f", which{why.removeprefix(name)}" if why.startswith(f"{name} ") else f": {why}"


def _open(kind: Kind, key: str, why: str, origin: Origin | None) -> Diagnostic:
    facts = {"subject": subject(kind, key), "section": kind.section, "wanted": kind.wanted}
    return rules.OPEN_DECISION.at(origin, **facts, details=why)
