"""``translator diff``: the differences of two pipelines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from translator.cli.group import CURRENT, DONE, FAILED, INTERNAL_ERROR
from translator.cli.inputs import STDIN, inputs_of
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in
from translator.cli.work import without_collection
from translator.diagnostics import Severity

if TYPE_CHECKING:
    from translator.api import Reading
    from translator.cli.inputs import Input
    from translator.comparison import Comparison
    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.readers.options import ReadOptions

#: The exit status for a file that cannot be read or compared.
NOT_COMPARED = 2

_pipeline = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command(short_help="Show what differs between two pipelines.")
@click.argument("before", type=_pipeline)
@click.argument("after", type=_pipeline)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="json: for programs; markdown: for a comment on a pull request.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Count what is written differently and runs the same way, for example the version of "
    "kfp that lightweight components install.",
)
@click.option(
    "--renamed",
    is_flag=True,
    help="Accept other names of inputs and outputs where no container reads them.",
)
@click.option("-v", "--verbose", is_flag=True, help="Also show notes.")
@reading_options
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    before: str,
    after: str,
    form: str,
    strict: bool,
    renamed: bool,
    verbose: bool,
    **others: Any,
) -> None:
    """Show what differs between two pipelines, by what they do.

    BEFORE and AFTER are compiled pipelines of KFP v1 or v2, in the same format or not; one of them
    may be - for standard input. Names that compilers choose and the order of tasks do not count.

    Exit status: 0 for the same pipeline, 1 for differences, 2 for a file that cannot be read.
    """
    if before == after == STDIN:
        raise click.UsageError("standard input can be read only once")
    how = read_options_of(others)
    report = _report(form, verbose=verbose)
    given = [inputs_of((path,))[0] for path in (before, after)]
    found, pipelines, problems = _compared(ctx, given, how, strict=strict, renamed=renamed)
    for one, own in zip(given, problems, strict=True):
        report.add(own, one)
    if found is not None:
        _show(found, report, form, [one.name for one in given], pipelines)
    status = NOT_COMPARED if found is None else DONE if found.same else FAILED
    ended = report.finish(_outcome(found, verbose=verbose), **_facts(found, status))
    ctx.exit(ended if ended == INTERNAL_ERROR else status)


def _report(form: str, *, verbose: bool) -> Report:
    from translator.diagnostics.policy import Policy

    policy = Policy.of(strict=False, ignore=(), error=())
    return Report(form="json" if form == "json" else "text", verbose=verbose, policy=policy)


def _compared(
    ctx: click.Context, given: list[Input], how: ReadOptions, *, strict: bool, renamed: bool
) -> tuple[Comparison | None, list[Pipeline], list[list[Diagnostic]]]:
    """The comparison, if both files can be read, the pipelines, and the findings about each."""
    problems: list[list[Diagnostic]] = []
    readings: list[Reading] = []
    for one in given:
        ctx.meta[CURRENT] = one.name
        with found_in(one) as found, without_collection():
            reading = one.read(how)
            found += [*reading.diagnostics, *reading.lowering]
            readings.append(reading)
        problems.append(found)
    result = None
    pipelines = [reading.pipeline for reading in readings]
    if len(pipelines) == len(given):
        with found_in(given[1]) as found, without_collection():
            from translator.api import compare

            result = compare(*readings, strict=strict, renamed=renamed)
        problems[1] += found
    if result is not None:
        own = [_without_shared(*problems), _without_shared(*reversed(problems))]
        return result, pipelines, own
    errors = [[one for one in own if one.severity is Severity.ERROR] for own in problems]
    return None, pipelines, errors


def _without_shared(own: list[Diagnostic], others: list[Diagnostic]) -> list[Diagnostic]:
    """The findings that the other pipeline does not have: a change made them."""
    known = {(one.rule.code, one.message) for one in others}
    return [one for one in own if (one.rule.code, one.message) not in known]


def _show(
    found: Comparison, report: Report, form: str, names: list[str], pipelines: list[Pipeline]
) -> None:
    from translator.comparison import page
    from translator.diagnostics.redaction import guarded

    notes = report.style.verbose
    if form == "markdown":
        graphs = None if found.same else _graphs(found, *pipelines)
        text = page.as_markdown(found, names, notes=notes, graphs=graphs)
        click.echo(guarded(text), nl=False)
    else:
        report.show(page.as_text(found, notes=notes, colour=_is_coloured()))


def _graphs(found: Comparison, before: Pipeline, after: Pipeline) -> tuple[str, ...]:
    """The graphs of both, made in the same way from either format; none if they are too large."""
    from translator.graph.changes import compared_graphs
    from translator.graph.drawing import drawing
    from translator.readers.kfp_outline import of_pipeline

    drawings = [drawing(of_pipeline(one), one.name) for one in (before, after)]
    return compared_graphs(drawings[0], drawings[1], found) or ()


def _is_coloured() -> bool:
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def _facts(found: Comparison | None, status: int) -> dict[str, Any]:
    """What the JSON format has beside the findings."""
    if found is None:
        return {"status": status}
    from translator.comparison import page

    return {"status": status, **page.as_json(found)}


def _outcome(found: Comparison | None, *, verbose: bool) -> str:
    if found is None:
        return "nothing was compared"
    from translator.comparison import page

    left = len(found.notes)
    if not left:
        return page.verdict(found)
    return f"{page.verdict(found)}; {left:,} note{'s' * (left != 1)}" + " (shown with -v)" * (
        not verbose
    )
