"""``inspect``: the tasks of a file in order of flow, whatever can be made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import translator.api
from tests.unit.argo_files import workflow
from tests.unit.kfp_files import spec, task, text_of
from translator.cli import main
from translator.diagnostics.pointers import enclosing
from translator.outline import Step, in_order_of_flow

if TYPE_CHECKING:
    from pathlib import Path


def inspected(folder: Path, text: str) -> tuple[int, dict[str, Any]]:
    """Exit status, and the page about a file as JSON."""
    (folder / "a.yaml").write_text(text, "utf-8")
    done = CliRunner().invoke(main, ["inspect", str(folder / "a.yaml"), "--format", "json"])
    (entry,) = json.loads(done.stdout)["inputs"]
    return done.exit_code, entry["pipeline"]


def names(steps: tuple[Step, ...]) -> list[str]:
    return [step.name for step in steps]


@pytest.mark.parametrize(
    ("waits", "order"),
    [
        ({"a": "", "b": "", "c": ""}, "abc"),
        ({"a": "c", "b": "", "c": ""}, "bca"),
        ({"a": "c", "b": "a", "c": ""}, "cab"),
        ({"a": "zc", "b": "", "c": "c"}, "bac"),  # a name that is not there, and a cycle
    ],
)
def test_tasks_come_after_those_that_they_wait_for(waits: dict[str, str], order: str) -> None:
    steps = [Step(name=name, component="x", after=tuple(after)) for name, after in waits.items()]
    assert "".join(names(in_order_of_flow(steps))) == order


def test_many_tasks_are_put_in_order_fast() -> None:
    count = 20_000
    steps = [
        Step(name=str(n), component="x", after=(str(n + 1),) if n + 1 < count else ())
        for n in range(count)
    ]
    assert names(in_order_of_flow(steps)) == [str(n) for n in reversed(range(count))]


def test_a_place_is_in_the_innermost_one() -> None:
    places = {"/a", "/a/b"}
    assert [enclosing(p, places) for p in ("/a/b/c", "/a/bc", "/b", "")] == ["/a/b", "/a", "", ""]


def test_a_file_with_errors_is_shown_with_them(tmp_path: Path) -> None:
    broken = spec(
        deploymentSpec={"executors": {"exec-say": {"container": {"image": 3}}}},
        root={"dag": {"tasks": {"a": task(dependentTasks=["b"]), "b": task()}}},
    )
    status, page = inspected(tmp_path, text_of(broken))
    assert status == 1
    assert [(one["name"], one["errors"]) for one in page["tasks"]] == [
        ("b", ["TR105"]),
        ("a", ["TR105"]),
    ]


def test_errors_of_a_template_are_at_each_of_its_tasks(tmp_path: Path) -> None:
    tasks = "[{name: a, template: r}, {name: b, template: r}, {name: c, template: work}]"
    status, page = inspected(tmp_path, workflow(tasks, "[{name: r, http: {url: x}}]"))
    assert status == 0  # Kubeflow runs it
    assert [(one["name"], one["work"], one["errors"]) for one in page["tasks"]] == [
        ("a", "http", ["TR150"]),
        ("b", "http", ["TR150"]),
        ("c", "", []),
    ]


def test_tasks_of_an_entrypoint_that_is_a_container(tmp_path: Path) -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\n"
        "spec: {entrypoint: m, templates: [{name: m, container: {image: i, command: [x]}}]}\n"
    )
    _, page = inspected(tmp_path, text)
    assert [(one["in"], one["name"], one["image"]) for one in page["tasks"]] == [("root", "m", "i")]
    assert page["images"] == {"i": 1}


def test_what_holds_no_pipeline_has_no_survey() -> None:
    with pytest.raises(translator.TranslationError):
        translator.api.survey_text("a: 1\n")


def test_resources_and_images_from_inputs_are_what_the_author_gave(tmp_path: Path) -> None:
    channel = "{{$.inputs.parameters['pipelinechannel--size-Output']}}"
    one = task(
        inputs={
            "parameters": {
                "pipelinechannel--size-Output": {
                    "taskOutputParameter": {"producerTask": "size", "outputParameterKey": "Output"}
                }
            }
        }
    )
    resources = {
        "resourceMemoryLimit": channel,
        "accelerator": {"resourceType": channel, "resourceCount": "1"},
    }
    container = {"image": f"x:{channel}", "resources": resources}
    pipeline = spec(
        deploymentSpec={"executors": {"exec-say": {"container": container}}},
        root={"dag": {"tasks": {"a": one}}},
    )
    _, page = inspected(tmp_path, text_of(pipeline))
    assert page["tasks"][0]["image"] == "x:{{size.output}}"
    assert page["tasks"][0]["resources"] == {
        "memory": "{{size.output}}",
        "accelerator": "1 × {{size.output}}",
    }


def branch(condition: str, **known: Any) -> dict[str, Any]:
    """A task that runs if a condition about an output of ``flip`` holds."""
    source = {"taskOutputParameter": {"producerTask": "flip", "outputParameterKey": "Output"}}
    inputs = {"parameters": {"pipelinechannel--flip-Output": source}}
    return task(inputs=inputs, triggerPolicy={"condition": condition}, **known)


FLIP = "inputs.parameter_values['pipelinechannel--flip-Output']"


def shown_branches(folder: Path, **tasks: dict[str, Any]) -> dict[str, str]:
    """Task → ``if``, ``elif`` or ``else`` as ``inspect`` shows it, in order of flow."""
    given = spec(root={"dag": {"tasks": {**tasks, "flip": task()}}})
    outline = translator.api.survey_text(text_of(given)).outline
    return {step.name: step.when for step in outline.dags["root"] if step.when}


def test_branches_are_if_elif_and_else_in_that_order(tmp_path: Path) -> None:
    # kfp writes keys in the order of the alphabet: condition-10 comes before condition-9.
    first, second = f"{FLIP} == 'a'", f"{FLIP} == 'b'"
    found = shown_branches(
        tmp_path,
        **{
            "condition-10": branch(f"!({first}) && {second}"),
            "condition-11": branch(f"!({first}) && !({second})"),
            "condition-9": branch(first),
        },
    )
    assert list(found.items()) == [
        ("condition-9", "if flip.output == 'a'"),
        ("condition-10", "elif flip.output == 'b'"),
        ("condition-11", "else"),
    ]


def test_what_is_no_else_keeps_its_condition(tmp_path: Path) -> None:
    first, second = f"{FLIP} == 'a'", f"{FLIP} == 'b'"
    alone = shown_branches(tmp_path, a=branch(f"!({first})"), b=branch(second))
    assert alone == {"a": "if !(flip.output == 'a')", "b": "if flip.output == 'b'"}
    # An Else that waits for a task after its If: the If is not before it in the list.
    apart = shown_branches(
        tmp_path,
        a=branch(first),
        b=branch(f"!({first})", dependentTasks=["c"]),
        c=task(dependentTasks=["flip"]),
    )
    assert apart == {"a": "if flip.output == 'a'", "b": "if !(flip.output == 'a')"}
    # The same text about another value.
    other = branch(f"!({first})")
    other["inputs"]["parameters"]["pipelinechannel--flip-Output"]["taskOutputParameter"][
        "producerTask"
    ] = "flop"
    found = shown_branches(tmp_path, a=branch(first), b=other, flop=task())
    assert found["b"] == "if !(flop.output == 'a')"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"{{tasks.flip.outputs.parameters.flip-Output}}" == "heads"', 'flip.output == "heads"'),
        ("{{tasks.flip.outputs.parameters.flip-size}} > 5", "flip.outputs['size'] > 5"),
        ("'{{workflow.parameters.mode}}' != 'x'", "mode != 'x'"),
        ('"{{item.kind}}" == "a"', 'item.kind == "a"'),
        ('"{{pod.name}}" == "a"', '"{{pod.name}}" == "a"'),
        ('"a{{workflow.parameters.mode}}" == "a"', '"amode" == "a"'),
    ],
)
def test_conditions_of_a_workflow_have_the_operands_of_their_author(
    written: str, shown: str
) -> None:
    tasks = f"[{{name: flip, template: work}}, {{name: b, template: work, when: {written!r}}}]"
    outline = translator.api.survey_text(workflow(tasks)).outline
    assert outline.dags["main"][1].condition == shown


def test_operands_are_followed_through_the_dags_of_a_workflow() -> None:
    inner = (
        "{name: in, inputs: {parameters: [{name: x}, {name: y}, {name: z}]}, dag: {tasks: ["
        '{name: c, template: work, when: \'"{{inputs.parameters.x}}" == "{{inputs.parameters.y}}"\''
        ", withParam: '{{inputs.parameters.z}}'}]}}"
    )
    arguments = (
        "[{name: x, value: '{{tasks.make.outputs.parameters.make-out}}'},"
        " {name: y, value: fixed}, {name: z, value: '{{workflow.parameters.many}}'}]"
    )
    tasks = (
        "[{name: make, template: make},"
        f" {{name: r, template: in, arguments: {{parameters: {arguments}}}}}]"
    )
    outline = translator.api.survey_text(workflow(tasks, f"[{inner}]")).outline
    (step,) = outline.dags["in"]
    assert step.condition == "make.outputs['out'] == \"fixed\""
    assert step.loop == "many"


def test_inspect_as_mermaid(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text_of(spec()), "utf-8")
    words = [str(tmp_path / "a.yaml"), "--format", "mermaid"]
    done = CliRunner().invoke(main, ["inspect", *words])
    assert done.stdout == CliRunner().invoke(main, ["graph", *words]).stdout
    assert done.stdout.startswith("flowchart TD\n")
    assert done.exit_code == 0
