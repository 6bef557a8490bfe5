"""Python literals for the values and texts of a pipeline, as an author would write them.

A literal evaluates to exactly its value: every character that does not print is escaped, and no
text gets out of its quotes. ``literal`` and ``TextLiteral`` are the only way of a value of the file
into pipeline.py, besides the comments and docstrings of ``definitions``.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeAlias

from translator.decompiler.layout import (
    INDENT,
    WIDTH,
    Code,
    Expression,
    Place,
    listed,
    mapping,
    tuple_of,
    width,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


__all__ = [
    "Piece",
    "TextLiteral",
    "escaped",
    "is_block",
    "key_literal",
    "literal",
    "merged",
    "on_one_line",
    "text",
]

#: Characters of a text of two lines that is written on one, as ``"a\\nb"``.
_SHORT = 40
#: A part of a text: its characters, or the code of a field of an f-string.
Piece: TypeAlias = "str | Code"


def literal(value: object) -> Expression:
    """A JSON value, or a tuple of them, as Python; ``TypeError`` or ``ValueError`` for others."""
    # Exact types: a subclass (an enum, for example) may have a different ``repr``.
    if value is None or type(value) in (bool, int):
        return Code(text=repr(value))
    if type(value) is float:
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a JSON number")
        return Code(text=repr(value).replace("e+", "e"))
    if type(value) is str:
        return text(value)
    if type(value) is list:
        return listed([literal(one) for one in value])
    if type(value) is tuple:
        return tuple_of([literal(one) for one in value])
    if type(value) is dict:
        return mapping([(key_literal(key), literal(one)) for key, one in value.items()])
    raise TypeError(f"no literal for a value of type {type(value).__name__}")


def key_literal(key: object) -> Expression:
    """A text as the key of a dictionary, on one line; ``TypeError`` for other values."""
    if type(key) is not str:
        raise TypeError(f"keys are text, not {type(key).__name__}")
    return Code(text=_quoted([key]))


def on_one_line(expression: Expression) -> Expression:
    """The expression as the key of a dictionary: a text without triple quotes."""
    if isinstance(expression, TextLiteral):
        return Code(text=_quoted(expression.pieces))
    return expression


def text(value: str) -> Expression:
    """A text: between quotes, raw if it has backslashes, in triple quotes if it has lines."""
    return TextLiteral(pieces=(value,) if value else ())


class TextLiteral(Expression):
    """A text, or an f-string if it has fields.

    The code of a field has no backslash, and no quotes but double ones, which are replaced where
    the literal has them: Python before 3.12 would end it there.
    """

    pieces: tuple[Piece, ...]

    def flat(self) -> str | None:
        if is_block(self.pieces):
            return None
        return _quoted(self.pieces)

    @property
    def takes_parentheses(self) -> bool:
        """Formatters put none around a text in triple quotes."""
        return not is_block(self.pieces)

    def broken(self, place: Place) -> str:
        if is_block(self.pieces):
            return _triple(self.pieces)
        inside = place.indent + INDENT
        whole = _quoted(self.pieces)
        parts = [whole]
        if inside + width(whole) > WIDTH:
            parts = _wrapped(self.pieces, WIDTH - inside)
        if not self.pieces or any(inside + width(part) > WIDTH for part in parts):
            return whole
        lines = [" " * inside + part for part in parts]
        return "\n".join(["(", *lines, " " * place.indent + ")"])


def is_block(pieces: Sequence[Piece]) -> bool:
    """Whether a text is written in triple quotes: it has lines, and an editor keeps all of them.

    Editors remove spaces at the end of lines, and a carriage return is lost when a file is read.
    """
    literal_text = "".join([piece if isinstance(piece, str) else "{}" for piece in pieces])
    lines = sum(bool(line) for line in literal_text.split("\n"))
    if lines < 2 or (lines == 2 and len(literal_text) <= _SHORT):
        return False
    if not _quotes(pieces) or re.search(r"[ \t]\n", literal_text):
        return False
    return all(one.isprintable() or one in "\n\t" for one in literal_text)


def _quotes(pieces: Sequence[Piece]) -> str:
    """The triple quotes around a text of lines: single ones for a program with docstrings.

    Empty if the text would end in them, or end them.
    """
    joined = "".join([piece for piece in pieces if isinstance(piece, str)])
    last = pieces[-1] if isinstance(pieces[-1], str) else ""
    has_fields = any(isinstance(piece, Code) for piece in pieces)
    for quotes in ('"""',) if has_fields or '"""' not in joined else ("'''",):
        if quotes not in joined and not last.endswith((quotes[0], "\\")):
            return quotes
    return ""


def escaped(value: str) -> str:
    """The text with backslashes doubled, and an escape for each character that does not print."""
    return "".join(map(_escape, value))


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    if character > "\x7f":
        return character.encode("ascii", "backslashreplace").decode()
    return repr(character)[1:-1]


def _quoted(pieces: Sequence[Piece]) -> str:
    """The text on one line, between the quotes that need fewer escapes."""
    fields = [piece for piece in pieces if isinstance(piece, Code)]
    joined = "".join([piece for piece in pieces if isinstance(piece, str)])
    if not fields and _is_raw(joined):
        return f"r'{joined}'" if '"' in joined else f'r"{joined}"'
    quote = "'" if joined.count('"') > joined.count("'") else '"'
    body = "".join(_parts(pieces, braces=bool(fields), quote=quote))
    return ("f" if fields else "") + quote + body + quote


def _parts(pieces: Sequence[Piece], *, braces: bool, quote: str) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, Code):
            yield "{" + (piece.text if quote == "'" else piece.text.replace('"', "'")) + "}"
        else:
            part = escaped(piece).replace(quote, "\\" + quote)
            yield part.replace("{", "{{").replace("}", "}}") if braces else part


def _is_raw(value: str) -> bool:
    """Whether a raw literal has the text as it is: for regular expressions and scripts."""
    if "\\" not in value or not value.isprintable() or ('"' in value and "'" in value):
        return False
    # A backslash before the quote that ends the literal keeps it open.
    return not re.search(r"""\\(?:["']|$)""", value)


def _triple(pieces: Sequence[Piece]) -> str:
    fields = any(isinstance(piece, Code) for piece in pieces)
    joined = "".join([piece for piece in pieces if isinstance(piece, str)])
    raw = "\\" in joined
    body = "".join(
        "{" + piece.text + "}"
        if isinstance(piece, Code)
        else (piece.replace("{", "{{").replace("}", "}}") if fields else piece)
        for piece in pieces
    )
    quotes = _quotes(pieces)
    return ("r" if raw else "") + ("f" if fields else "") + quotes + body + quotes


def _wrapped(pieces: Sequence[Piece], room: int) -> list[str]:
    """The text as literals of at most ``room`` columns if possible: cut after lines and words."""
    found: list[list[Piece]] = []
    for unit in _units(pieces):
        joined = [*found[-1], *unit] if found else unit
        ends_line = bool(found) and isinstance(found[-1][-1], str) and found[-1][-1].endswith("\n")
        if found and not ends_line and width(_quoted(merged(joined))) <= room:
            found[-1] = joined
        else:
            found.append(list(unit))
    return [_quoted(merged(part)) for part in found]


def _units(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """What is not cut: a word with the spaces or the comma behind it, with fields inside it."""
    unit: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Code):
            unit.append(piece)
            continue
        for word in re.findall(r"[^ \n,]*(?:\n| +|, *|$)", piece):
            if word:
                unit.append(word)
            if word.endswith((" ", "\n", ",")):
                yield unit
                unit = []
    if unit:
        yield unit


def merged(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, with texts beside each other as one."""
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return found
