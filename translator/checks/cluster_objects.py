"""The tasks of a pipeline that create, change or delete an object of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import ExecutorRef, Resource, walk_tasks
from translator.model.channels import readable
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.diagnostics import Origin
    from translator.model import Pipeline

__all__ = ["Object", "objects"]

_VERBS = {
    "create": "creates",
    "apply": "creates or changes",
    "replace": "replaces",
    "patch": "changes",
    "delete": "deletes",
    "get": "reads",
}


class Object(NamedTuple):
    """A task and its object."""

    task: str
    resource: Resource
    origin: Origin | None

    @property
    def facts(self) -> Mapping[str, str]:
        """What findings about it say: ``task``, ``verb``, ``object`` and ``drop``."""
        import shlex

        kind, name = self.resource.kind, readable(self.resource.name)
        shown = f"the `{kind}`" if kind else "an object"
        return {
            "task": self.task,
            "verb": _VERBS.get(self.resource.action, "changes"),
            "object": f"{shown} `{name}`" if name else shown,
            "drop": shlex.quote(self.task),
        }


def objects(pipeline: Pipeline) -> Iterator[Object]:
    """Each task that creates, changes or deletes an object of the cluster."""
    if not any(isinstance(one, Resource) for one in pipeline.executors.values()):
        return
    for _, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is not None and isinstance(component.body, ExecutorRef):
            executor = pipeline.executors.get(component.body.label)
            if isinstance(executor, Resource):
                yield Object(name, executor, task.template or executor.origin or task.origin)
