"""Expressions are printed as ``ruff format`` leaves them, and literals evaluate to their values."""

from __future__ import annotations

import ast
import inspect
import shutil
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.decompiler.layout import (
    Binary,
    Chain,
    Code,
    Expression,
    Parameter,
    assigned,
    call,
    decorated,
    item_of,
    mapping,
    named,
    printed,
    returned,
    signature,
    statement,
    tuple_of,
    with_statement,
)
from translator.decompiler.literals import TextLiteral, literal, text

RUFF = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))

CHARACTERS = st.sampled_from(list("abc xyz  \n\n\"'\\{}\t\r\x00é漢\u202eé#$%nr0\ud800"))
WORDS = st.sampled_from(
    ["the ", "model ", "xxxxxxxxxx", "data\n", "'", '"', "\\n", "{a}", "--flag=", "\\", "\n"]
)
TEXTS = st.text(CHARACTERS, max_size=60) | st.lists(WORDS, max_size=60).map("".join)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=12,
)
FIELDS = st.sampled_from(["url", 'train.outputs["model"]', "a" * 40]).map(named)
PIECES = st.lists(TEXTS.filter(bool) | FIELDS, min_size=1, max_size=8).map(
    lambda pieces: (
        [one for i, one in enumerate(pieces) if isinstance(one, Code) or not i]
        if all(isinstance(one, str) for one in pieces)
        else pieces
    )
)


