"""Pipeline → a script that submits it to Kubeflow Pipelines, with the file that it submits."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from translator.model import SCHEMA, Constant, Dag, Importer, ParameterType
from translator.platforms import handed_down
from translator.records import replace
from translator.targets.kubeflow.cluster_needs import cluster_needs
from translator.targets.kubeflow.options import Options
from translator.version import NOTICE
from translator.writers.executor_input import with_converted_input
from translator.writers.inputs import (
    DESCRIPTION_WIDTH,
    asked_for,
    flags_of,
    is_secret,
    reads_as,
    shown,
)
from translator.writers.pipeline_spec import pipeline_spec, platform_spec
from translator.writers.rendering import functions, render
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import (
        Artifact,
        Component,
        Executor,
        InputSource,
        Interface,
        Json,
        Parameter,
        Pipeline,
        Task,
    )
    from translator.targets.kubeflow.cluster_needs import Need

__all__ = ["needs", "option_problems", "rewritten", "write"]

#: The client that the script is written for; it speaks to servers since 2.0.
REQUIREMENTS = "kfp>=2.10,<3\n"
#: The flags of the script itself, without the dashes; an input of that name gets another one.
FLAGS = frozenset(
    {
        "cache",
        "cookie",
        "dry-run",
        "experiment",
        "help",
        "host",
        "max-concurrency",
        "namespace",
        "no-cache",
        "no-catchup",
        "params-file",
        "pipeline-root",
        "poll-seconds",
        "recurring",
        "run-name",
        "service-account",
        "token",
        "upload-only",
        "wait",
    }
)
#: Where the launcher of Kubeflow Pipelines can write.
_ROOTS = ("minio://", "s3://", "gs://")
#: The title of an OpenAPI schema of kfp 1.6 and older.
_SCHEMA_TITLE = re.compile(r"^title: kfp\.(\w+)$", re.MULTILINE)
#: What JSON has and YAML has not: tabs between words, escaped halves of characters, some others.
_NO_YAML = re.compile(r"\t|\\u[dD][89abAB]|[\x7f-\x84\x86-\x9f\ufffe\uffff]")
#: Characters of a key that readers of YAML surely take: 1,000 in the text, where each may be six.
_KEY_WIDTH = 160
#: What Kubernetes takes in the names that are made from the pipeline's.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")


def option_problems(options: Options) -> list[str]:
    """What the script would refuse of these defaults."""
    defined = functions("kubeflow/forms.py", "shared/cron.py")
    settings = {"host": options.host, "recurring": options.recurring}
    return list(defined["setting_problems"](settings))


def write(
    pipeline: Pipeline, options: Options | None = None, workflow: str | None = None
) -> dict[str, str]:
    """Files of a Kubeflow submission: ``submit.py`` and the pipeline that it submits.

    The text of a KFP v1 ``workflow`` stays as it is, byte for byte. (Where it is JSON, it is called
    ``pipeline.yaml`` all the same: KFP 2 knows no other name, and JSON is YAML, but for a few
    things, for which it is written anew.)
    """
    options = options or Options()
    is_v1 = workflow is not None
    return {
        "submit.py": render(
            "kubeflow/submit.py.j2",
            notice=NOTICE,
            is_v1=is_v1,
            name=_name(pipeline, is_v1=is_v1),
            settings=_settings(pipeline, options, is_v1=is_v1),
            parameters=_parameters(pipeline, is_v1=is_v1),
            arguments=_arguments(pipeline, is_v1=is_v1),
            notes=list(_notes(pipeline, options, is_v1=is_v1)),
            needs=[
                {"what": need.what, "create": list(need.words), "manifest": need.manifest}
                for need in needs(pipeline, options)
            ],
        ),
        "pipeline.yaml": _documents(pipeline) if workflow is None else _as_yaml(workflow),
        "requirements.txt": f"# {NOTICE}\n{REQUIREMENTS}",
    }


def needs(pipeline: Pipeline, options: Options) -> tuple[Need, ...]:
    """What the cluster must have before the pipeline can run."""
    return cluster_needs(pipeline, options.service_account)


def pipeline_name(name: str) -> str:
    """The name itself if Kubeflow takes it, else the nearest that it takes."""
    if _NAME.fullmatch(name):
        return name
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain[:128] or "pipeline"


def rewritten(pipeline: Pipeline) -> Pipeline:
    """The pipeline as it is written for Kubeflow, where the file itself is not what it runs."""
    named = replace(pipeline, name=pipeline_name(pipeline.name))
    return with_converted_input(with_titles(in_schema(handed_down(named))))


def in_schema(pipeline: Pipeline) -> Pipeline:
    """The pipeline in schema 2.1.0: servers take no other.

    A file of schema 2.0.0 may give a number to an input that is text.
    """
    if pipeline.schema_version == SCHEMA:
        return pipeline

    def raised(task: Task) -> Task:
        component = pipeline.components.get(task.component)
        declared = component.inputs.parameters if component else {}
        return replace(
            task,
            parameters={
                name: as_text(source)
                if name in declared and declared[name].type is ParameterType.STRING
                else source
                for name, source in task.parameters.items()
            },
        )

    def as_text(source: InputSource) -> InputSource:
        if isinstance(source, Constant) and isinstance(source.value, (int, float)):
            return replace(source, value=json.dumps(source.value))
        return source

    def component(one: Component) -> Component:
        if not isinstance(one.body, Dag):
            return one
        tasks = {name: raised(task) for name, task in one.body.tasks.items()}
        return replace(one, body=replace(one.body, tasks=tasks))

    return replace(
        pipeline,
        schema_version=SCHEMA,
        root=component(pipeline.root),
        components={name: component(one) for name, one in pipeline.components.items()},
    )


def with_titles(pipeline: Pipeline) -> Pipeline:
    """The pipeline, where artifacts with a schema of kfp 1.6 and older have a title instead.

    kfp 2 knows artifacts by their titles; its backend takes ``kfp.Model`` for ``system.Model``.
    """

    def titled(artifact: Artifact) -> Artifact:
        if artifact.schema_title or not artifact.instance_schema:
            return artifact
        title = schema_title(artifact.instance_schema)
        return replace(artifact, schema_title=title, schema_version="0.0.1", instance_schema="")

    def interface(side: Interface) -> Interface:
        return replace(side, artifacts={name: titled(a) for name, a in side.artifacts.items()})

    def component(one: Component) -> Component:
        return replace(one, inputs=interface(one.inputs), outputs=interface(one.outputs))

    def executor(one: Executor) -> Executor:
        return replace(one, artifact=titled(one.artifact)) if isinstance(one, Importer) else one

    return replace(
        pipeline,
        root=component(pipeline.root),
        components={name: component(one) for name, one in pipeline.components.items()},
        executors={label: executor(one) for label, one in pipeline.executors.items()},
    )


def _documents(pipeline: Pipeline) -> str:
    """The pipeline spec, and after it the settings for platforms, as kfp writes them."""
    ready = rewritten(pipeline)
    text = f"# {NOTICE}\n{yaml_text(pipeline_spec(ready))}"
    if platforms := platform_spec(ready):  # an empty document breaks the client
        text += "---\n" + yaml_text(platforms)
    return text


def schema_title(instance_schema: str) -> str:
    """What KFP 2 calls an artifact that an OpenAPI schema describes."""
    found = _SCHEMA_TITLE.search(instance_schema)
    return f"system.{found[1]}" if found else "system.Artifact"


def _as_yaml(source: str) -> str:
    """The file itself, unless it is JSON that is no YAML."""
    if source.lstrip()[:1] != "{":
        return source
    try:
        value: Json = json.loads(source)
        is_yaml = not _NO_YAML.search(source) and all(len(k) < _KEY_WIDTH for k in _keys(value))
        return source if is_yaml else f"# {NOTICE}\n{yaml_text(value)}"
    except ValueError:  # YAML in braces, or with numbers that JSON has not
        return source


def _keys(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    if isinstance(value, (dict, list)):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _keys(entry)


def _name(pipeline: Pipeline, *, is_v1: bool) -> str:
    """What the pipeline is called on the server."""
    names = (pipeline.display_name if is_v1 else "", pipeline.name)
    return next(filter(None, map(shown, names)), "pipeline")


def _settings(pipeline: Pipeline, options: Options, *, is_v1: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "host": options.host,
        "namespace": options.namespace,
        "experiment": options.experiment,
        "run_name": options.run_name or pipeline.submission.display_name,
        "service_account": options.service_account,
        "recurring": options.recurring,
    }
    if not is_v1:
        # Where it is empty the script looks into pipeline.yaml, which the server never does.
        root = pipeline.submission.pipeline_root
        own = root if root.startswith(_ROOTS) else ""
        settings["pipeline_root"] = options.pipeline_root or own
        settings["cache"] = options.cache
    return settings


def _parameters(pipeline: Pipeline, *, is_v1: bool) -> dict[str, dict[str, Any]]:
    """Input → what the script has to know about it that its pipeline.yaml does not say."""
    inputs = asked_for(pipeline)
    flags = flags_of(inputs, FLAGS)
    return {
        name: _parameter(name, parameter, flags[name], is_v1=is_v1)
        for name, parameter in inputs.items()
    }


def _parameter(
    name: str, parameter: Parameter, flags: tuple[str, ...], *, is_v1: bool
) -> dict[str, Any]:
    known: dict[str, Any] = {
        "flags": list(flags),
        "type": (reads_as(parameter) if is_v1 else parameter.type).value,
        "description": shown(parameter.description, DESCRIPTION_WIDTH),
    }
    if is_secret(name, parameter):
        known["secret"] = True
    return known


def _arguments(pipeline: Pipeline, *, is_v1: bool) -> dict[str, Json]:
    """The values that the file itself asks for; text in KFP v1, whose values all are."""
    given: dict[str, Json] = {
        name: value for name, value in pipeline.submission.arguments.items() if value is not None
    }
    if not is_v1:
        return given
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }


def _notes(pipeline: Pipeline, options: Options, *, is_v1: bool) -> Iterator[str]:
    """What was asked for and cannot be done, for the reader of the script."""
    submission = pipeline.submission
    if is_v1:
        if options.pipeline_root:
            yield f"A KFP v1 workflow has no pipeline root; {options.pipeline_root!r} is not used."
        if options.cache is not None:
            yield "Caching of a KFP v1 workflow is set in pipeline.yaml, not here."
    if submission.schedule:
        yield f"The pipeline file has the schedule {submission.schedule!r}: --recurring"
