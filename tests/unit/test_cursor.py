"""A method never raises, records the fate of what it read, and reports what it did not find."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from translator.diagnostics import Rule, Severity
from translator.source import Cursor, Fate, Source, parse

if TYPE_CHECKING:
    from translator.diagnostics import Origin

SOME_RULE = Rule("TR000", Severity.NOTE, what="`{name}` is like that")
#: The empty value of each kind of scalar, and one that is not.
SCALARS: list[tuple[type, Any]] = [(str, "text"), (int, 7), (float, 1.5), (bool, True)]
each_kind = pytest.mark.parametrize(("kind", "value"), SCALARS, ids=["str", "int", "float", "bool"])


def source_of(value: Any) -> Source:
    return parse(json.dumps(value), "f.json")


def top(source: Source) -> Cursor:
    return source.documents[0]


def told(source: Source) -> list[tuple[str, str]]:
    """Code and pointer of each finding."""
    return [(d.rule.code, origin_of(d.origin).pointer) for d in source.diagnostics]


def origin_of(origin: Origin | None) -> Origin:
    assert origin is not None
    return origin


# --- take ---


@each_kind
def test_take_gives_a_scalar_and_carries_it(kind: type, value: Any) -> None:
    source = source_of({"a": value, "b": value})
    taken = top(source).take("a", kind)
    assert (taken, type(taken)) == (value, kind)
    assert source.ledger() == {"/a": Fate.CARRIED, "/b": Fate.UNREAD}
    assert told(source) == []


@each_kind
@pytest.mark.parametrize("written", [{}, {"a": None}], ids=["absent", "null"])
def test_take_of_nothing_gives_an_empty_value_and_tells(
    kind: type, value: Any, written: Any
) -> None:
    source = source_of({"in": written})
    taken = top(source).child("in").take("a", kind)
    assert (taken, type(taken)) == (kind(), kind)
    assert told(source) == [("TR104", "/in")]
    assert source.diagnostics[0].facts == {"field": "a"}


@each_kind
@pytest.mark.parametrize("written", [{}, {"a": None}], ids=["absent", "null"])
def test_take_of_nothing_gives_the_default(kind: type, value: Any, written: Any) -> None:
    source = source_of(written)
    assert top(source).take("a", kind, value) == value
    assert top(source).take("a", kind, None) is None
    assert told(source) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *[(str, 1), (str, 1.5), (str, True), (str, {}), (str, ["a"]), (str, {"b": "c"})],
        *[(int, "1"), (int, 1.0), (int, True), (int, []), (float, "1.5"), (float, False)],
        *[(bool, 0), (bool, 1), (bool, "true")],
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value)[:9],
)
def test_take_of_another_kind_gives_an_empty_value_and_tells(kind: type, value: Any) -> None:
    source = source_of({"a": value})
    taken = top(source).take("a", kind)
    assert (taken, type(taken)) == (kind(), kind)
    assert told(source) == [("TR105", "/a")]
    assert source.diagnostics[0].facts["field"] == "a"
    assert set(source.ledger().values()) == {Fate.REPORTED}


def test_take_of_another_kind_gives_the_default_and_tells() -> None:
    source = source_of({"a": "seven"})
    assert top(source).take("a", int, 3) == 3
    assert told(source) == [("TR105", "/a")]


def test_a_whole_number_is_a_number_and_a_number_no_whole_number() -> None:
    source = source_of({"a": 3, "b": 3.0})
    taken = top(source).take("a", float)
    assert (taken, type(taken)) == (3.0, float)
    assert top(source).take("b", int) == 0
    assert told(source) == [("TR105", "/b")]


def test_scalar_and_string_read_what_stands_here() -> None:
    source = source_of(["a", 2, None, 4])
    first, second, third, fourth = top(source).elements()
    assert (first.string(), second.scalar(int)) == ("a", 2)
    assert told(source) == []
    assert (third.string(), fourth.string()) == ("", "")
    assert told(source) == [("TR105", "/2"), ("TR105", "/3")]


# --- find, child, get ---


def test_find_and_child_give_what_stands_under_the_key() -> None:
    source = source_of({"a": {"b": 1}})
    for found in (top(source).find("a"), top(source).child("a"), top(source).get("a")):
        assert found is not None
        assert found.origin.pointer == "/a"
        assert found.peek() == {"b": 1}
    assert told(source) == []
    assert source.ledger() == {"/a/b": Fate.UNREAD}


def test_find_of_nothing_is_none_and_silent() -> None:
    source = source_of({"a": None, "b": [1]})
    assert top(source).find("absent") is None
    assert top(source).find("a") is None
    assert top(source).child("b").find("absent") is None
    assert told(source) == []


def test_a_null_that_was_asked_for_is_carried() -> None:
    source = source_of({"a": None, "b": None})
    assert top(source).find("a") is None
    assert source.ledger() == {"/a": Fate.CARRIED, "/b": Fate.UNREAD}


def test_get_tells_null_from_absent_by_the_keys() -> None:
    source = source_of({"a": None})
    assert "a" in top(source)
    assert "b" not in top(source)
    assert top(source).get("a").value() is None
    assert top(source).get("b").value() is None
    assert source.ledger() == {"/a": Fate.CARRIED}
    assert (top(source).get("a").origin.pointer, top(source).get("b").origin.pointer) == ("/a", "")


@pytest.mark.parametrize("written", [{}, {"a": None}], ids=["absent", "null"])
def test_child_of_nothing_is_told_once_and_answers_silently(written: Any) -> None:
    source = source_of({"in": written})
    missing = top(source).child("in").child("a")
    assert told(source) == [("TR104", "/in")]
    assert missing.kind == "mapping"
    assert missing.take("b", int) == 0
    assert missing.take("b", str, "default") == "default"
    assert missing.child("b").child("c").string() == ""
    assert (missing.find("b"), missing.get("b").value(), missing.peek()) == (None, None, None)
    assert (list(missing.items()), list(missing.elements()), list(missing.keys())) == ([], [], [])
    missing.rewritten()
    missing.inert()
    assert missing.origin == top(source).child("in").origin
    assert told(source) == [("TR104", "/in")]


@pytest.mark.parametrize("value", ["text", 1, ["a", {"b": 1}]], ids=["text", "number", "list"])
def test_child_of_what_is_no_mapping_is_told(value: Any) -> None:
    source = source_of({"a": value})
    assert top(source).child("a").child("b").peek() is None
    assert told(source) == [("TR105", "/a")]
    assert set(source.ledger().values()) == {Fate.REPORTED}


def test_a_cursor_is_true_be_it_empty_or_missing() -> None:
    source = source_of({"a": {}, "b": 0})
    assert all([top(source).child("a"), top(source).get("b"), top(source).get("absent")])


# --- kinds, keys, items, elements ---


@pytest.mark.parametrize(
    ("value", "kind"),
    [({}, "mapping"), ([], "sequence"), ("", "scalar"), (1, "scalar"), (None, "scalar")],
)
def test_kinds(value: Any, kind: str) -> None:
    assert top(source_of([value])).kind == "sequence"
    assert next(top(source_of([value])).elements()).kind == kind


def test_items_are_the_entries_in_order() -> None:
    source = source_of({"b": 1, "a": {"c": 2}})
    items = dict(top(source).items())
    assert list(items) == list(top(source).keys()) == ["b", "a"]
    assert [entry.origin.pointer for entry in items.values()] == ["/b", "/a"]
    assert items["b"].scalar(int) == 1
    assert source.ledger() == {"/b": Fate.CARRIED, "/a/c": Fate.UNREAD}


def test_elements_are_the_entries_in_order() -> None:
    source = source_of({"a": [1, [2], None]})
    elements = list(top(source).child("a").elements())
    assert [entry.origin.pointer for entry in elements] == ["/a/0", "/a/1", "/a/2"]
    assert [entry.value() for entry in elements] == [1, [2], None]
    assert set(source.ledger().values()) == {Fate.CARRIED}


@pytest.mark.parametrize("value", ["text", 1, True, [], [1, {"a": 2}]], ids=str)
def test_items_of_another_kind_are_none_and_told(value: Any) -> None:
    source = source_of({"a": value})
    assert list(top(source).child("a").items()) == []
    assert told(source) == [("TR105", "/a")]
    assert source.diagnostics[0].facts == {"field": "a", "wanted": "a mapping"}
    assert set(source.ledger().values()) == {Fate.REPORTED}
    assert source.unread() == []


@pytest.mark.parametrize("value", ["text", 1, True, {}, {"a": [2]}], ids=str)
def test_elements_of_another_kind_are_none_and_told(value: Any) -> None:
    source = source_of({"a": value})
    assert list(top(source).child("a").elements()) == []
    assert told(source) == [("TR105", "/a")]
    assert source.diagnostics[0].facts == {"field": "a", "wanted": "a list"}
    assert set(source.ledger().values()) == {Fate.REPORTED}
    assert source.unread() == []


def test_keys_of_what_is_no_mapping_are_none_and_silent() -> None:
    source = source_of(["a"])
    assert list(top(source).keys()) == []
    assert "a" not in top(source)
    assert told(source) == []


@pytest.mark.parametrize("empty", [{}, []], ids=str)
def test_what_is_empty_is_carried_when_reached(empty: Any) -> None:
    source = source_of({"a": empty, "b": empty, "c": [empty]})
    top(source).child("a")
    list(top(source).child("c").elements())
    assert source.ledger() == {"/a": Fate.CARRIED, "/b": Fate.UNREAD, "/c/0": Fate.CARRIED}


# --- value, peek, fates ---

TREE = {"a": {"b": [1, 2.5, None, True, "x"], "c": {}}, "d": 0}


def test_value_is_all_of_it_and_carries_it() -> None:
    source = source_of(TREE)
    assert top(source).child("a").value() == TREE["a"]
    assert {p: fate for p, fate in source.ledger().items() if fate is not Fate.CARRIED} == {
        "/d": Fate.UNREAD
    }


def test_peek_is_all_of_it_and_leaves_it_unread() -> None:
    source = source_of(TREE)
    assert top(source).peek() == TREE
    assert set(source.ledger().values()) == {Fate.UNREAD}


@pytest.mark.parametrize("fate", ["rewritten", "inert", "drop"])
def test_a_fate_is_that_of_all_leaves_below(fate: str) -> None:
    source = source_of(TREE)
    cursor = top(source).child("a")
    if fate == "drop":
        cursor.drop(SOME_RULE, name="x")
    else:
        getattr(cursor, fate)()
    wanted = {"rewritten": Fate.REWRITTEN, "inert": Fate.INERT, "drop": Fate.REPORTED}[fate]
    assert {p: f for p, f in source.ledger().items() if f is not wanted} == {"/d": Fate.UNREAD}
    assert len(source.diagnostics) == (fate == "drop")


def test_drop_and_report_say_why_and_where() -> None:
    source = parse("a:\n  b: 1\n  c: 2\n", "f.yaml")
    top(source).child("a").child("b").drop(SOME_RULE, name="x")
    top(source).child("a").child("c").report(SOME_RULE, name="y")
    assert [str(d) for d in source.diagnostics] == [
        "f.yaml:2:3: note[TR000]: `x` is like that",
        "f.yaml:3:3: note[TR000]: `y` is like that",
    ]
    assert source.ledger() == {"/a/b": Fate.REPORTED, "/a/c": Fate.UNREAD}


def test_the_last_word_about_a_leaf_counts() -> None:
    source = source_of({"a": 1})
    top(source).child("a").drop(SOME_RULE, name="x")
    assert top(source).take("a", int) == 1
    assert source.ledger() == {"/a": Fate.CARRIED}


# --- places ---


@pytest.mark.parametrize(
    ("keys", "pointer"),
    [
        ([], ""),
        (["a", "b"], "/a/b"),
        ([""], "/"),
        (["a/b"], "/a~1b"),
        (["m~n"], "/m~0n"),
        (["~1"], "/~01"),
        (["/~/"], "/~1~0~1"),
        ([' é"'], '/ é"'),
        (["-", "0"], "/-/0"),
    ],
    ids=lambda value: str(value),
)
def test_pointers_are_those_of_rfc_6901(keys: list[str], pointer: str) -> None:
    value: Any = [7]
    for key in reversed(keys):
        value = {key: value}
    source = source_of(value)
    cursor = top(source)
    for key in keys:
        cursor = cursor.child(key)
    assert cursor.origin.pointer == pointer
    assert next(cursor.elements()).origin.pointer == f"{pointer}/0"
    assert set(source.ledger()) == {f"{pointer}/0"}


def test_every_leaf_has_the_pointer_that_the_ledger_gives_it() -> None:
    source = source_of({"a/b": [{"~": 1}, []], "c": {"": None}, "d": {}})
    assert {cursor.origin.pointer for cursor in leaf_cursors(top(source))} == set(source.ledger())


def leaf_cursors(cursor: Cursor) -> list[Cursor]:
    below = [
        *([entry for _, entry in cursor.items()] if cursor.kind == "mapping" else []),
        *(cursor.elements() if cursor.kind == "sequence" else []),
    ]
    return [leaf for entry in below for leaf in leaf_cursors(entry)] if below else [cursor]


def test_a_scalar_that_was_found_ambiguous_is_told_once() -> None:
    source = parse("a: yes\n", "f.yaml")
    assert top(source).peek() == {"a": True}
    assert top(source).take("a", bool) is True
    assert top(source).value() == {"a": True}
    assert told(source) == [("TR111", "/a")]


def test_an_ambiguous_scalar_that_nobody_reads_is_not_told() -> None:
    source = parse("a: yes\nb: no\n", "f.yaml")
    top(source).take("a", bool)
    assert told(source) == [("TR111", "/a")]
