"""What became of the leaves of a file, added up for a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.source.nodes import Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.targets.base import Target

__all__ = ["FATES", "at_target", "balance", "line"]

#: In the order in which they are told; settings of Kubernetes are one of the others at a target.
_TOLD = (Fate.CARRIED, Fate.REWRITTEN, Fate.REPORTED, Fate.INERT)
FATES = tuple(fate.value for fate in _TOLD)


def balance(leaves: Mapping[Fate, int], to: Target) -> dict[str, int]:
    """Fate → number of leaves on the way to a target. They add up to the leaves of the file."""
    counts = dict.fromkeys(_TOLD, 0)
    for fate, count in leaves.items():
        counts[at_target(fate, to)] += count
    return {fate.value: count for fate, count in counts.items()}


def at_target(fate: Fate, to: Target) -> Fate:
    """What becomes of a leaf at a target.

    One that runs the file takes all of it. Settings of Kubernetes are written, or the checks of the
    target report each.
    """
    if not to.needs_lowering:
        return Fate.CARRIED
    if fate is Fate.SETTING:
        return Fate.CARRIED if to.takes_settings else Fate.REPORTED
    return fate


def line(balance: Mapping[str, int]) -> str:
    """A balance in words.

    >>> line({"carried": 371, "rewritten": 29, "reported": 12, "inert": 0})
    '412 leaves: 371 carried, 29 rewritten, 12 reported'
    """
    counts = ", ".join(f"{count:,} {fate}" for fate, count in balance.items() if count)
    total = sum(balance.values())
    return f"{total:,} {'leaf' if total == 1 else 'leaves'}: {counts or 'none'}"
