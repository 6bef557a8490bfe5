"""Nothing gets into pipeline.py; and the program that says so notices what does."""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest

import translator
from tests.conftest import shared_folder
from tests.laws import hostile_python
from tests.laws.python_shape import broken_by, calls_of
from tests.unit.test_decompiler_lightweight import CHECK, HEADER, OWN_KFP, RUN
from translator.decompiler.components import v1_program
from translator.decompiler.components.lightweight_v1 import RUN_SCRIPTS

ROOT = Path(__file__).parents[2]
INSTALL = CHECK.format(OWN_KFP)
RUN_V1 = min(RUN_SCRIPTS)
EXAMPLES = sorted((ROOT / "examples").glob("*/pipeline*.yaml"))


def test_nothing_gets_into_the_source_of_examples() -> None:
    runs = list(hostile_python.runs(EXAMPLES, 1, range(120)))
    assert [run for run in runs if run.broken] == []
    assert {run.outcome for run in runs} == {"source", "refused"}
    assert {run.style for run in runs} == set(hostile_python.STYLES)


@pytest.mark.corpus
def test_nothing_gets_into_the_source_of_real_pipelines() -> None:
    shared = shared_folder()
    if shared is None:
        pytest.skip("no corpus: set TRANSLATOR_SHARED, or put `shared` beside the checkout")
    paths = [*shared.glob("corpus/v1/**/*.yaml"), *shared.glob("corpus/v2/kfp*/*")]
    small = sorted(path for path in paths if path.stat().st_size < 12_000)
    runs = list(hostile_python.runs(random.Random(1).sample(small, 40), 1, range(120)))
    assert [run for run in runs if run.broken] == []


#: Names of a function, or of an input, that something else in pipeline.py could have.
NAMES = (
    *("dsl", "kfp", "str", "print", "Optional", "List", "InputPath", "v1_program", "v1_text"),
    *("RUN_PROGRAM", "inspect", "re", "self", "f", "p", "__getattr__", "__import__", "make_f"),
    *("größe", "\uff44sl", "сount", "main", "pipeline", "isinstance"),
)


def spec_of(command: list[str], args: list[str], name: str) -> str:
    """A pipeline of one task whose component has this input."""
    text = {"parameterType": "STRING"}
    component = {"executorLabel": "exec-f", "inputDefinitions": {"parameters": {name: text}}}
    given = {"parameters": {name: {"runtimeValue": {"constant": "x"}}}}
    container = {"image": "python:3.11", "command": command, "args": args}
    task = {"componentRef": {"name": "comp-f"}, "taskInfo": {"name": "f"}, "inputs": given}
    return json.dumps(
        {
            "pipelineInfo": {"name": "p"},
            "schemaVersion": "2.1.0",
            "components": {"comp-f": component},
            "deploymentSpec": {"executors": {"exec-f": {"container": container}}},
            "root": {"dag": {"tasks": {"f": task}}},
        }
    )


def of_kfp_v1(function: str, name: str) -> str:
    """The program in which KFP v1 ran a function, as its own compiler writes it."""
    names: dict[str, Any] = {}
    exec(f"from typing import *\nfrom kfp.dsl import *\n{function}", names)
    called = names[unicodedata.normalize("NFKC", name)]
    required = {"a": True}
    text: str = v1_program.v1_text(  # type: ignore[no-untyped-call]
        function, called.__name__, required, {"a": "str"}, None, ""
    )
    return text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["", "str", "Optional[List[str]]"])
def test_names_hide_nothing(name: str, kind: str) -> None:
    annotation = f": {kind}" if kind else ""
    function = f"def {name}(a{annotation}):\n    print(a)\n"
    run = ["sh", "-ec", RUN, f"{HEADER}\n{function}\n"]
    executor = ["--executor_input", "{{$}}", "--function_to_execute", name]
    v1 = ["sh", "-ec", RUN_V1, of_kfp_v1(function, name)]
    plain = of_kfp_v1("def count(a):\n    print(a)\n", "count")
    for text in (
        spec_of(["sh", "-c", INSTALL, *run], executor, "a"),
        spec_of(v1, ["--a", "{{$.inputs.parameters['a']}}"], "a"),
        spec_of(
            ["sh", "-ec", RUN_V1, plain], ["--a", f"{{{{$.inputs.parameters['{name}']}}}}"], name
        ),
    ):
        written = translator.decompile(translator.load_text(text)).text
        assert broken_by(written) == []
        assert calls_of(written) == []


@pytest.fixture(scope="module")
def source() -> str:
    return translator.decompile(EXAMPLES[0]).text


def test_a_source_is_as_it_should_be(source: str) -> None:
    assert broken_by(source) == []
    assert calls_of(source) == []


@pytest.mark.parametrize(
    "line",
    [
        "print()",
        "import os",
        "from kfp import *",
        "X = [1 for _ in range(2)]",
        "X = __import__('os')",
        "X = dsl.__class__",
        'X = f"{1:{2}}"',
        "class A(print()):\n    pass",
        "class A(NamedTuple):\n    x: str = print()",
        "@print\ndef f():\n    pass",
        "@dsl.component()\ndef f(x: print()):\n    pass",
        "@dsl.component()\ndef f(x=print()):\n    pass",
        "@dsl.container_component\ndef f():\n    return print()",
        "@dsl.pipeline\ndef f():\n    print()",
        "@dsl.pipeline\ndef f():\n    x.evil()",
        "def make_f():\n    print()\n    def f():\n        pass\n    return f",
        "x = \ud800",
        "(",
    ],
)
def test_what_gets_in_is_noticed(source: str, line: str) -> None:
    assert broken_by(f"{source}\n\n{line}\n") != []


@pytest.mark.parametrize(
    "line",
    [
        "print()",
        "import os",
        "eval('1')",
        "@dsl.component\ndef f(x: open('y') = 1):\n    pass",
        "@dsl.container_component\ndef f(x: str):\n    exec('1')",
        "@dsl.pipeline(name='f')\ndef f(x: str):\n    with dsl.If(x == 1):\n        open(x)",
    ],
)
def test_what_is_called_is_noticed(source: str, line: str) -> None:
    assert calls_of(f"{source}\n\n{line}\n") != []


def test_functions_of_the_author_are_not_called(source: str) -> None:
    function = "@dsl.component(base_image='a')\ndef f(x: str = 'a'):\n    print(x)"
    assert calls_of(f"{source}\n\n{function}\n") == []


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [str(EXAMPLES[0]), "--runs", "20"]
    assert hostile_python.main(arguments) == 0
    assert "20 runs in 1 files" in capsys.readouterr().out
    decompile = translator.decompile

    def careless(*given: object) -> object:
        found = decompile(*given)  # type: ignore[arg-type]
        return found._replace(text=found.text + "import os\n")

    monkeypatch.setattr(translator, "decompile", careless)
    assert hostile_python.main(arguments) == 1
    assert "shape: " in capsys.readouterr().out
