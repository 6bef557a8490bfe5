"""The sources in docs/before-and-after.md are what `decompile` writes of the files there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import translator
from tests.test_readme import ROOT, Block, assert_shows, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs/before-and-after.md").read_text("utf-8")
BLOCKS = blocks_of(PAGE)
SEED = "corpus/v1/seed/pytorch_cifar10.yaml"
#: What a block of Python is called → the compiled file; None for the one of the shared corpus.
FILES = {
    "penguins.py": ROOT / "examples/train/pipeline_v2.yaml",
    "examples_train_v1.py": ROOT / "examples/train/pipeline_v1.yaml",
    "pytorch_cifar10.py": None,
}


def test_every_file_is_shown_before_and_after() -> None:
    kinds = [block.info.split()[0] for block in BLOCKS]
    assert kinds.count("yaml") == 3 and kinds.count("py") == 4
    assert {b.info.split()[1] for b in BLOCKS if b.info.startswith("py ")} == {*FILES}


@pytest.mark.parametrize(
    "block", [b for b in BLOCKS if b.info.startswith("py ")], ids=lambda block: block.info
)
def test_sources_are_what_is_written(block: Block, request: pytest.FixtureRequest) -> None:
    file = FILES[block.info.split()[1]]
    if file is None:
        file = request.getfixturevalue("shared") / SEED
    assert_shows(block.lines, translator.decompile(file).text.splitlines())


def test_the_seed_is_as_shown(shared: Path) -> None:
    lines = (shared / SEED).read_text("utf-8").splitlines()
    (block,) = (b for b in BLOCKS if b.info == "yaml pytorch_cifar10.yaml")
    assert_shows(block.lines, lines)
    assert f"has {len(lines)} lines" in PAGE
