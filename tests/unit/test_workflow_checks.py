"""What is reported for a KFP v1 workflow that Kubeflow runs as it is."""

from __future__ import annotations

import translator
from tests.unit.argo_files import workflow
from translator.diagnostics import kubeflow as rules
from translator.model import Component, Dag, Interface, Parameter, ParameterType, Pipeline
from translator.targets import target
from translator.targets.workflow.checks import MAX_WORKFLOW


def pipeline_of(**inputs: Parameter) -> Pipeline:
    root = Component(body=Dag(tasks={}), inputs=Interface(parameters=inputs))
    return Pipeline(name="A B", root=root, components={}, executors={}, default_root="x://b")


def found(pipeline: Pipeline, text: str) -> list[translator.Diagnostic]:
    return [one for check in target("kubeflow", text).checks() for one in check(pipeline)]


def test_what_only_the_model_would_get_wrong_is_not_reported() -> None:
    """A name and a root that KFP v2 does not take, and a container without a command."""
    task, container = "[{name: a, template: p}]", "container: {image: i, args: [x]}"
    text = workflow(task, f"[{{name: p, {container}}}]")
    reading = translator.load_text(text.replace("spec:", "spec:\n  podGC: {}", 1))
    codes = {one.rule.code for one in translator.check(reading, "kubeflow")}
    assert codes == {rules.V1_BLOCKED.code}
    assert {one.rule for one in found(pipeline_of(), "")} == {rules.V1_BLOCKED}


def test_arguments() -> None:
    pipeline = pipeline_of(x=Parameter(type=ParameterType.STRING))
    assert [one.rule for one in found(pipeline, "")] == [rules.V1_ARGUMENTS, rules.V1_BLOCKED]


def test_a_large_workflow() -> None:
    """TR432."""
    text = "ü" * (MAX_WORKFLOW // 2 + 1)
    (large,) = [one for one in found(pipeline_of(), text) if one.rule is rules.V1_TOO_LARGE]
    assert large.message == "the workflow has 1,000,002 bytes; Kubernetes accepts about 1,000,000"
    assert rules.V1_TOO_LARGE not in [one.rule for one in found(pipeline_of(), text[1:])]
