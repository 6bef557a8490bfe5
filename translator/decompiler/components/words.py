"""The words of a command, with their placeholders, as elements of ``dsl.ContainerSpec``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.decompiler.layout import Code, call, listed, named
from translator.decompiler.literals import TextLiteral, text
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.decompiler.layout import Expression
    from translator.decompiler.literals import Piece
    from translator.model import Component, Json

__all__ = ["Ports", "Words", "is_of_output", "placeholders"]

#: Placeholder without a name → the constant for it in ``kfp.dsl``.
_CONSTANTS = {
    PlaceholderKind.EXECUTOR_INPUT: "PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER",
    PlaceholderKind.EXECUTOR_OUTPUT_FILE: "PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER",
    PlaceholderKind.RUN_NAME: "PIPELINE_JOB_NAME_PLACEHOLDER",
    PlaceholderKind.RUN_RESOURCE_NAME: "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER",
    PlaceholderKind.RUN_ID: "PIPELINE_JOB_ID_PLACEHOLDER",
    PlaceholderKind.TASK_NAME: "PIPELINE_TASK_NAME_PLACEHOLDER",
    PlaceholderKind.TASK_ID: "PIPELINE_TASK_ID_PLACEHOLDER",
    PlaceholderKind.RUN_ROOT: "PIPELINE_ROOT_PLACEHOLDER",
    PlaceholderKind.RUN_CREATE_TIME: "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER",
    PlaceholderKind.RUN_SCHEDULE_TIME: "PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER",
    PlaceholderKind.WORKSPACE_PATH: "WORKSPACE_PATH_PLACEHOLDER",
}
#: Placeholder of an artifact → the attribute of the function's parameter for it.
_ATTRIBUTES = {
    PlaceholderKind.INPUT_PATH: "path",
    PlaceholderKind.INPUT_URI: "uri",
    PlaceholderKind.INPUT_METADATA: "metadata",
    PlaceholderKind.OUTPUT_PATH: "path",
    PlaceholderKind.OUTPUT_URI: "uri",
    PlaceholderKind.OUTPUT_METADATA: "metadata",
}
#: All artifacts of a list, or all metadata of an artifact, which have no kind of their own.
_WHOLE = re.compile(r"\$\.(?P<side>inputs|outputs)\.artifacts\['(?P<name>[^']*)'\](?P<rest>.*)")

_NAMES = re.compile(r"\b(?:in|out)puts\b")


class Ports(NamedTuple):
    """The parameters of a function: input or output of its component → name of the parameter."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


