"""What is written for Kubeflow, and what the script does as far as it needs no server."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.model import (
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FromParent,
    Importer,
    Interface,
    Parameter,
    ParameterType,
    Pipeline,
    Platform,
    Setting,
    Submission,
    Task,
)
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets import target
from translator.targets.kubeflow import Options
from translator.targets.kubeflow.writer import FLAGS
from translator.writers.inputs import flags_of
from translator.writers.pipeline_spec import pipeline_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

INPUTS = {
    "learning_rate": Parameter(
        type=ParameterType.NUMBER_DOUBLE, default=0.1, description="How 100% fast\nit learns"
    ),
    "epochs": Parameter(type=ParameterType.NUMBER_INTEGER),
    "host": Parameter(type=ParameterType.STRING, default="db"),
    "layers": Parameter(type=ParameterType.LIST, default=[1, 2]),
    "config": Parameter(type=ParameterType.STRUCT, optional=True),
    "fast": Parameter(type=ParameterType.BOOLEAN, default=False),
    "mode": Parameter(type=ParameterType.STRING, default="a", literals=("a", "b")),
}
#: A few lines that are a thousand million numbers.
BOMB = "config:\n  a0: &a0 [1]\n" + "".join(
    f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
WORKFLOW = """\
# This comment stays.
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: hello-, annotations: {compiled: 2021-11-30T15:34:23}}
spec:
  entrypoint: hello
  arguments:
    parameters:
    - {name: text, value: 'old'}
    - {name: count}
    - name: switch  # on or off
      value: |-
        two
        lines
  templates:
  - name: hello
    container: {image: 'busybox:1', command: [echo, '{{workflow.parameters.text}}']}
