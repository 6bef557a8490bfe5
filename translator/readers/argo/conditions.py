"""``when`` of Argo → CEL, which KFP v2 evaluates.

Argo pastes the values into the text and lets govaluate read it: what is quoted or no number
is text, a bare number is a float64, and bare words that it does not know are text too.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from translator.model import ParameterType
from translator.readers.argo import references

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BadCondition", "cel"]

#: A reference, in which anything may stand, or a brace that opens none.
_BRACES = r"\{\{(?:[^}]|\}(?!\}))*\}\}|\{(?!\{)"
_TOKEN = (
    r"""\s*(?:(?P<sign>==|!=|>=|<=|>|<|&&|\|\||\(|\)|!(?!=))"""
    rf"""|(?P<quoted>"(?:{_BRACES}|[^"\\{{]|\\.)*"|'(?:{_BRACES}|[^'\\{{]|\\.)*')"""
    rf"""|(?P<bare>(?:{_BRACES}|[^\s()=!<>&|"'{{])+))"""
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_TRUTHS = ("true", "false")
_NUMBERS = (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE)
#: Parentheses in parentheses that are read.
_DEEPEST = 100
_ORDERINGS = ("<", "<=", ">", ">=")


class BadCondition(ValueError):
    """The condition uses something that CEL does not say in the same way."""


class _Operand(NamedTuple):
    #: ``text``, ``number``, ``bool``, or ``any`` for a bare value that is known at run time.
    kind: str
    #: In CEL.
    cel: str
    #: What was quoted; None for anything else.
    literal: str | None = None
    #: It has a type of its own in KFP v2, where ``literal`` is to be read as one.
    typed: bool = False


def cel(when: str, input_for: Callable[[str], tuple[str, ParameterType] | str]) -> str:
    """The condition in CEL.

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

    def parse(self) -> str:
        found = self.disjunction()
        if self.next < len(self.tokens):
            raise BadCondition(self.tokens[self.next][1])
        return found

    def peek(self) -> str:
        """The sign that comes next; empty for anything else."""
        if self.next < len(self.tokens) and self.tokens[self.next][0] == "sign":
            return self.tokens[self.next][1]
        return ""

    def disjunction(self) -> str:
        terms = [self.conjunction()]
        while self.peek() == "||":
            self.next += 1
            terms.append(self.conjunction())
        return " || ".join(terms)

    def conjunction(self) -> str:
        terms = [self.negation()]
        while self.peek() == "&&":
            self.next += 1
            terms.append(self.negation())
        return " && ".join(terms)

    def negation(self) -> str:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise BadCondition(f"{_DEEPEST} levels of parentheses")
        found = self.negated()
        self.depth -= 1
        return found

    def negated(self) -> str:
        if self.peek() == "!":
            self.next += 1
            return f"!({self.negation()})"
        if self.peek() == "(":
            self.next += 1
            inner = self.disjunction()
            if self.peek() != ")":
                raise BadCondition(self.when)
            self.next += 1
            return f"({inner})"
        return self.comparison()

    def comparison(self) -> str:
        left = self.operand()
        sign = self.peek()
        if sign not in ("==", "!=", *_ORDERINGS):
            return _truth(left)
        self.next += 1
        return _compared(left, sign, self.operand())

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
            value = f"inputs.parameter_values['{name}']"
            if type_ in _NUMBERS:
                return _Operand("number", f"double({value})", typed=True)
            if type_ is ParameterType.BOOLEAN:
                return _Operand("bool", value, typed=True)
            bare = kind == "bare" and len(references.parse(inner)) == 1
            return _Operand("any" if bare else "text", value)
        if kind == "quoted":
            return _Operand("text", _quoted(inner), literal=inner)
        if _NUMBER.fullmatch(inner):
            return _Operand("number", _number(inner))
        if inner in _TRUTHS:
            return _Operand("bool", inner)
        return _Operand("text", _quoted(inner))


def _compared(left: _Operand, sign: str, right: _Operand) -> str:
    left, right = _read_as(right, left), _read_as(left, right)
    kinds = {left.kind, right.kind}
    if sign not in _ORDERINGS and (_never_equal(left, right) or _never_equal(right, left)):
        return "true" if sign == "!=" else "false"
    if "number" in kinds or (sign in _ORDERINGS and "text" not in kinds):
        if "text" in kinds or "bool" in kinds:
            if sign in _ORDERINGS:
                raise BadCondition(f"{left.cel} {sign} {right.cel}")
            return f"{_text(left)} {sign} {_text(right)}"
        return f"{_double(left)} {sign} {_double(right)}"
    if left.typed and right.typed and kinds == {"bool"}:
        return f"{left.cel} {sign} {right.cel}"
    return f"{_text(left)} {sign} {_text(right)}"


def _never_equal(left: _Operand, right: _Operand) -> bool:
    """Whether the types differ whatever the values are: quoted text is no number and no truth."""
    if left.typed or right.typed:
        return False
    if left.kind == "any":
        literal = right.literal or ""
        return literal in _TRUTHS or _NUMBER.fullmatch(literal) is not None
    return left.kind != right.kind and right.kind != "any"


def _read_as(other: _Operand, operand: _Operand) -> _Operand:
    """A quoted operand as what the other one is, where that has a type of its own."""
    if not other.typed or operand.literal is None:
        return operand
    if other.kind == "number" and _NUMBER.fullmatch(operand.literal):
        return _Operand("number", _number(operand.literal))
    if other.kind == "bool" and operand.literal.lower() in _TRUTHS:
        return _Operand("bool", operand.literal.lower(), typed=True)
    return operand


def _double(operand: _Operand) -> str:
    return operand.cel if operand.kind == "number" else f"double({operand.cel})"


def _text(operand: _Operand) -> str:
    if operand.typed:
        return f"string({operand.cel})"
    return _quoted(operand.cel) if operand.kind == "bool" else operand.cel


def _truth(operand: _Operand) -> str:
    """A condition that is no comparison: ``{{x}}`` alone, which has to be ``true``."""
    if operand.kind == "bool":
        return f"{operand.cel} == true" if operand.typed else operand.cel
    if operand.kind == "any":
        return f"{operand.cel} == 'true'"
    raise BadCondition(operand.cel)


def _number(written: str) -> str:
    number = float(written)
    if not math.isfinite(number):
        raise BadCondition(written)
    return repr(number) if "e" not in repr(number) else f"double('{written}')"


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def _quoted(literal: str) -> str:
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "'" + "".join(escapes.get(character, character) for character in literal) + "'"