class Words:
    """Writes words of a command of one component."""

    def __init__(self, component: Component, ports: Ports) -> None:
        self._inputs, self._outputs = component.inputs, component.outputs
        self._ports = ports

    def word(self, value: Text) -> Expression:
        """A word: a text, a parameter of the function, or a placeholder of kfp.

        A placeholder for which the DSL has no word stays in the text; kfp leaves texts unchanged.
        """
        if (struct := _struct(str(value))) is not None and self._is_valid(struct):
            return self._structured(struct)
        return self._plain(value)

    def renamed(self, value: Text) -> Text:
        """The word with the names of parameters of the function in its placeholders."""
        return Text(
            tuple(one if isinstance(one, str) else self._renamed(one) for one in value.parts)
        )

    def _renamed(self, placeholder: Placeholder) -> Placeholder:
        ports = self._ports.outputs if is_of_output(placeholder) else self._ports.inputs
        is_named = placeholder.kind is not PlaceholderKind.UNKNOWN and placeholder.name in ports
        return placeholder._replace(name=ports[placeholder.name]) if is_named else placeholder

    def says(self, value: Text) -> bool:
        """Whether the word names inputs and outputs by parameters of the function only."""
        if (struct := _struct(str(value))) is not None:
            return self._is_valid(struct)
        return all(self._is_said(placeholder) for placeholder in value.placeholders())

    def _is_said(self, placeholder: Placeholder) -> bool:
        if placeholder.kind is PlaceholderKind.EXECUTOR_INPUT:
            return False  # a program reads names from it
        if self._code(placeholder) is not None:
            return True
        return placeholder.kind is PlaceholderKind.UNKNOWN and not _NAMES.search(placeholder.name)

    def _plain(self, value: Text) -> Expression:
        pieces: list[Piece] = []
        for part in value.parts:
            piece = part if isinstance(part, str) else self._code(part) or str(part)
            if pieces and isinstance(piece, str) and isinstance(pieces[-1], str):
                pieces[-1] += piece
            else:
                pieces.append(piece)
        if len(pieces) == 1 and isinstance(pieces[0], Code):
            return pieces[0]
        return TextLiteral(pieces=tuple(pieces))

    def _code(self, placeholder: Placeholder) -> Code | None:
        """The placeholder as code; None if the function has no such parameter."""
        kind, name, key = placeholder
        if kind in _CONSTANTS:
            return named(f"dsl.{_CONSTANTS[kind]}")
        if kind is PlaceholderKind.INPUT_VALUE:
            return self._parameter(self._ports.inputs, self._inputs.parameters, name)
        if kind is PlaceholderKind.OUTPUT_FILE:
            return self._parameter(self._ports.outputs, self._outputs.parameters, name)
        if kind is PlaceholderKind.UNKNOWN:
            return self._whole(name)
        return self._artifact(is_of_output(placeholder), name, _ATTRIBUTES[kind], key)

    def _parameter(
        self, ports: Mapping[str, str], declared: Mapping[str, object], name: str
    ) -> Code | None:
        return named(ports[name]) if name in ports and name in declared else None

    def _artifact(self, is_output: bool, name: str, attribute: str, key: str) -> Code | None:
        ports = self._ports.outputs if is_output else self._ports.inputs
        artifact = (self._outputs if is_output else self._inputs).artifacts.get(name)
        if artifact is None or artifact.is_list or name not in ports:
            return None
        if not key:
            return named(f"{ports[name]}.{attribute}")
        # The code of a field in an f-string has no escapes.
        return named(f'{ports[name]}.{attribute}["{key}"]') if key.isprintable() else None

    def _whole(self, spelling: str) -> Code | None:
        match = _WHOLE.fullmatch(spelling)
        if match is None:
            return None
        is_output, name = match["side"] == "outputs", match["name"]
        if match["rest"] == ".metadata":
            return self._artifact(is_output, name, "metadata", "")
        ports = self._ports.outputs if is_output else self._ports.inputs
        artifact = (self._outputs if is_output else self._inputs).artifacts.get(name)
        is_list = artifact is not None and artifact.is_list
        return named(ports[name]) if is_list and not match["rest"] and name in ports else None

    def _is_valid(self, struct: Json) -> bool:
        """Whether kfp can write the struct, with parameters of the function for all names in it."""
        if isinstance(struct, str):
            value = parse_text(struct)
            return all(self._is_said(placeholder) for placeholder in value.placeholders())
        if not isinstance(struct, dict) or len(struct) != 1:
            return False
        ((kind, content),) = struct.items()
        if kind == "Concat" and isinstance(content, list):
            return all(self._is_valid(item) and not _has_lists(item) for item in content)
        if kind != "IfPresent" or not isinstance(content, dict):
            return False
        if list(content) not in (["InputName", "Then"], ["InputName", "Then", "Else"]):
            return False
        branches = [content["Then"], content.get("Else", "x")]
        found = [one for branch in branches for one in _listed(branch)]
        return (
            content["InputName"] in self._ports.inputs
            and bool(branches[1])
            and all(self._is_valid(one) for one in found)
        )

    def _structured(self, struct: Json) -> Expression:
        if isinstance(struct, list):
            return listed([self._structured(one) for one in struct])
        if not isinstance(struct, dict):
            return self._plain(parse_text(str(struct)))
        if "Concat" in struct:
            return call("dsl.ConcatPlaceholder", self._structured(struct["Concat"]))
        content = struct["IfPresent"]
        assert isinstance(content, dict)
        name = self._ports.inputs[str(content["InputName"])]
        branches = {"then": self._structured(content["Then"])}
        if "Else" in content:
            branches["else_"] = self._structured(content["Else"])
        return call("dsl.IfPresentPlaceholder", input_name=text(name), **branches)


def _struct(value: str) -> Json:
    """``Concat`` or ``IfPresent`` in a text, if kfp writes it the same; else None."""
    if not value.startswith(('{"Concat": ', '{"IfPresent": ')):
        return None
    try:
        found: Json = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if json.dumps(found) == value else None


def _listed(branch: Json) -> list[Json]:
    return branch if isinstance(branch, list) else [branch]


def _has_lists(item: Json) -> bool:
    """Whether a branch in it is a list, which kfp refuses in ``ConcatPlaceholder``."""
    content = item.get("IfPresent") if isinstance(item, dict) else None
    if not isinstance(content, dict):
        return False
    branches = [content.get("Then"), content.get("Else")]
    return any(isinstance(one, list) or _has_lists(one) for one in branches)


def placeholders(value: Text) -> Iterator[Placeholder]:
    """The placeholders of a word in the order of the text, with inputs named by ``IfPresent``."""
    for match in re.finditer(r'"InputName": "([^"\\]*)"', str(value)):
        if _struct(str(value)) is not None:
            yield Placeholder(PlaceholderKind.INPUT_VALUE, match[1])
    yield from value.placeholders()


def is_of_output(placeholder: Placeholder) -> bool:
    """Whether it is about an output of the component."""
    return placeholder.kind.value.startswith("$.outputs.")
