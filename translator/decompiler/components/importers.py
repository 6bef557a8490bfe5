"""Importers: calls of ``dsl.importer``, which are in the pipeline, not in a definition."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.decompiler.components.artifacts import artifact_class
from translator.decompiler.definitions import Definition
from translator.decompiler.layout import Code, Group, call, listed, mapping, named
from translator.decompiler.literals import TextLiteral, literal, merged, on_one_line, text
from translator.model import Constant
from translator.placeholders import PlaceholderKind, parse_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.decompiler.literals import Piece
    from translator.model import Component, Importer, Json

__all__ = ["definition", "importer_call"]


def definition(module: Module, component: Component) -> Definition:
    """What an importer is called by. ``importer_call`` writes the call."""
    module.use("from kfp import dsl")
    inputs = {name: name for name in component.inputs.parameters}
    outputs = dict.fromkeys(component.outputs.artifacts, "artifact")
    return Definition(function="dsl.importer", code="", inputs=inputs, outputs=outputs)


def importer_call(module: Module, importer: Importer, arguments: Mapping[str, Expression]) -> Group:
    """The call of ``dsl.importer`` with ``arguments`` for the inputs of its component.

    kfp numbers the inputs for values in metadata as it walks through it, so an entry with
    ``metadata`` is before one with ``metadata-2``, whatever the order in the file.
    """
    module.use("from kfp import dsl")
    uri = importer.uri
    given = {
        "artifact_uri": literal(uri.value)
        if isinstance(uri, Constant)
        else arguments.get(uri.name, text("")),
        "artifact_class": artifact_class(module, importer.artifact, importer.origin),
    }
    if importer.reimport:
        given["reimport"] = named("True")
    if importer.metadata:
        given["metadata"] = _filled(dict(importer.metadata), arguments)
    if importer.download_to_workspace:
        given["download_to_workspace"] = named("True")
    return call("dsl.importer", **given)


def _filled(value: Json, arguments: Mapping[str, Expression]) -> Expression:
    """Metadata with the arguments in place of their placeholders."""
    if isinstance(value, dict):
        entries = sorted(value.items(), key=_place)
        keys = [on_one_line(_filled(key, arguments)) for key, _ in entries]
        values = [_filled(one, arguments) for _, one in entries]
        return mapping(zip(keys, values, strict=True))
    if isinstance(value, list):
        return listed([_filled(one, arguments) for one in value])
    return _text(value, arguments) if isinstance(value, str) else literal(value)


def _text(value: str, arguments: Mapping[str, Expression]) -> Expression:
    pieces: list[Piece] = []
    parts = parse_text(value).parts
    for part in parts:
        argument = None
        if not isinstance(part, str) and part.kind is PlaceholderKind.INPUT_VALUE:
            argument = arguments.get(part.name)
        if argument is not None and len(parts) == 1:
            return argument
        pieces += _pieces(argument) if argument is not None else [str(part)]
    return TextLiteral(pieces=tuple(merged(pieces)))


def _pieces(argument: Expression) -> list[Piece]:
    """An argument as a part of an f-string."""
    if isinstance(argument, TextLiteral):
        return list(argument.pieces)
    return [Code(text=argument.flat() or "")]


def _place(entry: tuple[str, Json]) -> int:
    """The lowest number of an input in an entry; entries without one are first."""
    found = [
        number
        for placeholder in parse_text(json.dumps(entry)).placeholders()
        if placeholder.kind is PlaceholderKind.INPUT_VALUE and (number := _number(placeholder.name))
    ]
    return min(found, default=0)


def _number(name: str) -> int:
    """3 of ``metadata-3``, 1 of ``metadata``; 0 for other names."""
    match = re.fullmatch(r"metadata(?:-([0-9]{1,9}))?", name)
    return int(match[1] or 1) if match else 0
