"""A graph in the DOT language of Graphviz.

Syntax: https://graphviz.org/doc/info/lang.html. Texts of a pipeline are in quoted strings, in which
the characters that Graphviz reads as syntax are escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.graph.drawing import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.graph.drawing import Arrow, Box, Drawing

__all__ = ["dot"]

_STYLES = {
    Kind.TASK: "shape=box, style=rounded",
    Kind.CONDITION: "shape=diamond",
    Kind.LOOP: "shape=box, peripheries=2",
    Kind.EXIT_HANDLER: "shape=box, style=bold",
    Kind.DAG: "shape=box, peripheries=2",
}
_GROUPS = {
    Kind.CONDITION: "dashed",
    Kind.LOOP: "bold",
}


def dot(drawing: Drawing) -> str:
    """The digraph, with a newline at its end."""
    lines = [
        f"digraph {_quoted(drawing.title)} {{",
        '    graph [compound=true, fontname="sans-serif"]',
        '    node [fontname="sans-serif"]',
        '    edge [fontname="sans-serif", fontsize=10]',
        *_boxes(drawing.boxes, drawing.arrows, "    "),
        "}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _boxes(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], lead: str) -> Iterator[str]:
    for box in boxes:
        label = _quoted("\n".join((box.title, *box.lines)))
        if box.boxes:
            yield f"{lead}subgraph cluster_{box.key} {{"
            yield f"{lead}    label={label}; style={_GROUPS.get(box.kind, 'solid')}"
            yield from _boxes(box.boxes, box.arrows, lead + "    ")
            yield f"{lead}}}"
        else:
            yield f"{lead}{box.key} [label={label}, {_STYLES[box.kind]}]"
    yield from _arrows(boxes, arrows, lead)


def _arrows(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], lead: str) -> Iterator[str]:
    """Arrows between tasks; those of a group end at its border (``lhead``, ``ltail``)."""
    known = {box.key: box for box in boxes}
    for arrow in arrows:
        source, target = known[arrow.source], known[arrow.target]
        details = [] if arrow.outputs else ["style=dashed"]
        if source.boxes:
            details.append(f"ltail=cluster_{source.key}")
        if target.boxes:
            details.append(f"lhead=cluster_{target.key}")
        shown = f" [{', '.join(details)}]" if details else ""
        yield f"{lead}{_inner(source, last=True)} -> {_inner(target, last=False)}{shown}"


def _inner(box: Box, *, last: bool) -> str:
    """A task of the box to connect: Graphviz has no arrows between clusters."""
    while box.boxes:
        box = box.boxes[-1 if last else 0]
    return box.key


def _quoted(text: str) -> str:
    escaped = (
        text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    )
    return f'"{escaped}"'
