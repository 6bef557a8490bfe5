"""The documents of a KFP v2 file: a pipeline spec, alone, in a job or in a manifest; platform
settings.

kfp 2.14 and newer also write a pipeline as Kubernetes manifests (``kubernetes_manifest_format``): a
``PipelineVersion`` with the specs, and before it its ``Pipeline``
(backend/src/crd/kubernetes/v2beta1 of kubeflow/pipelines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import reading as rules
from translator.model import Dag, FromParent, Interface, Platform, Setting
from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import Pipeline
    from translator.source import Cursor, Source

__all__ = ["API", "Documents", "documents", "is_compiled_component", "is_manifest"]

#: The API group of manifests.
API = "pipelines.kubeflow.org/"
#: A document with a pipeline spec has one of these keys.
_SPEC_KEYS = ("pipelineInfo", "pipelineSpec", "root")
#: Fields that the cluster adds to a manifest.
_ADDED = frozenset(
    {
        *("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"),
        *("selfLink", "ownerReferences", "finalizers"),
    }
)
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Documents(Record):
    """The contents of a file."""

    spec: Cursor
    #: The PipelineJob around the spec.
    job: Cursor | None = None
    platforms: Mapping[str, Platform] = {}
    #: Values of manifests for fields that the spec does not have.
    display_name: str = ""
    description: str = ""


def is_manifest(document: Cursor, kind: str = "PipelineVersion") -> bool:
    """Whether the document is a Kubernetes object of KFP v2 of this kind."""
    group = str(document.get("apiVersion").peek())
    return group.startswith(API) and document.get("kind").peek() == kind


def is_compiled_component(pipeline: Pipeline) -> bool:
    """Whether kfp 2 compiled a component into the file, and not a pipeline.

    It writes a pipeline with the component's name and interface around one task, which has the name
    too and passes all inputs and outputs (kfp/dsl/structures.py, ``to_pipeline_spec``). A pipeline
    of one task may look the same where it has neither inputs nor outputs, so that is taken for one.
    """
    dag, root, nothing = pipeline.root.body, pipeline.root, Interface()
    if root.inputs == root.outputs == nothing or not pipeline.sdk_version.startswith("kfp-2"):
        return False
    if not isinstance(dag, Dag) or list(dag.tasks) != [pipeline.name]:
        return False
    task = dag.tasks[pipeline.name]
    component = pipeline.components.get(task.component)
    return (
        component is not None
        and (root.inputs, root.outputs) == (component.inputs, component.outputs)
        and dict(task.parameters) == {n: FromParent(name=n) for n in root.inputs.parameters}
        and dict(task.artifacts) == {n: FromParent(name=n) for n in root.inputs.artifacts}
        and dag.parameter_outputs.keys() == root.outputs.parameters.keys()
        and dag.artifact_outputs.keys() == root.outputs.artifacts.keys()
    )


def documents(source: Source) -> Documents:
    """The document with the spec, and the values of the others."""
    platforms: dict[str, Platform] = {}
    specs: list[Cursor] = []
    pipelines: list[Cursor] = []
    for document in source.documents:
        if any(key in document for key in _SPEC_KEYS) or is_manifest(document):
            specs.append(document)
        elif is_manifest(document, "Pipeline"):
            pipelines.append(document)
        elif (found := document.find("platforms")) is not None:
            platforms |= _platforms(found)
        elif document.peek() is None:
            document.inert()  # an empty document after the last `---`
        else:
            document.drop(rules.EXTRA_DOCUMENT)
    for extra in [*specs[1:], *(pipelines if not is_manifest(specs[0]) else pipelines[1:])]:
        extra.drop(rules.EXTRA_DOCUMENT)
    first = specs[0]
    if is_manifest(first):
        return _manifests(first, pipelines[:1], platforms)
    wrapped = first.find("pipelineSpec")
    if wrapped is None:
        return Documents(spec=first, platforms=platforms)
    return Documents(spec=wrapped, job=first, platforms=platforms)


def _platforms(cursor: Cursor) -> dict[str, Platform]:
    return {name: _platform(entry) for name, entry in cursor.items()}


def _platform(cursor: Cursor) -> Platform:
    deployment = cursor.find("deploymentSpec")
    executors = None if deployment is None else deployment.find("executors")
    return Platform(
        executors={} if executors is None else {n: _settings(e) for n, e in executors.items()},
        settings=_settings(cursor, but="deploymentSpec"),
        origin=cursor.origin,
    )


def _settings(cursor: Cursor, but: str = "") -> tuple[Setting, ...]:
    return tuple(
        Setting(name=name, value=entry.setting(), origin=entry.origin)
        for name, entry in cursor.items()
        if name != but
    )


def _manifests(
    version: Cursor, pipelines: list[Cursor], platforms: dict[str, Platform]
) -> Documents:
    """The specs of a version, and the display names and descriptions of it and its pipeline."""
    held = version.child("spec")
    spec = held.child("pipelineSpec")
    name = spec.get("pipelineInfo").get("name").peek()
    if (platform := held.find("platformSpec")) is not None:
        platforms = platforms | _platforms(platform.child("platforms"))
    descriptions, titles = [_description(held)], []
    for pipeline in pipelines:
        about = pipeline.get("spec")
        descriptions.append(_description(about))
        titles.append(about.take("displayName", str, ""))
        _stored(pipeline, about, name)
    _stored(version, held, name)
    return Documents(
        spec=spec,
        platforms=platforms,
        display_name=next((title for title in titles if title != name), ""),
        description=next(filter(None, descriptions), ""),
    )


def _description(about: Cursor) -> str:
    return about.take("description", str, "")


def _stored(manifest: Cursor, about: Cursor, name: object) -> None:
    """Reports fields of the pipeline object in the cluster, except the name of the spec."""
    for key in ("apiVersion", "kind", "status"):
        manifest.get(key).inert()
    fields = [(key, about.find(key)) for key in ("displayName", "pipelineName")]
    fields += [(key, about.find(key)) for key in ("codeSourceURL", "pipelineSpecURI")]
    title = is_manifest(manifest, "Pipeline")  # it is in the pipeline
    for key, found in [*_metadata(manifest), *fields[title:]]:
        if found is not None and found.peek() == name:
            found.inert()
        elif found is not None:
            found.drop(rules.NOT_OF_A_RUN, field=key)


def _metadata(manifest: Cursor) -> Iterator[tuple[str, Cursor]]:
    for key, found in manifest.get("metadata").items():
        if key in _ADDED:
            found.inert()
        elif key in ("labels", "annotations"):
            if (applied := found.find(_APPLIED)) is not None:
                applied.inert()
            if found.keys() - {_APPLIED}:
                yield key, found
        else:
            yield key, found
