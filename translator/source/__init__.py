"""The text of a compiled pipeline as cursors, with the place and the fate of every leaf."""

from __future__ import annotations

from translator.source.cursor import Cursor
from translator.source.nodes import Fate
from translator.source.parsing import Source, parse

__all__ = ["Cursor", "Fate", "Source", "parse"]
