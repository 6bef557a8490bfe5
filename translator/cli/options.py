"""The deploy defaults of ``convert`` as options.

They are written out here, and not derived from the writers' ``Options``, because ``--help``
would otherwise load the writers; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from translator.cli.reading import FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERTEX, KUBEFLOW = "vertex", "kubeflow"
TARGETS = (VERTEX, KUBEFLOW)

#: What a target is called in sentences.
TITLES = {VERTEX: "Vertex AI", KUBEFLOW: "Kubeflow"}


class _Target(click.Choice):  # type: ignore[type-arg]
    """A choice that also says what a misspelt one may have been."""

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
    type=_Target(TARGETS),
    default=VERTEX,
    show_default=True,
    help="What the files are for.",
)


class Default(NamedTuple):
    """One option, and the fields of the targets' ``Options`` that it fills."""

    flag: str
    #: Target → field; a target that is not there does not know the option.
    fields: Mapping[str, str]
    help: str
    #: Arguments of ``click.option`` beside these.
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The first spelling of the flag."""
        return self.flag.partition("/")[0]


def _for(*targets: str) -> Callable[..., Default]:
    def default(flag: str, help: str, field: str = "", **settings: Any) -> Default:
        name = field or flag.partition("/")[0].lstrip("-").replace("-", "_")
        return Default(flag, dict.fromkeys(targets, name), help, settings)

    return default


def _labels(
    ctx: click.Context, param: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, str] | None:
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"'{pair}' is not KEY=VALUE")
    return dict(pair.split("=", 1) for pair in pairs) or None


_both, _vertex, _kubeflow = _for(*TARGETS), _for(VERTEX), _for(KUBEFLOW)

DEFAULTS = (
    _both("--pipeline-root", "Where artifacts go, for example gs://BUCKET/PATH."),
    _both("--service-account", "The account that the tasks run as."),
    _both("--experiment", "The experiment that the runs belong to."),
    _both("--cache/--no-cache", "Reuse results of earlier runs, or never; else as each task says."),
    _vertex("--single-file", "Put the modules that main.py imports into it.", is_flag=True),
    _vertex("--project", "The Google Cloud project."),
    _vertex("--location", "The region, for example us-central1."),
    _vertex("--display-name", "The name that the console shows."),
    _vertex(
        "--label",
        "A label of the run. May be repeated.",
        "labels",
        metavar="KEY=VALUE",
        multiple=True,
        callback=_labels,
    ),
    _vertex("--network", "The network to peer with: projects/NUMBER/global/networks/NAME."),
    _vertex(
        "--reserved-ip-range",
        "A range of addresses of the network. May be repeated.",
        "reserved_ip_ranges",
        multiple=True,
    ),
    _vertex("--psc-network-attachment", "The attachment for Private Service Connect."),
    _vertex("--encryption-key", "The full name of a Cloud KMS key."),
    _vertex(
        "--failure-policy",
        "After a failure, slow: run what still can; fast: start nothing new.",
        type=click.Choice(["slow", "fast"]),
    ),
    _vertex("--schedule", "Run it regularly: five fields of cron.", metavar="CRON"),
    _kubeflow("--host", "The address of the Kubeflow Pipelines API."),
    _kubeflow("--namespace", "The namespace of a multi-user Kubeflow."),
    _kubeflow("--run-name", "The name of the run."),
    _kubeflow("--recurring", "Run it regularly: five fields of cron, or six.", metavar="CRON"),
)


class DeployCommand(click.Command):
    """A command whose help lists the deploy defaults apart, target by target."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options in sections."""
        targets_of = {one.name: tuple(one.fields) for one in DEFAULTS}
        titles = {(): "Options", FLAGS: "Reading KFP v1"}
        for targets in (TARGETS, (VERTEX,), (KUBEFLOW,)):
            titles[targets] = "Defaults, " + " and ".join(TITLES[target] for target in targets)
        sections: dict[tuple[str, ...], list[tuple[str, str]]] = {key: [] for key in titles}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record and isinstance(param, click.Option):
                reading = FLAGS if param.opts[0] in FLAGS else ()
                sections[targets_of.get(param.opts[0], reading)].append(record)
        for key, records in sections.items():
            with formatter.section(titles[key]):
                formatter.write_dl(records)


def deploy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of ``DEFAULTS``."""
    for one in reversed(DEFAULTS):
        settings = {"default": None, **one.settings}
        command = click.option(one.flag, _value(one), help=one.help, **settings)(command)
    return command


def given_defaults(to: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The deploy defaults that were given, by field. Wrong usage if the target knows one not."""
    given = [one for one in DEFAULTS if values[_value(one)] not in (None, ())]
    for one in given:
        if to not in one.fields:
            known = " and ".join(TITLES[target] for target in one.fields)
            raise click.UsageError(f"{one.name} is for {known}, and the files are for {TITLES[to]}")
    return {one.fields[to]: values[_value(one)] for one in given}


def options_of(to: str, defaults: Mapping[str, Any]) -> Any:
    """The ``Options`` of the target's writer, with these fields.

    Wrong usage if the script that is written would refuse them.
    """
    from translator.diagnostics.safe import printable
    from translator.targets import target

    chosen = target(to)
    options = chosen.options(**defaults)
    for problem in chosen.option_problems(options) if defaults else ():
        raise click.UsageError(printable(problem))
    return options


def _value(default: Default) -> str:
    """The name that click gives the option's value."""
    return default.name.lstrip("-").replace("-", "_")
