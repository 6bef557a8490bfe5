"""A file that is no compiled pipeline is told for what it is, with what to do instead."""

from __future__ import annotations

import pytest

import translator
from tests.unit.kfp_files import EVERYTHING, FILE, found, text_of
from translator.readers import READERS, reader_for
from translator.source import parse

COMPONENT = """
name: Add
inputs:
- {name: a, type: Integer}
implementation: {}
"""
PYTHON = {
    "a pipeline": """
from kfp import dsl

@dsl.pipeline(name="train")
def train(text: str = "a"):
    say(text=text)
""",
    "only assignments, which are YAML too": "import os\nx = 1\n",
    "a function that is a mapping in YAML": "def train():\n  return 1\n",
    "nothing but imports": "from kfp import dsl\n",
    "with a comment first": "#!/usr/bin/env python3\n# Trains.\nimport kfp\n",
}
KUBERNETES = {
    "Pod": "apiVersion: v1\nkind: Pod\nspec: {}\n",
    "Deployment": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n",
    "Workflow": "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n",
    "Sensor": "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nspec: {}\n",
    "ConfigMap": '{"apiVersion": "v1", "kind": "ConfigMap"}',
}
#: What it is → its text, what it is called, a part of the advice.
FOREIGN: dict[str, tuple[str, str, str]] = {
    "Tekton run": (
        "apiVersion: tekton.dev/v1beta1\nkind: PipelineRun\nspec: {}\n",
        "a Tekton run",
        "not with `kfp-tekton`",
    ),
    "Tekton task": (
        "apiVersion: tekton.dev/v1\nkind: Task\nspec: {}\n",
        "a Tekton Task",
        "not with `kfp-tekton`",
    ),
    "Elyra": (
        '{"doc_type": "pipeline", "version": "3.0", "id": "elyra", "primary_pipeline": "x", '
        '"pipelines": [{"id": "x", "nodes": []}], "schemas": []}',
        "a pipeline of the Elyra editor",
        f"`elyra-pipeline export {FILE} --runtime-config NAME --format yaml",
    ),
    "Jupyter notebook": (
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        "a Jupyter notebook",
        "compile the pipeline in it",
    ),
    "manifest of a pipeline": (
        "apiVersion: pipelines.kubeflow.org/v2beta1\nkind: Pipeline\nspec: {displayName: x}\n",
        "a manifest of the kind `Pipeline` without a pipeline spec",
        "`PipelineVersion`, which has it in `spec.pipelineSpec`",
    ),
    "manifest of a version elsewhere": (
        "apiVersion: pipelines.kubeflow.org/v2beta1\nkind: PipelineVersion\n"
        "spec: {pipelineSpecURI: gs://a/b}\n",
        "a manifest of the kind `PipelineVersion` without a pipeline spec",
        "`PipelineVersion`, which has it in `spec.pipelineSpec`",
    ),
    "ScheduledWorkflow": (
        "apiVersion: kubeflow.org/v1beta1\nkind: ScheduledWorkflow\nspec: {}\n",
        "a recurring run of Kubeflow",
        "`--schedule`",
    ),
    "Katib": (
        "apiVersion: kubeflow.org/v1beta1\nkind: Experiment\nspec: {}\n",
        "a Katib experiment",
        "contains no pipeline",
    ),
    "KServe": (
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n",
        "a KServe service",
        "`kubectl apply`",
    ),
    "component": (COMPONENT, "a component definition", "load_component_from_file"),
    "platforms alone": (
        "platforms:\n  kubernetes: {}\n",
        "a platform spec without its pipeline spec",
        "put the pipeline spec before it",
    ),
    "list": ("- a\n- b\n", "a list", "of the KFP compiler"),
    "JSON list": ("[1, 2]", "a list", "of the KFP compiler"),
    "text": ("Dear reader,\nhello.\n", "plain text", "of the KFP compiler"),
    "number": ("3", "plain text", "of the KFP compiler"),
    "mapping": ("steps: []\n", "something else", "`pipelineInfo` and `root`"),
    "nothing in braces": ("{}", "something else", "`pipelineInfo` and `root`"),
}


def told(text: str) -> translator.Diagnostic:
    (finding,) = found(text)
    assert finding.rule.code == "TR130"
    assert finding.origin is not None
    assert finding.origin.file == FILE
    assert finding.message == f"this is {finding.facts['found']}, not a compiled pipeline"
    assert finding.help == finding.facts["advice"]
    return finding


@pytest.mark.parametrize(("text", "name", "advice"), FOREIGN.values(), ids=FOREIGN)
def test_it_is_called_by_its_name(text: str, name: str, advice: str) -> None:
    finding = told(text)
    assert finding.facts["found"] == name
    assert advice in finding.help


@pytest.mark.parametrize(("kind", "text"), KUBERNETES.items(), ids=KUBERNETES)
def test_other_objects_of_kubernetes(kind: str, text: str) -> None:
    finding = told(text)
    assert finding.facts["found"] == f"a Kubernetes object of the kind `{kind}`"
    assert "not an object of the cluster" in finding.help


@pytest.mark.parametrize("text", PYTHON.values(), ids=PYTHON)
def test_python_has_to_be_compiled_first(text: str) -> None:
    finding = told(text)
    assert finding.facts["found"] == "Python source"
    assert finding.help == f"compile it first: `kfp dsl compile --py {FILE} --output pipeline.yaml`"


@pytest.mark.parametrize(
    "text",
    ["import a from b:\n  - [", "@nobody: [", "def f(:\n  a: [", "Import it: [\n"],
)
def test_broken_text_with_words_of_python_is_broken_text(text: str) -> None:
    assert [finding.rule.code for finding in found(text)] == ["TR102"]


def test_the_first_document_is_the_one_that_is_told_of() -> None:
    pod = KUBERNETES["Pod"]
    assert told(f"{pod}---\n- a\n").facts["found"] == "a Kubernetes object of the kind `Pod`"


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        (text_of(EVERYTHING), "KFP v2 pipeline spec"),
        ('{"pipelineSpec": {}}', "KFP v2 pipeline spec"),
        ("root: {}\nschemaVersion: 2.1.0\n", "KFP v2 pipeline spec"),
        ("platforms: {}\n---\npipelineInfo: {}\n", "KFP v2 pipeline spec"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}\n", "KFP v1 Argo workflow"),
        ("root: {}\n", None),
        ("apiVersion: [argoproj.io/]\nkind: Workflow\nspec: {}\n", None),
    ],
)
def test_a_format_is_told_from_its_content(text: str, reader: str | None) -> None:
    chosen = reader_for(parse(text, FILE))
    assert (chosen and chosen.name) == reader
    assert reader is None or chosen in READERS


def test_the_exception_reads_like_the_finding() -> None:
    with pytest.raises(translator.TranslationError) as caught:
        translator.load_text("- a\n", "list.yaml")
    assert (
        str(caught.value) == "list.yaml:1:1: error[TR130]: this is a list, not a compiled pipeline"
    )
