"""YAML → plan. A plan may come from elsewhere: everything in it is checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from translator.diagnostics import Findings, Origin, Severity, TranslationError
from translator.diagnostics import plan as rules
from translator.diagnostics.reading import EMPTY
from translator.diagnostics.redaction import told
from translator.diagnostics.spelling import closest
from translator.plan.accepting import require_code
from translator.plan.document import Entry, Plan, sections, subject
from translator.plan.kinds import ACCEPTED, MAX_TEXT, PIPELINES, Form, parsed
from translator.source import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.model import Json
    from translator.plan.kinds import Kind
    from translator.source import Cursor

__all__ = ["VERSION", "VERSION_KEY", "load_plan", "read_plan"]

#: The first key of a plan, and the version of the format.
VERSION_KEY, VERSION = "plan-version", 1
#: The most bytes of a plan, and the most decisions in it.
MAX_BYTES, MAX_ENTRIES = 2_000_000, 20_000


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """The plan in a file. The files that it names are relative to its folder.

    Raises ``TranslationError`` with every finding if one is an error, ``OSError`` if the file
    cannot be read.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(None, "it is not a regular file", os.fspath(path))
    with open(path, "rb") as file:
        return read_plan(file.read(MAX_BYTES + 1), os.fspath(path))


def read_plan(data: bytes | str, name: str) -> Plan:
    """The plan in a text. ``name`` is its file name in messages. Raises ``TranslationError``."""
    found = Findings()
    plan = _read(data, name, found)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise TranslationError(found)
    return plan._replace(diagnostics=tuple(found))


def _read(data: bytes | str, name: str, found: Findings) -> Plan:
    if len(data) > MAX_BYTES:
        return _refused(found, Origin(name), f"it exceeds {MAX_BYTES:,} bytes")
    try:
        source = parse(data, name)
    except TranslationError as error:
        if error.diagnostics[-1].rule is EMPTY:
            return Plan(text=_text(data), file=name)
        for finding in error.diagnostics:
            _refused(found, finding.origin, finding.message)
        return Plan()
    if len(source.documents) > 1:
        return _refused(found, source.documents[1].origin, "it has more than one document")
    plan = _Reader(found, name).plan(source.documents[0])
    for finding in source.diagnostics:  # values are resolved as they are read
        if finding.severity is Severity.ERROR:
            _refused(found, finding.origin, finding.message)
        else:
            found.add(finding)
    if len(plan.entries) > MAX_ENTRIES:
        return _refused(found, Origin(name), f"it has more than {MAX_ENTRIES:,} decisions")
    return plan._replace(text=source.text)


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "replace")


def _refused(found: Findings, origin: Origin | None, problem: str) -> Plan:
    found.add(rules.NOT_A_PLAN.at(origin, problem=problem))
    return Plan()


