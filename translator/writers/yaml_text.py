"""JSON values → YAML text, deterministic and readable in a diff.

Texts of several lines become literal blocks, simple ones plain scalars, others are quoted. The
output has the same value in YAML 1.1 (PyYAML, which Google's SDK uses) and 1.2 (Go, which Kubeflow
uses).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.model import Json

__all__ = ["RESERVED", "escaped", "plain_scalar", "yaml_text"]

#: Without ambiguity, so that a long text that does not match takes linear time.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+(][A-Za-z0-9_./+()-]*)*")
#: Plain scalars that YAML 1.1 does not read as text.
RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
#: Texts of fewer characters are cached.
_CACHED = 40
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_TRANSLATED = str.maketrans(_ESCAPES)


def yaml_text(value: Json) -> str:
    """One YAML document. Raises ``ValueError`` for a number or character that YAML cannot hold."""
    lines: list[str] = []
    _write(lines, "", value, indent=0)
    return "\n".join(lines) + "\n"


def _write(lines: list[str], lead: str, value: Json, indent: int) -> None:
    """Append ``value`` after ``lead`` (``key:``, ``-``); what it contains starts at ``indent``."""
    if isinstance(value, str):
        if "\n" in value and lead and _fits_block(value):
            _write_block(lines, lead, value, indent)
            return
        text = _scalar(value) if len(value) < _CACHED else _string(value)
    elif isinstance(value, dict) and value:
        if lead:
            lines.append(lead)
        _write_mapping(lines, value, indent)
        return
    elif isinstance(value, list) and value:
        if lead:
            lines.append(lead)
        _write_sequence(lines, value, indent)
        return
    else:
        text = plain_scalar(value)
    lines.append(f"{lead} {text}" if lead else text)


def _write_mapping(lines: list[str], value: dict[str, Json], indent: int) -> None:
    margin = " " * indent
    for key, item in value.items():
        # A list below a key is not indented further, as PyYAML and kfp write it.
        deeper = indent if isinstance(item, list) else indent + 2
        quoted = _scalar(key)
        if len(quoted) < 1000:
            _write(lines, f"{margin}{quoted}:", item, deeper)
        else:
            # Parsers look for the colon in the next 1,024 characters only.
            lines.append(f"{margin}? {quoted}")
            _write(lines, f"{margin}:", item, deeper)


def _write_sequence(lines: list[str], value: list[Json], indent: int) -> None:
    margin = " " * indent
    for item in value:
        if isinstance(item, (dict, list)) and item:
            start = len(lines)
            _write(lines, "", item, indent + 2)
            lines[start] = f"{margin}- {lines[start][indent + 2 :]}"
        else:
            _write(lines, f"{margin}-", item, indent + 2)


def _write_block(lines: list[str], lead: str, text: str, indent: int) -> None:
    body = text.rstrip("\n")
    tail = len(text) - len(body)
    chomping = "-" if tail == 0 else "" if tail == 1 else "+"
    leading = "2" if text[0] in " \n\t" else ""
    lines.append(f"{lead} |{leading}{chomping}")
    margin = " " * indent
    lines += [margin + line if line else "" for line in body.split("\n")]
    lines += [""] * (tail - 1)


def _fits_block(text: str) -> bool:
    """Whether a literal block holds the text unchanged."""
    if not text.strip("\n"):
        return False
    flat = text.replace("\n", "").replace("\t", "")
    # Some parsers read blanks on a line before the first text as indentation.
    return flat.isprintable() and not any(map(str.isspace, text.split("\n")))


@lru_cache(maxsize=1024)
def _scalar(text: str) -> str:
    """A key or short text, quoted if needed. It is cached, as a file repeats most of them."""
    return _string(text)


def _string(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in RESERVED:
        return text
    if text.isprintable():
        if "'" not in text or '"' in text or "\\" in text:
            return "'" + text.replace("'", "''") + "'"
        return f'"{text}"'
    quoted = text.translate(_TRANSLATED)
    return f'"{quoted if quoted.isprintable() else "".join(map(escaped, text))}"'


def escaped(char: str) -> str:
    """A character in double quotes. ``ValueError`` for a lone surrogate."""
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if 0xD800 <= code < 0xE000:
        raise ValueError(f"a lone surrogate, U+{code:04X}, cannot be written as YAML")
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def plain_scalar(value: Json) -> str:
    """A value that is neither a text nor a container with entries."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} is not a JSON number")
            text = repr(value)
            # YAML 1.1 reads 1e-05 as text; a point makes it a number.
            return text if "." in text or "e" not in text else text.replace("e", ".0e", 1)
        case dict():
            return "{}"
        case _:
            return "[]"
