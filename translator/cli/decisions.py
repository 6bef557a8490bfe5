"""The decisions of a command: those of a plan, and those of options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from translator.cli.config import configured
from translator.cli.decision_options import given_decisions
from translator.cli.inputs import Input
from translator.cli.reporting import found_in
from translator.diagnostics import Severity
from translator.plan.document import EMPTY, joined, subject
from translator.plan.kinds import ACCEPTED, ENTRYPOINTS, KINDS, METRICS, PIPELINES, Kind
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import click

    from translator.api import Reading
    from translator.cli.reporting import Report
    from translator.cli.work import Outcome
    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic, Origin
    from translator.plan.document import Entry, Plan
    from translator.readers.options import ReadOptions
    from translator.targets.base import BaseOptions

    #: Kinds and keys of decisions.
    Used = frozenset[tuple[str, str]]


T = TypeVar("T", bound="BaseOptions")


class Chosen(NamedTuple):
    """The decisions about a pipeline."""

    decisions: Decisions
    #: Kind and key of those of the plan that no option has made.
    shared: Used
    #: Kind and key of all that are made.
    made: Used

    def reading(self, how: ReadOptions) -> ReadOptions:
        """The options for reading, with the commands of images; ``how`` has those of options."""
        commands = self.decisions.entrypoints
        if not commands:
            return how
        arguments = self.decisions.default_arguments
        return replace(how, entrypoints=commands, default_arguments=arguments)

    def fitted(self, options: T, reading: Reading) -> T:
        """The options, without decisions of a plan that are about other pipelines."""
        return fitted(replace(options, decisions=self.decisions), reading, self.shared)


class ChosenFor(NamedTuple):
    """The decisions about each input. It goes from process to process, unlike a plan."""

    general: Chosen
    #: The files with decisions of their own.
    own: Mapping[str, Chosen]

    def of(self, one: Input) -> Chosen:
        """The decisions about one input."""
        return self.own.get(os.path.realpath(one.name), self.general) if self.own else self.general


class Choices(NamedTuple):
    """The decisions of a command."""

    #: Without one, that has no decisions.
    plan: Plan
    #: The decisions of options, by field of ``Decisions``.
    given: Mapping[str, Any]
    #: Those of the plan and of options.
    decisions: Decisions
    #: Decisions of the plan that an option changes.
    overridden: list[Diagnostic]

    def options(self) -> dict[str, Any]:
        """The field of ``BaseOptions`` for them; none without decisions."""
        return {"decisions": self.decisions} if self.given or self.plan.entries else {}

    def by_input(self) -> ChosenFor:
        """The decisions for each input."""
        files = self.plan.pipelines
        return ChosenFor(self._chosen(self.plan), {p: self._chosen(self.plan.of(p)) for p in files})

    def _chosen(self, plan: Plan) -> Chosen:
        given = {(field, key) for field, keys in self.given.items() for key in _keys(keys)}
        made = {(e.kind.field, e.key) for e in plan.general if e.value is not None}
        return Chosen(joined(plan, self.given)[0], plan.keys - given, frozenset(made | given))


def choices_of(
    ctx: click.Context, values: dict[str, Any], how: ReadOptions, report: Report
) -> Choices:
    """Takes the options' values out of ``values``, and reads the plan.

    The command ends if that is not valid. ``how`` has the entrypoints of options.
    """
    given = given_decisions(values)
    if how.entrypoints:
        given[ENTRYPOINTS.field] = dict(how.entrypoints)
    path = values.pop("plan") or configured().plan
    plan = plan_of(ctx, path, report) if path else EMPTY
    return Choices(plan, given, *joined(plan, given))


def plan_of(ctx: click.Context, path: str, report: Report) -> Plan:
    """The plan of a file. The command ends if it is not valid."""
    from translator.plan.reading import load_plan

    one, plan = Input(path, ""), EMPTY
    with found_in(one) as found:
        plan = load_plan(path)
        found += plan.diagnostics
    if found and not report.add(found, one):
        ctx.exit(report.finish("the plan is not valid"))
    return plan


class Usage:
    """The decisions that pipelines use."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        #: The pipeline of the plan with the decision, empty for one about all, with kind and key.
        self._used: set[tuple[str, str, str]] = set()
        #: Pipeline of the plan, empty for all → kind and key of each decision → its place.
        self._places: dict[str, dict[tuple[str, str], Origin]] = {}
        for entry in self._made():
            at = entry.kind.field, entry.key
            self._places.setdefault(entry.pipeline, {})[at] = entry.origin
        #: The pipelines of the plan among the inputs, and the number of all inputs.
        self._named: set[str] = set()
        self._pipelines = 0
        #: Whether the decisions of all pipelines are known.
        self._is_known = True

    def watched(self, steps: Iterable[tuple[Any, Outcome]]) -> Iterator[tuple[Any, Outcome]]:
        """The outcomes, whose decisions are collected."""
        for one, outcome in steps:
            self._pipelines += 1
            self._add(self.choices.plan.name_of(one.name), outcome.used or frozenset())
            self._is_known = self._is_known and outcome.used is not None
            yield one, outcome._replace(found=self._placed(one.name, outcome.found))

    def _add(self, pipeline: str, used: Used) -> None:
        """Adds what an input uses; ``pipeline`` is its name in the plan."""
        self._named.add(pipeline)
        own = self._places.get(pipeline, {}) if pipeline else {}
        self._used |= {(pipeline if one in own else "", *one) for one in used}

    def _placed(self, name: str, found: list[Diagnostic]) -> list[Diagnostic]:
        """The findings of an input; an error about a decision of the plan is at its place there."""
        if next(_refused(found), None) is None:
            return found
        given = {(field, key) for field, keys in self.choices.given.items() for key in _keys(keys)}
        places = {
            at: origin
            for of in ("", self.choices.plan.name_of(name))
            for at, origin in self._places.get(of, {}).items()
            if at not in given
        }
        return [
            one._replace(origin=places.get(next(_refused([one]), ("", "")), one.origin))
            for one in found
        ]

    def _made(self) -> Iterator[Entry]:
        return (entry for entry in self.choices.plan.entries if entry.value is not None)

    def report(self, report: Report) -> None:
        """Reports the decisions that no pipeline uses, and those that options override."""
        plan = self.choices.plan
        found = {
            plan.file: [*self.choices.overridden, *_stale(plan), *self._unused_entries()],
            "<options>": [*self._unused_options()],
        }
        for name, findings in found.items():
            if findings:
                report.add(findings, Input(name, ""))

    def _unused_entries(self) -> Iterator[Diagnostic]:
        for kind, key, _, value, origin, pipeline in self._made() if self._is_known else ():
            is_asked = not pipeline or pipeline in self._named
            if value is not False and is_asked and not self._is_used(kind, key, pipeline):
                inputs = "the pipeline" if pipeline else self._inputs()
                from translator.diagnostics import plan as rules

                facts = {"subject": subject(kind, key, pipeline), "pipelines": inputs}
                yield rules.UNUSED_DECISION.at(origin, **facts)

    def _unused_options(self) -> Iterator[Diagnostic]:
        used = {one[1:] for one in self._used}
        for kind in KINDS if self._is_known else ():
            given = self.choices.given.get(kind.field, ())
            for key in () if kind is METRICS else given:
                if (kind.field, key) not in used:
                    from translator.diagnostics import plan as rules

                    facts = {"subject": subject(kind, key), "pipelines": self._inputs()}
                    yield rules.UNUSED_OPTION.at(None, flag=kind.flag, **facts)

    def _is_used(self, kind: Kind, key: str, pipeline: str) -> bool:
        return kind is METRICS or (pipeline, kind.field, key) in self._used

    def _inputs(self) -> str:
        return "the pipeline" if self._pipelines == 1 else f"any of {self._pipelines:,} pipelines"


