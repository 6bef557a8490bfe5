"""What a written file has before its definitions: imports, constants and helper functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.decompiler.layout import WIDTH, assigned, printed
from translator.decompiler.literals import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.decompiler.layout import Expression
    from translator.decompiler.names import Names

__all__ = ["HELPERS", "Part", "comment", "from_import", "import_block", "joined"]

#: The module with helper functions beside pipeline.py.
HELPERS = "pipeline_helpers"
#: The longest line of an import: ruff's own limit, so that its check needs no configuration.
_IMPORT_WIDTH = 88


class Part:
    """The builder of the beginning of a file."""

    def __init__(self, names: Names) -> None:
        self.names = names
        #: The names that another file imports.
        self.exported: set[str] = set()
        self.imports: list[str] = []
        #: Source of the value, and comment → name.
        self._constants: dict[tuple[str, str], str] = {}
        self._constant_lines: list[str] = []
        self._helpers: dict[str, str] = {}

    def use(self, line: str) -> None:
        """Adds an import, for example ``from kfp import dsl``, once."""
        if line not in self.imports:
            self.imports.append(line)

    def constant(
        self, wish: str, value: Expression, comment: str = "", *, inner: bool = False
    ) -> str:
        """The name of a constant with this value: the one that has it already, or a new one.

        With ``inner`` only helper functions use it.
        """
        key = printed(value), comment
        if key not in self._constants:
            name = self.names.constant(wish)
            self._constants[key] = name
            lines = [*_comment_lines(comment), assigned(name, value)]
            self._constant_lines.append("\n".join(lines))
        return self._named(self._constants[key], inner=inner)

    def helper(self, wish: str, source: str, *, inner: bool = False) -> str:
        """The name of a helper function or class.

        ``source`` defines it as ``wish``; its name is replaced where that one is taken. With
        ``inner`` only other helper functions use it.
        """
        if source not in self._helpers:
            is_class = source.startswith("class ")
            self._helpers[source] = self.names.kept(wish) if is_class else self.names.new(wish)
        return self._named(self._helpers[source], inner=inner)

    def _named(self, name: str, *, inner: bool) -> str:
        if not inner:
            self.exported.add(name)
        return name

    def constants(self) -> list[str]:
        """Constants: those on one line follow each other, others have blank lines around them."""
        found: list[str] = []
        before_is_short = False
        for lines in self._constant_lines:
            is_short = "\n" not in lines
            if is_short and before_is_short:
                found[-1] += "\n" + lines
            else:
                found.append(lines)
            before_is_short = is_short
        return found

    def functions(self) -> list[str]:
        """The helper functions and classes."""
        return [_renamed(name, source) for source, name in self._helpers.items()]


def _comment_lines(text: str) -> list[str]:
    return comment(text).split("\n") if text else []


def comment(text: str, indent: int = 0) -> str:
    """The text as comments, on lines that fit. Characters that do not print are escaped."""
    import textwrap

    pad = " " * indent + "# "
    lines = [
        wrapped
        for line in text.split("\n")
        for wrapped in textwrap.wrap(
            "".join(c if c.isprintable() else escaped(c) for c in line),
            WIDTH - len(pad),
            break_long_words=False,
            break_on_hyphens=False,
        )
        or [""]
    ]
    return "\n".join([(pad + line).rstrip() for line in lines])


def joined(head: Iterable[str], parts: Iterable[str]) -> str:
    """The text of a file: a head, whose parts have a blank line between them, and definitions."""
    found = ["\n\n".join([one for one in head if one]), *parts]
    return "\n\n\n".join([one for one in found if one]) + "\n"


def _renamed(name: str, source: str) -> str:
    """The source of a function or class with another name."""
    found, number = re.subn(r"^(def|class) \w+", rf"\1 {name}", source, count=1, flags=re.MULTILINE)
    if not number:
        raise ValueError(f"no function in {source!r}")
    return found.strip("\n")


def import_block(lines: Iterable[str]) -> str:
    """Imports as isort sorts them: the standard library before other packages, each by module."""
    names: dict[str, set[str]] = {}
    plain: set[str] = set()
    for line in lines:
        match = re.fullmatch(r"from (\S+) import (.+)", line)
        if match is None:
            plain.add(line)
        else:
            names.setdefault(match[1], set()).update(match[2].split(", "))
    found = [*sorted(plain), *(from_import(one, names[one]) for one in sorted(names))]
    first = [line for line in found if _is_standard(line)]
    others = [line for line in found if not _is_standard(line)]
    return "\n\n".join("\n".join(block) for block in (first, others) if block)


def from_import(module: str, names: Iterable[str]) -> str:
    """An import of names, sorted as isort does: constants, classes, functions."""
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= _IMPORT_WIDTH:
        return line
    entries = "".join([f"    {name},\n" for name in ordered])
    return f"from {module} import (\n{entries})"


def _is_standard(line: str) -> bool:
    import sys

    return line.split()[1].partition(".")[0] in sys.stdlib_module_names
