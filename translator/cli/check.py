"""``translator check``: the findings of a conversion, without writing files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from translator.cli.baseline import baseline_options, finish_baseline, set_baseline
from translator.cli.decision_options import decision_options
from translator.cli.decisions import Usage, accepted_by, choices_of, used_by
from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.options import (
    CHECKED,
    SectionedCommand,
    check_options,
    given_defaults,
    options_of,
    require_source,
    target_option,
)
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import Outcome, jobs_option, outcomes
from translator.targets import target

if TYPE_CHECKING:
    from translator.cli.decisions import ChosenFor
    from translator.cli.inputs import Input
    from translator.readers.options import ReadOptions
    from translator.targets.base import BaseOptions


@click.command(cls=SectionedCommand)
@pipelines_argument
@target_option
@baseline_options
@exclude_options
@report_options
@decision_options
@check_options
@reading_options
@jobs_option
@click.pass_context
def check(
    ctx: click.Context,
    /,
    pipelines: tuple[str, ...],
    to: str,
    jobs: int | None,
    **others: Any,
) -> None:
    """Report the findings of convert without writing files.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input.
    """
    report = Report.of(others)
    baseline = set_baseline(others, report)
    how = read_options_of(others)
    choices = choices_of(ctx, others, how, report)
    exclude = exclusion_of(others).with_file(baseline)
    given = inputs_of(pipelines, apart_from=choices.plan.file, exclude=exclude)
    usage = Usage(choices)
    options = options_of(to, given_defaults(to, others, CHECKED) | choices.options())
    require_source(options)
    work = partial(_check, how=how, to=to, options=options, chosen=choices.by_input())
    usable = 0
    with report.progress(outcomes(ctx, work, given, jobs), len(given), "checking") as steps:
        for one, outcome in usage.watched(steps):
            usable += report.add(outcome.found, one)
    usage.report(report)
    asked = len(given) - len(report.skipped)
    can = f"{usable} of {asked} can" if len(given) > 1 else "can" if usable else "cannot"
    done = f"{can} be converted" if asked else "nothing to convert"
    done = f"{done} for {target(to).title}"
    ctx.exit(report.finish("\n".join(filter(None, [done, finish_baseline(report, baseline)]))))


def _check(
    one: Input, how: ReadOptions, to: str, options: BaseOptions, chosen: ChosenFor
) -> Outcome:
    from translator import api

    used, own = None, chosen.of(one)
    with found_in(one) as found:
        how = own.reading(how)
        reading = one.read(how)
        options = own.fitted(options, reading)
        reading = api.decide(reading, to, options)
        used = used_by(reading, how)
        found += api.findings(reading, to, options)
        used |= accepted_by(found, options)
    return Outcome(found, used=used)
