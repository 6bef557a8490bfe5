"""The options for the severity of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

    from translator.diagnostics.policy import Policy


def policy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command."""
    for option in (
        click.option(
            "--error",
            metavar="CODE",
            multiple=True,
            callback=_codes,
            shell_complete=complete,
            help="Treat this warning or note as an error. May be repeated or comma-separated.",
        ),
        click.option(
            "--ignore",
            metavar="CODE[:FIELD]",
            multiple=True,
            callback=_codes,
            shell_complete=complete,
            help="Ignore this warning or note, or only those at a field, for example "
            "TR304:metadata.annotations. May be repeated or comma-separated.",
        ),
        click.option("--strict", is_flag=True, help="Treat warnings as errors."),
    ):
        command = option(command)
    return command


def policy_of(values: dict[str, Any]) -> Policy:
    """Takes the options' values out of ``values``; the settings of the project's file are added."""
    from translator.cli.config import configured
    from translator.diagnostics.policy import Policy

    given = {name: values.pop(name) for name in ("strict", "ignore", "error")}
    return configured().policy.joined(Policy.of(**given))


def complete(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The codes that begin with the typed text."""
    from click.shell_completion import CompletionItem

    from translator.diagnostics.codes import RULES
    from translator.diagnostics.manual import sentence

    return [
        CompletionItem(code, help=sentence(rule.what))
        for code, rule in RULES.items()
        if code.startswith(typed.upper())
    ]


def _codes(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of the option, which may be comma-separated. Errors cannot be ignored."""
    codes = tuple(code.strip() for one in given for code in one.split(",") if code.strip())
    if codes:
        from translator.diagnostics.policy import Policy

        try:
            Policy.of(ignore=codes) if param.name == "ignore" else Policy.of(error=codes)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return codes
