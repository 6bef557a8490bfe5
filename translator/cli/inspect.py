"""``translator inspect``: a summary of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.group import CURRENT
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import without_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.api import Survey

_MERMAID = "mermaid"


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    return report_options(command, _MERMAID, about="; mermaid: the tasks as a flowchart")


@click.command(short_help="Show the parameters and tasks of a pipeline.")
@pipelines_argument
@click.option(
    "--why", is_flag=True, help="Show why each output of KFP v1 is a parameter or an artifact."
)
@exclude_options
@_options
@reading_options
@click.pass_context
def inspect(ctx: click.Context, /, pipelines: tuple[str, ...], why: bool, **others: Any) -> None:
    """Show the parameters, tasks, images and resources of a pipeline.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input.
    """
    from translator.cli import summary

    as_graph = others["form"] == _MERMAID
    report = Report.of(others | {"form": "text"} if as_graph else others)
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
                elif as_graph:
                    page = _graph(survey)
                else:
                    page = summary.text(survey, one.name, verbose=verbose, why=why)
            report.add(found, one, **facts)
            if page:
                report.show(separator + page)
                separator = "\n"
    ctx.exit(report.finish())


def _graph(survey: Survey) -> str:
    from translator.graph import graph
    from translator.graph.drawing import drawing

    return graph(drawing(survey.outline, survey.pipeline.name), _MERMAID)
