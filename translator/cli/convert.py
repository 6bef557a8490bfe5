"""``translator convert``: compiled pipelines → bundles."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from translator.cli.decision_options import decision_options
from translator.cli.decisions import Usage, accepted_by, choices_of, used_by
from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.options import (
    SectionedCommand,
    deploy_options,
    given_defaults,
    options_of,
    require_source,
    same_pipeline,
    target_option,
    verify_option,
)
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import Outcome, jobs_option, outcomes
from translator.records import NamedTuple, replace
from translator.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from translator.api import Reading
    from translator.bundle import Plan
    from translator.cli.decisions import ChosenFor
    from translator.cli.inputs import Input
    from translator.diagnostics import Diagnostic
    from translator.diagnostics.policy import Policy
    from translator.readers.options import ReadOptions
    from translator.targets.base import BaseOptions, Target


class Writing(NamedTuple):
    """How pipelines are written."""

    how: ReadOptions
    to: str
    options: BaseOptions
    chosen: ChosenFor
    policy: Policy
    #: Whether pipeline.py is compiled and compared.
    verify: bool
    #: Whether the bundle has the page for a review.
    html: bool


class Bundle(NamedTuple):
    """The bundle of one pipeline."""

    given: Input
    files: Mapping[str, str]
    #: Fate → number of leaves of the file.
    balance: Mapping[str, int]
    #: The arguments that its script cannot do without.
    arguments: Sequence[str]
    #: The kfp that has compiled pipeline.py to the same pipeline; empty without ``--verify``.
    kfp: str = ""

    @property
    def folder(self) -> str:
        """The output folder."""
        return self.given.folder


@click.command(cls=SectionedCommand)
@pipelines_argument
@target_option
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FOLDER",
    help="The folder to write. With several pipelines, each gets a folder in it. Default: a folder "
    "in the working directory, named after the file without its suffix.",
)
@click.option(
    "--dry-run", flag_value="list", default="", help="List the files without writing them."
)
@click.option(
    "--diff",
    "dry_run",
    flag_value="diff",
    help="Show what would change in the output folder as a unified diff, without writing it.",
)
@click.option("--force", is_flag=True, help="Overwrite edited and foreign files.")
@click.option(
    "--html",
    is_flag=True,
    help="Also write REPORT.html, the page of `translator report`; it needs "
    "`kfp-translator[graph]`.",
)
@verify_option
@exclude_options
@report_options
@decision_options
@reading_options
@jobs_option
@deploy_options
@click.pass_context
def convert(
    ctx: click.Context,
    /,
    pipelines: tuple[str, ...],
    to: str,
    output: str | None,
    dry_run: str,
    force: bool,
    verify: bool,
    html: bool,
    jobs: int | None,
    **others: Any,
) -> None:
    """Write a folder with the pipeline and a script that runs it.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input. {scripts}; the
    options below set its defaults.

    All pipelines are read before files are written. The files of a pipeline are written all or
    none; with errors, none.
    """
    if output == "-":
        raise click.UsageError("a bundle is several files and cannot be written to standard output")
    report = Report.of(others)
    how = replace(read_options_of(others), ledger=report.form == "json")
    choices = choices_of(ctx, others, how, report)
    options = options_of(to, given_defaults(to, others) | choices.options())
    require_source(options, verify=verify)
    given = inputs_of(pipelines, output, apart_from=choices.plan.file, exclude=exclusion_of(others))
    chosen, usage = choices.by_input(), Usage(choices)
    writing = Writing(how, to, options, chosen, report.policy, verify, html)
    work = partial(_translate, writing=writing)
    with report.progress(outcomes(ctx, work, given, jobs), len(given), "converting") as steps:
        translated = list(_bundles(usage.watched(steps), report, to))
    usage.report(report)
    planned = list(_planned(translated, report, force=force or dry_run == "diff"))
    done = planned if dry_run else list(_written(planned, report, force=force))
    bundles = list(_shown_bundles(done, report, dry_run))
    outcome = _outcome(bundles, len(given) - len(report.skipped), to, dry_run=bool(dry_run))
    ctx.exit(report.finish(outcome, "" if dry_run else _next(bundles, to)))


def _shown_bundles(
    done: Iterable[tuple[Bundle, Plan]], report: Report, dry_run: str
) -> Iterator[Bundle]:
    """The bundles, whose files are listed."""
    for bundle, plan in done:
        report.note(bundle.given, written=not dry_run, files=_paths(bundle, bundle.files))
        report.show("" if report.quiet and not dry_run else _listed(bundle, plan, dry_run))
        yield bundle


def _bundles(steps: Iterable[tuple[Input, Outcome]], report: Report, to: str) -> Iterator[Bundle]:
    """The bundles of the pipelines that can be translated."""
    for one, outcome in steps:
        facts = {"to": to, "written": False, "files": [], **outcome.facts}
        if report.add(outcome.found, one, **facts) and outcome.files is not None:
            kfp = outcome.facts.get("compiled", {}).get("kfp", "")
            yield Bundle(one, outcome.files, outcome.balance, outcome.arguments, kfp)


def _translate(one: Input, writing: Writing) -> Outcome:
    from translator import api
    from translator.leaf_counts import counted

    done, own, to = Outcome([]), writing.chosen.of(one), writing.to
    with found_in(one) as found:
        how = own.reading(writing.how)
        reading = one.read(how)
        options = own.fitted(writing.options, reading)
        reading = api.decide(reading, to, options)
        done = done._replace(used=used_by(reading, how))
        found += api.findings(reading, to, options)
        done = done._replace(used=used_by(reading, how) | accepted_by(found, options))
        writer = api.target(reading, to, options)
        counts, lost = counted(reading, writer)
        facts = _leaves(reading, counts, writer, lost)
        if writing.verify and not writing.policy.refuses(found):
            certificate = api.verify(reading, to, options)
            found += certificate.findings(reading.pipeline.origin)
            facts["compiled"] = {"kfp": certificate.kfp, "identical": certificate.identical}
        done = done._replace(facts=facts, balance=counts)
        if not writing.policy.refuses(found):
            shown = writing.policy.applied(found)
            files = api.bundled(reading, shown, to, options, file=one.name).files
            if writing.html:
                about = (one.survey(how), reading, shown, writer, options, counts)
                files = {**files, **_page(one, *about)}
            arguments = target(to).open_arguments(reading.pipeline, options)
            done = done._replace(files=files, arguments=arguments)
    return done._replace(found=found)


def _page(one: Input, *about: Any) -> dict[str, str]:
    """The dossier, as a file of the bundle."""
    from translator.dossier import NAME, Dossier, dossier

    return {NAME: dossier(Dossier(one.name, one.lines(), *about))}


def _leaves(
    reading: Reading, counts: Mapping[str, int], to: Target, lost: Sequence[str]
) -> dict[str, Any]:
    """The fates of a file's leaves, for the JSON format."""
    from translator.diagnostics.redaction import masked
    from translator.leaf_counts import at_target

    ledger = reading.ledger or {}
    fates = {masked(at): at_target(fate, to).value for at, fate in ledger.items()}
    fates |= {masked(at): "reported" for at in lost if ledger}
    return {"leaves": {"total": sum(counts.values()), **counts}, "ledger": fates}


