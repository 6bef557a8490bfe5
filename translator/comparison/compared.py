"""Two pipelines → their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.comparison import sources
from translator.comparison.dependencies import add_dependencies
from translator.comparison.describe import pipeline_facts, task_facts
from translator.comparison.differences import Comparison, Difference, Side
from translator.comparison.facts import Fact, is_handed_on
from translator.comparison.groups import only_wraps, unwrapped
from translator.comparison.instances import Instance, tree
from translator.comparison.keys import Keys, named, references
from translator.comparison.left_out import LEFT_OUT, add_left_out, has_left_out
from translator.comparison.matching import Graph, matched
from translator.comparison.naming import Naming
from translator.comparison.readings import (
    OLDER_TYPES,
    add_input_formats,
    add_readings,
    add_statuses,
    are_read_alike,
    reads_texts,
)
from translator.comparison.shown import shown, words_of
from translator.comparison.tolerances import TOLERANCES
from translator.comparison.undeclared import UNDECLARED
from translator.diagnostics import TranslationError
from translator.diagnostics.comparison import INCOMPLETE
from translator.model import KFP_V1, Pipeline

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Sequence

    from translator.comparison.facts import Facts, What
    from translator.comparison.sources import Name, Value
    from translator.diagnostics import Origin
    from translator.source.left_out import LeftOut

__all__ = ["compare"]

FAIL_FAST = ("submission", "fail fast")
_NOTHING = Fact(sources.ABSENT, None)


def compare(
    a: Pipeline,
    b: Pipeline,
    *,
    renamed: bool = False,
    strict: bool | Collection[str] = False,
    left_out: tuple[Sequence[LeftOut], Sequence[LeftOut]] = ((), ()),
) -> Comparison:
    """The differences from one pipeline to another, by what they do.

    Names that compilers choose do not count, nor the order of tasks: tasks are found by their
    content first. ``renamed``: inputs and outputs may have other names where no container reads
    them. ``strict``: tolerances (``TOLERANCES``) that count as differences; True for all.
    ``left_out``: the values of both files that are not in the pipelines (``Reading``).

    Raises ``TranslationError`` for a pipeline with parts that could not be translated (TR474), or
    with more than 200,000 tasks (TR471).
    """
    for one in (a, b):
        if not one.complete:
            raise TranslationError([INCOMPLETE.at(one.origin)])
    across = (a.dialect == KFP_V1) != (b.dialect == KFP_V1)
    left, right = (
        _Side(one, values, across=across, renamed=renamed)
        for one, values in zip((a, b), left_out, strict=True)
    )
    _align_types(left, right)
    pairs = matched(left.graph, right.graph)
    alone = _alone(pairs)
    if [one for one in (left, right) if one.unwrap(alone)]:
        pairs = matched(left.graph, right.graph)
    found = list(_Differences(left, right, pairs, across=across, renamed=renamed))
    counted = TOLERANCES if strict is True else strict or ()
    notes = [one for one in found if one.tolerance and one.tolerance not in counted]
    real = [one for one in found if not one.tolerance or one.tolerance in counted]
    paths = tuple((one.path, other.path) for one, other in pairs.items() if one.task)
    return Comparison(tuple(real), tuple(notes), paths)


def _alone(pairs: dict[Instance, Instance]) -> set[Instance]:
    """The groups that only one pipeline has, where tasks of the other may be those in them."""
    both = {*pairs, *pairs.values()}
    around = {group for one in both for group in one.above()}
    beside = {
        task
        for parents in pairs.items()
        for one, other in (parents, reversed(parents))
        if any(task not in both for task in other.children.values())
        for task in one.children.values()
    }
    return (around | beside) - both


def _align_types(*both: _Side) -> None:
    """Adds how values are read, if one pipeline has texts for what the other has types for."""
    for side in both:
        add_statuses(side.tasks)
    texts = [reads_texts(side.tasks, side.schema) for side in both]
    for side, has_texts in zip(both, texts, strict=True) if any(texts) else ():
        add_readings(side.tasks, side.whole, texts=has_texts)


class _Side:
    """A pipeline with the facts of its tasks."""

    def __init__(
        self, pipeline: Pipeline, left_out: Sequence[LeftOut], *, across: bool, renamed: bool
    ) -> None:
        self.root = tree(pipeline)
        self.schema = pipeline.schema_version
        self.tasks: dict[Instance, Facts] = {
            one: task_facts(one, pipeline.executors) for one in self.root.walk() if one.task
        }
        add_input_formats(self.tasks, pipeline.executors, self.schema)
        self.whole = pipeline_facts(self.root, pipeline)
        add_left_out(left_out, self.tasks, self.whole, pipeline.executors)
        referenced = {
            source
            for facts in (self.whole, *self.tasks.values())
            for what, fact in facts.items()
            if what != ("group",)
            for source in references(fact.value)
        }
        #: Groups that only wrap, the innermost last.
        self.wraps = [one for one in self.tasks if only_wraps(one) and one not in referenced]
        if not across:
            self.wraps = [one for one in self.wraps if not has_left_out(self.tasks[one])]
        add_dependencies(self.tasks, self.root)
        self.naming = Naming(pipeline.executors)
        name = self.naming.place if renamed else named
        keys = Keys(lambda _: 0, name, any_fan_in=True, as_text=across)
        self.graph = Graph(self.root, self.tasks, keys)

    def unwrap(self, groups: Collection[Instance]) -> bool:
        """Takes the groups that have no effect out of the tree; False if there is none."""
        gone = [one for one in reversed(self.wraps) if one in groups and unwrapped(one)]
        for one in gone:
            del self.tasks[one]
        if not gone:
            return False
        for one, facts in self.tasks.items():
            facts["group",] = facts["group",]._replace(value=one.parent)
            facts.pop(("runs after",), None)
        add_dependencies(self.tasks, self.root)
        paths = tuple(one.path for one in reversed(gone))
        self.whole["groups",] = Fact(sources.ABSENT, gone[-1].component.origin, paths, "groups")
        self.graph = Graph(self.root, self.tasks, self.graph.keys)
        return True


class _Differences:
    """The differences of two sides, in the order of the first, with equal ones in one."""

    def __init__(
        self,
        left: _Side,
        right: _Side,
        pairs: dict[Instance, Instance],
        *,
        across: bool,
        renamed: bool,
    ) -> None:
        self.left, self.right, self.pairs = left, right, pairs
        self.across = across
        same: dict[Instance, Hashable] = {}
        for number, (one, other) in enumerate(pairs.items()):
            same[one] = same[other] = number
        for one in (*left.tasks, *right.tasks):
            same.setdefault(one, f"{id(one)}")
        self.exact = Keys(same.__getitem__, self._name if renamed else named)
        self._theirs = {other: one for one, other in pairs.items()} if renamed else {}
        self._renamed: dict[Instance, dict[tuple[str, str], str]] = {}
        self.tolerant = self.exact._replace(any_fan_in=True, as_text=across)

    def __iter__(self) -> Iterator[Difference]:
        yield from self._of(self.left.root, self.right.root, self.left.whole, self.right.whole)
        groups: dict[Hashable, list[tuple[Difference, Instance, Instance]]] = {}
        for one, other in self.pairs.items():
            if one.task is not None:
                facts = self.left.tasks[one], self.right.tasks[other]
                for found in self._of(one, other, *facts):
                    groups.setdefault(_same_change(found), []).append((found, one, other))
        for several in groups.values():
            yield _joint(several)
        taken = set(self.pairs.values())
        for one in self.left.tasks:
            if one not in self.pairs and _is_outermost(one, self.pairs):
                yield Difference("task", _whole(one), None)
        for other in self.right.tasks:
            if other not in taken and _is_outermost(other, taken):
                yield Difference("task", None, _whole(other))

    def _name(self, given: Name) -> str:
        """The name in the first pipeline of what a name of one of both is for."""
        one, other = self._theirs.get(given.of), given.of
        if one is None:
            return given.name
        if other not in self._renamed:
            self._renamed[other] = self.left.naming.renamed(one, other, self.right.naming)
        return self._renamed[other].get((given.side, given.name), given.name)

    def _of(
        self, one: Instance, other: Instance, facts: Facts, others: Facts
    ) -> Iterator[Difference]:
        ours = {self.exact.what(what): (what, fact) for what, fact in facts.items()}
        theirs = {self.exact.what(what): (what, fact) for what, fact in others.items()}
        alone = ours.keys() ^ theirs.keys()
        for key in {**ours, **theirs}:
            if any(key[:length] in alone for length in range(1, len(key))):
                continue  # a part of what is there in one pipeline only
            what, left = ours.get(key) or (theirs[key][0], _NOTHING)
            others_what, right = theirs.get(key) or (what, _NOTHING)
            names = _name(what), _name(others_what)
            if names[0] != names[1]:
                yield Difference(
                    f"{what[0]}: name",
                    self._side(one, left._replace(value=names[0]), ""),
                    self._side(other, right._replace(value=names[1]), ""),
                    "renamed",
                )
            is_one_sided = left is _NOTHING or right is _NOTHING
            tolerance: str | None
            if is_one_sided and is_handed_on(what) and is_handed_on(others_what):
                tolerance = "channels"
            elif is_one_sided and UNDECLARED in (left.reason, right.reason):
                tolerance = UNDECLARED
            else:
                tolerance = self._tolerance(what, left, right)
            if tolerance is not None:
                sides = self._side(one, left, tolerance), self._side(other, right, tolerance)
                yield Difference(words_of(what), *sides, tolerance)

    def _tolerance(self, what: What, left: Fact, right: Fact) -> str | None:
        """None for equal facts; the tolerance of a note; empty for a difference."""
        is_equal = self.exact.of(left.value) == self.exact.of(right.value)
        if left.ways & right.ways and is_equal:
            return None
        if not is_equal and are_read_alike(what, left, right):
            return left.reason or right.reason or None
        if self.across and what[-1] in ("type", "declared type"):
            return None if left.value == right.value else "text-types"
        if self.across and what == FAIL_FAST:
            return "fail-fast"
        if "declared type" in what and (left is _NOTHING or right is _NOTHING):
            return None
        if self.tolerant.of(left.value) != self.tolerant.of(right.value):
            return "left-out" if self.across and what[0] == LEFT_OUT else ""
        if self.exact.of(left.value) != self.exact.of(right.value):
            return "text-types" if self.across else "fan-in-type"
        if self.exact.of(left.exact) != self.exact.of(right.exact):
            return left.reason or right.reason
        return None

    def _side(self, one: Instance, fact: Fact, tolerance: str) -> Side | None:
        if fact is _NOTHING:
            return None
        is_exact = tolerance not in ("", UNDECLARED, OLDER_TYPES) and fact.reason == tolerance
        value: Value = fact.exact if is_exact else fact.value
        if value == sources.ABSENT:
            return None
        return Side((one.path,) if one.task else (), shown(value), fact.origin)


def _name(what: What) -> str:
    """The name of an input or output that a place is, as its file has it."""
    _, *words = what
    (name,) = words if len(words) == 1 else [""]
    return name.name if isinstance(name, sources.Name) and what[0] in ("input", "output") else ""


def _same_change(found: Difference) -> Hashable:
    """Equal for differences that change the same in several tasks."""
    return (
        found.what,
        found.tolerance,
        *[side and repr(side.value) for side in (found.left, found.right)],
    )


def _joint(several: list[tuple[Difference, Instance, Instance]]) -> Difference:
    first = several[0][0]
    tasks = tuple(one.path for _, one, _ in several), tuple(other.path for *_, other in several)
    left = first.left._replace(tasks=tasks[0]) if first.left else None
    right = first.right._replace(tasks=tasks[1]) if first.right else None
    return first._replace(left=left, right=right)


def _is_outermost(one: Instance, known: Collection[Instance]) -> bool:
    """Whether the group around a task is in both pipelines."""
    return one.parent is None or one.parent.task is None or one.parent in known


def _whole(one: Instance) -> Side:
    place: Origin | None = one.task.origin if one.task else None
    return Side((one.path,), one.path, place)
