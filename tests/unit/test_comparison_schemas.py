"""What schema 2.0.0 and its compilers write differently, and what runs differently."""

from __future__ import annotations

from typing import Any

import pytest

import translator
from tests.unit.kfp_files import read, spec, task


def differences(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    return [one.what for one in translator.compare(read(a), read(b)).differences]


def notes(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    return [one.tolerance for one in translator.compare(read(a), read(b)).notes]


def with_artifact(**fields: str) -> dict[str, Any]:
    """A pipeline with an output of a type."""
    outputs = {"artifacts": {"data": {"artifactType": fields}}}
    return spec(
        components={"comp-say": {"executorLabel": "exec-say", "outputDefinitions": outputs}}
    )


def test_the_only_version_of_a_type_is_the_latest() -> None:
    a = with_artifact(schemaTitle="system.Dataset")
    b = with_artifact(schemaTitle="system.Dataset", schemaVersion="0.0.1")
    assert (differences(a, b), notes(a, b)) == ([], ["artifact-version"])
    c = with_artifact(schemaTitle="system.Dataset", schemaVersion="0.0.2")
    assert differences(b, c) == differences(a, c) == ["output data: version of the type"]


def test_other_namespaces_may_have_several_versions() -> None:
    a = with_artifact(schemaTitle="acme.Table")
    b = with_artifact(schemaTitle="acme.Table", schemaVersion="0.0.1")
    assert differences(a, b) == ["output data: version of the type"]


def conditional(condition: str, kind: str, schema: str = "2.1.0") -> dict[str, Any]:
    """A task that runs if a condition on an input of the pipeline holds."""
    declared = {"type": kind} if schema == "2.0.0" else {"parameterType": kind}
    interface = {"parameters": {"x": declared}}
    given = {"parameters": {"x": {"componentInputParameter": "x"}}}
    say = task(inputs=given, triggerPolicy={"condition": condition})
    return spec(
        schemaVersion=schema,
        root={"dag": {"tasks": {"say": say}}, "inputDefinitions": interface},
        components={"comp-say": {"executorLabel": "exec-say", "inputDefinitions": interface}},
    )


OLDER = "inputs.parameters['x'].int_value > 5"
PLAIN = "inputs.parameter_values['x'] > 5"
WHOLE = "int(inputs.parameter_values['x']) > 5"


def test_an_integer_is_one_already() -> None:
    older = conditional(OLDER, "INT", "2.0.0")
    plain, whole = (conditional(one, "NUMBER_INTEGER") for one in (PLAIN, WHOLE))
    assert differences(older, whole) == differences(older, plain) == []
    assert "typed-conditions" not in notes(older, whole)
    assert notes(plain, whole) == ["typed-conditions"]


@pytest.mark.parametrize("kind", ["STRING", "NUMBER_DOUBLE"])
def test_a_conversion_to_an_integer_counts(kind: str) -> None:
    plain, whole = (conditional(one, kind) for one in (PLAIN, WHOLE))
    assert differences(plain, whole) == ["condition"]


def with_metrics(*, returned: bool, title: str = "system.Metrics") -> dict[str, Any]:
    """A loop over a task with metrics, which kfp 1.8 adds to the outputs of the DAGs around it."""
    metrics = {"artifactType": {"schemaTitle": title, "schemaVersion": "0.0.1"}}
    outputs = {"artifacts": {"say-data": metrics}}

    def dag(name: str, key: str, **fields: Any) -> dict[str, Any]:
        source = {"outputArtifactKey": key, "producerSubtask": name}
        found = {"tasks": {name: task(componentRef={"name": f"comp-{name}"}, **fields)}}
        if not returned:
            return {"dag": found}
        found["outputs"] = {"artifacts": {"say-data": {"artifactSelectors": [source]}}}
        return {"dag": found, "outputDefinitions": outputs}

    item = {"items": {"raw": '["a"]'}, "itemInput": "pipelinechannel--loop-item-param-1"}
    return spec(
        root=dag("loop", "say-data", parameterIterator=item),
        components={
            "comp-loop": dag("say", "data"),
            "comp-say": {
                "executorLabel": "exec-say",
                "outputDefinitions": {"artifacts": {"data": metrics}},
            },
        },
    )


def test_metrics_of_a_loop_that_nothing_reads() -> None:
    a, b = with_metrics(returned=True), with_metrics(returned=False)
    assert differences(a, b) == []
    assert set(notes(a, b)) == {"metrics-outputs"}


def test_other_outputs_of_a_loop_count() -> None:
    a, b = (with_metrics(returned=one, title="system.Model") for one in (True, False))
    assert "output say-data" in differences(a, b)


def test_types_of_kfp_1_6() -> None:
    a = with_artifact(
        instanceSchema="title: kfp.Model\ntype: object\nproperties: {framework: {}}\n"
    )
    b = with_artifact(schemaTitle="system.Model", schemaVersion="0.0.1")
    assert (differences(a, b), notes(a, b)) == ([], ["artifact-schema", "artifact-version"])
    c = with_artifact(schemaTitle="system.Dataset", schemaVersion="0.0.1")
    assert differences(a, c) == ["output data: type"]


@pytest.mark.parametrize("title", ["acme.Model", "kfp.Own"])
def test_schemas_of_others(title: str) -> None:
    a = with_artifact(instanceSchema=f"title: {title}\n")
    b = with_artifact(schemaTitle=title.replace("kfp", "system"), schemaVersion="0.0.1")
    assert "output data: type schema" in differences(a, b)
