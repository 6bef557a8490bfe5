"""What a written pipeline.py may consist of, and an execution of it without kfp.

``broken_by`` looks at the tree: everything but the functions of the author is made of few kinds of
statements and expressions, calls only kfp and functions of the module, and has no name that is not
ASCII. ``calls_of`` executes the source with ``kfp`` replaced, and returns what else it calls.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import itertools
import keyword
import linecache
import pkgutil
import re
import sys
import types
import typing
from typing import TYPE_CHECKING, Any

from translator import decompiler
from translator.decompiler.components import v1_program
from translator.decompiler.components.wrapper_kinds import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Packages that pipeline.py may import.
_PACKAGES = re.compile(
    r"kfp|kfp\.dsl|typing|inspect|re|json|pipeline_helpers"
    r"|google_cloud_pipeline_components(\.\w+)*"
)
#: Methods of tasks of kfp and of kfp's modules that a pipeline may call.
_METHOD = re.compile(
    r"after|format|ignore_upstream_failure|output|set_\w+|add_\w+|use_\w+|mount_\w+|empty_dir_mount"
    r"|__getattr__"
)
_MODULES = ("dsl", "kubernetes", "components", "json")
_TYPES = ("str", "int", "float", "bool", "dict", "list")


def _written() -> Iterator[str]:
    """The functions in texts of the decompiler, which it writes into pipeline.py."""
    for found in pkgutil.walk_packages(decompiler.__path__, f"{decompiler.__name__}."):
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            if isinstance(value, str):
                yield from re.findall(r"^def (\w+)\(", value, flags=re.MULTILINE)


_HELPERS = frozenset({*(one.function for one in SCRIPTS.values()), *vars(v1_program), *_written()})
#: What expressions may be, beside calls, names and attributes.
_PLAIN = (
    *(ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Starred, ast.JoinedStr),
    *(ast.FormattedValue, ast.BinOp, ast.Compare, ast.UnaryOp, ast.BoolOp, ast.Load, ast.Add),
    *(ast.cmpop, ast.boolop, ast.USub, ast.keyword, ast.BitOr),
)


def broken_by(text: str) -> list[str]:
    """What in the source is not as the decompiler writes it."""
    try:
        text.encode("utf-8")
        tree = ast.parse(text)
        compile(text, "pipeline.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return [f"syntax: {error}"]
    return [f"shape: {one}" for one in _Shape(tree).broken()]


class _Shape:
    """Checks a module."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
        made = [_target(one) for one in tree.body if isinstance(one, ast.Assign)]
        classes = [one.name for one in tree.body if isinstance(one, ast.ClassDef)]
        imported = [
            name.asname or name.name
            for one in tree.body
            if isinstance(one, (ast.Import, ast.ImportFrom))
            for name in one.names
        ]
        #: Functions of the author, which nothing calls.
        self.untouched = {one.name for one in self.functions if _is_author(one)}
        names = {one.name for one in self.functions} | set(classes) | {*filter(None, made)}
        self.callable = (names | set(imported)) - self.untouched

    def broken(self) -> Iterator[str]:
        body = self.tree.body
        if not (isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)):
            yield "no docstring"
        for one in body[1:]:
            yield from self.statement(one)

    def statement(self, one: ast.stmt) -> Iterator[str]:
        match one:
            case ast.Import(names=[ast.alias(name, None)]) if _PACKAGES.fullmatch(name):
                return
            case ast.ImportFrom(module=str(name), level=0) if _PACKAGES.fullmatch(name):
                if any(alias.asname or alias.name == "*" for alias in one.names):
                    yield f"import {ast.unparse(one)}"
            case ast.Assign(value=value) if _target(one):
                yield from self.expression(value)
            case ast.ClassDef(bases=[base], keywords=[], decorator_list=[]):
                yield from self.record(ast.unparse(base), one.body)
            case ast.FunctionDef():
                yield from self.function(one)
            case _:
                yield f"statement {ast.unparse(one)[:200]}"

    def record(self, base: str, fields: list[ast.stmt]) -> Iterator[str]:
        """A class for outputs, or of an artifact type."""
        for field in fields:
            match base, field:
                case "NamedTuple", ast.AnnAssign(value=None, annotation=annotation):
                    yield from self.expression(annotation)
                case "dsl.Artifact", ast.Assign(value=ast.Constant(str())):
                    pass
                case _:
                    yield f"in a class of {base}: {ast.unparse(field)[:200]}"

    def function(self, one: ast.FunctionDef) -> Iterator[str]:
        if not one.name.isascii() and not _is_author(one) and not one.decorator_list:
            yield f"name {one.name!a}"
        for decorator in one.decorator_list:
            yield from self.expression(decorator)
            if not re.match(
                r"dsl\.(component|container_component|pipeline)\b", ast.unparse(decorator)
            ):
                yield f"decorator {ast.unparse(decorator)[:200]}"
        for expression in (*one.args.defaults, *one.args.kw_defaults):
            if expression is not None:
                yield from self.expression(expression)
        annotations = [argument.annotation for argument in _arguments(one)]
        for annotation in (*annotations, one.returns):
            if annotation is not None:
                yield from self.expression(annotation, annotation=True)
        decorator = ast.unparse(one.decorator_list[0]) if one.decorator_list else ""
        if decorator.startswith("dsl.component") or _is_author(one):
            return
        if decorator:
            yield from self.block(one.body)
        elif re.sub(r"_\d+$", "", one.name) not in _HELPERS:
            yield from self.maker(one)

    def maker(self, one: ast.FunctionDef) -> Iterator[str]:
        """A function that makes one of the author, whose name is taken."""
        match one.body:
            case [ast.FunctionDef() as inner, ast.Return(ast.Name(name))] if name == inner.name:
                yield from self.function(inner)
            case _:
                yield f"function {ast.unparse(one)[:200]}"

    def block(self, statements: list[ast.stmt]) -> Iterator[str]:
        for one in statements:
            match one:
                case ast.Expr(ast.Constant(str())) | ast.Pass():
                    pass
                case ast.Expr(value=ast.Call() as value) | ast.Return(value=ast.expr() as value):
                    yield from self.expression(value)
                case ast.Assign(value=value, targets=[target]):
                    yield from self.expression(value)
                    if not isinstance(target, ast.Name):
                        yield from self.expression(target)
                case ast.With(items=items, body=body):
                    for item in items:
                        yield from self.expression(item.context_expr)
                    yield from self.block(body)
                case ast.For(iter=ast.Name() | ast.Tuple() as items, target=ast.Name(), body=body):
                    yield from self.expression(items)
                    yield from self.block(body)
                case ast.FunctionDef():  # of KFP v1, rebuilt
                    yield from self.function(one) if one.decorator_list else self.local(one)
                case _:
                    yield f"statement in a function: {ast.unparse(one)[:200]}"

    def local(self, one: ast.FunctionDef) -> Iterator[str]:
        for expression in (*one.args.defaults, *one.args.kw_defaults):
            if expression is not None:
                yield from self.expression(expression)
        for argument in _arguments(one):
            if argument.annotation is not None:
                yield from self.expression(argument.annotation, annotation=True)

    def expression(self, one: ast.expr, *, annotation: bool = False) -> Iterator[str]:
        for node in ast.walk(one):
            match node:
                case ast.Name(name):
                    if not name.isascii() or name.startswith("__"):
                        yield f"name {name!a}"
                case ast.Attribute(attr=attr):
                    if attr.startswith("__") and attr != "__getattr__":
                        yield f"attribute {attr}"
                case ast.FormattedValue(format_spec=ast.expr()):
                    yield f"format {ast.unparse(node)[:200]}"
                case ast.Call(func=function):
                    yield from self.call(function, annotation=annotation)
                case ast.Store():
                    pass
                case _ if not isinstance(node, _PLAIN):
                    yield f"{type(node).__name__} in {ast.unparse(one)[:200]}"

    def call(self, function: ast.expr, *, annotation: bool) -> Iterator[str]:
        match function:
            case ast.Name(name) if annotation:
                if name not in ("NamedTuple", "InputPath", "OutputPath"):
                    yield f"call of {name} in an annotation"
            case ast.Name(name) if name in self.callable and name not in dir(builtins):
                pass
            case ast.Attribute(value=ast.Name(module)) if module in _MODULES:
                pass
            case ast.Attribute(attr=attr) if _METHOD.fullmatch(attr):
                pass
            case ast.Attribute(ast.Subscript(ast.Attribute(attr="platform_config")), "update"):
                pass
            case _:
                yield f"call of {ast.unparse(function)[:200]}"


