"""Signatures of Python functions, read from their source: types, defaults, and names they need.

Nothing is evaluated. A default is a literal or a placeholder of kfp. An annotation is made of names
of builtins, ``typing``, ``kfp.dsl`` and google-cloud-pipeline-components, so that evaluating it in
pipeline.py runs no code of the file. Everything else is ``Refused``.

The types are those that kfp finds (``extract_component_interface`` in
kfp/dsl/component_factory.py).
"""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

from translator.decompiler.components.annotations import Evaluated, fields, unknown
from translator.decompiler.components.functions import Refused
from translator.decompiler.imported import ARTIFACTS, PLACEHOLDERS
from translator.model import UNSET, Artifact, Interface, Parameter, ParameterType
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import Json

__all__ = ["Signature", "checked", "literal", "signature"]

_VERSION = "0.0.1"
#: Types of values by the names that kfp knows, in small letters (kfp/dsl/types/type_utils.py).
_VALUES = {
    **dict.fromkeys(("str", "string", "text"), ParameterType.STRING),
    **dict.fromkeys(("int", "integer"), ParameterType.NUMBER_INTEGER),
    **dict.fromkeys(("float", "double"), ParameterType.NUMBER_DOUBLE),
    **dict.fromkeys(("bool", "boolean"), ParameterType.BOOLEAN),
    **dict.fromkeys(("dict", "jsonobject"), ParameterType.STRUCT),
    **dict.fromkeys(("list", "jsonarray"), ParameterType.LIST),
}
_BUILTIN_TYPES = frozenset({"str", "int", "float", "bool", "dict", "list"})
_KFP_TYPES = {
    "PipelineTaskFinalStatus": ParameterType.TASK_FINAL_STATUS,
    "TaskConfig": ParameterType.TASK_CONFIG,
}


class _Type(NamedTuple):
    """The type of an input or output; None for a parameter that is neither."""

    port: Parameter | Artifact | None = None
    output: bool = False
    #: Fields of a named tuple.
    fields: Mapping[str, Parameter | Artifact] | None = None


class Signature(NamedTuple):
    """What kfp finds in a signature."""

    inputs: Interface
    outputs: Interface
    #: Import lines for the names in the signature.
    imports: tuple[str, ...]
    #: The import lines that kfp adds to the container: those of artifact types that are not kfp's.
    header: tuple[str, ...]


def signature(node: ast.FunctionDef, imported: Mapping[str, str]) -> Signature:
    """The inputs and outputs of a function, or ``Refused``.

    ``imported`` has names of artifact types that the program of the container imports, each with
    its import line.
    """
    found = _Annotations(imported)
    inputs: dict[str, Parameter | Artifact] = {}
    outputs: dict[str, Parameter | Artifact] = {}
    for argument, default in _arguments(node):
        if argument.annotation is None:
            raise Refused(f"its parameter `{argument.arg}` has no type")
        kind = found.kind(argument.annotation)
        if kind.fields is not None:
            raise Refused(f"the type of its parameter `{argument.arg}` is a named tuple")
        if kind.port is not None:
            ports = outputs if kind.output else inputs
            ports[argument.arg] = _with_default(kind.port, default, found)
    if node.returns is not None:
        returned = found.kind(node.returns)
        if returned.fields is not None:
            outputs.update(returned.fields)
        elif returned.port is not None:
            outputs["Output"] = returned.port
    return Signature(
        _interface(inputs), _interface(outputs), tuple(found.imports), tuple(found.header)
    )


def checked(node: ast.FunctionDef, imported: Mapping[str, str]) -> tuple[str, ...]:
    """The imports that defining a function needs; ``Refused`` if that might run code of the file.

    For functions whose types no component has: helper functions, and those of KFP v1.
    """
    found = _Annotations(imported)
    for argument, default in _arguments(node):
        if argument.annotation is not None:
            found.check(argument.annotation)
        if default is not None:
            literal(default)
    if node.returns is not None:
        found.check(node.returns)
    return tuple(found.imports)


