"""The run id, if both inputs and tasks of a pipeline have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import Constant, Container, walk_tasks
from translator.placeholders import PlaceholderKind, Text
from translator.targets.vertex.writer import inputs_with_run_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def run_ids(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Inputs with the run id, for which tasks get another value than from their own placeholder."""
    inputs = inputs_with_run_id(pipeline)
    if inputs and any(
        placeholder.kind is PlaceholderKind.RUN_ID
        for text in _of_tasks(pipeline)
        for placeholder in text.placeholders()
    ):
        for name, written in inputs.items():
            parameter = pipeline.root.inputs.parameters.get(name)
            origin = parameter.origin if parameter else pipeline.submission.origin
            yield rules.ONE_RUN_ID.at(origin, input=name, placeholder=written)


def _of_tasks(pipeline: Pipeline) -> Iterator[Text]:
    for _, _, task in walk_tasks(pipeline):
        for source in task.parameters.values():
            if isinstance(source, Constant) and isinstance(text := source.parsed, Text):
                yield text
    for executor in pipeline.executors.values():
        if isinstance(executor, Container):
            yield from (*executor.command, *executor.args)
            yield from (variable.value for variable in executor.env)
