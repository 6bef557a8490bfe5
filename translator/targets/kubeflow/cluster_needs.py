"""The objects that a cluster must have before a pipeline runs on it: secrets, claims, accounts …

Optional ones, and those that a task of the pipeline makes, are left out.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from translator.diagnostics import pipeline as rules
from translator.diagnostics.redaction import masked, told
from translator.model import Constant, Container, ExecutorRef, FromParent, walk_tasks
from translator.model.channels import author_name
from translator.model.kubernetes import (
    AllKeys,
    Claim,
    ConfigMapVariable,
    ConfigMapVolume,
    OtherVolume,
    Reference,
    SecretVariable,
    SecretVolume,
)
from translator.records import NamedTuple, Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Pipeline
    from translator.model.kubernetes import Pod, Value, Variable, Volume

__all__ = [
    "ACCOUNT",
    "CLAIM",
    "CONFIG_MAP",
    "PRIORITY",
    "PULL_SECRET",
    "SECRET",
    "Need",
    "cluster_needs",
    "names_are_valid",
]

_CREATE = ("kubectl", "create")
#: The kinds of objects.
SECRET, CONFIG_MAP, CLAIM = "secret", "config map", "persistent volume claim"
PULL_SECRET, ACCOUNT, PRIORITY = "image pull secret", "service account", "priority class"
#: Kind → the arguments of ``kubectl create`` before the name.
_ARGUMENTS = {
    SECRET: ("secret", "generic"),
    CONFIG_MAP: ("configmap",),
    PULL_SECRET: ("secret", "docker-registry"),
    ACCOUNT: ("serviceaccount",),
    PRIORITY: ("priorityclass",),
}
#: Kind → the arguments after the name, with placeholders for values.
_OPEN = {
    PULL_SECRET: (
        "--docker-server=SERVER",
        "--docker-username=USER",
        "--docker-password=PASSWORD",
    ),
    PRIORITY: ("--value=VALUE",),
}
#: Kind → the names that every installation of Kubeflow Pipelines has.
_INSTALLED = {
    ACCOUNT: {"pipeline-runner", "default-editor", "default"},
    SECRET: {"mlpipeline-minio-artifact"},
    PRIORITY: {"system-cluster-critical", "system-node-critical"},
}
#: Field of a pod, container or volume of Kubernetes → kind, and the field with the name.
_REFERENCES = {
    "secretKeyRef": (SECRET, "name"),
    "secretRef": (SECRET, "name"),
    "configMapKeyRef": (CONFIG_MAP, "name"),
    "configMapRef": (CONFIG_MAP, "name"),
    "configMap": (CONFIG_MAP, "name"),
    "persistentVolumeClaim": (CLAIM, "claimName"),
    "imagePullSecrets": (PULL_SECRET, "name"),
}
#: Field of a pod whose text is a name → kind.
_NAMES = {
    "serviceAccountName": ACCOUNT,
    "priorityClassName": PRIORITY,
    "podPriorityClassName": PRIORITY,
}
#: In place of the tasks if the whole pipeline uses an object.
_WHOLE = ""
#: Argo's references: inputs have the names that they have in the workflow.
_REFERENCE = r"\{\{(?:inputs|workflow)\.parameters\.([^{}]+)\}\}"
#: What Kubernetes accepts as a name (a DNS subdomain), and as a key of a secret or config map
#: (k8s.io/apimachinery/pkg/util/validation).
_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAME = rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"
_KEY = r"(?!\.\Z|\.\.)[-._a-zA-Z0-9]{1,253}"


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
    #: Where it is used.
    origins: tuple[Origin, ...] = ()

    @property
    def has_valid_name(self) -> bool:
        """Whether an object can have the name."""
        return re.fullmatch(_NAME, masked(self.name)) is not None

    @property
    def valid_keys(self) -> tuple[str, ...]:
        """The keys that a secret or config map can have."""
        return tuple(key for key in self.keys if re.fullmatch(_KEY, masked(key)))

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
        if self.kind == CLAIM:
            return (*_CREATE, "-f", "-")
        literals: tuple[str, ...] = ()
        if self.kind in (SECRET, CONFIG_MAP):
            keys = self.valid_keys or ("KEY",)
            literals = tuple(f"--from-literal={key}=VALUE" for key in keys)
        return (*_CREATE, *_ARGUMENTS[self.kind], self._name, *_OPEN.get(self.kind, ()), *literals)

    @property
    def manifest(self) -> str:
        """The standard input of the command; empty for none."""
        if self.kind != CLAIM:
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
        return self.name if self.has_valid_name else "NAME"


class _Reference(NamedTuple):
    kind: str
    name: Value | str | None
    keys: tuple[str, ...] = ()
    origin: Origin | None = None


class _Uses(NamedTuple):
    """The tasks that use an object, the keys that they use, and where; in order, each once."""

    keys: dict[str, None]
    tasks: dict[str, None]
    origins: dict[Origin, None]


def cluster_needs(pipeline: Pipeline, service_account: str = "") -> tuple[Need, ...]:
    """Each of these objects once. ``service_account`` replaces that of the file."""
    found: dict[tuple[str, str, str], _Uses] = {}
    if service_account and service_account not in _INSTALLED[ACCOUNT]:
        found[ACCOUNT, service_account, ""] = _Uses({}, {_WHOLE: None}, {})
    for reference, tasks in _references(pipeline):
        if service_account and reference.kind == ACCOUNT and not tasks:
            continue
        named = _named(pipeline, reference.name)
        if named is None or named[0] in _INSTALLED.get(reference.kind, ()):
            continue
        uses = found.setdefault((reference.kind, *named), _Uses({}, {}, {}))
        uses.keys.update(dict.fromkeys(reference.keys))
        uses.tasks.update(dict.fromkeys(tasks or (_WHOLE,)))
        if reference.origin is not None:
            uses.origins[reference.origin] = None
    return tuple(
        Need(
            kind=kind,
            name=name,
            input=given,
            keys=tuple(uses.keys),
            # No tasks are listed for an object that the whole pipeline uses.
            tasks=() if _WHOLE in uses.tasks else tuple(uses.tasks),
            origins=tuple(uses.origins),
        )
        for (kind, name, given), uses in found.items()
    )


def names_are_valid(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Names and keys of objects that Kubernetes does not accept: no cluster can have them."""
    for need in cluster_needs(pipeline):
        origin = need.origins[0] if need.origins else None
        if need.name and not need.has_valid_name:
            yield rules.INVALID_NAME.at(origin, what=f"name `{need.name}`", kind=need.kind)
        for key in need.keys:
            if key not in need.valid_keys:
                yield rules.INVALID_NAME.at(origin, what=f"key `{key}`", kind=need.kind)


