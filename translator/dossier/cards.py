"""The tasks of a dossier: the place of each in the file, its translation and its findings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from translator.diagnostics import Severity
from translator.diagnostics.pointers import enclosing
from translator.diagnostics.redaction import told
from translator.reading import quotable_lines
from translator.records import NamedTuple
from translator.writers.pipeline_spec import pipeline_spec
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from translator.diagnostics import Diagnostic
    from translator.graph.drawing import Box, Drawing
    from translator.model import Pipeline

__all__ = ["Card", "Excerpt", "Fate", "cards", "excerpt"]

#: Lines of an excerpt or a translation that are shown, and characters of a line.
_LINES, _WIDTH = 300, 500


class Fate(Enum):
    """The result for a task; the value is its name on the page."""

    SAME = "same"
    REWRITTEN = "rewritten"
    DECISION = "decision needed"
    LOST = "lost"


class Excerpt(NamedTuple):
    """Lines of the file."""

    #: The number of the first line, from 1.
    first: int
    text: str


class Card(NamedTuple):
    """A task."""

    #: The id of its panel on the page.
    anchor: str
    title: str
    fate: Fate
    before: tuple[Excerpt, ...]
    #: Its translation, as YAML; empty if it has none.
    after: str
    findings: tuple[Diagnostic, ...]
    #: Keys of its boxes in the graphs before and after.
    before_keys: tuple[str, ...]
    after_keys: tuple[str, ...]


def cards(
    found: Sequence[Diagnostic],
    lines: Sequence[str],
    before: Drawing,
    after: Drawing,
    written: Pipeline | None,
    changed: Collection[str],
) -> Iterator[Card]:
    """A card for each task of the file, then one for each task that the conversion added.

    ``changed`` are the components that were rewritten. Without ``written``, nothing was translated.
    """
    spec = pipeline_spec(written) if written is not None else {}
    translated: dict[str, list[Box]] = {}
    for box in after.walk():
        translated.setdefault(_pointer(box), []).append(box)
    seen: dict[str, list[Box]] = {}
    for box in before.walk():
        seen.setdefault(_pointer(box) or box.key, []).append(box)
    by_place = _by_place(found, before)
    for number, (pointer, boxes) in enumerate(seen.items(), start=1):
        box = boxes[0]
        results = translated.pop(pointer, [])
        places = dict.fromkeys(origin.pointer for origin in box.origins)
        at = sorted(number for place in places for number in by_place.get(place, ()))
        own = sorted((found[number] for number in at), key=_severity)
        fate = _fate(own, results, translated=written is not None, spec=spec, changed=changed)
        yield Card(
            f"task-{number}",
            box.title,
            fate,
            tuple(_excerpts(box, lines)),
            _translation(results, spec),
            tuple(own),
            tuple(one.key for one in boxes),
            tuple(one.key for one in results),
        )
    if written is not None:
        yield from _added(translated, spec, len(seen))


def _added(
    translated: Mapping[str, list[Box]], spec: Mapping[str, Any], known: int
) -> Iterator[Card]:
    """Cards of tasks that are not in the file."""
    others = [box for boxes in translated.values() for box in boxes]
    for number, box in enumerate(others, start=known + 1):
        after = _translation([box], spec)
        yield Card(f"task-{number}", box.title, Fate.REWRITTEN, (), after, (), (), (box.key,))


def _pointer(box: Box) -> str:
    return box.origins[0].pointer if box.origins else ""


def _by_place(found: Sequence[Diagnostic], before: Drawing) -> dict[str, list[int]]:
    """JSON pointer of a task, its component or its executor → the numbers of its findings."""
    places = {origin.pointer for box in before.walk() for origin in box.origins}
    by_place: dict[str, list[int]] = {}
    for number, one in enumerate(found):
        if one.origin is not None:
            by_place.setdefault(enclosing(one.origin.pointer, places), []).append(number)
    return by_place


def _severity(finding: Diagnostic) -> int:
    """0 for errors, which are first."""
    return list(Severity).index(finding.severity)


def _fate(
    found: Sequence[Diagnostic],
    results: Sequence[Box],
    *,
    translated: bool,
    spec: Mapping[str, Any],
    changed: Collection[str],
) -> Fate:
    severities = {one.severity for one in found}
    if Severity.ERROR in severities or (translated and not results):
        return Fate.LOST
    if Severity.WARNING in severities:
        return Fate.DECISION
    components = {_task(box, spec).get("componentRef", {}).get("name") for box in results}
    return Fate.REWRITTEN if components & set(changed) else Fate.SAME


def _task(box: Box, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The task of a box in a pipeline spec; empty without one."""
    dag, name = box.task
    holder = spec.get("root", {}) if dag == "root" else spec.get("components", {}).get(dag, {})
    found: dict[str, Any] = holder.get("dag", {}).get("tasks", {}).get(name, {})
    return found


def _translation(results: Sequence[Box], spec: Mapping[str, Any]) -> str:
    """Task, interface and executor of the boxes, as YAML with stars for secrets."""
    parts = []
    for box in results:
        task = _task(box, spec)
        label = task.get("componentRef", {}).get("name", "")
        component = dict(spec.get("components", {}).get(label, {}))
        component.pop("dag", None)
        executors = spec.get("deploymentSpec", {}).get("executors", {})
        executor = executors.get(component.get("executorLabel", ""))
        shown = {"task": task, "component": component, "executor": executor}
        known = {name: part for name, part in shown.items() if part}
        if known:
            parts.append(yaml_text(known))
    return _cut(quotable_lines("".join(parts)))


def _excerpts(box: Box, lines: Sequence[str]) -> Iterator[Excerpt]:
    for origin in dict.fromkeys(box.origins):
        if origin.line and (text := excerpt(lines, origin.line, origin.column)):
            yield Excerpt(origin.line, text)


def excerpt(lines: Sequence[str], line: int, column: int) -> str:
    """The lines of a value of block YAML, or of indented JSON, from its place to its end.

    ``line`` and ``column`` count from 1 and are the place of its key, or of its first key for an
    entry of a list. Later lines belong to it while they are indented more; those of an entry of a
    list as much.
    """
    first = lines[line - 1] if line <= len(lines) else ""
    is_entry = first[: column - 1].strip() == "-"
    found = [first]
    for text in lines[line : line + _LINES]:
        indent = len(text) - len(text.lstrip(" "))
        rest = text.strip()
        inside = indent >= column or (indent == column - 1 and (is_entry or rest[:1] in "-]}"))
        if rest and not inside:
            break
        found.append(text)
    while found and not found[-1].strip():
        found.pop()
    return _cut(found)


def _cut(lines: Sequence[str]) -> str:
    shown = [told(text)[:_WIDTH] for text in lines[:_LINES]]
    more = [f"… {len(lines) - _LINES:,} more lines"] if len(lines) > _LINES else []
    return "\n".join([*shown, *more])
