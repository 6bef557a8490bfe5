"""The compiled examples are what their sources give."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLES = Path(__file__).parent.parent / "examples"
#: What differs from one compilation, or one patch release of kfp, to the next.
STAMPS = re.compile(r"(kfp_sdk_version|pipeline_compilation_time|sdkVersion)$")
#: kfp 2 writes its own version into the command that installs it in the container.
KFP_REQUIREMENT = re.compile(r"kfp==[0-9.]+")


@pytest.mark.parametrize("name", ["hello/pipeline", "train/pipeline_v2"])
def test_kfp_2_gives_the_checked_in_file(name: str, tmp_path: Path) -> None:
    pytest.importorskip("kfp", minversion="2.0", reason="kfp 2 is not installed")
    assert compiled_anew(sys.executable, name, tmp_path) == checked_in(name)


def test_kfp_1_gives_the_checked_in_file(tmp_path: Path) -> None:
    python = os.environ.get("TRANSLATOR_KFP1_PYTHON")
    if not python:
        pytest.skip("TRANSLATOR_KFP1_PYTHON names no Python that has kfp 1.8")
    name = "train/pipeline_v1"
    assert compiled_anew(python, name, tmp_path) == checked_in(name)


def compiled_anew(python: str, name: str, folder: Path) -> Any:
    target = folder / "compiled.yaml"
    command = [python, "-W", "ignore", str(EXAMPLES / f"{name}.py"), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return without_stamps(yaml.safe_load(target.read_text("utf-8")))


def checked_in(name: str) -> Any:
    return without_stamps(yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text("utf-8")))


def without_stamps(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_stamps(item) for key, item in value.items() if not STAMPS.search(key)}
    if isinstance(value, list):
        return [without_stamps(item) for item in value]
    return KFP_REQUIREMENT.sub("kfp==2", value) if isinstance(value, str) else value
