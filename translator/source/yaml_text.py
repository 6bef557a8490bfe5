"""YAML text → nodes, directly from the events of libyaml (or of PyYAML without libyaml)."""

from __future__ import annotations

import math
import re
from functools import cache, partial
from sys import intern
from typing import TYPE_CHECKING, Any, NoReturn

from translator.diagnostics import Origin, TranslationError
from translator.diagnostics import reading as rules
from translator.diagnostics.redaction import may_name_secrets
from translator.source.nodes import MAX_DEPTH, Mapping, Scalar, Sequence, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    composer = _Composer(file, found, secrets)
    try:
        return composer.documents(events(text))
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


class _Open:
    """A collection whose end has not been read yet."""

    __slots__ = ("anchor", "key", "mark", "merged", "merging", "node", "wants_key")

    def __init__(self, node: Mapping | Sequence, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        #: Whether the next event is the key of a mapping.
        self.wants_key = type(node) is Mapping
        #: The key of a mapping whose value comes next, and its place.
        self.key = ""
        self.mark: Any = None
        #: Whether that key is a plain ``<<`` (merge key), and the merged values.
        self.merging = False
        self.merged: list[AnyNode] = []


class _Composer:
    """Builds nodes from events, with a stack of open collections."""

    def __init__(
        self, file: str, found: list[Diagnostic], secrets: SecretPlaces | None = None
    ) -> None:
        self.file = file
        self.found = found
        self.secrets = secrets
        #: The documents of the text.
        self.stream = Sequence(0, 0)
        #: The innermost of the open collections, and those around it.
        self.top = _Open(self.stream, None)
        self.stack: list[_Open] = []
        #: None: the collection is still open, and an alias to it a cycle.
        self.anchors: dict[str, AnyNode | None] = {}
        self.copies = self.copied = 0

    def documents(self, events: Iterator[Any]) -> list[AnyNode]:
        import yaml

        handlers: dict[Any, Callable[[Any], None]] = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: partial(self.start, Mapping),
            yaml.SequenceStartEvent: partial(self.start, Sequence),
            yaml.MappingEndEvent: self.end,
            yaml.SequenceEndEvent: self.end,
            yaml.AliasEvent: self.alias,
            yaml.DocumentEndEvent: self.document_end,
        }
        for event in events:
            if (handler := handlers.get(type(event))) is not None:
                handler(event)
        return self.stream.entries

    def document_end(self, _: Any) -> None:
        if _is_nothing(self.stream.entries[-1]):
            self.stream.entries.pop()
        self.anchors.clear()

    def scalar(self, event: Any) -> None:
        top, text, mark, plain = self.top, event.value, event.start_mark, event.implicit[0]
        if not top.wants_key or event.anchor is not None or event.tag is not None:
            node = Scalar(text, mark.line, mark.column, plain and _is_typed(text))
            if event.anchor is not None:
                self.anchors[event.anchor] = node
            if event.tag is not None:
                self.tagged(node, event)
                plain = False
            if not top.wants_key:
                if self.secrets is not None:
                    self.secrets.scalar(top.key, event)
                if type(top.node) is Sequence:
                    top.node.entries.append(node)
                else:
                    self.add(node)
                return
        # A file has few different keys, many times.
        top.key, top.mark, top.wants_key = intern(text), mark, False
        top.merging = plain and text == "<<"

    def start(self, kind: type[Mapping | Sequence], event: Any) -> None:
        mark = event.start_mark
        if self.top.wants_key:
            self.fail(rules.SYNTAX, mark, problem="a key that is not text")
        if len(self.stack) >= MAX_DEPTH:
            self.fail(rules.TOO_DEEP, mark, limit=MAX_DEPTH)
        if event.tag not in _PLAIN_TAGS:
            self.found.append(rules.UNKNOWN_TAG.at(self.origin(mark), tag=event.tag))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if self.secrets is not None:
            self.secrets.start(self.top.key, kind is Mapping)
        self.stack.append(self.top)
        self.top = _Open(kind(mark.line, mark.column), event.anchor)

    def end(self, _: Any) -> None:
        if self.secrets is not None:
            self.secrets.end()
        closed, self.top = self.top, self.stack.pop()
        for merged in closed.merged:
            self.merge(closed.node, merged)
        if closed.anchor is not None:
            self.anchors[closed.anchor] = closed.node
        self.add(closed.node)

    def alias(self, event: Any) -> None:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            self.fail(rules.SYNTAX, mark, problem=f"no anchor `{event.anchor}` for this alias")
        original = self.anchors[event.anchor]
        if original is None:
            self.fail(rules.CYCLE, mark, anchor=event.anchor)
        if not self.top.wants_key:
            node = self.copy(original, mark)
            node.line, node.column = mark.line, mark.column
            self.add(node)
        elif isinstance(original, Scalar):
            key = str(original.value)
            self.top.key, self.top.mark, self.top.wants_key = key, mark, False
            self.count(1, len(key), mark)
        else:
            self.fail(rules.SYNTAX, mark, problem="a key that is not text")

    def copy(self, original: AnyNode, mark: Any) -> AnyNode:
        """The value of an alias: a copy, so that each place has its own fate."""
        node, size = copied(original)
        self.count(size.nodes, size.characters, mark)
        if len(self.stack) + size.levels > MAX_DEPTH:
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

    def add(self, node: AnyNode) -> None:
        top = self.top
        if type(top.node) is Sequence:
            top.node.entries.append(node)
            return
        if top.merged if top.merging else top.key in top.node.entries:
            self.found.append(rules.DUPLICATE_KEY.at(self.origin(top.mark), key=top.key))
        top.wants_key = True
        if top.merging:
            top.merged.append(node)
            top.merging = False
            return
        node.line, node.column = top.mark.line, top.mark.column
        top.node.entries[top.key] = node

    def merge(self, node: AnyNode, merged: AnyNode) -> None:
        """Merges the value of ``<<``: keys of the mapping win, then those of earlier values."""
        for source in merged.entries if isinstance(merged, Sequence) else [merged]:
            if not isinstance(source, Mapping) or not isinstance(node, Mapping):
                origin = Origin(self.file, source.line + 1, source.column + 1)
                self.found.append(rules.SYNTAX.at(origin, problem="`<<` takes mappings"))
                continue
            for key, entry in source.entries.items():
                node.entries.setdefault(key, entry)

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
