"""The assessment as JSON values; ``docs/assess.md`` describes the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics.redaction import masked
from translator.plan.kinds import KINDS

if TYPE_CHECKING:
    from translator.assessment.fleet import Assessment, Group, Place

__all__ = ["SCHEMA", "as_json"]

#: The format of ``as_json``; its number increases when a key is removed or changes its meaning.
SCHEMA = "translator.assessment/1"
_SECTIONS = {kind.field: kind.section for kind in KINDS}


def as_json(given: Assessment) -> dict[str, Any]:
    """The whole assessment."""
    return {
        "schema": SCHEMA,
        "target": given.target,
        "pipelines": len(given.pipelines),
        "grades": {grade.value: number for grade, number in given.grades.items()},
        "blockers": [
            {
                "code": one.code,
                "problem": one.problem,
                "pipelines": one.pipelines,
                "frees": one.frees,
                "examples": [
                    {"message": example.message, "help": example.help, "pipelines": number}
                    for example, number in one.examples
                ],
            }
            for one in given.blockers
        ],
        "together": [
            {"codes": list(one.codes), "pipelines": one.pipelines, "frees": one.frees}
            for one in given.together
        ],
        "decisions": [
            {"section": _SECTIONS[one.kind], "key": masked(one.key), "pipelines": one.pipelines}
            for one in given.decisions
        ],
        "components": [
            {"component": masked(one.component), **_group(one)} for one in given.components
        ],
        "images": [_group(one) for one in given.images],
        "order": [_place(one) for one in given.order],
        "codes": [one._asdict() for one in given.codes],
        "skipped": list(given.skipped),
    }


def _group(one: Group) -> dict[str, Any]:
    return {
        "image": masked(one.image),
        "pipelines": one.pipelines,
        "tasks": one.tasks,
        "blocked": one.blocked,
        "frees": one.frees,
    }


def _place(place: Place) -> dict[str, Any]:
    one = place.pipeline
    return {
        "file": one.file,
        "grade": one.grade.value,
        "tasks": one.tasks,
        "new": place.new,
        "blockers": sorted(one.blockers),
        "decisions": [
            {"section": _SECTIONS[kind], "key": masked(key)} for kind, key in one.decisions
        ],
        "warnings": one.warnings,
    }
