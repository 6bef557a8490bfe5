"""An output is a parameter or an artifact as its uses want it, and gets where it is wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest

import translator
from tests.unit.argo_files import (
    TAKES_FILE,
    TAKES_VALUE,
    container,
    inputs,
    one_container,
    outputs,
    read,
    tasks,
    words,
    workflow,
    wrappers,
    yaml_of,
)
from translator.diagnostics.rewrites import User, UserKind, reason
from translator.model import UNSET, Constant, FromParent, FromTask, ParameterType, Pipeline
from translator.model.expressions import Selector
from translator.readers.options import ReadOptions

IN_TEXT = TAKES_VALUE.replace("value: '{{", "value: 'a {{").replace("name: value", "name: inside")
IN_WHEN = (
    "{name: when, template: work, when: '\"{{tasks.make.outputs.parameters.make-out}}\" == a'}"
)
AS_ITEMS = (
    "{name: loop, template: say, withParam: '{{tasks.make.outputs.parameters.make-out}}', "
    "arguments: {parameters: [{name: text, value: '{{item}}'}]}}"
)
RAW = TAKES_FILE.replace("from: ", "raw: {data: ").replace(
    "artifacts.make-out}}'", "parameters.make-out}}'}"
)
STRING, LIST = ParameterType.STRING, ParameterType.LIST


def text_for(*uses: str) -> str:
    """A workflow whose task ``make`` has an output that is used so."""
    return workflow("[" + ", ".join(["{name: make, template: make}", *uses]) + "]")


def made_for(*uses: str) -> Pipeline:
    """The pipeline of it."""
    return read(text_for(*uses))


USES = {
    "none": ((), ({}, ["out"])),
    "value": ((TAKES_VALUE,), ({"out": STRING}, [])),
    "text": ((IN_TEXT,), ({"out": STRING}, [])),
    "condition": ((IN_WHEN,), ({"out": STRING}, [])),
    "path": ((TAKES_FILE,), ({}, ["out"])),
    "value and path": ((TAKES_VALUE, TAKES_FILE), ({"out": STRING}, ["out_file"])),
    "items": ((AS_ITEMS,), ({"out": LIST}, [])),
    "items and value": ((AS_ITEMS, TAKES_VALUE), ({"out": STRING}, [])),
    "items and condition": ((AS_ITEMS, IN_WHEN), ({"out": STRING}, [])),
    "items and path": ((AS_ITEMS, TAKES_FILE), ({"out": LIST}, ["out_file"])),
    "content of a file": ((RAW,), ({"out": STRING}, [])),
}


@pytest.mark.parametrize(("uses", "expected"), USES.values(), ids=USES)
def test_the_uses_of_an_output_decide_what_it_is(uses: tuple[str, ...], expected: Any) -> None:
    assert outputs(made_for(*uses), "comp-make") == expected


def why(*uses: str) -> dict[str, str]:
    """Why the outputs are what they are."""
    found = translator.load_text(text_for(*uses)).rewrites
    return {one.output: reason(one) for one in found if one.component == "comp-make"}


def test_the_reasons_are_kept_beside_the_pipeline() -> None:
    assert why(TAKES_VALUE, IN_WHEN, AS_ITEMS, TAKES_FILE) == {
        "out": "used by value by `value`, the condition of `when`, the loop `loop`",
        "out_file": "used as a file by `path`",
    }
    assert why() == {"out": "no other task uses it"}
    many = [TAKES_VALUE.replace("name: value,", f"name: v{n},") for n in range(5)]
    assert why(*many) == {"out": "used by value by `v0`, `v1`, `v2` and 2 more"}


def test_a_rewrite_has_the_place_of_the_output() -> None:
    text = text_for(TAKES_VALUE, TAKES_FILE)
    (value, file) = translator.load_text(text).rewrites
    assert (value.output, value.became, file.output, file.became) == (
        *("out", "parameter"),
        *("out_file", "artifact"),
    )
    assert value.users == (User(UserKind.TASK, "value"),)
    assert value.origin is not None
    assert "make-out" in text.splitlines()[value.origin.line - 1]


def test_the_path_in_the_words_becomes_the_place_of_the_output() -> None:
    text = workflow(f"[{{name: make, template: make}}, {TAKES_FILE}]")
    assert words(read(text), "comp-make") == [
        *("sh", "-c", "echo 1 > {{$.outputs.artifacts['out'].path}}"),
    ]
    assert words(read(text), "comp-take") == ["sh", "-c", "cat {{$.inputs.artifacts['file'].path}}"]
    assert tasks(read(text))["path"].artifacts == {"file": FromTask(task="make", output="out")}


OUT, FILE = (
    "{{$.outputs.parameters['out'].output_file}}",
    "{{$.outputs.artifacts['out_file'].path}}",
)


def test_an_output_wanted_both_ways_is_copied_before_its_newline_is_taken_off() -> None:
    text = workflow(f"[{{name: make, template: make}}, {TAKES_VALUE}, {TAKES_FILE}]")
    assert wrappers(read(text), "comp-make") == [
        ["trim-values", "1", OUT],
        ["copy-output", OUT, FILE],
        ["sh", "-c", f"echo 1 > {OUT}"],
    ]
    assert tasks(read(text))["value"].parameters == {"text": FromTask(task="make", output="out")}
    assert tasks(read(text))["path"].artifacts == {"file": FromTask(task="make", output="out_file")}


def test_a_file_wanted_both_ways_that_no_word_names_is_copied_from_its_path() -> None:
    make = {
        "name": "make",
        "container": {"image": "alpine", "command": ["./make.sh"]},
        "outputs": {
            "parameters": [{"name": "make-out", "valueFrom": {"path": "/out.txt"}}],
            "artifacts": [{"name": "make-out", "path": "/out.txt"}],
        },
    }
    dag = f"[{{name: make, template: make}}, {TAKES_VALUE}, {TAKES_FILE}]"
    text = workflow(dag, f"[{json.dumps(make)}]")
    assert wrappers(read(text), "comp-make") == [
        ["copy-value", "/out.txt", OUT],
        ["copy-output", "/out.txt", FILE],
        ["./make.sh"],
    ]


FIXED = """
name: run
container: {image: alpine, command: [sh, /run.sh]}
outputs:
  parameters: [{name: run-acc, valueFrom: {path: /acc.txt}}]
  artifacts:
  - {name: run-acc, path: /acc.txt}
  - {name: run-model, path: /model}
  - {name: mlpipeline-metrics, path: /mlpipeline-metrics.json}
  - {name: mlpipeline-ui-metadata, path: /mlpipeline-ui-metadata.json}
  - {name: run-log, path: /log, optional: true}
