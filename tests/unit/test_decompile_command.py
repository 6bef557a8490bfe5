"""``translator decompile``, ``decompile`` of the library, and ``--style python``."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import translator
from translator import api
from translator.cli import main
from translator.decompiler import Decompiled
from translator.diagnostics import TranslationError
from translator.targets import target
from translator.targets.forms import python_form
from translator.version import NOTICE

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = Path(__file__).parents[2] / "examples"
HELLO = EXAMPLES / "hello/pipeline.yaml"
WORKFLOW = EXAMPLES / "train/pipeline_v1.yaml"
SPEC = """
pipelineInfo: {name: flow}
schemaVersion: 2.1.0
sdkVersion: kfp-2.15.2
root: {dag: {tasks: {train: {componentRef: {name: comp-train}}}}}
components: {comp-train: {executorLabel: exec-train}}
deploymentSpec: {executors: {exec-train: {container: {image: 'python:3.11', command: [COMMAND]}}}}
"""


def translated(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def spec(command: str = "train", more: str = "") -> str:
    """The text of a pipeline of one task."""
    return SPEC.replace("COMMAND", json.dumps(command)) + more


def test_the_source_is_printed() -> None:
    result = translated("decompile", HELLO)
    assert result.exit_code == 0
    assert "@dsl.pipeline" in result.stdout
    assert result.stdout == translator.decompile(HELLO).text
    assert result.stdout.count(NOTICE) == 1
    ast.parse(result.stdout)


def test_the_source_is_written(tmp_path: Path) -> None:
    file = tmp_path / "new/pipeline.py"
    result = translated("decompile", HELLO, "-o", file)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert f"{file} written" in result.stderr
    assert file.read_text("utf-8") == translator.decompile(HELLO).text
    # The same again is no conflict, other content is one.
    assert translated("decompile", HELLO, "-o", file).exit_code == 0
    file.write_text("print('mine')\n")
    result = translated("decompile", HELLO, "-o", file)
    assert result.exit_code == 1
    assert "TR449" in result.stderr
    assert file.read_text("utf-8") == "print('mine')\n"
    assert translated("decompile", HELLO, "-o", file, "--force").exit_code == 0
    assert file.read_text("utf-8") == translator.decompile(HELLO).text


def test_in_json(tmp_path: Path) -> None:
    result = translated("decompile", HELLO, "--format", "json")
    (entry,) = json.loads(result.stdout)["inputs"]
    assert entry["source"] == translator.decompile(HELLO).text


def test_errors_leave_no_source(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text(spec().replace("comp-train}", "comp-none}"))
    result = translated("decompile", file, "-o", tmp_path / "pipeline.py")
    assert result.exit_code == 1
    assert "nothing written" in result.stderr
    assert not (tmp_path / "pipeline.py").exists()
    with pytest.raises(TranslationError):
        translator.decompile(file)


def test_a_folder_of_several_is_a_usage_error(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(spec())
    result = translated("decompile", tmp_path)
    assert result.exit_code == 2
    assert "has 2 pipelines" in result.stderr


def test_run_settings_are_told(tmp_path: Path) -> None:
    job = {
        "displayName": "A run",
        "labels": {"team": "ml"},
        "pipelineSpec": json.loads(json.dumps(_yaml(spec()))),
        "runtimeConfig": {"gcsOutputDirectory": "gs://b/r"},
    }
    source = translator.decompile(translator.load_text(json.dumps(job)))
    (finding,) = [one for one in source.findings if one.rule.code == "TR447"]
    assert finding.message.endswith(": pipeline root, display name, labels")


def test_a_version_of_kfp_is_told_or_pinned(tmp_path: Path) -> None:
    text = (EXAMPLES / "train/pipeline_v2.yaml").read_text("utf-8")
    file = tmp_path / "pipeline.yaml"
    file.write_text(text.replace("kfp==2.17.0", "kfp==2.14.3"), "utf-8")
    pinned = 'kfp_package_path="kfp==2.14.3"'
    told, kept = (translated("decompile", file, "-v", *more) for more in ([], ["--pin-kfp"]))
    assert told.stderr.count("note[TR445]") == 1 and pinned not in told.stdout
    assert "TR445" not in kept.stderr and kept.stdout.count(pinned) == 3
    assert kept.stdout == translator.decompile(file, pin_kfp=True).text
    for to in ("vertex", "kubeflow"):
        words = ("convert", file, "--to", to, "--style", "python", "--pin-kfp", "--verify", "-v")
        result = translated(*words, "-o", tmp_path / to)
        assert result.exit_code == 0 and "TR445" not in result.stderr, result.stderr
        assert (tmp_path / to / "pipeline.py").read_text("utf-8").count(pinned) == 3
        assert "kfp==" not in (tmp_path / to / "requirements.txt").read_text("utf-8")


@pytest.mark.parametrize("command", ["convert", "check"])
def test_pin_kfp_is_about_the_style_python(command: str) -> None:
    result = translated(command, HELLO, "--pin-kfp")
    assert result.exit_code == 2
    assert "--pin-kfp is about pipeline.py, which --style python writes" in result.stderr


def _yaml(text: str) -> object:
    import yaml

    return yaml.safe_load(text)


@pytest.mark.parametrize("text", ["::set-output name=a::b\n" * 3, "##[group]x"])
def test_commands_of_logs_are_not_printed(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text(spec(text))
    result = translated("decompile", file)
    assert result.exit_code == 1
    assert "TR448" in result.stderr
    assert result.stdout == ""
    assert translated("decompile", file, "-o", tmp_path / "p.py").exit_code == 0


class TestStyle:
    @pytest.mark.parametrize("to", ["vertex", "kubeflow"])
    def test_files_of_the_bundle(self, to: str) -> None:
        files = translator.render(translator.load(HELLO), to, style="python")
        script = target(to).script
        assert {script, "pipeline.py", "pipeline_compiler.py", "requirements.txt"} <= files.keys()
        assert "pipeline.yaml" not in files
        assert {*files} <= {*target(to).files}
        assert "\nimport pipeline\n" in files[script]
        assert all(text.count(NOTICE) == 1 for text in files.values())

    def test_another_style_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="no style 'java'; there are python and spec"):
            translator.render(translator.load(HELLO), "vertex", style="java")

    def test_requirements_are_those_of_the_imports(self) -> None:
        def required(files: Mapping[str, str]) -> list[str]:
            return files["requirements.txt"].splitlines()[1:]

        settings = """---
