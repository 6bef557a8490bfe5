"""A graph as an HTML page that opens from disk: no script, no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from translator.graph.svg import svg

if TYPE_CHECKING:
    from translator.graph.drawing import Drawing

__all__ = ["page"]

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ margin: 1rem; font: 14px system-ui, sans-serif; }}
main {{ overflow-x: auto; }}
@media print {{ main {{ overflow: visible; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<main>
{picture}</main>
</body>
</html>
"""


def page(drawing: Drawing) -> str:
    """The page. Raises ``TranslationError`` (TR456) without the package graphlay."""
    return _PAGE.format(title=escape(drawing.title), picture=svg(drawing))
