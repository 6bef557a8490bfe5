"""Grades of real pipelines are what their conversion comes to."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner, Result

from translator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

#: Set, all pipelines of the corpus are converted, not a sample.
ALL = bool(os.environ.get("TRANSLATOR_WHOLE_CORPUS"))
#: Section of a plan → a value for open decisions.
VALUES: dict[str, Any] = {
    "entrypoints": "program",
    "volumes": "gs://my-bucket/folder",
    "secrets": "projects/my-project/secrets/some-name",
    "accelerators": "NVIDIA_TESLA_T4",
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture(scope="module")
def order(shared: Path) -> list[dict[str, Any]]:
    """The pipelines with their grades."""
    folder = shared / "corpus/v1" if ALL else shared / "corpus/v1/compiled"
    result = run("assess", str(folder), "--format", "json", "--jobs", "1")
    assert result.exit_code == 0
    found: list[dict[str, Any]] = json.loads(result.stdout)["order"]
    return found


def sample(given: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return given if ALL or len(given) <= number else random.Random(1).sample(given, number)


def found(path: str, *options: str) -> dict[str, int]:
    """Severity → number of findings."""
    counts: dict[str, int] = json.loads(run("check", path, "--format", "json", *options).stdout)[
        "counts"
    ]
    return counts


def test_clean_ones_have_nothing_to_do(order: list[dict[str, Any]], tmp_path: Path) -> None:
    clean = sample([one for one in order if one["grade"] == "clean"], 15)
    assert clean
    for one in clean:
        counts = found(one["file"])
        assert (counts["error"], counts["warning"]) == (0, 0)
        plan = tmp_path / "plan.yaml"
        plan.unlink(missing_ok=True)
        assert ", none open" in run("plan", one["file"], "-o", str(plan)).stderr


def test_a_plan_resolves_the_errors_of_others(order: list[dict[str, Any]], tmp_path: Path) -> None:
    graded = [one for one in order if one["grade"] == "decisions" and found(one["file"])["error"]]
    assert graded
    for one in sample(graded, 5):
        plan = tmp_path / "plan.yaml"
        plan.unlink(missing_ok=True)
        for _ in range(2):  # a decision can need another one
            run("plan", one["file"], "-o", str(plan))
            decide(plan, drop=False)
        if found(one["file"], "--plan", str(plan))["error"]:
            decide(plan, drop=True)
        assert found(one["file"], "--plan", str(plan))["error"] == 0, one["file"]


def decide(path: Path, *, drop: bool) -> None:
    """Makes the open decisions of a plan."""
    plan = yaml.safe_load(path.read_text("utf-8"))
    for section, entries in plan.items():
        for key in entries if isinstance(entries, dict) else ():
            if entries[key] is None and section in VALUES:
                entries[key] = VALUES[section]
            elif not entries[key] and section == "drop-tasks" and drop:
                entries[key] = True
    path.write_text(yaml.safe_dump(plan), "utf-8")


def test_blocked_ones_have_errors(order: list[dict[str, Any]]) -> None:
    blocked = [one for one in order if one["grade"] == "blocked"]
    assert blocked
    for one in sample(blocked, 10):
        assert found(one["file"])["error"] and one["blockers"]
