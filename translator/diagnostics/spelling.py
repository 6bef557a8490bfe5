"""Suggestions for misspelt names."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["closest", "question"]

#: Limits of compared names and of their length; each comparison takes about 20 µs.
_COMPARED = 500
_LONGEST = 200
#: The minimum similarity, from 0 to 1.
_LIKE = 0.6


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is most similar to ``name``; empty if none is similar.

    Among equally similar names, the one with the longest common prefix, then the first.
    """
    if not name or len(name) > _LONGEST:
        return ""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(b=name.lower(), autojunk=False)
    best, found = (_LIKE, 0), ""
    for one in islice(known, _COMPARED):
        matcher.set_seq1(one.lower())
        # The quick ratios are upper bounds.
        if matcher.real_quick_ratio() < best[0] or matcher.quick_ratio() < best[0]:
            continue
        score = matcher.ratio(), _alike(one.lower(), name.lower())
        if score > best:
            best, found = score, one
    return found


def question(name: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)`` to append to an error about ``name``; empty without a suggestion."""
    found = closest(name, known)
    return f" (did you mean {found}?)" if found else ""


def _alike(one: str, other: str) -> int:
    """The length of the common prefix."""
    pairs = zip(one, other, strict=False)
    ends = min(len(one), len(other))
    return next((number for number, (a, b) in enumerate(pairs) if a != b), ends)
