"""Compares pipelines by what they do: ``compare`` gives the differences of two models."""

from __future__ import annotations

from translator.comparison.compared import compare
from translator.comparison.differences import Comparison, Difference, Side
from translator.comparison.tolerances import TOLERANCES

__all__ = ["TOLERANCES", "Comparison", "Difference", "Side", "compare"]
