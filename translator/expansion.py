"""``$(NAME)`` in command, args and env of a container, which Kubernetes replaces with environment
variables.

The rules are those of the kubelet (third_party/forked/golang/expansion/expand.go): ``$$`` becomes
``$``, an unknown name stays unchanged with its parentheses, and replacements are not replaced
again. A name ends at the next ``)``, so the name in ``$(echo $(A))`` is ``echo $(A``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = TypeVar("P")

_REFERENCE = r"\$(?:\$|\(([^)]*)\))"
#: Represents a part that is not text. No argument or variable can contain this character.
_HOLE = "\0"


def expand(text: str, value_of: Callable[[str], str | None]) -> str:
    """The text with references replaced by the result of ``value_of`` for a name."""
    if "$(" not in text:
        return text.replace("$$", "$")

    def replacement(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        value = value_of(match[1])
        return match[0] if value is None else value

    # After the last `)` there is no reference.
    end = text.rfind(")") + 1
    return re.sub(_REFERENCE, replacement, text[:end]) + text[end:].replace("$$", "$")


def references(text: str, names: Iterable[str]) -> list[str]:
    """The references in the text that ``expand`` replaces, given variables of these names."""
    if "$(" not in text and "$$" not in text:
        return []
    end, known = text.rfind(")") + 1, frozenset(names)
    found = [m[0] for m in re.finditer(_REFERENCE, text[:end]) if m[1] is None or m[1] in known]
    return found + ["$$"] * text[end:].count("$$")


def expand_parts(parts: Iterable[str | P], value_of: Callable[[str], str | None]) -> list[str | P]:
    """The same for a text with other parts, which are not part of a name."""
    given = list(parts)
    flat = "".join(part if isinstance(part, str) else _HOLE for part in given)
    holes = [part for part in given if not isinstance(part, str)]
    pieces = expand(flat, value_of).split(_HOLE)
    if len(pieces) != len(holes) + 1:
        return given  # the character is in the text, which Kubernetes rejects
    found: list[str | P] = [pieces[0]]
    for hole, piece in zip(holes, pieces[1:], strict=True):
        found += [hole, piece]
    return [part for part in found if part != ""]


def escape(text: str) -> str:
    """A text that ``expand`` turns into this text, for any variables."""
    return text.replace("$", "$$")
