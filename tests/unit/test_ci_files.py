"""docs/ci.md, docs/assess.md, the Action, the GitLab template and the pre-commit hook work."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.test_readme import RUN_BY_A_SHELL, Block, blocks_of

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text("utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
GOOD = "pipelineInfo: {name: a}\nroot: {dag: {tasks: {}}}\nschemaVersion: 2.1.0\n"
ODD = GOOD + "oddField: 1\n"
#: What an installation takes from a checkout.
SOURCES = (
    "translator",
    "templates",
    "setup.cfg",
    "setup.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)


def page(name: str) -> list[Block]:
    return blocks_of((ROOT / name).read_text("utf-8"))


def snippet(kind: str) -> Any:
    """The YAML of this kind in the page."""
    [block] = [block for block in page("docs/ci.md") if block.info == f"yaml {kind}"]
    return yaml.safe_load("\n".join(block.lines))


@pytest.mark.parametrize("name", RUN_BY_A_SHELL)
def test_commands_of_a_page(name: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    program = tmp_path / "bin/translator"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m translator "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    lines = [line for block in page(name) if block.info == "sh" for line in block.lines]
    assert len(lines) >= 3
    for line in lines:
        assert line.startswith("translator ")
        done = subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


# The Action


def test_the_action_is_valid() -> None:
    """By the rules of https://docs.github.com/actions/reference/workflows-and-actions."""
    assert ACTION.keys() == {"name", "description", "branding", "inputs", "runs"}
    for given in ACTION["inputs"].values():
        assert given.keys() == {"description", "default"}
        assert isinstance(given["default"], str)
    assert ACTION["runs"].keys() == {"using", "steps"}
    assert ACTION["runs"]["using"] == "composite"
    used = set()
    for step in ACTION["runs"]["steps"]:
        assert {"name", "shell", "run"} <= step.keys() <= {"name", "if", "shell", "env", "run"}
        # In the text of a script an input would be code.
        assert "${{" not in step["run"]
        for value in step["env"].values():
            [name] = re.findall(r"^\$\{\{ inputs\.([\w-]+) \}\}$", value)
            used.add(name)
    assert used == ACTION["inputs"].keys()


def test_the_page_uses_its_inputs() -> None:
    steps = snippet("workflow")["jobs"]["pipelines"]["steps"]
    [given] = [step["with"] for step in steps if "kfp-translator" in step["uses"]]
    assert given.keys() <= ACTION["inputs"].keys()
    assert given["sarif-file"] == steps[-1]["with"]["sarif_file"]


