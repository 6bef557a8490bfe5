"""The command group, which reports an unexpected exception as TR901."""

from __future__ import annotations

import errno
import gc
import os
from collections.abc import Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic

#: Exit statuses; click itself uses 2 for usage errors.
DONE, FAILED, INTERNAL_ERROR = 0, 1, 3

#: The key under which commands store the name of the current input, for TR901.
CURRENT = "translator.input"


class Commands(Mapping[str, click.Command]):
    """The commands by name. Each is imported from the module of its name when it is used."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __getitem__(self, name: str) -> click.Command:
        """The command; ``KeyError`` for an unknown name."""
        if name not in self._names:
            raise KeyError(name)
        command: click.Command = getattr(import_module(f"translator.cli.{name}"), name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Group(click.Group):
    """A group of commands that reports an unexpected exception as an internal error."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Runs the program."""
        # A short run creates little garbage; collecting it takes a tenth of the time.
        gc.set_threshold(100_000)
        try:
            return super().main(*args, **extra)
        finally:
            gc.freeze()  # the system frees memory at exit; a last collection takes a tenth

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the help, with the titles of the targets."""
        from translator.cli.options import titles

        self.help = (self.help or "").format(targets=titles(joint="or"))
        super().format_help_text(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command. Usage error: another word; a path or a misspelt command has a suggestion."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as wrong:
            word = args[0]
            if os.path.exists(word):
                import shlex

                raise click.UsageError(_instead(f"convert {shlex.quote(word)}"), ctx) from wrong
            from translator.diagnostics.spelling import closest

            guess = closest(word, list(self.commands))
            if not guess:
                raise
            raise click.UsageError(f"no command '{word}': {_instead(guess)}", ctx) from wrong

    def invoke(self, ctx: click.Context) -> Any:
        """The result of the command, or exit status 3."""
        try:
            return super().invoke(ctx)
        except click.UsageError as wrong:
            from translator.diagnostics.redaction import guarded, printable

            told = wrong.format_message()
            safe = guarded("\n".join(map(printable, told.split("\n"))))
            if safe == told:
                raise
            raise click.UsageError(safe, wrong.ctx) from wrong
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except Exception as mistake:
            if _is_to_be_raised(mistake):
                raise
            _tell(mistake, ctx.meta.get(CURRENT))
            raise click.exceptions.Exit(INTERNAL_ERROR) from mistake


def _instead(words: str) -> str:
    return f"did you mean `translator {words}`?"


@contextmanager
def contained(file: str, found: list[Diagnostic]) -> Iterator[None]:
    """Turns an internal error in one file into a finding, so that the other files are converted."""
    try:
        yield
    except (click.exceptions.Exit, click.ClickException, click.Abort):
        raise
    except Exception as mistake:
        if _is_to_be_raised(mistake):
            raise
        found.append(_finding(mistake, file))


def _is_to_be_raised(mistake: Exception) -> bool:
    piped = isinstance(mistake, OSError) and mistake.errno == errno.EPIPE
    return piped or bool(os.environ.get("TRANSLATOR_DEBUG"))


def _tell(mistake: Exception, file: str | None) -> None:
    from translator.cli.terminal import terminal_style
    from translator.diagnostics import report
    from translator.diagnostics.redaction import guarded

    style = terminal_style()
    told = guarded(report.text([_finding(mistake, file)], style=style))
    click.echo(told, err=True, nl=False, color=style.colour)


def _finding(mistake: Exception, file: str | None) -> Diagnostic:
    from translator.diagnostics import Origin
    from translator.diagnostics.internal import UNEXPECTED

    place = mistake.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = (
        f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
    )
    return UNEXPECTED.at(
        Origin(file) if file else None,
        kind=type(mistake).__name__,
        message=str(mistake),
        where=where,
    )
