"""What of a file is not in the model: the values that findings of reading report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import Findings, Origin
from translator.records import NamedTuple
from translator.source.cursor import Cursor
from translator.source.nodes import Fate, Mapping, Scalar, below, children

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.model import Json
    from translator.source.nodes import AnyNode

__all__ = ["LeftOut", "left_out"]


class LeftOut(NamedTuple):
    """A value that is not in the model, with all below it."""

    #: The keys above it and its own; for an entry of a list, its name if it has one, or its number.
    path: tuple[str, ...]
    value: Json
    #: Without the number of the document, as in findings.
    origin: Origin


def left_out(roots: Iterable[AnyNode], file: str) -> Iterator[LeftOut]:
    """The topmost values of which nothing is in the model, in the order of the text."""
    for root in roots:
        for path, pointer, node in _topmost(root, (), ""):
            origin = Origin(file, node.line + 1, node.column + 1, pointer)
            yield LeftOut(path, Cursor(node, file, Findings()).peek(), origin)


def _topmost(
    node: AnyNode, path: tuple[str, ...], pointer: str
) -> Iterator[tuple[tuple[str, ...], str, AnyNode]]:
    """The nodes with their paths and pointers."""
    if isinstance(node, Scalar) or not node.entries:
        if node.fate is Fate.REPORTED:
            yield path, pointer, node
        return
    found = [
        one
        for key, entry in children(node)
        for one in _topmost(entry, (*path, _label(key, entry)), below(pointer, key))
    ]
    direct = len(path) + 1
    if len(found) == len(node.entries) and all(len(one) == direct for one, *_ in found):
        yield path, pointer, node
    else:
        yield from found


def _label(key: str | int, entry: AnyNode) -> str:
    if isinstance(key, str):
        return key
    name = entry.entries.get("name") if isinstance(entry, Mapping) else None
    written = name.value if isinstance(name, Scalar) else None
    return written if isinstance(written, str) and written else f"{key + 1}."
