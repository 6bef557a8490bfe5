"""What the commands share: where messages go, and what they add up to."""

from __future__ import annotations

import os
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

    def __init__(self, *, form: str, strict: bool, verbose: bool) -> None:
        self.as_json = form == "json"
        self.style = terminal_style(verbose=verbose)
        self.diagnostics: list[Diagnostic] = []
        self._strict = strict
        #: One for each input, by its name.
        self._entries: dict[str, dict[str, Any]] = {}
        #: What is not yet shown, because a progress bar is on the screen; True for stderr.
        self._held: list[tuple[str, bool]] | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Report:
        """A report as ``report_options`` ask for it; takes these out of ``options``."""
        return cls(
            form=options.pop("form"),
            strict=options.pop("strict"),
            verbose=options.pop("verbose"),
        )

    def add(self, diagnostics: Iterable[Diagnostic], given: Input, **facts: Any) -> bool:
        """Says what was found about an input; whether the input may be used."""
        found = list(diagnostics)
        usable = not self.refuses(found)
        self.diagnostics += found
        entry = self._entries.setdefault(
            given.name, {"input": given.name, "usable": True, "diagnostics": []}
        )
        entry["usable"] = entry["usable"] and usable
        entry["diagnostics"] += [report.as_json(d) for d in found]
        entry.update(facts)
        if not self.as_json:
            self._say(report.text(found, given.line, self.style))
        return usable

    @contextmanager
    def progress(self, given: list[Input], label: str) -> Iterator[Iterable[Input]]:
        """The inputs, with a progress bar when they are many and somebody is watching."""
        many = len(given) >= 5 and not self.as_json and sys.stderr.isatty()
        if not many:
            yield given
            return
        self._held = []
        try:
            with click.progressbar(given, label=label, file=sys.stderr, show_pos=True) as bar:
                yield bar
        finally:
            held, self._held = self._held, None
            for paragraph, err in held:
                self._say(paragraph, err=err)

    def note(self, given: Input, **facts: Any) -> None:
        """Adds facts to the entry of an input."""
        self._entries[given.name].update(facts)

    def show(self, result: str) -> None:
        """Prints what was asked for, on stdout; JSON has it in its entries instead."""
        if not self.as_json:
            self._say(result, err=False)

    def finish(self, outcome: str = "", after: str = "", **facts: Any) -> int:
        """Ends the report and gives the exit status."""
        status = FAILED if self.refuses(self.diagnostics) else DONE
        if self.as_json:
            echo_json(
                {
                    "schema": report.SCHEMA,
                    "status": status,
                    "counts": report.count(self.diagnostics),
                    **facts,
                    "inputs": list(self._entries.values()),
                }
            )
        else:
            separator = "\n" if self._said_anything() else ""
            closing = report.closing(self.diagnostics, outcome, self.style)
            click.echo(separator + closing + after, err=True, nl=False)
        return status

    def refuses(self, diagnostics: Iterable[Diagnostic]) -> bool:
        """Whether these keep a pipeline from being written."""
        refusing = {Severity.ERROR, Severity.WARNING} if self._strict else {Severity.ERROR}
        return any(d.severity in refusing for d in diagnostics)

    def _say(self, paragraph: str, *, err: bool = True) -> None:
        if self._held is not None:
            self._held.append((paragraph, err))
        elif paragraph:
            click.echo(paragraph, err=err, nl=False, color=self.style.colour)

    def _said_anything(self) -> bool:
        return any(self.style.verbose or d.severity is not Severity.NOTE for d in self.diagnostics)


def echo_json(value: Any) -> None:
    """Prints a JSON document in ASCII, so that no text of a pipeline can steer a terminal."""
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=True))


def terminal_style(*, verbose: bool = False) -> report.Style:
    """Colours only on a terminal, unless ``NO_COLOR`` is set; lines as wide as it is."""
    if not sys.stderr.isatty():
        return report.Style(verbose=verbose)
    import shutil

    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    # The line number and the bar before a source line take 8 columns.
    width = max(shutil.get_terminal_size((108, 24)).columns - 8, 40)
    return report.Style(colour=colour, verbose=verbose, width=width)


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
