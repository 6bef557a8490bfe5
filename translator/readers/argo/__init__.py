"""KFP v1: an Argo Workflow, as kfp 0.1 to 1.8 compiles it → the pipeline model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from translator.diagnostics import Severity
from translator.diagnostics import kfp_v1 as rules
from translator.diagnostics.reading import EXTRA_DOCUMENT
from translator.model import KFP_V1, Pipeline, Setting, Submission, walk_tasks
from translator.readers.argo import (
    dependencies,
    depends,
    kubernetes,
    v2_compatible,
    workflow_kinds,
)
from translator.readers.argo.annotations import SDK_VERSION, own_metadata
from translator.readers.argo.context import Context
from translator.readers.argo.lowering import lowered
from translator.readers.argo.output_uses import uses
from translator.readers.argo.pods import pod_of_all
from translator.readers.argo.reading import workflow_of
from translator.readers.argo.templates import with_dag_on_top, without_equivalent, without_unused
from translator.readers.argo.values import pipeline_name
from translator.source.go_yaml import GoCursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from translator.model import Interface
    from translator.readers.argo.workflow import Workflow
    from translator.readers.options import ReadOptions
    from translator.source import Cursor, Source

#: Fields of ``spec`` that other modules read.
_SPEC_FIELDS = frozenset({"entrypoint", "arguments", "templates", "onExit"})
_METADATA_FIELDS = frozenset({"name", "generateName", "annotations", "labels"})
#: Fields that a cluster adds to the metadata of its objects.
_OF_THE_CLUSTER = frozenset(
    {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}
)
#: The service account that kfp's compilers write into every workflow.
_DEFAULT_ACCOUNT = "pipeline-runner"


def read(source: Source, options: ReadOptions) -> Pipeline:
    """The pipeline of the first document. Parts that cannot be translated are errors in it."""
    pipeline = _lowered(source, options)
    for rewrite in PASSES:
        pipeline = rewrite(pipeline)
    return pipeline


def _with_optional_tasks(pipeline: Pipeline) -> Pipeline:
    if all(task.trigger is None for _, _, task in walk_tasks(pipeline)):
        return pipeline
    from translator.passes.skipped_tasks import with_optional_tasks

    return with_optional_tasks(pipeline)


def _handed_down(pipeline: Pipeline) -> Pipeline:
    from translator.platforms import references

    if next(references(pipeline), None) is None:
        return pipeline
    from translator.passes.handed_down import handed_down

    return handed_down(pipeline)


#: The passes over the lowered pipeline, in order.
PASSES: tuple[Callable[[Pipeline], Pipeline], ...] = (_with_optional_tasks, _handed_down)


def _lowered(source: Source, options: ReadOptions) -> Pipeline:
    """The lowered pipeline, before the passes."""
    document_, *others = source.documents
    first = GoCursor.of(document_)
    for other in others:
        other.drop(EXTRA_DOCUMENT)
    for key in ("apiVersion", "kind", "status"):
        if (found := first.find(key)) is not None:
            found.inert()
    unwrapped = workflow_kinds.unwrapped(first)
    workflow = depends.resolved(workflow_of(unwrapped.metadata, unwrapped.spec))
    dependencies.check(workflow)
    settings = (*_settings(workflow),)
    done = lowered(Context(normalized(workflow, options), uses(workflow), options, settings))
    declared = workflow.declared
    name = declared.name or workflow.name or unwrapped.name
    if declared.name and unwrapped.metadata is not None:
        for key in ("name", "generateName"):
            unwrapped.metadata.get(key).inert()
    source.rewrites += done.rewrites
    labels, other_metadata = _own_metadata(workflow)
    source.workflow = unwrapped.json_text or source.text
    return Pipeline(
        name=pipeline_name(name),
        display_name=name,
        description=declared.description,
        root=done.root,
        components=done.components,
        default_root=_default_root(workflow, done.root.inputs),
        executors=done.executors,
        pod=pod_of_all((*settings, *other_metadata), done.executors.values()),
        # Argo starts no task after one has failed, unless `failFast` is false.
        submission=Submission(
            fail_fast=_fails_fast(workflow), schedule=unwrapped.schedule, labels=labels
        ),
        dialect=KFP_V1,
        sdk_version=_sdk_version(workflow),
        complete=_is_complete(source),
        origin=first.origin,
    )


def normalized(workflow: Workflow, options: ReadOptions) -> Workflow:
    """The workflow with only the constructs that lowering supports. Others are reported."""
    if workflow.entrypoint not in workflow.templates:
        return workflow
    rewrites: tuple[Callable[[Workflow], Workflow], ...] = (
        with_dag_on_top,
        _without_empty_dags,
        without_unused,
        without_equivalent,
        partial(_unrolled, levels=options.unroll_recursion),
        _over_dags,
    )
    for rewrite in rewrites:
        workflow = rewrite(workflow)
    return workflow


def _without_empty_dags(workflow: Workflow) -> Workflow:
    if all(one.tasks or one.kind != "dag" for one in workflow.templates.values()):
        return workflow
    from translator.readers.argo.empty_dags import without_empty_dags

    return without_empty_dags(workflow)


def _unrolled(workflow: Workflow, levels: int) -> Workflow:
    dags = {name: dag for name, dag in workflow.templates.items() if dag.kind == "dag"}
    if not any(call.template in dags for dag in dags.values() for call in dag.tasks):
        return workflow
    from translator.readers.argo.recursion import unrolled

    return unrolled(workflow, levels)


def _over_dags(workflow: Workflow) -> Workflow:
    calls = (call for template in workflow.templates.values() for call in template.tasks)
    if all(call.items is None for call in calls):
        return workflow
    from translator.readers.argo.loops import over_dags

    return over_dags(workflow)


def _fails_fast(workflow: Workflow) -> bool:
    entry = workflow.templates.get(workflow.entrypoint)
    for template in workflow.templates.values():
        if template is not entry and not template.fail_fast:
            template.cursor.report(rules.FAILS_SLOWLY, template=template.name)
    return entry is None or entry.fail_fast


def _is_complete(source: Source) -> bool:
    """Whether the whole workflow could be translated. Called after lowering."""
    source.diagnostics += source.unread(rules.UNREAD_V1_FIELD)
    return all(found.severity is not Severity.ERROR for found in source.diagnostics)


def _sdk_version(workflow: Workflow) -> str:
    metadata = workflow.metadata
    for kind in ("annotations", "labels"):
        written = None if metadata is None else metadata.get(kind).find(SDK_VERSION)
        if written is not None:
            return f"kfp-{written.value()}"
    return ""


def _default_root(workflow: Workflow, inputs: Interface) -> str:
    """The folder for artifacts in the file; empty if it is an input that tasks take."""
    for name in v2_compatible.ROOTS:
        root = workflow.arguments.get(name)
        if root is not None and root.text and name not in inputs.parameters:
            root.used()
            return root.text
    return ""


def _settings(workflow: Workflow) -> Iterator[Setting]:
    """Kubernetes settings of the whole workflow that the model has no field for."""
    patch = workflow.spec.find("podSpecPatch")
    is_open = patch is not None and kubernetes.opened_patch(patch)
    if patch is not None and is_open:  # it overrides the others
        of_container, of_pod = kubernetes.patch_settings(patch)
        yield from (*of_container, *of_pod)
    for key, found in workflow.spec.items():
        if key == "serviceAccountName" and found.peek() == _DEFAULT_ACCOUNT:
            found.inert()
        elif key not in _SPEC_FIELDS and not (key == "podSpecPatch" and is_open):
            yield _setting(key, found)
    metadata = workflow.metadata
    for key, found in () if metadata is None else metadata.items():
        if found.peek() is None or key in _OF_THE_CLUSTER:
            found.inert()
        elif key not in _METADATA_FIELDS:
            yield _setting(f"metadata.{key}", found)


def _own_metadata(workflow: Workflow) -> tuple[dict[str, str], list[Setting]]:
    """The labels that a run can have, and the author's other labels and annotations as settings."""
    labels, others = own_metadata(workflow.metadata)
    return labels, [_setting(f"workflow.{kind}", entry, name) for kind, name, entry in others]


def _setting(name: str, found: Cursor, key: str = "") -> Setting:
    value = found.setting()
    return Setting(name=name, value={key: value} if key else value, origin=found.origin)
