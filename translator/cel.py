"""CEL (Common Expression Language), as far as pipeline specs use it: read and printed.

``triggerPolicy.condition`` compares inputs of its task. kfp's compiler writes comparisons, ``!``
and ``&&`` (kfp/compiler/pipeline_spec_builder.py); conditions of KFP v1 need ``||`` and
parentheses too. Imported only where a pipeline has an expression.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from translator.model.expressions import (
    And,
    Boolean,
    Cast,
    Comparison,
    Input,
    Not,
    Number,
    Opaque,
    Or,
    Selector,
    String,
)
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.model.expressions import Condition, Operand, Operator, Type

__all__ = [
    "as_read",
    "condition_text",
    "operand_text",
    "parsed_condition",
    "parsed_selector",
    "selector_text",
]

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNESCAPED = {escaped: character for character, escaped in _ESCAPES.items()}
#: An input, as schemas 2.1.0 and 2.0.0 spell it.
_INPUT = (
    r"""inputs\.(?:parameter_values\['(?P<newer>[^']*)'\]"""
    r"""|parameters\[(?P<quote>['"])(?P<older>[^'"\]]+)(?P=quote)\]\.(?:string|int|double)_value)"""
)
#: An input anywhere in a text, with up to two conversions around it, as kfp writes them.
_OPERAND = rf"(?P<casts>(?:\b(?:int|double|string|bool)\(){{0,2}}){_INPUT}(?P<ends>\)*)"
_TOKEN = (
    rf"\s*(?:(?P<input>{_INPUT})|(?P<cast>int|double|string|bool)\("
    r"|(?P<string>'(?:[^'\\\n\r\t]|\\[\\'nrt])*')"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<boolean>true|false)"
    r"|(?P<symbol>==|!=|<=|>=|<|>|&&|\|\||!|\(|\)))"
)
_OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
#: The selection of an entry: a key in quotes, or an index.
_STEP = r"""\[(?:"((?:[^"\\]|\\["\\])*)"|'((?:[^'\\]|\\['\\])*)'|(0|[1-9][0-9]{0,8}))\]"""
#: The deepest nesting of parentheses that is supported.
_DEEPEST = 100


def in_schema_2_1_0(given: Input) -> str:
    """An input in CEL: ``inputs.parameter_values['x']``."""
    return f"inputs.parameter_values['{given.name}']"


def as_read(operand: Operand) -> str:
    """The operand in CEL, with inputs as in the file, which may be of schema 2.0.0."""
    return operand_text(operand, lambda given: given.written or in_schema_2_1_0(given))


def operand_text(operand: Operand, spelled: Callable[[Input], str] = in_schema_2_1_0) -> str:
    """The operand in CEL; ``spelled`` prints the input in it."""
    match operand:
        case Input():
            return spelled(operand)
        case Cast(to=to, value=value):
            return f"{to}({operand_text(value, spelled)})"
        case String(value=text):
            return "'" + "".join(_ESCAPES.get(character, character) for character in text) + "'"
        case Number(written=written):
            return written
        case Boolean(value=value):
            return "true" if value else "false"


def condition_text(condition: Condition, operand: Callable[[Operand], str] = operand_text) -> str:
    """The condition in CEL; ``operand`` prints what it compares."""
    match condition:
        case Opaque(parts=parts):
            return "".join(part if isinstance(part, str) else operand(part) for part in parts)
        case Comparison(left=left, operator=operator, right=right):
            found = f"{operand(left)} {operator} {operand(right)}"
        case Boolean():
            found = operand(condition)
        case Not(condition=inner):
            found = f"!({condition_text(inner, operand)})"
        case And(conditions=terms):
            found = " && ".join([_term(term, operand) for term in terms])
        case Or(conditions=terms):
            found = " || ".join([condition_text(term, operand) for term in terms])
    return "(" * condition.parentheses + found + ")" * condition.parentheses


def _term(condition: Condition, operand: Callable[[Operand], str]) -> str:
    """A part of a conjunction, in parentheses if it is ``||``, which binds less than ``&&``."""
    found = condition_text(condition, operand)
    is_open = isinstance(condition, Opaque) or (
        isinstance(condition, Or) and not condition.parentheses
    )
    return f"({found})" if is_open else found


def parsed_condition(written: str) -> Condition:
    """The condition, as a tree if printing that gives the same text, else ``Opaque``."""
    try:
        found = _Parser(written).whole()
    except _NotUnderstood:
        return _opaque(written)
    return found if condition_text(found, as_read) == written else _opaque(written)


