"""The facts of the values of a file that are not in the model, which findings report.

Each belongs to the tasks that say or run what has it: its place begins with that of the task, its
component or its executor.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.comparison.facts import Fact
from translator.model import ExecutorRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.comparison.facts import Facts
    from translator.comparison.instances import Instance
    from translator.diagnostics import Origin
    from translator.model import Executor
    from translator.source.left_out import LeftOut

__all__ = ["LEFT_OUT", "add_left_out", "has_left_out"]

#: The first word of the places of these facts.
LEFT_OUT = "left out"
#: The place of an executor in a pipeline spec, above that of its container.
_EXECUTOR = re.compile(r"(?:/pipelineSpec)?/deploymentSpec/executors/[^/]+")
#: The key in which a PipelineJob has the pipeline spec.
_SPEC = "pipelineSpec"


def add_left_out(
    given: Iterable[LeftOut],
    tasks: Mapping[Instance, Facts],
    whole: Facts,
    executors: Mapping[str, Executor],
) -> None:
    """Adds them to the facts of the tasks, or to those of the whole pipeline."""
    places: dict[str, list[Instance]] = {}
    for one in tasks:
        for place in {*_places(one, executors)}:
            places.setdefault(place, []).append(one)
    for value in given:
        pointer, depth = value.origin.pointer, len(value.path)
        while pointer and pointer not in places:
            pointer, depth = pointer.rpartition("/")[0], depth - 1
        for one in places.get(pointer, ()):
            _add(tasks[one], value.path[depth:], value)
        if not pointer:
            is_job = value.path[:1] == (_SPEC,)
            _add(whole, value.path[1:] if is_job else value.path, value)


def has_left_out(facts: Facts) -> bool:
    """Whether values of a task are not in the model."""
    return any(what[0] == LEFT_OUT for what in facts)


def _add(facts: Facts, path: tuple[str, ...], value: LeftOut) -> None:
    """Adds a fact; entries of a list may have the same name."""
    what, number = (LEFT_OUT, *path), 1
    while what in facts:
        number += 1
        what = (LEFT_OUT, *path[:-1], f"{path[-1] if path else ''} ({number}.)")
    facts[what] = Fact(value.value, value.origin)


def _places(one: Instance, executors: Mapping[str, Executor]) -> Iterator[str]:
    """The pointers of what says and runs a task."""
    body = one.component.body
    executor = executors.get(body.label) if isinstance(body, ExecutorRef) else None
    nodes = (one.task, one.component)
    origins: list[Origin | None] = [node.origin for node in nodes if node is not None]
    yield from (origin.pointer for origin in origins if origin is not None)
    if executor is not None and executor.origin is not None:
        place = executor.origin.pointer
        found = _EXECUTOR.match(place)
        yield found[0] if found else place
