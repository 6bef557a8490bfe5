"""If, Elif and Else, recognised by their conditions.

kfp negates the conditions of the branches before: the third of three has ``!(a) && !(b) && c``
(``Elif`` in kfp/dsl/tasks_group.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.cel import condition_text, operand_text
from translator.decompiler.nodes import Branches
from translator.model.expressions import And, Not
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from translator.decompiler.nodes import Branch, Node
    from translator.model.expressions import Condition, Operand

__all__ = ["chain", "chained"]


def chain(branches: Iterable[Branch]) -> tuple[Branch, ...] | None:
    """The branches as an If, its Elifs and its Else, in order; None if they are none.

    Conditions are without those that are negated; Else has none.
    """
    found: list[Branch] = []
    before: list[str] = []
    for branch in sorted(branches, key=_rank):
        terms = _terms(branch)
        negated = [_text(branch, one.condition) for one in terms if isinstance(one, Not)]
        ends = found and found[-1].condition is None
        if ends or negated[: len(before)] != before or len(terms) > len(before) + 1:
            return None
        own = terms[len(before) :]
        if not own and not before:
            return None
        found.append(replace(branch, condition=own[0] if own else None))
        before += [_text(branch, one) for one in own]
    return tuple(found)


def chained(nodes: Sequence[Node]) -> list[Node]:
    """The nodes of a DAG, where branches that are next to each other are one node.

    kfp 2.1 has made no component around them.
    """
    alone = [one for one in nodes if isinstance(one, Branches) and one.is_alone]
    found: list[Node] = [one for one in nodes if one not in alone]
    heads = [one for one in alone if not isinstance(_terms(one.branches[0])[0], Not)]
    for head in heads:
        start = _text(head.branches[0], _terms(head.branches[0])[0])
        members = [one for one in alone if one is head or _negates(one.branches[0], start)]
        group = chain([one.branches[0] for one in members]) if len(members) > 1 else None
        if group is not None:
            alone = [one for one in alone if one not in members]
            found.append(Branches(path=head.path, branches=group))
    return [*found, *alone]


def _rank(branch: Branch) -> tuple[int, int]:
    """Later branches negate more conditions, and Else has nothing but such."""
    terms = _terms(branch)
    return len(terms), sum(isinstance(one, Not) for one in terms)


def _negates(branch: Branch, start: str) -> bool:
    first = _terms(branch)[0]
    return isinstance(first, Not) and _text(branch, first.condition) == start


def _terms(branch: Branch) -> tuple[Condition, ...]:
    condition = branch.condition
    assert condition is not None
    return condition.conditions if isinstance(condition, And) else (condition,)


def _text(branch: Branch, condition: Condition) -> str:
    """The condition, with the sources of its operands for their names in the task."""

    def operand(one: Operand) -> str:
        return operand_text(one, lambda given: repr(branch.values.get(given.name, given.name)))

    return condition_text(condition, operand)
