"""Each message of a KFP v2 pipeline spec becomes its part of the model."""

from __future__ import annotations

import json
from typing import Any

import pytest

import translator
from tests.unit.kfp_files import (
    EVERYTHING,
    FILE,
    PLATFORMS,
    copied,
    only_if,
    read,
    read_task,
    spec,
    task,
    text_of,
    with_task,
)
from translator.diagnostics import Origin
from translator.model import (
    UNSET,
    Artifact,
    Caching,
    Component,
    Constant,
    Container,
    Dag,
    DagOutput,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    InputSource,
    Interface,
    Items,
    Iterator,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Platform,
    Retry,
    RuntimeParameter,
    Setting,
    Strategy,
    Submission,
    Task,
    Trigger,
)
from translator.model.expressions import Selector
from translator.model.kubernetes import Pod
from translator.placeholders import parse_text
from translator.records import replace
from translator.writers.pipeline_spec import platform_spec


def test_the_smallest_pipeline() -> None:
    assert read(spec()) == Pipeline(
        name="train",
        root=Component(
            body=Dag(tasks={"say": Task(component="comp-say", display_name="say")}),
        ),
        components={"comp-say": Component(body=ExecutorRef(label="exec-say"))},
        executors={"exec-say": Container(image=parse_text("python:3.11"))},
        dialect="KFP v2",
    )


def test_what_a_spec_says_of_itself() -> None:
    pipeline = read(EVERYTHING)
    assert pipeline.name == "train"
    assert pipeline.display_name == "Train it"
    assert pipeline.description == "All of it."
    assert pipeline.default_root == "gs://bucket/root"
    assert pipeline.sdk_version == "kfp-2.15.2"
    assert pipeline.complete


def test_yaml_and_json_say_the_same() -> None:
    assert translator.load_text(json.dumps(EVERYTHING)).pipeline == read(EVERYTHING)


def test_places_are_kept() -> None:
    text = text_of(spec())
    pipeline = translator.load_text(text, FILE).pipeline
    assert isinstance(pipeline.root.body, Dag)
    line = text.splitlines().index("      say:") + 1
    assert pipeline.root.body.tasks["say"].origin == Origin(FILE, line, 7, "/root/dag/tasks/say")


@pytest.mark.parametrize("kind", ParameterType, ids=lambda kind: kind.value)
def test_types_of_parameters(kind: ParameterType) -> None:
    assert interface({"parameters": {"x": {"parameterType": kind.value}}}) == Interface(
        parameters={"x": Parameter(type=kind)}
    )


@pytest.mark.parametrize("value", [None, False, 0, 1.5, 2**60, "", "a\n", [], {}, [{"b": [None]}]])
def test_any_json_is_a_default_and_null_is_one_too(value: Json) -> None:
    given = {"parameterType": "STRING", "defaultValue": value}
    parameter = interface({"parameters": {"x": given}}).parameters["x"]
    assert parameter.default == value
    assert type(parameter.default) is type(value)


def test_a_parameter_in_full_and_one_that_says_nothing() -> None:
    full = {
        "parameterType": "STRING",
        "isOptional": True,
        "description": "Which one.",
        "literals": ["a", None],
    }
    assert interface({"parameters": {"x": full, "y": {"parameterType": "LIST"}}}) == Interface(
        parameters={
            "x": Parameter(
                type=ParameterType.STRING,
                default=UNSET,
                optional=True,
                description="Which one.",
                literals=("a", None),
            ),
            "y": Parameter(type=ParameterType.LIST, default=UNSET, literals=None),
        }
    )


def test_artifacts_of_an_interface() -> None:
    model = {
        "artifactType": {"schemaTitle": "system.Model", "schemaVersion": "0.0.1"},
        "isArtifactList": True,
        "isOptional": True,
        "description": "Trained.",
        "metadata": {"a": [1]},
    }
    older = {"artifactType": {"instanceSchema": "title: kfp.Artifact\n"}}
    assert interface({"artifacts": {"model": model, "older": older, "any": {}}}) == Interface(
        artifacts={
            "model": Artifact(
                schema_title="system.Model",
                schema_version="0.0.1",
                is_list=True,
                optional=True,
                description="Trained.",
                metadata={"a": [1]},
            ),
            "older": Artifact(instance_schema="title: kfp.Artifact\n"),
            "any": Artifact(),
        }
    )


def interface(definitions: Json) -> Interface:
    """The inputs of a component; its outputs, defined so too, are the same."""
    say = {
        "executorLabel": "exec-say",
        "inputDefinitions": definitions,
        "outputDefinitions": definitions,
    }
    component = read(spec(components={"comp-say": say})).components["comp-say"]
    assert component.inputs == component.outputs
    return component.inputs


def test_what_a_component_says_for_platforms_is_carried() -> None:
    component = read(EVERYTHING).components["comp-train"]
    assert component.config_passthroughs == ({"field": "RESOURCES", "applyToTask": True},)
    assert component.platform_specs == ({"platform": "kubernetes", "config": {"a": 1}},)


