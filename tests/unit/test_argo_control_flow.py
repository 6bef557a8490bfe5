"""Tasks run under the conditions and in the order that Argo would run them in."""

from __future__ import annotations

import json

import pytest

from tests.unit.argo_files import (
    CALL_SUB,
    SUB,
    TAKES_VALUE,
    container,
    dag,
    inputs,
    read,
    tasks,
    told,
    words,
    workflow,
)
from tests.unit.kfp_files import only_if
from translator.model import Constant, FromParent, FromTask, Parameter, ParameterType

MADE = "{{tasks.make.outputs.parameters.make-out}}"
MAKE = "{name: make, template: make}"
STRING = ParameterType.STRING


def given(name: str) -> str:
    """How a condition reads an input."""
    return f"inputs.parameter_values['pipelinechannel--{name}']"


# Conditions


def test_a_condition_reads_inputs_of_its_task_which_a_dag_around_it_declares() -> None:
    text = workflow(f'[{MAKE}, {{name: c, template: work, when: \'"{MADE}" == "1"\'}}]')
    pipeline = read(text)
    task = tasks(pipeline)["c"]
    assert task.trigger == only_if(f"{given('make-out')} == '1'")
    assert task.parameters == {"pipelinechannel--make-out": FromTask(task="make", output="out")}
    assert inputs(pipeline, task.component) == {"pipelinechannel--make-out": Parameter(type=STRING)}
    assert tasks(pipeline, task.component)["c"].component == "comp-work"
    assert tasks(pipeline, task.component)["c"].trigger is None


def test_a_condition_on_a_dag_is_the_dags_own() -> None:
    call = CALL_SUB % (f"'{MADE}'", f", when: '{MADE} > {{{{workflow.parameters.x}}}}'")
    pipeline = read(workflow(f"[{MAKE}, {call}]", SUB, arguments={"x": "1"}))
    task = tasks(pipeline)["sub"]
    assert task.component == "comp-sub"
    assert task.trigger == only_if(f"double({given('make-out')}) > double({given('x')})")
    assert task.parameters == {
        "p": FromTask(task="make", output="out"),
        "pipelinechannel--make-out": FromTask(task="make", output="out"),
        "pipelinechannel--x": FromParent(name="x"),
    }
    assert inputs(pipeline, "comp-sub").keys() == task.parameters.keys()


CONDITIONAL_SUB = SUB.replace(
    "template: say\n", "template: say\n      when: '{{inputs.parameters.p}} == a'\n"
)


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ("a", "'a' == 'a'"),
        ("5", "false"),
        ("'{{workflow.parameters.x}}'", f"{given('p')} == 'a'"),
        ("'{{workflow.uid}}'", f"{given('operand')} == 'a'"),
        ("'b{{workflow.parameters.x}}'", f"{given('p')} == 'a'"),
    ],
)
def test_what_a_condition_compares_may_be_known_already(value: str, condition: str) -> None:
    pipeline = read(workflow(f"[{CALL_SUB % (value, '')}]", CONDITIONAL_SUB, arguments={"x": "1"}))
    task = tasks(pipeline, "comp-sub")["s"]
    assert task.trigger == only_if(condition)
    if "operand" in condition:
        constant = Constant(value="{{$.pipeline_job_uuid}}")
        assert task.parameters["pipelinechannel--operand"] == constant


def test_operands_of_several_references_are_one_input() -> None:
    when = f'"{MADE}/{{{{workflow.parameters.x}}}}" == "{MADE}"'
    call = json.dumps({"name": "c", "template": "work", "when": when})
    found = tasks(read(workflow(f"[{MAKE}, {call}]", arguments={"x": "1"})))["c"]
    assert found.trigger == only_if(f"{given('operand')} == {given('make-out')}")
    assert found.parameters["pipelinechannel--operand"] == Constant(
        value="{{$.inputs.parameters['pipelinechannel--make-out']}}"
        "/{{$.inputs.parameters['pipelinechannel--x']}}"
    )
    assert found.parameters["pipelinechannel--x"] == FromParent(name="x")


ONE = "{name: %s, container: {image: %s, command: [sh, /b]}, outputs: {parameters: [%s]}}"
PORT = "{name: %s, valueFrom: {path: /b}}"
TWO = f"[{ONE % ('one', 'a', PORT % 'b-c')}, {ONE % ('two', 'b', PORT % 'c')}]"


def test_values_whose_names_come_out_the_same_stay_apart() -> None:
    values = ["{{tasks.a.outputs.parameters.b-c}}", "{{tasks.a-b.outputs.parameters.c}}"]
    argument = {"name": "text", "value": " ".join([*values, "{{workflow.parameters.a-b-c}}"])}
    listed = [
        {"name": "a", "template": "one"},
        {"name": "a-b", "template": "two"},
        {"name": "c", "template": "work", "when": " == ".join(values)},
        {"name": "s", "template": "say", "arguments": {"parameters": [argument]}},
    ]
    found = tasks(read(workflow(json.dumps(listed), TWO, arguments={"a-b-c": "1"})))
    one, two = FromTask(task="a", output="b-c"), FromTask(task="a-b", output="c")
    assert found["c"].trigger == only_if(f"{given('a-b-c')} == {given('a-b-c-2')}")
    assert list(found["c"].parameters.values()) == [one, two]
    parameters = dict(found["s"].parameters)
    assert parameters.pop("text") == Constant(
        value=" ".join(f"{{{{$.inputs.parameters['{name}']}}}}" for name in parameters)
    )
    assert list(parameters.values()) == [one, two, FromParent(name="a-b-c")]


