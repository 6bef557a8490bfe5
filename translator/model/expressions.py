"""What a pipeline spec says in CEL: conditions of tasks as trees, and selectors.

``translator.cel`` reads and prints them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from translator.records import Record

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
    """A text that is known."""

    value: str


class Number(Record):
    """A number that is known, as it is written: ``5`` is an integer, ``5.0`` is not."""

    written: str


class Cast(Record):
    """A value, converted."""

    to: Type
    value: Operand


class _Grouped(Record):
    """What may have parentheses around it that its meaning does not need."""

    _uncompared = frozenset({"parentheses"})

    #: Pairs of parentheses that are written around it.
    parentheses: int = 0


class Boolean(_Grouped):
    """True or false: an operand, or a whole condition."""

    value: bool


class Comparison(_Grouped):
    """Two values, compared. CEL fails where their types differ."""

    left: Operand
    operator: Operator
    right: Operand


class Not(_Grouped):
    """Holds where the other condition does not."""

    condition: Condition


class And(_Grouped):
    """Holds where all of two or more conditions do (``&&``)."""

    conditions: tuple[Condition, ...]


class Or(_Grouped):
    """Holds where one of two or more conditions does (``||``)."""

    conditions: tuple[Condition, ...]


class Opaque(Record):
    """An expression that is not understood, kept as it is, with the inputs that are found in it."""

    parts: tuple[str | Input | Cast, ...]


class Selector(Record):
    """Picks a part of a value: an entry of the mapping or list whose JSON text it is."""

    #: Keys and indices, the outermost first; empty where the expression is not understood.
    path: tuple[str | int, ...] = ()
    #: The expression as it is in the file, where ``path`` is printed otherwise.
    written: str = ""


Operand: TypeAlias = "Input | String | Number | Boolean | Cast"
Condition: TypeAlias = "Comparison | Not | And | Or | Boolean | Opaque"
