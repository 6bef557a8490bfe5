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