def _planned(
    bundles: list[Bundle], report: Report, *, force: bool
) -> Iterator[tuple[Bundle, Plan]]:
    """The plan for each bundle that can be written; others have errors."""
    from translator.bundle import plan

    taken: dict[object, str] = {}
    for bundle in bundles:
        with found_in(bundle.given) as found:
            found += _taken(bundle, taken)
            taken.setdefault(_place(bundle.folder), bundle.given.name)
            if bundle.given.has_changed():
                from translator.diagnostics import Origin, output

                found.append(output.CHANGED_MEANWHILE.at(Origin(bundle.given.name)))
            planned = plan(bundle.files, bundle.folder, force=force)
            found += planned.left
        if report.add(found, bundle.given):
            yield bundle, planned


def _written(
    planned: list[tuple[Bundle, Plan]], report: Report, *, force: bool
) -> Iterator[tuple[Bundle, Plan]]:
    from translator.bundle import write

    taken: dict[object, str] = {}
    for bundle, plan in planned:
        with found_in(bundle.given) as found:
            # Again: some file systems are case-insensitive, which shows after the first file
            # exists.
            found += _taken(bundle, taken)
            if not found:
                write(bundle.files, bundle.folder, force=force)
                taken[_place(bundle.folder)] = bundle.given.name
        if not found:
            yield bundle, plan
        report.add(found, bundle.given)


