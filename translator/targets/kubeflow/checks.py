"""Checks for what Kubeflow Pipelines cannot run, or runs differently.

They follow a pipeline spec through the backend: API server, compiler to Argo, driver and launcher
(kubeflow/pipelines, backend/src of 2.17).
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from translator.checks.input_values import texts_of_inputs
from translator.checks.texts import macros, of_server, texts
from translator.diagnostics import kubeflow as rules
from translator.diagnostics import reading
from translator.model import (
    OLDER_SCHEMA,
    SCHEMA,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FromTask,
    Importer,
    OpaqueExecutor,
    RuntimeParameter,
    Strategy,
)
from translator.placeholders import PlaceholderKind, Text, parse_text
from translator.platforms import DRIVER_IMAGES
from translator.targets.kubeflow.cluster_needs import names_are_valid
from translator.targets.kubeflow.cluster_settings import settings_are_known, values_are_handed_down
from translator.targets.kubeflow.driver_checks import (
    claims_get_values,
    claims_have_classes,
    objects_have_tasks,
)
from translator.targets.kubeflow.file_checks import compilers_are_done, schedule_is_kept
from translator.targets.kubeflow.writer import pipeline_name, schema_title
from translator.writers.executor_input import takers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Artifact, Component, Executor, ParsedJson, Pipeline, Task
    from translator.placeholders import Placeholder
    from translator.targets.base import Check

GOOGLE_IMAGE = "gcr.io/ml-pipeline/google-cloud-pipeline-components"
#: Schemes of storage that the launcher can write to.
ROOTS = ("minio://", "s3://", "gs://")
#: What Kubernetes accepts in names that are derived from the pipeline's name.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
#: The lines of an artifact's schema that its title implies.
_OF_TITLE = r"title: kfp\.\w+|type: object|properties:|"
#: Resolved by the driver if they are the whole constant (driver/resolve.go).
_OF_DRIVER = frozenset(
    {
        PlaceholderKind.RUN_NAME,
        PlaceholderKind.RUN_RESOURCE_NAME,
        PlaceholderKind.RUN_ID,
        PlaceholderKind.TASK_NAME,
        PlaceholderKind.TASK_ID,
        PlaceholderKind.RUN_CREATE_TIME,
        PlaceholderKind.RUN_SCHEDULE_TIME,
    }
)
#: Supported neither by the driver nor by the launcher (component/launcher_v2.go,
#: getPlaceholders).
_OF_NOBODY = frozenset(
    {
        PlaceholderKind.UNKNOWN,
        PlaceholderKind.RUN_ROOT,
        PlaceholderKind.EXECUTOR_OUTPUT_FILE,
        PlaceholderKind.INPUT_METADATA,
        PlaceholderKind.OUTPUT_METADATA,
    }
)


def executors_run(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The compiler supports containers and importers only."""
    for label, executor in _executors(pipeline):
        if isinstance(executor, OpaqueExecutor):
            yield rules.FOREIGN_EXECUTOR.at(executor.origin, label=label, kind=executor.kind)


