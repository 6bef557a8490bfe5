"""The tasks of a pipeline as a tree: each DAG once for each task that runs it.

In this tree components and executors have no names: a task has their content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics import TranslationError
from translator.diagnostics.comparison import TOO_LARGE
from translator.model import Component, Dag, ExecutorRef, upstream_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import Pipeline, Task

__all__ = ["Instance", "tree"]

#: Tasks of a tree, above which pipelines are not compared: nested DAGs multiply them.
MAX_INSTANCES = 200_000


class Instance:
    """A task with the component that it runs, or the pipeline itself, which has no task."""

    def __init__(
        self, name: str, task: Task | None, component: Component, parent: Instance | None
    ) -> None:
        self.name = name
        self.task = task
        self.component = component
        self.parent = parent
        #: The tasks of its DAG by name, in the order of the file.
        self.children: dict[str, Instance] = {}
        #: The names of the groups around it that are no longer in the tree, outermost first.
        self.within: tuple[str, ...] = ()
        #: The tasks that it waits for; None where its own task says them.
        self.waits: list[Instance] | None = None
        #: Kind and name of an input → the source of its value (``values``).
        self.bound: dict[tuple[str, str], Any] = {}

    def __repr__(self) -> str:
        return f"<{self.path or 'pipeline'}>"

    @property
    def dag(self) -> Dag | None:
        """Its DAG; None if an executor runs it."""
        return self.component.body if isinstance(self.component.body, Dag) else None

    @property
    def path(self) -> str:
        """Its name after those of the groups around it: ``for-loop-1/train``."""
        names = []
        at: Instance | None = self
        while at is not None and at.task is not None:
            names += [at.name, *reversed(at.within)]
            at = at.parent
        return "/".join(reversed(names))

    def walk(self) -> Iterator[Instance]:
        """Itself and all below it, in the order of the file."""
        left = [self]
        while left:
            one = left.pop()
            yield one
            left.extend(reversed(one.children.values()))

    def above(self) -> Iterator[Instance]:
        """Itself and all around it, innermost first."""
        at: Instance | None = self
        while at is not None:
            yield at
            at = at.parent

    def upstream(self) -> list[Instance]:
        """The tasks of its DAG that it waits for."""
        if self.waits is not None:
            return self.waits
        siblings = self.parent.children if self.parent and self.task else {}
        names = upstream_tasks(self.task) if self.task else ()
        return [siblings[name] for name in names if name in siblings]

    def unknown_upstream(self) -> list[str]:
        """The tasks that it waits for and that its DAG does not have."""
        if self.task is None or self.waits is not None:
            return []
        siblings = self.parent.children if self.parent else {}
        return [name for name in self.task.depends_on if name not in siblings]


def tree(pipeline: Pipeline) -> Instance:
    """The pipeline with all its tasks. Raises TR471 if they are too many."""
    root = Instance("", None, pipeline.root, None)
    left = [(root, frozenset[str]())]
    count = 0
    while left:
        one, around = left.pop()
        for name, task in (one.dag.tasks if one.dag else {}).items():
            component = pipeline.components.get(task.component)
            if component is None or task.component in around:  # `check` reports both
                component = Component(body=ExecutorRef(label=""))
            child = Instance(name, task, component, one)
            one.children[name] = child
            left.append((child, around | {task.component}))
            count += 1
            if count > MAX_INSTANCES:
                raise TranslationError([TOO_LARGE.at(pipeline.origin, limit=f"{MAX_INSTANCES:,}")])
    return root
