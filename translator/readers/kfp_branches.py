"""If, Elif and Else of a DAG, recognised by their conditions.

kfp negates the conditions of the branches before: the third of three has ``!(a) && !(b) && c``, and
Else has nothing but such (``Elif`` and ``Else`` in kfp/dsl/tasks_group.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model.expressions import And, Not
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from translator.model import Task
    from translator.model.expressions import Condition, Operand

__all__ = ["Branch", "branches", "in_order"]


class Branch(NamedTuple):
    """An Elif or an Else."""

    #: The task with the branch before it.
    after: str
    #: Its condition without the negated ones; None for Else.
    own: Condition | None


def branches(tasks: Mapping[str, Task]) -> dict[str, Branch]:
    """The tasks that are an Elif or an Else of another task of the same DAG."""
    conditions = {
        name: task.trigger.condition
        for name, task in tasks.items()
        if task.trigger and task.trigger.condition is not None
    }
    if len(conditions) < 2:
        return {}
    terms = {name: _terms(one) for name, one in conditions.items()}
    texts = {name: [_text(one, tasks[name]) for one in terms[name]] for name in terms}
    #: The conditions of a chain of branches → the task of the last one.
    chains: dict[tuple[str, ...], str] = {}
    found: dict[str, Branch] = {}
    for name in sorted(terms, key=lambda name: (len(terms[name]), _negated(terms[name]))):
        whole = terms[name]
        count = _negated(whole)
        before = tuple(
            _text(one.condition, tasks[name]) for one in whole[:count] if isinstance(one, Not)
        )
        rest = whole[count:]
        if count and len(rest) < 2 and before in chains:
            found[name] = Branch(chains[before], rest[0] if rest else None)
            if rest:
                chains.setdefault((*before, texts[name][-1]), name)
        elif not count:
            chains.setdefault((_text(conditions[name], tasks[name]),), name)
    return found


def in_order(names: Iterable[str], found: Mapping[str, Branch]) -> list[str]:
    """The names, those of branches after that of the branch before them."""
    followers: dict[str, list[str]] = {}
    for name, branch in found.items():
        followers.setdefault(branch.after, []).append(name)
    order: list[str] = []
    for name in names:
        left = [] if name in found else [name]
        while left:
            order.append(one := left.pop())
            left += reversed(followers.get(one, []))
    return order


def _terms(condition: Condition) -> Sequence[Condition]:
    return condition.conditions if isinstance(condition, And) else (condition,)


def _negated(terms: Sequence[Condition]) -> int:
    """How many conditions at the start are negated."""
    return next((at for at, one in enumerate(terms) if not isinstance(one, Not)), len(terms))


def _text(condition: Condition, task: Task) -> str:
    """The condition, with the sources of its operands for their names in the task."""
    from translator.cel import condition_text, operand_text

    sources = {**task.parameters, **task.artifacts}

    def operand(one: Operand) -> str:
        return operand_text(one, lambda given: repr(sources.get(given.name, given.name)))

    return condition_text(condition, operand)