class _Reader:
    """Reads the sections of a plan, and keeps the place of each key."""

    def __init__(self, found: Findings, file: str) -> None:
        self.found = found
        self.file = file
        self.places: dict[tuple[str, ...], Origin] = {}
        #: As in ``Plan``.
        self.pipelines: dict[str, str] = {}

    def plan(self, document: Cursor) -> Plan:
        """The plan of a document."""
        entries = tuple(self._document(document))
        return Plan(entries, file=self.file, pipelines=self.pipelines, places=self.places)

    def _document(self, document: Cursor) -> Iterator[Entry]:
        if document.kind != "mapping":
            _refused(self.found, document.origin, "it has no sections")
        elif any(key in document for key in (VERSION_KEY, PIPELINES, *sections())):
            yield from self._sections(document)
        else:
            problem = f"it has neither `{VERSION_KEY}` nor a known section"
            _refused(self.found, document.origin, problem)

    def _sections(self, document: Cursor, pipeline: str = "") -> Iterator[Entry]:
        """The decisions of the whole document, or those about one pipeline."""
        known = sections()
        for key, cursor in document.items():
            if key in known:
                yield from self._section(known[key], cursor, pipeline)
            elif key == PIPELINES and not pipeline:
                yield from self._pipelines(cursor)
            elif key == VERSION_KEY and not pipeline:
                if cursor.peek() != VERSION or isinstance(cursor.peek(), bool):
                    _refused(self.found, cursor.origin, f"`{VERSION_KEY}` must be {VERSION}")
            else:
                others = () if pipeline else (PIPELINES,)
                listed = ", ".join(f"`{name}`" for name in (*known, *others))
                facts = {"section": key, "known": listed, "meant": closest(key, known)}
                self.found.add(rules.UNKNOWN_SECTION.at(cursor.origin, **facts))

    def _pipelines(self, section: Cursor) -> Iterator[Entry]:
        self.places[(PIPELINES,)] = section.origin
        for name, cursor in self._items(section, f"`{PIPELINES}`", "a pipeline to its sections"):
            self.places[PIPELINES, name] = cursor.origin
            problem = self._problem(name)
            if problem:
                _refused(self.found, cursor.origin, problem)
                continue
            for _ in self._items(cursor, f"`{told(name)}`", "a section to its decisions"):
                yield from self._sections(cursor, name)
                break

    def _problem(self, name: str) -> str:
        """What is wrong with the name of a pipeline, which is taken down; empty if it is valid."""
        if not 0 < len(name) <= MAX_TEXT or "\0" in name:
            return f"the path of a pipeline must have 1 to {MAX_TEXT:,} characters, without NUL"
        path = os.path.realpath(os.path.join(os.path.dirname(self.file), name))
        known = self.pipelines.setdefault(path, name)
        return f"`{known}` and `{name}` are the same pipeline" if known != name else ""

    def _items(self, section: Cursor, name: str, what: str) -> Iterable[tuple[str, Cursor]]:
        """The entries of a mapping, which may be empty."""
        if section.kind == "mapping":
            return section.items()
        if section.kind != "scalar" or section.peek() is not None:
            _refused(self.found, section.origin, f"{name} must be a mapping from {what}")
        return ()

    def _section(self, kind: Kind, section: Cursor, pipeline: str) -> Iterator[Entry]:
        path = (PIPELINES, pipeline, kind.section) if pipeline else (kind.section,)
        self.places[path] = section.origin
        if not kind.has_keys:
            yield from self._entry(kind, "", section, pipeline)
            return
        what = f"each {kind.thing} to its decision"
        for key, cursor in self._items(section, f"`{kind.section}`", what):
            self.places[(*path, key)] = cursor.origin
            yield from self._entry(kind, key, cursor, pipeline)

    def _entry(self, kind: Kind, key: str, cursor: Cursor, pipeline: str) -> Iterator[Entry]:
        written = cursor.peek()
        try:
            if kind.has_keys:
                _require_key(kind, key)
            value = None if written is None else _value(kind, written, cursor.origin.file)
        except ValueError as error:
            facts = {"subject": subject(kind, key, pipeline), "problem": str(error)}
            self.found.add(rules.WRONG_DECISION.at(cursor.origin, **facts))
            return
        yield Entry(kind, key, written, value, cursor.origin, pipeline)


def _require_key(kind: Kind, key: str) -> None:
    """``ValueError`` for a key that the kind cannot have."""
    if not 0 < len(key) <= MAX_TEXT:
        raise ValueError(f"expected a name of 1 to {MAX_TEXT:,} characters")
    if kind is ACCEPTED:
        require_code(key)


def _value(kind: Kind, written: Json, plan: str) -> Any:
    value = parsed(kind, written)
    if kind.form is not Form.FILE:
        return value
    from translator.config_map_files import KEY, read

    if not isinstance(value, str):
        if wrong := [key for key in value if not KEY.fullmatch(key)]:
            raise ValueError(
                f"`{wrong[0]}` is not a key of a config map: letters, digits and `-_.`"
            )
        return value
    path = _inside(value, os.path.dirname(plan))
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise ValueError(f"`{value}` is neither a file nor a folder")
    try:
        return read(path)
    except OSError as error:
        raise ValueError(f"`{value}` could not be read: {error.strerror or error}") from error


def _inside(path: str, folder: str) -> str:
    """The path of a file in the folder of the plan; ``ValueError`` for another one.

    The content of the file goes into the pipeline, and the plan may come from elsewhere.
    """
    top = os.path.realpath(folder or os.curdir)
    try:
        found = os.path.realpath(os.path.join(top, path))
    except ValueError:  # a null character
        found = ""
    if os.path.isabs(path) or not found.startswith(os.path.join(top, "")):
        raise ValueError(f"`{path}` is not a file in the folder of the plan or below it")
    return os.path.join(folder, path)
