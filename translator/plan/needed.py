"""The decisions that pipelines need, collected over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Need
from translator.diagnostics import (
    Severity,
    decisions,
    kfp_v1,
    vertex,
    vertex_secrets,
    vertex_volumes,
)
from translator.diagnostics import plan as rules
from translator.plan.accepting import is_acceptable, keys_of
from translator.plan.document import subject
from translator.plan.kinds import ACCEPTED, ENTRYPOINTS, KINDS, Form, Kind, parsed
from translator.records import NamedTuple
from translator.task_places import TaskPlaces

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Json, Pipeline
    from translator.plan.document import Plan

__all__ = [
    "Needed",
    "Use",
    "accepted_needs",
    "collected",
    "entrypoint_needs",
    "has_other_errors",
    "is_known",
    "open_decisions",
    "too_general",
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


#: Kind → the codes of warnings that its decisions settle.
_SETTLED: Mapping[str, frozenset[str]] = {
    kind: frozenset(rule.code for rule in rules)
    for kind, rules in {
        "accelerators": (
            *(vertex.NO_ACCELERATOR_TYPE, vertex.ACCELERATOR_ENDED),
            *(vertex.UNKNOWN_ACCELERATOR, vertex.ACCELERATOR_COUNT),
        ),
        "addresses": (vertex.CLUSTER_ADDRESS, vertex.FOREIGN_STORAGE, vertex.IMPORTER_STORAGE),
        "config_maps": (vertex.CONFIG_MAP,),
        "defaults": (vertex.CLUSTER_ADDRESS, vertex.FOREIGN_STORAGE, vertex.IMPORTER_STORAGE),
        "dropped_tasks": (vertex.CLUSTER_PROGRAM,),
        "images": (vertex.LOCAL_IMAGE, vertex_secrets.DIFFERENCE),
        "secrets": (vertex.SECRET,),
        "volumes": (vertex.VOLUME, vertex_volumes.VOLUME_OF_RUN, vertex_volumes.VOLUME_PATHS),
    }.items()
}


class Use(NamedTuple):
    """A decision that one pipeline needs."""

    need: Need
    #: The names of the tasks at its places.
    tasks: tuple[str, ...] = ()
    #: The path of the pipeline as in a plan; empty for standard input.
    pipeline: str = ""


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
    #: The pipelines that need it.
    pipelines: tuple[str, ...] = ()
    #: Whether it is about the only one of them.
    is_own: bool = False
    #: The pipelines that have another thing of the name, and need no decision about it.
    others: tuple[str, ...] = ()

    @property
    def pipeline(self) -> str:
        """The pipeline that it is about; empty for all."""
        return self.pipelines[0] if self.is_own else ""


def uses(pipeline: Pipeline, needs: Iterable[Need]) -> tuple[Use, ...]:
    """The needs of a pipeline, with the tasks at their places."""
    listed = list(needs)
    places = TaskPlaces(pipeline) if listed else None
    return tuple(Use(n, tuple(places.at(n.origins)) if places else ()) for n in listed)


def collected(
    uses: Iterable[Use], names: Mapping[str, Container[tuple[str, str]]] | None = None
) -> list[Needed]:
    """Each decision once, by kind, then in the order in which the pipelines need it.

    It is about each pipeline apart if they need different decisions under one key, or another one
    has something else of the same name. ``names`` has the kinds and keys of inputs and tasks of
    each pipeline.
    """
    found: dict[tuple[str, str], dict[str, list[Use]]] = {}
    for use in uses:
        by_pipeline = found.setdefault((use.need.kind, use.need.key), {})
        by_pipeline.setdefault(use.pipeline, []).append(use)
    return [
        need
        for kind in KINDS
        for (field, key), group in found.items()
        if field == kind.field
        for need in _apart(kind, key, group, names or {})
    ]


def _apart(
    kind: Kind,
    key: str,
    uses: Mapping[str, list[Use]],
    names: Mapping[str, Container[tuple[str, str]]],
) -> list[Needed]:
    """One need for all pipelines, or one for each of them."""
    others = [one for one, known in names.items() if one not in uses and (kind.field, key) in known]
    each = [_merged(kind, key, own) for own in uses.values()]
    is_own = any(use.need.is_own for own in uses.values() for use in own)
    meanings = {repr((one.written, one.has_default or one.why)) for one in each}
    if is_own and all(uses) and (others or len(meanings) > 1):
        return [one._replace(is_own=True, others=tuple(others)) for one in each]
    return [_merged(kind, key, [use for own in uses.values() for use in own])]


def _merged(kind: Kind, key: str, uses: list[Use]) -> Needed:
    group = [use.need for use in uses]
    made = [need.value for need in group if need.value and not need.is_proposal]
    values = made or [need.value for need in group if need.value]
    written = next((w for value in values if (w := _written(kind, value)) is not None), None)
    why = dict.fromkeys(need.why for need in group if need.why)
    origins = dict.fromkeys(o for need in group for o in need.origins if o is not None)
    tasks = dict.fromkeys(task for use in uses for task in use.tasks)
    has_default = len(made) == len(group)
    pipelines = tuple(dict.fromkeys(use.pipeline for use in uses))
    return Needed(
        *(kind, key, written, tuple(why), tuple(origins), tuple(tasks), has_default),
        pipelines=pipelines,
    )


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


def accepted_needs(
    diagnostics: Iterable[Diagnostic], needs: Iterable[Need], made: Container[tuple[str, str]]
) -> Iterator[Need]:
    """The warnings that stay after all decisions: to be accepted, or accepted.

    ``made`` has the decisions about the pipeline, kind and key. A finding that another decision can
    settle is left out until that is made.
    """
    opened = {need.kind for need in needs if (need.kind, need.key) not in made}
    settled = {code for kind in opened for code in _SETTLED.get(kind, ())}
    for finding in diagnostics:
        if is_acceptable(finding) and finding.rule.code not in settled:
            keys = keys_of(finding)
            key = next((key for key in keys if (ACCEPTED.field, key) in made), keys[0])
            at = (finding.origin,)
            yield Need(ACCEPTED.field, key, finding.accepted, finding.message, at)


def wrong_decisions(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The errors among the findings of passes that are about decisions as such."""
    return (finding for finding in diagnostics if finding.rule.code in _WRONG)


