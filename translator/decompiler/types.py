"""The types that kfp's compiler gives to values, by which it checks arguments and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.nodes import (
    Collected,
    Given,
    Item,
    Literal,
    Loop,
    OneOf,
    Output,
    walk,
)
from translator.model import UNSET, Items, ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.nodes import Call, Flow, Path, Value
    from translator.model import Component, Interface, Json, Parameter, Pipeline

__all__ = ["Types", "item_types", "required"]

_OF_PYTHON = {
    str: ParameterType.STRING,
    int: ParameterType.NUMBER_INTEGER,
    float: ParameterType.NUMBER_DOUBLE,
    bool: ParameterType.BOOLEAN,
    list: ParameterType.LIST,
    dict: ParameterType.STRUCT,
}


class Types:
    """The types of the values of a function."""

    def __init__(
        self, pipeline: Pipeline, component: Component, calls: Mapping[Path, Call], flow: Flow
    ) -> None:
        self.pipeline = pipeline
        self.component = component
        self.calls = calls
        self.loops = {node.path: node for node in walk(flow.body) if isinstance(node, Loop)}

    def of(self, value: Value) -> ParameterType | None:
        """The type of a parameter; None for artifacts, and where it is not known."""
        match value:
            case Given():
                declared = self.component.inputs.parameters.get(value.name)
                return declared.type if declared else None
            case Output():
                task = self.calls[value.call].task
                declared = self.pipeline.components[task.component].outputs.parameters.get(
                    value.output
                )
                return declared.type if declared else None
            case Collected():
                return ParameterType.LIST if self.of(value.of) else None
            case OneOf():
                return self.of(value.of[0])
            case Item():
                return self._item(value)
            case Literal():
                return _OF_PYTHON.get(type(value.value))
        return None

    def needs_text(self, value: Value, expected: ParameterType) -> bool:
        """Whether kfp's compiler takes the value for a text only inside an f-string."""
        given = self.of(value)
        return expected is ParameterType.STRING and given not in (None, ParameterType.STRING)

    def _item(self, item: Item) -> ParameterType | None:
        loop = self.loops[item.loop]
        if isinstance(loop.items, Items):
            return _of_items(loop.items.values, item.keys)
        if isinstance(loop.items, Literal):
            values = loop.items.value
            return _of_items(tuple(values), item.keys) if isinstance(values, list) else None
        if item.keys or isinstance(loop.items, Item):
            return ParameterType.STRING
        return item_types(self.pipeline, loop)


def item_types(pipeline: Pipeline, loop: Loop) -> ParameterType | None:
    """The type of the items of a list that is a value, as the file declares it; None: artifacts."""
    assert loop.task.iterator is not None
    inputs = pipeline.components[loop.task.component].inputs
    declared = inputs.parameters.get(loop.task.iterator.item_input)
    return declared.type if declared else None


def _of_items(values: tuple[Json, ...], keys: tuple[str | int, ...]) -> ParameterType | None:
    """The type of the first item, or of the first entry in it (``_get_first_element_type``)."""
    first = values[0] if values else None
    if keys and isinstance(first, dict) and first:
        first = next(iter(first.values()))
    return _OF_PYTHON.get(type(first))


def required(inputs: Interface) -> list[str]:
    """The inputs without which kfp's compiler refuses a call."""
    parameters = [name for name, one in inputs.parameters.items() if _is_required(one)]
    return [*parameters, *(name for name, one in inputs.artifacts.items() if not one.optional)]


def _is_required(parameter: Parameter) -> bool:
    is_given = parameter.type in (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG)
    return parameter.default is UNSET and not parameter.optional and not is_given
