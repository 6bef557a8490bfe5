"""Random pipelines of KFP v2, compiled, decompiled and compiled again: the same pipeline.

``TRANSLATOR_SEEDS=500`` tests more of them; ``python -m tests.corpus.gen_v2`` shows one, and counts
what comes of many.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.corpus.gen_v2.check import of_seed
from tests.corpus.gen_v2.source import source
from tests.corpus.python_back import IDENTICAL, INVALID, NOTES, results

pytestmark = pytest.mark.corpus
SEEDS = int(os.environ.get("TRANSLATOR_SEEDS", "16"))
FEW = 24


def test_random_pipelines_come_back() -> None:
    pytest.importorskip("kfp")
    pytest.importorskip("kfp.kubernetes")
    done = [*results(of_seed, [Path(str(seed)) for seed in range(SEEDS)], 1)]
    assert [one for one in done if one.outcome not in (IDENTICAL, NOTES, INVALID)] == []
    compiled = [one for one in done if one.outcome != INVALID]
    assert len(compiled) > len(done) / 2  # kfp's compiler refuses the others


def test_a_seed_is_always_the_same_pipeline() -> None:
    assert [source(seed) for seed in range(FEW)] == [source(seed) for seed in range(FEW)]
    assert len({source(seed) for seed in range(FEW)}) == FEW
