"""``translator graph``: a picture of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli.reading import reading_options
from translator.cli.surveying import show
from translator.graph import FORMATS

if TYPE_CHECKING:
    from translator.api import Survey


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
    from translator.graph import graph as drawn
    from translator.graph.drawing import drawing

    def page(survey: Survey) -> str:
        return drawn(drawing(survey.outline, survey.pipeline.name), form)

    show(ctx, pipeline, others, page, output)
