"""The contents of a plan, and decisions of a plan with those of options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.decisions import Decisions
from translator.diagnostics import plan as rules
from translator.plan.kinds import ENTRYPOINTS, KINDS, METRICS, Command, Form, Kind
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Json
    from translator.readers.options import ReadOptions

__all__ = ["EMPTY", "Entry", "Plan", "joined", "subject"]


class Entry(NamedTuple):
    """One decision of a plan."""

    kind: Kind
    #: Empty for a kind without keys.
    key: str
    #: As in the file; None for an open decision.
    written: Json
    #: As in ``Decisions``; None for an open decision.
    value: Any
    #: The place in the plan.
    origin: Origin


class Plan(NamedTuple):
    """The decisions of a plan."""

    #: Every decision, in the order of the file.
    entries: tuple[Entry, ...] = ()
    #: The findings of reading it (no errors).
    diagnostics: tuple[Diagnostic, ...] = ()
    #: Its text, and its name in messages.
    text: str = ""
    file: str = ""

    @property
    def decisions(self) -> Decisions:
        """The decisions that are made, for ``Options.decisions`` of a target."""
        return Decisions(**fields(self.entries))

    @property
    def keys(self) -> frozenset[tuple[str, str]]:
        """Kind and key of every decision."""
        return frozenset((entry.kind.field, entry.key) for entry in self.entries)

    @property
    def commands(self) -> Mapping[str, Command]:
        """The commands of images, for ``ReadOptions.entrypoints`` and ``default_arguments``."""
        made = (e for e in self.entries if e.kind is ENTRYPOINTS and e.value is not None)
        return {entry.key: entry.value for entry in made}

    def reading(self, how: ReadOptions) -> ReadOptions:
        """The options for reading, with the commands of images; ``how`` overrides the plan."""
        commands = {k: v for k, v in self.commands.items() if k not in how.entrypoints}
        entrypoints = {image: command.entrypoint for image, command in commands.items()}
        arguments = {image: command.arguments for image, command in commands.items()}
        return replace(
            how,
            entrypoints={**entrypoints, **how.entrypoints},
            default_arguments={**arguments, **how.default_arguments},
        )


#: No plan.
EMPTY = Plan()


def fields(entries: Iterable[Entry]) -> dict[str, Any]:
    """The fields of ``Decisions`` with values."""
    found: dict[str, Any] = {}
    for kind, key, _, value, _ in entries:
        if value is None:
            continue
        if kind is ENTRYPOINTS:
            found.setdefault(kind.field, {})[key] = value.entrypoint
            found.setdefault("default_arguments", {})[key] = value.arguments
        elif kind is METRICS:
            found[kind.field] = value
        elif kind.form is Form.SWITCH:
            found[kind.field] = (*found.get(kind.field, ()), *[key] * value)
        else:
            found.setdefault(kind.field, {})[key] = value
    return found


def subject(kind: Kind, key: str) -> str:
    """What a decision is about, for messages: ``volume `data` ``."""
    return f"{kind.thing} `{key}`" if kind.has_keys else f"`{kind.section}`"


def joined(plan: Plan, given: Mapping[str, Any]) -> tuple[Decisions, list[Diagnostic]]:
    """The decisions of a plan and of options (fields of ``Decisions``), which win.

    With a note for each decision of the plan that an option changes.
    """
    overridden = list(_overridden(plan, given))
    commands = given.get(ENTRYPOINTS.field, {})
    entries = (e for e in plan.entries if e.kind is not ENTRYPOINTS or e.key not in commands)
    made = fields(entries)
    for field, value in given.items():
        before = made.get(field)
        if isinstance(value, dict):
            made[field] = {**(before or {}), **value}
        elif isinstance(value, tuple):
            made[field] = tuple(dict.fromkeys((*(before or ()), *value)))
        else:
            made[field] = value
    return Decisions(**made), overridden


def _overridden(plan: Plan, given: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for kind, key, _, value, origin in plan.entries:
        if value is None or kind.field not in given:
            continue
        option = given[kind.field]
        if kind is METRICS:
            differs = option != value
        elif kind is ENTRYPOINTS:
            differs = key in option and Command(option[key]) != value
        elif kind.form is Form.SWITCH:
            differs = key in option and not value
        else:
            differs = option.get(key, value) != value
        if differs:
            facts = {"subject": subject(kind, key), "flag": kind.flag.partition("/")[0]}
            yield rules.OVERRIDDEN_DECISION.at(origin, **facts)


def sections() -> dict[str, Kind]:
    """Section → kind."""
    return {kind.section: kind for kind in KINDS}
