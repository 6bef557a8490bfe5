"""The errors that stay when all open decisions are made, tried with values of the right form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics import Severity
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from translator.decisions import Decisions, Need
    from translator.diagnostics import Diagnostic

    Found: TypeAlias = Sequence[Diagnostic]
    Needs: TypeAlias = Sequence[Need]
    #: Finds what a pipeline has and needs with other decisions.
    Attempt: TypeAlias = Callable[[Decisions], tuple[Found, Needs]]

__all__ = ["is_open", "remaining_errors"]

#: Kind of decision → a value. Others resolve no errors.
_VALUES: dict[str, Any] = {
    "addresses": "keep",
    "entrypoints": ("program",),
    "volumes": "gs://bucket/folder",
    "secrets": "projects/project/secrets/name",
    "accelerators": "NVIDIA_TESLA_T4",
}
#: A decision can need another one: the entrypoint of an image that reads a decided secret.
_ROUNDS = 3


def is_open(need: Need) -> bool:
    """Whether a decision is neither made nor has a default."""
    return not need.value or need.is_proposal


def remaining_errors(
    found: Found, needs: Needs, decisions: Decisions, attempt: Attempt
) -> list[Diagnostic]:
    """The errors among ``found`` that no open decision resolves.

    Tasks are left out only where other decisions do not resolve all errors.
    """
    left, wanted = _errors(found), needs
    for _ in range(_ROUNDS):
        made = _made(decisions, wanted)
        if not left or made == decisions:
            break
        decisions = made
        others, wanted = attempt(decisions)
        left = _errors(others)
    dropped = tuple(need.key for need in wanted if need.kind == "dropped_tasks" and is_open(need))
    if left and dropped:
        every = (*decisions.dropped_tasks, *dropped)
        without = _errors(attempt(replace(decisions, dropped_tasks=every))[0])
        left = min(left, without, key=len)
    known = {_key(error) for error in left}
    same = [error for error in _errors(found) if _key(error) in known]
    return same or left


def _errors(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [one for one in found if one.severity is Severity.ERROR]


def _made(decisions: Decisions, needs: Needs) -> Decisions:
    """The decisions, with a value for each open one, and with defaults confirmed."""
    fields: dict[str, dict[str, Any]] = {}
    for need in needs:
        sample = _VALUES.get(need.kind)
        value = sample if is_open(need) else need.value
        if sample is not None and type(value) is type(sample):
            known = fields.setdefault(need.kind, dict(getattr(decisions, need.kind)))
            known.setdefault(need.key, value)
    return replace(decisions, **fields)


def _key(error: Diagnostic) -> tuple[str, str]:
    return error.rule.code, str(error.origin)
