"""The arguments of tasks that create, change or delete an object of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Constant
from translator.readers.argo.references import parse
from translator.readers.argo.values import bind, embedded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import InputSource, Json
    from translator.readers.argo.claims import Argument
    from translator.readers.argo.scopes import Scope
    from translator.readers.argo.values import Pieces
    from translator.readers.argo.workflow import DagTask, Template
    from translator.source import Cursor

__all__ = ["object_arguments"]


def object_arguments(
    scope: Scope, call: DagTask, template: Template, written: Mapping[str, Argument]
) -> dict[str, InputSource]:
    """The arguments of a call in its DAG. Texts with values of the run need inputs of their own."""
    parameters: dict[str, InputSource] = {}

    def pieces(value: str, place: Cursor) -> Pieces:
        return scope.filled(call, template, parse(value), place)

    def filled(value: Json, place: Cursor) -> Json:
        if isinstance(value, dict):
            return {key: filled(entry, place) for key, entry in value.items()}
        if isinstance(value, list):
            return [filled(entry, place) for entry in value]
        return embedded(parameters, pieces(str(value), place))

    for own, (value, place) in written.items():
        if isinstance(value, str):
            bind(parameters, own, pieces(value, place))
        else:
            parameters[own] = Constant(value=filled(value, place), origin=place.origin)
    return parameters
