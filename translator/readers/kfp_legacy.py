"""The spelling of schema 2.0.0, and of protobuf's JSON format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator import quantities
from translator.diagnostics import reading as rules
from translator.model import ParameterType
from translator.quantities import MAX_SECONDS

if TYPE_CHECKING:
    from translator.model import Json
    from translator.source import Cursor

_TYPES = {
    "STRING": ParameterType.STRING,
    "INT": ParameterType.NUMBER_INTEGER,
    "DOUBLE": ParameterType.NUMBER_DOUBLE,
}
_DURATION = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)s")


def parameter_type(cursor: Cursor) -> ParameterType:
    """``type`` of schema 2.0.0 as a type of schema 2.1.0."""
    name = cursor.string()
    if name not in _TYPES:
        cursor.report(rules.UNKNOWN_VALUE, value=name, field="type")
    return _TYPES.get(name, ParameterType.STRING)


def typed_value(cursor: Cursor) -> Json:
    """The JSON value of ``{intValue: "3"}``, ``{doubleValue: 1.5}`` or ``{stringValue: x}``."""
    if "intValue" in cursor:
        return integer(cursor, "intValue", 0, bits=64)
    if "doubleValue" in cursor:
        return cursor.take("doubleValue", float)
    return cursor.take("stringValue", str)


def required(cursor: Cursor, key: str) -> str:
    """A required text. Protobuf's JSON format does not distinguish missing and empty texts."""
    text = cursor.take(key, str)
    if cursor.get(key).peek() == "":
        cursor.get(key).report(rules.MISSING_FIELD, field=key)
    return text


def integer(cursor: Cursor, key: str, default: int | None = None, *, bits: int = 32) -> int | None:
    """An integer, which protobuf's JSON format writes as a number, ``3.0``, or a text, ``"3"``."""
    found = cursor.find(key)
    if found is None:
        return default
    value = found.value()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    number = None if isinstance(value, bool) else quantities.integer(str(value), bits=bits)
    if number is None:
        found.report(rules.UNKNOWN_VALUE, value=value, field=key)
        return default
    return number


def seconds(cursor: Cursor, key: str) -> float | None:
    """Seconds of a protobuf duration, ``"3600s"``."""
    text = cursor.take(key, str, None)
    if text is None:
        return None
    match = _DURATION.fullmatch(text)
    if match is None or abs(float(match[1])) > MAX_SECONDS:
        cursor.child(key).report(rules.UNKNOWN_VALUE, value=text, field=key)
        return None
    return float(match[1])
