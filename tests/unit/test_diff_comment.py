"""``diff --format markdown``: the comment for a pull request, with the graphs before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import translator
from tests.laws.hostile_checks import comment_broken
from tests.unit.kfp_files import spec, task, text_of
from translator import api
from translator.cli import main
from translator.comparison.page import as_markdown
from translator.graph.changes import changes_of, compared_graphs
from translator.graph.drawing import Drawing, drawing
from translator.graph.mermaid import MAX_ARROWS
from translator.readers.kfp_outline import of_pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from translator.model import Pipeline

HEADING = "<!-- translator diff: "


def written(image: str = "alpine:1", **tasks: dict[str, Any]) -> dict[str, Any]:
    given = spec(
        deploymentSpec={
            "executors": {
                "exec-say": {"container": {"image": image, "command": ["say"]}},
                "exec-other": {"container": {"image": "busybox:1", "command": ["other"]}},
            }
        },
        root={"dag": {"tasks": tasks}},
    )
    given["components"]["comp-other"] = {"executorLabel": "exec-other"}
    return given


def pipeline(image: str = "alpine:1", **tasks: dict[str, Any]) -> Pipeline:
    for name, one in tasks.items():
        one["taskInfo"] = {"name": name}
    return api.load_text(text_of(written(image, **tasks))).pipeline


def other(**known: Any) -> dict[str, Any]:
    return task(componentRef={"name": "comp-other"}, **known)


def graphs(before: Pipeline, after: Pipeline) -> tuple[str, str]:
    found = translator.compare(before, after)
    pictures = [drawing(of_pipeline(one), one.name) for one in (before, after)]
    written = compared_graphs(pictures[0], pictures[1], found)
    assert written is not None
    return written


def test_changed_added_and_removed_tasks_are_marked() -> None:
    before, after = graphs(
        pipeline("alpine:1", a=task(), gone=other(dependentTasks=["a"])),
        pipeline("alpine:2", a=task()),
    )
    assert 'n1["a<br>alpine:1<br>changed: image"]' in before
    assert 'n2["gone<br>busybox:1<br>removed"]' in before
    assert "    class n1 changed\n" in before
    assert "    class n2 removed\n" in before
    assert "    classDef removed fill:" in before
    assert 'n1["a<br>alpine:2<br>changed: image"]' in after
    assert "class n1 changed" in after
    back = graphs(pipeline(a=task()), pipeline(a=task(), new=other(dependentTasks=["a"])))[1]
    assert 'n2["new<br>busybox:1<br>added"]' in back
    assert 'n1["a<br>alpine:1"]' in back


def test_a_task_with_another_name_is_the_same_task() -> None:
    before, after = graphs(
        pipeline(a=task(), x=other(dependentTasks=["a"])),
        pipeline(b=task(), x=other(dependentTasks=["b"], cachingOptions={"enableCache": True})),
    )
    assert "<br>removed" not in before
    assert "<br>added" not in after
    assert 'n1["a<br>alpine:1<br>now b"]' in before
    assert 'n1["b<br>alpine:1<br>was a"]' in after
    assert "changed: caching" in after


def test_what_one_side_alone_has_marks_both() -> None:
    # The first pipeline has nothing where the second has a caching option.
    left, right = (
        pipeline(a=task()),
        pipeline(a=task(cachingOptions={"enableCache": True, "cacheKey": "k"})),
    )
    for changes in changes_of(translator.compare(left, right)):
        assert set(changes.changed) == {"a"}


def test_all_tasks_of_a_new_group_are_new() -> None:
    old = pipeline(a=task())
    given = spec(root={"dag": {"tasks": {"a": task(), "group": task()}}})
    given["components"]["comp-group"] = {"dag": {"tasks": {"inner": task()}}}
    given["root"]["dag"]["tasks"]["group"]["componentRef"] = {"name": "comp-group"}
    new = api.load_text(text_of(given)).pipeline
    after = graphs(old, new)[1]
    assert after.count("<br>added") == 2
    assert "class n2,n3 added" in after


@pytest.mark.parametrize(
    ("of_group", "mark", "of_task"),
    [
        ({}, "", ""),  # a group without an effect counts as none
        ({"triggerPolicy": {"condition": "1 == 1"}}, "<br>added", "<br>changed: group"),
    ],
)
def test_a_task_that_moves_into_a_new_group(
    of_group: dict[str, Any], mark: str, of_task: str
) -> None:
    old = pipeline(a=task(), b=other(dependentTasks=["a"]))
    group = task(dependentTasks=["a"], componentRef={"name": "comp-group"}, **of_group)
    group["taskInfo"] = {"name": "group"}
    a = task(taskInfo={"name": "a"})
    given = written(a=a, group=group)
    given["components"]["comp-group"] = {"dag": {"tasks": {"b": other(taskInfo={"name": "b"})}}}
    before, after = graphs(old, api.load_text(text_of(given)).pipeline)
    assert "<br>removed" not in before
    assert after.count("<br>added") == bool(mark)
    assert f'n3["b<br>busybox:1{of_task}' in after


def test_the_comment(tmp_path: Path) -> None:
    for name, image in (("a.yaml", "alpine:1"), ("b.yaml", "alpine:2")):
        executors = {"exec-say": {"container": {"image": image}}}
        given = spec(
            deploymentSpec={"executors": executors}, root={"dag": {"tasks": {"a": task()}}}
        )
        (tmp_path / name).write_text(text_of(given), "utf-8")
    paths = [str(tmp_path / name) for name in ("a.yaml", "b.yaml")]
    done = CliRunner().invoke(main, ["diff", *paths, "--format", "markdown"])
    assert done.exit_code == 1
    lines = done.stdout.split("\n")
    assert lines[0] == f"{HEADING}{tmp_path}/b.yaml -->"
    assert lines[1].startswith("**1 difference**: ")
    assert done.stdout.count("```mermaid\n") == 2
    assert comment_broken(done.stdout) == []
    same = CliRunner().invoke(main, ["diff", paths[0], paths[0], "--format", "markdown"])
    assert same.exit_code == 0
    assert "mermaid" not in same.stdout


@pytest.mark.parametrize("name", ["a --> b.yaml", "--!><b>", "é\ud800", "x" * 9_000, "-"])
def test_the_name_of_a_file_does_not_end_the_hidden_line(name: str) -> None:
    found = translator.compare(pipeline(a=task()), pipeline(b=other()))
    marker, _, rest = as_markdown(found, [name, name]).partition("\n")
    assert marker.startswith(HEADING)
    assert marker.endswith(" -->")
    assert "<" not in marker[1:]
    assert ">" not in marker[:-1]
    assert len(marker) < 600
    assert rest.startswith("**2 differences**: ")


def test_a_comment_is_shorter_than_github_allows() -> None:
    many = {f"task-{number}": task() for number in range(1_000)}
    before, after = pipeline("alpine:1", **many), pipeline("x" * 2_000, **many)
    found = translator.compare(before, after)
    pictures = [drawing(of_pipeline(one), one.name) for one in (before, after)]
    page = as_markdown(found, ["a", "b"], graphs=compared_graphs(*pictures, found) or ())
    assert len(page) < 65_536
    assert "too large for graphs in a comment" in page
    assert comment_broken(page) == []


def test_more_arrows_than_mermaid_accepts() -> None:
    tasks: dict[str, Any] = {"a": task()}
    names: list[str] = ["a"]
    for number in range(34):
        tasks[f"t{number}"] = other(dependentTasks=list(names))
        names.append(f"t{number}")
    one = pipeline(**tasks)
    picture = drawing(of_pipeline(one), "a")
    assert sum(1 for _ in picture.all_arrows()) > MAX_ARROWS
    found = translator.compare(one, pipeline(a=task()))
    assert compared_graphs(picture, Drawing("b", ()), found) is None