"""


def write(
    pipeline: Pipeline,
    options: Options | None = None,
    workflow: str | None = None,
    sha256: str = "",
) -> Mapping[str, str]:
    """The files for a pipeline, or for a workflow with this text."""
    return target("kubeflow", workflow).write(pipeline, options or Options(), sha256=sha256)


def pipeline_of(inputs: dict[str, Parameter], **changes: Any) -> Pipeline:
    """One task that prints a word."""
    task = Task(component="comp-say", parameters={"x": FromParent(name="learning_rate")})
    container = Container(image=parse_text("python:3.11"), command=(parse_text("echo"),))
    pipeline = Pipeline(
        name="train",
        root=Component(
            body=Dag(tasks={"say": task} if inputs else {}), inputs=Interface(parameters=inputs)
        ),
        components={"comp-say": Component(body=ExecutorRef(label="exec-say"))},
        executors={"exec-say": container},
    )
    return replace(pipeline, **changes)


def workflow_pipeline(**changes: Any) -> Pipeline:
    """The pipeline of ``WORKFLOW``, as its reader gives it."""
    string = ParameterType.STRING
    inputs = {
        "text": Parameter(type=string, default="old"),
        "count": Parameter(type=string, declared_type="Integer"),
        "switch": Parameter(type=string, default="two\nlines"),
    }
    return pipeline_of(inputs, name="hello", display_name="Hello, you", **changes)


def put(
    folder: Path,
    pipeline: Pipeline,
    options: Options | None = None,
    workflow: str | None = None,
) -> Path:
    """The script of a pipeline, with its bundle around it."""
    for name, text in write(pipeline, options, workflow).items():
        (folder / name).write_bytes(text.encode())
    return folder / "submit.py"


def run(script: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script with nothing of kfp to import."""
    stand_in = script.parent / "kfp.py"
    stand_in.write_text("raise SystemExit('kfp was imported')\n")
    return subprocess.run(
        [sys.executable, script, *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(script.parent), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def plan(script: Path, *words: str, **environment: str) -> Any:
    """What the script would send."""
    done = run(script, "--dry-run", *words, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return put(tmp_path, pipeline_of(INPUTS))


@pytest.fixture
def workflow_script(tmp_path: Path) -> Path:
    return put(tmp_path, workflow_pipeline(), workflow=WORKFLOW)


class TestFiles:
    def test_a_spec_is_one_document(self) -> None:
        pipeline = pipeline_of(INPUTS)
        files = write(pipeline)
        assert list(files) == [
            "submit.py",
            "script_support.py",
            "pipeline_inputs.py",
            "kubeflow_runner.py",
            "pipeline.yaml",
            "requirements.txt",
        ]
        assert list(yaml.safe_load_all(files["pipeline.yaml"])) == [pipeline_spec(pipeline)]
        assert "\nkfp>=2" in files["requirements.txt"]

    def test_settings_for_platforms_follow_as_kfp_writes_them(self) -> None:
        setting = Setting(name="nodeSelector", value={"labels": {"disk": "ssd"}})
        kubernetes = Platform(executors={"exec-say": (setting,)})
        pipeline = pipeline_of(INPUTS, platforms={"kubernetes": kubernetes})
        spec, platforms = yaml.safe_load_all(write(pipeline)["pipeline.yaml"])
        assert spec == pipeline_spec(pipeline)
        executors = platforms["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        assert executors == {"exec-say": {"nodeSelector": {"labels": {"disk": "ssd"}}}}

    def test_artifacts_of_old_schemas_get_the_titles_that_kfp_2_knows(self) -> None:
        old = "properties:\ntitle: kfp.Model\ntype: object\n"
        inputs = Interface(
            artifacts={
                "model": Artifact(instance_schema=old),
                "odd": Artifact(instance_schema="type: object\n"),
                "new": Artifact(schema_title="system.Dataset", schema_version="0.0.2"),
            }
        )
        importer = Importer(uri=Constant(value="gs://b/m"), artifact=Artifact(instance_schema=old))
        pipeline = pipeline_of({})
        pipeline = replace(
            pipeline,
            root=replace(pipeline.root, inputs=inputs),
            executors={**pipeline.executors, "exec-importer": importer},
        )
        spec = yaml.safe_load(write(pipeline)["pipeline.yaml"])
        kinds = spec["root"]["inputDefinitions"]["artifacts"]
        assert {name: kind["artifactType"]["schemaTitle"] for name, kind in kinds.items()} == {
            "model": "system.Model",
            "odd": "system.Artifact",
            "new": "system.Dataset",
        }
        imported = spec["deploymentSpec"]["executors"]["exec-importer"]["importer"]
        assert imported["typeSchema"] == {"schemaTitle": "system.Model", "schemaVersion": "0.0.1"}

    @pytest.mark.parametrize("source", [WORKFLOW, "\ufeffa: 1\r\n# ü\r\n", '{"kind": "Workflow"}'])
    def test_a_workflow_is_not_touched(self, source: str) -> None:
        assert write(pipeline_of({}), None, source)["pipeline.yaml"] == source

    def test_the_same_input_gives_the_same_bytes(self) -> None:
        assert write(pipeline_of(INPUTS)) == write(pipeline_of(INPUTS))

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("train", "train"),
            ("My Pipeline", "my-pipeline"),
            ("namespace/n1/pipeline/x", "namespace-n1-pipeline-x"),
            ("größe", "gr-e"),
            ("___", "pipeline"),
            ("", "pipeline"),
            ("a" * 200, "a" * 128),
        ],
    )
    def test_the_name_is_one_that_the_server_takes(self, name: str, written: str) -> None:
        files = write(pipeline_of(INPUTS, name=name))
        assert yaml.safe_load(files["pipeline.yaml"])["pipelineInfo"]["name"] == written

    def test_what_a_workflow_cannot_be_told_is_said(self) -> None:
        options = Options(pipeline_root="gs://b/root", cache=False)
        text = write(workflow_pipeline(), options, WORKFLOW)["submit.py"]
        assert "# NOTE: A KFP v1 workflow has no pipeline root; 'gs://b/root' is not used." in text
        assert "# NOTE: Caching of a KFP v1 workflow" in text


class TestScript:
    @pytest.mark.parametrize("single_file", [False, True])
    @pytest.mark.parametrize("workflow", [None, WORKFLOW])
    def test_is_as_the_tools_want_it(
        self, workflow: str | None, single_file: bool, tmp_path: Path
    ) -> None:
        pipeline = workflow_pipeline() if workflow else pipeline_of(INPUTS)
        put(tmp_path, pipeline, Options(single_file=single_file), workflow)
        scripts = sorted(path.name for path in tmp_path.glob("*.py"))
        assert len(scripts) == (1 if single_file else 4)
        ruff = [sys.executable, "-m", "ruff"]
        common = ["--isolated", "--line-length", "100"]
        for command in (
            ["check", *common, "--select", "E,F,W,I,B,UP,SIM,RET"],
            ["format", *common, "--diff"],
        ):
            done = subprocess.run(
                [*ruff, *command, *scripts], cwd=tmp_path, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout + done.stderr

    def test_is_short(self) -> None:
        """What is not is the same for every pipeline, and in modules."""
        for files in (write(pipeline_of(INPUTS)), write(workflow_pipeline(), None, WORKFLOW)):
            assert 25 <= len(files["submit.py"].splitlines()) <= 60
            assert len(files["kubeflow_runner.py"].splitlines()) <= 450

    def test_in_one_file_is_the_same_program(self, tmp_path: Path) -> None:
        for pipeline, workflow, word in (
            (pipeline_of(INPUTS), None, "--epochs=1"),
            (workflow_pipeline(), WORKFLOW, "--count=1"),
        ):
            whole = put(tmp_path, pipeline, Options(single_file=True), workflow)
            told = plan(whole, word, "--run-name=r")
            parts = put(tmp_path, pipeline, None, workflow)
            assert told == plan(parts, word, "--run-name=r")

    def test_has_the_flags_that_inputs_keep_off(self, script: Path) -> None:
        shown = run(script, "--help").stdout
        flags = set(re.findall(r"(?:^  |^  -h, |, )--([a-z-]+)", shown, re.MULTILINE))
        inputs = {flag[2:] for known in flags_of(INPUTS, FLAGS).values() for flag in known}
        assert flags - inputs == FLAGS

    def test_help_tells_inputs_statuses_and_cron(self, script: Path) -> None:
        done = run(script, "--help")
        assert done.returncode == 0
        words = " ".join(done.stdout.split())
        assert "How 100% fast it learns [NUMBER_DOUBLE, default: 0.1]" in words
        assert "--epochs INT [NUMBER_INTEGER, required]" in words
        assert "SECOND MINUTE HOUR DAY MONTH WEEKDAY" in words
        assert "exit status: 0 done" in words

    def test_never_needs_the_translator(self, script: Path) -> None:
        assert "import translator" not in script.read_text()


class TestDefaults:
    """They are in pipeline.yaml alone: edited there, they are others for the script too."""

    def edit(self, script: Path, change: Callable[[Any], Any]) -> None:
        path = script.with_name("pipeline.yaml")
        spec = yaml.safe_load(path.read_text())
        change(spec)
        path.write_text(yaml.safe_dump(spec))

    def test_of_a_pipeline(self, tmp_path: Path) -> None:
        script = put(tmp_path, pipeline_of(INPUTS, default_root="gs://old/x"))
        assert "gs://old" not in script.read_text()

        def change(spec: Any) -> None:
            known = spec["root"]["inputDefinitions"]["parameters"]
            known["learning_rate"]["defaultValue"] = 0.25
            known["mode"] |= {"defaultValue": "c", "literals": ["c"]}
            known["epochs"]["defaultValue"] = 9
            del known["fast"]["defaultValue"]
            spec["defaultPipelineRoot"] = "gs://new/x"

        self.edit(script, change)
        shown = " ".join(run(script, "--help").stdout.split())
        assert "How 100% fast it learns [NUMBER_DOUBLE, default: 0.25]" in shown
        assert "--epochs INT [NUMBER_INTEGER, default: 9]" in shown
        assert "--fast true|false [BOOLEAN, required]" in shown
        told = plan(script, "--fast", "true")["run"]
        assert told["runtime_config"]["pipeline_root"] == "gs://new/x"
        assert told["runtime_config"]["parameters"] == {"fast": True}
        done = run(script, "--dry-run", "--fast", "true", "--mode", "a")
        assert 'Parameter mode is one of "c"; got "a".' in done.stderr

    def test_of_a_workflow(self, workflow_script: Path) -> None:
        assert "two" not in workflow_script.read_text().partition("EPILOG")[0]
        path = workflow_script.with_name("pipeline.yaml")
        text = WORKFLOW.replace("'old'", "1e-5").replace("{name: count}", "{name: count, value: 7}")
        path.write_text(text.replace("|-\n        two\n        lines", "~"))
        shown = " ".join(run(workflow_script, "--help").stdout.split())
        assert '--text TEXT [STRING, default: "1e-5"]' in shown
        assert '--count INT [Integer, default: "7"]' in shown
        assert "--switch TEXT [STRING, required]" in shown
        told = plan(workflow_script, "--switch", "x")["upload"]
        assert told["values_written_into_it"] == {"switch": "x"}
        assert run(workflow_script, "--dry-run").returncode == 2

    @pytest.mark.parametrize("damage", ["no yaml", "no file", "no pipeline"])
    @pytest.mark.parametrize("is_v1", [True, False])
    def test_help_needs_no_pipeline(self, damage: str, is_v1: bool, tmp_path: Path) -> None:
        pipeline, workflow = pipeline_of(INPUTS), WORKFLOW if is_v1 else None
        script = put(tmp_path, pipeline, workflow=workflow)
        if damage == "no yaml":
            (tmp_path / "yaml.py").write_text("raise ImportError('No module named yaml')")
        elif damage == "no file":
            (tmp_path / "pipeline.yaml").unlink()
        else:
            (tmp_path / "pipeline.yaml").write_text("a: [")
        done = run(script, "--help", COLUMNS="200")
        shown = " ".join(done.stdout.split())
        assert done.returncode == 0, done.stderr
        assert "default: see pipeline.yaml" in shown
        done = run(script, "--dry-run")
        assert done.returncode == (1 if damage == "no yaml" else 2)
        assert "Traceback" not in done.stderr

    def test_inputs_that_were_edited_in_one_place(self, script: Path) -> None:
        self.edit(script, lambda spec: spec["root"]["inputDefinitions"]["parameters"].pop("epochs"))
        done = run(script, "--dry-run", "--epochs", "1")
        assert done.returncode == 2
        assert "pipeline.yaml has no input epochs." in done.stderr


class TestDryRun:
    def test_says_what_would_be_sent(self, script: Path) -> None:
        words = ["--epochs", "3", "--learning-rate", "1e-3", "--param-host", "x", "--run-name", "r"]
        assert plan(script, *words, "--fast", "TRUE", "--layers", "[]", "--config", "{}") == {
            "host": "http://localhost:8080",
            "experiment": {"display_name": "Default"},
            "run": {
                "display_name": "r",
                "pipeline_spec": "pipeline.yaml",
                "runtime_config": {
                    "parameters": {
                        "learning_rate": 0.001,
                        "epochs": 3,
                        "host": "x",
                        "layers": [],
                        "config": {},
                        "fast": True,
                    }
                },
            },
        }

    def test_of_a_workflow_says_what_is_written_into_it(self, workflow_script: Path) -> None:
        told = plan(workflow_script, "--count", "07", "--run-name", "r", "--namespace", "me")
        assert told == {
            "host": "http://localhost:8080",
            "upload": {
                "file": "pipeline.yaml",
                "name": "Hello, you",
                "namespace": "me",
                "values_written_into_it": {"count": "07"},
            },
            "experiment": {"display_name": "Default", "namespace": "me"},
            "run": {
                "display_name": "r",
                "pipeline_version_reference": "the version that was uploaded",
            },
        }

    def test_keeps_secrets(self, script: Path) -> None:
        done = run(
            script, "--dry-run", "--epochs", "1", "--token", "s3cret", "--cookie", "c=s3cret"
        )
        assert "s3cret" not in done.stdout + done.stderr

    def test_defaults_are_those_of_the_options(self, tmp_path: Path) -> None:
        options = Options(
            host="https://kfp.example",
            namespace="me",
            experiment="tries",
            run_name="again",
            pipeline_root="s3://b/root",
            service_account="runner",
            cache=False,
            recurring="0 9 * * 1",
        )
        script = put(tmp_path, pipeline_of(INPUTS), options)
        told = plan(script, "--epochs", "1")
        run_body = told["recurring_run"]
        assert told["host"] == "https://kfp.example"
        assert told["experiment"] == {"display_name": "tries", "namespace": "me"}
        assert run_body["display_name"] == "again"
        assert run_body["service_account"] == "runner"
        assert run_body["caching_of_every_task"] is False
        assert run_body["runtime_config"]["pipeline_root"] == "s3://b/root"
        assert run_body["trigger"] == {"cron_schedule": {"cron": "0 0 9 * * 1"}}
        assert "caching_of_every_task" in plan(script, "--epochs", "1", "--cache")["recurring_run"]
        assert "run" in plan(script, "--epochs", "1", "--recurring", "")

    def test_environment(self, script: Path) -> None:
        told = plan(
            script,
            "--epochs=1",
            KF_PIPELINES_ENDPOINT="http://there:80/",
            KF_PIPELINES_DEFAULT_EXPERIMENT_NAME="theirs",
        )
        assert (told["host"], told["experiment"]["display_name"]) == ("http://there:80", "theirs")
        told = plan(
            script,
            "--epochs=1",
            "--host=http://mine",
            "--experiment=mine",
            KF_PIPELINES_ENDPOINT="http://there:80",
            KF_PIPELINES_DEFAULT_EXPERIMENT_NAME="theirs",
        )
        assert (told["host"], told["experiment"]["display_name"]) == ("http://mine", "mine")

    @pytest.mark.parametrize(
        ("own", "used"),
        [("gs://b/r", "gs://b/r"), ("minio://x", "minio://x"), ("dummy_root", None)],
    )
    def test_the_pipeline_s_own_root_is_passed_on(
        self, own: str, used: str | None, tmp_path: Path
    ) -> None:
        script = put(tmp_path, pipeline_of(INPUTS, default_root=own))
        config = plan(script, "--epochs", "1")["run"]["runtime_config"]
        assert config.get("pipeline_root") == used

    def test_values_that_the_file_asks_for(self, tmp_path: Path) -> None:
        submission = Submission(arguments={"epochs": 7, "host": "h"}, display_name="from the file")
        script = put(tmp_path, pipeline_of(INPUTS, submission=submission))
        told = plan(script, "--param-host", "mine")["run"]
        assert told["display_name"] == "from the file"
        assert told["runtime_config"]["parameters"] == {"epochs": 7, "host": "mine"}


class TestCron:
    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ("0 9 * * 1", "0 0 9 * * 1"),
            ("  */5  * * * MON-FRI ", "0 */5 * * * MON-FRI"),
            ("30 0 9 * * 1", "30 0 9 * * 1"),
            ("@daily", "@daily"),
            ("@every 1h30m", "@every 1h30m"),
        ],
    )
    def test_is_made_to_begin_with_seconds(self, given: str, sent: str, script: Path) -> None:
        body = plan(script, "--epochs=1", "--recurring", given, "--max-concurrency", "2")
        assert body["recurring_run"]["trigger"]["cron_schedule"]["cron"] == sent
        assert body["recurring_run"]["max_concurrency"] == 2

    def test_anything_else_is_left_to_the_server(self, script: Path) -> None:
        body = plan(script, "--epochs=1", "--recurring", "0 9 * * 8")["recurring_run"]
        assert body["trigger"]["cron_schedule"]["cron"] == "0 0 9 * * 8"


class TestWrongUsage:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ([], "Parameter epochs (NUMBER_INTEGER) has no value. Pass --epochs VALUE"),
            (["--epochs", "1.5"], "Parameter epochs is NUMBER_INTEGER, got 1.5 (float)."),
            (["--epochs", "true"], 'Parameter epochs is NUMBER_INTEGER, got "true" (str).'),
            (["--epochs=1", "--learning-rate", "nan"], "Parameter learning_rate is not JSON: "),
            (["--epochs=1", "--learning-rate", "x"], 'is NUMBER_DOUBLE, got "x" (str).'),
            (["--epochs=1", "--fast", "yes"], 'Parameter fast is BOOLEAN, got "yes" (str).'),
            (["--epochs=1", "--layers", "{}"], "Parameter layers is LIST, got {} (dict)."),
            (["--epochs=1", "--layers", "[NaN]"], "Parameter layers is not JSON: "),
            (["--epochs=1", "--config", "a: 1"], 'config is STRUCT, got "a: 1" (str).'),
            (["--epochs=1", "--mode", "c"], 'Parameter mode is one of "a", "b"; got "c".'),
            (["--epochs=1", "--host", "h:80"], "is not an address like http://localhost:8080"),
            (["--epochs=1", "--token", "a\nb"], "characters that no header can hold"),
            (["--epochs=1", "--cookie", "größe"], "characters that no header can hold"),
            (["--epochs=1", "--poll-seconds", "x"], "invalid float value"),
            (["--epochs", "9" * 400], "Parameter epochs is not JSON: "),
            (["--epochs", "9" * 5000], "Parameter epochs is NUMBER_INTEGER, got "),
            (["--epochs=1", "--recurring", "@daily", "--wait"], "has no end"),
            (["--epochs=1", "--upload-only", "--wait"], "runs nothing"),
            (["--epoch=1"], "unrecognized arguments"),
            (["--epochs=1", "--max-concurrency", "0"], "write a number that is at least 1"),
        ],
    )
    def test_is_told_and_nothing_is_sent(self, words: list[str], told: str, script: Path) -> None:
        done = run(script, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr

    def test_a_missing_pipeline(self, script: Path) -> None:
        script.with_name("pipeline.yaml").unlink()
        done = run(script, "--epochs=1", "--dry-run")
        assert done.returncode == 2
        assert "error: cannot read the pipeline in " in done.stderr

    def test_declared_types_of_a_workflow(self, workflow_script: Path) -> None:
        done = run(workflow_script, "--count", "many", "--dry-run")
        assert done.returncode == 2
        assert 'Parameter count is Integer, got "many".' in done.stderr
        told = plan(workflow_script, "--count", "{{workflow.uid}}")
        assert told["upload"]["values_written_into_it"] == {"count": "{{workflow.uid}}"}


class TestParamsFile:
    @pytest.mark.parametrize(
        "text",
        [
            '{"epochs": 3, "layers": [1], "config": {"a": null}, "learning_rate": 1}',
            "epochs: 3\nlayers: '[1]'\nconfig: {a: null}\nlearning_rate: 1\n",
            "\ufeff# comment\nepochs: '3'\nlayers: [1]\nconfig: {a: }\nlearning_rate: 1\n",
        ],
    )
    def test_yaml_and_json(self, text: str, script: Path) -> None:
        file = script.with_name("values")
        file.write_text(text, encoding="utf-8")
        told = plan(script, "--params-file", str(file), "--learning-rate", "2")
        assert told["run"]["runtime_config"]["parameters"] == {
            "epochs": 3,
            "layers": [1],
            "config": {"a": None},
            "learning_rate": 2.0,
        }

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("epoch: 3", "Parameter epoch is not known. Known: learning_rate, epochs"),
            ("fast: 1", "Parameter fast is BOOLEAN, got 1 (int)."),
            ("learning_rate: true", "Parameter learning_rate is NUMBER_DOUBLE, got true (bool)."),
            ("param: 1\n host: 2", "values.yaml: it is not YAML: "),
            ("- 1", "is not a mapping of inputs to values"),
            ("host: 2021-01-01", "Parameter host is not JSON: Object of type date is not"),
            ("config: {a: 2021-01-01}", "Parameter config is not JSON: Object of type date is not"),
            ("1: 2", "Parameter 1 is not known"),
            ("host: !!timestamp x", "values.yaml: it is not YAML: "),
            ("host: !!int ''", "values.yaml: it is not YAML: "),
            ("[" * 100_000, "values.yaml: it is not YAML: "),
            ("host: a\nhost: b", 'the key "host" occurs twice'),
            ('{"host": "a", "host": "b"}', 'the key "host" occurs twice'),
            ("config: {a: 1, 'a': 2}", 'the key "a" occurs twice'),
            (f"host: {'x' * 1_000_000}", "is larger than 1,000,000 bytes"),
            (BOMB, "with its aliases expanded it is larger than 1,000,000 characters"),
        ],
    )
    def test_mistakes(self, text: str, told: str, script: Path) -> None:
        file = script.with_name("values.yaml")
        file.write_text(text)
        done = run(script, "--dry-run", "--epochs=1", "--params-file", str(file))
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices here")
    def test_of_a_file_that_never_ends_little_is_read(self, script: Path) -> None:
        link = script.with_name("link")
        link.symlink_to("/dev/zero")
        done = run(script, "--dry-run", "--params-file", str(link))
        assert (done.returncode, done.stdout) == (2, "")
        assert "is larger than 1,000,000 bytes" in done.stderr

    def test_integers_that_lose_digits(self, script: Path) -> None:
        layers = f"[{2**53}, {2**53 + 1}, {2**54}]"
        done = run(script, "--dry-run", "--epochs=9007199254740993", "--layers", layers)
        assert done.returncode == 0
        assert (
            "warning: Parameter epochs: 9007199254740993 arrives as 9007199254740992" in done.stderr
        )
        assert "warning: Parameter layers: [9007199254740992, 9007199254740993, " in done.stderr
        assert done.stderr.count("warning") == 2

    def test_texts_lose_none(self, workflow_script: Path) -> None:
        assert run(workflow_script, "--dry-run", "--count", str(2**53 + 1)).stderr == ""

    def test_a_missing_file(self, script: Path) -> None:
        done = run(script, "--dry-run", "--epochs=1", "--params-file", "nowhere")
        assert done.returncode == 2
        assert "nowhere" in done.stderr

    def test_values_for_a_workflow_become_the_text_of_kfp_1(self, workflow_script: Path) -> None:
        file = workflow_script.with_name("values.yaml")
        file.write_text("text: {a: [1, 2]}\ncount: 3\nswitch: true\n")
        told = plan(workflow_script, "--params-file", str(file))
        assert told["upload"]["values_written_into_it"] == {
            "text": '{"a": [1, 2]}',
            "count": "3",
            "switch": "True",
        }


