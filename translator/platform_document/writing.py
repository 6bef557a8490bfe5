"""``Pod`` → the settings of an executor, as kfp-kubernetes writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.model import Constant, FromParent, FromTask, Setting
from translator.model.kubernetes import (
    Claim,
    ConfigMapVariable,
    ConfigMapVolume,
    EmptyDir,
    EphemeralVolume,
    FieldVariable,
    NodeAffinity,
    Pod,
    PodAffinity,
    Reference,
    SecretVariable,
    SecretVolume,
    Toleration,
)
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.diagnostics import Origin
    from translator.model import Json
    from translator.model.kubernetes import Mount, Requirement, SecurityContext, Value, Variable
    from translator.model.values import Node

__all__ = ["executor_settings", "parts", "raw_settings"]

#: Volume → the setting that mounts it; shared memory has another one.
_MOUNTS = {
    SecretVolume: "secretAsVolume",
    ConfigMapVolume: "configMapAsVolume",
    Claim: "pvcMount",
    EmptyDir: "emptyDirMounts",
    EphemeralVolume: "genericEphemeralVolume",
}
_SHARED_MEMORY = "enabledSharedMemory"
#: Variable → its setting.
_VARIABLES = {
    SecretVariable: "secretAsEnv",
    ConfigMapVariable: "configMapAsEnv",
    FieldVariable: "fieldPathAsEnv",
}
#: What most containers have.
_EMPTY = Pod()


def executor_settings(pod: Pod) -> dict[str, Json]:
    """The ``KubernetesExecutorConfig``, in the order of names.

    Raises ``KeyError`` for a volume or variable that kfp-kubernetes does not have. The other parts
    of a pod that it does not have are left out.
    """
    if pod == _EMPTY:
        return {}
    found: dict[str, Any] = {
        "nodeSelector": _present(
            labels=dict(pod.node_selector), nodeSelectorJson=_parameter(pod.node_selector_json)
        ),
        "podMetadata": _present(labels=dict(pod.labels), annotations=dict(pod.annotations)),
        "imagePullSecret": [_secret_name(one) for one in pod.pull_secrets],
        "imagePullPolicy": pod.pull_policy,
        "activeDeadlineSeconds": _int64(pod.deadline_seconds),
        "tolerations": [_toleration(one) for one in pod.tolerations],
        "nodeAffinity": [_node_affinity(one) for one in pod.node_affinity],
        "podAffinity": [_pod_affinity(one) for one in pod.pod_affinity],
    }
    for mount in pod.mounts:
        found.setdefault(_mount_setting(mount), []).append(_mount(mount))
    settings: dict[str, Any] = {**_present(**found), **_variables(pod)}
    if pod.security_context is not None:
        settings["securityContext"] = _security_context(pod.security_context)
    if _SHARED_MEMORY in settings:  # the one setting of mounts that is no list
        (settings[_SHARED_MEMORY],) = settings[_SHARED_MEMORY]
    for other in pod.others:
        typed, raw = settings.get(other.name), other.value
        if isinstance(typed, list) and isinstance(raw, list):
            raw = [*raw, *typed]
        settings[other.name] = raw
    return dict(sorted(settings.items()))


def raw_settings(pod: Pod) -> tuple[Setting, ...]:
    """The settings of the ``KubernetesExecutorConfig``, with their places."""
    places: dict[str, Origin | None] = {}
    for part in parts(pod):
        places.setdefault(part.setting, part.origin)
    return tuple(
        Setting(name=name, value=value, origin=places[name])
        for name, value in executor_settings(pod).items()
    )


class Part(NamedTuple):
    """A part of a pod, and the setting of the platform document that has it."""

    setting: str
    origin: Origin | None
    content: Node | Mapping[str, str] | str | int


def parts(pod: Pod) -> Iterator[Part]:
    """The parts of a pod. One that kfp-kubernetes does not have has its field of Kubernetes."""
    if pod == _EMPTY:
        return
    nodes: list[tuple[str, Iterable[Node]]] = [
        *((_mount_setting(mount), [mount]) for mount in pod.mounts),
        *(("volumes", [volume]) for volume in pod.unmounted.values()),
        *((_VARIABLES.get(type(variable), "envFrom"), [variable]) for variable in pod.variables),
        ("nodeSelector", [pod.node_selector_json] if pod.node_selector_json else []),
        ("tolerations", pod.tolerations),
        ("nodeAffinity", pod.node_affinity),
        ("podAffinity", pod.pod_affinity),
        ("imagePullSecret", pod.pull_secrets),
        ("securityContext", [pod.security_context] if pod.security_context else []),
        ("initContainers", pod.init_containers),
        ("sidecars", pod.sidecars),
        *((other.name, [other]) for other in pod.others),
    ]
    for setting, found in nodes:
        yield from (Part(setting, node.origin, node) for node in found)
    for setting, field in _PLAIN:
        content = getattr(pod, field)
        if content != getattr(_EMPTY, field):
            yield Part(setting, pod.place(field), content)


#: Setting → field of ``Pod`` that is no record.
_PLAIN = (
    ("nodeSelector", "node_selector"),
    ("podMetadata", "labels"),
    ("podMetadata", "annotations"),
    ("imagePullPolicy", "pull_policy"),
    ("activeDeadlineSeconds", "deadline_seconds"),
    ("serviceAccountName", "service_account"),
)


def _mount_setting(mount: Mount) -> str:
    """The setting that a mount belongs to."""
    if isinstance(mount.volume, EmptyDir) and mount.volume.is_shared_memory:
        return _SHARED_MEMORY
    return _MOUNTS.get(type(mount.volume), "volumeMounts")


def _present(**fields: Any) -> dict[str, Any]:
    """The fields that are not empty, which protobuf omits, in the order of names."""
    kept = {
        name: value
        for name, value in fields.items()
        if value is not None and value != "" and value != {} and value != []
    }
    return dict(sorted(kept.items()))


def _int64(number: int | None) -> str | None:
    """Protobuf writes integers of 64 bits as text in JSON."""
    return None if number is None else str(number)


def _int32(number: int | None) -> float | None:
    """kfp's compiler writes all other numbers of the platform document as floats."""
    return None if number is None else float(number)


