"""What is written for a model: each part as its message of the pipeline spec, nothing more."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import translator
from tests.unit.kfp_files import (
    EVERYTHING,
    PLATFORMS,
    read,
    spec,
    text_of,
    with_executor,
    with_task,
)
from translator.model import (
    UNSET,
    Accelerator,
    Amount,
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    DagOutput,
    EnvVariable,
    Executor,
    ExecutorRef,
    FromParent,
    FromTask,
    Importer,
    InputSource,
    Interface,
    Items,
    Iterator,
    Json,
    OpaqueExecutor,
    Parameter,
    ParameterType,
    Pipeline,
    Platform,
    Resources,
    Retry,
    Setting,
    Task,
    Trigger,
)
from translator.model.kubernetes import Pod
from translator.placeholders import parse_text
from translator.records import replace
from translator.writers.pipeline_spec import pipeline_spec, platform_spec
from translator.writers.yaml_text import yaml_text

SMALL = Pipeline(
    name="train",
    root=Component(body=Dag(tasks={"say": Task(component="comp-say")})),
    components={"comp-say": Component(body=ExecutorRef(label="exec-say"))},
    executors={"exec-say": Container(image=parse_text("python:3.11"))},
)


def written_task(**fields: Any) -> Any:
    root = Component(body=Dag(tasks={"say": Task(**{"component": "comp-say", **fields})}))
    return pipeline_spec(replace(SMALL, root=root))["root"]["dag"]["tasks"]["say"]


def written_executor(executor: Executor) -> Any:
    written = pipeline_spec(replace(SMALL, executors={"exec-say": executor}))
    return written["deploymentSpec"]["executors"]["exec-say"]


def written_resources(**fields: Any) -> Any:
    container = Container(image=parse_text("i"), resources=Resources(**fields))
    return written_executor(container)["container"].get("resources")


def test_the_smallest_pipeline() -> None:
    assert pipeline_spec(SMALL) == {
        "pipelineInfo": {"name": "train"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-translator",
        "root": {
            "dag": {
                "tasks": {
                    "say": {"componentRef": {"name": "comp-say"}, "taskInfo": {"name": "say"}}
                }
            }
        },
        "components": {"comp-say": {"executorLabel": "exec-say"}},
        "deploymentSpec": {"executors": {"exec-say": {"container": {"image": "python:3.11"}}}},
    }


def test_a_file_that_says_everything_comes_back_as_it_was() -> None:
    pipeline = read(EVERYTHING, PLATFORMS)
    assert pipeline_spec(pipeline) == EVERYTHING
    assert platform_spec(pipeline) == PLATFORMS


def test_what_is_written_as_yaml_is_read_as_the_same() -> None:
    pipeline = read(EVERYTHING, PLATFORMS)
    text = yaml_text(pipeline_spec(pipeline)) + "---\n" + yaml_text(platform_spec(pipeline))
    assert translator.load_text(text).pipeline == pipeline
    assert list(yaml.safe_load_all(text)) == [EVERYTHING, PLATFORMS]


def test_the_model_is_not_changed() -> None:
    pipeline = read(EVERYTHING, PLATFORMS)
    pipeline_spec(pipeline)["root"]["dag"]["tasks"].clear()
    assert pipeline == read(EVERYTHING, PLATFORMS)


CONSTANTS: dict[str, Json] = {
    "null": None,
    "false": False,
    "zero": 0,
    "whole": 2**60,
    "fraction": 0.1,
    "whole fraction": 1.0,
    "empty": "",
    "text": "a\nb {{$.inputs.parameters['x']}}",
    "no items": [],
    "no fields": {},
    "nested": {"a": [1, None, {"b": ""}]},
}


@pytest.mark.parametrize("value", CONSTANTS.values(), ids=CONSTANTS)
def test_any_json_is_written_as_a_constant_and_as_a_default(value: Json) -> None:
    task = written_task(parameters={"p": Constant(value=value)})
    constant = task["inputs"]["parameters"]["p"]["runtimeValue"]["constant"]
    default = written_parameter(default=value)["defaultValue"]
    assert (constant, default) == (value, value)
    assert type(constant) is type(default) is type(value)


def written_parameter(**fields: Any) -> Any:
    inputs = Interface(parameters={"x": Parameter(type=ParameterType.LIST, **fields)})
    written = pipeline_spec(replace(SMALL, root=replace(SMALL.root, inputs=inputs)))
    return written["root"]["inputDefinitions"]["parameters"]["x"]


def test_no_default_is_not_a_null_one() -> None:
    assert written_parameter(default=UNSET) == {"parameterType": "LIST"}
    assert written_parameter(default=None) == {"parameterType": "LIST", "defaultValue": None}


def test_the_type_that_an_author_wrote_is_not_the_parameters_type() -> None:
    assert written_parameter(declared_type="GCSPath") == {"parameterType": "LIST"}


AMOUNTS: dict[str, tuple[dict[str, Amount], dict[str, Json]]] = {
    "text gives a number": (
        {"cpu_limit": Amount(text=parse_text("500m"))},
        {"cpuLimit": 0.5, "resourceCpuLimit": "500m"},
    ),
    "number gives a text": (
        {"cpu_request": Amount(number=2.0)},
        {"cpuRequest": 2.0, "resourceCpuRequest": "2"},
    ),
    "binary memory": (
        {"memory_limit": Amount(text=parse_text("4Gi"))},
        {"memoryLimit": 4.294967296, "resourceMemoryLimit": "4Gi"},
    ),
    "gigabytes": (
        {"memory_request": Amount(number=4.5)},
        {"memoryRequest": 4.5, "resourceMemoryRequest": "4.5G"},
    ),
    "both stay as they are": (
        {"cpu_limit": Amount(text=parse_text("1"), number=3.0)},
        {"cpuLimit": 3.0, "resourceCpuLimit": "1"},
    ),
    "a placeholder waits for the run": (
        {"memory_limit": Amount(text=parse_text("{{$.inputs.parameters['m']}}"))},
        {"resourceMemoryLimit": "{{$.inputs.parameters['m']}}"},
    ),
    "no amount": (
        {"memory_limit": Amount(text=parse_text("plenty"))},
        {"resourceMemoryLimit": "plenty"},
    ),
}


@pytest.mark.parametrize(("given", "expected"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_are_written_in_both_forms(
    given: dict[str, Amount], expected: dict[str, Json]
) -> None:
    assert written_resources(**given) == expected


def test_accelerators_are_written_in_both_forms() -> None:
    t4 = Accelerator(type=parse_text("NVIDIA_TESLA_T4"), count=parse_text("2"))
    assert written_resources(accelerator=t4) == {
        "accelerator": {
            "type": "NVIDIA_TESLA_T4",
            "count": "2",
            "resourceType": "NVIDIA_TESLA_T4",
            "resourceCount": "2",
        }
    }


def test_an_accelerator_that_waits_for_the_run_has_the_newer_form_alone() -> None:
    later = "{{$.inputs.parameters['a']}}"
    asked = Accelerator(type=parse_text(later), count=parse_text("1"))
    assert written_resources(accelerator=asked) == {
        "accelerator": {"resourceType": later, "count": "1", "resourceCount": "1"}
    }


def test_resources_that_say_nothing_are_not_written() -> None:
    assert written_resources() is None


DURATIONS = {
    0.0: "0s",
    60.0: "60s",
    1.5: "1.5s",
    0.1: "0.1s",
    1e-9: "0.000000001s",
    1e6: "1000000s",
    315576000000.0: "315576000000s",
}


@pytest.mark.parametrize(("seconds", "written"), DURATIONS.items(), ids=DURATIONS.values())
def test_durations_have_no_exponent(seconds: float, written: str) -> None:
    task = written_task(retry=Retry(backoff_seconds=seconds, max_backoff_seconds=seconds))
    assert task["retryPolicy"] == {"backoffDuration": written, "backoffMaxDuration": written}


def test_a_container_in_full() -> None:
    container = Container(
        image=parse_text("i"),
        command=(parse_text("sh"), parse_text("")),
        args=(parse_text('{{$.inputs.parameters["x"]}}'),),
        env=(EnvVariable(name="A", value=parse_text("")),),
        lifecycle={"preCacheCheck": {}},
        pod=Pod(others=(Setting(name="volumes", value=[]),)),
    )
    assert written_executor(container) == {
        "container": {
            "image": "i",
            "command": ["sh", ""],
            "args": ["{{$.inputs.parameters['x']}}"],
            "env": [{"name": "A", "value": ""}],
            "lifecycle": {"preCacheCheck": {}},
        }
    }


def test_an_importer_of_a_fixed_address() -> None:
    importer = Importer(uri=Constant(value="gs://b/o"), artifact=Artifact(schema_title="t"))
    assert written_executor(importer) == {
        "importer": {
            "artifactUri": {"constant": "gs://b/o"},
            "typeSchema": {"schemaTitle": "t"},
        }
    }


def test_an_executor_that_is_not_understood_is_written_as_it_was() -> None:
    content: Json = {"a": {}, "b": [None, ""]}
    assert written_executor(OpaqueExecutor(kind="customJob", content=content)) == {
        "customJob": content
    }


def test_outputs_of_one_task_and_of_whichever_ran() -> None:
    a, b = FromTask(task="a", output="x"), FromTask(task="b", output="y")
    dag = Dag(
        tasks={},
        parameter_outputs={
            "one": DagOutput(sources=(a,)),
            "any": DagOutput(sources=(a, b), one_of=True),
            "any of one": DagOutput(sources=(b,), one_of=True),
        },
        artifact_outputs={"any": DagOutput(sources=(a, b), one_of=True)},
    )
    written = pipeline_spec(replace(SMALL, root=Component(body=dag)))["root"]["dag"]["outputs"]
    a_parameter = {"outputParameterKey": "x", "producerSubtask": "a"}
    b_parameter = {"outputParameterKey": "y", "producerSubtask": "b"}
    assert written == {
        "parameters": {
            "one": {"valueFromParameter": a_parameter},
            "any": {"valueFromOneof": {"parameterSelectors": [a_parameter, b_parameter]}},
            "any of one": {"valueFromOneof": {"parameterSelectors": [b_parameter]}},
        },
        "artifacts": {
            "any": {
                "artifactSelectors": [
                    {"outputArtifactKey": "x", "producerSubtask": "a"},
                    {"outputArtifactKey": "y", "producerSubtask": "b"},
                ]
            }
        },
    }


def test_a_task_that_says_nothing_says_nothing() -> None:
    plain = written_task()
    assert written_task(trigger=Trigger(), retry=Retry(), depends_on=()) == plain
    assert written_task(parallelism=0)["iteratorPolicy"] == {"parallelismLimit": 0}


def test_an_artifact_cannot_be_a_constant() -> None:
    source: InputSource = Constant(value=1)
    with pytest.raises(TypeError, match="artifact cannot come from a Constant"):
        written_task(artifacts={"a": source})


def test_items_of_a_loop() -> None:
    loop = Iterator(item_input="x", items=Items(values=(1,)))
    assert written_task(iterator=loop)["parameterIterator"] == {
        "itemInput": "x",
        "items": {"raw": "[1]"},
    }
    loop = Iterator(item_input="x", items=FromParent(name="xs"))
    assert written_task(iterator=loop)["parameterIterator"]["items"] == {"inputParameter": "xs"}
    over_artifacts = replace(loop, over_artifacts=True)
    assert written_task(iterator=over_artifacts)["artifactIterator"] == {
        "itemInput": "x",
        "items": {"inputArtifact": "xs"},
    }


def test_platforms_and_none() -> None:
    assert platform_spec(SMALL) == {}
    assert platform_spec(replace(SMALL, platforms={"a": Platform()})) == {"platforms": {"a": {}}}


#: What a file may say in two ways, and how it is written. The lists of the docs are these.
SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "whole numbers": (
        with_task(retryPolicy={"maxRetryCount": "3"}, iteratorPolicy={"parallelismLimit": 2.0}),
        with_task(retryPolicy={"maxRetryCount": 3}, iteratorPolicy={"parallelismLimit": 2}),
    ),
    "durations": (
        with_task(retryPolicy={"backoffDuration": "1.50s"}),
        with_task(retryPolicy={"backoffDuration": "1.5s"}),
    ),
    "empty messages": (
        with_task(inputs={}, triggerPolicy={}, retryPolicy={}, dependentTasks=[]),
        with_task(),
    ),
    "values that are the default": (
        with_executor(
            {
                "importer": {
                    "artifactUri": {"constant": "gs://b"},
                    "reimport": False,
                    "metadata": {},
                }
            }
        ),
        with_executor({"importer": {"artifactUri": {"constant": "gs://b"}}}),
    ),
    "a strategy that says nothing": (
        with_task(triggerPolicy={"strategy": "TRIGGER_STRATEGY_UNSPECIFIED"}),
        with_task(),
    ),
    "no name of a task": (with_task(taskInfo={}), with_task(taskInfo={"name": "say"})),
    "no limit of iterations": (
        with_task(iteratorPolicy={}),
        with_task(iteratorPolicy={"parallelismLimit": 0}),
    ),
    "quotes in placeholders": (
        with_executor({"container": {"image": "i", "args": ['{{$.inputs.parameters["x"]}}']}}),
        with_executor({"container": {"image": "i", "args": ["{{$.inputs.parameters['x']}}"]}}),
    ),
    "an empty variable": (
        with_executor({"container": {"image": "i", "env": [{"name": "A"}]}}),
        with_executor({"container": {"image": "i", "env": [{"name": "A", "value": ""}]}}),
    ),
    "no SDK": (spec(), spec(sdkVersion="kfp-translator")),
}


@pytest.mark.parametrize(("given", "written"), SAME.values(), ids=SAME)
def test_what_can_be_said_in_two_ways_is_written_in_one(
    given: dict[str, Any], written: dict[str, Any]
) -> None:
    assert pipeline_spec(read(given)) == written | {"sdkVersion": "kfp-translator"}
    assert translator.load_text(text_of(written)).diagnostics == ()
