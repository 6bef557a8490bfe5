"""Kubernetes settings of a container and its pod, in the terms of Kubernetes.

Filled from the templates of a KFP v1 workflow, and from the platform document of KFP v2
(kubernetes_platform/proto/kubernetes_executor_config.proto of kubeflow/pipelines). What has no
type here is a ``Setting`` in ``others``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from translator.diagnostics import Origin
from translator.model.values import Constant, FromParent, FromTask, Json, Node, Setting
from translator.records import replace

T = TypeVar("T")

#: A value of the pipeline, from the DAG of the task that the setting is for.
Value: TypeAlias = Constant | FromParent | FromTask


class Reference(Node):
    """The name of an object of the cluster: a claim, a secret, a config map."""

    _uncompared = frozenset({"origin"})

    name: Value
    #: The fields of the platform document that have the name, where they are not those that the
    #: newest kfp-kubernetes writes: it has changed them, and kept older ones beside them.
    forms: tuple[str, ...] = ()


# Volumes


class Claim(Node):
    """A PersistentVolumeClaim."""

    claim: Reference


class SecretVolume(Node):
    """The keys of a secret, as files."""

    secret: Reference
    #: Key → its path in the folder; empty: every key is a file of its name.
    items: Mapping[str, str] = {}
    optional: bool | None = None


class ConfigMapVolume(Node):
    """The keys of a config map, as files."""

    config_map: Reference
    #: Key → its path in the folder; empty: every key is a file of its name.
    items: Mapping[str, str] = {}
    optional: bool | None = None


class EmptyDir(Node):
    """A folder that is empty when the pod starts, and gone when it ends."""

    #: ``Memory`` for a file system in memory; empty for a disk.
    medium: str = ""
    #: For example ``2Gi``; empty for no limit.
    size_limit: str = ""
    #: Written as ``enabledSharedMemory`` of kfp-kubernetes, which is mounted at ``/dev/shm``.
    is_shared_memory: bool = False


class EphemeralVolume(Node):
    """A volume of its own for each pod, of a storage class."""

    access_modes: tuple[str, ...] = ()
    size: str = ""
    #: True: the cluster's default class; None: not set.
    default_storage_class: bool | None = None
    storage_class: str = ""
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}


class OtherVolume(Node):
    """A volume of another kind: ``hostPath``, ``nfs``, ``projected`` …"""

    #: The field of Kubernetes' ``Volume``; empty where the file defines no such volume.
    kind: str
    content: Json = None


Volume: TypeAlias = (
    Claim | SecretVolume | ConfigMapVolume | EmptyDir | EphemeralVolume | OtherVolume
)


class Mount(Node):
    """A volume in the file system of a container."""

    path: str
    volume: Volume
    #: The name of the volume in the pod; empty if the file has none.
    name: str = ""
    sub_path: str = ""
    read_only: bool = False
    #: Other fields of the mount or the volume: ``mountPropagation``, ``defaultMode`` …
    others: tuple[Setting, ...] = ()


# Environment variables


class SecretVariable(Node):
    """An environment variable with the value of a key of a secret."""

    variable: str
    secret: Reference
    key: str
    optional: bool | None = None
    #: Whether the platform document has it in one entry with the variable before it.
    joined: bool = False


class ConfigMapVariable(Node):
    """An environment variable with the value of a key of a config map."""

    variable: str
    config_map: Reference
    key: str
    optional: bool | None = None
    #: Whether the platform document has it in one entry with the variable before it.
    joined: bool = False


class FieldVariable(Node):
    """An environment variable with a field of the pod, for example ``metadata.name``."""

    variable: str
    field_path: str


class AllKeys(Node):
    """An environment variable for each key of a secret or config map (``envFrom``)."""

    #: Exactly one of both is set.
    secret: Reference | None = None
    config_map: Reference | None = None
    prefix: str = ""
    optional: bool | None = None


Variable: TypeAlias = SecretVariable | ConfigMapVariable | FieldVariable | AllKeys


# The choice of a node


class Toleration(Node):
    """Lets the pod run on nodes with a taint."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    seconds: int | None = None
    #: A toleration, or a list of them, as a value of the pipeline; the other fields are not set.
    json: Value | None = None


class Requirement(Node):
    """``key operator values``, of labels or fields of a node or pod."""

    key: str
    operator: str = ""
    values: tuple[str, ...] = ()


class NodeAffinity(Node):
    """Nodes to prefer, or to require if there is no weight."""

    expressions: tuple[Requirement, ...] = ()
    fields: tuple[Requirement, ...] = ()
    weight: int | None = None
    #: The whole affinity as a value of the pipeline; the other fields are not set.
    json: Value | None = None


class PodAffinity(Node):
    """Nodes to prefer or require by the pods that run there."""

    expressions: tuple[Requirement, ...] = ()
    labels: Mapping[str, str] = {}
    topology_key: str = ""
    namespaces: tuple[str, ...] = ()
    namespace_expressions: tuple[Requirement, ...] = ()
    namespace_labels: Mapping[str, str] = {}
    weight: int | None = None
    #: Whether such nodes are to be avoided.
    anti: bool | None = None


class SecurityContext(Node):
    """The user of the container."""

    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None


class PodContainer(Node):
    """A container beside the main one: an init container or a sidecar."""

    name: str
    content: Mapping[str, Json] = {}


