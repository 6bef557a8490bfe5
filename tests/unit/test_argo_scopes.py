"""Values and files reach the tasks that take them, through all the DAGs between."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.argo_files import (
    TAKES_FILE,
    TAKES_VALUE,
    dag,
    inputs,
    outputs,
    read,
    tasks,
    told,
    workflow,
    yaml_of,
)
from translator.model import Constant, FromParent, FromTask, ParameterType, Pipeline
from translator.readers.options import ReadOptions

STRING, LIST = ParameterType.STRING, ParameterType.LIST

#: A DAG in a DAG, whose task makes an output that leaves both.
HANDING_ON = """
- name: outer
  dag: {tasks: [{name: i, template: inner}]}
  outputs:
    parameters: [{name: p, valueFrom: {parameter: '{{tasks.i.outputs.parameters.q}}'}}]
    artifacts: [{name: a, from: '{{tasks.i.outputs.artifacts.b}}'}]
- name: inner
  dag: {tasks: [{name: m, template: make}]}
  outputs:
    parameters: [{name: q, valueFrom: {parameter: '{{tasks.m.outputs.parameters.make-out}}'}}]
    artifacts: [{name: b, from: '{{tasks.m.outputs.artifacts.make-out}}'}]
"""
VALUE = TAKES_VALUE.replace("parameters.make-out", "parameters.p")
FILE = TAKES_FILE.replace("artifacts.make-out", "artifacts.a")


def handed_on(*uses: str) -> Pipeline:
    """The pipeline in which tasks take what leaves the outer DAG."""
    return read(workflow(f"[{', '.join(['{name: make, template: outer}', *uses])}]", HANDING_ON))


def test_outputs_leave_all_the_dags_that_they_are_made_in() -> None:
    pipeline = handed_on(VALUE, FILE)
    assert tasks(pipeline)["value"].parameters == {"text": FromTask(task="make", output="p")}
    assert tasks(pipeline)["path"].artifacts == {"file": FromTask(task="make", output="a")}
    outer, inner = dag(pipeline, "comp-outer"), dag(pipeline, "comp-inner")
    assert outer.parameter_outputs["p"].sources == (FromTask(task="i", output="q"),)
    assert outer.artifact_outputs["a"].sources == (FromTask(task="i", output="b"),)
    assert inner.parameter_outputs["q"].sources == (FromTask(task="m", output="out"),)
    assert inner.artifact_outputs["b"].sources == (FromTask(task="m", output="out_file"),)
    for component, names in {"comp-outer": ("p", "a"), "comp-inner": ("q", "b")}.items():
        assert outputs(pipeline, component) == ({names[0]: STRING}, [names[1]])


def test_only_what_somebody_takes_leaves_a_dag() -> None:
    assert outputs(handed_on(VALUE), "comp-outer") == ({"p": STRING}, [])
    assert outputs(handed_on(FILE), "comp-outer") == ({}, ["a"])
    assert outputs(handed_on(), "comp-outer") == ({}, [])


def test_the_type_of_what_leaves_is_that_of_what_was_made() -> None:
    spec = {"name": "m", "outputs": [{"name": "out", "type": "Integer"}]}
    annotations = {"pipelines.kubeflow.org/component_spec": json.dumps(spec)}
    document = yaml_of(workflow(f"[{{name: make, template: outer}}, {VALUE}]", HANDING_ON))
    document["spec"]["templates"][4]["metadata"] = {"annotations": annotations}
    pipeline = read(json.dumps(document), ReadOptions(declared_types=True), told=("TR169",))
    for component in ("comp-make", "comp-inner", "comp-outer"):
        assert list(outputs(pipeline, component)[0].values()) == [ParameterType.NUMBER_INTEGER]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tasks.i.outputs.parameters.q", "tasks.i.outputs.parameters.other"),
        ("tasks.i.outputs.parameters.q", "tasks.other.outputs.parameters.q"),
        ("tasks.i.outputs.parameters.q", "inputs.parameters.q"),
        ("tasks.i.outputs.artifacts.b", "tasks.i.outputs.artifacts.other"),
    ],
)
def test_a_dag_that_hands_on_nothing_is_refused(before: str, after: str) -> None:
    listed = f"[{{name: make, template: outer}}, {VALUE}, {FILE}]"
    text = workflow(listed, HANDING_ON.replace(before, after))
    assert "TR171" in told(text)


@pytest.mark.parametrize("use", [VALUE, FILE])
def test_an_output_that_a_dag_does_not_have_is_refused(use: str) -> None:
    wrong = use.replace("parameters.p}}", "parameters.x}}").replace(
        "artifacts.a}}", "artifacts.x}}"
    )
    assert {"TR171", "TR144"} & set(
        told(workflow(f"[{{name: make, template: outer}}, {wrong}]", HANDING_ON))
    )


# Downwards

INNER = """
- name: inner
  inputs: {parameters: [{name: x}, {name: y}, {name: z, value: own}], artifacts: [{name: g}]}
  dag: {tasks: [%s]}
