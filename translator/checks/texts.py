"""All texts of a pipeline, and placeholders in them that an earlier step should have replaced."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.model import Constant, Container, Items, strings, walk_tasks
from translator.model.channels import readable
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Origin
    from translator.model import Json, Node, Pipeline

#: How kfp 2 and 1.x write a value of another task into a text, until they compile it
#: (kfp/dsl/pipeline_channel.py, kfp/dsl/_pipeline_param.py).
_OF_COMPILER = r"\{\{(?:channel:task|pipelineparam:op)=[^{}]*\}\}"
#: Placeholders that the API server replaces in inputs (common/util/parameter_formatter.go).
_MACRO = r"\[\[(?:(?:RunUUID|Index)|(?:CurrentTime|ScheduledTime)(?:\.[^\[\]]*)?)\]\]"
#: Those that it replaces in KFP v1 if it has a default bucket (apiserver/common/util.go).
_OF_SERVER = r"\{\{kfp-(?:default-bucket|project-id)\}\}"


class Written(NamedTuple):
    """A text of the pipeline."""

    text: str
    origin: Origin | None
    #: The pipeline's input if the text is its default; else empty.
    parameter: str
    #: Whether it is a value, not an argument of a command.
    is_value: bool
    #: The part of the pipeline that holds it.
    holder: Node | None = None


def left_by_compiler(text: str) -> list[str]:
    """The SDK's placeholders that its compiler left in a text, each once."""
    if "{{channel:" not in text and "{{pipelineparam:" not in text:
        return []
    return list(dict.fromkeys(re.findall(_OF_COMPILER, text)))


def of_server(text: str) -> list[str]:
    """Placeholders that the API server replaces in KFP v1 workflows only, each once."""
    return list(dict.fromkeys(re.findall(_OF_SERVER, text))) if "{{kfp-" in text else []


def macros(text: str) -> list[str]:
    """Placeholders of the API server of Kubeflow Pipelines in the value of an input, each once."""
    return list(dict.fromkeys(re.findall(_MACRO, text))) if "[[" in text else []


def texts(pipeline: Pipeline) -> Iterator[Written]:
    """Every value, and every argument of a command, apart from empty values of tasks."""
    yield from texts_of_inputs(pipeline)
    for _, _, task in walk_tasks(pipeline):
        for source in task.parameters.values():
            if isinstance(source, Constant) and source.value:
                for text in strings(source.value):
                    shown = readable(text) if "{{$" in text else text
                    yield Written(shown, source.origin or task.origin, "", True, source)
        if task.iterator is not None and isinstance(task.iterator.items, Items):
            for text in strings(list(task.iterator.items.values)):
                yield Written(text, task.iterator.origin or task.origin, "", True, task.iterator)
    for executor in pipeline.executors.values():
        if isinstance(executor, Container):
            for argument in (*executor.command, *executor.args):
                yield Written(str(argument), executor.origin, "", False)
            for variable in executor.env:
                yield Written(str(variable.value), variable.origin, "", True)


def texts_of_inputs(pipeline: Pipeline) -> Iterator[Written]:
    """The defaults of the pipeline's inputs, and the values that the file sets for a run."""
    for name, parameter in pipeline.root.inputs.parameters.items():
        for text in strings(parameter.default):
            yield Written(text, parameter.origin, name, True, parameter)
    for name, value in pipeline.submission.arguments.items():
        for text in strings(value):
            yield Written(text, pipeline.submission.origin, name, True, pipeline.submission)


def listed(value: Json) -> list[Json]:
    """The list, also if it is given as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []
