"""``translator assess``: how many pipelines convert, and what blocks the others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from translator.cli.decision_options import decision_options
from translator.cli.decisions import choices_of, fitted
from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.group import DONE, INTERNAL_ERROR
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.options import (
    CHECKED,
    SectionedCommand,
    check_options,
    given_defaults,
    options_of,
    target_option,
)
from translator.cli.policy import policy_of, policy_options
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, json_text
from translator.cli.saving import save
from translator.cli.work import Outcome, jobs_option, outcomes
from translator.diagnostics.internal import UNEXPECTED
from translator.diagnostics.redaction import guarded
from translator.records import NamedTuple, replace
from translator.targets import target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.api import Reading
    from translator.assessment.fleet import Assessment
    from translator.assessment.pipelines import Assessed, Work
    from translator.cli.decisions import ChosenFor, Used
    from translator.cli.inputs import Input
    from translator.decisions import Decisions, Need
    from translator.diagnostics import Diagnostic
    from translator.diagnostics.policy import Policy
    from translator.readers.options import ReadOptions
    from translator.targets.base import BaseOptions


class _Question(NamedTuple):
    """What is asked of each pipeline."""

    how: ReadOptions
    to: str
    options: BaseOptions
    policy: Policy
    #: The decisions of the plan, and all that are made: kind and key.
    shared: Used = frozenset()
    made: Used = frozenset()


class _Answer(NamedTuple):
    """What is found in a pipeline, and the decisions that it needs."""

    found: list[Diagnostic]
    #: None if it could not be read.
    reading: Reading | None = None
    needs: Sequence[Need] = ()


@click.command(cls=SectionedCommand, short_help="Show what blocks many pipelines.")
@pipelines_argument
@target_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json", "html"]),
    default="text",
    show_default=True,
    help="markdown, html: a page; json: all data, for programs.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The file to write. Default: standard output.",
)
@exclude_options
@policy_options
@decision_options
@check_options
@reading_options
@jobs_option
@click.pass_context
def assess(
    ctx: click.Context,
    /,
    pipelines: tuple[str, ...],
    to: str,
    form: str,
    output: str | None,
    jobs: int | None,
    **others: Any,
) -> None:
    """Assess many pipelines before a migration.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input. Shows how many
    convert, the errors that block the others, ranked by the pipelines that each frees, components
    and images that pipelines share, and an order of migration. The exit status is 0 for blocked
    pipelines too; `translator check` has their findings.
    """
    report = Report(form="text", verbose=False, policy=policy_of(others))
    how = read_options_of(others)
    choices = choices_of(ctx, others, how, report)
    given = inputs_of(pipelines, apart_from=choices.plan.file, exclude=exclusion_of(others))
    options = options_of(to, given_defaults(to, others, CHECKED) | choices.options())
    asked = _Question(how, to, options, report.policy)
    work = partial(_assess, asked=asked, chosen=choices.by_input())
    found: list[Assessed] = []
    with report.progress(outcomes(ctx, work, given, jobs), len(given), "assessing") as steps:
        for one, outcome in steps:
            if not report.skips(outcome.found, one) and outcome.assessed is not None:
                found.append(outcome.assessed)
    from translator.assessment.fleet import assessment

    page = _page(assessment(found, target(to).title, report.skipped), form)
    if output:
        save(output, page)
    else:
        click.echo(guarded(page), nl=False)
    for line in report.skipped_lines():
        click.echo(guarded(line), err=True)
    ctx.exit(_status(found))


def _status(found: list[Assessed]) -> int:
    is_internal = any(UNEXPECTED.code in one.blockers for one in found)
    return INTERNAL_ERROR if is_internal else DONE


def _page(made: Assessment, form: str) -> str:
    """The assessment in the format."""
    if form == "json":
        from translator.assessment.documents import as_json

        return f"{json_text(as_json(made))}\n"
    if form == "html":
        from translator.assessment.html import page

        return page(made)
    from translator.assessment import texts

    return texts.markdown_page(made) if form == "markdown" else texts.terminal_page(made)


def _assess(one: Input, asked: _Question, chosen: ChosenFor) -> Outcome:
    from translator.assessment.pipelines import assessed, work_of_pipeline
    from translator.assessment.trial import remaining_errors

    own = chosen.of(one)
    options = replace(asked.options, decisions=own.decisions)
    how = own.reading(asked.how)
    asked = asked._replace(how=how, options=options, shared=own.shared, made=own.made)
    answer = _answered(one, asked)
    found = asked.policy.applied(answer.found)
    if answer.reading is None or asked.policy.refuses(found):
        work = _work_of_file(one, asked.how)
    else:
        work = work_of_pipeline(answer.reading.pipeline)

    def attempt(decisions: Decisions) -> tuple[list[Diagnostic], Sequence[Need]]:
        entrypoints = {**asked.how.entrypoints, **decisions.entrypoints}
        how = replace(asked.how, entrypoints=entrypoints)
        options = replace(asked.options, decisions=decisions)
        other = _answered(one, asked._replace(how=how, options=options))
        return asked.policy.applied(other.found), other.needs

    blocking = remaining_errors(found, answer.needs, asked.options.decisions, attempt)
    made = assessed(one.name, found, blocking=blocking, needs=answer.needs, work=work)
    return Outcome(answer.found, assessed=made)


def _answered(one: Input, asked: _Question) -> _Answer:
    from translator import api
    from translator.plan.needed import entrypoint_needs

    answer = _Answer([])
    with found_in(one) as found:
        reading = one.read(asked.how)
        options = fitted(asked.options, reading, asked.shared)
        reading = api.decide(reading, asked.to, options)
        found += api.findings(reading, asked.to, options)
        needs = (*entrypoint_needs(found), *(reading.decided.needs if reading.decided else ()))
        # A task that is kept still has a need.
        needs = tuple(need for need in needs if (need.kind, need.key) not in asked.made)
        answer = _Answer(found, reading, needs)
    return answer._replace(found=found)


def _work_of_file(one: Input, how: ReadOptions) -> tuple[Work, ...]:
    """What the tasks of a file run that cannot be translated; nothing if it is no pipeline."""
    from translator.assessment.pipelines import work_of_outline

    work: tuple[Work, ...] = ()
    with found_in(one):  # its findings are known
        work = work_of_outline(one.survey(how).outline)
    return work
