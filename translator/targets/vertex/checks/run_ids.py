"""The run id, if both inputs and tasks of a pipeline have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import Constant, Container, walk_tasks
from translator.targets.vertex.writer import RUN_ID, has_run_id, inputs_with_run_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def run_ids(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Inputs with the run id, for which tasks get another value than from their own placeholder."""
    inputs = inputs_with_run_id(pipeline)
    if inputs and _have_run_id(pipeline):
        for name, written in inputs.items():
            parameter = pipeline.root.inputs.parameters.get(name)
            origin = parameter.origin if parameter else pipeline.submission.origin
            yield rules.ONE_RUN_ID.at(origin, input=name, placeholder=written)


def _have_run_id(pipeline: Pipeline) -> bool:
    """Whether a task or container has a placeholder for it."""
    run_id = str(RUN_ID)
    for _, _, task in walk_tasks(pipeline):
        for source in task.parameters.values():
            value = source.value if isinstance(source, Constant) else None
            if isinstance(value, str) and run_id in value:
                return True
    executors = pipeline.executors.values()
    return any(has_run_id(one) for one in executors if isinstance(one, Container))
