"""What a folder holds after its writer was killed at a random moment, in each of three cases."""

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

import pytest

from translator.bundle import MANIFEST, write

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
#: How many writers are killed in each case; more find more.
KILLS = int(os.environ.get("TRANSLATOR_KILLS", "40"))

#: Prints ``(`` and ``)`` around each of its writes, to one folder or each time to a new one. It
#: does not wait for the disk, and waits after each step, so that kills meet all of them alike.
WRITER = """
import itertools, json, os, sys, time
from pathlib import Path
from translator.bundle import write
def slow(call):
    return lambda *given: (call(*given), time.sleep(0.001))[0]
for name in "replace", "rename", "unlink", "mkdir", "rmdir":
    setattr(os, name, slow(getattr(os, name)))
os.fsync = lambda _: None
bundles = json.loads(Path(sys.argv[1]).read_text())
for number, name in enumerate(itertools.cycle("AB")):
    os.write(1, b"(")
    write(bundles[name], sys.argv[2].replace("NUMBER", str(number)))
    os.write(1, b")")
"""


def bundle(name: str) -> dict[str, str]:
    """Some 100 kB a file; one file is the same in all bundles, and one is in half of them."""
    script = "submit.py" if name == "B" else "main.py"
    return {
        script: f"print({name!r})\n" * 10_000,
        "requirements.txt": "same\n" * 20_000,
        "pipeline.yaml": f"name: {name}\n" * 20_000,
        "REPORT.md": name * 100_000,
    }


BUNDLES = {name: bundle(name) for name in "ABC"}


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name[0] != "."}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Killer:
    """Kills writers, and counts what it found afterwards."""

    def __init__(self, tmp_path: Path) -> None:
        self._bundles = tmp_path / "bundles.json"
        self._bundles.write_text(json.dumps(BUNDLES))
        self._chance = random.Random(0)
        self.writing = 0
        self.leftovers = 0
        self.mixtures = 0

    def kill_one(self, folder: Path) -> int:
        """Kills a writer after its first two writes; returns how many it had completed."""
        said = bytearray()
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, self._bundles, folder], cwd=ROOT, stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout
            said += writer.stdout.read(4)
            listener = threading.Thread(target=lambda: said.extend(writer.stdout.read()))
            listener.start()
            time.sleep(self._chance.random() * 0.1)
            writer.kill()
            listener.join()
        assert writer.returncode == -signal.SIGKILL
        self.writing += said.endswith(b"(")
        return said.count(b")")

    def summary(self) -> str:
        return (
            f"{KILLS} kills, {self.writing} within a write; {self.leftovers} left something to "
            f"remove, {self.mixtures} a mixture"
        )


def test_a_new_folder_is_complete_or_not_there(tmp_path: Path) -> None:
    killer = Killer(tmp_path)
    for kill in range(KILLS):
        parent = tmp_path / f"parent{kill}"
        done = killer.kill_one(parent / "out-NUMBER")
        folders = [path for path in parent.iterdir() if path.name.startswith("out-")]
        assert len(folders) in (done, done + 1)
        for folder in folders:
            assert content(folder) == BUNDLES["AB"[int(folder.name[4:]) % 2]]
        killer.leftovers += len(names(parent)) > len(folders)
        write(BUNDLES["C"], parent / "out")
        assert names(parent) == sorted(["out", *(path.name for path in folders)])
    print(killer.summary())
    assert killer.writing > KILLS / 2


def test_a_folder_with_nothing_else_in_it_holds_one_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "parent" / "out"
    write(BUNDLES["C"], folder)
    before = folder.stat().st_ino
    write(BUNDLES["A"], folder)
    if folder.stat().st_ino == before:
        pytest.skip("no way to exchange two folders here")
    killer = Killer(tmp_path)
    for kill in range(KILLS):
        done = killer.kill_one(folder)
        here = content(folder)
        which = [name for name, files in BUNDLES.items() if files == here]
        assert which in (["A"], ["B"]), f"a mixture after kill {kill}: {sorted(here)}"
        assert which[0] in {"AB"[done % 2], "AB"[(done - 1) % 2]}
        killer.leftovers += len(names(folder.parent)) > 1
        write(BUNDLES["C"], folder)
        assert content(folder) == BUNDLES["C"]
        assert names(folder.parent) == ["out"]
    print(killer.summary())
    assert killer.writing > KILLS / 2


def test_beside_other_files_a_mixture_is_completed_by_the_next_run(tmp_path: Path) -> None:
    folder = tmp_path / "parent" / "out"
    write(BUNDLES["C"], folder)
    (folder / "notes.md").write_text("mine")
    before = folder.stat().st_ino, (folder / "notes.md").stat().st_ino
    killer = Killer(tmp_path)
    for _ in range(KILLS):
        killer.kill_one(folder)
        here = content(folder)
        assert here.pop("notes.md") == "mine"
        whole = [files for files in BUNDLES.values() if files == here]
        killer.mixtures += not whole
        for name, text in here.items():
            assert text in (BUNDLES["A"].get(name), BUNDLES["B"].get(name)), f"half of {name}"
        marked = "unfinished" in json.loads((folder / MANIFEST).read_bytes())
        assert whole or marked, "a mixture that is not marked"
        killer.leftovers += len(names(folder)) > len(here) + 2
        write(BUNDLES["C"], folder)  # without force
        assert content(folder) == {**BUNDLES["C"], "notes.md": "mine"}
        assert names(folder.parent) == ["out"]
        assert "unfinished" not in json.loads((folder / MANIFEST).read_bytes())
    assert (folder.stat().st_ino, (folder / "notes.md").stat().st_ino) == before
    print(killer.summary())
    assert killer.mixtures, "no kill met a step in between"
