"""Entries of Kubernetes settings, whose fields are taken one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.fields import Fields, UnlikeError, checked
from translator.model import Constant
from translator.model.kubernetes import Reference

if TYPE_CHECKING:
    from typing import TypeVar

    from translator.diagnostics import Origin
    from translator.model import Json

    T = TypeVar("T")

__all__ = ["Entry", "reference", "whole_number"]

_NUMBER = r"0|[1-9][0-9]{0,9}"


class Entry(Fields):
    """A mapping of Kubernetes, in which null is the same as no value."""

    def __init__(self, value: Json, origin: Origin | None) -> None:
        present = {key: one for key, one in checked(value, dict).items() if one is not None}
        super().__init__(present, origin)

    def name(self, field: str) -> Reference:
        """The required name of an object of the cluster."""
        if not (name := self.text(field)):
            raise UnlikeError
        return reference(name, self.origin)

    def quantity(self, field: str) -> str:
        """An amount, which may be a number."""
        amount = self._fields.pop(field, "")
        return str(amount) if type(amount) is int else checked(amount, str)

    def only(self, record: T) -> T:
        """The record, if it has all fields."""
        if self.rest():
            raise UnlikeError
        return record


def reference(name: str, origin: Origin | None) -> Reference:
    """An object of the cluster by its name, which may have references of Argo."""
    return Reference(name=Constant(value=name, origin=origin), origin=origin)


def whole_number(value: Json) -> int | None:
    """A number of seconds, which may be text; None for another value."""
    if isinstance(value, str) and re.fullmatch(_NUMBER, value):
        return int(value)
    return value if type(value) is int else None
