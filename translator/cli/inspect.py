"""``translator inspect``: a summary of a pipeline."""

from __future__ import annotations

from typing import Any

import click

from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.group import CURRENT
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import without_collection


@click.command(short_help="Show the parameters and tasks of a pipeline.")
@pipelines_argument
@click.option(
    "--why", is_flag=True, help="Show why each output of KFP v1 is a parameter or an artifact."
)
@exclude_options
@report_options
@reading_options
@click.pass_context
def inspect(ctx: click.Context, /, pipelines: tuple[str, ...], why: bool, **others: Any) -> None:
    """Show the parameters, tasks, images and resources of a pipeline.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input.
    """
    from translator.cli import summary

    report = Report.of(others)
    how = read_options_of(others)
    verbose = report.style.verbose
    separator = ""
    given = inputs_of(pipelines, exclude=exclusion_of(others))
    with report.progress(given, len(given), "reading") as watched:
        for one in watched:
            ctx.meta[CURRENT] = one.name
            page = ""
            facts: dict[str, Any] = {}
            with found_in(one) as found, without_collection():
                survey = one.survey(how)
                found += survey.diagnostics
                if report.form == "json":
                    facts["pipeline"] = summary.as_json(survey)
                else:
                    page = summary.text(survey, one.name, verbose=verbose, why=why)
            report.add(found, one, **facts)
            if page:
                report.show(separator + page)
                separator = "\n"
    ctx.exit(report.finish())
