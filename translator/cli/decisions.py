"""The decisions of a command: those of a plan, and those of options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from translator.cli.config import configured
from translator.cli.decision_options import given_decisions
from translator.cli.inputs import Input
from translator.cli.reporting import found_in
from translator.diagnostics import decisions as wrong
from translator.diagnostics import plan as rules
from translator.plan.document import EMPTY, joined, subject
from translator.plan.kinds import ENTRYPOINTS, KINDS, METRICS, Kind
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import click

    from translator.api import Reading
    from translator.cli.reporting import Report
    from translator.cli.work import Outcome
    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic
    from translator.plan.document import Plan
    from translator.readers.options import ReadOptions
    from translator.targets.base import BaseOptions

    #: Kinds and keys of decisions.
    Used = frozenset[tuple[str, str]]


T = TypeVar("T", bound="BaseOptions")

#: Code of an error about a decision → its field, and the fact that has its key.
_FACTS = {
    wrong.NO_SUCH_TASK.code: ("dropped_tasks", "name"),
    wrong.WRONG_ACCELERATOR.code: ("accelerators", "rule"),
    wrong.WRONG_DEFAULT.code: ("defaults", "input"),
    wrong.WRONG_IMAGE.code: ("images", "rule"),
}


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

    @property
    def shared(self) -> Used:
        """The decisions of the plan that no option has made, by kind and key."""
        given = {(field, key) for field, keys in self.given.items() for key in _keys(keys)}
        return self.plan.keys - given


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
        self._used: set[tuple[str, str]] = set()
        self._pipelines = 0
        #: Whether the decisions of all pipelines are known.
        self._is_known = True

    def watched(self, steps: Iterable[tuple[Any, Outcome]]) -> Iterator[tuple[Any, Outcome]]:
        """The outcomes, whose decisions are collected."""
        for one, outcome in steps:
            self._pipelines += 1
            self._used |= outcome.used or frozenset()
            self._is_known = self._is_known and outcome.used is not None
            yield one, outcome

    def report(self, report: Report) -> None:
        """Reports the decisions that no pipeline uses, and those that options override."""
        plan = self.choices.plan
        found = {
            plan.file: [*self.choices.overridden, *self._unused_entries()],
            "<options>": [*self._unused_options()],
        }
        for name, findings in found.items():
            if findings:
                report.add(findings, Input(name, ""))

    def _unused_entries(self) -> Iterator[Diagnostic]:
        for entry in self.choices.plan.entries if self._is_known else ():
            is_made = entry.value is not None and entry.value is not False
            if is_made and not self._is_used(entry.kind, entry.key):
                facts = {"subject": subject(entry.kind, entry.key), "pipelines": self._named()}
                yield rules.UNUSED_DECISION.at(entry.origin, **facts)

    def _unused_options(self) -> Iterator[Diagnostic]:
        for kind in KINDS if self._is_known else ():
            given = self.choices.given.get(kind.field, ())
            for key in () if kind is METRICS else given:
                if not self._is_used(kind, key):
                    facts = {"subject": subject(kind, key), "pipelines": self._named()}
                    yield rules.UNUSED_OPTION.at(None, flag=kind.flag, **facts)

    def _is_used(self, kind: Kind, key: str) -> bool:
        return kind is METRICS or (kind.field, key) in self._used

    def _named(self) -> str:
        return "the pipeline" if self._pipelines == 1 else f"any of {self._pipelines:,} pipelines"


def _keys(value: Any) -> Iterable[str]:
    return () if isinstance(value, bool) else value


def fitted(options: T, reading: Reading, shared: Used) -> T:
    """The options, without decisions of a plan that are about other pipelines."""
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


def _refused(findings: Iterable[Diagnostic]) -> Iterator[tuple[str, str]]:
    """The decisions of options that errors are about."""
    for finding in findings:
        field, fact = _FACTS.get(finding.rule.code, ("", ""))
        if field:
            key = str(finding.facts[fact])
            yield field, key.rpartition("=")[0] if fact == "rule" else key
