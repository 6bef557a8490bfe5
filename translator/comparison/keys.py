"""Keys of values: equal where the values are, with the tasks and names in them replaced."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from translator.comparison import sources
from translator.comparison.instances import Instance
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from translator.comparison.sources import Name, Value

__all__ = ["Keys", "named", "references"]


class Keys(NamedTuple):
    """How tasks and names are replaced, and what does not count."""

    #: A task → what is equal for the tasks that are the same.
    task: Callable[[Instance], Hashable]
    #: The name of an input or output → what is equal for those that are the same.
    name: Callable[[Name], str]
    #: Whether a value collected from a loop may have the type of one value.
    any_fan_in: bool = False
    #: Whether types do not count, and texts are equal to the values that they write.
    as_text: bool = False

    def of(self, value: Value) -> Hashable:
        """The key of a value."""
        if isinstance(value, Instance):
            return ("task", self.task(value))
        if isinstance(value, sources.Name):
            return ("name", self.name(value))
        if isinstance(value, sources.Passed):
            return self._passed(value)
        if isinstance(value, sources.Joined):
            return ("Joined", self._joined(value))
        if isinstance(value, sources.Unordered):
            return ("Unordered", frozenset(map(self.of, value.values)))
        if isinstance(value, tuple):
            return (type(value).__name__, *map(self.of, value))
        if isinstance(value, dict):
            return ("dict", *sorted((key, self.of(entry)) for key, entry in value.items()))
        if isinstance(value, list):
            return ("list", *map(self.of, value))
        return self._scalar(value)

    def what(self, words: tuple[str | Name, ...]) -> tuple[str, ...]:
        """The key of a place."""
        return tuple([one if isinstance(one, str) else self.name(one) for one in words])

    def _passed(self, value: sources.Passed) -> Hashable:
        kind = value.type
        if self.as_text or (self.any_fan_in and _is_fan_in(value.value)):
            kind = ""
        inner = self.of(value.value)
        return ("Passed", inner, kind, value.said) if kind or value.said else inner

    def _joined(self, value: sources.Joined) -> tuple[Hashable, ...]:
        """The parts, with texts beside each other in one."""
        parts: list[Any] = []
        for part in _parts(value):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part if isinstance(part, str) else self.of(part))
        return tuple(parts)

    def _scalar(self, value: Any) -> Hashable:
        if self.as_text:
            value = _written_by(value)
            if not isinstance(value, (str, int, float, bool, type(None))):
                return ("json", json.dumps(value, sort_keys=True))
        if isinstance(value, bool) or value is None:
            return str(value), bool
        if isinstance(value, float) and value.is_integer():
            return int(value)  # numbers of a pipeline spec are doubles
        return value  # type: ignore[no-any-return]


def _parts(value: sources.Joined) -> Iterator[Value]:
    for part in value.parts:
        if isinstance(part, sources.Joined):
            yield from _parts(part)
        else:
            yield part


def _is_fan_in(value: Value) -> bool:
    while isinstance(value, sources.Passed):
        value = value.value
    return isinstance(value, sources.Collected)


def _written_by(value: Any) -> Any:
    """The value that a text of KFP v1 writes, which is JSON or, in places, Python."""
    if not isinstance(value, str):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return value


def references(value: Value) -> Iterator[Instance]:
    """The tasks in a value."""
    if isinstance(value, Instance):
        yield value
    elif isinstance(value, sources.Name):
        return
    elif isinstance(value, (tuple, list)):
        for entry in value:
            yield from references(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from references(entry)


def named(one: Name) -> str:
    """The name itself."""
    return one.name