def test_components_and_tasks_stay_in_order() -> None:
    names = ["c", "a", "b"]
    say = {"executorLabel": "exec-say"}
    pipeline = read(
        spec(
            root={"dag": {"tasks": {name: task() for name in names}}},
            components={"comp-say": say, **dict.fromkeys(names, say)},
        )
    )
    assert isinstance(pipeline.root.body, Dag)
    assert list(pipeline.root.body.tasks) == names
    assert list(pipeline.components) == ["comp-say", *names]


OUTPUT = {"producerTask": "a", "outputParameterKey": "o"}
SELECTED = {"parameterExpressionSelector": "parseJson(string_value)['k']"}
PART = Selector(path=("k",), written="parseJson(string_value)['k']")
SOURCES: dict[str, tuple[dict[str, Any], InputSource]] = {
    "constant": ({"runtimeValue": {"constant": [1, "a"]}}, Constant(value=[1, "a"])),
    "null": ({"runtimeValue": {"constant": None}}, Constant(value=None)),
    "runtime parameter": (
        {"runtimeValue": {"runtimeParameter": "seed"}},
        RuntimeParameter(name="seed"),
    ),
    "parent": ({"componentInputParameter": "x"}, FromParent(name="x")),
    "part of parent": (
        {"componentInputParameter": "x", **SELECTED},
        FromParent(name="x", selector=PART),
    ),
    "task": ({"taskOutputParameter": OUTPUT}, FromTask(task="a", output="o")),
    "part of task": (
        {"taskOutputParameter": OUTPUT, **SELECTED},
        FromTask(
            task="a",
            output="o",
            selector=PART,
        ),
    ),
    "final status": ({"taskFinalStatus": {"producerTask": "a"}}, FinalStatus(task="a")),
}


@pytest.mark.parametrize(("given", "source"), SOURCES.values(), ids=SOURCES)
def test_sources_of_parameters(given: dict[str, Any], source: InputSource) -> None:
    found = read_task(with_task(inputs={"parameters": {"p": given}}))
    assert found.parameters == {"p": source}
    assert found.artifacts == {}


def test_sources_of_artifacts() -> None:
    given = {
        "own": {"componentInputArtifact": "x"},
        "made": {"taskOutputArtifact": {"producerTask": "a", "outputArtifactKey": "o"}},
    }
    found = read_task(with_task(inputs={"artifacts": given}))
    assert found.artifacts == {"own": FromParent(name="x"), "made": FromTask(task="a", output="o")}
    assert found.parameters == {}


ITEMS = {"parameterIterator": {"itemInput": "x", "items": {"raw": "[1, 2]"}}}
TASKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "its name": ({"taskInfo": {"name": "Say it"}}, {"display_name": "Say it"}),
    "no name": ({"taskInfo": {}}, {"display_name": ""}),
    "dependencies": ({"dependentTasks": ["b", "a"]}, {"depends_on": ("b", "a")}),
    "condition": (
        {"triggerPolicy": {"condition": "1 < 2"}},
        {"trigger": only_if("1 < 2")},
    ),
    "exit task": (
        {"triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}},
        {"trigger": Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)},
    ),
    "plain trigger": (
        {"triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_SUCCEEDED"}},
        {"trigger": Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_SUCCEEDED)},
    ),
    "trigger that leaves it open": (
        {"triggerPolicy": {"strategy": "TRIGGER_STRATEGY_UNSPECIFIED"}},
        {"trigger": Trigger(strategy=None)},
    ),
    "loop over constants": (
        ITEMS,
        {"iterator": Iterator(item_input="x", items=Items(values=(1, 2)))},
    ),
    "loop over an input": (
        {"parameterIterator": {"itemInput": "x", "items": {"inputParameter": "xs"}}},
        {"iterator": Iterator(item_input="x", items=FromParent(name="xs"))},
    ),
    "loop over artifacts": (
        {"artifactIterator": {"itemInput": "x", "items": {"inputArtifact": "xs"}}},
        {"iterator": Iterator(item_input="x", items=FromParent(name="xs"), over_artifacts=True)},
    ),
    "parallelism": (
        {**ITEMS, "iteratorPolicy": {"parallelismLimit": 3}},
        {
            "iterator": Iterator(item_input="x", items=Items(values=(1, 2))),
            "parallelism": 3,
        },
    ),
    "no parallelism": ({"iteratorPolicy": {}}, {"parallelism": 0}),
    "retries": (
        {
            "retryPolicy": {
                "maxRetryCount": 3,
                "backoffDuration": "1.5s",
                "backoffFactor": 2,
                "backoffMaxDuration": "3600s",
            }
        },
        {
            "retry": Retry(
                max_retries=3,
                backoff_seconds=1.5,
                backoff_factor=2.0,
                max_backoff_seconds=3600.0,
            )
        },
    ),
    "retries left open": ({"retryPolicy": {}}, {"retry": Retry()}),
    "no retries": ({"retryPolicy": {"maxRetryCount": 0}}, {"retry": Retry(max_retries=0)}),
    "caching": (
        {"cachingOptions": {"enableCache": True, "cacheKey": "k"}},
        {"caching": Caching(enabled=True, key="k")},
    ),
    "no caching": ({"cachingOptions": {"enableCache": False}}, {"caching": Caching(enabled=False)}),
    "caching left open": ({"cachingOptions": {}}, {"caching": Caching(enabled=None)}),
}


