"""``translator decompile``: a pipeline as its source in Python."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from translator.cli.group import CURRENT
from translator.cli.inputs import Input, inputs_of
from translator.cli.options import SectionedCommand, same_pipeline, verify_option
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import without_collection
from translator.records import NamedTuple
from translator.targets import target
from translator.targets.base import PIN_KFP, PYTHON

if TYPE_CHECKING:
    from translator.readers.options import ReadOptions


_PIN_KFP_HELP = (
    "Lightweight components install the version of kfp in the file. Default: the version that "
    "compiles the source."
)


@click.command(cls=SectionedCommand, short_help="Write the source of a pipeline in Python.")
@click.argument("pipeline", metavar="PIPELINE", type=click.Path(exists=True, allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The file to write. Default: standard output.",
)
@click.option("--force", is_flag=True, help="Overwrite a file with other content.")
@click.option(PIN_KFP.spelling, is_flag=True, help=_PIN_KFP_HELP)
@verify_option
@report_options
@reading_options
@click.pass_context
def decompile(
    ctx: click.Context,
    /,
    pipeline: str,
    output: str | None,
    force: bool,
    pin_kfp: bool,
    verify: bool,
    **others: Any,
) -> None:
    """Write the source of a pipeline: Python that kfp 2 compiles to the same pipeline.

    PIPELINE is a compiled pipeline of KFP v1 or KFP v2, or - for standard input. The source has the
    components and the pipeline function. For a script that runs it, use convert --style python.
    """
    report = Report.of(others)
    given = inputs_of((pipeline,))
    if len(given) > 1:
        raise click.UsageError(f"'{pipeline}' has {len(given):,} pipelines; give one of them")
    ctx.meta[CURRENT] = given[0].name
    how = read_options_of(others)
    making = Making(how, pin_kfp=pin_kfp, verify=verify, shown=output is None)
    text, verified = _source(given[0], making, report)
    if text and output is not None:
        text = _written(text, output, report, force=force)
    elif text:
        report.note(given[0], source=text)
        report.show(text)
    done = f"{output} written" if output is not None else ""
    done = "\n".join(filter(None, [done, verified]))
    ctx.exit(report.finish(done if text else "nothing written"))


class Making(NamedTuple):
    """How the source is made."""

    how: ReadOptions
    pin_kfp: bool
    verify: bool
    #: Whether it is printed.
    shown: bool


def _source(one: Input, making: Making, report: Report) -> tuple[str, str]:
    """pipeline.py, empty where there are errors; and the result of ``--verify``."""
    from translator import api
    from translator.diagnostics import Origin
    from translator.diagnostics.decompiler_settings import LOG_COMMAND
    from translator.diagnostics.redaction import guarded

    text = verified = ""
    with found_in(one) as found, without_collection():
        reading = one.read(making.how)
        source = api.decompile(reading, pin_kfp=making.pin_kfp)
        text = source.text
        found += source.findings
        if making.verify:
            options = target("kubeflow").options(style=PYTHON, pin_kfp=making.pin_kfp)
            made = api.verify(reading, "kubeflow", options)
            found += made.findings(reading.pipeline.origin)
            verified = same_pipeline(made.kfp, lost=bool(reading.left_out))
        # The text would be changed on its way into the log of a CI service.
        if making.shown and report.form == "text" and guarded(text) != text:
            found.append(LOG_COMMAND.at(Origin(one.name)))
    return (text, verified) if report.add(found, one) else ("", "")


def _written(text: str, output: str, report: Report, *, force: bool) -> str:
    """Writes the file; returns its text, which is empty if it could not be written."""
    from translator.bundle import write_file
    from translator.diagnostics import Origin
    from translator.diagnostics.decompiler_settings import FILE_EXISTS

    file = Input(output, "")
    with found_in(file) as found:
        if force or not os.path.lexists(output) or _content(output) == text.encode():
            write_file(text, output)
        else:
            found.append(FILE_EXISTS.at(Origin(output), name=output))
    if found:
        report.add(found, file)
    return "" if found else text


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
