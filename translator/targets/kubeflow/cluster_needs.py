"""The objects that a cluster must have before a pipeline runs on it: secrets, claims, accounts …

Optional ones, and those that a task of the pipeline makes, are left out.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from translator.diagnostics.redaction import masked, told
from translator.model import KFP_V1, Container, ExecutorRef, walk_tasks
from translator.model.channels import author_name
from translator.platform_document.writing import raw_settings
from translator.records import NamedTuple, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.model import Pipeline, Setting

__all__ = ["Need", "cluster_needs"]

_CREATE = ("kubectl", "create")
_SECRET, _CONFIG_MAP, _CLAIM = "secret", "config map", "persistent volume claim"
_PULL_SECRET, _ACCOUNT, _PRIORITY = "image pull secret", "service account", "priority class"
#: Kind → the arguments of ``kubectl create`` before the name.
_ARGUMENTS = {
    _SECRET: ("secret", "generic"),
    _CONFIG_MAP: ("configmap",),
    _PULL_SECRET: ("secret", "docker-registry"),
    _ACCOUNT: ("serviceaccount",),
    _PRIORITY: ("priorityclass",),
}
#: Kind → the arguments after the name, with placeholders for values.
_OPEN = {
    _PULL_SECRET: (
        "--docker-server=SERVER",
        "--docker-username=USER",
        "--docker-password=PASSWORD",
    ),
    _PRIORITY: ("--value=VALUE",),
}
#: Kind → the names that every installation of Kubeflow Pipelines has.
_INSTALLED = {
    _ACCOUNT: {"pipeline-runner", "default-editor", "default"},
    _SECRET: {"mlpipeline-minio-artifact"},
    _PRIORITY: {"system-cluster-critical", "system-node-critical"},
}
#: Field of a pod, container or volume of Kubernetes → kind, and the field with the name.
_REFERENCES = {
    "secretKeyRef": (_SECRET, "name"),
    "secretRef": (_SECRET, "name"),
    "configMapKeyRef": (_CONFIG_MAP, "name"),
    "configMapRef": (_CONFIG_MAP, "name"),
    "configMap": (_CONFIG_MAP, "name"),
    "persistentVolumeClaim": (_CLAIM, "claimName"),
    "imagePullSecrets": (_PULL_SECRET, "name"),
}
#: Field of a pod whose text is a name → kind.
_NAMES = {
    "serviceAccountName": _ACCOUNT,
    "priorityClassName": _PRIORITY,
    "podPriorityClassName": _PRIORITY,
}
#: The spellings of kfp-kubernetes, of which ``configNameParameter`` is that of 2.11.
_CONFIG_MAP_NAMES = ("configMapNameParameter", "configNameParameter", "configMapName")
#: Field of kfp-kubernetes → kind, and the fields that have the name.
_PLATFORM = {
    "secretAsEnv": (_SECRET, ("secretNameParameter", "secretName")),
    "secretAsVolume": (_SECRET, ("secretNameParameter", "secretName")),
    "configMapAsEnv": (_CONFIG_MAP, _CONFIG_MAP_NAMES),
    "configMapAsVolume": (_CONFIG_MAP, _CONFIG_MAP_NAMES),
    "pvcMount": (_CLAIM, ("pvcNameParameter", "constant", "componentInputParameter")),
    "imagePullSecret": (_PULL_SECRET, ("secretNameParameter", "secretName")),
}
#: In place of the tasks if the whole pipeline uses an object.
_WHOLE = ""
#: Argo's references: inputs have the names that they have in the workflow.
_REFERENCE = re.compile(r"\{\{(?:inputs|workflow)\.parameters\.([^{}]+)\}\}")
#: What Kubernetes accepts as a name, and as a key of a secret or config map.
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


class Need(Record):
    """An object that must be in the cluster, in the namespace of the run."""

    kind: str
    #: Its name; if an input has it, the default of the input, or empty.
    name: str
    #: The input of the pipeline that has its name; empty for none.
    input: str = ""
    keys: tuple[str, ...] = ()
    #: The tasks that use it; none for the whole pipeline.
    tasks: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """A phrase about it, without control characters."""
        name = f" `{self.name}`" if self.name else ""
        if self.input:
            name += f" (named by the input `{self.input}`)"
        keys = f" with {_listed('key', self.keys)}" if self.keys else ""
        tasks = f", for {_listed('task', self.tasks)}" if self.tasks else ""
        return told(f"{self.kind}{name}{keys}{tasks}")

    @property
    def argv(self) -> tuple[str, ...]:
        """The command that creates it, without the namespace, with placeholders for values."""
        if self.kind == _CLAIM:
            return (*_CREATE, "-f", "-")
        literals: tuple[str, ...] = ()
        if self.kind in (_SECRET, _CONFIG_MAP):
            keys = [key for key in self.keys if _KEY.fullmatch(masked(key))] or ["KEY"]
            literals = tuple(f"--from-literal={key}=VALUE" for key in keys)
        return (*_CREATE, *_ARGUMENTS[self.kind], self._name, *_OPEN.get(self.kind, ()), *literals)

    @property
    def manifest(self) -> str:
        """The standard input of the command; empty for none."""
        if self.kind != _CLAIM:
            return ""
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": self._name},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "SIZE"}},
                },
            }
        )

    @property
    def create(self) -> str:
        """The command as a line for a shell, without the namespace at its end."""
        given = f"printf %s {shlex.quote(self.manifest)} | " if self.manifest else ""
        return given + shlex.join(self.argv)

    @property
    def command(self) -> str:
        """The command as a line for a shell."""
        return f"{self.create} -n NAMESPACE"

    @property
    def _name(self) -> str:
        # Nothing of another name can be there, and it might be taken for a flag.
        return self.name if _NAME.fullmatch(masked(self.name)) else "NAME"


class _Reference(NamedTuple):
    kind: str
    #: As in the file.
    name: object
    keys: tuple[str, ...] = ()


class _Uses(NamedTuple):
    """The tasks that use an object, and the keys that they use; in order, each once."""

    keys: dict[str, None]
    tasks: dict[str, None]


def cluster_needs(pipeline: Pipeline, service_account: str = "") -> tuple[Need, ...]:
    """Each of these objects once. ``service_account`` replaces that of the file."""
    found: dict[tuple[str, str, str], _Uses] = {}
    if service_account and service_account not in _INSTALLED[_ACCOUNT]:
        found[_ACCOUNT, service_account, ""] = _Uses({}, {_WHOLE: None})
    for reference, tasks in _references(pipeline):
        if service_account and reference.kind == _ACCOUNT and not tasks:
            continue
        named = _named(pipeline, reference.name)
        if named is None or named[0] in _INSTALLED.get(reference.kind, ()):
            continue
        uses = found.setdefault((reference.kind, *named), _Uses({}, {}))
        uses.keys.update(dict.fromkeys(reference.keys))
        uses.tasks.update(dict.fromkeys(tasks or (_WHOLE,)))
    return tuple(
        Need(
            kind=kind,
            name=name,
            input=given,
            keys=tuple(uses.keys),
            # No tasks are listed for an object that the whole pipeline uses.
            tasks=() if _WHOLE in uses.tasks else tuple(uses.tasks),
        )
        for (kind, name, given), uses in found.items()
    )


def _references(pipeline: Pipeline) -> Iterator[tuple[_Reference, tuple[str, ...]]]:
    """Every reference to an object of the cluster, with the tasks that use it."""
    for setting in pipeline.kubernetes:
        yield from ((one, ()) for one in _in_kubernetes(setting.name, setting.value))
    for label, tasks in _users(pipeline).items():
        executor = pipeline.executors.get(label)
        for setting in executor.kubernetes if isinstance(executor, Container) else ():
            yield from ((one, tasks) for one in _in_kubernetes(setting.name, setting.value))
        if isinstance(executor, Container) and pipeline.dialect != KFP_V1:
            for reference in _in_platform(raw_settings(executor.pod)):
                yield reference, tasks


def _users(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """Executor → the tasks that it runs."""
    users: dict[str, dict[str, None]] = {}
    for _, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is not None and isinstance(component.body, ExecutorRef):
            users.setdefault(component.body.label, {})[name] = None
    return {label: tuple(names) for label, names in users.items()}


def _in_kubernetes(field: str, value: Any) -> Iterator[_Reference]:
    """References in a field of Kubernetes, at any depth."""
    if isinstance(value, list):
        for entry in value:
            yield from _in_kubernetes(field, entry)
    elif isinstance(value, dict):
        if value.get("optional") is True:
            return
        if field in _REFERENCES:
            kind, name = _REFERENCES[field]
            yield _Reference(kind, value.get(name), _keys(value, "key"))
        elif field == "secret":  # of a volume, or of one part of a projected one
            name = "secretName" if "secretName" in value else "name"
            yield _Reference(_SECRET, value.get(name), _keys(value, "key"))
        for key, entry in value.items():
            yield from _in_kubernetes(key, entry)
    elif field in _NAMES:
        yield _Reference(_NAMES[field], value)


def _keys(value: Mapping[str, Any], field: str, items: str = "items") -> tuple[str, ...]:
    """The keys of a secret or config map that a field uses."""
    listed = value.get(items)
    entries = [value, *(listed if isinstance(listed, list) else ())]
    keys = [entry.get(field) for entry in entries if isinstance(entry, dict)]
    return tuple(key for key in keys if isinstance(key, str) and key)


def _in_platform(settings: Iterable[Setting]) -> Iterator[_Reference]:
    """References in the settings of kfp-kubernetes for an executor."""
    for setting in settings:
        if setting.name not in _PLATFORM:
            continue
        kind, fields = _PLATFORM[setting.name]
        entries: Any = setting.value if isinstance(setting.value, list) else [setting.value]
        for entry in entries:
            if not isinstance(entry, dict) or entry.get("optional") is True:
                continue
            field = next((field for field in fields if entry.get(field)), "")
            key = "secretKey" if kind == _SECRET else "configMapKey"
            name = entry.get(field)
            if field == "componentInputParameter":
                name = {field: name}
            yield _Reference(kind, name, _keys(entry, key, "keyToEnv"))


def _named(pipeline: Pipeline, reference: object) -> tuple[str, str] | None:
    """Its name, and the input that has it; None if a task of the run creates the object."""
    match reference:
        case {"runtimeValue": {"constant": str(name)}}:
            given = ""
        case {"componentInputParameter": str(channel)}:
            name, given = "", author_name(channel)
        case str(name):
            found = _REFERENCE.fullmatch(name)
            given = found[1] if found else ""
        case _:
            return None
    if not given:
        return (name, "") if name and "{{" not in name else None
    parameter = pipeline.root.inputs.parameters.get(given)
    if parameter is None:
        return None
    default = parameter.default
    return default if isinstance(default, str) else "", given


def _listed(one: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{one if len(names) == 1 else one + 's'} {shown}{more}"
