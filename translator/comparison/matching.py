"""Which task of one pipeline is which of another: by content first, then by name.

Tasks get colours: equal for tasks that say the same, take the same values, from tasks of equal
colours, and give theirs to such tasks (colour refinement, as for isomorphic graphs). Names do not
count. Tasks of a colour are paired so that the tasks around them fit. The others are paired by
name, and then by how much of them is equal.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from translator.comparison.facts import TASK_NAME, is_handed_on
from translator.comparison.keys import Keys, references
from translator.comparison.left_out import LEFT_OUT
from translator.comparison.sources import ABSENT

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from translator.comparison.facts import Facts, What
    from translator.comparison.instances import Instance

__all__ = ["Graph", "matched"]

#: The first words of facts that do not count when tasks are paired by content.
_SOFT = frozenset({"group", "display name", TASK_NAME, LEFT_OUT})
#: How often colours are refined, each time in the order of the data and against it.
_ROUNDS = 2
#: Kinds of tasks that do not show by these looks: a group is its tasks.
_UNKNOWN_BY = {"around": (), "up": ("group",), "own": ("group", "loop", "condition")}
#: Tasks of one colour that are looked at for the best pair.
_CHOICE = 40
#: The part of two tasks' facts that is equal in tasks that are the same, changed.
_SIMILAR = 0.6


class Graph:
    """The tasks of a pipeline with their facts, and the values that they take from each other."""

    def __init__(self, root: Instance, facts: Mapping[Instance, Facts], keys: Keys) -> None:
        self.root = root
        self.facts = facts
        self.tasks = [one for one in root.walk() if one is not root]
        #: Task → place of a value, and the task that it comes from, in the order of the facts.
        self.sources: dict[Instance, list[tuple[What, Instance]]] = {}
        #: Task → place of a value in another task, and that task.
        self.uses: dict[Instance, list[tuple[What, Instance]]] = {one: [] for one in root.walk()}
        #: Task → places of what it says by itself: not of outputs that tasks in it give.
        self.own: dict[Instance, list[What]] = {}
        for one in self.tasks:
            self._add(one)
        self.keys = keys
        self.order = list(_in_order(self.tasks, self.sources))

    def _add(self, one: Instance) -> None:
        own: list[What] = []
        sources: list[tuple[What, Instance]] = []
        for what, fact in self.facts[one].items():
            if what[0] in _SOFT or fact.value == ABSENT or is_handed_on(what):
                continue
            found = list(references(fact.value))
            for source in found:
                self.uses[source].append((what, one))
            if not any(one in source.above() for source in found if source is not one):
                own.append(what)
                sources += [(what, source) for source in found if source is not one]
        self.own[one], self.sources[one] = own, sources

    def colours(self, known: dict[Hashable, int], *, looks: str) -> dict[Instance, int]:
        """Each task's colour; ``known`` numbers those of both pipelines.

        It has the content of the task; ``up``: also of the groups around it and of the tasks whose
        values it takes; ``around``: also of those that take its values and of those in it.
        """
        colour: dict[Instance, int] = dict.fromkeys(self.root.walk(), 0)
        is_local = looks == "own"
        keys = self.keys._replace(task=(lambda _: 0) if is_local else colour.__getitem__)

        def mixed(*parts: Hashable) -> int:
            return known.setdefault(parts, len(known) + 1)

        for _ in range(_ROUNDS if looks == "around" else 1):
            for one in self.order:
                above = colour[one.parent] if one.parent and not is_local else 0
                own = frozenset(
                    (keys.what(what), keys.of(self.facts[one][what].value))
                    for what in self.own[one]
                )
                colour[one] = mixed(looks, colour[one], above, own)
            for one in reversed(self.order) if looks == "around" else ():
                uses = Counter((keys.what(what), colour[user]) for what, user in self.uses[one])
                below = Counter(colour[child] for child in one.children.values())
                colour[one] = mixed(colour[one], frozenset(uses.items()), frozenset(below.items()))
        return colour


def _in_order(
    tasks: Sequence[Instance], sources: Mapping[Instance, list[tuple[What, Instance]]]
) -> Iterator[Instance]:
    """Groups before the tasks in them, and tasks before those that take their values."""
    done: set[Instance] = set()
    for task in tasks:
        left = [(task, False)]
        while left:
            one, is_ready = left.pop()
            if is_ready:
                yield one
            elif one not in done and one.task is not None:
                done.add(one)
                left.append((one, True))
                left += [(source, False) for _, source in sources[one]]
                left += [(one.parent, False)] if one.parent else []


def matched(a: Graph, b: Graph) -> dict[Instance, Instance]:
    """Each task of ``a`` that is one of ``b``, with that one."""
    pairs = _Pairs(a, b)
    pairs.by_content("around")
    pairs.by_content("up")
    pairs.by_content("own", unique=True)
    pairs.by_name()
    pairs.by_content("own")
    pairs.by_members()
    pairs.by_similarity()
    return pairs.found


class _Pairs:
    """The pairs found so far."""

    def __init__(self, a: Graph, b: Graph) -> None:
        self.a, self.b = a, b
        self._known: dict[Hashable, int] = {}
        self.colours: dict[Instance, int] = {}
        self.others: dict[Instance, int] = {}
        self.found: dict[Instance, Instance] = {a.root: b.root}
        self.taken: dict[Instance, Instance] = {b.root: a.root}

    def pair(self, one: Instance, other: Instance) -> None:
        """Pairs two tasks, and then the tasks of their colours around them."""
        left = deque([(one, other)])
        while left:
            one, other = left.popleft()
            if one in self.found or other in self.taken or not self._in_one_group(one, other):
                continue
            self.found[one], self.taken[other] = other, one
            left += self._around(one, other)

    def _around(self, one: Instance, other: Instance) -> Iterator[tuple[Instance, Instance]]:
        if one.parent and other.parent:
            yield from self._equal([one.parent], [other.parent])
        theirs: dict[tuple[str, ...], list[Instance]] = {}
        for what, source in self.b.sources[other]:
            theirs.setdefault(self.b.keys.what(what), []).append(source)
        ours: dict[tuple[str, ...], list[Instance]] = {}
        for what, source in self.a.sources[one]:
            ours.setdefault(self.a.keys.what(what), []).append(source)
        for place, sources in ours.items():
            yield from self._equal(sources, theirs.get(place, []))

    def _equal(
        self, ones: Iterable[Instance], others: Iterable[Instance]
    ) -> Iterator[tuple[Instance, Instance]]:
        """The pairs of equal colour among tasks that are in the same place."""
        free = [other for other in others if other not in self.taken]
        for one in ones:
            if one not in self.found:
                same = [x for x in free if self.others[x] == self.colours[one]]
                if same:
                    chosen = next((x for x in same if x.name == one.name), same[0])
                    free.remove(chosen)
                    yield one, chosen

    def by_content(self, looks: str, *, unique: bool = False) -> None:
        """Pairs tasks of equal colours, those whose values no task takes first.

        ``unique``: only where each pipeline has one task of the colour.
        """
        if len(self.found) > len(self.a.tasks) or len(self.taken) > len(self.b.tasks):
            return
        self.colours = self.a.colours(self._known, looks=looks)
        self.others = self.b.colours(self._known, looks=looks)
        number = Counter(self.colours[one] for one in self.a.tasks if one not in self.found)
        free: dict[int, list[Instance]] = {}
        for other in reversed(self.b.order):
            if other not in self.taken:
                free.setdefault(self.others[other], []).append(other)
        for one in reversed(self.a.order):
            if one in self.found:
                continue
            colour = self.colours[one]
            same = free[colour] = [x for x in free.get(colour, ()) if x not in self.taken]
            if looks != "own":
                same = [x for x in same if self._in_one_group(one, x)]
            if unique and (number[colour] > 1 or len(same) > 1):
                continue
            if same and _kind(one) not in _UNKNOWN_BY[looks]:
                other = max(same[:_CHOICE], key=lambda x: self._fit(one, x))
                if looks == "own":
                    self.found[one], self.taken[other] = other, one
                self.pair(one, other)

    def _in_one_group(self, one: Instance, other: Instance) -> bool:
        """Whether the groups around two tasks are one, or can still be."""
        if one.parent is None or other.parent is None:
            return one.parent is other.parent
        if one.parent in self.found or other.parent in self.taken:
            return self.found.get(one.parent) is other.parent
        return True

    def _fit(self, one: Instance, other: Instance) -> tuple[int, bool, bool]:
        """How well the tasks around two tasks fit."""
        theirs = {self.b.keys.what(what): source for what, source in self.b.sources[other]}
        fits = 0
        for what, source in self.a.sources[one]:
            found = theirs.get(self.a.keys.what(what))
            if self.found.get(source) is found:
                fits += found is not None
            else:
                fits -= 1
        same_group = self.found.get(one.parent) is other.parent if one.parent else False
        return fits + same_group, one.name == other.name, _shown(one) == _shown(other)

    def by_name(self) -> None:
        """Pairs tasks of one name: in the same group first, then in any."""
        for one in self.a.tasks:
            group = self.found.get(one.parent) if one.parent else None
            other = group.children.get(one.name) if group else None
            if one not in self.found and other is not None and self._may_be(one, other):
                self.found[one], self.taken[other] = other, one
        free: dict[str, list[Instance]] = {}
        for other in self.b.tasks:
            if other not in self.taken:
                free.setdefault(other.name, []).append(other)
        for one in self.a.tasks:
            if one not in self.found and one.dag is None:
                others = [x for x in free.get(one.name, ()) if self._may_be(one, x)]
                if len(others) == 1:
                    self.found[one], self.taken[others[0]] = others[0], one

    def by_members(self) -> None:
        """Pairs groups by the tasks in them that are pairs, the innermost groups first."""
        for one in reversed(self.a.tasks):
            if one in self.found:
                continue
            inside = [self.found[child] for child in one.children.values() if child in self.found]
            around = Counter(child.parent for child in inside if child.parent)
            for other, _ in around.most_common(1):
                if self._may_be(one, other):
                    self.found[one], self.taken[other] = other, one

    def by_similarity(self) -> None:
        """Pairs what is left by the facts that are equal, in one group."""
        for one in self.a.tasks:
            group = self.found.get(one.parent) if one.parent else None
            if one in self.found or group is None:
                continue
            others = [x for x in group.children.values() if self._may_be(one, x)][:_CHOICE]
            other = max(others, key=lambda x: self._similarity(one, x), default=None)
            if other is not None and self._similarity(one, other) >= _SIMILAR:
                self.found[one], self.taken[other] = other, one

    def _may_be(self, one: Instance, other: Instance) -> bool:
        """Whether two tasks may be one: both run executors, or both are groups of one kind."""
        return other not in self.taken and _kind(one) == _kind(other)

    def _similarity(self, one: Instance, other: Instance) -> float:
        ours, theirs = (
            {
                (keys.what(what), keys._replace(task=lambda _: "").of(fact.value))
                for what, fact in graph.facts[task].items()
                if what[0] not in _SOFT
            }
            for graph, keys, task in ((self.a, self.a.keys, one), (self.b, self.b.keys, other))
        )
        return len(ours & theirs) / max(len(ours | theirs), 1)


def _kind(one: Instance) -> str:
    if one.dag is None or one.task is None:
        return "task"
    if one.task.iterator is not None:
        return "loop"
    trigger = one.task.trigger
    return "condition" if trigger is not None and trigger.condition is not None else "group"


def _shown(one: Instance) -> str:
    return one.task.display_name if one.task else ""
