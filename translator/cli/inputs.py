"""The pipelines that a command was given: files, what is in folders, standard input."""

from __future__ import annotations

import os
import re
import sys
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.api import Reading, Survey
    from translator.diagnostics import Origin
    from translator.readers.options import ReadOptions

#: What is taken for a pipeline inside a folder; a file named outright may be called anything.
PACKAGES = (".tar.gz", ".tgz", ".zip")
SUFFIXES = (*PACKAGES, ".yaml", ".yml", ".json")
STDIN = "-"
#: What ends a line for YAML.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")

pipelines_argument = click.argument(
    "pipelines",
    metavar="PIPELINE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, allow_dash=True),
)


class Input:
    """One pipeline to read."""

    def __init__(self, name: str, folder: str, data: bytes | None = None) -> None:
        #: The path as the user named it, or ``<stdin>``.
        self.name = name
        #: Where its bundle goes.
        self.folder = folder
        #: What was read from standard input.
        self.data = data
        self._lines: list[str] | None = None
        #: What the file was like when it was read.
        self._stamp: tuple[int, ...] = ()

    def read(self, how: ReadOptions | None = None) -> Reading:
        """The pipeline. Raises what ``api.load`` raises."""
        from translator import api

        if self.data is not None:
            return api.load_text(self.data, self.name, how)
        self._stamp = _stamp(self.name)
        return api.load(self.name, how)

    def survey(self, how: ReadOptions | None = None) -> Survey:
        """What can be shown of the file, also of one with errors. Raises what ``read`` raises."""
        from translator import api

        if self.data is not None:
            return api.survey_text(self.data, self.name, how)
        return api.survey(self.name, how)

    def has_changed(self) -> bool:
        """Whether the file is another one than was read: what was read may be half of it."""
        return bool(self._stamp) and self._stamp != _stamp(self.name)

    def line(self, origin: Origin) -> str:
        """The input's line at the origin, or "" where that is not known."""
        if origin.file != self.name:
            return ""
        if self._lines is None:
            self._lines = self._read_lines()
        return self._lines[origin.line - 1] if 0 < origin.line <= len(self._lines) else ""

    def _read_lines(self) -> list[str]:
        # Inside a package the lines are those of the file inside; a pipe gives its lines only once.
        if self.name.lower().endswith(PACKAGES) or (self.data is None and not isfile(self.name)):
            return []
        try:
            data = Path(self.name).read_bytes() if self.data is None else self.data
        except OSError:
            return []
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return _BREAK.split(data.decode("utf-16" if wide else "utf-8-sig", "replace"))


def _stamp(path: str) -> tuple[int, ...]:
    """What differs when a file is written; nothing for what is no file, or no longer there."""
    if not isfile(path):
        return ()
    status = os.stat(path)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def inputs_of(paths: tuple[str, ...], output: str | None = None) -> list[Input]:
    """Every pipeline of the arguments, folders opened up, each once.

    ``output`` is the folder for the bundle of a single file, else for the folders of all.
    """
    found: dict[str, Input] = {}
    for path in paths:
        if path == STDIN:
            if STDIN not in found:
                found[STDIN] = Input("<stdin>", "pipeline", sys.stdin.buffer.read())
        elif os.path.isdir(path):
            found |= {one.name: one for one in _in_folder(path) if one.name not in found}
        else:
            found.setdefault(path, Input(path, _stem(os.path.basename(path))))
    given = list(found.values())
    if len(paths) == 1 and not os.path.isdir(paths[0]):
        given[0].folder = output or given[0].folder
        return given
    _tell_apart(given)
    for one in given:
        one.folder = os.path.join(output or "", one.folder)
    return given


def _in_folder(top: str) -> Iterator[Input]:
    from translator.bundle import MANIFEST

    count = 0
    for folder, inner, names in os.walk(top, onerror=_refuse):
        if MANIFEST in names:
            inner.clear()  # what we wrote is no input
            continue
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                count += 1
                below = os.path.relpath(os.path.join(folder, _stem(name)), top)
                yield Input(os.path.join(folder, name), below)
    if not count:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        raise click.UsageError(f"no pipeline in the folder '{top}' ({kinds})")


def _refuse(error: OSError) -> None:
    raise click.UsageError(f"the folder '{error.filename}' could not be read: {error.strerror}")


def _stem(name: str) -> str:
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name + ".translated" if "." not in name else name.rpartition(".")[0] or name


def _tell_apart(given: list[Input]) -> None:
    """Gives ``a.json`` beside ``a.yaml`` a folder that names its kind too."""
    taken = [one.folder for one in given]
    for one in given:
        if taken.count(one.folder) > 1 and one.data is None:
            kind = os.path.basename(one.name)[len(os.path.basename(one.folder)) :]
            one.folder += kind.replace(".", "-")
