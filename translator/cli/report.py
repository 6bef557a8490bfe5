"""``translator report``: the dossier of a conversion, a page for a review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli.decision_options import decision_options
from translator.cli.decisions import Usage, accepted_by, choices_of, used_by
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
from translator.cli.work import Outcome, without_collection

if TYPE_CHECKING:
    from translator.cli.decisions import Chosen, Used
    from translator.cli.inputs import Input
    from translator.diagnostics import Diagnostic
    from translator.diagnostics.policy import Policy
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
    usage = Usage(choices)
    options = options_of(to, given_defaults(to, others, CHECKED) | choices.options())
    (one,) = inputs_of((pipeline,))
    page, used = "", None
    with found_in(one) as found, without_collection():
        chosen = choices.by_input().of(one)
        page, used = _page(one, how, to, options, chosen, found, told.policy)
    for _, outcome in usage.watched([(one, Outcome(found, used=used))]):
        told.add(outcome.found, one)
    usage.report(told)
    if page:
        save(output, page)
    ctx.exit(told.finish(f"{output} written" if page else "nothing written"))


def _page(
    one: Input,
    how: ReadOptions,
    to: str,
    options: BaseOptions,
    chosen: Chosen,
    found: list[Diagnostic],
    policy: Policy,
) -> tuple[str, Used | None]:
    """The page, and the decisions that it uses; all findings are added to ``found``."""
    from translator import api
    from translator.diagnostics import TranslationError
    from translator.dossier import Dossier, dossier
    from translator.leaf_counts import counted

    how = chosen.reading(how)
    survey = one.survey(how)
    reading, used = None, None
    try:
        reading = one.read(how)
        options = chosen.fitted(options, reading)
        reading = api.decide(reading, to, options)
        found += api.findings(reading, to, options)
        used = used_by(reading, how) | accepted_by(found, options)
    except TranslationError as error:
        found += error.diagnostics
    writer = api.target(survey.pipeline if reading is None else reading, to, options)
    if policy.refuses(found):
        reading = None
    counts = {} if reading is None else counted(reading, writer)[0]
    shown = policy.applied(found)
    whole = Dossier(one.name, one.lines(), survey, reading, shown, writer, options, counts)
    return dossier(whole), used
