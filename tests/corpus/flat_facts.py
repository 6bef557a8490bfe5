"""Two pipeline specs, compared by the tool ``ir_flat`` of the shared folder, which knows no names.

The tool compares names of inputs and outputs, and has no defaults. So names that no container reads
become their places in its command, an input that may be left out is optional, and an input that is
left out gets its default. It compares the texts of conditions, which are written without
comparisons of a value with itself, since these are true.
"""

from __future__ import annotations

import copy
import functools
import importlib.util
import json
import re
from typing import Any

import yaml

from tests.conftest import shared_folder
from translator.cel import condition_text, parsed_condition
from translator.model.expressions import simplified

_USE = re.compile(
    r"\$\.(inputs|outputs)\.(parameters|artifacts)\[(?:\\?['\"])([^'\"\\]+)(?:\\?['\"])\]"
)


@functools.cache
def tool() -> Any:
    """The module of the tool."""
    shared = shared_folder()
    assert shared is not None
    spec = importlib.util.spec_from_file_location("ir_flat", shared / "tools" / "ir_flat.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same_facts(one: str, other: str) -> bool:
    """Whether the tool has the same facts about two pipeline specs."""
    first, second = (facts(text) for text in (one, other))
    return bool(first == second)


def facts(text: str) -> Any:
    """The facts of the tool about a pipeline spec."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = next(yaml.load_all(text, loader))
    return tool().Flat(canonical(document.get("pipelineSpec", document))).facts()


def canonical(spec: dict[str, Any]) -> dict[str, Any]:
    """A pipeline spec without names that no container reads."""
    spec = copy.deepcopy(spec)
    components = spec.get("components") or {}
    executors = spec["deploymentSpec"]["executors"]
    names = {label: _names(one, executors) for label, one in components.items()}
    for holder in (spec["root"], *components.values()):
        tasks = (holder.get("dag") or {}).get("tasks") or {}
        for task in tasks.values():
            _fill(task, components[task["componentRef"]["name"]])
            if condition := (task.get("triggerPolicy") or {}).get("condition"):
                short = condition_text(simplified(parsed_condition(condition)))
                task["triggerPolicy"]["condition"] = short
            _rename_inputs(task, names[task["componentRef"]["name"]]["inputs"])
        _rename_sources(holder, tasks, names)
    for label, component in components.items():
        _rename_component(component, names[label], executors)
    for component in components.values():
        for definition in _definitions(component, "inputs", "parameters").values():
            definition.pop("defaultValue", None)
            definition.pop("isOptional", None)
    for definition in _definitions(spec["root"], "inputs", "parameters").values():
        definition["isOptional"] = definition.get("isOptional", "defaultValue" in definition)
    return spec


def _definitions(component: dict[str, Any], side: str, kind: str) -> dict[str, Any]:
    found = (component.get(f"{side[:-1]}Definitions") or {}).get(kind) or {}
    assert isinstance(found, dict)
    return found


def _names(component: dict[str, Any], executors: dict[str, Any]) -> dict[str, dict[str, str]]:
    """For inputs and outputs: name → its place in the command."""
    found: dict[str, dict[str, str]] = {"inputs": {}, "outputs": {}}
    container = executors.get(component.get("executorLabel"), {}).get("container")
    if container is None or "{{$}}" in (text := json.dumps(container, sort_keys=True)):
        return found
    for side, _, name in _USE.findall(text.replace('\\"', '"')):
        found[side].setdefault(name, f"{side}-{len(found[side])}")
    for side in found:
        for kind in ("parameters", "artifacts"):
            for name in _definitions(component, side, kind):
                found[side].setdefault(name, re.sub(r"[^0-9a-z]+", "_", name.lower()))
    return found


def _fill(task: dict[str, Any], component: dict[str, Any]) -> None:
    """Passes the defaults of inputs that are left out. They mean nothing else."""
    for name, definition in _definitions(component, "inputs", "parameters").items():
        if "defaultValue" in definition:
            given = task.setdefault("inputs", {}).setdefault("parameters", {})
            given.setdefault(name, {"runtimeValue": {"constant": definition["defaultValue"]}})


def _rename_inputs(task: dict[str, Any], names: dict[str, str]) -> None:
    for kind, given in (task.get("inputs") or {}).items():
        task["inputs"][kind] = {names.get(name, name): one for name, one in given.items()}


def _rename_sources(holder: Any, tasks: dict[str, Any], names: dict[str, Any]) -> None:
    """Renames outputs where they are taken."""

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for entry in value:
                walk(entry)
        elif isinstance(value, dict):
            producer = value.get("producerTask") or value.get("producerSubtask")
            if isinstance(producer, str) and producer in tasks:
                outputs = names[tasks[producer]["componentRef"]["name"]]["outputs"]
                for key in ("outputParameterKey", "outputArtifactKey"):
                    if key in value:
                        value[key] = outputs.get(value[key], value[key])
            for entry in value.values():
                walk(entry)

    walk(holder.get("dag") or {})


def _rename_component(
    component: dict[str, Any], names: dict[str, dict[str, str]], executors: dict[str, Any]
) -> None:
    for side, known in names.items():
        for kind in ("parameters", "artifacts"):
            definitions = _definitions(component, side, kind)
            if definitions:
                renamed = {known.get(name, name): one for name, one in definitions.items()}
                component[f"{side[:-1]}Definitions"][kind] = renamed
    label = component.get("executorLabel")
    if not any(names.values()) or "container" not in executors.get(label, {}):
        return

    def place(match: re.Match[str]) -> str:
        side, kind, name = match.groups()
        return f"$.{side}.{kind}['{names[side].get(name, name)}']"

    # A container may be shared; each component gets its own.
    text = _USE.sub(place, json.dumps(executors[label]))
    component["executorLabel"] = f"{label} {len(executors)}"
    executors[component["executorLabel"]] = json.loads(text)
