"""pipeline.py as it is built: its imports, constants, helper functions and definitions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from translator.decompiler.layout import WIDTH, assigned, printed
from translator.decompiler.literals import escaped
from translator.decompiler.names import Names
from translator.diagnostics import Findings
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from translator.decompiler.layout import Expression
    from translator.model import Json

T = TypeVar("T")

__all__ = ["Definition", "Module", "comment", "described", "docstring", "is_dedented"]

#: The import of a type whose use linters report, and the comment by which they do not.
_OPTIONAL = "from typing import Optional"
_OPTIONAL_NOTE = "# kfp reads `Optional[str]`, not `str | None`.\n# ruff: noqa: UP045"
#: Imports that linters report, for functions that are kept as their author wrote them.
_OLDER = frozenset(f"from typing import {one}" for one in ("Dict", "List", "Tuple", "Set", "Type"))
_OLDER_NOTE = (
    "# Functions are kept as they are, with the types of `typing`.\n# ruff: noqa: UP006, UP035"
)


class Definition(NamedTuple):
    """How pipeline.py defines and calls a component."""

    #: What is called, for example ``train`` or ``CustomTrainingJobOp``.
    function: str
    #: The source of the definition, without blank lines around it; empty if it is imported.
    code: str
    #: Input of the component → keyword argument.
    inputs: Mapping[str, str]
    #: Output of the component → its key in ``.outputs``.
    outputs: Mapping[str, str]
    #: Input of the component → its default, for which no argument is written.
    defaults: Mapping[str, Json] = {}


class Module:
    """The builder of pipeline.py.

    Every function and constant gets its name from ``names`` before a function body is written, so
    that no variable hides one of them.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.names = Names(taken)
        self.findings: Findings = Findings()
        #: Packages that it needs beside kfp in one version: ``name==1.2``.
        self.requirements: set[str] = set()
        #: Component → what its function is named after, if that is not its own name.
        self.titles: dict[str, str] = {}
        self._imports: list[str] = []
        #: Source of the value, and comment → name.
        self._constants: dict[tuple[str, str], str] = {}
        self._constant_lines: list[str] = []
        self._helpers: dict[str, str] = {}
        self._definitions: list[str] = []
        self._kept: dict[type, object] = {}

    def kept(self, kind: type[T], make: Callable[[], T]) -> T:
        """What a part of the decompiler keeps for the whole module, made at its first use."""
        if kind not in self._kept:
            self._kept[kind] = make()
        found = self._kept[kind]
        assert isinstance(found, kind)
        return found

    def use(self, line: str) -> None:
        """Adds an import, for example ``from kfp import dsl``, once."""
        if line not in self._imports:
            self._imports.append(line)

    def constant(self, wish: str, value: Expression, comment: str = "") -> str:
        """The name of a constant with this value: the one that has it already, or a new one."""
        key = printed(value), comment
        if key not in self._constants:
            name = self.names.constant(wish)
            self._constants[key] = name
            lines = [*_comment_lines(comment), assigned(name, value)]
            self._constant_lines.append("\n".join(lines))
        return self._constants[key]

    def helper(self, wish: str, source: str) -> str:
        """The name of a helper function or class.

        ``source`` defines it as ``wish``; its name is replaced where that one is taken.
        """
        if source not in self._helpers:
            is_class = source.startswith("class ")
            self._helpers[source] = self.names.kept(wish) if is_class else self.names.new(wish)
        return self._helpers[source]

    def define(self, definition: Definition) -> None:
        """Adds the source of a definition, once."""
        if definition.code and definition.code not in self._definitions:
            self._definitions.append(definition.code)

    def text(self, docstring: str, *functions: str) -> str:
        """The whole module: ``docstring`` is source, ``functions`` come behind the definitions."""
        helpers = [_named(name, source) for source, name in self._helpers.items()]
        notes = [_OPTIONAL_NOTE] if _OPTIONAL in self._imports else []
        notes += [_OLDER_NOTE] if _OLDER.intersection(self._imports) else []
        head = [docstring, "\n".join(notes), _import_block(self._imports), *self._constant_block()]
        parts = ["\n\n".join(part for part in head if part)]
        parts += [*helpers, *self._definitions, *functions]
        return "\n\n\n".join(part for part in parts if part) + "\n"

    def _constant_block(self) -> list[str]:
        """Constants: those on one line follow each other, others have blank lines around them."""
        found: list[str] = []
        for lines in self._constant_lines:
            if found and "\n" not in lines and "\n" not in found[-1].rpartition("\n\n")[2]:
                found[-1] += "\n" + lines
            else:
                found.append(lines)
        return found