def test_the_step_of_the_first_page_is_that_of_the_workflow() -> None:
    [block] = [block for block in page("README.md") if block.info == "yaml step"]
    [step] = yaml.safe_load("\n".join(block.lines))
    [own] = [
        step
        for step in snippet("workflow")["jobs"]["pipelines"]["steps"]
        if "kfp-translator" in step["uses"]
    ]
    assert step.keys() == own.keys()
    assert step["uses"] == own["uses"]
    assert step["with"].keys() <= own["with"].keys()


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with a checkout, and an environment in which pip installs it."""
    top = tmp_path_factory.mktemp("runner")
    (top / "checkout").mkdir()
    for name in SOURCES:
        source, target = ROOT / name, top / "checkout" / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (top / "work/flows").mkdir(parents=True)
    (top / "temp").mkdir()
    (top / "work/flows/odd.yaml").write_text(ODD)
    (top / "work/flows/values.yaml").write_text("replicas: 1\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", ""),
        # The packages that it needs are those of the tests.
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_DEPS": "1",
    }
    if importlib.util.find_spec("wheel"):  # without it, setuptools before 70.1 builds no wheel
        environment |= {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    return top, environment


def run(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.xdist_group("packaging")
class TestCommands:
    def test_of_the_action(self, runner: tuple[Path, dict[str, str]]) -> None:
        top, environment = runner
        github = {
            "RUNNER_TEMP": str(top / "temp"),
            "GITHUB_ACTION_PATH": str(top / "checkout"),
            "GITHUB_PATH": str(top / "path"),
            "GITHUB_STEP_SUMMARY": str(top / "summary.md"),
            "GITHUB_WORKSPACE": str(top / "work"),
        }
        given = {name: one["default"] for name, one in ACTION["inputs"].items()}
        given |= {
            "paths": "flows/values.yaml\nflows\n",
            "sarif-file": "found.sarif",
            "python": sys.executable,
        }
        given["options"] = "--strict\n--skip-non-pipelines"
        ends = {}
        for step in ACTION["runs"]["steps"]:
            values = {name: given[value[11:-3]] for name, value in step["env"].items()}
            added = Path(github["GITHUB_PATH"])
            paths = added.read_text().split() if added.exists() else []
            path = os.pathsep.join([*paths, environment["PATH"]])
            done = run(step["run"], top / "work", environment | github | values | {"PATH": path})
            ends[step["name"]] = done
        install, sarif, check = ends.values()
        assert install.returncode == 0, install.stderr
        assert sarif.returncode == 0, sarif.stderr
        assert '"ruleId": "TR103"' in (top / "work/found.sarif").read_text()
        assert check.returncode == 1
        assert check.stdout.startswith("::error file=flows/odd.yaml,line=4,col=1,title=TR103::")
        assert "skipped 1 file without a pipeline (TR450): flows/values.yaml" in check.stderr
        assert "| TR103 | error | 1 | 1 |" in (top / "summary.md").read_text()
        # Inputs are no code.
        values = {"PATHS": "flows $(touch pwned)", "TO": "vertex; touch pwned", "OPTIONS": "`id`"}
        done = run(step["run"], top / "work", environment | github | values | {"PATH": path})
        assert done.returncode == 2
        assert not list(top.rglob("pwned"))

    def test_of_the_gitlab_template(self, runner: tuple[Path, dict[str, str]]) -> None:
        top, environment = runner
        variables = GITLAB["variables"] | {
            "TRANSLATOR_PATHS": "flows",
            "TRANSLATOR_OPTIONS": "--strict --exclude *.json",
            "TRANSLATOR_PACKAGE": str(top / "checkout"),
        }
        job = GITLAB["translator-check"]
        script = "\n".join(job["script"]).replace("python -m venv", f"{sys.executable} -m venv")
        done = run(script, top / "work", environment | variables)
        assert done.returncode == 1, done.stderr
        assert "flows/odd.yaml:4:1: error[TR103]" in done.stderr
        report = top / "work" / job["artifacts"]["reports"]["junit"]
        assert [case.get("name") for case in ElementTree.parse(report).iter("testcase")] == [
            "flows/odd.yaml",
            "flows/values.yaml",
        ]


def test_the_page_uses_the_variables_of_the_template() -> None:
    shown = snippet("gitlab")
    assert shown["variables"].keys() <= GITLAB["variables"].keys()
    assert (ROOT / shown["include"][0]["local"]).is_file()


# pre-commit


def test_the_hook(tmp_path: Path) -> None:
    """By the rules of https://pre-commit.com/#new-hooks; it is called with the names of files."""
    [hook] = HOOKS
    known = {"id", "name", "entry", "language", "description", "types_or", "require_serial"}
    assert hook.keys() == known
    assert hook["language"] == "python"
    [shown] = snippet("pre-commit")["repos"][0]["hooks"]
    assert shown["id"] == hook["id"]
    (tmp_path / "odd.yaml").write_text(ODD)
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    program, *words = shlex.split(hook["entry"])

    def status(*options: str) -> int:
        done = subprocess.run(
            [sys.executable, "-m", program, *words, *options, "odd.yaml", "compose.yaml"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
        )
        return done.returncode

    assert (status(*shown["args"]), status("--strict")) == (0, 1)
