"""What kfp wrote beside a container tells how its author declared it, as far as it is true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.argo_files import (
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
from translator.model import Constant, FromTask, Parameter, ParameterType, Pipeline
from translator.readers.options import ReadOptions

PREFIX = "pipelines.kubeflow.org/"
VALUE, FILE = "{{$.inputs.parameters['%s']}}", "{{$.inputs.artifacts['%s'].path}}"
OUTPUT, OUTPUT_FILE = (
    "{{$.outputs.parameters['%s'].output_file}}",
    "{{$.outputs.artifacts['%s'].path}}",
)

#: A component with inputs by value and by path, and outputs.
INTERFACE = """
name: Train it
description: Trains.
inputs:
- {name: Log dir, type: {GCSPath: {data_type: Any}}, description: Where to log.}
- {name: epochs, type: Integer, default: '5', optional: true}
- {name: Data Set, type: Dataset}
- {name: extra, optional: true}
outputs:
- {name: The Model, type: Model, description: It.}
- {name: acc, type: Float}
"""
TEMPLATE = """
inputs:
  parameters: [{name: log, value: gs://b}]
  artifacts: [{name: data, path: /tmp/inputs/Data_Set/data, raw: {data: x}}]
container: {image: img, command: [python3, t.py]}
outputs:
  artifacts:
  - {name: run-The-Model, path: /tmp/outputs/The_Model/data}
  - {name: run-acc, path: /tmp/outputs/acc/data}
"""


def component(
    written: str,
    args: list[str],
    arguments: dict[str, str],
    template: str = TEMPLATE,
    **fields: Any,
) -> str:
    """A workflow whose container has these words, made from a component with those ``written``."""
    found = yaml_of(template)
    found["container"]["args"] = args
    own = {"image": "img", "command": ["python3", "t.py"], "args": yaml_of(written), **fields}
    found["metadata"] = {
        "annotations": {
            f"{PREFIX}component_spec": json.dumps(
                {**yaml_of(INTERFACE), "implementation": {"container": own}}
            ),
            f"{PREFIX}arguments.parameters": json.dumps(arguments),
        }
    }
    return one_container(json.dumps(found))


GIVEN = {"Log dir": "{{inputs.parameters.log}}", "epochs": "7"}
#: What the author wrote → the words in the container → the words with placeholders.
LIFTED: dict[str, tuple[str, list[str], list[str]]] = {
    "value": (
        "[--log, {inputValue: Log dir}]",
        ["--log", "{{inputs.parameters.log}}"],
        ["--log", VALUE % "Log_dir"],
    ),
    "constant": ("[--n, {inputValue: epochs}]", ["--n", "7"], ["--n", VALUE % "epochs"]),
    "path": (
        "[{inputPath: Data Set}]",
        ["/tmp/inputs/Data_Set/data"],
        ["/tmp/inputs/Data_Set/data"],
    ),
    "output": (
        "[{outputPath: The Model}]",
        ["/tmp/outputs/The_Model/data"],
        [OUTPUT_FILE % "The_Model"],
    ),
    "concat": (
        "[{concat: [--n=, {inputValue: epochs}, ';', {inputValue: Log dir}]}]",
        ["--n=7;{{inputs.parameters.log}}"],
        [f"--n={VALUE % 'epochs'};{VALUE % 'Log_dir'}"],
    ),
    "concat of paths": (
        "[{concat: ['m=', {outputPath: The Model}, ',', {outputPath: acc}]}]",
        ["m=/tmp/outputs/The_Model/data,/tmp/outputs/acc/data"],
        [f"m={OUTPUT_FILE % 'The_Model'},{OUTPUT_FILE % 'acc'}"],
    ),
    "if present": (
        "[{if: {cond: {isPresent: epochs}, then: [--n, {inputValue: epochs}], else: [--no]}}]",
        ["--n", "7"],
        ["--n", VALUE % "epochs"],
    ),
    "if a file is present": (
        "[{if: {cond: {isPresent: Data Set}, then: [--data]}}]",
        ["--data"],
        ["--data"],
    ),
    "if absent": (
        "[{if: {cond: {isPresent: extra}, then: [--extra, {inputValue: extra}], else: [--none]}}]",
        ["--none"],
        ["--none"],
    ),
    "if absent without else": (
        "[a, {if: {cond: {isPresent: extra}, then: [--extra, {inputValue: extra}]}}]",
        ["a"],
        ["a"],
    ),
    "if constant": (
        "[{if: {cond: 'true', then: [--yes]}}, {if: {cond: 'no', then: --yes, else: --no}}]",
        ["--yes", "--no"],
        ["--yes", "--no"],
    ),
    "nested": (
        "[{if: {cond: {isPresent: epochs}, then: [{concat: ['e', {inputValue: epochs}]}]}}]",
        ["e7"],
        [f"e{VALUE % 'epochs'}"],
    ),
    "optional left out": ("[--x, {inputValue: extra}]", ["--x"], ["--x"]),
    "number": ("[--n, 5, 1.5]", ["--n", "5", "1.5"], ["--n", "5", "1.5"]),
    "braces of others": ("['{{user}}']", ["{{user}}"], ["{{user}}"]),
}


@pytest.mark.parametrize(("written", "args", "expected"), LIFTED.values(), ids=LIFTED)
def test_placeholders_of_the_author_come_back(
    written: str, args: list[str], expected: list[str]
) -> None:
    pipeline = read(component(written, args, GIVEN))
    assert [str(word) for word in container(pipeline).args] == expected
    assert wrappers(pipeline)[-1][:2] == ["python3", "t.py"]
    given = tasks(pipeline)["run"].parameters
    assert given["Log_dir"] == Constant(value="gs://b")
    assert given["epochs"] == Constant(value="7")


@pytest.mark.parametrize(
    "written",
    [
        "[--n, {inputValue: epochs}]",  # which was 7
        "[--n, '9', more]",
        "[--n, {newPlaceholder: epochs}]",
        "[--n, [{inputValue: epochs}]]",
        "[{if: {cond: {isPresent: epochs}}}]",
        "{a: b}",
        "[--n, {inputValue: unknown, outputPath: acc}]",
    ],
)
def test_the_container_counts_where_the_annotation_says_something_else(written: str) -> None:
    args = ["--n", "9", "{{inputs.parameters.log}}", "/tmp/outputs/acc/data"]
    pipeline = read(component(written, args, GIVEN))
    assert [str(word) for word in container(pipeline).args] == [
        *("--n", "9", VALUE % "log", OUTPUT_FILE % "acc")
    ]
    assert tasks(pipeline)["run"].parameters["log"] == Constant(value="gs://b")


#: What may stand where an author puts words.
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["epochs", "acc", "Data Set", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["inputValue", "inputPath", "outputPath", "concat", "if", "isPresent", "cond"]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=8,
)


@given(odd)
def test_annotations_of_any_form_are_no_harm(written: Any) -> None:
    text = component(json.dumps(written), ["{{inputs.parameters.log}}"], GIVEN)
    assert words(read(text))[-1] in (VALUE % "log", VALUE % "Log_dir")


@pytest.mark.parametrize(
    "spec",
    ["", "{", "[]", "null", '{"inputs": 5, "implementation": []}', "[" * 9000],
)
def test_annotations_that_say_nothing_are_no_harm(spec: str) -> None:
    document = yaml_of(component("[]", ["--log", "{{inputs.parameters.log}}"], GIVEN))
    annotations = document["spec"]["templates"][1]["metadata"]["annotations"]
    annotations |= dict.fromkeys(annotations, spec)
    told = () if spec.startswith('{"') else ("TR175",) * len(annotations)
    assert words(read(json.dumps(document), told=told))[-2:] == ["--log", VALUE % "log"]


def test_names_types_and_descriptions_of_inputs_are_the_authors() -> None:
    pipeline = read(component("[{inputPath: Data Set}]", ["/tmp/inputs/Data_Set/data"], GIVEN))
    found = pipeline.components["comp-run"]
    assert found.inputs.parameters["Log_dir"] == Parameter(
        type=ParameterType.STRING, declared_type="GCSPath", description="Where to log."
    )
    assert found.inputs.parameters["epochs"].declared_type == "Integer"
    assert found.inputs.parameters["Data_Set"].declared_type == "Dataset"
    artifacts = found.outputs.artifacts
    assert {name: a.schema_title for name, a in artifacts.items()} == {
        "The_Model": "system.Model",
        "acc": "system.Artifact",
    }
    assert artifacts["The_Model"].description == "It."


def test_fixed_paths_of_the_author_are_found() -> None:
    template = TEMPLATE.replace("/tmp/outputs/acc/data", "/acc.txt").replace("run-acc", "run-2")
    fixed = {"fileOutputs": {"acc": "/acc.txt"}}
    pipeline = read(component("[{outputPath: acc}]", ["/acc.txt"], GIVEN, template, **fixed))
    assert [str(word) for word in container(pipeline).args] == [OUTPUT_FILE % "acc"]
    assert outputs(pipeline) == ({}, ["The_Model", "acc"])


# Several templates

SAME = """
- name: %s
  inputs: {parameters: [{name: x}]}
  container: {image: a, command: [sh, '{{inputs.parameters.x}}']}
"""


def test_templates_that_run_the_same_are_one_component() -> None:
    listed = [
        {"name": n, "template": n, "arguments": {"parameters": [{"name": "x", "value": n}]}}
        for n in ("one", "two", "three")
    ]
    templates = SAME % "one" + SAME % "two" + SAME % "three" + "  retryStrategy: {limit: 2}"
    pipeline = read(workflow(json.dumps(listed), templates))
    assert {name: task.component for name, task in tasks(pipeline).items()} == {
        "one": "comp-one",
        "two": "comp-one",
        "three": "comp-one",
    }
    assert list(pipeline.executors) == ["exec-one"]
    assert tasks(pipeline)["two"].parameters == {"x": Constant(value="two")}
    assert tasks(pipeline)["three"].retry is not None
    other = read(workflow(json.dumps(listed), templates.replace("image: a", "image: b", 1)))
    assert tasks(other)["two"].component == "comp-two"


@pytest.mark.parametrize(
    ("fields", "other_fields", "is_one"),
    [
        ("nodeSelector: {a: b, c: d}", "nodeSelector: {a: b, c: d}", True),
        ("nodeSelector: {a: b, c: d}", "nodeSelector: {c: d, a: b}", False),
        ("hostAliases: [1]", "hostAliases: [1]", True),
        ("hostAliases: [1]", "hostAliases: [true]", False),
        ("hostAliases: [0]", "hostAliases: []", False),
    ],
)
def test_a_component_is_shared_only_if_all_settings_are_written_alike(
    fields: str, other_fields: str, is_one: bool
) -> None:
    template = "- {name: %s, container: {image: a, command: [b]}, %s}\n"
    templates = template % ("one", fields) + template % ("two", other_fields)
    pipeline = read(workflow("[{name: one, template: one}, {name: two, template: two}]", templates))
    assert list(pipeline.components) == (["comp-one"] if is_one else ["comp-one", "comp-two"])


# What is printed

PRINTED = f"""
- {{name: run, template: run}}
- {TAKES_VALUE}
- {{name: w, template: work, when: '{{{{tasks.run.outputs.result}}}} == ok'}}
""".replace("tasks.make.outputs.parameters.make-out", "tasks.run.outputs.result")


def test_what_is_printed_is_an_output_if_somebody_takes_it() -> None:
    script = "- {name: run, container: {image: a, command: [sh, -c, echo ok]}}"
    pipeline = read(workflow(PRINTED, script))
    assert outputs(pipeline) == ({"result": ParameterType.STRING}, [])
    assert wrappers(pipeline) == [["keep-printed", OUTPUT % "result"], ["sh", "-c", "echo ok"]]
    made = FromTask(task="run", output="result")
    assert tasks(pipeline)["value"].parameters == {"text": made}
    assert tasks(pipeline)["w"].parameters == {"pipelinechannel--run-result": made}
    alone = read(workflow("[{name: run, template: run}]", script))
    assert words(alone) == ["sh", "-c", "echo ok"]


# Types


def typed(pipeline_type: str, default: Any, told: tuple[str, ...] = ()) -> Parameter:
    """The input of a pipeline, of a type, when declared types count."""
    spec = {"name": "p", "inputs": [{"name": "x", "type": pipeline_type}]}
    metadata = {"annotations": {f"{PREFIX}pipeline_spec": json.dumps(spec)}, "name": "p"}
    text = workflow("[{name: w, template: work}]", metadata=metadata, arguments={"x": default})
    assert inputs(read(text))["x"].type is ParameterType.STRING
    assert inputs(read(text))["x"].declared_type == pipeline_type
    return inputs(read(text, ReadOptions(declared_types=True), told))["x"]


@pytest.mark.parametrize(
    ("declared", "text", "kind", "value"),
    [
        ("Integer", "5", ParameterType.NUMBER_INTEGER, 5),
        ("int", "-1", ParameterType.NUMBER_INTEGER, -1),
        ("Float", "1.0e-05", ParameterType.NUMBER_DOUBLE, 1e-05),
        ("Bool", "True", ParameterType.BOOLEAN, True),
        ("Boolean", "false", ParameterType.BOOLEAN, False),
        ("JsonArray", "[1, 2]", ParameterType.LIST, [1, 2]),
        ("typing.List[str]", "[]", ParameterType.LIST, []),
        ("JsonObject", '{"a": null}', ParameterType.STRUCT, {"a": None}),
        ("String", "5", ParameterType.STRING, "5"),
        ("GCSPath", "gs://a", ParameterType.STRING, "gs://a"),
        # Text that is none of the type stays text.
        ("Integer", "{{workflow.uid}}", ParameterType.STRING, "{{workflow.uid}}"),
        ("Integer", "5.5", ParameterType.STRING, "5.5"),
        ("Bool", "yes", ParameterType.STRING, "yes"),
        ("JsonArray", '{"a": 1}', ParameterType.STRING, '{"a": 1}'),
        ("JsonObject", "{", ParameterType.STRING, "{"),
    ],
)
def test_declared_types_count_if_they_are_asked_for(
    declared: str, text: str, kind: ParameterType, value: Any
) -> None:
    found = typed(declared, text)
    assert (found.type, found.default) == (kind, value)
    assert type(found.default) is type(value)


def declared_pipeline(epochs: str, told: tuple[str, ...] = ()) -> Pipeline:
    args, text = ["--n", epochs, "/tmp/outputs/acc/data"], GIVEN | {"epochs": epochs}
    written = "[--n, {inputValue: epochs}, {outputPath: acc}]"
    return read(component(written, args, text), ReadOptions(declared_types=True), told)


def test_declared_types_of_components_and_of_what_tasks_give_them() -> None:
    pipeline = declared_pipeline("7")
    assert inputs(pipeline, "comp-run")["epochs"].type is ParameterType.NUMBER_INTEGER
    assert tasks(pipeline)["run"].parameters["epochs"] == Constant(value=7)
    other = declared_pipeline("seven", told=("TR169",))
    assert tasks(other)["run"].parameters["epochs"] == Constant(value="seven")


def test_the_text_of_a_task_that_makes_a_number_is_told_when_types_count() -> None:
    document = yaml_of(component("[{outputPath: acc}]", ["/tmp/outputs/acc/data"], GIVEN))
    port = {"name": "run-acc", "valueFrom": {"path": "/tmp/outputs/acc/data"}}
    document["spec"]["templates"][1]["outputs"]["parameters"] = [port]
    uses = TAKES_VALUE.replace("make-out", "run-acc").replace("tasks.make", "tasks.run")
    other = yaml_of(workflow(f"[{uses}]"))["spec"]["templates"]
    document["spec"]["templates"][0]["dag"]["tasks"] += other[0]["dag"]["tasks"]
    document["spec"]["templates"] += other[1:]
    assert outputs(read(json.dumps(document)))[0] == {"acc": ParameterType.STRING}
    pipeline = read(json.dumps(document), ReadOptions(declared_types=True), ("TR169",))
    assert outputs(pipeline)[0] == {"acc": ParameterType.NUMBER_DOUBLE}
