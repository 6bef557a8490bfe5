"""A graph as a Mermaid flowchart, which GitHub and GitLab show in Markdown.

Syntax: https://mermaid.js.org/syntax/flowchart.html. Ids are numbers of this module; the texts of a
pipeline are in quotes, with a character entity for each character that Mermaid or Markdown could
read as syntax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.graph.drawing import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.graph.drawing import Arrow, Box, Drawing

__all__ = ["MAX_ARROWS", "MAX_LENGTH", "mermaid"]

#: Mermaid refuses longer texts (``maxTextSize``) and more arrows (``maxEdges``).
MAX_LENGTH, MAX_ARROWS = 50_000, 500

#: Opening and closing bracket of a box without tasks in it.
_SHAPES = {
    Kind.TASK: ("[", "]"),
    Kind.CONDITION: ("{{", "}}"),
    Kind.LOOP: ("[[", "]]"),
    Kind.EXIT_HANDLER: ("([", "])"),
    Kind.DAG: ("[[", "]]"),
}
_PLAIN = frozenset(" _-./:,=")


def mermaid(drawing: Drawing) -> str:
    """The flowchart, with a newline at its end."""
    lines = ["flowchart TD", *_boxes(drawing.boxes, drawing.arrows, "    ")]
    return "".join(f"{line}\n" for line in lines)


def _boxes(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], lead: str) -> Iterator[str]:
    for box in boxes:
        label = "<br>".join(map(_escaped, (box.title, *box.lines)))
        if box.boxes:
            yield f'{lead}subgraph {box.key} ["{label}"]'
            yield from _boxes(box.boxes, box.arrows, lead + "    ")
            yield f"{lead}end"
        else:
            opening, closing = _SHAPES[box.kind]
            yield f'{lead}{box.key}{opening}"{label}"{closing}'
    for arrow in arrows:
        yield f"{lead}{arrow.source} {'-->' if arrow.outputs else '-.->'} {arrow.target}"


def _escaped(text: str) -> str:
    return "".join(char if char.isalnum() or char in _PLAIN else f"#{ord(char)};" for char in text)
