"""Commands that show a file without converting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.cli.group import CURRENT
from translator.cli.inputs import inputs_of
from translator.cli.reading import read_options_of
from translator.cli.reporting import Report, found_in
from translator.cli.saving import save
from translator.cli.work import without_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from translator.api import Survey


def show(
    ctx: click.Context,
    pipeline: str,
    others: dict[str, Any],
    page: Callable[[Survey], str],
    output: str | None = None,
) -> None:
    """Writes the page about a file to ``output`` or prints it, reports errors, ends the command."""
    from translator.diagnostics import Severity
    from translator.diagnostics.policy import Policy

    report = Report(form="text", verbose=False, policy=Policy.of(strict=False, ignore=(), error=()))
    (one,) = inputs_of((pipeline,))
    ctx.meta[CURRENT] = one.name
    written = ""
    with found_in(one) as found, without_collection():
        survey = one.survey(read_options_of(others))
        found += [d for d in survey.diagnostics if d.severity is Severity.ERROR]
        written = page(survey)
    report.add(found, one)
    if output and written:
        save(output, written)
    else:
        report.show(written)
    ctx.exit(report.finish())
