"""The command group, whose last resort turns a mistake of ours into TR901."""

from __future__ import annotations

import errno
import gc
import os
from typing import Any

import click

#: Exit statuses beside click's own 2 for wrong usage.
DONE, FAILED, OUR_MISTAKE = 0, 1, 3

#: Where commands leave the name of the input at hand, for the last resort to tell.
CURRENT = "translator.input"


class Group(click.Group):
    """A group of commands that answers an unexpected exception with a request to report it."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Runs the program."""
        # A short run makes little garbage; looking for it takes a tenth of the time.
        gc.set_threshold(100_000)
        try:
            return super().main(*args, **extra)
        finally:
            gc.freeze()  # the system takes all back at once; looking again takes another tenth

    def invoke(self, ctx: click.Context) -> Any:
        """What the command gives, or exit status 3."""
        try:
            return super().invoke(ctx)
        except click.UsageError as wrong:
            from translator.diagnostics.report import printable

            told = wrong.format_message()
            safe = "\n".join(map(printable, told.split("\n")))
            if safe == told:
                raise
            raise click.UsageError(safe, wrong.ctx) from wrong
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except Exception as mistake:
            piped = isinstance(mistake, OSError) and mistake.errno == errno.EPIPE
            if piped or os.environ.get("TRANSLATOR_DEBUG"):
                raise
            _tell(mistake, ctx.meta.get(CURRENT))
            raise click.exceptions.Exit(OUR_MISTAKE) from mistake


def _tell(mistake: Exception, file: str | None) -> None:
    from translator.cli.reporting import terminal_style
    from translator.diagnostics import Origin, report
    from translator.diagnostics.internal import UNEXPECTED

    place = mistake.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = (
        f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
    )
    said = UNEXPECTED.at(
        Origin(file) if file else None,
        kind=type(mistake).__name__,
        message=str(mistake),
        where=where,
    )
    style = terminal_style()
    click.echo(report.text([said], style=style), err=True, nl=False, color=style.colour)
