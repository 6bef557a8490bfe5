"""Functions of KFP v1 as functions of pipeline.py, and their programs rebuilt byte for byte."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.decompiler.components.lightweight_v1 import (
    RUN_SCRIPTS,
    Rebuilt,
    function_of,
    program,
)
from translator.decompiler.definitions import Module
from translator.decompiler.layout import assigned, returned

if TYPE_CHECKING:
    from pathlib import Path

MAKE_DIRS = (
    "def _make_parent_dirs_and_return_path(file_path: str):\n    import os\n"
    "    os.makedirs(os.path.dirname(file_path), exist_ok=True)\n    return file_path\n"
)
SERIALIZE = (
    "def _serialize_str(str_value: str) -> str:\n    if not isinstance(str_value, str):\n"
    "        raise TypeError('no text')\n    return str_value\n"
)
PARSER = (
    "import argparse\n_parser = argparse.ArgumentParser(prog='Count rows', description='Counts.')\n"
)
ROWS = (
    '_parser.add_argument("--rows", dest="rows_path", type=str, required=True, '
    "default=argparse.SUPPRESS)\n"
)
FIRST = (
    '_parser.add_argument("--first-row", dest="first_row", type=int, required=False, '
    "default=argparse.SUPPRESS)\n"
)
PARSED = "_parsed_args = vars(_parser.parse_args())\n"
PATHS = '_parser.add_argument("----output-paths", dest="_output_paths", type=str, nargs=1)\n'
POPPED = '_output_files = _parsed_args.pop("_output_paths", [])\n'
CALLED = "\n_outputs = count_rows(**_parsed_args)\n"
WRITTEN = """
_output_serializers = [
    {},

]

import os
for idx, output_file in enumerate(_output_files):
    try:
        os.makedirs(os.path.dirname(output_file))
    except OSError:
        pass
    with open(output_file, 'w') as f:
        f.write(_output_serializers[idx](_outputs[idx]))
