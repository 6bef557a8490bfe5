"""The contents of a plan, and decisions of a plan with those of options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from translator.decisions import Decisions
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
    #: The pipeline that it is about, as in the plan; empty for all.
    pipeline: str = ""


class Plan(NamedTuple):
    """The decisions of a plan.

    ``decisions``, ``keys``, ``commands`` and ``reading`` have those about all pipelines; of the
    result of ``of`` they have those about one.
    """

    #: Every decision, in the order of the file.
    entries: tuple[Entry, ...] = ()
    #: The findings of reading it (no errors).
    diagnostics: tuple[Diagnostic, ...] = ()
    #: Its text, and its name in messages.
    text: str = ""
    file: str = ""
    #: The files with decisions of their own → their names in the plan.
    pipelines: Mapping[str, str] = {}
    #: The keys on the way to each decision → the place of the last one.
    places: Mapping[tuple[str, ...], Origin] = {}

    @property
    def general(self) -> tuple[Entry, ...]:
        """The decisions about all pipelines."""
        return tuple(entry for entry in self.entries if not entry.pipeline)

    def name_of(self, path: str) -> str:
        """The pipeline in the plan that is a file; empty if the plan has no decisions for it."""
        return self.pipelines.get(os.path.realpath(path), "") if self.pipelines else ""

    def of(self, path: str) -> Plan:
        """The plan with the decisions about one file, which override those about all."""
        name = self.name_of(path)
        own = [entry for entry in self.entries if entry.pipeline == name] if name else []
        made = {(entry.kind, entry.key) for entry in own if entry.value is not None}
        entries = [entry for entry in self.general if (entry.kind, entry.key) not in made]
        entries += [entry._replace(pipeline="") for entry in own if entry.value is not None]
        return self._replace(entries=tuple(entries))

    @property
    def decisions(self) -> Decisions:
        """The decisions that are made, for ``Options.decisions`` of a target."""
        return Decisions(**fields(self.general))

    @property
    def keys(self) -> frozenset[tuple[str, str]]:
        """Kind and key of every decision."""
        return frozenset((entry.kind.field, entry.key) for entry in self.general)

    @property
    def commands(self) -> Mapping[str, Command]:
        """The commands of images, for ``ReadOptions.entrypoints`` and ``default_arguments``."""
        made = (e for e in self.general if e.kind is ENTRYPOINTS and e.value is not None)
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
    for kind, key, _, value, *_ in entries:
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


def subject(kind: Kind, key: str, pipeline: str = "") -> str:
    """What a decision is about, for messages: ``volume `data` ``."""
    about = f"{kind.thing} `{key}`" if kind.has_keys else f"`{kind.section}`"
    return f"{about} of pipeline `{pipeline}`" if pipeline else about


def joined(plan: Plan, given: Mapping[str, Any]) -> tuple[Decisions, list[Diagnostic]]:
    """The decisions of a plan and of options (fields of ``Decisions``), which win.

    With a note for each decision of the plan that an option changes.
    """
    overridden = list(_overridden(plan, given))
    commands = given.get(ENTRYPOINTS.field, {})
    entries = (e for e in plan.general if e.kind is not ENTRYPOINTS or e.key not in commands)
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
    for kind, key, _, value, origin, pipeline in plan.entries:
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
            from translator.diagnostics import plan as rules

            facts = {"subject": subject(kind, key, pipeline), "flag": kind.flag.partition("/")[0]}
            yield rules.OVERRIDDEN_DECISION.at(origin, **facts)


def sections() -> dict[str, Kind]:
    """Section → kind."""
    return {kind.section: kind for kind in KINDS}
