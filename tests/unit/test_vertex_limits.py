"""What is said of the limits of Vertex AI, and of what its users report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_vertex_checks import HERE, PLAIN, container, found, pipeline_of
from translator.diagnostics import Rule, Severity
from translator.diagnostics import vertex as rules
from translator.model import (
    Accelerator,
    Artifact,
    Component,
    Constant,
    Dag,
    EnvVariable,
    ExecutorRef,
    FromParent,
    Interface,
    Items,
    Iterator,
    Pipeline,
    Resources,
    Strategy,
    Task,
    Trigger,
)
from translator.placeholders import parse_text
from translator.records import replace


def items(count: int) -> Iterator:
    return Iterator(item_input="item", items=Items(values=tuple(range(count))))


def gpu(kind: str, count: str = "1") -> Pipeline:
    accelerator = Accelerator(type=parse_text(kind), count=parse_text(count), origin=HERE)
    return pipeline_of(replace(PLAIN, resources=Resources(accelerator=accelerator)))


def exit_pipeline(*, looped: bool = False, **fields: Any) -> Pipeline:
    """A DAG, and a task that runs whatever becomes of it."""
    say = Task(component="comp-say", iterator=items(2) if looped else None)
    tidy = Task(
        component="comp-say",
        depends_on=("work",),
        trigger=Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED),
        origin=HERE,
        **fields,
    )
    plain = pipeline_of()
    return replace(
        plain,
        root=Component(body=Dag(tasks={"work": Task(component="comp-work"), "tidy": tidy})),
        components={**plain.components, "comp-work": Component(body=Dag(tasks={"say": say}))},
    )


def nested_pipeline(*, given: bool) -> Pipeline:
    """A task that takes what the DAG around it may be given."""
    channel = FromParent(name="pipelinechannel--item")
    inner = Task(component="comp-say", parameters={"x": channel}, origin=HERE)
    known = {"pipelinechannel--item": Constant(value="1")} if given else {}
    plain = pipeline_of()
    return replace(
        plain,
        root=Component(body=Dag(tasks={"outer": Task(component="comp-dag", parameters=known)})),
        components={**plain.components, "comp-dag": Component(body=Dag(tasks={"inner": inner}))},
    )


def many_tasks(count: int) -> Pipeline:
    pipeline = pipeline_of(task=Task(component="comp-say", iterator=items(count)))
    return replace(pipeline, root=replace(pipeline.root, origin=HERE))


CASES: dict[str, tuple[Pipeline, Rule, dict[str, object]]] = {
    "accelerators that are gone": (
        gpu("NVIDIA_TESLA_P100"),
        rules.ACCELERATOR_ENDED,
        {
            "type": "NVIDIA_TESLA_P100",
            "since": "2026-09-15",
            "decision": "NVIDIA_TESLA_P100=NVIDIA_TESLA_T4",
        },
    ),
    "accelerators by their label on GKE": (
        gpu("nvidia-l4"),
        rules.UNKNOWN_ACCELERATOR,
        {"type": "nvidia-l4", "decision": "nvidia-l4=NVIDIA_L4"},
    ),
    "accelerators of another kind": (
        gpu("abacus"),
        rules.UNKNOWN_ACCELERATOR,
        {"type": "abacus", "decision": "abacus=TYPE"},
    ),
    "three accelerators": (
        gpu("NVIDIA_TESLA_T4", "3"),
        rules.ACCELERATOR_COUNT,
        {"count": "3", "type": "NVIDIA_TESLA_T4", "allowed": "1, 2, 4"},
    ),
    "a hundred and one variables": (
        container(
            env=tuple(EnvVariable(name=f"V{n}", value=parse_text("1")) for n in range(101)),
        ),
        rules.TOO_MANY_VARIABLES,
        {"count": 101, "limit": 100},
    ),
    "an image without a tag": (
        container(image=parse_text("localhost.example/a/b")),
        rules.MOVING_IMAGE,
        {"image": "localhost.example/a/b"},
    ),
    "the latest image": (
        container(image=parse_text("python:latest")),
        rules.MOVING_IMAGE,
        {"image": "python:latest"},
    ),
    "packages of any version": (
        container("python3 -m pip install --quiet 'numpy' 'pandas==2.0' 'ray[tune]' && exec $0"),
        rules.LOOSE_INSTALL,
        {"packages": "numpy, ray[tune]"},
    ),
    "more tasks than a run has": (
        many_tasks(10_001),
        rules.TOO_MANY_TASKS,
        {"count": "10,001", "limit": "10,000"},
    ),
    "more artifacts than a task has": (
        pipeline_of(
            components={
                "comp-say": Component(
                    body=ExecutorRef(label="exec-say"),
                    inputs=Interface(artifacts={f"a{n}": Artifact() for n in range(101)}),
                )
            },
            task=Task(component="comp-say", origin=HERE),
        ),
        rules.TOO_MANY_ARTIFACTS,
        {"task": "say", "count": "101", "limit": "100"},
    ),
    "values larger than Vertex AI takes": (
        pipeline_of(
            task=Task(
                component="comp-say",
                parameters={"x": Constant(value="x" * 131_073)},
                origin=HERE,
            )
        ),
        rules.LARGE_VALUES,
        {"task": "say", "size": "131,073", "limit": "131,072"},
    ),
    "letters of more than one byte": (
        pipeline_of(
            task=Task(
                component="comp-say",
                parameters={"x": Constant(value="é" * 65_537)},
                origin=HERE,
            )
        ),
        rules.LARGE_VALUES,
        {"task": "say", "size": "131,074", "limit": "131,072"},
    ),
    "a value inside a list for an exit task": (
        exit_pipeline(parameters={"x": Constant(value=["{{$.inputs.parameters['y']}}"])}),
        rules.EXIT_VALUE,
        {"task": "tidy", "input": "x"},
    ),
    "a loop before an exit task": (
        exit_pipeline(looped=True),
        rules.LOOP_BEFORE_EXIT,
        {"task": "tidy", "guarded": "work"},
    ),
    "an item that is lost on the way": (
        nested_pipeline(given=False),
        rules.UNSET_CHANNEL,
        {"task": "inner", "input": "x", "channel": "pipelinechannel--item"},
    ),
    "a name with a space": (
        pipeline_of(name="My Pipeline"),
        rules.RENAMED,
        {"name": "My Pipeline", "written": "my-pipeline"},
    ),
    "what Argo fills in": (
        container("echo {{workflow.name}} {{.items}} {{$}}"),
        rules.KNOWN_TO_KUBEFLOW,
        {"placeholder": "{{workflow.name}}"},
    ),
    "the workspace of Kubeflow": (
        container("{{$.workspace_path}}/x"),
        rules.KNOWN_TO_KUBEFLOW,
        {"placeholder": "{{$.workspace_path}}"},
    ),
}


@pytest.mark.parametrize(("pipeline", "rule", "facts"), CASES.values(), ids=CASES)
def test_is_found_alone_with_its_place_and_facts(
    pipeline: Pipeline, rule: Rule, facts: dict[str, object]
) -> None:
    (finding,) = found(pipeline)
    assert finding.rule is rule
    assert finding.facts == facts
    assert finding.origin == HERE


def test_every_rule_is_shown() -> None:
    shown = {rule.code for _, rule, _ in CASES.values()}
    assert shown == {f"TR3{n}" for n in range(19, 33)}


def test_only_what_cannot_run_at_all_is_an_error() -> None:
    errors = {rule for _, rule, _ in CASES.values() if rule.severity is Severity.ERROR}
    assert errors == {rules.TOO_MANY_VARIABLES, rules.TOO_MANY_TASKS, rules.TOO_MANY_ARTIFACTS}


@pytest.mark.parametrize(
    "pipeline",
    [
        gpu("NVIDIA_TESLA_T4", "4"),
        container(image=parse_text("python@sha256:abc")),
        container("pip install 'numpy==1.0' 'kfp==2.0'"),
        pipeline_of(task=Task(component="comp-say", iterator=items(10_000))),
        exit_pipeline(parameters={"x": Constant(value=["a"])}),
        nested_pipeline(given=True),
        container("{{$.inputs.artifacts['x']}} {{$.pipeline_google_cloud_location}}"),
    ],
)
def test_what_is_fine_is_not_talked_about(pipeline: Pipeline) -> None:
    assert found(pipeline) == []


@pytest.mark.parametrize(
    "pipeline",
    [
        gpu("{{$.inputs.parameters['kind']}}", "3"),
        gpu("NVIDIA_L4", "{{$.inputs.parameters['count']}}"),
    ],
)
def test_what_an_input_gives_is_not_checked_against_the_table(pipeline: Pipeline) -> None:
    assert [finding.rule for finding in found(pipeline)] == [rules.RUN_TIME_AMOUNT]
