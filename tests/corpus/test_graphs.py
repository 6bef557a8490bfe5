"""Graphviz reads the graphs of the corpus (all of it, and Mermaid: ``graphs.py``)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.corpus.graphs import dot_errors, drawn
from translator.graph.mermaid import MAX_LENGTH

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("folder", ["v1/seed", "v1/compiled", "v2/kfp2", "v2/synthetic"])
def test_graphs(shared: Path, folder: str) -> None:
    paths = sorted((shared / "corpus" / folder).glob("*.yaml"))[::12]
    graphs = drawn(paths)
    assert graphs
    assert list(dot_errors({name: one["dot"] for name, one in graphs.items()})) == []
    assert max(len(one["mermaid"]) for one in graphs.values()) < MAX_LENGTH
