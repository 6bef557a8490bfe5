"""A graph as SVG, laid out by graphlay (PyPI).

A DAG is laid out before the DAG around it, in which it is one box with the size of its picture.

The picture needs no script, no font file and no network. Texts of a pipeline are only in escaped
text nodes.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from translator.diagnostics import TranslationError
from translator.diagnostics.graph import NO_LAYOUT
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.graph.drawing import Arrow, Box, Drawing

__all__ = ["STYLE", "Mark", "svg"]

#: Pixels: a line of text, a character, the space around the lines of a box.
_LINE, _CHARACTER, _SPACE = 17.0, 7.2, 12.0
#: Pixels around the picture.
_MARGIN = 16.0
#: How small a picture is shown before its frame scrolls.
_SMALLEST = 0.65
_SPACING = {"layer_gap": 34.0, "node_gap": 24.0}
#: A DAG wider than this, and this many times wider than high, is laid out from left to right: its
#: picture is then higher than wide, and pages scroll down.
_WIDEST, _ASPECT = 1500.0, 2.0

#: The colours of a picture, light and dark.
STYLE = """
.graph { --ink: #1b2733; --paper: #fff; --edge: #5b6b7b; --box: #eef3f8; --line: #8497a9;
  --group: rgba(100, 130, 160, .08); --condition: #fff6e0; --loop: #eaf6ec; --exit: #f6ecf8;
  font: 12px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { .graph { --ink: #e4eaf0; --paper: #14191f; --edge: #9aa9b8;
  --box: #243240; --line: #60758a; --group: rgba(150, 180, 210, .07); --condition: #443b20;
  --loop: #20402a; --exit: #402a48; } }
.graph .paper { fill: var(--paper); }
.graph text { fill: var(--ink); }
.graph .title { font-weight: 600; }
.graph rect.box { fill: var(--box); stroke: var(--line); }
.graph rect.group { fill: var(--group); stroke: var(--line); }
.graph .condition > rect { fill: var(--condition); stroke-dasharray: 5 3; }
.graph .loop > rect { fill: var(--loop); stroke-width: 2; }
.graph .exit-handler > rect { fill: var(--exit); }
.graph rect.group { fill-opacity: .55; }
.graph .arrow { fill: none; stroke: var(--edge); stroke-width: 1.3; }
.graph .order { stroke-dasharray: 4 4; }
.graph marker path { fill: var(--edge); }
@media print { .graph { min-width: 0 !important; } }
""".strip()


class _Picture(NamedTuple):
    """The boxes and arrows of a DAG; its upper left corner is (0, 0). In pixels."""

    width: float
    height: float
    #: Key → left, top, width, height.
    boxes: Mapping[str, tuple[float, float, float, float]]
    #: Each arrow with its points.
    arrows: tuple[tuple[Arrow, tuple[tuple[float, float], ...]], ...]

    def moved(self, x: float, y: float) -> _Picture:
        return self._replace(
            boxes={key: (x + a, y + b, w, h) for key, (a, b, w, h) in self.boxes.items()},
            arrows=tuple(
                (arrow, tuple((x + a, y + b) for a, b in points)) for arrow, points in self.arrows
            ),
        )


class Mark(NamedTuple):
    """What a page adds to a box."""

    #: A CSS class.
    name: str
    #: What it means, for readers who do not see colours.
    label: str
    #: The id of an element of the page.
    link: str


def svg(drawing: Drawing, marks: Mapping[str, Mark] | None = None, *, prefix: str = "") -> str:
    """The picture, as one SVG element.

    ``marks`` are those of boxes by key; ``prefix`` is put before the ids of the boxes, for a page
    with several pictures. Raises ``TranslationError`` (TR456) without graphlay.
    """
    picture = _laid_out(drawing.boxes, drawing.arrows).moved(_MARGIN, _MARGIN)
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN
    marker = f"{prefix}arrow"
    parts = [
        f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'style="width: {width:g}px; max-width: 100%; min-width: {_SMALLEST * width:g}px" '
        f'role="group" aria-label="{_text(drawing.title)}">',
        f"<style>{STYLE}</style>",
        f'<defs><marker id="{marker}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
        f'<rect class="paper" width="{width:g}" height="{height:g}"/>',
    ]
    for box in drawing.walk():
        shown = _box(box, picture.boxes[box.key], (marks or {}).get(box.key), prefix)
        parts.append("".join(shown))
    for arrow, points in picture.arrows:
        kind = "data" if arrow.outputs else "order"
        path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
        parts.append(
            f'<path class="arrow {kind}" d="{path}" marker-end="url(#{marker})">'
            f"<title>{_text(_about(arrow))}</title></path>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(
    box: Box, place: tuple[float, float, float, float], mark: Mark | None, prefix: str
) -> Iterator[str]:
    kind = box.kind.value.lower().replace(" ", "-")
    texts = (f"{box.kind.value} {box.title}", *box.lines, *((mark.label,) if mark else ()))
    classes = f"{kind} {mark.name}" if mark else kind
    x, y, width, height = place
    role = "" if mark else ' role="img"'
    opening = (
        f'<g id="{prefix}{box.key}" class="{classes}"{role} aria-label="{_text(", ".join(texts))}">'
    )
    yield f'<a href="#{mark.link}" aria-label="{_text(", ".join(texts))}">' if mark else ""
    yield opening
    yield (
        f'<rect class="{"group" if box.boxes else "box"}" x="{x:g}" y="{y:g}" width="{width:g}" '
        f'height="{height:g}" rx="5"/>'
    )
    for number, line in enumerate((box.title, *box.lines)):
        style = ' class="title"' if number == 0 else ""
        baseline = y + _SPACE / 2 + _LINE * (number + 0.75)
        yield f'<text{style} x="{x + _SPACE:g}" y="{baseline:g}">{_text(line)}</text>'
    yield "</g>"
    yield "</a>" if mark else ""


def _about(arrow: Arrow) -> str:
    return f"data: {', '.join(arrow.outputs)}" if arrow.outputs else "order without data"


def _text(text: str) -> str:
    return escape(text, quote=True)


def _laid_out(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...]) -> _Picture:
    """The picture of a DAG, with the pictures of the DAGs in it."""
    engine = _engine()
    graph = engine.Graph()
    inner = {box.key: _laid_out(box.boxes, box.arrows) for box in boxes if box.boxes}
    for box in boxes:
        width, height = _size(box, inner.get(box.key))
        graph.node(box.key, width=width, height=height)
    for arrow in arrows:
        graph.edge(arrow.source, arrow.target)
    found = engine.layout(graph, options={"direction": "topbottom", "spacing": _SPACING})
    if _is_wide(found.bounds):
        found = engine.layout(graph, options={"direction": "leftright", "spacing": _SPACING})
    places: dict[str, tuple[float, float, float, float]] = {}
    left, top = found.bounds["min"]["x"], found.bounds["min"]["y"]
    lines = [
        (arrow, tuple((point["x"] - left, point["y"] - top) for point in edge["points"]))
        for arrow, edge in zip(arrows, found.edges, strict=True)
    ]
    for box, node in zip(boxes, found.nodes, strict=True):
        width, height = node["size"]["width"], node["size"]["height"]
        x, y = node["center"]["x"] - width / 2 - left, node["center"]["y"] - height / 2 - top
        places[box.key] = (x, y, width, height)
        if picture := inner.get(box.key):
            moved = picture.moved(x + (width - picture.width) / 2, y + _header(box))
            places |= moved.boxes
            lines += moved.arrows
    high = found.bounds["max"]
    return _Picture(high["x"] - left, high["y"] - top, places, tuple(lines))


def _is_wide(bounds: dict[str, dict[str, float]]) -> bool:
    width, height = (bounds["max"][axis] - bounds["min"][axis] for axis in "xy")
    return width > max(_WIDEST, _ASPECT * height)


def _size(box: Box, picture: _Picture | None) -> tuple[float, float]:
    """Width and height of a box around its text, and around the DAG in it."""
    width = max(map(_width, (box.title, *box.lines))) + 2 * _SPACE
    if picture is None:
        return width, _header(box)
    return max(width, picture.width + 2 * _SPACE), _header(box) + picture.height + _SPACE


def _header(box: Box) -> float:
    """The height of the text of a box."""
    return _LINE * (1 + len(box.lines)) + _SPACE


def _width(text: str) -> float:
    """The width of a line: letters beyond Latin, Greek and Cyrillic may be twice as wide."""
    return _CHARACTER * sum(1 if char < "\u1100" else 1.8 for char in text)


def _engine() -> Any:
    try:
        import graphlay
    except ImportError:
        raise TranslationError([NO_LAYOUT.at(None)]) from None
    return graphlay
