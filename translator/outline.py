"""The outline of a file, as its author wrote it: the tasks of each DAG, in execution order.

Made by the readers for ``inspect``. It contains every task of the file, also those that cannot be
translated, and the texts of conditions and loops as they are in the file.
"""

from __future__ import annotations

from collections import Counter
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.diagnostics import Origin
    from translator.model import Resources, Retry

__all__ = ["Outline", "Step", "in_order_of_flow"]


class Step(Record):
    """A task, and what it runs."""

    name: str
    display_name: str = ""
    #: The template or component that it runs.
    component: str
    #: The container's image; empty without a container.
    image: str = ""
    #: What it runs instead of a container: ``importer``, ``resource create`` …
    work: str = ""
    #: Tasks of the same DAG that it waits for.
    after: tuple[str, ...] = ()
    #: Those of them whose outputs it takes → the names of the outputs.
    takes: Mapping[str, tuple[str, ...]] = {}
    #: Whether it also runs after one of them has failed.
    always: bool = False
    condition: str = ""
    #: Of a branch after an If: ``elif`` with its own condition, or ``else``. Else empty.
    branch: str = ""
    #: Its loop items; empty for a task without a loop.
    loop: str = ""
    resources: Resources | None = None
    retry: Retry | None = None
    #: The places of the task, its component and its executor.
    origins: tuple[Origin, ...] = ()

    @property
    def when(self) -> str:
        """``if x == 1``, ``elif x == 2`` or ``else``; empty without a condition."""
        return self.branch or (f"if {self.condition}" if self.condition else "")

    @property
    def places(self) -> tuple[str, ...]:
        """The JSON pointers of the origins."""
        return tuple(origin.pointer for origin in self.origins)


class Outline(Record):
    """All DAGs of a file."""

    #: The name of the root DAG.
    root: str
    #: DAG → its tasks. A task whose ``component`` is in it runs that DAG.
    dags: Mapping[str, tuple[Step, ...]]

    def steps(self) -> Iterator[tuple[str, Step]]:
        """Every task that is reached from the root DAG, once, with its DAG."""
        waiting = [self.root]
        seen = {self.root}
        for dag in waiting:
            for step in self.dags.get(dag, ()):
                yield dag, step
                if step.component not in seen:
                    seen.add(step.component)
                    waiting.append(step.component)

    def images(self) -> dict[str, int]:
        """Image → number of components that run it."""
        pairs = {(step.component, step.image) for _, step in self.steps() if step.image}
        return dict(sorted(Counter(image for _, image in pairs).items()))


def in_order_of_flow(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The tasks of a DAG, each after those that it waits for, otherwise in the order of the file.

    Tasks of a cycle come last.
    """
    given = list(steps)
    numbers = {step.name: number for number, step in enumerate(given)}
    waits = [{numbers[name] for name in step.after if name in numbers} for step in given]
    followers: list[list[int]] = [[] for _ in given]
    for number, upstream in enumerate(waits):
        for other in upstream:
            followers[other].append(number)
    ready = [number for number, upstream in enumerate(waits) if not upstream]
    heapify(ready)
    order: list[int] = []
    while ready:
        order.append(number := heappop(ready))
        for other in followers[number]:
            waits[other].discard(number)
            if not waits[other]:
                heappush(ready, other)
    placed = set(order)
    order += [number for number in range(len(given)) if number not in placed]
    return tuple(given[number] for number in order)
