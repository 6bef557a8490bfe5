"""Argo's references in text: ``{{inputs.parameters.x}}`` and its like, found and replaced.

Only what Argo itself would substitute counts (argo-workflows docs/variables.md). Other double
braces (``{{$}}``, Go templates, ``{{kfp-default-bucket}}``) are literal text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.placeholders import Placeholder, PlaceholderKind
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.diagnostics import Rule
    from translator.source import Cursor

__all__ = ["RESULT", "RUN_PLACEHOLDERS", "Reference", "parse", "quoted", "report", "substitute"]


class Reference(NamedTuple):
    """Something that Argo fills in."""

    #: The dotted parts: ``("inputs", "parameters", "x")``.
    path: tuple[str, ...]
    #: As it stands in the text, braces and all.
    text: str

    @property
    def name(self) -> str:
        """As it stands between the braces, by which ``--set-placeholder`` calls it."""
        return "".join(self.path) if self.path[0] == "=" else ".".join(self.path)


#: Stands for what a container prints, where an output parameter has its name.
RESULT = "<result>"
#: A name, or an expression, which may hold single braces.
_BRACES = re.compile(r"\{\{\s*(?:([A-Za-z0-9_.\-]+)\s*|(=(?:[^{}]|\{(?!\{)|\}(?!\}))*))\}\}")
_SCOPES = frozenset(
    {
        "inputs",
        "outputs",
        "tasks",
        "workflow",
        "pod",
        "node",
        "item",
        "retries",
        "lastRetry",
    }
)
#: What Argo knows of a run → the placeholder that means the same.
RUN_PLACEHOLDERS = {
    ("workflow", "uid"): Placeholder(PlaceholderKind.RUN_ID),
    ("workflow", "name"): Placeholder(PlaceholderKind.RUN_NAME),
    ("pod", "name"): Placeholder(PlaceholderKind.TASK_ID),
    ("workflow", "creationTimestamp"): Placeholder(PlaceholderKind.RUN_CREATE_TIME),
    ("workflow", "scheduledTime"): Placeholder(PlaceholderKind.RUN_SCHEDULE_TIME),
}


def parse(text: str) -> list[str | Reference]:
    """The text in pieces: literal text, and what Argo substitutes."""
    if "{{" not in text:
        return [text] if text else []
    pieces: list[str | Reference] = []
    end = 0
    for match in _BRACES.finditer(text):
        path = _path(match[1] or match[2])
        if path is None:
            continue
        if match.start() > end:
            pieces.append(text[end : match.start()])
        pieces.append(Reference(path, match[0]))
        end = match.end()
    if end < len(text):
        pieces.append(text[end:])
    return pieces


def _path(inner: str) -> tuple[str, ...] | None:
    if inner.startswith("="):
        return ("=", inner[1:])
    match tuple(inner.split(".")):
        case ("tasks" | "steps", task, "outputs", "result"):
            return ("tasks", task, "outputs", "parameters", RESULT)
        case ("steps", *rest):  # the tasks of a template that lists them in steps
            return ("tasks", *rest)
        case parts:
            return parts if parts[0] in _SCOPES else None


def report(rule: Rule, reference: Reference, place: Cursor) -> None:
    """Reports a reference without a value, and the words that give it one."""
    assignment = quoted(f"{reference.name}=TEXT")
    place.report(rule, reference=reference.text, name=reference.name, assignment=assignment)


def quoted(word: str) -> str:
    """A word of a command line, in the quotes that any shell of POSIX takes off again."""
    return "'" + word.replace("'", "'\\''") + "'"


def substitute(text: str, value_of: Callable[[Reference], str | None]) -> str:
    """The text with each reference replaced; a reference without a value stays."""
    return "".join(
        piece if isinstance(piece, str) else _or(value_of(piece), piece.text)
        for piece in parse(text)
    )


def _or(value: str | None, otherwise: str) -> str:
    return otherwise if value is None else value
