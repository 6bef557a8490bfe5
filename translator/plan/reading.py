"""YAML → plan. A plan may come from elsewhere: everything in it is checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from translator.diagnostics import Findings, Origin, Severity, TranslationError
from translator.diagnostics import plan as rules
from translator.diagnostics.reading import EMPTY
from translator.diagnostics.spelling import closest
from translator.plan.document import Entry, Plan, sections, subject
from translator.plan.kinds import MAX_TEXT, Form, parsed
from translator.source import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    entries = tuple(_entries(source.documents[0], found))
    for finding in source.diagnostics:  # values are resolved as they are read
        if finding.severity is Severity.ERROR:
            _refused(found, finding.origin, finding.message)
        else:
            found.add(finding)
    if len(entries) > MAX_ENTRIES:
        return _refused(found, Origin(name), f"it has more than {MAX_ENTRIES:,} decisions")
    return Plan(entries, text=source.text, file=name)


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "replace")


def _refused(found: Findings, origin: Origin | None, problem: str) -> Plan:
    found.add(rules.NOT_A_PLAN.at(origin, problem=problem))
    return Plan()


def _entries(document: Cursor, found: Findings) -> Iterator[Entry]:
    known = sections()
    if document.kind != "mapping":
        _refused(found, document.origin, "it has no sections")
        return
    if not any(key in document for key in (VERSION_KEY, *known)):
        _refused(found, document.origin, f"it has neither `{VERSION_KEY}` nor a known section")
        return
    for key, cursor in document.items():
        if key in known:
            yield from _of_section(known[key], cursor, found)
        elif key == VERSION_KEY:
            if cursor.peek() != VERSION or isinstance(cursor.peek(), bool):
                _refused(found, cursor.origin, f"`{VERSION_KEY}` must be {VERSION}")
        else:
            listed = ", ".join(f"`{name}`" for name in known)
            facts = {"section": key, "known": listed, "meant": closest(key, known)}
            found.add(rules.UNKNOWN_SECTION.at(cursor.origin, **facts))


def _of_section(kind: Kind, section: Cursor, found: Findings) -> Iterator[Entry]:
    if not kind.has_keys:
        yield from _entry(kind, "", section, found)
    elif section.kind == "mapping":
        for key, cursor in section.items():
            yield from _entry(kind, key, cursor, found)
    elif section.kind != "scalar" or section.peek() is not None:  # a section may be empty
        problem = f"`{kind.section}` must be a mapping from each {kind.thing} to its decision"
        _refused(found, section.origin, problem)


def _entry(kind: Kind, key: str, cursor: Cursor, found: Findings) -> Iterator[Entry]:
    written = cursor.peek()
    try:
        if kind.has_keys and not 0 < len(key) <= MAX_TEXT:
            raise ValueError(f"expected a name of 1 to {MAX_TEXT:,} characters")
        value = None if written is None else _value(kind, written, cursor.origin.file)
    except ValueError as error:
        facts = {"subject": subject(kind, key), "problem": str(error)}
        found.add(rules.WRONG_DECISION.at(cursor.origin, **facts))
        return
    yield Entry(kind, key, written, value, cursor.origin)


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
