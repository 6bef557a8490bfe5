"""Results in a notebook: a summary, the graph and the findings, as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from translator.diagnostics import TranslationError
from translator.diagnostics.redaction import told
from translator.diagnostics.report import also, grouped
from translator.graph.drawing import drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.diagnostics import Diagnostic
    from translator.outline import Outline

__all__ = ["shown"]


def shown(
    title: str, facts: Sequence[str], outline: Outline | None, found: Iterable[Diagnostic]
) -> str:
    """The HTML of a result. Without the package graphlay it has no graph."""
    parts = [f"<h4>{_text(title)}</h4>", f"<p>{'<br>'.join(map(_text, facts))}</p>"]
    if outline is not None:
        parts += _graph(outline, title)
    rows = list(_rows(found))
    if rows:
        head = "<tr><th>finding</th><th>line</th><th>message</th></tr>"
        parts.append(f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>")
    return "\n".join(parts)


def _graph(outline: Outline, title: str) -> Iterator[str]:
    from translator.graph.svg import svg

    try:
        yield f'<div style="overflow: auto">{svg(drawing(outline, title))}</div>'
    except TranslationError as missing:
        yield f"<p><small>{_text(missing.diagnostics[0].message)}</small></p>"


def _rows(found: Iterable[Diagnostic]) -> Iterator[str]:
    for one, *others in grouped(found):
        line = str(one.origin.line) if one.origin and one.origin.line else ""
        more = also(one, others)
        message = f"{one.message}. {one.help}" if one.help else one.message
        cells = (
            f"{one.severity.value} {one.rule.code}",
            f"{line} ({more})" if more else line,
            message,
        )
        yield "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in cells) + "</tr>"


def _text(text: str) -> str:
    return escape(told(text))
