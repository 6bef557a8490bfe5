"""Functions of a pipeline's author in pipeline.py: the same text, and never a second statement."""

from __future__ import annotations

import ast
import inspect
import linecache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.decompiler.components.functions import Refused, define, function, local, parsed
from translator.decompiler.components.signatures import checked, signature
from translator.decompiler.definitions import Definition, Module

PLAIN = "def train(a, b=1):\n    return a\n"


def module_with(source: str, decorator: str = "", *, taken: str = "") -> tuple[str, str]:
    """The name of the function, and pipeline.py with it alone."""
    module = Module([taken] if taken else [])
    wanted = function(source)
    checked(wanted.node, {})
    name, code = define(module, wanted, decorator)
    module.define(Definition(function=name, code=code, inputs={}, outputs={}))
    return name, module.text('"""Doc."""')


def statements(text: str) -> list[str]:
    return [type(one).__name__ for one in ast.parse(text).body]


def test_the_text_is_kept_between_markers() -> None:
    name, text = module_with(PLAIN)
    assert name == "train"
    note = "# Containers run the text of these functions: a change of it changes the pipeline."
    head = f'"""Doc."""\n\n{note}\n# ruff: noqa'
    assert text == f"{head}\n\n\n# fmt: off\n{PLAIN}# fmt: on\n"


@pytest.mark.parametrize("name", ["print", "train", "dsl", "List", "__getattr__", "re"])
def test_a_name_that_is_taken_is_hidden_in_another_function(name: str) -> None:
    source = f'def {name}(a):\n    """\n  text\n    """\n\n    # end\n'
    new, text = module_with(source, "@str\n", taken="train")
    assert statements(text) == ["Expr", "FunctionDef", "Assign"]
    assert f"\n\n\n{new} = make_{new}()\n" in text and new != name
    # Python calls no function of a module by itself but those with special names.
    assert not {name, "print"} & {
        one.name for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)
    }


def test_inspect_finds_the_text_in_the_file() -> None:
    source = 'def train(a):\n    x = """\na\n"""\n    return x\n    # end\n'
    for taken in ("", "train"):
        name, text = module_with(source, taken=taken)
        file = f"<pipeline {taken}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        scope: dict[str, object] = {}
        exec(compile(text, file, "exec"), scope)
        found = inspect.cleandoc(inspect.getsource(scope[name]))  # type: ignore[arg-type]
        assert found.replace(" ", "") == source.strip().replace(" ", "")


def test_without_a_file_python_does_not_find_it() -> None:
    """``exec`` of pipeline.py needs ``linecache``, as it does for kfp's own decorators."""
    scope: dict[str, object] = {}
    exec(compile(module_with(PLAIN)[1], "<nowhere>", "exec"), scope)
    with pytest.raises(OSError):
        inspect.getsource(scope["train"])  # type: ignore[arg-type]


def test_an_equal_function_is_defined_once() -> None:
    module = Module()
    first = define(module, function(PLAIN))
    assert define(module, function(PLAIN)) == first
    other = define(module, function(PLAIN.replace("b=1", "b=2")))
    assert other[0] == "train_2"


