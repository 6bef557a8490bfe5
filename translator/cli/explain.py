"""``translator explain``: what a code means and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from click.shell_completion import CompletionItem

    from translator.diagnostics import Rule


def _complete(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from translator.diagnostics.codes import RULES

    return [
        CompletionItem(code, help=sentence(rule.what))
        for code, rule in RULES.items()
        if code.startswith(typed.upper())
    ]


@click.command()
@click.argument("code", required=False, shell_complete=_complete)
def explain(code: str | None) -> None:
    """Explain a code that a message carries, for example TR103.

    Without a code, lists them all.
    """
    from translator.diagnostics.codes import RULES

    if code is None:
        click.echo("".join(f"{line}\n" for line in _listed(RULES.values())), nl=False)
        return
    rule = RULES.get(code.upper())
    if rule is None:
        raise click.UsageError(f"no code '{code}'; `translator explain` lists them all")
    click.echo(_page(rule.code) or _told(rule), nl=False)


def sentence(text: str) -> str:
    """A rule's sentence with the names of its facts where the facts would stand."""
    return text.format_map(_Names())


class _Names(dict[str, "_Name"]):
    def __missing__(self, name: str) -> _Name:
        return _Name(name.upper())


class _Name(str):
    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


def _listed(rules: Iterable[Rule]) -> Iterable[str]:
    for rule in rules:
        yield f"{rule.code}  {rule.severity.value:<7}  {sentence(rule.what)}"


def _page(code: str) -> str:
    """The page that is shipped for the code; empty when there is none."""
    from importlib.resources import files

    page = files("translator.diagnostics") / "pages" / f"{code}.md"
    return page.read_text(encoding="utf-8") if page.is_file() else ""


def _told(rule: Rule) -> str:
    lines = [f"{rule.code} ({rule.severity.value}): {sentence(rule.what)}"]
    if rule.hint:
        lines.append(f"help: {sentence(rule.hint)}")
    return "".join(f"{line}\n" for line in lines)
