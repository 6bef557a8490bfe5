"""``translator plan``: the decisions that pipelines need, as a file."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from translator.cli.decisions import Choices, Usage, accepted_by, plan_of, used_by
from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.inputs import Input, inputs_of
from translator.cli.options import (
    CHECKED,
    SectionedCommand,
    check_options,
    given_defaults,
    options_of,
    target_option,
)
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import Outcome, jobs_option, outcomes
from translator.plan.document import EMPTY
from translator.plan.kinds import ENTRYPOINTS
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.cli.decisions import ChosenFor
    from translator.diagnostics.policy import Policy
    from translator.plan.document import Plan
    from translator.plan.needed import Needed, Use
    from translator.readers.options import ReadOptions
    from translator.targets.base import BaseOptions


@click.command(cls=SectionedCommand, short_help="Write the decisions that pipelines need.")
@click.argument(
    "pipelines", metavar="[PIPELINE]...", nargs=-1, type=click.Path(exists=True, allow_dash=True)
)
@target_option
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The plan to write. Decisions that it has are kept. Default: standard output.",
)
@click.option(
    "--check",
    "checked",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Report invalid and open decisions of a plan, and those that the pipelines need and it "
    "does not have. Writes nothing.",
)
@click.option(
    "--look-up-images",
    is_flag=True,
    help="Ask registries for the entrypoints of images that the pipelines need, with the "
    "credentials of docker.",
)
@exclude_options
@report_options
@check_options
@reading_options
@jobs_option
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    pipelines: tuple[str, ...],
    to: str,
    output: str | None,
    checked: str | None,
    look_up_images: bool,
    jobs: int | None,
    **others: Any,
) -> None:
    """Write the decisions that pipelines need to a file for `translator convert --plan`.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input. The plan is a
    YAML file with an entry for each volume, secret, image ... without an equivalent on the target,
    and the reason. A decision with a proposal has its value; others are null, marked with TODO.
    """
    _refuse(pipelines, output or look_up_images, checked)
    report = Report.of(others)
    known = _known(ctx, checked or output, report, must_exist=bool(checked))
    known_file = checked or output or ""
    given = inputs_of(pipelines, apart_from=known_file, exclude=exclusion_of(others))
    options = options_of(to, given_defaults(to, others, CHECKED))
    asked = _asked(known, to, options, read_options_of(others), report.policy)
    work = partial(_needs, asked=asked)
    usage = Usage(Choices(known, {}, known.decisions, []))
    found = _Found(os.path.dirname(known_file))
    with report.progress(outcomes(ctx, work, given, jobs), len(given), "reading") as steps:
        for one, outcome in usage.watched(steps):
            report.add(outcome.found, one)
            found.add(one, outcome)
    if given:
        usage.report(report)
    needed = found.needed(known, report)
    if look_up_images:
        needed = _looked_up(known, needed, report)
    told = _failing(found.failing, to)
    if checked:
        ctx.exit(_check(known, needed, told, report))
    ctx.exit(_write(known, needed, output, told, _convert(to, others), report))


class _Found:
    """What the pipelines need, by their paths in a plan in a folder."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self.uses: list[Use] = []
        self.names: dict[str, frozenset[tuple[str, str]]] = {}
        #: The number of pipelines with errors that no decision resolves.
        self.failing = 0

    def add(self, one: Input, outcome: Outcome) -> None:
        """Adds what an input needs."""
        path = self._path(one)
        self.uses += [use._replace(pipeline=path) for use in outcome.uses]
        self.names[path] = outcome.names
        self.failing += outcome.has_other_errors

    def _path(self, one: Input) -> str:
        """The path of an input from the folder; empty for standard input."""
        if one.data is not None:
            return ""
        path = os.path.realpath(one.name)
        with suppress(ValueError):  # on another drive of Windows
            path = os.path.relpath(path, self.folder)
        return path.replace(os.sep, "/")

    def needed(self, known: Plan, report: Report) -> Sequence[Needed]:
        """Each decision once. Reports decisions of the plan about too many pipelines."""
        from translator.plan.needed import collected, too_general

        needed = collected(self.uses, self.names)
        if found := list(too_general(known, needed)):
            report.add(found, Input(known.file, ""))
        return needed


def _refuse(pipelines: tuple[str, ...], writing: object, checked: str | None) -> None:
    if checked and writing:
        raise click.UsageError("--check writes nothing: leave -o and --look-up-images out")
    if not pipelines and not checked:
        raise click.UsageError("Missing argument 'PIPELINE...'.")


def _known(ctx: click.Context, path: str | None, report: Report, *, must_exist: bool) -> Plan:
    """The plan in the file, if there is one."""
    if not path or not (must_exist or os.path.lexists(path)):
        return EMPTY
    return plan_of(ctx, path, report)