def loops_run(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The compiler does not support loops over artifacts."""
    for _, _, name, task in _tasks(pipeline):
        if task.iterator is not None and task.iterator.over_artifacts:
            yield rules.ARTIFACT_LOOP.at(task.iterator.origin or task.origin, task=name)


def importers_are_unconditional(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The compiler rejects a condition on an importer's task."""
    for _, _, name, task in _tasks(pipeline):
        trigger = task.trigger
        if trigger is None or trigger.condition is None:
            continue
        if isinstance(_executor_of(pipeline, task), Importer):
            yield rules.CONDITIONAL_IMPORTER.at(trigger.origin or task.origin, task=name)


def inputs_are_resolved(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The driver resolves constants, inputs and outputs, but no runtime parameters."""
    for _, _, name, task in _tasks(pipeline):
        for key, source in task.parameters.items():
            if isinstance(source, RuntimeParameter):
                yield rules.RUNTIME_PARAMETER.at(
                    source.origin or task.origin, input=key, task=name, name=source.name
                )


def exit_tasks_run(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The compiler makes each exit task a hook of every task that it waits for."""
    for holder, component in _components(pipeline):
        if isinstance(component.body, Dag):
            yield from _exit_tasks_of(holder, component.body)


def _exit_tasks_of(holder: str, dag: Dag) -> Iterator[Diagnostic]:
    exits = {name: task for name, task in dag.tasks.items() if _is_exit(task)}
    if exits and len(exits) == len(dag.tasks):
        yield rules.ONLY_EXIT_TASKS.at(dag.origin, component=holder)
    hooks: defaultdict[str, list[str]] = defaultdict(list)
    for name, task in exits.items():
        upstreams = _upstreams(task)
        for upstream in upstreams:
            hooks[upstream].append(name)
        if len(upstreams) > 1:
            yield rules.REPEATED_EXIT_TASK.at(task.origin, task=name, upstreams=_list(upstreams))
    for upstream, names in hooks.items():
        if len(names) > 1:
            last = max(names)  # they are taken in order of name
            yield rules.HIDDEN_EXIT_TASK.at(
                dag.tasks[last].origin, tasks=_list(names), upstream=upstream, last=last
            )
    for name, task in dag.tasks.items():
        for upstream in _upstreams(task):
            if upstream in exits:
                yield rules.AFTER_EXIT_TASK.at(task.origin, task=name, upstream=upstream)


def placeholders_are_filled_in(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The driver and the launcher support some placeholders, in some places."""
    for value, place, origin in texts_of_inputs(pipeline):
        yield from _unfilled(parse_text(value).placeholders(), place, origin)
    for _, _, name, task in _tasks(pipeline):
        for key, source in task.parameters.items():
            if isinstance(source, Constant):
                place = f"input `{key}` of task `{name}`"
                yield from _constant(source.parsed, place, source.origin or task.origin)
    for label, executor in _executors(pipeline):
        if isinstance(executor, Container):
            texts: list[Text] = [*executor.command, *executor.args, executor.image]
            texts += [variable.value for variable in executor.env]
            found = [placeholder for text in texts for placeholder in text.placeholders()]
            yield from _unfilled(found, f"container `{label}`", executor.origin)


def _constant(value: ParsedJson, place: str, origin: Origin | None) -> Iterator[Diagnostic]:
    if isinstance(value, Text):
        placeholders = value.placeholders()
        if len(value.parts) == 1:
            placeholders = tuple(p for p in placeholders if p.kind not in _OF_DRIVER)
        yield from _unfilled(placeholders, place, origin)


def _unfilled(
    placeholders: Iterable[Placeholder], place: str, origin: Origin | None
) -> Iterator[Diagnostic]:
    for placeholder in dict.fromkeys(placeholders):
        if placeholder.kind in _OF_DRIVER:
            rule = rules.RUN_PLACEHOLDER
        elif placeholder.kind in _OF_NOBODY:
            rule = rules.UNKNOWN_PLACEHOLDER
        else:
            continue
        yield rule.at(origin, placeholder=str(placeholder), place=place)


def placeholders_are_known(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Placeholders that only servers since some version resolve."""
    for written in texts(pipeline):
        place = f"input `{written.parameter}`" if written.parameter else "a text"
        for found in of_server(written.text):
            yield rules.UNKNOWN_PLACEHOLDER.at(written.origin, placeholder=found, place=place)
        if written.parameter:
            for found in macros(written.text):
                facts = {"placeholder": found, "input": written.parameter}
                yield rules.MACRO.at(written.origin, **facts)


def schema_is_todays(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Servers reject a pipeline of another schema (apiserver/template/v2_template.go)."""
    if pipeline.schema_version != SCHEMA:
        facts = {"version": pipeline.schema_version, "written": SCHEMA}
        yield reading.SCHEMA_RAISED.at(pipeline.origin, **facts)


def executors_read_their_input(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The launcher passes the executor input in the form of schema 2.1.0."""
    for taker in takers(pipeline):
        origin, label = taker.container.origin, taker.label
        if taker.kfp1:
            facts = {"label": label, "version": taker.kfp1}
            if taker.obstacle:
                yield rules.OLD_EXECUTOR_INPUT.at(origin, obstacle=taker.obstacle, **facts)
            else:
                yield rules.INPUT_CONVERTED.at(origin, **facts)
        elif pipeline.schema_version == OLDER_SCHEMA:
            yield rules.OTHER_EXECUTOR_INPUT.at(origin, label=label)


def containers_start(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The launcher runs command and arguments itself, in a pod that Kubernetes has to accept."""
    for label, executor in _executors(pipeline):
        if isinstance(executor, Container):
            yield from _container(label, executor)


def _container(label: str, container: Container) -> Iterator[Diagnostic]:
    image, origin = str(container.image), container.origin
    if not container.command and image not in DRIVER_IMAGES:
        yield rules.NO_COMMAND.at(origin, label=label, image=image)
    if container.lifecycle is not None:
        yield rules.LIFECYCLE.at(origin, label=label)
    if image.startswith(GOOGLE_IMAGE):
        yield rules.GOOGLE_CLOUD_COMPONENT.at(origin, label=label)
    accelerator = container.resources and container.resources.accelerator
    kind = accelerator and accelerator.type
    if accelerator and kind and not kind.placeholders() and "/" not in str(kind):
        yield rules.ACCELERATOR_NAME.at(accelerator.origin or origin, type=kind, label=label)


def retries_are_of_containers(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The compiler passes the retry policy of an inner pipeline to its tasks."""
    for _, _, name, task in _tasks(pipeline):
        component = pipeline.components.get(task.component)
        if task.retry is not None and component and isinstance(component.body, Dag):
            yield rules.RETRY_OF_DAG.at(task.retry.origin or task.origin, task=name)


def schemas_are_titles(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The backend recognises artifacts of kfp 1.6 and older by the title of their schema only."""
    for name, component in _components(pipeline):
        for side, which in ((component.inputs, "input"), (component.outputs, "output")):
            for key, artifact in side.artifacts.items():
                at = artifact.origin or component.origin
                yield from _beyond_title(f"{which} `{key}` of `{name}`", artifact, at)
    for label, executor in _executors(pipeline):
        if isinstance(executor, Importer):
            at = executor.artifact.origin or executor.origin
            yield from _beyond_title(f"what `{label}` imports", executor.artifact, at)


def _beyond_title(what: str, artifact: Artifact, at: Origin | None) -> Iterator[Diagnostic]:
    schema = "" if artifact.schema_title else artifact.instance_schema
    lines = schema.split("\n")
    rest = " ".join(line.strip() for line in lines if not re.fullmatch(_OF_TITLE, line))
    if rest:
        facts = {"title": schema_title(schema), "rest": rest if len(rest) < 80 else rest[:79] + "…"}
        yield rules.SCHEMA_BEYOND_TITLE.at(at, what=what, **facts)


def submission_is_kept(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Other run settings in the file, for which the server has no field."""
    submission = pipeline.submission
    origin = submission.origin or pipeline.origin
    if submission.labels:
        yield rules.LABELS.at(origin, labels=_list(submission.labels))
    if submission.fail_fast is False:
        yield rules.FAILS_FAST.at(origin)


def root_is_reachable(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The launcher writes to MinIO, S3 and Cloud Storage."""
    root = pipeline.submission.pipeline_root or pipeline.default_root
    if root and not root.startswith(ROOTS):
        yield rules.ROOT_NOT_USED.at(pipeline.origin, root=root)
    elif root and not root.startswith("minio://"):
        yield rules.ROOT_NEEDS_CREDENTIALS.at(pipeline.origin, root=root)


def names_are_taken(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The server rejects some names, and ignores settings for other platforms."""
    if not NAME.fullmatch(pipeline.name):
        written = pipeline_name(pipeline.name)
        yield rules.RENAMED.at(pipeline.origin, name=pipeline.name, written=written)
    for name, platform in pipeline.platforms.items():
        if name != "kubernetes":
            yield rules.FOREIGN_PLATFORM.at(platform.origin or pipeline.origin, platform=name)


CHECKS: tuple[Check, ...] = (
    executors_run,
    loops_run,
    importers_are_unconditional,
    inputs_are_resolved,
    exit_tasks_run,
    placeholders_are_filled_in,
    schema_is_todays,
    executors_read_their_input,
    containers_start,
    retries_are_of_containers,
    root_is_reachable,
    names_are_taken,
    schemas_are_titles,
    settings_are_known,
    values_are_handed_down,
    compilers_are_done,
    placeholders_are_known,
    schedule_is_kept,
    submission_is_kept,
    objects_have_tasks,
    claims_have_classes,
    claims_get_values,
    names_are_valid,
)

#: The checks of what is rewritten for today's schema.
CHECKS_OF_SCHEMA: tuple[Check, ...] = (
    schema_is_todays,
    executors_read_their_input,
    schemas_are_titles,
)


def _components(pipeline: Pipeline) -> Iterator[tuple[str, Component]]:
    """The root and the components that it uses, directly or not: the server reads no others."""
    seen = {"root": pipeline.root}
    waiting = ["root"]
    while waiting:
        name = waiting.pop(0)
        component = seen[name]
        yield name, component
        if isinstance(component.body, Dag):
            for task in component.body.tasks.values():
                used = pipeline.components.get(task.component)
                if used is not None and task.component not in seen:
                    seen[task.component] = used
                    waiting.append(task.component)


def _tasks(pipeline: Pipeline) -> Iterator[tuple[str, Dag, str, Task]]:
    for holder, component in _components(pipeline):
        if isinstance(component.body, Dag):
            for name, task in component.body.tasks.items():
                yield holder, component.body, name, task


def _executors(pipeline: Pipeline) -> Iterator[tuple[str, Executor]]:
    """Each executor that is used, once."""
    bodies = [component.body for _, component in _components(pipeline)]
    labels = dict.fromkeys(body.label for body in bodies if isinstance(body, ExecutorRef))
    for label in labels:
        if label in pipeline.executors:
            yield label, pipeline.executors[label]


def _executor_of(pipeline: Pipeline, task: Task) -> Executor | None:
    component = pipeline.components.get(task.component)
    if component is None or not isinstance(component.body, ExecutorRef):
        return None
    return pipeline.executors.get(component.body.label)


def _is_exit(task: Task) -> bool:
    trigger = task.trigger
    return trigger is not None and trigger.strategy is Strategy.ALL_UPSTREAM_TASKS_COMPLETED


def _upstreams(task: Task) -> list[str]:
    """The tasks that it depends on, in order, each once."""
    sources = [*task.parameters.values(), *task.artifacts.values()]
    used = [source.task for source in sources if isinstance(source, FromTask)]
    return list(dict.fromkeys([*task.depends_on, *used]))


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
