"""The input pipelines of a command: files, files in folders, standard input."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from contextlib import contextmanager
from functools import partial
from os.path import isfile
from typing import TYPE_CHECKING

import click

from translator.cli.exclusion import NONE, Exclusion
from translator.diagnostics import Origin, Severity, TranslationError
from translator.diagnostics import reading as rules
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from translator.api import Reading, Survey
    from translator.diagnostics import Diagnostic
    from translator.readers.options import ReadOptions

#: Suffixes of pipelines in a folder; a file on the command line may have any name.
PACKAGES = (".tar.gz", ".tgz", ".zip")
SUFFIXES = (*PACKAGES, ".yaml", ".yml", ".json")
STDIN = "-"
#: Parts of each pipeline, by which a reader recognises it.
_SIGNS = rb"pipelineInfo|pipelineSpec|schemaVersion|argoproj\.io|kubeflow\.org"
_NO_MEMBER = "it contains no YAML or JSON files"
#: Names of Windows devices, with any suffix.
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
        #: The output folder of its bundle.
        self.folder = folder
        #: The data of standard input.
        self.data = data
        #: It was found in a folder, not named on the command line.
        self.found = found
        self._lines: list[str] | None = None
        #: Makes the lines of the text that was read without errors.
        self._quotable: Callable[[], list[str]] | None = None
        #: Size and times of the file when it was read.
        self.stamp: tuple[int, ...] = ()

    def read(self, how: ReadOptions) -> Reading:
        """The pipeline. Raises the errors of ``api.load``.

        In folders, components are TR198 and files that are no pipelines TR450.
        """
        from translator import api

        with self._skipping():
            reading = self._reading(how)
        self._quotable = partial(api.quotable_lines, reading.text, reading.secrets)
        return reading

    def _reading(self, how: ReadOptions) -> Reading:
        from translator import api

        if self.data is not None:
            return api.load_text(self.data, self.name, how)
        self._require_file()
        self.stamp = _stamp(self.name)
        return api.load(self.name, replace(how, components=not self.found))

    def survey(self, how: ReadOptions | None = None) -> Survey:
        """A summary of the file, also of one with errors. Raises the errors of ``read``."""
        from translator import api

        with self._skipping():
            if self.data is not None:
                return api.survey_text(self.data, self.name, how)
            self._require_file()
            return api.survey(self.name, how)

    @contextmanager
    def _skipping(self) -> Iterator[None]:
        """Turns the errors of a file in a folder that is no pipeline into TR450."""
        from translator.diagnostics import runs

        try:
            yield
        except TranslationError as error:
            first = error.diagnostics[0]
            what = _what_instead(self.name, first) if self.found else ""
            if not what:
                raise
            is_known = first.rule.code == rules.NOT_A_PIPELINE.code
            advice = first.facts["advice"] if is_known else "pass it by name to see its errors"
            found = runs.NO_PIPELINE.at(Origin(self.name), found=what, advice=advice)
            raise TranslationError([found]) from None

    def _require_file(self) -> None:
        # It was not given on the command line, and reading it may block or never end.
        if self.found and os.path.exists(self.name) and not isfile(self.name):
            raise OSError(None, "it is a pipe, a socket or a device", self.name)

    def has_changed(self) -> bool:
        """Whether the file changed after it was read: the data may be incomplete."""
        return bool(self.stamp) and self.stamp != _stamp(self.name)

    def line(self, origin: Origin) -> str:
        """The input's line at the origin, or "" if unknown."""
        if origin.file != self.name:
            return ""
        lines = self.lines()
        return lines[origin.line - 1] if 0 < origin.line <= len(lines) else ""

    def lines(self) -> list[str]:
        """The input's lines, with stars for secrets; empty if they are not known."""
        if self._lines is None:
            self._lines = self._read_lines()
        return self._lines

    def _read_lines(self) -> list[str]:
        # Lines of a package are those of the file inside; a pipe can be read only once.
        if self.name.lower().endswith(PACKAGES) or (self.data is None and not isfile(self.name)):
            return []
        from translator import api

        if self._quotable is not None:
            return self._quotable()
        try:
            return api.quotable_lines(_read(self.name) if self.data is None else self.data)
        except OSError:
            return []


