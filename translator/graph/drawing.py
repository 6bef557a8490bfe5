"""What a graph of a pipeline shows: boxes in boxes, and arrows between the boxes of a DAG.

Made from the outline of a file, so that every task of the file is in it, also one that cannot be
translated. A task that runs a DAG is a box around the tasks of that DAG.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING

from translator.diagnostics.redaction import kept_back, told
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Origin
    from translator.outline import Outline, Step

__all__ = ["Arrow", "Box", "Drawing", "Kind", "drawing", "line"]

#: Characters of a line in a box.
_WIDTH = 44
#: Names of groups that kfp's compilers make; their condition or loop tells more.
_GENERATED = r"(?:condition|condition-branches|for-loop|exit-handler)(?:-[\w-]*)?-\d+"
#: Levels of nested DAGs that are drawn.
_DEPTH = 30


class Kind(Enum):
    """What a box is."""

    TASK = "task"
    CONDITION = "condition"
    LOOP = "loop"
    EXIT_HANDLER = "exit handler"
    #: A DAG without a condition or a loop: a nested pipeline, a group of tasks.
    DAG = "DAG"


class Arrow(NamedTuple):
    """An order between two boxes of the same DAG."""

    #: Keys of the boxes.
    source: str
    target: str
    #: Outputs of the source that the target takes; empty for an order without data.
    outputs: tuple[str, ...] = ()


class Box(NamedTuple):
    """A task, with the tasks of the DAG that it runs."""

    #: ``n1``, ``n2`` …: its number in the drawing, in order of flow.
    key: str
    kind: Kind
    #: The name as the author wrote it.
    title: str
    #: Its condition, its loop items, its image: a line for each.
    lines: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    #: Arrows between ``boxes``.
    arrows: tuple[Arrow, ...] = ()
    #: The name of the DAG that the task is in, and its own.
    task: tuple[str, str] = ("", "")
    #: The places of the task, its component and its executor.
    origins: tuple[Origin, ...] = ()
    #: Whether the task also runs after another one failed.
    always: bool = False

    def walk(self) -> Iterator[Box]:
        """The box and all boxes in it."""
        yield self
        for box in self.boxes:
            yield from box.walk()


class Drawing(NamedTuple):
    """A whole graph."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...] = ()

    def walk(self) -> Iterator[Box]:
        """All boxes, in order of flow, each before the boxes in it."""
        for box in self.boxes:
            yield from box.walk()

    def all_arrows(self) -> Iterator[Arrow]:
        """The arrows of all DAGs."""
        yield from self.arrows
        for box in self.walk():
            yield from box.arrows


def drawing(outline: Outline, title: str) -> Drawing:
    """The graph of an outline: secrets are hidden and control characters escaped in its texts."""
    made = _Drawing(outline)
    boxes, arrows = made.dag(outline.root, (outline.root,))
    return Drawing(told(title), boxes, arrows)


class _Drawing:
    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._keys = map("n{}".format, count(1))

    def dag(self, name: str, around: tuple[str, ...]) -> tuple[tuple[Box, ...], tuple[Arrow, ...]]:
        """The boxes and arrows of a DAG in those of ``around``."""
        steps = self._outline.dags.get(name, ())
        boxes = tuple(self._box(name, step, around) for step in steps)
        keys = {step.name: box.key for step, box in zip(steps, boxes, strict=True)}
        arrows = (
            Arrow(keys[other], keys[step.name], tuple(map(told, step.takes.get(other, ()))))
            for step in steps
            for other in _shown_upstream(step, steps)
            if other in keys
        )
        return boxes, tuple(dict.fromkeys(arrows))

    def _box(self, dag: str, step: Step, around: tuple[str, ...]) -> Box:
        key = next(self._keys)
        nested = step.component in self._outline.dags
        lines = list(_lines(step))
        boxes: tuple[Box, ...] = ()
        arrows: tuple[Arrow, ...] = ()
        if nested and (step.component in around or len(around) > _DEPTH):
            lines.append(f"runs {line(step.component)} again")
        elif nested:
            boxes, arrows = self.dag(step.component, (*around, step.component))
        title, *lines = _titled(step, lines)
        return Box(
            key,
            _kind(step, nested=nested),
            title,
            tuple(lines),
            boxes,
            arrows,
            task=(dag, step.name),
            origins=step.origins,
            always=step.always,
        )


def _shown_upstream(step: Step, steps: tuple[Step, ...]) -> Iterator[str]:
    """The tasks with an arrow to this one.

    An exit handler waits for all tasks; only the last ones, which no other task of them waits for,
    have an arrow.
    """
    upstream = dict.fromkeys((*step.after, *step.takes))
    if step.always:
        waited = {other for one in steps if one is not step for other in one.after}
        upstream = {one: None for one in upstream if one not in waited} or upstream
    yield from upstream


def _titled(step: Step, lines: list[str]) -> list[str]:
    """The title and the other lines."""
    name = step.display_name or step.name
    if lines and (step.condition or step.loop) and re.fullmatch(_GENERATED, name):
        return lines
    return [line(name) or line(step.name), *lines]


def _kind(step: Step, *, nested: bool) -> Kind:
    if step.loop:
        return Kind.LOOP
    if step.condition:
        return Kind.CONDITION
    if nested:
        return Kind.DAG
    return Kind.EXIT_HANDLER if step.always else Kind.TASK


def _lines(step: Step) -> Iterator[str]:
    if step.when:
        yield line(step.when)
    if step.loop:
        yield line(f"for each of {_items(step.loop)}")
    if step.always:
        yield "even after a failure"
    if step.image or step.work:
        yield _image(step.image) if step.image else line(step.work)


def _image(image: str) -> str:
    """The image, without the start of its path if that is too long: the end tells more."""
    shown = " ".join(told(image).split())
    while len(shown) > _WIDTH and "/" in shown:
        shown = shown.partition("/")[2]
    return line(shown)


def _items(loop: str) -> str:
    try:
        items = json.loads(loop)
    except (ValueError, RecursionError):
        return loop
    return json.dumps(kept_back("", items), ensure_ascii=False)


def line(text: str) -> str:
    shown = " ".join(told(text).split())
    return shown if len(shown) <= _WIDTH else shown[: _WIDTH - 1] + "…"
