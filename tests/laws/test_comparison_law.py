"""A pipeline is the same when it is written differently, and another one when a value changes."""

from __future__ import annotations

import contextlib
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import translator
from tests.corpus.files import corpus, documents_of
from tests.laws.leaf_files import dumped, read
from tests.laws.leaf_law import fates
from tests.laws.mutations import Kind, mutations, values
from tests.laws.variants import Renaming, renamed, shuffled, text_of
from tests.unit import kfp_files
from translator.source import Fate

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/pipeline*.yaml"))
#: Changes of each file.
SAMPLE = int(os.environ.get("TRANSLATOR_LEAVES", "2"))
#: Values that are in no pipeline: what a reader reports, and leaves out.
OUTSIDE = {Fate.INERT, Fate.REPORTED}


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
    changed = shuffled(renamed(documents, Renaming(dice)), dice.shuffle)
    return text_of(changed, as_json=len(changed) == 1 and dice.random() < 0.5)


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_a_pipeline_written_differently_is_the_same(seed: int) -> None:
    text = kfp_files.text_of(kfp_files.EVERYTHING)
    assert same(text, variant(text, seed)) == []


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus("v2/*/*.yaml", "v2/kfp1/*.json", only=r"[a-m0-9]\."))
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


def unseen(text: str, name: str, sample: int) -> list[str]:
    """The changes of values that a comparison does not show, and that mean something."""
    is_json = name.endswith(".json")
    documents = read(text, is_json=is_json)
    before = dumped(documents, is_json=is_json)
    first = translator.load_text(before, name).pipeline
    ledger = fates(before, name)
    drawn = list(values(documents))
    drawn = random.Random(name).sample(drawn, min(sample, len(drawn)))
    found = []
    for change in drawn:
        leaf = change.leaf
        if {ledger.get(leaf.ledger_pointer), ledger.get(leaf.outer_pointer)} & OUTSIDE:
            continue
        try:
            second = translator.load_text(change.text(documents, is_json=is_json), name).pipeline
        except translator.TranslationError:
            continue
        if first.complete and second.complete:
            shown = translator.compare(first, second)
            if not shown.differences and not shown.notes:
                found.append(f"{leaf.pointer} = {leaf.value!r}")
    return found


def is_meaningless(change: str) -> bool:
    """A field that no format has, in a mapping without any; the name of a task of KFP v1."""
    return change.endswith(" = {}") or re.search(r"/dag/tasks/\d+/name = ", change) is not None


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_value_of_an_example_counts(path: Path) -> None:
    found = unseen(path.read_text("utf-8"), path.name, 60)
    assert [one for one in found if not is_meaningless(one)] == []


@pytest.mark.corpus
@pytest.mark.parametrize("path", corpus("v2/kfp2/*", "v2/synthetic/*.yaml"))
def test_each_value_of_a_file_counts(path: Path) -> None:
    found = unseen(path.read_text("utf-8"), path.name, SAMPLE)
    assert [one for one in found if not is_meaningless(one)] == []


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
