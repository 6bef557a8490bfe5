"""The assessment as tables, which terminal, Markdown and HTML show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.assessment.pipelines import Grade
from translator.plan.kinds import KINDS
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.assessment.fleet import Assessment, Blocker, Group, Place

__all__ = ["GRADES", "Table", "headline", "tables"]

#: Grade → its name in pages.
GRADES = {
    Grade.CLEAN: "clean",
    Grade.DECISIONS: "with decisions",
    Grade.BLOCKED: "blocked",
}
_SECTIONS = {kind.field: kind.section for kind in KINDS}


class Table(NamedTuple):
    """One table. Cells of numbers are numbers."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def headline(given: Assessment) -> str:
    """The assessment in a sentence."""
    number = len(given.pipelines)
    can = number - given.grades[Grade.BLOCKED]
    noun = "pipeline" if number == 1 else "pipelines"
    counts = (f"{given.grades[grade]:,} {name}" for grade, name in GRADES.items())
    return f"{can:,} of {number:,} {noun} can be converted for {given.target}: {', '.join(counts)}"


def tables(given: Assessment) -> Iterator[Table]:
    """The tables that have rows."""
    made = (_grades, _blockers, _together, _decisions, _components, _images, _order, _codes)
    yield from (table for one in made if (table := one(given)).rows)


def _grades(given: Assessment) -> Table:
    about = {
        Grade.CLEAN: "no errors, no warnings, no open decisions",
        Grade.DECISIONS: "open decisions, or warnings to review",
        Grade.BLOCKED: "errors that no decision resolves",
    }
    rows = ((name, given.grades[grade], about[grade]) for grade, name in GRADES.items())
    return Table("Grades", "", ("grade", "pipelines", "what it means"), tuple(rows))


def _blockers(given: Assessment) -> Table:
    return Table(
        "Blockers",
        "Codes of errors that no decision resolves, first those that free the most pipelines: "
        "pipelines that nothing else blocks.",
        ("code", "blocks", "frees", "problem", "action"),
        tuple(
            (one.code, one.pipelines, one.frees, _problem(one), one.examples[0][0].help)
            for one in given.blockers
        ),
    )


def _problem(one: Blocker) -> str:
    """The most frequent problem of a blocker."""
    problem, number = one.examples[0]
    return problem.message + (f" (in {number:,})" if number < one.pipelines else "")


def _together(given: Assessment) -> Table:
    return Table(
        "Blockers together",
        "Pipelines that several codes block, and those that are free when all of them are "
        "resolved.",
        ("codes", "blocks", "frees"),
        tuple((" + ".join(one.codes), one.pipelines, one.frees) for one in given.together),
    )


def _decisions(given: Assessment) -> Table:
    return Table(
        "Open decisions",
        "One plan has them for all pipelines; `translator plan PIPELINE... -o FILE` writes it.",
        ("section", "decision", "pipelines"),
        tuple((_SECTIONS[one.kind], one.key, one.pipelines) for one in given.decisions),
    )


def _components(given: Assessment) -> Table:
    return Table(
        "Components",
        "Components with the same name and image in several pipelines, or with blocking errors. "
        "One that is repaired frees the pipelines that nothing else blocks.",
        ("component", "image", "pipelines", "tasks", "blocks", "frees"),
        tuple((one.component, *_group(one)) for one in given.components),
    )


def _images(given: Assessment) -> Table:
    return Table(
        "Images",
        "Images in several pipelines, or of tasks with blocking errors.",
        ("image", "pipelines", "tasks", "blocks", "frees"),
        tuple(map(_group, given.images)),
    )


def _group(one: Group) -> tuple[str | int, ...]:
    return one.image, one.pipelines, one.tasks, one.blocked, one.frees


def _order(given: Assessment) -> Table:
    rows = (
        (number, one.pipeline.file, GRADES[one.pipeline.grade], one.pipeline.tasks, _left(one))
        for number, one in enumerate(given.order, start=1)
    )
    about = (
        "Quick wins first; then the pipelines that need the fewest decisions, or have the fewest "
        "blockers, that none before them has."
    )
    return Table(
        "Order of migration", about, ("", "pipeline", "grade", "tasks", "what is left"), tuple(rows)
    )


def _left(place: Place) -> str:
    """What is left to do for a pipeline."""
    one = place.pipeline
    new = f" ({place.new:,} new)" if place.new else ""
    parts = [f"resolve {', '.join(sorted(one.blockers))}{new}"] if one.blockers else []
    if one.decisions:
        shown = new if not one.blockers else ""
        parts.append(f"{_counted(len(one.decisions), 'decision')}{shown}")
    if one.warnings:
        parts.append(_counted(one.warnings, "warning"))
    return "; ".join(parts)


def _codes(given: Assessment) -> Table:
    rows: Iterable[Sequence[str | int]] = (
        (one.code, one.severity, one.findings, one.files, one.problem) for one in given.codes
    )
    columns = ("code", "severity", "findings", "pipelines", "problem")
    return Table("Findings by code", "", columns, tuple(map(tuple, rows)))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
