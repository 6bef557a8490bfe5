"""A graph as SVG.

The picture needs no script, no font file and no network. Texts of a pipeline are only in escaped
text nodes.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from translator.graph.layout import HEADER, INDENT, LINE, laid_out
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.graph.drawing import Arrow, Box, Drawing
    from translator.graph.layout import Frame

__all__ = ["STYLE", "Mark", "svg"]

#: Pixels around the picture.
_MARGIN = 16.0
#: How small a picture is shown before its frame scrolls.
_SMALLEST = 0.65

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
.graph rect.frame { fill: none; stroke: var(--edge); stroke-dasharray: 1 3; }
.graph rect.group { fill-opacity: .55; }
.graph .arrow { fill: none; stroke: var(--edge); stroke-width: 1.3; }
.graph .order { stroke-dasharray: 4 4; }
.graph marker path { fill: var(--edge); }
@media print { .graph { min-width: 0 !important; } }
""".strip()


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
    picture = laid_out(drawing.boxes, drawing.arrows).moved(_MARGIN, _MARGIN)
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
    parts += ["".join(_frame(frame)) for frame in picture.frames]
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
        baseline = y + HEADER / 2 + LINE * (number + 0.75)
        yield f'<text{style} x="{x + INDENT:g}" y="{baseline:g}">{_text(line)}</text>'
    yield "</g>"
    yield "</a>" if mark else ""


def _frame(frame: Frame) -> Iterator[str]:
    x, y, width, height = frame.place
    yield (
        f'<rect class="frame" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"/>'
        f'<text x="{x + INDENT:g}" y="{y + HEADER / 2 + LINE * 0.75:g}">{_text(frame.title)}</text>'
    )


def _about(arrow: Arrow) -> str:
    return f"data: {', '.join(arrow.outputs)}" if arrow.outputs else "order without data"


def _text(text: str) -> str:
    return escape(text, quote=True)
