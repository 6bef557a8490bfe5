"""Components that are equal but for their names, which are called as one function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import ExecutorRef
from translator.records import replace

if TYPE_CHECKING:
    from translator.model import Component, Pipeline

__all__ = ["Equality"]


class Equality:
    """Numbers components: equal ones, with their tasks, executors and settings, have one number."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        #: Content → number.
        self._numbers: dict[object, int] = {}
        #: Component → number.
        self._known: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The number of a component."""
        if name not in self._known:
            component = self.pipeline.components[name]
            content = self._content(component)
            self._known[name] = self._numbers.setdefault(content, len(self._numbers))
        return self._known[name]

    def _content(self, component: Component) -> object:
        body = component.body
        if isinstance(body, ExecutorRef):
            label = body.label
            settings = [
                (name, repr(platform.executors.get(label)))
                for name, platform in self.pipeline.platforms.items()
            ]
            without = replace(component, body=ExecutorRef(label=""))
            return repr((without, self.pipeline.executors.get(label), settings))
        tasks = {
            name: replace(task, component=str(self.number(task.component)))
            for name, task in body.tasks.items()
        }
        return repr(replace(component, body=replace(body, tasks=dict(sorted(tasks.items())))))
