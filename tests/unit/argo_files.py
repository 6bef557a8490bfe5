"""Small Argo workflows to read, made from snippets of YAML, and what is found in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

import translator
from tests.unit.kfp_files import FILE, text_of
from translator.model import Component, Container, Dag, ExecutorRef, Parameter, ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Task
    from translator.readers.options import ReadOptions

#: Templates that any workflow may use by name. All but ``bare`` have a shell for a command.
COMMON = """
- name: say
  inputs: {parameters: [{name: text}]}
  container:
    image: python:3.9
    command: [sh, -c, 'echo "$0"', '{{inputs.parameters.text}}']
- name: make
  container: {image: alpine, command: [sh, -c, 'echo 1 > /tmp/outputs/out/data']}
  outputs:
    parameters: [{name: make-out, valueFrom: {path: /tmp/outputs/out/data}}]
    artifacts: [{name: make-out, path: /tmp/outputs/out/data}]
- name: take
  inputs: {artifacts: [{name: file, path: /tmp/inputs/file/data}]}
  container: {image: alpine, command: [sh, -c, 'cat /tmp/inputs/file/data']}
- name: work
  container: {image: alpine, command: ['sh', '-c', 'true']}
"""
#: Tasks that take the output of ``make`` by value and by path.
TAKES_VALUE = (
    "{name: value, template: say, arguments: {parameters: "
    "[{name: text, value: '{{tasks.make.outputs.parameters.make-out}}'}]}}"
)
TAKES_FILE = (
    "{name: path, template: take, arguments: {artifacts: "
    "[{name: file, from: '{{tasks.make.outputs.artifacts.make-out}}'}]}}"
)
#: A DAG with one input, and a task that runs it; what it is given, and more of the task, are open.
SUB = """
- name: sub
  inputs: {parameters: [{name: p}]}
  dag:
    tasks:
    - name: s
      template: say
      arguments: {parameters: [{name: text, value: '{{inputs.parameters.p}}'}]}
"""
CALL_SUB = "{name: sub, template: sub, arguments: {parameters: [{name: p, value: %s}]}%s}"


def yaml_of(snippet: str) -> Any:
    """The value of a snippet of YAML; nothing is an empty list."""
    return yaml.safe_load(snippet) or []


def workflow(tasks: str, templates: str = "", **spec: Any) -> str:
    """The text of a workflow that runs a DAG of these tasks.

    ``templates`` are more templates; those of ``COMMON`` that some task names come too, unless
    they are there already. ``arguments`` maps names to values, None for none; ``metadata`` is
    the workflow's; all else goes into ``spec``.
    """
    metadata = spec.pop("metadata", {"generateName": "flow-"})
    listed = [{"name": "main", "dag": {"tasks": yaml_of(tasks)}}, *yaml_of(templates)]
    there = {template["name"] for template in listed}
    wanted = {task["template"] for template in listed for task in _tasks(template)}
    wanted.add(spec.get("onExit"))
    listed += [t for t in yaml_of(COMMON) if t["name"] in wanted - there]
    parameters = [_argument(*argument) for argument in spec.pop("arguments", {}).items()]
    return text_of(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": metadata,
            "spec": {
                "entrypoint": "main",
                "arguments": {"parameters": parameters, **spec.pop("more_arguments", {})},
                **spec,
                "templates": listed,
            },
        }
    )


def _tasks(template: dict[str, Any]) -> list[dict[str, Any]]:
    found = list(template.get("dag", {}).get("tasks", []))
    for group in template.get("steps", []):
        found += group if isinstance(group, list) else [group]
    return [task for task in found if "template" in task]


def _argument(name: str, value: Any) -> dict[str, Any]:
    return {"name": name} if value is None else {"name": name, "value": value}


def one_container(template: str, **spec: Any) -> str:
    """The text of a workflow whose one task ``run`` runs this template, named ``run``."""
    listed = [yaml_of(template) | {"name": "run"}]
    return workflow("[{name: run, template: run}]", json.dumps(listed), **spec)


def findings(text: str, how: ReadOptions | None = None) -> list[Diagnostic]:
    """All that is to be said of a workflow."""
    reading = translator.load_text(text, FILE, how)
    return [*reading.diagnostics, *reading.lowering]


def told(text: str, how: ReadOptions | None = None) -> list[str]:
    """The codes of all that is to be said of a workflow, in order."""
    return sorted(finding.rule.code for finding in findings(text, how))


def read(text: str, how: ReadOptions | None = None, told: tuple[str, ...] = ()) -> Pipeline:
    """The pipeline of a workflow, of which there is just this to say, by code."""
    reading = translator.load_text(text, FILE, how)
    found = [*reading.diagnostics, *reading.lowering]
    assert sorted(finding.rule.code for finding in found) == sorted(told), found
    return reading.pipeline


def dag(pipeline: Pipeline, component: str = "root") -> Dag:
    """What a component is made of, by its name."""
    body = _component(pipeline, component).body
    assert isinstance(body, Dag)
    return body


def tasks(pipeline: Pipeline, component: str = "root") -> Mapping[str, Task]:
    """The tasks of a component, by its name."""
    return dag(pipeline, component).tasks


def inputs(pipeline: Pipeline, component: str = "root") -> Mapping[str, Parameter]:
    """The parameters that a component takes, by its name."""
    return _component(pipeline, component).inputs.parameters


def _component(pipeline: Pipeline, name: str) -> Component:
    return pipeline.root if name == "root" else pipeline.components[name]


def container(pipeline: Pipeline, component: str = "comp-run") -> Container:
    """The container that a component runs, by its name."""
    body = pipeline.components[component].body
    assert isinstance(body, ExecutorRef)
    executor = pipeline.executors[body.label]
    assert isinstance(executor, Container)
    return executor


def words(pipeline: Pipeline, component: str = "comp-run") -> list[str]:
    """Command and arguments of a component, with placeholders as KFP v2 writes them."""
    found = container(pipeline, component)
    return [str(word) for word in (*found.command, *found.args)]


def outputs(
    pipeline: Pipeline, component: str = "comp-run"
) -> tuple[dict[str, ParameterType], list[str]]:
    """What a component gives: parameters with their types, and artifacts."""
    given = pipeline.components[component].outputs
    kinds = {name: p.type for name, p in given.parameters.items()}
    return kinds, list(given.artifacts)


def wrappers(pipeline: Pipeline, component: str = "comp-run") -> list[list[str]]:
    """What runs around the program of a component, each with what it is given, then the program."""
    left = words(pipeline, component)
    found: list[list[str]] = []
    while left[:2] == ["sh", "-c"] and len(left) > 3 and "$@" in left[2]:
        next_ = left.index("sh", 3) if "sh" in left[3:] else 6
        found.append(left[3:next_])
        left = left[next_:]
    return [*found, left]
