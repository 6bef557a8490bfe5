"""Programs of schema 2.0.0 that take all inputs as one JSON text, ``{{$}}``.

kfp compiles to schema 2.1.0, in which that text has another form
(``translator.writers.executor_input``). A function that is written as ``@dsl.component`` gets the
executor of kfp 2. Another one of kfp 1 gets the wrapper that converts the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import decompiler_components as rules
from translator.model import OLDER_SCHEMA, SCHEMA, ExecutorRef
from translator.records import replace
from translator.writers.executor_input import takers, with_converted_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.decompiler.definitions import Definition
    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

__all__ = ["unconverted", "with_wrappers"]


def with_wrappers(pipeline: Pipeline) -> Pipeline:
    """The pipeline with wrappers for functions of kfp 1, if it is of schema 2.0.0."""
    if pipeline.schema_version != OLDER_SCHEMA:
        return pipeline
    converted = with_converted_input(replace(pipeline, schema_version=SCHEMA))
    return replace(pipeline, executors=converted.executors)


def unconverted(pipeline: Pipeline, definitions: Mapping[str, Definition]) -> Iterator[Diagnostic]:
    """The programs that get the text in another form than they were written for."""
    if pipeline.schema_version != OLDER_SCHEMA:
        return
    functions = {
        component.body.label
        for name, component in pipeline.components.items()
        if isinstance(component.body, ExecutorRef)
        and name in definitions
        and "@dsl.component" in definitions[name].code
    }
    for taker in takers(pipeline):
        if taker.label in functions:
            continue
        facts, origin = {"label": taker.label}, taker.container.origin
        if not taker.kfp1:
            yield rules.OTHER_INPUT.at(origin, **facts)
        elif taker.obstacle:
            yield rules.NOT_CONVERTED.at(origin, obstacle=taker.obstacle, **facts)
