"""``translator report``: the dossier of a conversion, a page for a review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli.decision_options import decision_options
from translator.cli.decisions import Usage, choices_of, fitted
from translator.cli.inputs import inputs_of
from translator.cli.options import (
    CHECKED,
    SectionedCommand,
    check_options,
    given_defaults,
    options_of,
    target_option,
)
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import without_collection

if TYPE_CHECKING:
    from translator.cli.decisions import Used
    from translator.cli.inputs import Input
    from translator.diagnostics import Diagnostic
    from translator.readers.options import ReadOptions
    from translator.targets.base import BaseOptions


@click.command(cls=SectionedCommand, short_help="Write a page for a review of a conversion.")
@click.argument("pipeline", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@target_option
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), required=True, help="File for the page."
)
@report_options
@decision_options
@check_options
@reading_options
@click.pass_context
def report(ctx: click.Context, /, pipeline: str, to: str, output: str, **others: Any) -> None:
    """Write an HTML page with a pipeline before and after its conversion.

    It has the graphs of the tasks, the lines, the translation and the findings of each task, the
    checklist, the decisions and the parameters. The page opens from disk, without scripts and
    network. It is written for pipelines with errors too.
    """
    from translator.cli.saving import save

    told = Report.of(others)
    how = read_options_of(others)
    choices = choices_of(ctx, others, how, told)
    how, usage = choices.plan.reading(how), Usage(choices)
    options = options_of(to, given_defaults(to, others, CHECKED) | choices.options())
    (one,) = inputs_of((pipeline,))
    page: list[str] = []
    with found_in(one) as found, without_collection():
        page.append(_page(one, how, to, options, choices.shared, found))
    told.add(found, one)
    usage.report(told)
    if page:
        save(output, page[0])
    ctx.exit(told.finish(f"{output} written" if page else "nothing written"))


def _page(
    one: Input,
    how: ReadOptions,
    to: str,
    options: BaseOptions,
    shared: Used,
    found: list[Diagnostic],
) -> str:
    """The page; all findings are added to ``found``."""
    from translator import api
    from translator.diagnostics import Severity, TranslationError
    from translator.dossier import Dossier, dossier
    from translator.leaf_counts import balance, left_out

    survey = one.survey(how)
    reading = None
    try:
        reading = one.read(how)
        options = fitted(options, reading, shared)
        reading = api.decide(reading, to, options)
        found += [*reading.diagnostics, *api.check(reading, to, options)]
    except TranslationError as error:
        found += error.diagnostics
    chosen = api.target(survey.pipeline if reading is None else reading, to, options)
    counts = {}
    if reading is not None and any(d.severity is Severity.ERROR for d in found):
        reading = None
    if reading is not None and reading.decided is not None:
        lost = left_out(reading.settings, chosen, reading.decided.left_out)
        counts = balance(reading.leaves, chosen, len(lost))
    return dossier(Dossier(one.name, one.lines(), survey, reading, found, chosen, options, counts))
