"""Functions of kfp 1.x in schema 2.1.0, run with the wrapper that converts what they are given."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

import translator
from tests.unit.kfp1_executor import VARIABLE, real_python, stand_in
from tests.unit.kfp_files import flow_of
from translator.placeholders import parse_text
from translator.writers.executor_input import CONVERT, NAME, takers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: What kfp 1.8 writes before a function, without the line that installs kfp.
STARTS = [
    *("sh", "-c", '"$0" "$@"', "sh", "-ec"),
    'program_path=$(mktemp -d)\nprintf "%s" "$0" > "$program_path/ephemeral_component.py"\n'
    "python3 -m kfp.v2.components.executor_main --component_module_path "
    '"$program_path/ephemeral_component.py" "$@"\n',
]
HEADER = "\nfrom kfp.v2.dsl import *\nfrom typing import *\n\n"
#: kfp 1.8 makes the folders of artifacts below `/gcs/`.
MOUNT = (
    "try:\n    import os\n    from kfp.v2.components.types import artifact_types\n"
    "    artifact_types._GCS_LOCAL_MOUNT_PREFIX = os.environ['BUCKETS']\n"
    "except ImportError: pass\n\n"
)
#: Type of schema 2.1.0 → its name in schema 2.0.0.
OLDER = {"NUMBER_INTEGER": "INT", "NUMBER_DOUBLE": "DOUBLE"}


class Function(NamedTuple):
    """A function, and the two forms of what it is given."""

    source: str
    #: Input → its type in schema 2.1.0; outputs likewise.
    inputs: dict[str, str]
    outputs: dict[str, str]
    #: As schema 2.1.0 and schema 2.0.0 have them.
    newer: dict[str, Any]
    older: dict[str, Any]
    #: What it prints, and the values that it returns as schema 2.1.0 has them.
    prints: str
    returns: dict[str, Any]
    artifacts: tuple[str, ...] = ()


FUNCTIONS = {
    "values of all types": Function(
        "def f(s: str, i: int, d: float, b: bool, li: list, di: dict, ls: List[str]):\n"
        "    print([s, i, d, b, li, di, ls])\n",
        {"s": "STRING", "i": "NUMBER_INTEGER", "d": "NUMBER_DOUBLE", "b": "BOOLEAN"}
        | {"li": "LIST", "di": "STRUCT", "ls": "LIST"},
        {},
        # Integers arrive as doubles, and doubles without a fraction as integers.
        {"s": '"$(x)" ü', "i": 3.0, "d": 2, "b": False, "li": [1, None], "di": {"a": "ü"}}
        | {"ls": ["a"]},
        {
            "s": {"stringValue": '"$(x)" ü'},
            "i": {"intValue": "3"},
            "d": {"doubleValue": 2.0},
            "b": {"stringValue": "false"},
            "li": {"stringValue": "[1, null]"},
            "di": {"stringValue": '{"a": "ü"}'},
            "ls": {"stringValue": '["a"]'},
        },
        """['"$(x)" ü', 3, 2.0, False, [1, None], {'a': 'ü'}, ['a']]\n""",
        {},
    ),
    "texts that stand for values": Function(
        "def f(i: int, b: bool, li: list, s: str, e: str):\n    print([i, b, li, s, e])\n",
        dict.fromkeys(("i", "b", "li", "s", "e"), "STRING"),
        {},
        {"i": "3", "b": "True", "li": "[1]", "s": "3", "e": ""},
        {
            "i": {"stringValue": "3"},
            "b": {"stringValue": "True"},
            "li": {"stringValue": "[1]"},
            "s": {"stringValue": "3"},
            "e": {"stringValue": ""},
        },
        "[3, True, [1], '3', '']\n",
        {},
    ),
    "zero and a long integer": Function(
        "def f(z: int, n: int, d: float):\n    print([z, n, d])\n",
        {"z": "NUMBER_INTEGER", "n": "NUMBER_INTEGER", "d": "NUMBER_DOUBLE"},
        {},
        {"z": 0, "n": 9007199254740993, "d": 0},
        {"z": {"intValue": "0"}, "n": {"intValue": "9007199254740993"}, "d": {"doubleValue": 0}},
        "[0, 9007199254740993, 0.0]\n",
        {},
    ),
    "optional inputs": Function(
        "def f(a: str = 'x', b: Optional[int] = None, c: int = 7, d: Optional[float] = 1.5):\n"
        "    print([a, b, c, d])\n",
        {"a": "STRING", "b": "NUMBER_INTEGER", "c": "NUMBER_INTEGER", "d": "NUMBER_DOUBLE"},
        {},
        {"b": None, "d": 3},
        {"d": {"doubleValue": 3}},
        "['x', None, 7, 3.0]\n",
        {},
    ),
    "one output": Function(
        "def f(who: str) -> str:\n    return 'hi ' + who\n",
        {"who": "STRING"},
        {"Output": "STRING"},
        {"who": "ü\n"},
        {"who": {"stringValue": "ü\n"}},
        "",
        {"Output": "hi ü\n"},
    ),
    "several outputs": Function(
        "def f(n: int) -> NamedTuple('Outputs', [('s', str), ('i', int), ('d', float), "
        "('b', bool), ('li', list), ('di', dict)]):\n"
        "    from collections import namedtuple\n"
        "    return namedtuple('Outputs', 's i d b li di')('3', n, 2.0, True, [n], {'n': n})\n",
        {"n": "NUMBER_INTEGER"},
        {"s": "STRING", "i": "NUMBER_INTEGER", "d": "NUMBER_DOUBLE", "b": "BOOLEAN"}
        | {"li": "LIST", "di": "STRUCT"},
        {"n": 0},
        {"n": {"intValue": "0"}},
        "",
        {"s": "3", "i": 0, "d": 2.0, "b": True, "li": [0], "di": {"n": 0}},
    ),
    "outputs that are texts": Function(
        "def f(n: int) -> NamedTuple('Outputs', [('i', int), ('b', bool), ('li', list)]):\n"
        "    from collections import namedtuple\n"
        "    return namedtuple('Outputs', 'i b li')(n, True, [n])\n",
        {"n": "STRING"},
        {"i": "STRING", "b": "STRING", "li": "STRING"},
        {"n": "5"},
        {"n": {"stringValue": "5"}},
        "",
        {"i": "5", "b": "true", "li": "[5]"},
    ),
    "artifacts": Function(
        MOUNT + "def f(n: int, data: Input[Dataset], model: Output[Model]) -> int:\n"
        "    model.metadata['n'] = n\n    print(data.uri.rpartition('/')[2], data.metadata)\n"
        "    return n + 1\n",
        {"n": "NUMBER_INTEGER"},
        {"Output": "NUMBER_INTEGER"},
        {"n": 1},
        {"n": {"intValue": "1"}},
        "data {'rows': 2.0}\n",
        {"Output": 2},
        ("data", "model"),
    ),
    "no inputs": Function(
        "def f() -> float:\n    return 0.5\n", {}, {"Output": "NUMBER_DOUBLE"}, {}, {}, "",
        {"Output": 0.5},
    ),
}  # fmt: skip


def document(function: Function, version: str, *, command: list[str] | None = None) -> Any:
    """A pipeline of one task that runs the function."""

    def parameters(types: dict[str, str]) -> dict[str, Any]:
        if version == "2.1.0":
            return {
                name: {"parameterType": kind, "isOptional": True} for name, kind in types.items()
            }
        return {name: {"type": OLDER.get(kind, "STRING")} for name, kind in types.items()}

    schema = {"artifactType": {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}}
    artifacts = [{name: schema} for name in function.artifacts] or [{}, {}]
    source = HEADER + function.source
    container = {
        "image": "python:3.9",
        "command": [*STARTS, source] if command is None else command,
        "args": ["--executor_input", "{{$}}", "--function_to_execute", "f"],
    }
    one = {"constant": "1"} if version == "2.1.0" else {"constantValue": {"stringValue": "1"}}
    inputs = {name: {"runtimeValue": one} for name in function.inputs}
    return {
        "pipelineInfo": {"name": "f"},
        "schemaVersion": version,
        "components": {
            "comp-f": {
                "executorLabel": "exec-f",
                "inputDefinitions": {
                    "parameters": parameters(function.inputs),
                    "artifacts": {n: {**a, "isOptional": True} for n, a in artifacts[0].items()},
                },
                "outputDefinitions": {
                    "parameters": parameters(function.outputs),
                    "artifacts": artifacts[1],
                },
            }
        },
        "deploymentSpec": {"executors": {"exec-f": {"container": container}}},
        "root": {
            "dag": {
                "tasks": {
                    "f": {
                        "componentRef": {"name": "comp-f"},
                        "taskInfo": {"name": "f"},
                        "inputs": {"parameters": inputs},
                    }
                }
            }
        },
    }


def words(written: Any, to: str) -> list[str]:
    """The words of the container, as the bundle has them."""
    pipeline = translator.load_text(flow_of(written), "pipeline.yaml").pipeline
    spec = next(yaml.safe_load_all(translator.render(pipeline, to)["pipeline.yaml"]))
    container = spec["deploymentSpec"]["executors"]["exec-f"]["container"]
    return [*container["command"], *container["args"]]


class Run(NamedTuple):
    status: int
    printed: str
    #: What the executor output has; None for no file.
    output: Any


@pytest.fixture(params=["stand-in", "kfp 1.8"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Run]:
    """Runs words with an executor input, as a backend does, in a container that has kfp 1.8."""
    python = sys.executable if request.param == "stand-in" else real_python()
    if python is None:
        pytest.skip(f"{VARIABLE} names no Python that has kfp 1.8")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").write_text(f'#!/bin/sh\nexec {python} -W ignore "$@"\n')
    (folder / "python3").chmod(0o755)
    library = stand_in(tmp_path / "library") if request.param == "stand-in" else tmp_path
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(library)}
    environment |= {"BUCKETS": f"{tmp_path}/buckets/", "PYTHONUTF8": "1"}

    def runs(command: list[str], inputs: dict[str, Any], artifacts: tuple[str, ...] = ()) -> Run:
        target = tmp_path / "there" / "output.json"
        found = [
            {n: {"artifacts": [{"name": n, "uri": f"gs://bucket/{n}", "metadata": {"rows": 2.0}}]}}
            for n in artifacts
        ] or [{}, {}]
        given = {
            "inputs": {**inputs, "artifacts": found[0]},
            "outputs": {"outputFile": str(target), "artifacts": found[1]},
        }
        text = json.dumps(given, ensure_ascii=False)
        filled = [text if word == "{{$}}" else word for word in command]
        done = subprocess.run(filled, env=environment, capture_output=True, text=True)
        printed = "".join(
            line for line in done.stdout.splitlines(True) if not line.startswith("[KFP Executor")
        )
        output = json.loads(target.read_text("utf-8")) if target.is_file() else None
        target.unlink(missing_ok=True)
        return Run(done.returncode, printed, output)

    return runs


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
class TestFunction:
    def test_runs_as_in_schema_2_0_0(self, function: Function, run: Callable[..., Run]) -> None:
        """The form of schema 2.0.0 without the wrapper, that of schema 2.1.0 with it."""
        plain = words(document(function, "2.0.0"), "vertex")
        wrapped = words(document(function, "2.1.0"), "vertex")
        assert CONVERT not in plain
        assert wrapped[1:4] == ["-c", CONVERT, NAME]
        before = run(plain, {"parameters": function.older}, function.artifacts)
        after = run(wrapped, {"parameterValues": function.newer}, function.artifacts)
        assert (before.status, after.status) == (0, 0)
        assert before.printed == after.printed == function.prints
        assert after.output.pop("parameterValues", {}) == function.returns
        before.output.pop("parameters", None)
        assert after.output == before.output

    def test_is_wrapped_for_kubeflow_too(self, function: Function, run: Callable[..., Run]) -> None:
        """A file of schema 2.0.0 is raised: types that it has not are STRING, values texts."""
        wrapped = words(document(function, "2.0.0"), "kubeflow")
        values = {
            name: value
            if isinstance(value, (str, int, float)) and not isinstance(value, bool)
            else json.dumps(value)
            for name, value in function.newer.items()
            if value is not None
        }
        done = run(wrapped, {"parameterValues": values}, function.artifacts)
        assert (done.status, done.printed) == (0, function.prints)
        returned = done.output.get("parameterValues", {})
        assert returned == {
            name: json.dumps(value) if isinstance(value, (bool, list, dict)) else value
            for name, value in function.returns.items()
        }


GREET = FUNCTIONS["one output"]


def test_without_it_the_function_finds_no_input(run: Callable[..., Run]) -> None:
    plain = words(document(GREET, "2.0.0"), "vertex")
    assert run(plain, {"parameterValues": GREET.newer}) == Run(1, "", None)


def test_a_failure_stays_one(run: Callable[..., Run]) -> None:
    for body, status in (("raise ValueError(3)", 1), ("import sys; sys.exit(7)", 7)):
        failing = GREET._replace(source=f"def f(who: str) -> str:\n    {body}\n")
        wrapped = words(document(failing, "2.1.0"), "vertex")
        assert run(wrapped, {"parameterValues": GREET.newer}) == Run(status, "", None)


def test_a_command_that_is_not_there_fails(run: Callable[..., Run]) -> None:
    wrapped = words(document(GREET, "2.1.0"), "vertex")
    at = wrapped.index("sh")
    broken = [*wrapped[:at], "no-such-program", *wrapped[at + 1 :]]
    assert run(broken, {"parameterValues": GREET.newer}) == Run(1, "", None)


def program(*command: str) -> list[str]:
    return [sys.executable, "-c", CONVERT, NAME, "[{}, {}]", "0", *command]


def empty_input(folder: Path) -> str:
    return json.dumps({"outputs": {"outputFile": f"{folder}/output.json"}})


def test_signals_reach_the_program(tmp_path: Path) -> None:
    """And an end by a signal is the status that a shell makes of it."""
    script = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    # The executor input is the first word, the program's name then.
    for trap, status in ((script, 5), ("echo ready; exec sleep 60", 128 + signal.SIGTERM)):
        command = program(empty_input(tmp_path), "-c", trap)
        code = command[2].replace("Popen(command", 'Popen(command, executable="/bin/sh"')
        assert code != command[2]
        command[2] = code
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.2)  # until the handlers are there
            child.send_signal(signal.SIGTERM)
            assert child.wait(30) == status


def test_an_output_in_the_newer_form_stays(tmp_path: Path) -> None:
    """So does one whose program is wrapped twice, by two versions of this tool."""
    inner = (
        "import json, sys; given = json.loads(sys.argv[1]); "
        "json.dump({'parameterValues': given['inputs']['parameters'], 'x': 1}, "
        "open(given['outputs']['outputFile'], 'w'))"
    )
    given = json.dumps(
        {
            "inputs": {"parameterValues": {"a": 1}},
            "outputs": {"outputFile": f"{tmp_path}/output.json"},
        }
    )
    command = [sys.executable, "-c", inner, given]
    kinds = '[{"a": "NUMBER_INTEGER"}, {}]'
    for _ in range(2):
        position = str(len(command) - 1)
        command = [sys.executable, "-c", CONVERT, NAME, kinds, position, *command]
    subprocess.run(command, check=True)
    written = json.loads((tmp_path / "output.json").read_text())
    assert written == {"parameterValues": {"a": {"intValue": "1"}}, "x": 1}


def test_no_backend_reads_the_program() -> None:
    """Placeholders of KFP, Argo and Kubernetes, and objects that backends look into."""
    wrapped = words(document(FUNCTIONS["several outputs"], "2.1.0"), "vertex")
    mine = wrapped[: wrapped.index("sh")]
    assert len(mine) == 6
    for word in mine:
        assert not any(sign in word for sign in ("{{", "$(", "$$"))
        assert not word.startswith("{")


def test_the_program_is_for_old_interpreters_too() -> None:
    """kfp 1.8 runs on Python 3.6 and later."""
    assert ast.parse(CONVERT, feature_version=(3, 6)).body


def test_a_bundle_is_not_wrapped_again() -> None:
    once = words(document(GREET, "2.1.0"), "vertex")
    again = document(GREET, "2.1.0", command=once[: once.index("--executor_input")])
    assert words(again, "vertex") == once
    pipeline = translator.load_text(flow_of(again), "pipeline.yaml").pipeline
    for to in ("vertex", "kubeflow"):
        codes = {finding.rule.code for finding in translator.check(pipeline, to)}
        assert not codes & {"TR316", "TR359", "TR428", "TR437"}


MAIN = "-m kfp.v2.components.executor_main"
INLINE = "def _get_input_parameter_value(self, "


@pytest.mark.parametrize(
    ("command", "python"),
    [
        (["sh", "-c", f"python3 {MAIN} $0"], "python3"),
        (["sh", "-c", f"set -e;python3.8 -u {MAIN}"], "python3.8"),
        (["sh", "-c", f"a && /opt/conda/bin/python {MAIN}"], "/opt/conda/bin/python"),
        (["python3", *MAIN.split()], "python3"),
        (["python", "-u", *MAIN.split()], "python"),
        (["env", "A=b", "python3", *MAIN.split()], "python3"),
        # What kfp 1.5 and 1.6 write.
        (["sh", "-ec", 'python3 -u "$program_path" "$@"', f"{INLINE}parameter_name)"], "python3"),
        (["sh", "-c", f'"$PYTHON" {MAIN}'], ""),
        (["sh", "-c", f"$HOME/bin/python {MAIN}"], ""),
        (["sh", "-c", "./kfp.v2.components.executor_main"], ""),
        ([], ""),
    ],
)
def test_the_interpreter_is_that_of_the_command(command: list[str], python: str) -> None:
    given = document(GREET, "2.1.0", command=command)
    if not command:
        container = given["deploymentSpec"]["executors"]["exec-f"]["container"]
        container["args"] = ["python3", *MAIN.split(), "--executor_input", "{{$}}"]
    pipeline = translator.load_text(flow_of(given), "pipeline.yaml").pipeline
    (taker,) = takers(pipeline)
    assert taker.kfp1
    assert [str(word) for word in taker.wrapper[:1]] == ([python] if python else [])
    assert bool(taker.obstacle) == (not python)
    codes = {finding.rule.code for finding in translator.check(pipeline, "vertex")}
    assert ("TR316" in codes, "TR359" in codes) == (not python, bool(python))


def test_there_is_one_executor_input_and_one_interface() -> None:
    in_a_word, twice, shared = (document(GREET, "2.1.0") for _ in range(3))
    in_a_word["deploymentSpec"]["executors"]["exec-f"]["container"]["args"][1] = "x{{$}}"
    twice["deploymentSpec"]["executors"]["exec-f"]["container"]["args"][3] = "{{$}}"
    other = json.loads(json.dumps(shared["components"]["comp-f"]))
    other["inputDefinitions"]["parameters"]["who"]["parameterType"] = "LIST"
    shared["components"]["comp-g"] = other
    for given in (in_a_word, twice, shared):
        pipeline = translator.load_text(flow_of(given), "pipeline.yaml").pipeline
        (taker,) = takers(pipeline)
        assert (taker.kfp1, taker.wrapper) == ("1.8", ())
        assert "this command cannot be wrapped" in taker.obstacle


def test_the_position_is_that_of_the_placeholder() -> None:
    wrapped = words(document(GREET, "2.1.0"), "vertex")
    position = int(wrapped[5])
    assert wrapped[6:][position] == "{{$}}"
    assert parse_text(wrapped[6:][position - 1]).parts == ("--executor_input",)
