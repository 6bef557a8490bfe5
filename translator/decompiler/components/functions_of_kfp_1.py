"""Functions of kfp 1: which of their texts have types that schema 2.0.0 does not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from translator.decompiler.components.bootstrap import bootstrap
from translator.decompiler.components.functions import Refused
from translator.decompiler.components.lightweight import signature_of
from translator.model import Container, Dag, ParameterType
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import Interface, Pipeline

__all__ = ["Functions", "Port", "Types", "functions_of"]

#: A parameter: its component, empty for the pipeline, its side, and its name.
Port: TypeAlias = "tuple[str, Literal['in', 'out'], str]"
Types: TypeAlias = "dict[Port, ParameterType]"
#: The executor of kfp 1.
_EXECUTOR = "kfp.v2.components.executor_main"
_LACKING = (ParameterType.BOOLEAN, ParameterType.LIST, ParameterType.STRUCT)
#: Outputs that a function writes to a file itself, in its source.
_FILE = r"\b{name}\s*:\s*(?:dsl\.)?OutputPath\b"
#: A list that a function returns alone, or writes to a file, and the name of the type of its items.
_ITEMS = (
    r"(?:->\s*(?:typing\.)?[Ll]ist\[\s*(?:typing\.)?(\w+)"
    r"|\b{name}\s*:\s*(?:dsl\.)?OutputPath\(\s*(?:typing\.)?[Ll]ist\[\s*(?:typing\.)?(\w+))"
)
_OF_ITEMS = {
    "int": ParameterType.NUMBER_INTEGER,
    "float": ParameterType.NUMBER_DOUBLE,
    "bool": ParameterType.BOOLEAN,
    "dict": ParameterType.STRUCT,
}


class Functions(NamedTuple):
    """What is known of the functions of a pipeline."""

    #: For each, the parameters that are texts in the file, and something else for it.
    types: tuple[Types, ...] = ()
    #: The types of the items of lists, which kfp finds in the annotations of outputs.
    items: Mapping[Port, ParameterType] = {}
    #: The outputs that are files. A boolean is any text there that means one: ``True``, ``true``.
    files: frozenset[Port] = frozenset()

    @property
    def all_types(self) -> Types:
        """The types of all functions."""
        return {port: kind for types in self.types for port, kind in types.items()}


def functions_of(pipeline: Pipeline) -> Functions:
    """The functions of a pipeline that the executor of kfp 1 runs."""
    functions: list[Types] = []
    items: Types = {}
    files: set[Port] = set()
    for name, component in pipeline.components.items():
        if isinstance(component.body, Dag):
            continue
        executor = pipeline.executors.get(component.body.label)
        found = bootstrap(executor) if isinstance(executor, Container) else None
        if found is None or found.executor != _EXECUTOR:
            continue
        try:
            read = signature_of(found)
        except (Refused, RecursionError):
            continue
        outputs: Types = {
            (name, "out", key): one for key, one in _others(component.outputs, read.outputs)
        }
        files |= {one for one in outputs if re.search(_FILE.format(name=one[2]), found.source)}
        for port in outputs:
            match = re.search(_ITEMS.format(name=port[2]), found.source)
            kind = _OF_ITEMS.get((match[1] or match[2]).lower()) if match else None
            items |= {port: kind} if kind else {}
        inputs = _others(component.inputs, read.inputs)
        functions.append({**{(name, "in", key): one for key, one in inputs}, **outputs})
    return Functions(tuple(functions), items, frozenset(files))


def _others(given: Interface, read: Interface) -> Iterator[tuple[str, ParameterType]]:
    for name, port in given.parameters.items():
        found = read.parameters.get(name)
        if port.type is ParameterType.STRING and found is not None and found.type in _LACKING:
            yield name, found.type