"""


def test_what_no_word_names_is_copied_and_may_be_missing_if_it_is_optional() -> None:
    text = workflow(
        "[{name: run, template: run}, {name: s, template: say, arguments: {parameters: "
        "[{name: text, value: '{{tasks.run.outputs.parameters.run-acc}}'}]}}]",
        f"[{json.dumps(yaml_of(FIXED))}]",
    )
    pipeline = read(text)
    artifacts = "{{$.outputs.artifacts['%s'].path}}"
    assert wrappers(pipeline) == [
        ["copy-value", "/acc.txt", "{{$.outputs.parameters['acc'].output_file}}"],
        ["copy-output", "/model", artifacts % "model"],
        *(
            ["copy-output", f"/{name}.json", artifacts % name]
            for name in ("mlpipeline-metrics", "mlpipeline-ui-metadata")
        ),
        ["copy-output", "/log", artifacts % "log"],
        ["sh", "/run.sh"],
    ]
    scripts = [word for word in words(pipeline) if "_from=" in word]
    assert ["[ -e" in script for script in scripts] == [False, False, True, True, True]


# Values that are wanted as files

WRITE = ["write-input", "{{$.inputs.parameters['file']}}", "/tmp/inputs/file/data"]


def taken(argument: str, **spec: Any) -> tuple[Any, Any]:
    """The task that is given a file so, and the pipeline."""
    listed = (
        f"[{{name: take, template: take, arguments: {{artifacts: [{{name: file, {argument}}}]}}}}]"
    )
    pipeline = read(workflow(listed, **spec))
    assert wrappers(pipeline, "comp-take")[0] == WRITE
    assert wrappers(pipeline, "comp-take")[1] == ["sh", "-c", "cat /tmp/inputs/file/data"]
    return tasks(pipeline)["take"], pipeline


def test_a_constant_or_an_input_of_the_pipeline_is_written_to_a_file() -> None:
    task, _ = taken("raw: {data: ' a  b '}")
    assert (task.parameters, task.artifacts) == ({"file": Constant(value=" a  b ")}, {})
    task, _ = taken("raw: {data: '{{workflow.parameters.x}}'}", arguments={"x": "1"})
    assert task.parameters == {"file": FromParent(name="x")}
    task, _ = taken("raw: {data: 5}")
    assert task.parameters == {"file": Constant(value="5")}
    artifacts = [{"name": "conf", "raw": {"data": "x={{workflow.parameters.x}}"}}]
    given = {"arguments": {"x": "1"}, "more_arguments": {"artifacts": artifacts}}
    task, _ = taken("from: '{{inputs.artifacts.conf}}'", **given)
    assert task.parameters == {
        "file": Constant(value="x={{$.inputs.parameters['pipelinechannel--x']}}"),
        "pipelinechannel--x": FromParent(name="x"),
    }


def test_content_that_the_template_holds_is_written_to_a_file() -> None:
    pipeline = read(
        one_container(
            """
            name: run
            inputs:
              parameters: [{name: p, value: here}]
              artifacts:
              - {name: conf, path: /conf, raw: {data: '{{inputs.parameters.p}}, {{workflow.uid}}'}}
            container: {image: alpine, command: [sh, -c, cat /conf]}
            """
        )
    )
    assert wrappers(pipeline)[0] == ["write-input", "{{$.inputs.parameters['conf']}}", "/conf"]
    assert tasks(pipeline)["run"].parameters == {
        "conf": Constant(value="here, {{$.pipeline_job_uuid}}")
    }


def test_a_loop_item_is_written_to_a_file() -> None:
    listed = (
        "[{name: take, template: take, withItems: %s, "
        "arguments: {artifacts: [{name: file, raw: {data: '%s'}}]}}]"
    )
    pipeline = read(workflow(listed % ("[a, 2]", "{{item}}")))
    assert tasks(pipeline, "comp-for-take")["take"].parameters == {
        "file": FromParent(name="loop-item")
    }
    pipeline = read(workflow(listed % ("[{a: 1}]", "{{item.a}}")))
    assert tasks(pipeline, "comp-for-take")["take"].parameters == {
        "file": FromParent(name="loop-item", selector=Selector(path=("a",)))
    }
    assert wrappers(pipeline, "comp-take")[0] == WRITE


def test_one_template_with_a_file_here_and_a_value_there_becomes_two_components() -> None:
    raw = "{name: raw, template: take, arguments: {artifacts: [{name: file, raw: {data: x}}]}}"
    pipeline = read(workflow(f"[{{name: make, template: make}}, {TAKES_FILE}, {raw}]"))
    assert [tasks(pipeline)[name].component for name in ("path", "raw")] == [
        "comp-take",
        "comp-take-2",
    ]
    assert wrappers(pipeline, "comp-take-2")[0] == WRITE
    assert words(pipeline, "comp-take") == ["sh", "-c", "cat {{$.inputs.artifacts['file'].path}}"]


def test_one_artifact_at_two_paths_is_two_inputs() -> None:
    two = """
