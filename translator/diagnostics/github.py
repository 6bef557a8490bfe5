"""Diagnostics as GitHub Actions workflow commands, which annotate the lines of a change.

Commands and escapes are those of ``@actions/core``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import Severity
from translator.diagnostics.places import relative
from translator.diagnostics.redaction import guarded, printable
from translator.diagnostics.report import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Diagnostic

__all__ = ["MOST", "commands", "first_of_each"]

#: Annotations of one kind that GitHub shows for a step; it drops the others.
MOST = 10

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_IN_MESSAGES, ":": "%3A", ",": "%2C"}


def commands(diagnostics: Iterable[Diagnostic], base: str = ".") -> str:
    """A line for each finding, in their order. ``base`` is the top folder of the repository."""
    return "".join(f"{_command(finding, base)}\n" for finding in diagnostics)


def first_of_each(
    diagnostics: Iterable[Diagnostic], most: int = MOST
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The findings to annotate, at most ``most`` of each severity, and the others.

    Errors come first, and of equal findings in one file the first before the others.
    """
    groups = list(grouped(diagnostics))
    firsts = [group[0] for group in groups]
    repeated = [finding for group in groups for finding in group[1:]]
    shown: list[Diagnostic] = []
    rest: list[Diagnostic] = []
    for severity in _COMMANDS:
        found = [one for one in (*firsts, *repeated) if one.severity is severity]
        shown += found[:most]
        rest += found[most:]
    return shown, rest


def _command(finding: Diagnostic, base: str) -> str:
    properties = ",".join(
        f"{name}={_escaped(value, _IN_PROPERTIES)}" for name, value in _properties(finding, base)
    )
    told = f"{finding.message}\nhelp: {finding.help}" if finding.help else finding.message
    return f"::{_COMMANDS[finding.severity]} {properties}::{_escaped(told, _IN_MESSAGES)}"


def _properties(finding: Diagnostic, base: str) -> Iterator[tuple[str, str]]:
    origin = finding.origin
    if origin and origin.file:
        yield "file", relative(origin.file, base)
        if origin.line:
            yield "line", str(origin.line)
        if origin.line and origin.column:
            yield "col", str(origin.column)
    yield "title", finding.rule.code


def _escaped(text: str, escapes: dict[str, str]) -> str:
    """The text, escaped for a command, a terminal and the log."""
    return guarded(printable("".join(escapes.get(character, character) for character in text)))
