"""A comparison as text for a terminal, as Markdown for a pull request, and as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from translator.comparison.tolerances import TOLERANCES
from translator.diagnostics.redaction import kept_back, masked, masked_line, printable, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from translator.comparison.differences import Comparison, Difference, Side
    from translator.diagnostics import Origin

__all__ = ["as_json", "as_markdown", "as_text", "verdict"]

#: Lines of one difference that are shown, and the columns of a line.
_LINES, _WIDTH = 24, 160
#: Characters of a page, of the graphs in it, and of the name of a file in its first line. GitHub
#: refuses comments of more than 65,536 ("Body is too long").
_MARKDOWN, _GRAPHS, _NAME = 60_000, 30_000, 500
_COLOURS = {"-": "\x1b[31m", "+": "\x1b[32m", "bold": "\x1b[1m"}
_RESET = "\x1b[0m"


def verdict(comparison: Comparison) -> str:
    """``the pipelines are the same``, or the number of differences."""
    number = len(comparison.differences)
    if not number:
        return "the pipelines are the same"
    return f"{number:,} difference{'s' * (number != 1)}"


def as_text(comparison: Comparison, *, notes: bool = False, colour: bool = False) -> str:
    """A paragraph for each difference; with ``notes`` also what is written differently."""
    lines: list[str] = []
    for one in comparison.differences:
        lines += _paragraph(one, colour=colour)
    for one in comparison.notes if notes else ():
        lines += _paragraph(one, colour=colour)
        lines.append(f"  note: {TOLERANCES[one.tolerance]}")
    return "".join(f"{line}\n" for line in lines)


def _paragraph(one: Difference, *, colour: bool) -> Iterator[str]:
    title = told(f"{one.place}: {one.what}" if one.what != "task" else f"{one.place} {one.kind}")
    places = [f"{mark} {_place(side)}" for mark, side in _sides(one) if _place(side)]
    heading = f"{_COLOURS['bold']}{title}{_RESET}" if colour else title
    yield heading + (f"  ({', '.join(places)})" if places else "")
    for line in () if one.what == "task" else _lines(one):
        mark = line[:1]
        yield f"  {_COLOURS[mark]}{line}{_RESET}" if colour and mark in _COLOURS else f"  {line}"


def _sides(one: Difference) -> Iterator[tuple[str, Side]]:
    for mark, side in (("-", one.left), ("+", one.right)):
        if side is not None:
            yield mark, side


def _place(side: Side) -> str:
    origin = side.origin
    return told(f"{origin.file}:{origin.line}") if origin and origin.line else ""


def _lines(one: Difference) -> list[str]:
    """``- before`` and ``+ after``, of long values only the lines around what differs."""
    before, after = (_values(one, side) for side in (one.left, one.right))
    if len(before) > 1 or len(after) > 1:
        from difflib import unified_diff

        found = [
            f"{line[:1]} {line[1:]}"
            for line in unified_diff(before, after, n=1, lineterm="")
            if not line.startswith(("---", "+++", "@@"))
        ]
    else:
        if len(before) == len(after) == 1:
            before[0], after[0] = _cut(before[0], after[0])
        found = [f"- {line}" for line in before] + [f"+ {line}" for line in after]
    shown = [line if len(line) <= 2 * _WIDTH else f"{line[: 2 * _WIDTH]}…" for line in found]
    if len(shown) > _LINES:
        shown[_LINES:] = [f"  … {len(shown) - _LINES:,} more lines"]
    return shown


def _values(one: Difference, side: Side | None) -> list[str]:
    if side is None:
        return []
    name = re.split(r"[: ]+", one.what)[-1]
    return [printable(masked_line(line)) for line in _value_lines(kept_back(name, side.value))]


def _value_lines(value: Any) -> list[str]:
    """A text in its lines; of a list each entry, of a mapping each key, on a line of its own."""
    if isinstance(value, str):
        return value.split("\n") if value else ['""']
    if isinstance(value, list) and value:
        return [line for entry in value for line in _value_lines(entry)]
    import json

    if isinstance(value, dict) and value:
        return json.dumps(value, indent=1, ensure_ascii=False).split("\n")
    return [json.dumps(value, ensure_ascii=False)]


def _cut(before: str, after: str) -> tuple[str, str]:
    """Two long lines without most of what they begin and end with alike."""
    if max(len(before), len(after)) <= _WIDTH:
        return before, after
    start = max(_alike(before, after) - 40, 0)
    left = min(len(before), len(after)) - start
    end = max(min(_alike(before[::-1], after[::-1]), left) - 40, 0)

    def cut(line: str) -> str:
        return "…" * (start > 0) + line[start : len(line) - end] + "…" * (end > 0)

    return cut(before), cut(after)


def _alike(one: str, other: str) -> int:
    """The number of characters that two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


