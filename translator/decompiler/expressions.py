"""The values of a pipeline function as Python expressions."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from translator.decompiler.layout import (
    Code,
    Entry,
    Expression,
    Group,
    call,
    entries,
    item_of,
    listed,
    mapping,
    named,
)
from translator.decompiler.literals import Piece, TextLiteral, key_literal, literal
from translator.decompiler.names import is_identifier
from translator.decompiler.nodes import (
    Collected,
    Given,
    Item,
    Literal,
    OneOf,
    Output,
    Status,
    Unknown,
)
from translator.model import ParameterType
from translator.placeholders import Placeholder, PlaceholderKind, parse_text
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from translator.decompiler.nodes import Path, Value
    from translator.model import Json

__all__ = [
    "CHANNEL",
    "RUN_VALUES",
    "NoExpressionError",
    "Scope",
    "call_of",
    "expression",
    "filled",
    "lone_input",
    "same",
    "typed",
]

#: What kfp names the placeholders that have a value in a run (kfp/dsl/__init__.py).
RUN_VALUES: Mapping[PlaceholderKind, str] = {
    PlaceholderKind.RUN_NAME: "dsl.PIPELINE_JOB_NAME_PLACEHOLDER",
    PlaceholderKind.RUN_RESOURCE_NAME: "dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER",
    PlaceholderKind.RUN_ID: "dsl.PIPELINE_JOB_ID_PLACEHOLDER",
    PlaceholderKind.TASK_NAME: "dsl.PIPELINE_TASK_NAME_PLACEHOLDER",
    PlaceholderKind.TASK_ID: "dsl.PIPELINE_TASK_ID_PLACEHOLDER",
    PlaceholderKind.RUN_ROOT: "dsl.PIPELINE_ROOT_PLACEHOLDER",
    PlaceholderKind.RUN_CREATE_TIME: "dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER",
    PlaceholderKind.RUN_SCHEDULE_TIME: "dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER",
    PlaceholderKind.WORKSPACE_PATH: "dsl.WORKSPACE_PATH_PLACEHOLDER",
}
#: What an attribute of a loop item can be: others are attributes of kfp's own classes.
_KEY = re.compile(r"[a-zA-Z_][0-9a-zA-Z_]*")
_OWN_ATTRIBUTES = frozenset(
    {
        *("channel_type", "full_name", "is_with_items_loop_argument", "items_or_pipeline_channel"),
        *("name", "pattern", "pipeline", "task", "task_name", "value", "from_pipeline_channel"),
        "from_raw_items",
    }
)
#: A text that kfp takes for a channel. It leaves texts of channels whose type has other characters,
#: such as ``typing.List[str]`` (``_PIPELINECHANNEL_PLACEHOLDER_REGEX`` in
#: kfp/dsl/pipeline_channel.py).
CHANNEL = re.compile(r'{{channel:task=[\w\s_-]*;name=[\w\s_-]+;type=[\w\s{}":_-]*;}}')


class NoExpressionError(Exception):
    """The DSL has no expression for a value."""


class Scope(NamedTuple):
    """The names that a function has given."""

    #: Input of the pipeline → parameter of the function.
    parameters: Mapping[str, str]
    #: Call, loop, or the branches of a ``dsl.OneOf`` → variable.
    variables: Mapping[object, str]
    #: Call, and its output → the key of it in ``.outputs``; empty if it is the only output.
    output: Callable[[Path, str], str]
    #: Whether kfp's compiler finds an item of a loop in a text of the task.
    in_text: Callable[[Item], bool] = lambda item: not item.keys
    #: How a text is written.
    text: Callable[[tuple[Piece, ...]], Expression] = lambda pieces: TextLiteral(pieces=pieces)


def expression(scope: Scope, value: Value) -> Expression:
    """The value as an argument. Raises ``NoExpressionError``."""
    match value:
        case Given():
            return named(scope.parameters[value.name])
        case Output():
            variable, key = scope.variables[value.call], scope.output(value.call, value.output)
            if not key:
                return Code(text=f"{variable}.output")
            return item_of(f"{variable}.outputs", literal(key))
        case Item():
            return Code(text=_item(scope, value))
        case Collected():
            return call("dsl.Collected", expression(scope, value.of))
        case OneOf():
            return named(scope.variables[value])
        case Literal():
            return filled(scope, value.value, {})
        case Status():
            raise NoExpressionError("only parameters of type PipelineTaskFinalStatus take a status")
        case Unknown():
            raise NoExpressionError(value.why)


def call_of(function: str, keywords: Mapping[str, Expression]) -> Group:
    """A call with keyword arguments. Names that are none of Python's are keys of a dictionary.

    A component that is loaded from text has the names of the file, whatever they are.
    """
    plain = {name: one for name, one in keywords.items() if is_identifier(name)}
    others = [(key_literal(name), one) for name, one in keywords.items() if name not in plain]
    unpacked = (Entry("**", mapping(others)),) if others else ()
    return Group(opening=f"{function}(", entries=(*entries((), plain), *unpacked), closing=")")


def _item(scope: Scope, item: Item) -> str:
    variable = scope.variables[Item(loop=item.loop)]
    if not item.keys:
        return variable
    key = item.keys[0]
    if len(item.keys) > 1 or not isinstance(key, str):
        raise NoExpressionError("the DSL selects an entry of a loop item only by one key")
    if not _KEY.fullmatch(key) or key.startswith("__"):
        raise NoExpressionError(f"`{key}` is no name for an attribute of a loop item")
    if key in _OWN_ATTRIBUTES or keyword.iskeyword(key):
        return f'{variable}.__getattr__("{key}")'
    return f"{variable}.{key}"


def filled(scope: Scope, value: Json, values: Mapping[str, Value]) -> Expression:
    """A constant as an argument, with the values of inputs for their placeholders in its texts.

    ``values`` are those of the inputs of the task. Raises ``NoExpressionError``.
    """
    if isinstance(value, str):
        return _text(scope, value, values)
    if isinstance(value, list):
        return listed([_entry(scope, one, values) for one in value])
    if isinstance(value, dict):
        if any(CHANNEL.search(key) or "{{$" in key for key in value):
            raise NoExpressionError("kfp replaces no placeholders in keys")
        pairs = [(key_literal(key), _entry(scope, one, values)) for key, one in value.items()]
        return mapping(pairs)
    return literal(value)


def _entry(scope: Scope, value: Json, values: Mapping[str, Value]) -> Expression:
    """An entry of a list or object: the value itself where the text has nothing else."""
    found = values.get(lone_input(value))
    if isinstance(found, (Given, Output, Item)):
        return expression(scope, found)
    return filled(scope, value, values)


def lone_input(value: Json) -> str:
    """The input whose value is all of a text; empty for other values."""
    parts = parse_text(value).parts if isinstance(value, str) else ()
    only = parts[0] if len(parts) == 1 else ""
    if isinstance(only, Placeholder) and only.kind is PlaceholderKind.INPUT_VALUE:
        return only.name
    return ""


def _text(scope: Scope, value: str, values: Mapping[str, Value]) -> Expression:
    if CHANNEL.search(value):
        raise NoExpressionError("kfp would read the text as a value of the pipeline")
    parts = parse_text(value).parts
    pieces: list[Piece] = []
    for part in parts:
        for piece in _pieces(scope, part, values):
            if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] += piece
            else:
                pieces.append(piece)
    if len(parts) == 1 and len(pieces) == 1 and isinstance(parts[0], Placeholder):
        only = pieces[0]
        if isinstance(only, Code) and parts[0].kind in RUN_VALUES:
            return only
    return scope.text(tuple(pieces))


def _pieces(
    scope: Scope, part: str | Placeholder, values: Mapping[str, Value]
) -> tuple[Piece, ...]:
    if isinstance(part, str):
        return (part,)
    if part.kind in RUN_VALUES:
        return (Code(text=RUN_VALUES[part.kind]),)
    value = values.get(part.name) if part.kind is PlaceholderKind.INPUT_VALUE else None
    match value:
        case None:
            return (str(part),)
        case Literal(value=str() as constant):
            inner = parse_text(constant).parts
            return tuple(piece for one in inner for piece in _pieces(scope, one, {}))
        case Item() if not scope.in_text(value):
            raise NoExpressionError("kfp's compiler loses this item of a loop in a text")
        case Given() | Output() | Item():
            flat = expression(scope, value).flat()
            assert flat is not None
            return (Code(text=flat),)
        case Unknown():
            raise NoExpressionError(value.why)
        case Literal():
            raise NoExpressionError("a constant that is no text is in a text")
        case _:
            raise NoExpressionError("dsl.OneOf and dsl.Collected cannot be in a text")


def typed(value: Json, kind: ParameterType) -> Json:
    """The value as an author writes it for a parameter of that type: JSON has only numbers."""
    if type(value) is float and kind is ParameterType.NUMBER_INTEGER and value.is_integer():
        return int(value)
    if type(value) is int and kind is ParameterType.NUMBER_DOUBLE:
        return float(value)
    if kind in (ParameterType.LIST, ParameterType.STRUCT):
        return _whole(value)
    return value


def _whole(value: Json) -> Json:
    """Whole numbers in a value without a decimal point: protobuf has floats only."""
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def same(one: Json, other: Json) -> bool:
    """Whether values are equal, with 1, 1.0 and true apart."""
    return one == other and repr(one) == repr(other)
