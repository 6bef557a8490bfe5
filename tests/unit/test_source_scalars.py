"""A YAML value is what PyYAML reads, or Go. Dates stay text; what others read is reported."""

from __future__ import annotations

import datetime
import json
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.diagnostics import Findings, TranslationError
from translator.source import Source, parse
from translator.source.go_yaml import GoCursor
from translator.source.nodes import Scalar
from translator.source.yaml_text import resolved

READERS = {False: "pure", True: "libyaml"}
each_reader = pytest.mark.parametrize(
    "fast", [False, True] if yaml.__with_libyaml__ else [False], ids=lambda fast: READERS[fast]
)


def read(text: str, fast: bool) -> Source:
    with patch.object(yaml, "__with_libyaml__", fast):
        return parse(text, "f.yaml")


def values(source: Source) -> list[Any]:
    return [document.peek() for document in source.documents]


def same(read: Any, value: Any) -> bool:
    """Equal, and of equal types: 1 is not 1.0 and not true. NaN is like itself."""
    return bool(read == value or read != read) and json.dumps(read) == json.dumps(value)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "",
        " ",
        "yes",
        "012",
        "1e3",
        "12:30",
        "<<",
        "=",
        "~",
        "2024-01-01",
        "a: b",
        "- a",
        "# a",
        "a\n",
    ]
)
finite = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | st.integers() | finite | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
styles = st.fixed_dictionaries(
    {
        "default_style": st.sampled_from([None, "'", '"', "|", ">"]),
        "default_flow_style": st.sampled_from([None, True, False]),
        "canonical": st.sampled_from([None, None, True]),
        "indent": st.sampled_from([None, 2, 4, 7]),
        "width": st.sampled_from([None, 20, 1000]),
        "allow_unicode": st.booleans(),
        "line_break": st.sampled_from(["\n", "\r\n", "\r"]),
        "explicit_start": st.booleans(),
        "explicit_end": st.booleans(),
    }
)


@each_reader
@settings(max_examples=300, deadline=None)
@given(st.lists(json_values, min_size=1, max_size=3), styles)
def test_what_pyyaml_wrote_is_read_as_pyyaml_reads_it(
    fast: bool, documents: list[Any], style: dict[str, Any]
) -> None:
    text = yaml.safe_dump_all(documents, sort_keys=False, **style)
    source = read("# not JSON\n" + text, fast)
    assert same(values(source), list(yaml.safe_load_all(text)))


@settings(max_examples=600)
@given(
    st.text(st.sampled_from("0123456789abefonlrtuxyESY_.:+-~="), max_size=9)
    | st.from_regex(r"[-+]?0[bx][0-9a-f_]{0,4}|[0-9]{1,3}(:[0-5]?[0-9]){1,2}(\.[0-9_]*)?")
)
def test_a_plain_scalar_is_read_as_pyyaml_reads_it(text: str) -> None:
    loader = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))
    try:
        expected = loader.construct_object(yaml.ScalarNode(tag, text))
    except (ValueError, yaml.constructor.ConstructorError):  # `0x_`, `=`
        expected = text
    if isinstance(expected, datetime.date):
        expected = text
    read, _ = resolved(Scalar(text, 0, 0, plain=True))
    assert same(read, expected)


@each_reader
def test_dates_stay_text(fast: bool) -> None:
    text = "# not JSON\n[2024-01-01, 2024-01-01T10:00:00Z, 2024-1-1 1:02:03.5 +1, 2001-02-30]"
    assert values(read(text, fast)) == [
        ["2024-01-01", "2024-01-01T10:00:00Z", "2024-1-1 1:02:03.5 +1", "2001-02-30"]
    ]


@each_reader
@pytest.mark.parametrize("text", ["0x_", "-0b_"])
def test_a_number_that_cannot_be_read_is_text_and_told(fast: bool, text: str) -> None:
    source = read(f"a: {text}", fast)
    assert values(source) == [{"a": text}]
    assert [d.rule.code for d in source.diagnostics] == ["TR111"]


