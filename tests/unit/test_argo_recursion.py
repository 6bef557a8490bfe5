"""Templates that run themselves, and DAGs inside each other: written out, or refused."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.unit.argo_files import container, read, tasks, told, words, workflow
from tests.unit.kfp_files import only_if
from translator.diagnostics import Severity
from translator.diagnostics import kfp_v1 as rules
from translator.model import Constant, Dag, FromParent, FromTask, Pipeline, Task
from translator.readers.argo.recursion import MAX_COMPONENTS, MAX_DEPTH
from translator.readers.options import ReadOptions

FLIP = """
- name: flip
  inputs: {parameters: [{name: p}]}
  dag:
    tasks:
    - {name: make, template: make}
    - name: again
      template: flip
      when: '{{tasks.make.outputs.parameters.make-out}} == tails'
      dependencies: [make]
      arguments: {parameters: [{name: p, value: '{{inputs.parameters.p}}x'}]}
    - name: s
      template: say
      arguments: {parameters: [{name: text, value: '{{inputs.parameters.p}}'}]}
"""
CALL = "[{name: first, template: flip, arguments: {parameters: [{name: p, value: '%s'}]}}]"


def flipped(levels: int, value: str = "a", told: tuple[str, ...] = ("TR160",)) -> Pipeline:
    text = workflow(CALL % value, FLIP, arguments={"x": "1"})
    return read(text, ReadOptions(unroll_recursion=levels), told)


def below(pipeline: Pipeline, task: Task) -> dict[str, Task]:
    """The tasks that a task is made of, which are none for a container."""
    body = pipeline.components[task.component].body
    return dict(body.tasks) if isinstance(body, Dag) else {}


def test_recursion_is_refused_unless_it_is_to_be_written_out() -> None:
    text = workflow(CALL % "a", FLIP)
    assert told(text) == ["TR148"]
    assert rules.RECURSION.severity is Severity.ERROR


@pytest.mark.parametrize("levels", [1, 3])
def test_each_level_is_written_out_under_its_condition_and_the_last_one_fails(levels: int) -> None:
    pipeline = flipped(levels)
    held = below(pipeline, tasks(pipeline)["first"])
    condition = only_if("inputs.parameter_values['pipelinechannel--make-out'] == 'tails'")
    for level in range(levels):
        assert held.keys() == {"make", "again", "s"}
        assert held["s"].parameters == {"text": Constant(value="a" + "x" * level)}
        again = held["again"]
        assert again.trigger == condition
        assert again.depends_on == ("make",)
        made = FromTask(task="make", output="out")
        assert again.parameters["pipelinechannel--make-out"] == made
        held = below(pipeline, again)
    assert held.keys() == {"again"}
    last = container(pipeline, held["again"].component)
    assert str(last.image) == "alpine:3.20"
    assert [str(word) for word in last.command] == [
        *("sh", "-c", 'echo "$1" >&2; exit 1', "recursion-limit"),
        f"flip would run more than {levels} times, which is all that was written when the "
        "pipeline was translated",
    ]


def test_values_are_handed_down_through_all_levels() -> None:
    pipeline = flipped(2, "{{workflow.parameters.x}}")
    first = tasks(pipeline)["first"]
    assert first.parameters == {"p": FromParent(name="x")}
    inner = below(pipeline, below(pipeline, first)["again"])
    value = inner["s"].parameters["text"]
    assert isinstance(value, FromParent)
    given = below(pipeline, first)["again"].parameters[value.name]
    assert given == Constant(value="{{$.inputs.parameters['pipelinechannel--p']}}x")


def test_a_template_may_be_named_like_the_task_that_ends_recursion() -> None:
    mine = "- {name: flip-limit, container: {image: mine, command: [sh, -c, 'true']}}"
    both = (CALL % "a").replace("[{", "[{name: mine, template: flip-limit}, {", 1)
    pipeline = read(workflow(both, FLIP + mine), ReadOptions(unroll_recursion=1), ("TR160",))
    assert str(container(pipeline, tasks(pipeline)["mine"].component).image) == "mine"
    assert words(pipeline, "limit-flip")[3] == "recursion-limit"


MUTUAL = """
- name: a
  dag: {tasks: [{name: t, template: b}]}
  outputs: {parameters: [{name: o, valueFrom: {parameter: '{{tasks.t.outputs.parameters.o}}'}}]}
