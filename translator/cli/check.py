"""``translator check``: the findings of a conversion, without writing files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from translator.cli.baseline import baseline_options, finish_baseline, set_baseline
from translator.cli.decision_options import decision_options
from translator.cli.decisions import Usage, choices_of, fitted, used_by
from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.inputs import inputs_of, pipelines_argument
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
from translator.cli.work import Outcome, jobs_option, outcomes
from translator.targets import target

if TYPE_CHECKING:
    from translator.cli.decisions import Used
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
    given = inputs_of(pipelines, apart_from=choices.plan.file, exclude=exclusion_of(others))
    how, usage = choices.plan.reading(how), Usage(choices)
    options = options_of(to, given_defaults(to, others, CHECKED) | choices.options())
    work = partial(_check, how=how, to=to, options=options, shared=choices.shared)
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


def _check(one: Input, how: ReadOptions, to: str, options: BaseOptions, shared: Used) -> Outcome:
    from translator import api

    used = None
    with found_in(one) as found:
        reading = one.read(how)
        options = fitted(options, reading, shared)
        reading = api.decide(reading, to, options)
        used = used_by(reading, how)
        found += reading.diagnostics
        found += api.check(reading, to, options)
    return Outcome(found, used=used)
