"""YAML becomes a tree with places, by libyaml and by the pure reader alike, or is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.diagnostics import TranslationError
from translator.source import Cursor, Source, parse, yaml_text
from translator.source.nodes import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

READERS = {False: "pure", True: "libyaml"}
each_reader = pytest.mark.parametrize(
    "fast", [False, True] if yaml.__with_libyaml__ else [False], ids=lambda fast: READERS[fast]
)


def read(text: str, fast: bool) -> Source:
    with patch.object(yaml, "__with_libyaml__", fast):
        return parse(text, "f.yaml")


def values(source: Source) -> list[Any]:
    return [document.peek() for document in source.documents]


def value(text: str, fast: bool) -> Any:
    (only,) = values(read(text, fast))
    return only


def told(source: Source) -> list[str]:
    """Place and code of each finding, after everything was read."""
    values(source)
    return [f"{d.origin} {d.rule.code}" for d in source.diagnostics]


def refusal(text: str, fast: bool) -> list[str]:
    """Place and code of each finding about what cannot be read."""
    with pytest.raises(TranslationError) as caught:
        read(text, fast)
    return [f"{d.origin} {d.rule.code}" for d in caught.value.diagnostics]


# --- places ---

PLACES = """\
# a comment
name: hello
root:
  é: {b: 1, "c d": [2,
     3]}
  ? e
  : |
    text
list:
- - x
  - y: z
-
  w
