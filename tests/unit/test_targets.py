"""The table of targets, and a target that is not ours: one folder and one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import translator
from translator import api
from translator.targets import OF_WORKFLOWS, TARGETS, target
from translator.targets.base import BaseOptions

ROOT = Path(__file__).parents[2]
HELLO = ROOT / "examples/hello/pipeline.yaml"
WORKFLOW = ROOT / "examples/train/pipeline_v1.yaml"
#: The folder of a target: what its modules have in them.
FOLDER = {
    "__init__.py": """
from toy.options import FLAGS, Options
from translator.targets.base import Target


class Toy(Target):
    title = "Toy"
    product = "Toy Pipelines"
    script = "play.sh"
    files = ("play.sh",)
    options = Options
    flags = FLAGS

    def checks(self):
        from toy.writer import check

        return (*super().checks(), check)

    def option_problems(self, options):
        return ["the colour is dull"] if options.colour == "grey" else []

    def write(self, pipeline, options, *, sha256=""):
        from toy.writer import write

        return write(pipeline, options)

    def open_arguments(self, pipeline, options):
        return ["--volume", "LEVEL"]


TARGET = Toy()
""",
    "options.py": """
from translator.targets.base import EXPERIMENT, BaseOptions, Flag

FLAGS = (
    EXPERIMENT,
    Flag("--colour", "The colour of the toy.", choices=("red", "grey")),
    Flag("--sticker", "What is on it. May be repeated.", to="stickers", repeated=True),
    Flag("--loud", "Make noise.", switch=True),
)


class Options(BaseOptions):
    experiment: str = ""
    colour: str = "red"
    stickers: tuple[str, ...] = ()
    loud: bool = False
""",
    "writer.py": """
from translator.diagnostics import Rule, Severity

SMALL = Rule("TR399", Severity.WARNING, what="`{name}` is small", hint="play with another")


def check(pipeline):
    yield SMALL.at(pipeline.origin, name=pipeline.name)


def write(pipeline, options):
    chosen = f"{options.colour} {options.experiment} {options.stickers} {options.loud}"
    return {"play.sh": f"echo '{pipeline.name} {chosen}'\\n"}
""",
}
#: The line.
LINE = 'from translator.targets import TARGETS; TARGETS["toy"] = "toy"; '


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the folder of the target."""
    (tmp_path / "toy").mkdir()
    for name, text in FOLDER.items():
        (tmp_path / "toy" / name).write_text(text)
    return tmp_path


