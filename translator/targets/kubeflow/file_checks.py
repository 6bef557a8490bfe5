"""Checks of a file that Kubeflow runs unchanged, and of a pipeline that is written for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.checks.texts import left_by_compiler, texts
from translator.diagnostics import kubeflow as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

__all__ = ["compilers_are_done", "schedule_is_kept"]


def compilers_are_done(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Placeholders of the SDK that its compiler left in a text."""
    for written in texts(pipeline):
        for found in left_by_compiler(written.text):
            yield rules.LEFT_BY_COMPILER.at(written.origin, placeholder=found)


def schedule_is_kept(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The schedule in the file, for which the server has no field."""
    submission = pipeline.submission
    if submission.schedule:
        origin = submission.origin or pipeline.origin
        yield rules.SCHEDULE.at(origin, schedule=submission.schedule)