@pytest.mark.parametrize(("given", "expected"), TASKS.values(), ids=TASKS)
def test_what_a_task_says(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read_task(with_task(**given)) == Task(
        **{"component": "comp-say", "display_name": "say", **expected}
    )


def test_outputs_of_a_dag() -> None:
    dag = copied(EVERYTHING["root"]["dag"])
    body = read(spec(root={"dag": {"tasks": {}, "outputs": dag["outputs"]}})).root.body
    each, fixed = FromTask(task="each", output="one"), FromTask(task="fixed", output="two")
    assert body == Dag(
        tasks={},
        parameter_outputs={
            "one": DagOutput(sources=(each,)),
            "any": DagOutput(sources=(each, fixed), one_of=True),
        },
        artifact_outputs={
            "model": DagOutput(
                sources=(
                    FromTask(task="each", output="model"),
                    FromTask(task="get", output="data"),
                ),
                one_of=True,
            )
        },
    )


KUBERNETES = Platform(
    executors={
        "exec-train": (
            Setting(name="secretAsEnv", value=[{"secretName": "s", "keyToEnv": []}]),
            Setting(name="podMetadata", value={"labels": {"a": "b"}}),
        )
    },
    settings=(Setting(name="pipelineConfig", value={"resourceTtlOnCompletion": 3600}),),
)


def test_the_platforms_stand_in_a_document_of_their_own_before_or_after_the_spec() -> None:
    after = read(EVERYTHING, PLATFORMS)
    # A container has the settings of its executor, which is not in the other pipelines here.
    assert after.platforms == {"kubernetes": replace(KUBERNETES, executors={})}
    container = after.executors["exec-train"]
    assert isinstance(container, Container)
    (odd, _) = KUBERNETES.executors["exec-train"]
    assert container.pod == Pod(labels={"a": "b"}, others=(odd,))
    assert read(PLATFORMS, EVERYTHING) == after


def test_settings_of_an_importer_and_empty_ones_stay_with_the_platform() -> None:
    executors = {"exec-get": {"imagePullPolicy": "Always"}, "exec-train": {}}
    document = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
    kept = read(EVERYTHING, document).platforms["kubernetes"].executors
    setting = Setting(name="imagePullPolicy", value="Always")
    assert kept == {"exec-get": (setting,), "exec-train": ()}
    assert platform_spec(read(EVERYTHING, document)) == document


def test_an_executor_of_another_platform_keeps_its_settings() -> None:
    executors = {"exec-train": {"imagePullPolicy": "Always"}}
    document = {"platforms": {"cloud": {"deploymentSpec": {"executors": executors}}}}
    assert list(read(EVERYTHING, document).platforms["cloud"].executors) == ["exec-train"]
    assert platform_spec(read(EVERYTHING, document)) == document


def test_documents_of_several_platforms_add_up() -> None:
    other = {"platforms": {"cloud": {}}}
    assert read(PLATFORMS, spec(), other).platforms == {
        "kubernetes": KUBERNETES,
        "cloud": Platform(),
    }


def test_nothing_after_the_last_document_is_no_document() -> None:
    text = text_of(spec(), PLATFORMS)
    assert translator.load_text(f"---\n---\n{text}---\n").pipeline == read(spec(), PLATFORMS)


def test_a_job_says_what_it_is_run_with() -> None:
    job = {
        "pipelineSpec": EVERYTHING,
        "displayName": "Train it now",
        "labels": {"team": "a"},
        "runtimeConfig": {
            "parameterValues": {"text": "b", "items": [1], "none": None},
            "gcsOutputDirectory": "gs://bucket/runs",
        },
    }
    pipeline = read(job)
    assert pipeline.submission == Submission(
        arguments={"text": "b", "items": [1], "none": None},
        pipeline_root="gs://bucket/runs",
        display_name="Train it now",
        labels={"team": "a"},
    )
    assert read(EVERYTHING).submission == Submission()
    assert pipeline.root == read(EVERYTHING).root


@pytest.mark.parametrize(("named", "fails_fast"), [("SLOW", False), ("FAST", True)])
def test_a_job_says_what_a_failure_means(named: str, fails_fast: bool) -> None:
    policy = f"PIPELINE_FAILURE_POLICY_FAIL_{named}"
    job = {"pipelineSpec": spec(), "runtimeConfig": {"failurePolicy": policy}}
    assert read(job).submission == Submission(fail_fast=fails_fast)


def test_a_job_may_leave_failures_to_the_backend() -> None:
    runtime = {"failurePolicy": "PIPELINE_FAILURE_POLICY_UNSPECIFIED"}
    assert read({"pipelineSpec": spec(), "runtimeConfig": runtime}).submission == Submission()


def test_a_job_may_say_nothing_more() -> None:
    assert read({"pipelineSpec": spec()}) == read(spec())
    assert read({"pipelineSpec": spec()}, PLATFORMS).platforms == {"kubernetes": KUBERNETES}
