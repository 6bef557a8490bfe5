"""The library as people meet it: names, what results look like, and a bundle on the disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import translator

ROOT = Path(__file__).parents[2]
HELLO = ROOT / "examples/hello/pipeline.yaml"
TRAIN = ROOT / "examples/train/pipeline_v1.yaml"


def test_dir_lists_the_public_names_and_loads_none() -> None:
    code = "import sys, translator; print(*dir(translator)); assert 'yaml' not in sys.modules"
    listed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert listed == sorted(translator.__all__)


def test_results_are_shown_in_a_line() -> None:
    reading = translator.load(TRAIN)
    assert repr(reading) == "<Reading of 'penguin-training-pipeline' (KFP v1): no findings>"
    shown = repr(translator.translate(HELLO, to="vertex"))
    assert shown == (
        "<Translation: main.py, script_support.py, pipeline_inputs.py, vertex_runner.py, "
        "pipeline.yaml, requirements.txt, REPORT.md; no findings>"
    )
    assert "warning" in repr(translator.translate(TRAIN, to="vertex"))


def test_a_translation_can_be_written(tmp_path: Path) -> None:
    result = translator.translate(HELLO, to="vertex")
    paths = result.write(tmp_path / "out")
    assert {path.name: path.read_text("utf-8") for path in paths} == result.files
    assert result.write(tmp_path / "out") == paths
    paths[0].write_text("edited")
    with pytest.raises(translator.TranslationError):
        result.write(tmp_path / "out")
    assert result.write(tmp_path / "out", force=True) == paths
    assert paths[0].read_text("utf-8") == result.files["main.py"]
