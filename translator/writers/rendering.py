"""Text from the templates, into which values come only as Python literals or comments."""

from __future__ import annotations

import io
import math
import tokenize
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from translator.diagnostics import TranslationError
from translator.diagnostics.internal import BROKEN_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

    from jinja2 import Environment

__all__ = ["Code", "comment", "py", "render_python", "render_text"]

#: Columns of a line, as black has it.
WIDTH = 88
#: Columns left free for ``NAME = `` before the outermost value.
MARGIN = 24


class Code(str):
    """Text that is safe to stand in a program. Only the filters make it."""

    __slots__ = ()


def render_python(template: str, **context: object) -> str:
    """The program that ``template`` makes of the values; compiled once, so it is valid Python.

    A program that does not compile is our bug: ``TranslationError`` with TR902.
    """
    text = render_text(template, **context)
    try:
        data = text.encode("utf-8")
        # A comment that reads like an encoding declaration would change how Python reads the file.
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding != "utf-8":
            raise SyntaxError(f"it declares the encoding {encoding}")
        compile(data, template, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = BROKEN_OUTPUT.at(None, template=template, error=error)
        raise TranslationError([problem]) from error
    return text


def render_text(template: str, **context: object) -> str:
    """The text that ``template`` makes of the values. Values stand in it through filters only."""
    return _environment().get_template(template).render(context)


def py(value: object) -> Code:
    """The value as Python source, in black's style: ``ast.literal_eval(py(v)) == v``.

    Takes JSON values and tuples; ``TypeError`` or ``ValueError`` for anything else. Containers
    that do not fit on a line get one line per entry. Characters that do not print, among them
    bidirectional controls and lone surrogates, are escaped.
    """
    return Code(_literal(value, indent="", room=WIDTH - MARGIN))


def comment(value: object) -> Code:
    """The text so that it stays on its ``#`` line: what does not print is escaped."""
    if not isinstance(value, str):
        raise TypeError(f"a comment is text, not {type(value).__name__}")
    return Code("".join(map(_escaped, value)))


def _literal(value: object, indent: str, room: int) -> str:
    """The value in at most ``room`` columns if it can be; continued lines start at ``indent``."""
    # Exact types: a subclass (an enum, say) prints as something else than it is.
    if value is None or type(value) in (bool, int):
        return repr(value)
    if type(value) is float:
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a JSON number")
        return repr(value)
    if type(value) is str:
        return _string(value)
    deeper = indent + "    "
    if type(value) is dict:
        keys = [_key(key) + ": " for key in value]
        # One column for the comma.
        entries = [
            key + _literal(item, deeper, WIDTH - len(deeper) - len(key) - 1)
            for key, item in zip(keys, value.values(), strict=True)
        ]
        return _container("{", entries, "}", indent, room)
    if type(value) in (list, tuple):
        items: Iterable[object] = value  # type: ignore[assignment]
        entries = [_literal(item, deeper, WIDTH - len(deeper) - 1) for item in items]
        if type(value) is list:
            return _container("[", entries, "]", indent, room)
        return _container("(", entries, ",)" if len(entries) == 1 else ")", indent, room)
    raise TypeError(f"no literal for a value of type {type(value).__name__}")


def _container(opening: str, entries: list[str], closing: str, indent: str, room: int) -> str:
    line = opening + ", ".join(entries) + closing
    if not entries or (len(line) <= room and "\n" not in line):
        return line
    body = "".join(f"{indent}    {entry},\n" for entry in entries)
    return f"{opening}\n{body}{indent}{closing[-1]}"


def _key(key: object) -> str:
    if type(key) is not str:
        raise TypeError(f"keys are text, not {type(key).__name__}")
    return _string(key)


def _string(text: str) -> str:
    quote = "'" if text.count('"') > text.count("'") else '"'
    escaped = "".join(map(_escaped, text.replace("\\", "\\\\")))
    return quote + escaped.replace(quote, "\\" + quote) + quote


def _escaped(character: str) -> str:
    """The character, or its escape if it does not print."""
    if character.isprintable():
        return character
    return (
        character.encode("ascii", "backslashreplace").decode()
        if character > "\x7f"
        else (repr(character)[1:-1])
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        finalize=_only_code,
        autoescape=False,  # it writes Python, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters = {"py": py, "comment": comment}
    environment.tests.clear()
    environment.globals.clear()
    return environment


def _only_code(value: object) -> Code:
    if type(value) is not Code:
        raise TypeError(f"a template writes {value!r} without `py` or `comment`")
    return value


def _source(name: str) -> str | None:
    template = _templates().joinpath(name)
    return template.read_text(encoding="utf-8") if template.is_file() else None


def _templates() -> Traversable:
    """The folder of templates: inside the package when installed, beside it in a checkout."""
    packaged = files("translator") / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "templates"
