"""The CEL expressions of a pipeline spec: conditions of tasks as trees, and selectors.

``translator.cel`` reads and prints them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from translator.records import Record, replace

__all__ = [
    "And",
    "Boolean",
    "Cast",
    "Comparison",
    "Condition",
    "Input",
    "Not",
    "Number",
    "Opaque",
    "Operand",
    "Operator",
    "Or",
    "Selector",
    "String",
    "Type",
    "inputs_of",
    "simplified",
]

#: The types that CEL converts values to.
Type: TypeAlias = Literal["int", "double", "string", "bool"]
Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


class Input(Record):
    """The value of a parameter of the task, of the type that its component declares."""

    _uncompared = frozenset({"written"})

    name: str
    #: How a file of schema 2.0.0 spells it: ``inputs.parameters['x'].int_value``; else empty.
    written: str = ""


class String(Record):
    """A string literal."""

    value: str


class Number(Record):
    """A number literal as it is written: ``5`` is an integer, ``5.0`` is not."""

    written: str


class Cast(Record):
    """A type conversion of a value."""

    to: Type
    value: Operand


class _Grouped(Record):
    """Base of nodes that can have redundant parentheses in the text."""

    _uncompared = frozenset({"parentheses"})

    #: The number of pairs of redundant parentheses.
    parentheses: int = 0


class Boolean(_Grouped):
    """True or false: an operand, or a whole condition."""

    value: bool


class Comparison(_Grouped):
    """A comparison of two values. CEL fails if their types differ."""

    left: Operand
    operator: Operator
    right: Operand


class Not(_Grouped):
    """True if the condition in it is false."""

    condition: Condition


class And(_Grouped):
    """True if all of two or more conditions are (``&&``)."""

    conditions: tuple[Condition, ...]


class Or(_Grouped):
    """True if one of two or more conditions is (``||``)."""

    conditions: tuple[Condition, ...]


class Opaque(Record):
    """An expression that is not supported: its text, with the inputs that are found in it."""

    parts: tuple[str | Input | Cast, ...]


class Selector(Record):
    """Selects a part of a value: an entry of the mapping or list whose JSON text the value is."""

    #: Keys and indices, the outermost first; empty if the expression is not supported.
    path: tuple[str | int, ...] = ()
    #: The expression in the file, if ``path`` would be printed differently.
    written: str = ""


Operand: TypeAlias = "Input | String | Number | Boolean | Cast"
Condition: TypeAlias = "Comparison | Not | And | Or | Boolean | Opaque"


def inputs_of(part: object) -> set[str]:
    """The names of the inputs in a condition, or in a part of one."""
    if isinstance(part, Input):
        return {part.name}
    if isinstance(part, tuple):
        return {name for one in part for name in inputs_of(one)}
    return inputs_of(tuple(vars(part).values())) if isinstance(part, Record) else set()


def simplified(condition: Condition) -> Condition:
    """The condition without redundant parentheses, and comparisons of an input with itself.

    Those are true. pipeline.py has them in conditions that kfp's comparisons have no form for
    (``translator.decompiler.conditions``).
    """
    match condition:
        case Not(condition=inner):
            return Not(condition=simplified(inner))
        case Or(conditions=terms):
            return Or(conditions=tuple(map(simplified, terms)))
        case And(conditions=terms):
            return _conjunction([simplified(one) for one in terms])
        case Comparison() | Boolean():
            return replace(condition, parentheses=0)
    return condition


def _conjunction(terms: list[Condition]) -> Condition:
    found = [one for one in terms if not _is_true(one)]
    flat = [inner for one in found for inner in _terms(one)]
    return And(conditions=tuple(flat)) if len(flat) > 1 else (flat or terms)[0]


def _terms(condition: Condition) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, And) else (condition,)


def _is_true(condition: Condition) -> bool:
    return (
        isinstance(condition, Comparison)
        and condition.operator == "=="
        and isinstance(condition.left, Input)
        and condition.left == condition.right
    )
