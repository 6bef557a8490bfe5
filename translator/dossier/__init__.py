"""The dossier of a conversion: one HTML page for a review.

The pipeline before and after as graphs, each task with its lines in the file, its translation and
its findings, and what is left to do. The page has no script and needs no network; a link opens the
panel of a task (CSS ``:target``).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from translator.diagnostics import Severity
from translator.diagnostics.redaction import kept_back, told
from translator.diagnostics.report import also, count, grouped
from translator.dossier.cards import Card, Fate, cards
from translator.graph.drawing import drawing
from translator.graph.svg import STYLE, Mark, svg
from translator.leaf_counts import line
from translator.model import KFP_V1, UNSET
from translator.plan.made import made
from translator.readers.kfp_outline import of_pipeline
from translator.records import NamedTuple
from translator.report import wrappers
from translator.task_places import TaskPlaces
from translator.version import __version__
from translator.writers.rendering import page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markupsafe import Markup

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.reading import Reading, Survey
    from translator.targets.base import BaseOptions, Target

__all__ = ["NAME", "Dossier", "dossier"]

#: The name of the file beside a bundle.
NAME = "REPORT.html"


class Dossier(NamedTuple):
    """What a dossier is about."""

    #: The path of the file, and its lines with stars for secrets.
    file: str
    lines: Sequence[str]
    survey: Survey
    #: The reading with the decisions for the target; None for a pipeline with errors.
    reading: Reading | None
    #: All findings about the conversion.
    found: Sequence[Diagnostic]
    to: Target
    options: BaseOptions
    #: Fate → number of values of the file.
    balance: Mapping[str, int] = {}


def dossier(about: Dossier) -> str:
    """The page. Raises ``TranslationError`` (TR456) without the package graphlay."""
    from markupsafe import Markup

    survey = about.survey
    before = drawing(survey.outline, survey.pipeline.name)
    written = _written(about)
    after = before if written is None else drawing(of_pipeline(written), written.name)
    shown = list(cards(about.found, about.lines, before, after, written, _changed(about, written)))
    marks = _marks(shown)
    pictures = [("Before", Markup(svg(before, marks[0], prefix="before-")))]
    if written is not None:
        pictures.append(("After", Markup(svg(after, marks[1], prefix="after-"))))
    title = survey.pipeline.display_name or survey.pipeline.name
    return page(
        "dossier/page.html.j2",
        title=told(title),
        product=about.to.product,
        verdict=_verdict(about, shown),
        facts=_facts(about),
        pictures=pictures,
        style=Markup(STYLE),
        fates=[(fate, sum(card.fate is fate for card in shown)) for fate in Fate],
        steps=list(_entries(about, notes=False)),
        notes=list(_entries(about, notes=True)),
        decisions=list(_decisions(about)),
        parameters=list(_parameters(about)),
        cards=shown,
        version=__version__,
        prose=_prose,
    )


def _prose(message: str, help: str) -> Markup:
    """The sentences of a finding, with code in backticks as such."""
    from markupsafe import Markup, escape

    advice = f" {help[:1].upper()}{help[1:]}." if help else ""
    parts = told(f"{message[:1].upper()}{message[1:]}.{advice}").split("`")
    if len(parts) % 2 == 0:  # a text of the pipeline contains a backtick
        return escape("`".join(parts))
    pairs = enumerate(map(escape, parts))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in pairs
    )


def _written(about: Dossier) -> Pipeline | None:
    """The pipeline as the bundle has it; None if nothing is translated."""
    if about.reading is None or about.reading.decided is None or not about.to.needs_lowering:
        return None
    return about.to.rewritten(about.reading.decided.pipeline)


def _changed(about: Dossier, written: Pipeline | None) -> set[str]:
    """The components whose container, or whose outputs, were rewritten."""
    if written is None or about.reading is None:
        return set()
    own = about.reading.pipeline
    changed = {one.component for one in about.reading.rewrites if one.users}
    for label, component in written.components.items():
        added = own.dialect == KFP_V1 and wrappers(component, written)
        if added or component != own.components.get(label):
            changed.add(label)
    for label, executor in written.executors.items():
        if executor != own.executors.get(label):
            changed |= {
                name
                for name, component in written.components.items()
                if getattr(component.body, "label", "") == label
            }
    return changed


def _marks(shown: Sequence[Card]) -> tuple[dict[str, Mark], dict[str, Mark]]:
    """The marks of the boxes before and after, by key."""
    before: dict[str, Mark] = {}
    after: dict[str, Mark] = {}
    for card in shown:
        mark = Mark(f"fate-{card.fate.name.lower()}", card.fate.value, card.anchor)
        before |= dict.fromkeys(card.before_keys, mark)
        after |= dict.fromkeys(card.after_keys, mark)
    return before, after


def _verdict(about: Dossier, shown: Sequence[Card]) -> str:
    counts = count(group[0] for group in grouped(about.found))
    if about.reading is None:
        return f"Not converted: {_number(counts['error'], 'error')}."
    left = _number(counts["warning"], "point") + " to decide"
    same = sum(card.fate is Fate.SAME for card in shown)
    return f"Converted, with {left}. {same} of {len(shown)} tasks are the same."


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _facts(about: Dossier) -> list[tuple[str, str]]:
    pipeline = about.survey.pipeline
    compiled = f", compiled by {pipeline.sdk_version}" if pipeline.sdk_version else ""
    facts = [
        ("File", told(os.path.basename(about.file))),
        ("Format", told(f"{pipeline.dialect}{compiled}")),
    ]
    if about.reading is not None and about.reading.sha256:
        facts.append(("SHA-256", about.reading.sha256))
    if about.balance:
        facts.append(("Balance", line(about.balance)))
    return facts


class _Entry(NamedTuple):
    """A group of equal findings."""

    code: str
    severity: str
    message: str
    help: str
    place: str
    tasks: tuple[str, ...]


def _entries(about: Dossier, *, notes: bool) -> Iterator[_Entry]:
    pipeline = about.reading.pipeline if about.reading else about.survey.pipeline
    places = TaskPlaces(pipeline)
    wanted = [d for d in about.found if (d.severity is Severity.NOTE) == notes]
    for one, *others in grouped(wanted):
        at = f"line {one.origin.line}" if one.origin and one.origin.line else ""
        more = also(one, others)
        yield _Entry(
            one.rule.code,
            one.severity.value,
            one.message,
            one.help,
            f"{at} ({more})" if more else at,
            tuple(map(told, places.at(found.origin for found in (one, *others)))),
        )


def _decisions(about: Dossier) -> Iterator[tuple[str, str, str, str]]:
    if about.reading is None or about.reading.decided is None:
        return
    decisions = about.options.decisions
    for one in made(about.reading.pipeline, about.reading.decided, decisions):
        yield one.thing, told(one.key), told(one.value), told(", ".join(one.tasks))


def _parameters(about: Dossier) -> Iterator[tuple[str, str, str, str]]:
    """Those of the bundle, with decided defaults; of the file if it is not converted."""
    decided = about.reading.decided if about.reading is not None else None
    pipeline = about.survey.pipeline if decided is None else decided.pipeline
    for name, one in pipeline.root.inputs.parameters.items():
        if one.default is UNSET:
            default = "optional" if one.optional else "required"
        else:
            default = json.dumps(kept_back(name, one.default), ensure_ascii=False)
        kind = told(one.declared_type) or one.type.value
        yield told(name), kind, told(default), told(one.description)
