"""What is written for Vertex AI, and what the script says before it needs the SDK."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import runpy
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline_inputs
import script_support
import vertex_runner
from script_support import Failure
from translator.diagnostics import Origin
from translator.diagnostics.redaction import secret_name
from translator.model import (
    KFP_V1,
    Amount,
    Artifact,
    Caching,
    Component,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    Interface,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Resources,
    Submission,
    Task,
)
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex import Options
from translator.targets.vertex import writer as vertex
from translator.targets.vertex.writer import write
from translator.version import NOTICE
from translator.writers.inputs import flags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The names in the script that hold data of the pipeline.
DATA = {"SETTINGS", "INPUTS"}
TYPED = {
    "text": Parameter(type=ParameterType.STRING),
    "count": Parameter(type=ParameterType.NUMBER_INTEGER, default=3),
    "rate": Parameter(type=ParameterType.NUMBER_DOUBLE, default=0.5),
    "flag": Parameter(type=ParameterType.BOOLEAN, optional=True),
    "items": Parameter(type=ParameterType.LIST, default=[]),
    "map": Parameter(type=ParameterType.STRUCT, default={}),
    "mode": Parameter(type=ParameterType.STRING, default="a", literals=("a", "b")),
}
#: A few lines that are a thousand million numbers.
BOMB = "map:\n  a0: &a0 [1]\n" + "".join(
    f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
READY = Options(project="p1", pipeline_root="gs://bucket/root")


def pipeline(
    parameters: Mapping[str, Parameter] | None = None,
    *,
    task: Task | None = None,
    container: Container | None = None,
    **fields: Any,
) -> Pipeline:
    """A pipeline of one task."""
    task = task or Task(component="comp-say", caching=Caching(enabled=True))
    return Pipeline(
        **{
            "name": "demo",
            "root": Component(
                body=Dag(tasks={"say": task}),
                inputs=Interface(
                    parameters=parameters or {}, artifacts=fields.pop("artifacts", {})
                ),
            ),
            "components": {"comp-say": Component(body=ExecutorRef(label="exec-say"))},
            "executors": {"exec-say": container or Container(image=parse_text("busybox"))},
            **fields,
        }
    )


@dataclass
class Done:
    """How a script ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def request(self) -> Any:
        """The request that was printed."""
        assert self.status == 0, self.stderr
        return json.loads(self.stdout)

    @property
    def job(self) -> Any:
        """The run in the request."""
        return self.request["pipelineJob"]

    @property
    def values(self) -> Any:
        """The values of inputs in the request."""
        return self.job["runtimeConfig"]["parameterValues"]

    def says(self, *parts: str) -> None:
        """It was refused, and some line on stderr has all of these parts."""
        assert self.status == 2, self.stderr
        assert self.stdout == ""
        assert "Traceback" not in self.stderr
        assert any(all(part in line for part in parts) for line in self.stderr.splitlines()), (
            self.stderr
        )


