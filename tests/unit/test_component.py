"""A reusable component (``component.yaml``) as a pipeline of one task."""

from __future__ import annotations

import json
from typing import Any

import pytest

import translator
from tests.unit.kfp_files import FILE
from translator.model import UNSET, Container, FromParent, FromTask, ParameterType

#: Everything that a component can have, but for what is refused.
TRAIN = """
name: Train classifier
description: Trains it.
metadata: {annotations: {author: A}, labels: {team: a}}
inputs:
- {name: Training data, type: CSV, description: the rows}
- {name: Rounds, type: Integer, default: '20', annotations: {x: y}}
- {name: Label column, type: String, optional: true}
- {name: Names, type: JsonArray, default: '["a"]'}
- {name: Extra rows, optional: true}
outputs:
- {name: Model, type: Model, description: what it learned}
- {name: Score, type: Float}
- {name: Log}
implementation:
  container:
    image: python:3.11
    command: [python3, -m, trainer, {concat: [--names=, {inputValue: Names}]}]
    args:
    - {inputPath: Training data}
    - if:
        cond: {isPresent: Label column}
        then: [--label, {inputValue: Label column}]
        else: [--no-label]
    - if: {cond: {isPresent: Rounds}, then: [--rounds, {inputValue: Rounds}]}
    - {inputUri: Extra rows}
    - {outputPath: Model}
    - {outputPath: Score}
    - {outputUri: Log}
    - {executorInput: null}
    env: {MODE: fast}
"""


def component(*command: Any, **fields: Any) -> str:
    container = {"image": "python:3.11", "command": list(command)}
    return json.dumps({"name": "c", **fields, "implementation": {"container": container}})


def read(text: str) -> translator.Reading:
    return translator.load_text(text, FILE)


def words(text: str) -> list[str]:
    (executor,) = read(text).pipeline.executors.values()
    assert isinstance(executor, Container)
    return [str(word) for word in (*executor.command, *executor.args)]


def codes(text: str) -> list[str]:
    try:
        return [finding.rule.code for finding in read(text).diagnostics]
    except translator.TranslationError as error:
        return [finding.rule.code for finding in error.diagnostics]


def test_all_of_a_component() -> None:
    pipeline = read(TRAIN).pipeline
    assert (pipeline.name, pipeline.display_name) == ("train-classifier", "Train classifier")
    inputs, outputs = pipeline.root.inputs, pipeline.root.outputs
    assert {name: (p.type, p.default, p.optional) for name, p in inputs.parameters.items()} == {
        "rounds": (ParameterType.NUMBER_INTEGER, 20, True),
        "label_column": (ParameterType.STRING, UNSET, True),
        "names": (ParameterType.LIST, ["a"], True),
    }
    assert {name: a.optional for name, a in inputs.artifacts.items()} == {
        "training_data": False,
        "extra_rows": True,
    }
    assert list(outputs.parameters) == ["score"]
    assert {name: a.schema_title for name, a in outputs.artifacts.items()} == {
        "model": "system.Model",
        "log": "system.Artifact",
    }
    assert read(TRAIN).diagnostics == ()


def test_its_one_task_takes_every_input_and_hands_every_output_on() -> None:
    pipeline = read(TRAIN).pipeline
    dag: Any = pipeline.root.body
    (task,) = dag.tasks.values()
    assert task.parameters == {n: FromParent(name=n) for n in pipeline.root.inputs.parameters}
    assert task.artifacts == {n: FromParent(name=n) for n in pipeline.root.inputs.artifacts}
    assert dag.parameter_outputs["score"].sources == (
        FromTask(task="train-classifier", output="score"),
    )
    assert set(dag.artifact_outputs) == {"model", "log"}


def test_the_command() -> None:
    assert words(TRAIN) == [
        *("python3", "-m", "trainer", "--names={{$.inputs.parameters['names']}}"),
        "{{$.inputs.artifacts['training_data'].path}}",
        '{"IfPresent": {"InputName": "label_column", "Then": ["--label", '
        '"{{$.inputs.parameters[\'label_column\']}}"], "Else": ["--no-label"]}}',
        *("--rounds", "{{$.inputs.parameters['rounds']}}"),
        "{{$.inputs.artifacts['extra_rows'].uri}}",
        "{{$.outputs.artifacts['model'].path}}",
        "{{$.outputs.parameters['score'].output_file}}",
        "{{$.outputs.artifacts['log'].uri}}",
        "{{$}}",
    ]


def test_an_if_inside_a_concat_is_left_to_the_backend() -> None:
    maybe = {"if": {"cond": {"isPresent": "a"}, "then": {"inputValue": "a"}, "else": "none"}}
    text = component(
        {"concat": ["--a=", maybe]}, inputs=[{"name": "a", "type": "String", "optional": True}]
    )
    assert words(text) == [
        '{"Concat": ["--a=", {"IfPresent": {"InputName": "a", "Then": '
        '"{{$.inputs.parameters[\'a\']}}", "Else": "none"}}]}'
    ]


