"""A condition in CEL holds when the same condition holds in Argo."""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.unit.condition_evaluators import (
    ArgoFailsError,
    CelError,
    CelSyntaxError,
    Token,
    TypeDecidesError,
    argo,
    cel_tokens,
    cel_value,
    tokens,
    unquoted,
)
from translator.cel import condition_text
from translator.model import ParameterType
from translator.readers.argo.conditions import BadCondition, all_of, tree, when
from translator.readers.argo.references import parse, reference, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.readers.argo.references import Parts

X, Y = "inputs.parameter_values['x']", "inputs.parameter_values['y']"
REF_X, REF_Y = "{{inputs.parameters.x}}", "{{inputs.parameters.y}}"


def spelled(written: str) -> str:
    """The condition with its references written out."""
    return written.replace("X", REF_X).replace("Y", REF_Y)


def plain(written: str, kind: ParameterType = ParameterType.STRING) -> str:
    """The condition in CEL, where each reference is an input of its name."""

    def input_for(parts: Parts) -> tuple[str, ParameterType] | str:
        found = [part for part in parts if not isinstance(part, str)]
        return (found[0].path[-1], kind) if found else text_of(parts)

    return condition_text(tree(when(written), input_for))


WRITTEN = {
    # As the compilers of kfp 1.x write them.
    '"X" == "heads"': f"{X} == 'heads'",
    '"X" == "Y"': f"{X} == {Y}",
    "X == heads": f"{X} == 'heads'",
    'X != ""': f"{X} != ''",
    "X > 5": f"double({X}) > 5.0",
    "X <= Y": f"double({X}) <= double({Y})",
    # By hand.
    "X == 5": f"double({X}) == 5.0",
    "X >= -0.5": f"double({X}) >= -0.5",
    "5 < X": f"5.0 < double({X})",
    "X < 100000000000000000000000": f"double({X}) < double('100000000000000000000000')",
    "'X' < 'b'": f"{X} < 'b'",
    "X == true": f"{X} == 'true'",
    "X": f"{X} == 'true'",
    "!X": f"!({X} == 'true')",
    "!(X == a)": f"!(({X} == 'a'))",
    "true": "true",
    "'a' == 'a'": "'a' == 'a'",
    "X == a && Y == b || X == c": f"{X} == 'a' && {Y} == 'b' || {X} == 'c'",
    "X == a && (Y == b || X == c)": f"{X} == 'a' && ({Y} == 'b' || {X} == 'c')",
    "((X == a))": f"(({X} == 'a'))",
    "X==a&&Y==b": f"{X} == 'a' && {Y} == 'b'",
    # Text, a number and a truth are never the same.
    "5 == '5'": "false",
    "5 != '5'": "true",
    "true == 'true'": "false",
    "'X' == 5": "false",
    "'X' != true": "true",
    "X == '5'": "false",
    "X != 'true'": "true",
    "'false' == Y": "false",
    # Quotes, backslashes and line breaks.
    '"X" == "it\'s"': rf"{X} == 'it\'s'",
    r"""'X' == 'a\\b'""": rf"{X} == 'a\\b'",
    r"""'X' == 'a\'b"c'""": rf"""{X} == 'a\'b"c'""",
    "'X' == 'a\nb\r\tc'": rf"{X} == 'a\nb\r\tc'",
    "'X' == ') || true'": f"{X} == ') || true'",
    "'X' == '{a}'": f"{X} == '{{a}}'",
}


@pytest.mark.parametrize(("when", "expected"), WRITTEN.items(), ids=WRITTEN)
def test_a_condition_in_cel(when: str, expected: str) -> None:
    assert plain(spelled(when)) == expected


def test_conditions_joined_hold_where_all_do() -> None:
    joined = all_of([when(spelled("X == a || X == b")), when("true")])
    assert joined == when(joined.text)
    assert joined.text == spelled("(X == a || X == b) && (true)")


def test_a_condition_refers_to_other_things() -> None:
    """The text too, which messages quote; what is put in is not looked into again."""
    found = when(spelled("X == 'aY' && X != b"))
    assert [one.text for one in found.references()] == [REF_X, REF_Y, REF_X]
    swapped = found.referring({REF_Y: reference("item"), REF_X: reference("item", "x")})
    assert swapped == when("{{item.x}} == 'a{{item}}' && {{item.x}} != b")
    assert found.referring({}) == found


