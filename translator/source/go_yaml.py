"""Plain scalars as parsed by programs in Go: Kubernetes, Argo and the API server of KFP.

They read YAML with sigs.k8s.io/yaml: go-yaml 2 resolves the type of a scalar (``resolve.go``), and
the value is then converted to JSON, whose numbers are float64 for most readers.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from translator.source.cursor import Cursor
from translator.source.json_text import WrittenNumber
from translator.source.yaml_text import resolved

if TYPE_CHECKING:
    from translator.model import Json
    from translator.source.cursor import T
    from translator.source.nodes import Scalar

__all__ = ["GoCursor", "fixed_text", "json_text", "string_text"]

#: The table of go-yaml 2, without `y` and `n`, which stay text here: PyYAML writes them as text
#: without quotes, and kfp's client, which parses the file with PyYAML before the upload, sends
#: text.
_TABLE: dict[str, object] = {
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE"), False),
    **dict.fromkeys(("off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
#: ``strconv.ParseInt`` with base 0.
_INTEGER = r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
#: The characters of both.
_NUMERIC = frozenset("+-.0123456789abcdefABCDEFxXoO")
#: The maximum length of a 64-bit integer, with sign and base.
_LONGEST = 70


class GoCursor(Cursor):
    """A cursor that parses plain scalars like Go, and converts numbers to text for text fields."""

    __slots__ = ()

    @classmethod
    def of(cls, cursor: Cursor) -> GoCursor:
        """The same place, with this parser."""
        return cls(cursor._node, cursor._file, cursor._found, cursor._parent, cursor._key)

    def _converted(self, value: object, kind: type[T]) -> T | None:
        if kind is str and isinstance(value, (bool, int, float)):
            return kind(string_text(value))
        return super()._converted(value, kind)

    def _read_plain(self, node: Scalar) -> tuple[object, str]:
        """The value; and its text, if YAML 1.2 or PyYAML (of compilers) read another value."""
        text = str(node.value)
        value = _value(text)
        by_pyyaml, differs = resolved(node)
        if not differs and type(by_pyyaml) is type(value) and repr(by_pyyaml) == repr(value):
            return value, ""
        if isinstance(value, (bool, int, float)) and math.isfinite(value):
            return value, fixed_text(value)
        return value, json.dumps(value)


def _value(text: str) -> object:
    """The value of a plain scalar. Dates are text if the caller requires no type."""
    if text in _TABLE:
        return _TABLE[text]
    if text[0] not in "+-.0123456789":
        return text
    plain = text if text[0] == "." else text.replace("_", "")
    if not _NUMERIC.issuperset(plain) or plain.count(".") > 1:  # such as the version of an SDK
        return text
    if re.fullmatch(_INTEGER, plain, re.ASCII) and len(plain) <= _LONGEST:
        number = _integer(plain)
        if -(2**63) <= number < (2**63 if plain[0] == "+" else 2**64):
            return number
    if re.fullmatch(_FLOAT, plain, re.ASCII) and math.isfinite(float(plain)):
        return float(plain)
    return text


def _integer(plain: str) -> int:
    digits = plain.lstrip("+-").lower()
    if digits.startswith("0") and digits[1:2].isdigit():
        digits = "0o" + digits[1:]
    return -int(digits, 0) if plain[0] == "-" else int(digits, 0)


def fixed_text(value: bool | int | float) -> str:
    """The text of a number without an exponent: ``strconv.FormatFloat(v, 'f', -1, 64)``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    from decimal import Decimal

    written = format(Decimal(repr(float(value))), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def string_text(value: bool | int | float) -> str:
    """The text of a scalar for a string field in sigs.k8s.io/yaml (``yaml.go``).

    Floats are ``strconv.FormatFloat(v, 'g', -1, 64)``, which has an exponent below 10⁻⁴ and from
    10⁶ (older versions of the library round to 32 bits).
    """
    if isinstance(value, bool) or not isinstance(value, float):
        return fixed_text(value) if isinstance(value, bool) else str(value)
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return fixed_text(value)
    return _exponential(value)


def _exponential(value: float) -> str:
    from decimal import Decimal

    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    power = exponent + len(digits) - 1
    head, tail = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{'-' * sign}{head}{'.' * bool(tail)}{tail}e{power:+03d}"


def json_text(value: Json) -> str:
    """A value in the format of Go's ``encoding/json``, without HTML escapes."""
    match value:
        case WrittenNumber():
            return str(value)
        case bool() | None | str():
            return json.dumps(value, ensure_ascii=False)
        case float():
            if value == 0 or 1e-6 <= abs(value) < 1e21:
                return fixed_text(value)
            return re.sub(r"e-0(\d)$", r"e-\1", _exponential(value))
        case int():
            return str(value)
        case list():
            return "[" + ",".join(map(json_text, value)) + "]"
        case _:
            entries = (f"{json_text(key)}:{json_text(one)}" for key, one in value.items())
            return "{" + ",".join(entries) + "}"
