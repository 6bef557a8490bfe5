"""``convert --diff``: what a conversion would change in a folder, as a unified diff."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from translator.diagnostics.redaction import masked_line, printable, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.bundle import Plan

__all__ = ["diff"]

#: Lines and bytes of files that are compared; comparing many different lines takes long.
_LINES = 20_000
_BYTES = 20_000_000
_NOTHING = "/dev/null"


def diff(files: Mapping[str, str], folder: str, plan: Plan, edited: frozenset[str]) -> str:
    """The changes of all files; empty if there are none. ``edited`` are files with edits of a user.

    Lines are escaped, and secrets in them hidden, as in messages.
    """
    lines: list[str] = []
    for name, text in files.items():
        if name in plan.create or name in plan.replace:
            lines += _changes(os.path.join(folder, name), text, is_edited=name in edited)
    for name in plan.remove:
        lines += _changes(os.path.join(folder, name), None, is_edited=False)
    return "".join(f"{line}\n" for line in lines)


def _changes(path: str, new: str | None, *, is_edited: bool) -> Iterator[str]:
    """The changes of one file, which ``new`` replaces, or None removes."""
    shown = told(path)
    note = "  (it has edits, which only --force overwrites)" if is_edited else ""
    try:
        old = _content(path)
    except OSError as error:
        yield f"--- {shown}: not compared: {error.strerror}"
        return
    before, after = _lines(old), _lines(new)
    if len(before) + len(after) > _LINES:
        numbers = f"{len(before):,} lines become {len(after):,}"
        yield f"--- {shown}: not compared: {numbers}{note}"
        return
    from difflib import unified_diff

    names = (shown if old is not None else _NOTHING, shown if new is not None else _NOTHING)
    lines = list(unified_diff(before, after, names[0], names[1] + note, lineterm=""))
    yield from lines[:2] or [
        f"--- {shown}: not compared: only bytes differ that are not UTF-8{note}"
    ]
    for line in lines[2:]:
        mark, rest = line[:1], line[1:]
        yield line if mark == "@" else mark + printable(masked_line(rest))


def _content(path: str) -> str | None:
    """The text of a file; of a link the path that it has; None if it does not exist."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        return f"(a symbolic link to {os.readlink(path)})\n"
    if not stat.S_ISREG(found.st_mode) or found.st_size > _BYTES:
        raise OSError(None, "it is not a regular file, or too large")
    with open(path, "rb") as file:
        return file.read().decode(errors="backslashreplace")


def _lines(text: str | None) -> list[str]:
    """The lines; the last one has a mark if no newline is after it, as in ``diff``."""
    if not text:
        return []
    lines = text.split("\n")
    last = lines.pop()
    return [*lines, f"{last}  (no newline at the end)"] if last else lines
