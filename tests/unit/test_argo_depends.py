"""``depends`` of Argo runs the tasks that Argo runs, and no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from translator.readers.argo import depends
from translator.readers.argo.reading import workflow_of
from translator.source import parse

if TYPE_CHECKING:
    from translator.diagnostics import Diagnostic
    from translator.readers.argo.workflow import DagTask

RESULTS = ("Succeeded", "Skipped", "Omitted", "Daemoned", "Failed")
NAMES = ("a", "b-1", "c_2", "d")


def resolved(
    tasks: list[dict[str, Any]], *, fail_fast: bool = True
) -> tuple[dict[str, DagTask], list[Diagnostic]]:
    dag = {"name": "main", "dag": {"tasks": tasks, "failFast": fail_fast}}
    source = parse(json.dumps({"templates": [dag], "entrypoint": "main"}), "flow.json")
    workflow = depends.resolved(workflow_of(None, source.documents[0]))
    (template,) = workflow.templates.values()
    return {task.name: task for task in template.tasks}, source.diagnostics


def holds(task: DagTask) -> bool:
    """Whether the condition of a task, of constants, does."""
    written = "true" if task.when is None else task.when.text
    return bool(eval(written.title().replace("&&", " and ")))


def test_names_alone_are_dependencies() -> None:
    tasks, found = resolved(
        [
            {"name": "a", "template": "t"},
            {"name": "b", "template": "t", "depends": "a"},
            {"name": "c", "template": "t", "depends": " a&&(b) "},
        ]
    )
    assert tasks["b"].dependencies == ("a",)
    assert tasks["c"].dependencies == ("a", "b")
    assert tasks["c"].when is None
    assert found == []


@pytest.mark.parametrize(
    "expression",
    [
        *["a.Failed", "a.Skipped", "!a", "a || b", "a && b.Errored", "(a", "a)", "a b", "a.", ""],
        *[
            "a.Succeeded.x",
            "a || (b && a)",
            "a &&",
            "&& a",
            "a.AnySucceeded",
            "(" * 999,
            "a.succeeded",
        ],
        *["loop.Succeeded", "a == b", "a.Succeeded && a.Skipped"],
    ],
)
def test_other_expressions_are_refused(expression: str) -> None:
    _, found = resolved(
        [
            {"name": "a", "template": "t", "when": "1 == 1"},
            {"name": "b", "template": "t"},
            {"name": "loop", "template": "t", "withParam": "{{workflow.parameters.x}}"},
            {"name": "c", "template": "t", "depends": expression},
        ]
    )
    assert [finding.rule.code for finding in found] == ["TR140"]


def test_omitted_tasks_are_waited_for_where_a_failure_ends_all() -> None:
    tasks = [
        {"name": "a", "template": "t"},
        {"name": "b", "template": "t", "depends": "a.Succeeded || a.Omitted"},
    ]
    assert resolved(tasks)[1] == []
    _, found = resolved(tasks, fail_fast=False)
    assert [finding.rule.code for finding in found] == ["TR140"]


TERMS = (
    *("{}", "{}.Succeeded", "({}.Succeeded || {}.Skipped)", "({}.Succeeded || {}.Omitted)"),
    *("({} || {}.Omitted)", "({}.Succeeded && ({} || {}.Daemoned))"),
)


@st.composite
def dags(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Tasks with conditions that are known, each of which may wait for those before it."""
    tasks: list[dict[str, Any]] = []
    for number, name in enumerate(NAMES):
        task = {"name": name, "template": "t"}
        kind = draw(st.sampled_from(("", "true", "false", "false", "[]", '["x"]')))
        if kind:
            task |= {"withItems": json.loads(kind)} if kind[0] == "[" else {"when": kind}
        awaited = draw(st.lists(st.sampled_from(NAMES[:number]), unique=True)) if number else []
        terms = [draw(st.sampled_from(TERMS)).replace("{}", other) for other in awaited]
        if terms:
            task["depends"] = " && ".join(f"({term})" for term in terms)
        tasks.append(task)
    return tasks


def ends(tasks: list[dict[str, Any]]) -> dict[str, str]:
    """How Argo ends each task, where none fails (workflow/controller/dag.go)."""
    found: dict[str, str] = {}
    for task in tasks:
        expression = task.get("depends", "True").replace("||", " or ").replace("&&", " and ")
        for name in sorted(found, key=len, reverse=True):
            for result in RESULTS:
                expression = expression.replace(f"{name}.{result}", str(found[name] == result))
            bare = str(found[name] in ("Succeeded", "Skipped", "Daemoned"))
            expression = expression.replace(f"({name} ", f"({bare} ")
            expression = expression.replace(f" {name} ", f" {bare} ")
            expression = expression.replace(f" {name})", f" {bare})")
            expression = expression.replace(f"({name})", f"({bare})")
        if not eval(expression):
            found[task["name"]] = "Omitted"
        elif task.get("when") == "false" or task.get("withItems") == []:
            found[task["name"]] = "Skipped"
        else:
            found[task["name"]] = "Succeeded"
    return found


@settings(max_examples=500)
@given(dags())
def test_the_same_tasks_run(tasks: list[dict[str, Any]]) -> None:
    found, problems = resolved(tasks)
    assume(not problems)
    expected = {name for name, end in ends(tasks).items() if end == "Succeeded"}
    runs = {name for name, task in found.items() if holds(task) and task.items != []}
    assert runs == expected
