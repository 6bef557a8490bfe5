"""Scalars of KFP v1 files, which Go reads: as values, and as the texts that Argo makes of them.

What is expected was read off ``resolve.go`` of go-yaml 2, ``yaml.go`` of sigs.k8s.io/yaml,
``anystring.go`` and ``item.go`` of Argo 3, and the formats of Go's ``strconv``.
"""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.source import parse
from translator.source.go_yaml import GoCursor, fixed_text, json_text, string_text

finite = st.floats(allow_nan=False, allow_infinity=False)


def read(text: str) -> tuple[Any, list[str]]:
    """The value of a plain scalar, and the codes of what is found."""
    source = parse(f"a: {text}", "f.yaml")
    value = GoCursor.of(source.documents[0]).get("a").peek()
    return value, [found.rule.code for found in source.diagnostics]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("1e3", 1000.0), ("1e-5", 1e-05), ("2e-05", 2e-05), ("1.e5", 1e5), ("+.5", 0.5)],
        *[("0o17", 15), ("-0o17", -15), ("08", 8.0), ("1:30", "1:30"), ("1:30.5", "1:30.5")],
        *[("1_000", 1000), ("0x1_F", 31), ("0b11", 3), ("017", 15), ("yes", True), ("off", False)],
        *[("99999999999999999999", 1e20), ("+9223372036854775808", 2.0**63)],
        *[("-9223372036854775809", -(2.0**63)), ("1.0e+999", "1.0e+999"), (".5_0", ".5_0")],
    ],
)
def test_what_go_reads_otherwise_than_others_is_told(text: str, value: Any) -> None:
    read_value, told = read(text)
    assert (read_value, type(read_value)) == (value, type(value))
    assert told == ["TR111"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            ("5", 5),
            ("-1", -1),
            ("+7", 7),
            ("0", 0),
            ("0x1F", 31),
            ("18446744073709551615", 2**64 - 1),
        ],
        *[("1.0", 1.0), ("1.0e-05", 1e-05), (".5", 0.5), ("-0.0", -0.0), ("1.5e+3", 1500.0)],
        *[
            ("true", True),
            ("False", False),
            ("~", None),
            ("null", None),
            ("2024-01-01", "2024-01-01"),
        ],
        *[("a", "a"), ("y", "y"), ("N", "N"), ("1.2.3", "1.2.3"), ("'1e3'", "1e3")],
    ],
)
def test_what_all_read_alike_is_not_told(text: str, value: Any) -> None:
    read_value, told = read(text)
    assert (read_value, type(read_value)) == (value, type(value))
    assert told == []


def test_numbers_without_an_end_are_told() -> None:
    assert read(".inf") == (0.0, ["TR114"])
    assert read("-.INF") == (0.0, ["TR114"])


@pytest.mark.parametrize(
    ("value", "fixed", "string", "in_json"),
    [
        (1.0, "1", "1", "1"),
        (2.5, "2.5", "2.5", "2.5"),
        (-0.0, "-0", "-0", "-0"),
        (2e-05, "0.00002", "2e-05", "0.00002"),
        (1.5e-07, "0.00000015", "1.5e-07", "1.5e-7"),
        (1e-10, "0.0000000001", "1e-10", "1e-10"),
        (0.0001, "0.0001", "0.0001", "0.0001"),
        (999999.0, "999999", "999999", "999999"),
        (1e6, "1000000", "1e+06", "1000000"),
        (1234567.5, "1234567.5", "1.2345675e+06", "1234567.5"),
        (1e21, "1" + "0" * 21, "1e+21", "1e+21"),
        (1e23, "1" + "0" * 23, "1e+23", "1e+23"),
        (9007199254740993, "9007199254740992", "9007199254740993", "9007199254740993"),
        (True, "true", "true", "true"),
        (False, "false", "false", "false"),
    ],
)
def test_the_texts_of_numbers(value: Any, fixed: str, string: str, in_json: str) -> None:
    assert (fixed_text(value), string_text(value), json_text(value)) == (fixed, string, in_json)


@given(finite)
def test_the_texts_of_a_float_are_the_number_and_as_short_as_can_be(value: float) -> None:
    for written in (fixed_text(value), string_text(value), json_text(value)):
        assert float(written) == value
        assert math.copysign(1, float(written)) == math.copysign(1, value)
    assert "e" not in fixed_text(value)
    digits = string_text(value).partition("e")[0].replace(".", "").lstrip("-0")
    assert len(digits.rstrip("0")) <= len(repr(value).partition("e")[0].replace(".", ""))


def test_json_is_compact_and_in_order() -> None:
    value = {"b": [1.0, None, True, "x"], "a": {"d": 1e-07, "c": 3}}
    assert json_text(value) == '{"a":{"c":3,"d":1e-7},"b":[1,null,true,"x"]}'
    assert json.loads(json_text(value)) == value


def test_where_text_is_wanted_numbers_are_text() -> None:
    source = parse("{a: 1e-5, b: true, c: 010, d: [1], e: x, f: ~}", "f.yaml")
    cursor = GoCursor.of(source.documents[0])
    assert [cursor.take(key, str, "none") for key in "abcdef"] == [
        *("1e-05", "true", "8", "none", "x", "none")
    ]
    assert [found.rule.code for found in source.diagnostics] == ["TR111", "TR111", "TR105"]
