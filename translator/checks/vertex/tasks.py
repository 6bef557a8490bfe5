"""What the tasks of a pipeline ask for beyond their containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import walk_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def loop_limits(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Loops that are not to run all at once."""
    for _, name, task in walk_tasks(pipeline):
        if task.iterator is not None and task.parallelism:
            yield rules.LOOP_LIMIT.at(task.origin, task=name, limit=task.parallelism)
