"""How many values of a file are kept, rewritten, reported or without effect, for a target.

A leaf is a scalar of the file, or an empty mapping or list; messages call it a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.source.nodes import Fate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from translator.reading import Reading
    from translator.targets.base import Target

__all__ = ["FATES", "at_target", "balance", "counted", "left_out", "line"]

#: In the order of messages; a Kubernetes setting has one of these fates at a target.
_ORDER = (Fate.CARRIED, Fate.REWRITTEN, Fate.REPORTED, Fate.INERT)
FATES = tuple(fate.value for fate in _ORDER)
#: How messages call the fates.
_SHOWN = {"carried": "kept", "inert": "without effect"}


def counted(given: Reading, to: Target) -> tuple[dict[str, int], list[str]]:
    """Fate → number of leaves of a file for a target, and the settings that decisions leave out.

    ``given`` is the reading with the decisions for the target.
    """
    lost = left_out(given.settings, to, given.decided.left_out if given.decided else ())
    return balance(given.leaves, to, len(lost)), lost


def balance(leaves: Mapping[Fate, int], to: Target, lost: int = 0) -> dict[str, int]:
    """Fate → number of leaves for a target. The numbers add up to all leaves of the file.

    ``lost`` is the number of Kubernetes settings that a target leaves out which writes others.
    """
    counts = dict.fromkeys(_ORDER, 0)
    for fate, count in leaves.items():
        counts[at_target(fate, to)] += count
    counts[Fate.CARRIED] -= lost
    counts[Fate.REPORTED] += lost
    return {fate.value: count for fate, count in counts.items()}


def left_out(settings: Iterable[str], to: Target, places: Collection[str]) -> list[str]:
    """The Kubernetes settings at or below the places that a target leaves out which writes others.

    All are JSON pointers.
    """
    if not to.takes_settings or not places:
        return []
    return [one for one in settings if any(one == at or one.startswith(f"{at}/") for at in places)]


def at_target(fate: Fate, to: Target) -> Fate:
    """The fate of a leaf at a target.

    A target that runs the file unchanged keeps every leaf. Kubernetes settings are written, or the
    checks of the target report each.
    """
    if not to.needs_lowering:
        return Fate.CARRIED
    if fate is Fate.SETTING:
        return Fate.CARRIED if to.takes_settings else Fate.REPORTED
    return fate


def line(balance: Mapping[str, int]) -> str:
    """A balance as a line of text.

    >>> line({"carried": 371, "rewritten": 29, "reported": 12, "inert": 0})
    '412 values: 371 kept, 29 rewritten, 12 reported'
    """
    counts = ", ".join(
        f"{count:,} {_SHOWN.get(fate, fate)}" for fate, count in balance.items() if count
    )
    total = sum(balance.values())
    return f"{total:,} {'value' if total == 1 else 'values'}: {counts or 'none'}"
