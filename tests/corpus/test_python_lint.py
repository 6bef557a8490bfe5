"""``ruff`` finds nothing in what is written for pipelines of the corpus, nor would it format it.

All of it is checked but functions of authors, between ``# fmt: off`` and ``# fmt: on``: comments
that turn checks off have no effect here. A sample, or with ``TRANSLATOR_WHOLE_CORPUS`` everything.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import translator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.corpus
WHOLE = bool(os.environ.get("TRANSLATOR_WHOLE_CORPUS"))
FOLDERS = ("v1/seed", "v1/compiled", "v1/goldens", "v1/pairs", "v2/kfp2", "v2/kfp1", "v2/gcpc")
#: What pipeline.py has on purpose: kfp reads ``Optional[str]``, not ``str | None``, and the
#: functions of authors have names of ``typing``.
MEANT = frozenset({"UP045", "UP035"})
RUFF = (sys.executable, "-m", "ruff")


def sources(path: Path) -> Iterator[tuple[str, str]]:
    """The files that are written for a pipeline: of no target, and of each."""
    try:
        reading = translator.load(path)
        yield "decompiled.py", translator.decompile(reading).text
        for target in ("vertex", "kubeflow"):
            files = translator.render(reading, target, style="python")
            for name in files.keys() & {"pipeline.py", "pipeline_helpers.py"}:
                yield f"{target}_{name}", files[name]
    except translator.TranslationError:
        return


def of_authors(text: str) -> set[int]:
    """The lines of functions of authors."""
    found, inside = set(), False
    for number, line in enumerate(text.split("\n"), 1):
        inside = inside or line.strip() == "# fmt: off"
        if inside:
            found.add(number)
        inside = inside and line.strip() != "# fmt: on"
    return found


def ruff(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(
        [*RUFF, *command, "--isolated", "--no-cache", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_what_is_written_passes_ruff(shared: Path, tmp_path: Path) -> None:
    written: dict[str, str] = {}
    for folder in FOLDERS:
        paths = sorted(p for p in (shared / "corpus" / folder).rglob("*") if p.is_file())
        for path in paths if WHOLE or len(paths) < 3 else paths[:: len(paths) // 6]:
            for name, text in sources(path):
                written[f"n{len(written)}_{name}"] = text
    assert len(written) > 60
    for name, text in written.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert ruff(["format", "--check", "--quiet", "--line-length", "100"], tmp_path) == ""
    assert ruff(["check", "--quiet"], tmp_path) == ""
    found: list[dict[str, Any]] = json.loads(
        ruff(["check", "--ignore-noqa", "--output-format", "json"], tmp_path)
    )
    own = {name: of_authors(text) for name, text in written.items()}
    told = []
    for one in found:
        name, row = os.path.basename(one["filename"]), one["location"]["row"]
        if one["code"] not in MEANT and row not in own[name]:
            told.append((written[name].split("\n")[2], one["code"], row, one["message"]))
    assert told == []
