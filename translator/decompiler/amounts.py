"""Amounts of CPU and memory in the forms that kfp's methods accept.

The forms are those of ``_validate_cpu_request_limit`` and ``_validate_memory_request_limit`` in
kfp/dsl/pipeline_task.py: CPU has no exponent and no suffix but ``m``; memory has no fraction.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from translator.quantities import number_text

__all__ = ["cpu_text", "memory_text"]

_CPU = re.compile(r"[0-9]*\.?[0-9]+m?")
_MEMORY = re.compile(r"[0-9]+(?:[EPTGMK]i?)?")
_QUANTITY = re.compile(
    r"\+?(?P<digits>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]{1,3}))?"
    r"(?P<suffix>[numk]|[KMGTPE]i?)?"
)
#: Suffix → factor: powers of two, then of ten.
_FACTORS = {
    **{f"{letter}i": 2 ** (10 * power) for power, letter in enumerate("KMGTPE", 1)},
    **{letter: 10 ** (3 * power) for power, letter in enumerate("KMGTPE", 1) if power > 1},
}
#: The others; kfp reads ``K`` as Kubernetes reads ``k``.
_OTHERS = {
    "": Fraction(1),
    "k": Fraction(1000),
    "K": Fraction(1000),
    "m": Fraction(1, 10**3),
    "u": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
}
_GIGABYTE = 10**9


def cpu_text(text: str | None, number: float | None) -> str | None:
    """Cores as ``set_cpu_limit`` takes them: the text itself, or the same amount.

    ``number`` is used without a text: cores, as older files have them. None if there is no form.

    >>> cpu_text("500m", None), cpu_text("1e3", None), cpu_text(None, 0.5), cpu_text("2Q", None)
    ('500m', '1000', '0.5', None)
    """
    given = number_text(number) if text is None and number is not None else text or ""
    if _CPU.fullmatch(given):
        return given
    amount = _amount(given)
    return None if amount is None else _decimal(amount)


def memory_text(text: str | None, number: float | None) -> str | None:
    """Bytes as ``set_memory_limit`` takes them: the text itself, or the same amount.

    ``number`` is used without a text: gigabytes of 10⁹ bytes, as older files have them. Fractions
    of a byte are rounded up, as Kubernetes does. None if there is no form.

    >>> memory_text("4Gi", None), memory_text("1.5Gi", None), memory_text(None, 34.359738368)
    ('4Gi', '1536Mi', '32Gi')
    >>> memory_text("512k", None), memory_text(None, 16.0), memory_text("lots", None)
    ('500Ki', '16G', None)
    """
    if text is not None:
        if _MEMORY.fullmatch(text):
            return text
        amount = _amount(text)
    elif number is not None:
        # As many bytes as the number has digits for: 34.36 is 34360000000 bytes.
        amount = Fraction(repr(number)) * _GIGABYTE
    else:
        return None
    return None if amount is None else _with_suffix(math.ceil(amount))


def _with_suffix(size: int) -> str:
    """The shortest form of a number of bytes."""
    forms = [f"{size // factor}{one}" for one, factor in _FACTORS.items() if size % factor == 0]
    return min([*forms, str(size)], key=len) if size else "0"


def _amount(text: str) -> Fraction | None:
    """The value of a quantity of Kubernetes."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        return None
    suffix = match["suffix"] or ""
    factor = Fraction((_FACTORS | _OTHERS)[suffix])
    digits = match["digits"].rstrip(".")
    return (
        Fraction(digits if digits[0] != "." else f"0{digits}")
        * factor
        * (Fraction(10) ** int(match["exponent"] or 0))
    )


def _decimal(amount: Fraction) -> str | None:
    """The amount without an exponent, which ends: its denominators are powers of ten."""
    whole, rest = divmod(amount.numerator, amount.denominator)
    digits = ""
    while rest and len(digits) <= 330:
        digit, rest = divmod(rest * 10, amount.denominator)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)
