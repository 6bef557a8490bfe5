"""The dependencies of tasks that neither their data nor other dependencies imply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.comparison.facts import Fact
from translator.comparison.keys import references
from translator.comparison.sources import Missing, Unordered
from translator.model import Strategy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.comparison.facts import Facts
    from translator.comparison.instances import Instance
    from translator.comparison.sources import Value

__all__ = ["add_dependencies"]


def add_dependencies(facts: Mapping[Instance, Facts], root: Instance) -> None:
    """Adds to the facts of each task which tasks it runs after, beside those whose values it takes.

    ``c`` after ``b`` after ``a`` is after ``a`` too: if ``a`` fails or is skipped, so is ``b``,
    unless ``b`` runs in any case.
    """
    data: dict[Instance, set[Instance]] = {}
    for one, own in facts.items():
        for what, fact in own.items():
            if what != ("group",):
                for source in references(fact.value):
                    _note(data, one, source)
    for parent in root.walk():
        places: dict[Instance, int] = {}
        for child in _in_order(parent):
            places[child] = len(places)
            upstream = child.upstream()
            implied = _implied(upstream, places)
            known = implied | data.get(child, set())
            left: list[Value] = [one for one in upstream if one not in known]
            left += [Missing(f"task {name}") for name in child.unknown_upstream()]
            if left and child in facts:
                place = child.task.origin if child.task else None
                facts[child]["runs after",] = Fact(Unordered(tuple(left)), place)


def _implied(upstream: list[Instance], places: Mapping[Instance, int]) -> set[Instance]:
    """Those that another of them waits for."""
    if len(upstream) < 2:
        return set()
    first = min(places.get(one, 0) for one in upstream)
    met: set[Instance] = set()
    left = [one for one in upstream if _is_strict(one)]
    while left:
        for one in left.pop().upstream():
            if one not in met and places.get(one, -1) >= first:
                met.add(one)
                left += [one] if _is_strict(one) else []
    return met


def _is_strict(one: Instance) -> bool:
    """Whether it is skipped if a task before it fails or is skipped."""
    trigger = one.task.trigger if one.task else None
    return trigger is None or trigger.strategy is not Strategy.ALL_UPSTREAM_TASKS_COMPLETED


def _note(data: dict[Instance, set[Instance]], one: Instance, source: Instance) -> None:
    """Notes the dependency for the tasks of one DAG that hold both."""
    mine, other = list(one.above()), list(source.above())
    while mine and other and mine[-1] is other[-1]:
        mine.pop()
        other.pop()
    if mine and other:
        data.setdefault(mine[-1], set()).add(other[-1])


def _in_order(parent: Instance) -> Iterator[Instance]:
    """The tasks of a DAG, those that others wait for first; those of a cycle in any order."""
    done: set[Instance] = set()
    for child in parent.children.values():
        left = [(child, False)]
        while left:
            one, is_ready = left.pop()
            if is_ready:
                yield one
            elif one not in done:
                done.add(one)
                left.append((one, True))
                left += [(other, False) for other in one.upstream()]
