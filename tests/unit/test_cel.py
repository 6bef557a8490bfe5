"""Conditions in CEL, read into trees and printed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.cel import as_read, condition_text, parsed_condition, parsed_selector, selector_text
from translator.model.expressions import (
    And,
    Boolean,
    Cast,
    Comparison,
    Condition,
    Input,
    Not,
    Number,
    Opaque,
    Operand,
    Or,
    Selector,
    String,
    simplified,
)

if TYPE_CHECKING:
    from translator.model.expressions import Operator

X, Y = "inputs.parameter_values['x']", "inputs.parameter_values['y']"


def equal(left: Operand, right: Operand, operator: Operator = "==") -> Comparison:
    return Comparison(left=left, operator=operator, right=right)


x, y = Input(name="x"), Input(name="y")
a, b = equal(x, String(value="a")), equal(y, String(value="b"))

TREES: dict[str, Condition] = {
    # As kfp's compiler writes them.
    f"{X} == 'a'": a,
    f"int({X}) >= int({Y})": equal(Cast(to="int", value=x), Cast(to="int", value=y), ">="),
    f"{X} > 0.7": equal(x, Number(written="0.7"), ">"),
    f"double(int({X})) == {Y}": equal(Cast(to="double", value=Cast(to="int", value=x)), y),
    f"{X} == true": equal(x, Boolean(value=True)),
    f"!({X} == 'a') && {Y} == 'b'": And(conditions=(Not(condition=a), b)),
    # As they are written for KFP v1.
    f"string(double({X})) != 'a'": equal(
        Cast(to="string", value=Cast(to="double", value=x)), String(value="a"), "!="
    ),
    f"{X} == 'a' || {Y} == 'b' && true": Or(
        conditions=(a, And(conditions=(b, Boolean(value=True))))
    ),
    f"({X} == 'a' || {Y} == 'b') && false": And(
        conditions=(Or(conditions=(a, b)), Boolean(value=False))
    ),
    f"!(({X} == 'a'))": Not(condition=a),
    f"(({X} == 'a')) && {Y} == 'b'": And(conditions=(a, b)),
    r"'\'\\\n\r\t' == 'é'": equal(String(value="'\\\n\r\t"), String(value="é")),
    f"double('1e30') < double({X})": equal(
        Cast(to="double", value=String(value="1e30")), Cast(to="double", value=x), "<"
    ),
    "-5 < 1.5e-3": equal(Number(written="-5"), Number(written="1.5e-3"), "<"),
}


@pytest.mark.parametrize(("written", "tree"), TREES.items(), ids=TREES)
def test_a_condition_is_read_as_a_tree(written: str, tree: Condition) -> None:
    found = parsed_condition(written)
    assert found == tree
    assert condition_text(found) == written


OPAQUE: dict[str, tuple[Any, ...]] = {
    # kfp escapes no quotes in texts.
    f"{X} != 'it's && fun'": (x, " != 'it's && fun'"),
    f"'int({X})' == '5'": ("'", Cast(to="int", value=x), "' == '5'"),
    # What the spec allows and nobody compiles.
    f"{X}": (x,),
    f"!{X}": ("!", x),
    f'{X} == "a"': (x, ' == "a"'),
    f"{X}=='a'": (x, "=='a'"),
    f"{X} in ['a']": (x, " in ['a']"),
    f"({X}) == 'a'": ("(", x, ") == 'a'"),
    f"size(string({X}) + 'a') > 1": ("size(", Cast(to="string", value=x), " + 'a') > 1"),
    f"int({X} + 1) > 1": ("int(", x, " + 1) > 1"),
    f"print({X}) == 1": ("print(", x, ") == 1"),
    f"int(double({X})": ("int(", Cast(to="double", value=x)),
    r"'\d' == 'd'": (r"'\d' == 'd'",),
    "'a\nb' == 'a'": ("'a\nb' == 'a'",),
    "1 == 1 == true": ("1 == 1 == true",),
    "true == ": ("true == ",),
    "(true": ("(true",),
    "a": ("a",),
}


@pytest.mark.parametrize(("written", "parts"), OPAQUE.items(), ids=OPAQUE)
def test_what_is_not_understood_is_kept_with_its_inputs(
    written: str, parts: tuple[Any, ...]
) -> None:
    found = parsed_condition(written)
    assert found == Opaque(parts=parts)
    assert condition_text(found) == written


@pytest.mark.parametrize(
    ("written", "newer", "is_tree"),
    [
        ("inputs.parameters['x'].int_value > 5", f"{X} > 5", True),
        ("inputs.parameters['x'].string_value == 'a'", f"{X} == 'a'", True),
        ('inputs.parameters["x"].double_value > 1.0', f"{X} > 1.0", True),
        ("inputs.parameters['x'].string_value in ['a']", f"{X} in ['a']", False),
        ("'inputs.parameters' == 'a'", "'inputs.parameters' == 'a'", True),
    ],
)
def test_schema_2_0_0_spells_inputs_otherwise(written: str, newer: str, is_tree: bool) -> None:
    found = parsed_condition(written)
    assert isinstance(found, Opaque) is not is_tree
    assert found == parsed_condition(newer)
    assert condition_text(found) == newer
    assert condition_text(found, as_read) == written


SIMPLIFIED = {
    f"{X} == {X} && (double({X}) > 5.0) && {X} == {X}": f"double({X}) > 5.0",
    f"{X} == {X} && ({X} == 'a' || {Y} == 'b') && {Y} == {Y}": f"{X} == 'a' || {Y} == 'b'",
    f"{X} == {X} && ({X} == 'a' && {Y} == 'b') && {Y} == {Y}": f"{X} == 'a' && {Y} == 'b'",
    f"!({X} == {X} && (!({X} == 'a')) && {X} == {X})": f"!(!({X} == 'a'))",
    f"(({X} == 'a')) || ({Y} == 'b')": f"{X} == 'a' || {Y} == 'b'",
    # These are no such comparisons.
    f"{X} == {Y} && {X} == 'a'": f"{X} == {Y} && {X} == 'a'",
    f"{X} != {X} && {X} == 'a'": f"{X} != {X} && {X} == 'a'",
    f"{X} == {X} && {Y} == {Y}": f"{X} == {X}",
    f"{X} == {X} || {Y} == 'b'": f"{X} == {X} || {Y} == 'b'",
    f"double({X}) == double({X}) && {Y} == 'b'": f"double({X}) == double({X}) && {Y} == 'b'",
    f"{X} in ['a']": f"{X} in ['a']",
}


@pytest.mark.parametrize(("written", "shorter"), SIMPLIFIED.items(), ids=SIMPLIFIED)
def test_comparisons_of_an_input_with_itself_are_left_out(written: str, shorter: str) -> None:
    assert condition_text(simplified(parsed_condition(written))) == shorter


def test_or_in_and_gets_the_parentheses_that_it_needs() -> None:
    either = Or(conditions=(a, b))
    held = f"({X} == 'a' || {Y} == 'b')"
    assert condition_text(And(conditions=(either, a))) == f"{held} && {X} == 'a'"
    assert condition_text(And(conditions=(Opaque(parts=("p || q",)), a))).startswith("(p || q) &&")
    once = Or(conditions=(a, b), parentheses=1)
    assert condition_text(And(conditions=(once, a))) == f"{held} && {X} == 'a'"
    assert once == either


operands: st.SearchStrategy[Operand] = st.recursive(
    st.builds(lambda name: Input(name=name), st.text(st.characters(exclude_characters="'")))
    | st.builds(lambda value: String(value=value), st.text())
    | st.builds(lambda number: Number(written=repr(number)), st.integers() | st.just(0.5))
    | st.builds(lambda value: Boolean(value=value), st.booleans()),
    lambda inner: st.builds(
        lambda to, value: Cast(to=to, value=value),
        st.sampled_from(["int", "double", "string", "bool"]),
        inner,
    ),
    max_leaves=3,
)
comparisons = st.builds(
    equal, operands, operands, st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
)
#: No ``&&`` in ``&&`` and no ``||`` in ``||``, which are one when they are read.
conditions: st.SearchStrategy[Any] = st.recursive(
    comparisons | st.builds(lambda value: Boolean(value=value), st.booleans()),
    lambda inner: (
        st.builds(lambda one: Not(condition=one), inner)
        | st.lists(inner.filter(lambda one: not isinstance(one, And)), min_size=2, max_size=3).map(
            lambda terms: And(conditions=tuple(terms))
        )
        | st.lists(inner.filter(lambda one: not isinstance(one, Or)), min_size=2, max_size=3).map(
            lambda terms: Or(conditions=tuple(terms))
        )
    ),
    max_leaves=6,
)


@given(conditions)
def test_reading_what_was_printed_gives_the_tree(tree: Condition) -> None:
    assert parsed_condition(condition_text(tree)) == tree


pieces = st.sampled_from(
    [*("int(", "(", ")", "!", "&&", "||", "==", "<", " ", "'", "\\", "\n", "5", "-", "true"), X]
)
soup = st.lists(pieces | st.just("inputs.parameters['x'].int_value") | st.text(max_size=2))


@given(soup.map("".join))
def test_any_text_comes_back_as_it_was(written: str) -> None:
    assert condition_text(parsed_condition(written), as_read) == written


HOSTILE = {
    "parentheses": "(" * 30_000 + "true" + ")" * 30_000,
    "casts": "int(" * 30_000 + X + ")" * 30_000,
    "open casts": "int(" * 30_000,
    "negations": "!(" * 30_000,
    "quotes": "'" * 30_001,
    "backslashes": "'" + "\\\\" * 30_000,
    "long": " && ".join([f"{X} == 'a'"] * 5_000),
}


@pytest.mark.parametrize("written", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_in_good_time(written: str) -> None:
    start = time.process_time()
    assert condition_text(parsed_condition(written), as_read) == written
    assert time.process_time() - start < 5


PATHS: dict[str, tuple[str | int, ...]] = {
    'parseJson(string_value)["a"]': ("a",),
    'parseJson(string_value)["A b"]["c"][0]["10"]': ("A b", "c", 0, "10"),
    r'parseJson(string_value)["a\"b\\"]': ('a"b\\',),
}


@pytest.mark.parametrize(("written", "path"), PATHS.items(), ids=PATHS)
def test_a_selector_is_a_path(written: str, path: tuple[str | int, ...]) -> None:
    assert parsed_selector(written) == Selector(path=path)
    assert selector_text(Selector(path=path)) == written


SPELT: dict[str, tuple[str | int, ...]] = {
    "parseJson(string_value)['a']": ("a",),
    "parseJson(string_value)['a'][\"b\"]": ("a", "b"),
    # Not understood.
    "parseJson(string_value)": (),
    "parseJson(string_value)[a]": (),
    "parseJson(string_value)[01]": (),
    'parseJson(string_value)["a"].b': (),
    r'parseJson(string_value)["\n"]': (),
    "string_value": (),
}


@pytest.mark.parametrize(("written", "path"), SPELT.items(), ids=SPELT)
def test_a_selector_in_another_spelling_keeps_it(written: str, path: tuple[str | int, ...]) -> None:
    found = parsed_selector(written)
    assert found == Selector(path=path, written=written)
    assert selector_text(found) == written


keys = st.text() | st.integers(min_value=0, max_value=10**9 - 1)


@given(st.lists(keys, min_size=1, max_size=3))
def test_reading_a_printed_selector_gives_its_path(path: list[str | int]) -> None:
    selector = Selector(path=tuple(path))
    assert parsed_selector(selector_text(selector)) == selector


@given(st.lists(st.sampled_from(list("parse[\"]\\'0")) | st.text(max_size=2)).map("".join))
def test_any_selector_comes_back_as_it_was(rest: str) -> None:
    for written in (f"{rest} ", f"parseJson(string_value)[{rest}]"):
        assert selector_text(parsed_selector(written)) == written
