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
    report,
    runs,
)
from translator.diagnostics.redaction import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from translator.cli.inputs import Input
    from translator.diagnostics import Diagnostic
    from translator.diagnostics.baseline import Baseline
    from translator.diagnostics.policy import Policy

T = TypeVar("T")

#: Code → the inputs with it, which are skipped.
_SKIPPED = {
    runs.SKIPPED.code: "{number:,} component{s} in folders",
    runs.NO_PIPELINE.code: "{number:,} file{s} without a pipeline",
}


class Report:
    """Collects and prints the findings about the inputs of one command."""

    def __init__(
        self,
        *,
        form: str,
        policy: Policy,
        verbose: bool = False,
        quiet: bool = False,
        statistics: bool = False,
    ) -> None:
        #: The value of ``--format``.
        self.form = form
        #: Only errors are printed.
        self.quiet = quiet
        #: Findings are counted by code instead of printed.
        self._statistics = statistics
        self.style = terminal_style(verbose=verbose)
        #: The findings, under the policy.
        self.diagnostics: list[Diagnostic] = []
        #: Code → names of the inputs in folders that are skipped.
        self._skipped: dict[str, list[str]] = {}
        #: What the findings weigh.
        self.policy = policy
        #: Findings that are known; None for none.
        self.baseline: Baseline | None = None
        self.writes_baseline = False
        self._ignored = self._known = 0
        #: One for each input, by its name.
        self._entries: dict[str, dict[str, Any]] = {}
        #: Output that waits for the end of a progress bar; True for stderr.
        self._held: list[tuple[str, bool]] | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Report:
        """A report with the values of ``report_options``, which are removed from ``options``."""
        policy = policy_of(options)
        names = ("form", "verbose", "quiet", "statistics")
        given = {name: options.pop(name) for name in names}
        if given["verbose"] and given["quiet"]:
            raise click.UsageError("--quiet and --verbose contradict each other")
        return cls(**given, policy=policy)

    def add(self, diagnostics: Iterable[Diagnostic], given: Input, **facts: Any) -> bool:
        """Prints the findings about an input. Returns whether the input may be used."""
        told = list(diagnostics)
        found = self.policy.applied(told)
        usable = not self.refuses(found) and not self.skips(told, given)
        self._ignored += len(told) - len(found)
        found = self._new(found, given)
        self.diagnostics += found
        entry = self._entries.setdefault(
            given.name, {"input": given.name, "usable": True, "diagnostics": []}
        )
        entry["usable"] = entry["usable"] and usable
        entry["diagnostics"] += found
        entry.update(facts)
        if self.form == "text" and not self._statistics:
            shown = [one for one in found if not self.quiet or one.severity is Severity.ERROR]
            self._say(guarded(report.text(shown, given.line, self.style)))
        return usable

    def _new(self, found: list[Diagnostic], given: Input) -> list[Diagnostic]:
        """The findings that are not in the baseline."""
        if self.baseline is None:
            return found
        new = self.baseline.new(found, given.name)
        if self.writes_baseline:
            new = [one for one in new if one.severity is Severity.NOTE or _is_internal(one)]
        self._known += len(found) - len(new)
        return new

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
        many = number >= 5 and self.form == "text" and not self.quiet and sys.stderr.isatty()
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
            echo_json(self._document(status, facts))
            return status
        outcome = "\n".join(filter(None, [outcome, *self.skipped_lines()]))
        if self.form == "text" and self._statistics:
            from translator.diagnostics.by_code import counted, table

            self._say(guarded(table(counted(self.diagnostics), self.style.width)))
        outcome = "\n".join(filter(None, [outcome, *self._write(status, outcome)]))
        if self.quiet:
            return status
        separator = "\n" if self.form == "text" and self._said_anything() else ""
        closing = report.closing(
            self.diagnostics, outcome, self.style, self._ignored, known=self._known
        )
        after = after if self.form == "text" else ""
        click.echo(separator + guarded(closing + after), err=True, nl=False)
        return status

    def _document(self, status: int, facts: dict[str, Any]) -> dict[str, Any]:
        """The document of ``--format json``."""
        from translator.diagnostics import by_code

        for entry in self._entries.values():
            entry["diagnostics"] = [report.as_json(one) for one in entry["diagnostics"]]
        return {
            "schema": report.SCHEMA,
            "status": status,
            "counts": report.count(self.diagnostics),
            "ignored": self._ignored,
            "known": self._known,
            "codes": by_code.as_json(self.diagnostics),
            **facts,
            "inputs": list(self._entries.values()),
        }

    def _write(self, status: int, outcome: str) -> Iterator[str]:
        """Prints the findings in a format for programs. Yields lines about what is left out."""
        command = click.get_current_context().info_name or ""
        if self.form == "sarif":
            from translator.diagnostics.sarif import document
            from translator.version import __version__

            echo_json(document(self.diagnostics, __version__, status, _top_folder()))
        elif self.form == "junit":
            from translator.diagnostics import junit

            found = {name: entry["diagnostics"] for name, entry in self._entries.items()}
            click.echo(junit.document(found, command, self.skipped), nl=False)
        elif self.form == "github":
            from translator.cli import job_summary

            yield from self._annotated()
            if problem := job_summary.append(self.diagnostics, command, outcome):
                yield problem

    def _annotated(self) -> Iterator[str]:
        """Prints the annotations that GitHub shows. Yields a line with the number of the others."""
        from translator.diagnostics import github

        shown, rest = github.first_of_each(filter(self._is_shown, self.diagnostics))
        click.echo(github.commands(shown, _top_folder()), nl=False)
        if rest:
            counts = report.counts(rest)
            yield f"not annotated: {counts}; GitHub shows {github.MOST} of each kind for a step"

    def _is_shown(self, finding: Diagnostic) -> bool:
        if self.quiet:
            return finding.severity is Severity.ERROR
        return self.style.verbose or finding.severity is not Severity.NOTE

    def _status(self) -> int:
        if any(map(_is_internal, self.diagnostics)):
            return INTERNAL_ERROR
        return FAILED if self.refuses(self.diagnostics) else DONE

    def refuses(self, diagnostics: Iterable[Diagnostic]) -> bool:
        """Whether these findings prevent a pipeline from being written."""
        return self.policy.refuses(diagnostics)

    def _say(self, paragraph: str, *, err: bool = True) -> None:
        if self._held is not None:
            self._held.append((paragraph, err))
        elif paragraph:
            click.echo(paragraph, err=err, nl=False, color=self.style.colour)

    def _said_anything(self) -> bool:
        return any(map(self._is_shown, self.diagnostics))


