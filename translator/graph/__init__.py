"""Graphs of pipelines, as Mermaid, DOT, SVG and HTML."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.graph.drawing import Drawing

__all__ = ["FORMATS", "graph"]

#: Format → the module and function that write it.
FORMATS = {
    "mermaid": ("mermaid", "mermaid"),
    "dot": ("dot", "dot"),
    "svg": ("svg", "svg"),
    "html": ("page", "page"),
}


def graph(drawing: Drawing, form: str) -> str:
    """The graph in a format of ``FORMATS``.

    Raises ``TranslationError`` (TR456) for SVG and HTML without the package graphlay.
    """
    module, function = FORMATS[form]
    written: str = getattr(import_module(f"translator.graph.{module}"), function)(drawing)
    return written