"""
SAY = "{name: %s, template: say, arguments: {parameters: [{name: text, value: '%s'}]}}"
TAKE = "{name: %s, template: take, arguments: {artifacts: [{name: file, from: '%s'}]}}"
X, Y, Z = (f"{{{{inputs.parameters.{name}}}}}" for name in "xyz")
G = "{{inputs.artifacts.g}}"
OUTER = """
- name: outer
  inputs: {parameters: [{name: a}, {name: b}], artifacts: [{name: f}]}
  dag:
    tasks:
    - name: i
      template: inner
      arguments:
        parameters:
        - {name: x, value: '{{inputs.parameters.a}}'}
        - {name: y, value: 'b={{inputs.parameters.b}}'}
        artifacts: [{name: g, from: '{{inputs.artifacts.f}}'}]
"""
DOWN = OUTER + INNER % ", ".join(
    [
        SAY % ("s", f"{X} {Y} {Z}"),
        TAKE % ("t", G),
        TAKE % ("u", G),
        SAY % ("v", "{{workflow.parameters.far}}"),
    ]
)
CALL = """
- {name: make, template: make}
- name: o
  template: outer
  arguments:
    parameters:
    - {name: a, value: '{{tasks.make.outputs.parameters.make-out}}'}
    - {name: b, value: constant}
    artifacts: [{name: f, from: '{{tasks.make.outputs.artifacts.make-out}}'}]
