"""Bug reports as tests: each document of ``tests/cases/<topic>.yaml`` is a file and what it gives.

A document has these keys; ``case`` and ``input`` are required:

- ``case``: what it shows, in a few words;
- ``input``: the text of the file, or its bytes (``!!binary``); ``file``: its name, by which
  ``pipeline.yaml`` is the default; ``beside``: other files, name → text;
- ``to``: a target or a list of them (``vertex``); ``flags``: more words of ``convert``;
- ``exit``: the exit status of ``convert`` (0);
- ``messages``: all errors and warnings in the order of the report, each as a part of
  ``LINE: severity[CODE]: message help: advice``; without the key there are none;
- ``notes``: notes that there are, likewise, among others;
- ``files``: file of the bundle → ``has`` and ``lacks``, lists of parts of its text;
- ``runs``: commands to run afterwards beside the bundle ``out``: ``run`` is the command line
  (``translator …`` or ``python out/main.py …``), ``exit``, ``has`` and ``lacks`` are about its
  status and its output, both streams in one.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from translator.cli import main

CASES = Path(__file__).parent / "cases"
KEYS = {
    *("case", "input", "file", "beside", "to", "flags"),
    *("exit", "messages", "notes", "files", "runs"),
}
#: The longest that a script may take, in seconds.
PATIENCE = 60


def cases() -> list[tuple[str, dict[str, Any]]]:
    """Every case with a name for it: topic, text of ``case``, target."""
    found: list[tuple[str, dict[str, Any]]] = []
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load_all(path.read_text("utf-8")):
            assert case.keys() <= KEYS, (path.name, case.keys() - KEYS)
            targets = case.get("to", "vertex")
            for to in [targets] if isinstance(targets, str) else targets:
                found.append((f"{path.stem}: {case['case']}, {to}", {**case, "to": to}))
    return found


def headlines(entry: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The findings of one input as lines of text: errors and warnings, notes."""
    order = ("error", "warning", "note")
    told = sorted(entry["diagnostics"], key=lambda one: order.index(one["severity"]))
    lines = [
        (one["severity"], "{line}: {severity}[{code}]: {message} help: {help}".format(**one))
        for one in told
    ]
    return (
        [line for severity, line in lines if severity != "note"],
        [line for severity, line in lines if severity == "note"],
    )


def check_text(where: str, text: str, wanted: dict[str, Any]) -> None:
    """Every part in ``has`` is in the text, and none of ``lacks``."""
    for part in wanted.get("has", ()):
        assert str(part) in text, f"{where} lacks {part!r}:\n{text}"
    for part in wanted.get("lacks", ()):
        assert str(part) not in text, f"{where} has {part!r}:\n{text}"


def run(command: str) -> tuple[int, str]:
    """Exit status and output of a command."""
    program, *words = shlex.split(command)
    if program == "translator":
        result = CliRunner().invoke(main, words)
        return result.exit_code, result.output
    assert program == "python", command
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_", "CLOUD", "KF_"))}
    done = subprocess.run(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
        env={**clean, "COLUMNS": "100"},
    )
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace")


ALL = cases()


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=[name for name, _ in ALL])
def test_case(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = case.get("file", "pipeline.yaml")
    written = case["input"]
    Path(name).write_bytes(written if isinstance(written, bytes) else written.encode())
    for other, text in case.get("beside", {}).items():
        Path(other).write_text(text, "utf-8")
    words = ["convert", name, "--to", case["to"], "-o", "out", *case.get("flags", [])]
    result = CliRunner().invoke(main, [*words, "--format", "json"])
    assert result.exit_code == case.get("exit", 0), result.output
    (entry,) = json.loads(result.stdout)["inputs"]
    told, notes = headlines(entry)
    wanted = case.get("messages", [])
    assert len(told) == len(wanted), told
    for line, part in zip(told, wanted, strict=True):
        assert part in line
    for part in case.get("notes", ()):
        assert any(part in line for line in notes), notes
    assert Path("out").exists() is (case.get("exit", 0) == 0)
    for file, parts in case.get("files", {}).items():
        check_text(file, Path("out", file).read_text("utf-8"), parts)
    for command in case.get("runs", ()):
        status, output = run(command["run"])
        assert status == command.get("exit", 0), output
        check_text(command["run"], output, command)


def test_cases_of_a_topic_have_names_of_their_own() -> None:
    names = [name for name, _ in ALL]
    assert len(names) == len(set(names))
