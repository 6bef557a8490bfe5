"""``$(NAME)`` as the kubelet replaces it; most rows are from its own test (expand_test.go)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.expansion import escape, expand, expand_parts, references

VALUES = {"A": "1", "B": "$(A)", "EMPTY": "", "C-d.e": "2", "a b": "3"}
ROWS = [
    ("$(A)", "1"),
    ("___$(A)___", "___1___"),
    ("$(A)$(C-d.e)$(EMPTY)", "12"),
    ("$(B)", "$(A)"),
    ("f000-$(A)-$(NOPE)", "f000-1-$(NOPE)"),
    ("$$(A)", "$(A)"),
    ("$$$(A)", "$1"),
    ("$$$$(A)", "$$(A)"),
    ("$$$$$(A)", "$$1"),
    ("$$$$$$(A)", "$$$(A)"),
    ("$(A", "$(A"),
    ("$A)", "$A)"),
    ("$(A)$(", "1$("),
    ("$((A)", "$((A)"),
    ("$(A))", "1)"),
    ("$($(A))", "$($(A))"),
    ("$(echo $(A) $$)", "$(echo $(A) $)"),
    ("$(echo $$)", "$(echo $$)"),
    ("$", "$"),
    ("$$", "$"),
    ("$$$", "$$"),
    ("a$", "a$"),
    ("$\\(A)", "$\\(A)"),
    ("$()", "$()"),
    ("$(a b)", "3"),
    ("$(cat $(A) | $$ )$(A", "$(cat $(A) | $ )$(A"),
    ("x $(date", "x $(date"),
    ("$$ $(date", "$ $(date"),
    ("\n$(A)\n", "\n1\n"),
    ("plain", "plain"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_references_are_replaced_as_the_kubelet_does(text: str, expected: str) -> None:
    assert expand(text, VALUES.get) == expected
    assert bool(references(text, VALUES)) is (expected != text)


@given(st.text("$()AB x", max_size=20))
def test_escaped_text_is_what_it_was(text: str) -> None:
    assert expand(escape(text), VALUES.get) == text
    assert bool(references(text, VALUES)) is (expand(text, VALUES.get) != text)


@given(st.lists(st.text("$()A x", max_size=5) | st.integers(), max_size=6))
def test_parts_that_are_no_text_stay_where_they_are(parts: list[str | int]) -> None:
    """A digit in the place of each gives the same, as no variable has one in its name."""
    found = expand_parts(parts, lambda name: {"A": "v"}.get(name))
    assert [p for p in found if isinstance(p, int)] == [p for p in parts if isinstance(p, int)]
    flat = "".join(p if isinstance(p, str) else "#" for p in parts)
    shown = "".join(p if isinstance(p, str) else "#" for p in found)
    assert shown == expand(flat, lambda name: {"A": "v"}.get(name))


def test_text_that_no_container_can_have_stays() -> None:
    parts: list[str | int] = ["\0$(A)", 1]
    assert expand_parts(parts, VALUES.get) == parts


def test_parentheses_that_nothing_closes_take_no_time() -> None:
    start = time.perf_counter()
    assert expand("$(" * 200_000, VALUES.get) == "$(" * 200_000
    assert references("$(" * 200_000, VALUES) == []
    assert time.perf_counter() - start < 2
