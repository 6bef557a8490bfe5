"""The program that converts metrics and visualizations of KFP v1, as it runs in a task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import show_metrics

TEMPLATE = Path(show_metrics.__file__)
INPUTS = {"metrics": "m", "visualizations": "v"}
NAMES = {kind: f"made-{kind}" for kind in ("metrics", "classification", "markdown", "html")}


class Task:
    """A task with these files, and the artifacts that are made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def given(self, side: str, names: dict[str, str]) -> dict[str, Any]:
        """The executor input."""
        inputs = {name: self.artifact(name) for name in INPUTS.values()}
        outputs = {name: self.artifact(name) for name in names.values()}
        sides: dict[str, Any] = {"inputs": {}, "outputs": {"artifacts": outputs}}
        sides[side].setdefault("artifacts", {}).update(inputs)
        sides["outputs"]["outputFile"] = str(self.folder / "deep/output.json")
        return sides

    def artifact(self, name: str) -> dict[str, Any]:
        one = {"name": f"projects/1/{name}", "uri": str(self.folder / name), "metadata": {}}
        return {"artifacts": [one]}

    def run(self, side: str = "inputs", names: dict[str, str] | None = None) -> dict[str, Any]:
        """Kind → metadata of an artifact, or the text of its file."""
        names = NAMES if names is None else names
        show_metrics.main(self.given(side, names), side, INPUTS, names)
        output = self.folder / "deep/output.json"
        written = json.loads(output.read_text("utf-8"))["artifacts"] if output.exists() else {}
        found: dict[str, Any] = {}
        for kind, name in names.items():
            file = self.folder / name
            if file.exists():
                found[kind] = file.read_text("utf-8")
                assert written.pop(name) == self.artifact(name)
            elif name in written:
                (one,) = written.pop(name)["artifacts"]
                assert one["name"] == f"projects/1/{name}" and one["uri"] == str(file)
                found[kind] = one["metadata"]
        assert written == {}
        return found


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(tmp_path)


def shown(task: Task, *entries: Any) -> dict[str, Any]:
    """The artifacts of these visualizations."""
    (task.folder / "v").write_text(json.dumps({"outputs": entries}), "utf-8")
    return task.run()


def logged(task: Task, *entries: Any) -> dict[str, Any]:
    """The artifacts of these metrics."""
    (task.folder / "m").write_text(json.dumps({"metrics": entries}), "utf-8")
    return task.run()


def metric(name: Any, value: Any, format_: str = "RAW") -> dict[str, Any]:
    return {"name": name, "numberValue": value, "format": format_}


class TestMetrics:
    def test_numbers(self, task: Task) -> None:
        entries = [metric("accuracy", 0.75, "PERCENTAGE"), metric("n", 3), metric("t", "1.5")]
        assert logged(task, *entries) == {"metrics": {"accuracy": 0.75, "n": 3, "t": 1.5}}

    @pytest.mark.parametrize(
        "entry",
        [
            metric("a b", 1),
            metric("", 1),
            metric("1a", 1),
            metric("a" * 65, 1),
            metric(None, 1),
            metric(["a"], 1),
            metric("a", float("nan")),
            metric("a", float("inf")),
            metric("a", "1e400"),
            metric("a", "much"),
            metric("a", True),
            metric("a", None),
            metric("a", [1]),
            metric("a\ud83d", 1),
            {},
        ],
    )
    def test_entries_that_kfp_v1_rejects(self, task: Task, entry: Any) -> None:
        assert logged(task, entry, metric("b", 1)) == {"metrics": {"b": 1}}

    def test_at_most_fifty(self, task: Task) -> None:
        found = logged(task, *(metric(f"m{n}", n) for n in range(60)))
        assert len(found["metrics"]) == 50

    def test_none_make_no_artifact(self, task: Task) -> None:
        assert logged(task) == {}

    def test_large_integers_are_exact_or_floats(self, task: Task) -> None:
        found = logged(task, metric("a", 2**53 - 1), metric("b", 10**300))["metrics"]
        assert found == {"a": 2**53 - 1, "b": 1e300}


ROC = {
    "type": "roc",
    "format": "csv",
    "storage": "inline",
    "schema": [{"name": name} for name in ("fpr", "tpr", "thresholds")],
    "source": "0,0.5,0.9\n1,1,0.1\n",
}
MATRIX = {
    "type": "confusion_matrix",
    "format": "csv",
    "storage": "inline",
    "schema": [{"name": name} for name in ("target", "predicted", "count")],
    "labels": ["cat", "dog"],
    "source": "cat,cat,5\ncat,dog,1\ndog,cat,2\ndog,dog,7\n",
}


