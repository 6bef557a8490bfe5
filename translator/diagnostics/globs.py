"""Patterns of file names, as in a ``.gitignore``."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from itertools import accumulate

from translator.records import NamedTuple

__all__ = ["Glob"]

#: A part of a pattern → its regular expression.
_PARTS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_PART = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)


class Glob(NamedTuple):
    """A pattern of paths, and the folder that it is relative to.

    >>> Glob("old-*.yaml").matches("flows/old-1.yaml"), Glob("flows").matches("flows/a/b.yaml")
    (True, True)
    >>> Glob("flows/*.yaml").matches("flows/a.yaml"), Glob("flows/*.yaml").matches("flows/a/b.yaml")
    (True, False)
    """

    #: With ``/`` in it, the pattern of a path from ``folder``; else of a name at any depth. ``*``
    #: and ``?`` match no ``/``, ``**`` matches several folders, ``[…]`` one of some characters.
    pattern: str
    folder: str = "."

    def matches(self, path: str) -> bool:
        """Whether it matches the path, or a folder above it."""
        try:
            below = os.path.relpath(path, self.folder).replace(os.sep, "/")
        except ValueError:  # on another drive of Windows
            return False
        parts = [part for part in below.split("/") if part not in ("", ".")]
        pattern = self.pattern.rstrip("/")
        if "/" not in pattern:
            return any(_expression(pattern).fullmatch(part) for part in parts if part != "..")
        wanted = _expression(pattern.removeprefix("./").removeprefix("/"))
        return any(map(wanted.fullmatch, accumulate(parts, "{}/{}".format)))


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile("".join(map(_translated, _PART.findall(pattern))), re.DOTALL)
    except re.error:  # a range of characters in the wrong order, which matches nothing
        return re.compile(re.escape(pattern))


def _translated(part: str) -> str:
    if part in _PARTS:
        return _PARTS[part]
    if len(part) == 1:
        return re.escape(part)
    inside = part[1:-1]
    kind = "^/" if inside.startswith("!") else ""
    listed = inside.removeprefix("!").replace("\\", "\\\\").replace("^", "\\^").replace("[", "\\[")
    return f"[{kind}{listed.replace(']', chr(92) + ']')}]"
