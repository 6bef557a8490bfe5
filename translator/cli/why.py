"""``translator why``: the sources of the inputs of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli.reading import reading_options
from translator.cli.surveying import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.api import Survey
    from translator.model import Pipeline


@click.command(short_help="Show where an input of a task comes from.")
@click.argument("pipeline", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.argument("place", metavar="TASK[.INPUT]")
@reading_options
@click.pass_context
def why(ctx: click.Context, /, pipeline: str, place: str, **others: Any) -> None:
    """Show where the inputs of a task come from, through loops, conditions and nested pipelines.

    PIPELINE is a compiled pipeline, or - for standard input. TASK is a name as in `translator
    inspect`. Without INPUT, all inputs of the task are shown.
    """

    def page(survey: Survey) -> str:
        return "".join(f"{line}\n" for line in _page(survey.pipeline, place))

    show(ctx, pipeline, others, page)


def _page(pipeline: Pipeline, place: str) -> Iterator[str]:
    from translator.diagnostics.spelling import question
    from translator.model import walk_tasks
    from translator.provenance import tasks_named

    calls, wanted = tasks_named(pipeline, place), ""
    if not calls:
        name, _, wanted = place.partition(".")
        calls = tasks_named(pipeline, name)
    if not calls:
        known = [name for _, name, _ in walk_tasks(pipeline)]
        hint = question(place.partition(".")[0], known)
        raise click.UsageError(f"no task {place!r}{hint}")
    for number, call in enumerate(calls):
        yield from [""] * bool(number)
        yield from _of_task(pipeline, call, wanted)


def _of_task(pipeline: Pipeline, call: Any, wanted: str) -> Iterator[str]:
    from translator.diagnostics.redaction import told
    from translator.diagnostics.spelling import question
    from translator.model.channels import is_channel
    from translator.provenance import circumstances, inputs_of, provenance

    inputs = inputs_of(pipeline, call)
    if wanted and wanted not in inputs:
        raise click.UsageError(
            f"task {call.name!r} has no input {wanted!r}{question(wanted, list(inputs))}"
        )
    yield told(call.name)
    for circumstance in circumstances(pipeline, call):
        yield f"  {circumstance}"
    for shown, name in inputs.items():
        # Generated inputs are only in the texts of others.
        if wanted == shown or (not wanted and not is_channel(name)):
            yield f"  {told(shown)}"
            for hop in provenance(pipeline, call, name):
                at = f"  (line {hop.line})" if hop.line else ""
                yield f"{'  ' * (hop.depth + 2)}{hop.text}{at}"
