"""A workflow that is damaged somewhere is translated or refused with places, and never more."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

import translator
from tests.unit.argo_files import CALL_SUB, SUB, TAKES_FILE, TAKES_VALUE, read, workflow, yaml_of
from tests.unit.kfp_files import FILE, places
from translator.readers.options import ReadOptions

HOW = ReadOptions(unroll_recursion=1, declared_types=True)
TEMPLATES = """
- name: loop
  inputs: {parameters: [{name: p}, {name: list-loop-item-subvar-a}], artifacts: [{name: f}]}
  parallelism: 2
  dag:
    tasks:
    - name: t
      template: run
      when: '"{{inputs.parameters.p}}" != "a" && {{workflow.parameters.x}} > 3'
      arguments:
        parameters: [{name: v, value: '{{inputs.parameters.list-loop-item-subvar-a}}'}]
        artifacts: [{name: in, from: '{{inputs.artifacts.f}}'}]
    - name: again
      template: loop
      when: '{{tasks.t.outputs.parameters.run-o}} == more'
      dependencies: [t]
      arguments:
        parameters:
        - {name: p, value: '{{inputs.parameters.p}}'}
        - {name: list-loop-item-subvar-a, value: '{{inputs.parameters.list-loop-item-subvar-a}}'}
        artifacts: [{name: f, from: '{{inputs.artifacts.f}}'}]
- name: run
  inputs:
    parameters: [{name: v}]
    artifacts:
    - {name: in, path: /tmp/inputs/In/data}
    - {name: c, path: /c, raw: {data: 'x{{workflow.uid}}'}}
  container:
    image: 'a:{{workflow.parameters.x}}'
    command: [python3, run.py]
    args: [--v, '{{inputs.parameters.v}}', /tmp/inputs/In/data, /tmp/outputs/o/data]
    env:
    - {name: A, value: '{{inputs.parameters.v}}'}
    - {name: B, valueFrom: {fieldRef: {fieldPath: a}}}
    resources: {limits: {cpu: 1, memory: 1Gi, nvidia.com/gpu: 1}, requests: {cpu: 500m}}
  outputs:
    parameters: [{name: run-o, valueFrom: {path: /tmp/outputs/o/data}}]
    artifacts: [{name: run-o, path: /tmp/outputs/o/data}, {name: mlpipeline-metrics, path: /m}]
  retryStrategy: {limit: 2, backoff: {duration: 1m, factor: 2}}
  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-l4}
  metadata:
    annotations:
      pipelines.kubeflow.org/component_spec: >-
        {"name": "Run",
        "inputs": [{"name": "V", "type": "Integer"}, {"name": "In", "type": "Model"}],
        "outputs": [{"name": "o", "type": "Float"}], "implementation": {"container": {"image": "a",
        "command": ["python3", "run.py"], "args": ["--v", {"inputValue": "V"}, {"inputPath": "In"},
        {"outputPath": "o"}]}}}
      pipelines.kubeflow.org/arguments.parameters: '{"V": "{{inputs.parameters.v}}"}'
- name: bye
  inputs: {parameters: [{name: x}]}
  container: {image: a, command: [sh, -c, 'echo {{workflow.status}} {{inputs.parameters.x}}']}
"""
TASKS = f"""
- {{name: make, template: make}}
- {TAKES_VALUE}
- {TAKES_FILE}
- {CALL_SUB % ("'{{workflow.parameters.x}}'", ", dependencies: [value]")}
- name: loop
  template: loop
  withItems: [{{a: 1, b: x}}, {{a: 2, b: '{{{{workflow.parameters.x}}}}'}}]
  arguments:
    parameters:
    - {{name: p, value: '{{{{item.b}}}}'}}
    - {{name: list-loop-item-subvar-a, value: '{{{{item.a}}}}'}}
    artifacts: [{{name: f, from: '{{{{tasks.make.outputs.artifacts.make-out}}}}'}}]
- name: each
  template: say
  withParam: '{{{{workflow.parameters.list}}}}'
  when: '{{{{item}}}} != 2'
  arguments: {{parameters: [{{name: text, value: '{{{{item}}}}'}}]}}
"""
WHOLE: dict[str, Any] = yaml_of(
    workflow(
        TASKS,
        SUB + TEMPLATES,
        arguments={"x": 1, "list": "[1, 2]"},
        onExit="bye",
        metadata={"name": "whole", "labels": {"a": "b"}},
    )
)


def test_the_whole_is_translated() -> None:
    pipeline = read(json.dumps(WHOLE), HOW, told=("TR160", "TR187"))
    for target in ("vertex", "kubeflow"):
        assert "pipeline.yaml" in translator.render(pipeline, target)


#: Values that do not fit everywhere.
ODD: list[Any] = [
    *(None, "", 0, -1, 1.5, True, [], {}, ["a"], {"a": 1}, [[]], [None], {"name": "a"}, "a"),
    *("{{item}}", "{{item.}}", "{{inputs.parameters.x}}", "{{inputs.}}", "{{tasks.a}}", "{{=1}}"),
    *("{{tasks.make.outputs.parameters.make-out}}", "{{workflow.status}}", "{{workflow}}", "{{"),
]


def damaged(chance: random.Random) -> dict[str, Any]:
    """The whole with a few places removed, replaced, repeated or spoilt."""
    document: dict[str, Any] = copy.deepcopy(WHOLE)
    for _ in range(chance.choice([1, 1, 2, 4])):
        all_places = places(document["spec"])
        place = chance.choice(all_places)
        holder, key = inside(document["spec"], place[:-1]), place[-1]
        match chance.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(chance.choice(ODD))
            case 2:
                holder[key] = copy.deepcopy(inside(document["spec"], chance.choice(all_places)))
            case 3 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case _ if isinstance(holder[key], str):
                at = chance.randrange(len(holder[key]) + 1)
                noise = chance.choice(["{{", "}}", "'", '"', ".", "\n", "item", " ", "x"])
                holder[key] = holder[key][:at] + noise + holder[key][at:]
    return document


def inside(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


@pytest.mark.parametrize("seed", range(300))
def test_a_damaged_workflow_is_translated_or_refused(seed: int) -> None:
    text = json.dumps(damaged(random.Random(seed)))
    findings: list[Any] = []
    try:
        reading = translator.load_text(text, FILE, HOW if seed % 2 else None)
        findings += [*reading.diagnostics, *reading.lowering]
        for target in ("vertex", "kubeflow"):
            assert translator.render(reading, target)
    except translator.TranslationError as error:
        findings += error.diagnostics
        assert any(finding.severity is translator.Severity.ERROR for finding in findings)
    for finding in findings:
        assert finding.message
        assert finding.origin is not None
        assert finding.origin.file == FILE