class Script:
    """The files of a pipeline, on the disk."""

    def __init__(self, folder: Path, pipeline: Pipeline, options: Options = READY) -> None:
        self.folder = folder
        for name, text in write(pipeline, options).items():
            (folder / name).write_text(text, "utf-8")

    def run(self, *arguments: str, **environment: str) -> Done:
        """What ``main.py --dry-run`` does, with the runner of this repository, in this process."""
        scope = runpy.run_path(str(self.folder / "main.py"), run_name="main")
        path = self.folder / "pipeline.yaml"
        as_text = "as_text=True" in (self.folder / "main.py").read_text("utf-8")
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.object(sys, "argv", ["main.py", *arguments, "--dry-run"]),
            mock.patch.dict(os.environ, {"COLUMNS": "100", **environment}, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                status = vertex_runner.status(path, scope["INPUTS"], scope["SETTINGS"], as_text)
            except Failure as failure:
                for line in (f"error: {failure}", failure.advice):
                    script_support.say(line)
                status = failure.status
            except SystemExit as end:
                status = end.code
        return Done(status, out.getvalue(), err.getvalue())

    def process(self, *arguments: str, **environment: str) -> Done:
        """As a process of its own, in another folder."""
        known = {n: os.environ[n] for n in ("PATH", "SYSTEMROOT") if n in os.environ}
        done = subprocess.run(
            [sys.executable, str(self.folder / "main.py"), *arguments],
            cwd="/",
            env={**known, "COLUMNS": "100", **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Script]:
    """Makes a script of a pipeline."""

    def make(pipeline: Pipeline, options: Options = READY) -> Script:
        return Script(tmp_path, pipeline, options)

    return make


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Script:
    """A script with an input of every type; ``--text`` is required."""
    artifacts = {"data": Artifact(optional=True)}
    return Script(tmp_path_factory.mktemp("typed"), pipeline(TYPED, artifacts=artifacts))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Script:
    """A script without inputs."""
    return Script(tmp_path_factory.mktemp("plain"), pipeline())


class TestFiles:
    def test_are_a_script_with_its_modules_and_the_pipeline(self) -> None:
        modules = ["script_support.py", "pipeline_inputs.py", "vertex_runner.py"]
        others = ["pipeline.yaml", "requirements.txt"]
        assert list(write(pipeline())) == ["main.py", *modules, *others]
        assert list(write(pipeline(), Options(single_file=True))) == ["main.py", *others]

    def test_no_two_modules_define_the_same_name(self) -> None:
        """In a single file one would take the place of the other."""
        names: list[str] = []
        for module in (vertex_runner, script_support, pipeline_inputs):
            own = {"__all__"}
            for part in ast.parse(Path(module.__file__).read_text("utf-8")).body:
                is_definition = isinstance(part, ast.FunctionDef | ast.ClassDef)
                own |= {part.name} if is_definition else names_of(part)
            names += own - {"__all__"}
        assert sorted(names) == sorted(set(names))
        assert "main" not in names

    def test_modules_are_those_of_this_repository(self) -> None:
        files = write(pipeline())
        for module in (vertex_runner, script_support, pipeline_inputs):
            own = Path(module.__file__)
            assert files[own.name] == f"# {NOTICE}\n{own.read_text('utf-8')}"

    def test_the_pipeline_is_one_document_in_order(self) -> None:
        text = write(pipeline(default_root="gs://b", sdk_version="kfp-2.0.1"))["pipeline.yaml"]
        (spec,) = yaml.safe_load_all(text)
        assert list(spec) == [
            *("pipelineInfo", "schemaVersion", "sdkVersion", "defaultPipelineRoot"),
            *("root", "components", "deploymentSpec"),
        ]
        assert spec["schemaVersion"] == "2.1.0"

    def test_the_sdk_is_asked_for_with_what_pipelines_need(self) -> None:
        requirements = pytest.importorskip("packaging.requirements")
        wanted = requirements.Requirement(write(pipeline())["requirements.txt"].splitlines()[-1])
        assert (wanted.name, wanted.extras) == ("google-cloud-aiplatform", {"pipelines"})
        assert wanted.specifier.contains("2.7.0")

    def test_are_short(self) -> None:
        files = write(pipeline(TYPED))
        assert 25 <= len(files["main.py"].splitlines()) <= 60
        assert len(files["vertex_runner.py"].splitlines()) <= 450

    @pytest.mark.parametrize("single_file", [False, True])
    def test_the_script_is_clean(self, tmp_path: Path, single_file: bool) -> None:
        many = {**TYPED, "größe": replace(TYPED["text"], description="how large " * 9)}
        options = Options(labels={"a": "b" * 60, "c": "d" * 60}, single_file=single_file)
        for n, inputs in enumerate([many, {}, {"a": TYPED["count"]}]):
            (tmp_path / str(n)).mkdir()
            Script(tmp_path / str(n), pipeline(inputs, dialect=f"KFP v{n % 2 + 1}"), options)
        common = ["--isolated", "--line-length", "100", "--target-version", "py310"]
        for command in (
            ["check", "--select", "E,F,W,I,UP,B,C4,SIM,PIE,RUF", "--ignore", "E501"],
            ["format", "--check"],
        ):
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *command, *common, str(tmp_path)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize("arguments", [("--help",), ("--count", "x", "--dry-run")])
    def test_a_single_file_does_the_same(self, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        """Also one whose values are wrong; ``--dry-run`` has the time in it."""
        done = []
        for single_file in (False, True):
            folder = tmp_path / str(single_file)
            folder.mkdir()
            made = Script(folder, pipeline(TYPED), replace(READY, single_file=single_file))
            done.append(made.process(*arguments))
        assert done[0] == done[1]
        assert done[0].stdout or "Parameter count is NUMBER_INTEGER" in done[0].stderr

    @pytest.mark.parametrize("dialect", ["KFP v2", "KFP v1"])
    def test_a_single_file_runs(self, tmp_path: Path, dialect: str) -> None:
        options = replace(READY, single_file=True)
        made = Script(tmp_path, pipeline(TYPED, dialect=dialect), options)
        done = made.process("--text", "x", "--dry-run")
        assert done.values == {"text": "x"}

    def test_the_script_names_what_it_is_from(self) -> None:
        origin = Origin("some/folder/a.yaml")
        files = write(
            pipeline(name="demo", dialect="KFP v2", origin=origin), sha256="0123456789abcdef"
        )
        docstring = ast.get_docstring(ast.parse(files["main.py"]))
        assert docstring is not None
        assert (
            "Pipeline: demo\nFrom:     a.yaml (KFP v2)\nSHA-256:  0123456789abcdef\n" in docstring
        )
        assert NOTICE in docstring
        assert (
            "python main.py --project PROJECT --pipeline-root gs://BUCKET/PATH --wait" in docstring
        )
        ready = ast.get_docstring(ast.parse(write(pipeline(), READY)["main.py"]))
        assert "python main.py --wait" in str(ready)

    def test_a_long_name_in_the_header_ends_with_an_ellipsis(self) -> None:
        origin = Origin(f"{'long-' * 20}.yaml")
        files = write(pipeline(name="p" * 65, dialect="KFP v2", origin=origin))
        docstring = str(ast.get_docstring(ast.parse(files["main.py"])))
        assert f"Pipeline: {'p' * 63}…\nFrom:     {('long-' * 20)[:63]}… (KFP v2)\n" in docstring
        assert f"Pipeline: {'p' * 64}\n" in write(pipeline(name="p" * 64))["main.py"]

    def test_the_program_is_the_same_for_every_pipeline(self) -> None:
        assert program(write(pipeline(TYPED))) == program(write(pipeline(name="other")))

    def test_the_same_pipeline_gives_the_same_bytes(self) -> None:
        assert write(pipeline(TYPED)) == write(pipeline(TYPED))


def program(files: Mapping[str, str]) -> str:
    """The script without its data."""
    tree = ast.parse(files["main.py"])
    assert isinstance(tree.body[0], ast.Expr)  # the docstring
    tree.body = [part for part in tree.body[1:] if not names_of(part) & DATA]
    return ast.unparse(tree)


def names_of(part: ast.stmt) -> set[str]:
    targets = part.targets if isinstance(part, ast.Assign) else [getattr(part, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def amount(text: str) -> Amount:
    return Amount(text=parse_text(text))


class TestRewrites:
    def test_requests_are_limits_where_there_are_none(self) -> None:
        asked = Resources(
            cpu_request=amount("2"), memory_request=amount("4G"), memory_limit=amount("8G")
        )
        container = Container(image=parse_text("x"), resources=asked)
        spec = yaml.safe_load(write(pipeline(container=container))["pipeline.yaml"])
        resources = spec["deploymentSpec"]["executors"]["exec-say"]["container"]["resources"]
        assert resources["resourceCpuLimit"] == "2"
        assert resources["cpuLimit"] == 2
        assert resources["resourceMemoryLimit"] == "8G"

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("demo", "demo"),
            ("0-demo", "0-demo"),
            ("My Pipeline!", "my-pipeline"),
            ("größe", "gr-e"),
            ("中文", "pipeline"),
            ("x" * 300, "x" * 128),
        ],
    )
    def test_names_are_those_that_vertex_takes(self, name: str, written: str) -> None:
        files = write(pipeline(name=name))
        spec = yaml.safe_load(files["pipeline.yaml"])
        assert spec["pipelineInfo"]["name"] == written
        assert spec["pipelineInfo"].get("displayName", name) == name

    @pytest.mark.parametrize(
        ("name", "beginning"),
        [("demo", "demo"), ("0-demo", "pipeline-0-demo"), ("x" * 128, "x" * 113)],
    )
    def test_job_ids_made_from_names_are_legal(
        self, script: Callable[..., Script], name: str, beginning: str
    ) -> None:
        job_id = script(pipeline(name=name)).run().request["pipelineJobId"]
        assert re.fullmatch(beginning + r"-\d{14}", job_id)
        assert re.fullmatch("[a-z][a-z0-9-]{0,127}", job_id)

    def test_a_run_has_one_id(self) -> None:
        """Where inputs hold the id of the job, tasks get that too, not the other one.

        ``{{$.pipeline_job_uuid}}`` in the value of an input Vertex AI fills in itself.
        """
        uid = "{{$.pipeline_job_uuid}}"
        task = Task(
            component="comp-say",
            parameters={"x": Constant(value=f"c/{uid}"), "n": Constant(value=3)},
        )
        container = Container(
            image=parse_text("x"), command=(parse_text(uid),), args=(parse_text(f"--id={uid}"),)
        )
        plain = pipeline(task=task, container=container)
        assert write(plain)["pipeline.yaml"].count("$.pipeline_job_uuid") == 3

        def tasks(default: str) -> str:
            inputs = {"x": Parameter(type=ParameterType.STRING, default=default)}
            ready = pipeline(inputs, task=task, container=container)
            spec = yaml.safe_load(write(ready)["pipeline.yaml"])
            del spec["root"]["inputDefinitions"]
            return json.dumps(spec)

        assert "$.pipeline_job_uuid" not in tasks("a/{{ workflow.uid }}")
        assert tasks("a/{{ workflow.uid }}").count("{{$.pipeline_job_name}}") == 3
        assert "$.pipeline_job_name" not in tasks(uid)
        assert tasks(uid).count(uid) == 3


class TestFlags:
    def test_are_those_of_the_script(self, typed: Script) -> None:
        done = subprocess.run(
            [sys.executable, str(typed.folder / "main.py"), "--help"],
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        found = set(re.findall(r"(?<![\w`-])--([a-z][a-z-]*)", done.stdout))
        assert found - set(TYPED) == vertex.FLAGS
        assert "exit status:\n  0  done" in done.stdout

    def test_help_shows_types_defaults_and_descriptions(self, tmp_path: Path) -> None:
        inputs = {
            "n": Parameter(
                type=ParameterType.STRING,
                default="5",
                declared_type="Integer",
                description="How many 100% [of] {them}\n",
            )
        }
        path = Script(tmp_path, pipeline(inputs)).folder / "main.py"
        done = subprocess.run(
            [sys.executable, str(path), "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "200"},
        )
        assert 'How many 100% [of] {them} [Integer, default: "5"]' in done.stdout

    def test_a_default_is_in_one_place(self, tmp_path: Path) -> None:
        """Edited there, it is another one in the help and in the request."""
        inputs = {
            "n": Parameter(type=ParameterType.STRING, default="logs/{{workflow.uid}}"),
            "m": Parameter(type=ParameterType.STRING, default="a", literals=("a", "b")),
            "k": Parameter(type=ParameterType.STRING, default="old"),
        }
        made = Script(tmp_path, pipeline(inputs, default_root="gs://old/x"), Options(project="p"))
        assert "logs/" not in (tmp_path / "main.py").read_text("utf-8")
        assert "gs://old" not in (tmp_path / "main.py").read_text("utf-8")
        spec = yaml.safe_load((tmp_path / "pipeline.yaml").read_text("utf-8"))
        known = spec["root"]["inputDefinitions"]["parameters"]
        known["n"]["defaultValue"] = "runs/{{workflow.uid}}/x"
        known["m"] |= {"defaultValue": "c", "literals": ["c", "d"]}
        del known["k"]["defaultValue"]
        spec["defaultPipelineRoot"] = "gs://new/x"
        (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump(spec))
        shown = " ".join(self.help_of(tmp_path).split())
        assert '[STRING, default: "runs/{{workflow.uid}}/x"]' in shown
        assert '[STRING, default: "c"]' in shown
        assert "--k TEXT [STRING, required]" in shown
        assert "[gs://new/x]" in shown
        made.run("--m", "a").says('Parameter m is one of "c", "d"; got "a".')
        made.run().says("Parameter k (STRING) has no value")
        job = made.run("--k", "x", "--job-id", "j").job
        assert job["runtimeConfig"] == {
            "gcsOutputDirectory": "gs://new/x",
            "parameterValues": {"n": "runs/j/x", "k": "x"},
        }

    def help_of(self, folder: Path) -> str:
        done = subprocess.run(
            [sys.executable, str(folder / "main.py"), "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "200"},
        )
        return done.stdout

    @pytest.mark.parametrize("damage", ["no yaml", "no file", "no pipeline"])
    def test_help_needs_no_pipeline(self, damage: str, tmp_path: Path) -> None:
        Script(tmp_path, pipeline(TYPED))
        if damage == "no yaml":
            (tmp_path / "yaml.py").write_text("raise ImportError('No module named yaml')")
        elif damage == "no file":
            (tmp_path / "pipeline.yaml").unlink()
        else:
            (tmp_path / "pipeline.yaml").write_text("a: !!timestamp x")
        shown = " ".join(self.help_of(tmp_path).split())
        assert "--count VALUE [default: see pipeline.yaml]" in shown

    def test_help_shows_no_text_that_steers(self, tmp_path: Path) -> None:
        odd = "\x1b[2J\u202e%d"
        inputs = {"n": Parameter(type=ParameterType.STRING, default=f"{odd}\x9b", description=odd)}
        options = Options(experiment=f"a{odd}", labels={"b": odd}, schedule=odd)
        path = Script(tmp_path, pipeline(inputs), options).folder / "main.py"
        done = subprocess.run(
            [sys.executable, str(path), "--help"],
            capture_output=True,
            encoding="utf-8",
            check=True,
            env={**os.environ, "COLUMNS": "500", "PYTHONIOENCODING": "utf-8"},
        )
        assert done.stdout.replace("\n", "").isprintable()
        for shown in (" [a{}]", " [b={}]", " [{}]"):
            assert shown.format("\\x1b[2J\\u202e%d") in done.stdout


class TestValues:
    def test_flags_are_read_by_type(self, typed: Script) -> None:
        done = typed.run(
            *("--text", "-5", "--count", "-7", "--rate", "-1e-5", "--flag", "False"),
            *("--items", '["a", {"b": null}]', "--map", "{}", "--mode", "b"),
        )
        assert done.values == {
            "text": "-5",
            "count": -7,
            "rate": -1e-5,
            "flag": False,
            "items": ["a", {"b": None}],
            "map": {},
            "mode": "b",
        }

    @pytest.mark.parametrize("suffix", ["json", "yaml"])
    def test_flags_win_over_files_and_files_over_the_pipeline(
        self, script: Callable[..., Script], tmp_path: Path, suffix: str
    ) -> None:
        asked = Submission(arguments={"text": "a", "count": 1, "rate": 1.5, "flag": None})
        file = tmp_path / f"params.{suffix}"
        values = {"count": 2.0, "rate": 2.5}
        file.write_text(json.dumps(values) if suffix == "json" else yaml.safe_dump(values))
        made = script(pipeline(TYPED, submission=asked))
        assert made.run().values == {"text": "a", "count": 1, "rate": 1.5}
        done = made.run("--params-file", str(file), "--rate", "3")
        assert done.values == {"text": "a", "count": 2, "rate": 3}

    def test_v20_a_value_is_missing(self, typed: Script, tmp_path: Path) -> None:
        told = ("Parameter text (STRING) has no value. Pass --text VALUE", "--params-file")
        typed.run().says(*told)
        file = tmp_path / "params.yaml"
        file.write_text("text: null\n")
        typed.run("--params-file", str(file)).says(*told)

    def test_null_for_an_input_with_a_default_is_said(self, typed: Script, tmp_path: Path) -> None:
        file = tmp_path / "params.yaml"
        file.write_text("{text: x, count: null, flag: null}\n")
        done = typed.run("--params-file", str(file))
        assert done.values == {"text": "x"}
        assert "warning: Parameter count: null is not sent; 3 is used." in done.stderr

    @pytest.mark.parametrize(
        ("flag", "text", "told"),
        [
            ("--count", "three", 'Parameter count is NUMBER_INTEGER, got "three" (str).'),
            ("--count", "1.5", "Parameter count is NUMBER_INTEGER, got 1.5 (float)."),
            ("--rate", "fast", 'Parameter rate is NUMBER_DOUBLE, got "fast" (str).'),
            ("--flag", "maybe", 'Parameter flag is BOOLEAN, got "maybe" (str).'),
            ("--flag", "1", 'Parameter flag is BOOLEAN, got "1" (str).'),
            ("--items", "{}", "Parameter items is LIST, got {} (dict)."),
            ("--items", "[1", 'Parameter items is LIST, got "[1" (str).'),
            ("--map", "[]", "Parameter map is STRUCT, got [] (list)."),
            ("--mode", "c", 'Parameter mode is one of "a", "b"; got "c".'),
        ],
    )
    def test_v21_a_value_is_of_another_type(
        self, typed: Script, flag: str, text: str, told: str
    ) -> None:
        typed.run("--text", "x", flag, text).says(told)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("text: 5", "Parameter text is STRING, got 5 (int). Quote it."),
            ("text: 2030-01-01", "Parameter text is not JSON: Object of type date is not"),
            ("items: [2030-01-01]", "Parameter items is not JSON: Object of type date is not"),
            ("map: {1: a}", "Parameter map is not JSON: a key is not a text. Quote it."),
            ("map: {2030-01-01: a}", "Parameter map is not JSON: keys must be"),
            ("count: !!set {a}", "Parameter count is not JSON: Object of type set is not"),
            ("rate: 1e-5x", 'Parameter rate is NUMBER_DOUBLE, got "1e-5x" (str).'),
            ("count: true", "Parameter count is NUMBER_INTEGER, got true (bool)."),
            ("cuont: 1", "Parameter cuont is not known. Known: text, count"),
            ("[1]", "is not a mapping of inputs to values"),
            ("a: [", "params.yaml: it is not YAML: "),
            ("items: &a [*a]", "with its aliases expanded it is larger than 1,000,000"),
            (f"text: {'[' * 5000}", "params.yaml: it is not YAML: "),
            ("[" * 100_000, "params.yaml: it is not YAML: "),
            ("text: !!timestamp x", "params.yaml: it is not YAML: "),
            ("text: !!int ''", "params.yaml: it is not YAML: "),
            ("text: !!bool x", "params.yaml: it is not YAML: "),
            ("text: 2024-99-99", "params.yaml: "),
            ("text: a\ncount: 1\ntext: b", 'the key "text" occurs twice'),
            ('{"text": "a", "map": {"b": 1, "b": 2}}', 'the key "b" occurs twice'),
            ("map: {b: 1, 'b': 2}", 'the key "b" occurs twice'),
            (f"text: {'x' * 1_000_000}", "is larger than 1,000,000 bytes"),
            (BOMB, "with its aliases expanded it is larger than 1,000,000 characters"),
        ],
    )
    def test_a_file_holds_something_else(
        self, typed: Script, tmp_path: Path, text: str, told: str
    ) -> None:
        file = tmp_path / "params.yaml"
        file.write_text(text + "\n")
        typed.run("--params-file", str(file)).says(told)

    def test_aliases_that_repeat_little_are_fine(self, typed: Script, tmp_path: Path) -> None:
        file = tmp_path / "params.yaml"
        file.write_text("map: {a: &a {x: 1, y: 2}, b: {<<: *a, y: 3}, c: *a}\ntext: x\n")
        values = typed.run("--params-file", str(file)).values
        assert values["map"] == {
            "a": {"x": 1, "y": 2},
            "b": {"x": 1, "y": 3},
            "c": {"x": 1, "y": 2},
        }

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices here")
    def test_of_a_file_that_never_ends_little_is_read(self, typed: Script, tmp_path: Path) -> None:
        link = tmp_path / "link.yaml"
        link.symlink_to("/dev/zero")
        typed.run("--params-file", str(link)).says("is larger than 1,000,000 bytes")
        typed.run("--params-file", str(tmp_path)).says("Is a directory")
        sparse = tmp_path / "sparse"
        with sparse.open("wb") as large:
            large.truncate(3_000_000_000)
        typed.run("--params-file", str(sparse)).says("is larger than 1,000,000 bytes")

    @pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="no devices here")
    def test_what_a_shell_hands_over_is_read(self, typed: Script) -> None:
        command = [sys.executable, str(typed.folder / "main.py"), "--dry-run"]
        done = subprocess.run(
            [*command, "--params-file", "/dev/stdin"], input=b"text: x", capture_output=True
        )
        assert b'"text": "x"' in done.stdout

    def test_a_file_is_not_there(self, typed: Script) -> None:
        typed.run("--params-file", "/no/such").says("--params-file", "/no/such")

    @pytest.mark.parametrize(
        ("flag", "text", "value"),
        [
            ("--count", "9007199254740993", 9007199254740993),
            ("--items", "[9007199254740993]", None),
        ],
    )
    def test_v22_an_integer_loses_digits(
        self, typed: Script, flag: str, text: str, value: int | None
    ) -> None:
        done = typed.run("--text", "x", flag, text)
        told = "9007199254740993"
        assert told in done.stderr
        assert done.status == 0
        assert "warning" not in typed.run("--text", "x", "--count", str(2**60)).stderr

    @pytest.mark.parametrize(
        ("flag", "text"),
        [
            ("--rate", "nan"),
            ("--rate", "inf"),
            ("--rate", "1e999"),
            ("--items", "[NaN]"),
            ("--count", "1" + 400 * "0"),
        ],
    )
    def test_v23_a_number_is_none(self, typed: Script, flag: str, text: str) -> None:
        typed.run("--text", "x", flag, text).says(f"Parameter {flag[2:]} is not JSON: ")

    def test_v30_artifacts(self, typed: Script, script: Callable[..., Script]) -> None:
        typed.run("--text", "x", "--artifact", "data=a/artifacts/4").says(
            "Artifact data: give the id only, the last part of .../artifacts/ID"
        )
        typed.run("--text", "x", "--artifact", "dta=4").says("Artifact dta is not known", "data")
        needed = script(pipeline(artifacts={"model": Artifact()}))
        needed.run().says("Artifact model is missing. Pass --artifact model=ID.")
        runtime = needed.run("--artifact", "model=4").job["runtimeConfig"]
        assert runtime["inputArtifacts"] == {"model": {"artifactId": "4"}}


class TestV1Values:
    """In KFP v1 every value is text, of which a type may be declared."""

    @pytest.fixture
    def v1(self, script: Callable[..., Script]) -> Script:
        kinds = {"n": "Integer", "x": "Float", "b": "Bool", "o": "JsonObject", "s": "GCSPath"}
        inputs = {
            name: Parameter(type=ParameterType.STRING, default="", declared_type=kind)
            for name, kind in kinds.items()
        }
        return script(pipeline(inputs, dialect=KFP_V1))

    def test_are_sent_as_they_are_given(self, v1: Script) -> None:
        given = {"n": "07", "x": "1.50", "b": "Yes", "o": '{"a":1}', "s": "x"}
        flags = [word for name, text in given.items() for word in (f"--{name}", text)]
        assert v1.run(*flags).values == given

    def test_are_checked_as_what_is_declared(self, v1: Script) -> None:
        v1.run("--n", "1.5").says('Parameter n is Integer, got "1.5".')
        v1.run("--b", "maybe").says('Parameter b is Bool, got "maybe".')
        v1.run("--o", "[1]").says('Parameter o is JsonObject, got "[1]".')
        assert v1.run("--n", "{{workflow.name}}", "--job-id", "j").values == {"n": "j"}

    def test_of_a_file_become_the_text_of_the_v1_client(self, v1: Script, tmp_path: Path) -> None:
        file = tmp_path / "params.yaml"
        file.write_text("{n: 5, x: 1.5, b: true, o: {a: 1}}\n")
        done = v1.run("--params-file", str(file))
        assert done.values == {"n": "5", "x": "1.5", "b": "True", "o": '{"a": 1}'}


class TestRunTexts:
    def defaults(self, **texts: Json) -> dict[str, Parameter]:
        return {
            name: Parameter(
                type=ParameterType.STRING if isinstance(text, str) else ParameterType.LIST,
                default=text,
            )
            for name, text in texts.items()
        }

    def test_are_filled_in_from_the_job_id(self, script: Callable[..., Script]) -> None:
        inputs = self.defaults(
            a="x/{{workflow.uid}}/{{ workflow.name }}",
            b=["{{workflow.name}}", 1],
            c="{{workflow.creationTimestamp}}",
            d="{{$.other}} {{workflow}} {{$.pipeline_job_uuid}} {{$.pipeline_job_name}}",
        )
        made = script(pipeline(inputs))
        done = made.run("--job-id", "job-1")
        moment = done.values.pop("c")
        done = made.run("--job-id", "job-1", "--c", "z", "--d", "{{workflow.uid}}")
        assert done.values == {"a": "x/job-1/job-1", "b": ["job-1", 1], "c": "z", "d": "job-1"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
        assert 'note: Parameter a: {{ workflow.name }}, {{workflow.uid}} is resolved: "x/job-1' in (
            done.stderr
        )

    def test_others_are_not_resolved(self, script: Callable[..., Script]) -> None:
        done = script(pipeline(self.defaults(a="{{workflow.namespace}}"))).run()
        assert done.values == {}
        assert (
            "warning: Parameter a: {{workflow.namespace}} is not resolved by Vertex AI"
            in done.stderr
        )

    def test_a_schedule_cannot_fill_them_in(self, script: Callable[..., Script]) -> None:
        made = script(pipeline(self.defaults(a="{{workflow.uid}}")))
        made.run("--schedule", "0 3 * * *").says("Parameter a: {{workflow.uid}}", "Pass --a VALUE.")
        assert made.run("--schedule", "0 3 * * *", "--a", "x").status == 0


class TestSettings:
    def test_convert_then_the_environment(self, script: Callable[..., Script]) -> None:
        place = {"GOOGLE_CLOUD_PROJECT": "env", "CLOUDSDK_AI_REGION": "europe-west1"}
        assert script(pipeline()).run(**place).request["parent"] == (
            "projects/p1/locations/europe-west1"
        )
        made = script(pipeline(), replace(READY, project="", location="us-east1"))
        assert made.run(**place).request["parent"] == "projects/env/locations/us-east1"
        assert made.run("--project", "flag", **place).request["parent"] == (
            "projects/flag/locations/us-east1"
        )
        made.run().says("No project: give --project ID or set GOOGLE_CLOUD_PROJECT.")

    def test_what_is_given_to_convert_is_the_default(self, script: Callable[..., Script]) -> None:
        options = Options(
            project="p2",
            location="asia-east1",
            pipeline_root="gs://other",
            service_account="sa@p2.iam.gserviceaccount.com",
            network="projects/12/global/networks/default",
            reserved_ip_ranges=("r1", "r2"),
            psc_network_attachment="projects/p/regions/asia-east1/networkAttachments/a",
            encryption_key="projects/p/locations/asia-east1/keyRings/r/cryptoKeys/k",
            labels={"a": "1", "b": ""},
            display_name="Shown",
            cache=False,
            failure_policy="slow",
        )
        asked = Submission(
            pipeline_root="gs://file", display_name="File", labels={"a": "0"}, fail_fast=True
        )
        request = script(pipeline(submission=asked), options).run("--label", "b=2").request
        job = request["pipelineJob"]
        (task,) = job.pop("pipelineSpec")["root"]["dag"]["tasks"].values()
        assert task["cachingOptions"] == {"enableCache": False}
        assert job == {
            "displayName": "Shown",
            "labels": {"a": "1", "b": "2"},
            "serviceAccount": options.service_account,
            "network": options.network,
            "reservedIpRanges": ["r1", "r2"],
            "pscInterfaceConfig": {"networkAttachment": options.psc_network_attachment},
            "encryptionSpec": {"kmsKeyName": options.encryption_key},
            "runtimeConfig": {
                "gcsOutputDirectory": "gs://other",
                "parameterValues": {},
                "failurePolicy": "PIPELINE_FAILURE_POLICY_FAIL_SLOW",
            },
        }

    def test_what_the_file_asks_for_is_the_default_else(
        self, script: Callable[..., Script]
    ) -> None:
        asked = Submission(
            pipeline_root="gs://file/x",
            display_name="File",
            labels={"a": "0"},
            fail_fast=True,
            schedule="0 3 * * *",
        )
        made = script(pipeline(submission=asked, default_root="gs://own"), Options(project="p1"))
        schedule = made.run().request["schedule"]
        assert schedule["displayName"] == "File"
        assert schedule["cron"] == "0 3 * * *"
        job = made.run("--schedule", "").job
        assert job["labels"] == {"a": "0"}
        assert job["runtimeConfig"]["gcsOutputDirectory"] == "gs://file/x"
        assert job["runtimeConfig"]["failurePolicy"] == "PIPELINE_FAILURE_POLICY_FAIL_FAST"

    def test_caching_has_three_states(self, plain: Script) -> None:
        def caching(*flags: str) -> Any:
            (task,) = plain.run(*flags).job["pipelineSpec"]["root"]["dag"]["tasks"].values()
            return task["cachingOptions"]

        assert caching() == caching("--cache") == {"enableCache": True}
        assert caching("--no-cache") == {"enableCache": False}

    def test_caching_drops_keys_and_says_so(self, script: Callable[..., Script]) -> None:
        task = Task(component="comp-say", caching=Caching(enabled=True, key="k"))
        done = script(pipeline(task=task)).run("--cache")
        assert "warning: Task say: --cache and --no-cache drop its cacheKey." in done.stderr

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("components:", "components: []\nothers:"),
            ("  dag:", "  dag: x\n  other:"),
            ("    tasks:", "    tasks:\n    others:"),
            ("cachingOptions:", "cachingOptions: x\n        other:"),
        ],
    )
    def test_caching_where_the_pipeline_was_edited(
        self, old: str, new: str, script: Callable[..., Script]
    ) -> None:
        made = script(pipeline(task=Task(component="comp-say", caching=Caching(enabled=True))))
        file = made.folder / "pipeline.yaml"
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
        assert made.run("--no-cache").status == 0

    def test_v14_no_pipeline_root(self, script: Callable[..., Script]) -> None:
        made = script(pipeline(default_root="minio://mlpipeline"), Options(project="p1"))
        made.run().says("No pipeline root: give --pipeline-root gs://BUCKET/PATH.")

    def test_labels_are_pairs(self, plain: Script) -> None:
        plain.run("--label", "a").says("argument --label: write NAME=VALUE")
        assert plain.run("--label", "größe=größe_1-").job["labels"] == {"größe": "größe_1-"}

    def test_v26_the_label_of_vertex(self, plain: Script) -> None:
        done = plain.run("--label", "vertex-ai-pipelines-run-billing-id=1")
        assert done.status == 0
        assert "is set by Vertex AI; yours is overwritten" in done.stderr

    def test_a_schedule_has_no_id_and_no_name_for_its_runs(self, plain: Script) -> None:
        cron = "CRON_TZ=America/New_York 59 23 31 12 7"
        schedule = plain.run("--schedule", cron).request["schedule"]
        assert schedule["cron"] == cron
        assert schedule["maxConcurrentRunCount"] == 1
        assert "pipelineJobId" not in schedule["createPipelineJobRequest"]
        assert "displayName" not in schedule["createPipelineJobRequest"]["pipelineJob"]

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (("--schedule-max-runs", "3"), "--schedule-max-runs: give --schedule too."),
            (("--reserved-ip-range", "r"), "give the --network"),
            (("--pipeline-root", "s3://b/x"), "gs://BUCKET/PATH, got s3://b/x."),
            (("--schedule", "* * * * *", "--schedule-max-runs", "0"), "at least 1"),
            (("--failure-policy", "quick"), "invalid choice: 'quick'"),
        ],
    )
    def test_what_neither_the_sdk_nor_vertex_reports_is_refused(
        self, plain: Script, given: tuple[str, ...], told: str
    ) -> None:
        """Of what they report, tests/contract/test_vertex_contract.py has the messages."""
        plain.run(*given).says("error: ", told)

    def test_a_schedule_and_what_it_cannot_have(self, plain: Script) -> None:
        done = plain.run("--schedule", "0 3 * * *", "--wait", "--experiment", "a")
        done.says("--wait: a schedule has no end.")
        done.says("--experiment: a schedule cannot have one")

    def test_everything_is_told_at_once(self, typed: Script) -> None:
        done = typed.run(
            *("--project", "", "--pipeline-root", "s3://x", "--artifact", "a=1"),
            *("--count", "x", "--schedule", "@daily", "--wait"),
        )
        done.says("nothing was sent")
        assert done.stderr.count("error: ") == 6


