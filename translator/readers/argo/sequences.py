"""``withSequence``: the numbers that Argo counts, as text (workflow/controller/steps.go)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.quantities import integer
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Json
    from translator.source import Cursor

#: Items of a sequence: a pipeline on Vertex AI has at most 10,000 tasks.
MAX_ITEMS = 10_000
_FORMAT = r"[^%]{0,100}%0?\d{0,2}[dxX][^%]{0,100}"
#: Formats that a shell's ``printf`` reads in the same way, inside a JSON string.
_OF_SHELL = r"[^%\\\"\x00-\x1f]{0,100}%0?[0-9]{0,2}d[^%\\\"\x00-\x1f]{0,100}"


class Sequence(NamedTuple):
    """A sequence whose bounds are known only at run time, as texts with references."""

    start: str
    #: ``end`` or ``count``, and what it is.
    kind: str
    bound: str
    format: str


def sequence(written: Mapping[str, str | None], place: Cursor) -> Json | Sequence:
    """The items of a sequence if its fields hold no references, or what they depend on."""
    kind = "count" if written["end"] is None else "end"
    bound = written[kind]
    if bound is None or (kind == "end" and written["count"] is not None):
        return _refused(place)
    found = Sequence(written["start"] or "0", kind, bound, written["format"] or "%d")
    if not any("{{" in text for text in found):
        return items(found, place)
    if "{{" in found.format or not re.fullmatch(_OF_SHELL, found.format):
        return _refused(place)
    return found


def items(known: Sequence, place: Cursor) -> Json:
    """The items of a sequence of which everything is known."""
    start, bound = integer(known.start, bits=64), integer(known.bound, bits=64)
    if start is None or bound is None or not re.fullmatch(_FORMAT, known.format, re.ASCII):
        return _refused(place)
    if known.kind == "count" and bound == 0:
        return []
    end = bound if known.kind == "end" else start + bound - 1
    if abs(end - start) >= MAX_ITEMS:
        return _refused(place)
    step = 1 if start <= end else -1
    return [known.format % number for number in range(start, end + step, step)]


def _refused(place: Cursor) -> Json:
    place.report(
        rules.NOT_TRANSLATED, what="a `withSequence` without whole numbers, or with too many"
    )
    return []
