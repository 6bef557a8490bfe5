"""Text falls into words and placeholders, and together they are the text again."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text

NAMED = [kind for kind in PlaceholderKind if "NAME" in kind.value and len(kind.value) > 4]
FIXED = [kind for kind in PlaceholderKind if "NAME" not in kind.value]

names = st.one_of(
    st.sampled_from(["x", "NAME", "KEY", "", "pipelinechannel--a", "Ünï", "a b", "{x", "x}"]),
    st.text(st.characters(exclude_characters="'\"\\]{}", exclude_categories=["Cs"])),
)
fixed = st.sampled_from(FIXED).map(Placeholder)


@st.composite
def named(draw: st.DrawFn) -> Placeholder:
    kind = draw(st.sampled_from(NAMED))
    return Placeholder(kind, draw(names), draw(names) if "KEY" in kind.value else "")


placeholders = fixed | named()
fragments = st.one_of(
    placeholders.map(str),
    st.sampled_from(["{", "}", "{{", "}}", "$", "{{$", "{{$.", "['", "\n", "{{workflow.uid}}"]),
    st.sampled_from(["{{$.json_escape[1]}}", "{{$.inputs}}", "{{$.inputs.parameters['a']['b']}}"]),
    st.text(max_size=5),
)
texts = st.lists(fragments, max_size=6).map("".join)


@given(texts)
@example("{{$}}}")
@example("{{{$}}}")
@example("{\"a\": {{$.inputs.parameters['x']}}}")
def test_the_parts_are_the_text(text: str) -> None:
    assert plainly_quoted(str(parse_text(text))) == plainly_quoted(text)


@given(texts)
def test_reading_again_changes_nothing(text: str) -> None:
    once = parse_text(text)
    assert parse_text(str(once)) == once


@given(placeholders)
def test_every_placeholder_is_found(placeholder: Placeholder) -> None:
    assert parse_text(str(placeholder)) == Text((placeholder,))
    assert parse_text(f"a {placeholder}{placeholder}}} b") == Text(
        ("a ", placeholder, placeholder, "} b")
    )


@pytest.mark.parametrize("kind", [kind for kind in PlaceholderKind if kind.value != "NAME"])
def test_the_spelling_of_each_kind_reads_as_that_kind(kind: PlaceholderKind) -> None:
    spelling = "{{" + kind.value.replace("NAME", "a-b_c").replace("KEY", "k") + "}}"
    (found,) = parse_text(spelling).placeholders()
    assert found.kind is kind
    assert str(found) == spelling


def test_the_spellings_are_those_of_kfp() -> None:
    dsl = pytest.importorskip("kfp.dsl")
    constants = [
        getattr(dsl, name) for name in dir(dsl) if name.startswith("PIPELINE_") and name.isupper()
    ]
    assert constants
    for constant in constants:
        (found,) = parse_text(str(constant)).placeholders()
        assert found.kind is not PlaceholderKind.UNKNOWN, constant


@pytest.mark.parametrize(
    "text",
    [
        '{{$.inputs.parameters["x"]}}',
        r"{{$.inputs.parameters[\"x\"]}}",
        r"{{$.inputs.parameters[\'x\']}}",
    ],
)
def test_other_quotes_mean_the_same(text: str) -> None:
    assert parse_text(text) == Text((Placeholder(PlaceholderKind.INPUT_VALUE, "x"),))
    assert str(parse_text(text)) == "{{$.inputs.parameters['x']}}"


@pytest.mark.parametrize(
    "inner",
    [
        *[
            "$.json_escape[1]",
            "$.inputs",
            "$.inputs.parameters['a']['b']",
            "$.outputs",
            "$.nonsense",
        ],
        *["$.inputs.parameters['a'].path", "$.outputs.parameters['a']", "$.inputs.artifacts['a']"],
        *[
            "$.inputs.parameters['a']\n",
            "$.inputs.parameters['a\"]",
            "$ ",
            "$.inputs.parameters[a]",
        ],
    ],
)
def test_what_is_unknown_is_kept(inner: str) -> None:
    text = "{{" + inner + "}}"
    assert parse_text(text) == Text((Placeholder(PlaceholderKind.UNKNOWN, inner),))
    assert str(parse_text(text)) == text


@pytest.mark.parametrize("text", ["{{workflow.uid}}", "{{inputs.parameters.x}}", "{{$", "}}", "$"])
def test_what_is_no_placeholder_is_text(text: str) -> None:
    assert parse_text(text) == Text((text,))


def test_an_open_brace_does_not_swallow_the_next_placeholder() -> None:
    run = Placeholder(PlaceholderKind.RUN_ID)
    assert parse_text(f"echo {{{{$HOME {run}") == Text(("echo {{$HOME ", run))


def test_nothing_is_no_parts() -> None:
    assert parse_text("") == Text()
    assert str(Text()) == ""


def test_many_open_braces_take_no_long_time() -> None:
    start = time.perf_counter()
    assert not parse_text("{{$" * 100_000 + "{{$" + "a" * 100_000).placeholders()
    assert time.perf_counter() - start < 2


def plainly_quoted(text: str) -> str:
    """The text with the quotes inside ``[...]`` of a placeholder as ``'``."""
    return re.sub(r"""\[\\?["']([^'"\\\]]*)\\?["']\]""", r"['\1']", text)
