"""The types that authors of KFP v1 declare (option ``--types declared``).

kfp's compilers for v2 map them in the same way (kfp/v2/components/types/type_utils.py of kfp 1.8,
kfp/dsl/types/type_utils.py of kfp 2).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Constant, FromParent, FromTask, ParameterType
from translator.records import replace
from translator.source.json_text import loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from translator.model import InputSource, Json, Parameter
    from translator.source import Cursor

_TYPES = {
    "integer": ParameterType.NUMBER_INTEGER,
    "int": ParameterType.NUMBER_INTEGER,
    "float": ParameterType.NUMBER_DOUBLE,
    "double": ParameterType.NUMBER_DOUBLE,
    "bool": ParameterType.BOOLEAN,
    "boolean": ParameterType.BOOLEAN,
    "list": ParameterType.LIST,
    "jsonarray": ParameterType.LIST,
    "dict": ParameterType.STRUCT,
    "jsonobject": ParameterType.STRUCT,
}


def type_of(declared: str) -> ParameterType:
    """The parameter type for a declared type; STRING for unknown types."""
    plain = declared.lower().removeprefix("typing.").partition("[")[0]
    return _TYPES.get(plain, ParameterType.STRING)


def typed(text: str, kind: ParameterType) -> Json:
    """The text as a value of the type. ``ValueError`` if it is not valid."""
    match kind:
        case ParameterType.NUMBER_INTEGER:
            from translator.quantities import integer

            if (number := integer(text, bits=64)) is None:
                raise ValueError(text)
            return number
        case ParameterType.NUMBER_DOUBLE:
            if not math.isfinite(double := float(text)):
                raise ValueError(text)
            return double
        case ParameterType.BOOLEAN:
            if text.lower() not in ("true", "false"):
                raise ValueError(text)
            return text.lower() == "true"
        case ParameterType.LIST | ParameterType.STRUCT:
            value: Json = loaded(text)
            if isinstance(value, list) != (kind is ParameterType.LIST):
                raise ValueError(text)
            return value
        case _:
            return text


def with_default(parameter: Parameter, text: str) -> Parameter:
    """The parameter with the text as default, which remains text if it is not valid for its type.

    Text that is resolved at run time (``{{workflow.uid}}``) remains text.
    """
    try:
        return replace(parameter, default=typed(text, parameter.type))
    except ValueError:
        return replace(parameter, type=ParameterType.STRING, default=text)


def with_typed_values(
    sources: Mapping[str, InputSource],
    declared: Mapping[str, Parameter],
    type_of_source: Callable[[FromParent | FromTask], ParameterType],
    place: Cursor,
) -> dict[str, InputSource]:
    """The inputs of a task, with constants as values of the types that its component declares.

    ``type_of_source`` returns the type of a source's value.
    """
    given = dict(sources)
    for name, source in sources.items():
        parameter = declared.get(name)
        if parameter is None:
            continue
        facts = {"input": name, "type": parameter.type.value}
        match source:
            case Constant(value=str(text)) if parameter.type is not ParameterType.STRING:
                try:
                    given[name] = Constant(value=typed(text, parameter.type), origin=source.origin)
                except ValueError:
                    place.report(rules.OTHER_TYPE, given=f"the text `{text}`", **facts)
            case FromParent(selector=None) | FromTask(selector=None):
                if (kind := type_of_source(source)) is not parameter.type:
                    place.report(rules.OTHER_TYPE, given=f"a value of type {kind.value}", **facts)
    return given
