"""Plans of real pipelines: after all open decisions are made, nothing is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from translator import api
from translator.diagnostics import Severity, TranslationError
from translator.plan.document import EMPTY
from translator.plan.fitting import fitting
from translator.plan.needed import accepted_needs, collected, entrypoint_needs, open_decisions, uses
from translator.plan.reading import read_plan
from translator.plan.writing import plan_text
from translator.readers.options import ReadOptions
from translator.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from translator.diagnostics import Diagnostic
    from translator.plan.document import Plan
    from translator.plan.needed import Needed

pytestmark = pytest.mark.corpus
#: Section → a decision for whatever is open in it.
DECISIONS: dict[str, Any] = {
    "entrypoints": ["python", "/x.py"],
    "images": "eu.example/curl-image:1",
    "volumes": "gs://my-bucket/volume",
    "secrets": "projects/p/secrets/s/versions/1",
    "config-maps": {"KEY": "value"},
    "accelerators": "NVIDIA_TESLA_T4",
    "addresses": "keep",
    "defaults": "gs://my-bucket/data",
    "drop-tasks": False,
    "accepted": "checked",
}
#: Findings that decisions settle: secrets, volumes, addresses, accelerators, entrypoints.
SETTLED = {"TR145", "TR301", "TR303", "TR305", "TR307", "TR309", "TR319", "TR363", "TR371"}


def planned(path: Path, plan: Plan) -> tuple[list[Needed], list[Diagnostic]]:
    """What a file needs with a plan, and the findings of its conversion."""
    reading = api.load(path, plan.reading(ReadOptions()))
    chosen = target("vertex")
    decisions = fitting(plan.decisions, reading.pipeline, plan.keys)
    options = chosen.options(decisions=decisions)
    decided = chosen.decided(reading.pipeline, options)
    asked = [*entrypoint_needs([*reading.lowering, *decided.findings]), *decided.needs]
    found = [*api.findings(reading, "vertex", options)]
    made = {(entry.kind.field, entry.key) for entry in plan.entries if entry.value is not None}
    asked += accepted_needs(found, asked, made)
    return collected(uses(reading.pipeline, asked)), found


def filled(text: str) -> str:
    """The plan with a decision in place of each open one."""
    plan = yaml.safe_load(text.replace("<KEY>", "PASSWORD"))
    for section, entries in plan.items():
        for key in entries if isinstance(entries, dict) else ():
            entries[key] = DECISIONS[section] if entries[key] is None else entries[key]
    return yaml.safe_dump(plan)


def outcomes(folder: Path) -> Iterator[tuple[str, int, list[Diagnostic], list[Diagnostic]]]:
    """File, number of open decisions of its first plan, and findings before and after."""
    for path in sorted(folder.iterdir()):
        try:
            needed, before = planned(path, EMPTY)
        except TranslationError:
            continue
        opened, plan, after = len(list(open_decisions(EMPTY, needed))), EMPTY, before
        for _ in range(4):
            plan = read_plan(filled(plan_text(plan, needed)), "plan.yaml")
            needed, after = planned(path, plan)
            if not list(open_decisions(plan, needed)):
                break
        else:
            pytest.fail(f"{path.name}: decisions stay open")
        yield path.name, opened, before, after


def test_what_is_decided_is_settled(shared: Path) -> None:
    settled: set[str] = set()
    with_open = 0
    for name, opened, before, after in outcomes(shared / "corpus/v1/compiled"):
        with_open += bool(opened)
        # Tasks that cannot be translated have no places, of which decisions could be needed.
        if any(one.rule.lowering and one.severity is Severity.ERROR for one in after):
            continue
        left = [one.message for one in after if one.severity is Severity.WARNING]
        left += [one.message for one in after if one.rule.code in SETTLED and not one.accepted]
        assert left == [], name
        settled |= {one.rule.code for one in before} & SETTLED
    assert settled == SETTLED - {"TR303", "TR371"}  # files with these have other errors
    assert with_open > 25
