"""The words of a container, taken apart again into what its component's author wrote.

The container is the truth and ``component_spec`` the guide: its placeholders are filled in with
``arguments.parameters``, and count only if the words come out as the container has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from translator.readers.argo.annotations import file_name
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.readers.argo.annotations import ComponentSpec
    from translator.readers.argo.workflow import Template
    from translator.source import Cursor


class Hole(NamedTuple):
    """A place in a word that an input or output fills."""

    #: ``inputValue``, ``inputPath`` or ``outputPath``.
    kind: str
    #: The input or output, as its author named it.
    name: str
    #: What stands there in the container.
    text: str


#: A word in pieces: literal text and holes.
Word: TypeAlias = "list[str | Hole]"


class Words(NamedTuple):
    """The words of a container in pieces."""

    command: list[Word]
    args: list[Word]


def lifted(
    spec: ComponentSpec, template: Template, command: list[str], args: list[str]
) -> Words | None:
    """The words with their holes; None when the annotations do not give this container."""
    if spec.container is None:
        return None
    guide = _Guide(spec, template)
    try:
        found = Words(guide.words("command"), guide.words("args"))
    except (TypeError, ValueError, KeyError, RecursionError):
        return None  # a placeholder of another age, or no placeholder at all
    if _texts(found.command) != command or _texts(found.args) != args:
        return None
    if any(isinstance(piece, Hole) and piece.kind == "inputValue" for piece in _pieces(found)):
        for place in guide.read:  # what else there is to find stands in the words too
            place.rewritten()
    return found


def plain(command: list[str], args: list[str]) -> Words:
    """The words as they are."""
    return Words([[word] for word in command], [[word] for word in args])


def _texts(words: list[Word]) -> list[str]:
    return [
        "".join(piece if isinstance(piece, str) else piece.text for piece in word) for word in words
    ]


def _pieces(words: Words) -> Iterator[str | Hole]:
    for word in (*words.command, *words.args):
        yield from word


class _Guide:
    """The words that a component says its container has."""

    def __init__(self, spec: ComponentSpec, template: Template) -> None:
        self.spec = spec
        self.template = template
        #: What the words came from.
        self.read: list[Cursor] = []

    def words(self, key: str) -> list[Word]:
        """Those of ``command`` or ``args``. ValueError and such for what is none."""
        found = None if self.spec.container is None else self.spec.container.find(key)
        entries = () if found is None else self._listed(found)
        words: list[Word] = []
        for entry in entries:
            if entry.kind == "mapping":
                words += self._words(entry)
            else:
                words.append([self._literal(entry)])
        return words

    def _words(self, entry: Cursor) -> Iterator[Word]:
        """The words that one entry gives: none or several for an ``if``, else one."""
        if entry.kind != "mapping":
            yield [self._literal(entry)]
            return
        ((kind, content),) = entry.items()
        if kind == "if":
            branch = content.find("then" if self._holds(content.get("cond")) else "else")
            for word in () if branch is None else self._listed(branch):
                yield from self._words(word)
        elif kind == "concat":
            pieces = [word for part in self._listed(content) for word in self._words(part)]
            yield [piece for word in pieces for piece in word]
        else:
            hole = self._hole(kind, self._literal(content))
            if hole is not None:
                yield [hole]

    def _listed(self, cursor: Cursor) -> list[Cursor]:
        return list(cursor.elements()) if cursor.kind == "sequence" else [cursor]

    def _literal(self, entry: Cursor) -> str:
        value = entry.peek()
        if not isinstance(value, (str, int, float)):
            raise TypeError(value)
        self.read.append(entry)
        return str(value)

    def _hole(self, kind: str, name: str) -> str | Hole | None:
        """The placeholder filled in; None where an optional input was not given."""
        if kind == "inputValue":
            if name in self.spec.arguments:
                return Hole(kind, name, self.spec.arguments[name])
            return self._default(name)
        if kind == "inputPath":
            path = f"/tmp/inputs/{file_name(name)}/data"
            given = any(port.path == path for port in self.template.input_artifacts.values())
            return Hole(kind, name, path) if given else None
        if kind == "outputPath":
            path = f"/tmp/outputs/{file_name(name)}/data"
            return Hole(kind, name, self.spec.fixed_paths.get(name, path))
        if kind == "executorInput":
            return "{{$}}"
        if kind in ("inputUri", "outputUri"):
            return f"{{{{$.{kind[:-3]}s.artifacts['{name}'].uri}}}}"
        raise KeyError(kind)

    def _default(self, name: str) -> str | None:
        declared = next((entry for entry in self.spec.inputs if entry.name == name), None)
        if declared is None or declared.default is None:
            return None
        self.read.append(declared.cursor.child("default"))
        return declared.default

    def _holds(self, condition: Cursor) -> bool:
        if condition.kind != "mapping":
            return self._is_true(self._literal(condition))
        if (present := condition.find("isPresent")) is not None:
            name = str(present.peek())
            holds = name in self.spec.arguments or self._hole("inputPath", name) is not None
            self.read += [present] * holds  # any other absent input would do as well
            return holds
        hole = self._hole("inputValue", self._literal(condition.get("inputValue")))
        return self._is_true(hole.text if isinstance(hole, Hole) else str(hole))

    def _is_true(self, written: str) -> bool:
        return written.lower() in ("true", "yes", "1")