def _stale(plan: Plan) -> Iterator[Diagnostic]:
    """The pipelines of a plan whose files do not exist."""
    for path, name in plan.pipelines.items():
        if not os.path.exists(path):
            from translator.diagnostics import plan as rules

            yield rules.NO_SUCH_PIPELINE.at(plan.places[PIPELINES, name], pipeline=name)


def _keys(value: Any) -> Iterable[str]:
    return () if isinstance(value, bool) else value


def fitted(options: T, reading: Reading, shared: Used) -> T:
    """The options, without decisions of a plan (``shared``) that are about other pipelines."""
    if not shared:
        return options
    from translator.plan.fitting import fitting

    decisions = fitting(options.decisions, reading.pipeline, shared)
    return replace(options, decisions=decisions)


def used_by(reading: Reading, how: ReadOptions) -> Used:
    """The decisions that a pipeline uses, after ``api.decide``, also those with an error."""
    from translator.model import Container

    used: Used = frozenset()
    if reading.decided is not None:
        used = reading.decided.used | {*_refused(reading.decided.findings)}
    if not how.entrypoints:
        return used
    containers = (e for e in reading.pipeline.executors.values() if isinstance(e, Container))
    images = {str(container.image) for container in containers}
    return used | {(ENTRYPOINTS.field, image) for image in images & how.entrypoints.keys()}


def accepted_by(found: Iterable[Diagnostic], options: BaseOptions) -> Used:
    """The decisions that accept findings."""
    if not options.decisions.accepted:
        return frozenset()
    from translator.plan.accepting import used_keys

    keys = used_keys(found, options.decisions.accepted)
    return frozenset((ACCEPTED.field, key) for key in keys)


def _refused(findings: Iterable[Diagnostic]) -> Iterator[tuple[str, str]]:
    """The decisions of options that errors are about."""
    errors = [one for one in findings if one.rule.severity is Severity.ERROR]
    if not errors:
        return
    from translator.diagnostics import decisions as rules
    from translator.diagnostics.vertex_secrets import WRONG_SECRET

    #: Code of an error about a decision → its field, and the fact that has its key.
    facts = {
        rules.NO_SUCH_TASK.code: ("dropped_tasks", "name"),
        rules.WRONG_ACCELERATOR.code: ("accelerators", "rule"),
        rules.WRONG_DEFAULT.code: ("defaults", "input"),
        rules.WRONG_IMAGE.code: ("images", "rule"),
        WRONG_SECRET.code: ("secrets", "decision"),
    }
    for finding in errors:
        field, fact = facts.get(finding.rule.code, ("", ""))
        if field:
            key = str(finding.facts[fact])
            yield field, key.rpartition("=")[0] if fact == "rule" else key
