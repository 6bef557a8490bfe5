"""Pipeline → the bundle for Vertex AI Pipelines: a script, and the file that it submits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from translator.model import KFP_V1, Constant, Container, Dag, strings
from translator.model.kubernetes import Pod
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text
from translator.records import replace
from translator.targets.forms import python_form, spec_form, with_named_inputs
from translator.targets.vertex.features import has_mounts, has_structs
from translator.targets.vertex.options import Options, open_arguments
from translator.version import NOTICE
from translator.writers.executor_input import with_converted_input
from translator.writers.inputs import input_calls, shortened, shown, source_of
from translator.writers.pipeline_spec import pipeline_spec
from translator.writers.rendering import Call, program, render
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler import Decompiled
    from translator.model import (
        Component,
        Executor,
        Pipeline,
        Resources,
    )

__all__ = ["RUN_ID", "has_run_id", "inputs_with_run_id", "rewritten", "vertex_name", "write"]

#: With PyYAML, which the script and the SDK read the pipeline with. Since 1.100 a run can have a
#: PSC interface.
REQUIREMENT = "google-cloud-aiplatform[pipelines]>=1.100,<3"
#: The script's flags, without dashes; an input of such a name gets another flag.
FLAGS = frozenset(
    {
        "api-endpoint",
        "api-transport",
        "artifact",
        "cache",
        "display-name",
        "dry-run",
        "encryption-key",
        "experiment",
        "failure-policy",
        "help",
        "job-id",
        "label",
        "location",
        "network",
        "no-cache",
        "params-file",
        "pipeline-root",
        "poll-seconds",
        "project",
        "psc-network-attachment",
        "reserved-ip-range",
        "schedule",
        "schedule-allow-queueing",
        "schedule-end",
        "schedule-max-concurrent-runs",
        "schedule-max-runs",
        "schedule-name",
        "schedule-start",
        "service-account",
        "wait",
    }
)
#: What main.py imports; each may import those before it.
MODULES = (
    "shared/script_support.py",
    "shared/pipeline_inputs.py",
    "vertex/vertex_runner.py",
)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
#: Argo's reference to the run id, which the script resolves.
_RUN_ID = r"\{\{\s*workflow\.uid\s*\}\}"
#: The run id, as tasks have it.
RUN_ID = Placeholder(PlaceholderKind.RUN_ID)


def write(
    pipeline: Pipeline,
    options: Options | None = None,
    *,
    sha256: str = "",
    source: Decompiled | None = None,
) -> dict[str, str]:
    """Files of a Vertex AI deployer: ``main.py``, its modules, and the pipeline that it submits.

    ``sha256`` is that of the pipeline's file, which ``main.py`` names. With ``source`` the pipeline
    is that, which ``main.py`` compiles.
    """
    options = options or Options()
    ready = rewritten(pipeline)
    if source is None:
        text = f"# {NOTICE}\n{yaml_text(pipeline_spec(ready))}"
        form = spec_form("vertex/main.py.j2", MODULES, text, REQUIREMENT)
    else:
        form = python_form("vertex/python_main.py.j2", MODULES, source, REQUIREMENT)
        ready = with_named_inputs(ready, source)
    script = render(
        form.template,
        **form.values,
        notice=NOTICE,
        title=shortened(pipeline.display_name or pipeline.name),
        source=source_of(pipeline),
        sha256=sha256,
        needed="".join(f" {one}" for one in open_arguments(pipeline, options)),
        settings=Call("Settings", **_settings(pipeline, options)),
        inputs=input_calls(ready, FLAGS),
        is_v1=pipeline.dialect == KFP_V1,  # all values are text there
    )
    return {
        **program("main.py", script, form.modules, single_file=options.single_file),
        **form.files,
    }


# Rewrites for Vertex AI


def rewritten(pipeline: Pipeline) -> Pipeline:
    """The pipeline as it is written for Vertex AI."""
    named = with_vertex_name(pipeline)
    kept = without_lost_credentials(named) if has_mounts(named) else named
    if has_structs(kept):
        from translator.targets.vertex.structs import with_resolved_structs

        kept = with_resolved_structs(kept)
    return with_converted_input(with_one_run_id(with_requests_as_limits(kept)))


def vertex_name(name: str) -> str:
    """The name itself if Vertex AI accepts it, else one of ``a-z 0-9 -``, as kfp makes it."""
    if _NAME.fullmatch(name):
        return name
    return _plain(name)[:128].rstrip("-") or "pipeline"


def with_vertex_name(pipeline: Pipeline) -> Pipeline:
    """The pipeline with a name that Vertex AI accepts; the console shows the original."""
    name = vertex_name(pipeline.name)
    if name == pipeline.name:
        return pipeline
    return replace(pipeline, name=name, display_name=pipeline.display_name or pipeline.name)


def with_requests_as_limits(pipeline: Pipeline) -> Pipeline:
    """The pipeline, with requests as limits of containers that have no limits.

    Vertex AI chooses the machine by the limits only.
    """
    return _with_containers(
        pipeline,
        {
            label: replace(one, resources=limited)
            for label, one in pipeline.executors.items()
            if isinstance(one, Container)
            and one.resources is not None
            and (limited := _limited(one.resources)) != one.resources
        },
    )


def _with_containers(pipeline: Pipeline, changed: Mapping[str, Executor]) -> Pipeline:
    """The pipeline with other executors of these labels."""
    if not changed:
        return pipeline
    return replace(pipeline, executors={**pipeline.executors, **changed})


def _limited(resources: Resources) -> Resources:
    return replace(
        resources,
        cpu_limit=resources.cpu_limit or resources.cpu_request,
        memory_limit=resources.memory_limit or resources.memory_request,
    )


def inputs_with_run_id(pipeline: Pipeline) -> dict[str, str]:
    """Input → the ``{{workflow.uid}}`` in its default, or in its value in the run settings."""
    defaults = {n: p.default for n, p in pipeline.root.inputs.parameters.items()}
    return {
        name: match[0]
        for name, value in [*defaults.items(), *pipeline.submission.arguments.items()]
        for text in strings(value)
        if "workflow.uid" in text and (match := re.search(_RUN_ID, text))
    }


def without_lost_credentials(pipeline: Pipeline) -> Pipeline:
    """The pipeline without variables that refer to a key of Google Cloud in a volume.

    The volume is dropped, and a program fails if the variable is set without the file. Without
    the variable it uses the account that the task runs as.
    """
    from translator.mounts import credentials

    return _with_containers(
        pipeline,
        {
            label: replace(one, env=tuple(v for v in one.env if v.name not in lost))
            for label, one in pipeline.executors.items()
            if isinstance(one, Container) and (lost := credentials(one))
        },
    )


def without_platforms(pipeline: Pipeline) -> Pipeline:
    """The pipeline without settings for other platforms, which ``pipeline_spec`` leaves out."""
    executors = {
        label: replace(one, pod=Pod()) if isinstance(one, Container) else one
        for label, one in pipeline.executors.items()
    }
    return replace(pipeline, platforms={}, pod=Pod(), executors=executors)


def with_one_run_id(pipeline: Pipeline) -> Pipeline:
    """The pipeline with one run id, if its inputs contain ``{{workflow.uid}}`` too.

    In values of inputs the script replaces it with the job's id, the only one that it knows. Tasks
    with a placeholder of their own have to get the same id, so that becomes the job's name.
    Vertex AI resolves ``{{$.pipeline_job_uuid}}`` in the value of an input.
    """
    if not inputs_with_run_id(pipeline):
        return pipeline
    renamed = replace(
        pipeline,
        root=_with_job_name(pipeline.root),
        components={name: _with_job_name(one) for name, one in pipeline.components.items()},
    )
    return _with_containers(
        renamed,
        {
            label: _container_with_job_name(one)
            for label, one in pipeline.executors.items()
            if isinstance(one, Container) and has_run_id(one)
        },
    )


def has_run_id(container: Container) -> bool:
    """Whether a container has a placeholder for the run id."""
    values = [variable.value for variable in container.env]
    return any(RUN_ID in text.parts for text in (*container.command, *container.args, *values))


def _with_job_name(component: Component) -> Component:
    """The component; constants of its tasks have the job's name in place of the run id."""
    if not isinstance(component.body, Dag):
        return component
    run_id, changed = str(RUN_ID), {}
    for name, task in component.body.tasks.items():
        sources = {
            key: replace(source, value=str(_named(parse_text(source.value))))
            for key, source in task.parameters.items()
            if isinstance(source, Constant)
            and isinstance(source.value, str)
            and run_id in source.value
        }
        if sources:
            changed[name] = replace(task, parameters={**task.parameters, **sources})
    if not changed:
        return component
    tasks = {**component.body.tasks, **changed}
    return replace(component, body=replace(component.body, tasks=tasks))


