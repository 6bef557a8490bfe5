"""The options for decisions about parts of a pipeline, one for each kind."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from translator.plan.kinds import ENTRYPOINTS, KINDS, METRICS, Form, Kind, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

#: The kinds with an option of their own here: entrypoints are options for reading KFP v1.
_KINDS = tuple(kind for kind in KINDS if kind is not ENTRYPOINTS and kind.flag)
#: The names of the options, for the sections of the help.
FLAGS = frozenset({"--plan", *(kind.flag.partition("/")[0] for kind in _KINDS)})


def decision_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command."""
    for kind in reversed(_KINDS):
        command = _option(kind)(command)
    return click.option(
        "--plan",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="The plan, a file of `translator plan` with decisions. The options below override "
        "it. Default: `plan` in translator.toml.",
    )(command)


def given_decisions(values: dict[str, Any]) -> dict[str, Any]:
    """Takes the options' values out of ``values``: field of ``Decisions`` → its value, if given."""
    given = {kind.field: values.pop(kind.field) for kind in _KINDS}
    return {field: value for field, value in given.items() if value not in (None, {}, ())}


def _option(kind: Kind) -> Callable[[Any], Any]:
    if kind is METRICS:
        return click.option(kind.flag, kind.field, help=kind.help, default=None)
    return click.option(
        *(kind.flag, kind.field),
        metavar=kind.metavar,
        multiple=True,
        callback=partial(_names if kind.form is Form.SWITCH else _pairs, kind=kind),
        help=f"{kind.help} May be repeated.",
    )


def _names(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...], kind: Kind
) -> tuple[str, ...]:
    if not all(given):
        raise click.BadParameter(f"the name of the {kind.thing} is missing")
    return tuple(dict.fromkeys(given))


def _pairs(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...], kind: Kind
) -> dict[str, Any]:
    """Key → value. Invalid and contradicting values are usage errors."""
    found: dict[str, Any] = {}
    for one in given:
        key, equals, text = one.rpartition("=") if kind.last_sign else one.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"'{one}' is not {kind.metavar}")
        value = _value(kind, text, one)
        if found.setdefault(key, value) != value:
            raise click.BadParameter(f"{kind.thing} '{key}' has two different values")
    return found


def _value(kind: Kind, text: str, shown: str) -> Any:
    try:
        value = parsed(kind, text)
        if kind.form is Form.FILE:
            from translator.config_map_files import read

            value = read(text)
    except (ValueError, OSError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise click.BadParameter(f"'{shown}': {problem}") from error
    return value
