"""Metrics and visualizations of KFP v1 on Vertex AI: wrappers and tasks that are added."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.unit import argo_files, kfp_files
from tests.unit.test_show_metrics import NAMES
from translator import api
from translator.checks.references import references
from translator.decisions import NONE, Decided, Decisions
from translator.diagnostics import Severity
from translator.model import Container, ExecutorRef, FromTask, Pipeline
from translator.targets.vertex import TARGET, passes
from translator.targets.vertex.passes.metrics import IMAGE, WRAPPER, metrics

if TYPE_CHECKING:
    from pathlib import Path

UI, METRICS = "mlpipeline-ui-metadata", "mlpipeline-metrics"
ANNOTATED = {
    "generateName": "flow-",
    "annotations": {"pipelines.kubeflow.org/kfp_sdk_version": "1.8.22"},
}


def writer(
    name: str, command: str = "[sh, -c, 'touch $0', /m]", outputs: str = f"{METRICS}: /m"
) -> str:
    """A template whose program writes files, named as ``OUTPUT: PATH, …``."""
    artifacts = [
        dict(zip(("name", "path"), one.split(": "), strict=True)) for one in outputs.split(", ")
    ]
    return (
        f"- name: {name}\n  container: {{image: a, command: {command}}}\n"
        f"  outputs: {{artifacts: {json.dumps(artifacts)}}}\n"
    )


def read(template: str, **spec: Any) -> Pipeline:
    spec = {"metadata": ANNOTATED} | spec
    return argo_files.read(
        argo_files.workflow("[{name: write, template: write}]", template, **spec)
    )


def converted(given: Pipeline, **decisions: Any) -> Decided:
    """The result of the pass, in which all references resolve."""
    done = metrics(given, Decisions(**decisions))
    assert [one for one in references(done.pipeline) if one.severity is Severity.ERROR] == []
    assert all(one.severity is Severity.NOTE for one in done.findings)
    return done


def codes(done: Decided) -> list[str]:
    return [one.rule.code for one in done.findings]


def container_of(pipeline: Pipeline, component: str) -> Container:
    body = pipeline.components[component].body
    assert isinstance(body, ExecutorRef)
    executor = pipeline.executors[body.label]
    assert isinstance(executor, Container)
    return executor


class TestAddedTasks:
    def test_one_reads_the_files(self) -> None:
        done = converted(read(writer("write")))
        tasks = argo_files.tasks(done.pipeline)
        assert list(tasks) == ["write", "write-metrics"]
        added = tasks["write-metrics"]
        assert added.artifacts == {"metrics": FromTask(task="write", output=METRICS)}
        component = done.pipeline.components[added.component]
        assert {n: a.schema_title for n, a in component.outputs.artifacts.items()} == {
            "metrics": "system.Metrics"
        }
        assert str(container_of(done.pipeline, added.component).image) == IMAGE
        assert codes(done) == ["TR384"]
        assert "task `write-metrics` is added" in done.findings[0].message

    def test_the_task_of_the_user_is_unchanged(self) -> None:
        given = read(writer("write"))
        done = converted(given)
        assert argo_files.tasks(done.pipeline)["write"] == argo_files.tasks(given)["write"]
        assert container_of(done.pipeline, "comp-write") == container_of(given, "comp-write")

    def test_of_both_files(self) -> None:
        outputs = f"{METRICS}: /m, {UI}: /v"
        done = converted(read(writer("write", "[sh, -c, 'touch $0 $1', /m, /v]", outputs)))
        added = argo_files.tasks(done.pipeline)["write-metrics"]
        assert set(added.artifacts) == {"metrics", "visualizations"}
        component = done.pipeline.components[added.component]
        assert set(component.outputs.artifacts) == set(NAMES)

    @pytest.mark.parametrize(
        ("text", "outputs"),
        [
            ('{"type": "roc"}', ["classification"]),
            ("{'type': 'confusion_matrix'}", ["classification"]),
            ("dict(type='markdown')", ["markdown"]),
            ('{\\"type\\": \\"table\\"}', ["markdown"]),
            ('{"type":"web-app"} {"type" : "markdown"}', ["markdown", "html"]),
            ("nothing of the kind", ["classification", "markdown", "html"]),
        ],
    )
    def test_types_in_the_program(self, text: str, outputs: list[str]) -> None:
        command = json.dumps(["sh", "-c", f"echo '{text}' > $0", "/v"])
        done = converted(read(writer("write", command, f"{UI}: /v")))
        added = argo_files.tasks(done.pipeline)["write-metrics"]
        assert list(done.pipeline.components[added.component].outputs.artifacts) == outputs

    def test_tasks_with_the_same_files_share_a_component(self) -> None:
        text = argo_files.workflow(
            "[{name: a, template: one}, {name: b, template: two}, {name: c, template: three}]",
            writer("one") + writer("two") + writer("three", outputs=f"{UI}: /m"),
            metadata=ANNOTATED,
        )
        tasks = argo_files.tasks(converted(argo_files.read(text)).pipeline)
        assert tasks["a-metrics"].component == tasks["b-metrics"].component
        assert tasks["a-metrics"].component != tasks["c-metrics"].component

    def test_a_name_that_is_taken(self) -> None:
        text = argo_files.workflow(
            "[{name: write, template: write}, {name: write-metrics, template: work}]",
            writer("write"),
            metadata=ANNOTATED,
        )
        tasks = argo_files.tasks(converted(argo_files.read(text)).pipeline)
        assert list(tasks) == ["write", "write-metrics", "write-metrics-2"]

    def test_in_a_condition(self) -> None:
        text = argo_files.workflow(
            '[{name: sub, template: sub, when: \'"a" == "a"\'}]',
            "- {name: sub, dag: {tasks: [{name: write, template: write}]}}\n" + writer("write"),
            metadata=ANNOTATED,
        )
        done = converted(argo_files.read(text))
        assert list(argo_files.tasks(done.pipeline, "comp-sub")) == ["write", "write-metrics"]

    def test_images_are_replaced_as_others(self) -> None:
        done = converted(read(writer("write")), images={"python:": "mirror/python:"})
        added = argo_files.tasks(done.pipeline)["write-metrics"]
        image = container_of(done.pipeline, added.component).image
        assert str(image) == IMAGE.replace("python:", "mirror/python:")
        assert ("images", "python:") in done.used

    def test_none_after_an_exit_handler(self) -> None:
        text = argo_files.workflow(
            "[{name: work, template: work}]", writer("write"), onExit="write", metadata=ANNOTATED
        )
        given = argo_files.read(text)
        done = converted(given)
        assert codes(done) == ["TR385"] and "exit handler" in done.findings[0].message
        assert argo_files.tasks(done.pipeline) == argo_files.tasks(given)


PYTHON = '["sh", "-ec", "python3 -u -c \\"$0\\" \\"$@\\"", "import sys", "/m"]'


class TestWrappers:
    @pytest.mark.parametrize(
        "command", [PYTHON, "[python3, main.py, /m]", "[/usr/bin/python3.9, -c, x, /m]"]
    )
    def test_around_a_program_in_python(self, command: str) -> None:
        given = read(writer("write", command))
        done = converted(given)
        assert list(argo_files.tasks(done.pipeline)) == ["write"]
        before, after = (container_of(p, "comp-write") for p in (given, done.pipeline))
        assert after.command[7:] == before.command and after.args == before.args
        words = [str(word) for word in after.command[:7]]
        assert words[3] == WRAPPER and words[5] == "{{$}}"
        assert json.loads(words[6]) == ["outputs", {"metrics": METRICS}, {"metrics": "metrics"}]
        outputs = done.pipeline.components["comp-write"].outputs.artifacts
        assert outputs["metrics"].schema_title == "system.Metrics"
        assert codes(done) == ["TR384"] and WRAPPER in done.findings[0].message

    def test_variables_that_a_shell_changes_are_set_behind_it(self) -> None:
        template = writer("write", "[python3, main.py, /m]").replace(
            "command:", "env: [{name: PWD, value: /x}, {name: A, value: b}], command:"
        )
        command = container_of(converted(read(template)).pipeline, "comp-write").command
        assert list(map(str, command[7:12])) == ["env", "--", "PWD=/x", "python3", "main.py"]

    @pytest.mark.parametrize(
        "command", ["[python, main.py, /m]", "[python2, main.py, /m]", "[sh, -c, ls python3x, /m]"]
    )
    def test_not_around_others(self, command: str) -> None:
        done = converted(read(writer("write", command)))
        assert list(argo_files.tasks(done.pipeline)) == ["write", "write-metrics"]

    def test_outputs_whose_names_are_taken(self) -> None:
        outputs = f"{METRICS}: /m, write-metrics: /n"
        done = converted(read(writer("write", "[python3, a.py, /m, /n]", outputs)))
        artifacts = done.pipeline.components["comp-write"].outputs.artifacts
        assert list(artifacts) == [METRICS, "metrics", "metrics-2"]
        options = str(container_of(done.pipeline, "comp-write").command[6])
        assert json.loads(options)[2] == {"metrics": "metrics-2"}

    def test_the_report_lists_it(self) -> None:
        text = argo_files.workflow(
            "[{name: write, template: write}]",
            writer("write", "[python3, a.py, /m]"),
            metadata=ANNOTATED,
        )
        reading = translator.load_text(text)
        page = api.bundled(
            reading, translator.check(reading, "vertex"), "vertex", file="a.yaml"
        ).files["REPORT.md"]
        assert f"begins with `{WRAPPER}`" in page


class TestWhatStays:
    def test_logs_for_tensorboard(self) -> None:
        command = """[sh, -c, 'echo "$1" > $0', /v, '{"type": "tensorboard"}']"""
        given = read(writer("write", command, f"{UI}: /v"))
        done = converted(given)
        assert done.pipeline is given and codes(done) == ["TR385"]

    def test_files_that_kfp_adds_to_every_task(self) -> None:
        """Early versions of kfp did, and wrote no version."""
        outputs = f"{METRICS}: /mlpipeline-metrics.json, {UI}: /mlpipeline-ui-metadata.json"
        given = read(
            writer("write", "[sh, -c, 'true']", outputs), metadata={"generateName": "flow-"}
        )
        done = converted(given)
        assert done.pipeline is given and codes(done) == ["TR385"]

    def test_unless_the_program_names_them(self) -> None:
        outputs = f"{METRICS}: /mlpipeline-metrics.json"
        command = "[sh, -c, 'echo {} > /mlpipeline-metrics.json']"
        given = read(writer("write", command, outputs), metadata={"generateName": "flow-"})
        assert codes(converted(given)) == ["TR384"]

    def test_all_with_no_metrics(self) -> None:
        given = read(writer("write"))
        done = metrics(given, Decisions(metrics=False))
        assert done.pipeline is given and done.findings == ()
        assert done.used == {("metrics", "")}
        assert [(one.kind, one.key, one.value) for one in done.needs] == [("metrics", "", "false")]

    def test_kfp_v2(self) -> None:
        document = kfp_files.spec()
        document["components"]["comp-say"]["outputDefinitions"] = {
            "artifacts": {METRICS: {"artifactType": {"schemaTitle": "system.Artifact"}}}
        }
        given = kfp_files.read(document)
        assert metrics(given, NONE) == Decided(given)

    def test_a_value(self) -> None:
        """An output that another task takes by value is a parameter."""
        text = argo_files.workflow(
            "[{name: write, template: write}, {name: say, template: say, arguments: {parameters: "
            f"[{{name: text, value: '{{{{tasks.write.outputs.parameters.{UI}}}}}'}}]}}}}]",
            writer("write", outputs=f"{UI}: /m").replace(
                "outputs: {", f"outputs: {{parameters: [{{name: {UI}, valueFrom: {{path: /m}}}}], "
            ),
            metadata=ANNOTATED,
        )
        given = argo_files.read(text)
        assert metrics(given, NONE).pipeline is given


def test_the_need() -> None:
    (need,) = metrics(read(writer("write")), NONE).needs
    assert (need.kind, need.key, need.value, need.is_proposal) == ("metrics", "", "true", False)


@pytest.mark.parametrize(("flag", "count"), [(True, 2), (False, 1)])
def test_of_a_file(flag: bool, count: int) -> None:
    text = argo_files.workflow(
        "[{name: write, template: write}]", writer("write"), metadata=ANNOTATED
    )
    given = translator.load_text(text)
    options = TARGET.options(decisions=Decisions(metrics=flag))
    written = translator.render(given, "vertex", options)["pipeline.yaml"]
    assert written.count("componentRef:") == count


SHELLS = [["dash"], ["bash"], ["busybox", "sh"]]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
class TestRun:
    """The wrapper of a container, run as a backend would run it."""

    @pytest.fixture(autouse=True)
    def there(self, shell: list[str]) -> None:
        if not shutil.which(shell[0]):
            pytest.skip(f"no {shell[0]}")

    def run(self, shell: list[str], folder: Path, program: str, *args: str) -> tuple[int, Any]:
        """The exit status, and the executor output."""
        command = json.dumps(["python3", "-c", program, "/m", *args])
        pipeline = converted(read(writer("write", command))).pipeline
        words = [str(word) for word in container_of(pipeline, "comp-write").command]
        artifacts = {
            name: {"artifacts": [{"name": name, "uri": str(folder / name)}]}
            for name in pipeline.components["comp-write"].outputs.artifacts
        }
        output = folder / "output.json"
        values = {
            "{{$}}": json.dumps({"outputs": {"artifacts": artifacts, "outputFile": str(output)}}),
            f"{{{{$.outputs.artifacts['{METRICS}'].path}}}}": str(folder / METRICS),
            "python3": sys.executable,
        }
        words = [values.get(word, word) for word in words]
        environment = {"PATH": f"{folder}/bin:/usr/bin:/bin"}
        done = subprocess.run([*shell, *words[1:]], env=environment, check=False)
        written = json.loads(output.read_text("utf-8")) if output.exists() else None
        return done.returncode, written

    WRITE = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"

    def test_metrics(self, shell: list[str], tmp_path: Path) -> None:
        text = '{"metrics": [{"name": "a", "numberValue": 1}]}'
        status, written = self.run(shell, tmp_path, self.WRITE, text)
        assert status == 0
        assert written["artifacts"]["metrics"]["artifacts"] == [
            {"name": "metrics", "uri": str(tmp_path / "metrics"), "metadata": {"a": 1}}
        ]

    @pytest.mark.parametrize("text", ["$(touch hacked)", "`exit 3`", "", "'\"\\", "{", "[" * 9999])
    def test_hostile_files(self, shell: list[str], tmp_path: Path, text: str) -> None:
        assert self.run(shell, tmp_path, self.WRITE, text) == (0, None)
        assert (tmp_path / METRICS).read_text() == text

    def test_a_program_that_fails(self, shell: list[str], tmp_path: Path) -> None:
        assert self.run(shell, tmp_path, "raise SystemExit(7)") == (7, None)

    def test_without_python(self, shell: list[str], tmp_path: Path) -> None:
        """The program is there, and ``python3`` fails, as an old one does."""
        (tmp_path / "bin").mkdir()
        broken = tmp_path / "bin/python3"
        broken.write_text("#!/bin/sh\nexit 1\n")
        broken.chmod(0o755)
        assert self.run(shell, tmp_path, self.WRITE, "{}") == (0, None)

    def test_files_of_more_tasks_than_a_run_can_have(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(passes.metrics, "MAX_TASKS", 4)
        tasks = [{"name": name, "template": "write"} for name in "abc"]
        workflow = argo_files.workflow(
            json.dumps([*tasks, {"name": "python", "template": "python"}]),
            writer("write") + writer("python", "[python3, a.py, /m]"),
            metadata=ANNOTATED,
        )
        done = converted(argo_files.read(workflow))
        assert list(argo_files.tasks(done.pipeline)) == ["a", "b", "c", "python"]
        assert codes(done) == ["TR384", "TR385"]
        assert WRAPPER in done.findings[0].message and "3 tasks" in done.findings[1].message
        monkeypatch.setattr(passes.metrics, "MAX_TASKS", 7)
        assert len(argo_files.tasks(converted(argo_files.read(workflow)).pipeline)) == 7
