"""The names of tasks in decisions: ``TASK``, or ``COMPONENT/TASK`` where several have the name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from translator.diagnostics import decisions as rules
from translator.model import walk_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.upstream import Upstream

__all__ = ["Place", "matching", "names_of_tasks", "shown_names"]

#: A task: the component that holds it (``root`` for the top), and its name.
Place: TypeAlias = tuple[str, str]
#: How many names a message lists.
_NAMED = 20


def matching(pipeline: Pipeline, upstream: Upstream, name: str) -> Place | Diagnostic:
    """The task of that name, or what is wrong with the name.

    A task is meant, not one of the same name inside of it, as there are in conditions and loops of
    KFP v1.
    """
    from translator.diagnostics.spelling import closest

    found = [place for place in _places(pipeline) if name in _names(place)]
    found = found if len(found) < 2 else _outermost(found, upstream)
    if len(found) == 1:
        return found[0]
    if found:
        facts = {"problem": "is the name of several tasks", "known": _listed(map(_full, found))}
        return rules.NO_SUCH_TASK.at(pipeline.origin, name=name, **facts)
    known = list(shown_names(pipeline).values())
    facts = {"problem": "is not the name of a task", "known": _listed(known)}
    meant = closest(name, known)
    return rules.NO_SUCH_TASK.at(pipeline.origin, name=name, meant=meant, **facts)


def shown_names(pipeline: Pipeline) -> dict[Place, str]:
    """The shortest name of each task in a decision."""
    places = _places(pipeline)
    times = Counter(task for _, task in places)
    return {place: place[1] if times[place[1]] == 1 else _full(place) for place in places}


def names_of_tasks(pipeline: Pipeline) -> set[str]:
    """All names of tasks that a decision may have."""
    return {name for place in _places(pipeline) for name in _names(place)}


def _places(pipeline: Pipeline) -> list[Place]:
    return [(holder, name) for holder, name, _ in walk_tasks(pipeline)]


def _names(place: Place) -> tuple[str, ...]:
    holder, task = place
    return task, f"{holder}/{task}", _full(place)


def _full(place: Place) -> str:
    return f"{place[0].removeprefix('comp-')}/{place[1]}"


def _listed(names: Iterable[str]) -> str:
    shown = [f"`{name}`" for name in names]
    more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
    return " or ".join(shown[:_NAMED]) + more


def _outermost(found: list[Place], upstream: Upstream) -> list[Place]:
    """The places that are not inside of the DAG of another one."""
    inner: set[str] = set()
    waiting = [upstream.tasks(holder)[name].component for holder, name in found]
    while waiting:
        label = waiting.pop()
        if label not in inner:
            inner.add(label)
            waiting += [task.component for task in upstream.tasks(label).values()]
    return [place for place in found if place[0] not in inner]
