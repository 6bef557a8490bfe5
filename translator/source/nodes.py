"""The tree that YAML and JSON text become, each node with its place and its fate."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Levels of nesting. kfp compiles about a dozen; a deeper file is an accident or an attack.
MAX_DEPTH = 200


class Fate(Enum):
    """What became of a leaf of the input."""

    UNREAD = "unread"
    #: It is in the model as it stands.
    CARRIED = "carried"
    #: It went into something else in the model.
    REWRITTEN = "rewritten"
    #: It is a setting of Kubernetes, which the target takes, or a check of the target reports.
    SETTING = "setting"
    #: It is not in the model, and a diagnostic says so.
    REPORTED = "reported"
    #: It means nothing outside the file.
    INERT = "inert"


class Node:
    """A value of the text. ``line`` and ``column``, from 0, are those of its key, if it has one."""

    __slots__ = ("column", "fate", "line")

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column
        self.fate = Fate.UNREAD


class Scalar(Node):
    """A leaf: its text, and its value when that is known without looking."""

    __slots__ = ("plain", "value")

    def __init__(self, value: object, line: int, column: int, *, plain: bool = False) -> None:
        # Written out, and not asked of the base: most of a file is scalars.
        self.line = line
        self.column = column
        self.fate = Fate.UNREAD
        self.value = value
        #: YAML without quotes: the text must still be resolved to a type.
        self.plain = plain


class Mapping(Node):
    """Keys and values, in the order of the text."""

    __slots__ = ("entries",)

    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.entries: dict[str, AnyNode] = {}


class Sequence(Node):
    """Values in order."""

    __slots__ = ("entries",)

    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.entries: list[AnyNode] = []


AnyNode: TypeAlias = Scalar | Mapping | Sequence


def children(node: AnyNode) -> Iterator[tuple[str | int, AnyNode]]:
    """The entries of a node with their keys or indices; none for a leaf."""
    if isinstance(node, Mapping):
        yield from node.entries.items()
    elif isinstance(node, Sequence):
        yield from enumerate(node.entries)


def leaves(node: AnyNode, pointer: str = "") -> Iterator[tuple[str, AnyNode]]:
    """Every leaf with its JSON pointer. An empty mapping or sequence is a leaf too."""
    if isinstance(node, Scalar) or not node.entries:
        yield pointer, node
        return
    for key, entry in children(node):
        yield from leaves(entry, f"{pointer}/{escaped(key)}")


def escaped(key: str | int) -> str:
    """A key as a token of a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def mark(node: AnyNode, fate: Fate) -> None:
    """Gives all leaves at and below a node a fate."""
    node.fate = fate
    if not isinstance(node, Scalar):
        for entry in node.entries.values() if isinstance(node, Mapping) else node.entries:
            mark(entry, fate)


def built(value: object, line: int, column: int) -> AnyNode:
    """The tree of a JSON value, all of it at one place."""
    if isinstance(value, dict):
        mapping = Mapping(line, column)
        mapping.entries = {key: built(entry, line, column) for key, entry in value.items()}
        return mapping
    if isinstance(value, list):
        sequence = Sequence(line, column)
        sequence.entries = [built(entry, line, column) for entry in value]
        return sequence
    return Scalar(value, line, column)


def copied(node: AnyNode) -> tuple[AnyNode, int, int]:
    """An independent copy, how many nodes it has, and how many levels of them nest."""
    if isinstance(node, Scalar):
        return Scalar(node.value, node.line, node.column, plain=node.plain), 1, 0
    count, deepest = 1, 0
    copy = type(node)(node.line, node.column)
    for key, entry in children(node):
        below, nodes, levels = copied(entry)
        if isinstance(copy, Mapping):
            copy.entries[str(key)] = below
        else:
            copy.entries.append(below)
        count += nodes
        deepest = max(deepest, levels)
    return copy, count, deepest + 1
