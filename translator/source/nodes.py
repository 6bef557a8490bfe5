"""The tree of a YAML or JSON text, each node with its place and its fate."""

from __future__ import annotations

import zlib
from enum import Enum
from functools import lru_cache, reduce
from sys import intern
from typing import TYPE_CHECKING, TypeAlias, final

from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Levels of nesting. kfp compiles about a dozen; a deeper file is an accident or an attack.
MAX_DEPTH = 200
#: The longest key, and the longest JSON pointer, in characters.
MAX_TOKEN, MAX_POINTER = 400, 2000


class Fate(Enum):
    """The fate of a leaf: a scalar of the input, or an empty mapping or sequence."""

    UNREAD = "unread"
    #: It is in the model unchanged.
    CARRIED = "carried"
    #: It became something else in the model.
    REWRITTEN = "rewritten"
    #: It is a Kubernetes setting, which the target writes, or a check of the target reports.
    SETTING = "setting"
    #: It is not in the model, and a diagnostic reports it.
    REPORTED = "reported"
    #: It has no meaning outside of the file.
    INERT = "inert"


#: Looking up a member of an enum takes Python 3.11 longer than making a node.
UNREAD, CARRIED, REWRITTEN, SETTING, REPORTED, INERT = Fate


class Node:
    """A value of the text. ``line`` and ``column``, from 0, are those of its key, if it has one."""

    __slots__ = ("column", "fate", "line")

    line: int
    column: int
    fate: Fate


@final
class Scalar(Node):
    """A leaf: its text, or its value if that needs no conversion."""

    __slots__ = ("plain", "value")

    # Without a call of the base class or keywords, as in the other nodes: there are many.
    def __init__(
        self, value: object, line: int, column: int, plain: bool = False, fate: Fate = UNREAD
    ) -> None:
        self.line = line
        self.column = column
        self.fate = fate
        self.value = value
        #: YAML without quotes: the text must still be resolved to a type.
        self.plain = plain


@final
class Mapping(Node):
    """Keys and values, in the order of the text."""

    __slots__ = ("entries", "missed")

    def __init__(self, line: int, column: int, fate: Fate = UNREAD) -> None:
        self.line = line
        self.column = column
        self.fate = fate
        self.entries: dict[str, AnyNode] = {}
        #: Keys that a reader looked for here and did not find; None where there are none. They are
        #: few, and a list is smaller than a set.
        self.missed: list[str] | None = None


@final
class Sequence(Node):
    """Values in order."""

    __slots__ = ("entries",)

    def __init__(self, line: int, column: int, fate: Fate = UNREAD) -> None:
        self.line = line
        self.column = column
        self.fate = fate
        self.entries: list[AnyNode] = []


AnyNode: TypeAlias = Scalar | Mapping | Sequence


def children(node: AnyNode) -> Iterable[tuple[str | int, AnyNode]]:
    """The entries of a node with their keys or indices; none for a leaf."""
    if type(node) is Mapping:
        return node.entries.items()
    return enumerate(node.entries) if type(node) is Sequence else ()


def leaves(node: AnyNode, pointer: str = "") -> Iterator[tuple[str, AnyNode]]:
    """Every leaf with its JSON pointer. An empty mapping or sequence is a leaf too."""
    if isinstance(node, Scalar) or not node.entries:
        yield pointer, node
        return
    for key, entry in children(node):
        yield from leaves(entry, below(pointer, key))


def pointers(root: AnyNode, fate: Fate, met: list[Fate]) -> list[str]:
    """The JSON pointers of the leaves with a fate, in the order of the text.

    The fates of all leaves are added to ``met``.
    """
    found: list[str] = []
    keys: list[str | int] = []

    def collect(node: AnyNode) -> None:
        pointer = None  # few nodes have such leaves
        for key, entry in children(node):
            if type(entry) is not Scalar and entry.entries:
                keys.append(key)
                collect(entry)
                keys.pop()
                continue
            met.append(entry.fate)
            if entry.fate is fate:
                if pointer is None:
                    pointer = reduce(below, keys, "")
                found.append(below(pointer, key))

    if type(root) is Scalar or not root.entries:
        met.append(root.fate)
        return [""] if root.fate is fate else []
    collect(root)
    return found


def below(pointer: str, key: str | int) -> str:
    """The JSON pointer (RFC 6901) of the value of a key.

    Every value below a long key repeats it, so a pointer longer than ``MAX_POINTER`` is cut, and a
    checksum keeps pointers distinct.
    """
    token = key if isinstance(key, str) else str(key)
    if len(token) > MAX_TOKEN:
        token = _cut(token)
    if "~" in token or "/" in token:
        token = token.replace("~", "~0").replace("/", "~1")
    whole = f"{pointer}/{token}"
    return whole if len(whole) <= MAX_POINTER else _cut(whole)


@lru_cache(1000)
def _cut(text: str) -> str:
    checksum = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return f"{text[: MAX_TOKEN // 2]}…{checksum:08x}"


def mark(node: AnyNode, fate: Fate) -> None:
    """Sets the fate of all leaves at and below a node."""
    node.fate = fate
    if type(node) is not Scalar:
        for entry in node.entries.values() if type(node) is Mapping else node.entries:
            mark(entry, fate)


def built(value: object, line: int, column: int, fate: Fate) -> AnyNode:
    """The tree of a JSON value, with one place and one fate for all nodes."""
    if type(value) is dict:
        mapping = Mapping(line, column, fate)
        entries = mapping.entries
        for key, entry in value.items():
            if type(entry) is dict or type(entry) is list:
                entries[intern(key)] = built(entry, line, column, fate)
            else:  # most are leaves
                entries[intern(key)] = Scalar(entry, line, column, False, fate)
        return mapping
    if type(value) is list:
        sequence = Sequence(line, column, fate)
        sequence.entries = [built(entry, line, column, fate) for entry in value]
        return sequence
    return Scalar(value, line, column, False, fate)


class Size(NamedTuple):
    """The size of a copy."""

    nodes: int
    characters: int
    levels: int


def copied(node: AnyNode) -> tuple[AnyNode, Size]:
    """An independent copy, and its size. The characters are those of keys and texts."""
    if isinstance(node, Scalar):
        copy = Scalar(node.value, node.line, node.column, plain=node.plain)
        return copy, Size(1, len(node.value) if isinstance(node.value, str) else 0, 0)
    nodes, characters, deepest = 1, 0, 0
    whole = type(node)(node.line, node.column)
    for key, entry in children(node):
        part, size = copied(entry)
        if isinstance(whole, Mapping):
            whole.entries[str(key)] = part
            characters += len(str(key))
        else:
            whole.entries.append(part)
        nodes += size.nodes
        characters += size.characters
        deepest = max(deepest, size.levels)
    return whole, Size(nodes, characters, deepest + 1)
