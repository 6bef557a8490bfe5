"""The options for a baseline: ``--baseline FILE`` and ``--write-baseline``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.cli.reporting import Report
    from translator.diagnostics.baseline import Baseline

__all__ = ["baseline_options", "finish_baseline", "set_baseline"]


def baseline_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command."""
    for option in (
        click.option(
            "--write-baseline",
            is_flag=True,
            help="Write the errors and warnings to the baseline; the exit status is 0.",
        ),
        click.option(
            "--baseline",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Report only errors and warnings that are not in this file. Default: `baseline` "
            "in translator.toml.",
        ),
    ):
        command = option(command)
    return command


def set_baseline(values: dict[str, Any], report: Report) -> str:
    """Takes the options' values out of ``values``, and sets the baseline of the report.

    Returns its path, or "". A file that is missing or not valid is a usage error.
    """
    from translator.cli.config import configured

    path: str = values.pop("baseline") or configured().baseline
    writes = values.pop("write_baseline")
    if writes and not path:
        raise click.UsageError("--write-baseline needs --baseline FILE, or the setting `baseline`")
    if path:
        report.baseline = _read(path, may_be_missing=writes)
        report.writes_baseline = writes
    return path


def _read(path: str, *, may_be_missing: bool) -> Baseline:
    from collections import Counter

    from translator.api import read_some
    from translator.diagnostics.baseline import Baseline, read_baseline

    folder = os.path.dirname(path) or os.curdir
    try:
        with open(path, "rb") as file:
            return read_baseline(read_some(file), folder)
    except FileNotFoundError:
        if may_be_missing:
            return Baseline(folder, Counter())
        hint = "write it with --write-baseline"
        raise click.UsageError(f"the baseline '{path}' does not exist; {hint}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.UsageError(f"'{path}' is not a valid baseline: {reason}") from error


def finish_baseline(report: Report, path: str) -> str:
    """Writes the findings of the report to the file, or reports the known ones that are gone.

    Returns a sentence about the file that was written, or "".
    """
    baseline = report.baseline
    if baseline is None:
        return ""
    from translator.bundle import write_file
    from translator.cli.inputs import Input
    from translator.cli.reporting import found_in
    from translator.diagnostics import Origin, runs

    given = Input(path, "")
    with found_in(given) as found:
        if report.writes_baseline:
            write_file(baseline.text(), path)
        elif number := baseline.gone():
            facts = {"number": f"{number:,} finding{'s' * (number > 1)}"}
            facts["are"] = "are" if number > 1 else "is"
            found.append(runs.NOT_FOUND_AGAIN.at(Origin(path), **facts))
    if found:
        report.add(found, given)
    return f"{path} written" if report.writes_baseline and not found else ""
