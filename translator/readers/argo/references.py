"""Argo's references in text, for example ``{{inputs.parameters.x}}``: found and replaced.

Only what Argo substitutes is a reference (argo-workflows docs/variables.md). Other double
braces (``{{$}}``, Go templates, ``{{kfp-default-bucket}}``) are literal text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from translator.placeholders import Placeholder, PlaceholderKind
from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.diagnostics import Rule
    from translator.source import Cursor

__all__ = [
    "RESULT",
    "RUN_PLACEHOLDERS",
    "Parts",
    "Reference",
    "parse",
    "quoted",
    "reference",
    "report",
    "text_of",
]


class Reference(NamedTuple):
    """A reference, which Argo replaces with a value."""

    #: The dotted parts: ``("inputs", "parameters", "x")``.
    path: tuple[str, ...]
    #: The reference as in the text, with braces.
    text: str

    @property
    def name(self) -> str:
        """The text between the braces, which ``--set-placeholder`` takes."""
        return "".join(self.path) if self.path[0] == "=" else ".".join(self.path)


#: A parsed text of the workflow: literal text and references.
Parts: TypeAlias = "tuple[str | Reference, ...]"

#: The name of the output parameter with the standard output of a container.
RESULT = "<result>"
#: A name, or an expression, which may contain single braces.
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
#: Argo's reference to a property of the run → the equivalent placeholder.
RUN_PLACEHOLDERS = {
    ("workflow", "uid"): Placeholder(PlaceholderKind.RUN_ID),
    ("workflow", "name"): Placeholder(PlaceholderKind.RUN_NAME),
    ("pod", "name"): Placeholder(PlaceholderKind.TASK_ID),
    ("workflow", "creationTimestamp"): Placeholder(PlaceholderKind.RUN_CREATE_TIME),
    ("workflow", "scheduledTime"): Placeholder(PlaceholderKind.RUN_SCHEDULE_TIME),
}


def parse(text: str) -> Parts:
    """The text in parts: literal text and references."""
    if "{{" not in text:
        return (text,) if text else ()
    parts: list[str | Reference] = []
    end = 0
    for match in _BRACES.finditer(text):
        path = _path(match[1] or match[2])
        if path is None:
            continue
        if match.start() > end:
            parts.append(text[end : match.start()])
        parts.append(Reference(path, match[0]))
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    return tuple(parts)


def text_of(parts: Parts) -> str:
    """The text of the parts, as in the file."""
    if len(parts) == 1:
        return parts[0] if isinstance(parts[0], str) else parts[0].text
    return "".join([part if isinstance(part, str) else part.text for part in parts])


def reference(*path: str) -> Reference:
    """A reference in Argo's spelling."""
    return Reference(path, "{{" + ".".join(path) + "}}")


def _path(inner: str) -> tuple[str, ...] | None:
    if inner.startswith("="):
        return ("=", inner[1:])
    match tuple(inner.split(".")):
        case ("tasks" | "steps", task, "outputs", "result"):
            return ("tasks", task, "outputs", "parameters", RESULT)
        case ("steps", *rest):  # the tasks of a template with `steps`
            return ("tasks", *rest)
        case parts:
            return parts if parts[0] in _SCOPES else None


def report(rule: Rule, found: Reference, place: Cursor) -> None:
    """Reports a reference without a value, with the option that sets one."""
    assignment = quoted(f"{found.name}=TEXT")
    place.report(rule, reference=found.text, name=found.name, assignment=assignment)


def quoted(argument: str) -> str:
    """An argument of a command line, quoted for a POSIX shell."""
    return "'" + argument.replace("'", "'\\''") + "'"
