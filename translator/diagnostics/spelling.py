"""Which name a misspelt one was meant to be."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["closest", "question"]

#: Names that are compared, and the length of one; comparing takes about 20 µs a name.
_COMPARED = 500
_LONGEST = 200
#: How much of both has to be the same, from 0 to 1.
_LIKE = 0.6


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like ``name``; empty when none is like it.

    Of names that are equally like it, the one that begins most like it, then the first.
    """
    if not name or len(name) > _LONGEST:
        return ""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(b=name.lower(), autojunk=False)
    best, found = (_LIKE, 0), ""
    for one in islice(known, _COMPARED):
        matcher.set_seq1(one.lower())
        # The quick ones are upper bounds.
        if matcher.real_quick_ratio() < best[0] or matcher.quick_ratio() < best[0]:
            continue
        score = matcher.ratio(), _alike(one.lower(), name.lower())
        if score > best:
            best, found = score, one
    return found


def question(name: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)`` to put behind a complaint about ``name``, or nothing."""
    found = closest(name, known)
    return f" (did you mean {found}?)" if found else ""


def _alike(one: str, other: str) -> int:
    """How many characters the two begin with in common."""
    pairs = zip(one, other, strict=False)
    ends = min(len(one), len(other))
    return next((number for number, (a, b) in enumerate(pairs) if a != b), ends)
