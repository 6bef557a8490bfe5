"""Checks that depend on the schema version of the pipeline spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import OLDER_SCHEMA, SCHEMA, Constant, walk_tasks
from translator.writers.executor_input import takers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def older_schema(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Types and values that a pipeline of schema 2.0.0 cannot have."""
    if pipeline.schema_version != OLDER_SCHEMA:
        return
    from translator.diagnostics.vertex_schema import NOT_IN_OLDER_SCHEMA
    from translator.writers.kfp_legacy import TYPES, is_typed

    for component in (pipeline.root, *pipeline.components.values()):
        for side in (component.inputs, component.outputs):
            for name, parameter in side.parameters.items():
                if parameter.type not in TYPES:
                    what = f"type {parameter.type.value} of `{name}`"
                    yield NOT_IN_OLDER_SCHEMA.at(parameter.origin, what=what)
    for _, task_name, task in walk_tasks(pipeline):
        for key, source in task.parameters.items():
            if isinstance(source, Constant) and not is_typed(source.value):
                what = f"value of input `{key}` of task `{task_name}`"
                yield NOT_IN_OLDER_SCHEMA.at(source.origin or task.origin, what=what)


def old_executors(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Functions of kfp 1.x in a pipeline of schema 2.1.0."""
    for taker in takers(pipeline) if pipeline.schema_version == SCHEMA else ():
        if not taker.kfp1:
            continue
        from translator.diagnostics import vertex_schema as rules

        origin, facts = taker.container.origin, {"label": taker.label, "version": taker.kfp1}
        if taker.obstacle:
            yield rules.OLD_EXECUTOR_INPUT.at(origin, obstacle=taker.obstacle, **facts)
        else:
            yield rules.INPUT_CONVERTED.at(origin, **facts)
