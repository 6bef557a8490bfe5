"""What a comparison of two pipelines gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.diagnostics import Origin
    from translator.model import Json

__all__ = ["Comparison", "Difference", "Side"]


class Side(NamedTuple):
    """What one of the pipelines has."""

    #: The tasks with the names of the groups around them: ``for-loop-1/train``. Empty for the
    #: pipeline itself.
    tasks: tuple[str, ...]
    value: Json
    #: Where the file has it; None if not known.
    origin: Origin | None


class Difference(NamedTuple):
    """A difference between two pipelines, in one place of one or more tasks."""

    #: ``image``, ``input x: default``, ``condition`` … ; ``task`` for a whole task.
    what: str
    #: What the first pipeline has; None if it has nothing there.
    left: Side | None
    #: What the second pipeline has; None if it has nothing there.
    right: Side | None
    #: For a note: the key in ``TOLERANCES``; empty for a difference.
    tolerance: str = ""

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``, from the first pipeline to the second."""
        if self.left is None:
            return "added"
        return "removed" if self.right is None else "changed"

    @property
    def place(self) -> str:
        """``pipeline``, ``task train``, or ``tasks train, train-2``."""
        side = self.left or self.right
        tasks = side.tasks if side else ()
        if not tasks:
            return "pipeline"
        return f"{'task' if len(tasks) == 1 else 'tasks'} {', '.join(tasks)}"

    def __str__(self) -> str:
        return f"{self.place}: {self.what} {self.kind}"


class Comparison(NamedTuple):
    """The differences of two pipelines."""

    differences: tuple[Difference, ...]
    #: What is written differently and runs the same way.
    notes: tuple[Difference, ...]
    #: The tasks that are in both, with the names of the groups around them: before, after.
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def same(self) -> bool:
        """Whether both pipelines do the same."""
        return not self.differences
