"""YAML text → nodes, directly from the events of libyaml (or of PyYAML without libyaml)."""

from __future__ import annotations

import math
import re
from functools import cache
from sys import intern
from typing import TYPE_CHECKING, Any, NoReturn

from translator.diagnostics import Origin, TranslationError
from translator.diagnostics import reading as rules
from translator.diagnostics.redaction import may_name_secrets
from translator.source.nodes import MAX_DEPTH, Mapping, Scalar, Sequence, copied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.source.nodes import AnyNode
    from translator.source.secret_places import SecretPlaces

#: Nodes that aliases may repeat: far more than compilers write, far less than memory holds.
MAX_COPIES = 200_000
#: Characters of text, keys included, that aliases may repeat.
MAX_COPIED = 1_000_000
_PREFIX = "tag:yaml.org,2002:"
#: The tags of mappings and sequences that parsers add anyway.
_PLAIN_TAGS = frozenset({None, "!", _PREFIX + "map", _PREFIX + "seq"})
#: Plain scalars that some parser does not read as text: these words, and what begins so, perhaps
#: after a sign.
_WORDS = frozenset(
    written
    for word in ("", "~", "null", "true", "false", "yes", "no", "on", "off")
    for written in (word, word.capitalize(), word.upper())
)
_DIGITS = frozenset("._0123456789")
#: No valid JSON number is longer, and Python can parse this many digits.
_MOST_DIGITS = 4000
_DECIMAL = r"[-+]?[0-9]+"
#: Numbers of YAML 1.2 (its core schema), some of which are text in YAML 1.1: `1e3`, `0o17`, `08`.
_NUMBER = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+"
#: The characters of such a number.
_NUMERIC = frozenset("+-.0123456789eEo")


def read(
    text: str, file: str, found: list[Diagnostic], secrets: SecretPlaces | None = None
) -> list[AnyNode]:
    """The documents of the text, whose secrets go to ``secrets``.

    Raises ``TranslationError`` if they cannot be parsed.
    """
    import yaml

    if secrets is not None and not may_name_secrets(text):
        secrets = None
    try:
        return _Composer(events(text), file, found, secrets).documents()
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise TranslationError([*found, _syntax_error(error, text, file)]) from error


def resolved(node: Scalar) -> tuple[object, bool]:
    """The value of a plain scalar as PyYAML reads it, and whether YAML 1.2 reads another.

    Dates stay text, and so does a text that looks like a number but cannot be parsed.
    """
    import yaml

    text = str(node.value)
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], ()):
        if pattern.match(text):
            if tag.removeprefix(_PREFIX) not in _constructors():
                break
            try:
                value = _constructed(tag, text)
            except ValueError:  # `0x_`
                return text, True
            return value, value != math.inf and _differs(text, value)
    if text.count(".") > 1:  # such as the version of an SDK
        return text, False
    is_numeric = text[:1] in "+-.0123456789" and _NUMERIC.issuperset(text)
    return text, is_numeric and re.fullmatch(_NUMBER, text, re.ASCII) is not None


def events(text: str) -> Iterator[Any]:
    import yaml

    # The parser only: the other layers of a loader are not used.
    fast: Any = getattr(yaml, "cyaml", None)
    parser: Any = fast.CParser(text) if yaml.__with_libyaml__ else yaml.SafeLoader(text)
    return iter(parser.get_event, None)


