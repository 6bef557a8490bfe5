"""What a pipeline names has to be there, and no task waits for itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from translator.checks.references import references
from translator.diagnostics import Diagnostic, Origin, Rule, Severity
from translator.diagnostics import pipeline as rules
from translator.model import (
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    DagOutput,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Pipeline,
    RuntimeParameter,
    Task,
)
from translator.placeholders import parse_text
from translator.records import replace

HERE = Origin("pipeline.yaml", 7, 3, "/root")
X = Interface(
    parameters={"x": Parameter(type=ParameterType.STRING)}, artifacts={"data": Artifact()}
)


def task(**fields: Any) -> Task:
    return Task(**{"component": "comp-say", **fields})


def dag(tasks: dict[str, Task], **fields: Any) -> Component:
    return Component(body=Dag(tasks=tasks, **fields), inputs=X)


def pipeline_of(
    tasks: dict[str, Task], *, components: dict[str, Component] | None = None, **outputs: Any
) -> Pipeline:
    """A pipeline of these tasks, which run a component that has an output of each kind."""
    say = Component(body=ExecutorRef(label="exec-say"), inputs=X, outputs=X)
    return Pipeline(
        name="train",
        root=dag(tasks, **outputs),
        components={"comp-say": say, **(components or {})},
        executors={"exec-say": Container(image=parse_text("python:3.11"))},
    )


def found(pipeline: Pipeline) -> list[Diagnostic]:
    return list(references(pipeline))


CASES: dict[str, tuple[Pipeline, Rule, dict[str, object]]] = {
    "component": (
        pipeline_of({"say": task(component="comp-gone", origin=HERE)}),
        rules.UNKNOWN_COMPONENT,
        {"task": "say", "component": "comp-gone"},
    ),
    "executor": (
        pipeline_of(
            {"say": task()},
            components={"comp-b": Component(body=ExecutorRef(label="exec-gone"), origin=HERE)},
        ),
        rules.UNKNOWN_EXECUTOR,
        {"component": "comp-b", "executor": "exec-gone"},
    ),
    "dependency": (
        pipeline_of({"say": task(depends_on=("gone",), origin=HERE)}),
        rules.UNKNOWN_TASK,
        {"user": "say", "task": "gone"},
    ),
    "producer of a parameter": (
        pipeline_of(
            {"say": task(parameters={"x": FromTask(task="gone", output="x", origin=HERE)})}
        ),
        rules.UNKNOWN_TASK,
        {"user": "say", "task": "gone"},
    ),
    "producer of an artifact": (
        pipeline_of({"say": task(artifacts={"x": FromTask(task="gone", output="x", origin=HERE)})}),
        rules.UNKNOWN_TASK,
        {"user": "say", "task": "gone"},
    ),
    "task whose end is asked for": (
        pipeline_of({"say": task(parameters={"x": FinalStatus(task="gone", origin=HERE)})}),
        rules.UNKNOWN_TASK,
        {"user": "say", "task": "gone"},
    ),
    "producer of an output": (
        pipeline_of(
            {"say": task()},
            parameter_outputs={
                "o": DagOutput(sources=(FromTask(task="gone", output="x", origin=HERE),))
            },
        ),
        rules.UNKNOWN_TASK,
        {"user": "root", "task": "gone"},
    ),
    "output": (
        pipeline_of(
            {
                "say": task(),
                "hear": task(parameters={"x": FromTask(task="say", output="y", origin=HERE)}),
            }
        ),
        rules.UNKNOWN_OUTPUT,
        {"user": "hear", "output": "y", "task": "say"},
    ),
    "one of several outputs of the pipeline": (
        pipeline_of(
            {"say": task()},
            artifact_outputs={
                "o": DagOutput(
                    sources=(
                        FromTask(task="say", output="data"),
                        FromTask(task="say", output="model", origin=HERE),
                    ),
                    one_of=True,
                )
            },
        ),
        rules.UNKNOWN_OUTPUT,
        {"user": "root", "output": "model", "task": "say"},
    ),
    "output of the other kind": (
        pipeline_of(
            {
                "say": task(),
                "hear": task(artifacts={"data": FromTask(task="say", output="x", origin=HERE)}),
            }
        ),
        rules.UNKNOWN_OUTPUT,
        {"user": "hear", "output": "x", "task": "say"},
    ),
    "input": (
        pipeline_of({"say": task(parameters={"x": FromParent(name="z", origin=HERE)})}),
        rules.UNKNOWN_INPUT,
        {"task": "say", "input": "z", "component": "root"},
    ),
    "parameter that is an artifact": (
        pipeline_of({"say": task(parameters={"x": FromParent(name="data", origin=HERE)})}),
        rules.UNKNOWN_INPUT,
        {"task": "say", "input": "data", "component": "root"},
    ),
    "artifact that is a parameter": (
        pipeline_of({"say": task(artifacts={"data": FromParent(name="x", origin=HERE)})}),
        rules.UNKNOWN_INPUT,
        {"task": "say", "input": "x", "component": "root"},
    ),
    "inside a component": (
        pipeline_of(
            {"say": task(component="comp-dag")},
            components={
                "comp-dag": dag({"deep": task(parameters={"x": FromParent(name="z", origin=HERE)})})
            },
        ),
        rules.UNKNOWN_INPUT,
        {"task": "deep", "input": "z", "component": "comp-dag"},
    ),
    "cycle of dependencies": (
        pipeline_of(
            {
                "a": task(),
                "b": task(depends_on=("a", "d"), origin=HERE),
                "c": task(depends_on=("b",)),
                "d": task(depends_on=("c",)),
            }
        ),
        rules.TASK_CYCLE,
        {"cycle": "`b` → `d` → `c` → `b`"},
    ),
    "task that waits for itself": (
        pipeline_of({"a": task(depends_on=("a",), origin=HERE)}),
        rules.TASK_CYCLE,
        {"cycle": "`a` → `a`"},
    ),
    "cycle of values": (
        pipeline_of(
            {
                "a": task(parameters={"x": FromTask(task="b", output="x")}, origin=HERE),
                "b": task(artifacts={"data": FromTask(task="a", output="data")}),
            }
        ),
        rules.TASK_CYCLE,
        {"cycle": "`a` → `b` → `a`"},
    ),
    "cycle of a final status": (
        pipeline_of(
            {
                "a": task(parameters={"x": FinalStatus(task="b")}, origin=HERE),
                "b": task(depends_on=("a",)),
            }
        ),
        rules.TASK_CYCLE,
        {"cycle": "`a` → `b` → `a`"},
    ),
    "recursion": (
        pipeline_of(
            {"a": task(component="comp-a")},
            components={
                "comp-a": replace(dag({"b": task(component="comp-b")}), origin=HERE),
                "comp-b": dag({"a": task(component="comp-a")}),
            },
        ),
        rules.RECURSION,
        {"component": "comp-a"},
    ),
    "recursion at once": (
        pipeline_of(
            {"a": task(component="comp-a")},
            components={"comp-a": replace(dag({"a": task(component="comp-a")}), origin=HERE)},
        ),
        rules.RECURSION,
        {"component": "comp-a"},
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
    assert finding.severity is Severity.ERROR
    assert "{" not in finding.message + finding.help


def test_every_rule_is_shown() -> None:
    shown = {rule.code for _, rule, _ in CASES.values()} | {"TR208"}  # see test_secrets
    shown |= {"TR209", "TR210", "TR211"}  # see test_platforms
    shown |= {"TR212"}  # see test_prerequisites
    assert shown == {rule.code for rule in vars(rules).values() if isinstance(rule, Rule)}


SILENT: dict[str, Pipeline] = {
    "nothing": pipeline_of({}),
    "a task": pipeline_of({"say": task()}),
    "values of every kind": pipeline_of(
        {
            "a": task(
                parameters={
                    "x": FromParent(name="x"),
                    "y": Constant(value=1),
                    "z": RuntimeParameter(name="seed"),
                },
                artifacts={"data": FromParent(name="data")},
            ),
            "b": task(
                parameters={"x": FromTask(task="a", output="x"), "y": FinalStatus(task="a")},
                artifacts={"data": FromTask(task="a", output="data")},
                depends_on=("a",),
            ),
        },
        parameter_outputs={"o": DagOutput(sources=(FromTask(task="b", output="x"),))},
        artifact_outputs={"o": DagOutput(sources=(FromTask(task="b", output="data"),))},
    ),
    "two ways to the same task": pipeline_of(
        {
            "top": task(),
            "left": task(depends_on=("top",)),
            "right": task(depends_on=("top",)),
            "bottom": task(depends_on=("left", "right", "top")),
        }
    ),
    "one component in two places": pipeline_of(
        {"a": task(component="comp-a"), "b": task(component="comp-b")},
        components={
            "comp-a": dag({"deep": task(component="comp-b")}),
            "comp-b": dag({"deep": task()}),
        },
    ),
    "the same names on two levels": pipeline_of(
        {"a": task(component="comp-dag"), "b": task(depends_on=("a",))},
        components={"comp-dag": dag({"b": task(), "a": task(depends_on=("b",))})},
    ),
}


@pytest.mark.parametrize("pipeline", SILENT.values(), ids=SILENT)
def test_what_is_there_is_not_talked_about(pipeline: Pipeline) -> None:
    assert found(pipeline) == []


def test_each_missing_thing_is_told() -> None:
    gone = FromTask(task="gone", output="x")
    pipeline = pipeline_of({"a": task(depends_on=("gone",), parameters={"x": gone, "y": gone})})
    assert [finding.rule for finding in found(pipeline)] == [rules.UNKNOWN_TASK] * 3


def test_tasks_deeper_than_python_recurses() -> None:
    names = [f"t{number}" for number in range(5000)]
    chain = {name: task(depends_on=(after,)) for name, after in pairwise(names)}
    assert found(pipeline_of({**chain, names[-1]: task()})) == []
    (finding,) = found(pipeline_of({**chain, names[-1]: task(depends_on=("t0",), origin=HERE)}))
    assert finding.rule is rules.TASK_CYCLE


def test_what_the_reader_could_not_translate_is_not_missed_again() -> None:
    pipeline = pipeline_of({"say": task(component="comp-gone")})
    assert found(replace(pipeline, complete=False)) == []


def test_a_component_that_is_not_there_has_no_outputs_to_miss() -> None:
    pipeline = pipeline_of(
        {
            "a": task(component="comp-gone"),
            "b": task(parameters={"x": FromTask(task="a", output="anything")}),
        }
    )
    assert [finding.rule for finding in found(pipeline)] == [rules.UNKNOWN_COMPONENT]


MISSPELT: dict[str, tuple[Pipeline, Rule, str]] = {
    "component": (
        pipeline_of({"say": task(component="comp-sya")}),
        rules.UNKNOWN_COMPONENT,
        "comp-say",
    ),
    "executor": (
        pipeline_of({}, components={"comp-b": Component(body=ExecutorRef(label="exec_say"))}),
        rules.UNKNOWN_EXECUTOR,
        "exec-say",
    ),
    "dependency": (
        pipeline_of({"train": task(), "say": task(depends_on=("trian",))}),
        rules.UNKNOWN_TASK,
        "train",
    ),
    "producer": (
        pipeline_of(
            {"train": task(), "say": task(artifacts={"x": FromTask(task="Train", output="data")})}
        ),
        rules.UNKNOWN_TASK,
        "train",
    ),
    "final status": (
        pipeline_of({"train": task(), "say": task(parameters={"x": FinalStatus(task="trains")})}),
        rules.UNKNOWN_TASK,
        "train",
    ),
    "output": (
        pipeline_of(
            {"a": task(), "b": task(artifacts={"x": FromTask(task="a", output="dat")})},
        ),
        rules.UNKNOWN_OUTPUT,
        "data",
    ),
    "input": (
        pipeline_of({"a": task(artifacts={"x": FromParent(name="date")})}),
        rules.UNKNOWN_INPUT,
        "data",
    ),
}


@pytest.mark.parametrize(("pipeline", "rule", "meant"), MISSPELT.values(), ids=MISSPELT)
def test_what_was_meant_is_told(pipeline: Pipeline, rule: Rule, meant: str) -> None:
    (finding,) = found(pipeline)
    assert (finding.rule, finding.facts["meant"]) == (rule, meant)
    assert finding.help.startswith(f"did you mean `{meant}`? if not, compile the pipeline again")


def test_a_name_of_the_other_kind_is_not_meant() -> None:
    """An artifact is no parameter, so it is not proposed for one."""
    (finding,) = found(pipeline_of({"a": task(parameters={"x": FromParent(name="date")})}))
    assert "meant" not in finding.facts


def test_not_all_of_many_are_looked_up() -> None:
    """A file that is wrong throughout is told about in no more time."""
    missing = tuple(f"trian-{number}" for number in range(200))
    findings = found(pipeline_of({"train-1": task(), "say": task(depends_on=missing)}))
    assert len(findings) == 200
    assert "meant" in findings[0].facts
    assert "meant" not in findings[-1].facts