def run(here: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, with one more target in the table."""
    program = f"{LINE}from translator.cli import main; main({[*map(str, arguments)]!r})"
    path = os.pathsep.join([str(here), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=here,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100"},
        capture_output=True,
        text=True,
    )


class TestOneMore:
    def test_help_has_its_options(self, here: Path) -> None:
        told = run(here, "convert", "--help").stdout
        about = " ".join(run(here, "--help").stdout.split())
        assert "--to [vertex|kubeflow|toy]" in told
        assert "for Kubeflow submit.py, for Toy play.sh;" in " ".join(told.split())
        sections = {part.partition(":\n")[0]: part for part in told.split("\n\n") if ":\n" in part}
        assert "--colour [red|grey]  The colour of the toy." in sections["Defaults for Toy"]
        assert "--sticker TEXT " in sections["Defaults for Toy"]
        assert "--experiment" in sections["Defaults for Vertex AI, Kubeflow and Toy"]
        assert "--cache / --no-cache" in sections["Defaults for Vertex AI and Kubeflow"]
        assert "for Vertex AI, Kubeflow or Toy." in about

    def test_checks_are_made(self, here: Path) -> None:
        done = run(here, "check", HELLO, "--to", "toy")
        assert done.returncode == 0, done.stderr
        assert "warning[TR399]: `hello` is small" in done.stderr
        assert "can be converted for Toy" in done.stderr
        assert "TR399" not in run(here, "check", HELLO).stderr

    def test_its_files_are_written(self, here: Path) -> None:
        given = ["--experiment", "e", "--sticker", "a", "--sticker", "b", "--loud"]
        done = run(here, "convert", HELLO, "--to", "toy", "-o", "out", *given)
        assert done.returncode == 0, done.stderr
        out = here / "out"
        assert (out / "play.sh").read_text() == "echo 'hello red e ('a', 'b') True'\n"
        assert (out / "REPORT.md").read_text().startswith("# hello for Toy Pipelines\n")
        assert "out written for Toy\n" in done.stderr
        assert "&& python play.sh --volume LEVEL --dry-run\n" in done.stderr

    def test_its_files_are_replaced(self, here: Path) -> None:
        for to in ("toy", "vertex", "toy"):
            done = run(here, "convert", HELLO, "--to", to, "-o", "out")
            assert done.returncode == 0, done.stderr
            assert (here / "out/play.sh").exists() == (to == "toy")
            assert (here / "out/main.py").exists() == (to == "vertex")

    def test_options_are_asked_about(self, here: Path) -> None:
        done = run(here, "convert", HELLO, "--to", "toy", "--colour", "grey")
        assert (done.returncode, "the colour is dull" in done.stderr) == (2, True)
        done = run(here, "convert", HELLO, "--to", "toy", "--no-cache")
        told = "Error: --cache is an option for Vertex AI and Kubeflow, and the target is Toy\n"
        assert (done.returncode, done.stderr.endswith(told)) == (2, True)
        done = run(here, "convert", HELLO, "--colour", "red")
        assert done.stderr.endswith(
            "Error: --colour is an option for Toy, and the target is Vertex AI\n"
        )

    def test_programs_are_told(self, here: Path) -> None:
        done = run(here, "convert", HELLO, "--to", "toy", "--format", "json")
        (entry,) = json.loads(done.stdout)["inputs"]
        assert entry["to"] == "toy"
        assert sorted(os.path.basename(path) for path in entry["files"]) == ["REPORT.md", "play.sh"]

    def test_only_what_is_asked_for_is_loaded(self, here: Path) -> None:
        program = f"{LINE}import sys; from translator.cli import main\ntry: main(['convert', '-h'])"
        program += "\nexcept SystemExit: print('toy.writer' in sys.modules, 'toy' in sys.modules)"
        path = os.pathsep.join([str(here), str(ROOT)])
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        assert done.stdout.endswith("False True\n"), done.stderr


@pytest.mark.parametrize("to", TARGETS)
class TestOurs:
    def test_each_field_has_its_option(self, to: str) -> None:
        fields = [flag.field for flag in target(to).flags]
        # The decisions have options of their own, the same for all targets.
        assert sorted([*fields, "decisions"]) == sorted(target(to).options._fields)

    def test_options_have_the_kind_of_their_fields(self, to: str) -> None:
        defaults = target(to).options._defaults
        for flag in target(to).flags:
            value = defaults[flag.field]
            assert flag.repeated == isinstance(value, tuple), flag
            assert flag.pairs == isinstance(value, dict), flag
            assert ("/" in flag.name) == (value is None), flag
            assert flag.switch == (value is False), flag
            assert set(flag.choices) <= set(flag.help.replace(":", "").split()), flag

    def test_every_field_has_a_default(self, to: str) -> None:
        assert isinstance(target(to).options(), BaseOptions)

    @pytest.mark.parametrize("path", [HELLO, WORKFLOW])
    def test_the_files_are_known(self, path: Path, to: str) -> None:
        files = translator.translate(path, to).files
        assert target(to).script in files
        assert set(files) <= {"REPORT.md", *target(to).files}


def test_options_of_one_name_are_equal() -> None:
    """``convert`` has each once."""
    flags = [flag for to in TARGETS for flag in target(to).flags]
    assert len(set(flags)) == len({flag.name for flag in flags})


def test_names_that_are_no_targets() -> None:
    with pytest.raises(ValueError, match="no target 'argo'; there are kubeflow, vertex"):
        target("argo")


class TestWorkflows:
    """A KFP v1 workflow is run as it is where the table says so."""

    def test_of_a_reading(self) -> None:
        reading = translator.load(WORKFLOW)
        needs = {to: api.target(reading, to).needs_lowering for to in TARGETS}
        assert needs == {to: to not in OF_WORKFLOWS for to in TARGETS}
        text = WORKFLOW.read_text("utf-8")
        assert translator.render(reading, "kubeflow")["pipeline.yaml"] == text

    def test_of_another_format(self) -> None:
        reading = translator.load(HELLO)
        assert reading.workflow is None
        assert all(api.target(reading, to).needs_lowering for to in TARGETS)

    def test_of_a_pipeline_alone(self) -> None:
        """The text of the file is not in it."""
        pipeline = translator.load(WORKFLOW).pipeline
        files = translator.render(pipeline, "kubeflow")
        assert "\npipelineInfo:" in files["pipeline.yaml"]
