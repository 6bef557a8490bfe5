"""Long texts among the arguments of tasks, as an author would write them.

JSON is ``json.dumps(…)`` of its values, and a text of several lines is a constant, with
``.format(…)`` for the values of the pipeline in it. kfp finds these in any text: they are texts
themselves until it compiles the pipeline.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.decompiler.layout import Code, call, listed, mapping, named
from translator.decompiler.literals import TextLiteral, is_block, key_literal, literal
from translator.decompiler.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.decompiler.literals import Piece
    from translator.model import Json

__all__ = ["long_text"]

#: JSON of fewer characters is a text on one line.
_SHORT = 70
#: Levels of lists and mappings; Python reads 200 brackets inside each other.
_LEVELS = 20
#: The arguments of ``json.dumps`` with which authors make JSON.
_FORMS: tuple[Mapping[str, object], ...] = (
    {},
    {"indent": 2},
    {"indent": 4},
    {"separators": (",", ":")},
    {"ensure_ascii": False},
)


def long_text(module: Module, wish: str, pieces: tuple[Piece, ...]) -> Expression:
    """A text of an argument; ``wish`` is the name of a constant for it."""
    is_short = sum(len(one) if isinstance(one, str) else 1 for one in pieces) < _SHORT
    if not is_block(pieces) and is_short:
        return TextLiteral(pieces=pieces)
    dumped = _dumped(module, pieces)
    if dumped is None and is_block(pieces):
        return _formatted(module, wish, pieces)
    return TextLiteral(pieces=pieces) if dumped is None else dumped


def _dumped(module: Module, pieces: Sequence[Piece]) -> Expression | None:
    """``json.dumps(…)`` if it makes exactly this text."""
    if not str(pieces[0]).startswith(("{", "[")) or not isinstance(pieces[0], str):
        return None
    mark = "@@"
    while any(mark in one for one in pieces if isinstance(one, str)):
        mark += "@"
    fields = [one for one in pieces if isinstance(one, Code)]
    numbers = iter(range(len(fields)))
    text = "".join(
        one if isinstance(one, str) else f"{mark}{next(numbers)}{mark}" for one in pieces
    )
    try:
        value = json.loads(text, parse_constant=_no_number)
        forms = [one for one in _FORMS if json.dumps(value, **one) == text]  # type: ignore[arg-type]
    except (ValueError, RecursionError):
        return None
    if not forms or not _is_written(value, mark):
        return None
    module.use("import json")
    more = {name: literal(one) for name, one in forms[0].items()}
    return call("json.dumps", _value(value, mark, fields), **more)


def _no_number(name: str) -> Json:
    """``NaN`` and ``Infinity``, which Python reads as JSON, have no literal."""
    raise ValueError(name)


def _is_written(value: Json, mark: str, levels: int = _LEVELS) -> bool:
    """Whether it is not nested too deeply, and no value of the pipeline is in a key."""
    if not isinstance(value, (list, dict)):
        return True
    if isinstance(value, dict) and any(mark in key for key in value):
        return False
    inner = value if isinstance(value, list) else [*value.values()]
    return levels > 0 and all(_is_written(one, mark, levels - 1) for one in inner)


def _value(value: Json, mark: str, fields: Sequence[Code]) -> Expression:
    if isinstance(value, list):
        return listed([_value(one, mark, fields) for one in value])
    if isinstance(value, dict):
        return mapping(
            [(key_literal(key), _value(one, mark, fields)) for key, one in value.items()]
        )
    if not isinstance(value, str):
        return literal(value)
    parts = re.split(rf"{mark}(\d+){mark}", value)
    found = [fields[int(one)] if number % 2 else one for number, one in enumerate(parts)]
    return TextLiteral(pieces=tuple(one for one in found if one))


def _formatted(module: Module, wish: str, pieces: Sequence[Piece]) -> Expression:
    """A constant, and ``.format(…)`` with a name for each value of the pipeline in it."""
    fields = list(dict.fromkeys(one for one in pieces if isinstance(one, Code)))
    if not fields:
        return named(module.constant(wish, TextLiteral(pieces=tuple(pieces))))
    names = Names()
    of = {one: names.new(_name(one)) for one in fields}
    template = "".join(
        f"{{{of[one]}}}" if isinstance(one, Code) else one.replace("{", "{{").replace("}", "}}")
        for one in pieces
    )
    constant = module.constant(wish, TextLiteral(pieces=(template,)))
    return call(f"{constant}.format", **{of[one]: one for one in fields})


def _name(field: Code) -> str:
    """What a value is called in a template: the output, or the task if it is its only one."""
    first, *others = re.findall(r"\w+", field.text)
    if not others or others[-1] == "output":
        return str(first).removesuffix("_task")
    return str(others[-1])