any_text = st.text(st.characters(exclude_categories=()))
hostile = st.sampled_from(
    [
        "'",
        '"""',
        "\n",
        "\\",
        "{{",
        "}}",
        "{%",
        "%s",
        "%(prog)s",
        "--",
        "host",
        "\ud800",
        "\u2028",
        "\u202e",
        "\0",
        "é",
        "é😀",
    ]
)
hostile_text = st.lists(hostile, max_size=6).map("".join) | any_text


class TestNothingGetsIn:
    @settings(max_examples=60, deadline=None)
    @given(
        st.dictionaries(hostile_text, st.tuples(hostile_text, hostile_text), max_size=4),
        hostile_text,
        st.sampled_from([None, WORKFLOW]),
    )
    def test_the_program_is_the_same_whatever_the_texts(
        self, inputs: dict[str, tuple[str, str]], name: str, source: str | None
    ) -> None:
        parameters = {
            key: Parameter(type=ParameterType.STRING, default=value, description=about)
            for key, (value, about) in inputs.items()
        }
        pipeline = pipeline_of(parameters, name=name, display_name=name)
        pipeline = replace(pipeline, submission=Submission(schedule=name))
        plain = pipeline_of({})
        options = Options(run_name=name, experiment=name, service_account=name)
        try:
            files = write(pipeline, options, source, sha256=name)
        except ValueError as error:
            assert "lone surrogate" in str(error)  # no YAML can hold it
            return
        program, data = self.parts(files["submit.py"])
        usual = write(plain, Options(service_account=name), source)
        assert program == self.parts(usual["submit.py"])[0]
        assert {**files, "submit.py": "", "pipeline.yaml": ""} == {
            **usual,
            "submit.py": "",
            "pipeline.yaml": "",
        }
        assert [one["name"] for one in data["INPUTS"]] == list(inputs)
        assert data["SETTINGS"].get("experiment", "") == name

    @staticmethod
    def parts(text: str) -> tuple[str, dict[str, Any]]:
        """The program without its docstring, its comments and its values; and the values."""
        tree = ast.parse(text)
        assert ast.get_docstring(tree) is not None
        data = {name: part for part in tree.body for name in _assigned(part)}
        kept = [part for part in tree.body[1:] if not _assigned(part)]
        return ast.unparse(ast.Module(body=kept, type_ignores=[])), {
            name: _values(part.value)
            for name, part in data.items()
            if isinstance(part, ast.Assign | ast.AnnAssign)
        }

    def test_help_survives_anything(self, tmp_path: Path) -> None:
        texts = [
            "",
            "-",
            "--help",
            "a b",
            "[x",
            "%d",
            "é",
            "\n",
            "host",
            "param-host",
            "<x>",
            "a=b",
        ]
        inputs = {
            name: Parameter(type=ParameterType.STRING, description=f"% {{}} {name}\x1b[31m")
            for name in texts
        }
        script = put(tmp_path, pipeline_of(inputs))
        done = run(script, "--help", PYTHONIOENCODING="ascii")
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout
        flags = flags_of(texts, FLAGS)
        words = [word for name in texts for word in (flags[name][0], f"value of {name}")]
        told = plan(script, *words)["run"]["runtime_config"]["parameters"]
        assert told == {name: f"value of {name}" for name in texts}


