"""The graphs of two pipelines, with marks on the tasks that differ.

Tasks are those of a comparison, which finds them by their content: also across formats, and with
other names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.redaction import told
from translator.graph.drawing import line
from translator.graph.mermaid import MAX_ARROWS, MAX_LENGTH, mermaid
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.comparison import Comparison, Side
    from translator.graph.drawing import Box, Drawing

__all__ = ["Changes", "changes_of", "compared_graphs"]

#: Kind of a change → its colours (https://mermaid.js.org/syntax/flowchart.html#classes). The text
#: has a colour too: pages may be dark.
_COLOURS = {
    "added": "fill:#dafbe1,stroke:#1a7f37,color:#1b2733",
    "removed": "fill:#ffebe9,stroke:#cf222e,color:#1b2733",
    "changed": "fill:#fff8c5,stroke:#9a6700,color:#1b2733",
}


class Changes(NamedTuple):
    """The changes of the tasks of one side, by the path of the task."""

    #: Path → what the task has that differs.
    changed: Mapping[str, tuple[str, ...]]
    #: The outermost tasks that are on this side only.
    alone: frozenset[str]
    #: Tasks that are on both sides; they may be in a group that is on one side only.
    paired: frozenset[str]
    #: Path → the name on the other side, of tasks with another one.
    names: Mapping[str, str]

    def kind(self, path: str, alone: str) -> str:
        """``added``, ``removed`` or ``changed``; empty for a task that is the same."""
        if path in self.paired:
            return "changed" if path in self.changed else ""
        parts = path.split("/")
        around = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        # The others are groups without an effect, which count as equal.
        return alone if any(group in self.alone for group in around) else ""


def changes_of(found: Comparison) -> tuple[Changes, Changes]:
    """The changes of both sides."""
    forth, back = dict(found.pairs), {other: one for one, other in found.pairs}
    before: dict[str, dict[str, None]] = {}
    after: dict[str, dict[str, None]] = {}
    alone: tuple[set[str], set[str]] = (set(), set())
    for one in found.differences:
        if one.what == "task":
            for side, own in zip((one.left, one.right), alone, strict=True):
                own.update(_tasks(side))
            continue
        left = one.left.tasks if one.left else [back[t] for t in _tasks(one.right)]
        right = one.right.tasks if one.right else [forth[t] for t in _tasks(one.left)]
        for paths, changed in ((left, before), (right, after)):
            for path in paths:
                changed.setdefault(path, {})[one.what] = None
    renamed = [pair for pair in found.pairs if _name(pair[0]) != _name(pair[1])]
    back_renamed = [(other, one) for one, other in renamed]
    return (
        _changes(before, alone[0], forth, renamed),
        _changes(after, alone[1], back, back_renamed),
    )


def _tasks(side: Side | None) -> tuple[str, ...]:
    return side.tasks if side else ()


def _changes(
    changed: Mapping[str, Iterable[str]],
    alone: Iterable[str],
    paired: Iterable[str],
    renamed: Iterable[tuple[str, str]],
) -> Changes:
    return Changes(
        {path: tuple(whats) for path, whats in changed.items()},
        frozenset(alone),
        frozenset(paired),
        {path: _name(other) for path, other in renamed},
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def compared_graphs(before: Drawing, after: Drawing, found: Comparison) -> tuple[str, str] | None:
    """The Mermaid flowcharts of both pipelines; None if Mermaid refuses one for its size.

    The drawings are of the outlines of the pipelines that were compared (``of_pipeline``).
    """
    sides = zip((before, after), changes_of(found), ("removed", "added"), strict=True)
    first, second = (_marked(*side) for side in sides)
    for picture, text in ((before, first), (after, second)):
        if len(text) > MAX_LENGTH or sum(1 for _ in picture.all_arrows()) > MAX_ARROWS:
            return None
    return first, second


def _marked(picture: Drawing, changes: Changes, alone: str) -> str:
    kinds: dict[str, list[str]] = {}
    boxes = tuple(_box(box, "", changes, alone, kinds) for box in picture.boxes)
    lines = [mermaid(picture._replace(boxes=boxes))]
    for kind, keys in kinds.items():
        lines += [f"    classDef {kind} {_COLOURS[kind]}\n", f"    class {','.join(keys)} {kind}\n"]
    return "".join(lines)


def _box(box: Box, around: str, changes: Changes, alone: str, kinds: dict[str, list[str]]) -> Box:
    path = f"{around}{box.task[1]}"
    kind = changes.kind(path, alone)
    if kind:
        kinds.setdefault(kind, []).append(box.key)
    return box._replace(
        lines=(*box.lines, *_lines(path, kind, changes, alone)),
        boxes=tuple(_box(one, f"{path}/", changes, alone, kinds) for one in box.boxes),
    )


def _lines(path: str, kind: str, changes: Changes, alone: str) -> Iterator[str]:
    """The marks as text, for readers who do not see colours."""
    if kind:
        whats = ", ".join(changes.changed.get(path, ())) if kind == "changed" else ""
        yield line(f"{kind}: {whats}" if whats else kind)
    if path in changes.names:
        yield line(f"{'now' if alone == 'removed' else 'was'} {told(changes.names[path])}")
