"""Values in a DAG: text, and the sources of its variable parts; and names for inputs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from translator.model import Constant, FromParent, FromTask
from translator.model.channels import channel_name, free
from translator.placeholders import Placeholder, PlaceholderKind, parse_text
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.model import InputSource, Task

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class Item(NamedTuple):
    """The item of the loop that calls a task, or one field of it."""

    #: Empty for the whole item.
    key: str


#: Literal text, an item, or a value of the DAG.
Piece: TypeAlias = "str | Item | FromParent | FromTask"
Pieces: TypeAlias = "list[Piece]"


def carried(parameters: dict[str, InputSource], source: FromParent | FromTask) -> str:
    """The name of the task's input for a value, which is added to ``parameters``."""
    base = name = channel_name(source)
    number = 2
    while parameters.setdefault(name, source) != source:
        name, number = f"{base}-{number}", number + 1
    return name


def bind(parameters: dict[str, InputSource], name: str, value: Pieces) -> None:
    """Sets an input of a task. Text with variable parts needs an input for each of them."""
    match value:
        case [FromParent() | FromTask() as source]:
            parameters[name] = source
        case _:
            parameters[name] = Constant(value=embedded(parameters, value))


def embedded(parameters: dict[str, InputSource], value: Pieces) -> str:
    """The text with placeholders, whose inputs are added to those of the task."""
    parts: list[str] = []
    for piece in value:
        if isinstance(piece, (FromParent, FromTask)):
            name = carried(parameters, piece)
            parts.append(str(Placeholder(PlaceholderKind.INPUT_VALUE, name)))
        else:
            parts.append(str(piece))
    return "".join(parts)


def passed_inputs(tasks: Iterable[Task]) -> set[str]:
    """The inputs of a DAG whose values are passed to its tasks."""
    sources = (source for task in tasks for source in task.parameters.values())
    return {source.name for source in sources if isinstance(source, FromParent)}


def is_constant(value: Pieces) -> bool:
    """Whether the value is a constant."""
    return all(isinstance(piece, str) for piece in value)


def known_text(value: Pieces) -> str | None:
    """The text of a constant."""
    if not is_constant(value):
        return None
    written = "".join(map(str, value))
    filled_in = (p.kind is not PlaceholderKind.UNKNOWN for p in parse_text(written).placeholders())
    return None if any(filled_in) else written


def pipeline_name(name: str) -> str:
    """A name of at most 128 of ``a-z 0-9 -``, as kfp's own compilers make it."""
    return hyphenated(name)[:128].rstrip("-") or "pipeline"


@lru_cache(maxsize=1024)
def hyphenated(name: str) -> str:
    """The letters and digits of ASCII in a name, in lower case; ``-`` for what is between them."""
    return "-".join("".join(c if c in _LETTERS else " " for c in name.lower()).split())


@lru_cache(maxsize=1024)
def input_name(name: str) -> str:
    """A name for a component's input or output; letters keep their case."""
    if name.isascii() and name.replace("-", "0").replace("_", "0").isalnum():
        return name.strip("_") or "value"
    return re.sub(r"[^-_0-9A-Za-z]+", "_", name).strip("_") or "value"


def unique(name: str, taken: set[str]) -> str:
    """A free name, which is added to ``taken``."""
    candidate = free(name, taken)
    taken.add(candidate)
    return candidate
