"""Where values come from, through all DAGs: what the inputs of tasks, conditions and loops hold.

A compiler passes values through DAGs as generated inputs and outputs (``pipelinechannel--…``).
Two pipelines are the same if the values are, whichever way they take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.comparison.instances import Instance
    from translator.model import Json

__all__ = [
    "ABSENT",
    "Collected",
    "Item",
    "Joined",
    "Missing",
    "Name",
    "OneOf",
    "Output",
    "Own",
    "Part",
    "Passed",
    "PipelineInput",
    "Status",
    "Unordered",
    "Value",
]


class Name(NamedTuple):
    """The name of an input or output of a component, which a renaming may replace."""

    of: Instance
    #: ``inputs`` or ``outputs``.
    side: str
    name: str


class PipelineInput(NamedTuple):
    """An input of the pipeline."""

    name: Name


class Output(NamedTuple):
    """An output of a task that runs an executor."""

    of: Instance
    name: Name


class Item(NamedTuple):
    """The item of a loop."""

    of: Instance


class Collected(NamedTuple):
    """The values of all iterations of a loop."""

    of: Instance
    value: Value


class OneOf(NamedTuple):
    """The value of whichever source ran."""

    values: tuple[Value, ...]


class Status(NamedTuple):
    """How a task or group ended."""

    of: Instance


class Own(NamedTuple):
    """The value of an input of the component itself."""

    name: Name


class Part(NamedTuple):
    """A part of a value: an entry of the mapping or list whose JSON text it is."""

    of: Value
    path: str


class Passed(NamedTuple):
    """A value that passes a generated input or output of a DAG which declares something of its own.

    Compilers declare the type of the value, and nothing else.
    """

    value: Value
    #: The declared type where it is not that of the value; else empty.
    type: str
    #: Default, optionality, values allowed; empty where the compiler wrote it.
    said: str


class Joined(NamedTuple):
    """A text with values in it."""

    parts: tuple[Value, ...]


class Unordered(NamedTuple):
    """Values whose order does not count."""

    values: tuple[Value, ...]


class Missing(NamedTuple):
    """No value: an input that is not passed, or a reference to nothing."""

    name: str


#: What a side has that does not have the fact.
ABSENT = Missing("\0")

#: JSON is kept as it is; ``keys`` makes it comparable.
Value: TypeAlias = (
    "PipelineInput | Output | Item | Collected | OneOf | Status | Own | Part | Passed | Joined"
    " | Unordered | Missing | Name | Instance | Json | tuple[Value, ...]"
)
