"""The words of a container, taken apart again into what its component's author wrote.

The container is the truth and ``component_spec`` the guide: its placeholders are filled in with
``arguments.parameters``, and count only if the words come out as the container has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from translator.readers.argo.metadata import file_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.readers.argo.document import Template
    from translator.readers.argo.metadata import ComponentSpec


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
    try:
        found = Words(
            _expanded(spec.container.get("command"), spec, template),
            _expanded(spec.container.get("args"), spec, template),
        )
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return None  # a placeholder of another age, or no placeholder at all
    same = _texts(found.command) == command and _texts(found.args) == args
    return found if same else None


def plain(command: list[str], args: list[str]) -> Words:
    """The words as they are."""
    return Words([[word] for word in command], [[word] for word in args])


def _texts(words: list[Word]) -> list[str]:
    return [
        "".join(piece if isinstance(piece, str) else piece.text for piece in word) for word in words
    ]


def _expanded(entries: Any, spec: ComponentSpec, template: Template) -> list[Word]:
    return [word for entry in entries or () for word in _words(entry, spec, template)]


def _words(entry: Any, spec: ComponentSpec, template: Template) -> Iterator[Word]:
    """The words that one entry gives: none or several for an ``if``, else one."""
    if not isinstance(entry, dict):
        yield [_literal(entry)]
        return
    ((kind, content),) = entry.items()
    if kind == "if":
        branch = "then" if _holds(content["cond"], spec, template) else "else"
        for word in _as_list(content.get(branch)):
            yield from _words(word, spec, template)
    elif kind == "concat":
        pieces = [word for part in content for word in _words(part, spec, template)]
        yield [piece for word in pieces for piece in word]
    else:
        hole = _hole(kind, content, spec, template)
        if hole is not None:
            yield [hole]


def _literal(entry: object) -> str:
    if not isinstance(entry, (str, int, float)):
        raise TypeError(entry)
    return str(entry)


def _hole(kind: str, name: str, spec: ComponentSpec, template: Template) -> str | Hole | None:
    """The placeholder filled in; None where an optional input was not given."""
    if kind == "inputValue":
        if name in spec.arguments:
            return Hole(kind, name, spec.arguments[name])
        return next((entry.default for entry in spec.inputs if entry.name == name), None)
    if kind == "inputPath":
        path = f"/tmp/inputs/{file_name(name)}/data"
        given = any(port.path == path for port in template.input_artifacts.values())
        return Hole(kind, name, path) if given else None
    if kind == "outputPath":
        fixed = spec.container.get("fileOutputs") or {}
        return Hole(kind, name, fixed.get(name, f"/tmp/outputs/{file_name(name)}/data"))
    if kind == "executorInput":
        return "{{$}}"
    if kind in ("inputUri", "outputUri"):
        return f"{{{{$.{kind[:-3]}s.artifacts['{name}'].uri}}}}"
    raise KeyError(kind)


def _holds(condition: Any, spec: ComponentSpec, template: Template) -> bool:
    if isinstance(condition, dict) and "isPresent" in condition:
        name = condition["isPresent"]
        return name in spec.arguments or _hole("inputPath", name, spec, template) is not None
    if isinstance(condition, dict):
        hole = _hole("inputValue", condition["inputValue"], spec, template)
        condition = hole.text if isinstance(hole, Hole) else hole
    return str(condition).lower() in ("true", "yes", "1")


def _as_list(branch: Any) -> list[Any]:
    if branch is None:
        return []
    return branch if isinstance(branch, list) else [branch]
