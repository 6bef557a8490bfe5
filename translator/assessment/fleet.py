"""All pipelines together: what blocks them, what they share, and in which order to migrate them."""

from __future__ import annotations

from collections import Counter
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from translator.assessment.pipelines import Grade
from translator.diagnostics.by_code import CodeCount
from translator.diagnostics.codes import RULES
from translator.diagnostics.manual import sentence
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from translator.assessment.pipelines import Assessed, Problem, Work

__all__ = [
    "Assessment",
    "Blocker",
    "BlockerSet",
    "Group",
    "Place",
    "SharedDecision",
    "assessment",
]

#: How many problems of a code are kept.
_EXAMPLES = 3
_SEVERITIES = ("error", "warning", "note")


class Blocker(NamedTuple):
    """A code with errors that no decision resolves."""

    code: str
    problem: str
    #: The pipelines that it blocks, and those that nothing else blocks.
    pipelines: int
    frees: int
    #: Its most frequent problems, each with the number of pipelines.
    examples: tuple[tuple[Problem, int], ...]


class BlockerSet(NamedTuple):
    """Codes that block pipelines together."""

    codes: tuple[str, ...]
    #: The pipelines that exactly these block.
    pipelines: int
    #: The pipelines that no other code blocks: these, and those that a part of the codes blocks.
    frees: int


class SharedDecision(NamedTuple):
    """An open decision, and how many pipelines need it."""

    kind: str
    key: str
    pipelines: int


class Group(NamedTuple):
    """What several pipelines run: one component with its image, or any with one image."""

    #: Empty for a group of an image.
    component: str
    image: str
    pipelines: int
    tasks: int
    #: The pipelines with blocking errors in it, and those without any elsewhere.
    blocked: int
    frees: int


class Place(NamedTuple):
    """A pipeline in the order of migration."""

    pipeline: Assessed
    #: Of its open decisions or, if it is blocked, blockers: those that no pipeline before it has.
    new: int


class Assessment(NamedTuple):
    """The assessment of all pipelines; each list begins with what matters most."""

    #: The title of the target.
    target: str
    pipelines: tuple[Assessed, ...]
    #: The files that are no pipelines.
    skipped: tuple[str, ...]
    blockers: tuple[Blocker, ...]
    together: tuple[BlockerSet, ...]
    decisions: tuple[SharedDecision, ...]
    components: tuple[Group, ...]
    images: tuple[Group, ...]
    order: tuple[Place, ...]
    codes: tuple[CodeCount, ...]

    @property
    def grades(self) -> dict[Grade, int]:
        """Grade → number of pipelines."""
        counts = Counter(one.grade for one in self.pipelines)
        return {grade: counts[grade] for grade in Grade}


def assessment(
    pipelines: Iterable[Assessed], target: str, skipped: Iterable[str] = ()
) -> Assessment:
    """The assessment of pipelines for a target. It depends on their order only among equals."""
    known = tuple(pipelines)
    blockers = tuple(_blockers(known))
    return Assessment(
        target=target,
        pipelines=known,
        skipped=tuple(skipped),
        blockers=blockers,
        together=tuple(_together(known)),
        decisions=tuple(_decisions(known)),
        components=tuple(_groups(known, lambda one: (one.component, one.image))),
        images=tuple(_groups(known, lambda one: ("", one.image))),
        order=tuple(_in_order(known, {one.code: one.frees for one in blockers})),
        codes=tuple(_codes(known)),
    )


def _blockers(pipelines: Sequence[Assessed]) -> list[Blocker]:
    blocked = Counter(code for one in pipelines for code in one.blockers)
    alone = Counter(next(iter(one.blockers)) for one in pipelines if len(one.blockers) == 1)
    problems: dict[str, Counter[Problem]] = {}
    for one in pipelines:
        for problem in one.blocking:
            problems.setdefault(problem.code, Counter())[problem] += 1
    found = [
        Blocker(
            code,
            sentence(RULES[code].what),
            number,
            alone[code],
            tuple(problems[code].most_common(_EXAMPLES)),
        )
        for code, number in blocked.items()
    ]
    return sorted(found, key=lambda one: (-one.frees, -one.pipelines, one.code))


