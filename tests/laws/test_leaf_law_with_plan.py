"""Every value of a file is accounted for with a plan as well.

What a decision replaces or leaves out counts as reported where a note names the decision: the
default of an input, a task with its template.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import translator
from tests.laws import leaf_law
from tests.laws.leaf_law import Kind, Outcome, Trial, Verdict, trials
from translator.diagnostics.decisions import DECIDED
from translator.model import ExecutorRef, walk_tasks
from translator.plan.reading import load_plan
from translator.targets import target as target_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.plan.document import Plan

ROOT = Path(__file__).parents[2]
TRAIN = ROOT / "examples/train/pipeline_v1.yaml"
PLAN = ROOT / "examples/train/migration.yaml"


def outcome_with(plan: Plan) -> Callable[[translator.Reading, str], Outcome]:
    """``leaf_law._outcome`` with the decisions of a plan."""

    def outcome(reading: translator.Reading, to: str) -> Outcome:
        options = target_of(to).options(decisions=plan.decisions)
        reading = reading._replace(sha256="")
        found = (*reading.diagnostics, *translator.check(reading, to, options))
        report = leaf_law._report(found)
        if any(finding.severity is translator.Severity.ERROR for finding in found):
            return Outcome({}, report, reading.pipeline)
        return Outcome(
            translator.render(reading, to, options, checked=True), report, reading.pipeline
        )

    return outcome


def decided(path: Path, plan: Plan) -> list[str]:
    """The pointers of what decisions replace or leave out, templates of dropped tasks too."""
    reading = translator.load(path)
    options = target_of("vertex").options(decisions=plan.decisions)
    found = translator.check(reading, "vertex", options)
    pointers = [f.origin.pointer for f in found if f.rule is DECIDED and f.origin]
    pipeline = reading.pipeline
    for _, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is not None and name in plan.decisions.dropped_tasks:
            nodes = [component]
            if isinstance(component.body, ExecutorRef):
                nodes.append(pipeline.executors[component.body.label])  # type: ignore[arg-type]
            pointers += [node.origin.pointer for node in nodes if node.origin]
    return pointers


def silent(path: Path, plan: Plan, found: list[Trial]) -> list[Trial]:
    covered = tuple(f"{pointer}/" for pointer in decided(path, plan))
    return [
        one
        for one in found
        if one.verdict is Verdict.CRASHED
        or (one.breaks_the_law and not f"{one.leaf.pointer}/".startswith(covered))
    ]


@pytest.mark.parametrize("kind", [Kind.VALUE, Kind.DELETE])
def test_the_example(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = load_plan(PLAN)
    monkeypatch.setattr(leaf_law, "_outcome", outcome_with(plan))
    found = list(trials(TRAIN, ["vertex"], seed=1, sample=60, kinds=[kind]))
    assert silent(TRAIN, plan, found) == []
    assert {Verdict.SEEN, Verdict.INERT} <= {one.verdict for one in found}