- name: two
  inputs: {artifacts: [{name: f, path: /tmp/a}, {name: f, path: /tmp/b}]}
  container: {image: alpine, command: [sh, -c, cmp /tmp/a /tmp/b]}
"""
    given = TAKES_FILE.replace("template: take", "template: two").replace("name: file", "name: f")
    pipeline = read(workflow(f"[{{name: make, template: make}}, {given}]", two))
    made = FromTask(task="make", output="out")
    assert tasks(pipeline)["path"].artifacts == {"f": made, "f-2": made}
    assert words(pipeline, "comp-two")[2] == (
        "cmp {{$.inputs.artifacts['f'].path}} {{$.inputs.artifacts['f-2'].path}}"
    )


def test_a_file_that_no_word_names_is_put_where_the_program_looks_for_it() -> None:
    at = "- {name: take, inputs: {artifacts: [{name: file, path: /data}]}, container: %s}"
    pipeline = read(
        workflow(
            f"[{{name: make, template: make}}, {TAKES_FILE}]",
            at % "{image: alpine, command: [sh, /run.sh, --dir=/database, /data.csv, x/data]}",
        )
    )
    assert wrappers(pipeline, "comp-take") == [
        ["place-input", "{{$.inputs.artifacts['file'].path}}", "/data"],
        ["sh", "/run.sh", "--dir=/database", "/data.csv", "x/data"],
    ]


def test_an_optional_file_may_be_left_out() -> None:
    optional = "- {name: take, inputs: {artifacts: [%s]}, container: {image: a, command: [sh, /f]}}"
    pipeline = read(
        workflow("[{name: t, template: take}]", optional % "{name: file, path: /f, optional: true}")
    )
    assert pipeline.components["comp-take"].inputs.artifacts == {}
    assert words(pipeline, "comp-take") == ["sh", "/f"]
    assert tasks(pipeline)["t"].artifacts == {}
    text = workflow("[{name: t, template: take}]", optional % "{name: file, path: /f}")
    read(text, told=("TR144",))


# Text of several references


def given_text(value: str) -> tuple[dict[str, Any], str]:
    """What the task is given for a text, and the text."""
    listed = [
        {"name": "make", "template": "make"},
        {
            "name": "say",
            "template": "say",
            "arguments": {"parameters": [{"name": "text", "value": value}]},
        },
    ]
    found = dict(
        tasks(read(workflow(json.dumps(listed), arguments={"x": "1", "y": 2})))["say"].parameters
    )
    constant = found.pop("text")
    assert isinstance(constant, Constant)
    return found, str(constant.value)


X, MADE = (
    "{{$.inputs.parameters['pipelinechannel--x']}}",
    "{{$.inputs.parameters['pipelinechannel--make-out']}}",
)


def test_each_reference_in_a_text_is_an_input() -> None:
    made, x = "{{tasks.make.outputs.parameters.make-out}}", "{{workflow.parameters.x}}"
    found, text = given_text(f"{x}/{made}{x}.txt")
    assert text == f"{X}/{MADE}{X}.txt"
    assert found == {
        "pipelinechannel--x": FromParent(name="x"),
        "pipelinechannel--make-out": FromTask(task="make", output="out"),
    }
    nested = json.dumps({"a": [{"b": x}, {"c": '"' + made + '"'}], "{{d}}": "{{$}}"})
    found, text = given_text(nested.replace("{{$}}", "{{user}}"))
    assert json.loads(text) == {"a": [{"b": X}, {"c": f'"{MADE}"'}], "{{d}}": "{{user}}"}
    found, text = given_text("{{workflow.name}}-{{inputs.parameters.y}}")
    assert text == "{{$.pipeline_job_name}}-{{$.inputs.parameters['pipelinechannel--y']}}"
    assert found == {"pipelinechannel--y": FromParent(name="y")}


@pytest.mark.parametrize("value", ["", "a", "{{user}}", "{{kfp-default-bucket}}/x", " a\n"])
def test_a_text_without_references_is_a_constant(value: str) -> None:
    assert given_text(value) == ({}, value)


def test_values_that_yaml_holds_as_other_things_are_text() -> None:
    arguments = {"i": 1, "f": 1.5, "b": True, "s": "01", "n": None}
    found = inputs(read(workflow("[{name: w, template: work}]", arguments=arguments)))
    defaults = {name: parameter.default for name, parameter in found.items()}
    assert defaults == {"i": "1", "f": "1.5", "b": "true", "s": "01", "n": UNSET}
    assert {p.type for p in found.values()} == {STRING}


def test_references_in_the_words_are_inputs_of_the_component() -> None:
    text = one_container(
        """
        inputs: {parameters: [{name: a-b, value: '1'}]}
        container:
          image: 'img:{{workflow.parameters.tag}}'
          command: [sh, -c, 'x={{inputs.parameters.a-b}}', '{{inputs.parameters.a-b}}']
          args: ['{{workflow.parameters.tag}}', '{{pod.name}}', '{{user}}{{.Name}}']
        """,
        arguments={"tag": "v1"},
    )
    pipeline = read(text)
    own, tag = "{{$.inputs.parameters['a-b']}}", "{{$.inputs.parameters['tag']}}"
    assert str(container(pipeline).image) == f"img:{tag}"
    assert words(pipeline)[2:] == [
        *(f"x={own}", own, tag, "{{$.pipeline_task_uuid}}", "{{user}}{{.Name}}")
    ]
    assert tasks(pipeline)["run"].parameters == {
        "a-b": Constant(value="1"),
        "tag": FromParent(name="tag"),
    }


def test_references_to_paths_are_the_paths() -> None:
    template = """
