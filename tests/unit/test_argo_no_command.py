"""Containers that leave their command to the image: nothing can run around their program."""

from __future__ import annotations

from typing import Any

from tests.unit.argo_files import (
    TAKES_FILE,
    TAKES_VALUE,
    container,
    dag,
    outputs,
    read,
    tasks,
    words,
    workflow,
    wrappers,
)
from translator.model import Constant, FromTask, ParameterType, Pipeline
from translator.readers.options import ReadOptions

BARE = """
- name: make
  inputs: {artifacts: [{name: in, path: /in}]}
  container: {image: prog, args: [/in, %s]}
  outputs:
    parameters: [{name: make-out, valueFrom: {path: /out}}]
    artifacts: [{name: make-out, path: /out}, {name: mlpipeline-metrics, path: /metrics}]
"""
FED = "{name: make, template: make, arguments: {artifacts: [{name: in, raw: {data: x}}]}}"


def bare(*uses: str, args: str = "/out", **options: Any) -> Pipeline:
    told = options.pop("told", ())
    text = workflow("[" + ", ".join([FED, *uses]) + "]", BARE % args)
    return read(text, ReadOptions(**options), told)


def test_without_a_command_another_task_moves_what_is_wanted_both_ways() -> None:
    pipeline = bare(TAKES_VALUE, TAKES_FILE, told=("TR159",))
    assert outputs(pipeline, "comp-make") == ({}, ["out"])
    found = tasks(pipeline)
    assert found["make"].artifacts == {"in": FromTask(task="make-in-to-file", output="file")}
    assert found["make-in-to-file"].parameters == {"value": Constant(value="x")}
    assert found["make-out-to-value"].artifacts == {"file": FromTask(task="make", output="out")}
    assert found["value"].parameters == {"text": FromTask(task="make-out-to-value", output="value")}
    assert found["path"].artifacts == {"file": FromTask(task="make", output="out")}
    image = str(
        container(bare(told=("TR159",), adapter_image="own"), "adapter-value-to-file").image
    )
    assert image == "own"


def test_without_a_command_one_way_needs_no_other_task_but_keeps_its_newline() -> None:
    pipeline = bare(TAKES_VALUE, told=("TR158", "TR159"))
    assert tasks(pipeline).keys() == {"make", "value", "make-in-to-file"}
    assert outputs(pipeline, "comp-make") == ({"out": ParameterType.STRING}, [])
    assert words(pipeline, "comp-make") == [
        *("{{$.inputs.artifacts['in'].path}}", "{{$.outputs.parameters['out'].output_file}}")
    ]


def test_without_a_command_what_nobody_takes_is_not_collected_and_the_rest_is_refused() -> None:
    assert outputs(bare(args="x", told=("TR159",)), "comp-make") == ({}, [])
    bare(TAKES_FILE, args="x", told=("TR145", "TR159"))
    bare(TAKES_VALUE, args="x", told=("TR145", "TR159"))


def test_an_entrypoint_that_is_told_is_wrapped_like_a_command() -> None:
    pipeline = bare(TAKES_VALUE, TAKES_FILE, entrypoints={"prog": ("sh", "/entry")})
    assert tasks(pipeline).keys() == {"make", "value", "path"}
    kinds = [wrapper[0] for wrapper in wrappers(pipeline, "comp-make")]
    assert kinds == ["write-input", "trim-values", "copy-output", "copy-output", "sh"]
    assert wrappers(pipeline, "comp-make")[-1] == [
        "sh",
        "/entry",
        "/in",
        "{{$.outputs.parameters['out'].output_file}}",
    ]
    other = bare(TAKES_VALUE, entrypoints={"other": ("sh",)}, told=("TR158", "TR159"))
    assert container(other, "comp-make").command == ()


CONDITION = "{name: work, template: work, when: '{{tasks.make.outputs.parameters.make-out}} == a'}"
LOOP = "{name: work, template: work, withParam: '{{tasks.make.outputs.parameters.make-out}}'}"


def test_conditions_and_loops_read_what_the_other_task_made_a_value_of() -> None:
    for use in (CONDITION, LOOP):
        found = tasks(bare(use, TAKES_FILE, told=("TR159",)))
        assert list(found["work"].parameters.values()) == [
            FromTask(task="make-out-to-value", output="value")
        ]
        assert "make-out-to-value" in found


SUB = (
    BARE % "/out"
    + """
- name: sub
  dag: {tasks: [%s]}
  outputs:
    parameters:
    - {name: p, valueFrom: {parameter: '{{tasks.make.outputs.parameters.make-out}}'}}
    artifacts: [{name: f, from: '{{tasks.make.outputs.artifacts.make-out}}'}]
"""
)


def test_a_dag_hands_on_what_a_task_of_its_own_made_a_value_of() -> None:
    uses = f"[{{name: make, template: sub}}, {TAKES_VALUE}, {TAKES_FILE}]"
    uses = uses.replace("parameters.make-out", "parameters.p").replace(
        "artifacts.make-out", "artifacts.f"
    )
    pipeline = read(workflow(uses, SUB % FED), told=("TR159",))
    assert tasks(pipeline, "comp-sub").keys() == {"make", "make-in-to-file", "make-out-to-value"}
    given = dag(pipeline, "comp-sub")
    assert given.parameter_outputs["p"].sources == (
        FromTask(task="make-out-to-value", output="value"),
    )
    assert given.artifact_outputs["f"].sources == (FromTask(task="make", output="out"),)


HANDLER = """
- name: bye
  inputs: {artifacts: [{name: in, path: /in, raw: {data: x}}]}
  container: {image: prog, args: [/in]}
"""


def test_an_exit_handler_is_given_its_file_by_a_task_that_waits_for_nothing() -> None:
    found = tasks(read(workflow("[{name: work, template: work}]", HANDLER, onExit="bye")))
    assert found["bye"].artifacts == {"in": FromTask(task="bye-in-to-file", output="file")}
    assert found["bye-in-to-file"].depends_on == ()
    assert found["bye"].depends_on == ("main-tasks",)


def test_templates_may_have_the_names_of_the_tasks_that_are_added() -> None:
    mine = "- {name: value-to-file, container: {image: mine, command: [sh, -c, 'true']}}"
    given = "{name: mine, template: value-to-file}"
    text = workflow(f"[{given}, {FED}]", f"{mine}{BARE % '/out'}")
    pipeline = read(text, told=("TR159",))
    assert str(container(pipeline, tasks(pipeline)["mine"].component).image) == "mine"
    added = container(pipeline, tasks(pipeline)["make-in-to-file"].component)
    assert str(added.image) == "alpine:3.20"