TYPED = {
    # `--types declared`: the input has a type of its own, which what is beside it takes on.
    ("X > 5", ParameterType.NUMBER_INTEGER): f"double({X}) > 5.0",
    ('"X" == "5"', ParameterType.NUMBER_INTEGER): f"double({X}) == 5.0",
    ('"X" == "a"', ParameterType.NUMBER_INTEGER): f"string(double({X})) == 'a'",
    ("X == Y", ParameterType.NUMBER_DOUBLE): f"double({X}) == double({Y})",
    ('"X" == "True"', ParameterType.BOOLEAN): f"{X} == true",
    ('"X" != "a"', ParameterType.BOOLEAN): f"string({X}) != 'a'",
    ("X == Y", ParameterType.BOOLEAN): f"{X} == {Y}",
    ("X", ParameterType.BOOLEAN): f"{X} == true",
}


@pytest.mark.parametrize(("when", "kind"), TYPED, ids=lambda part: getattr(part, "value", part))
def test_a_condition_over_inputs_with_types(when: str, kind: ParameterType) -> None:
    assert plain(spelled(when), kind) == TYPED[when, kind]


BAD = {
    "": "",
    "==": "==",
    "X ==": f"{REF_X} ==",
    "X == a b": "b",
    "(X == a": f"({REF_X} == a",
    "X == a)": ")",
    "X == a &&": f"{REF_X} == a &&",
    "a == b == c": "==",
    "(X) == a": "==",
    "X =~ 'a'": "=~ 'a'",
    "X = a": "= a",
    "X in ('a', 'b')": "in",
    "X == a ? b : c": "?",
    "X == 'a": "'a",
    "5 < 'a'": "5.0 < 'a'",
    "X < true": f"{X} < true",
    "'X'": X,
    "5": "5.0",
    "word": "'word'",
    "9" * 400 + " == X": "9" * 400,
    "(" * 101 + "true" + ")" * 101: "100 levels of parentheses",
}


@pytest.mark.parametrize(("when", "part"), BAD.items(), ids=[*map("{:.20}".format, BAD)])
def test_what_cel_cannot_say_is_refused_with_the_part(when: str, part: str) -> None:
    with pytest.raises(BadCondition) as caught:
        plain(spelled(when))
    assert str(caught.value) == part


# The law

SIGNS = ("==", "!=", "<", "<=", ">", ">=")
NUMBERS = ["5", "5.0", "0", "007", ".5", "5.", "3.14", "1000000000000000000000000", "0.1"]
WORDS = ["heads", "tails", "a", "ünï", "a_1", "nan"]
HOSTILE = [
    *("", " ", "it's", '"', "\\", "a\\b", "a\\'", "a\nb", "\r", "\t", "a == b", "' || '1' == '1"),
    *("x || true", "5 && 6", "(", ")", "!", "-", "--5", "1e5", "0x10", "1.2.3", "a.b", "in", "==="),
    *("{{y}}", "{{inputs.parameters.y}}", "a-b", "[1, 2]", "\x00", "\u2028", "😀", "-5", "+5"),
]
#: Of few things, so that what is compared is often the same.
few = st.sampled_from(["a", "5", "5.0", "true", "it's", "a\\b", "a\nb", ""])
values = st.one_of(few, st.sampled_from(HOSTILE), st.text(max_size=4))
#: What stands in the place of a reference without quotes, if all goes well.
tame = st.sampled_from(["a", "5", "5.0", "true", "false", *NUMBERS, *WORDS, "-5"])
#: What is written in quotes. Braces would be references.
literals = st.one_of(few, tame, st.text(st.characters(exclude_characters="{"), max_size=4))
quoted_names = st.sampled_from("xym")
bare_names = st.sampled_from("mnmnmnx")

#: A part of a condition: as it is written, and what Argo is to see with the values in place.
Part = tuple[str, list[tuple[str, str]]]


def sign(text: str) -> list[Part]:
    return [(text, [("sign", text)])]


def of_input(name: str) -> str:
    return "{{inputs.parameters." + name + "}}"


@st.composite
def quoted(draw: st.DrawFn) -> Part:
    quote = draw(st.sampled_from("\"'"))
    pieces = draw(st.lists(literals | quoted_names.map(of_input), min_size=1, max_size=3))
    if draw(st.booleans()):
        pieces = pieces[:1]
    escaped = [p if p.startswith("{{") else re.sub(r"([\\\"'])", r"\\\1", p) for p in pieces]
    return quote + "".join(escaped) + quote, [("text", "".join(pieces))]


