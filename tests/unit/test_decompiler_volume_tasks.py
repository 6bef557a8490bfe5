"""The components of ``CreatePVC`` and ``DeletePVC`` → the functions of kfp-kubernetes."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from kfp import kubernetes

from translator.decompiler.definitions import Definition, Module
from translator.decompiler.volume_tasks import volume_definition, volume_note
from translator.model import (
    UNSET,
    Component,
    Container,
    ExecutorRef,
    Interface,
    Parameter,
    ParameterType,
    Unset,
)
from translator.placeholders import parse_text
from translator.records import replace


def component_of(function: str) -> tuple[Component, Container]:
    """The component as the installed kfp-kubernetes compiles it."""
    compiled = getattr(kubernetes, function).component_spec.to_pipeline_spec()
    spec = json_format.MessageToDict(compiled)
    ((_, found),) = spec["components"].items()
    ((_, executor),) = spec["deploymentSpec"]["executors"].items()

    def side(name: str) -> Interface:
        parameters = found.get(name, {}).get("parameters", {})
        return Interface(parameters={key: parameter(one) for key, one in parameters.items()})

    def parameter(one: dict[str, Any]) -> Parameter:
        default: Any | Unset = one.get("defaultValue", UNSET)
        optional = one.get("isOptional", False)
        kind = ParameterType(one["parameterType"])
        return Parameter(type=kind, default=default, optional=optional)

    body = ExecutorRef(label="exec")
    inputs, outputs = side("inputDefinitions"), side("outputDefinitions")
    image = parse_text(executor["container"]["image"])
    return Component(body=body, inputs=inputs, outputs=outputs), Container(image=image)


@pytest.mark.parametrize("function", ["CreatePVC", "DeletePVC"])
def test_their_components_are_known(function: str) -> None:
    module = Module()
    component, container = component_of(function)
    found = volume_definition(module, component, container)
    names = component.inputs.parameters
    defaults = {"storage_class_name": ""} if function == "CreatePVC" else {}
    outputs = {"name": "name"} if function == "CreatePVC" else {}
    assert found == Definition(
        f"kubernetes.{function}", "", {name: name for name in names}, outputs, defaults
    )
    assert "from kfp import kubernetes" in module.text("")


def test_other_interfaces_are_not() -> None:
    component, container = component_of("CreatePVC")
    inputs = component.inputs.parameters
    text = Parameter(type=ParameterType.STRING)
    for parameters in (
        {**inputs, "more": text},
        {**inputs, "size": Parameter(type=ParameterType.STRUCT)},
        # The driver takes another class without a default than with an empty text.
        {**inputs, "storage_class_name": text},
        {name: one for name, one in inputs.items() if name != "size"},
    ):
        other = replace(component, inputs=Interface(parameters=parameters))
        assert volume_definition(Module(), other, container) is None
    python = replace(container, image=parse_text("python:3.11"))
    assert volume_definition(Module(), component, python) is None
    assert volume_definition(Module(), component, None) is None


def test_the_difference_from_the_function_is_a_comment() -> None:
    component, container = component_of("CreatePVC")
    image = str(container.image)
    assert volume_note(component, image) == ""
    parameters = dict(component.inputs.parameters)
    parameters["storage_class_name"] = replace(parameters["storage_class_name"], default=UNSET)
    changed = replace(component, inputs=replace(component.inputs, parameters=parameters))
    assert volume_definition(Module(), changed, container) is None
    assert volume_note(changed, image).startswith("# As kubernetes.CreatePVC, but the cluster ")
    assert volume_note(changed, "alpine") == ""
