"""``--format github`` and ``--format sarif``: one kind of thing on stdout, the rest on stderr."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

import translator
from translator.cli import main
from translator.diagnostics import Rule, Severity
from translator.diagnostics.sarif import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = """\
pipelineInfo: {name: hello}
root: {dag: {tasks: {}}}
deploymentSpec: {executors: {}}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
"""
#: Two more fields, which nobody reads.
ODD = PIPELINE + "oddField: 1\nother: 2\n"
BROKEN = "- just\n- a list\n"
COMMANDS = ("convert", "check", "inspect")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a pipeline to warn about, one that is none, and one that is fine."""
    for name, text in (("odd", ODD), ("broken", BROKEN), ("good", PIPELINE)):
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    # What the targets say changes with their checks.
    monkeypatch.setattr("translator.api.check", lambda *given: ())
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status, and the run of the log on stdout."""
    result = run(*arguments, "--format", "sarif")
    log = json.loads(result.stdout)
    assert (log["$schema"], log["version"]) == (SCHEMA, "2.1.0")
    [found] = log["runs"]
    assert found["invocations"] == [{"executionSuccessful": True, "exitCode": result.exit_code}]
    return result.exit_code, found


@pytest.mark.parametrize("command", COMMANDS)
class TestGithub:
    def test_only_commands_on_stdout(self, command: str) -> None:
        result = run(command, "odd.yaml", "broken.yaml", "--format", "github")
        assert result.exit_code == 1
        third, first, second = result.stdout.splitlines()
        assert first.startswith("::warning file=odd.yaml,line=6,col=1,title=TR103::field `odd")
        assert second.startswith("::warning file=odd.yaml,line=7,col=1,title=TR103::field `other")
        assert third.startswith("::error file=broken.yaml,line=1,col=1,title=TR13")
        assert result.stderr.startswith("1 error, 2 warnings")
        assert "next:" not in result.stderr

    def test_nothing_to_say(self, command: str) -> None:
        result = run(command, "good.yaml", "--format", "github")
        assert (result.exit_code, result.stdout) == (0, "")

    def test_notes_on_request(self, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
        note = Rule("TR398", Severity.NOTE, what="worth knowing")
        monkeypatch.setattr("translator.api.check", lambda *given: (note.at(None),))
        quiet = run(command, "good.yaml", "--format", "github")
        assert quiet.stdout == ""
        if command != "inspect":  # it asks no target
            verbose = run(command, "good.yaml", "--format", "github", "-v")
            assert verbose.stdout == "::notice title=TR398::worth knowing\n"
            assert "1 note (shown with -v)" in quiet.stderr

    def test_policy(self, command: str) -> None:
        result = run(command, "odd.yaml", "--format", "github", "--strict")
        assert result.exit_code == 1
        assert [line.partition(" ")[0] for line in result.stdout.splitlines()] == ["::error"] * 2
        result = run(command, "odd.yaml", "--format", "github", "--ignore", "TR103")
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr.startswith("2 ignored")

    def test_paths_are_those_of_the_repository(
        self, command: str, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_WORKSPACE", str(here.parent))
        result = run(command, "odd.yaml", "--format", "github")
        assert f"file={here.name}/odd.yaml,line" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
class TestSarif:
    def test_one_document_on_stdout(self, command: str) -> None:
        status, found = told(command, "odd.yaml", "broken.yaml")
        assert status == 1
        assert found["tool"]["driver"]["version"] == translator.__version__
        assert [one["ruleId"][:4] for one in found["results"]] == ["TR10", "TR10", "TR13"]
        [place] = found["results"][0]["locations"]
        assert place["physicalLocation"] == {
            "artifactLocation": {"uri": "odd.yaml"},
            "region": {"startLine": 6, "startColumn": 1},
        }
        result = run(command, "odd.yaml", "--format", "sarif")
        assert result.stderr.startswith("2 warnings")
        assert result.stdout.isascii()

    def test_nothing_to_say(self, command: str) -> None:
        status, found = told(command, "good.yaml")
        assert (status, found["results"]) == (0, [])

    def test_policy(self, command: str) -> None:
        status, found = told(command, "odd.yaml", "--error", "TR103")
        assert (status, {one["level"] for one in found["results"]}) == (1, {"error"})
        [rule] = found["tool"]["driver"]["rules"]
        assert rule["defaultConfiguration"] == {"level": "warning"}
        status, found = told(command, "odd.yaml", "--ignore", "TR103")
        assert (status, found["results"]) == (0, [])


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_files_are_written_all_the_same(form: str, here: Path) -> None:
    result = run("convert", "good.yaml", "-o", "out", "--format", form)
    assert result.exit_code == 0
    assert "out written for Vertex AI" in result.stderr
    assert "main.py" in {path.name for path in (here / "out").iterdir()}


def test_json_counts_what_is_ignored() -> None:
    document = json.loads(run("check", "odd.yaml", "--format", "json").stdout)
    assert (document["counts"]["warning"], document["ignored"]) == (2, 0)
    result = run("check", "odd.yaml", "--format", "json", "--ignore", "TR103")
    document = json.loads(result.stdout)
    assert (document["counts"]["warning"], document["ignored"]) == (0, 2)
    assert document["inputs"][0]["diagnostics"] == []
    assert (result.exit_code, result.stderr) == (0, "")