bare = bare_names.map(lambda name: (of_input(name), [("bare", of_input(name))]))
numbers = st.sampled_from([*NUMBERS, "-5"]).map(lambda text: (text, [("bare", text)]))
words = st.sampled_from(WORDS).map(lambda text: (text, [("bare", text)]))
truths = st.sampled_from(["true", "false"]).map(lambda text: (text, [("bare", text)]))
sides = {
    "==": (quoted() | bare | numbers | words | truths,) * 2,
    # Of unlike things Argo orders none.
    "<": (bare | numbers, bare | numbers),
    "text": (quoted() | words, quoted() | words | bare),
}


@st.composite
def comparisons(draw: st.DrawFn) -> list[Part]:
    left, right = sides[draw(st.sampled_from(list(sides)))]
    signs = SIGNS if (left, right) != sides["=="] else SIGNS[:2]
    return [draw(left), *sign(draw(st.sampled_from(signs))), draw(right)]


def longer(inner: st.SearchStrategy[list[Part]]) -> st.SearchStrategy[list[Part]]:
    joins = st.sampled_from(["&&", "||"])
    joined = st.builds(lambda left, by, right: [*left, *sign(by), *right], inner, joins, inner)
    nested = inner.map(lambda parts: [*sign("("), *parts, *sign(")")])
    return joined | nested | nested.map(lambda parts: [*sign("!"), *parts])


conditions = st.recursive(
    comparisons() | bare.map(lambda part: [part]) | bare.map(lambda part: [*sign("!"), part]),
    longer,
    max_leaves=5,
)


def as_argo_sees_it(parts: list[Part], given: Mapping[str, str]) -> list[Token]:
    """The tokens, with the values in their places, if each stays the operand that it is in."""
    found: list[Token] = []
    for kind, text in (expected for _, part in parts for expected in part):
        filled = pasted(text, given)
        is_given = filled != text or "{{" in text
        if kind != "bare":
            found.append(Token(kind, filled, is_given))
            continue
        operand = tokens(filled)
        if [token.text for token in operand[:-1]] not in ([], ["-"]) or not operand:
            raise ArgoFailsError(filled)
        if operand[-1].kind not in ("number", "word", "bool"):
            raise ArgoFailsError(filled)
        found += [token._replace(given=is_given and token.kind != "sign") for token in operand]
    return found


def pasted(text: str, given: Mapping[str, str]) -> str:
    return "".join(
        part if isinstance(part, str) else given.get(part.path[-1], part.text)
        for part in parse(text)
    )