def _is_author(one: ast.FunctionDef) -> bool:
    """Whether a function has no decorator, and is none of the decompiler's own."""
    name = re.sub(r"_\d+$", "", one.name)
    return not one.decorator_list and name not in _HELPERS and not name.startswith("make_")


def _arguments(one: ast.FunctionDef) -> list[ast.arg]:
    given = one.args
    found = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [argument for argument in found if argument is not None]


def _target(one: ast.Assign) -> str:
    match one.targets:
        case [ast.Name(name)] if name.isascii() and not keyword.iskeyword(name):
            return name
    return ""


# Without kfp


class Stub:
    """A value of kfp: any attribute, call and context of it is another one."""

    def __init__(self, name: str = "stub", *of_class: object) -> None:
        self._name = name  # the others are there if it is the base of a class

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(name)

    def __getitem__(self, key: object) -> Stub:
        return Stub()

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if self._name in ("container_component", "pipeline"):
            return _called(args[0]) if args else _called
        return Stub()

    def __enter__(self) -> Stub:
        return Stub()

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Stub]:
        return iter([Stub()])

    def items(self) -> list[Any]:
        """Of a mapping of kfp, such as the inputs of a task."""
        return []

    def __or__(self, other: object) -> Stub:
        return Stub()

    __ror__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __or__  # type: ignore[assignment]
    __hash__ = object.__hash__


