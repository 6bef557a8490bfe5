"""Components of a model → pipeline.py → kfp → components of a model, for tests."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format

import translator
from translator.decompiler import components
from translator.decompiler.definitions import Definition, Module
from translator.model import UNSET, Component, Container, ExecutorRef, Interface
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from translator.diagnostics import Diagnostic
    from translator.model import Json, Pipeline


class Written(NamedTuple):
    """pipeline.py with the definitions of all components that run an executor."""

    text: str
    definitions: Mapping[str, Definition]
    findings: tuple[Diagnostic, ...]


def written(pipeline: Pipeline) -> Written:
    """The definitions of a pipeline's components as a module."""
    module = Module()
    found: dict[str, Definition] = {}
    for name, component in pipeline.components.items():
        if isinstance(component.body, ExecutorRef):
            found[name] = components.definition(module, pipeline, name, component)
            module.define(found[name])
    return Written(module.text('"""Components."""'), found, tuple(module.findings))


def executed(text: str) -> dict[str, Any]:
    """What the module defines."""
    namespace: dict[str, Any] = {"__name__": "pipeline"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "pipeline.py", "exec", dont_inherit=True), namespace)
    return namespace


def compiled(defined: Any, folder: Path) -> tuple[Component, Container]:
    """The component and its container as kfp compiles them and the reader reads them."""
    spec = json_format.MessageToDict(defined.component_spec.to_pipeline_spec())
    file = folder / "component.json"
    file.write_text(json.dumps(spec), "utf-8")
    pipeline = translator.load(file).pipeline
    (component,) = pipeline.components.values()
    assert isinstance(component.body, ExecutorRef)
    container = pipeline.executors[component.body.label]
    assert isinstance(container, Container)
    return component, container


def renamed(
    component: Component, container: Container, definition: Definition
) -> tuple[Component, Container]:
    """A component and its program with the names and defaults that its definition has."""
    inputs = _renamed_side(component.inputs, definition.inputs, definition.defaults)
    outputs = _renamed_side(component.outputs, definition.outputs, {})
    program = Container(
        image=_renamed_word(container.image, definition),
        command=tuple(_renamed_word(word, definition) for word in container.command),
        args=tuple(_renamed_word(word, definition) for word in container.args),
    )
    return replace(component, inputs=inputs, outputs=outputs), program


def _renamed_side(
    side: Interface, names: Mapping[str, str], defaults: Mapping[str, Json]
) -> Interface:
    parameters = {
        names[name]: replace(one, default=defaults.get(name, UNSET))
        for name, one in side.parameters.items()
        if name in names
    }
    artifacts = {names[name]: one for name, one in side.artifacts.items() if name in names}
    return Interface(parameters=parameters, artifacts=artifacts)


def _renamed_word(word: Text, definition: Definition) -> Text:
    def part(one: str | Placeholder) -> str:
        if isinstance(one, str) or not one.name:
            return str(one)
        side = definition.outputs if one.kind.value.startswith("$.outputs") else definition.inputs
        if one.kind is PlaceholderKind.UNKNOWN:
            for old, new in (*definition.inputs.items(), *definition.outputs.items()):
                one = one._replace(name=one.name.replace(f"'{old}'", f"'{new}'"))
            return str(one)
        return str(one._replace(name=side.get(one.name, one.name)))

    text = "".join([part(one) for one in word.parts])
    if text.startswith('["outputs", {'):  # the options of the wrapper of metrics
        for old, new in definition.outputs.items():
            text = text.replace(f': "{old}"', f': "{new}"')
    for old, new in definition.inputs.items():
        text = text.replace(f'"InputName": "{old}"', f'"InputName": "{new}"')
    return parse_text(text)