def _assigned(part: ast.stmt) -> list[str]:
    targets = (
        part.targets
        if isinstance(part, ast.Assign)
        else [part.target]
        if isinstance(part, ast.AnnAssign)
        else []
    )
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _values(node: ast.expr | None) -> Any:
    """A literal; calls are mappings of their arguments, which are literals."""
    if isinstance(node, ast.List):
        return [_values(item) for item in node.elts]
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node) if node else None
    assert isinstance(node.func, ast.Name)
    assert node.func.id in ("Input", "Settings")
    named = {word.arg: ast.literal_eval(word.value) for word in node.keywords}
    assert None not in named
    return {**dict(zip(["name"], map(ast.literal_eval, node.args), strict=False)), **named}


def test_options_all_have_defaults() -> None:
    assert Options() == Options(host="http://localhost:8080")
    assert Options() != Options(host="https://kubeflow.example")


@pytest.mark.parametrize(
    ("text", "is_yaml"),
    [
        ('{"a": "b\\n\\u00e9", "é": [1, null]}', True),
        ("{a: 'b', '\\ud83d\\ude00': 1}", True),
        ('{"a": "\\ud83d\\ude00"}', False),
        ('{\n\t"a": 1\n}', False),
        ('{"a": "\x7f\ufffe"}', False),
        ('{"a": [{"' + "\\u00e9" * 300 + '": 1}]}', False),
    ],
)
def test_a_workflow_in_json_that_is_no_yaml_becomes_yaml(text: str, is_yaml: bool) -> None:
    written = write(workflow_pipeline(), None, text)["pipeline.yaml"]
    assert (written == text) == is_yaml
    read = yaml.load(written, yaml.CSafeLoader)
    assert read == (yaml.load(text, yaml.CSafeLoader) if is_yaml else json.loads(text))


