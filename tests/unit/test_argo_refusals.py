"""What a workflow says of a whole run, and what KFP v2 cannot do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.argo_files import CALL_SUB, SUB, read, tasks, told, words, workflow, yaml_of
from translator.diagnostics import TranslationError
from translator.model import FromParent, Submission

# Failures, parallelism


def test_a_failure_stops_the_rest_unless_the_first_dag_says_otherwise() -> None:
    document = yaml_of(workflow("[{name: w, template: work}]"))
    assert read(json.dumps(document)).submission == Submission(fail_fast=True)
    document["spec"]["templates"][0]["dag"]["failFast"] = False
    assert read(json.dumps(document)).submission == Submission(fail_fast=False)
    inner = SUB.replace("  dag:\n", "  dag:\n    failFast: false\n")
    text = workflow(f"[{CALL_SUB % ('a', '')}]", inner)
    assert read(text, told=("TR163",)).submission.fail_fast


def test_parallelism_of_tasks_is_told() -> None:
    document = yaml_of(workflow(f"[{CALL_SUB % ('a', '')}]", SUB))
    for index in (0, 1):
        changed = json.loads(json.dumps(document))
        changed["spec"]["templates"][index]["parallelism"] = 2
        assert told(json.dumps(changed)) == ["TR162"]


# What is refused

REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    **{
        key: ({key: value}, {}, "TR140")
        for key, value in {
            "continueOn": {"failed": True},
            "hooks": {"exit": {"template": "work"}},
            "onExit": "work",
            "templateRef": {"name": "a", "template": "b"},
            "inline": {"container": {"image": "a"}},
        }.items()
    },
    **{
        key: ({"template": "t"}, {key: value}, "TR150")
        for key, value in {
            "suspend": {"duration": 5},
            "http": {"url": "a"},
            "plugin": {"a": 1},
            "containerSet": {"containers": []},
            "data": {"source": {}},
        }.items()
    },
    "nothing": ({"template": "t"}, {}, "TR150"),
    "missing": ({"template": "nowhere"}, {}, "TR143"),
}


@pytest.mark.parametrize(("task", "template", "code"), REFUSED.values(), ids=REFUSED)
def test_what_kfp_v2_cannot_do_is_refused_once(
    task: dict[str, Any], template: dict[str, Any], code: str
) -> None:
    listed = [{"name": "w", "template": "work"} | task, {"name": "v", "template": "work"}]
    templates = [{"name": "t", **template}] if task.get("template") == "t" else []
    assert told(workflow(json.dumps(listed), json.dumps(templates))) == [code]


def test_templates_that_nothing_runs_are_left_out_whatever_they_are() -> None:
    unused = "[{name: u, suspend: {}}, {name: v, container: {image: a}, hooks: {}}]"
    pipeline = read(workflow("[{name: w, template: work}]", unused), told=("TR155", "TR155"))
    assert list(pipeline.components) == ["comp-work"]


def test_other_mistakes_of_a_workflow_are_told() -> None:
    text = workflow("[{name: w, template: work}]")
    assert told(text.replace("entrypoint: main", "entrypoint: nowhere")) == ["TR141", "TR143"]
    assert told(workflow("[{name: w, template: work}]", onExit="nowhere")) == ["TR143"]
    twice = workflow("[{name: w, template: work}, {name: w, template: work}]")
    with pytest.raises(TranslationError) as refused:
        told(twice)
    assert [found.rule.code for found in refused.value.diagnostics] == ["TR172"]


def test_a_workflow_may_run_one_container() -> None:
    document = yaml_of(workflow("[{name: w, template: say}]", arguments={"text": "a"}))
    document["spec"] |= {"entrypoint": "say", "templates": document["spec"]["templates"][1:]}
    pipeline = read(json.dumps(document))
    assert tasks(pipeline)["say"].parameters == {"text": FromParent(name="text")}
    assert words(pipeline, "comp-say")[-1] == "{{$.inputs.parameters['text']}}"


def test_calls_of_dags_that_run_nothing_are_left_out() -> None:
    empty = (
        "- {name: empty, dag: {tasks: []}}\n"
        "- {name: around, dag: {tasks: [{name: e, template: empty}]}}"
    )
    listed = """
- {name: a, template: work}
- {name: e, template: around, dependencies: [a]}
- {name: b, template: work, dependencies: [e]}
"""
    found = tasks(read(workflow(listed, empty), told=("TR155", "TR155", "TR170")))
    assert found.keys() == {"a", "b"}
    assert found["b"].depends_on == ("a",)


def test_a_pipeline_without_tasks_is_told() -> None:
    empty = "- {name: empty, dag: {tasks: []}}"
    assert told(workflow("[]")) == ["TR174"]
    assert told(workflow("[{name: e, template: empty}]", empty)) == ["TR155", "TR170", "TR174"]


def test_an_input_of_the_first_dag_that_nothing_gives_is_refused() -> None:
    document = yaml_of(workflow("[{name: w, template: say}]"))
    document["spec"] |= {"entrypoint": "say", "templates": document["spec"]["templates"][1:]}
    assert told(json.dumps(document)) == ["TR152"]
    given = "{name: s, template: say, arguments: {parameters: [{name: text, value: '%s'}]}}"
    document = yaml_of(workflow(f"[{given % '{{inputs.parameters.x}}'}]"))
    document["spec"]["templates"][0]["inputs"] = {"parameters": [{"name": "x"}]}
    assert told(json.dumps(document)) == ["TR144"]