class TestPipelineFile:
    @pytest.fixture
    def made(self, script: Callable[..., Script]) -> Script:
        return script(pipeline())

    def edit(self, made: Script, change: Callable[[str], str]) -> Done:
        path = made.folder / "pipeline.yaml"
        path.write_text(change(path.read_text()))
        return made.run()

    def test_v36_a_schema_that_is_not_known(self, made: Script) -> None:
        done = self.edit(made, lambda text: text.replace("2.1.0", "2.2.0"))
        done.says("schemaVersion 2.0.0 or 2.1.0, got 1 of 2.2.0.")

    def test_v03_no_pipeline(self, made: Script) -> None:
        self.edit(made, lambda text: "a: 1").says("is not a KFP v2 pipeline: pipelineInfo")

    def test_v02_two_documents(self, made: Script) -> None:
        self.edit(made, lambda text: f"{text}---\na: 1\n").says("got 2 of 2.1.0.")

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda p: p.pop("count"), "pipeline.yaml has no input count."),
            (
                lambda p: p["count"].update(parameterType="TASK_FINAL_STATUS"),
                "pipeline.yaml has no input count.",
            ),
            (
                lambda p: p.update(more={"parameterType": "STRING"}),
                "Input more of pipeline.yaml is not in INPUTS.",
            ),
        ],
    )
    def test_inputs_that_were_edited_in_one_place(
        self, change: Callable[[Any], Any], told: str, script: Callable[..., Script]
    ) -> None:
        made = script(pipeline(TYPED))
        spec = yaml.safe_load((made.folder / "pipeline.yaml").read_text())
        change(spec["root"]["inputDefinitions"]["parameters"])
        self.edit(made, lambda _: yaml.safe_dump(spec)).says(told)

    @pytest.mark.parametrize("edited", ["2030-01-01", "!!timestamp x", "!!int ''", "!!set {a}"])
    def test_values_that_json_has_not(self, edited: str, made: Script) -> None:
        self.edit(made, lambda text: f"{text}extra: {edited}\n").says("error: ", "pipeline.yaml")

    def test_v05_no_file(self, made: Script) -> None:
        (made.folder / "pipeline.yaml").unlink()
        made.run().says("cannot read the pipeline in ", str(made.folder))