# Values and names


def _parameter(value: Value | None) -> dict[str, Json] | None:
    """``InputParameterSpec``."""
    match value:
        case None:
            return None
        case Constant():
            return {"runtimeValue": {"constant": value.value}}
        case FromParent():
            return {"componentInputParameter": value.name}
        case FromTask():
            output: Json = {"outputParameterKey": value.output, "producerTask": value.task}
            return {"taskOutputParameter": output}


def _secret_name(reference: Reference) -> dict[str, Any]:
    return _name(reference, "secretNameParameter", "secretName")


def _config_map_name(reference: Reference) -> dict[str, Any]:
    return _name(reference, "configMapNameParameter", "configMapName")


def _name(reference: Reference, parameter: str, constant: str) -> dict[str, Any]:
    """The fields of a name: the parameter, and beside it the older field for a constant."""
    name, forms = reference.name, reference.forms
    fields: dict[str, Any] = {}
    is_text = isinstance(name, Constant) and isinstance(name.value, str)
    if isinstance(name, Constant) and is_text and (not forms or constant in forms):
        fields[constant] = name.value
    if not fields or not forms or parameter in forms:
        fields[parameter] = _parameter(name)
    return fields


def _claim_name(reference: Reference) -> dict[str, Any]:
    """The fields of the name of a claim, which also has older fields for inputs and outputs."""
    parameter = "pvcNameParameter"
    if isinstance(reference.name, Constant):
        return _name(reference, parameter, "constant")
    forms, value = reference.forms, _parameter(reference.name)
    fields: dict[str, Any] = {parameter: value} if not forms or parameter in forms else {}
    return fields | (value or {}) if set(forms) != {parameter} else fields


# Volumes


