"""JSON is read as `json` reads it, with places; what only looks like JSON is YAML, or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from translator.diagnostics import TranslationError
from translator.source import Source, parse
from translator.source.json_text import loaded
from translator.source.nodes import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.source import Cursor


def value(source: Source) -> Any:
    (document,) = source.documents
    return document.peek()


def told(source: Source) -> list[str]:
    """Place and code of each finding."""
    return [f"{d.origin} {d.rule.code}" for d in source.diagnostics]


def refusal(text: str) -> tuple[str, str]:
    """Place and code of the finding about what cannot be read, and the problem."""
    with pytest.raises(TranslationError) as caught:
        parse(text, "f.json")
    (finding,) = caught.value.diagnostics
    return f"{finding.origin} {finding.rule.code}", str(finding.facts.get("problem", ""))


def same(read: Any, value: Any) -> bool:
    """Equal, and of equal types: 1 is not 1.0 and not true."""
    return bool(read == value) and json.dumps(read) == json.dumps(value)


# --- values ---

texts = st.text(max_size=12) | st.sampled_from(
    ["", "\U0001f600", "\u2028", "\x85", "\x7f", "a/b", "\\", '"', "yes", "<<", "&a"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
json_values = st.recursive(
    scalars.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
tops = st.lists(json_values, max_size=4) | st.dictionaries(texts, json_values, max_size=4)


@settings(max_examples=400, deadline=None)
@given(
    tops,
    st.sampled_from([None, 0, 2, "\t", " \r\n"]),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r\n")]),
    st.booleans(),
    st.sampled_from(["", "\n", "\ufeff", " \t\r\n"]),
)
@example({"rate": 1e-05, "big": 1e300, "whole": 10**40}, None, (",", ":"), True, "")
def test_json_is_read_as_json_reads_it(
    written: Any, indent: int | str | None, separators: tuple[str, str], ascii: bool, before: str
) -> None:
    text = json.dumps(written, indent=indent, separators=separators, ensure_ascii=ascii)
    source = parse(before + text, "f.json")
    assert source.is_json
    assert same(value(source), json.loads(text))
    assert source.diagnostics == []


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-0", "10", "-1", "1.5", "0.1", "-0.0", "1e3", "1E+3", "1e-05", "1.5e-9", "5e-324"),
        *("9007199254740993", "18446744073709551616", "1" * 50, "1.7976931348623157e308"),
    ],
)
def test_numbers_are_those_of_json(text: str) -> None:
    source = parse(f'{{"a": {text}}}', "f.json")
    assert source.is_json
    assert same(value(source), {"a": json.loads(text)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"\ud83d\ude00"', "\U0001f600"),
        ('"\U0001f600"', "\U0001f600"),
        (r'"a\/b"', "a/b"),
        (r'"\u00e9\n\t\"\\\b\f\r"', 'é\n\t"\\\b\f\r'),
        ('"\u2028\x85\x7f"', "\u2028\x85\x7f"),
        *[(f'"{word}"', word) for word in ("yes", "012", "1e3", "<<", "~", "2024-01-01", "#")],
    ],
    ids=range(12),
)
def test_strings_are_those_of_json(text: str, expected: str) -> None:
    source = parse(f"[{text}, {{{text}: {text}}}]", "f.json")
    assert source.is_json
    assert value(source) == [expected, {expected: expected}]
    assert source.diagnostics == []


def test_tabs_between_values_are_space() -> None:
    source = parse('{\t"a":\t[1,\t2\t],\n\t"b"\t:\ttrue\t}\t', "f.json")
    assert source.is_json
    assert value(source) == {"a": [1, 2], "b": True}


# --- places ---

PLACES = """
{"name": "x\\n", "root": {
  "é": {"b" : 1, "c d": [2,
     3]}, "\\u0065":
    null},
\t"list": [[true, {"y": "z"}], {}]
}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_value_stands_where_its_key_or_its_item_begins(end: str) -> None:
    (document,) = parse(PLACES.replace("\n", end), "f.json").documents
    assert {c.origin.pointer: (c.origin.line, c.origin.column) for c in every(document)} == {
        "": (2, 1),
        "/name": (2, 2),
        "/root": (2, 17),
        "/root/é": (3, 3),
        "/root/é/b": (3, 9),
        "/root/é/c d": (3, 18),
        "/root/é/c d/0": (3, 26),
        "/root/é/c d/1": (4, 6),
        "/root/e": (4, 11),
        "/list": (6, 2),
        "/list/0": (6, 11),
        "/list/0/0": (6, 12),
        "/list/0/1": (6, 18),
        "/list/0/1/y": (6, 19),
        "/list/1": (6, 31),
    }


def every(cursor: Cursor) -> Iterator[Cursor]:
    """The cursor and all below it."""
    yield cursor
    if cursor.kind == "mapping":
        for _, entry in cursor.items():
            yield from every(entry)
    if cursor.kind == "sequence":
        for entry in cursor.elements():
            yield from every(entry)