class TestVisualizations:
    def test_a_curve(self, task: Task) -> None:
        points = [
            {"confidenceThreshold": 0.9, "recall": 0.5, "falsePositiveRate": 0},
            {"confidenceThreshold": 0.1, "recall": 1, "falsePositiveRate": 1},
        ]
        assert shown(task, ROC) == {"classification": {"confidenceMetrics": points}}

    def test_a_curve_with_an_infinite_threshold(self, task: Task) -> None:
        found = shown(task, ROC | {"source": "0,0,inf\n1,1,0.1"})
        assert len(found["classification"]["confidenceMetrics"]) == 1

    def test_a_curve_of_many_points(self, task: Task) -> None:
        lines = "\n".join(f"{n / 5000},{n / 5000},{n}" for n in range(5001))
        found = shown(task, ROC | {"source": lines})["classification"]["confidenceMetrics"]
        assert 400 < len(found) <= 500

    def test_a_matrix(self, task: Task) -> None:
        assert shown(task, MATRIX) == {
            "classification": {
                "confusionMatrix": {
                    "annotationSpecs": [{"displayName": "cat"}, {"displayName": "dog"}],
                    "rows": [{"row": [5, 1]}, {"row": [2, 7]}],
                }
            }
        }

    def test_a_matrix_and_a_curve_are_one_artifact(self, task: Task) -> None:
        found = shown(task, MATRIX, ROC, ROC | {"source": "0,0,0"})["classification"]
        assert found.keys() == {"confusionMatrix", "confidenceMetrics"}
        assert len(found["confidenceMetrics"]) == 2

    def test_markdown_and_tables(self, task: Task) -> None:
        markdown = {"type": "markdown", "storage": "inline", "source": "# Title"}
        table = {
            "type": "table",
            "format": "csv",
            "storage": "inline",
            "header": ["a", "b"],
            "source": '1,2\n"x|y","<b>*z*</b>"\n"two\nlines",\n',
        }
        assert shown(task, markdown, table) == {
            "markdown": "# Title\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
            r"| x\|y | &lt;b>\*z\*&lt;/b> |" + "\n| two lines |  |"
        }

    def test_pages(self, task: Task) -> None:
        page = {"type": "web-app", "storage": "inline", "source": "<h1>é</h1>"}
        assert shown(task, page) == {"html": "<h1>é</h1>"}

    def test_files_in_cloud_storage(self, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
        (task.folder / "page.html").write_text("<p>")
        folder = f"{task.folder}/"
        local = show_metrics.local
        monkeypatch.setattr(
            show_metrics, "local", lambda uri: local(uri).replace("/gcs/bucket/", folder)
        )
        assert shown(task, {"type": "web-app", "source": "gs://bucket/page.html"}) == {
            "html": "<p>"
        }

    @pytest.mark.parametrize(
        "entry",
        [
            {"type": "web-app", "source": "/etc/passwd"},
            {"type": "web-app", "source": "gs://b/../../etc/passwd"},
            {"type": "web-app", "source": "minio://b/page.html", "storage": "minio"},
            {"type": "web-app", "source": "gs://no-such-bucket/page.html", "storage": "gcs"},
            {"type": "tensorboard", "source": "gs://b/logs"},
            {"type": "new"},
            {},
            "roc",
            None,
            ROC | {"schema": None},
            ROC | {"source": "a,b"},
            ROC | {"schema": [{"name": "x"}]},
            MATRIX | {"labels": []},
            MATRIX | {"labels": ["cat", "cat"]},
            MATRIX | {"labels": [str(n) for n in range(101)]},
            MATRIX | {"source": "cat,mouse,1"},
            MATRIX | {"source": "cat"},
            {"type": "table", "storage": "inline", "source": '"' + "x" * 200_000 + '"'},
        ],
        ids=range(18),
    )
    def test_what_stays_a_file(self, task: Task, entry: Any) -> None:
        page = {"type": "web-app", "storage": "inline", "source": "<p>"}
        assert shown(task, entry, page) == {"html": "<p>"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"outputs": 5, "metrics": 5}',
        b'{"outputs": [5], "metrics": [5]}',
        b"[" * 100_000,
        b"\xff\xfe",
        b"null",
        b'{"outputs": "abc", "metrics": "abc"}',
    ],
    ids=range(10),
)
def test_hostile_files(task: Task, content: bytes) -> None:
    (task.folder / "m").write_bytes(content)
    (task.folder / "v").write_bytes(content)
    assert task.run() == {}


def test_no_files(task: Task) -> None:
    assert task.run() == {}


def test_a_file_that_is_too_large(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show_metrics, "MOST_BYTES", 10)
    assert logged(task, metric("a", 1)) == {}


def test_quotes_that_are_escaped_twice(task: Task) -> None:
    text = r"{\"outputs\": [{\"type\": \"web-app\", \"storage\": \"inline\", \"source\": \"<p>\"}]}"
    (task.folder / "v").write_text(text)
    assert task.run() == {"html": "<p>"}


def test_lone_surrogates_are_replaced(task: Task) -> None:
    page = {"type": "web-app", "storage": "inline", "source": "a\ud83d"}
    assert shown(task, page) == {"html": "a?"}


def test_outputs_that_the_task_has_not(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    (task.folder / "v").write_text(json.dumps({"outputs": [ROC]}))
    assert task.run(names={"html": "made-html"}) == {}
    assert "stays a file" in capsys.readouterr().out


def test_after_the_program(task: Task) -> None:
    """The files are outputs of the same task, whose other outputs are not touched."""
    (task.folder / "m").write_text(json.dumps({"metrics": [metric("a", 1)]}))
    assert task.run("outputs") == {"metrics": {"a": 1}}


def test_messages_are_short_and_printable(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    shown(task, {"type": "\x1b[31m\n" + "x" * 1000})
    for line in capsys.readouterr().out.splitlines():
        assert line.isprintable() and len(line) < 350


@pytest.mark.parametrize(
    "arguments", [(), ("{",), ("{}", "["), ("{}", "[]"), ("[]", '["inputs", {}, {}]')]
)
def test_it_always_succeeds(arguments: tuple[str, ...]) -> None:
    import subprocess
    import sys

    program = TEMPLATE.read_text("utf-8")
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True)
    assert done.returncode == 0 and done.stderr == b""


def test_it_holds_nothing_that_backends_replace() -> None:
    """Neither placeholders nor references to environment variables."""
    text = TEMPLATE.read_text("utf-8")
    assert "{{" not in text and "$(" not in text