def open_decisions(plan: Plan, needed: Iterable[Needed]) -> Iterator[Diagnostic]:
    """The decisions of a plan that are open, and those that pipelines need and it has not."""
    for entry in plan.entries:
        if entry.value is None:
            yield _open(entry.kind, entry.key, "", entry.origin, entry.pipeline)
    for need in needed:
        if not need.has_default and not is_known(plan, need):
            origin = next(iter(need.origins), None)
            yield _open(need.kind, need.key, _reason(need), origin, need.pipeline)


def too_general(plan: Plan, needed: Iterable[Needed]) -> Iterator[Diagnostic]:
    """The decisions about all pipelines that change one that does not need them."""
    needing: dict[tuple[Kind, str], list[Needed]] = {}
    for need in needed:
        if need.others:
            needing.setdefault((need.kind, need.key), []).append(need)
    for entry in plan.general:
        needs = needing.get((entry.kind, entry.key), [])
        own = {one.pipeline for one in plan.entries if one.key == entry.key}
        others = [path for need in needs[:1] for path in need.others if path not in own]
        if others and entry.value not in (None, False):
            more = f" and {len(others) - 1} more" if others[1:] else ""
            facts = {"subject": subject(entry.kind, entry.key), "affected": f"`{others[0]}`{more}"}
            wanted = ", ".join(f"`{need.pipeline}`" for need in needs)
            yield rules.DECIDED_FOR_ALL.at(entry.origin, **facts, needing=wanted)


def is_known(plan: Plan, need: Needed) -> bool:
    """Whether the plan has the decision, open or made: about all pipelines, or about each."""
    known = {e.pipeline for e in plan.entries if (e.kind, e.key) == (need.kind, need.key)}
    return "" in known or ({*need.pipelines} <= known and bool(need.pipelines))


def _reason(need: Needed) -> str:
    """What needs a decision, after its name."""
    if not need.why:
        return ""
    why, name = need.why[0], subject(need.kind, need.key)
    return f", which{why.removeprefix(name)}" if why.startswith(f"{name} ") else f": {why}"


def _open(kind: Kind, key: str, why: str, origin: Origin | None, pipeline: str = "") -> Diagnostic:
    facts = {
        "subject": subject(kind, key, pipeline),
        "section": kind.section,
        "wanted": kind.wanted,
    }
    return rules.OPEN_DECISION.at(origin, **facts, details=why)
