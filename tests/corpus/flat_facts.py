"""Two pipeline specs, compared by the tool ``ir_flat`` of the shared folder, which knows no names.

The tool compares names of inputs and outputs, and has no defaults. So names that no container reads
become their places in its command, an input that may be left out is optional, and an input that is
left out gets its default. It compares texts where several mean the same: conditions are written
without comparisons of a value with itself, which are true; a text that is nothing but a value is
the value; retries have their defaults; types of artifacts have their names of today; the program
that shows metrics, and reads names of outputs, gets their places.
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
#: A text that is nothing but the value of an input.
_WHOLE = re.compile(r"\{\{\$\.inputs\.parameters\['([^']+)'\]\}\}")
#: The last line before the function in the program of a lightweight component.
_IMPORTS = "from typing import *\n"
#: The type of an artifact in the schema that kfp 1.6 wrote for ``system.Model``.
_SCHEMA = re.compile(r"^title: kfp\.(\w+)$", re.MULTILINE)
#: What backends do where a policy does not say it, and what kfp writes.
_RETRIES = {"backoffDuration": "0s", "backoffFactor": 2.0, "backoffMaxDuration": "3600s"}


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


def same_facts(one: str, other: str, *, bootstraps: bool = True) -> bool:
    """Whether the tool has the same facts about two pipeline specs.

    Without ``bootstraps`` the text that kfp writes around lightweight functions does not count:
    each version of kfp writes its own.
    """
    first, second = (facts(text, bootstraps=bootstraps) for text in (one, other))
    return bool(first == second)


def facts(text: str, *, bootstraps: bool = True) -> Any:
    """The facts of the tool about a pipeline spec."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = next(yaml.load_all(text, loader))
    spec = document.get("pipelineSpec", document)
    if not bootstraps:
        for executor in spec["deploymentSpec"]["executors"].values():
            command = executor.get("container", {}).get("command") or [""]
            if any("executor_main" in word for word in command):
                executor["container"]["command"] = [command[-1].partition(_IMPORTS)[2].strip()]
    return tool().Flat(canonical(spec)).facts()


def canonical(spec: dict[str, Any]) -> dict[str, Any]:
    """A pipeline spec without names that no container reads."""
    spec = copy.deepcopy(spec)
    components = spec.get("components") or {}
    executors = spec["deploymentSpec"]["executors"]
    for holder in (spec["root"], *components.values()):
        for task in ((holder.get("dag") or {}).get("tasks") or {}).values():
            _read_declared(task, components[task["componentRef"]["name"]], executors)
    _rename_inputs_of_pipeline(spec["root"])
    for component in components.values():
        for side in ("inputs", "outputs"):
            for artifact in _definitions(component, side, "artifacts").values():
                older = _SCHEMA.search(artifact["artifactType"].get("instanceSchema", ""))
                if older:
                    artifact["artifactType"] = {"schemaTitle": f"system.{older[1]}"}
    names = {label: _names(one, executors) for label, one in components.items()}
    for holder in (spec["root"], *components.values()):
        tasks = (holder.get("dag") or {}).get("tasks") or {}
        for task in tasks.values():
            _fill(task, components[task["componentRef"]["name"]])
            _spell(task, components[task["componentRef"]["name"]])
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
    if container is None or _reads_names(container):
        return found
    text = json.dumps(container, sort_keys=True)
    for side, _, name in _USE.findall(text.replace('\\"', '"')):
        found[side].setdefault(name, f"{side}-{len(found[side])}")
    for side in found:
        for kind in ("parameters", "artifacts"):
            for name in _definitions(component, side, kind):
                found[side].setdefault(name, _python_name(name))
    return found


def _reads_names(container: dict[str, Any]) -> bool:
    """Whether the program of a container knows its inputs by their names.

    The one that shows metrics knows outputs only, by the argument behind the executor's input.
    """
    words = [*container.get("command", ()), *container.get("args", ())]
    return words.count("{{$}}") != int(_metrics(words) >= 0) or any(
        "{{$}}" in word and word != "{{$}}" for word in words if isinstance(word, str)
    )


