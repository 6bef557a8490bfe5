"""The tasks at a place of a file: of a finding, or of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.pointers import enclosing
from translator.model import ExecutorRef, walk_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.diagnostics import Origin
    from translator.model import Node, Pipeline

__all__ = ["TaskPlaces"]


class TaskPlaces:
    """The places of a pipeline with the names of their tasks."""

    def __init__(self, pipeline: Pipeline) -> None:
        #: JSON pointer of a task, or of its component or executor → the names of the tasks.
        self._names: dict[str, dict[str, None]] = {}
        platforms = pipeline.platforms.values()
        for _, name, task in walk_tasks(pipeline):
            component = pipeline.components.get(task.component)
            nodes: list[Node | None] = [component]
            if component is not None and isinstance(component.body, ExecutorRef):
                label = component.body.label
                nodes.append(pipeline.executors.get(label))
                nodes += [entry for one in platforms for entry in one.executors.get(label, ())]
            origins = [node.origin for node in nodes if node is not None]
            for origin in (task.origin, task.template, *origins):
                if origin is not None and origin.pointer:
                    self._names.setdefault(origin.pointer, {})[name] = None

    def at(self, origins: Iterable[Origin | None]) -> list[str]:
        """The names of the tasks at these places, each once."""
        pointers = [origin.pointer for origin in origins if origin]
        known = self._names
        names = (n for pointer in pointers for n in known.get(enclosing(pointer, known), ()))
        return list(dict.fromkeys(names))