def translated(written: str, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The condition in CEL, and the inputs that it reads."""
    inputs: dict[str, str] = {}

    def input_for(parts: Parts) -> tuple[str, ParameterType] | str:
        if all(isinstance(part, str) for part in parts):
            return text_of(parts)
        name = f"v{len(inputs)}"
        inputs[name] = pasted(text_of(parts), given)
        return name, ParameterType.STRING

    return condition_text(tree(when(written), input_for)), inputs


def holds_in_argo(parts: list[Part], given: Mapping[str, str]) -> bool:
    """What Argo makes of it. ``ArgoFailsError`` where it makes nothing, or values are syntax."""
    when = " ".join(written for written, _ in parts)
    expected = as_argo_sees_it(parts, given)
    if tokens(pasted(when, given)) != [token._replace(given=False) for token in expected]:
        raise ArgoFailsError("a value is read as more than a value")
    return argo(expected)


@settings(max_examples=500, derandomize=True)
@given(conditions, st.fixed_dictionaries({"x": values, "y": values, "m": tame, "n": tame}))
def test_cel_says_what_argo_says(parts: list[Part], given: dict[str, str]) -> None:
    try:
        expected = holds_in_argo(parts, given)
    except (ArgoFailsError, TypeDecidesError):
        assume(False)
    expression, inputs = translated(" ".join(written for written, _ in parts), given)
    assert cel_value(expression, inputs) is expected


DIFFERENT = {
    # Beside a number, a bare value is read as one; CEL fails where it is none.
    ("X == 5", "heads"): (False, "fails"),
    ("X != 5", "heads"): (True, "fails"),
    # Two bare values are compared as text, and ordered as numbers.
    ("X == Y", "5.0"): (True, False),
    ("X < Y", "heads"): (False, "fails"),
    # In quotes it is text, even if it looks like a number.
    ("X == 'Y'", "5"): (False, True),
    ("X == 'Y'", "true"): (False, True),
}


@pytest.mark.parametrize(("when", "value"), DIFFERENT)
def test_where_the_looks_of_a_bare_value_decide_cel_says_something_else(
    when: str, value: str
) -> None:
    """A change of these is a change for the better; ``TypeDecidesError`` can then go."""
    other = {"5.0": "5"}.get(value, value)
    given = {"x": value, "y": other}
    expected, otherwise = DIFFERENT[when, value]
    text = spelled(when)
    assert argo(tokens(pasted(text, given))) is expected
    expression, inputs = translated(text, given)
    if otherwise == "fails":
        with pytest.raises(CelError):
            cel_value(expression, inputs)
    else:
        assert cel_value(expression, inputs) is otherwise


def test_the_evaluators_tell_right_from_wrong() -> None:
    assert argo(tokens("5 == 5.0 && 'a' < \"b\" || false"))
    assert not argo(tokens("5 == '5'"))
    assert argo(tokens("!(-1 > 0)"))
    assert cel_value("double(inputs.parameter_values['x']) >= 5.0 && !(false)", {"x": "5"})
    assert not cel_value("false && double('a') == 1.0", {})
    assert cel_value(r"'\'\\\n' == inputs.parameter_values['x'] || false", {"x": "'\\\n"})
    for wrong in ("a-b == a", "== a", "'a == b", "5 < 'a'", "1e5 > 2", "x = y", "a == b &&!c"):
        with pytest.raises(ArgoFailsError):
            argo(tokens(wrong))
    for wrong in ("'a' == 5.0", "'a'", "double('a') > 1.0", "inputs.parameter_values['x']"):
        with pytest.raises(CelError):
            cel_value(wrong, {})
    for wrong in ("'a", "x == y", "(true", "true true", "true ==", "'a\nb' == 'a'"):
        with pytest.raises(CelSyntaxError):
            cel_value(wrong, {})


# Hostile text


@given(st.text(st.characters(exclude_characters="{", exclude_categories=["Cs"])))
@example("'")
@example("\\")
@example("\\'; true || '")
@example("\n\r\t\x00\x0b\u2028")
def test_any_text_in_quotes_is_one_literal_in_cel(literal: str) -> None:
    for quote in "\"'":
        escaped = re.sub(r"([\\\"'])", r"\\\1", literal)
        expression = plain(f"{quote}{escaped}{quote} == {REF_Y}", ParameterType.STRING)
        if expression == "false":
            continue  # what looks like a number or a truth
        (kind, text), *rest = cel_tokens(expression)
        assert (kind, unquoted(text)) == ("string", literal)
        assert rest == [("sign", "=="), ("input", Y)]


soup = st.lists(
    st.one_of(
        st.sampled_from([*SIGNS, "&&", "||", "!", "(", ")", "'", '"', "\\", " ", "\n", "-"]),
        st.sampled_from(["5", "a", "true", "1e999", REF_X, "{", "}", "{{", "}}", "'a'", "\x00"]),
        st.text(max_size=2),
    ),
    max_size=12,
).map("".join)


@given(soup, st.sampled_from(ParameterType), st.sampled_from(["", "5", "true", 5.0, True]))
@example(REF_X * 5, ParameterType.STRING, "")
def test_any_text_becomes_an_expression_or_is_refused(
    when: str, kind: ParameterType, value: object
) -> None:
    with contextlib.suppress(BadCondition):
        expression = plain(when, kind)
        with contextlib.suppress(CelError):  # of the right form, whatever it is of
            cel_value(expression, {"x": value})


HOSTILE_TEXTS = {
    "quote that never closes": '"' + "{{a}}" * 3_000,
    "braces that never close": '"' + "{{" * 30_000,
    "parentheses": "(" * 30_000 + "true" + ")" * 30_000,
    "marks": "!" * 30_000 + "true",
    "long": " && ".join(["a == 'a'"] * 3_000),
    "bare braces": "{{a}}" * 10_000,
}


@pytest.mark.parametrize("when", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_text_is_read_in_good_time(when: str) -> None:
    start = time.process_time()
    with contextlib.suppress(BadCondition):
        plain(when)
    assert time.process_time() - start < 5


def test_parentheses_nest() -> None:
    assert plain("(" * 50 + "true" + ")" * 50) == "(" * 50 + "true" + ")" * 50
