"""Which annotations pipeline.py may evaluate: those that run no code of the file, and never fail.

Defining a function evaluates its annotations. They are made of names of builtins, ``typing``,
``kfp.dsl`` and google-cloud-pipeline-components, in the forms that these allow: ``List[str]``, not
``List[1]`` or ``int[str]``, which would raise when pipeline.py is imported.
"""

from __future__ import annotations

import ast
import keyword
from typing import TYPE_CHECKING

from translator.decompiler.components.functions import Refused
from translator.decompiler.imported import ARTIFACTS, KFP_NAMES, TYPING_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Evaluated", "fields", "unknown"]

_BUILTINS = frozenset(
    {
        *("str", "int", "float", "bool", "dict", "list", "bytes", "complex", "frozenset"),
        *("object", "set", "tuple", "type"),
    }
)
_KFP_TYPES = ARTIFACTS | {
    *("Input", "Output", "InputPath", "OutputPath", "PipelineTaskFinalStatus", "TaskConfig"),
    "EmbeddedInput",
}
#: Types with so many parameters in brackets.
_TAKES = {
    **dict.fromkeys(
        (
            *("AbstractSet", "AsyncIterable", "AsyncIterator", "Awaitable", "Collection"),
            *("Container", "ContextManager", "Counter", "Deque", "FrozenSet", "IO", "Iterable"),
            *("Iterator", "KeysView", "List", "MappingView", "Match", "MutableSequence"),
            *("MutableSet", "Optional", "Pattern", "Reversible", "Sequence", "Set", "Type"),
            *("SupportsAbs", "SupportsRound", "ValuesView", "list", "set", "frozenset", "type"),
            *("Input", "Output", "EmbeddedInput"),
        ),
        1,
    ),
    **dict.fromkeys(
        (
            *("AsyncGenerator", "DefaultDict", "Dict", "ItemsView", "Mapping", "MutableMapping"),
            *("OrderedDict", "dict"),
        ),
        2,
    ),
    **dict.fromkeys(("Coroutine", "Generator"), 3),
}
#: Those with any number of them.
_TAKES_ANY = frozenset({"Tuple", "tuple", "Union"})
#: Names that are no types: functions of ``typing``, and what needs parameters of its own.
_NO_TYPES = frozenset(
    {
        *("Optional", "Union", "Literal", "ClassVar", "Final", "Generic", "Protocol", "Callable"),
        *("NamedTuple", "TypedDict", "cast", "overload"),
    }
)