def formatted(source: str) -> str:
    done = subprocess.run(
        [RUFF, "format", "--isolated", "--line-length", "100", "-"],
        input=source.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def value_of(source: str) -> object:
    return ast.literal_eval(source)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_literals_evaluate_to_their_value(value: object) -> None:
    for source in (printed(literal(value)), assigned("x", literal(value))[4:]):
        found = value_of(source)
        assert repr(found) == repr(value)  # tells 1, 1.0 and True apart
    inside = statement(call("f", literal(value), x=literal(value)), 8)
    node = ast.parse(f"if x:\n    if y:\n{inside}").body[0].body[0].body[0].value  # type: ignore[attr-defined]
    assert ast.literal_eval(node.args[0]) == ast.literal_eval(node.keywords[0].value) == value


@given(PIECES)
@settings(max_examples=300, deadline=None)
def test_f_strings_evaluate_to_their_pieces(pieces: list[str | Code]) -> None:
    scope = {"url": "{U}", "a" * 40: '"', "train": Task()}
    expected = "".join(
        one if isinstance(one, str) else str(eval(one.text, dict(scope))) for one in pieces
    )
    expression = TextLiteral(pieces=tuple(pieces))
    for source in (printed(expression), assigned("x", expression)[4:]):
        assert eval(source, dict(scope)) == expected
        compile(ast.parse(source, feature_version=(3, 10)), "", "exec")


class Task:
    outputs: ClassVar = {"model": "M'"}


def sources(value: object, size: int, pieces: tuple[str | Code, ...]) -> list[str]:
    """The value in each kind of statement, with names of different lengths around it."""
    given = literal(value)
    long = "x" * (size * 12 + 1)
    calls = (call(".after", named("other")), call(".set_display_name", literal("n" * size * 7)))
    chain = Chain(first=call(f"f{long}", a=given), calls=calls[: 1 + size % 2])
    chain_2 = Chain(first=call(f"f{long}"), calls=(call(".after", named(long * 2)),))
    compared = Binary(
        left=item_of("x.outputs", literal("a" * (size * 11))), operator="==", right=given
    )
    parameters = [Parameter("a", named("int"), given), Parameter(long, None, given)]
    returns = call("Outputs", *[named("a" * 20)] * size * 2)
    return [
        assigned("x", given),
        assigned(long, TextLiteral(pieces=pieces)),
        statement(call("f", TextLiteral(pieces=pieces), function=given, **{long: given})),
        assigned(long, chain),
        statement(chain),
        assigned("x", chain_2),
        f"def g():\n{returned(given)}",
        f"def g():\n{with_statement([(call('dsl.If', compared, name=given), 'it')])}\n        pass",
        f"def g():\n{with_statement([(call(long), ''), (call('f', given), 'it')])}\n        pass",
        f"{decorated(call('dsl.pipeline', name=given))}\n"
        f"{signature('h', parameters, returns)}\n    pass",
        f"{signature('h', parameters[:size], returns)}\n    pass",
    ]


def test_ruff_format_changes_nothing(tmp_path: Path) -> None:
    """Many statements at once, as a process of ruff takes longer than all of them."""
    written = 0

    @given(VALUES, st.integers(0, 6), PIECES)
    @settings(max_examples=200, deadline=None, database=None)
    def write(value: object, size: int, pieces: list[str | Code]) -> None:
        nonlocal written
        for source in sources(value, size, tuple(pieces)):
            ast.parse(source)
            written += 1
            (tmp_path / f"a{written}.py").write_bytes(
                (source + "\n").encode("utf-8", "surrogatepass")
            )

    write()
    done = subprocess.run(
        [RUFF, "format", "--isolated", "--line-length", "100", "--diff", "-q", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert written > 500
    assert done.stdout == "", done.stdout[:3000]
    assert done.returncode == 0, done.stderr[:1000]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", '"plain"'),
        ('say "hi"', "'say \"hi\"'"),
        ("both ' and \"", '"both \' and \\""'),
        (r"s/\d+/x/", 'r"s/\\d+/x/"'),
        ("a\nb", '"a\\nb"'),
        ("a\tb\x1b", '"a\\tb\\x1b"'),
        ("set -e\ncd /src\nmake", '"""set -e\ncd /src\nmake"""'),
        ("grep '\\.py$'\n\necho\nexit\n", 'r"""grep \'\\.py$\'\n\necho\nexit\n"""'),
        ("\u202egnp", '"\\u202egnp"'),
        (1.0, "1.0"),
        (1e100, "1e100"),
        ({"a": [1, None]}, '{"a": [1, None]}'),
    ],
)
def test_texts_as_an_author_writes_them(value: object, expected: str) -> None:
    assert printed(literal(value)) == expected


def test_spaces_at_the_end_of_lines_are_kept_from_editors() -> None:
    source = printed(literal("first line is long \nand so is the second one\nthird"))
    assert '"""' not in source
    assert value_of(source) == "first line is long \nand so is the second one\nthird"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1: 2}, b"a"])
def test_other_values_have_no_literal(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        literal(value)


def test_long_texts_are_cut_at_words() -> None:
    source = assigned("DESCRIPTION", text("Trains a classifier. " * 9))
    assert max(map(len, source.splitlines())) <= 100
    assert source.startswith('DESCRIPTION = (\n    "Trains a classifier. Trains')
    assert formatted(source + "\n") == source + "\n"


def test_tuples_of_one_have_a_comma() -> None:
    assert printed(tuple_of([literal(1)])) == "(1,)"
    assert printed(mapping([(literal("a"), literal(1))])) == '{"a": 1}'


def test_calls_are_on_lines_when_they_do_not_fit() -> None:
    source = statement(call("train", data=named("d" * 60), trees=named("t" * 60)), 4)
    expected = f"    train(\n        data={'d' * 60},\n        trees={'t' * 60},\n    )"
    assert source == expected
    assert inspect.cleandoc(source).startswith("train(")


def test_an_expression_has_to_say_how_it_is_printed() -> None:
    with pytest.raises(NotImplementedError):
        printed(Expression())


def test_programs_with_docstrings_are_in_single_quotes() -> None:
    program = '"""Adds."""\n\nimport re\n\nNAME = r"\\d"\n'
    assert printed(literal(program)) == f"r'''{program}'''"
    assert eval(printed(literal(program + "'''\nx"))) == program + "'''\nx"