@pytest.mark.parametrize(
    "when", ["{{workflow.parameters.x}} =~ 'a'", "{{workflow.parameters.x}} in ('a')", "=="]
)
def test_what_has_no_equal_in_a_condition_is_refused(when: str) -> None:
    text = workflow(
        json.dumps([{"name": "c", "template": "work", "when": when}]), arguments={"x": "1"}
    )
    assert told(text) == ["TR147"]


# Order


def waited(depends: str) -> tuple[str, ...]:
    listed = f"[{MAKE}, {{name: b, template: work}}, {{name: c, template: work, {depends}}}]"
    return tasks(read(workflow(listed)))["c"].depends_on


def test_order_without_data_stays() -> None:
    assert waited("dependencies: [make, b]") == ("make", "b")
    assert waited("depends: make") == ("make",)
    assert waited("depends: make && b") == ("make", "b")
    assert waited("depends: ' make&&b '") == ("make", "b")
    assert waited("dependencies: []") == ()


@pytest.mark.parametrize(
    "depends", ["a.Failed", "a || b", "!a", "a && (b || c)", "a.Succeeded && !b"]
)
def test_other_ways_to_wait_are_refused(depends: str) -> None:
    listed = [{"name": n, "template": "work"} for n in "abc"]
    listed.append({"name": "d", "template": "work", "depends": depends})
    assert told(workflow(json.dumps(listed))) == ["TR140"]


AFTER = f"""
- {MAKE}
- {{name: c, template: make, when: '{MADE} == a', dependencies: [make]}}
- {{name: after, template: work, dependencies: [c]}}
- {{name: alone, template: work, when: '{MADE} == a'}}
"""


def test_what_waits_for_a_conditional_task_runs_when_that_was_skipped() -> None:
    """KFP v2 skips what waits for a skipped task; a DAG of a skipped task alone succeeds."""
    pipeline = read(workflow(AFTER))
    found = tasks(pipeline)
    assert (found["c"].trigger, found["after"].trigger) == (None, None)
    assert found["c"].depends_on == ("make",)
    assert found["after"].depends_on == ("c",)
    inner = tasks(pipeline, found["c"].component)
    assert inner["c"].trigger == only_if(f"{given('make-out')} == 'a'")
    assert inner["c"].parameters == {
        "pipelinechannel--make-out": FromParent(name="pipelinechannel--make-out")
    }
    assert inner["c"].depends_on == ()
    assert found["alone"].trigger is not None


def test_outputs_leave_the_dag_around_a_conditional_task() -> None:
    say = "{name: s, template: say, arguments: {parameters: [{name: text, value: '%s'}]}}"
    pipeline = read(workflow(AFTER + f"- {say % MADE.replace('tasks.make', 'tasks.c')}"))
    assert tasks(pipeline)["s"].parameters == {"text": FromTask(task="c", output="out")}
    around = tasks(pipeline)["c"].component
    for _ in range(2):
        (source,) = dag(pipeline, around).parameter_outputs["out"].sources
        assert source == FromTask(task="c", output="out")
        around = tasks(pipeline, around)["c"].component
    assert around == "comp-make"


# Steps

A_OUT = "{{steps.a.outputs.parameters.make-out}}"
STEPS = f"""
- name: st
  inputs: {{parameters: [{{name: v}}]}}
  steps:
  - - {{name: a, template: make}}
    - {{name: b, template: work}}
  - - name: c
      template: say
      arguments:
        parameters: [{{name: text, value: '{A_OUT}-{{{{inputs.parameters.v}}}}'}}]
  - {{name: d, template: work}}
  outputs: {{parameters: [{{name: o, valueFrom: {{parameter: '{A_OUT}'}}}}]}}
"""


def test_steps_are_tasks_each_group_of_which_waits_for_the_one_before() -> None:
    take = TAKES_VALUE.replace("tasks.make", "tasks.st").replace(
        "parameters.make-out", "parameters.o"
    )
    call = "{name: st, template: st, arguments: {parameters: [{name: v, value: x}]}}"
    uses = f"[{call}, {take}]"
    pipeline = read(workflow(uses, STEPS))
    found = tasks(pipeline, "comp-st")
    waits = {name: task.depends_on for name, task in found.items()}
    assert waits == {"a": (), "b": (), "c": ("a", "b"), "d": ("c",)}
    assert found["c"].parameters == {
        "pipelinechannel--a-out": FromTask(task="a", output="out"),
        "text": Constant(value="{{$.inputs.parameters['pipelinechannel--a-out']}}-x"),
    }
    made = dag(pipeline, "comp-st").parameter_outputs["o"].sources
    assert made == (FromTask(task="a", output="out"),)
    assert tasks(pipeline)["value"].parameters == {"text": FromTask(task="st", output="o")}


# Scripts


def test_a_script_is_a_file_that_its_program_is_given() -> None:
    script = """
- name: run
  inputs: {parameters: [{name: a, value: '5'}]}
  script:
    image: python:3.9
    command: [python3]
    args: [-u]
    source: |
      print({{inputs.parameters.a}}, "$(not for sh)")
    env: [{name: A, value: b}]
"""
    pipeline = read(workflow("[{name: run, template: run}]", script))
    source = "print({{$.inputs.parameters['a']}}, \"$(not for sh)\")\n"
    assert words(pipeline)[3:] == ["run-script", source, "python3", "-u"]
    assert [variable.name for variable in container(pipeline).env] == ["A"]
    assert told(
        workflow("[{name: run, template: run}]", script.replace("    command: [python3]\n", ""))
    ) == ["TR145"]
