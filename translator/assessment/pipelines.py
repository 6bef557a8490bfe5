"""One pipeline: its grade, what blocks it, the decisions that it needs, and what it runs."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from translator.assessment.trial import is_open
from translator.diagnostics import Severity
from translator.diagnostics.pointers import enclosing
from translator.model import KFP_V1, Container, Dag, ExecutorRef, walk_tasks
from translator.platforms import DRIVER_IMAGES
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.decisions import Need
    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.outline import Outline

__all__ = [
    "Assessed",
    "Grade",
    "Problem",
    "Work",
    "assessed",
    "work_of_outline",
    "work_of_pipeline",
]

#: Components of tasks that the reader of KFP v1 adds.
_ADAPTER = "adapter-"
_PREFIX = "comp-"
#: The number that kfp appends to the name of a component, for the second task that runs it.
_COPY = re.compile(r"-\d+\Z")


class Grade(Enum):
    """How well a pipeline converts."""

    #: No error, no warning, no open decision.
    CLEAN = "clean"
    #: No error, or only such as decisions resolve: open decisions, or warnings to review.
    DECISIONS = "decisions"
    #: An error that no decision resolves.
    BLOCKED = "blocked"


class Work(NamedTuple):
    """What tasks of a pipeline run: a component with its image."""

    #: The name of the component, without ``comp-`` and the number of a copy.
    component: str
    #: Empty for a task without a container.
    image: str
    #: How many tasks run it.
    tasks: int
    #: JSON pointers of the tasks, the component and its executor.
    places: tuple[str, ...] = ()


class Problem(NamedTuple):
    """What an error reports, without its place."""

    code: str
    message: str
    help: str


class Assessed(NamedTuple):
    """What is known of one pipeline. It is small, and goes from process to process."""

    file: str
    grade: Grade
    tasks: int
    #: Code, severity and number of its findings.
    codes: tuple[tuple[str, str, int], ...]
    #: The errors that no decision resolves, each once.
    blocking: tuple[Problem, ...]
    #: The open decisions: kind and key.
    decisions: tuple[tuple[str, str], ...]
    warnings: int
    work: tuple[Work, ...]
    #: The work in which blocking errors are, by its index in ``work``; -1 for errors elsewhere.
    blocked_work: frozenset[int]

    @property
    def blockers(self) -> frozenset[str]:
        """The codes that block it."""
        return frozenset(problem.code for problem in self.blocking)


def assessed(
    file: str,
    found: Sequence[Diagnostic],
    *,
    blocking: Sequence[Diagnostic],
    needs: Iterable[Need] = (),
    work: Sequence[Work] = (),
) -> Assessed:
    """The grade of a pipeline by its findings, under the policy of the run, and its needs.

    ``blocking`` are the errors that no decision resolves (``trial.remaining_errors``).
    """
    decisions = tuple(dict.fromkeys((need.kind, need.key) for need in needs if is_open(need)))
    severities = [one.severity for one in found]
    warnings = severities.count(Severity.WARNING)
    is_clean = not (decisions or warnings or Severity.ERROR in severities)
    grade = Grade.BLOCKED if blocking else Grade.CLEAN if is_clean else Grade.DECISIONS
    return Assessed(
        file=file,
        grade=grade,
        tasks=sum(one.tasks for one in work),
        codes=tuple(_counted(found)),
        blocking=tuple(dict.fromkeys(Problem(d.rule.code, d.message, d.help) for d in blocking)),
        decisions=decisions,
        warnings=warnings,
        work=tuple(one._replace(places=()) for one in work),
        blocked_work=frozenset(_blocked(blocking, work)),
    )


def _counted(found: Iterable[Diagnostic]) -> Iterator[tuple[str, str, int]]:
    counts: dict[tuple[str, str], int] = {}
    for one in found:
        key = one.rule.code, one.severity.value
        counts[key] = counts.get(key, 0) + 1
    for (code, severity), number in counts.items():
        yield code, severity, number


def _blocked(errors: Iterable[Diagnostic], work: Sequence[Work]) -> Iterator[int]:
    """The indices of the work in which the errors are."""
    at = {place: number for number, one in enumerate(work) for place in one.places}
    for error in errors:
        pointer = error.origin.pointer if error.origin else ""
        yield at.get(enclosing(pointer, at), -1)


def work_of_pipeline(pipeline: Pipeline) -> tuple[Work, ...]:
    """What a pipeline runs."""
    found: list[Work] = []
    for _, _, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        is_added = pipeline.dialect == KFP_V1 and task.component.startswith(_ADAPTER)
        if is_added or (component is not None and isinstance(component.body, Dag)):
            continue
        nodes: list[object] = [task, component]
        image = ""
        if component is not None and isinstance(component.body, ExecutorRef):
            executor = pipeline.executors.get(component.body.label)
            nodes.append(executor)
            if isinstance(executor, Container) and str(executor.image) not in DRIVER_IMAGES:
                image = str(executor.image)
        origins = [task.template, *(getattr(node, "origin", None) for node in nodes)]
        places = [origin.pointer for origin in origins if origin]
        found.append(Work(task.component, image, 1, tuple(places)))
    return _merged(found)


def work_of_outline(outline: Outline) -> tuple[Work, ...]:
    """What the tasks of a file run, also of one that cannot be translated."""
    return _merged(
        Work(step.component, step.image, 1, step.places)
        for _, step in outline.steps()
        if step.component not in outline.dags
    )


def _merged(found: Iterable[Work]) -> tuple[Work, ...]:
    """The work of one component and image once."""
    listed = [one._replace(component=one.component.removeprefix(_PREFIX)) for one in found]
    known = {(one.component, one.image) for one in listed}
    merged: dict[tuple[str, str], Work] = {}
    for one in listed:
        base = _COPY.sub("", one.component)
        name = base if (base, one.image) in known else one.component
        other = merged.get((name, one.image), Work(name, one.image, 0))
        places = (*other.places, *one.places)
        merged[name, one.image] = other._replace(tasks=other.tasks + 1, places=places)
    return tuple(merged.values())
