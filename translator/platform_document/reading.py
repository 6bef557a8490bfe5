"""The settings of an executor → ``Pod``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.model.kubernetes import (
    Claim,
    ConfigMapVariable,
    ConfigMapVolume,
    EmptyDir,
    EphemeralVolume,
    FieldVariable,
    Mount,
    NodeAffinity,
    Pod,
    PodAffinity,
    Requirement,
    SecretVariable,
    SecretVolume,
    SecurityContext,
    Toleration,
)
from translator.platform_document.messages import (
    Message,
    UnlikeError,
    camel_case,
    checked,
    integer,
    messages_of,
)
from translator.platform_document.writing import executor_settings
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from translator.diagnostics import Origin
    from translator.model import Json, Setting
    from translator.model.kubernetes import Reference, Volume

    #: The value and the place of a setting → the fields of ``Pod`` that have it.
    _Reader: TypeAlias = Callable[[Json, Origin | None], dict[str, Any]]

__all__ = ["pod_of"]

#: Where the memory that processes share is in a file system.
_SHARED_MEMORY = "/dev/shm"
#: Volumes that have a name in the pod.
_NAMED = (EmptyDir, EphemeralVolume)


def pod_of(settings: Iterable[Setting], origin: Origin | None = None) -> Pod:
    """The pod of an executor. Settings that would not be written again as they are stay raw.

    Fields may have their names in JSON or in the proto file, and numbers may be text, as protobuf
    accepts them.
    """
    pod = Pod(origin=origin)
    seen: set[str] = set()
    for setting in settings:
        name = camel_case(setting.name)
        changes = {} if name in seen else _changes(name, setting)
        seen.add(name)
        pod = _with(pod, changes or {"others": (setting,)}, setting.origin)
    return pod


def _changes(name: str, setting: Setting) -> dict[str, Any]:
    """The fields of the pod that have the setting; none if they cannot hold it."""
    read = _READERS.get(name)
    if read is None:
        return {}
    try:
        changes = read(setting.value, setting.origin)
        written = executor_settings(Pod(**changes))
    except UnlikeError:
        return {}
    return changes if name in written and _same(setting.value, written[name]) else {}


def _with(pod: Pod, changes: dict[str, Any], origin: Origin | None) -> Pod:
    """The pod with more entries, or with another value of a field."""
    fields = vars(pod)
    added = {
        field: (*fields[field], *value) if isinstance(value, tuple) else value
        for field, value in changes.items()
    }
    plain = [field for field, value in changes.items() if isinstance(value, (str, int, dict))]
    places = {} if origin is None else dict.fromkeys(plain, origin)
    return replace(pod, **added, origins={**pod.origins, **places})


def _same(given: Json, written: Json) -> bool:
    """Whether protobuf reads the same from both values."""
    if isinstance(given, dict) and isinstance(written, dict):
        keys = {key if key in written else camel_case(key): key for key in given}
        return (
            len(keys) == len(given)
            and keys.keys() == written.keys()
            and all(_same(given[key], written[name]) for name, key in keys.items())
        )
    if isinstance(given, list) and isinstance(written, list):
        return len(given) == len(written) and all(map(_same, given, written))
    if type(given) is type(written):
        return given == written
    return integer(given) == integer(written) is not None


# The settings


def _secret(message: Message) -> Reference:
    return message.name("secretNameParameter", "secretName")


def _config_map(message: Message) -> Reference:
    return message.name("configMapNameParameter", "configMapName")


def _claim(message: Message) -> Claim:
    older = ("componentInputParameter", "taskOutputParameter")
    return Claim(claim=message.name("pvcNameParameter", "constant", *older), origin=message.origin)


def _secret_volume(message: Message) -> SecretVolume:
    return SecretVolume(
        secret=_secret(message), optional=message.flag("optional"), origin=message.origin
    )


def _config_map_volume(message: Message) -> ConfigMapVolume:
    return ConfigMapVolume(
        config_map=_config_map(message), optional=message.flag("optional"), origin=message.origin
    )


def _empty_dir(message: Message) -> EmptyDir:
    return EmptyDir(
        medium=message.text("medium"), size_limit=message.text("sizeLimit"), origin=message.origin
    )


def _ephemeral(message: Message) -> EphemeralVolume:
    metadata = message.message("metadata")
    return EphemeralVolume(
        access_modes=message.texts("accessModes"),
        size=message.text("size"),
        default_storage_class=message.flag("defaultStorageClass"),
        storage_class=message.text("storageClassName"),
        labels=metadata.labels("labels"),
        annotations=metadata.labels("annotations"),
        origin=message.origin,
    )


def _mounts(volume_of: Callable[[Message], Volume]) -> _Reader:
    def read(value: Json, origin: Origin | None) -> dict[str, Any]:
        found = []
        for message in messages_of(value, origin):
            volume = volume_of(message)
            mount = Mount(
                path=message.text("mountPath"),
                volume=volume,
                name=message.text("volumeName") if isinstance(volume, _NAMED) else "",
                sub_path=message.text("subPath") if isinstance(volume, Claim) else "",
                others=message.rest(),
                origin=origin,
            )
            found.append(mount)
        return {"mounts": tuple(found)}

    return read


def _shared_memory(value: Json, origin: Origin | None) -> dict[str, Any]:
    message = Message(value, origin)
    size = message.text("size")
    volume = EmptyDir(medium="Memory", size_limit=size, is_shared_memory=True, origin=origin)
    name, path = message.text("volumeName"), _SHARED_MEMORY
    mount = Mount(path=path, volume=volume, name=name, others=message.rest(), origin=origin)
    return {"mounts": (mount,)}


def _key_variables(
    kind: type[SecretVariable | ConfigMapVariable],
    field: str,
    reference_of: Callable[[Message], Reference],
    key: str,
) -> _Reader:
    """Variables with keys of an object. ``field`` of the record refers to it."""

    def read(value: Json, origin: Origin | None) -> dict[str, Any]:
        found = []
        for message in messages_of(value, origin):
            fields: dict[str, Any] = {field: reference_of(message), "origin": origin}
            fields["optional"] = message.flag("optional")
            for number, pair in enumerate(message.messages("keyToEnv")):
                fields |= {"variable": pair.text("envVar"), "key": pair.text(key)}
                found.append(kind(**fields, joined=number > 0))
        return {"variables": tuple(found)}

    return read


def _field_variables(value: Json, origin: Origin | None) -> dict[str, Any]:
    return {
        "variables": tuple(
            FieldVariable(
                variable=message.text("name"), field_path=message.text("fieldPath"), origin=origin
            )
            for message in messages_of(value, origin)
        )
    }


def _node_selector(value: Json, origin: Origin | None) -> dict[str, Any]:
    message = Message(value, origin)
    json = message.parameter("nodeSelectorJson")
    return {"node_selector": message.labels("labels"), "node_selector_json": json}


def _pod_metadata(value: Json, origin: Origin | None) -> dict[str, Any]:
    message = Message(value, origin)
    return {"labels": message.labels("labels"), "annotations": message.labels("annotations")}


def _tolerations(value: Json, origin: Origin | None) -> dict[str, Any]:
    return {
        "tolerations": tuple(
            Toleration(
                key=message.text("key"),
                operator=message.text("operator"),
                value=message.text("value"),
                effect=message.text("effect"),
                seconds=message.number("tolerationSeconds"),
                json=message.parameter("tolerationJson"),
                origin=origin,
            )
            for message in messages_of(value, origin)
        )
    }


def _requirements(message: Message, name: str) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(
            key=one.text("key"),
            operator=one.text("operator"),
            values=one.texts("values"),
            origin=message.origin,
        )
        for one in message.messages(name)
    )


def _node_affinity(value: Json, origin: Origin | None) -> dict[str, Any]:
    return {
        "node_affinity": tuple(
            NodeAffinity(
                expressions=_requirements(message, "matchExpressions"),
                fields=_requirements(message, "matchFields"),
                weight=message.number("weight"),
                json=message.parameter("nodeAffinityJson"),
                origin=origin,
            )
            for message in messages_of(value, origin)
        )
    }


def _pod_affinity(value: Json, origin: Origin | None) -> dict[str, Any]:
    return {
        "pod_affinity": tuple(
            PodAffinity(
                expressions=_requirements(message, "matchPodExpressions"),
                labels=message.labels("matchPodLabels"),
                topology_key=message.text("topologyKey"),
                namespaces=message.texts("namespaces"),
                namespace_expressions=_requirements(message, "matchNamespaceExpressions"),
                namespace_labels=message.labels("matchNamespaceLabels"),
                weight=message.number("weight"),
                anti=message.flag("anti"),
                origin=origin,
            )
            for message in messages_of(value, origin)
        )
    }


def _security_context(value: Json, origin: Origin | None) -> dict[str, Any]:
    message = Message(value, origin)
    context = SecurityContext(
        run_as_user=message.number("runAsUser"),
        run_as_group=message.number("runAsGroup"),
        run_as_non_root=message.flag("runAsNonRoot"),
        origin=origin,
    )
    return {"security_context": context}


def _pull_secrets(value: Json, origin: Origin | None) -> dict[str, Any]:
    return {"pull_secrets": tuple(map(_secret, messages_of(value, origin)))}


def _pull_policy(value: Json, origin: Origin | None) -> dict[str, Any]:
    return {"pull_policy": checked(value, str)}


def _deadline(value: Json, origin: Origin | None) -> dict[str, Any]:
    return {"deadline_seconds": integer(value)}


_READERS: dict[str, _Reader] = {
    "secretAsVolume": _mounts(_secret_volume),
    "configMapAsVolume": _mounts(_config_map_volume),
    "pvcMount": _mounts(_claim),
    "emptyDirMounts": _mounts(_empty_dir),
    "genericEphemeralVolume": _mounts(_ephemeral),
    "enabledSharedMemory": _shared_memory,
    "secretAsEnv": _key_variables(SecretVariable, "secret", _secret, "secretKey"),
    "configMapAsEnv": _key_variables(ConfigMapVariable, "config_map", _config_map, "configMapKey"),
    "fieldPathAsEnv": _field_variables,
    "nodeSelector": _node_selector,
    "podMetadata": _pod_metadata,
    "tolerations": _tolerations,
    "nodeAffinity": _node_affinity,
    "podAffinity": _pod_affinity,
    "securityContext": _security_context,
    "imagePullSecret": _pull_secrets,
    "imagePullPolicy": _pull_policy,
    "activeDeadlineSeconds": _deadline,
}
