"""A random pipeline, and what the decompiler makes of it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
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
        first = written["first.yaml"] = compiled({"pipeline.py": written["source.py"]}, FUNCTION)
    except Exception as error:
        return INVALID, (_told(error),)
    try:
        pipeline = translator.load_text(first, "first.yaml").pipeline
        if lost := _lost(pipeline):
            return INVALID, (f"kfp has lost {lost}",)
        made = decompiled(pipeline, file="first.yaml")
        written["back.py"] = made.text
        without_errors(made.findings)
        second = written["second.yaml"] = compiled(made.files, made.function)
    except translator.TranslationError as error:
        told = [f"{one.rule.code}: {one.message}"[:150] for one in error.diagnostics]
        return REFUSED, tuple(told)
    except Exception as error:
        return CRASHED, (_told(error),)
    back = translator.load_text(second, "second.yaml").pipeline
    outcome, reasons = judged(compared(pipeline, back))
    more = _unformatted({*made.files.values(), made.text})
    if outcome == IDENTICAL and not compare(pipeline, back).same:
        more.append("`diff` says different")
    if decompiled(pipeline, file="first.yaml") != made:
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


def _unformatted(texts: set[str]) -> list[str]:
    """What ``ruff`` says of modules, but for the functions that are kept as they are."""
    options = ["--isolated", "--no-cache", "--line-length=100"]
    with tempfile.TemporaryDirectory() as folder:
        modules = {str(Path(folder, f"module_{i}.py")): text for i, text in enumerate(texts)}
        for name, text in modules.items():
            Path(name).write_text(text, "utf-8")
        told = ["ruff format"] if _ruff("format", "--check", *options, *modules)[0] else []
        rows = json.loads(_ruff("check", "--output-format=json", *options, *modules)[1])
    kept = {str(Path(name).resolve()): _kept_lines(text) for name, text in modules.items()}
    others = [one for one in rows if one["location"]["row"] not in kept[one["filename"]]]
    return [*told, *(f"ruff: {one['message']}" for one in others)][:2]


def _ruff(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "ruff", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def _kept_lines(text: str) -> set[int]:
    """The lines between ``# fmt: off`` and ``# fmt: on``."""
    found, inside = set(), False
    for number, line in enumerate(text.splitlines(), 1):
        inside = line == "# fmt: off" or (inside and line != "# fmt: on")
        if inside:
            found.add(number)
    return found
