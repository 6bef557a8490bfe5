"""Diagnostics as text for a terminal, and as JSON in the format of this tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics import Origin, Severity
from translator.diagnostics.redaction import masked, masked_line, printable, shortened, told
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from translator.diagnostics import Diagnostic

__all__ = [
    "PLAIN",
    "SCHEMA",
    "Style",
    "also",
    "as_json",
    "closing",
    "count",
    "counts",
    "grouped",
    "printable",
    "text",
]

#: The format of ``as_json``; its number increases when a field is removed or changes its meaning.
SCHEMA = "translator.diagnostics/1"

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
#: How many other lines of one finding are listed; more are counted.
_LINES = 8
#: Characters around a place that are searched for secrets; a report shows fewer.
_NEAR = 2000
_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_COLOURS = {
    Severity.ERROR: "\x1b[1;31m",
    Severity.WARNING: "\x1b[1;33m",
    Severity.NOTE: "\x1b[1;36m",
}


class Style(NamedTuple):
    """The style of a report."""

    colour: bool = False
    #: Also show notes.
    verbose: bool = False
    #: Columns of a source line that are shown.
    width: int = 100


PLAIN = Style()


def text(
    diagnostics: Iterable[Diagnostic],
    source_line: Callable[[Origin], str] | None = None,
    style: Style = PLAIN,
) -> str:
    """A paragraph for each group of equal findings, errors first, then by place; empty without
    findings.

    ``source_line`` returns the input's line at an origin, or "" if it has none; the report shows
    the line and marks the place. Equal findings at several places in a file are shown once, at the
    first place, with the other lines.
    """
    shown = [d for d in diagnostics if style.verbose or d.severity is not Severity.NOTE]
    lines: list[str] = []
    for first, *others in grouped(shown):
        lines += _paragraph(first, others, source_line, style)
    return "".join(f"{line}\n" for line in lines)


def grouped(diagnostics: Iterable[Diagnostic]) -> Iterator[list[Diagnostic]]:
    """Groups of equal findings in one file, in the order of ``text``."""
    groups: dict[tuple[str, ...], list[Diagnostic]] = {}
    for finding in sorted(diagnostics, key=_rank):
        file = finding.origin.file if finding.origin else ""
        said = (file, finding.rule.code, finding.message, finding.help)
        groups.setdefault(said, []).append(finding)
    yield from groups.values()


def also(first: Diagnostic, others: Iterable[Diagnostic]) -> str:
    """``also at lines 12, 40 and 3 more``: the places of other findings, equal to ``first``."""
    own = first.origin.line if first.origin else 0
    lines = [finding.origin.line if finding.origin else 0 for finding in others]
    listed = sorted({line for line in lines if line not in (0, own)})[:_LINES]
    rest = sum(line not in listed for line in lines)
    if not listed:
        return f"also at {_plural(rest, 'more place')}" if rest else ""
    shown = ", ".join(map(str, listed)) + (f" and {rest:,} more" if rest else "")
    return f"also at line{'s' if len(listed) > 1 or rest else ''} {shown}"


def count(diagnostics: Iterable[Diagnostic]) -> dict[str, int]:
    """Name of a severity → number of findings."""
    severities = [d.severity for d in diagnostics]
    return {severity.value: severities.count(severity) for severity in _ORDER}


def counts(diagnostics: Iterable[Diagnostic]) -> str:
    """``2 errors, 1 warning``; empty without findings."""
    numbers = count(diagnostics).items()
    return ", ".join(_plural(number, severity) for severity, number in numbers if number)


def closing(
    diagnostics: Iterable[Diagnostic],
    outcome: str = "",
    style: Style = PLAIN,
    ignored: int = 0,
    known: int = 0,
) -> str:
    """The last lines of a report: the counts, the outcome, and the command that explains a code.

    ``ignored`` is the number of findings that a policy ignored, ``known`` of those in a baseline.
    """
    found = sorted(diagnostics, key=_rank)
    told = count(found)
    counted = [_plural(number, severity) for severity, number in told.items() if number]
    if told["note"] and not style.verbose:
        counted[-1] += " (shown with -v)"
    if ignored:
        counted.append(f"{ignored:,} ignored")
    if known:
        counted.append(f"{known:,} in the baseline")
    line = "; ".join(part for part in (", ".join(counted), outcome) if part)
    if not line:
        return ""
    listed = [d for d in found if style.verbose or d.severity is not Severity.NOTE]
    explain = f"explain: translator explain {listed[0].rule.code}\n" if listed else ""
    return f"{line}\n{explain}"


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """One finding as JSON values; ``docs/report-format.md`` describes the fields."""
    origin = diagnostic.origin or Origin("")
    return {
        "code": diagnostic.rule.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "file": origin.file or None,
        "line": origin.line or None,
        "column": origin.column or None,
        "pointer": masked(origin.pointer),
        **({"accepted": diagnostic.reason} if diagnostic.accepted else {}),
        "facts": {name: _json_fact(fact) for name, fact in diagnostic.facts.items()},
    }


def _json_fact(fact: object) -> Any:
    match fact:
        case None | bool() | int() | float():
            return fact
        case str():
            return masked(shortened(fact))
        case list() | tuple():
            return [_json_fact(item) for item in fact]
        case _:
            return masked(shortened(str(fact)))


def _rank(diagnostic: Diagnostic) -> tuple[int, str, int, int]:
    origin = diagnostic.origin or Origin("")
    return _ORDER.index(diagnostic.severity), origin.file, origin.line, origin.column


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _paragraph(
    first: Diagnostic,
    others: list[Diagnostic],
    source_line: Callable[[Origin], str] | None,
    style: Style,
) -> Iterator[str]:
    yield _headline(first, style)
    if first.origin and first.origin.pointer:
        yield f"  at:   {told(first.origin.pointer)}"
    if first.origin and first.origin.line and source_line and first.rule.shows_line:
        yield from _excerpt(first.origin, source_line(first.origin), style)
    if others:
        yield f"  {also(first, others)}"
    if first.help:
        yield f"  help: {first.help}"


def _headline(diagnostic: Diagnostic, style: Style) -> str:
    place = f"{told(str(diagnostic.origin))}: " if diagnostic.origin else ""
    label = f"{diagnostic.severity.value}[{diagnostic.rule.code}]"
    if not style.colour:
        return f"{place}{label}: {diagnostic.message}"
    coloured = f"{_COLOURS[diagnostic.severity]}{label}{_RESET}{_BOLD}"
    return f"{_BOLD}{place}{coloured}: {diagnostic.message}{_RESET}"


def _excerpt(origin: Origin, line: str, style: Style) -> Iterator[str]:
    """The source line and a mark under the place; nothing if the line is unknown."""
    line = line.rstrip("\r\n")
    start = max(origin.column - 1, 0)
    if not line.strip() or start >= len(line):
        return
    first = max(start - _NEAR, 0)  # a file may be a single line
    line = line[:first] + masked_line(line[first : start + _NEAR]) + line[start + _NEAR :]
    end = _end_of_token(line, start, start + style.width)
    before, marked, after = _window(line, start, end, style.width)
    number = f"{origin.line:>5}"
    caret = "^" * max(1, _columns(marked))
    if style.colour:
        caret = f"{_COLOURS[Severity.ERROR]}{caret}{_RESET}"
    yield f"{number} | {before}{marked}{after}"
    yield f"{' ' * len(number)} | {' ' * _columns(before)}{caret}"


def _end_of_token(line: str, start: int, most: int) -> int:
    """The end of a quoted text or a word; the next place if there is neither."""
    quote = line[start]
    closing = line.find(quote, start + 1) if quote in "'\"" else -1
    if closing >= 0:
        return closing + 1
    places = range(start, min(most, len(line)))
    ends = (at for at in places if line[at] in ",:[]{}" or line[at].isspace())
    return max(next(ends, places.stop), start + 1)


def _window(line: str, start: int, end: int, width: int) -> tuple[str, str, str]:
    """The line around ``start``, of about ``width`` columns, with control characters escaped."""
    end = min(end, start + width // 2)
    left = max(0, end - width * 2 // 3) if len(line) > width else 0
    right = left + width if len(line) > width else len(line)
    before, marked, after = line[left:start], line[start:end], line[end:right]
    opening = "…" if left else ""
    ending = "…" if right < len(line) else ""
    return opening + printable(before), printable(marked), printable(after) + ending


def _columns(shown: str) -> int:
    """The width of a text in terminal columns."""
    return len(shown) if shown.isascii() else sum(map(_columns_of, shown))


def _columns_of(character: str) -> int:
    import unicodedata

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
