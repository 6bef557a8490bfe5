"""The places of the boxes and arrows of a graph, by graphlay (PyPI).

A DAG is laid out before the DAG around it, in which it is one box with the size of its picture.
Many tasks between the same tasks, for example the shards of a stage, are rows in a frame: an arrow
at the frame is one for each of them. A row of fifty boxes and their arrows would not be readable.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from translator.diagnostics import TranslationError
from translator.diagnostics.graph import NO_LAYOUT
from translator.graph.drawing import Arrow
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from translator.graph.drawing import Box

__all__ = ["HEADER", "INDENT", "LINE", "Frame", "Picture", "laid_out"]

#: Pixels: a line of text, the space above and below the lines of a box, that beside them.
LINE, HEADER, INDENT = 17.0, 12.0, 12.0
_SPACING = {"layer_gap": 34.0, "node_gap": 24.0}
#: A DAG wider than this, and this many times wider than high, is laid out from left to right: its
#: picture is then higher than wide, and pages scroll down.
_WIDEST, _ASPECT = 1500.0, 2.0
#: As many tasks between the same tasks are rows in a frame; the space between them.
_MANY, _GAP = 9, 10.0

#: Characters → their width in pixels in DejaVu Sans at 12 px, which is wider than other system
#: fonts; and how many times wider a bold text is.
_WIDTHS = dict.fromkeys("ijlrtfIJ .,:;/\\|-()[]!'", 4.9)
_WIDTHS |= dict.fromkeys("mwMWOQ%@#&+<=>^~", 11.8)
_WIDTHS |= dict.fromkeys("abcdeghknopqsuvxyz0123456789_*$?", 7.6)
_BOLD = 1.13

_Place = tuple[float, float, float, float]
_Points = tuple[tuple[float, float], ...]


class Frame(NamedTuple):
    """The frame around tasks between the same tasks."""

    title: str
    #: Left, top, width, height.
    place: _Place


class Picture(NamedTuple):
    """The boxes and arrows of a DAG; its upper left corner is (0, 0). In pixels."""

    width: float
    height: float
    #: Key → left, top, width, height.
    boxes: Mapping[str, _Place]
    #: Each arrow with its points. One at a frame has the key of the first box in it.
    arrows: tuple[tuple[Arrow, _Points], ...] = ()
    frames: tuple[Frame, ...] = ()

    def moved(self, x: float, y: float) -> Picture:
        """The picture with another upper left corner."""
        return self._replace(
            boxes={key: (x + a, y + b, w, h) for key, (a, b, w, h) in self.boxes.items()},
            arrows=tuple(
                (arrow, tuple((x + a, y + b) for a, b in points)) for arrow, points in self.arrows
            ),
            frames=tuple(Frame(title, (x + a, y + b, w, h)) for title, (a, b, w, h) in self.frames),
        )


def laid_out(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Picture:
    """The picture of a DAG, with the pictures of the DAGs in it.

    Raises ``TranslationError`` (TR456) without graphlay.
    """
    units: dict[str, Picture] = {}
    first: dict[str, str] = {}
    for alike in _alike(boxes, arrows):
        units[alike[0].key] = _rows(alike) if len(alike) >= _MANY else _single(alike[0])
        first |= {box.key: alike[0].key for box in alike}
    joined: dict[tuple[str, str, bool], tuple[str, ...]] = {}
    for one in arrows:
        key = (first[one.source], first[one.target], bool(one.outputs))
        joined[key] = tuple(dict.fromkeys((*joined.get(key, ()), *one.outputs)))
    shown = [Arrow(source, target, outputs) for (source, target, _), outputs in joined.items()]
    return _arranged(units, shown)


def _alike(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Iterator[tuple[Box, ...]]:
    """The boxes: together those that have no box in them and the same arrows, if they are many."""
    ends: dict[str, set[tuple[str, str, bool]]] = {box.key: set() for box in boxes}
    for one in arrows:
        ends[one.target].add(("from", one.source, bool(one.outputs)))
        ends[one.source].add(("to", one.target, bool(one.outputs)))
    groups: dict[object, list[Box]] = {}
    for box in boxes:
        groups.setdefault(box.key if box.boxes else frozenset(ends[box.key]), []).append(box)
    for group in groups.values():
        if len(group) >= _MANY:
            yield tuple(group)
        else:
            yield from ((box,) for box in group)


def _single(box: Box) -> Picture:
    """A box around its text, and around the DAG in it."""
    width = max(_width(box.title) * _BOLD, *map(_width, ("", *box.lines))) + 2 * INDENT
    height = LINE * (1 + len(box.lines)) + HEADER
    if not box.boxes:
        return Picture(width, height, {box.key: (0, 0, width, height)})
    inner = laid_out(box.boxes, box.arrows)
    width = max(width, inner.width + 2 * INDENT)
    inner = inner.moved((width - inner.width) / 2, height)
    whole = height + inner.height + HEADER
    places = {box.key: (0.0, 0.0, width, whole), **inner.boxes}
    return Picture(width, whole, places, inner.arrows, inner.frames)


def _rows(boxes: Sequence[Box]) -> Picture:
    """Boxes in rows, in a frame that is about twice as wide as high."""
    singles = [_single(box) for box in boxes]
    wide, high = max(one.width for one in singles), max(one.height for one in singles)
    columns = math.ceil(math.sqrt(2 * len(boxes) * (high + _GAP) / (wide + _GAP)))
    top = LINE + HEADER
    places: dict[str, _Place] = {}
    for number, box in enumerate(boxes):
        row, column = divmod(number, columns)
        x, y = INDENT + column * (wide + _GAP), top + row * (high + _GAP)
        places[box.key] = (x, y, wide, high)
    title = f"each of {len(boxes)} tasks"
    width = max(columns * (wide + _GAP) - _GAP, _width(title)) + 2 * INDENT
    height = top + math.ceil(len(boxes) / columns) * (high + _GAP) - _GAP + HEADER
    return Picture(width, height, places, frames=(Frame(title, (0, 0, width, height)),))


def _arranged(units: Mapping[str, Picture], arrows: Sequence[Arrow]) -> Picture:
    """Pictures that arrows connect, as one picture."""
    engine = _engine()
    graph = engine.Graph()
    for number, (key, unit) in enumerate(units.items()):
        # The engine orders equal nodes by their labels.
        graph.node(key, width=unit.width, height=unit.height, label=f"{number:09}")
    for arrow in arrows:
        graph.edge(arrow.source, arrow.target)
    found = engine.layout(graph, options={"direction": "topbottom", "spacing": _SPACING})
    if _is_wide(found.bounds):
        found = engine.layout(graph, options={"direction": "leftright", "spacing": _SPACING})
    left, top = found.bounds["min"]["x"], found.bounds["min"]["y"]
    places: dict[str, _Place] = {}
    frames: list[Frame] = []
    lines = [
        (arrow, tuple((point["x"] - left, point["y"] - top) for point in edge["points"]))
        for arrow, edge in zip(arrows, found.edges, strict=True)
    ]
    for unit, node in zip(units.values(), found.nodes, strict=True):
        center = node["center"]
        moved = unit.moved(center["x"] - unit.width / 2 - left, center["y"] - unit.height / 2 - top)
        places |= moved.boxes
        lines += moved.arrows
        frames += moved.frames
    high = found.bounds["max"]
    return Picture(high["x"] - left, high["y"] - top, places, tuple(lines), tuple(frames))


def _is_wide(bounds: dict[str, dict[str, float]]) -> bool:
    width, height = (bounds["max"][axis] - bounds["min"][axis] for axis in "xy")
    return width > max(_WIDEST, _ASPECT * height)


def _width(text: str) -> float:
    """The width of a line: letters beyond Latin, Greek and Cyrillic may be twice as wide."""
    return sum(_WIDTHS.get(char, 9.0 if char < "\u1100" else 13.0) for char in text)


def _engine() -> Any:
    try:
        import graphlay
    except ImportError:
        raise TranslationError([NO_LAYOUT.at(None)]) from None
    return graphlay