"""
COUNT = (
    "def count_rows(rows_path, first_row = 1):\n    '''Counts.'''\n\n"
    "    print(open(rows_path).read())\n    # end\n"
)
SINGLE = "\n_outputs = [_outputs]\n"
OLDER = (
    "\nif not hasattr(_outputs, '__getitem__') or isinstance(_outputs, str):\n"
    "    _outputs = [_outputs]\n"
)
COMMAND_LINE = f"{PARSER}{ROWS}{FIRST}"
PLAIN = f"{COUNT}\n{COMMAND_LINE}{PARSED}{CALLED}"
PROGRAMS = {
    "plain": PLAIN,
    "a file is written": f"{MAKE_DIRS}\n{COUNT}\n{COMMAND_LINE}{PARSED}{CALLED}",
    "a value": f"{COUNT}\n{SERIALIZE}\n{COMMAND_LINE}{PATHS}{PARSED}{POPPED}{CALLED}{SINGLE}"
    + WRITTEN.format("_serialize_str"),
    "a tuple": f"{COUNT}\nimport json\n{COMMAND_LINE}{PATHS}{PARSED}{POPPED}{CALLED}"
    + WRITTEN.format("str"),
    "kfp 0.2": f"{COUNT}\n{SERIALIZE}\n{COMMAND_LINE}{PATHS}{PARSED}{POPPED}{CALLED}{OLDER}"
    + WRITTEN.format("_serialize_str"),
    "an import": f"from typing import NamedTuple\n\n{COUNT}\n{COMMAND_LINE}{PARSED}{CALLED}",
    "another description": PLAIN.replace("'Counts.')", "'')"),
    "a docstring of lines": PLAIN.replace(
        "'''Counts.'''", '"""Counts.\n\n      Args:\n        a: b\n    """'
    ),
    "all texts": PLAIN.replace("rows_path", "rows").replace("type=int", "type=str"),
    "another title": f"{COUNT}\n{COMMAND_LINE}{PARSED}{CALLED}".replace("'Count rows'", '"It\'s"'),
}


def imported(text: str, folder: Path, name: str = "pipeline") -> Any:
    """pipeline.py as a module, from a file, which ``inspect.getsource`` needs."""
    path = folder / f"{name}.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(module: Module, found: Rebuilt) -> str:
    """pipeline.py with a function that returns the program."""
    source = f"def component():\n{found.code}\n\n{returned(found.expression)}"
    return module.text('"""Doc."""', source)


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_program_is_rebuilt(source: str, tmp_path: Path) -> None:
    for taken in ([], ["v1_text", "v1_option", "SERIALIZE_STR"]):
        module = Module(taken)
        found = program(module, source)
        assert found is not None, list(module.findings)
        text = text_of(module, found)
        assert source == imported(text, tmp_path).component()
        assert "    def count_rows(rows" in text
        assert "argparse.SUPPRESS)\n_parser" not in text


def test_the_whole_command(tmp_path: Path) -> None:
    for taken in ([], ["v1_command", "v1_program", "RUN_PROGRAM"]):
        for run in sorted(RUN_SCRIPTS):
            module = Module(taken)
            found = program(module, PLAIN, run=run)
            assert found is not None
            name = str(found.expression.flat()).partition("(")[0]
            assert found.names == {name} and module.helpers.exported == {name}
            command = imported(text_of(module, found), tmp_path).component()
            assert command == ["sh", "-ec", run, PLAIN]


def test_how_it_reads() -> None:
    module = Module()
    found = program(module, PROGRAMS["a value"])
    assert found is not None
    assert assigned("x", found.expression) == "\n".join(
        [
            "x = v1_program(",
            "    count_rows,",
            '    options={"rows": "str", "first_row": "int"},',
            '    returns="_serialize_str",',
            "    around=[SERIALIZE_STR],",
            ")",
        ]
    )


def test_what_follows_from_the_function_is_left_out() -> None:
    options = 'options={"rows": "str", "first_row": "int"}'
    for name, arguments in {
        "all texts": "count_rows",
        "a docstring of lines": f"count_rows, {options}",
        "another description": f'count_rows, {options}, description=""',
        "another title": f'count_rows, {options}, title="It\'s"',
    }.items():
        found = program(Module(), PROGRAMS[name])
        assert found is not None and found.expression.flat() == f"v1_program({arguments})"


def test_a_text_that_is_no_program_is_left_alone() -> None:
    for source in ("", "echo", "import argparse\n", "def f(:\n", COUNT):
        module = Module()
        assert program(module, source) is None and not list(module.findings)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (PLAIN.replace("first_row = 1", "first_row = print()"), "is not a literal"),
        (PLAIN.replace("rows_path,", "rows_path: print(),"), "is not one of kfp or `typing`"),
        (f"{PLAIN}print(1)\n", "not as KFP v1 writes it"),
        (PLAIN.replace("def count_rows", "@print\ndef count_rows"), "not as KFP v1 writes it"),
        (PLAIN.replace("\nimport argparse", "\nprint(1)\nimport argparse, os"), "one command line"),
        (PLAIN.replace("required=False", "required=True"), "not as KFP v1 writes it"),
        (PLAIN.replace("'Count rows'", "print()"), "has no name and description"),
        (PLAIN.replace("count_rows(**", "other(**"), "not exactly one function"),
        (PLAIN.replace("_outputs = count_rows", "_outputs = x.count_rows"), "does not call"),
        (PLAIN.replace("# end", "# end\r"), "U+000D"),
        (PLAIN.replace("\n\n    print", "\n  \n    print"), "blank lines with spaces"),
        (f"{COUNT}{PLAIN}", "not exactly one function"),
        (f"{PLAIN}(\n", "not valid Python"),
    ],
)
def test_what_stays_a_text(source: str, reason: str) -> None:
    module = Module()
    found = program(module, source)
    assert found is None
    (told,) = module.findings
    assert told.rule.code == "TR436" and reason in told.message, told.message
    assert "count_rows" not in module.text('"""Doc."""')


def test_only_the_function_becomes_code(tmp_path: Path) -> None:
    """What is before and around it stays text, even if it is hostile."""
    evil = f"import os\nos.mkdir({str(tmp_path / 'made')!r})\n"
    source = f"{evil}\n{COUNT}\n{evil}{COMMAND_LINE}{PARSED}{CALLED}"
    module = Module()
    found = program(module, source)
    assert found is not None
    assert source == imported(text_of(module, found), tmp_path).component()
    assert not (tmp_path / "made").exists()


def test_the_rebuilt_program_runs(tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.write_text("3")
    command = [sys.executable, "-c", PLAIN, "--rows", str(rows)]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"3\n"


PIECES = st.sampled_from(
    [
        *(COUNT, COMMAND_LINE, PARSED, CALLED, SINGLE, MAKE_DIRS, SERIALIZE, POPPED, PATHS, PARSER),
        *("\n", "import os\n", "x = 1\n", "'''", '"""', "\\\n", "\t", "# fmt: on\n", "@print\n"),
        WRITTEN.format("str"),
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_whatever_the_parts_are(source: str) -> None:
    """pipeline.py has nothing but its own statements, and the text is the same or stays a text."""
    module = Module()
    found = program(module, source)
    tree = ast.parse(text_of(module, found) if found else module.text('"""Doc."""'))
    kinds = (ast.Expr, ast.Import, ast.Assign, ast.FunctionDef)
    assert all(isinstance(one, kinds) for one in tree.body)
    names = [one.name for one in tree.body if isinstance(one, ast.FunctionDef)]
    helpers = ["v1_option", "v1_outputs", "v1_text", "v1_program"]
    assert names == ([*helpers, "component"] if found else [])
    for one in tree.body:
        if isinstance(one, ast.Assign):
            ast.literal_eval(one.value)
    if found:
        assert isinstance(tree.body[-1], ast.FunctionDef)
        inner = tree.body[-1].body
        assert [type(one).__name__ for one in inner] == ["FunctionDef", "Return"]


def test_the_function_of_a_program() -> None:
    assert function_of(PLAIN) == "count_rows"
    assert function_of(PLAIN + "(") == function_of("echo") == ""


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            f"def f(a):\n    pass\n\n{PARSER}{ROWS}{PARSED}\n_outputs = f(**_parsed_args)\n",
            "`rows`",
        ),
        (
            f"def __f():\n    pass\n\n{PARSER}{PARSED}\n_outputs = __f(**_parsed_args)\n",
            "two underscores",
        ),
        (
            f"def str(first_row: str = ''):\n    pass\n\n{PARSER}{FIRST.replace('int', 'str')}"
            f"{PARSED}\n_outputs = str(**_parsed_args)\n",
            "needs another `str`",
        ),
        (f"def __():\n    pass\n\n{PARSER}{PARSED}\n_outputs = __(**_parsed_args)\n", "no letters"),
    ],
)
def test_names_that_no_program_of_kfp_has(source: str, reason: str) -> None:
    module = Module()
    assert program(module, source) is None
    (finding,) = module.findings
    assert finding.rule.code == "TR436"
    assert reason in str(finding.facts["reason"])
