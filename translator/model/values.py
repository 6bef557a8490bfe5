"""What the parts of the model are made of: nodes, JSON, and the sources of values.

``translator.model`` exports all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TypeAlias

from translator.diagnostics import Origin
from translator.model.expressions import Selector
from translator.placeholders import Text, parse_text
from translator.records import Record

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
#: JSON with a ``Text`` for each text in it; keys have no placeholders.
ParsedJson: TypeAlias = (
    "None | bool | int | float | Text | list[ParsedJson] | dict[str, ParsedJson]"
)


class Unset(Enum):
    """The type of ``UNSET``: absent, which is neither ``None`` nor a default."""

    UNSET = "unset"


UNSET = Unset.UNSET


class Node(Record):
    """What every part of the model has."""

    _uncompared = frozenset({"origin"})

    #: Where it was read; None for what a pass made. Not part of equality.
    origin: Origin | None = None


class Constant(Node):
    """A value written into the pipeline. Its texts may have placeholders of the task's inputs."""

    #: The value as in the file.
    value: Json

    @property
    def parsed(self) -> ParsedJson:
        """The value with its texts parsed."""
        return parsed(self.value)


class RuntimeParameter(Node):
    """The value of an input of the component itself (importers use it for their URI)."""

    name: str


class FromParent(Node):
    """An input of the enclosing component, passed to the task."""

    name: str
    #: Picks a part; None takes the whole.
    selector: Selector | None = None


class FromTask(Node):
    """An output of a sibling task."""

    task: str
    output: str
    #: Picks a part; None takes the whole.
    selector: Selector | None = None


class FinalStatus(Node):
    """How a sibling task ended, as a struct."""

    task: str


InputSource: TypeAlias = Constant | RuntimeParameter | FromParent | FromTask | FinalStatus


class Setting(Node):
    """A Kubernetes setting that the model has no type for, as in the file."""

    #: The field of the container, pod or workflow: ``sidecars``, ``hostAliases`` …
    name: str
    value: Json


def parsed(value: Json) -> ParsedJson:
    """A value with its texts parsed."""
    if isinstance(value, str):
        return parse_text(value)
    if isinstance(value, list):
        return [parsed(entry) for entry in value]
    if isinstance(value, dict):
        return {key: parsed(entry) for key, entry in value.items()}
    return value


def texts_of(value: ParsedJson) -> Iterator[Text]:
    """All texts in a parsed value."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, (list, dict)):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from texts_of(entry)


def strings(value: object) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
