"""Messages of protobuf in JSON, with checked types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.fields import Fields, UnlikeError, checked
from translator.model import Constant, FromParent, FromTask
from translator.model.kubernetes import Reference
from translator.records import replace

if TYPE_CHECKING:
    from translator.diagnostics import Origin
    from translator.model import Json, Setting
    from translator.model.kubernetes import Value

__all__ = ["Message", "UnlikeError", "camel_case", "checked", "integer", "messages_of"]

#: An integer in text, as protobuf writes those of 64 bits, and the first one with more.
_INTEGER = r"-?(?:0|[1-9][0-9]{0,18})"
_LIMIT = 2**63


def camel_case(name: str) -> str:
    """The name in JSON of a field of protobuf, which may be spelt as in the proto file."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def integer(value: Json) -> int | None:
    """A whole number of up to 64 bits in any form that protobuf accepts; None for another value."""
    if isinstance(value, str) and re.fullmatch(_INTEGER, value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and -_LIMIT <= value < _LIMIT else None


class Message(Fields):
    """A message, from which each method takes a field. The default is the empty value."""

    def __init__(self, value: Json, origin: Origin | None) -> None:
        super().__init__(value, origin)
        self._spelt = {camel_case(name): name for name in self._fields}
        self._fields = {name: self._fields[spelt] for name, spelt in self._spelt.items()}

    def number(self, name: str) -> int | None:
        if name not in self._fields:
            return None
        if (number := integer(self._fields.pop(name))) is None:
            raise UnlikeError
        return number

    def parameter(self, name: str) -> Value | None:
        """``InputParameterSpec``."""
        return self.message(name).source() if name in self._fields else None

    def source(self) -> Value:
        """The value of an ``InputParameterSpec``, or of these fields of a ``PvcMount``."""
        if "componentInputParameter" in self._fields:
            return FromParent(name=self.text("componentInputParameter"), origin=self.origin)
        if "taskOutputParameter" in self._fields:
            output = self.message("taskOutputParameter")
            task, key = output.text("producerTask"), output.text("outputParameterKey")
            return FromTask(task=task, output=key, origin=self.origin)
        runtime = self.message("runtimeValue")._fields
        if "constant" not in runtime:
            raise UnlikeError
        return Constant(value=runtime["constant"], origin=self.origin)

    def name(self, parameter: str, constant: str, *older: str) -> Reference:
        """A name: the parameter, beside it the text of a constant, in claims other sources too."""
        forms = [form for form in (parameter, constant, *older) if form in self._fields]
        text = self.text(constant)
        name = self.parameter(parameter)
        if name is None and constant in forms:
            name = Constant(value=text, origin=self.origin)
        if any(form in self._fields for form in older):
            source = self.source()
            name = name or source
        if name is None:
            raise UnlikeError
        is_text = isinstance(name, Constant) and isinstance(name.value, str)
        newest = [parameter, *([constant] if is_text else set(older) & set(forms))]
        is_newest = forms == newest and (is_text or bool(older) == (len(newest) > 1))
        return Reference(name=name, forms=() if is_newest else tuple(forms), origin=self.origin)

    def rest(self) -> tuple[Setting, ...]:
        """The fields that no method has taken, as they are spelt in the file."""
        return tuple(replace(one, name=self._spelt[one.name]) for one in super().rest())


def messages_of(value: Json, origin: Origin | None) -> list[Message]:
    return [Message(entry, origin) for entry in checked(value, list)]
