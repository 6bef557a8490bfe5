"""The same pipeline, written differently: other names, another order, another format."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Collection

CHANNEL = "pipelinechannel--"


def spec_of(document: Any) -> Any:
    """The pipeline spec of a document, which may be a PipelineJob."""
    return document.get("pipelineSpec", document)


def renamed(documents: list[Any], rename: Any) -> list[Any]:
    """Documents with other names of components, executors, tasks and generated inputs.

    ``rename(kind, name)`` gives the new ones, each time the same.
    """
    spec = spec_of(documents[0])
    components = {
        rename("comp", name): _component(one, rename)
        for name, one in (spec.get("components") or {}).items()
    }
    deployment = spec.get("deploymentSpec") or {}
    executors = {
        rename("exec", name): json.loads(_in_text_of_json(json.dumps(one), rename))
        for name, one in (deployment.get("executors") or {}).items()
    }
    new = {
        **spec,
        "root": _component(spec["root"], rename, is_root=True),
        "components": components,
        "deploymentSpec": {**deployment, "executors": executors},
    }
    document = documents[0]
    first = {**document, "pipelineSpec": new} if "pipelineSpec" in document else new
    return [first, *(_platforms(one, rename) for one in documents[1:])]


def _platforms(document: Any, rename: Any) -> Any:
    platforms = {}
    for platform, content in (document.get("platforms") or {}).items():
        deployment = content.get("deploymentSpec") or {}
        executors = {
            rename("exec", name): _settings(one, rename)
            for name, one in (deployment.get("executors") or {}).items()
        }
        changed = {"deploymentSpec": {**deployment, "executors": executors}} if deployment else {}
        platforms[platform] = {**content, **changed}
    return {**document, "platforms": platforms}


def _settings(value: Any, rename: Any) -> Any:
    """Settings of Kubernetes, which may refer to inputs and tasks."""
    if isinstance(value, list):
        return [_settings(entry, rename) for entry in value]
    if not isinstance(value, dict):
        return value
    new = {key: _settings(entry, rename) for key, entry in value.items()}
    if isinstance(new.get("componentInputParameter"), str):
        new["componentInputParameter"] = _channel(new["componentInputParameter"], rename)
    if "producerTask" in new:
        new["producerTask"] = rename("task", new["producerTask"])
        key = "outputParameterKey"
        new |= {key: _channel(new[key], rename)} if key in new else {}
    return new


def _channel(name: str, rename: Any) -> str:
    return CHANNEL + rename("channel", name) if name.startswith(CHANNEL) else name


def _in_text(text: str, rename: Any) -> str:
    pattern = r"(?<=\[['\"])pipelinechannel--[^'\"]+(?=['\"]\])"
    return re.sub(pattern, lambda match: _channel(match[0], rename), text)


def _component(component: Any, rename: Any, *, is_root: bool = False) -> Any:
    new = dict(component)
    if "executorLabel" in new:
        new["executorLabel"] = rename("exec", new["executorLabel"])
        return new
    if not is_root:
        for side in ("inputDefinitions", "outputDefinitions"):
            if side in new:
                new[side] = {
                    kind: {_channel(name, rename): one for name, one in entries.items()}
                    for kind, entries in new[side].items()
                }
    dag = dict(new.get("dag") or {})
    dag["tasks"] = {
        rename("task", name): _task(name, task, rename)
        for name, task in (dag.get("tasks") or {}).items()
    }
    if "outputs" in dag:
        dag["outputs"] = {
            kind: {_channel(name, rename): _selectors(one, rename) for name, one in given.items()}
            for kind, given in dag["outputs"].items()
        }
    return {**new, "dag": dag}


def _selectors(value: Any, rename: Any) -> Any:
    if isinstance(value, list):
        return [_selectors(entry, rename) for entry in value]
    if not isinstance(value, dict):
        return value
    new = {}
    for key, entry in value.items():
        if key == "producerSubtask":
            new[key] = rename("task", entry)
        elif key in ("outputParameterKey", "outputArtifactKey"):
            new[key] = _channel(entry, rename)
        else:
            new[key] = _selectors(entry, rename)
    return new


def _task(name: str, task: Any, rename: Any) -> Any:
    new = {**task, "componentRef": {"name": rename("comp", task["componentRef"]["name"])}}
    if (task.get("taskInfo") or {}).get("name") == name:
        new["taskInfo"] = {**task["taskInfo"], "name": rename("task", name)}
    if "dependentTasks" in task:
        new["dependentTasks"] = [rename("task", one) for one in task["dependentTasks"]]
    if "inputs" in task:
        new["inputs"] = {
            kind: {_channel(key, rename): _source(one, rename) for key, one in given.items()}
            for kind, given in task["inputs"].items()
        }
    for key in ("parameterIterator", "artifactIterator"):
        if key in task:
            new[key] = _iterator(task[key], rename)
    if "condition" in (task.get("triggerPolicy") or {}):
        condition = _in_text(task["triggerPolicy"]["condition"], rename)
        new["triggerPolicy"] = {**task["triggerPolicy"], "condition": condition}
    return new


def _iterator(iterator: Any, rename: Any) -> Any:
    items = {
        key: _channel(value, rename) if key.startswith("input") else value
        for key, value in iterator["items"].items()
    }
    return {**iterator, "itemInput": _channel(iterator["itemInput"], rename), "items": items}


def _source(source: Any, rename: Any) -> Any:
    new = dict(source)
    for key, value in source.items():
        if key in ("componentInputParameter", "componentInputArtifact"):
            new[key] = _channel(value, rename)
        elif isinstance(value, dict) and "producerTask" in value:
            new[key] = {**value, "producerTask": rename("task", value["producerTask"])}
            for output in ("outputParameterKey", "outputArtifactKey"):
                if output in value:
                    new[key][output] = _channel(value[output], rename)
        elif key == "runtimeValue":
            new[key] = json.loads(_in_text_of_json(json.dumps(value), rename))
    return new


def _in_text_of_json(text: str, rename: Any) -> str:
    # Within JSON text a double quote is escaped.
    pattern = r"(?<=\[['\"])pipelinechannel--[^'\"\\]+(?=\\?['\"]\])"
    return re.sub(pattern, lambda match: _channel(match[0], rename), text)


def shuffled(value: Any, shuffle: Any) -> Any:
    """The same with the keys of all mappings in another order."""
    if isinstance(value, list):
        return [shuffled(entry, shuffle) for entry in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    shuffle(keys)
    return {key: shuffled(value[key], shuffle) for key in keys}


class Renaming:
    """New names, each of them once; tasks of a DAG keep apart."""

    def __init__(self, seed: random.Random, kept: Collection[str] = ()) -> None:
        self._seed = seed
        #: Kinds that keep their names.
        self._kept = kept
        self._names: dict[tuple[str, str], str] = {}

    def __call__(self, kind: str, name: str) -> str:
        if kind in self._kept:
            return name
        if (kind, name) not in self._names:
            number = len(self._names)
            self._names[kind, name] = f"{kind}-{self._seed.randrange(1000)}-{number}"
        return self._names[kind, name]


def text_of(documents: list[Any], *, as_json: bool) -> str:
    """The documents as text; JSON has only the first."""
    if as_json:
        return json.dumps(documents[0])
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump_all(documents, Dumper=dumper, sort_keys=False)
