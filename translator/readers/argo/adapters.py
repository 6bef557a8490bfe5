"""Small tasks between a value and a file, for containers whose program nothing can run around.

Where a container has no command of its own, only its image knows its program, and no wrapper can
write or read a file for it. A task of its own then does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    Component,
    Container,
    ExecutorRef,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Task,
)
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.readers.argo import metadata
from translator.readers.argo.names import input_name
from translator.readers.argo.pieces import bind

if TYPE_CHECKING:
    from translator.model import InputSource
    from translator.readers.argo.pieces import Pieces
    from translator.readers.argo.scopes import Scope

#: ``$1`` value, ``$2`` file.
_TO_FILE = 'mkdir -p "$(dirname "$2")" && printf %s "$1" > "$2"'
#: ``$1`` file, ``$2`` value. One newline at the end is taken off, as Argo does.
_TO_VALUE = """value=$(cat "$1" && printf x) || exit; value=${value%x}
mkdir -p "$(dirname "$2")" && printf %s "${value%'
'}" > "$2\""""


def value_to_file(scope: Scope, user: str, name: str, value: Pieces) -> FromTask:
    """An artifact that holds a value, made by a task beside its user."""
    task = f"{user}-{input_name(name)}-to-file"
    component = Component(
        body=ExecutorRef(label="adapter-value-to-file"),
        inputs=Interface(parameters={"value": Parameter(type=ParameterType.STRING)}),
        outputs=Interface(artifacts={"file": metadata.artifact(None)}),
        description="Writes a value to a file.",
        origin=scope.template.cursor.origin,
    )
    words = (
        Placeholder(PlaceholderKind.INPUT_VALUE, "value"),
        Placeholder(PlaceholderKind.OUTPUT_PATH, "file"),
    )
    _declare(scope, component, _TO_FILE, words)
    parameters: dict[str, InputSource] = {}
    bind(parameters, "value", value)
    scope.adapters[task] = Task(
        component="adapter-value-to-file", parameters=parameters, origin=component.origin
    )
    return FromTask(task=task, output="file")


def file_to_value(scope: Scope, maker: str, output: str) -> FromTask:
    """The value that an artifact holds, read by a task beside its maker."""
    task = f"{maker}-{output}-to-value"
    component = Component(
        body=ExecutorRef(label="adapter-file-to-value"),
        inputs=Interface(artifacts={"file": metadata.artifact(None)}),
        outputs=Interface(parameters={"value": Parameter(type=ParameterType.STRING)}),
        description="Reads the value in a file.",
        origin=scope.template.cursor.origin,
    )
    words = (
        Placeholder(PlaceholderKind.INPUT_PATH, "file"),
        Placeholder(PlaceholderKind.OUTPUT_FILE, "value"),
    )
    _declare(scope, component, _TO_VALUE, words)
    file = FromTask(task=maker, output=output)
    scope.adapters[task] = Task(
        component="adapter-file-to-value", artifacts={"file": file}, origin=component.origin
    )
    return FromTask(task=task, output="value")


def _declare(
    scope: Scope, component: Component, script: str, words: tuple[Placeholder, ...]
) -> None:
    assert isinstance(component.body, ExecutorRef)
    # No template becomes a component of such a name: those begin with `comp-`.
    label = component.body.label
    scope.lowering.components[label] = component
    parts: tuple[str | Placeholder, ...] = ("sh", "-c", script, label, *words)
    scope.lowering.executors[label] = Container(
        image=Text((scope.lowering.options.adapter_image,)),
        command=tuple(Text((part,)) for part in parts),
        origin=component.origin,
    )
