"""``when`` of Argo → a condition of the model, which has CEL's meaning.

Argo substitutes the values in the text, which govaluate then evaluates: quoted values are text, a
bare number is a float64, and other bare words are text too.
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
from translator.readers.argo.references import parse
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from translator.model.expressions import Operand, Operator
    from translator.readers.argo.references import Parts, Reference

    #: A condition with a meaning in CEL, so never ``Opaque``.
    Tree: TypeAlias = Comparison | Not | And | Or | Boolean
    InputFor: TypeAlias = Callable[[Parts], tuple[str, ParameterType] | str]

__all__ = ["BadCondition", "When", "all_of", "tree", "when"]

#: A reference, with any text in it, or a brace that opens none.
_BRACES = r"\{\{(?:[^}]|\}(?!\}))*\}\}|\{(?!\{)"
_TOKEN = (
    r"""\s*(?:(?P<operator>==|!=|>=|<=|>|<|&&|\|\||\(|\)|!(?!=))"""
    rf"""|(?P<quoted>"(?:{_BRACES}|[^"\\{{]|\\.)*"|'(?:{_BRACES}|[^'\\{{]|\\.)*')"""
    rf"""|(?P<bare>(?:{_BRACES}|[^\s()=!<>&|"'{{])+))"""
)
_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_BOOLEANS = ("true", "false")
_NUMBERS = (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE)
#: The deepest nesting of parentheses that is read.
_DEEPEST = 100
_ORDERINGS: tuple[Operator, ...] = ("<", "<=", ">", ">=")
_OPERATORS: tuple[Operator, ...] = ("==", "!=", *_ORDERINGS)


class BadCondition(ValueError):
    """The condition has no equivalent in CEL."""


class _Operand(NamedTuple):
    #: ``text``, ``number``, ``bool``, or ``any`` for a bare value that is known at run time only.
    kind: str
    value: Operand
    #: The text in quotes; None for an operand without quotes.
    literal: str | None = None
    #: Its type in KFP v2 is not text, so ``literal`` is converted to that type.
    typed: bool = False


class Token(NamedTuple):
    """A part of a condition: an operator or parenthesis, or an operand."""

    #: ``operator``, ``quoted``, ``bare``, or ``unread`` for text that is none of these.
    kind: str
    #: The text in the file.
    text: str
    #: The operand without quotes.
    parts: Parts = ()


class When(NamedTuple):
    """A condition split into tokens: operators and operands with their references."""

    text: str
    tokens: tuple[Token, ...]

    def references(self) -> Iterator[Reference]:
        """All references of its operands, in order."""
        for token in self.tokens:
            for part in token.parts:
                if not isinstance(part, str):
                    yield part

    def referring(self, to: Mapping[str, Reference]) -> When:
        """The condition with other references; ``to`` maps the texts of its references to them."""

        olds = "|".join(map(re.escape, to))

        def changed(text: str) -> str:
            return re.sub(olds, lambda old: to[old[0]].text, text) if to else text

        tokens = [
            Token(
                token.kind,
                changed(token.text),
                tuple([p if isinstance(p, str) else to.get(p.text, p) for p in token.parts]),
            )
            for token in self.tokens
        ]
        return When(changed(self.text), tuple(tokens))


def when(written: str) -> When:
    """The condition in a text, split into tokens."""
    tokens: list[Token] = []
    end = 0
    stripped = written.rstrip()
    pattern = re.compile(_TOKEN, re.DOTALL)  # compiled here, as most workflows have no condition
    while end < len(stripped):
        match = pattern.match(stripped, end)
        if match is None:
            rest = stripped[end:].strip()
            tokens.append(Token("unread", rest, parse(rest)))
            break
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        inner = _unescaped(text[1:-1]) if kind == "quoted" else text
        plain = (inner,) if inner and kind != "operator" else ()
        tokens.append(Token(kind, text, parse(inner) if "{{" in inner else plain))
        end = match.end()
    return When(written, tuple(tokens))


def all_of(conditions: Iterable[When]) -> When:
    """The conjunction of conditions."""
    found = list(conditions)
    tokens: list[Token] = []
    for condition in found:
        tokens += [Token("operator", "&&")] * bool(tokens)
        tokens += [Token("operator", "("), *condition.tokens, Token("operator", ")")]
    return When(" && ".join(f"({condition.text})" for condition in found), tuple(tokens))


def tree(condition: When, input_for: InputFor) -> Tree:
    """The condition of a task as the model has it.

    ``input_for`` returns for an operand the name and type of the task's input that has its value,
    or the value if it is constant. Raises ``BadCondition``.
    """
    return _Parser(condition, input_for).parse()


class _Parser:
    """A recursive descent over ``||``, ``&&``, ``!``, comparisons and operands."""

    def __init__(self, condition: When, input_for: InputFor) -> None:
        self.when = condition.text
        self.tokens = condition.tokens
        self.input_for = input_for
        self.next = 0
        self.depth = 0

    def parse(self) -> Tree:
        unread = [token.text for token in self.tokens if token.kind == "unread"]
        if unread:
            raise BadCondition(unread[0])
        found = self.disjunction()
        if self.next < len(self.tokens):
            raise BadCondition(self.tokens[self.next].text)
        return found

    def peek(self) -> str:
        """The operator or parenthesis that comes next; empty for anything else."""
        if self.next < len(self.tokens) and self.tokens[self.next].kind == "operator":
            return self.tokens[self.next].text
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
        found = self.peek()
        for operator in _OPERATORS:
            if found == operator:
                self.next += 1
                return _compared(left, operator, self.operand())
        return _holds(left)

    def operand(self) -> _Operand:
        if self.next >= len(self.tokens):
            raise BadCondition(self.when)
        kind, written, parts = self.tokens[self.next]
        self.next += 1
        if kind == "operator":
            raise BadCondition(written)
        found: tuple[str, ParameterType] | str
        match parts:
            case ():
                found = ""
            case (str(known),) if "{{" not in known:
                found = known
            case _:
                found = self.input_for(parts)
        if isinstance(found, str):
            inner = found
        else:
            name, type_ = found
            value = Input(name=name)
            if type_ in _NUMBERS:
                return _Operand("number", Cast(to="double", value=value), typed=True)
            if type_ is ParameterType.BOOLEAN:
                return _Operand("bool", value, typed=True)
            bare = kind == "bare" and len(parts) == 1
            return _Operand("any" if bare else "text", value)
        if kind == "quoted":
            return _Operand("text", String(value=inner), literal=inner)
        if re.fullmatch(_NUMBER, inner):
            return _Operand("number", _number(inner))
        if inner in _BOOLEANS:
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
    """Whether the types always differ: quoted text never equals a number or boolean."""
    if left.typed or right.typed:
        return False
    if left.kind == "any":
        literal = right.literal or ""
        return literal in _BOOLEANS or re.fullmatch(_NUMBER, literal) is not None
    return left.kind != right.kind and right.kind != "any"


def _read_as(other: _Operand, operand: _Operand) -> _Operand:
    """A quoted operand, converted to the type of the other one if that is not text in KFP v2."""
    if not other.typed or operand.literal is None:
        return operand
    if other.kind == "number" and re.fullmatch(_NUMBER, operand.literal):
        return _Operand("number", _number(operand.literal))
    if other.kind == "bool" and operand.literal.lower() in _BOOLEANS:
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
    """A condition without a comparison: only ``{{x}}``, which has to be ``true``."""
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
