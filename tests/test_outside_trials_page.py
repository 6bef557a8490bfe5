"""docs/outside-trials.md: its table says what ``convert`` does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.test_cases import ALL
from translator.cli import main

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/outside-trials.md").read_text(encoding="utf-8")
#: Each row: what it is, the two outcomes, the test that holds them.
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| circumstance")
]
#: Every workflow of KFP v1 that goes to Kubeflow has these notes; the table leaves them out.
ALWAYS = {"TR430", "TR431"}
#: ``topic: case`` → the case.
NAMED = {name.rpartition(", ")[0]: case for name, case in ALL}
OF_CASES = [row for row in ROWS if row[3] in NAMED and "written" in row[1]]


def outcome(case: dict[str, Any], to: str) -> str:
    """What ``convert`` does with the input, as the table puts it; the file is here already."""
    words = ["convert", case.get("file", "pipeline.yaml"), "--to", to, "--dry-run"]
    result = CliRunner().invoke(main, [*words, "--format", "json"])
    (entry,) = json.loads(result.stdout)["inputs"]
    codes = sorted({one["code"] for one in entry["diagnostics"]} - ALWAYS)
    written = "not written" if result.exit_code else "written"
    return f"{written}: {', '.join(codes)}" if codes else written


@pytest.mark.parametrize("row", OF_CASES, ids=[row[0] for row in OF_CASES])
def test_outcomes(row: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case = NAMED[row[3]]
    text = case["input"]
    Path(case.get("file", "pipeline.yaml")).write_bytes(
        text if isinstance(text, bytes) else text.encode()
    )
    assert [outcome(case, "vertex"), outcome(case, "kubeflow")] == row[1:3]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_tests_exist(row: list[str]) -> None:
    if row[3] not in NAMED:
        file, _, name = row[3].partition(": ")
        source = (ROOT / "tests/unit" / file).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {name}\(", source, re.MULTILINE), row[3]
