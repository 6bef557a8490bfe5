"""``$(NAME)`` in command, args and env of a container, which Kubernetes replaces by variables.

The rules are those of the kubelet (third_party/forked/golang/expansion/expand.go): ``$$`` becomes
``$``, a name that is no variable stays as it is with its parentheses, and nothing is replaced in
what was put in. A name reaches to the next ``)``, so that of ``$(echo $(A))`` is ``echo $(A``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = TypeVar("P")

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_ESCAPED = re.compile(r"\$\$")
#: Stands for what is not text. No argument or variable can hold this character.
_HOLE = "\0"


def expand(text: str, value_of: Callable[[str], str | None]) -> str:
    """The text with references replaced by what ``value_of`` gives for a name."""
    if "$" not in text:
        return text

    def replacement(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        value = value_of(match[1])
        return match[0] if value is None else value

    # Behind the last `)` no reference ends, and none is looked for.
    end = text.rfind(")") + 1
    return _REFERENCE.sub(replacement, text[:end]) + _ESCAPED.sub("$", text[end:])


def references(text: str, names: Iterable[str]) -> list[str]:
    """What ``expand`` replaces in the text where there are variables of these names."""
    if "$" not in text:
        return []
    end, known = text.rfind(")") + 1, frozenset(names)
    found = [m[0] for m in _REFERENCE.finditer(text[:end]) if m[1] is None or m[1] in known]
    return found + _ESCAPED.findall(text[end:])


def expand_parts(parts: Iterable[str | P], value_of: Callable[[str], str | None]) -> list[str | P]:
    """The same for text with other things in it, which belong to no name."""
    given = list(parts)
    flat = "".join(part if isinstance(part, str) else _HOLE for part in given)
    holes = [part for part in given if not isinstance(part, str)]
    pieces = expand(flat, value_of).split(_HOLE)
    if len(pieces) != len(holes) + 1:
        return given  # the character is in the text, which Kubernetes refuses
    found: list[str | P] = [pieces[0]]
    for hole, piece in zip(holes, pieces[1:], strict=True):
        found += [hole, piece]
    return [part for part in found if part != ""]


def escape(text: str) -> str:
    """What is expanded to the text, whichever variables there are."""
    return text.replace("$", "$$")