inputs:
  parameters: [{name: p, value: a}]
  artifacts: [{name: f, path: /f, raw: {data: x}}, {name: g, path: /g, optional: true}]
outputs:
  parameters: [{name: run-q, valueFrom: {path: /q}}]
  artifacts: [{name: run-o, path: /o}]
container: {image: a, command: [sh, %s]}
"""
    given = {
        "inputs.artifacts.f": "/f",
        "inputs.artifacts.g": "/g",
        "outputs.artifacts.run-o": "{{$.outputs.artifacts['o'].path}}",
        "outputs.parameters.run-q": "{{$.outputs.artifacts['q'].path}}",
        "inputs.parameters.p": "{{$.inputs.parameters['p']}}",
    }
    text = one_container(template % ", ".join(f"'x={{{{{one}.path}}}}/y'" for one in given))
    assert wrappers(read(text))[-1] == ["sh", *(f"x={path}/y" for path in given.values())]
    for unknown in ("inputs.artifacts.h", "outputs.artifacts.h", "outputs.parameters.h"):
        word = "{{" + unknown + ".path}}"
        read(one_container(f"container: {{image: a, command: [sh, '{word}']}}"), told=("TR152",))


def test_a_placeholder_of_kfp_v2_in_the_words_is_told() -> None:
    pipeline = read(one_container("container: {image: a, command: [sh, '{{$}}']}"), told=("TR153",))
    assert words(pipeline) == ["sh", "{{$}}"]


UNKNOWN = {
    "{{workflow.namespace}}": "TR152",
    "{{node.name}}": "TR152",
    "{{=1 + 2}}": "TR152",
    "{{workflow.parameters.missing}}": "TR152",
    "{{inputs.parameters.missing}}": "TR171",
    "{{tasks.missing.outputs.parameters.x}}": "TR171",
    "{{tasks.make.outputs.parameters.missing}}": "TR171",
}


@pytest.mark.parametrize(("reference", "code"), UNKNOWN.items(), ids=UNKNOWN)
def test_a_reference_to_nothing_is_refused_unless_its_text_is_given(
    reference: str, code: str
) -> None:
    argument = {"parameters": [{"name": "text", "value": f"<{reference}>"}]}
    listed = [
        {"name": "make", "template": "make"},
        {"name": "say", "template": "say", "arguments": argument},
    ]
    text = workflow(json.dumps(listed))
    assert tasks(read(text, told=(code,)))["say"].parameters == {"text": Constant(value="<>")}
    given = ReadOptions(placeholders={reference.strip("{}"): "x"})
    assert tasks(read(text, given))["say"].parameters == {"text": Constant(value="<x>")}
