"""The tasks at a place of a file: of a finding, or of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.pointers import enclosing
from translator.model import Container, ExecutorRef, walk_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Origin
    from translator.model import Pipeline

__all__ = ["TaskPlaces"]


class TaskPlaces:
    """The places of a pipeline with the names of their tasks."""

    def __init__(self, pipeline: Pipeline) -> None:
        #: JSON pointer of a task, or of its component or executor → the names of the tasks.
        self._names: dict[str, dict[str, None]] = {}
        #: Component → the names at its places.
        shared: dict[str, list[dict[str, None]]] = {}
        for _, name, task in walk_tasks(pipeline):
            label = task.component
            if label not in shared:
                shared[label] = self._at(_origins(pipeline, label))
            for names in (*self._at((task.origin, task.template)), *shared[label]):
                names[name] = None

    def _at(self, origins: Iterable[Origin | None]) -> list[dict[str, None]]:
        """The names at these places, to be added to."""
        pointers = [origin.pointer for origin in origins if origin is not None and origin.pointer]
        return [self._names.setdefault(pointer, {}) for pointer in pointers]

    def at(self, origins: Iterable[Origin | None]) -> list[str]:
        """The names of the tasks at these places, each once."""
        pointers = [origin.pointer for origin in origins if origin]
        known = self._names
        names = (n for pointer in pointers for n in known.get(enclosing(pointer, known), ()))
        return list(dict.fromkeys(names))


def _origins(pipeline: Pipeline, label: str) -> Iterator[Origin | None]:
    """The places of a component, of its executor, and of the settings of its pod."""
    component = pipeline.components.get(label)
    if component is None:
        return
    yield component.origin
    if isinstance(component.body, ExecutorRef):
        executor = pipeline.executors.get(component.body.label)
        if executor is not None:
            yield executor.origin
        if isinstance(executor, Container):
            yield from executor.pod.places()
        for platform in pipeline.platforms.values():
            yield from (entry.origin for entry in platform.executors.get(component.body.label, ()))
