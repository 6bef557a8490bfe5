"""pipeline.py as it is built: its definitions, and the helper functions that it needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from translator.decompiler.choices import Choices
from translator.decompiler.literals import escaped
from translator.decompiler.names import Names
from translator.decompiler.parts import HELPERS, Part, comment, from_import, import_block, joined
from translator.diagnostics import Findings
from translator.records import NamedTuple
from translator.version import NOTICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from translator.diagnostics import Origin
    from translator.model import Json

T = TypeVar("T")
_NO_CHOICES = Choices()

__all__ = ["Definition", "Module", "comment", "described", "docstring", "is_dedented"]

#: The import of a type whose use linters report, and the comment by which they do not.
_OPTIONAL = "from typing import Optional"
_OPTIONAL_NOTE = "# kfp reads `Optional[str]`, not `str | None`.\n# ruff: noqa: UP045"
#: The comment by which linters report, and change, nothing in functions of the author.
_OWN_TEXT_NOTE = (
    "# Containers run the text of these functions: a change of it changes the pipeline.\n"
    "# ruff: noqa"
)
#: The comment before the helpers where all is in one file.
_HELPERS_NOTE = (
    "# Helpers, for what runs around programs. The components of the pipeline come after them."
)
_HELPERS_DOCSTRING = f'''"""Commands and programs in pipeline.py that are not its author's.

{NOTICE}
"""'''


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


class Module(Part):
    """The builder of pipeline.py.

    Every function and constant gets its name from ``names`` before a function body is written, so
    that no variable hides one of them.
    """

    def __init__(self, taken: Iterable[str] = (), choices: Choices = _NO_CHOICES) -> None:
        super().__init__(Names(taken))
        self.choices = choices
        #: What pipeline.py needs, and is not its author's.
        self.helpers = Part(self.names)
        self.findings: Findings = Findings()
        #: Packages that it needs beside kfp in one version: ``name==1.2``.
        self.requirements: set[str] = set()
        #: Component → what its function is named after, if that is not its own name.
        self.titles: dict[str, str] = {}
        #: Whether it has functions with the text of the file.
        self.has_own_text = False
        #: The versions of kfp that containers install and the compiler replaces by its own.
        self.replaced_kfp: dict[str, Origin | None] = {}
        self._definitions: list[str] = []
        self._kept: dict[type, object] = {}

    def kept(self, kind: type[T], make: Callable[[], T]) -> T:
        """What a part of the decompiler keeps for the whole module, made at its first use."""
        if kind not in self._kept:
            self._kept[kind] = make()
        found = self._kept[kind]
        assert isinstance(found, kind)
        return found

    def define(self, definition: Definition) -> None:
        """Adds the source of a definition, once."""
        if definition.code and definition.code not in self._definitions:
            self._definitions.append(definition.code)

    def text(self, docstring: str, *functions: str) -> str:
        """The whole module: ``docstring`` is source, ``functions`` come behind the definitions."""
        imports = import_block([*self.imports, *self.helpers.imports])
        constants, helpers = self.helpers.constants(), self.helpers.functions()
        first = constants or helpers
        first[:1] = [f"{_HELPERS_NOTE}\n{one}" for one in first[:1]]
        head = [docstring, self._notes(), imports, *self.constants(), *constants]
        return joined(head, [*helpers, *self.functions(), *self._definitions, *functions])

    def files(self, docstring: str, *functions: str) -> dict[str, str]:
        """The module, and a file with the helpers, if it has any."""
        helpers = self.helpers
        parts = [*self.functions(), *self._definitions, *functions]
        words = {*re.findall(r"\w+", "\n".join(parts))}
        given = helpers.exported & words
        if not given:
            return {"pipeline.py": self.text(docstring, *functions)}
        # Where ruff runs decides whether it takes the file for a package: its order has no meaning.
        imports = [import_block(self.imports), f"# isort: split\n{from_import(HELPERS, given)}"]
        head = [docstring, self._notes(), *imports, *self.constants()]
        own = [_HELPERS_DOCSTRING, import_block(helpers.imports), *helpers.constants()]
        return {
            "pipeline.py": joined(head, parts),
            f"{HELPERS}.py": joined(own, helpers.functions()),
        }

    def _notes(self) -> str:
        """The comments for linters."""
        if self.has_own_text:
            return _OWN_TEXT_NOTE
        return _OPTIONAL_NOTE if _OPTIONAL in self.imports else ""


def docstring(text: str, indent: int = 4) -> str:
    """The text as a docstring, from which ``inspect.getdoc`` gives it again.

    It does not where the first line or all others start with a space, or a line has only spaces.
    """
    pad = " " * indent
    lines = [_docstring_line(line) for line in text.split("\n")]
    body = "\n".join([lines[0], *(pad + line if line else "" for line in lines[1:])])
    if body.startswith('"'):  # formatters put a space before it
        body = f"\\{body}"
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
