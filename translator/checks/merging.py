"""One finding for the same thing in many places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Diagnostic

#: Places that a message lists; the rest it counts.
LISTED = 8


def merged(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings, those of one rule with the same facts told once, at the first place.

    Rules of such findings end with ``{also}``, which lists the other lines.
    """
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for finding in findings:
        key = (finding.rule.code, repr(sorted(finding.facts.items())))
        groups.setdefault(key, []).append(finding)
    for first, *others in groups.values():
        lines = sorted({found.origin.line for found in others if found.origin})
        own = first.origin.line if first.origin else 0
        places = _listed([line for line in lines if line not in (0, own)])
        yield first.rule.at(first.origin or Origin(""), **first.facts, also=places)


def _listed(lines: list[int]) -> str:
    if not lines:
        return ""
    rest = len(lines) - LISTED
    shown = ", ".join(map(str, lines[:LISTED])) + (f" and {rest} more" if rest > 0 else "")
    return f" (also in line{'s' * (len(lines) > 1)} {shown})"
