"""``translator inspect``: what is in a pipeline, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli.group import CURRENT
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options

if TYPE_CHECKING:
    from translator.api import Survey


@click.command()
@pipelines_argument
@click.option("--why", is_flag=True, help="Tell why outputs of KFP v1 became what they are.")
@report_options
@reading_options
@click.pass_context
def inspect(ctx: click.Context, /, pipelines: tuple[str, ...], why: bool, **others: Any) -> None:
    """Show a pipeline's parameters, tasks, images and resources.

    PIPELINE is a compiled pipeline, a folder of them, or - for standard input.
    """
    from translator.cli import summary

    report = Report.of(others)
    how = read_options_of(others)
    verbose = report.style.verbose
    separator = ""
    with report.progress(inputs_of(pipelines), "reading") as watched:
        for one in watched:
            ctx.meta[CURRENT] = one.name
            survey: Survey | None = None
            with found_in(one) as found:
                survey = one.survey(how)
                found += survey.diagnostics
            if survey is None:
                report.add(found, one)
            elif report.form == "json":
                report.add(found, one, pipeline=summary.as_json(survey))
            else:
                report.add(found, one)
                report.show(separator + summary.text(survey, one.name, verbose=verbose, why=why))
                separator = "\n"
    ctx.exit(report.finish())
