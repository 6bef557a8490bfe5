"""The supported formats, recognised by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.model import Pipeline
    from translator.outline import Outline
    from translator.readers.options import ReadOptions
    from translator.source import Cursor, Source

__all__ = ["READERS", "Reader", "reader_for"]


class Reader(NamedTuple):
    """One format: how it is recognised and read."""

    name: str
    recognises: Callable[[Cursor], bool]
    read: Callable[[Source, ReadOptions], Pipeline]
    #: The outline of the file. Needs a source that has not been read.
    outline: Callable[[Source], Outline]
    #: Whether the file holds a component, of which ``read`` made a pipeline of one task.
    holds_component: Callable[[Pipeline], bool]


def _is_pipeline_spec(document: Cursor) -> bool:
    return (
        "pipelineInfo" in document
        or "pipelineSpec" in document
        or ("root" in document and "schemaVersion" in document)
        or _is_manifest(document)
    )


def _is_manifest(document: Cursor) -> bool:
    """Whether it is a Kubernetes object with a pipeline spec (``kubernetes_manifest_format``)."""
    return (
        str(document.get("apiVersion").peek()).startswith("pipelines.kubeflow.org/")
        and document.get("kind").peek() == "PipelineVersion"
        and "pipelineSpec" in document.get("spec")
    )


def _is_workflow(document: Cursor) -> bool:
    return (
        str(document.get("apiVersion").peek()).startswith("argoproj.io/")
        and document.get("kind").peek() in WORKFLOWS
        and "spec" in document
    )


def _is_component(document: Cursor) -> bool:
    implementation = document.get("implementation")
    return "container" in implementation or "graph" in implementation


def _read_pipeline_spec(source: Source, options: ReadOptions) -> Pipeline:
    from translator.readers import kfp_spec

    return kfp_spec.read(source)  # which has no options


def _read_workflow(source: Source, options: ReadOptions) -> Pipeline:
    from translator.readers import argo

    return argo.read(source, options)


def _read_component(source: Source, options: ReadOptions) -> Pipeline:
    from translator.readers import component

    return component.read(source)


def _outline_of_pipeline_spec(source: Source) -> Outline:
    from translator.readers import kfp_outline, kfp_spec

    return kfp_outline.of_pipeline(kfp_spec.read(source))


def _outline_of_workflow(source: Source) -> Outline:
    from translator.readers.argo import outline

    return outline.outline(source)


def _outline_of_component(source: Source) -> Outline:
    from translator.readers import component, kfp_outline

    return kfp_outline.of_pipeline(component.read(source))


def _is_compiled_component(pipeline: Pipeline) -> bool:
    from translator.readers import kfp_documents

    return kfp_documents.is_compiled_component(pipeline)


#: The kinds of Argo objects with a workflow.
WORKFLOWS = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow")
#: The formats, in the order in which they are tried.
READERS = (
    Reader(
        "KFP v2 pipeline spec",
        _is_pipeline_spec,
        _read_pipeline_spec,
        _outline_of_pipeline_spec,
        _is_compiled_component,
    ),
    Reader(
        "KFP v1 Argo workflow", _is_workflow, _read_workflow, _outline_of_workflow, lambda _: False
    ),
    Reader("KFP component", _is_component, _read_component, _outline_of_component, lambda _: True),
)


def reader_for(source: Source) -> Reader | None:
    """The reader for this content; None for an unknown format."""
    if not source.documents:
        return None
    # The platform document may come first; the SDK writes it second, servers accept any order.
    for document in source.documents:
        if document.kind != "mapping":
            continue
        for reader in READERS:
            if reader.recognises(document):
                return reader
    return None