def _together(pipelines: Sequence[Assessed]) -> list[BlockerSet]:
    sets = Counter(one.blockers for one in pipelines if one.blockers)
    found = [
        BlockerSet(
            tuple(sorted(codes)),
            number,
            sum(other for part, other in sets.items() if part <= codes),
        )
        for codes, number in sets.items()
        if len(codes) > 1
    ]
    return sorted(found, key=lambda one: (-one.pipelines, -one.frees, one.codes))


def _decisions(pipelines: Sequence[Assessed]) -> list[SharedDecision]:
    counts = Counter(need for one in pipelines for need in one.decisions)
    found = [SharedDecision(kind, key, number) for (kind, key), number in counts.items()]
    return sorted(found, key=lambda one: (-one.pipelines, one.kind, one.key))


def _groups(
    pipelines: Sequence[Assessed], key_of: Callable[[Work], tuple[str, str]]
) -> list[Group]:
    """The groups with an image that several pipelines run, or that blocks one."""
    found: dict[tuple[str, str], Group] = {}
    for one in pipelines:
        tasks: Counter[tuple[str, str]] = Counter()
        for work in one.work:
            tasks[key_of(work)] += work.tasks
        failing = {key_of(one.work[at]) if at >= 0 else None for at in one.blocked_work}
        for key, number in tasks.items():
            group = found.get(key, Group(*key, 0, 0, 0, 0))
            found[key] = group._replace(
                pipelines=group.pipelines + 1,
                tasks=group.tasks + number,
                blocked=group.blocked + (key in failing),
                frees=group.frees + (failing == {key}),
            )
    wanted = [one for one in found.values() if one.image and (one.pipelines > 1 or one.blocked)]
    return sorted(wanted, key=_rank)


def _rank(group: Group) -> tuple[int, int, int, str, str]:
    return -group.frees, -group.blocked, -group.pipelines, group.component, group.image


def _in_order(pipelines: Sequence[Assessed], frees: dict[str, int]) -> Iterator[Place]:
    """Quick wins first: clean ones, then those with decisions, then blocked ones.

    Among these, next is always the pipeline with the fewest decisions or blockers that none before
    it has: they are made, or removed, once for all.
    """
    by_grade: dict[Grade, list[Assessed]] = {grade: [] for grade in Grade}
    for one in pipelines:
        by_grade[one.grade].append(one)
    clean = sorted(by_grade[Grade.CLEAN], key=lambda one: one.tasks)
    yield from (Place(one, 0) for one in clean)
    decided = sorted(by_grade[Grade.DECISIONS], key=lambda one: (one.warnings, one.tasks))
    yield from _fewest_first(decided, [frozenset(one.decisions) for one in decided])

    def gain(one: Assessed) -> tuple[int, int]:
        return -sum(frees[code] for code in one.blockers), one.tasks

    blocked = sorted(by_grade[Grade.BLOCKED], key=gain)
    yield from _fewest_first(blocked, [one.blockers for one in blocked])


def _fewest_first(
    pipelines: Sequence[Assessed], wanted: Sequence[frozenset[Hashable]]
) -> Iterator[Place]:
    """The pipelines, next always the first one with the fewest wanted things that are new."""
    left = [len(things) for things in wanted]
    holders: dict[Hashable, list[int]] = {}
    for at, things in enumerate(wanted):
        for thing in things:
            holders.setdefault(thing, []).append(at)
    waiting = [(number, at) for at, number in enumerate(left)]
    heapify(waiting)
    done: set[int] = set()
    while waiting:
        number, at = heappop(waiting)
        if at in done or number != left[at]:
            continue  # an older entry
        done.add(at)
        yield Place(pipelines[at], number)
        for thing in wanted[at]:
            for other in holders.pop(thing, ()):
                left[other] -= 1
                if other not in done:
                    heappush(waiting, (left[other], other))


def _codes(pipelines: Sequence[Assessed]) -> list[CodeCount]:
    findings: Counter[tuple[str, str]] = Counter()
    files: Counter[tuple[str, str]] = Counter()
    for one in pipelines:
        for code, severity, number in one.codes:
            findings[code, severity] += number
            files[code, severity] += 1
    found = [
        CodeCount(*key, number, files[key], sentence(RULES[key[0]].what))
        for key, number in findings.items()
    ]
    return sorted(found, key=lambda one: (_SEVERITIES.index(one.severity), -one.files, one.code))
