"""Pipeline → the bundle for Kubeflow Pipelines: a script, and the file that it submits."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from translator.model import KFP_V1, SCHEMA, Constant, Dag, Importer, ParameterType
from translator.records import replace
from translator.targets.forms import python_form, spec_form, with_named_inputs
from translator.targets.kubeflow.cluster_needs import cluster_needs
from translator.targets.kubeflow.options import Options
from translator.version import NOTICE
from translator.writers.inputs import input_calls, shortened, shown, source_of
from translator.writers.rendering import Call, program, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.decompiler import Decompiled
    from translator.model import (
        Artifact,
        Component,
        Executor,
        InputSource,
        Interface,
        Pipeline,
        Task,
    )
    from translator.targets.forms import Form

__all__ = ["files", "rewritten", "text_form", "write"]

#: The client that the script is written for; it works with servers since 2.0.
REQUIREMENT = "kfp>=2.10,<3"
#: The script's flags, without dashes; an input of such a name gets another flag.
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
#: What submit.py imports; each may import those before it.
MODULES = (
    "shared/script_support.py",
    "shared/pipeline_inputs.py",
    "kubeflow/kubeflow_runner.py",
)
#: Schemes of storage that the launcher of Kubeflow Pipelines can write to.
_ROOTS = ("minio://", "s3://", "gs://")
#: The title of an OpenAPI schema of kfp 1.6 and older.
_SCHEMA_TITLE = r"(?m)^title: kfp\.(\w+)$"
#: What Kubernetes accepts in names that are derived from the pipeline's name.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")


def write(
    pipeline: Pipeline,
    options: Options | None = None,
    *,
    sha256: str = "",
    source: Decompiled | None = None,
) -> dict[str, str]:
    """Files of a Kubeflow submission: ``submit.py``, its modules, and the pipeline that it submits.

    ``sha256`` is that of the pipeline's file, which ``submit.py`` names. With ``source`` the
    pipeline is that, which ``submit.py`` compiles.
    """
    options = options or Options()
    # Of KFP v1; a pipeline spec has no account.
    account = options.service_account or pipeline.pod.service_account
    options = replace(options, service_account=account)
    # If it is empty, the script uses that of pipeline.yaml, which the server does not read.
    root = pipeline.submission.pipeline_root
    settings = {
        "pipeline_root": options.pipeline_root or (root if root.startswith(_ROOTS) else ""),
        "cache": options.cache,
    }
    if source is None:
        form = text_form(_documents(pipeline))
    else:
        form = python_form("kubeflow/python_submit.py.j2", MODULES, source)
        pipeline = with_named_inputs(pipeline, source)
    return files(pipeline, options, form, names=[pipeline.name], settings=settings, sha256=sha256)


def text_form(text: str) -> Form:
    """The form with a compiled pipeline, of KFP v1 or KFP v2."""
    return spec_form("kubeflow/submit.py.j2", MODULES, text, REQUIREMENT)


def files(
    pipeline: Pipeline,
    options: Options,
    form: Form,
    *,
    names: Iterable[str],
    settings: Mapping[str, Any],
    notes: Iterable[str] = (),
    sha256: str = "",
) -> dict[str, str]:
    """The files that submit a pipeline in one of its forms: it, ``submit.py`` and its modules.

    The pipeline's name on the server is the first of ``names`` that has printable characters;
    ``notes`` become comments in the script.
    """
    name = next(filter(None, map(shown, names)), "pipeline")
    if schedule := pipeline.submission.schedule:
        notes = [*notes, f"The pipeline file has the schedule {schedule!r}: --recurring"]
    script = render(
        form.template,
        **form.values,
        notice=NOTICE,
        title=shortened(name),
        source=source_of(pipeline),
        sha256=sha256,
        notes=list(notes),
        settings=Call("Settings", **_settings(pipeline, options, name=name, **settings)),
        inputs=input_calls(pipeline, FLAGS),
        as_text=options.upgrade and pipeline.dialect == KFP_V1,
    )
    return {
        **program("submit.py", script, form.modules, single_file=options.single_file),
        **form.files,
    }


def pipeline_name(name: str) -> str:
    """The name itself if Kubeflow accepts it, else the nearest valid name."""
    if _NAME.fullmatch(name):
        return name
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain[:128] or "pipeline"


def rewritten(pipeline: Pipeline) -> Pipeline:
    """The pipeline as it is written for Kubeflow."""
    from translator.passes.handed_down import handed_down
    from translator.writers.executor_input import with_converted_input

    named = replace(pipeline, name=pipeline_name(pipeline.name))
    return with_converted_input(with_titles(in_schema(handed_down(named))))


def in_schema(pipeline: Pipeline) -> Pipeline:
    """The pipeline in schema 2.1.0: servers accept no other.

    A file of schema 2.0.0 may have a number for an input of type STRING.
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
    """The pipeline with titles in place of the artifact schemas of kfp 1.6 and older.

    kfp 2 identifies artifacts by titles; its backend reads ``kfp.Model`` as ``system.Model``.
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
    """The pipeline spec, then the settings for platforms, as kfp writes them."""
    # A workflow of KFP v1 is not written from the model.
    from translator.writers.pipeline_spec import pipeline_spec, platform_spec
    from translator.writers.yaml_text import yaml_text

    ready = rewritten(pipeline)
    text = f"# {NOTICE}\n{yaml_text(pipeline_spec(ready))}"
    if platforms := platform_spec(ready):  # an empty document breaks the client
        text += "---\n" + yaml_text(platforms)
    return text


def schema_title(instance_schema: str) -> str:
    """KFP 2's title for an artifact that an OpenAPI schema describes."""
    found = re.search(_SCHEMA_TITLE, instance_schema) if instance_schema else None
    return f"system.{found[1]}" if found else "system.Artifact"


def _settings(pipeline: Pipeline, options: Options, *, name: str, **more: Any) -> dict[str, Any]:
    """The options that are set, by field of the script's ``Settings``."""
    settings = {
        "name": name,
        "host": "" if options.host == Options().host else options.host,
        "namespace": options.namespace,
        "experiment": options.experiment,
        "run_name": options.run_name or pipeline.submission.display_name,
        "service_account": options.service_account,
        "recurring": options.recurring,
        "needs": [
            (need.what, need.create) for need in cluster_needs(pipeline, options.service_account)
        ],
        **more,
    }
    return {field: value for field, value in settings.items() if value or value is False}