def _container_with_job_name(container: Container) -> Container:
    return replace(
        container,
        command=tuple(map(_named, container.command)),
        args=tuple(map(_named, container.args)),
        env=tuple(replace(v, value=_named(v.value)) for v in container.env),
    )


def _named(text: Text) -> Text:
    name = Placeholder(PlaceholderKind.RUN_NAME)
    return Text(tuple(name if part == RUN_ID else part for part in text.parts))


# The script's data


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _settings(pipeline: Pipeline, options: Options) -> dict[str, Any]:
    """The options of ``convert``, else the run settings in the file; only those that are set."""
    submission = pipeline.submission
    policy = {None: "", True: "fast", False: "slow"}[submission.fail_fast]
    root = submission.pipeline_root
    settings = {
        "project": options.project,
        "location": options.location,
        # Roots on other storage are reported when the pipeline is translated.
        "pipeline_root": options.pipeline_root or (root if root.startswith("gs://") else ""),
        "display_name": shown(options.display_name) or shown(submission.display_name),
        "service_account": options.service_account,
        "network": options.network,
        "reserved_ip_ranges": list(options.reserved_ip_ranges),
        "psc_network_attachment": options.psc_network_attachment,
        "encryption_key": options.encryption_key,
        "labels": {**submission.labels, **options.labels},
        "experiment": options.experiment,
        "cache": options.cache,
        "failure_policy": options.failure_policy or policy,
        "schedule": options.schedule or submission.schedule,
    }
    return {name: value for name, value in settings.items() if value or value is False}