class Evaluated:
    """Checks annotations, and collects the imports that they need."""

    def __init__(self, imported: Mapping[str, str]) -> None:
        self._imported = imported
        self.imports: dict[str, None] = {}
        self.header: dict[str, None] = {}

    def check(self, node: ast.expr) -> None:
        """``Refused`` for an annotation that might run code of the file, or fail."""
        match node:
            case ast.Constant():
                return
            case ast.Call(func=of, args=arguments, keywords=keywords):
                self._call(self.type_name(of), arguments, keywords, node)
            case _:
                self._type(node)

    def parameters(self, name: str, inner: ast.expr) -> None:
        """Checks what is in brackets behind the name of a type."""
        listed = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if name == "Literal" and all(isinstance(one, ast.Constant) for one in listed):
            return
        if name == "Callable":
            self._callable(inner)
            return
        if name in ("Tuple", "tuple") and len(listed) == 2 and _is_ellipsis(listed[1]):
            listed = listed[:1]
        if not listed or (name not in _TAKES_ANY and _TAKES.get(name) != len(listed)):
            raise unknown(inner)
        for one in listed:
            self._parameter(one)

    def type_name(self, node: ast.expr) -> str:
        """The name of a type; its import is collected."""
        package, name = self.resolved(node)
        if package == "kfp" and name not in _KFP_TYPES:
            raise unknown(node)
        return name

    def _type(self, node: ast.expr) -> None:
        """A type, which may be an operand of ``|``."""
        match node:
            case ast.Name() | ast.Attribute():
                self.type_name(node)
            case ast.Subscript(value=of, slice=inner):
                self.parameters(self.type_name(of), inner)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                if _is_none(left) and _is_none(right):
                    raise unknown(node)
                for one in (left, right):
                    if not _is_none(one):
                        self._operand(one)
            case _:
                raise unknown(node)

    def _parameter(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(None):
                return
            case ast.Constant(str(written)):
                # `typing` parses it. Who asks for the types of the function evaluates it.
                self._type(_expression(written, node))
            case _:
                self._operand(node)

    def _operand(self, node: ast.expr) -> None:
        """A type as a part of another one."""
        if isinstance(node, ast.Name) and node.id in _NO_TYPES:
            raise unknown(node)
        self._type(node)

    def _callable(self, inner: ast.expr) -> None:
        match inner:
            case ast.Tuple([ast.List(elts=parts), result]):
                for one in (*parts, result):
                    self._parameter(one)
            case ast.Tuple([ast.Constant(value), result]) if value is ...:
                self._parameter(result)
            case _:
                raise unknown(inner)

    def _call(
        self, name: str, arguments: list[ast.expr], keywords: list[ast.keyword], node: ast.expr
    ) -> None:
        if name == "NamedTuple" and arguments:
            for _, kind in fields(arguments, keywords):
                self._parameter(kind)
        elif name in ("InputPath", "OutputPath") and len(arguments) < 2 and not keywords:
            for one in arguments:
                self.check(one)
        else:
            raise unknown(node)

    def resolved(self, node: ast.expr) -> tuple[str, str]:
        """The package and the name in it: ``typing``, ``List``. Its import is collected."""
        match node:
            case ast.Name(name) if name in self._imported:
                self.imports[self._imported[name]] = None
                self.header[self._imported[name]] = None
                return "google", name
            case ast.Name(name) if name in _BUILTINS:
                return "", name
            case ast.Name(name) if name in KFP_NAMES:
                self.imports[f"from kfp.dsl import {name}"] = None
                return "kfp", name
            case ast.Name(name) if name in TYPING_NAMES:
                self.imports[f"from typing import {name}"] = None
                return "typing", name
            case ast.Attribute(ast.Name("dsl"), name) if name in KFP_NAMES | {"EmbeddedInput"}:
                self.imports["from kfp import dsl"] = None
                return "kfp", name
            case ast.Attribute(ast.Attribute(ast.Name("kfp"), "dsl"), name) if name in KFP_NAMES:
                self.imports["import kfp"] = None
                return "kfp", name
        raise unknown(node)


def fields(
    arguments: list[ast.expr], keywords: list[ast.keyword]
) -> Iterator[tuple[str, ast.expr]]:
    """The fields of ``NamedTuple(…)`` with their types; ``Refused`` where Python refuses one."""
    title, *listed = arguments
    if not isinstance(title, ast.Constant) or not _is_field(title.value):
        raise unknown(title)
    pairs = [(one.arg or "", one.value) for one in keywords]
    if listed:
        if len(listed) > 1 or keywords or not isinstance(listed[0], (ast.List, ast.Tuple)):
            raise unknown(listed[-1])
        pairs = [_pair(entry) for entry in listed[0].elts]
    names = [name for name, _ in pairs]
    for name, kind in pairs:
        if not _is_field(name) or name.startswith("_") or names.count(name) > 1:
            raise unknown(kind)
        yield name, kind


def _pair(entry: ast.expr) -> tuple[str, ast.expr]:
    match entry:
        case ast.Tuple([ast.Constant(str(name)), kind]):
            return name, kind
    raise unknown(entry)


def _is_field(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)


def _expression(written: str, node: ast.expr) -> ast.expr:
    try:
        return ast.parse(written, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise unknown(node) from None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def unknown(node: ast.expr) -> Refused:
    """That an annotation, or a part of it, is not one that pipeline.py may evaluate."""
    return Refused(f"its annotation `{ast.unparse(node)[:60]}` is not one of kfp or `typing`")
