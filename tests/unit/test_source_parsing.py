"""Bytes become documents or a finding with its place, and every leaf of them has a fate."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.diagnostics import Rule, Severity, TranslationError
from translator.source import Cursor, Fate, Source, parse, parsing

TEXT = "é: [1, 'ü\U0001f600']\nb: {c: d}\n"
VALUE = {"é": [1, "ü\U0001f600"], "b": {"c": "d"}}


def refusal(data: bytes | str) -> tuple[str, str, dict[str, Any]]:
    """Place, code and facts of the finding about what cannot be read."""
    with pytest.raises(TranslationError) as caught:
        parse(data, "f")
    (finding,) = caught.value.diagnostics
    return str(finding.origin), finding.rule.code, dict(finding.facts)


def top(source: Source) -> Cursor:
    return source.documents[0]


def unread(source: Source) -> list[str]:
    """Pointer of each finding about what nobody asked for."""
    return [str(finding.facts["pointer"]) for finding in source.unread()]


# --- decoding ---

ENCODINGS = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16, little end first": b"\xff\xfe" + TEXT.encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "text": TEXT,
    "text with a mark": "\ufeff" + TEXT,
}


@pytest.mark.parametrize("data", ENCODINGS.values(), ids=ENCODINGS)
def test_a_byte_order_mark_tells_the_encoding_and_takes_no_place(data: bytes | str) -> None:
    source = parse(data, "f")
    assert top(source).value() == VALUE
    assert source.text == TEXT
    assert [str(entry.origin) for _, entry in top(source).items()] == ["f:1:1", "f:2:1"]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["bare", "marked"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_is_told_behind_a_mark_too(mark: str, encoding: str) -> None:
    source = parse((mark + '{"rate": 1e-05}').encode(encoding), "f")
    assert source.is_json
    assert top(source).take("rate", float) == 1e-05


@pytest.mark.parametrize(
    ("data", "place", "byte"),
    [
        (b"\xff", "f:1:1", "0xff"),
        (b"a: \xe9\n", "f:1:4", "0xe9"),
        ("é: 1\nüü: ".encode() + b"\xff", "f:2:5", "0xff"),
        (b"\xef\xbb\xbfa: \xe9\n", "f:1:4", "0xe9"),
        (b"a: 1\r\nb: \xc3", "f:2:4", "0xc3"),
        (b"a: \xed\xa0\x80", "f:1:4", "0xed"),
        (b"a: \xc0\x80", "f:1:4", "0xc0"),
    ],
    ids=range(7),
)
def test_a_byte_that_is_no_utf_8_is_told_with_its_place(data: bytes, place: str, byte: str) -> None:
    assert refusal(data) == (place, "TR101", {"encoding": "utf-8", "byte": byte})


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\xff\xfe" + "é: 1\nb: ".encode("utf-16-le") + b"\x00", "f:2:4"),
        (b"\xff\xfe" + "é: 1\nb: ".encode("utf-16-le") + b"\x00\xdca\x00", "f:2:4"),
        (b"\xfe\xff" + "a: ".encode("utf-16-be") + b"\xd8\x00", "f:1:4"),
    ],
    ids=["lone surrogate", "half a pair", "half a pair at the end"],
)
def test_bytes_that_are_no_utf_16_are_told_with_their_place(data: bytes, place: str) -> None:
    assert refusal(data)[:2] == (place, "TR101")


# --- size ---


@pytest.mark.parametrize("data", [b"", "", b" \n\t\r\n", "\ufeff", b"\xef\xbb\xbf\n", b"\xff\xfe"])
def test_what_holds_nothing_is_refused(data: bytes | str) -> None:
    assert refusal(data) == ("f", "TR109", {})


@pytest.mark.parametrize("data", [b"a: 12", "a: 12"], ids=["bytes", "text"])
def test_what_is_too_large_is_refused(data: bytes | str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_BYTES", 5)
    assert top(parse(data, "f")).value() == {"a": 12}
    monkeypatch.setattr(parsing, "MAX_BYTES", 4)
    assert refusal(data) == ("f", "TR107", {"what": "its size", "limit": "4 bytes"})


def test_the_limit_is_far_above_the_largest_pipelines() -> None:
    assert 20_000_000 < parsing.MAX_BYTES < 1_000_000_000


# --- the ledger and what is unread ---

DOCUMENT = """\
read: {all: 1, of: [it, {}]}
partly:
  read: 1
  not: [a, b]
  'a/b~c': {d: e}
  empty: []
never:
  x: {y: {z: 1}}