@each_reader
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *[("yes", "true"), ("No", "false"), ("ON", "true"), ("off", "false")],
        *[("012", "10"), ("0b11", "3"), ("-0x1f", "-31"), ("0_1", "1"), ("1_000", "1000")],
        *[("12:30", "750"), ("1:02:03", "3723"), ("1:30.5", "90.5"), ("1_0.5", "10.5")],
    ],
)
def test_what_yaml_1_2_reads_otherwise_is_told(fast: bool, text: str, shown: str) -> None:
    source = read(f"a:\n- {text}\n", fast)
    assert values(source) == [{"a": [json.loads(shown)]}]
    (finding,) = source.diagnostics
    assert (finding.rule.code, str(finding.origin)) == ("TR111", "f.yaml:2:3")
    assert finding.origin is not None
    assert finding.origin.pointer == "/a/0"
    assert finding.facts == {"written": text, "value": shown}


@each_reader
@pytest.mark.parametrize(
    "text",
    [
        *["9" * 400, "-" + "9" * 5000, "0b" + "1" * 15000, "-0x" + "f" * 3755],
        *["1:" * 2000 + "1", "!!int 0b" + "1" * 15000, "!!float .inf"],
        *[
            "0" + "7" * 5000,
            "0" * 5000 + "1",
            "1:" * 1000 + "1.5",
            "!!float " + "1:" * 1000 + "1.5",
        ],
        "1:" * 2_000_000 + "1",
    ],
    ids=[
        "400",
        "5000",
        "binary",
        "hexadecimal",
        "sexagesimal",
        "tagged",
        "infinity",
        "octal",
        "zeros",
        "float",
        "tagged-float",
        "endless",
    ],
)
def test_numbers_larger_than_any_of_json_are_told(fast: bool, text: str) -> None:
    source = read(f"a: {text}", fast)
    assert values(source) == [{"a": 0.0}]
    (finding,) = source.diagnostics
    assert finding.rule.code == "TR114"
    assert len(finding.message) < 700


@pytest.mark.parametrize("text", ["9" * 400, "-" + "9" * 5000, "1e999"])
def test_they_are_in_json_too(text: str) -> None:
    source = parse(f"[{text}]", "f.json")
    assert values(source) == [[0.0]]
    assert [finding.rule.code for finding in source.diagnostics] == ["TR114"]


@each_reader
@pytest.mark.parametrize(
    "text", ["1e3", "1e-5", "2E-05", "1.e5", "+.5", "0o17", "08", "-09.", "5e0"]
)
def test_text_that_is_a_number_in_yaml_1_2_is_told(fast: bool, text: str) -> None:
    source = read(f"a: {text}", fast)
    assert source.documents[0].get("a").peek() in (text, -9.0)
    assert [d.rule.code for d in source.diagnostics] == ["TR111"] * (text != "-09.")


@each_reader
@pytest.mark.parametrize("text", ["1.2.3", "1e", "e3", "0o8", ".", "1-2", "12e", "1e3x"])
def test_text_that_looks_like_a_number_and_is_none_is_not_told(fast: bool, text: str) -> None:
    source = read(f"a: {text}", fast)
    assert (values(source), source.diagnostics) == ([{"a": text}], [])


@each_reader
@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", "1.0e+999"])
def test_numbers_without_an_end_are_told(fast: bool, text: str) -> None:
    source = read(f"a: {text}", fast)
    assert values(source) == values(source) == [{"a": 0.0}]
    (finding,) = source.diagnostics
    assert (finding.rule.code, str(finding.origin)) == ("TR114", "f.yaml:1:1")


@each_reader
@pytest.mark.parametrize(
    "text",
    [
        *("true", "False", "null", "~", "0", "-1", "+7", "1.5", "1.5e+3", ".5", "1.0e+300", "0x1F"),
        *("07", "00", "y", "N", "'yes'", '"012"', "!!str 1_000", "2024-01-01", "a:b", "a_b", "''"),
    ],
)
def test_what_yaml_1_2_reads_alike_is_not_told(fast: bool, text: str) -> None:
    source = read(f"a: {text}", fast)
    assert len(values(source)) == 1
    assert source.diagnostics == []


@given(st.text("+-._0123456789abeEfFiInNoxy:~ ", min_size=1, max_size=9))
def test_a_scalar_that_needs_no_parser_is_text_to_pyyaml_and_go(text: str) -> None:
    try:
        node = parse(f"k: {text}", "f.yaml").documents[0].get("k")._node
    except TranslationError:
        return  # such as a second colon
    if type(node) is not Scalar or node.plain:
        return  # resolved when it is read
    written = str(node.value)
    assert resolved(Scalar(written, 0, 0, plain=True)) == (written, False)
    by_go = GoCursor(Scalar(written, 0, 0, plain=True), "f.yaml", Findings())
    assert by_go.peek() == written
    assert not by_go._found
