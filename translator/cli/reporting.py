"""The reports of all commands: output of messages, and the exit status."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from translator.cli.group import DONE, FAILED, INTERNAL_ERROR, contained
from translator.cli.policy import policy_of, policy_options
from translator.cli.terminal import terminal_style
from translator.diagnostics import (
    Origin,
    Severity,
    TranslationError,
    component,
    output,
    report,
    runs,
)
from translator.diagnostics.internal import UNEXPECTED
from translator.diagnostics.redaction import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from translator.cli.inputs import Input
    from translator.diagnostics import Diagnostic
    from translator.diagnostics.policy import Policy

T = TypeVar("T")

#: Code → the inputs with it, which are skipped.
_SKIPPED = {
    component.SKIPPED.code: "{number:,} component{s} in folders",
    runs.NO_PIPELINE.code: "{number:,} other file{s} in folders",
}


class Report:
    """Collects and prints the findings about the inputs of one command."""

    def __init__(self, *, form: str, verbose: bool, policy: Policy) -> None:
        #: The value of ``--format``.
        self.form = form
        self.style = terminal_style(verbose=verbose)
        #: The findings, under the policy.
        self.diagnostics: list[Diagnostic] = []
        #: Code → names of the inputs in folders that are skipped.
        self._skipped: dict[str, list[str]] = {}
        #: What the findings weigh.
        self.policy = policy
        self._ignored = 0
        #: One for each input, by its name.
        self._entries: dict[str, dict[str, Any]] = {}
        #: Output that waits for the end of a progress bar; True for stderr.
        self._held: list[tuple[str, bool]] | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Report:
        """A report with the values of ``report_options``, which are removed from ``options``."""
        policy = policy_of(options)
        return cls(form=options.pop("form"), verbose=options.pop("verbose"), policy=policy)

    def add(self, diagnostics: Iterable[Diagnostic], given: Input, **facts: Any) -> bool:
        """Prints the findings about an input. Returns whether the input may be used."""
        told = list(diagnostics)
        found = self.policy.applied(told)
        usable = not self.refuses(found) and not self.skips(told, given)
        self.diagnostics += found
        self._ignored += len(told) - len(found)
        entry = self._entries.setdefault(
            given.name, {"input": given.name, "usable": True, "diagnostics": []}
        )
        entry["usable"] = entry["usable"] and usable
        if self.form == "json":
            entry["diagnostics"] += [report.as_json(d) for d in found]
        entry.update(facts)
        if self.form == "github":
            self._command(found)
        elif self.form == "text":
            self._say(guarded(report.text(found, given.line, self.style)))
        return usable

    def skips(self, told: list[Diagnostic], given: Input) -> bool:
        """Whether an input in a folder is skipped, which is then listed."""
        if not given.found:
            return False
        codes = {finding.rule.code for finding in told} & _SKIPPED.keys()
        for code in codes:
            self._skipped.setdefault(code, []).append(given.name)
        return bool(codes)

    @property
    def skipped(self) -> list[str]:
        """The names of the inputs that are skipped."""
        return [name for names in self._skipped.values() for name in names]

    def skipped_lines(self) -> list[str]:
        """A line for each kind of files that are skipped."""
        return [
            f"skipped {_SKIPPED[code].format(number=len(names), s='s' * (len(names) > 1))} "
            f"({code}): {_listed(names)}"
            for code, names in sorted(self._skipped.items())
        ]

    @contextmanager
    def progress(self, steps: Iterable[T], number: int, label: str) -> Iterator[Iterable[T]]:
        """The steps, with a progress bar for many inputs on a terminal."""
        many = number >= 5 and self.form == "text" and sys.stderr.isatty()
        if not many:
            yield steps
            return
        self._held = []
        try:
            with click.progressbar(
                steps, number, label=label, file=sys.stderr, show_pos=True
            ) as bar:
                yield bar
        finally:
            held, self._held = self._held, None
            for paragraph, err in held:
                self._say(paragraph, err=err)

    def note(self, given: Input, **facts: Any) -> None:
        """Adds facts to the entry of an input."""
        self._entries[given.name].update(facts)

    def show(self, result: str) -> None:
        """Prints the result of the command on stdout; other formats print findings there."""
        if self.form == "text":
            self._say(guarded(result), err=False)

    def finish(self, outcome: str = "", after: str = "", **facts: Any) -> int:
        """Ends the report and returns the exit status."""
        status = self._status()
        if self.form == "json":
            echo_json(
                {
                    "schema": report.SCHEMA,
                    "status": status,
                    "counts": report.count(self.diagnostics),
                    "ignored": self._ignored,
                    **facts,
                    "inputs": list(self._entries.values()),
                }
            )
            return status
        if self.form == "sarif":
            from translator.diagnostics.sarif import document
            from translator.version import __version__

            echo_json(document(self.diagnostics, __version__, status, _top_folder()))
        separator = "\n" if self.form == "text" and self._said_anything() else ""
        outcome = "\n".join(filter(None, [outcome, *self.skipped_lines()]))
        closing = report.closing(self.diagnostics, outcome, self.style, self._ignored)
        after = after if self.form == "text" else ""
        click.echo(separator + guarded(closing + after), err=True, nl=False)
        return status

    def _status(self) -> int:
        if any(finding.rule.code == UNEXPECTED.code for finding in self.diagnostics):
            return INTERNAL_ERROR
        return FAILED if self.refuses(self.diagnostics) else DONE

    def refuses(self, diagnostics: Iterable[Diagnostic]) -> bool:
        """Whether these findings prevent a pipeline from being written."""
        return self.policy.refuses(diagnostics)

    def _command(self, found: list[Diagnostic]) -> None:
        from translator.diagnostics.github import commands

        shown = [d for d in found if self.style.verbose or d.severity is not Severity.NOTE]
        self._say(commands(shown, _top_folder()), err=False)

    def _say(self, paragraph: str, *, err: bool = True) -> None:
        if self._held is not None:
            self._held.append((paragraph, err))
        elif paragraph:
            click.echo(paragraph, err=err, nl=False, color=self.style.colour)

    def _said_anything(self) -> bool:
        return any(self.style.verbose or d.severity is not Severity.NOTE for d in self.diagnostics)


def _listed(names: Sequence[str]) -> str:
    from translator.diagnostics.redaction import told

    return ", ".join(map(told, names[:5])) + (f" and {len(names) - 5:,} more" * (len(names) > 5))


def _top_folder() -> str:
    """The base of relative paths for GitHub: the repository, if known."""
    return os.environ.get("GITHUB_WORKSPACE") or os.curdir


def echo_json(value: Any) -> None:
    """Prints a JSON document in ASCII, so that no text of a pipeline can control a terminal.

    Two number signs, a command for a CI log, are only in texts, where JSON allows an escape.
    """
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=True).replace("##", "#\\u0023"))


@contextmanager
def found_in(given: Input) -> Iterator[list[Diagnostic]]:
    """Collects the findings of a block, which ends at the first exception."""
    found: list[Diagnostic] = []
    with contained(given.name, found):
        try:
            yield found
        except TranslationError as error:
            found[:] = [*(d for d in found if d not in error.diagnostics), *error.diagnostics]
        except OSError as error:
            if error.filename is None or os.fspath(error.filename) != given.name:
                raise  # not the user's file: an internal error
            reason = error.strerror or str(error)
            found.append(output.NOT_READABLE.at(Origin(given.name), reason=reason))


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command with a report."""
    for option in (
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json", "sarif", "github"]),
            default="text",
            show_default=True,
            help="json, sarif: one document on stdout, for programs; github: workflow commands on "
            "stdout, which annotate files in GitHub Actions.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Also show notes."),
        policy_options,
    ):
        command = option(command)
    return command
