"""Mappings of JSON whose fields are taken one by one, with checked types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Setting

if TYPE_CHECKING:
    from typing import TypeVar

    from translator.diagnostics import Origin
    from translator.model import Json

    F = TypeVar("F", bound="Fields")
    T = TypeVar("T")

__all__ = ["Fields", "UnlikeError", "checked"]


class UnlikeError(Exception):
    """A value has another type than the field."""


class Fields:
    """A mapping, from which each method takes a field. The default is the empty value.

    The methods raise ``UnlikeError`` for a value of another type.
    """

    def __init__(self, value: Json, origin: Origin | None) -> None:
        self._fields: dict[str, Json] = dict(checked(value, dict))
        self.origin = origin

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __bool__(self) -> bool:
        return bool(self._fields)

    def text(self, name: str) -> str:
        return checked(self._fields.pop(name, ""), str)

    def flag(self, name: str) -> bool | None:
        return checked(self._fields.pop(name), bool) if name in self._fields else None

    def number(self, name: str) -> int | None:
        return checked(self._fields.pop(name), int) if name in self._fields else None

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(checked(one, str) for one in checked(self._fields.pop(name, []), list))

    def labels(self, name: str) -> dict[str, str]:
        entries = checked(self._fields.pop(name, {}), dict).items()
        return {key: checked(one, str) for key, one in entries}

    def message(self: F, name: str) -> F:
        return type(self)(self._fields.pop(name, {}), self.origin)

    def messages(self: F, name: str) -> list[F]:
        entries = checked(self._fields.pop(name, []), list)
        return [type(self)(entry, self.origin) for entry in entries]

    def keep(self, name: str, value: Json) -> None:
        """Leaves a part of a field that was taken for ``rest``."""
        self._fields[name] = value

    def rest(self) -> tuple[Setting, ...]:
        """The fields that no method has taken."""
        rest, self._fields = self._fields, {}
        return tuple(
            Setting(name=name, value=value, origin=self.origin) for name, value in rest.items()
        )


def checked(value: Json, kind: type[T]) -> T:
    """The value; ``UnlikeError`` if it has another type."""
    if type(value) is not kind:
        raise UnlikeError
    return value