def _syntax_error(error: Any, text: str, file: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if mark is not None:
        return rules.SYNTAX.at(Origin(file, mark.line + 1, mark.column + 1), problem=problem)
    before = _read_before(error, text)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return rules.SYNTAX.at(Origin(file, line, column), problem=problem)


def _read_before(error: Any, text: str) -> str:
    """The text before the character of an error without a mark."""
    import yaml

    if isinstance(error, UnicodeEncodeError):
        return text[: error.start]
    if yaml.__with_libyaml__:  # it counts bytes
        return text.encode()[: error.position].decode(errors="ignore")
    return text[: error.position]


def _constructed(tag: str, text: str) -> object:
    """The value of a text by its tag; infinity for a number larger than any JSON number."""
    import yaml

    kind = tag.removeprefix(_PREFIX)
    # PyYAML is slow for thousands of digits in base 60, and Python cannot format them in base 10.
    if len(text) > _MOST_DIGITS and (kind == "int" or (kind == "float" and ":" in text)):
        return math.inf
    try:
        return _constructors()[kind](yaml.ScalarNode(tag, text))
    except OverflowError:  # a float in base 60
        return math.inf


@cache
def _constructors() -> dict[str, Any]:
    import yaml

    maker = yaml.constructor.SafeConstructor()
    return {
        "bool": maker.construct_yaml_bool,
        "int": maker.construct_yaml_int,
        "float": maker.construct_yaml_float,
        "null": maker.construct_yaml_null,
    }


def _differs(text: str, value: object) -> bool:
    """Whether the core schema of YAML 1.2 has another value for the text."""
    if isinstance(value, bool):
        return text.lower() not in ("true", "false")
    if isinstance(value, int) and not text.startswith("0x"):
        return not re.fullmatch(_DECIMAL, text) or int(text) != value
    return ":" in text or "_" in text


def _is_typed(text: str) -> bool:
    """Whether some parser may read a plain scalar as something other than text."""
    return text in _WORDS or text[0] in _DIGITS or (text[0] in "+-" and text[1:2] in _DIGITS)


def _is_nothing(document: AnyNode) -> bool:
    """Whether a document is empty: nothing between two ``---``, or after the last."""
    return isinstance(document, Scalar) and document.plain and document.value == ""


class _Composer:
    """Builds nodes from events: one call for each collection, until its last event."""

    def __init__(
        self,
        events: Iterator[Any],
        file: str,
        found: list[Diagnostic],
        secrets: SecretPlaces | None = None,
    ) -> None:
        import yaml

        self.events = events
        self.file = file
        self.found = found
        self.secrets = secrets
        self.of_scalar, self.of_alias = yaml.ScalarEvent, yaml.AliasEvent
        self.of_start, self.of_end = yaml.MappingStartEvent, yaml.MappingEndEvent
        self.of_sequence_end = yaml.SequenceEndEvent
        #: How many collections are open.
        self.depth = 0
        #: None: the collection is still open, and an alias to it a cycle.
        self.anchors: dict[str, AnyNode | None] = {}
        self.copies = self.copied = 0

    def documents(self) -> list[AnyNode]:
        import yaml

        found = []
        for event in self.events:
            if type(event) is yaml.DocumentStartEvent:
                document = self.value(next(self.events), "")
                if not _is_nothing(document):
                    found.append(document)
                self.anchors.clear()
        return found

    def value(self, event: Any, key: str) -> AnyNode:
        """The value that begins with the event; ``key`` is its key, if it has one."""
        if type(event) is self.of_scalar:
            node = self.scalar(event)
            if self.secrets is not None:
                self.secrets.scalar(key, event)
            return node
        if type(event) is self.of_alias:
            return self.alias(event)
        is_mapping = type(event) is self.of_start
        mark, anchor = event.start_mark, event.anchor
        if self.depth >= MAX_DEPTH:
            self.fail(rules.TOO_DEEP, mark, limit=MAX_DEPTH)
        if event.tag not in _PLAIN_TAGS:
            self.found.append(rules.UNKNOWN_TAG.at(self.origin(mark), tag=event.tag))
        if anchor is not None:
            self.anchors[anchor] = None
        if self.secrets is not None:
            self.secrets.start(key, is_mapping)
        self.depth += 1
        make = self.mapping if is_mapping else self.sequence
        whole = make(mark.line, mark.column)
        self.depth -= 1
        if self.secrets is not None:
            self.secrets.end()
        if anchor is not None:
            self.anchors[anchor] = whole
        return whole

    def mapping(self, line: int, column: int) -> Mapping:
        whole = Mapping(line, column)
        entries = whole.entries
        merged: list[AnyNode] = []
        events, secrets, of_scalar, of_end = self.events, self.secrets, self.of_scalar, self.of_end
        for first in events:
            kind = type(first)
            if kind is of_end:
                break
            mark = first.start_mark
            is_text = kind is of_scalar and first.tag is None
            # A file has few different keys, many times.
            key = intern(first.value if is_text and first.anchor is None else self.key(first))
            event = next(events)
            if key == "<<" and is_text and first.implicit[0]:
                merged.append(self.value(event, key))
                if len(merged) > 1:
                    self.found.append(rules.DUPLICATE_KEY.at(self.origin(mark), key=key))
                continue
            node: AnyNode
            if type(event) is of_scalar and event.tag is None and event.anchor is None:
                text = event.value  # most values, so without a call
                plain = event.implicit[0] and _is_typed(text)
                node = Scalar(text, mark.line, mark.column, plain)
                if secrets is not None:
                    secrets.scalar(key, event)
            else:
                node = self.value(event, key)
                node.line, node.column = mark.line, mark.column
            if key in entries:
                self.found.append(rules.DUPLICATE_KEY.at(self.origin(mark), key=key))
            entries[key] = node
        for one in merged:
            self.merge(entries, one)
        return whole

    def sequence(self, line: int, column: int) -> Sequence:
        whole = Sequence(line, column)
        for event in self.events:
            if type(event) is self.of_sequence_end:
                break
            whole.entries.append(self.value(event, ""))
        return whole

    def scalar(self, event: Any) -> Scalar:
        text, mark = event.value, event.start_mark
        node = Scalar(text, mark.line, mark.column, event.implicit[0] and _is_typed(text))
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if event.tag is not None:
            self.tagged(node, event)
        return node

    def key(self, event: Any) -> str:
        """The key of a mapping, with an anchor or a tag, or an alias."""
        if type(event) is self.of_scalar:
            self.scalar(event)
            return str(event.value)
        mark = event.start_mark
        if type(event) is self.of_alias:
            original = self.original(event)
            if isinstance(original, Scalar):
                key = str(original.value)
                self.count(1, len(key), mark)
                return key
        self.fail(rules.SYNTAX, mark, problem="a key that is not text")

    def alias(self, event: Any) -> AnyNode:
        mark = event.start_mark
        node = self.copy(self.original(event), mark)
        node.line, node.column = mark.line, mark.column
        return node

    def original(self, event: Any) -> AnyNode:
        """The value with the anchor of an alias."""
        mark = event.start_mark
        if event.anchor not in self.anchors:
            self.fail(rules.SYNTAX, mark, problem=f"no anchor `{event.anchor}` for this alias")
        original = self.anchors[event.anchor]
        if original is None:
            self.fail(rules.CYCLE, mark, anchor=event.anchor)
        return original

    def copy(self, original: AnyNode, mark: Any) -> AnyNode:
        """The value of an alias: a copy, so that each place has its own fate."""
        node, size = copied(original)
        self.count(size.nodes, size.characters, mark)
        if self.depth + size.levels > MAX_DEPTH:
            self.fail(rules.TOO_DEEP, mark, limit=MAX_DEPTH)
        return node

    def count(self, nodes: int, characters: int, mark: Any) -> None:
        """Adds to the size of the aliases, which is limited."""
        self.copies += nodes
        self.copied += characters
        for repeated, most, unit in (
            (self.copies, MAX_COPIES, "values"),
            (self.copied, MAX_COPIED, "characters"),
        ):
            if repeated > most:
                limit = f"{most:,} {unit}"
                self.fail(rules.TOO_LARGE, mark, what="what its aliases repeat", limit=limit)

    def merge(self, entries: dict[str, AnyNode], merged: AnyNode) -> None:
        """Merges the value of ``<<``: keys of the mapping win, then those of earlier values."""
        for source in merged.entries if isinstance(merged, Sequence) else [merged]:
            if not isinstance(source, Mapping):
                origin = Origin(self.file, source.line + 1, source.column + 1)
                self.found.append(rules.SYNTAX.at(origin, problem="`<<` takes mappings"))
                continue
            for key, entry in source.entries.items():
                entries.setdefault(key, entry)

    def tagged(self, node: Scalar, event: Any) -> None:
        """A scalar with an explicit type: ``!!str 012``."""

        kind = event.tag.removeprefix(_PREFIX)
        node.plain = False
        if kind in ("str", "!"):
            return
        try:
            node.value = _constructed(event.tag, event.value)
        except (ValueError, LookupError):
            self.found.append(rules.UNKNOWN_TAG.at(self.origin(event.start_mark), tag=event.tag))

    def origin(self, mark: Any) -> Origin:
        return Origin(self.file, mark.line + 1, mark.column + 1)

    def fail(self, rule: Any, mark: Any, **facts: object) -> NoReturn:
        raise TranslationError([*self.found, rule.at(self.origin(mark), **facts)])