def _taken(bundle: Bundle, taken: Mapping[object, str]) -> Iterator[Diagnostic]:
    """An error if another pipeline is written to the folder."""
    first = taken.get(_place(bundle.folder))
    if first is not None and first != bundle.given.name:
        from translator.diagnostics import Origin, output

        origin = Origin(bundle.given.name)
        yield output.SAME_FOLDER.at(origin, first=first, folder=bundle.folder)


def _place(folder: str) -> object:
    """An identifier of a folder, the same for all its paths."""
    try:
        found = os.stat(folder)
    except OSError:
        return os.path.realpath(folder)
    return found.st_dev, found.st_ino


def _paths(bundle: Bundle, names: Iterable[str]) -> list[str]:
    return [os.path.join(bundle.folder, *name.split("/")) for name in names]


def _listed(bundle: Bundle, plan: Plan, dry_run: str) -> str:
    """The paths that were written, with ``--dry-run`` the action for each, or the changes."""
    if dry_run == "diff":
        from translator.cli.changes import diff

        return diff(bundle.files, bundle.folder, plan, _edited(bundle))
    if not dry_run:
        return "".join(f"{_shown(path)}\n" for path in _paths(bundle, bundle.files))
    fates = {
        "create": plan.create,
        "replace": plan.replace,
        "keep": plan.keep,
        "remove": plan.remove,
    }
    return "".join(
        f"{fate:<8} {_shown(path)}\n"
        for fate, names in fates.items()
        for path in _paths(bundle, names)
    )


def _edited(bundle: Bundle) -> frozenset[str]:
    """The files in the folder that are not overwritten without ``--force``."""
    from translator.bundle import plan
    from translator.diagnostics import TranslationError

    try:
        plan(bundle.files, bundle.folder)
    except TranslationError as error:
        return frozenset(str(finding.facts.get("name")) for finding in error.diagnostics)
    return frozenset()


def _shown(path: str) -> str:
    """The path, escaped so that no terminal, ``cd`` or GitHub log reads it as a command."""
    from translator.diagnostics.redaction import told

    shown = told(path).replace("##[", "##\\[")
    return f".{os.sep}{shown}" if shown.startswith(("-", ":", "~")) else shown


def _outcome(bundles: list[Bundle], asked: int, to: str, *, dry_run: bool) -> str:
    from translator.leaf_counts import line

    title = target(to).title
    done = "would be written" if dry_run else "written"
    if not bundles:
        return "nothing " + done
    if asked > 1:
        return f"{len(bundles)} of {asked} pipelines {done} for {title}"
    first = bundles[0]
    outcome = f"{_shown(first.folder)} {done} for {title}\n{line(first.balance)}"
    if not first.kfp:
        return outcome
    lost = bool(first.balance.get("reported"))
    return f"{outcome}\n{same_pipeline(first.kfp, lost=lost)}"


def _next(bundles: list[Bundle], to: str) -> str:
    """The next command for the user, for the first bundle."""
    import shlex

    if not bundles:
        return ""
    run = " ".join(["python", target(to).script, *bundles[0].arguments, "--dry-run"])
    folder = shlex.quote(_shown(bundles[0].folder))
    return f"next: cd {folder} && python -m pip install -r requirements.txt && {run}\n"