platforms: {kubernetes: {deploymentSpec: {executors: {exec-train: {imagePullPolicy: Always}}}}}
"""
        plain, with_settings = map(translator.load_text, (spec(), spec(more=settings)))
        kfp, kubernetes = "kfp>=2.17,<3", "kfp-kubernetes>=2.17,<3"
        assert required(translator.render(plain, "kubeflow", style="python")) == [kfp]
        found = required(translator.render(with_settings, "kubeflow", style="python"))
        assert found == [kfp, kubernetes]
        aiplatform = "google-cloud-aiplatform[pipelines]>=1.100,<3"
        found = required(translator.render(with_settings, "vertex", style="python"))
        assert found == [aiplatform, kfp]

    def test_the_version_that_was_recognized_is_required(self) -> None:
        text = "from google_cloud_pipeline_components.v1 import bigquery\nfrom kfp import dsl\n"
        exact = "google-cloud-pipeline-components==2.22.0"
        source = Decompiled(text, "p", {}, (), (exact,))
        assert python_form("t", (), source).requirements == ("kfp>=2.17,<3", exact)
        source = source._replace(requirements=())
        any_version = "google-cloud-pipeline-components>=2.17,<3"
        assert python_form("t", (), source).requirements == ("kfp>=2.17,<3", any_version)

    def test_a_style_after_decisions_for_another(self) -> None:
        text = WORKFLOW.read_text("utf-8").replace(
            "      image: curlimages",
            "      env:\n"
            "      - {name: T, valueFrom: {secretKeyRef: {name: s, key: k}}}\n"
            "      image: curlimages",
            1,
        )
        assert "secretKeyRef: {name: s" in text
        reading = translator.load_text(text)
        decided = api.decide(reading, "kubeflow")
        files = translator.render(decided, "kubeflow", style="python")
        assert files == translator.render(reading, "kubeflow", style="python")

    def test_a_workflow_is_converted(self) -> None:
        reading = translator.load(WORKFLOW)
        options = target("kubeflow").options(style="python")
        codes = [one.rule.code for one in translator.check(reading, "kubeflow", options)]
        assert "TR431" not in codes  # about the submission of a workflow
        files = translator.render(reading, "kubeflow", options)
        assert "argoproj.io" not in files["pipeline.py"]

    def test_a_bundle_replaces_the_one_of_the_other_style(self, tmp_path: Path) -> None:
        for style, has, lacks in (
            ("spec", "pipeline.yaml", "pipeline.py"),
            ("python", "pipeline.py", "pipeline.yaml"),
            ("spec", "pipeline.yaml", "pipeline.py"),
        ):
            result = translated("convert", HELLO, "--style", style, "-o", tmp_path / "out")
            assert result.exit_code == 0, result.stderr
            assert (tmp_path / "out" / has).exists()
            assert not (tmp_path / "out" / lacks).exists()

    def test_the_report_names_the_file(self, tmp_path: Path) -> None:
        assert translated("convert", WORKFLOW, "--style", "python", "-o", tmp_path).exit_code == 0
        report = (tmp_path / "REPORT.md").read_text("utf-8")
        assert "another form in `pipeline.py`" in report

    def test_check_has_its_findings_too(self, tmp_path: Path) -> None:
        file = tmp_path / "pipeline.yaml"
        resources = "{resources: {resourceMemoryLimit: 1.5Gi}, image"
        file.write_text(spec().replace("{image", resources))
        words = ("check", file, "--to", "kubeflow", "-v")
        assert "TR441" not in translated(*words).stderr
        assert "TR441" in translated(*words, "--style", "python").stderr


def test_a_task_after_failures_gets_its_defaults_as_arguments() -> None:
    """kfp raises ``KeyError`` without them."""
    text = """