def _mount(mount: Mount) -> dict[str, Json]:
    volume = mount.volume
    fields: dict[str, Any] = {}
    match volume:
        case SecretVolume():
            fields = _secret_name(volume.secret) | {"optional": volume.optional}
        case ConfigMapVolume():
            fields = _config_map_name(volume.config_map) | {"optional": volume.optional}
        case Claim():
            fields = _claim_name(volume.claim) | {"subPath": mount.sub_path}
        case EmptyDir(is_shared_memory=True):
            fields = {"volumeName": mount.name, "size": volume.size_limit}
        case EmptyDir():
            fields = {
                "volumeName": mount.name,
                "medium": volume.medium,
                "sizeLimit": volume.size_limit,
            }
        case EphemeralVolume():
            fields = _ephemeral(volume) | {"volumeName": mount.name}
        case _:
            raise KeyError(volume.kind)
    if _mount_setting(mount) != _SHARED_MEMORY:
        fields["mountPath"] = mount.path
    others = {other.name: other.value for other in mount.others}
    return dict(sorted({**_present(**fields), **others}.items()))


def _ephemeral(volume: EphemeralVolume) -> dict[str, Any]:
    return {
        "accessModes": list(volume.access_modes),
        "size": volume.size,
        "defaultStorageClass": volume.default_storage_class,
        "storageClassName": volume.storage_class,
        "metadata": _present(labels=dict(volume.labels), annotations=dict(volume.annotations)),
    }


# Environment variables


def _variables(pod: Pod) -> dict[str, list[dict[str, Json]]]:
    found: dict[str, list[Variable]] = {}
    for variable in pod.variables:
        found.setdefault(_VARIABLES[type(variable)], []).append(variable)
    return {setting: _variable_entries(setting, variables) for setting, variables in found.items()}


def _variable_entries(setting: str, variables: list[Any]) -> list[dict[str, Json]]:
    """The entries of a setting, each for the variables of one secret or config map."""
    if setting == _VARIABLES[FieldVariable]:
        return [_present(name=one.variable, fieldPath=one.field_path) for one in variables]
    entries: list[list[Any]] = []
    for one in variables:
        if one.joined and entries and _source(one) == _source(entries[-1][0]):
            entries[-1].append(one)
        else:
            entries.append([one])
    return [_keys(entry) for entry in entries]


def _source(variable: SecretVariable | ConfigMapVariable) -> Variable:
    """The variable without what may differ in one entry."""
    return replace(variable, variable="", key="", joined=False)


def _keys(variables: list[SecretVariable | ConfigMapVariable]) -> dict[str, Json]:
    first = variables[0]
    if isinstance(first, SecretVariable):
        name, key = _secret_name(first.secret), "secretKey"
    else:
        name, key = _config_map_name(first.config_map), "configMapKey"
    pairs = [_present(**{key: one.key, "envVar": one.variable}) for one in variables]
    return _present(keyToEnv=pairs, optional=first.optional, **name)


# The user, and the choice of a node


def _security_context(context: SecurityContext) -> dict[str, Json]:
    return _present(
        runAsUser=_int64(context.run_as_user),
        runAsGroup=_int64(context.run_as_group),
        runAsNonRoot=context.run_as_non_root,
    )


def _toleration(one: Toleration) -> dict[str, Json]:
    return _present(
        key=one.key,
        operator=one.operator,
        value=one.value,
        effect=one.effect,
        tolerationSeconds=_int64(one.seconds),
        tolerationJson=_parameter(one.json),
    )


def _node_affinity(one: NodeAffinity) -> dict[str, Json]:
    return _present(
        matchExpressions=_requirements(one.expressions),
        matchFields=_requirements(one.fields),
        weight=_int32(one.weight),
        nodeAffinityJson=_parameter(one.json),
    )


def _pod_affinity(one: PodAffinity) -> dict[str, Json]:
    return _present(
        matchPodExpressions=_requirements(one.expressions),
        matchPodLabels=dict(one.labels),
        topologyKey=one.topology_key,
        namespaces=list(one.namespaces),
        matchNamespaceExpressions=_requirements(one.namespace_expressions),
        matchNamespaceLabels=dict(one.namespace_labels),
        weight=_int32(one.weight),
        anti=one.anti,
    )


def _requirements(requirements: Iterable[Requirement]) -> list[dict[str, Json]]:
    return [
        _present(key=one.key, operator=one.operator, values=list(one.values))
        for one in requirements
    ]
