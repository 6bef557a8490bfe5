"""Which scalars of a YAML text are secrets, by the names around them, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics.redaction import (
    VALUE_KEYS,
    is_about,
    may_name_secrets,
    names_secret,
    secret_name,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    #: The line and the column of the first character, and those of the end; from 0.
    Span: TypeAlias = tuple[int, int, int, int]

__all__ = ["SecretPlaces"]

#: The start of a text that may be JSON.
_JSON = ("{", "[")


class _Open:
    """A collection whose end has not been read yet."""

    __slots__ = ("mapping", "name", "secret", "spans", "value")

    # Without keywords, like all that runs for each value of a file.
    def __init__(self, mapping: bool, secret: bool, value: bool) -> None:
        self.mapping = mapping
        #: It has the name of a secret.
        self.secret = secret
        #: It is the value of a sibling name, or inside such a value.
        self.value = value
        #: The value of ``name``, or the previous item.
        self.name = ""
        #: The places of values whose name is here.
        self.spans: list[Span] = []


class SecretPlaces:
    """Collects the places of secrets while the events of a text are read.

    Each value comes with its key, which is ignored for the items of a sequence.
    """

    def __init__(self) -> None:
        self.found: list[Span] = []
        #: The innermost of the open collections, and those around it.
        self._top = _Open(False, False, False)
        self._stack: list[_Open] = []

    def scalar(self, key: str, event: Any) -> None:
        top, name, value = self._top, key, event.value
        if not top.mapping:
            name, top.name = top.name, value
            if not name.startswith("-"):  # a flag before its value
                name = ""
        elif key == "name":
            top.name = value
        if value.startswith(_JSON) and may_name_secrets(value):
            self.found.append(_span(event))
        elif top.secret and not (top.mapping and is_about(key)):
            if secret_name("secret", value):
                self.found.append(_span(event))
        elif name and names_secret(name) and secret_name(name, value):
            self.found.append(_span(event))
        if top.value or (top.mapping and key in VALUE_KEYS):
            top.spans.append(_span(event))

    def start(self, key: str, mapping: bool) -> None:
        top = self._top
        self._stack.append(top)
        secret, value = top.secret, top.value
        if top.mapping:
            secret = secret or names_secret(key)
            value = value or key in VALUE_KEYS
        self._top = _Open(mapping, secret, value)

    def end(self) -> None:
        closed, self._top = self._top, self._stack.pop()
        if closed.spans and closed.mapping and names_secret(closed.name):
            self.found += closed.spans
        if closed.value:
            self._top.spans += closed.spans


def _span(event: Any) -> Span:
    """Where the text of a scalar begins and ends, without its quotes."""
    start, end = event.start_mark, event.end_mark
    quotes = 1 if event.style in ("'", '"') else 0
    return start.line, start.column + quotes, end.line, end.column - quotes