@pytest.mark.parametrize("number", ["-Infinity", "NaN", "1e999"])
def test_numbers_that_json_has_not_stay_as_they_are(number: str) -> None:
    text = f'{{"a": "\\ud83d\\ude00", "b": {number}}}'
    assert write(workflow_pipeline(), None, text)["pipeline.yaml"] == text


def test_help_shows_no_text_that_steers(tmp_path: Path) -> None:
    script = put(tmp_path, pipeline_of({}), Options(host="http://a\x1b[2J\u202e%d"))
    done = run(script, "--help", PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr
    assert "[http://a\\x1b[2J\\u202e%d]" in " ".join(done.stdout.split())


def test_values_of_a_workflow_that_is_converted_are_texts(tmp_path: Path) -> None:
    import translator
    from tests.unit.argo_files import workflow

    flow = workflow("[{name: work, template: work}]", arguments={"flag": "x"})
    (tmp_path / "flow.yaml").write_text(flow, "utf-8")
    made = translator.translate(tmp_path / "flow.yaml", "kubeflow", Options(upgrade=True))
    made.write(tmp_path / "out")
    file = tmp_path / "values.json"
    file.write_text('{"flag": true}', "utf-8")
    told = plan(tmp_path / "out/submit.py", "--params-file", str(file))["run"]
    assert told["runtime_config"]["parameters"] == {"flag": "True"}
