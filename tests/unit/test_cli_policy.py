"""``--strict``, ``--ignore``, ``--error``, and the files in which a project says them once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from translator.cli import config, main
from translator.diagnostics.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path

ODD = """\
pipelineInfo: {name: hello}
root: {dag: {tasks: {}}}
deploymentSpec: {executors: {}}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
oddField: 1
"""

SETTINGS = "`strict`, `ignore`, `error`, `plan`, `exclude`, `baseline`, `per-file-ignores`"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in a folder, with a pipeline about which there is one warning, TR103."""
    folder = tmp_path / "project" / "pipelines"
    folder.mkdir(parents=True)
    (folder / "odd.yaml").write_text(ODD)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("translator.api.check", lambda *given: ())
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def refused(*arguments: str) -> str:
    """What is said about wrong usage."""
    result = run("check", "odd.yaml", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr.rpartition("Error: ")[2].strip()


class TestOptions:
    @pytest.mark.parametrize("command", ["convert", "check", "inspect"])
    @pytest.mark.parametrize(
        ("given", "status", "told"),
        [
            ([], 0, "1 warning"),
            (["--strict"], 1, "1 error"),
            (["--error", "TR103"], 1, "1 error"),
            (["--error", "tr413,tr103"], 1, "1 error"),
            (["--ignore", "TR413", "--ignore", "TR103"], 0, "1 ignored"),
            (["--ignore", "TR413, TR103,"], 0, "1 ignored"),
            (["--ignore", ""], 0, "1 warning"),
            (["--strict", "--ignore", "TR103"], 0, "1 ignored"),
            (["--error", "TR103", "--ignore", "TR103"], 1, "1 error"),
        ],
    )
    def test_weights(self, command: str, given: list[str], status: int, told: str) -> None:
        result = run(command, "odd.yaml", *given)
        assert result.exit_code == status
        assert f"\n{told}" in f"\n{result.stderr}"
        assert ("TR103" in result.stderr) == ("ignored" not in told)

    def test_errors_write_nothing(self, here: Path) -> None:
        assert run("convert", "odd.yaml", "--error", "TR103").exit_code == 1
        assert [path.name for path in here.iterdir()] == ["odd.yaml"]

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (
                ["--ignore", "TR103,TR204"],
                "Invalid value for '--ignore': TR204 is an error, which cannot be ignored",
            ),
            (
                ["--ignore", "TR1003"],
                "Invalid value for '--ignore': unknown code 'TR1003' (did you mean TR103?)",
            ),
            (
                ["--error", "tr10"],
                "Invalid value for '--error': unknown code 'tr10' (did you mean TR101?)",
            ),
            (["--error", "x\x1b"], "Invalid value for '--error': unknown code 'x\\x1b'"),
        ],
    )
    def test_wrong_usage(self, given: list[str], told: str) -> None:
        assert refused(*given) == told


