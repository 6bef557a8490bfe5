"""Files that are not a compiled pipeline: what they are, and what to do instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import Origin
from translator.diagnostics import reading as rules

if TYPE_CHECKING:
    from translator.diagnostics import Diagnostic
    from translator.source import Cursor, Source

_COMPILE = "compile it first: `kfp dsl compile --py {file} --output pipeline.yaml`"
_EXPORT = (
    "export it first: `elyra-pipeline export {file} --runtime-config NAME --format yaml "
    "--output pipeline.yaml`"
)
_KUBERNETES = "convert the output of the KFP compiler, not an object of the cluster"
#: ``kind`` of a Kubernetes object → its name, and what to do instead.
_KINDS = {
    "PipelineRun": ("a Tekton run", "compile the pipeline with `kfp`, not with `kfp-tekton`"),
    "ScheduledWorkflow": (
        "a recurring run of Kubeflow",
        "convert the pipeline that it runs and pass `--schedule`",
    ),
    "Experiment": ("a Katib experiment", "run it on Kubeflow; it contains no pipeline"),
    "InferenceService": ("a KServe service", "deploy it with `kubectl apply`"),
}
_PYTHON = re.compile(r"^[ \t]*(?:import|from)\s+[\w.]+|^@\w[\w.]*|^def \w+\(", re.MULTILINE)


def foreign(source: Source) -> Diagnostic:
    """The finding for a file without a reader."""
    # Some Python is valid YAML: one long text, or a mapping of `def f()` to its body.
    python = python_source(source.text, Origin(source.file))
    if python is not None:
        return python
    document = source.documents[0]
    found, advice = _told(document)
    advice = advice.replace("{file}", source.file)
    return rules.NOT_A_PIPELINE.at(document.origin, found=found, advice=advice)


def python_source(text: str, origin: Origin) -> Diagnostic | None:
    """The finding for Python source; None for other texts."""
    if not _PYTHON.search(text):
        return None
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    advice = _COMPILE.format(file=origin.file)
    return rules.NOT_A_PIPELINE.at(origin, found="Python source", advice=advice)


def _told(document: Cursor) -> tuple[str, str]:
    if document.kind != "mapping":
        shape = "a list" if document.kind == "sequence" else "plain text"
        return shape, "pass the YAML or JSON output of the KFP compiler"
    if "implementation" in document:
        return (
            "a component definition",
            "use it in a pipeline, or compile it alone: `kfp dsl compile` takes the Python that "
            "loads it with `components.load_component_from_file`",
        )
    if "plan-version" in document:
        return "a plan of `translator`", "pass it with `--plan {file}`"
    if "primary_pipeline" in document and "pipelines" in document:
        return "a pipeline of the Elyra editor", _EXPORT
    if "cells" in document and "nbformat" in document:
        return "a Jupyter notebook", "compile the pipeline in it: `kfp.compiler.Compiler().compile`"
    version, named = document.get("apiVersion").peek(), document.get("kind").peek()
    if isinstance(named, str) and named in _KINDS:
        return _KINDS[named]
    if isinstance(named, str) and isinstance(version, str):
        if version.startswith("pipelines.kubeflow.org/v2"):
            return (
                f"a manifest of the kind `{named}` without a pipeline spec",
                "pass the manifest of the kind `PipelineVersion`, which has it in "
                "`spec.pipelineSpec`, or compile without `kubernetes_manifest_format`",
            )
        if version.startswith("tekton.dev/"):
            return f"a Tekton {named}", _KINDS["PipelineRun"][1]
        return f"a Kubernetes object of the kind `{named}`", _KUBERNETES
    if "platforms" in document or "platformSpec" in document:
        return "a platform spec without its pipeline spec", "put the pipeline spec before it"
    return (
        "something else",
        "a pipeline spec has `pipelineInfo` and `root`, an Argo workflow `apiVersion: "
        "argoproj.io/v1alpha1` and `spec`",
    )
