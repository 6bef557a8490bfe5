"""A folder holds the old bundle or the new one, whenever the writer is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from translator.bundle import write

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
#: How many writers are killed; more find more.
KILLS = int(os.environ.get("TRANSLATOR_KILLS", "60"))

#: Says ``(`` and ``)`` around each of its writes.
WRITER = """
import itertools, json, os, sys
from pathlib import Path
from translator import bundle
bundles = json.loads(Path(sys.argv[1]).read_text())
bundle.NAMES = frozenset(name for files in bundles.values() for name in files)  # as below
for name in itertools.cycle("AB"):
    os.write(1, b"(")
    bundle.write(bundles[name], sys.argv[2], force=True)
    os.write(1, b")")
"""


def bundle(name: str) -> dict[str, str]:
    """Some 100 kB a file; one file is in all bundles and one in no other."""
    return {
        "main.py": f"print({name!r})\n" * 10_000,
        "same.txt": "same\n" * 20_000,
        "deep/er/pipeline.yaml": f"name: {name}\n" * 20_000,
        f"only-{name}/requirements.txt": name * 100_000,
    }


class Found(NamedTuple):
    """What there was after a kill."""

    while_writing: bool
    unfinished: bool


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def kill_one(bundles: Path, folder: Path, chance: random.Random) -> bytes:
    """What a writer said that was killed at a random moment after its first two writes."""
    said = bytearray()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, bundles, folder], cwd=ROOT, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout
        said += writer.stdout.read(4)
        listener = threading.Thread(target=lambda: said.extend(writer.stdout.read()))
        listener.start()
        time.sleep(chance.random() * 0.1)
        writer.kill()
        listener.join()
    assert writer.returncode == -signal.SIGKILL
    return bytes(said)


def test_a_killed_writer_leaves_one_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "parent" / "out"
    texts = {name: bundle(name) for name in "ABC"}
    names = frozenset(name for files in texts.values() for name in files)
    monkeypatch.setattr("translator.bundle.NAMES", names)  # of which the rest is removed
    (tmp_path / "bundles.json").write_text(json.dumps(texts))
    expected = {}
    for name, files in texts.items():
        write(files, folder)
        expected[name] = content(folder)
    (folder / "notes.md").write_text("mine")
    (folder / "only-A" / "notes.md").write_text("mine too")
    mine = (folder / "notes.md").stat().st_ino, (folder / "only-A" / "notes.md").stat().st_ino
    before = folder.stat().st_ino
    write(texts["A"], folder)
    if folder.stat().st_ino == before:
        pytest.skip("no way to exchange two names here")

    chance = random.Random(0)
    found = []
    for number in range(KILLS):
        said = kill_one(tmp_path / "bundles.json", folder, chance)
        here = content(folder)
        assert here.pop("notes.md") == b"mine"
        assert here.pop("only-A/notes.md") == b"mine too"
        which = [name for name, files in expected.items() if files == here]
        assert which in (["A"], ["B"]), f"a mixture after kill {number}: {sorted(here)}"
        if said.endswith(b")"):
            assert which == ["AB"[said.count(b")") % 2 - 1]]
        found.append(Found(said.endswith(b"("), len([*folder.parent.iterdir()]) > 1))
        write(texts["C"], folder)
        assert [*folder.parent.iterdir()] == [folder]
        here = content(folder)
        assert {name: here[name] for name in here if "notes" not in name} == expected["C"]
    now = (folder / "notes.md").stat().st_ino, (folder / "only-A" / "notes.md").stat().st_ino
    assert now == mine
    writing = sum(one.while_writing for one in found)
    unfinished = sum(one.unfinished for one in found)
    print(f"{KILLS} kills, {writing} within a write, {unfinished} of them left something to remove")
    assert writing > KILLS / 2
