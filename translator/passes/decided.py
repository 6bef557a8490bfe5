"""Passes that few pipelines need: their modules are imported where they apply."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from translator.decisions import Decided

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.decisions import Decisions, Pass
    from translator.model import Pipeline

__all__ = ["decided", "where"]


def where(applies: Callable[[Pipeline, Decisions], object], module: str) -> Pass:
    """The pass of a module, the function of the same name.

    The module is imported only for a pipeline to which the pass applies.
    """

    def apply(pipeline: Pipeline, decisions: Decisions) -> Decided:
        if not applies(pipeline, decisions):
            return Decided(pipeline)
        change: Pass = getattr(import_module(module), module.rpartition(".")[2])
        return change(pipeline, decisions)

    return apply


def decided(field: str, package: str = "translator.passes") -> Pass:
    """The pass for a field of ``Decisions``, which applies if there is such a decision."""
    return where(lambda _, decisions: getattr(decisions, field), f"{package}.{field}")
