"""The same file gives the same bundle, wherever and whenever that is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Surroundings in which programs are known to differ.
SURROUNDINGS = {
    "plain": {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
    "another hash": {"PYTHONHASHSEED": "4321"},
    "no locale": {"PYTHONHASHSEED": "1", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
    "latin": {"PYTHONHASHSEED": "2", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    "elsewhere": {"PYTHONHASHSEED": "3", "TZ": "Pacific/Chatham", "COLUMNS": "40", "HOME": "/"},
}


def bundle(folder: Path, file: Path, to: str, around: dict[str, str]) -> dict[str, bytes]:
    folder.mkdir()
    command = [sys.executable, "-m", "translator", "convert", str(file), "--to", to, "-o", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **around}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
@pytest.mark.parametrize("version", ["pipeline_v1.yaml", "pipeline_v2.yaml"])
def test_the_same_bytes_everywhere(tmp_path: Path, version: str, to: str) -> None:
    file = ROOT / "examples" / "train" / version
    found = [
        bundle(tmp_path / name.replace(" ", "-"), file, to, around)
        for name, around in SURROUNDINGS.items()
    ]
    assert len(found[0]) >= 4
    assert all(one == found[0] for one in found[1:])