def _is_internal(finding: Diagnostic) -> bool:
    if finding.rule.severity is not Severity.ERROR:
        return False
    from translator.diagnostics.internal import UNEXPECTED

    return finding.rule.code == UNEXPECTED.code


def _listed(names: Sequence[str]) -> str:
    from translator.diagnostics.redaction import told

    return ", ".join(map(told, names[:5])) + (f" and {len(names) - 5:,} more" * (len(names) > 5))


def _top_folder() -> str:
    """The base of relative paths for GitHub: the repository, if known."""
    return os.environ.get("GITHUB_WORKSPACE") or os.curdir


def echo_json(value: Any) -> None:
    """Prints a JSON document."""
    click.echo(json_text(value))


def json_text(value: Any) -> str:
    """A JSON document in ASCII, so that no text of a pipeline can control a terminal.

    Two number signs, a command for a CI log, are only in texts, where JSON allows an escape.
    """
    import json

    return json.dumps(value, indent=2, ensure_ascii=True).replace("##", "#\\u0023")


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
            from translator.diagnostics import output

            reason = error.strerror or str(error)
            found.append(output.NOT_READABLE.at(Origin(given.name), reason=reason))


def report_options(command: Callable[..., Any], *more: str, about: str = "") -> Callable[..., Any]:
    """The options of every command with a report; ``more`` are further formats of this one."""
    for option in (
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json", "sarif", "junit", "github", *more]),
            default="text",
            show_default=True,
            help="json, sarif, junit: one document on stdout, for programs; github: workflow "
            "commands on stdout, which annotate files in GitHub Actions, and a job summary"
            f"{about}.",
        ),
        click.option(
            "--statistics", is_flag=True, help="Show the number of findings by code instead."
        ),
        click.option("-q", "--quiet", is_flag=True, help="Show errors only."),
        click.option("-v", "--verbose", is_flag=True, help="Also show notes."),
        policy_options,
    ):
        command = option(command)
    return command