def _what_instead(path: str, first: Diagnostic) -> str:
    """What a file is that is no pipeline; empty if it is one, or may be one with errors.

    ``first`` is its first error.
    """
    if first.rule.severity is not Severity.ERROR:  # TR198
        return ""
    if first.rule.code == rules.NOT_A_PIPELINE.code:
        return str(first.facts["found"])
    if first.rule.code == rules.EMPTY.code:
        return "an empty file"
    if path.lower().endswith(PACKAGES):
        return "an archive without YAML and JSON" if _NO_MEMBER in first.message else ""
    # UTF-16 and UTF-32 have zeros between the letters.
    if re.search(_SIGNS, _read(path).replace(b"\0", b"")):
        return ""
    return "a file that cannot be parsed"


def _read(path: str) -> bytes:
    """The bytes of a file or of standard input, up to a limit."""
    from translator import api

    if path == STDIN:
        return api.read_some(sys.stdin.buffer)
    with open(path, "rb") as file:
        return api.read_some(file)


def _stamp(path: str) -> tuple[int, ...]:
    """Identity, size and time of a file; empty if it is not a regular file or does not exist."""
    if not isfile(path):
        return ()
    status = os.stat(path)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def inputs_of(
    paths: tuple[str, ...],
    output: str | None = None,
    apart_from: str = "",
    exclude: Exclusion = NONE,
) -> list[Input]:
    """Every pipeline of the arguments and of the folders in them, each once.

    ``output`` is the folder for the bundle of a single file, else for the folders of all;
    ``apart_from`` is the path of a plan, which folders may contain; ``exclude`` are files that are
    left out.
    """
    plan = os.path.realpath(apart_from) if apart_from else ""
    found: dict[str, Input] = {}
    for path in paths:
        if path == STDIN:
            if STDIN not in found:
                found[STDIN] = Input("<stdin>", "pipeline", _read(STDIN))
        elif os.path.isdir(path):
            inside = _in_folder(path, plan, exclude)
            found |= {one.name: one for one in inside if one.name not in found}
        elif not (exclude.of_named_files and exclude.has(path)):
            stem = _stem(os.path.basename(path))
            found.setdefault(path, Input(path, stem, found=exclude.of_named_files))
    given = list(found.values())
    if given and len(paths) == 1 and not os.path.isdir(paths[0]):
        given[0].folder = output or given[0].folder
        return given
    _tell_apart(given)
    for one in given:
        one.folder = os.path.join(output or "", one.folder)
    return given


def _in_folder(top: str, plan: str, exclude: Exclusion) -> Iterator[Input]:
    from translator.bundle import MANIFEST, listed

    count = 0
    for folder, inner, names in os.walk(top, onerror=_refuse):
        ours = listed(folder) if MANIFEST in names else ()
        inner[:] = sorted(
            name
            for name in inner
            if not name.startswith(".") and not exclude.has(os.path.join(folder, name))
        )
        for name in sorted(names):
            if name in ours or not name.lower().endswith(SUFFIXES) or name.startswith("."):
                continue  # files that a conversion wrote are not inputs
            path = os.path.join(folder, name)
            if not plan or os.path.realpath(path) != plan:
                count += 1
                if not exclude.has(path):
                    below = os.path.relpath(os.path.join(folder, _stem(name)), top)
                    yield Input(path, below, found=True)
    if not count and not exclude.globs:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        raise click.UsageError(f"no pipeline in the folder '{top}' ({kinds})")


def _refuse(error: OSError) -> None:
    raise click.UsageError(f"the folder '{error.filename}' could not be read: {error.strerror}")


def _suffix(name: str) -> str:
    """The suffix of a file name; empty if it has none."""
    known = next((len(suffix) for suffix in SUFFIXES if name.lower().endswith(suffix)), 0)
    if not known and "." in name:
        known = len(name) - name.rindex(".")
    return name[len(name) - known :]


def _stem(name: str) -> str:
    """The folder named after a file: not a parent folder, not hidden, not a device."""
    suffix = _suffix(name)
    stem = name[: -len(suffix)] if suffix else name + ".translated"
    # Windows removes dots and blanks at the end.
    stem = stem.lstrip(".").rstrip(". ") or "pipeline"
    return f"_{stem}" if stem.partition(".")[0].rstrip().lower() in _DEVICES else stem


def _tell_apart(given: list[Input]) -> None:
    """Adds the suffix to the folders of ``a.json`` and ``a.yaml`` if both exist."""
    taken = Counter(one.folder for one in given)
    for one in given:
        if taken[one.folder] > 1 and one.data is None:
            one.folder += _suffix(os.path.basename(one.name)).replace(".", "-")
