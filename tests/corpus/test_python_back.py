"""The harness of the decompiler: specifications that are the same and that are not."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

import pytest

from tests.corpus.files import corpus
from tests.corpus.python_back import (
    CRASHED,
    DIFFERENT,
    IDENTICAL,
    INVALID,
    NOTES,
    compiled,
    files,
    of_ir,
    of_seed,
    of_v1,
    table,
    with_own_folders,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus
IR = corpus("v2/kfp2/*", "v2/kfp1/*.json", only=r"[aeghk]\.(yaml|json)$")
V1 = corpus("v1/compiled/*.yaml", only=r"[afhk]\.yaml$")

SOURCE = """
from kfp import dsl

@dsl.container_component
def echo(text: str):
    return dsl.ContainerSpec(image="alpine", command=["echo", text])

@dsl.pipeline
def pipeline(text: str = "a"):
    echo(text=text)
"""


@pytest.mark.parametrize("path", IR)
def test_the_same_specification(path: Path) -> None:
    assert of_ir(path, "identity").outcome in (IDENTICAL, INVALID)


@pytest.mark.parametrize("path", IR)
def test_a_broken_specification(path: Path) -> None:
    assert of_ir(path, "broken").outcome in (DIFFERENT, INVALID)


@pytest.mark.parametrize("path", V1)
def test_a_workflow(path: Path) -> None:
    result = of_v1(path, "identity")
    assert (result.outcome, result.flat) in ((IDENTICAL, True), (INVALID, None))
    result = of_v1(path, "broken")
    assert (result.outcome, result.flat) in ((DIFFERENT, False), (INVALID, None))


def test_modules_of_one_name_are_compiled_one_after_the_other() -> None:
    pytest.importorskip("kfp")
    first, second = (
        compiled({"pipeline.py": SOURCE.replace('"a"', f'"{text}"')}, "pipeline") for text in "xy"
    )
    assert "defaultValue: x" in first and "defaultValue: y" in second


def test_the_table(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.json", "c.txt"):
        (tmp_path / name).write_text("{}", "utf-8")
    paths = files([tmp_path], 1)
    assert [path.name for path in paths] == ["a.yaml", "b.json"]
    done = [of_ir(path, "identity") for path in paths]
    assert [one.outcome for one in done] == [INVALID, INVALID]
    crashed = done[0]._replace(outcome=CRASHED, reasons=("KeyError: x",), sdk="kfp-2.1.3")
    lines = list(table([*done, crashed]))
    assert any(line.split()[1:] == ["kfp-2.1", "0", "0", "0", "0", "1", "0"] for line in lines)
    assert any("KeyError: x  (a.yaml)" in line for line in lines)


@pytest.mark.skipif(
    importlib.util.find_spec("translator.decompiler") is None, reason="there is no decompiler yet"
)
@pytest.mark.parametrize("path", corpus("v2/synthetic/*.yaml", only=r"[aceg]\.yaml$"))
def test_a_pipeline_of_the_newest_kfp_comes_back(path: Path) -> None:
    pytest.importorskip("kfp")
    assert of_ir(path, "decompiler").outcome in (IDENTICAL, NOTES)


def test_runs_do_not_share_files(tmp_path: Path) -> None:
    spec = "cp /tmp/inputs/in0/data /tmp/outputs/out0/data /tmp/other"
    own = f"cp {tmp_path}/tmp/inputs/in0/data {tmp_path}/tmp/outputs/out0/data /tmp/other"
    assert with_own_folders(spec, tmp_path) == own


@pytest.mark.skipif(
    not os.environ.get("TRANSLATOR_KFP1_PYTHON"), reason="needs kfp 1.8: TRANSLATOR_KFP1_PYTHON"
)
def test_a_seed_that_differs_is_kept(tmp_path: Path) -> None:
    result = of_seed(301, "broken", tmp_path)
    assert result.outcome == DIFFERENT
    assert {one.name for one in (tmp_path / "301").iterdir()} >= {"pipeline.yaml", "back.yaml"}
    assert of_seed(301, "identity", tmp_path).outcome == IDENTICAL
