"""The passes for decisions about any target, which few pipelines have."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from translator.decisions import Decided

if TYPE_CHECKING:
    from translator.decisions import Decisions, Pass
    from translator.model import Pipeline

__all__ = ["decided"]


def decided(field: str) -> Pass:
    """The pass for a field of ``Decisions``: the function of this name in the module of this name.

    The module is imported only if there is such a decision.
    """

    def apply(pipeline: Pipeline, decisions: Decisions) -> Decided:
        if not getattr(decisions, field):
            return Decided(pipeline)
        change: Pass = getattr(import_module(f"translator.passes.{field}"), field)
        return change(pipeline, decisions)

    return apply
