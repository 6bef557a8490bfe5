"""Frozen classes with named fields, like those of ``dataclasses`` and ``typing``, but created
faster.

``dataclasses`` compiles methods for every class, half a millisecond each; with the classes of the
model that was a third of the time in which a small pipeline is converted (docs/architecture.md).
``typing.NamedTuple`` compiles the type of every field and a method, and makes others for each
class, of which a small pipeline needs one in two.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]  # what ``namedtuple`` uses
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NamedTuple

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda cls: cls

    _SCOPE = {"_new": tuple.__new__, "__builtins__": {}}

    @cache
    def _constructor(number):
        """The code of a constructor with so many fields, compiled once; only names differ."""
        names = ", ".join(f"_{field}" for field in range(number))
        return eval(f"lambda _cls, {names}: _new(_cls, ({names},))", _SCOPE).__code__

    class _Tuple(tuple):
        """What all named tuples have."""

        __slots__ = ()

        def __new__(cls, /, *given, **named):
            code = _constructor(len(cls._fields)).replace(co_varnames=("_cls", *cls._fields))
            made = FunctionType(code, _SCOPE, "__new__", tuple(cls._field_defaults.values()))
            cls.__new__ = made
            return made(cls, *given, **named)

        def __repr__(self):
            return type(self).__name__ + self._form % self

        def __getnewargs__(self):
            return tuple(self)

        @classmethod
        def _make(cls, values):
            return cls(*values)

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, /, **changes):
            made = tuple.__new__(type(self), map(changes.pop, self._fields, self))
            if changes:
                raise ValueError(f"no fields of {type(self).__name__}: {sorted(changes)}")
            return made

    class _NamedTuples(type):
        """Turns each class with this base into a named tuple."""

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = tuple(body["__annotations__"])
            made = {
                "__slots__": (),
                "_fields": fields,
                "__match_args__": fields,
                "_field_defaults": {name: body.pop(name) for name in fields if name in body},
                "_form": f"({', '.join(f'{field}=%r' for field in fields)})",
                **{field: _tuplegetter(at, None) for at, field in enumerate(fields)},
            }
            return type(name, (_Tuple,), made | body)

    class NamedTuple(metaclass=_NamedTuples):
        """``typing.NamedTuple``, created six times faster."""


__all__ = ["NamedTuple", "Record", "replace"]

R = TypeVar("R", bound="Record")


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record:
    """A frozen value. Its annotated attributes are its fields, given to it by keyword.

    Two are equal when they are of one class and all their fields are, apart from those in
    ``_uncompared``. A default is shared by all instances: it is never changed either.
    """

    _fields: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[Mapping[str, Any]] = {}
    #: Fields that are neither compared nor shown.
    _uncompared: ClassVar[frozenset[str]] = frozenset()
    #: The others.
    _shown: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        own = [name for name in cls.__annotations__ if not name.startswith("_")]
        cls._fields = cls._fields.union(own)
        cls._shown = cls._fields - cls._uncompared
        cls._defaults = {**cls._defaults, **{n: vars(cls)[n] for n in own if n in vars(cls)}}

    def __init__(self, **given: Any) -> None:
        values = self.__dict__
        values |= self._defaults
        values |= given
        if values.keys() != self._fields:
            missing = sorted(self._fields - values.keys())
            unknown = sorted(values.keys() - self._fields)
            told = ", ".join([f"no `{n}`" for n in missing] + [f"unknown `{n}`" for n in unknown])
            raise TypeError(f"{type(self).__name__}: {told}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen; `replace` makes another")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen; `replace` makes another")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self.__dict__ == other.__dict__:
            return True
        return bool(self._uncompared) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), *sorted(self._compared().items())))

    def __repr__(self) -> str:
        shown = [f"{n}={value!r}" for n, value in self.__dict__.items() if n in self._shown]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __replace__(self: R, **changes: Any) -> R:
        return type(self)(**(self.__dict__ | changes))

    def _compared(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self._shown}


def replace(record: R, **changes: Any) -> R:
    """A copy of ``record`` with ``changes``; ``copy.replace`` of Python 3.13 does the same.

    >>> from translator.model import Retry
    >>> replace(Retry(max_retries=3), backoff_seconds=1.5).max_retries
    3
    """
    return record.__replace__(**changes)
