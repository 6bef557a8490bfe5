"""All texts of a pipeline, and the placeholders in them that should not be there any more."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.model import Constant, Container, Items, walk_tasks
from translator.model.channels import CHANNEL
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Origin
    from translator.model import Json, Node, Pipeline

#: How kfp 2 and 1.x write a value of another task into a text, until they compile it
#: (kfp/dsl/pipeline_channel.py, kfp/dsl/_pipeline_param.py).
_OF_COMPILER = r"\{\{(?:channel:task|pipelineparam:op)=[^{}]*\}\}"
#: What the API server fills in in the value of an input (common/util/parameter_formatter.go).
_MACRO = r"\[\[(?:(?:RunUUID|Index)|(?:CurrentTime|ScheduledTime)(?:\.[^\[\]]*)?)\]\]"
#: The same, where it is set up with a bucket, in KFP v1 (apiserver/common/util.go).
_OF_SERVER = r"\{\{kfp-(?:default-bucket|project-id)\}\}"
#: An input of the task inside a text; messages show its name in single braces.
_INPUT = rf"\{{\{{\$\.inputs\.parameters\['(?:{CHANNEL})?([^']*)'\]\}}\}}"


class Written(NamedTuple):
    """A text of the pipeline."""

    text: str
    origin: Origin | None
    #: The pipeline's input whose default it is; empty for anything else.
    parameter: str
    #: It is a value, not a word of a program.
    is_value: bool
    #: The part of the pipeline that holds it.
    holder: Node | None = None


def left_by_compiler(text: str) -> list[str]:
    """Placeholders of a compiler in a compiled text, each once."""
    return list(dict.fromkeys(re.findall(_OF_COMPILER, text))) if "{{" in text else []


def of_server(text: str) -> list[str]:
    """What the API server fills in in arguments of a KFP v1 workflow only, each once."""
    return list(dict.fromkeys(re.findall(_OF_SERVER, text))) if "{{kfp-" in text else []


def macros(text: str) -> list[str]:
    """Placeholders of the API server of Kubeflow Pipelines in the value of an input, each once."""
    return list(dict.fromkeys(re.findall(_MACRO, text))) if "[[" in text else []


def texts(pipeline: Pipeline) -> Iterator[Written]:
    """Every value, and every word of a program."""
    for name, parameter in pipeline.root.inputs.parameters.items():
        for text in _strings(parameter.default):
            yield Written(text, parameter.origin, name, True, parameter)
    for name, value in pipeline.submission.arguments.items():
        for text in _strings(value):
            yield Written(text, pipeline.submission.origin, name, True, pipeline.submission)
    for _, _, task in walk_tasks(pipeline):
        for source in task.parameters.values():
            if isinstance(source, Constant):
                for text in _strings(source.value):
                    shown = with_names(text)
                    yield Written(shown, source.origin or task.origin, "", True, source)
        if task.iterator is not None and isinstance(task.iterator.items, Items):
            for text in _strings(list(task.iterator.items.values)):
                yield Written(text, task.iterator.origin or task.origin, "", True, task.iterator)
    for executor in pipeline.executors.values():
        if isinstance(executor, Container):
            for word in (*executor.command, *executor.args):
                yield Written(str(word), executor.origin, "", False)
            for variable in executor.env:
                yield Written(str(variable.value), variable.origin, "", True)


def with_names(text: str) -> str:
    """The text with names in single braces for the inputs of its task, as messages show them."""
    return re.sub(_INPUT, r"{\1}", text) if "{{$" in text else text


def listed(value: Json) -> list[Json]:
    """A list, or the one that a text holds as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []


def _strings(value: Json | object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry)