# Markdown


def as_markdown(
    comparison: Comparison,
    names: Sequence[str],
    *,
    notes: bool = False,
    graphs: Sequence[str] | None = None,
) -> str:
    """A comment for a pull request; ``names`` are those of the two files.

    Its first line is hidden, and the same for each comparison of the second file: a CI job finds
    its earlier comment by it. ``graphs`` are the Mermaid flowcharts of both pipelines, or none if
    Mermaid refuses them for their size; the comment also says if they are too long for it.
    """
    first, second = map(_code, names)
    page = f"{_marker(names[1])}\n**{verdict(comparison).capitalize()}**: {first} → {second}\n"
    if graphs is not None:
        page += _graphs(graphs)
    shown = [*comparison.differences, *(comparison.notes if notes else ())]
    for number, one in enumerate(shown):
        entry = _entry(one)
        if len(page) + len(entry) > _MARKDOWN:
            return f"{page}\n… and {len(shown) - number:,} more\n"
        page += entry
    left = len(comparison.notes)
    if left and not notes:
        page += f"\n{left:,} note{'s' * (left != 1)}: written differently, runs the same way.\n"
    return page


def _marker(name: str) -> str:
    """A line that Markdown does not show; in it the name cannot end the HTML comment."""
    from urllib.parse import quote

    return f"<!-- translator diff: {quote(masked(name), safe='/', errors='replace')[:_NAME]} -->"


def _graphs(graphs: Sequence[str]) -> str:
    if not graphs or sum(map(len, graphs)) > _GRAPHS:
        return (
            "\nThe pipelines are too large for graphs in a comment; `translator graph PIPELINE "
            "--format svg` draws one.\n"
        )
    named = zip(("Before", "After"), graphs, strict=True)
    return "".join(f"\n{title}:\n\n```mermaid\n{graph}```\n" for title, graph in named)


def _entry(one: Difference) -> str:
    side = one.left or one.right
    tasks = [_code(name) for name in side.tasks] if side else []
    place = f"task{'s' * (len(tasks) > 1)} {', '.join(tasks)}" if tasks else "pipeline"
    said = one.kind if one.what == "task" else f"{_code(one.what)} {one.kind}"
    places = [f"{mark} {_code(_place(side))}" for mark, side in _sides(one) if _place(side)]
    entry = f"\n- {place}: {said}" + (f" ({', '.join(places)})" if places else "") + "\n"
    if one.tolerance:
        entry += f"  (note: {TOLERANCES[one.tolerance]})\n"
    if one.what == "task":
        return entry
    lines = _lines(one)
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return entry + "".join(f"  {line}\n" for line in ("", f"{fence}diff", *lines, fence))


def _code(text: str) -> str:
    """A code span, in which Markdown and HTML have no meaning."""
    shown = told(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    blank = " " * (longest > 0)
    return f"{fence}{blank}{shown}{blank}{fence}"


# JSON


def as_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON values; ``docs/diff.md`` describes the fields."""
    return {
        "same": comparison.same,
        "differences": [_difference(one) for one in comparison.differences],
        "notes": [_difference(one) for one in comparison.notes],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "what": masked(one.what),
        "tolerance": one.tolerance or None,
        "before": _side(one, one.left),
        "after": _side(one, one.right),
    }


def _side(one: Difference, side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    name = re.split(r"[: ]+", one.what)[-1]
    return {
        "tasks": [masked(task) for task in side.tasks],
        "value": kept_back(name, side.value),
        **_origin(side.origin),
    }


def _origin(origin: Origin | None) -> dict[str, Any]:
    return {
        "file": origin.file if origin else None,
        "line": (origin.line or None) if origin else None,
        "pointer": masked(origin.pointer) if origin else "",
    }
