"""Amounts of CPU and memory mean what they mean to Kubernetes and to kfp."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.quantities import cores, gigabytes, integer, number_text

NUMBERS = st.one_of(
    st.integers(0, 10**6).map(str), st.decimals(0, 10**4, places=3).map(lambda one: f"{one:f}")
)
MEMORY_SUFFIXES = ["", "K", "Ki", "M", "Mi", "G", "Gi", "T", "Ti", "P", "Pi", "E", "Ei"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("500m", 0.5), ("2", 2.0), ("0.1", 0.1), (" 1 ", 1.0), ("1e1", 10.0), (".5", 0.5)],
        *[("2.", 2.0), ("+1", 1.0), ("250000u", 0.25), ("100000000n", 0.1)],
    ],
)
def test_cores(text: str, number: float) -> None:
    assert cores(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("4Gi", 4.294967296), ("1G", 1.0), ("16G", 16.0), ("500M", 0.5), ("1000k", 0.001)],
        *[("1Ti", 1099.511627776), ("2000000000", 2.0), ("1e9", 1.0), ("1E3", 1e-6), ("1E", 1e9)],
        *[("0.5Gi", 0.536870912), ("128000000000m", 0.128)],
    ],
)
def test_gigabytes(text: str, number: float) -> None:
    assert gigabytes(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "m", "Gi", "1 Gi", "1gi", "1GB", "-1", "1.2.3", "1e", "1e999", "nan", "inf", "١", "1_0"],
)
def test_what_is_no_amount(text: str) -> None:
    assert cores(text) is None
    assert gigabytes(text) is None


def test_memory_is_no_amount_of_cpu() -> None:
    assert cores("4Gi") is None


def test_a_long_text_takes_no_long_time() -> None:
    start = time.perf_counter()
    assert gigabytes("1" * 200_000 + "x") is None
    assert time.perf_counter() - start < 1


@given(NUMBERS, st.sampled_from(MEMORY_SUFFIXES))
def test_kfp_gives_the_same_bits(number: str, suffix: str) -> None:
    utils = pytest.importorskip("kfp.compiler.compiler_utils")
    assert gigabytes(number + suffix) == utils._memory_to_float(number + suffix)
    assert cores(number) == utils._cpu_to_float(number)
    assert cores(f"{number}m") == utils._cpu_to_float(f"{number}m")


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [(8.0, "", "8"), (0.5, "", "0.5"), (34.36, "G", "34.36G"), (16.0, "G", "16G"), (0.0, "", "0")],
)
def test_number_text(number: float, unit: str, text: str) -> None:
    assert number_text(number, unit) == text


@given(st.floats(0, 1e15))
def test_number_text_reads_back_the_same(number: float) -> None:
    assert cores(number_text(number)) == number
    assert gigabytes(number_text(number, "G")) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("0", 0), ("-3", -3), ("+7", 7), ("007", 7), ("2147483647", 2**31 - 1)],
        *[("2147483648", None), ("", None), ("1.0", None), ("1_0", None), (" 1", None)],
        *[("²", None), ("٣", None), ("1" * 4301, None), ("1\n", None)],
    ],
)
def test_integers_are_those_of_32_bits(text: str, number: int | None) -> None:
    assert integer(text) == number


def test_integers_of_64_bits() -> None:
    assert integer("9223372036854775807", bits=64) == 2**63 - 1
    assert integer("9223372036854775808", bits=64) is None