class _Asked(NamedTuple):
    """What is asked of each input."""

    to: str
    #: Without decisions.
    options: BaseOptions
    chosen: ChosenFor
    how: ReadOptions
    policy: Policy


def _asked(known: Plan, to: str, options: BaseOptions, how: ReadOptions, policy: Policy) -> _Asked:
    """What is asked, with the decisions of a plan and the entrypoints of options."""
    commands = {ENTRYPOINTS.field: dict(how.entrypoints)} if how.entrypoints else {}
    chosen = Choices(known, commands, known.decisions, []).by_input()
    return _Asked(to, options, chosen, how, policy)


def _needs(one: Input, asked: _Asked) -> Outcome:
    from translator import api
    from translator.plan.fitting import names_of
    from translator.plan.needed import (
        accepted_needs,
        entrypoint_needs,
        has_other_errors,
        uses,
        wrong_decisions,
    )

    to, done, own = asked.to, Outcome([]), asked.chosen.of(one)
    with found_in(one) as found:
        how = own.reading(asked.how)
        reading = one.read(how)
        options = own.fitted(replace(asked.options, decisions=own.decisions), reading)
        reading = api.decide(reading, to, options)
        assert reading.decided is not None
        decided, writer = reading.decided, api.target(reading, to, options)
        lowering = reading.lowering if writer.needs_lowering else ()
        needs = (*entrypoint_needs([*lowering, *decided.findings]), *decided.needs)
        found += wrong_decisions(decided.findings)
        fails = has_other_errors(lowering)
        is_usable = not (fails or found)
        told = asked.policy.applied(api.findings(reading, to, options)) if is_usable else []
        needs = (*needs, *accepted_needs(told, needs, own.made))
        done = done._replace(
            uses=uses(reading.pipeline, needs),
            used=used_by(reading, how) | accepted_by(told, options),
            names=names_of(reading.pipeline),
            has_other_errors=fails,
        )
    return done._replace(found=found)


def _looked_up(known: Plan, needed: Sequence[Needed], report: Report) -> Sequence[Needed]:
    """The needs with what registries have, and reports what they do not have."""
    from translator.plan.lookups import with_lookups

    found, problems = with_lookups(known, needed)
    if problems:
        report.add(problems, Input("<registries>", ""))
    return found


def _failing(number: int, to: str) -> str:
    """How many pipelines have errors that no decision resolves; empty without one."""
    if not number:
        return ""
    have = "pipeline has" if number == 1 else "pipelines have"
    command = f"translator check --to {to}" if to != "vertex" else "translator check"
    return f"{number:,} {have} errors that no decision resolves: `{command}` reports them"


def _check(known: Plan, needed: Sequence[Needed], failing: str, report: Report) -> int:
    """Reports open decisions, and returns the exit status."""
    from translator.plan.needed import open_decisions

    found = list(open_decisions(known, needed))
    if found:
        report.add(found, Input(known.file, ""))
    number = len(known.entries)
    state = f"{len(found):,} open" if found else "none open"
    return report.finish(_lines(f"{known.file}: {_counted(number)}, {state}", failing))


def _lines(*texts: str) -> str:
    return "\n".join(filter(None, texts))


def _counted(number: int) -> str:
    return f"{number:,} decision{'' if number == 1 else 's'}"


def _write(
    known: Plan,
    needed: Sequence[Needed],
    output: str | None,
    failing: str,
    convert: str,
    report: Report,
) -> int:
    """Writes the plan, and returns the exit status."""
    from translator.plan.writing import plan_text

    text = plan_text(known, needed)
    facts: dict[str, Any] = {"plan": output or text}
    if output is None:
        report.show(text)
        return report.finish(failing, **facts)
    from translator.bundle import write_file
    from translator.plan.reading import read_plan

    number = opened = 0
    with found_in(Input(output, "")) as found:
        entries = read_plan(text, output).entries  # a plan has limits, which needs may exceed
        number, opened = len(entries), sum(entry.value is None for entry in entries)
        if text != known.text:
            write_file(text, output)
    if found and not report.add(found, Input(output, "")):
        return report.finish("nothing written")
    outcome = f"{output}: {_counted(number)}, {opened or 'none'} open"
    return report.finish(_lines(outcome, failing), _next(output, opened, convert), **facts)


def _convert(to: str, others: Mapping[str, Any]) -> str:
    """The command that the decisions are for."""
    words = ["translator convert", *([f"--to {to}"] if to != "vertex" else [])]
    for name, value in given_defaults(to, others, CHECKED).items():
        words.append(f"--{name}" if value is True else f"--{name} {value}")
    return " ".join(words)


def _next(path: str, number: int, convert: str) -> str:
    """The next step of the user."""
    import shlex

    from translator.diagnostics.redaction import told

    quoted = shlex.quote(told(path))
    edit = f"edit {quoted} (open decisions have a TODO), then run: " if number else ""
    return f"next: {edit}{convert} --plan {quoted} PIPELINE\n"
