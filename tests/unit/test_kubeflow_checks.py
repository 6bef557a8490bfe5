"""What is said about a pipeline on its way to Kubeflow."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.kfp_files import only_if
from translator.diagnostics import Diagnostic, Origin, Rule, Severity
from translator.diagnostics import kubeflow as rules
from translator.model import (
    Accelerator,
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    Executor,
    ExecutorRef,
    FromParent,
    FromTask,
    Importer,
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
    RuntimeParameter,
    Strategy,
    Submission,
    Task,
    Trigger,
)
from translator.placeholders import Text, parse_text
from translator.records import replace
from translator.targets.kubeflow.checks import CHECKS, NAME
from translator.targets.kubeflow.writer import pipeline_name, write

if TYPE_CHECKING:
    from pathlib import Path

HERE = Origin("pipeline.yaml", 7, 3, "/root")
EXIT = Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)
PLAIN = Container(image=parse_text("python:3.11"), command=(parse_text("true"),), origin=HERE)


def pipeline_of(
    *, executor: Executor = PLAIN, tasks: dict[str, Task] | None = None, **changes: Any
) -> Pipeline:
    """A pipeline with one executor, of tasks that all run it."""
    tasks = tasks or {"say": task()}
    pipeline = Pipeline(
        name="train",
        root=Component(body=Dag(tasks=tasks, origin=HERE)),
        components={
            "comp-say": Component(body=ExecutorRef(label="exec-say")),
            "comp-dag": Component(body=Dag(tasks={"deep": task()})),
        },
        executors={
            "exec-say": executor,
            "exec-unused": OpaqueExecutor(kind="resolver", content={}),
        },
        origin=HERE,
    )
    return replace(pipeline, **changes)


def task(**fields: Any) -> Task:
    return Task(**{"component": "comp-say", "origin": HERE, **fields})


def container(*args: str, **fields: Any) -> Container:
    return replace(PLAIN, args=tuple(map(parse_text, args)), **fields)


def found(pipeline: Pipeline) -> list[Diagnostic]:
    return [finding for check in CHECKS for finding in check(pipeline)]


def constant(value: Json) -> dict[str, Task]:
    return {"say": task(parameters={"x": Constant(value=value)})}


def taking(default: Json) -> Interface:
    """One parameter, with a default."""
    text = Parameter(type=ParameterType.STRING, default=default, origin=HERE)
    return Interface(parameters={"x": text})


def saying(inputs: Interface) -> dict[str, Component]:
    return {"comp-say": Component(body=ExecutorRef(label="exec-say"), inputs=inputs)}


IMPORTER = Importer(uri=Constant(value="gs://b/o"), artifact=Artifact(schema_title="system.Model"))
TPU = Resources(accelerator=Accelerator(type=parse_text("tpu-v3"), count=parse_text("1")))

CASES: list[tuple[Rule, Pipeline, str]] = [
    (
        rules.FOREIGN_EXECUTOR,
        pipeline_of(executor=OpaqueExecutor(kind="customJob", content={}, origin=HERE)),
        "executor `exec-say` is a `customJob`",
    ),
    (
        rules.ARTIFACT_LOOP,
        pipeline_of(
            tasks={
                "each": task(
                    iterator=Iterator(
                        item_input="x", items=FromParent(name="xs"), over_artifacts=True
                    )
                )
            }
        ),
        "task `each` loops over a list of artifacts",
    ),
    (
        rules.CONDITIONAL_IMPORTER,
        pipeline_of(executor=IMPORTER, tasks={"get": task(trigger=only_if("1 == 1"))}),
        "importer task `get`",
    ),
    (
        rules.ONLY_EXIT_TASKS,
        pipeline_of(tasks={"last": task(trigger=EXIT)}),
        "`root` contains only exit tasks",
    ),
    (
        rules.RUNTIME_PARAMETER,
        pipeline_of(tasks={"say": task(parameters={"x": RuntimeParameter(name="seed")})}),
        "input `x` of task `say` uses the runtime parameter `seed`",
    ),
    (
        rules.HIDDEN_EXIT_TASK,
        pipeline_of(
            tasks={
                "body": task(),
                "mail": task(trigger=EXIT, depends_on=("body",)),
                "clean": task(trigger=EXIT, depends_on=("body",)),
            }
        ),
        "exit tasks `mail`, `clean` wait for the same task `body`; Kubeflow Pipelines runs only "
        "`mail`",
    ),
    (
        rules.REPEATED_EXIT_TASK,
        pipeline_of(
            tasks={
                "a": task(),
                "b": task(),
                "last": task(
                    trigger=EXIT,
                    depends_on=("a",),
                    parameters={"x": FromTask(task="b", output="o")},
                ),
            }
        ),
        "task `last` runs after the success or failure of `a`, `b`",
    ),
    (
        rules.AFTER_EXIT_TASK,
        pipeline_of(
            tasks={
                "body": task(),
                "last": task(trigger=EXIT, depends_on=("body",)),
                "after": task(depends_on=("last",)),
            }
        ),
        "task `after` waits for exit task `last`",
    ),
    (
        rules.RUN_PLACEHOLDER,
        pipeline_of(tasks=constant("runs/{{$.pipeline_job_name}}")),
        "`{{$.pipeline_job_name}}` in input `x` of task `say`",
    ),
    (
        rules.RUN_PLACEHOLDER,
        pipeline_of(executor=container("{{$.pipeline_task_uuid}}")),
        "`{{$.pipeline_task_uuid}}` in container `exec-say`",
    ),
    (
        rules.UNKNOWN_PLACEHOLDER,
        pipeline_of(executor=container("--project={{$.pipeline_google_cloud_project_id}}")),
        "`{{$.pipeline_google_cloud_project_id}}` in container `exec-say`",
    ),
    (
        rules.UNKNOWN_PLACEHOLDER,
        pipeline_of(tasks=constant("{{$.pipeline_root}}")),
        "`{{$.pipeline_root}}` in input `x` of task `say`",
    ),
    (
        rules.RUN_PLACEHOLDER,
        pipeline_of(root=replace(pipeline_of().root, inputs=taking("{{$.pipeline_job_uuid}}"))),
        "`{{$.pipeline_job_uuid}}` in the default of input `x` is not resolved",
    ),
    (
        rules.RUN_PLACEHOLDER,
        pipeline_of(
            root=replace(pipeline_of().root, inputs=taking("{{$.pipeline_job_uuid}}")),
            submission=Submission(arguments={"x": "a-{{$.pipeline_task_uuid}}"}, origin=HERE),
        ),
        "`{{$.pipeline_task_uuid}}` in the value of input `x` is not resolved",
    ),
    (
        rules.UNKNOWN_PLACEHOLDER,
        pipeline_of(components=saying(taking("{{$.pipeline_root}}"))),
        "`{{$.pipeline_root}}` in the default of input `x` of task `say` is not resolved",
    ),
    (
        rules.OLD_EXECUTOR_INPUT,
        pipeline_of(
            executor=container('"$PYTHON" -m kfp.v2.components.executor_main', "{{$}}"),
            components=saying(taking("a")),
        ),
        "container `exec-say` was compiled with kfp 1.8, which",
    ),
    (
        rules.INPUT_CONVERTED,
        pipeline_of(
            executor=container("python -m kfp.v2.components.executor_main", "{{$}}"),
            components=saying(taking("a")),
        ),
        "a wrapper before its command converts",
    ),
    (
        rules.NO_COMMAND,
        pipeline_of(executor=container("--x", command=())),
        "container `exec-say` has no `command`",
    ),
    (
        rules.ACCELERATOR_NAME,
        pipeline_of(executor=container(resources=TPU)),
        "accelerator `tpu-v3` of `exec-say`",
    ),
    (rules.ROOT_NOT_USED, pipeline_of(default_root="dummy_root"), "pipeline root `dummy_root`"),
    (rules.ROOT_NEEDS_CREDENTIALS, pipeline_of(default_root="gs://b/r"), "`gs://b/r`"),
    (
        rules.ROOT_NEEDS_CREDENTIALS,
        pipeline_of(submission=Submission(pipeline_root="s3://b"), default_root="minio://b"),
        "`s3://b`",
    ),
    (
        rules.FOREIGN_PLATFORM,
        pipeline_of(platforms={"google_cloud": Platform(), "kubernetes": Platform()}),
        "`google_cloud`",
    ),
    (rules.RENAMED, pipeline_of(name="My pipeline"), "`My pipeline`"),
    (
        rules.SCHEDULE,
        pipeline_of(submission=Submission(schedule="TZ=UTC 0 9 * * *")),
        "`TZ=UTC 0 9 * * *`",
    ),
    (rules.LABELS, pipeline_of(submission=Submission(labels={"team": "a"})), "`team`"),
    (rules.FAILS_FAST, pipeline_of(submission=Submission(fail_fast=False)), "other tasks"),
    (
        rules.RETRY_OF_DAG,
        pipeline_of(tasks={"inner": task(component="comp-dag", retry=Retry(max_retries=2))}),
        "`inner` is a sub-pipeline",
    ),
    (rules.LIFECYCLE, pipeline_of(executor=container(lifecycle={"preCacheCheck": {}})), "exec-say"),
    (
        rules.GOOGLE_CLOUD_COMPONENT,
        pipeline_of(
            executor=container(
                image=parse_text("gcr.io/ml-pipeline/google-cloud-pipeline-components:2.17.0")
            )
        ),
        "`exec-say` calls Google Cloud services",
    ),
    (
        rules.SCHEMA_BEYOND_TITLE,
        pipeline_of(
            executor=Importer(
                origin=HERE,
                uri=Constant(value="gs://a/b"),
                artifact=Artifact(instance_schema="title: kfp.Model\ntype: object\nx-a: 1\n"),
            )
        ),
        "the schema of what `exec-say` imports becomes `system.Model`",
    ),
]


@pytest.mark.parametrize(
    ("rule", "pipeline", "said"), CASES, ids=[f"{rule.code}-{said}" for rule, _, said in CASES]
)
def test_is_found_alone_and_with_its_place(rule: Rule, pipeline: Pipeline, said: str) -> None:
    (finding,) = found(pipeline)
    assert finding.rule is rule
    assert said in finding.message
    assert finding.origin == HERE
    assert "{" not in finding.help


def test_every_rule_is_shown() -> None:
    shown = {rule.code for rule, _, _ in CASES} | {"TR430"}  # below
    shown |= {"TR431", "TR432"}  # in test_workflow_checks
    shown |= {"TR424", "TR425"}  # tests/cases
    shown.add("TR429")  # in test_schema_2_0_0
    shown |= {"TR426", "TR427"}  # see test_cluster_settings
    assert shown == {rule.code for rule in vars(rules).values() if isinstance(rule, Rule)}


def test_rules_read_like_rules() -> None:
    for rule in vars(rules).values():
        if isinstance(rule, Rule):
            for sentence in filter(None, (rule.what, rule.hint)):
                assert not sentence.endswith(".")
                assert sentence[0] in "`{" or sentence[0].islower()
            assert rule.hint or rule.severity is Severity.NOTE


SILENT: dict[str, Pipeline] = {
    "a plain one": pipeline_of(),
    "an executor that nobody uses": pipeline_of(),
    "a loop over values": pipeline_of(
        tasks={
            "each": task(
                iterator=Iterator(item_input="x", items=Items(values=(1, 2))), parallelism=1
            )
        }
    ),
    "a condition on a container": pipeline_of(tasks={"say": task(trigger=only_if("a"))}),
    "an importer in a condition": pipeline_of(
        executor=IMPORTER,
        tasks={"if": task(component="comp-dag", trigger=only_if("a"))},
    ),
    "one exit task": pipeline_of(
        tasks={"body": task(), "last": task(trigger=EXIT, depends_on=("body",))}
    ),
    "exit tasks of different tasks": pipeline_of(
        tasks={
            "a": task(),
            "b": task(),
            "c": task(trigger=EXIT, depends_on=("a",)),
            "d": task(trigger=EXIT, depends_on=("b",)),
        }
    ),
    "a placeholder that is all of a constant": pipeline_of(
        tasks=constant("{{$.pipeline_job_uuid}}")
    ),
    "placeholders that are filled in": pipeline_of(
        executor=container(
            "{{$}}",
            "{{$.inputs.parameters['x']}}",
            "{{$.inputs.artifacts['x'].path}}/{{$.outputs.artifacts['x'].uri}}",
            "{{$.outputs.parameters['x'].output_file}}",
        )
    ),
    "an accelerator of Kubernetes": pipeline_of(
        executor=container(
            resources=Resources(accelerator=Accelerator(type=Text(("nvidia.com/gpu",))))
        )
    ),
    "an accelerator from an input": pipeline_of(
        executor=container(
            resources=Resources(
                accelerator=Accelerator(type=parse_text("{{$.inputs.parameters['kind']}}"))
            )
        )
    ),
    "a volume made by the driver": pipeline_of(
        executor=container(command=(), image=parse_text("argostub/createpvc"))
    ),
    "the root that a cluster has": pipeline_of(default_root="minio://mlpipeline/v2/artifacts"),
    "a retry of a container": pipeline_of(tasks={"say": task(retry=Retry(max_retries=1))}),
    "settings for Kubernetes": pipeline_of(platforms={"kubernetes": Platform()}),
}


@pytest.mark.parametrize("pipeline", SILENT.values(), ids=SILENT)
def test_what_works_is_not_talked_about(pipeline: Pipeline) -> None:
    assert found(pipeline) == []


def test_missing_pieces_and_circles_do_not_upset_it() -> None:
    pipeline = pipeline_of(tasks={"a": task(component="nobody"), "b": task(component="comp-dag")})
    circle = Component(body=Dag(tasks={"again": task(component="comp-dag")}))
    assert found(replace(pipeline, components={"comp-dag": circle}, executors={})) == []


@pytest.mark.parametrize("name", ["train", "a-b-1", "Train", "", "a_b", "-a", "a" * 129, "ä"])
def test_a_name_is_reported_exactly_when_it_is_changed(name: str) -> None:
    pipeline = pipeline_of(name=name)
    renamed = any(finding.rule is rules.RENAMED for finding in found(pipeline))
    assert renamed == (pipeline_name(name) != name)
    assert NAME.fullmatch(pipeline_name(name))


@pytest.mark.parametrize(
    "root", ["gs://b", "s3://b", "minio://b", "dummy_root", "/tmp", "file:///x"]
)
@pytest.mark.parametrize("of_a_run", [True, False])
def test_a_root_is_reported_exactly_when_it_is_left_out(
    root: str, of_a_run: bool, tmp_path: Path
) -> None:
    submission = Submission(pipeline_root=root if of_a_run else "")
    pipeline = pipeline_of(default_root="" if of_a_run else root, submission=submission)
    left_out = any(finding.rule is rules.ROOT_NOT_USED for finding in found(pipeline))
    for name, text in write(pipeline).items():
        (tmp_path / name).write_text(text, "utf-8")
    command = [sys.executable, tmp_path / "submit.py", "--dry-run"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert told["run"]["runtime_config"].get("pipeline_root") == (None if left_out else root)
