"""``translator explain``: the meaning of a code and the action."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from translator.cli.policy import complete

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.diagnostics import Rule


@click.command()
@click.argument("code", required=False, shell_complete=complete)
def explain(code: str | None) -> None:
    """Explain the code of a message, for example TR103.

    Without CODE, list all codes.
    """
    from translator.diagnostics.codes import RULES
    from translator.diagnostics.spelling import question

    if code is None:
        click.echo("".join(f"{line}\n" for line in _listed(RULES.values())), nl=False)
        return
    rule = RULES.get(code.upper())
    if rule is None:
        guess = question(code, RULES)
        raise click.UsageError(
            f"unknown code '{code}'{guess}; `translator explain` lists all codes"
        )
    click.echo(_told(rule), nl=False)


def _listed(rules: Iterable[Rule]) -> Iterable[str]:
    from translator.diagnostics.manual import sentence

    for rule in rules:
        yield f"{rule.code}  {rule.severity.value:<7}  {sentence(rule.what)}"


def _told(rule: Rule) -> str:
    """The message of the rule, its help, and its page."""
    from translator.diagnostics.manual import page, sentence

    lines = [f"{rule.code} ({rule.severity.value}): {sentence(rule.what)}"]
    if rule.hint:
        lines.append(f"help: {sentence(rule.hint)}")
    return "".join(f"{line}\n" for line in lines) + f"\n{page(rule.code)}"
