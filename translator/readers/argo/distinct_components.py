"""Components and their executors, each content once: equal templates share a component."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    Component,
    Container,
    Executor,
    ExecutorRef,
    ParameterType,
    Unset,
)
from translator.model.channels import free
from translator.placeholders import Text
from translator.readers.argo.values import input_name
from translator.records import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DistinctComponents"]

#: Types whose values are equal only if they are the same.
_PLAIN = frozenset({str, bool, type(None), Text, ParameterType, Unset})


class DistinctComponents:
    """Adds components to those of a pipeline, unless there is an equal one."""

    def __init__(self, components: dict[str, Component], executors: dict[str, Executor]) -> None:
        self._components, self._executors = components, executors
        #: The argv of a container → the components with it.
        self._alike: dict[object, _Alike] = {}

    def add(
        self, template: str, component: Component, executor: Executor, place: object = None
    ) -> tuple[str, bool]:
        """The name of the component of a template, and whether it is new.

        It shares that of an equal one of the same ``place``.
        """
        argv: object = None
        if isinstance(executor, Container):
            argv = executor.command, executor.args, place
        alike = self._alike.setdefault(argv, _Alike())
        held = component, executor
        if (known := alike.name(held)) is not None:
            return known, False
        base = input_name(template)
        name = free(f"comp-{base}", self._components)
        label = free(f"exec-{base}", self._executors)
        self._components[name] = replace(component, body=ExecutorRef(label=label))
        self._executors[label] = executor
        alike.add(held, name)
        return name, True


class _Alike:
    """The names of components whose containers have the same argv, which is fast to compare.

    What else they have is compared only if there are two.
    """

    def __init__(self) -> None:
        self._first: tuple[object, str] | None = None
        self._names: dict[object, str] = {}

    def name(self, held: object) -> str | None:
        """The name of an equal component, or None."""
        if self._first is None:
            return None
        if not self._names:
            self._names[_key(self._first[0])] = self._first[1]
        return self._names.get(_key(held))

    def add(self, held: object, name: str) -> None:
        """Adds a component that differs from the others."""
        if self._first is None:
            self._first = held, name
        else:
            self._names[_key(held)] = name


def _key(value: object) -> tuple[object, ...]:
    """A key that is equal for values with the same ``repr``, and faster.

    Unlike ``==`` it tells the orders of mappings apart, and ``1`` from ``True``.
    """
    key: list[object] = []
    _collect(value, key)
    return tuple(key)


def _collect(value: object, key: list[object]) -> None:
    """Adds the type of a value and its content to a key."""
    key.append(type(value))
    parts: Iterable[object]
    if isinstance(value, Record):
        parts = map(value.__dict__.__getitem__, value._shown)
    elif isinstance(value, dict):
        parts = [*value, *value.values()]
        key.append(len(value))
    elif isinstance(value, (tuple, list)):
        parts = value
        key.append(len(value))
    else:
        key.append(value)
        return
    for part in parts:
        if type(part) in _PLAIN:
            key.append(part)
        elif part:
            _collect(part, key)
        else:  # most fields are empty: their type is enough
            key.append(type(part))
