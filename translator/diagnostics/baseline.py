"""A baseline: findings that are known, so that only new ones are reported.

A finding is recognised by its file, code, message and the keys of its place. Lines, columns and the
numbers of list entries are not compared, so that a change elsewhere in the file makes no finding
new.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from translator.diagnostics import Severity
from translator.diagnostics.internal import UNEXPECTED
from translator.diagnostics.redaction import masked
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.diagnostics import Diagnostic

__all__ = ["SCHEMA", "Baseline", "Known", "read_baseline"]

#: The format of the file; its number increases when a key is removed or changes its meaning.
SCHEMA = "translator.baseline/1"
_NOTE = "Written by `translator check --write-baseline`: findings that are not reported again."


class Known(NamedTuple):
    """What findings are recognised by."""

    file: str
    code: str
    #: The JSON pointer, with ``*`` for the numbers of list entries.
    at: str
    message: str


class Baseline:
    """The known findings, and those of a run."""

    def __init__(self, folder: str, known: Counter[Known]) -> None:
        #: Names of files are relative to it.
        self._folder = folder
        self._known = known
        self._found: Counter[Known] = Counter()
        self._files: set[str] = set()

    def new(self, diagnostics: Iterable[Diagnostic], file: str) -> list[Diagnostic]:
        """The findings about a file that are not known, with all notes and internal errors."""
        self._files.add(self._name(file))
        left = []
        for finding in diagnostics:
            key = self._key(finding, file)
            if finding.severity is Severity.NOTE or finding.rule.code == UNEXPECTED.code:
                left.append(finding)
                continue
            self._found[key] += 1
            if self._found[key] > self._known[key]:
                left.append(finding)
        return left

    def gone(self) -> int:
        """How many known findings about the files of the run were not found again."""
        return sum(
            max(number - self._found[key], 0)
            for key, number in self._known.items()
            if key.file in self._files
        )

    def text(self) -> str:
        """The file with the findings of the run; of files that it did not read, the known ones."""
        others = {key: n for key, n in self._known.items() if key.file not in self._files}
        files: dict[str, list[dict[str, Any]]] = {}
        for key, number in sorted((Counter(others) + self._found).items()):
            entry = {"code": key.code, "at": key.at, "message": key.message, "number": number}
            files.setdefault(key.file, []).append(entry)
        return json.dumps({"schema": SCHEMA, "note": _NOTE, "files": files}, indent=2) + "\n"

    def _key(self, finding: Diagnostic, file: str) -> Known:
        pointer = masked(finding.origin.pointer) if finding.origin else ""
        at = "/".join("*" if part.isdecimal() else part for part in pointer.split("/"))
        return Known(self._name(file), finding.rule.code, at, finding.message)

    def _name(self, file: str) -> str:
        if file.startswith("<"):
            return file
        try:
            return os.path.relpath(file, self._folder).replace(os.sep, "/")
        except ValueError:  # on another drive of Windows
            return file


def read_baseline(data: bytes | str, folder: str) -> Baseline:
    """The baseline of a file in ``folder``. Raises ``ValueError`` if it is not valid."""
    try:
        document = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"it has no `schema` {SCHEMA}")
    known: Counter[Known] = Counter()
    try:
        for file, entries in document["files"].items():
            for entry in entries:
                texts = (file, entry["code"], entry["at"], entry["message"])
                if not all(isinstance(text, str) for text in texts):
                    raise TypeError
                known[Known(*texts)] += int(entry["number"])
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ValueError("an entry of `files` is not valid") from error
    return Baseline(folder, known)
