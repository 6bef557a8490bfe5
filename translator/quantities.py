"""Numbers in text: Kubernetes quantities of CPU and memory, integers and durations with limits.

``500m`` and ``4Gi`` are Kubernetes' spelling (resource.Quantity); the older fields of the pipeline
spec have cores and gigabytes of 10⁹ bytes.
"""

from __future__ import annotations

import math
import re

__all__ = ["MAX_SECONDS", "cores", "gigabytes", "integer", "number_text"]

#: The longest duration of protobuf, in seconds: about 10,000 years.
MAX_SECONDS = 315_576_000_000
# Expressions are compiled where they are needed: most files have no amounts.
_INTEGER = r"[+-]?[0-9]{1,100}"
_AMOUNT = r"(\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(n|u|m|k|[KMGTPE]i?)?"
_BYTES = {
    "": 1,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "k": 10**3,
    "K": 10**3,
    "Ki": 2**10,
    "M": 10**6,
    "Mi": 2**20,
    "G": 10**9,
    "Gi": 2**30,
    "T": 10**12,
    "Ti": 2**40,
    "P": 10**15,
    "Pi": 2**50,
    "E": 10**18,
    "Ei": 2**60,
}


def cores(text: str) -> float | None:
    """CPU cores, ``500m`` → 0.5; None for an invalid amount."""
    match = re.fullmatch(_AMOUNT, text.strip())
    if match is None or match[2] not in (None, "n", "u", "m"):
        return None
    # Divided as in kfp, so that the same text gives the same bits.
    return _finite(float(match[1]) / {"n": 10**9, "u": 10**6, "m": 1000}.get(match[2], 1))


def gigabytes(text: str) -> float | None:
    """Gigabytes of 10⁹ bytes, ``4Gi`` → 4.294967296; None for an invalid amount."""
    match = re.fullmatch(_AMOUNT, text.strip())
    if match is None:
        return None
    number, suffix = float(match[1]), match[2] or ""
    # In kfp's order too: 1G and 4Gi are exact.
    return _finite(number if suffix == "G" else number * _BYTES[suffix] / 10**9)


def integer(text: str, *, bits: int = 32) -> int | None:
    """The integer with so many bits, as parsed by Argo and protobuf; None for other texts.

    Python's ``int`` also accepts ``1_0`` and digits of other scripts, and raises an exception for
    more than 4,300 of them.
    """
    number = int(text) if re.fullmatch(_INTEGER, text) else None
    limit = 1 << (bits - 1)
    return number if number is not None and -limit <= number < limit else None


def number_text(number: float, unit: str = "") -> str:
    """The number in Kubernetes notation: ``8.0`` → ``8``, 34.36 and ``G`` → ``34.36G``."""
    return f"{int(number)}{unit}" if number == int(number) else f"{number!r}{unit}"


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
