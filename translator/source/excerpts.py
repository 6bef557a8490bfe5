"""The lines of a file for quotes in messages, with stars for values with secret names.

A value may be on other lines than its name, in quotes, with blanks or braces. So the events of the
YAML parser decide, and only if a line is quoted at all.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from translator.diagnostics.redaction import VALUE_KEYS, is_about, may_name_secrets, secret_name
from translator.source.yaml_text import events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    #: Line and column of a beginning and of an end.
    Span: TypeAlias = tuple[tuple[int, int], tuple[int, int]]

__all__ = ["lines"]

#: Line ends of YAML other than the line feed.
_BREAKS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")
_NAME = r"[A-Za-z][\w-]*"


def lines(data: bytes) -> list[str]:
    """The lines, each with its original length."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if wide else "utf-8-sig", "replace")
    found = _split(text)
    if not may_name_secrets(text):
        return found
    import yaml

    read = _Reader()
    try:
        read.events(events(text))
    except (yaml.YAMLError, UnicodeEncodeError):
        for number in range(read.line, len(found)):
            found[number] = _without_rest(found[number])
    for start, end in read.secrets:
        for number in range(start[0], min(end[0] + 1, len(found))):
            line = found[number]
            first = start[1] if number == start[0] else 0
            last = end[1] if number == end[0] else len(line)
            found[number] = line[:first] + "*" * len(line[first:last]) + line[last:]
    return found


def _split(text: str) -> list[str]:
    for end in _BREAKS:
        text = text.replace(end, "\n")
    return text.split("\n")


def _without_rest(line: str) -> str:
    """A line that is not YAML, with stars after the first name of a secret."""
    for name in re.finditer(_NAME, line):
        if secret_name(name[0]):
            return line[: name.end()] + "*" * (len(line) - name.end())
    return line


class _Open:
    """A collection whose end has not been read yet."""

    def __init__(self, *, secret: bool = False, value: bool = False, mapping: bool = True) -> None:
        #: It has the name of a secret.
        self.secret = secret
        #: It is the value of a sibling name, or inside such a value.
        self.value = value
        self.mapping = mapping
        self.key: str | None = None
        #: The value of ``name``, or the previous item.
        self.name = ""
        #: The places of values whose name is here.
        self.spans: list[Span] = []


def _is_secret(inside: _Open, key: str, value: str) -> bool:
    """Whether a value is a secret by its name, or JSON with such names."""
    if value.startswith(("{", "[")) and may_name_secrets(value):
        return True
    if inside.secret and not is_about(key):
        return secret_name("secret", value)
    flag = inside.name if not inside.mapping and inside.name.startswith("-") else ""
    return secret_name(key or flag, value)


def _span(event: Any) -> Span:
    """Where the text of a scalar begins and ends, without its quotes."""
    quotes = 1 if event.style in ("'", '"') else 0
    return (
        (event.start_mark.line, event.start_mark.column + quotes),
        (event.end_mark.line, event.end_mark.column - quotes),
    )


class _Reader:
    """Collects the places of secrets from the events of a text."""

    def __init__(self) -> None:
        self.secrets: list[Span] = []
        self.stack: list[_Open] = [_Open(mapping=False)]
        #: The position up to which it has read.
        self.line = 0

    def events(self, events: Iterable[Any]) -> None:
        import yaml

        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: partial(self.start, mapping=True),
            yaml.SequenceStartEvent: partial(self.start, mapping=False),
            yaml.MappingEndEvent: self.end,
            yaml.SequenceEndEvent: self.end,
            yaml.AliasEvent: self.alias,
        }
        for event in events:
            self.line = event.end_mark.line
            if (handler := handlers.get(type(event))) is not None:
                handler(event)

    def scalar(self, event: Any) -> None:
        inside, value = self.stack[-1], event.value
        if inside.mapping and inside.key is None:
            inside.key = value
            return
        key, inside.key = inside.key or "", None
        if _is_secret(inside, key, value):
            self.secrets.append(_span(event))
        if inside.value or key in VALUE_KEYS:
            inside.spans.append(_span(event))
        if not inside.mapping or key == "name":
            inside.name = value

    def alias(self, _: Any) -> None:
        self.stack[-1].key = None if self.stack[-1].key is not None else ""

    def start(self, _: Any, *, mapping: bool) -> None:
        inside = self.stack[-1]
        key, inside.key = inside.key or "", None
        secret = inside.secret or (inside.mapping and secret_name(key))
        value = inside.value or (inside.mapping and key in VALUE_KEYS)
        self.stack.append(_Open(secret=secret, value=value, mapping=mapping))

    def end(self, _: Any) -> None:
        closed = self.stack.pop()
        if closed.mapping and secret_name(closed.name):
            self.secrets += closed.spans
        if closed.value:
            self.stack[-1].spans += closed.spans
