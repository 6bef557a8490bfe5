"""Sources of pipelines, compiled by kfp, decompiled, and compiled again."""

from __future__ import annotations

import linecache
import warnings
from typing import TYPE_CHECKING, Any

import translator
from translator.comparison import compare
from translator.decompiler import Decompiled, decompiled
from translator.records import replace

if TYPE_CHECKING:
    from pathlib import Path

    from translator.model import Pipeline

#: What the sources of tests begin with.
HEAD = """
from typing import NamedTuple, Optional
from kfp import dsl

@dsl.component(base_image="python:3.11")
def say(text: str = "hi") -> str:
    return text

@dsl.component(base_image="python:3.11")
def count(number: int) -> int:
    return number

@dsl.component(base_image="python:3.11")
def names() -> list[str]:
    return ["a", "b"]

@dsl.component(base_image="python:3.11")
def join(texts: list[str], more: str = "") -> str:
    return "".join(texts)

@dsl.component(base_image="python:3.11")
def make(text: str, data: dsl.Output[dsl.Dataset]) -> float:
    return 1.0

@dsl.component(base_image="python:3.11")
def use(data: dsl.Input[dsl.Dataset], share: float = 0.5):
    pass

@dsl.component(base_image="python:3.11")
def report(status: dsl.PipelineTaskFinalStatus, text: str = ""):
    print(status, text)
"""


def compiled(source: str, function: str, folder: Path) -> Pipeline:
    """The model of a pipeline whose source kfp has compiled."""
    from kfp import compiler

    path = folder / "source.py"
    path.write_text(source, encoding="utf-8")
    linecache.checkcache(str(path))
    scope: dict[str, Any] = {"__name__": "source"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, str(path), "exec", dont_inherit=True), scope)
        compiler.Compiler().compile(scope[function], str(folder / "compiled.yaml"))
    return translator.load(folder / "compiled.yaml").pipeline


def round_trip(pipeline: Pipeline, folder: Path) -> Decompiled:
    """The source of a pipeline, which compiles to an equal one."""
    found = decompiled(pipeline, file="pipeline.yaml")
    assert [str(one) for one in found.findings if one.severity.value == "error"] == []
    again = compiled(found.text, found.function, folder)
    comparison = compare(replace(pipeline, submission=again.submission), again, renamed=True)
    assert [str(one) for one in comparison.differences] == []
    return found


def body(found: Decompiled) -> str:
    """The statements of the pipeline function."""
    import ast

    for node in ast.parse(found.text).body:
        if isinstance(node, ast.FunctionDef) and node.name == found.function:
            lines = found.text.splitlines()
            return "\n".join(lines[node.body[0].lineno - 1 : node.end_lineno])
    raise AssertionError(found.text)