def literal(node: ast.expr) -> object:
    """The value of a literal; ``Refused`` for an expression that is none."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        shown = ast.unparse(node)
        raise Refused(f"its default `{shown[:60]}` is not a literal") from None


def _arguments(node: ast.FunctionDef) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    given = node.args
    if given.vararg or given.kwarg:
        raise Refused("it takes any number of arguments")
    positional = [*given.posonlyargs, *given.args]
    missing = [None] * (len(positional) - len(given.defaults))
    yield from zip(positional, [*missing, *given.defaults], strict=True)
    yield from zip(given.kwonlyargs, given.kw_defaults, strict=True)


def _with_default(
    port: Parameter | Artifact, default: ast.expr | None, found: _Annotations
) -> Parameter | Artifact:
    if default is None:
        is_given = isinstance(port, Parameter) and port.type in _KFP_TYPES.values()
        return replace(port, optional=True) if is_given else port
    value = found.constant(default)
    if isinstance(port, Artifact):
        return replace(port, optional=True)
    return replace(port, optional=True, default=UNSET if value is None else _json(value))


def _json(value: object) -> Json:
    try:
        read: Json = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        raise Refused(f"its default {value!r:.60} is no value of JSON") from None
    return read


def _interface(ports: Mapping[str, Parameter | Artifact]) -> Interface:
    return Interface(
        parameters={name: port for name, port in ports.items() if isinstance(port, Parameter)},
        artifacts={name: port for name, port in ports.items() if isinstance(port, Artifact)},
    )


class _Annotations(Evaluated):
    """Reads annotations, and collects what they need."""

    def kind(self, node: ast.expr) -> _Type:
        """The type that kfp finds for an annotation."""
        match node:
            case ast.Constant(None):
                return _Type()
            case ast.Constant(str(name)) if name.lower() in _VALUES:
                return _Type(Parameter(type=_VALUES[name.lower()]))
            case ast.Name() | ast.Attribute():
                return self._named(*self.resolved(node))
            case ast.Subscript(value=of, slice=inner):
                self.parameters(name := self.type_name(of), inner)
                return self._subscript(name, inner)
            case ast.Call(func=of, args=arguments, keywords=keywords):
                return self._called(self.type_name(of), arguments, keywords)
        raise unknown(node)

    def constant(self, node: ast.expr) -> object:
        """The value of a default: a literal, or a placeholder of kfp."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = self.resolved(node)[1]
            if name in PLACEHOLDERS:
                return PLACEHOLDERS[name]
        return literal(node)

    def _named(self, package: str, name: str) -> _Type:
        if package == "google":
            return _Type(Artifact(schema_title=f"google.{name}", schema_version=_VERSION))
        if package == "kfp" and name in ARTIFACTS:
            return _Type(Artifact(schema_title=f"system.{name}", schema_version=_VERSION))
        if package == "kfp" and name in _KFP_TYPES:
            return _Type(Parameter(type=_KFP_TYPES[name]))
        if (package == "" and name in _BUILTIN_TYPES) or (
            package == "typing" and name in ("List", "Dict")
        ):
            return _Type(Parameter(type=_VALUES[name.lower()]))
        raise Refused(f"kfp has no type for its annotation `{name}`")

    def _subscript(self, name: str, inner: ast.expr) -> _Type:
        if name in ("List", "list"):
            return self._list(inner)
        if name in ("Dict", "dict"):
            return _Type(Parameter(type=ParameterType.STRUCT))
        if name == "Optional":
            return self.kind(inner)
        if name == "Union" and isinstance(inner, ast.Tuple):
            match inner.elts:
                case [kept, ast.Constant(None)]:
                    return self.kind(kept)
        if name in ("Input", "Output"):
            port = self.kind(inner).port
            if isinstance(port, Artifact):
                return _Type(port, output=name == "Output")
        if name == "EmbeddedInput":
            return _Type()
        raise Refused(f"kfp has no type for its annotation `{name}[…]`")

    def _list(self, inner: ast.expr) -> _Type:
        """A list of artifacts, if they are artifacts, or a value."""
        try:
            port = self.kind(inner).port
        except Refused:
            port = None
        if isinstance(port, Artifact) and not port.is_list:
            return _Type(replace(port, is_list=True))
        return _Type(Parameter(type=ParameterType.LIST))

    def _called(self, name: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> _Type:
        if name == "NamedTuple" and arguments:
            return self._named_tuple(arguments, keywords)
        if name in ("InputPath", "OutputPath") and len(arguments) < 2 and not keywords:
            port = self._of_path(arguments[0]) if arguments else _any_artifact()
            return _Type(port, output=name == "OutputPath")
        raise Refused(f"kfp has no type for its annotation `{name}(…)`")

    def _of_path(self, node: ast.expr) -> Parameter | Artifact:
        """The type of a path (``construct_type_for_inputpath_or_outputpath``)."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.lower()
            titles = {one.lower(): one for one in ARTIFACTS}
            if name in titles:
                return Artifact(schema_title=f"system.{titles[name]}", schema_version=_VERSION)
            short = name.removeprefix("typing.").partition("[")[0]
            return Parameter(type=_VALUES[short]) if short in _VALUES else _any_artifact()
        if isinstance(node, ast.Constant) and node.value is None:
            return _any_artifact()
        port = self.kind(node).port
        if port is None or (isinstance(port, Artifact) and port.is_list):
            raise unknown(node)
        return port

    def _named_tuple(self, arguments: list[ast.expr], keywords: list[ast.keyword]) -> _Type:
        found: dict[str, Parameter | Artifact] = {}
        for name, kind in fields(arguments, keywords):
            port = self.kind(kind).port
            if port is None:
                raise unknown(kind)
            found[name] = port
        return _Type(fields=found)


def _any_artifact() -> Artifact:
    return Artifact(schema_title="system.Artifact", schema_version=_VERSION)
