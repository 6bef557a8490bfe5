"""What is written as YAML reads back the same, with every reader that the bundles meet."""

from __future__ import annotations

import json
import math
import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from translator.writers.yaml_text import yaml_text

LOADERS = [yaml.SafeLoader]
if yaml.__with_libyaml__:
    LOADERS.append(yaml.CSafeLoader)

#: Plain words that some reader takes for something else: YAML 1.1, YAML 1.2's core schema, and
#: what Go's reader (the one of Kubernetes) adds.
NOT_TEXT = [
    re.compile(r"(?i)~|null|true|false|yes|no|on|off|y|n"),
    re.compile(r"[-+]?[0-9][0-9_]*"),
    re.compile(r"(?i)[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?0x[0-9a-f_]+"),
    re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"),
    re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
    re.compile(r"(?i)[-+]?\.inf|\.nan"),
    re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[-+0-9tTzZ:. ]*"),
    re.compile(r"=|<<"),
]

ODD_STRINGS = [
    *("", " ", "  a", "a ", "a\n", "a\n\n", "\na", "\n", "\n\n", " \n", "a\n \nb", "a\n\nb", "\ta"),
    *("a\n\t\nb", "a \nb", "  a\nb", "a\n  b", "\n  a\nb\n\n\n", "a\r\nb", "\r", "a\rb", "# a\nb"),
    *("---", "--- a", "...", "a\n---\nb", "a\n...\nb", "- a", "-", "a: b", "a:", ":a", "a #b", "#"),
    *("yes", "No", "ON", "y", "N", "true", "null", "Null", "~", "012", "0o14", "1e3", "1E+3"),
    *("0x1", "0b1", "1_000", "12:30", "1:2:3.5", ".5", "5.", "+1", "-1", ".inf", "-.INF", ".nan"),
    *("2024-01-01", "2024-01-01T00:00:00Z", "=", "<<", "!", "!!str a", "&a", "*a", "?", "? a", "|"),
    *(
        ">",
        "%YAML 1.1",
        "@a",
        "`a`",
        "'",
        '"',
        "''",
        "'\"",
        "it's",
        "\\",
        "\\n",
        "a\\'\"",
        "{",
        "}",
    ),
    *("[a]", "{a: b}", ",", "a, b", "a,b", "{{$.inputs.parameters['x']}}", "{{workflow.uid}}"),
    *("\0", "\x01", "\x07", "\x1b", "\x7f", "\x80", "\x85", "\x9f", "\xa0", "a\xa0b", "\xad"),
    *("a\x85b\nc", "\u2028", "a\u2029b", "\ufeff", "\ufeffa", "a\ufeff\nb", "\ufffe", "\uffff"),
    *(
        "é",
        "日本語",
        "a\nü\n",
        "😀",
        "\U0010ffff",
        "\U000e0001",
        "\u200b",
        "\u202e",
        "a/b c",
        "a/ b",
    ),
    *("/", "//", "a//", "a.", "a-", "a -b", "(a)", "a (b)", "a (b) c", "infinity", "NaN", "e1"),
    *("x" * 2000, "x " * 1000, "x\n" * 500, "'" * 999),
]

texts = st.one_of(
    st.sampled_from(ODD_STRINGS),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.sampled_from(" \n\t\r:-#'\"\\{}[]&*!|>%@`,?~=<ab01e.+_é\x85\ufeff")),
    st.lists(st.sampled_from(ODD_STRINGS), max_size=4).map("\n".join),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None)
@given(values)
@example({"a": [], "b": {}, "c": [[], {}, [[]], [{}]], "d": {"e": [], "f": {"g": {}}}})
@example([[["a\nb\n"], "c"], [{"d": "  e\nf", "g": [{"h": "i\n\n"}]}]])
@example({"x" * 2000: {"a": "b"}, "y" * 2000: ["a\n"], "z" * 2000: "a\nb", "\n" * 2000: 1})
@example([{"x" * 2000: {"a": "b"}}, {"x" * 2000: []}])
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    text = yaml_text(value)
    for loader in LOADERS:
        assert same(yaml.load(text, loader), value), loader


@pytest.mark.parametrize("text", ODD_STRINGS)
def test_odd_strings_everywhere(text: str) -> None:
    value = {"first": text, text: text, "list": [text, [text, text], {"key": text}], "last": text}
    for whole in (text, [text], value):
        for loader in LOADERS:
            assert yaml.load(yaml_text(whole), loader) == whole


@settings(max_examples=1000)
@given(st.one_of(texts, *(st.from_regex(one, fullmatch=True) for one in NOT_TEXT)))
def test_no_plain_word_means_something_else_to_another_reader(text: str) -> None:
    written = yaml_text([text])[2:].rstrip("\n")
    if not written.startswith(("'", '"', "|")):
        assert written == text
        assert not [one.pattern for one in NOT_TEXT if one.fullmatch(text)]


@pytest.mark.parametrize(
    "number", [1e-05, 1e300, -1e-7, 1.5e-9, 1e16, 0.1, -0.0, 5e-324, 1.7976931348623157e308]
)
def test_floats_stay_floats(number: float) -> None:
    for loader in LOADERS:
        read = yaml.load(yaml_text([number]), loader)[0]
        assert isinstance(read, float)
        assert read == number
        assert math.copysign(1, read) == math.copysign(1, number)


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**64, 10**40, -(10**40)])
def test_integers_stay_integers(number: int) -> None:
    assert yaml.safe_load(yaml_text([number])) == [number]


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, "\ud800", "a\n\udfff", {"\ud800": 1}]
)
def test_what_yaml_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON number|lone surrogate"):
        yaml_text([value])


def test_nesting_as_deep_as_what_is_read() -> None:
    value: Any = "text\n"
    for level in range(220):
        value = {"key": value} if level % 2 else [value]
    for loader in LOADERS:
        assert yaml.load(yaml_text(value), loader) == value


@pytest.mark.parametrize("end", ["!", ": x", " #", "\u00e9", "'", "\n"])
def test_long_texts_take_no_long_time(end: str) -> None:
    text = "Trains a classifier of species/kinds (all) " * 5000 + end
    start = time.perf_counter()
    assert yaml.safe_load(yaml_text([text])) == [text]
    assert time.perf_counter() - start < 2


def test_the_layout() -> None:
    value = {
        "name": "train",
        "empty": {"list": [], "mapping": {}, "nothing": None},
        "command": ["sh", "-c", "set -e\necho 'hi'\n", "no newline\nat the end", "{{$}}"],
        "env": [{"name": "DEBUG", "value": "yes"}, {"name": "RATE", "value": 1e-05}],
        "matrix": [[1, 2], [True]],
    }
    assert yaml_text(value) == (
        "name: train\n"
        "empty:\n"
        "  list: []\n"
        "  mapping: {}\n"
        "  nothing: null\n"
        "command:\n"
        "- sh\n"
        "- '-c'\n"
        "- |\n"
        "  set -e\n"
        "  echo 'hi'\n"
        "- |-\n"
        "  no newline\n"
        "  at the end\n"
        "- '{{$}}'\n"
        "env:\n"
        "- name: DEBUG\n"
        "  value: 'yes'\n"
        "- name: RATE\n"
        "  value: 1.0e-05\n"
        "matrix:\n"
        "- - 1\n"
        "  - 2\n"
        "- - true\n"
    )


def same(read: Any, value: Any) -> bool:
    """Equal, and of equal types: 1 is not 1.0 and not true."""
    return bool(read == value) and json.dumps(read) == json.dumps(value)