def test_a_dry_run_loads_no_sdk(script: Callable[..., Script]) -> None:
    made = script(pipeline())
    command = [sys.executable, "-X", "importtime", str(made.folder / "main.py"), "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "yaml.nodes" in loaded
    assert not any(name.startswith(("google.cloud", "google.auth", "grpc")) for name in loaded)


def test_without_yaml_it_says_what_to_install(script: Callable[..., Script]) -> None:
    made = script(pipeline())
    (made.folder / "yaml.py").write_text("raise ImportError('No module named yaml')")
    done = made.process("--dry-run")
    assert done.status == 1
    assert "-m pip install -r requirements.txt" in done.stderr


# Nothing gets in

hostile = st.text(
    st.sampled_from("'\"\\\n\r\t\0\x1b{}%#$[]()- _=.,:;/<>|&`~é中😀\u2028\u202e\x85")
    | st.characters(exclude_categories=["Cs"]),
    max_size=30,
)
texts = st.builds(
    Parameter,
    type=st.just(ParameterType.STRING),
    default=hostile,
    description=hostile,
    # Of one that is known the values would be checked.
    declared_type=hostile.filter(lambda declared: not declared.isalpha()),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    # A dry run does not show values of secrets.
    inputs=st.dictionaries(
        hostile.filter(lambda name: name and not secret_name(name)), texts, max_size=6
    ),
    name=hostile,
    label=hostile,
    value=hostile,
)
def test_whatever_is_in_the_pipeline_it_stays_data(
    tmp_path: Path, inputs: dict[str, Parameter], name: str, label: str, value: str
) -> None:
    asked = Submission(labels={label: label}, display_name=name)
    hostile_one = pipeline(inputs, name=name, description=name, submission=asked)
    files = write(hostile_one, READY)
    assert program(files) == program(write(pipeline()))
    safe = replace(hostile_one, submission=Submission())
    flags = flags_of(inputs, vertex.FLAGS)
    # One word each: a value that begins with a dash is a value all the same.
    words = [f"{flags[each][0]}={value}" for each in inputs]
    job = Script(tmp_path, safe, READY).run("--job-id", "j", *words).job
    filled = re.compile(r"\{\{\s*workflow\.(uid|name|creationTimestamp)\s*\}\}")
    if not filled.search(value):
        assert job["runtimeConfig"]["parameterValues"] == dict.fromkeys(inputs, value)
    spec = job["pipelineSpec"]
    defaults = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    assert {key: known["defaultValue"] for key, known in defaults.items()} == {
        key: parameter.default for key, parameter in inputs.items()
    }


def test_hundreds_of_inputs(script: Callable[..., Script]) -> None:
    inputs = {
        f"input_{n}": Parameter(type=ParameterType.NUMBER_INTEGER, default=n) for n in range(500)
    }
    assert script(pipeline(inputs)).run("--input-499", "1", "--input_3", "2").values == {
        "input_3": 2,
        "input_499": 1,
    }
