"""The types that kfp's compiler gives to values, by which it checks arguments and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.components.artifacts import type_of_kfp
from translator.decompiler.nodes import (
    Collected,
    Given,
    Item,
    Literal,
    Loop,
    OneOf,
    Output,
    calls_in,
    walk,
)
from translator.model import UNSET, Artifact, Items, ParameterType
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.nodes import Call, Flow, Path, Value
    from translator.model import Component, Interface, Json, Parameter, Pipeline

__all__ = ["Types", "item_types", "required"]

#: The artifact type that kfp takes for every other one, and every other one for.
_ANY = "system.Artifact"

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
        #: Loops over constant objects whose entries are given as other types than kfp takes them
        #: for: all for that of the first entry.
        self.mixed = {path for path, node in self.loops.items() if self._is_mixed(node)}

    def of(self, value: Value) -> ParameterType | None:
        """The type of a parameter; None for artifacts, and where it is not known."""
        match value:
            case Given():
                declared = self.component.inputs.parameters.get(value.name)
                return declared.type if declared else None
            case Output():
                declared = self._outputs(value).parameters.get(value.output)
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
        if isinstance(value, Literal) or expected is not ParameterType.STRING:
            return False
        return self.of(value) not in (None, ParameterType.STRING)

    def refusal(self, value: Value, declared: Parameter | Artifact) -> str:
        """Why kfp's compiler refuses a value for an input or output; empty if it takes it.

        The rule is that of ``verify_type_compatibility`` in kfp/dsl/types/type_utils.py. It does
        not hold for a value that is written in a text (``needs_text``).
        """
        artifact = self.artifact(value)
        if isinstance(declared, Artifact):
            if artifact is None:
                return "" if self.of(value) is None else "kfp takes a value for no artifact"
            return _differs(artifact, declared)
        if artifact is not None:
            return "kfp takes an artifact for no value"
        if value == Literal(value=None):
            return "kfp takes no null"
        given = self.of(value)
        if given in (None, declared.type) or self._is_untyped(value):
            return ""
        kinds = given.value if given else "", declared.type.value
        return "kfp takes no {} for a {}".format(*kinds)

    def artifact(self, value: Value) -> Artifact | None:
        """The type of an artifact; None for parameters, and where it is not known."""
        match value:
            case Given():
                return self.component.inputs.artifacts.get(value.name)
            case Output():
                return self._outputs(value).artifacts.get(value.output)
            case Collected():
                found = self.artifact(value.of)
                return replace(found, is_list=True) if found else None
            case OneOf():
                return self.artifact(value.of[0])
            case Item():
                items = self.loops[value.loop].items
                of = None if isinstance(items, Items) else self.artifact(items)
                return replace(of, is_list=False) if of else None
        return None

    def _outputs(self, value: Output) -> Interface:
        return self.pipeline.components[self.calls[value.call].task.component].outputs

    def _is_untyped(self, value: Value) -> bool:
        """Whether kfp does not know the type of an item, and so takes it for any."""
        if not isinstance(value, Item) or self.of(value) is not ParameterType.STRING:
            return False
        is_constant = isinstance(self.loops[value.loop].items, (Items, Literal))
        return not is_constant or (value.loop in self.mixed and bool(value.keys))

    def _is_mixed(self, loop: Loop) -> bool:
        values = _constants(loop)
        for call in calls_in(loop.body):
            declared = self.pipeline.components[call.task.component].inputs.parameters
            for name, value in call.values.items():
                is_entry = isinstance(value, Item) and value.loop == loop.path and value.keys
                if is_entry and values and name in declared:
                    assert isinstance(value, Item)
                    if declared[name].type is not _of_items(values, value.keys):
                        return True
        return False

    def _item(self, item: Item) -> ParameterType | None:
        loop = self.loops[item.loop]
        if item.keys and item.loop in self.mixed:
            return ParameterType.STRING
        if isinstance(loop.items, (Items, Literal)):
            values = _constants(loop)
            return _of_items(values, item.keys) if values else None
        if item.keys or isinstance(loop.items, Item):
            return ParameterType.STRING
        return item_types(self.pipeline, loop)


def item_types(pipeline: Pipeline, loop: Loop) -> ParameterType | None:
    """The type of the items of a list that is a value, as the file declares it; None: artifacts."""
    assert loop.task.iterator is not None
    inputs = pipeline.components[loop.task.component].inputs
    declared = inputs.parameters.get(loop.task.iterator.item_input)
    return declared.type if declared else None


def _constants(loop: Loop) -> tuple[Json, ...]:
    """The constants that are looped over; empty for a value."""
    if isinstance(loop.items, Items):
        return loop.items.values
    is_list = isinstance(loop.items, Literal) and isinstance(loop.items.value, list)
    return tuple(loop.items.value) if is_list else ()  # type: ignore[union-attr, arg-type]


def _of_items(values: tuple[Json, ...], keys: tuple[str | int, ...]) -> ParameterType | None:
    """The type of the first item, or of the first entry in it (``_get_first_element_type``)."""
    first = values[0] if values else None
    if keys and isinstance(first, dict) and first:
        first = next(iter(first.values()))
    return _OF_PYTHON.get(type(first))


def _differs(given: Artifact, declared: Artifact) -> str:
    """Why one type of artifacts is not taken for another; empty if it is."""
    if given.is_list != declared.is_list:
        return "kfp takes no list of artifacts for one artifact, nor one for a list"
    (title, version), (other, newer) = type_of_kfp(given), type_of_kfp(declared)
    is_same = title == other and version.partition(".")[0] == newer.partition(".")[0]
    return "" if is_same or _ANY in (title, other) else f"kfp takes no `{title}` for a `{other}`"


def required(inputs: Interface) -> list[str]:
    """The inputs without which kfp's compiler refuses a call."""
    parameters = [name for name, one in inputs.parameters.items() if _is_required(one)]
    return [*parameters, *(name for name, one in inputs.artifacts.items() if not one.optional)]


def _is_required(parameter: Parameter) -> bool:
    is_given = parameter.type in (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG)
    return parameter.default is UNSET and not parameter.optional and not is_given