class TestFile:
    def test_translator_toml(self, here: Path) -> None:
        (here / "translator.toml").write_text('strict = true\nignore = ["tr413"]\n')
        assert config.configured().policy == Policy.of(strict=True, ignore=["TR413"])
        assert run("check", "odd.yaml").exit_code == 1

    def test_pyproject(self, here: Path) -> None:
        (here / "pyproject.toml").write_text('[tool.translator]\nerror = ["TR103"]\n')
        assert config.configured().policy == Policy.of(error=["TR103"])
        assert run("check", "odd.yaml").exit_code == 1

    def test_the_nearest_counts(self, here: Path) -> None:
        """Another project's file, and one without our table, are passed by."""
        (here.parent.parent / "translator.toml").write_text("strict = true\n")
        (here.parent / "pyproject.toml").write_text('[tool.translator]\nignore = ["TR103"]\n')
        (here / "pyproject.toml").write_text('[project]\ndependencies = ["kfp-translator"]\n')
        (here / "translator.toml").mkdir()
        assert config.configured().policy == Policy.of(ignore=["TR103"])
        assert run("check", "odd.yaml").stderr == "1 ignored; can be converted for Vertex AI\n"

    def test_translator_toml_goes_first(self, here: Path) -> None:
        (here / "pyproject.toml").write_text("[tool.translator]\nstrict = true\n")
        (here / "translator.toml").write_text("")
        assert config.configured().policy == Policy()

    def test_ignores_of_files(self, here: Path) -> None:
        """Patterns are relative to the file with the settings."""
        (here / "other.yaml").write_text(ODD)
        (here.parent / "translator.toml").write_text(
            '[per-file-ignores]\n"pipelines/odd*" = ["tr103:oddField"]\n'
        )
        result = run("check", ".")
        assert "odd.yaml" not in result.stderr and "other.yaml:6:1: warning[TR103]" in result.stderr
        assert "1 warning, 1 ignored" in result.stderr

    def test_the_command_line_adds(self, here: Path) -> None:
        (here / "translator.toml").write_text('ignore = ["TR103"]\n')
        assert run("check", "odd.yaml", "--strict", "--ignore", "TR413").exit_code == 0
        assert run("check", "odd.yaml", "--error", "TR103").exit_code == 1

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (
                "ignored = []",
                f"unknown setting `ignored` (did you mean ignore?); the settings are {SETTINGS}",
            ),
            ("x = 1", f"unknown setting `x`; the settings are {SETTINGS}"),
            ("exclude = 'a'", "`exclude` must be a list of patterns of paths"),
            ("exclude = ['']", "`exclude` must be a list of patterns of paths"),
            ("baseline = 1", "`baseline` must be the path of a baseline"),
            (
                "per-file-ignores = []",
                "`per-file-ignores` must be a table: pattern of paths → list of codes",
            ),
            ("per-file-ignores = {a = ['TR204']}", "TR204 is an error, which cannot be ignored"),
            ("ignore = ['TR103:']", "the field is missing in 'TR103:'"),
            ("strict = 1", "`strict` must be true or false"),
            ('ignore = "TR103"', "`ignore` must be a list of codes"),
            ("error = [103]", "`error` must be a list of codes"),
            ('error = ["TR1003"]', "unknown code 'TR1003' (did you mean TR103?)"),
            ('ignore = ["TR204"]', "TR204 is an error, which cannot be ignored"),
        ],
    )
    def test_wrong_settings(self, here: Path, text: str, told: str) -> None:
        (here / "translator.toml").write_text(text)
        assert refused() == f"translator.toml: {told}"
        (here / "translator.toml").unlink()
        (here.parent / "pyproject.toml").write_text(f"[tool.translator]\n{text}\n")
        assert refused() == f"../pyproject.toml: {told}"

    @pytest.mark.parametrize("data", [b"strict = ", b"\xff = 1"])
    def test_not_toml(self, here: Path, data: bytes) -> None:
        (here / "translator.toml").write_bytes(data)
        assert refused().startswith("translator.toml: not valid TOML: ")

    def test_not_a_table(self, here: Path) -> None:
        (here / "pyproject.toml").write_text("tool.translator = 1\n")
        assert refused() == "pyproject.toml: `tool.translator` must be a table"
        (here / "pyproject.toml").write_text("tool = 'translator'\n")
        assert config.configured().policy == Policy()

    def test_not_readable(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(file: str, mode: str) -> None:
            raise PermissionError(13, "Permission denied", file)

        (here / "translator.toml").write_text("")
        monkeypatch.setattr(config, "open", refuse, raising=False)
        assert refused() == "translator.toml: Permission denied"

    def test_toml_is_loaded_for_a_file_alone(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A module that is None in there cannot be imported.
        for name in ("tomllib", "tomli"):
            monkeypatch.setitem(sys.modules, name, None)
        assert config.configured().policy == Policy()
        (here / "pyproject.toml").write_text("[project]\nname = 'another'\n")
        assert config.configured().policy == Policy()
        (here / "translator.toml").write_text("")
        with pytest.raises(ImportError):
            config.configured()

    @pytest.mark.parametrize("command", [["--help"], ["check", "--help"], ["explain", "TR103"]])
    def test_no_file_is_looked_for_without_need(self, here: Path, command: list[str]) -> None:
        (here / "translator.toml").write_text("wrong = 1\n")
        assert run(*command).exit_code == 0
