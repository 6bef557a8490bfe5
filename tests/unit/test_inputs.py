"""Inputs of a pipeline as flags of a script."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.writers.inputs import flags_of, shown

OWN = frozenset({"host", "help", "param-host", "location"})


def test_flags_are_what_one_would_type() -> None:
    assert flags_of(["learning_rate", "host", "Max Depth", "x.y"], OWN) == {
        "learning_rate": ("--learning-rate", "--learning_rate"),
        "host": ("--param-host-1",),
        "Max Depth": ("--Max-Depth",),
        "x.y": ("--x-y",),
    }


def test_the_exact_name_has_its_flag() -> None:
    assert flags_of(["a_b", "a-b", "a.b", "c.d", "c_d", "location", "e-"], OWN) == {
        "a_b": ("--a_b",),
        "a-b": ("--a-b",),
        "a.b": ("--param-a-b",),
        "c.d": ("--c-d",),
        "c_d": ("--c_d",),
        "location": ("--param-location",),
        "e-": ("--e", "--e-"),
    }


@pytest.mark.parametrize(
    "names",
    [
        [chr(0x4E00 + n) for n in range(16_000)],
        [f"a{chr(0x4E00 + n)}b" for n in range(16_000)],
        [f"param-{n}" for n in range(16_000)] + [chr(0x4E00 + n) for n in range(16_000)],
    ],
)
def test_many_names_that_collide_take_no_time(names: list[str]) -> None:
    start = time.perf_counter()
    assert len(set(flags_of(names, OWN).values())) == len(names)
    assert time.perf_counter() - start < 5  # it was minutes; it is 0.1 s


@given(st.lists(st.text(max_size=12) | st.sampled_from(sorted(OWN)), unique=True))
@example(["a_b", "a-b", "a.b", "param-a-b", "param-a-b-1", "", "é", "_", "A_b", "a b"])
def test_flags_are_different_and_none_of_the_script_s(names: list[str]) -> None:
    flags = flags_of(names, OWN)
    assert list(flags) == names
    every = [flag for several in flags.values() for flag in several]
    assert len(set(every)) == len(every)
    assert all(re.fullmatch(r"--[A-Za-z0-9][A-Za-z0-9_-]*", flag) for flag in every)
    assert not {flag.removeprefix("--") for flag in every} & OWN


def test_shown_text_prints_on_one_line() -> None:
    assert shown("a\nb\u202e\x1b[31m  c") == "a b[31m c"
    assert shown("x" * 300) == "x" * 128
