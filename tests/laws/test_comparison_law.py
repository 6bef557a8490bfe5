"""A pipeline is the same when it is written differently, and another one when a value changes."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import translator
from tests.corpus.files import corpus, documents_of
from tests.laws import comparison_law
from tests.laws.comparison_law import Trial
from tests.laws.leaf_files import dumped
from tests.laws.mutations import Kind, mutations, values
from tests.laws.variants import Renaming, renamed, shuffled, text_of
from tests.unit import kfp_files
from translator import certificate
from translator.comparison import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/pipeline*.yaml"))
#: Changes of each kind in a file of the corpus, whether all files are changed, or one in so many.
SAMPLE = int(os.environ.get("TRANSLATOR_LEAVES", "1"))
WHOLE, EVERY = "TRANSLATOR_LEAVES" in os.environ, 5
COMPONENT = """
name: Train
description: Trains a model
inputs:
- {name: data, type: Dataset, description: rows}
- {name: rate, type: Float, default: '0.1', optional: true}
outputs:
- {name: model, type: Model}
implementation:
  container:
    image: python:3.11
    command: [python3, -m, train]
    args:
    - --data
    - {inputPath: data}
    - if:
        cond: {isPresent: rate}
        then: [--rate, {inputValue: rate}]
    - {concat: [--out=, {outputPath: model}]}
    env: {MODE: fast}
"""


def same(one: str, other: str) -> list[str]:
    """The differences and notes of two texts."""
    found = translator.compare(translator.load_text(one), translator.load_text(other))
    return [
        f"{difference} {difference.tolerance}" for difference in found.differences + found.notes
    ]


def variant(text: str, seed: int) -> str:
    """The pipeline spec with other names, in another order, as YAML or JSON."""
    dice = random.Random(seed)
    documents = documents_of(text)
    # A container may read the name of its task.
    kept = {"task"} if "$.pipeline_task_name" in text else set()
    changed = shuffled(renamed(documents, Renaming(dice, kept)), dice.shuffle)
    return text_of(changed, as_json=len(changed) == 1 and dice.random() < 0.5)


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_a_pipeline_written_differently_is_the_same(seed: int) -> None:
    text = kfp_files.text_of(kfp_files.EVERYTHING)
    assert same(text, variant(text, seed)) == []


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus("v2/[!i]*/*.yaml", "v2/kfp1/*.json", only=r"[a-m0-9]\."))
def test_a_file_written_differently_is_the_same(path: Path) -> None:
    text = path.read_text("utf-8")
    try:
        translator.load_text(text)
    except translator.TranslationError:
        pytest.skip("it is invalid")
    assert same(text, variant(text, len(text))) == []


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus("v1/compiled/*.yaml", only="~.*[a-f]\\.yaml"))
def test_a_workflow_in_another_order_is_the_same(path: Path) -> None:
    text = path.read_text("utf-8")
    if not translator.load_text(text).pipeline.complete:
        pytest.skip("it is refused")
    changed = shuffled(documents_of(text), random.Random(path.name).shuffle)
    assert same(text, text_of(changed, as_json=False)) == []


def told(trials: Iterable[Trial]) -> list[str]:
    return [str(trial) for trial in trials if trial.breaks_the_law]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_change_of_an_example_counts(path: Path) -> None:
    trials = list(comparison_law.trials(path, sample=6))
    assert "difference" in {trial.verdict for trial in trials}
    assert told(trials) == []


def test_each_change_of_a_component_counts(tmp_path: Path) -> None:
    path = tmp_path / "component.yaml"
    path.write_text(COMPONENT, "utf-8")
    trials = list(comparison_law.trials(path, sample=40))
    assert {trial.kind for trial in trials} >= {Kind.VALUE, Kind.DELETE, Kind.ADD, Kind.DUPLICATE}
    assert told(trials) == []


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path",
    corpus(
        *("v1/compiled/*.yaml", "v1/goldens/*/*.yaml", "v1/pairs/*", "v1/v2-compatible/*.yaml"),
        *("v2/kfp2/*", "v2/kfp1/*", "v2/gcpc/*", "v2/synthetic/*"),
        but="compiler_perf",
    ),
)
def test_each_change_of_a_file_counts(path: Path) -> None:
    """The whole is ``python tests/laws/comparison_law.py``; here one file in some is changed."""
    if WHOLE or zlib.crc32(path.name.encode()) % EVERY == 0:
        assert told(comparison_law.trials(path, seed=1, sample=SAMPLE)) == []


def test_what_is_silent_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translator, "compare", lambda *_: Comparison((), ()))
    verdicts = Counter(trial.verdict for trial in comparison_law.trials(EXAMPLES[0], sample=3))
    assert verdicts["silent"] > 5 and not verdicts["difference"]


def test_it_is_known_why_changes_are_silent() -> None:
    for kind, expression, reason in comparison_law.UNCOMPARED:
        assert Kind(kind) and re.compile(expression) and reason


#: What may go from a specification that has everything: it is there twice, implied, or empty.
IMPLIED = (
    r".*/taskInfo(/name)?",  # the name of the task
    r"/root/dag/tasks/last/dependentTasks(/[01])?",  # it takes values of both
    r".*/env/1/value",
    r".*/accelerator/(type|count|resourceType|resourceCount)",  # older and newer fields
)


def test_what_goes_is_seen() -> None:
    documents = [kfp_files.EVERYTHING]
    text = dumped(documents, is_json=True)
    silent = []
    for change in mutations(documents):
        if change.kind is Kind.DELETE:
            with contextlib.suppress(translator.TranslationError):
                if not same(text, change.text(documents, is_json=True)):
                    silent.append(change.leaf.pointer)
    assert [one for one in silent if not any(re.fullmatch(p, one) for p in IMPLIED)] == []
    assert all(any(re.fullmatch(p, one) for one in silent) for p in IMPLIED)


@pytest.mark.skipif(not importlib.util.find_spec("kfp"), reason="kfp is not installed")
def test_no_certificate_for_another_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever changes in what kfp has compiled is shown, or known to mean nothing."""
    first = translator.load(ROOT / "examples/train/pipeline_v2.yaml")
    source = translator.decompile(first)
    text, version = certificate.compiled(source.files, source.function)
    documents = documents_of(text)

    def shown(compiled: str) -> tuple[list[str], list[str]]:
        monkeypatch.setattr(certificate, "compiled", lambda *_: (compiled, version))
        made = certificate.verified(source.files, source.function, first.pipeline)
        assert made.identical is (made.comparison.differences == ())
        return [*map(repr, made.comparison.differences)], [*map(repr, made.comparison.notes)]

    before = shown(text)
    assert before[0] == []
    drawn = [*values(documents), *mutations(documents)]
    found = Counter[str]()
    for change in random.Random(text).sample(drawn, 100):
        try:
            after = shown(change.text(documents, is_json=False))
        except translator.TranslationError:
            continue
        verdict = "silent" if after == before else "difference" if after[0] else "note"
        trial = Trial("", change.kind, change.leaf, verdict)
        is_implied = comparison_law.is_implied(change, documents)
        assert not trial.breaks_the_law or is_implied, str(trial)
        found[verdict] += 1
    assert found["difference"] > found["note"] + found["silent"]
