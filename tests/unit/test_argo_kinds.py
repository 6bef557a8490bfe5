"""The objects that hold a workflow, what they add to it, and what a cluster adds to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

import translator
from tests.unit.argo_files import read, tasks, told, workflow, yaml_of
from tests.unit.kfp_files import FILE
from translator.model import Setting
from translator.model.kubernetes import Pod

INNER = yaml_of(workflow("[{name: w, template: work}]"))["spec"]


def held(kind: str, spec: dict[str, Any], **metadata: Any) -> str:
    """An object of Argo."""
    about = {"name": "nightly", **metadata}
    return json.dumps(
        {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": about, "spec": spec}
    )


@pytest.mark.parametrize("kind", ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"])
def test_a_workflow_and_a_template_of_one_hold_the_same_pipeline(kind: str) -> None:
    pipeline = read(held(kind, INNER))
    assert pipeline.name == pipeline.display_name == "nightly"
    assert pipeline.root == read(workflow("[{name: w, template: work}]")).root
    assert pipeline.submission.schedule == ""
    assert pipeline.dialect == "KFP v1"


@pytest.mark.parametrize("kind", ["PipelineRun", "Sensor", "workflow"])
def test_other_kinds_are_no_pipelines(kind: str) -> None:
    with pytest.raises(translator.TranslationError) as caught:
        translator.load_text(held(kind, INNER))
    assert [finding.rule.code for finding in caught.value.diagnostics] == ["TR130"]


def alone(text: str) -> dict[str, Any]:
    """The workflow that Kubeflow gets of an object of Argo."""
    workflow = translator.load_text(text).workflow
    assert workflow is not None
    found = yaml.safe_load(workflow)
    assert isinstance(found, dict)
    return found


def test_what_goes_to_kubeflow_is_the_workflow_alone() -> None:
    text = held("Workflow", INNER)
    assert translator.load_text(text).workflow == text
    labels, annotations = {"a": "b"}, {"c": "d"}
    for kind, spec in {"WorkflowTemplate": INNER, "CronWorkflow": {"workflowSpec": INNER}}.items():
        own = held(kind, spec, labels=labels, annotations=annotations, uid="u", namespace="n")
        found = alone(own)
        assert (found["apiVersion"], found["kind"]) == ("argoproj.io/v1alpha1", "Workflow")
        assert found["metadata"] == {
            "generateName": "nightly-",
            "labels": labels,
            "annotations": annotations,
        }
        assert found["spec"] == INNER


SCHEDULES = {
    "0 5 * * *": "0 5 * * *",
    " 0  5 * *\t1-5 ": "0 5 * * 1-5",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@Weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "TZ=Asia/Tokyo 0 5 * * *": "TZ=Asia/Tokyo 0 5 * * *",
    "CRON_TZ=Asia/Tokyo @daily": "TZ=Asia/Tokyo 0 0 * * *",
}


def cron(**fields: Any) -> str:
    return held("CronWorkflow", {"workflowSpec": INNER, **fields})


@pytest.mark.parametrize(("written", "schedule"), SCHEDULES.items(), ids=SCHEDULES)
def test_a_schedule_is_five_fields_with_a_zone_before_them(written: str, schedule: str) -> None:
    pipeline = read(cron(schedule=written))
    assert pipeline.submission.schedule == schedule
    assert pipeline.name == "nightly"
    assert list(tasks(pipeline)) == ["w"]
    zoned = read(cron(schedule=written, timezone="Europe/Berlin")).submission.schedule
    own = schedule if schedule.startswith("TZ=") else f"TZ=Europe/Berlin {schedule}"
    assert zoned == own


@pytest.mark.parametrize("written", ["@every 1h", "0 5 * *", "0 0 5 * * *", "never", ""])
def test_a_schedule_that_five_fields_cannot_say_is_told(written: str) -> None:
    assert read(cron(schedule=written), told=("TR166",)).submission.schedule == ""


def test_the_first_of_several_schedules_counts() -> None:
    several = ["0 5 * * *", "@daily"]
    assert read(cron(schedules=several), told=("TR165",)).submission.schedule == "0 5 * * *"
    assert read(cron(schedules=several[1:])).submission.schedule == "0 0 * * *"
    assert read(cron()).submission.schedule == ""


def test_what_else_a_schedule_says_is_told() -> None:
    more = {
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 5,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 1,
        "when": "a",
    }
    assert told(cron(schedule="@daily", **more)) == ["TR164"] * len(more)
    suspended = read(cron(schedule="@daily", suspend=True), told=("TR164",))
    assert suspended.submission.schedule == ""


def test_a_schedule_may_have_metadata_for_what_it_runs() -> None:
    own = {"labels": {"a": "b"}, "annotations": {"c": "d"}}
    text = held(
        "CronWorkflow",
        {"workflowSpec": INNER, "schedule": "@daily", "workflowMetadata": own},
        labels={"of": "the schedule"},
        uid="u",
    )
    assert read(text).name == "nightly"
    assert alone(text)["metadata"] == {"generateName": "nightly-", **own}


# What a cluster adds


def test_what_a_cluster_adds_to_metadata_means_nothing() -> None:
    added = {
        "uid": "1-2",
        "resourceVersion": "5",
        "generation": 3,
        "creationTimestamp": "2024-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}],
        "selfLink": "/apis/x",
    }
    assert read(held("Workflow", INNER, **added)).pod == Pod()
    assert read(held("Workflow", INNER, creationTimestamp=None)).pod == Pod()
    kept = read(held("Workflow", INNER, namespace="n", finalizers=["f"])).pod.others
    assert kept == (
        Setting(name="metadata.namespace", value="n"),
        Setting(name="metadata.finalizers", value=["f"]),
    )


def test_the_status_of_a_workflow_means_nothing() -> None:
    document = json.loads(held("Workflow", INNER))
    document["status"] = {"phase": "Failed", "nodes": {"a": {"outputs": {"x": []}}}}
    assert read(json.dumps(document)).root == read(held("Workflow", INNER)).root


# Names, and who compiled it


def test_the_pipeline_has_the_name_that_its_author_gave() -> None:
    spec = {"name": "Train it: Now", "description": "All of it.", "inputs": []}
    annotations = {
        "pipelines.kubeflow.org/pipeline_spec": json.dumps(spec),
        "pipelines.kubeflow.org/kfp_sdk_version": "1.8.22",
        "pipelines.kubeflow.org/pipeline_compilation_time": "2022-01-01T00:00:00",
    }
    text = held("Workflow", INNER, generateName="train-it-", annotations=annotations)
    pipeline = read(text)
    assert (pipeline.name, pipeline.display_name) == ("train-it-now", "Train it: Now")
    assert pipeline.description == "All of it."
    assert pipeline.sdk_version == "kfp-1.8.22"
    older = {"kubeflow.org/pipelines/pipeline_spec": json.dumps(spec)}
    assert read(held("Workflow", INNER, annotations=older)).display_name == "Train it: Now"


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"name": "a"}, "a"),
        ({"generateName": "a-b-"}, "a-b"),
        ({"name": "x" * 200}, "x" * 128),
        ({}, "pipeline"),
        ({"name": "Ünï_X"}, "n-x"),
    ],
)
def test_a_workflow_without_annotations_has_the_name_of_the_object(
    metadata: dict[str, str], name: str
) -> None:
    assert read(workflow("[{name: w, template: work}]", metadata=metadata)).name == name


def test_a_second_workflow_in_the_file_is_refused() -> None:
    text = workflow("[{name: w, template: work}]")
    with pytest.raises(translator.TranslationError) as caught:
        translator.load_text(f"{text}---\n{text}", FILE)
    assert [finding.rule.code for finding in caught.value.diagnostics] == ["TR132"]


@pytest.mark.parametrize("key", ["hooks", "workflowTemplateRef", "templateDefaults"])
def test_what_changes_a_whole_workflow_is_refused(key: str) -> None:
    assert told(workflow("[{name: w, template: work}]", **{key: {"a": "b"}})) == ["TR140"]
