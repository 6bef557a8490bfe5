"""A random pipeline, and what the decompiler makes of it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import translator
from tests.corpus.gen_v2.source import FUNCTION, source
from tests.corpus.python_back import (
    CRASHED,
    DIFFERENT,
    IDENTICAL,
    INVALID,
    REFUSED,
    Result,
    compared,
    compiled,
    judged,
)
from translator.comparison import compare
from translator.decompiler import decompiled
from translator.diagnostics import without_errors
from translator.model import Constant, Dag, ExecutorRef, FromParent, Items
from translator.placeholders import PlaceholderKind, parse_text

if TYPE_CHECKING:
    from pathlib import Path

    from translator.model import Pipeline, Task


def of_seed(path: Path, keep: Path | None = None) -> Result:
    """What comes of the pipeline whose seed is the name of the path. This process is used once."""
    seed = int(path.name)
    written = {"source.py": source(seed)}
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        outcome, reasons = _of_source(written)
    if keep is not None and outcome not in (IDENTICAL, INVALID):
        folder = keep / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in written.items():
            (folder / name).write_text(text, "utf-8")
    return Result(path, "", outcome, reasons)


def _of_source(written: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    try:
        first = written["first.yaml"] = compiled(written["source.py"], FUNCTION)
    except Exception as error:
        return INVALID, (_told(error),)
    try:
        pipeline = translator.load_text(first, "first.yaml").pipeline
        if lost := _lost(pipeline):
            return INVALID, (f"kfp has lost {lost}",)
        made = decompiled(pipeline, file="first.yaml")
        written["back.py"] = made.text
        without_errors(made.findings)
        second = written["second.yaml"] = compiled(made.text, made.function)
    except translator.TranslationError as error:
        told = [f"{one.rule.code}: {one.message}"[:150] for one in error.diagnostics]
        return REFUSED, tuple(told)
    except Exception as error:
        return CRASHED, (_told(error),)
    back = translator.load_text(second, "second.yaml").pipeline
    outcome, reasons = judged(compared(pipeline, back))
    more = [*_unformatted(made.text)]
    if outcome == IDENTICAL and not compare(pipeline, back).same:
        more.append("`diff` says different")
    if decompiled(pipeline, file="first.yaml").text != made.text:
        more.append("another text the second time")
    return (DIFFERENT if more else outcome), (*reasons, *more)


def _lost(pipeline: Pipeline) -> str:
    """What kfp's compiler has lost: an input of a group that a task in it takes, or an executor.

    It can give executors of a pipeline that others call to the wrong tasks.
    """
    bodies = [one.body for one in pipeline.components.values()]
    labels = [one.label for one in bodies if isinstance(one, ExecutorRef)]
    if len(labels) > len({*labels}):
        return "an executor"
    for component in (pipeline.root, *pipeline.components.values()):
        inputs = {*component.inputs.parameters, *component.inputs.artifacts}
        tasks = component.body.tasks if isinstance(component.body, Dag) else {}
        if any(_lacks(task, inputs) for task in tasks.values()):
            return "an input"
    return ""


def _lacks(task: Task, inputs: set[str]) -> bool:
    """Whether a task takes something that its group, or the task itself, does not have."""
    sources = [*task.parameters.values(), *task.artifacts.values()]
    taken = {one.name for one in sources if isinstance(one, FromParent)}
    texts = [str(one.value) for one in sources if isinstance(one, Constant)]
    used = {
        one.name
        for text in texts
        for one in parse_text(text).placeholders()
        if one.kind is PlaceholderKind.INPUT_VALUE
    }
    if task.iterator is not None and not isinstance(task.iterator.items, Items):
        used.add(task.iterator.items.name)
    return bool(taken - inputs or used - {*task.parameters, *task.artifacts})


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0][:150]


def _unformatted(text: str) -> list[str]:
    """What ``ruff`` says of a text, but for the functions that are kept as they are."""
    ruff = [sys.executable, "-m", "ruff"]
    told = []
    for command in (["format", "--check"], ["check", "--output-format=json"]):
        options = ["--isolated", "--line-length=100", "--stdin-filename=pipeline.py", "-"]
        line = [*ruff, *command, *options]
        done = subprocess.run(line, input=text, capture_output=True, text=True, check=False)
        if command[0] == "format" and done.returncode:
            told.append("ruff format")
        elif command[0] == "check":
            kept = _kept_lines(text)
            rows = [(one["location"]["row"], one["message"]) for one in json.loads(done.stdout)]
            told += [f"ruff: {message}" for row, message in rows if row not in kept]
    return told[:2]


def _kept_lines(text: str) -> set[int]:
    """The lines between ``# fmt: off`` and ``# fmt: on``."""
    found, inside = set(), False
    for number, line in enumerate(text.splitlines(), 1):
        inside = line == "# fmt: off" or (inside and line != "# fmt: on")
        if inside:
            found.add(number)
    return found
