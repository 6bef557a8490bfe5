"""JSON text → nodes. ``json`` parses strings and numbers; this module adds the places."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C scanner, as json uses it
from typing import TYPE_CHECKING

from translator.diagnostics import Origin
from translator.diagnostics import reading as rules
from translator.source.nodes import MAX_DEPTH, Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from typing import NoReturn

    from translator.diagnostics import Diagnostic
    from translator.model import Json
    from translator.source.nodes import AnyNode

_SPACE = r"[ \t\n\r]*"
#: A lone surrogate, or the escape of a surrogate.
_SURROGATE = r"\\u[dD][89a-fA-F]|[\ud800-\udfff]"
#: A number with more digits is larger than any ``float``.
_MOST_DIGITS = 310
_ATOM = r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"


class TooDeep(ValueError):
    """The text nests deeper than ``MAX_DEPTH``."""


def read(text: str, file: str, found: list[Diagnostic]) -> AnyNode:
    """The value of the text; duplicate keys go to ``found``. ``ValueError`` if it is not JSON."""
    return _Scanner(text, file, found).document()


def loaded(text: str) -> Json:
    """The value of a JSON text. ``ValueError`` for text that is not valid JSON.

    Lone surrogates and numbers that overflow to Infinity are not; Python's parser accepts both.
    """
    value: Json = _DECODER.decode(text)
    if ("\\u" in text or not text.isascii()) and re.search(_SURROGATE, text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


class WrittenNumber(str):
    """A number in its original spelling, for readers that keep parts of a JSON text."""

    __slots__ = ()


def loaded_as_written(text: str) -> Json:
    """The value of a JSON text like ``loaded``, with numbers in their original spelling."""
    loaded(text)
    value: Json = _DECODER_AS_WRITTEN.decode(text)
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"{text} is too large")
    return int(text)


def _none(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_int=_whole, parse_constant=_none)
_DECODER_AS_WRITTEN = json.JSONDecoder(parse_float=WrittenNumber, parse_int=WrittenNumber)


class _Scanner:
    def __init__(self, text: str, file: str, found: list[Diagnostic]) -> None:
        self.text = text
        self.file = file
        self.found = found
        self.blank, self.atom = re.compile(_SPACE), re.compile(_ATOM)
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def document(self) -> AnyNode:
        end, node = self.value(self.space(0), None, 0)
        if (end := self.space(end)) != len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, end)
        return node

    def space(self, index: int) -> int:
        match = self.blank.match(self.text, index)
        return match.end() if match else index

    def place(self, index: int) -> tuple[int, int]:
        line = bisect_right(self.starts, index) - 1
        return line, index - self.starts[line]

    def value(self, index: int, key: int | None, depth: int) -> tuple[int, AnyNode]:
        """The value at ``index`` and where it ends. Its place is that of its key."""
        line, column = self.place(index if key is None else key)
        opening = self.text[index : index + 1]
        if depth >= MAX_DEPTH and opening in ("{", "["):
            raise TooDeep(index)
        if opening == "{":
            return self.mapping(index + 1, Mapping(line, column), depth)
        if opening == "[":
            return self.sequence(index + 1, Sequence(line, column), depth)
        if opening == '"':
            string, end = self.string(index)
            return end, Scalar(string, line, column)
        if not (match := self.atom.match(self.text, index)):
            raise json.JSONDecodeError("Expecting value", self.text, index)
        return match.end(), Scalar(json.loads(match[0]), line, column)

    def mapping(self, index: int, node: Mapping, depth: int) -> tuple[int, Mapping]:
        index = self.space(index)
        if self.text[index : index + 1] == "}":
            return index + 1, node
        while True:
            if self.text[index : index + 1] != '"':
                message = "Expecting property name enclosed in double quotes"
                raise json.JSONDecodeError(message, self.text, index)
            key, end = self.string(index)
            end = self.expect(":", end)
            end, entry = self.value(self.space(end), index, depth + 1)
            if key in node.entries:
                origin = Origin(self.file, entry.line + 1, entry.column + 1)
                self.found.append(rules.DUPLICATE_KEY.at(origin, key=key))
            node.entries[key] = entry
            index, closed = self.after_entry(end, "}")
            if closed:
                return index, node

    def sequence(self, index: int, node: Sequence, depth: int) -> tuple[int, Sequence]:
        index = self.space(index)
        if self.text[index : index + 1] == "]":
            return index + 1, node
        while True:
            end, entry = self.value(index, None, depth + 1)
            node.entries.append(entry)
            index, closed = self.after_entry(end, "]")
            if closed:
                return index, node

    def string(self, index: int) -> tuple[str, int]:
        """The text whose opening quote is at ``index``, and its end."""
        string, end = scanstring(self.text, index + 1, True)
        if not string.isascii():
            try:
                string.encode()
            except UnicodeEncodeError as error:
                raise json.JSONDecodeError("Lone surrogate", self.text, index) from error
        return string, end

    def after_entry(self, index: int, closing: str) -> tuple[int, bool]:
        """The index after an entry, and whether the container is closed."""
        index = self.space(index)
        if self.text[index : index + 1] == closing:
            return index + 1, True
        if self.text[index : index + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", self.text, index)
        return self.space(index + 1), False

    def expect(self, sign: str, index: int) -> int:
        index = self.space(index)
        if self.text[index : index + 1] != sign:
            raise json.JSONDecodeError(f"Expecting '{sign}' delimiter", self.text, index)
        return index + 1