def selector_text(selector: Selector) -> str:
    """The selector in CEL: ``parseJson(string_value)["a"]``."""
    return selector.written or "parseJson(string_value)" + "".join(map(_step, selector.path))


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return '["' + key.replace("\\", "\\\\").replace('"', '\\"') + '"]'


def parsed_selector(written: str) -> Selector:
    """The selector: keys and indices in a JSON text, or an expression that is not supported."""
    path: tuple[str | int, ...] = ()
    if re.fullmatch(rf"parseJson\(string_value\)(?:{_STEP})+", written):
        path = tuple(
            int(index) if index else re.sub(r"\\(.)", r"\1", (double or single))
            for double, single, index in re.findall(_STEP, written)
        )
    found = Selector(path=path)
    if path and selector_text(found) == written:
        return found
    return replace(found, written=written)


def _opaque(written: str) -> Opaque:
    """The text with the inputs that are found in it, with their conversions."""
    parts: list[str | Input | Cast] = []
    end = 0
    for match in re.finditer(_OPERAND, written):
        casts = re.findall(r"\w+", match["casts"])
        closed = min(len(casts), len(match["ends"]))
        inner = casts[len(casts) - closed :]
        operand: Input | Cast = _input(match, written[match.end("casts") : match.start("ends")])
        for name in reversed(inner):
            operand = Cast(to=cast("Type", name), value=operand)
        start = match.end("casts") - sum(len(name) + 1 for name in inner)
        parts += [written[end:start]] * (start > end)
        parts.append(operand)
        end = match.start("ends") + closed
    parts += [written[end:]] * (end < len(written))
    return Opaque(parts=tuple(parts))


def _input(match: re.Match[str], written: str) -> Input:
    newer = match["newer"]
    return Input(name=match["older"], written=written) if newer is None else Input(name=newer)


class _NotUnderstood(ValueError):
    """The text is not CEL, or not of comparisons of inputs and literals only."""


class _Parser:
    """A recursive descent over ``||``, ``&&``, ``!``, comparisons and operands."""

    def __init__(self, written: str) -> None:
        self.tokens: list[re.Match[str]] = []
        self.depth = 0
        token = re.compile(_TOKEN)
        end = 0
        while end < len(written):
            match = token.match(written, end)
            if match is None:
                raise _NotUnderstood
            self.tokens.append(match)
            end = match.end()
        self.tokens.reverse()

    def whole(self) -> Condition:
        found = self.disjunction()
        if self.tokens:
            raise _NotUnderstood
        return found

    def accept(self, *symbols: str) -> str:
        """The next operator or parenthesis, consumed, if it is one of these; else empty."""
        if self.tokens and self.tokens[-1]["symbol"] in symbols:
            return self.tokens.pop()["symbol"]
        return ""

    def require(self, symbol: str) -> None:
        if not self.accept(symbol):
            raise _NotUnderstood

    def disjunction(self) -> Condition:
        terms = [self.conjunction()]
        while self.accept("||"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else Or(conditions=tuple(terms))

    def conjunction(self) -> Condition:
        terms = [self.term()]
        while self.accept("&&"):
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else And(conditions=tuple(terms))

    def term(self) -> Condition:
        if self.accept("!"):
            self.require("(")
            return Not(condition=self.inner())
        if self.accept("("):
            inner = self.inner()
            assert not isinstance(inner, Opaque)
            return replace(inner, parentheses=inner.parentheses + 1)
        left = self.operand()
        operator = self.accept(*_OPERATORS)
        if operator:
            operator = cast("Operator", operator)
            return Comparison(left=left, operator=operator, right=self.operand())
        if not isinstance(left, Boolean):
            raise _NotUnderstood
        return left

    def inner(self) -> Condition:
        """The contents of parentheses, up to the closing one."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NotUnderstood
        found = self.disjunction()
        self.require(")")
        self.depth -= 1
        return found

    def operand(self) -> Operand:
        if not self.tokens:
            raise _NotUnderstood
        match = self.tokens.pop()
        match match.lastgroup:
            case "input" | "newer" | "older":
                return _input(match, match["input"])
            case "string":
                found = match["string"][1:-1]
                return String(value=re.sub(r"\\.", lambda m: _UNESCAPED[m[0]], found))
            case "number":
                return Number(written=match["number"])
            case "boolean":
                return Boolean(value=match["boolean"] == "true")
            case "cast":
                return self.converted(cast("Type", match["cast"]))
        raise _NotUnderstood

    def converted(self, to: Type) -> Cast:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NotUnderstood
        value = self.operand()
        self.require(")")
        self.depth -= 1
        return Cast(to=to, value=value)
