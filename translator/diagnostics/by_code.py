"""Findings counted by code, as a table for a terminal and as a job summary of GitHub Actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics import Severity
from translator.diagnostics.manual import sentence
from translator.diagnostics.redaction import printable
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from translator.diagnostics import Diagnostic

__all__ = ["CodeCount", "as_json", "counted", "table"]

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


class CodeCount(NamedTuple):
    """The findings of a code with one severity."""

    code: str
    severity: str
    findings: int
    files: int
    #: The message of its rule, with the names of its facts in capitals.
    problem: str


def counted(diagnostics: Iterable[Diagnostic]) -> list[CodeCount]:
    """The codes, errors first, then those with the most findings."""
    groups: dict[tuple[int, str], list[Diagnostic]] = {}
    for finding in diagnostics:
        key = _ORDER.index(finding.severity), finding.rule.code
        groups.setdefault(key, []).append(finding)
    ranked = sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]), group[0][1]))
    return [
        CodeCount(
            code,
            _ORDER[severity].value,
            len(found),
            len({one.origin.file if one.origin else "" for one in found}),
            sentence(found[0].rule.what),
        )
        for (severity, code), found in ranked
    ]


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """The codes as JSON values."""
    return [one._asdict() for one in counted(diagnostics)]


def table(counts: Sequence[CodeCount], width: int) -> str:
    """The codes as lines of about ``width`` columns."""
    head = ("code", "severity", "findings", "files", "problem")
    rows = [
        head,
        *((c.code, c.severity, f"{c.findings:,}", f"{c.files:,}", c.problem) for c in counts),
    ]
    code, severity, findings, files = (max(len(row[at]) for row in rows) for at in range(4))
    lines = (
        f"{row[0]:<{code}}  {row[1]:<{severity}}  {row[2]:>{findings}}  {row[3]:>{files}}  {row[4]}"
        for row in rows
    )
    return "".join(f"{_cut(printable(line), width)}\n" for line in lines) if counts else ""


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
