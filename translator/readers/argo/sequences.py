"""``withSequence``: the numbers of a range, as text (workflow/controller/steps.go)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.readers.argo.references import parse
from translator.readers.argo.workflow import Sequence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Json
    from translator.source import Cursor

#: The most items of a sequence: a pipeline on Vertex AI has at most 10,000 tasks.
MAX_ITEMS = 10_000
_FORMAT = r"[^%]{0,100}%0?\d{0,2}[dxX][^%]{0,100}"
#: Formats with the same result in a shell's ``printf``, inside a JSON string.
_OF_SHELL = r"[^%\\\"\x00-\x1f]{0,100}%0?[0-9]{0,2}d[^%\\\"\x00-\x1f]{0,100}"


def sequence(written: Mapping[str, str | None], place: Cursor) -> Json | Sequence:
    """The items of a sequence, or a ``Sequence`` if its fields have references."""
    kind = "count" if written["end"] is None else "end"
    bound = written[kind]
    if bound is None or (kind == "end" and written["count"] is not None):
        return _refused(place)
    start, form = written["start"] or "0", written["format"] or "%d"
    if not any("{{" in text for text in (start, bound, form)):
        return items(start, kind, bound, form, place)
    if "{{" in form or not re.fullmatch(_OF_SHELL, form):
        return _refused(place)
    return Sequence(parse(start), kind, parse(bound), form)


def items(first: str, kind: str, last: str, form: str, place: Cursor) -> Json:
    """The items of a sequence with constant fields."""
    from translator.quantities import integer

    start, bound = integer(first, bits=64), integer(last, bits=64)
    if start is None or bound is None or not re.fullmatch(_FORMAT, form, re.ASCII):
        return _refused(place)
    if kind == "count" and bound == 0:
        return []
    end = bound if kind == "end" else start + bound - 1
    if abs(end - start) >= MAX_ITEMS:
        return _refused(place)
    step = 1 if start <= end else -1
    return [form % number for number in range(start, end + step, step)]


def _refused(place: Cursor) -> Json:
    place.report(
        rules.NOT_TRANSLATED, what="a `withSequence` without whole numbers, or with too many"
    )
    return []