"""


@each_reader
def test_a_value_stands_where_its_key_or_its_item_begins(fast: bool) -> None:
    (document,) = read(PLACES, fast).documents
    assert {c.origin.pointer: (c.origin.line, c.origin.column) for c in every(document)} == {
        "": (2, 1),
        "/name": (2, 1),
        "/root": (3, 1),
        "/root/é": (4, 3),
        "/root/é/b": (4, 7),
        "/root/é/c d": (4, 13),
        "/root/é/c d/0": (4, 21),
        "/root/é/c d/1": (5, 6),
        "/root/e": (6, 5),
        "/list": (9, 1),
        "/list/0": (10, 3),
        "/list/0/0": (10, 5),
        "/list/0/1": (11, 5),
        "/list/0/1/y": (11, 5),
        "/list/1": (13, 3),
    }


def every(cursor: Cursor) -> Iterator[Cursor]:
    """The cursor and all below it."""
    yield cursor
    if cursor.kind == "mapping":
        for _, entry in cursor.items():
            yield from every(entry)
    elif cursor.kind == "sequence":
        for entry in cursor.elements():
            yield from every(entry)


@each_reader
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_line_ends_of_every_kind_count_once(fast: bool, end: str) -> None:
    (document,) = read(end.join(["", "a: 1", "b:", "  c: 2", ""]), fast).documents
    assert str(document.child("b").child("c").origin) == "f.yaml:4:3"
    assert document.peek() == {"a": 1, "b": {"c": 2}}


# --- documents ---


@each_reader
def test_documents_come_in_order_without_the_empty_ones(fast: bool) -> None:
    source = read("---\n{a: 1}\n--- # none\n---\n- b\n...\n---\n'c'\n---\n''\n---\n~\n---\n", fast)
    assert values(source) == [{"a": 1}, ["b"], "c", "", None]
    assert [document.origin.line for document in source.documents] == [2, 5, 8, 10, 12]
    assert not source.is_json


@each_reader
@pytest.mark.parametrize("text", ["# only this", "---\n", "---\n---\n...\n", "--- # a\n# b\n"])
def test_nothing_but_empty_documents_is_empty(fast: bool, text: str) -> None:
    assert refusal(text, fast) == ["f.yaml TR109"]


@each_reader
def test_anchors_end_with_their_document(fast: bool) -> None:
    assert refusal("a: &x 1\n---\nb: *x\n", fast) == ["f.yaml:3:4 TR102"]


# --- anchors, aliases, merge keys ---


@each_reader
@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x",
        "a: &x [1, {c: 2}]\nb: [*x, *x]",
        "a: &x\nb: *x",
        "&x a: b\nc: *x",
        "a: &x key\n*x : b",
        "a: &x {b: &y [1], c: *y}\nd: *x\ne: *y",
        "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}",
        "a: {<<: {b: 1}, c: 2}",
        "a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y], f: 4}",
        "a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {<<: *y}",
        "a: &x {b: 1}\nd: {b: 0, <<: *x}",
        "a: {'<<': {b: 2}, \"<<x\": 3}",
        "'<<': 1",
        "a: <<\nb: [<<]",
    ],
)
def test_aliases_and_merge_keys_are_resolved_as_pyyaml_does(fast: bool, text: str) -> None:
    source = read(text, fast)
    assert values(source) == [yaml.load(text, Lenient)]
    assert source.diagnostics == []


class Lenient(yaml.SafeLoader):
    """PyYAML, to which a plain `<<` is text where it is no key."""


Lenient.add_constructor("tag:yaml.org,2002:merge", lambda loader, node: node.value)


@each_reader
def test_the_last_anchor_of_a_name_counts(fast: bool) -> None:
    assert value("a: &x 1\nb: *x\nc: &x 2\nd: *x", fast) == {"a": 1, "b": 1, "c": 2, "d": 2}


@each_reader
def test_each_place_of_an_alias_has_a_fate_of_its_own(fast: bool) -> None:
    source = read("a: &x {b: 1}\nc: *x\nd: {<<: *x}", fast)
    (document,) = source.documents
    document.child("c").value()
    fates = {pointer: fate.value for pointer, fate in source.ledger().items()}
    assert fates == {"/a/b": "unread", "/c/b": "carried", "/d/b": "unread"}


@each_reader
def test_an_alias_stands_where_it_is_written_and_its_content_where_that_is(fast: bool) -> None:
    (document,) = read("a: &x {b: 1}\nc: *x\nd:\n- *x", fast).documents
    assert str(document.child("c").origin) == "f.yaml:2:1"
    assert str(document.child("c").child("b").origin) == "f.yaml:1:8"
    assert [str(entry.origin) for entry in document.child("d").elements()] == ["f.yaml:4:3"]


@each_reader
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: &x [*x]", "1:8"),
        ("a: &x {b: [{c: *x}]}", "1:16"),
        ("a: &x\n  <<: *x", "2:7"),
        ("{a: &x [*x]}", "1:9"),
    ],
)
def test_an_alias_inside_its_anchor_is_refused(fast: bool, text: str, place: str) -> None:
    assert refusal(text, fast) == [f"f.yaml:{place} TR110"]


@each_reader
@pytest.mark.parametrize(
    ("merged", "place"), [("1", "1:9"), ("[{b: 1}, c]", "1:18"), ("[[{b: 1}]]", "1:10")]
)
def test_only_mappings_are_merged(fast: bool, merged: str, place: str) -> None:
    assert told(read(f"a: {{<<: {merged}, d: 1}}", fast)) == [f"f.yaml:{place} TR102"]


# --- limits ---


@each_reader
def test_aliases_may_repeat_so_much_and_no_more(fast: bool) -> None:
    few, many = bomb(per_level=4), bomb(per_level=10)
    with patch.object(yaml_text, "MAX_COPIES", 2000):
        (document,) = read(few, fast).documents
        assert len(json.dumps(document.peek())) < 20_000
        assert refusal(many, fast) == ["f.yaml:5:10 TR107"]


@each_reader
def test_a_bomb_of_aliases_is_refused(fast: bool) -> None:
    (finding,) = refusal(bomb(per_level=10, levels=12), fast)
    assert finding.endswith("TR107")


def bomb(per_level: int, levels: int = 4) -> str:
    """Each line repeats the one before so many times; the last is ``per_level ** levels`` long."""
    lines = ["a0: &a0 x"]
    for level in range(1, levels + 1):
        entries = ", ".join([f"*a{level - 1}"] * per_level)
        lines.append(f"a{level}: &a{level} [{entries}]")
    return "\n".join(lines)


@each_reader
@pytest.mark.parametrize(("opening", "closing"), [("- ", ""), ("[", "]"), ("{a: ", "}")])
def test_nesting_ends_at_the_limit(fast: bool, opening: str, closing: str) -> None:
    fine, deeper = (opening * n + "1" + closing * n for n in (MAX_DEPTH, MAX_DEPTH + 1))
    assert len(read(fine, fast).ledger()) == 1
    assert refusal(deeper, fast) == [f"f.yaml:1:{MAX_DEPTH * len(opening) + 1} TR108"]


@each_reader
def test_aliases_do_not_nest_deeper_than_text_may(fast: bool) -> None:
    half = MAX_DEPTH // 2
    fine = f"- &x {'[' * (half - 1)}{']' * (half - 1)}\n- {'[' * half}*x{']' * half}"
    assert len(read(fine, fast).ledger()) == 2
    deeper = f"- &x {'[' * half}{']' * half}\n- {'[' * half}*x{']' * half}"
    assert refusal(deeper, fast) == [f"f.yaml:2:{3 + half} TR108"]


# --- what is refused, and what is told ---


@each_reader
@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: 1\nb: 2\na: 3\n", ["3:1"]),
        ("- {a: 1, b: {c: 1, c: 2}}\n- {a: 1}", ["1:20"]),
        ("1: a\n'1': b", ["2:1"]),
        ("a: &x a\n*x : b", ["2:1"]),
        ("{a: 1, a: 2}", ["1:8"]),
        ("a:\n  <<: {b: 1}\n  <<: {b: 2}", ["3:3"]),
        ("a: {<<: {b: 1}, '<<': 2}", []),
        ("a: {b: 1}\nc: {b: 1}", []),
    ],
)
def test_a_key_that_stands_twice_is_told(fast: bool, text: str, places: list[str]) -> None:
    assert told(read(text, fast)) == [f"f.yaml:{place} TR106" for place in places]


@each_reader
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: b: c", "1:5"),
        ("a: 1\n b: 2", "2:3"),
        ("a:\n\tb: 1", "2:1"),
        ("a: 'x", "1:6"),
        ("a: [1\nb: 2", "2:2"),
        ("a: @x", "1:4"),
        ("a: *x", "1:4"),
        ("? [a]\n: b", "1:3"),
        ("? {a: b}\n: c", "1:3"),
        ("a: &x [1]\n*x : b", "2:1"),
        ("%YAML 2.0\n---\na: 1", "1:1"),
        ("a: !y!z 1", "1:4"),
        ("é: ö\nü: \x01", "2:4"),
        ("a: " + "é" * 70_000 + "\nb: \0", "2:4"),
        ("é: \ud800", "1:4"),
    ],
    ids=range(15),
)
def test_bad_syntax_is_refused_with_its_place(fast: bool, text: str, place: str) -> None:
    assert refusal(text, fast) == [f"f.yaml:{place} TR102"]


@each_reader
def test_what_was_found_before_is_told_too(fast: bool) -> None:
    assert refusal("a: 1\na: 2\nb: c: d", fast) == ["f.yaml:2:1 TR106", "f.yaml:3:5 TR102"]


@each_reader
def test_keys_are_the_text_that_is_written(fast: bool) -> None:
    text = "1: a\n0x1: b\nyes: c\n~: d\n2024-01-01: e\n? \n: f\n? g\n'h i': {? j}\n"
    keys = ["1", "0x1", "yes", "~", "2024-01-01", "", "g", "h i"]
    assert list(value(text, fast)) == keys
    assert told(read(text, fast)) == []


@each_reader
@pytest.mark.parametrize(
    "text",
    [
        *("!!str 012", "!!str", "!!int '3'", "!!int 0x10", "!!float 1", "!!bool 'yes'", "!!null x"),
        *("!!map {a: 1}", "!!seq [1]", "!<tag:yaml.org,2002:int> '7'", "[!!str true, !!str ~]"),
    ],
)
def test_tags_of_plain_values_are_read_as_pyyaml_does(fast: bool, text: str) -> None:
    source = read(f"a: {text}", fast)
    assert values(source) == [yaml.safe_load(f"a: {text}")]
    assert source.diagnostics == []


@each_reader
@pytest.mark.parametrize(
    "tagged",
    [
        *(
            "!x 1",
            "!x {b: 1}",
            "!x [1]",
            "!!python/name:os.system x",
            "!!python/object/apply:f [1]",
        ),
        *("!!binary aGk=", "!!timestamp 2024-01-01", "!!set {b}", "!!omap [b: 1]", "!!int x"),
        *("!!int ''", "!!float ''", "!!float x", "!!bool maybe"),
    ],
)
def test_other_tags_are_told(fast: bool, tagged: str) -> None:
    assert told(read(f"a: {tagged}", fast)) == ["f.yaml:1:4 TR113"]
    assert told(read(f"{{a: {tagged}}}", fast)) == ["f.yaml:1:5 TR113"]


@each_reader
def test_tabs_in_text_stay(fast: bool) -> None:
    text = "a: 'x\ty'\nb: \"x\ty\\tz\"\nc: |\n  x\ty\t\n"
    assert value(text, fast) == {"a": "x\ty", "b": "x\ty\tz", "c": "x\ty\t\n"}


@each_reader
@settings(max_examples=400)
@given(
    st.lists(
        st.sampled_from(
            [*"abc01:-?*&!|>'\"#%@,{}[] \n", "\n  ", ": ", "- ", "<<: ", "&a ", "*a", "!!int ", "é"]
        ),
        max_size=25,
    ).map("".join)
)
def test_any_text_is_read_or_refused(fast: bool, text: str) -> None:
    try:
        source = read(text, fast)
    except TranslationError as error:
        assert {d.rule.code for d in error.diagnostics} <= {f"TR{code}" for code in range(102, 114)}
    else:
        assert len(values(source)) == len(source.documents) >= 1
        assert all(str(d) and d.help for d in source.diagnostics)
