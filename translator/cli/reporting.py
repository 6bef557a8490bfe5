"""What the commands share: where messages go, and what they add up to."""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from translator.cli.group import DONE, FAILED
from translator.diagnostics import Origin, Severity, TranslationError, output, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from translator.cli.inputs import Input
    from translator.diagnostics import Diagnostic


class Report:
    """Collects what is said about the inputs of one command, and says it."""

    def __init__(self, *, as_json: bool, strict: bool, verbose: bool) -> None:
        self.as_json = as_json
        self.strict = strict
        self.style = terminal_style(verbose=verbose)
        self.entries: list[dict[str, Any]] = []
        self.diagnostics: list[Diagnostic] = []
        #: Paragraphs not yet shown, because a progress bar is on the screen.
        self.held: list[str] | None = None

    def add(self, diagnostics: Iterable[Diagnostic], given: Input, **facts: Any) -> bool:
        """Says the diagnostics of one input; whether it may be used."""
        found = list(diagnostics)
        self.diagnostics += found
        self.entries.append(
            {
                "input": given.name,
                "usable": not self._refuses(found),
                **facts,
                "diagnostics": [report.as_json(d) for d in found],
            }
        )
        if not self.as_json:
            self._say(report.text(found, given.line, self.style))
        return not self._refuses(found)

    def note(self, **facts: Any) -> None:
        """Adds facts to the entry of the input that was added last."""
        self.entries[-1].update(facts)

    def finish(self, outcome: str = "", **facts: Any) -> int:
        """Ends the report and gives the exit status."""
        status = FAILED if self._refuses(self.diagnostics) else DONE
        if self.as_json:
            document = {
                "schema": report.SCHEMA,
                "status": status,
                "counts": report.count(self.diagnostics),
                **facts,
                "inputs": self.entries,
            }
            click.echo(json.dumps(document, indent=2, ensure_ascii=True))
        else:
            self.release()
            closing = report.closing(self.diagnostics, outcome, self.style)
            separator = "\n" if self.diagnostics and self._shown() else ""
            click.echo(separator + closing, err=True, nl=False)
        return status

    def release(self) -> None:
        """Shows what was held back."""
        held, self.held = self.held or [], None
        for paragraph in held:
            self._say(paragraph)

    def refused(self, diagnostics: Iterable[Diagnostic]) -> bool:
        """Whether these stop the translation."""
        return self._refuses(diagnostics)

    def _say(self, paragraph: str) -> None:
        if self.held is not None:
            self.held.append(paragraph)
        elif paragraph:
            click.echo(paragraph, err=True, nl=False, color=self.style.colour)

    def _shown(self) -> bool:
        return self.style.verbose or any(
            d.severity is not Severity.NOTE for d in self.diagnostics
        )

    def _refuses(self, diagnostics: Iterable[Diagnostic]) -> bool:
        refusing = {Severity.ERROR, Severity.WARNING} if self.strict else {Severity.ERROR}
        return any(d.severity in refusing for d in diagnostics)


def terminal_style(*, verbose: bool = False) -> report.Style:
    """Colours only on a terminal, unless ``NO_COLOR`` is set; lines as wide as it is."""
    terminal = sys.stderr.isatty()
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((108, 24)).columns - 8 if terminal else 100
    return report.Style(colour=terminal and wanted, verbose=verbose, width=max(width, 40))


@contextmanager
def found_in(given: Input) -> Iterator[list[Diagnostic]]:
    """Collects the findings of a block, which ends early when it cannot go on."""
    found: list[Diagnostic] = []
    try:
        yield found
    except TranslationError as error:
        found[:] = [*(d for d in found if d not in error.diagnostics), *error.diagnostics]
    except OSError as error:
        if error.filename is None or os.fspath(error.filename) != given.name:
            raise  # not the user's file: a mistake of ours
        reason = error.strerror or str(error)
        found.append(output.NOT_READABLE.at(Origin(given.name), reason=reason))


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reports."""
    for option in (
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="json: one document on stdout, for programs.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Show notes too."),
        click.option("--strict", is_flag=True, help="Treat warnings as errors."),
    ):
        command = option(command)
    return command
