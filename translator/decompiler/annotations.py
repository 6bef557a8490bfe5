"""Types of the inputs and outputs of pipeline functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.components.artifacts import artifact_class
from translator.decompiler.layout import item_of, named
from translator.model import Artifact, ParameterType

if TYPE_CHECKING:
    from translator.decompiler.definitions import Module
    from translator.decompiler.layout import Expression
    from translator.model import Parameter

__all__ = ["LISTS", "TYPES", "annotation"]

#: The types of a parameter as kfp reads them from annotations.
TYPES = {
    ParameterType.STRING: "str",
    ParameterType.NUMBER_INTEGER: "int",
    ParameterType.NUMBER_DOUBLE: "float",
    ParameterType.BOOLEAN: "bool",
    ParameterType.LIST: "list",
    ParameterType.STRUCT: "dict",
    ParameterType.TASK_FINAL_STATUS: "dsl.PipelineTaskFinalStatus",
    ParameterType.TASK_CONFIG: "dsl.TaskConfig",
}
#: The type of the items of a list → its annotation. kfp takes items of a plain ``list`` for texts.
LISTS = {
    ParameterType.NUMBER_INTEGER: "list[int]",
    ParameterType.NUMBER_DOUBLE: "list[float]",
    ParameterType.BOOLEAN: "list[bool]",
    ParameterType.STRUCT: "list[dict[str, str]]",
}


def annotation(module: Module, given: Parameter | Artifact) -> Expression:
    """The type of an output, or of an input that is a parameter."""
    if isinstance(given, Artifact):
        kind: Expression = artifact_class(module, given, given.origin)
        return item_of("list", kind) if given.is_list else kind
    return named(TYPES[given.type])