pipelineInfo: {name: flow}
schemaVersion: 2.1.0
root:
  dag:
    tasks:
      make: {componentRef: {name: comp-make}, cachingOptions: {enableCache: true}}
      train:
        componentRef: {name: comp-train}
        cachingOptions: {enableCache: true}
        dependentTasks: [make]
        inputs: {parameters: {c: {runtimeValue: {constant: "2"}}}}
        triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}
components:
  comp-make: {executorLabel: exec-make}
  comp-train:
    executorLabel: exec-train
    inputDefinitions:
      parameters:
        b: {parameterType: NUMBER_INTEGER, defaultValue: 1, isOptional: true}
        c: {parameterType: STRING, defaultValue: "2", isOptional: true}
deploymentSpec:
  executors:
    exec-make: {container: {image: 'python:3.11', command: [make]}}
    exec-train: {container: {image: 'python:3.11', command: [train]}}
"""
    source = translator.decompile(translator.load_text(text)).text
    assert 'train(b=1, c="2").after(make_task).ignore_upstream_failure()' in source


class TestVerify:
    @pytest.mark.parametrize("to", ["vertex", "kubeflow"])
    def test_the_same_pipeline(self, to: str, tmp_path: Path) -> None:
        words = ("convert", WORKFLOW, "--to", to, "--style", "python", "--verify")
        result = translated(*words, "-o", tmp_path / "out")
        assert result.exit_code == 0, result.stderr
        assert "compiles pipeline.py to the same pipeline" in result.stderr
        assert translated("decompile", WORKFLOW, "--verify").exit_code == 0

    def test_another_pipeline_is_not_written(self, tmp_path: Path) -> None:
        file, out = tmp_path / "pipeline.yaml", tmp_path / "out"
        retry = "{retryPolicy: {maxRetryCount: 1, backoffDuration: 0.5s}, componentRef"
        file.write_text(spec().replace("{componentRef", retry))
        words = ("convert", file, "--style", "python", "--verify", "-o", out)
        result = translated(*words, "--format", "json")
        assert result.exit_code == 1
        (entry,) = json.loads(result.stdout)["inputs"]
        assert {"TR442", "TR473"} <= {one["code"] for one in entry["diagnostics"]}
        assert entry["compiled"]["identical"] is False
        assert not out.exists()
        assert translated("decompile", file, "--verify").exit_code == 1
        assert translated("decompile", file).exit_code == 0

    def test_it_is_about_python_only(self, tmp_path: Path) -> None:
        result = translated("convert", HELLO, "--verify", "-o", tmp_path / "out")
        assert result.exit_code == 2
        assert "--style python" in result.stderr


def test_a_name_that_changes_is_reported() -> None:
    text = re.sub(r"(?<=pipelineInfo: {name: )[^}]+", "House Prices", spec())
    assert "House Prices" in text
    codes = [one.rule.code for one in translator.decompile(translator.load_text(text)).findings]
    assert "TR416" in codes
