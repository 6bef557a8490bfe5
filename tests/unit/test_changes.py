"""``convert --diff``: what a conversion would change, and nothing is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.laws.hostile_checks import steering
from tests.laws.hostile_words import KINDS
from tests.unit.kfp_files import flow_of, spec
from translator.bundle import Plan
from translator.cli import changes, main
from translator.diagnostics.redaction import masked_line

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/train/pipeline_v2.yaml"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLE, "flow.yaml")


def convert(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["convert", "flow.yaml", "-o", "out", *arguments])


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}


def change() -> None:
    """Renames a task, so that lines change in several files."""
    text = Path("flow.yaml").read_text("utf-8")
    Path("flow.yaml").write_text(text.replace("preprocess", "prepare"), "utf-8")


def applied(diff: str) -> None:
    Path("changes.diff").write_text(diff, "utf-8")
    words = ["git", "apply", "-p0", "--whitespace=nowarn", "changes.diff"]
    # Not in the repository that the temporary folder may be in.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(Path.cwd().parent)}
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("git"), reason="no git")
@pytest.mark.parametrize("is_new", [True, False])
def test_applied_it_is_the_conversion(is_new: bool) -> None:
    if not is_new:
        assert convert().exit_code == 0
        change()
    before = files()
    result = convert("--diff")
    assert result.exit_code == 0
    assert files() == before
    assert ("/dev/null" in result.stdout) == is_new
    applied(result.stdout)
    shown = masked(files())
    assert convert("--force").exit_code == 0
    assert masked(files()) == shown


def masked(found: dict[str, bytes]) -> dict[str, str]:
    """The files without the manifest, with stars for what looks like secrets."""
    return {
        name: "\n".join(map(masked_line, data.decode().split("\n")))
        for name, data in found.items()
        if not name.endswith(".json")
    }


def test_no_change() -> None:
    assert convert().exit_code == 0
    result = convert("--diff")
    assert (result.exit_code, result.stdout) == (0, "")


def test_files_that_are_removed() -> None:
    assert convert().exit_code == 0
    result = convert("--diff", "--single-file")
    assert "--- out/vertex_runner.py\n+++ /dev/null\n" in result.stdout
    assert Path("out/vertex_runner.py").is_file()


def test_edits_are_shown() -> None:
    assert convert().exit_code == 0
    Path("out/main.py").write_text("mine")
    result = convert("--diff")
    assert result.exit_code == 0
    assert "+++ out/main.py  (it has edits, which only --force overwrites)\n" in result.stdout
    assert "-mine  (no newline at the end)\n" in result.stdout
    assert Path("out/main.py").read_text() == "mine"


def test_a_link_is_not_followed() -> None:
    assert convert().exit_code == 0
    Path("secret").write_text("word\n")
    Path("out/main.py").unlink()
    Path("out/main.py").symlink_to("../secret")
    result = convert("--diff")
    assert "-(a symbolic link to ../secret)\n" in result.stdout and "-word" not in result.stdout


def test_large_and_strange_files() -> None:
    Path("out").mkdir()
    plan = Plan(create=(), replace=("a",), keep=(), remove=())
    Path("out/a").write_bytes(b"\xff\n" * 3)
    assert "-\\xff\n" in changes.diff({"a": "x\n"}, "out", plan, frozenset())
    assert "only bytes differ" in changes.diff({"a": "\\xff\n" * 3}, "out", plan, frozenset())
    Path("out/a").write_text("x\n" * 30_000)
    told = changes.diff({"a": "y\n"}, "out", plan, frozenset())
    assert told == "--- out/a: not compared: 30,000 lines become 1\n"
    Path("out/a").unlink()
    os.mkfifo("out/a")
    assert "it is not a regular file" in changes.diff({"a": "y\n"}, "out", plan, frozenset())


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_escaped(kind: str) -> None:
    plan = Plan(create=(), replace=("a",), keep=(), remove=())
    Path("out").mkdir()
    for word in KINDS[kind]:
        Path("out/a").write_text(f"{word}\n", "utf-8", "surrogatepass")
        told = changes.diff({"a": f"new {word}\n"}, "out", plan, frozenset())
        assert steering("diff", told) == []


def test_secrets_are_hidden() -> None:
    secret = "ghp_" + "a1B2" * 9
    Path("flow.yaml").write_text(flow_of(spec(defaultPipelineRoot=f"gs://{secret}")))
    result = convert("--diff")
    assert "defaultPipelineRoot" in result.stdout and secret not in result.stdout


class TestSuggestions:
    @pytest.mark.parametrize(
        ("word", "told"),
        [
            ("flow.yaml", "did you mean `translator convert flow.yaml`?"),
            ("a b", "did you mean `translator convert 'a b'`?"),
            ("chek", "no command 'chek': did you mean `translator check`?"),
            ("frobnicate", "No such command 'frobnicate'."),
            ("\x1b", "No such command '\\x1b'."),
        ],
    )
    def test_of_what_is_no_command(self, word: str, told: str) -> None:
        Path("a b").mkdir()
        result = CliRunner().invoke(main, [word])
        assert result.exit_code == 2
        assert result.stderr.rpartition("Error: ")[2].strip() == told
