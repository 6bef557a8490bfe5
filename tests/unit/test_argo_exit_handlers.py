"""What runs at the end runs whatever became of the rest, and is told what."""

from __future__ import annotations

from tests.unit.argo_files import (
    CALL_SUB,
    SUB,
    TAKES_VALUE,
    inputs,
    read,
    tasks,
    workflow,
    wrappers,
)
from translator.model import (
    FinalStatus,
    FromParent,
    Parameter,
    ParameterType,
    Pipeline,
    Strategy,
    Trigger,
)

VALUE = "{{$.inputs.parameters['%s']}}"
BYE = """
- name: bye
  inputs: {parameters: [{name: x}]}
  container:
    image: alpine
    command: [sh, -c, 'echo {{workflow.status}} {{inputs.parameters.x}}']
    args: ['{{workflow.parameters.y}}']
"""


def with_handler(
    tasks: str, handler: str = BYE, more: str = "", told: tuple[str, ...] = ()
) -> Pipeline:
    text = workflow(tasks, handler + more, onExit="bye", arguments={"x": "1", "y": "2"})
    return read(text, told=told)


def test_an_exit_handler_runs_after_all_the_rest_whatever_became_of_it() -> None:
    listed = "[{name: make, template: make}, {name: w, template: work, dependencies: [make]}]"
    pipeline = with_handler(listed)
    assert list(tasks(pipeline)) == ["main-tasks", "bye"]
    assert tasks(pipeline, "comp-main-tasks").keys() == {"make", "w"}
    handler = tasks(pipeline)["bye"]
    assert handler.depends_on == ("main-tasks",)
    assert handler.trigger == Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)
    assert handler.parameters == {
        "x": FromParent(name="x"),
        "y": FromParent(name="y"),
        "workflow_status": FinalStatus(task="main-tasks"),
    }
    kind = inputs(pipeline, "comp-bye")["workflow_status"].type
    assert kind is ParameterType.TASK_FINAL_STATUS
    assert wrappers(pipeline, "comp-bye") == [
        ["fill-status", VALUE % "workflow_status", "<workflow.status>"],
        ["sh", "-c", f"echo <workflow.status> {VALUE % 'x'}", VALUE % "y"],
    ]


def test_a_single_dag_is_what_the_exit_handler_waits_for() -> None:
    sub = SUB.replace("{{inputs.parameters.p}}", "{{workflow.parameters.y}}")
    pipeline = with_handler(f"[{CALL_SUB % ('a', '')}]", more=sub)
    assert list(tasks(pipeline)) == ["sub", "bye"]
    assert tasks(pipeline)["bye"].parameters["workflow_status"] == FinalStatus(task="sub")
    conditional = f"[{CALL_SUB % ('a', ', when: a == a')}]"
    assert list(tasks(with_handler(conditional, more=sub))) == ["main-tasks", "bye"]


def test_inputs_of_the_pipeline_reach_the_dag_of_all_the_rest() -> None:
    say = TAKES_VALUE.replace("tasks.make.outputs.parameters.make-out", "workflow.parameters.y")
    pipeline = with_handler(f"[{say}]")
    assert tasks(pipeline)["main-tasks"].parameters == {"y": FromParent(name="y")}
    assert inputs(pipeline, "comp-main-tasks") == {"y": Parameter(type=ParameterType.STRING)}
    assert tasks(pipeline, "comp-main-tasks")["value"].parameters == {"text": FromParent(name="y")}


def test_failures_come_in_the_words_of_kfp_v2_and_the_mark_is_not_in_the_words() -> None:
    handler = BYE.replace("{{workflow.status}}", "<workflow.failures> {{workflow.failures}}")
    handler += "    env: [{name: S, value: 'a{{workflow.failures}}'}]\n"
    pipeline = with_handler("[{name: w, template: work}]", handler, told=("TR157",))
    found = wrappers(pipeline, "comp-bye")
    status = VALUE % "workflow_status"
    assert found[:2] == [
        ["fill-failures", status, "<<workflow.failures>>"],
        ["set-environment", "S", "a<<workflow.failures>>"],
    ]
    assert found[2][2].startswith("echo <workflow.failures> <<workflow.failures>> ")


def test_only_the_exit_handler_itself_is_told_how_the_pipeline_ended() -> None:
    inner = BYE.replace("name: bye", "name: inner").replace("{{inputs.parameters.x}}", "")
    inner = inner.replace("  inputs: {parameters: [{name: x}]}\n", "")
    around = (
        "- name: bye\n  dag: {tasks: [{name: a, template: inner}, {name: b, template: work}]}\n"
    )
    pipeline = with_handler("[{name: w, template: work}]", around, inner, told=("TR156",))
    assert tasks(pipeline)["bye"].trigger == Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)
    when = around.replace(
        "template: inner", "template: work, when: '{{workflow.status}} == Failed'"
    )
    with_handler("[{name: w, template: work}]", when, told=("TR152",))


def test_a_handler_of_the_name_of_a_task_gets_another() -> None:
    pipeline = with_handler("[{name: bye, template: work}]", BYE, told=())
    assert list(tasks(pipeline)) == ["main-tasks", "bye"]
    sub = SUB.replace("name: sub", "name: bye-2")
    call = "{name: bye, template: bye-2, arguments: {parameters: [{name: p, value: a}]}}"
    assert list(tasks(with_handler(f"[{call}]", more=sub))) == ["bye", "bye-2"]