def _called(function: Any) -> Stub:
    function(**dict.fromkeys(inspect.signature(function).parameters, Stub()))
    return Stub()


_NUMBERS = itertools.count()
_KNOWN = (
    *(*_TYPES, "len", "enumerate", "tuple", "set", "frozenset", "isinstance", "next", "object"),
    *("bytes", "complex", "type", "__build_class__", "OSError", "Exception", "vars"),
)


def calls_of(text: str, helpers: str = "") -> list[str]:
    """What the source does when it is executed, beside calls of kfp.

    ``helpers`` is the text of pipeline_helpers.py.
    """
    found: list[str] = []

    def imported(name: str, *_: Any, **__: Any) -> Any:
        package = name.partition(".")[0]
        if package in ("kfp", "google_cloud_pipeline_components"):
            return Stub(name)
        if name == "pipeline_helpers":
            return types.SimpleNamespace(**executed(helpers))
        if name not in ("typing", "inspect", "re", "json"):
            found.append(f"import of {name}")
        return __import__(name)

    def refused(name: str) -> Any:
        def call(*args: Any, **keywords: Any) -> Stub:
            found.append(f"call of {name}{args!r:.200}")
            return Stub()

        return call

    names = {name: refused(name) for name in dir(builtins) if name not in _KNOWN}
    names |= {name: getattr(builtins, name) for name in _KNOWN}
    names |= {"__import__": imported, "__name__": "pipeline", "NotImplemented": NotImplemented}
    files = []

    def executed(source: str) -> dict[str, Any]:
        file = f"<pipeline {next(_NUMBERS)}>"
        files.append(file)
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        module = {"__builtins__": names, "__name__": "stubbed_pipeline", "typing": typing}
        exec(compile(source, file, "exec", dont_inherit=True), module)
        return module

    try:
        executed(text)
    except RecursionError:
        raise
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}")
    finally:
        for file in files:
            del linecache.cache[file]
        sys.modules.pop("stubbed_pipeline", None)
    return [f"executed: {one}" for one in found]