"""


def test_each_dag_on_the_way_has_an_input_for_what_is_not_known_yet() -> None:
    pipeline = read(workflow(CALL, DOWN, arguments={"far": "1", "unused": "2"}))
    assert tasks(pipeline)["o"].parameters == {
        "a": FromTask(task="make", output="out"),
        "far": FromParent(name="far"),
    }
    assert tasks(pipeline)["o"].artifacts == {"f": FromTask(task="make", output="out_file")}
    assert tasks(pipeline, "comp-outer")["i"].parameters == {
        "x": FromParent(name="a"),
        "far": FromParent(name="far"),
    }
    assert tasks(pipeline, "comp-outer")["i"].artifacts == {"g": FromParent(name="f")}
    inner = tasks(pipeline, "comp-inner")
    assert inner["s"].parameters == {
        "pipelinechannel--x": FromParent(name="x"),
        "text": Constant(value="{{$.inputs.parameters['pipelinechannel--x']}} b=constant own"),
    }
    assert inner["t"].artifacts == inner["u"].artifacts == {"file": FromParent(name="g")}
    assert inner["v"].parameters == {"text": FromParent(name="far")}
    assert inputs(pipeline, "comp-inner").keys() == {"x", "far"}
    assert inputs(pipeline).keys() == {"far", "unused"}


def test_a_value_reaches_a_dag_as_a_file() -> None:
    raw = CALL.replace(
        "from: '{{tasks.make.outputs.artifacts.make-out}}'",
        "raw: {data: 'a{{workflow.parameters.far}}'}",
    )
    pipeline = read(workflow(raw, DOWN, arguments={"far": "1"}))
    assert tasks(pipeline)["o"].artifacts == {}
    text = tasks(pipeline, "comp-inner")["t"].parameters["file"]
    assert isinstance(text, FromParent)
    outer = tasks(pipeline, "comp-outer")["i"].parameters[text.name]
    assert isinstance(outer, FromParent)
    given = tasks(pipeline)["o"].parameters[outer.name]
    assert given == Constant(value="a{{$.inputs.parameters['pipelinechannel--far']}}")


def test_what_a_call_does_not_give_is_refused() -> None:
    text = workflow(
        CALL.replace("    - {name: b, value: constant}\n", ""), DOWN, arguments={"far": "1"}
    )
    assert told(text) == ["TR144"]
    text = workflow("[{name: s, template: say}]")
    assert told(text) == ["TR144"]


def test_a_placeholder_of_kfp_v2_in_a_value_is_told() -> None:
    argument = {"parameters": [{"name": "text", "value": "{{$.pipeline_job_name}}"}]}
    text = workflow(json.dumps([{"name": "s", "template": "say", "arguments": argument}]))
    assert told(text) == ["TR153"]


# Lists


def listed_as(other: dict[str, Any]) -> ParameterType:
    """The type of an input that is the items of a loop and is used otherwise too."""
    loop = {
        "name": "loop",
        "template": "say",
        "withParam": "{{workflow.parameters.list}}",
        "arguments": {"parameters": [{"name": "text", "value": "{{item}}"}]},
    }
    text = workflow(
        json.dumps([loop, *other.pop("tasks", [])]),
        json.dumps(other.pop("templates", [])),
        arguments={"list": "[1]"},
        **other,
    )
    return inputs(read(text))["list"].type


def test_a_list_that_is_used_as_text_anywhere_is_text() -> None:
    written = "{{workflow.parameters.list}}"
    assert listed_as({}) is LIST
    run = {"name": "run", "template": "run"}
    for fields in (
        {"args": [written]},
        {"env": [{"name": "A", "value": written}]},
        {"image": f"a:{written}"},
    ):
        own = {"image": "a:1", "command": ["sh"], **fields}
        assert (
            listed_as({"tasks": [run], "templates": [{"name": "run", "container": own}]}) is STRING
        )
    conf = {"artifacts": [{"name": "conf", "raw": {"data": written}}]}
    take = {
        "name": "t",
        "template": "take",
        "arguments": {"artifacts": [{"name": "file", "from": "{{inputs.artifacts.conf}}"}]},
    }
    assert listed_as({"tasks": [take], "more_arguments": conf}) is STRING
    when = {"name": "w", "template": "work", "when": f"{written} == a"}
    assert listed_as({"tasks": [when]}) is STRING


def test_items_of_several_references_are_one_input() -> None:
    loop = {
        "name": "loop",
        "template": "say",
        "withParam": '["{{workflow.parameters.x}}", {{workflow.parameters.x}}]',
        "arguments": {"parameters": [{"name": "text", "value": "{{item}}"}]},
    }
    found = tasks(read(workflow(json.dumps([loop]), arguments={"x": "1"})))["loop"]
    assert found.iterator is not None
    assert isinstance(found.iterator.items, FromParent)
    x = "{{$.inputs.parameters['pipelinechannel--x']}}"
    assert found.parameters == {
        "pipelinechannel--x": FromParent(name="x"),
        found.iterator.items.name: Constant(value=f'["{x}", {x}]'),
    }


# Called by Argo itself


def test_the_entrypoint_and_the_exit_handler_are_given_the_arguments_of_the_same_names() -> None:
    run = """
- name: run
  inputs: {parameters: [{name: x}, {name: y, value: own}], artifacts: [{name: conf, path: /conf}]}
  container: {image: a, command: [sh, /conf, '{{inputs.parameters.x}}{{inputs.parameters.y}}']}
"""
    conf = {"artifacts": [{"name": "conf", "raw": {"data": "c"}}]}
    arguments = {"x": "1", "y": "2"}
    given = {
        "x": FromParent(name="x"),
        "y": FromParent(name="y"),
        "conf": Constant(value="c"),
    }
    fields: dict[str, Any] = {"arguments": arguments, "more_arguments": conf}
    ended = read(workflow("[{name: w, template: work}]", run, onExit="run", **fields))
    assert tasks(ended)["run"].parameters == given
    document = yaml_of(workflow("[{name: run, template: run}]", run, **fields))
    document["spec"] |= {"entrypoint": "run", "templates": document["spec"]["templates"][1:]}
    alone = read(json.dumps(document))
    assert tasks(alone)["run"].parameters == given


def test_a_dag_that_runs_nothing_stays_where_argo_cannot_evaluate_its_condition() -> None:
    """kfp 1.8 may name an input that nobody declares; Argo then fails, and so does the check."""
    empty = "- {name: empty, dag: {tasks: []}}"
    when = "{{inputs.parameters.nowhere}} > 3"
    listed = [{"name": "e", "template": "empty", "when": when}, {"name": "w", "template": "work"}]
    assert "TR170" not in told(workflow(json.dumps(listed), empty))
    listed[0]["when"] = "{{inputs.parameters.nowhere}} == 3"
    assert "TR170" in told(workflow(json.dumps(listed), empty))
