"""Conditions as the comparisons of ``dsl.If``, which are checked to compile to the same.

kfp compares texts as texts, and has no ``||``. Such conditions, of which KFP v1 has many, are
written in CEL: the operator of a comparison in kfp is any text, so one can hold a whole condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.cel import condition_text, operand_text
from translator.decompiler.expressions import NoExpressionError, expression
from translator.decompiler.layout import Binary, call
from translator.decompiler.literals import literal
from translator.decompiler.nodes import Literal
from translator.model import ParameterType
from translator.model.expressions import (
    And,
    Boolean,
    Cast,
    Comparison,
    Input,
    Not,
    Number,
    Opaque,
    String,
)
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from translator.decompiler.definitions import Module
    from translator.decompiler.expressions import Scope
    from translator.decompiler.layout import Expression, Group
    from translator.decompiler.nodes import Branch, Value
    from translator.model.expressions import Condition, Operand, Operator

__all__ = ["CEL", "conditions"]

_NEGATED: Mapping[Operator, Operator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}
_PLAIN = (ParameterType.STRING, ParameterType.BOOLEAN, ParameterType.NUMBER_DOUBLE)


#: kfp writes ``{left} {operator} {right}``, and makes the values inputs of the group.
CEL = '''
def cel(expression, first, second=None):
    """A condition in CEL, the language of conditions in pipeline specs; {} are the values.

    The comparisons of kfp compare texts as texts, not as numbers, and there is no "or". kfp passes
    values to a group for comparisons only: each is compared with itself, which is true.
    """
    values = [first, first if second is None else second]
    names = [f"inputs.parameter_values['pipelinechannel--{one.full_name}']" for one in values]
    condition = values[0] == values[1]
    condition.operator = f"== {names[0]} && ({expression.format(*names)}) && {names[1]} =="
    return condition
'''.strip("\n")


class _Side(NamedTuple):
    """A side of a comparison in Python."""

    expression: Expression
    type: ParameterType
    #: What kfp writes for it before it converts it to the type of the other side.
    written: str


def conditions(
    module: Module,
    scope: Scope,
    branch: Branch,
    type_of: Callable[[Value], ParameterType | None],
    *,
    single: bool,
) -> list[Expression]:
    """The conditions that are true together if that of a branch is; one for each ``dsl.If``.

    Raises ``NoExpressionError`` where the DSL has no such condition.
    """
    condition, why = branch.condition, "dsl.Elif takes one comparison"
    assert condition is not None
    try:
        found = [_binary(scope, branch, one, type_of) for one in _terms(condition)]
        if len(found) == 1 or not single:
            return [*found]
    except NoExpressionError as error:
        why = str(error)
    try:
        return [_in_cel(module, scope, branch, type_of, why)]
    except NoExpressionError:
        if single or not isinstance(condition, And):
            raise
    parts = [replace(branch, condition=one) for one in condition.conditions]
    return [one for part in parts for one in conditions(module, scope, part, type_of, single=False)]


def _terms(condition: Condition) -> list[Comparison]:
    """The comparisons of a conjunction, without negations."""
    match condition:
        case Comparison():
            return [replace(condition, parentheses=0)]
        case And(conditions=conditions):
            return [one for inner in conditions for one in _terms(inner)]
        case Not(condition=Not(condition=inner)):
            return _terms(inner)
        case Not(condition=Comparison() as inner):
            return [replace(inner, operator=_NEGATED[inner.operator], parentheses=0)]
    raise NoExpressionError(f"dsl.If has no form for `{condition_text(condition)}`")


def _binary(
    scope: Scope,
    branch: Branch,
    comparison: Comparison,
    type_of: Callable[[Value], ParameterType | None],
) -> Binary:
    left = _side(scope, branch, comparison.left, type_of)
    right = _side(scope, branch, comparison.right, type_of)
    if not any(isinstance(_inner(one), Input) for one in (comparison.left, comparison.right)):
        raise NoExpressionError(f"`{condition_text(comparison)}` compares constants")
    expected = [operand_text(one) for one in (comparison.left, comparison.right)]
    # Of integers, schema 2.0.0 has no conversion: they are no doubles there.
    plain = [one.removeprefix("int(").removesuffix(")") for one in _compiled(left, right)]
    if expected not in (_compiled(left, right), plain):
        shown = condition_text(comparison)
        raise NoExpressionError(f"dsl.If converts the types of `{shown}` differently")
    return Binary(left=left.expression, operator=comparison.operator, right=right.expression)


def _in_cel(
    module: Module,
    scope: Scope,
    branch: Branch,
    type_of: Callable[[Value], ParameterType | None],
    why: str,
) -> Group:
    """The condition as a call of ``cel``. Raises ``NoExpressionError`` if that is none either."""
    assert branch.condition is not None
    text, names = _template(branch.condition)
    values = [branch.values[name] for name in names if name in branch.values]
    kinds = {type_of(one) for one in values}
    is_taken = 1 <= len(values) <= 2 and len(values) == len(names)
    # kfp converts values of several types, and writes integers as `int(…)`.
    if not is_taken or len(kinds) > 1 or not kinds <= {*_PLAIN}:
        raise NoExpressionError(why)
    if any(isinstance(one, Literal) for one in values) or isinstance(branch.condition, Opaque):
        raise NoExpressionError(why)
    arguments = [expression(scope, one) for one in values]
    return call(module.helpers.helper("cel", CEL), literal(text), *arguments)


def _template(condition: Condition) -> tuple[str, list[str]]:
    """The condition in CEL for ``str.format``, and the inputs that it takes."""
    used: list[str] = []

    def operand(one: Operand) -> str:
        match one:
            case Input(name=name):
                used.append(name)
                return f"{{{places.get(name, '')}}}"
            case Cast(to=to, value=value):
                return f"{to}({operand(value)})"
        return operand_text(one).replace("{", "{{").replace("}", "}}")

    places: dict[str, str] = {}
    text = condition_text(condition, operand)
    names = [*dict.fromkeys(used)]
    if len(names) < len(used):
        places.update({name: str(number) for number, name in enumerate(names)})
        text = condition_text(condition, operand)
    return text, names


def _inner(operand: Operand) -> Operand:
    return _inner(operand.value) if isinstance(operand, Cast) else operand


def _side(
    scope: Scope,
    branch: Branch,
    operand: Operand,
    type_of: Callable[[Value], ParameterType | None],
) -> _Side:
    written = operand_text(operand)
    match operand:
        case String():
            # kfp writes texts into the expression as they are.
            return _Side(literal(written[1:-1]), ParameterType.STRING, written)
        case Boolean(value=value):
            return _Side(literal(value), ParameterType.BOOLEAN, written)
        case Number(written=number):
            if number.lstrip("-").isdigit():
                return _Side(literal(int(number)), ParameterType.NUMBER_INTEGER, written)
            return _Side(literal(float(number)), ParameterType.NUMBER_DOUBLE, str(float(number)))
        case Cast(value=inner):
            found = _side(scope, branch, inner, type_of)
            return found
        case Input(name=name):
            return _channel(scope, branch, name, type_of)
    raise NoExpressionError(f"dsl.If has no form for `{written}`")


def _channel(
    scope: Scope, branch: Branch, name: str, type_of: Callable[[Value], ParameterType | None]
) -> _Side:
    value = branch.values.get(name)
    if value is None or isinstance(value, Literal):
        raise NoExpressionError(f"the input `{name}` of the condition is a constant")
    kind = type_of(value)
    written = operand_text(Input(name=name))
    if kind is ParameterType.NUMBER_INTEGER:
        written = f"int({written})"
    elif kind not in _PLAIN:
        raise NoExpressionError("dsl.If compares texts, numbers and booleans only")
    return _Side(expression(scope, value), kind, written)


def _compiled(left: _Side, right: _Side) -> list[str]:
    """The operands that kfp writes (``_single_binary_operation_to_cel_condition``)."""
    types = {left.type, right.type}
    if len(types) == 1:
        return [left.written, right.written]
    if ParameterType.STRING in types:
        to, form = ParameterType.STRING, "'{}'"
    elif ParameterType.BOOLEAN in types:
        return []  # kfp compares with true for 0
    else:
        to, form = ParameterType.NUMBER_DOUBLE, "double({})"
    return [one.written if one.type is to else form.format(one.written) for one in (left, right)]
