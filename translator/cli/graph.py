"""``translator graph``: a picture of a pipeline."""

from __future__ import annotations

from typing import Any

import click

from translator.cli.group import CURRENT
from translator.cli.inputs import inputs_of
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in
from translator.cli.saving import save
from translator.cli.work import without_collection
from translator.graph import FORMATS


@click.command(short_help="Draw the tasks of a pipeline.")
@click.argument("pipeline", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="mermaid",
    show_default=True,
    help="Language of the graph; svg and html need `kfp-translator[graph]`.",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, writable=True), help="File for the graph."
)
@reading_options
@click.pass_context
def graph(
    ctx: click.Context, /, pipeline: str, form: str, output: str | None, **others: Any
) -> None:
    """Draw the tasks of a pipeline as nested boxes.

    Conditions, loops and nested pipelines are boxes around their tasks. Solid arrows are data,
    dashed arrows are an order without data. PIPELINE is a compiled pipeline, or - for standard
    input.
    """
    from translator.diagnostics import Severity
    from translator.diagnostics.policy import Policy
    from translator.graph import graph as drawn
    from translator.graph.drawing import drawing

    policy = Policy.of(strict=False, ignore=(), error=())
    report = Report(form="text", verbose=False, policy=policy)
    (one,) = inputs_of((pipeline,))
    ctx.meta[CURRENT] = one.name
    written = ""
    with found_in(one) as found, without_collection():
        survey = one.survey(read_options_of(others))
        found += [one for one in survey.diagnostics if one.severity is Severity.ERROR]
        written = drawn(drawing(survey.outline, survey.pipeline.name), form)
    report.add(found, one)
    if output and written:
        save(output, written)
    else:
        report.show(written)
    ctx.exit(report.finish())
