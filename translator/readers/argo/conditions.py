"""``when`` of Argo → a condition of the model, which has CEL's meaning.

Argo pastes the values into the text and lets govaluate read it: what is quoted or no number
is text, a bare number is a float64, and bare words that it does not know are text too.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from translator.cel import condition_text, operand_text
from translator.model import ParameterType
from translator.model.expressions import (
    And,
    Boolean,
    Cast,
    Comparison,
    Input,
    Not,
    Number,
    Or,
    String,
)
from translator.readers.argo import references
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from translator.model.expressions import Operand, Operator

    #: What has a meaning in CEL, so never ``Opaque``.
    Tree: TypeAlias = Comparison | Not | And | Or | Boolean

__all__ = ["BadCondition", "parsed_when"]

#: A reference, in which anything may stand, or a brace that opens none.
_BRACES = r"\{\{(?:[^}]|\}(?!\}))*\}\}|\{(?!\{)"
_TOKEN = (
    r"""\s*(?:(?P<sign>==|!=|>=|<=|>|<|&&|\|\||\(|\)|!(?!=))"""
    rf"""|(?P<quoted>"(?:{_BRACES}|[^"\\{{]|\\.)*"|'(?:{_BRACES}|[^'\\{{]|\\.)*')"""
    rf"""|(?P<bare>(?:{_BRACES}|[^\s()=!<>&|"'{{])+))"""
)
_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_TRUTHS = ("true", "false")
_NUMBERS = (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE)
#: Parentheses in parentheses that are read.
_DEEPEST = 100
_ORDERINGS: tuple[Operator, ...] = ("<", "<=", ">", ">=")
_OPERATORS: tuple[Operator, ...] = ("==", "!=", *_ORDERINGS)


class BadCondition(ValueError):
    """The condition has no equivalent in CEL."""


class _Operand(NamedTuple):
    #: ``text``, ``number``, ``bool``, or ``any`` for a bare value that is known at run time.
    kind: str
    value: Operand
    #: What was quoted; None for anything else.
    literal: str | None = None
    #: It has a type of its own in KFP v2, where ``literal`` is to be read as one.
    typed: bool = False


def parsed_when(when: str, input_for: Callable[[str], tuple[str, ParameterType] | str]) -> Tree:
    """The condition as a tree.

    ``input_for`` takes text with references and gives the name and type of the task's input that
    holds its value, or the value if it is known already. Raises ``BadCondition``.
    """
    return _Parser(when, input_for).parse()


class _Parser:
    """A recursive descent over ``||``, ``&&``, ``!``, comparisons and operands."""

    def __init__(
        self, when: str, input_for: Callable[[str], tuple[str, ParameterType] | str]
    ) -> None:
        self.when = when
        self.input_for = input_for
        self.tokens = self.tokenized()
        self.next = 0
        self.depth = 0

    def tokenized(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        end = 0
        stripped = self.when.rstrip()
        token = re.compile(_TOKEN, re.DOTALL)  # here, as most workflows have no condition
        while end < len(stripped):
            match = token.match(stripped, end)
            if match is None:
                raise BadCondition(stripped[end:].strip())
            tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            end = match.end()
        return tokens

    def parse(self) -> Tree:
        found = self.disjunction()
        if self.next < len(self.tokens):
            raise BadCondition(self.tokens[self.next][1])
        return found

    def peek(self) -> str:
        """The sign that comes next; empty for anything else."""
        if self.next < len(self.tokens) and self.tokens[self.next][0] == "sign":
            return self.tokens[self.next][1]
        return ""

    def disjunction(self) -> Tree:
        terms = [self.conjunction()]
        while self.peek() == "||":
            self.next += 1
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else Or(conditions=tuple(terms))

    def conjunction(self) -> Tree:
        terms = [self.negation()]
        while self.peek() == "&&":
            self.next += 1
            terms.append(self.negation())
        return terms[0] if len(terms) == 1 else And(conditions=tuple(terms))

    def negation(self) -> Tree:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise BadCondition(f"{_DEEPEST} levels of parentheses")
        found = self.negated()
        self.depth -= 1
        return found

    def negated(self) -> Tree:
        if self.peek() == "!":
            self.next += 1
            return Not(condition=self.negation())
        if self.peek() == "(":
            self.next += 1
            inner = self.disjunction()
            if self.peek() != ")":
                raise BadCondition(self.when)
            self.next += 1
            return replace(inner, parentheses=inner.parentheses + 1)
        return self.comparison()

    def comparison(self) -> Tree:
        left = self.operand()
        sign = self.peek()
        for operator in _OPERATORS:
            if sign == operator:
                self.next += 1
                return _compared(left, operator, self.operand())
        return _holds(left)

    def operand(self) -> _Operand:
        if self.next >= len(self.tokens):
            raise BadCondition(self.when)
        kind, written = self.tokens[self.next]
        self.next += 1
        if kind == "sign":
            raise BadCondition(written)
        inner = _unescaped(written[1:-1]) if kind == "quoted" else written
        found = self.input_for(inner)
        if isinstance(found, str):
            inner = found
        else:
            name, type_ = found
            value = Input(name=name)
            if type_ in _NUMBERS:
                return _Operand("number", Cast(to="double", value=value), typed=True)
            if type_ is ParameterType.BOOLEAN:
                return _Operand("bool", value, typed=True)
            bare = kind == "bare" and len(references.parse(inner)) == 1
            return _Operand("any" if bare else "text", value)
        if kind == "quoted":
            return _Operand("text", String(value=inner), literal=inner)
        if re.fullmatch(_NUMBER, inner):
            return _Operand("number", _number(inner))
        if inner in _TRUTHS:
            return _Operand("bool", Boolean(value=inner == "true"))
        return _Operand("text", String(value=inner))


def _compared(left: _Operand, operator: Operator, right: _Operand) -> Tree:
    left, right = _read_as(right, left), _read_as(left, right)
    kinds = {left.kind, right.kind}
    is_ordering = operator in _ORDERINGS
    if not is_ordering and (_never_equal(left, right) or _never_equal(right, left)):
        return Boolean(value=operator == "!=")
    if "number" in kinds or (is_ordering and "text" not in kinds):
        if not kinds & {"text", "bool"}:
            return _comparison(_double(left), operator, _double(right))
        if is_ordering:
            unequal = _comparison(left.value, operator, right.value)
            raise BadCondition(condition_text(unequal))
    elif left.typed and right.typed and kinds == {"bool"}:
        return _comparison(left.value, operator, right.value)
    return _comparison(_text(left), operator, _text(right))


def _comparison(left: Operand, operator: Operator, right: Operand) -> Comparison:
    return Comparison(left=left, operator=operator, right=right)


def _never_equal(left: _Operand, right: _Operand) -> bool:
    """Whether the types differ whatever the values are: quoted text is no number and no truth."""
    if left.typed or right.typed:
        return False
    if left.kind == "any":
        literal = right.literal or ""
        return literal in _TRUTHS or re.fullmatch(_NUMBER, literal) is not None
    return left.kind != right.kind and right.kind != "any"


def _read_as(other: _Operand, operand: _Operand) -> _Operand:
    """A quoted operand as what the other one is, where that has a type of its own."""
    if not other.typed or operand.literal is None:
        return operand
    if other.kind == "number" and re.fullmatch(_NUMBER, operand.literal):
        return _Operand("number", _number(operand.literal))
    if other.kind == "bool" and operand.literal.lower() in _TRUTHS:
        return _Operand("bool", Boolean(value=operand.literal.lower() == "true"), typed=True)
    return operand


def _double(operand: _Operand) -> Operand:
    return operand.value if operand.kind == "number" else Cast(to="double", value=operand.value)


def _text(operand: _Operand) -> Operand:
    if operand.typed:
        return Cast(to="string", value=operand.value)
    if operand.kind == "bool":
        return String(value=operand_text(operand.value))
    return operand.value


def _holds(operand: _Operand) -> Tree:
    """A condition that is no comparison: ``{{x}}`` alone, which has to be ``true``."""
    match operand.value:
        case Boolean() as known if not operand.typed:
            return known
        case value if operand.kind == "bool":
            return _comparison(value, "==", Boolean(value=True))
        case value if operand.kind == "any":
            return _comparison(value, "==", String(value="true"))
        case value:
            raise BadCondition(operand_text(value))


def _number(written: str) -> Operand:
    number = float(written)
    if not math.isfinite(number):
        raise BadCondition(written)
    if "e" in repr(number):
        return Cast(to="double", value=String(value=written))
    return Number(written=repr(number))


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
