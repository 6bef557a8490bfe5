"""``translator prerequisites``: manifests of what a cluster must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from translator.cli.exclusion import exclude_options, exclusion_of
from translator.cli.group import CURRENT
from translator.cli.inputs import inputs_of, pipelines_argument
from translator.cli.reading import read_options_of, reading_options
from translator.cli.reporting import Report, found_in, report_options
from translator.cli.work import without_collection

if TYPE_CHECKING:
    from translator.targets.kubeflow.cluster_needs import Need


def _namespace(ctx: click.Context, param: click.Parameter, given: str | None) -> str:
    if given is None:
        return ""
    from translator.targets.kubeflow.manifests import NAMESPACE

    if not NAMESPACE.fullmatch(given):
        raise click.BadParameter(f"'{given}' is not the name of a namespace")
    return given


@click.command(short_help="Print the manifests that pipelines need on Kubeflow.")
@pipelines_argument
@click.option(
    "-n",
    "--namespace",
    metavar="NAMESPACE",
    callback=_namespace,
    help="The namespace of the objects. Default: the manifests have none.",
)
@exclude_options
@report_options
@reading_options
@click.pass_context
def prerequisites(
    ctx: click.Context, /, pipelines: tuple[str, ...], namespace: str, **others: Any
) -> None:
    """Print manifests of the secrets, config maps, claims ... that pipelines need on Kubeflow.

    PIPELINE is a compiled pipeline, a folder of pipelines, or - for standard input. The YAML has
    an object for everything that must be in the cluster before a run, and comments with the tasks
    and lines that use it. Replace the words in capitals, as VALUE, before `kubectl apply -f FILE`.
    """
    from translator.targets.kubeflow.cluster_needs import cluster_needs, names_are_valid
    from translator.targets.kubeflow.manifests import manifest, manifests

    report = Report.of(others)
    how = read_options_of(others)
    needs: list[Need] = []
    incomplete: list[str] = []
    given = inputs_of(pipelines, exclude=exclusion_of(others))
    with report.progress(given, len(given), "reading") as watched:
        for one in watched:
            ctx.meta[CURRENT] = one.name
            own: tuple[Need, ...] = ()
            with found_in(one) as found, without_collection():
                pipeline = one.read(how).pipeline
                own = cluster_needs(pipeline)
                found += names_are_valid(pipeline)
                incomplete += [] if pipeline.complete else [one.name]
            valid = [need for need in own if need.has_valid_name or not need.name]
            report.add(found, one, prerequisites=[manifest([need], namespace) for need in valid])
            needs += own
    if not report.refuses(report.diagnostics):
        report.show(manifests(needs, namespace, incomplete))
    ctx.exit(report.finish())
