"""What users get for the examples: a change of it is seen (``make golden``, ``git diff``)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import translator
from translator.cli import main
from translator.version import NOTICE

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = {
    "hello": "examples/hello/pipeline.yaml",
    "train-v1": "examples/train/pipeline_v1.yaml",
    "train-v2": "examples/train/pipeline_v2.yaml",
}
#: Long scripts differ in few lines: those of one example are enough. Modules are templates.
WITH_SCRIPTS = "train-v1"
CASES = [(name, to) for name in EXAMPLES for to in ("vertex", "kubeflow")]


def outputs(name: str, to: str) -> dict[str, str]:
    """Files of the bundle, and what is told on the way; the file itself is not kept twice."""
    path = EXAMPLES[name]
    given = Path(path).read_text(encoding="utf-8")
    files = translator.translate(path, to).files
    kept = {
        file: text
        for file, text in files.items()
        if text != given
        and (
            not file.endswith(".py")
            or file == "main.py"
            or (file == "submit.py" and name == WITH_SCRIPTS)
        )
    }
    told = CliRunner().invoke(main, ["convert", path, "--to", to, "-o", "out", "--dry-run", "-v"])
    assert told.exit_code == 0
    return {**kept, "messages.txt": told.stderr}


@pytest.mark.parametrize(("name", "to"), CASES, ids=["-".join(case) for case in CASES])
def test_each_file_says_that_it_carries_no_conditions(name: str, to: str) -> None:
    path = ROOT / EXAMPLES[name]
    for file, text in translator.translate(path, to).files.items():
        own = text == path.read_text(encoding="utf-8")  # goes to Kubeflow as it is
        assert text.count(NOTICE) == (not own), file


@pytest.mark.parametrize(("name", "to"), CASES, ids=["-".join(case) for case in CASES])
def test_the_examples_give_what_they_gave(
    name: str, to: str, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    folder = GOLDEN / name / to
    found = outputs(name, to)
    if update_golden:
        folder.mkdir(parents=True, exist_ok=True)
        for old in filter(Path.is_file, folder.iterdir()):
            old.unlink()
        for file, text in found.items():
            (folder / file).write_text(text, encoding="utf-8")
    files = filter(Path.is_file, folder.iterdir())  # others may have compiled what is there
    assert found == {path.name: path.read_text(encoding="utf-8") for path in files}
