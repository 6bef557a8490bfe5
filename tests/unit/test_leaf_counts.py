"""Leaves added up for a target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import translator
from translator import leaf_counts
from translator.cli import main
from translator.readers.options import ReadOptions
from translator.source import Fate
from translator.targets import target

EXAMPLES = Path(__file__).parents[2] / "examples"
LEAVES = {Fate.CARRIED: 5, Fate.REWRITTEN: 3, Fate.SETTING: 2, Fate.REPORTED: 1, Fate.INERT: 4}


def test_settings_are_reported_on_the_way_to_vertex() -> None:
    counts = leaf_counts.balance(LEAVES, target("vertex"))
    assert counts == {"carried": 5, "rewritten": 3, "reported": 3, "inert": 4}


def test_settings_are_carried_to_kubeflow() -> None:
    counts = leaf_counts.balance(LEAVES, target("kubeflow"))
    assert counts == {"carried": 7, "rewritten": 3, "reported": 1, "inert": 4}


def test_settings_that_are_left_out_are_reported() -> None:
    settings = ["/spec/a/0/b", "/spec/ab", "/spec/c"]
    lost = leaf_counts.left_out(settings, target("kubeflow"), {"/spec/a", "/spec/x"})
    assert lost == ["/spec/a/0/b"]
    counts = leaf_counts.balance(LEAVES, target("kubeflow"), len(lost))
    assert counts == {"carried": 6, "rewritten": 3, "reported": 2, "inert": 4}
    assert leaf_counts.left_out(settings, target("vertex"), {"/spec/a"}) == []


def test_a_workflow_goes_to_kubeflow_as_it_is() -> None:
    counts = leaf_counts.balance(LEAVES, target("kubeflow", "kind: Workflow"))
    assert counts == {"carried": 15, "rewritten": 0, "reported": 0, "inert": 0}


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({}, "0 values: none"),
        ({"carried": 1, "inert": 0}, "1 value: 1 kept"),
        ({"carried": 1200, "reported": 34}, "1,234 values: 1,200 kept, 34 reported"),
    ],
)
def test_in_words(counts: dict[str, int], line: str) -> None:
    assert leaf_counts.line(counts) == line


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("*/pipeline*.yaml")), ids=lambda path: path.name
)
@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
def test_a_balance_adds_up_to_the_leaves_of_the_file(path: Path, to: str) -> None:
    reading = translator.load(path, ReadOptions(ledger=True))
    assert reading.ledger is not None
    counts = translator.translate(path, to).balance
    assert sum(counts.values()) == len(reading.ledger)


def test_no_ledger_unless_asked_for() -> None:
    assert translator.load(EXAMPLES / "hello/pipeline.yaml").ledger is None


def test_convert_says_it(tmp_path: Path) -> None:
    given = str(EXAMPLES / "hello/pipeline.yaml")
    told = CliRunner().invoke(main, ["convert", given, "-o", str(tmp_path / "out")])
    assert "\n16 values: 16 kept\n" in told.stderr


def test_json_has_it_in_full(tmp_path: Path) -> None:
    given = str(EXAMPLES / "hello/pipeline.yaml")
    command = ["convert", given, "-o", str(tmp_path / "out"), "--format", "json"]
    (entry,) = json.loads(CliRunner().invoke(main, command).stdout)["inputs"]
    ledger = entry["ledger"]
    assert entry["leaves"] == {
        "total": len(ledger),
        **{fate: list(ledger.values()).count(fate) for fate in leaf_counts.FATES},
    }
    assert ledger["/schemaVersion"] == "carried"
    assert ledger["/pipelineInfo/name"] == "carried"