- name: b
  dag: {tasks: [{name: t, template: a}, {name: w, template: work}]}
  outputs: {parameters: [{name: o, valueFrom: {parameter: '{{tasks.t.outputs.parameters.o}}'}}]}
"""


@pytest.mark.parametrize(("levels", "code"), [(0, "TR148"), (2, "TR160")])
def test_templates_that_run_each_other_and_hand_outputs_on_are_recursion(
    levels: int, code: str
) -> None:
    value = "{{tasks.x.outputs.parameters.o}}"
    argument = {"parameters": [{"name": "text", "value": value}]}
    listed = [
        {"name": "x", "template": "a"},
        {"name": "s", "template": "say", "arguments": argument},
    ]
    text = workflow(json.dumps(listed), MUTUAL)
    assert told(text, ReadOptions(unroll_recursion=levels)) == [code]


# Size

TWICE = """
- name: two
  dag:
    tasks:
    - {name: a, template: two, when: '{{workflow.parameters.x}} == 1'}
    - {name: b, template: two, when: '{{workflow.parameters.x}} == 2'}
    - {name: w, template: work}
"""


def test_recursion_at_several_places_is_refused_where_it_comes_to_too_much() -> None:
    text = workflow("[{name: f, template: two}]", TWICE, arguments={"x": "1"})
    assert set(told(text, ReadOptions(unroll_recursion=3))) == {"TR160"}
    start = time.process_time()
    assert set(told(text, ReadOptions(unroll_recursion=20))) == {"TR160", "TR161"}
    assert time.process_time() - start < 30


def nested(depth: int, times: int = 1) -> str:
    """DAGs inside each other, each of which runs the next one some times."""
    given = {"parameters": [{"name": "p", "value": "{{inputs.parameters.p}}"}]}
    say = {"parameters": [{"name": "text", "value": "{{inputs.parameters.p}}"}]}

    def template(level: int) -> dict[str, Any]:
        inner = {
            "template": f"d{level + 1}",
            "arguments": given,
            "when": "{{inputs.parameters.p}} > 1",
        }
        last = {"template": "say", "arguments": say}
        calls = [{"name": f"t{n}", **(inner if level < depth else last)} for n in range(times)]
        inputs = {"parameters": [{"name": "p"}]}
        return {"name": f"d{level}", "inputs": inputs, "dag": {"tasks": calls}}

    call = (CALL % "{{workflow.parameters.x}}").replace("template: flip", "template: d1")
    templates = [template(level) for level in range(1, depth + 1)]
    return workflow(call, json.dumps(templates), arguments={"x": "1"})


def test_dags_nest_as_deep_as_the_limit() -> None:
    pipeline = read(nested(MAX_DEPTH - 1))  # and the first one
    assert len(pipeline.components) == MAX_DEPTH
    assert "TR161" in told(nested(MAX_DEPTH))
    assert "TR161" in told(nested(2_000))
    deep = told(workflow(CALL % "a", FLIP), ReadOptions(unroll_recursion=1_000))
    assert set(deep) == {"TR161"}


def test_dags_that_double_with_each_level_are_refused_in_good_time() -> None:
    def twice(level: int) -> dict[str, Any]:
        calls = [{"name": name, "template": f"d{level + 1}"} for name in "ab"]
        return {"name": f"d{level}", "dag": {"tasks": calls}}

    templates = [twice(level) for level in range(1, 40)]
    templates.append({"name": "d40", "dag": {"tasks": [{"name": "w", "template": "work"}]}})
    start = time.process_time()
    text = workflow("[{name: f, template: d1}]", json.dumps(templates))
    assert "TR161" in told(text)
    assert time.process_time() - start < 30
    assert len(read(nested(6, times=2)).components) == 2**6


def test_the_limit_is_that_of_vertex_ai() -> None:
    assert MAX_COMPONENTS == 10_000
