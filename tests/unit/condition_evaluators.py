"""What a condition comes to: in Argo, which pastes values and asks govaluate, and in CEL.

Both are written from the documentation, for the tests alone, and know what conditions need.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMPARISONS: Mapping[str, Callable[[object, object], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ArgoFailsError(Exception):
    """Argo would refuse the condition, or fail while it evaluates it."""


class TypeDecidesError(Exception):
    """What Argo does depends on what a bare value looks like, which CEL cannot ask."""


class CelSyntaxError(Exception):
    """This is no expression of CEL."""


class CelError(Exception):
    """CEL would fail while it evaluates the expression."""


class Token(NamedTuple):
    """A token of govaluate."""

    #: ``sign``, ``number``, ``bool``, ``word``, or ``text`` for what was quoted.
    kind: str
    text: str
    #: Not written in the condition, but pasted into it.
    given: bool = False


# Argo

_SIGNS = {"==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "-"}
_LEXEMES = re.compile(
    r"""(?P<number>[0-9.]+)|(?P<word>[^\W\d_][\w.]*)|(?P<parenthesis>[()])"""
    # Either kind of quote ends either kind; a backslash takes the next character as it is.
    r"""|["'](?P<text>(?:[^"'\\]|\\.)*)["']"""
    # All signs that stand together are one.
    r"""|(?P<sign>(?:[^\w\s()\[\]"']|_)+)""",
    re.DOTALL,
)


def tokens(text: str) -> list[Token]:
    """The tokens of a condition with all values in their places."""
    found: list[Token] = []
    end = 0
    text = text.rstrip()
    while end < len(text):
        if text[end].isspace():
            end += 1
            continue
        match = _LEXEMES.match(text, end)
        if match is None:
            raise ArgoFailsError(text[end:])
        found.append(_token(str(match.lastgroup), match[str(match.lastgroup)]))
        end = match.end()
    return found


def _token(kind: str, text: str) -> Token:
    if kind == "number":
        if not re.fullmatch(r"\d+\.?\d*|\.\d+", text):
            raise ArgoFailsError(text)
    elif kind == "word":
        if text in ("true", "false"):
            kind = "bool"
        elif text in ("in", "IN") or "." in text:
            raise ArgoFailsError(text)
    elif kind == "text":
        text = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    elif kind == "sign" and text not in _SIGNS:
        raise ArgoFailsError(text)
    return Token("sign" if kind == "parenthesis" else kind, text)


class _Value(NamedTuple):
    value: float | bool | str
    #: As it stands in the condition.
    text: str
    #: The whole operand was pasted and stands without quotes.
    bare: bool = False
    #: Some of it was pasted.
    given: bool = False


def argo(condition: list[Token]) -> bool:
    """What Argo makes of a condition."""
    run = _Parser(condition).whole()
    return _truth(run())


def _truth(value: _Value) -> bool:
    if not isinstance(value.value, bool):
        raise ArgoFailsError(value.text)
    return value.value


class _Parser:
    """The precedences of govaluate. Each method gives a function that evaluates its part."""

    def __init__(self, condition: list[Token]) -> None:
        self.rest = condition[::-1]

    def whole(self) -> Callable[[], _Value]:
        found = self.either()
        if self.rest:
            raise ArgoFailsError(self.rest[-1].text)
        return found

    def sign(self, *signs: str) -> str:
        """The next token if it is one of the signs."""
        if self.rest and self.rest[-1].kind == "sign" and self.rest[-1].text in signs:
            return self.rest.pop().text
        return ""

    def either(self) -> Callable[[], _Value]:
        left = self.both()
        if not self.sign("||"):
            return left
        right = self.either()
        return lambda: _said(_truth(left()) or _truth(right()))

    def both(self) -> Callable[[], _Value]:
        left = self.comparison()
        if not self.sign("&&"):
            return left
        right = self.both()
        return lambda: _said(_truth(left()) and _truth(right()))

    def comparison(self) -> Callable[[], _Value]:
        left = self.prefixed()
        sign = self.sign(*COMPARISONS)
        if not sign:
            return left
        right = self.prefixed()
        return lambda: _said(_compared(left(), sign, right()))

    def prefixed(self) -> Callable[[], _Value]:
        if self.sign("!"):
            inverted = self.prefixed()
            return lambda: _said(not _truth(inverted()))
        if self.sign("-"):
            number = self.operand()
            if not isinstance(number.value, float):
                raise ArgoFailsError(number.text)
            negative = number._replace(value=-number.value, text=f"-{number.text}")
            return lambda: negative
        if self.sign("("):
            inner = self.either()
            if not self.sign(")"):
                raise ArgoFailsError("(")
            return inner
        operand = self.operand()
        return lambda: operand

    def operand(self) -> _Value:
        if not self.rest or self.rest[-1].kind == "sign":
            raise ArgoFailsError("an operand is missing")
        kind, text, given = self.rest.pop()
        bare = given and kind != "text"
        if kind == "number":
            return _Value(float(text), text, bare, given)
        return _Value(text == "true" if kind == "bool" else text, text, bare, given)


def _said(value: bool) -> _Value:
    return _Value(value, str(value).lower())


def _compared(left: _Value, sign: str, right: _Value) -> bool:
    same_type = type(left.value) is type(right.value)
    if sign in ("==", "!="):
        equal = same_type and left.value == right.value
        _check_equality(left, right, equal)
        return equal is (sign == "==")
    if not same_type or isinstance(left.value, bool):
        raise ArgoFailsError(f"{left.text} {sign} {right.text}")
    if left.bare and right.bare and not isinstance(left.value, float):
        raise TypeDecidesError  # CEL reads both as numbers
    return COMPARISONS[sign](left.value, right.value)


def _check_equality(left: _Value, right: _Value, equal: bool) -> None:
    for one, other in ((left, right), (right, left)):
        if not one.bare:
            continue
        if isinstance(other.value, float) and not other.given and not isinstance(one.value, float):
            raise TypeDecidesError  # CEL reads it as a number, which fails
        if other.given and equal != (one.text == other.text):
            raise TypeDecidesError  # CEL compares what they look like


# CEL

_CEL = re.compile(
    r"""\s*(?:(?P<input>inputs\.parameter_values\['(?:[^'\\\n\r]|\\.)*'\])"""
    r"""|(?P<string>'(?:[^'\\\n\r]|\\[\\'nrt])*')|(?P<double>-?\d+\.\d+)|(?P<int>-?\d+)"""
    r"""|(?P<word>[a-z]+)|(?P<sign>==|!=|<=|>=|<|>|&&|\|\||!|\(|\)))"""
)
_DOUBLE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def cel_tokens(text: str) -> list[tuple[str, str]]:
    """Kind and text of each token of an expression."""
    found: list[tuple[str, str]] = []
    end = 0
    while end < len(text):
        match = _CEL.match(text, end)
        if match is None:
            raise CelSyntaxError(text[end:])
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        end = match.end()
    return found


def unquoted(literal: str) -> str:
    """What a literal of CEL stands for."""
    return re.sub(r"\\(.)", lambda m: _ESCAPED.get(m[1], m[1]), literal[1:-1])


def cel_value(text: str, inputs: Mapping[str, object]) -> bool:
    """What an expression comes to, which has to be a truth."""
    parser = _Cel(cel_tokens(text), inputs)
    value = parser.either()
    if parser.rest:
        raise CelSyntaxError(parser.rest[-1][1])
    if isinstance(value, CelError):
        raise value
    if not isinstance(value, bool):
        raise CelError(text)
    return value


class _Cel:
    """Evaluates while it reads. An error is a value: ``false && error`` is false, in any order."""

    def __init__(self, found: list[tuple[str, str]], inputs: Mapping[str, object]) -> None:
        self.rest = found[::-1]
        self.inputs = inputs

    def sign(self, *signs: str) -> str:
        if self.rest and self.rest[-1][0] == "sign" and self.rest[-1][1] in signs:
            return self.rest.pop()[1]
        return ""

    def either(self) -> object:
        return self.joined("||", self.both, ends=True)

    def both(self) -> object:
        return self.joined("&&", self.comparison, ends=False)

    def joined(self, sign: str, part: Callable[[], object], *, ends: bool) -> object:
        parts = [part()]
        while self.sign(sign):
            parts.append(part())
        if len(parts) == 1 or any(value is ends for value in parts):
            return parts[0] if len(parts) == 1 else ends
        wrong = [value for value in parts if not isinstance(value, bool)]
        return CelError(sign, wrong) if wrong else not ends

    def comparison(self) -> object:
        left = self.unary()
        sign = self.sign(*COMPARISONS)
        if not sign:
            return left
        right = self.unary()
        if isinstance(left, CelError) or type(left) is not type(right):
            return CelError(left, sign, right)
        return COMPARISONS[sign](left, right)

    def unary(self) -> object:
        if self.sign("!"):
            value = self.unary()
            return not value if isinstance(value, bool) else CelError("!", value)
        if self.sign("("):
            inner = self.either()
            if not self.sign(")"):
                raise CelSyntaxError("(")
            return inner
        return self.primary()

    def primary(self) -> object:
        if not self.rest:
            raise CelSyntaxError("the end")
        kind, text = self.rest.pop()
        match kind:
            case "string":
                return unquoted(text)
            case "double" | "int":
                return float(text) if kind == "double" else int(text)
            case "input":
                name = unquoted(text[len("inputs.parameter_values[") : -1])
                return self.inputs[name] if name in self.inputs else CelError(name)
            case "word" if text in ("true", "false"):
                return text == "true"
            case "word" if text in ("double", "string") and self.sign("("):
                value = self.either()
                if not self.sign(")"):
                    raise CelSyntaxError(text)
                return _converted(text, value)
        raise CelSyntaxError(text)


def _converted(to: str, value: object) -> object:
    if to == "double":
        if isinstance(value, str) and not _DOUBLE.fullmatch(value):
            return CelError(value)
        return float(value) if isinstance(value, (str, float, int)) else CelError(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, (str, CelError)) else f"{value:g}"
