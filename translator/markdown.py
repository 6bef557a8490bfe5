"""Texts of pipelines in Markdown: escaped, on one line, so that none is markup or HTML."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from translator.diagnostics.redaction import masked

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["prose", "row", "text"]

#: Special characters of Markdown and HTML inside a line.
_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|~&$"})


@lru_cache(maxsize=1024)
def text(written: str) -> str:
    """Text escaped for Markdown, on one line. Tasks share DAGs and images, so it is cached."""
    return _printable(written).translate(_SPECIAL)


def prose(sentence: str, *, in_table: bool = False) -> str:
    """A message of a rule, with code in backticks."""
    parts = _printable(sentence).split("`")
    if len(parts) % 2 == 0:  # a text of the pipeline contains a backtick
        return text(sentence)
    # In a table of GitHub Flavored Markdown a vertical bar ends a cell even in code.
    is_code = [n % 2 and part and not (in_table and "|" in part) for n, part in enumerate(parts)]
    pairs = zip(parts, is_code, strict=True)
    return "".join(f"`{part}`" if code else text(part) for part, code in pairs)


def row(cells: Iterable[str]) -> str:
    """A row of a table; its cells are escaped already."""
    return "| " + " | ".join(cells) + " |"


def _printable(written: str) -> str:
    words = " ".join(f"|{masked(written)}|".split())[1:-1]  # blanks around it remain
    if words.isprintable():
        return words
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in words)
