"""A place in the input, whose methods record the fate of each value that they read."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

from translator.diagnostics import Findings, Origin, Rule, TranslationError
from translator.diagnostics import reading as rules
from translator.diagnostics.redaction import VALUE_KEYS, secret_name
from translator.source.json_text import loaded
from translator.source.nodes import (
    CARRIED,
    INERT,
    REPORTED,
    REWRITTEN,
    SETTING,
    UNREAD,
    Mapping,
    Scalar,
    Sequence,
    below,
    built,
    children,
    mark,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, KeysView

    from translator.model import Json
    from translator.source.nodes import AnyNode, Fate

__all__ = ["Cursor"]

T = TypeVar("T", str, int, float, bool)
D = TypeVar("D")
REQUIRED: Final[Any] = object()
#: The largest whole number that is a ``float``.
_MOST = int(sys.float_info.max)
#: The text shown instead of a secret.
_STARS = "********"
_NAMES = {Scalar: "scalar", Sequence: "sequence"}
_KINDS = {str: "text", int: "a whole number", float: "a number", bool: "`true` or `false`"}


class Cursor:
    """One value of the input. Reading marks it; values that no reader reads are reported at the
    end.

    Methods never raise: a missing value, or one of the wrong kind, is recorded, and the result is
    an empty value of the right kind, so that one run reports all errors.
    """

    __slots__ = ("_file", "_found", "_key", "_node", "_parent", "_path")

    def __init__(
        self,
        node: AnyNode | None,
        file: str,
        found: Findings,
        parent: Cursor | None = None,
        key: str | int = "",
    ) -> None:
        #: None for a missing value: every method returns an empty value, silently.
        self._node = node
        self._file = file
        self._found = found
        self._parent = parent
        self._key = key
        #: Its JSON pointer, if it has been needed.
        self._path: str | None = None

    @property
    def origin(self) -> Origin:
        """Its place: that of its key, or of the item of a sequence."""
        if self._node is None:
            return Origin(self._file) if self._parent is None else self._parent.origin
        node = self._node
        return Origin(self._file, node.line + 1, node.column + 1, self._pointer())

    @property
    def kind(self) -> str:
        """``mapping``, ``sequence`` or ``scalar``."""
        return _NAMES.get(type(self._node), "mapping")

    def keys(self) -> KeysView[str]:
        """The keys of a mapping, in the order of the text; empty for other values."""
        return self._entries().keys()

    def __contains__(self, key: str) -> bool:
        return key in self._entries()

    def __bool__(self) -> bool:
        return True

    def child(self, key: str) -> Cursor:
        """The value of the key; an empty mapping, and TR104, if it is missing."""
        found = self.find(key)
        if found is not None:
            return found
        if self._node is not None and (self.kind == "mapping" or self._wrong_kind("a mapping")):
            self.report(rules.MISSING_FIELD, field=key)
        return self._at(None, key)

    def find(self, key: str) -> Cursor | None:
        """The value of the key; None if it is missing or null."""
        above = self._node
        if type(above) is not Mapping:
            return None
        node = above.entries.get(key)
        if node is None:
            if above.missed is None:
                above.missed = [key]
            elif key not in above.missed:
                above.missed.append(key)
            return None
        found = type(self)(node, self._file, self._found, self, key)
        if type(node) is not Scalar:
            if not node.entries:
                _mark_empty(node)
        elif (type(node.value) is not str or node.plain) and found._resolved(node) is None:
            node.fate = CARRIED  # most scalars are text, which needs no conversion
            return None
        return found

    def find_all(self, keys: tuple[str, ...]) -> list[tuple[str, Cursor]]:
        """Those of the keys that ``find`` finds, and their values."""
        above = self._node
        if type(above) is not Mapping:
            return []
        if above.entries.keys().isdisjoint(keys):  # of rare keys most mappings have none
            known = above.missed or []
            above.missed = [*known, *[key for key in keys if key not in known]]
            return []
        return [(key, found) for key in keys if (found := self.find(key)) is not None]

    def get(self, key: str) -> Cursor:
        """The value of the key, even null."""
        return self._at(self._entries().get(key), key)

    def take(self, key: str, kind: type[T], default: D = REQUIRED) -> T | D:
        """The scalar of the key, checked. If it is missing, the default, or TR104.

        A ``float`` may be written as a whole number; a ``bool`` is not a number.
        """
        above = self._node
        if kind is str and type(above) is Mapping:  # most texts, without a cursor
            node = above.entries.get(key)
            if type(node) is Scalar and type(node.value) is str and not node.plain:
                node.fate = CARRIED
                return kind(node.value)
        found = self.find(key)
        if found is not None:
            return found.scalar(kind, default)
        if default is not REQUIRED:
            return default
        self.child(key)
        return kind()

    def scalar(self, kind: type[T], default: D = REQUIRED) -> T | D:
        """This scalar, checked as ``take`` does."""
        node = self._node
        value: Any = None
        if type(node) is Scalar:
            node.fate = CARRIED
            value = self._resolved(node)
        else:
            self._mark(CARRIED)
        if type(value) is kind:
            return value
        converted = self._converted(value, kind)
        if converted is not None:
            return converted
        self._wrong_kind(_KINDS[kind])
        return kind() if default is REQUIRED else default

    def _converted(self, value: object, kind: type[T]) -> T | None:
        """The value as another kind than it is written; None where it is none of that kind."""
        if kind is float and type(value) is int and abs(value) <= _MOST:
            return kind(value)
        return None

    def string(self) -> str:
        """This scalar, which is text."""
        return self.scalar(str)

    def value(self) -> Json:
        """All of it as JSON."""
        self._mark(CARRIED)
        return self.peek()

    def setting(self) -> Json:
        """All of it as JSON: a setting of Kubernetes."""
        self._mark(SETTING)
        return self.peek()

    def embedded(self, *, or_yaml: bool = False) -> Json:
        """The mapping or list in this text, as JSON or YAML; None if it contains neither.

        From now on its leaves replace the text: first with the fate of it, then each with its own.
        """
        node, parent = self._node, self._parent and self._parent._node
        written = self._resolved(node) if isinstance(node, Scalar) else None
        if node is None or not isinstance(parent, Mapping) or not isinstance(written, str):
            return None
        try:
            value: Json = loaded(written)
        except (ValueError, RecursionError):
            value = self._yaml(written) if or_yaml else None
        if not isinstance(value, (dict, list)):
            return None
        self._node = parent.entries[str(self._key)] = built(
            value, node.line, node.column, node.fate
        )
        return value

    def _yaml(self, written: str) -> Json:
        """The single document of a YAML text; None if it is not valid."""
        from translator.source.yaml_text import read

        try:
            documents = read(written, self._file, [])
        except TranslationError:
            return None
        return Cursor(documents[0], self._file, Findings()).peek() if len(documents) == 1 else None

    def peek(self) -> Json:
        """All of it as JSON, which still counts as unread."""
        node = self._node
        if type(node) is Scalar:
            value: Json = self._resolved(node)
            return value
        if type(node) is Mapping:
            return {key: self._peek(entry, key) for key, entry in node.entries.items()}
        if type(node) is Sequence:
            return [self._peek(entry, index) for index, entry in enumerate(node.entries)]
        return None

    def _peek(self, node: AnyNode, key: str | int) -> Json:
        if type(node) is Scalar and type(node.value) is str and not node.plain:
            return node.value
        return self._at(node, key).peek()

    def texts(self) -> Iterator[str]:
        """All texts in it, which still count as unread."""
        node = self._node
        if type(node) is Scalar:
            value = self._resolved(node)
            if type(value) is str:
                yield value
        elif node is not None:
            for key, entry in children(node):
                if type(entry) is Scalar and type(entry.value) is str and not entry.plain:
                    yield entry.value
                else:
                    yield from self._at(entry, key).texts()

    def items(self) -> Iterator[tuple[str, Cursor]]:
        """The entries of a mapping; empty, and TR105, for other values."""
        node = self._node
        if type(node) is not Mapping:
            self._wrong_kind("a mapping")
            return
        kind, file, found = type(self), self._file, self._found
        for key, entry in node.entries.items():
            if type(entry) is not Scalar and not entry.entries:
                _mark_empty(entry)
            yield key, kind(entry, file, found, self, key)

    def elements(self) -> Iterator[Cursor]:
        """The items of a sequence; empty, and TR105, for other values."""
        node = self._node
        if node is None:
            return
        if not isinstance(node, Sequence):
            self._wrong_kind("a list")
            return
        kind, file, found = type(self), self._file, self._found
        for index, entry in enumerate(node.entries):
            if type(entry) is not Scalar and not entry.entries:
                _mark_empty(entry)
            yield kind(entry, file, found, self, index)

    def mark_fields(self, fate: Fate, keys: Iterable[str]) -> None:
        """Sets the fate of those fields that it has and that are not null."""
        entries = self._entries()
        for key in keys:
            if (node := entries.get(key)) is None:
                continue
            if type(node) is not Scalar:
                mark(node, fate)
            elif (type(node.value) is str and not node.plain) or self.find(key) is not None:
                node.fate = fate

    def mark_scalars(self, fate: Fate, keys: Iterable[str]) -> None:
        """Sets the fate of those of these fields that are scalars, and not null."""
        entries = self._entries()
        self.mark_fields(fate, [key for key in keys if type(entries.get(key)) is Scalar])

    def drop(self, rule: Rule, **facts: object) -> None:
        """Leaves it out, and reports it."""
        self._mark(REPORTED)
        self.report(rule, **facts)

    def rewritten(self) -> None:
        """Marks it as rewritten: it became something else in the model."""
        self._mark(REWRITTEN)

    def inert(self) -> None:
        """Marks it as inert: it has no meaning outside of the file."""
        self._mark(INERT)

    def report(self, rule: Rule, **facts: object) -> None:
        """Adds a finding about this place, once."""
        self._found.add(rule.at(self.origin, **facts))

    def _at(self, node: AnyNode | None, key: str | int) -> Cursor:
        return type(self)(node, self._file, self._found, self, key)

    def _mark(self, fate: Fate) -> None:
        if self._node is not None:
            mark(self._node, fate)

    def _entries(self) -> dict[str, AnyNode]:
        node = self._node
        return node.entries if type(node) is Mapping else {}

    def _pointer(self) -> str:
        if self._path is None:
            self._path = below(self._parent._pointer(), self._key) if self._parent else ""
        return self._path

    def _wrong_kind(self, wanted: str) -> bool:
        """Records TR105. False, so that it can end a condition."""
        if self._node is not None:
            self._mark(REPORTED)
            self.report(rules.WRONG_KIND, field=self._key, wanted=wanted)
        return False

    def _resolved(self, node: Scalar) -> Any:
        """The value of this scalar; plain scalars of YAML are resolved on first use."""
        written = node.value
        if type(written) is str and not node.plain:
            return written
        shown = ""
        if node.plain:
            node.plain = False
            node.value, shown = self._read_plain(node)
        if _is_no_number_of_json(node.value):
            # Python formats numbers of more than 4,300 digits only in bases that are powers of two.
            long = isinstance(written, int) and written.bit_length() > 14_000
            number = f"{written:#x}" if long else str(written)
            self.report(rules.NO_JSON_NUMBER, value=_STARS if self._is_secret() else number)
            node.value = 0.0
        elif shown:
            facts = {"written": written, "value": shown}
            if self._is_secret():
                facts = dict.fromkeys(facts, _STARS)
            self.report(rules.AMBIGUOUS_SCALAR, **facts)
        return node.value

    def _read_plain(self, node: Scalar) -> tuple[object, str]:
        """The value of an unquoted scalar; and its text, if other parsers read another value."""
        from translator.source.yaml_text import resolved

        value, differs = resolved(node)
        return value, json.dumps(value) if differs and not _is_no_number_of_json(value) else ""

    def _is_secret(self) -> bool:
        """Whether its value is a secret, by its name."""
        at = self
        while at._parent is not None:
            key, above = at._key, at._parent._node
            if isinstance(above, Mapping):
                if secret_name(str(key)):
                    return True
                named = above.entries.get("name")
                if key not in VALUE_KEYS:
                    return False
                if isinstance(named, Scalar) and secret_name(str(named.value)):
                    return True
            elif isinstance(above, Sequence) and key:
                before = above.entries[int(key) - 1]
                if isinstance(before, Scalar) and str(before.value).startswith("-"):
                    return secret_name(str(before.value))
            at = at._parent
        return False


def _mark_empty(node: Mapping | Sequence) -> None:
    """Marks a mapping or sequence whose presence is its only content."""
    if node.fate is UNREAD:
        node.fate = CARRIED


def _is_no_number_of_json(value: object) -> bool:
    return isinstance(value, (int, float)) and not -_MOST <= value <= _MOST
