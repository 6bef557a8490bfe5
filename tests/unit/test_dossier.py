"""Dossiers: the fate of each task, its lines in the file, and hostile texts."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from translator.cli import main
from translator.dossier.cards import excerpt

TRAIN = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"


class Page(html.parser.HTMLParser):
    """The tags of a page, and the fate of each panel by its title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.fates: dict[str, str] = {}
        self._title: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}
        if tag == "h3":
            self._title = []

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "h3" and self._title is not None:
            *title, fate = filter(None, self._title)
            self.fates[" ".join(title)] = fate
            self._title = None


def workflow(*templates: dict[str, Any], tasks: list[dict[str, Any]]) -> str:
    dag = {"name": "main", "dag": {"tasks": tasks}}
    return json.dumps(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"generateName": "flow-"},
            "spec": {"entrypoint": "main", "templates": [dag, *templates]},
        },
        indent=1,
    )


def container(name: str, **more: Any) -> dict[str, Any]:
    image = {"image": "python:3.11", "command": ["python", f"{name}.py"]}
    return {"name": name, "container": image, **more}


def report(tmp_path: Path, text: str, *options: str, status: int = 0) -> str:
    source, target = tmp_path / "flow.json", tmp_path / "page.html"
    source.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["report", str(source), "-o", str(target), *options])
    assert done.exit_code == status, done.output
    return target.read_text(encoding="utf-8")


def test_fates(tmp_path: Path) -> None:
    text = workflow(
        container("plain"),
        container(
            "writer", outputs={"parameters": [{"name": "out", "valueFrom": {"path": "/tmp/out"}}]}
        ),
        container("sidecar", sidecars=[{"name": "cache", "image": "redis:7"}]),
        tasks=[{"name": name, "template": name} for name in ("plain", "writer", "sidecar")],
    )
    page = Page(report(tmp_path, text))
    assert page.fates == {"plain": "same", "writer": "rewritten", "sidecar": "decision needed"}


def test_left_out(tmp_path: Path) -> None:
    text = workflow(
        container("plain"), tasks=[{"name": name, "template": "plain"} for name in ("a", "b")]
    )
    page = Page(report(tmp_path, text, "--drop-task", "b"))
    assert page.fates == {"a": "same", "b": "lost"}


def test_parameters_have_their_decided_defaults(tmp_path: Path) -> None:
    document = json.loads(
        workflow(container("plain"), tasks=[{"name": "a", "template": "plain"}]),
    )
    document["spec"]["arguments"] = {"parameters": [{"name": "place", "value": "s3://old"}]}
    text = json.dumps(document)

    def row(*options: str) -> str:
        cells = report(tmp_path, text, *options).partition("<td>place</td><td>STRING</td><td>")[2]
        return cells.partition("<")[0]

    assert row() == "&#34;s3://old&#34;"
    assert row("--default", "place=gs://new") == "&#34;gs://new&#34;"


def test_ignored_findings(tmp_path: Path) -> None:
    sidecar = container("sidecar", sidecars=[{"name": "cache", "image": "redis:7"}])
    text = workflow(sidecar, tasks=[{"name": "a", "template": "sidecar"}])
    assert "TR346" in report(tmp_path, text)
    page = report(tmp_path, text, "--ignore", "TR346")
    assert "TR346" not in page
    assert Page(page).fates == {"a": "same"}


def test_errors(tmp_path: Path) -> None:
    text = workflow(
        container("plain"),
        {"name": "job", "resource": {"action": "create", "manifest": "kind: TFJob"}},
        tasks=[{"name": name, "template": name} for name in ("plain", "job")],
    )
    written = report(tmp_path, text, status=1)
    page = Page(written)
    assert page.fates == {"plain": "same", "job": "lost"}
    assert "Not converted: 1 error." in written
    assert "<figcaption>After" not in written


def test_a_file_without_a_pipeline(tmp_path: Path) -> None:
    source, target = tmp_path / "a.yaml", tmp_path / "page.html"
    source.write_text("a: 1")
    done = CliRunner().invoke(main, ["report", str(source), "-o", str(target)])
    assert done.exit_code == 1
    assert not target.exists()


