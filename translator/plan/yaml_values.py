"""Values → YAML on one line, with the same value in YAML 1.1 and 1.2.

No line of it begins a command for the log of a CI service (``redaction.guarded``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.writers.yaml_text import RESERVED, escaped, plain_scalar

if TYPE_CHECKING:
    from translator.model import Json

__all__ = ["yaml_entry", "yaml_key", "yaml_value"]

#: Texts without quotes. A key has no colon, and a value none before a blank.
_KEY = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*")
_VALUE = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*(?::[A-Za-z0-9_./@-]+)*")
#: Parsers look for the colon of a key in its first 1,024 characters only.
_LONG = 900


def yaml_entry(key: str, value: Json, margin: str = "", note: str = "") -> list[str]:
    """The lines of an entry of a mapping, with a comment at its end.

    ``ValueError`` for text that YAML cannot hold: a lone surrogate.
    """
    shown = key if _is_plain(_KEY, key) else _quoted(key)
    text = yaml_value(value) + (f"  # {note}" if note else "")
    if len(shown) < _LONG:
        return [f"{margin}{shown}: {text}"]
    return [f"{margin}? {shown}", f"{margin}: {text}"]


def yaml_key(key: str, margin: str = "") -> list[str]:
    """The lines of a key with a mapping below it. ``ValueError`` as for ``yaml_entry``."""
    shown = key if _is_plain(_KEY, key) else _quoted(key)
    return [f"{margin}{shown}:"] if len(shown) < _LONG else [f"{margin}? {shown}", f"{margin}:"]


def yaml_value(value: Json, *, is_inside: bool = False) -> str:
    """A value; one inside of a list or mapping has quotes around all texts."""
    match value:
        case str():
            return value if not is_inside and _is_plain(_VALUE, value) else _quoted(value)
        case None | bool() | int() | float():
            return plain_scalar(value)
        case dict():
            pairs = (f"{_key(k)}: {yaml_value(v, is_inside=True)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return f"[{', '.join(yaml_value(entry, is_inside=True) for entry in value)}]"


def _key(key: str) -> str:
    """The key of a mapping on one line."""
    shown = _quoted(key)
    return shown if len(shown) < _LONG else f"? {shown} "


def _is_plain(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None and text.lower() not in RESERVED


def _quoted(text: str) -> str:
    return '"' + "".join(map(escaped, text)).replace("##", "#\\x23") + '"'