SECOND = "import os\nos.mkdir('x')\n"
HOSTILE = {
    "a second statement": PLAIN + SECOND,
    "a statement before it": SECOND + PLAIN,
    "a statement behind a semicolon": "x = 1; " + PLAIN,
    "a decorator": "@print\n" + PLAIN,
    "a form feed": "def f(a):\n    pass\n\fimport os\n",
    "a carriage return": "def f(a):\n    # x\rimport os\n    pass\n",
    "a next line": "def f(a):\n    # x\x85import os\n    pass\n",
    "a line separator": "def f(a):\n    # x\u2028import os\n    pass\n",
    "a null": "def f(a):\n    pass\0\n",
    "a vertical tab": "def f(a):\n    pass\x0bimport os\n",
    "a bidirectional override": "def f(a):\n    # \u202e }\n    pass\n",
    "a byte order mark": "\ufeff" + PLAIN,
    "a surrogate": "def f(a):\n    return '\ud800'\n",
    "an encoding": "# coding: utf-7\n" + PLAIN,
    "a continued line": "def f(a):\n    pass\\\n",
    "no newline at the end": PLAIN.rstrip("\n"),
    "a quote that does not end": 'def f(a):\n    """\n',
    "quotes that end elsewhere": 'def f(a):\n    """x"""\n"""\nimport os\n"""\n',
    "a dedent": "def f(a):\n        pass\n  import os\n",
    "tabs against spaces": "def f(a):\n        if a:\n\tpass\n",
    "a class": "class f:\n    pass\n",
    "a coroutine": "async def f(a):\n    pass\n",
    "an expression": "f(print)\n",
    "a statement in the line of `def`": "def f(a): pass\nimport os\n",
    "an indented function": " def f(a):\n     pass\n",
    "an error behind the grammar": "def f(a):\n    nonlocal b\n",
    "nothing": "",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_refuses(source: str) -> None:
    with pytest.raises(Refused):
        function(source)


@pytest.mark.parametrize(
    "source",
    [
        "def f(a=print('x')): pass\n",
        "def f(a=__import__('os').mkdir('x')): pass\n",
        "def f(a=[x for x in (1, 2)]): pass\n",
        "def f(a=f'{1}'): pass\n",
        "def f(a=(b := 1)): pass\n",
        "def f(a=lambda: 1): pass\n",
        "def f(*, a=open('x')): pass\n",
        "def f(a: print('x')): pass\n",
        "def f(a: List[print('x')]): pass\n",
        "def f(a) -> print('x'): pass\n",
        "def f(a: unknown): pass\n",
        "def f(a: dsl.get_uri.__globals__): pass\n",
        "def f(a: kfp.dsl.component): pass\n",
        "def f(a: InputPath(print('x'))): pass\n",
        "def f(a) -> NamedTuple('x', [('y', print('x'))]): pass\n",
        "def f(a) -> NamedTuple('x', y=print('x')): pass\n",
        "def f(a: (1).__class__): pass\n",
        "def f(*a): pass\n",
    ],
)
def test_nothing_in_a_signature_runs_code(source: str) -> None:
    """Definitions evaluate defaults and annotations, on the machine that compiles pipeline.py."""
    with pytest.raises(Refused):
        checked(function(source).node, {})
    with pytest.raises(Refused):
        signature(function(source).node, {})


def test_a_body_is_not_evaluated() -> None:
    name, text = module_with("def f(a):\n    def g(b=print(1 / 0)): pass\n    return g\n")
    scope: dict[str, object] = {}
    exec(text, scope)
    assert callable(scope[name])


@pytest.mark.parametrize("many", ["not ", "-", "a.", "lambda: ", "1 + ", "f() if x else "])
def test_deep_expressions_are_refused(many: str) -> None:
    """They end neither the process nor the conversion."""
    deep = many * 20_000 + "a"
    for source in (f"def f(a):\n    x = {deep}\n", f"def f(a={deep}):\n    pass\n"):
        with pytest.raises((Refused, RecursionError)):
            checked(function(source).node, {})


def test_a_long_program_is_not_parsed() -> None:
    with pytest.raises(Refused, match="1,000,000"):
        parsed("#" * 1_000_001)


PIECES = st.sampled_from(
    [
        *(
            "def f(a):",
            "    pass",
            "\n",
            "\n    ",
            "'''",
            '"""',
            "'",
            '"',
            "\\",
            "#",
            ";",
            ":",
            "(",
        ),
        *(")", "import os", "x = 1", "\t", " ", "# fmt: on", "# fmt: off", "@d", "return 1", "\f"),
        *(
            "\r",
            "\u2028",
            "\x85",
            "f'{",
            "}'",
            "{",
            "}",
            "def g():",
            "    def g():",
            "f(1)",
            "\\\n",
        ),
        *("# coding: utf-7", "class A:", "if 1:", "lambda: 0", "# ruff: noqa", "global f", "b''"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.booleans())
@example("\n# fmt: on", False)
@example('\n    """\n# fmt: on\n"""', True)
def test_a_file_never_has_a_second_statement(tail: str, is_taken: bool) -> None:
    """Whatever follows `def f(a):`, the file has one function, or nothing is written."""
    source = f"def f(a):\n    pass{tail}\n"
    try:
        _, text = module_with(source, "@str\n", taken="f" if is_taken else "")
    except Refused:
        return
    assert statements(text) == ["Expr", "FunctionDef", *(["Assign"] if is_taken else [])]
    found = ast.parse(text).body[1]
    assert isinstance(found, ast.FunctionDef)
    inner = found.body[0] if is_taken else found
    assert isinstance(inner, ast.FunctionDef) and inner.name == "f"
    assert [ast.unparse(one) for one in inner.decorator_list] == ["str"]
    # Defining it evaluates no default, annotation or decorator of the source.
    assert not inner.args.defaults and inner.returns is None
    exec(compile(text, "<pipeline>", "exec"), {})


@given(st.lists(PIECES, max_size=12).map("".join))
@example("\n# fmt: on")
@example("\n   \n    x = '''\n\t\n'''")
def test_a_function_inside_another_has_no_second_statement(tail: str) -> None:
    source = f"def f(a):\n    pass{tail}\n"
    try:
        code = local(Module(), function(source))
    except Refused:
        return
    tree = ast.parse(f"def outer():\n{code}\n\n    return f\n")
    assert [type(one).__name__ for one in tree.body] == ["FunctionDef"]
    outer = tree.body[0]
    assert isinstance(outer, ast.FunctionDef)
    assert [type(one).__name__ for one in outer.body] == ["FunctionDef", "Return"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_function_or_refused(head: str, tail: str) -> None:
    for source in (head, f"def f(a):\n    pass{tail}\n", f"def f(a={head}):\n    pass\n"):
        try:
            _, text = module_with(source)
        except (Refused, RecursionError):
            continue
        assert statements(text) == ["Expr", "FunctionDef"]