def _named(name: str, source: str) -> str:
    """The source of a function or class with another name."""
    found, number = re.subn(r"^(def|class) \w+", rf"\1 {name}", source, count=1, flags=re.MULTILINE)
    if not number:
        raise ValueError(f"no function in {source!r}")
    return found.strip("\n")


def _import_block(lines: Iterable[str]) -> str:
    """Imports as isort sorts them: the standard library before other packages, each by module."""
    names: dict[str, set[str]] = {}
    plain: set[str] = set()
    for line in lines:
        match = re.fullmatch(r"from (\S+) import (.+)", line)
        if match is None:
            plain.add(line)
        else:
            names.setdefault(match[1], set()).update(match[2].split(", "))
    found = [*sorted(plain), *(_from_import(one, names[one]) for one in sorted(names))]
    first = [line for line in found if _is_standard(line)]
    others = [line for line in found if not _is_standard(line)]
    return "\n\n".join("\n".join(block) for block in (first, others) if block)


def _from_import(module: str, names: set[str]) -> str:
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return line
    entries = "".join([f"    {name},\n" for name in ordered])
    return f"from {module} import (\n{entries})"


def _is_standard(line: str) -> bool:
    import sys

    return line.split()[1].partition(".")[0] in sys.stdlib_module_names


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


def docstring(text: str, indent: int = 4) -> str:
    """The text as a docstring, from which ``inspect.getdoc`` gives it again.

    It does not where the first line or all others start with a space, or a line has only spaces.
    """
    pad = " " * indent
    lines = [_docstring_line(line) for line in text.split("\n")]
    body = "\n".join([lines[0], *(pad + line if line else "" for line in lines[1:])])
    if re.search(r'(?<!\\)(?:\\\\)*"$', body):
        body = body[:-1] + '\\"'
    end = f"\n{pad}" if len(lines) > 1 else ""
    return f'{pad}"""{body}{end}"""'


def _docstring_line(line: str) -> str:
    """A line of a docstring. Editors and formatters would remove a space at its end."""
    found = escaped(line).replace('"""', '""\\"')
    return found[:-1] + "\\x20" if found.endswith(" ") else found


def described(summary: str, inputs: Mapping[str, str] = {}, outputs: Mapping[str, str] = {}) -> str:
    """The text of a docstring in which kfp finds these descriptions; empty if there are none.

    kfp reads it with docstring_parser in the style of Google, and takes ``Returns:`` for another
    ``Args:`` (``extract_component_interface`` in kfp/dsl/component_factory.py). Lines of a
    description are kept as they are.
    """
    parts = [summary]
    for title, descriptions in (("Args:", inputs), ("Returns:", outputs)):
        told = {name: one for name, one in descriptions.items() if one}
        if told:
            lines = [f"    {name}:{_continued(one)}" for name, one in told.items()]
            parts.append("\n".join([title, *lines]))
    return "\n\n".join([part for part in parts if part])


def _continued(text: str) -> str:
    """The description behind its name; below it if docstring_parser would change its lines."""
    first, *others = text.split("\n")
    if others and not is_dedented(others):
        first, others = "", [first, *others]
    return "\n".join([first and f" {first}", *(one and f"        {one}" for one in others)])


def is_dedented(lines: Sequence[str]) -> bool:
    """Whether docstring_parser gives these lines back when they are indented."""
    from inspect import cleandoc

    return cleandoc("\n".join([line and f"    {line}" for line in lines])) == "\n".join(lines)