list:
- 1
- [2, 3]
- {four: 4}
"""


def test_the_ledger_has_every_leaf_and_empty_collections_are_leaves() -> None:
    assert set(parse(DOCUMENT, "f").ledger()) == {
        *("/read/all", "/read/of/0", "/read/of/1", "/partly/read", "/partly/not/0"),
        *("/partly/not/1", "/partly/a~1b~0c/d", "/partly/empty", "/never/x/y/z"),
        *("/list/0", "/list/1/0", "/list/1/1", "/list/2/four"),
    }


def test_nothing_is_read_until_it_is_asked_for() -> None:
    assert set(parse(DOCUMENT, "f").ledger().values()) == {Fate.UNREAD}
    assert parse(DOCUMENT, "f").diagnostics == []


def test_leaves_of_later_documents_have_their_number() -> None:
    source = parse("a: 1\n---\na: 1\nb: [2]\n---\n3\n", "f")
    source.documents[1].child("a").value()
    assert source.ledger() == {
        "/a": Fate.UNREAD,
        "#1/a": Fate.CARRIED,
        "#1/b/0": Fate.UNREAD,
        "#2": Fate.UNREAD,
    }


def test_what_nobody_asked_for_is_told_once_at_its_top() -> None:
    source = parse(DOCUMENT, "f")
    top(source).child("read").value()
    top(source).child("partly").take("read", int)
    next(top(source).child("list").elements()).value()
    findings = source.unread()
    assert [(str(d), d.facts["field"], d.facts["leaves"]) for d in findings] == [
        ("f:4:3: warning[TR103]: field `not` is not translated", "not", 2),
        ("f:5:3: warning[TR103]: field `a/b~c` is not translated", "a/b~c", 1),
        ("f:6:3: warning[TR103]: field `empty` is not translated", "empty", 1),
        ("f:7:1: warning[TR103]: field `never` is not translated", "never", 1),
        ("f:11:3: warning[TR103]: field `1` is not translated", "1", 2),
        ("f:12:3: warning[TR103]: field `2` is not translated", "2", 1),
    ]
    pointers = [d.origin.pointer for d in findings if d.origin]
    assert pointers == [d.facts["pointer"] for d in findings]
    assert pointers[1] == "/partly/a~1b~0c"


def test_what_was_told_is_reported_and_not_told_again() -> None:
    source = parse(DOCUMENT, "f")
    top(source).child("read").value()
    assert len(source.unread()) == 3
    assert source.unread() == []
    assert set(source.ledger().values()) == {Fate.CARRIED, Fate.REPORTED}


@pytest.mark.parametrize("fate", ["value", "rewritten", "inert"])
def test_what_has_a_fate_is_not_told(fate: str) -> None:
    source = parse("a: {b: {c: 1, d: 2}}\ne: 3\n", "f")
    getattr(top(source).child("a").child("b").child("c"), fate)()
    assert unread(source) == ["/a/b/d", "/e"]


def test_an_untouched_document_is_told_as_a_whole() -> None:
    source = parse("a: 1\nb: {c: 2}\n---\nd: 3\ne: 4\n", "f")
    source.documents[1].take("d", int)
    assert unread(source) == ["", "/e"]


def test_looking_is_not_reading() -> None:
    source = parse("a: {b: 1}\n", "f")
    top(source).peek()
    assert "b" in top(source).child("a")
    assert dict(top(source).child("a").items()).keys() == {"b"}
    assert unread(source) == [""]


def test_unread_leaves_are_told_by_another_rule_if_asked() -> None:
    rule = Rule("TR000", Severity.ERROR, what="`{field}` at {pointer}, {leaves} leaves")
    source = parse("a: {b: 1, c: 2}\nd: 3\n", "f")
    top(source).take("d", int)
    assert [str(d) for d in source.unread(rule)] == ["f:1:1: error[TR000]: `a` at /a, 2 leaves"]


trees = st.recursive(
    st.integers() | st.just({}) | st.just([]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b/c", "~d", "0", ""]), inner, max_size=3)
    ),
    max_leaves=12,
).map(lambda value: [value])


@settings(deadline=None)
@given(trees, st.randoms(use_true_random=False))
def test_every_unread_leaf_is_below_exactly_one_finding(value: Any, chance: Any) -> None:
    source = parse(repr(value).replace("'", '"'), "f")
    carry_some(top(source), chance)
    before = source.ledger()
    findings = unread(source)
    for pointer, fate in before.items():
        above = [found for found in findings if f"{pointer}/".startswith(f"{found}/")]
        assert len(above) == (fate is Fate.UNREAD), pointer
    assert Fate.UNREAD not in source.ledger().values()


def carry_some(cursor: Cursor, chance: Any) -> None:
    if chance.random() < 0.3:
        cursor.value()
    elif cursor.kind == "mapping" and chance.random() < 0.8:
        for _, entry in cursor.items():
            carry_some(entry, chance)
    elif cursor.kind == "sequence":
        for entry in cursor.elements():
            carry_some(entry, chance)


# --- whatever comes ---


@settings(max_examples=300)
@given(st.binary(max_size=40) | st.text(max_size=30) | st.text(max_size=10).map(lambda t: "[" + t))
def test_any_bytes_are_read_or_refused(data: bytes | str) -> None:
    try:
        source = parse(data, "f")
    except TranslationError as error:
        assert all(d.severity is Severity.ERROR and d.help for d in error.diagnostics)
    else:
        assert [document.peek() for document in source.documents]


@pytest.mark.parametrize("text", ["a: 1", "a: ["], ids=["read", "refused"])
@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_collected_afterwards_as_before(text: str, enabled: bool) -> None:
    was_enabled = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        parse(text, "f")
    except TranslationError:
        assert text == "a: ["
    finally:
        now_enabled = gc.isenabled()
        (gc.enable if was_enabled else gc.disable)()
    assert now_enabled is enabled
