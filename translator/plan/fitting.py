"""The decisions of a plan that are about one pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.passes.task_names import names_of_tasks
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Container

    from translator.decisions import Decisions
    from translator.model import Pipeline

__all__ = ["fitting", "names_of"]


def fitting(
    decisions: Decisions, pipeline: Pipeline, shared: Container[tuple[str, str]]
) -> Decisions:
    """The decisions without those about inputs and tasks that the pipeline does not have.

    Only decisions in ``shared`` (kind and key) are left out: those of a plan, which may serve
    several pipelines. Others are errors of the passes.
    """
    inputs = pipeline.root.inputs.parameters
    defaults = {
        name: value
        for name, value in decisions.defaults.items()
        if name in inputs or ("defaults", name) not in shared
    }
    names = names_of_tasks(pipeline) if decisions.dropped_tasks else set()
    dropped = tuple(
        name
        for name in decisions.dropped_tasks
        if name in names or ("dropped_tasks", name) not in shared
    )
    return replace(decisions, defaults=defaults, dropped_tasks=dropped)


def names_of(pipeline: Pipeline) -> frozenset[tuple[str, str]]:
    """The names of inputs and tasks, as kinds and keys of decisions."""
    inputs = (("defaults", name) for name in pipeline.root.inputs.parameters)
    return frozenset((*inputs, *(("dropped_tasks", name) for name in names_of_tasks(pipeline))))
