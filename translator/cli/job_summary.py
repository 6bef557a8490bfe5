"""The job summary of GitHub Actions: Markdown, appended to the file ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from translator import markdown
from translator.diagnostics import Severity
from translator.diagnostics.by_code import counted
from translator.diagnostics.report import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from translator.diagnostics import Diagnostic

__all__ = ["append", "page"]

#: Findings that are listed. GitHub shows no summary of more than 1 MiB.
_FINDINGS = 100


def append(diagnostics: Sequence[Diagnostic], command: str, outcome: str) -> str:
    """Appends the page to the file that GitHub names. Returns the problem, or "" if it is done."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return ""
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(page(diagnostics, command, outcome))
    except OSError as error:
        return f"the job summary could not be written: {error.strerror}"
    return ""


def page(diagnostics: Sequence[Diagnostic], command: str, outcome: str) -> str:
    """The findings by code, and the errors and warnings with their places."""
    lines = [f"### translator {command}", ""]
    lines += [line for text in outcome.splitlines() for line in (markdown.prose(text), "")]
    counts = counted(diagnostics)
    if counts:
        lines += [markdown.row(["code", "severity", "findings", "files", "problem"])]
        lines.append("|---|---|---:|---:|---|")
    for one in counts:
        problem = markdown.prose(one.problem, in_table=True)
        numbers = (f"{one.findings:,}", f"{one.files:,}")
        lines.append(markdown.row([one.code, one.severity, *numbers, problem]))
    return "".join(f"{line}\n" for line in [*lines, "", *_places(diagnostics)])


def _places(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    shown = [group[0] for group in grouped(diagnostics) if group[0].severity is not Severity.NOTE]
    if not shown:
        return
    yield markdown.row(["place", "severity", "code", "finding"])
    yield "|---|---|---|---|"
    for one in shown[:_FINDINGS]:
        at = one.origin
        place = f"{at.file}:{at.line}" if at and at.line else at.file if at else ""
        message = markdown.prose(one.message, in_table=True)
        yield markdown.row([markdown.text(place), one.severity.value, one.rule.code, message])
    yield ""
    if len(shown) > _FINDINGS:
        yield f"{len(shown) - _FINDINGS:,} more findings are in the output of `--format json`."
        yield ""
