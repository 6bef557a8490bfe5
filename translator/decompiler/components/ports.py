"""The inputs and outputs of a component as parameters of a function."""

from __future__ import annotations

import keyword
import math
import re
from typing import TYPE_CHECKING

from translator.decompiler.annotations import LISTS, TYPES
from translator.decompiler.components.artifacts import artifact_class
from translator.decompiler.components.words import Ports
from translator.decompiler.layout import Parameter, call, item_of, named
from translator.decompiler.literals import literal
from translator.decompiler.names import is_identifier
from translator.diagnostics import decompiler_components as rules
from translator.model import KFP_V1, UNSET, ParameterType
from translator.model.channels import author_name
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.model import Component, Json
    from translator.model import Parameter as ModelParameter

__all__ = [
    "can_keep_names",
    "defaults",
    "kept_names",
    "parameter_names",
    "parameters",
    "port_names",
    "with_declared_defaults",
]

#: Types whose values a backend gives: they have no default, and no argument.
_GIVEN = frozenset({ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG})
#: Types → the types of Python's JSON values for them.
_VALUES: dict[ParameterType, tuple[type, ...]] = {
    ParameterType.STRING: (str,),
    ParameterType.NUMBER_INTEGER: (int, float),
    ParameterType.NUMBER_DOUBLE: (int, float),
    ParameterType.BOOLEAN: (bool,),
    ParameterType.LIST: (list,),
    ParameterType.STRUCT: (dict,),
}
#: The name that kfp keeps for the value that a function returns (``SINGLE_OUTPUT_NAME``).
_RETURNED = "Output"


def port_names(component: Component) -> tuple[list[str], list[str]]:
    """The names of the inputs and of the outputs."""
    inputs = [*component.inputs.parameters, *component.inputs.artifacts]
    return inputs, [*component.outputs.parameters, *component.outputs.artifacts]


def can_keep_names(component: Component, taken: Collection[str]) -> bool:
    """Whether a function can have parameters with the names of all inputs and outputs."""
    inputs, outputs = port_names(component)
    found = [*inputs, *outputs]
    return len(set(found)) == len(found) and all(_is_parameter(one, taken) for one in found)


def kept_names(component: Component) -> Ports:
    """Parameters with the names of the inputs and outputs."""
    inputs, outputs = port_names(component)
    return Ports({one: one for one in inputs}, {one: one for one in outputs})


def _is_parameter(name: str, taken: Collection[str]) -> bool:
    is_name = is_identifier(name) and not name.startswith("__")
    return is_name and name not in taken and name != _RETURNED


def parameter_names(component: Component, dialect: str, taken: Collection[str]) -> Ports:
    """The parameters for inputs and outputs, none of which is in ``taken``.

    Names of KFP v2 stay if Python allows them. Others change as kfp changes them
    (``sanitize_input_name`` in kfp/dsl/utils.py): all those of KFP v1, which are rarely Python's.
    """
    inputs, outputs = port_names(component)
    used = set(taken)
    found: list[dict[str, str]] = []
    for names, suffix in ((inputs, "input"), (outputs, "output")):
        ports: dict[str, str] = {}
        kept = [name for name in names if dialect != KFP_V1 and _is_parameter(name, used)]
        used.update(kept)
        for name in names:
            ports[name] = name if name in kept else _free(_sanitized(name, suffix), suffix, used)
            used.add(ports[name])
        found.append(ports)
    return Ports(*found)


def _sanitized(name: str, suffix: str) -> str:
    found = re.sub("[^_0-9a-z]+", "_", author_name(name).lower()).strip("_")
    if not found or found[0].isdigit():
        return f"{suffix}_{found}".rstrip("_")
    return f"{found}_{suffix}" if keyword.iskeyword(found) else found


def _free(name: str, suffix: str, used: Collection[str]) -> str:
    if name not in used:
        return name
    wish = name if name.endswith(f"_{suffix}") else f"{name}_{suffix}"
    found, number = wish, 2
    while found in used:
        found, number = f"{wish}_{number}", number + 1
    return found