def _metrics(words: list[Any]) -> int:
    """The place of the names for the program that shows metrics; -1 if there are none."""
    place = words.index("{{$}}") + 1 if "show-metrics" in words and "{{$}}" in words else -1
    return place if 0 < place < len(words) and words[place].startswith('["outputs", {') else -1


def _fill(task: dict[str, Any], component: dict[str, Any]) -> None:
    """Passes the defaults of inputs that are left out. They mean nothing else."""
    for name, definition in _definitions(component, "inputs", "parameters").items():
        if "defaultValue" in definition:
            given = task.setdefault("inputs", {}).setdefault("parameters", {})
            given.setdefault(name, {"runtimeValue": {"constant": definition["defaultValue"]}})


def _read_declared(
    task: dict[str, Any], component: dict[str, Any], executors: dict[str, Any]
) -> None:
    """Lets resources read declared inputs: kfp passes amounts once more, as inputs of its own."""
    container = executors.get(component.get("executorLabel"), {}).get("container", {})
    given = (task.get("inputs") or {}).get("parameters") or {}
    declared = _definitions(component, "inputs", "parameters")
    for field, text in container.get("resources", {}).items():
        used = _WHOLE.fullmatch(text) if isinstance(text, str) else None
        if used and used[1] in given and used[1] not in declared:
            equal = [one for one in declared if given.get(one) == given[used[1]]]
            if equal:
                container["resources"][field] = text.replace(used[1], equal[0])


def _spell(task: dict[str, Any], component: dict[str, Any]) -> None:
    """Writes a condition, retries, and texts that are values, in one form."""
    if condition := (task.get("triggerPolicy") or {}).get("condition"):
        short = condition_text(simplified(parsed_condition(condition)))
        task["triggerPolicy"]["condition"] = short
    if "retryPolicy" in task:
        task["retryPolicy"] = _RETRIES | task["retryPolicy"]
    given = (task.get("inputs") or {}).get("parameters") or {}
    declared = _definitions(component, "inputs", "parameters")
    for name, source in given.items():
        constant = (source.get("runtimeValue") or {}).get("constant")
        whole = _WHOLE.fullmatch(constant) if isinstance(constant, str) else None
        is_text = declared.get(name, {}).get("parameterType") == "STRING"
        if whole and is_text and "runtimeValue" not in given.get(whole[1], {"runtimeValue": ""}):
            given[name] = given[whole[1]]


def _rename_inputs_of_pipeline(root: dict[str, Any]) -> None:
    """Renames inputs of the pipeline as kfp does: `sleep-ms` is no name in Python (TR536)."""
    for kind, field in (("parameters", "Parameter"), ("artifacts", "Artifact")):
        renamed = {name: _python_name(name) for name in _definitions(root, "inputs", kind)}
        definitions = root.get("inputDefinitions", {})
        if renamed and len({*renamed.values()}) == len(renamed):
            definitions[kind] = {renamed[name]: one for name, one in definitions[kind].items()}
            for task in root["dag"]["tasks"].values():
                for source in ((task.get("inputs") or {}).get(kind) or {}).values():
                    key = f"componentInput{field}"
                    if key in source:
                        source[key] = renamed.get(source[key], source[key])


def _python_name(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", name.lower())


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
    made = json.loads(_USE.sub(place, json.dumps(executors[label])))
    command = made["container"].get("command") or []
    if (number := _metrics(command)) >= 0:
        side, *others = json.loads(command[number])
        outputs = [{k: names["outputs"].get(v, v) for k, v in one.items()} for one in others]
        command[number] = json.dumps([side, *outputs])
    component["executorLabel"] = f"{label} {len(executors)}"
    executors[component["executorLabel"]] = made
