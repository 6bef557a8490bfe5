"""Behind a launcher of kfp's v2-compatible mode is the component that the launcher would run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.argo_files import (
    TAKES_FILE,
    TAKES_VALUE,
    container,
    inputs,
    outputs,
    read,
    tasks,
    told,
    words,
    workflow,
)
from translator.model import Artifact, Constant, FromParent, FromTask, ParameterType
from translator.model.kubernetes import AllKeys, OtherVolume, Pod, Reference, Toleration
from translator.readers.options import ReadOptions

STRING = ParameterType.STRING
#: As kfp 1.7 to 1.8 writes it, and as 1.6 did.
INFO: dict[str, dict[str, Any]] = {
    "1.8": {
        "inputParameters": {"x": {"type": "INT"}, "s": {"type": "STRING"}},
        "inputArtifacts": {
            "d": {"metadataPath": "/tmp/inputs/d/data", "schemaTitle": "system.Dataset"}
        },
        "outputParameters": {"o": {"type": "DOUBLE", "path": "/tmp/outputs/o/data"}},
        "outputArtifacts": {
            "m": {"metadataPath": "/tmp/outputs/m/data", "schemaTitle": "system.Model"}
        },
    },
    "1.6": {
        "inputParameters": {
            "x": {"parameterType": "INT", "parameterValue": "{{inputs.parameters.x}}"},
            "s": {"parameterType": "STRING", "parameterValue": "a=b"},
        },
        "inputArtifacts": {"d": {"fileInputPath": "/tmp/inputs/d/data"}},
        "outputParameters": {
            "o": {"parameterType": "DOUBLE", "fileOutputPath": "/tmp/outputs/o/data"}
        },
        "outputArtifacts": {
            "m": {
                "fileOutputPath": "/tmp/outputs/m/data",
                "artifactSchema": "title: kfp.Model\ntype: object\n",
            }
        },
    },
}
COMMAND = {
    "1.8": [
        *("/kfp-launcher/launch", "--mlmd_server_address", "$(METADATA_GRPC_SERVICE_HOST)"),
        *("--container_image", "$(KFP_V2_IMAGE)", "--task_name", "run"),
        *("--pipeline_name", "{{inputs.parameters.pipeline-name}}"),
        *("--pipeline_root", "{{inputs.parameters.pipeline-root}}"),
        *("--", "x={{inputs.parameters.x}}", "s=a=b", "--"),
    ],
    "1.6": ["/kfp-launcher/launch", "--task_name", "run"],
}
ARGS = [
    *("sh", "-c", 'program "$0" "$@"', "--executor_input", "{{$}}", "--function_to_execute", "f"),
    *("{{$.inputs.parameters['x']}}", "{{$.outputs.artifacts['m'].path}}"),
]


def launched(version: str = "1.8", args: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    """A template whose container a launcher starts."""
    pod = {"name": "KFP_POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    env = [
        pod,
        {"name": "KFP_V2_IMAGE", "value": "own:1"},
        {"name": "KFP_V2_RUNTIME_INFO", "value": json.dumps(INFO[version])},
        {"name": "WORKFLOW_ID", "value": "{{workflow.uid}}"},
        {"name": "MINE", "value": "v"},
    ]
    parameters = [{"name": name} for name in ("x", "pipeline-name", "pipeline-root")]
    return {
        "name": "make",
        "inputs": {
            "parameters": parameters,
            "artifacts": [{"name": "file", "path": "/tmp/inputs/d/data"}],
        },
        "outputs": {
            "parameters": [{"name": "make-o", "valueFrom": {"path": "/tmp/outputs/o/data"}}],
            "artifacts": [{"name": "make-m", "path": "/tmp/outputs/m/data"}],
        },
        "container": {
            "image": "python:3.9",
            "command": COMMAND[version],
            "args": ARGS if args is None else args,
            "env": env,
            "envFrom": [{"configMapRef": {"name": "metadata-grpc-configmap", "optional": True}}],
            "volumeMounts": [{"name": "kfp-launcher", "mountPath": "/kfp-launcher"}],
        },
        "initContainers": [{"name": "kfp-launcher", "image": "gcr.io/launcher"}],
        "volumes": [{"name": "kfp-launcher"}],
        **fields,
    }


def text_of(template: dict[str, Any]) -> str:
    """A workflow that runs the template between others."""
    given = [
        {"name": name, "value": "{{workflow.parameters." + name + "}}"}
        for name in ("x", "pipeline-name", "pipeline-root")
    ]
    file = {"name": "file", "from": "{{tasks.first.outputs.artifacts.first-out}}"}
    call = {
        "name": "make",
        "template": "make",
        "arguments": {"parameters": given, "artifacts": [file]},
    }
    uses = [TAKES_VALUE.replace("make-out", "make-o"), TAKES_FILE.replace("make-out", "make-m")]
    first = {
        "name": "first",
        "container": {"image": "a", "command": ["sh", "/f"]},
        "outputs": {"artifacts": [{"name": "first-out", "path": "/f"}]},
    }
    listed = ", ".join(["{name: first, template: first}", json.dumps(call), *uses])
    arguments = {"x": "5", "pipeline-name": "n", "pipeline-root": "gs://b/r"}
    return workflow(f"[{listed}]", json.dumps([first, template]), arguments=arguments)


@pytest.mark.parametrize("version", INFO)
def test_the_component_is_what_the_launcher_was_told_of(version: str) -> None:
    pipeline = read(text_of(launched(version)))
    assert tasks(pipeline)["make"].parameters == {
        "x": FromParent(name="x"),
        "s": Constant(value="a=b"),
    }
    assert tasks(pipeline)["make"].artifacts == {"d": FromTask(task="first", output="out")}
    assert outputs(pipeline, "comp-make") == ({"o": STRING}, ["m"])
    declared = {n: p.declared_type for n, p in inputs(pipeline, "comp-make").items()}
    assert declared == {"x": "Integer", "s": "String"}
    assert tasks(pipeline)["value"].parameters == {"text": FromTask(task="make", output="o")}
    assert tasks(pipeline)["path"].artifacts == {"file": FromTask(task="make", output="m")}


def test_its_program_is_what_the_launcher_starts_with_placeholders_as_they_are() -> None:
    pipeline = read(text_of(launched()))
    found = container(pipeline, "comp-make")
    assert str(found.image) == "own:1"
    assert words(pipeline, "comp-make") == ARGS
    assert [str(word) for word in found.command] == ARGS[:3]
    plain = read(text_of(launched(args=["program", "--x", "{{$.inputs.parameters['x']}}"])))
    assert [str(word) for word in container(plain, "comp-make").command] == ["program"]
    only = read(text_of(launched(args=["--x", "y"])))
    assert container(only, "comp-make").command == ()


def test_kinds_of_artifacts_are_said_in_either_way() -> None:
    new, old = (
        read(text_of(launched(version))).components["comp-make"] for version in ("1.8", "1.6")
    )
    assert new.inputs.artifacts["d"] == Artifact(
        schema_title="system.Dataset", schema_version="0.0.1"
    )
    assert new.outputs.artifacts["m"].schema_title == "system.Model"
    assert old.inputs.artifacts["d"].schema_title == "system.Artifact"
    assert old.outputs.artifacts["m"] == Artifact(
        instance_schema="title: kfp.Model\ntype: object\n"
    )


def test_what_the_launcher_alone_needs_is_left_out_and_the_rest_stays() -> None:
    found = container(read(text_of(launched())), "comp-make")
    assert [(variable.name, str(variable.value)) for variable in found.env] == [("MINE", "v")]
    assert found.pod == Pod()
    template = launched(
        volumes=[{"name": "kfp-launcher"}, {"name": "own", "emptyDir": {"a": 1}}],
        tolerations=[{"key": "a"}],
    )
    template["container"]["envFrom"].append({"secretRef": {"name": "own"}})
    found = container(read(text_of(template)), "comp-make")
    assert found.pod == Pod(
        unmounted={"own": OtherVolume(kind="emptyDir", content={"a": 1})},
        variables=(AllKeys(secret=Reference(name=Constant(value="own"))),),
        tolerations=(Toleration(key="a"),),
    )


def test_arguments_of_the_launcher_are_no_inputs_and_say_where_artifacts_go() -> None:
    pipeline = read(text_of(launched()))
    assert inputs(pipeline).keys() == {"x"}
    assert pipeline.default_root == "gs://b/r"


def test_types_count_if_they_are_asked_for() -> None:
    pipeline = read(text_of(launched()), ReadOptions(declared_types=True), ("TR169", "TR169"))
    kinds = {name: p.type for name, p in inputs(pipeline, "comp-make").items()}
    assert kinds == {"x": ParameterType.NUMBER_INTEGER, "s": STRING}
    assert outputs(pipeline, "comp-make")[0] == {"o": ParameterType.NUMBER_DOUBLE}


def test_a_file_that_the_launcher_does_not_know_is_refused() -> None:
    template = launched()
    template["inputs"]["artifacts"][0]["path"] = "/elsewhere"
    assert told(text_of(template)) == ["TR140"]


@pytest.mark.parametrize("info", ["{", "[]", "null", "{}", '{"inputParameters": 5}'])
def test_a_launcher_that_was_told_nothing_usable_is_a_program_like_others(info: str) -> None:
    template = launched()
    template["container"]["env"][2]["value"] = info
    found = container(read_anyhow(text_of(template)), "comp-make")
    assert str(found.image) == "python:3.9"
    assert "/kfp-launcher/launch" in [str(word) for word in found.command]


def read_anyhow(text: str) -> Any:
    """The pipeline, whatever is to be said of it."""
    return read(text, told=tuple(told(text)))
