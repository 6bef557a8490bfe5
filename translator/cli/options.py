"""The deploy defaults of ``convert`` as options.

They are written out here, and not derived from the writers' ``Options``, because ``--help``
would otherwise load the writers; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERTEX, KUBEFLOW = "vertex", "kubeflow"
TARGETS = (VERTEX, KUBEFLOW)
BOTH = TARGETS

#: What a target is called in sentences.
TITLES = {VERTEX: "Vertex AI", KUBEFLOW: "Kubeflow"}


target_option = click.option(
    "--to",
    type=click.Choice(TARGETS),
    default=VERTEX,
    show_default=True,
    help="What the files are for.",
)


class Default(NamedTuple):
    """One option, and the field of ``Options`` that it fills."""

    flag: str
    field: str
    targets: tuple[str, ...]
    help: str
    #: Arguments of ``click.option`` beside these.
    settings: dict[str, Any] = {}  # noqa: RUF012 - read only


DEFAULTS = (
    Default("--pipeline-root", "pipeline_root", BOTH, "Where artifacts go: gs://BUCKET/PATH."),
    Default("--service-account", "service_account", BOTH, "The account that the tasks run as."),
    Default("--experiment", "experiment", BOTH, "The experiment that runs are listed under."),
    Default("--project", "project", (VERTEX,), "The Google Cloud project."),
    Default("--location", "location", (VERTEX,), "The region, for example us-central1."),
    Default("--display-name", "display_name", (VERTEX,), "The name that the console shows."),
    Default(
        "--network", "network", (VERTEX,), "projects/NUMBER/global/networks/NAME to peer with."
    ),
    Default(
        "--reserved-ip-range",
        "reserved_ip_ranges",
        (VERTEX,),
        "A range of the network to take addresses from. May be repeated.",
        {"multiple": True},
    ),
    Default(
        "--psc-network-attachment",
        "psc_network_attachment",
        (VERTEX,),
        "The attachment for a Private Service Connect interface.",
    ),
    Default("--encryption-key", "encryption_key", (VERTEX,), "The full name of a Cloud KMS key."),
    Default(
        "--label", "labels", (VERTEX,), "A label of the run. May be repeated.", {"multiple": True}
    ),
    Default(
        "--failure-policy",
        "failure_policy",
        (VERTEX,),
        "slow: run what still can; fast: start nothing new after a failure.",
        {"type": click.Choice(["slow", "fast"])},
    ),
    Default("--schedule", "schedule", (VERTEX,), "Five fields of cron, to run it regularly."),
    Default("--host", "host", (KUBEFLOW,), "The address of the Kubeflow Pipelines API."),
    Default("--namespace", "namespace", (KUBEFLOW,), "The namespace of a multi-user Kubeflow."),
)


class DeployCommand(click.Command):
    """A command whose help lists the deploy defaults apart, target by target."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options in sections."""
        flags = {one.flag: one.targets for one in DEFAULTS}
        sections: dict[tuple[str, ...], list[tuple[str, str]]] = {(): []}
        sections |= {BOTH: [], (VERTEX,): [], (KUBEFLOW,): []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record and isinstance(param, click.Option):
                sections[flags.get(_first_flag(param), ())].append(record)
        for targets, records in sections.items():
            title = "Defaults, " + " and ".join(TITLES[target] for target in targets)
            with formatter.section(title if targets else "Options"):
                formatter.write_dl(records)


def deploy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of ``DEFAULTS``."""
    for one in reversed(DEFAULTS):
        command = click.option(one.flag, one.field, help=one.help, **one.settings)(command)
    return command


def given_defaults(to: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The deploy defaults that were given, by field. Wrong usage if the target knows one not."""
    given = {one: values[one.field] for one in DEFAULTS if values[one.field] not in (None, ())}
    for one in given:
        if to not in one.targets:
            known = " and ".join(TITLES[target] for target in one.targets)
            flag = one.flag.partition("/")[0]
            raise click.UsageError(f"{flag} is for {known}, and the files are for {TITLES[to]}")
    return {one.field: value for one, value in given.items()}


def options_of(to: str, defaults: Mapping[str, Any]) -> Any:
    """The ``Options`` of the target's writer, with these fields."""
    from translator.targets import TARGETS as known

    return known[to].options(**defaults)


def _first_flag(param: click.Parameter) -> str:
    return "/".join([*param.opts, *param.secondary_opts])
