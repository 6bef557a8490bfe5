"""The tasks at a place of a file: of a finding, or of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.pointers import enclosing
from translator.model import Container, ExecutorRef, walk_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Origin
    from translator.model import Pipeline, Task

__all__ = ["TaskPlaces"]


class TaskPlaces:
    """The places of a pipeline with the names of their tasks."""

    def __init__(self, pipeline: Pipeline) -> None:
        #: JSON pointer of a task, or of its component or executor → the names of the tasks.
        self._names: dict[str, dict[str, None]] = {}
        for _, name, task in walk_tasks(pipeline):
            for origin in _origins(pipeline, task):
                if origin is not None and origin.pointer:
                    self._names.setdefault(origin.pointer, {})[name] = None

    def at(self, origins: Iterable[Origin | None]) -> list[str]:
        """The names of the tasks at these places, each once."""
        pointers = [origin.pointer for origin in origins if origin]
        known = self._names
        names = (n for pointer in pointers for n in known.get(enclosing(pointer, known), ()))
        return list(dict.fromkeys(names))


def _origins(pipeline: Pipeline, task: Task) -> Iterator[Origin | None]:
    """The places of a task, of its component and executor, and of the settings of its pod."""
    yield from (task.origin, task.template)
    component = pipeline.components.get(task.component)
    if component is None:
        return
    yield component.origin
    if isinstance(component.body, ExecutorRef):
        label = component.body.label
        executor = pipeline.executors.get(label)
        if executor is not None:
            yield executor.origin
        if isinstance(executor, Container):
            yield from executor.pod.places()
        for platform in pipeline.platforms.values():
            yield from (entry.origin for entry in platform.executors.get(label, ()))