def test_kubeflow_runs_the_file_as_it_is(tmp_path: Path) -> None:
    text = workflow(container("plain"), tasks=[{"name": "a", "template": "plain"}])
    written = report(tmp_path, text, "--to", "kubeflow")
    assert Page(written).fates == {"a": "same"}
    assert "<figcaption>After" not in written


def test_deterministic(tmp_path: Path) -> None:
    pages = [report(tmp_path, TRAIN.read_text()) for _ in range(2)]
    assert pages[0] == pages[1]


def test_secrets_are_hidden(tmp_path: Path) -> None:
    secret = container("plain")
    secret["container"]["env"] = [{"name": "API_TOKEN", "value": "hunter2hunter2"}]
    text = workflow(secret, tasks=[{"name": "a", "template": "plain"}])
    assert "hunter2" not in report(tmp_path, text)


def test_types_of_parameters_are_escaped(tmp_path: Path) -> None:
    text = workflow(container("plain"), tasks=[{"name": "a", "template": "plain"}])
    given = json.loads(text)
    given["spec"]["arguments"] = {"parameters": [{"name": "x", "value": "1"}]}
    about = json.dumps({"name": "flow", "inputs": [{"name": "x", "type": "String\x9d0;x\x9c"}]})
    given["metadata"]["annotations"] = {"pipelines.kubeflow.org/pipeline_spec": about}
    page = report(tmp_path, json.dumps(given))
    assert "\x9d" not in page
    assert "String\\x9d" in page


HOSTILE = st.text(
    st.sampled_from("\"\\`<>&#;|{}[]()-=%'\n\r\t/scriptonload") | st.characters(codec="utf-8"),
    min_size=1,
    max_size=30,
)


@given(HOSTILE)
def test_hostile_texts_are_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    annotations = {"pipelines.kubeflow.org/task_display_name": text}
    one = container("plain", metadata={"annotations": annotations})
    one["container"]["args"] = [text]
    page = Page(report(folder, workflow(one, tasks=[{"name": "a", "template": "plain"}])))
    usual = Page(
        report(folder, workflow(container("plain"), tasks=[{"name": "a", "template": "plain"}]))
    )
    assert page.tags.keys() - usual.tags.keys() <= {"ul", "li", "strong", "code"}
    assert not {name for name in page.attributes if name.startswith("on")}


LINES = """\
spec:
  templates:
  - name: a
    container:
      image: x

      args: [1]
  - name: b
    container:
    - y
  last: 1
""".splitlines()


@pytest.mark.parametrize(
    ("line", "column", "last"),
    [(3, 5, "      args: [1]"), (4, 5, "      args: [1]"), (8, 5, "    - y"), (2, 3, "    - y")],
)
def test_excerpts_of_yaml(line: int, column: int, last: str) -> None:
    found = excerpt(LINES, line, column).splitlines()
    assert (found[0], found[-1]) == (LINES[line - 1], last)


def test_excerpts_of_json() -> None:
    lines = json.dumps({"a": {"b": [1, {"c": 2}]}, "d": 3}, indent=2).splitlines()
    assert json.loads("{" + excerpt(lines, 2, 3).rstrip(",") + "}") == {"a": {"b": [1, {"c": 2}]}}


def test_decisions_that_are_not_used(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("metrics: false\nvolumes: {none: run}\ndrop-tasks: {apply-manifest: true}\n")
    options = ["--plan", str(plan), "--format", "json", "-o", str(tmp_path / "page.html")]
    done = CliRunner().invoke(main, ["report", str(TRAIN), *options])
    found = json.loads(done.stdout)["inputs"]
    told = [one["message"] for entry in found for one in entry["diagnostics"]]
    unused = [message for message in told if message.startswith("the decision for ")]
    assert unused == ["the decision for volume `none` is not used by the pipeline"]


def test_a_bundle_with_its_page(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    command = ["convert", str(TRAIN), "-o", str(folder), "--html"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    page = (folder / "REPORT.html").read_text(encoding="utf-8")
    assert "Penguin training pipeline for Vertex AI" in page
    done = CliRunner().invoke(main, command[:-1])
    assert "TR188" not in done.output
    assert not (folder / "REPORT.html").exists()
