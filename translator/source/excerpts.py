"""The lines of a file for quotes in messages, with stars for values with secret names.

A value may be on other lines than its name, in quotes, with blanks or braces. So the events of the
YAML parser decide. Reading YAML collects the places of secrets; other texts (JSON, and files that
are not a pipeline) are parsed here, and only if a line is quoted.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from translator.diagnostics.redaction import may_name_secrets, secret_name
from translator.source.secret_places import SecretPlaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from translator.source.secret_places import Span

__all__ = ["lines"]

#: Line ends of YAML other than the line feed.
_BREAKS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")
_NAME = r"[A-Za-z][\w-]*"


def lines(data: bytes | str, secrets: Sequence[Span] | None = None) -> list[str]:
    """The lines, each with its original length.

    ``secrets`` are the places of secrets, if the parser has collected them for this text.
    """
    text = data if isinstance(data, str) else _decoded(data)
    found = _split(text)
    if secrets is None:
        secrets = _secrets(text, found) if may_name_secrets(text) else []
    for first, start, last, end in secrets:
        for number in range(first, min(last + 1, len(found))):
            line = found[number]
            left = start if number == first else 0
            right = end if number == last else len(line)
            found[number] = line[:left] + "*" * len(line[left:right]) + line[right:]
    return found


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


def _secrets(text: str, found: list[str]) -> list[Span]:
    """The places of secrets. Where the text is not YAML, the lines themselves get stars."""
    import yaml

    from translator.source.yaml_text import events

    read = _Reader()
    try:
        read.events(events(text))
    except (yaml.YAMLError, UnicodeEncodeError):
        for number in range(read.line, len(found)):
            found[number] = _without_rest(found[number])
    return read.secrets.found


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


class _Reader:
    """Collects the places of secrets from the events of a text, up to the first error."""

    def __init__(self) -> None:
        self.secrets = SecretPlaces()
        #: For each open collection its key that waits for a value; "" for a sequence.
        self.keys: list[str | None] = [""]
        #: Whether it is a mapping.
        self.mappings = [False]
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
        if self.keys[-1] is None:
            self.keys[-1] = event.value
        else:
            self.secrets.scalar(self.taken(), event)

    def alias(self, _: Any) -> None:
        if self.keys[-1] is None:
            self.keys[-1] = ""
        else:
            self.taken()

    def start(self, _: Any, *, mapping: bool) -> None:
        self.secrets.start(self.taken(), mapping)
        self.keys.append(None if mapping else "")
        self.mappings.append(mapping)

    def end(self, _: Any) -> None:
        self.secrets.end()
        self.keys.pop()
        self.mappings.pop()

    def taken(self) -> str:
        """The key of a value, which the next event does not have."""
        key = self.keys[-1] or ""
        if self.mappings[-1]:
            self.keys[-1] = None
        return key
