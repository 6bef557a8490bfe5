"""Each executor of a KFP v2 pipeline spec becomes its part of the model."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.kfp_files import EVERYTHING, read, told, with_executor
from translator.model import (
    Accelerator,
    Amount,
    Artifact,
    Constant,
    Container,
    EnvVariable,
    Executor,
    Importer,
    Json,
    OpaqueExecutor,
    Resources,
    RuntimeParameter,
)
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text


def executor(given: dict[str, Any]) -> Executor:
    return read(with_executor(given)).executors["exec-say"]


def resources(**given: Any) -> Resources | None:
    found = executor({"container": {"image": "i", "resources": given}})
    assert isinstance(found, Container)
    return found.resources


def test_a_container_of_an_image_alone() -> None:
    assert executor({"container": {"image": "i"}}) == Container(image=Text(("i",)))


def test_words_fall_into_text_and_placeholders() -> None:
    x = Placeholder(PlaceholderKind.INPUT_VALUE, "x")
    given = {
        "image": "{{$.inputs.parameters['x']}}",
        "command": ["sh", ""],
        "args": ['--x={{$.inputs.parameters["x"]}}', "{{$}}"],
        "env": [{"name": "A", "value": "{{$.inputs.parameters['x']}}"}, {"name": "B"}],
    }
    assert executor({"container": given}) == Container(
        image=Text((x,)),
        command=(Text(("sh",)), Text()),
        args=(Text(("--x=", x)), Text((Placeholder(PlaceholderKind.EXECUTOR_INPUT),))),
        env=(EnvVariable(name="A", value=Text((x,))), EnvVariable(name="B", value=Text())),
    )


def test_a_lifecycle_is_carried_as_it_stands() -> None:
    lifecycle = {"preCacheCheck": {"command": ["true"], "args": []}}
    assert executor({"container": {"image": "i", "lifecycle": lifecycle}}) == Container(
        image=Text(("i",)), lifecycle=lifecycle
    )


AMOUNTS = {
    "number": ({"cpuLimit": 2}, Resources(cpu_limit=Amount(number=2.0))),
    "text": (
        {"resourceCpuLimit": "500m"},
        Resources(cpu_limit=Amount(text=parse_text("500m"))),
    ),
    "both": (
        {"cpuRequest": 0.5, "resourceCpuRequest": "500m"},
        Resources(cpu_request=Amount(text=parse_text("500m"), number=0.5)),
    ),
    "memory": (
        {"memoryLimit": 4.294967296, "resourceMemoryRequest": "4Gi"},
        Resources(
            memory_limit=Amount(number=4.294967296),
            memory_request=Amount(text=parse_text("4Gi")),
        ),
    ),
    "placeholder": (
        {"resourceMemoryLimit": "{{$.inputs.parameters['m']}}"},
        Resources(memory_limit=Amount(text=parse_text("{{$.inputs.parameters['m']}}"))),
    ),
    "nothing": ({}, Resources()),
}


@pytest.mark.parametrize(("given", "expected"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_in_both_forms(given: dict[str, Any], expected: Resources) -> None:
    assert resources(**given) == expected


T4 = Accelerator(type=parse_text("NVIDIA_TESLA_T4"), count=parse_text("2"))
ACCELERATORS: dict[str, tuple[dict[str, Json], Accelerator]] = {
    "older": ({"type": "NVIDIA_TESLA_T4", "count": "2"}, T4),
    "a number": ({"type": "NVIDIA_TESLA_T4", "count": 2}, T4),
    "newer": ({"resourceType": "NVIDIA_TESLA_T4", "resourceCount": "2"}, T4),
    "the newer wins": (
        {"type": "x", "count": 1, "resourceType": "NVIDIA_TESLA_T4", "resourceCount": "2"},
        T4,
    ),
    "placeholder": (
        {"resourceType": "{{$.inputs.parameters['kind']}}"},
        Accelerator(type=parse_text("{{$.inputs.parameters['kind']}}")),
    ),
    "no type": ({"count": "1"}, Accelerator(count=parse_text("1"))),
}


@pytest.mark.parametrize(("given", "expected"), ACCELERATORS.values(), ids=ACCELERATORS)
def test_accelerators_in_both_forms(given: dict[str, Json], expected: Accelerator) -> None:
    assert resources(accelerator=given) == Resources(accelerator=expected)


def test_an_importer() -> None:
    assert read(EVERYTHING).executors["exec-get"] == Importer(
        uri=RuntimeParameter(name="uri"),
        artifact=Artifact(schema_title="system.Dataset", schema_version="0.0.1"),
        reimport=True,
        metadata={"text": "{{$.inputs.parameters['uri']}}", "list": []},
        download_to_workspace=True,
    )


def test_an_importer_of_a_fixed_address() -> None:
    given = {"artifactUri": {"constant": "gs://b/o"}, "typeSchema": {"instanceSchema": "title: x"}}
    assert executor({"importer": given}) == Importer(
        uri=Constant(value="gs://b/o"), artifact=Artifact(instance_schema="title: x")
    )


@pytest.mark.parametrize("kind", ["customJob", "resolver"])
def test_executors_of_vertex_ai_alone_are_carried_as_they_stand(kind: str) -> None:
    content = {"a": [1, {"b": None}]}
    assert executor({kind: content}) == OpaqueExecutor(kind=kind, content=content)


@pytest.mark.parametrize("empty", [{}, {"container": None}], ids=["empty", "null"])
def test_an_executor_has_to_run_something(empty: Json) -> None:
    assert told(with_executor(empty)) == [("TR135", "/deploymentSpec/executors/exec-say")]


def test_an_executor_of_an_unknown_kind_is_not_carried_along() -> None:
    findings = told(with_executor({"contaner": {"image": "i"}}))
    assert ("TR135", "/deploymentSpec/executors/exec-say") in findings
    assert {code for code, _ in findings} == {"TR103", "TR135"}


def test_a_second_kind_in_an_executor_is_reported() -> None:
    both = {"container": {"image": "i"}, "customJob": {"a": 1}}
    assert told(with_executor(both)) == [("TR103", "/deploymentSpec/executors/exec-say/customJob")]