class Pod(Node):
    """The Kubernetes settings of a container and its pod, or of all pods of a workflow."""

    _uncompared = frozenset({"origin", "origins"})

    mounts: tuple[Mount, ...] = ()
    #: Volumes of the pod that the container does not mount: name → volume.
    unmounted: Mapping[str, Volume] = {}
    variables: tuple[Variable, ...] = ()
    node_selector: Mapping[str, str] = {}
    #: The node selector as a value of the pipeline, in place of ``node_selector``.
    node_selector_json: Value | None = None
    tolerations: tuple[Toleration, ...] = ()
    node_affinity: tuple[NodeAffinity, ...] = ()
    pod_affinity: tuple[PodAffinity, ...] = ()
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    pull_secrets: tuple[Reference, ...] = ()
    #: ``Always``, ``IfNotPresent`` or ``Never``; empty if not set.
    pull_policy: str = ""
    service_account: str = ""
    #: Seconds after which the pod is ended.
    deadline_seconds: int | None = None
    security_context: SecurityContext | None = None
    init_containers: tuple[PodContainer, ...] = ()
    sidecars: tuple[PodContainer, ...] = ()
    #: Settings without a type.
    others: tuple[Setting, ...] = ()
    #: The places of the fields that are no records: ``pull_policy`` → its place; of an entry of a
    #: mapping ``labels/KEY`` →, where it has a place of its own.
    origins: Mapping[str, Origin] = {}

    def place(self, field: str, key: str = "") -> Origin | None:
        """The place of a field, or of the entry of a mapping; None where it has none."""
        of_field = self.origins.get(field, self.origin)
        return self.origins.get(f"{field}/{key}", of_field) if key else of_field

    def places(self) -> list[Origin]:
        """The places of all settings."""
        fields = [one if isinstance(one, tuple) else (one,) for one in vars(self).values()]
        nodes = [node for field in fields for node in field if isinstance(node, Node)]
        return [*self.origins.values(), *(node.origin for node in nodes if node.origin)]


def map_values(part: T, change: Callable[[Value], Value]) -> T:
    """A pod, or a part of one, with other values of the pipeline.

    Raw settings stay as they are. What does not change is the same object.
    """
    done: Any = part
    if isinstance(part, (Constant, FromParent, FromTask)):
        done = change(part)
    elif isinstance(part, tuple):
        changes = _changes(dict(enumerate(part)), change)
        done = tuple({**dict(enumerate(part)), **changes}.values()) if changes else part
    elif isinstance(part, Mapping):
        changes = _changes(part, change)
        done = {**part, **changes} if changes else part
    elif isinstance(part, Node) and not isinstance(part, Setting):
        changes = _changes(vars(part), change)
        done = replace(part, **changes) if changes else part
    result: T = done
    return result


def _changes(fields: Mapping[Any, Any], change: Callable[[Value], Value]) -> dict[Any, Any]:
    # Most fields of most pods are empty.
    mapped = {name: map_values(one, change) for name, one in fields.items() if one}
    return {name: one for name, one in mapped.items() if one is not fields[name]}


def values_in(part: object) -> list[Value]:
    """The values of the pipeline in a pod, or in a part of one."""
    if isinstance(part, (Constant, FromParent, FromTask)):
        return [part]
    parts: Iterable[object] = ()
    if isinstance(part, (tuple, dict)):
        parts = part.values() if isinstance(part, dict) else part
    elif isinstance(part, Node) and not isinstance(part, Setting):
        parts = [one for name, one in vars(part).items() if name not in _PLAIN_FIELDS]
    # Most fields of most pods are empty.
    return [value for one in parts if one for value in values_in(one)]


#: Fields of a record without a text of the file, or a value of the pipeline.
_PLAIN_FIELDS = frozenset({"origin", "origins", "forms"})


def map_texts(part: T, change: Callable[[str], str]) -> T:
    """A pod, or a part of one, with other texts: in records, and in raw settings.

    The values of the pipeline stay as they are. What does not change is the same object.
    """
    done: Any = part
    if isinstance(part, str):
        done = change(part)
    elif isinstance(part, (list, tuple)):
        mapped = [map_texts(one, change) for one in part]
        same = all(one is other for one, other in zip(mapped, part, strict=True))
        done = part if same else type(part)(mapped)
    elif isinstance(part, Mapping):
        fields = {key: map_texts(one, change) for key, one in part.items()}
        done = part if all(one is part[key] for key, one in fields.items()) else fields
    elif isinstance(part, Node) and not isinstance(part, (Constant, FromParent, FromTask)):
        given = {key: one for key, one in vars(part).items() if one and key not in _PLAIN_FIELDS}
        changes = {key: map_texts(one, change) for key, one in given.items()}
        changes = {key: one for key, one in changes.items() if one is not given[key]}
        done = replace(part, **changes) if changes else part
    result: T = done
    return result


def texts_in(part: object) -> list[str]:
    """The texts in a pod, or in a part of one; constants among them."""
    found = [value.value for value in values_in(part) if isinstance(value, Constant)]
    texts = [one for one in found if isinstance(one, str)]

    def noted(text: str) -> str:
        texts.append(text)
        return text

    map_texts(part, noted)
    return texts
