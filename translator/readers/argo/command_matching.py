"""The argv of a container → the argv of its component, with the author's placeholders.

The container is authoritative, and ``component_spec`` a guide to it: its placeholders are resolved
with ``arguments.parameters``, and are used only if the result is the argv of the container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from translator.readers.argo.annotations import file_name
from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.readers.argo.annotations import ComponentSpec
    from translator.readers.argo.workflow import Template
    from translator.source import Cursor


class Hole(NamedTuple):
    """A placeholder in an argument, with the text in its place in the container."""

    #: ``inputValue``, ``inputPath`` or ``outputPath``.
    kind: str
    #: The input or output, as its author named it.
    name: str
    #: The text in the container.
    text: str


#: An argument in parts: literal text and placeholders.
Argument: TypeAlias = "list[str | Hole]"


class Argv(NamedTuple):
    """The argv of a container, each argument in parts."""

    command: list[Argument]
    args: list[Argument]


def matched(
    spec: ComponentSpec, template: Template, command: list[str], args: list[str]
) -> Argv | None:
    """The argv with placeholders; None if that of the annotations is not the container's."""
    if spec.container is None:
        return None
    guide = _Guide(spec, template)
    try:
        found = Argv(guide.argv("command"), guide.argv("args"))
    except (TypeError, ValueError, KeyError, RecursionError):
        return None  # a placeholder of another version of kfp, or something else
    if _texts(found.command) != command or _texts(found.args) != args:
        return None
    argv = (*found.command, *found.args)
    holes = [piece for argument in argv for piece in argument if not isinstance(piece, str)]
    if any(hole.kind == "inputValue" for hole in holes):
        for place in guide.read:  # its other fields are in the argv too
            place.rewritten()
    return found


def _texts(argv: list[Argument]) -> list[str]:
    return [
        "".join([piece if isinstance(piece, str) else piece.text for piece in argument])
        for argument in argv
    ]


class _Guide:
    """The argv that a component declares for its container, resolved for one template."""

    def __init__(self, spec: ComponentSpec, template: Template) -> None:
        self.spec = spec
        self.template = template
        #: The fields that the argv was read from.
        self.read: list[Cursor] = []

    def argv(self, key: str) -> list[Argument]:
        """The arguments of ``command`` or ``args``. ``ValueError`` or similar for invalid ones."""
        found = None if self.spec.container is None else self.spec.container.find(key)
        return [] if found is None else self._listed_arguments(found)

    def _listed_arguments(self, cursor: Cursor) -> list[Argument]:
        """The arguments of all entries."""
        entries = cursor.elements() if cursor.kind == "sequence" else (cursor,)
        return [argument for entry in entries for argument in self._arguments(entry)]

    def _arguments(self, entry: Cursor) -> list[Argument]:
        """The arguments of one entry: none or several for an ``if``, else one."""
        if entry.kind != "mapping":
            return [[self._literal(entry)]]
        (kind,) = entry.keys()
        content = entry.get(kind)
        if kind == "if":
            branch = content.find("then" if self._holds(content.get("cond")) else "else")
            return [] if branch is None else self._listed_arguments(branch)
        if kind == "concat":
            return [[piece for argument in self._listed_arguments(content) for piece in argument]]
        hole = self._hole(kind, self._literal(content))
        return [] if hole is None else [[hole]]

    def _literal(self, entry: Cursor) -> str:
        value = entry.peek()
        if not isinstance(value, (str, int, float)):
            raise TypeError(value)
        self.read.append(entry)
        return str(value)

    def _hole(self, kind: str, name: str) -> str | Hole | None:
        """The resolved placeholder; None if an optional input is not set."""
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
            self.read += [present] * holds  # as for any other absent input
            return holds
        hole = self._hole("inputValue", self._literal(condition.get("inputValue")))
        return self._is_true(hole.text if isinstance(hole, Hole) else str(hole))

    def _is_true(self, written: str) -> bool:
        return written.lower() in ("true", "yes", "1")
