"""``--to``, and the deploy defaults of ``convert``: the options of all targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli import decision_options
from translator.cli.reading import FLAGS
from translator.targets import TARGETS, target
from translator.targets.base import PIN_KFP, PYTHON, SINGLE_FILE, STYLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from translator.targets.base import BaseOptions, Flag


_OPTIONS, _DECISIONS, _KFP_V1 = "Options", "Decisions", "KFP v1 options"
#: The options of targets that ``check`` has too, by the names of their values.
CHECKED = ("style", "pin_kfp", "upgrade")
#: The options of targets about the files of a bundle, not about its runs.
_OF_BUNDLES = frozenset({STYLE.spelling, PIN_KFP.spelling, SINGLE_FILE.spelling})
#: The first sections of the help.
_SECTIONS = (_OPTIONS, _DECISIONS, _KFP_V1)


class _Target(click.Choice):  # type: ignore[type-arg]
    """A choice that suggests the nearest value for a misspelt one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as wrong:
            from translator.diagnostics.spelling import closest

            guess = closest(str(value), self.choices)
            if not guess:
                raise
            told = f"{wrong.message} Did you mean '{guess}'?"
            raise click.BadParameter(told, ctx, param) from wrong


target_option = click.option(
    "--to",
    type=_Target(tuple(TARGETS)),
    default=next(iter(TARGETS)),
    show_default=True,
    help="The target platform.",
)


def _flags() -> dict[str, tuple[Flag, list[str]]]:
    """Name of an option's value → the option, and the targets that have it."""
    flags: dict[str, tuple[Flag, list[str]]] = {}
    for to in TARGETS:
        for flag in target(to).flags:
            flags.setdefault(flag.variable, (flag, []))[1].append(to)
    return flags


def titles(names: Iterable[str] = TARGETS, joint: str = "and") -> str:
    """The targets in a sentence: ``A, B and C``."""
    *first, last = (target(to).title for to in names)
    return f"{', '.join(first)} {joint} {last}" if first else last


def _scripts() -> str:
    """The scripts of the targets, in a sentence."""
    first, *others = map(target, TARGETS)
    scripts = [f"for {other.title} {other.script}" for other in others]
    return ", ".join([f"For {first.title} the script is {first.script}", *scripts])


class SectionedCommand(click.Command):
    """A command whose help lists its options in sections."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the help, with the scripts of the targets."""
        self.help = (self.help or "").format(scripts=_scripts())
        super().format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options in sections: deploy defaults by target."""
        flags = _flags()
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in _SECTIONS}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record and isinstance(param, click.Option):
                title = _section(param.opts[0])
                if param.name in flags and param.opts[0] not in _OF_BUNDLES:
                    title = f"Defaults for {titles(flags[param.name][1])}"
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def _section(flag: str) -> str:
    """The section of an option; those of targets without another one go by target."""
    if flag in FLAGS:
        return _KFP_V1
    return _DECISIONS if flag in decision_options.FLAGS else _OPTIONS


verify_option = click.option(
    "--verify",
    is_flag=True,
    help="Compile the written pipeline.py with the installed kfp and compare the result with the "
    "pipeline. A difference is an error.",
)


def same_pipeline(kfp: str, *, lost: bool) -> str:
    """The result of ``--verify``; ``lost``: values of the file are in neither pipeline."""
    without = ", without the values that are reported" if lost else ""
    return f"kfp {kfp} compiles pipeline.py to the same pipeline{without}"


def require_source(options: BaseOptions, *, verify: bool = False) -> None:
    """Usage error for options about pipeline.py where none is written."""
    if options.style != PYTHON:
        for given, flag in ((verify, "--verify"), (options.pin_kfp, PIN_KFP.spelling)):
            if given:
                raise click.UsageError(f"{flag} is about pipeline.py, which --style python writes")


def deploy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of all targets, each once."""
    for flag, _ in reversed(_flags().values()):
        command = _option(flag)(command)
    return command


def check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of targets that change the findings."""
    for flag, _ in _flags().values():
        if flag.variable in CHECKED:
            command = _option(flag)(command)
    return command


def _option(flag: Flag) -> Callable[[Any], Any]:
    """The option as click has it."""
    settings: dict[str, Any] = {}
    if flag.metavar:
        settings["metavar"] = flag.metavar
    if flag.choices:
        settings["type"] = click.Choice(flag.choices)
    if flag.switch:
        settings["is_flag"] = True
    if flag.repeated:
        settings["multiple"] = True
    if flag.pairs:
        settings |= {"metavar": "KEY=VALUE", "multiple": True, "callback": _mapping}
    return click.option(flag.name, flag.variable, help=flag.help, default=None, **settings)


def _mapping(
    ctx: click.Context, param: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, str] | None:
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"'{pair}' is not KEY=VALUE")
    return dict(pair.split("=", 1) for pair in pairs) or None


def given_defaults(
    to: str, values: Mapping[str, Any], names: Iterable[str] | None = None
) -> dict[str, Any]:
    """The deploy defaults that were given, by field. Usage error: an option of another target.

    ``names`` are those of the options that the command has; None for all.
    """
    fields: dict[str, Any] = {}
    flags = _flags()
    for name in flags if names is None else names:
        flag, known = flags[name]
        if values[name] in (None, ()):
            continue
        if to not in known:
            unfit = f"{flag.spelling} is an option for {titles(known)}"
            raise click.UsageError(f"{unfit}, and the target is {titles([to])}")
        fields[flag.field] = values[name]
    return fields


def options_of(to: str, defaults: Mapping[str, Any]) -> BaseOptions:
    """The ``Options`` of the target, with these fields.

    Usage error if the generated script would reject them.
    """
    from translator.diagnostics.redaction import printable

    chosen = target(to)
    options = chosen.options(**defaults)
    for problem in chosen.option_problems(options) if defaults else ():
        raise click.UsageError(printable(problem))
    return options