def test_a_constant_condition_is_decided() -> None:
    never = {"if": {"cond": "false", "then": ["--never"], "else": ["--always", "--yes"]}}
    assert words(component(never, {"if": {"cond": True, "then": "--on"}})) == [
        *("--always", "--yes", "--on")
    ]
    assert words(component({"if": {"cond": "false", "then": ["--never"]}})) == []


def test_values_of_other_types_become_text() -> None:
    text = component({"inputValue": "Dir"}, inputs=[{"name": "Dir", "type": {"GCSPath": {}}}])
    assert codes(text) == ["TR195"]
    (parameter,) = read(text).pipeline.root.inputs.parameters.values()
    assert (parameter.type, parameter.declared_type) == (ParameterType.STRING, "GCSPath")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (component({"outputPath": "gone"}), "TR193"),
        (component({"if": {"cond": {"isPresent": "gone"}, "then": ["a"]}}), "TR193"),
        (component({"concat": [{"inputValue": "gone"}]}), "TR193"),
        (component({"a": 1, "b": 2}), "TR192"),
        (component("x", inputs=[{"name": "a", "type": "JsonArray", "default": "{"}]), "TR197"),
        (component("x", inputs=[{"name": "a", "type": "Integer", "default": "{}"}]), "TR197"),
        (component("x", unknown=1), "TR103"),
        ('{"name": "c", "implementation": {"container": {"image": ""}}}', "TR104"),
    ],
)
def test_mistakes(text: str, code: str) -> None:
    assert codes(text) == [code]


@pytest.mark.parametrize(
    ("kind", "text", "value"), [("JsonArray", '{"a": 1}', {"a": 1}), ("Dict", "[]", [])]
)
def test_a_default_of_another_json_type_stays(kind: str, text: str, value: object) -> None:
    """As with kfp 2, which reads both as any JSON value."""
    written = component("x", inputs=[{"name": "a", "type": kind, "default": text}])
    assert codes(written) == ["TR199"]
    assert read(written).pipeline.root.inputs.parameters["a"].default == value
    components = pytest.importorskip("kfp.components")
    theirs = components.load_component_from_text(written).component_spec
    assert theirs.inputs["a"].default == value


def test_kfp_2_loads_what_it_cannot_compile_where_a_value_has_no_type() -> None:
    """There the input is text for us, and an artifact for kfp, whose value nothing can take."""
    text = component({"inputValue": "region"}, inputs=[{"name": "region"}])
    assert codes(text) == ["TR195"]
    components = pytest.importorskip("kfp.components")
    theirs = components.load_component_from_text(text)
    assert theirs.component_spec.inputs["region"].type == "system.Artifact@0.0.1"
    with pytest.raises(TypeError, match="cannot be paired with InputValuePlaceholder"):
        theirs.component_spec.to_pipeline_spec()


INTERFACES = {
    "all": TRAIN,
    "none": component("true"),
    "dotted": component("x", inputs=[{"name": "A b-C.d", "type": "String"}]),
    "metrics": component(
        {"outputPath": "m"}, outputs=[{"name": "m", "type": "ClassificationMetrics"}]
    ),
    "status": component("x", inputs=[{"name": "s", "type": "PipelineTaskFinalStatus"}]),
    "google": component({"outputPath": "m"}, outputs=[{"name": "m", "type": "google.VertexModel"}]),
    "types": component(
        "x",
        inputs=[
            {"name": kind, "type": kind, "optional": True}
            for kind in ("Float", "Bool", "Dict", "List", "Integer", "Text", "Thing", "Dataset")
        ],
    ),
}


@pytest.mark.parametrize("text", INTERFACES.values(), ids=INTERFACES)
def test_kfp_2_makes_the_same_interface(text: str) -> None:
    components = pytest.importorskip("kfp.components")
    theirs = components.load_component_from_text(text).component_spec
    ours = read(text).pipeline.root
    kinds = {
        **{name: p.type.value for name, p in ours.inputs.parameters.items()},
        **{name: f"{a.schema_title}@0.0.1" for name, a in ours.inputs.artifacts.items()},
    }
    names = {
        "NUMBER_INTEGER": "Integer",
        "NUMBER_DOUBLE": "Float",
        "BOOLEAN": "Boolean",
        "STRING": "String",
        "LIST": "List",
        "STRUCT": "Dict",
    }

    def known(kind: str) -> str:
        from kfp.dsl.types import type_utils

        shown = names.get(kind, kind)
        known_as = type_utils.IR_TYPE_TO_IN_MEMORY_SPEC_TYPE.get(kind)
        return known_as or shown

    assert {n: known(k) for n, k in kinds.items()} == {
        n: spec.type for n, spec in (theirs.inputs or {}).items()
    }
    assert {
        name: one.optional
        for name, one in {**ours.inputs.parameters, **ours.inputs.artifacts}.items()
    } == {name: spec.optional for name, spec in (theirs.inputs or {}).items()}
    outputs = {
        **{name: known(p.type.value) for name, p in ours.outputs.parameters.items()},
        **{name: f"{a.schema_title}@0.0.1" for name, a in ours.outputs.artifacts.items()},
    }
    assert outputs == {n: spec.type for n, spec in (theirs.outputs or {}).items()}
