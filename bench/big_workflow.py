"""Big KFP v1 workflows: the templates and tasks of a small one again and again.

python bench/big_workflow.py FILE COPIES > big.yaml

Each copy has its own names, so the result is one valid workflow: `train` becomes `train-c1`, and
what refers to it follows. The pipeline's parameters are shared.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
#: The two places where a name stands inside a string: where a value comes from.
_TASK = re.compile(r"\{\{tasks\.([A-Za-z0-9_-]+)\.outputs\.(parameters|artifacts)\.([^}]+)\}\}")
_INPUT = re.compile(r"\{\{inputs\.(parameters|artifacts)\.([^}]+)\}\}")


def repeated_workflow(seed: Path, tasks: int) -> str:
    """The workflow repeated until it has at least so many tasks, and cut to exactly so many."""
    workflow = _load(seed)
    count = len(_entrypoint(workflow)["dag"]["tasks"])
    return _dump(_repeated(workflow, -(-tasks // count), tasks))


def repeated_until(seed: Path, size: int) -> str:
    """The workflow repeated until the file has about so many bytes."""
    workflow = _load(seed)
    per_copy = len(_dump(_repeated(workflow, 9))) - len(_dump(_repeated(workflow, 1)))
    return _dump(_repeated(workflow, max(1, round(size / (per_copy / 8)))))


def _repeated(workflow: Json, copies: int, tasks: int | None = None) -> Json:
    """The workflow with so many copies of everything, at most ``tasks`` tasks of it."""
    spec = workflow["spec"]
    entrypoint = _entrypoint(workflow)
    shared = {one["name"] for one in entrypoint.get("inputs", {}).get("parameters", [])}
    leaves = [template for template in spec["templates"] if template is not entrypoint]
    all_templates: list[Json] = []
    all_tasks: list[Json] = []
    for number in range(copies):
        copy = _Copy(f"-c{number}" if number else "", shared)
        renamed = {one["name"]: one for one in map(copy.template, leaves)}
        for task in map(copy.task, _in_order(entrypoint["dag"]["tasks"])):
            if tasks is None or len(all_tasks) < tasks:
                all_tasks.append(task)
                all_templates.append(renamed[task["template"]])
    dag = {**entrypoint, "dag": {"tasks": all_tasks}}
    return {**workflow, "spec": {**spec, "templates": [*all_templates, dag]}}


def _in_order(tasks: list[Json]) -> Iterator[Json]:
    """Producers before consumers, so that cutting the list leaves nothing dangling."""
    left = {task["name"]: task for task in tasks}
    while left:
        ready = [
            task for task in left.values() if not left.keys() & set(task.get("dependencies", ()))
        ]
        for task in ready:
            yield left.pop(task["name"])


class _Copy:
    """Gives everything in one copy its own names."""

    def __init__(self, suffix: str, shared: set[str]) -> None:
        self.suffix = suffix
        self.shared = shared

    def template(self, template: Json) -> Json:
        renamed = self._strings({**template, "name": self._name(template["name"])})
        for side in ("inputs", "outputs"):
            for kind, ports in renamed.get(side, {}).items():
                renamed[side][kind] = [self._port(port) for port in ports]
        return renamed

    def task(self, task: Json) -> Json:
        renamed = self._strings(
            {
                **task,
                "name": self._name(task["name"]),
                "template": self._name(task["template"]),
            }
        )
        if "dependencies" in task:
            renamed["dependencies"] = [self._name(name) for name in task["dependencies"]]
        for kind, ports in renamed.get("arguments", {}).items():
            renamed["arguments"][kind] = [self._port(port) for port in ports]
        return renamed

    def _name(self, name: str) -> str:
        # Names of pods' UI artifacts mean something to the backend.
        if name in self.shared or name.startswith("mlpipeline-"):
            return name
        return name + self.suffix

    def _port(self, port: Json) -> Json:
        return {**port, "name": self._name(port["name"])}

    def _strings(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self._strings(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._strings(item) for item in value]
        if not isinstance(value, str) or "{{" not in value:
            return value
        value = _TASK.sub(self._task_reference, value)
        return _INPUT.sub(self._input_reference, value)

    def _task_reference(self, match: re.Match[str]) -> str:
        task, kind, port = match.groups()
        return f"{{{{tasks.{self._name(task)}.outputs.{kind}.{self._name(port)}}}}}"

    def _input_reference(self, match: re.Match[str]) -> str:
        return f"{{{{inputs.{match[1]}.{self._name(match[2])}}}}}"


def _entrypoint(workflow: Json) -> Json:
    spec = workflow["spec"]
    return next(one for one in spec["templates"] if one["name"] == spec["entrypoint"])


def _load(path: Path) -> Json:
    import yaml

    return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _dump(workflow: Json) -> str:
    """YAML as kfp 1.8 writes it: PyYAML's, flow style for the innermost."""
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

        def represent_text(self, data: str) -> Any:
            style = "|" if "\n" in data else None
            return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    Dumper.add_representer(str, Dumper.represent_text)
    return yaml.dump(workflow, Dumper=Dumper, sort_keys=False, default_flow_style=None)


if __name__ == "__main__":
    sys.stdout.write(_dump(_repeated(_load(Path(sys.argv[1])), int(sys.argv[2]))))
