"""Folders with the programs of an image, in which the commands of containers run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What the wrapper needs in an image beside a shell and a client.
PROGRAMS = ("base64", "sed", "sleep", "tr", "wc")
FILE_PROGRAMS = ("chmod", "dirname", "ln", "mkdir", "mktemp", "mv", "rm", "rmdir")


class Image:
    """A folder with the programs of an image."""

    def __init__(self, folder: Path, shell: str, client: str) -> None:
        self.folder, self.shell, self.client = folder, shell, client
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.root = folder / "root"
        self.root.mkdir()
        program = shutil.which(shell)
        if program is None:
            pytest.skip(f"no {shell} here")
        self.link("sh", program)
        for name in (*PROGRAMS, *FILE_PROGRAMS):
            self.link(name, program if shell == "busybox" else str(shutil.which(name)))
        self.fake("sleep", "exit 0")
        self.made = folder / "made"
        made = 'made=$(%s "$@") || exit; echo "$made" >> %s; echo "$made"'
        self.fake("mktemp", made % (shutil.which("mktemp"), self.made))
        if client == "curl":
            if shutil.which("curl") is None:
                pytest.skip("no curl here")
            self.link("curl", str(shutil.which("curl")))
        elif client == "python3":
            self.link("python3", os.path.realpath(sys.executable))

    def link(self, name: str, to: str) -> None:
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).symlink_to(to)

    def fake(self, name: str, script: str) -> None:
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def left(self) -> list[str]:
        """The private folders that are still there."""
        folders = self.made.read_text().splitlines() if self.made.exists() else []
        return [folder for folder in folders if Path(folder).exists()]

    def start(self, argv: Sequence[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        """Starts a command of a container."""
        return subprocess.Popen(
            [shutil.which(argv[0], path=str(self.bin)) or argv[0], *argv[1:]],
            cwd=self.root,
            env={"PATH": str(self.bin), "LC_ALL": "C.UTF-8", **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_with_all_signals,
        )

    def run(self, argv: Sequence[str], env: dict[str, str]) -> tuple[int, bytes, bytes]:
        """Exit status, output and messages of a command of a container."""
        with self.start(argv, env) as process:
            out, err = process.communicate(b"input\n", timeout=60)
            return process.returncode, out, err


def _with_all_signals() -> None:
    """As in a container: a job in the background inherits that interrupts are ignored."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


#: Writes a variable and files to standard output, each with a separator behind it.
SHOW = """\
import os, sys
for name in sys.argv[1:]:
    data = open(name, "rb").read() if "/" in name else os.environb.get(name.encode(), b"(unset)")
    sys.stdout.buffer.write(data + b"\\0")
"""


def show(*names: str) -> list[str]:
    return [os.path.realpath(sys.executable), "-I", "-S", "-c", SHOW, *names]


def tree(folder: Path) -> dict[str, object]:
    """Every path in a folder with its kind and content."""
    return {
        str(path.relative_to(folder)): path.is_dir() or path.is_symlink() or path.read_bytes()
        for path in folder.rglob("*")
    }
