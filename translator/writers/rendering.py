"""Programs from the templates, into which values come only as Python literals or comments."""

from __future__ import annotations

import contextlib
import math
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from translator.diagnostics import TranslationError
from translator.version import NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment

__all__ = [
    "Call",
    "Code",
    "call",
    "comment",
    "doc",
    "identifier",
    "page",
    "program",
    "py",
    "render",
]

#: Columns of a line in black's style, less the indentation that `program` may add.
WIDTH = 84
#: Columns left free for ``NAME = `` before the outermost value.
MARGIN = 24


class Code(str):
    """Text that is safe in a program. Only the filters create it."""

    __slots__ = ()


class Call:
    """A call in a program: a name that the template defines, and values."""

    __slots__ = ("name", "named", "positional")

    def __init__(self, name: str, /, *positional: object, **named: object) -> None:
        self.name, self.positional, self.named = name, positional, named


def render(template: str, **context: object) -> str:
    """The rendered template. Values enter it through filters only.

    Tests check that each template is valid Python for any values.
    """
    return _environment().get_template(template).render(context)


def page(template: str, **context: object) -> str:
    """The rendered HTML template. Jinja escapes every value but those of ``markupsafe.Markup``."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(context)


def py(value: object) -> Code:
    """The value as Python source, in black's style: ``ast.literal_eval(py(v)) == v``.

    Takes JSON values and tuples; ``TypeError`` or ``ValueError`` for anything else. Containers
    that do not fit on a line get one line per entry. Characters that do not print, among them
    bidirectional controls and lone surrogates, are escaped.

    The equation is checked for each value; a literal that fails it is an internal error:
    ``TranslationError`` with TR902. That takes a tenth of the time of compiling the whole program,
    and finds more.
    """
    literal = _literal(value, indent="", room=WIDTH - MARGIN)
    _require(literal, literal, value)
    return Code(literal)


def call(value: Call | list[Call]) -> Code:
    """A call, or a list of calls, in black's style. Its values are those of ``py``."""
    if type(value) is Call:
        return Code(_call(value, indent="", room=WIDTH - MARGIN))
    if type(value) is not list or not value:
        raise TypeError("give a call or a list of calls")
    entries = [_call(one, indent="    ", room=WIDTH - 5) for one in value]
    return Code("[\n" + "".join(f"    {entry},\n" for entry in entries) + "]")


def doc(value: object) -> Code:
    """The text for a docstring in double quotes: escaped, on one line."""
    if type(value) is not str:
        raise TypeError(f"a docstring is text, not {type(value).__name__}")
    literal = _printable(value.replace("\\", "\\\\")).replace('"', '\\"')
    _require(literal, f'"""{literal}"""', value)
    return Code(literal)


def _require(literal: str, source: str, value: object) -> None:
    """Raises an internal error unless the literal evaluates to the value."""
    from ast import literal_eval

    try:
        problem = "" if literal_eval(source) == value else "it reads back as something else"
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        problem = str(error)
    if problem:
        from translator.diagnostics.internal import BROKEN_LITERAL

        raise TranslationError([BROKEN_LITERAL.at(None, literal=literal, problem=problem)])


def comment(value: object) -> Code:
    """The text for a line with ``#``: characters that do not print are escaped."""
    if not isinstance(value, str):
        raise TypeError(f"a comment is text, not {type(value).__name__}")
    return Code(_printable(value))


def identifier(value: object) -> Code:
    """The name of a function, as it is: an identifier of ASCII letters, digits and ``_``."""
    from keyword import iskeyword

    if type(value) is not str or not value.isascii() or not value.isidentifier():
        raise TypeError(f"not an identifier: {value!r}")
    if iskeyword(value):
        raise TypeError(f"a keyword: {value}")
    return Code(value)


def program(name: str, text: str, modules: Iterable[str], *, single_file: bool) -> dict[str, str]:
    """File name → content of a program: ``text``, and the modules that it imports.

    The modules are templates without values, so they are the same in every bundle. With
    ``single_file`` the program is one file, ``text`` first.
    """
    sources = {module.rpartition("/")[2]: module_text(module) for module in modules}
    if single_file:
        from translator.writers.single_file import merged

        return {name: merged(text, sources)}
    return {name: text, **{name: f"# {NOTICE}\n{source}" for name, source in sources.items()}}


def module_text(name: str) -> str:
    """The text of a module in ``templates/``, for example ``vertex/show_metrics.py``."""
    text = _source(name)
    if text is None:
        raise FileNotFoundError(f"no template {name}")
    return text


def _literal(value: object, indent: str, room: int) -> str:
    """The value in at most ``room`` columns if possible; further lines start at ``indent``."""
    # Exact types: a subclass (an enum, for example) may have a different ``repr``.
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


def _call(value: Call, indent: str, room: int) -> str:
    names = (value.name, *value.named)
    if type(value) is not Call or not all(map(str.isidentifier, names)):
        raise TypeError("a call has a name, and its arguments have names")
    deeper = indent + "    "
    entries = []
    for key, argument in [*(("", one) for one in value.positional), *value.named.items()]:
        lead = f"{key}=" if key else ""
        literal = _literal(argument, deeper, WIDTH - len(deeper) - len(lead) - 1)
        _require(literal, literal, argument)
        entries.append(lead + literal)
    return _container(f"{value.name}(", entries, ")", indent, room)


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
    escaped = _printable(text.replace("\\", "\\\\"))
    return quote + escaped.replace(quote, "\\" + quote) + quote


def _printable(text: str) -> str:
    """The text with escapes for characters that do not print."""
    return text if text.isprintable() else "".join(map(_escaped, text))


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
        optimized=False,  # no expression of a template is constant
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = (py, call, comment, doc, identifier)
    environment.filters = {one.__name__: one for one in filters}
    environment.tests.clear()
    environment.globals.clear()
    return environment


def _only_code(value: object) -> Code:
    if type(value) is not Code:
        raise TypeError(f"a template writes {value!r} without a filter")
    return value


def _source(name: str) -> str | None:
    """The text of a template. The package's loader reads it, as it may be in a zip file."""
    loader: Any = __spec__ and __spec__.loader
    for folder in _folders():
        with contextlib.suppress(OSError):
            data: bytes = loader.get_data(os.path.join(folder, *name.split("/")))
            return data.decode("utf-8")
    return None


def _folders() -> tuple[str, ...]:
    """The folders of templates: in the package when installed, next to it in a checkout."""
    package = os.path.dirname(os.path.dirname(__file__))
    return os.path.join(package, "templates"), os.path.join(os.path.dirname(package), "templates")