def _references(pipeline: Pipeline) -> Iterator[tuple[_Reference, tuple[str, ...]]]:
    """Every reference to an object of the cluster, with the tasks that use it."""
    for reference in _in_pod(pipeline.pod):
        yield reference, ()
    for label, tasks in _users(pipeline).items():
        executor = pipeline.executors.get(label)
        for reference in _in_pod(executor.pod) if isinstance(executor, Container) else ():
            yield reference, tasks


def _users(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """Executor → the tasks that it runs."""
    users: dict[str, dict[str, None]] = {}
    for _, name, task in walk_tasks(pipeline):
        component = pipeline.components.get(task.component)
        if component is not None and isinstance(component.body, ExecutorRef):
            users.setdefault(component.body.label, {})[name] = None
    return {label: tuple(names) for label, names in users.items()}


def _in_pod(pod: Pod) -> list[_Reference]:
    """The objects that a pod needs to start, in the order of the file."""
    found = [one for part in (*pod.variables, *_volumes(pod)) for one in _in_part(part)]
    found += [_Reference(PULL_SECRET, one.name, (), one.origin) for one in pod.pull_secrets]
    if pod.service_account:
        place = pod.place("service_account")
        found.append(_Reference(ACCOUNT, pod.service_account, (), place))
    for container in (*pod.init_containers, *pod.sidecars):
        found += _in_setting("container", dict(container.content), container.origin)
    for setting in pod.others:
        found += _in_setting(setting.name, setting.value, setting.origin)
    return sorted(found, key=lambda one: one.origin[1:3] if one.origin else ())


def _volumes(pod: Pod) -> Iterator[Volume]:
    yield from (mount.volume for mount in pod.mounts)
    for name, volume in pod.unmounted.items():
        yield replace(volume, origin=pod.place("unmounted", name))


def _in_part(part: Variable | Volume) -> Iterator[_Reference]:
    """The required object of a variable or volume."""
    if getattr(part, "optional", False):
        return
    at = part.origin
    match part:
        case SecretVariable(secret=secret, key=key):
            yield _Reference(SECRET, secret.name, (key,), at)
        case ConfigMapVariable(config_map=config_map, key=key):
            yield _Reference(CONFIG_MAP, config_map.name, (key,), at)
        case AllKeys(secret=Reference(name=name)):
            yield _Reference(SECRET, name, (), at)
        case AllKeys(config_map=Reference(name=name)):
            yield _Reference(CONFIG_MAP, name, (), at)
        case Claim(claim=claim):
            yield _Reference(CLAIM, claim.name, (), at)
        case SecretVolume(secret=secret, items=items):
            yield _Reference(SECRET, secret.name, tuple(items), at)
        case ConfigMapVolume(config_map=config_map, items=items):
            yield _Reference(CONFIG_MAP, config_map.name, tuple(items), at)
        case OtherVolume(kind=kind, content=content):
            yield from _in_setting(kind, content, at)


def _in_setting(name: str, value: Any, origin: Origin | None) -> Iterator[_Reference]:
    yield from (one._replace(origin=origin) for one in _in_kubernetes(name, value))


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
            yield _Reference(kind, value.get(name), _keys(value))
        elif field == "secret":  # of a volume, or of one part of a projected one
            name = "secretName" if "secretName" in value else "name"
            yield _Reference(SECRET, value.get(name), _keys(value))
        for key, entry in value.items():
            yield from _in_kubernetes(key, entry)
    elif field in _NAMES:
        yield _Reference(_NAMES[field], value)


def _keys(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a secret or config map that a field uses."""
    listed = value.get("items")
    entries = [value, *(listed if isinstance(listed, list) else ())]
    keys = [entry.get("key") for entry in entries if isinstance(entry, dict)]
    return tuple(key for key in keys if isinstance(key, str) and key)


def _named(pipeline: Pipeline, name: Value | str | None) -> tuple[str, str] | None:
    """Its name, and the input that has it; None if a task of the run creates the object."""
    match name:
        case FromParent(name=channel):
            given = author_name(channel)
        case str(text) | Constant(value=str(text)):
            found = re.fullmatch(_REFERENCE, text)
            if found is None:
                return (text, "") if text and "{{" not in text else None
            given = found[1]
        case _:
            return None
    parameter = pipeline.root.inputs.parameters.get(given)
    if parameter is None:
        return None
    default = parameter.default
    return default if isinstance(default, str) else "", given


def _listed(one: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{one if len(names) == 1 else one + 's'} {shown}{more}"
