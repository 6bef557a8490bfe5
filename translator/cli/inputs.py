"""The pipelines that a command was given: files, what is in folders, standard input."""

from __future__ import annotations

import os
import sys
from collections import Counter
from os.path import isfile
from typing import TYPE_CHECKING

import click

from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.api import Reading, Survey
    from translator.diagnostics import Origin
    from translator.readers.options import ReadOptions

#: What is taken for a pipeline inside a folder; a file named outright may be called anything.
PACKAGES = (".tar.gz", ".tgz", ".zip")
SUFFIXES = (*PACKAGES, ".yaml", ".yml", ".json")
STDIN = "-"
#: What Windows takes for a device, whatever suffix it has.
_DEVICES = frozenset(
    {
        *("con", "prn", "aux", "nul", "conin$", "conout$"),
        *(port + number for port in ("com", "lpt") for number in "0123456789¹²³"),
    }
)

pipelines_argument = click.argument(
    "pipelines",
    metavar="PIPELINE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, allow_dash=True),
)


class Input:
    """One pipeline to read."""

    def __init__(
        self, name: str, folder: str, data: bytes | None = None, *, found: bool = False
    ) -> None:
        #: The path as the user named it, or ``<stdin>``.
        self.name = name
        #: Where its bundle goes.
        self.folder = folder
        #: What was read from standard input.
        self.data = data
        #: It was found in a folder, not named on the command line.
        self.found = found
        self._lines: list[str] | None = None
        #: What the file was like when it was read.
        self.stamp: tuple[int, ...] = ()

    def read(self, how: ReadOptions) -> Reading:
        """The pipeline. Raises what ``api.load`` raises, and TR198 for a component in a folder."""
        from translator import api

        if self.data is not None:
            return api.load_text(self.data, self.name, how)
        self._require_file()
        self.stamp = _stamp(self.name)
        return api.load(self.name, replace(how, components=not self.found))

    def survey(self, how: ReadOptions | None = None) -> Survey:
        """What can be shown of the file, also of one with errors. Raises what ``read`` raises."""
        from translator import api

        if self.data is not None:
            return api.survey_text(self.data, self.name, how)
        self._require_file()
        return api.survey(self.name, how)

    def _require_file(self) -> None:
        # Not named on the command line, and reading it may never begin, or never end.
        if self.found and os.path.exists(self.name) and not isfile(self.name):
            raise OSError(None, "it is a pipe, a socket or a device", self.name)

    def has_changed(self) -> bool:
        """Whether the file is another one than was read: what was read may be half of it."""
        return bool(self.stamp) and self.stamp != _stamp(self.name)

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
            data = _read(self.name) if self.data is None else self.data
        except OSError:
            return []
        from translator import api

        return api.quotable_lines(data)


def _read(path: str) -> bytes:
    """The bytes of a file, or of standard input, which may have no end."""
    from translator import api

    if path == STDIN:
        return api.read_some(sys.stdin.buffer)
    with open(path, "rb") as file:
        return api.read_some(file)


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
                found[STDIN] = Input("<stdin>", "pipeline", _read(STDIN))
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
    from translator.bundle import MANIFEST, listed

    count = 0
    for folder, inner, names in os.walk(top, onerror=_refuse):
        ours = listed(folder) if MANIFEST in names else ()
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            is_ours = name in ours  # what a conversion wrote is no input
            if name.lower().endswith(SUFFIXES) and not name.startswith(".") and not is_ours:
                count += 1
                below = os.path.relpath(os.path.join(folder, _stem(name)), top)
                yield Input(os.path.join(folder, name), below, found=True)
    if not count:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        raise click.UsageError(f"no pipeline in the folder '{top}' ({kinds})")


def _refuse(error: OSError) -> None:
    raise click.UsageError(f"the folder '{error.filename}' could not be read: {error.strerror}")


def _suffix(name: str) -> str:
    """The end of a file's name that says what kind it is; empty where it has none."""
    known = next((len(suffix) for suffix in SUFFIXES if name.lower().endswith(suffix)), 0)
    if not known and "." in name:
        known = len(name) - name.rindex(".")
    return name[len(name) - known :]


def _stem(name: str) -> str:
    """The folder that is named after a file: nothing above, nothing hidden, no device."""
    suffix = _suffix(name)
    stem = name[: -len(suffix)] if suffix else name + ".translated"
    # Windows takes dots and blanks off the end.
    stem = stem.lstrip(".").rstrip(". ") or "pipeline"
    return f"_{stem}" if stem.partition(".")[0].rstrip().lower() in _DEVICES else stem


def _tell_apart(given: list[Input]) -> None:
    """Gives ``a.json`` beside ``a.yaml`` a folder that names its kind too."""
    taken = Counter(one.folder for one in given)
    for one in given:
        if taken[one.folder] > 1 and one.data is None:
            one.folder += _suffix(os.path.basename(one.name)).replace(".", "-")
