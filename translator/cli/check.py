"""``translator check``: the findings of a conversion, without writing files."""

from __future__ import annotations

from typing import Any

import click

from translator.cli.group import CURRENT
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.options import target_option
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.targets import target


@click.command()
@pipelines_argument
@target_option
@report_options
@reading_options
@click.pass_context
def check(ctx: click.Context, /, pipelines: tuple[str, ...], to: str, **others: Any) -> None:
    """Report the findings of convert without writing files.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input.
    """
    from translator import api

    report = Report.of(others)
    how = read_options_of(others)
    given = inputs_of(pipelines)
    usable = 0
    with report.progress(given, "checking") as watched:
        for one in watched:
            ctx.meta[CURRENT] = one.name
            with found_in(one) as found:
                reading = one.read(how)
                found += reading.diagnostics
                found += api.check(reading, to)
            usable += report.add(found, one)
    can = f"{usable} of {len(given)} can" if len(given) > 1 else "can" if usable else "cannot"
    outcome = f"{can} be converted for {target(to).title}"
    ctx.exit(report.finish(outcome))
