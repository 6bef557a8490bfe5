"""The flow of a pipeline function as nodes, and the values that they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from translator.model.expressions import inputs_of
from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.model import Items, Json, Task
    from translator.model.expressions import Condition

__all__ = [
    "Branch",
    "Branches",
    "Call",
    "Collected",
    "Exit",
    "Flow",
    "Given",
    "Item",
    "Literal",
    "Loop",
    "Node",
    "OneOf",
    "Output",
    "Path",
    "Status",
    "Unknown",
    "Value",
    "body_of",
    "calls_in",
    "leaks",
    "operands",
    "sources_in",
    "walk",
]

#: The names of the tasks that lead to one, from the DAG of the function inwards.
Path: TypeAlias = "tuple[str, ...]"


# Values


class Given(Record):
    """An input of the pipeline function."""

    name: str


class Output(Record):
    """An output of a call."""

    call: Path
    output: str


class Item(Record):
    """The item of a loop, or a part of it."""

    loop: Path
    keys: tuple[str | int, ...] = ()


class Collected(Record):
    """An output of a call in a loop, of all its iterations."""

    of: Output


class OneOf(Record):
    """Outputs of calls in branches, of which one runs."""

    branches: Path
    of: tuple[Output, ...]


class Literal(Record):
    """A value in the file; its texts may have placeholders of the inputs of the task."""

    value: Json


class Status(Record):
    """How a task ended, which kfp passes to parameters of type ``PipelineTaskFinalStatus``."""

    task: str


class Unknown(Record):
    """A value that the DSL has no expression for."""

    why: str


Value: TypeAlias = "Given | Output | Item | Collected | OneOf | Literal | Status | Unknown"


# Nodes


class Call(Record):
    """A call of a component or of another pipeline."""

    path: Path
    task: Task
    #: Input → its value; also those that only texts of other inputs refer to.
    values: Mapping[str, Value]
    #: The values in its Kubernetes settings.
    settings: tuple[Value, ...] = ()
    #: Calls and exit handlers to name in ``.after()``.
    after: tuple[Path, ...] = ()


class Loop(Record):
    """A ``dsl.ParallelFor``."""

    path: Path
    task: Task
    #: The items, as a literal or a value.
    items: Items | Value
    body: tuple[Node, ...]


class Branch(Record):
    """A ``dsl.If``, ``dsl.Elif`` or ``dsl.Else``, which has no condition."""

    path: Path
    task: Task
    condition: Condition | None
    #: Input of the task → its value, for the operands of the condition.
    values: Mapping[str, Value]
    body: tuple[Node, ...]


class Branches(Record):
    """A ``dsl.If`` and what follows it."""

    path: Path
    branches: tuple[Branch, ...]
    #: Whether kfp makes a component around them: if there is more than the ``dsl.If``.
    wrapper: Task | None = None
    #: What follows in the same block: without a ``dsl.Else`` kfp adds it to that component.
    rest: tuple[Node, ...] = ()

    @property
    def is_alone(self) -> bool:
        """Whether it is a ``dsl.If`` alone."""
        return len(self.branches) == 1

    @property
    def is_open(self) -> bool:
        """Whether kfp adds to it what follows."""
        return self.wrapper is not None and self.branches[-1].condition is not None


class Exit(Record):
    """A ``dsl.ExitHandler`` with its exit task."""

    path: Path
    task: Task
    exit_task: Call
    body: tuple[Node, ...]


Node: TypeAlias = "Call | Loop | Branches | Exit"


class Flow(Record):
    """What a pipeline function does."""

    body: tuple[Node, ...]
    #: Output of the pipeline → its value.
    outputs: Mapping[str, Value]


def body_of(node: Node) -> tuple[Node, ...]:
    """The nodes directly in a node, in the order in which they are written."""
    match node:
        case Call():
            return ()
        case Branches():
            bodies = [inner for branch in node.branches for inner in branch.body]
            return (*bodies, *node.rest)
        case Exit():
            return (node.exit_task, *node.body)
        case Loop():
            return node.body


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """All nodes, outer ones before inner ones, in the order in which they are written."""
    for node in nodes:
        yield node
        yield from walk(body_of(node))


def leaks(node: Node) -> bool:
    """Whether kfp's compiler takes what follows a node, or its block, for a part of it.

    The end of a block closes the last component that was opened: that of an If with an Elif and
    without an Else, if it is in the block.
    """
    return any(isinstance(one, Branches) and one.is_open for one in walk([node]))


def calls_in(nodes: Iterable[Node]) -> Iterator[Call]:
    """All calls, in the order in which they are written."""
    return (node for node in walk(nodes) if isinstance(node, Call))


def sources_in(nodes: Iterable[Node]) -> Iterator[tuple[Node, Value]]:
    """Each value that is used, with the node that uses it."""
    for node in walk(nodes):
        match node:
            case Call():
                used = [*node.values.values(), *node.settings]
            case Loop(items=items):
                used = [items] if isinstance(items, _VALUES) else []
            case Branches():
                used = [value for branch in node.branches for value in operands(branch)]
            case Exit():
                used = []
        yield from ((node, value) for value in used)


def operands(branch: Branch) -> list[Value]:
    """The values that the condition of a branch compares."""
    names = inputs_of(branch.condition)
    return [value for name, value in branch.values.items() if name in names]


_VALUES = (Given, Output, Item, Collected, OneOf, Literal, Status, Unknown)
