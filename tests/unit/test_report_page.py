"""REPORT.md: what it says, and that no text of a pipeline is more than text there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import translator
from tests.unit.kfp_files import spec, text_of
from translator import accounts
from translator.diagnostics import Origin
from translator.diagnostics import vertex as rules
from translator.report import _WRAPPERS, report

if TYPE_CHECKING:
    from translator.model import Pipeline

EXAMPLE = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"
WRAPPERS = Path(__file__).parents[2] / "translator/readers/argo/wrappers.py"


def small(name: str = "train") -> Pipeline:
    return translator.load_text(text_of(spec(pipelineInfo={"name": name}))).pipeline


def test_is_in_every_bundle() -> None:
    made = translator.translate(EXAMPLE, "vertex")
    page = made.files["REPORT.md"]
    assert page.startswith("# Penguin training pipeline for Vertex AI Pipelines\n")
    assert accounts.line(made.balance) in page
    for finding in made.diagnostics:
        assert f"**{finding.rule.code}**" in page


def test_what_was_rewritten_has_its_reason() -> None:
    page = translator.translate(EXAMPLE, "vertex").files["REPORT.md"]
    assert "| comp-evaluate | output `accuracy` | parameter | taken by value by " in page
    assert "| comp-register-model | command | begins with `trim-values` | Argo takes a newl" in page


def test_of_what_goes_as_it_is_nothing_was_rewritten() -> None:
    page = translator.translate(EXAMPLE, "kubeflow").files["REPORT.md"]
    assert "Rewritten" not in page


def test_findings_that_say_the_same_are_one_entry() -> None:
    places = [Origin("x.yaml", line, 1) for line in (3, 9, 12)]
    found = [rules.SECRET.at(place, used="files come", secret="s") for place in places]
    page = report(small(), found, {}, "vertex")
    assert page.count("- [ ] ") == 1
    assert "- [ ] **TR301**, line 3 (also at lines 9, 12): files come" in page.replace(
        " and ", ", "
    )


def test_nothing_to_do() -> None:
    assert "## To do by hand\n\nNothing.\n" in report(small(), [], {"carried": 4}, "vertex")


def test_every_wrapper_has_its_words() -> None:
    written = WRAPPERS.read_text(encoding="utf-8")
    assert set(_WRAPPERS) == set(re.findall(r'_wrapper\(\s*[\w +]+,\s*"([a-z-]+)"', written))


HOSTILE = [
    "# a heading",
    "| a | cell |",
    "`code` and ``more``",
    "[link](javascript:x) <script>alert(1)</script>",
    "line\nline\r\n\u2028- [ ] done",
    "\x1b[31m\u202e\x00",
    "~~~\n```\n***",
    "&lt; $x$ \\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_pipeline_is_text(text: str) -> None:
    page = report(small(text), [], {}, "vertex")
    plain = report(small("train"), [], {}, "vertex")
    assert page.count("\n") == plain.count("\n")
    assert page.isprintable() or set(page) - set("\n") == {c for c in page if c.isprintable()}
    title = page.splitlines()[0].removeprefix("# ")
    assert "<" not in title.replace("\\<", "")
    assert "`" not in title.replace("\\`", "")


@given(st.text())
def test_any_text_stays_on_its_line(text: str) -> None:
    found = [rules.SECRET.at(Origin("x", 1, 1), used=text, secret=text)]
    page = report(small(), found, {}, "vertex")
    plain = report(
        small(), [rules.SECRET.at(Origin("x", 1, 1), used="a", secret="b")], {}, "vertex"
    )
    assert len(page.splitlines()) == len(plain.splitlines())


def test_is_the_same_each_time() -> None:
    document = EXAMPLE.read_text(encoding="utf-8")
    first = translator.load_text(document, "x.yaml").pipeline
    again = translator.load_text(document, "x.yaml").pipeline
    assert report(first, [], {}, "vertex") == report(again, [], {}, "vertex")