# --- findings ---


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('{"a": 1, "b": 2,\n "a": 3}', ["2:2"]),
        ('{"a": {"b": 1, "b": 2, "b": 3}}', ["1:16", "1:24"]),
        (r'{"a": 1, "\u0061": 2}', ["1:10"]),
        ('[{"a": 1}, {"a": 1, "b": {"a": 1}}]', []),
        ('{"": 1, "": 2}', ["1:9"]),
    ],
    ids=range(5),
)
def test_a_key_that_stands_twice_is_told_and_the_last_one_read(
    text: str, places: list[str]
) -> None:
    source = parse(text, "f.json")
    assert told(source) == [f"f.json:{place} TR106" for place in places]
    assert value(source) == json.loads(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("inside", ["1", "[]", "{}"])
def test_nesting_ends_at_the_limit(opening: str, closing: str, inside: str) -> None:
    depth = MAX_DEPTH if inside == "1" else MAX_DEPTH - 1
    fine, deeper = (opening * n + inside + closing * n for n in (depth, depth + 1))
    assert len(parse(fine, "f.json").ledger()) == 1
    assert refusal(deeper)[0] == f"f.json:1:{MAX_DEPTH * len(opening) + 1} TR108"


# --- what only looks like JSON ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: 1, b: [c, 'd']}", {"a": 1, "b": ["c", "d"]}),
        ("[1, 2,]", [1, 2]),
        ("{a: 1}\n# the end", {"a": 1}),
        ("{'a': 1}", {"a": 1}),
        ('{"a": tru}', {"a": "tru"}),
        ('{"a": "x\ty"}', {"a": "x\ty"}),
        ('{"a": "x\n  y"}', {"a": "x y"}),
        ('{"a": NaN, "b": +1, "c": 0x10}', {"a": "NaN", "b": 1, "c": 16}),
    ],
    ids=range(8),
)
def test_yaml_in_braces_is_read_as_yaml(text: str, expected: Any) -> None:
    source = parse(text, "f.json")
    assert not source.is_json
    assert value(source) == expected


def test_documents_in_braces_are_read_as_yaml() -> None:
    source = parse('{"a": 1}\n---\n{"b": 2}\n', "f.json")
    assert [document.peek() for document in source.documents] == [{"a": 1}, {"b": 2}]


def test_what_is_told_of_yaml_in_braces_is_told_once() -> None:
    source = parse('{"a": 1, "a": 2, b: !x 3}', "f.json")
    assert told(source) == ["f.json:1:10 TR106", "f.json:1:21 TR113"]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("{", "1:2", "Expecting property name enclosed in double quotes"),
        ('{\n  "a": [1, 2}\n}', "2:13", "Expecting ',' delimiter"),
        ('{"a" 1}', "1:6", "Expecting ':' delimiter"),
        ('{"a": }x', "1:7", "Expecting value"),
        ('{"a": "b', "1:7", "Unterminated string starting at"),
        ('["\\q"]', "1:3", "Invalid \\escape"),
        ('{"a": 1}}', "1:9", "Extra data"),
        ("[1]\n[2]", "2:1", "Extra data"),
        ("[a]: b", "1:2", "Expecting value"),
        ("[1 2: 3", "1:4", "Expecting ',' delimiter"),
        ('{"a": 1, "a": [}', "1:16", "Expecting value"),
    ],
    ids=range(11),
)
def test_what_is_neither_is_refused_in_the_words_of_json(
    text: str, place: str, problem: str
) -> None:
    place_told, words = refusal(text)
    assert place_told == f"f.json:{place} TR102"
    assert words.startswith(problem)


@pytest.mark.parametrize("half", [r"\ud83d", r"\uDE00", r"a\ud83d\ud83d", "\ud83d"])
@pytest.mark.parametrize("form", ['{{"a": "{}"}}', '{{"{}": 1}}', '["b", "{}"]'])
def test_half_a_character_is_no_text(half: str, form: str) -> None:
    assert refusal(form.format(half))[1].startswith("Lone surrogate")


@pytest.mark.parametrize("text", [r'["\ud83d"]', r'{"\udc00": 1}', '["\ud83d"]', "[", "1 2"])
def test_json_inside_of_texts_has_whole_characters_too(text: str) -> None:
    with pytest.raises(ValueError):
        loaded(text)
    assert loaded(r'["\ud83d\ude00", "\\ud83d"]') == ["\U0001f600", r"\ud83d"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{a: &x [*x]}", "1:9 TR110"),
        ("{" + "a: {" * 200 + "}" * 201, "1:801 TR108"),
    ],
    ids=["cycle", "depth"],
)
def test_what_is_wrong_with_yaml_in_braces_is_told(text: str, place: str) -> None:
    assert refusal(text)[0] == f"f.json:{place}"


@settings(max_examples=400)
@given(
    st.text(st.sampled_from('[]{},:" \n\t\\u0d8e-+.1Ea&*!#'), max_size=20).map(
        lambda text: "[" + text
    )
)
def test_any_text_is_read_or_refused_and_json_read_as_json(text: str) -> None:
    try:
        expected = [loaded(text)]
    except ValueError:
        expected = []
    try:
        source = parse(text, "f.json")
    except TranslationError:
        assert not expected
    else:
        assert source.is_json == bool(expected)
        if expected:
            assert same(value(source), expected[0])