def parameters(
    module: Module, component: Component, ports: Ports, order: Iterable[str]
) -> list[Parameter]:
    """The signature: inputs, outputs, then inputs with defaults, each in the order given.

    ``order`` are names of parameters, the first in the signature first.
    """
    place = {name: number for number, name in enumerate(order)}
    inputs = [_input(module, component, name, port) for name, port in ports.inputs.items()]
    inputs.sort(key=lambda one: place.get(one.name, len(place)))
    outputs = [_output(module, component, name, port) for name, port in ports.outputs.items()]
    outputs.sort(key=lambda one: place.get(one.name, len(place)))
    required = [one for one in inputs if one.default is None]
    return [*required, *outputs, *(one for one in inputs if one.default is not None)]


def _input(module: Module, component: Component, name: str, port: str) -> Parameter:
    artifact = component.inputs.artifacts.get(name)
    if artifact is not None:
        kind: Expression = artifact_class(module, artifact, component.origin)
        kind = item_of("list", kind) if artifact.is_list else kind
        default = named("None") if artifact.optional else None
        return Parameter(port, item_of("dsl.Input", kind), default)
    parameter = component.inputs.parameters[name]
    return Parameter(port, *_annotated(module, component, name, parameter, port))


def _annotated(
    module: Module, component: Component, name: str, parameter: ModelParameter, port: str
) -> tuple[Expression, Expression | None]:
    """The annotation and the default of an input parameter."""
    kind = TYPES[parameter.type]
    if parameter.literals is not None:
        what = f"the list of allowed values of input `{name}`"
        module.findings.add(rules.LEFT_OUT.at(component.origin, what=what))
    if parameter.type in _GIVEN:
        return named(kind), None
    found = defaults(component).get(name, UNSET)
    if found is UNSET:
        if not parameter.optional and parameter.default is UNSET:
            return named(kind), None
        if parameter.default not in (UNSET, None):
            why = "it is not of the type of the input, or has null in it"
            module.findings.add(rules.DEFAULT.at(component.origin, input=name, why=why))
        module.use("from typing import Optional")
        return item_of("Optional", named(kind)), named("None")
    if isinstance(found, (list, dict)):
        # A literal would be one object for all calls, which linters report.
        wish = f"default {port}" if found else f"empty {kind}"
        return named(kind), named(module.constant(wish, literal(found)))
    return named(kind), literal(found)


def with_declared_defaults(component: Component) -> Component:
    """The component with the defaults that its author declared, which KFP v1 keeps beside it.

    Its tasks pass values for all inputs; in pipeline.py those equal to a default are left out.
    """
    declared = {
        name: replace(one, default=one.declared_default, optional=True)
        for name, one in component.inputs.parameters.items()
        if one.declared_default is not None
        and one.default is UNSET
        and one.type is ParameterType.STRING
    }
    if not declared:
        return component
    inputs = replace(component.inputs, parameters={**component.inputs.parameters, **declared})
    return replace(component, inputs=inputs)


def defaults(component: Component) -> dict[str, Json]:
    """Input → its default, if kfp compiles it: of the input's type, without null in it."""
    found: dict[str, Json] = {}
    for name, parameter in component.inputs.parameters.items():
        value = parameter.default
        if value is UNSET or not isinstance(value, _VALUES.get(parameter.type, ())):
            continue
        if isinstance(value, bool) and parameter.type is not ParameterType.BOOLEAN:
            continue
        if _has_null(value):
            continue
        if parameter.type is ParameterType.NUMBER_INTEGER and isinstance(value, float):
            value = int(value) if value.is_integer() else value
        found[name] = value
    return found


def _has_null(value: Json) -> bool:
    """Whether null, or a number that JSON does not have, is somewhere in it."""
    if isinstance(value, (list, dict)):
        return any(map(_has_null, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _output(module: Module, component: Component, name: str, port: str) -> Parameter:
    artifact = component.outputs.artifacts.get(name)
    if artifact is None:
        declared = component.outputs.parameters[name]
        known = declared.declared_type in LISTS.values() and declared.type is ParameterType.LIST
        kind = named(declared.declared_type if known else TYPES[declared.type])
        return Parameter(port, call("dsl.OutputPath", kind))
    if artifact.is_list:
        module.findings.add(rules.OUTPUT_LIST.at(component.origin, output=name))
    if artifact.metadata:
        what = f"the metadata of output `{name}`"
        module.findings.add(rules.LEFT_OUT.at(component.origin, what=what))
    kind = artifact_class(module, artifact, component.origin)
    return Parameter(port, item_of("dsl.Output", kind))
