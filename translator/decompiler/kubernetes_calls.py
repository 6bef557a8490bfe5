"""Each setting of the platform document → the calls of kfp-kubernetes that make it.

Raises ``NoFunctionError`` for what no function makes; the limits are those of kfp-kubernetes 2.17.
Absent and false are the same for ``optional``: newer versions always write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.decompiler.layout import listed
from translator.decompiler.literals import literal
from translator.model import Constant
from translator.model.kubernetes import (
    Claim,
    ConfigMapVariable,
    ConfigMapVolume,
    EmptyDir,
    EphemeralVolume,
    FieldVariable,
    SecretVariable,
    SecretVolume,
)
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from translator.decompiler.layout import Expression
    from translator.model import FromParent, FromTask, Json
    from translator.model.kubernetes import (
        Mount,
        Pod,
        Reference,
        Requirement,
        Value,
    )

    #: The expression of a value of the pipeline in the DAG of the task.
    Channel: TypeAlias = Callable[[FromParent | FromTask], Expression]
    #: A function of ``kfp.kubernetes``, and its arguments after the task.
    Call: TypeAlias = tuple[str, Mapping[str, Expression]]
    KeyVariable: TypeAlias = SecretVariable | ConfigMapVariable

__all__ = ["WRITERS", "NoFunctionError"]

_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"})
_PULL_POLICIES = ("Always", "Never", "IfNotPresent")
#: The fields of ``V1NodeAffinity``, which ``add_node_affinity_json`` checks.
_AFFINITIES = frozenset(
    {
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    }
)


class NoFunctionError(Exception):
    """kfp-kubernetes has no function that makes the setting."""


def _require(condition: object) -> None:
    if not condition:
        raise NoFunctionError


def _given(**arguments: Expression | str | int | bool | None) -> dict[str, Expression]:
    """The arguments that are not empty; texts and numbers become literals."""
    return {
        name: literal(value) if isinstance(value, (str, int)) else value
        for name, value in arguments.items()
        if value is not None and value != ""
    }


def _name(reference: Reference, channel: Channel) -> Expression:
    return _value(reference.name, channel, str)


def _value(value: Value, channel: Channel, *kinds: type) -> Expression:
    """A constant of one of the types, or a value of the pipeline."""
    if isinstance(value, Constant):
        _require(type(value.value) in kinds and not _has_null(value.value))
        return literal(value.value)
    return channel(value)


def _has_null(value: Json) -> bool:
    """Whether there is a null in a value, which kfp's compiler refuses (``to_protobuf_value``)."""
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return value is None or (isinstance(value, list) and any(map(_has_null, value)))


def _texts(values: Iterable[str]) -> Expression:
    return literal(list(values))


# Volumes


def _secret_volumes(pod: Pod, channel: Channel) -> Iterator[Call]:
    for mount, volume in _mounts(pod, SecretVolume):
        name, optional = _name(volume.secret, channel), volume.optional or None
        arguments = _given(secret_name=name, mount_path=literal(mount.path), optional=optional)
        yield "use_secret_as_volume", arguments


def _config_map_volumes(pod: Pod, channel: Channel) -> Iterator[Call]:
    for mount, volume in _mounts(pod, ConfigMapVolume):
        name, optional = _name(volume.config_map, channel), volume.optional or None
        arguments = _given(config_map_name=name, mount_path=literal(mount.path), optional=optional)
        yield "use_config_map_as_volume", arguments


def _claims(pod: Pod, channel: Channel) -> Iterator[Call]:
    for mount, volume in _mounts(pod, Claim):
        name, path = _name(volume.claim, channel), literal(mount.path)
        yield "mount_pvc", _given(pvc_name=name, mount_path=path, sub_path=mount.sub_path)


def _empty_dirs(pod: Pod, channel: Channel) -> Iterator[Call]:
    for mount, volume in _mounts(pod, EmptyDir):
        if not volume.is_shared_memory:
            yield (
                "empty_dir_mount",
                _given(
                    volume_name=literal(mount.name),
                    mount_path=literal(mount.path),
                    medium=volume.medium,
                    size_limit=volume.size_limit,
                ),
            )


def _ephemeral_volumes(pod: Pod, channel: Channel) -> Iterator[Call]:
    for mount, volume in _mounts(pod, EphemeralVolume):
        _require(bool(volume.default_storage_class) != bool(volume.storage_class))
        yield (
            "add_ephemeral_volume",
            _given(
                volume_name=literal(mount.name),
                mount_path=literal(mount.path),
                access_modes=_texts(volume.access_modes),
                size=literal(volume.size),
                storage_class_name=volume.storage_class,
                labels=literal(dict(volume.labels)) if volume.labels else None,
                annotations=literal(dict(volume.annotations)) if volume.annotations else None,
            ),
        )


def _mounts(pod: Pod, kind: type) -> Iterator[tuple[Mount, Any]]:
    for mount in pod.mounts:
        if isinstance(mount.volume, kind):
            _require(not mount.others)
            yield mount, mount.volume


# Environment variables


def _secret_variables(pod: Pod, channel: Channel) -> Iterator[Call]:
    for entry in _entries(pod, SecretVariable):
        first = entry[0]
        assert isinstance(first, SecretVariable)
        keys = literal({one.key: one.variable for one in entry})
        arguments = _given(
            secret_name=_name(first.secret, channel),
            secret_key_to_env=keys,
            optional=first.optional or None,
        )
        yield "use_secret_as_env", arguments


def _config_map_variables(pod: Pod, channel: Channel) -> Iterator[Call]:
    for entry in _entries(pod, ConfigMapVariable):
        first = entry[0]
        assert isinstance(first, ConfigMapVariable)
        keys = literal({one.key: one.variable for one in entry})
        arguments = _given(
            config_map_name=_name(first.config_map, channel),
            config_map_key_to_env=keys,
            optional=first.optional or None,
        )
        yield "use_config_map_as_env", arguments


def _entries(pod: Pod, kind: type[KeyVariable]) -> list[list[KeyVariable]]:
    """The variables that one call makes: of one object, each with another key."""
    entries: list[list[KeyVariable]] = []
    for one in pod.variables:
        if isinstance(one, kind):
            known = entries[-1] if entries else []
            is_same = one.joined and known and _object(one) == _object(known[0])
            if is_same and one.key not in [other.key for other in known]:
                known.append(one)
            else:
                entries.append([one])
    return entries


def _object(variable: KeyVariable) -> KeyVariable:
    """The variable without what may differ in one call."""
    return replace(variable, variable="", key="", joined=False)


def _field_variables(pod: Pod, channel: Channel) -> Iterator[Call]:
    for one in pod.variables:
        if isinstance(one, FieldVariable):
            path = literal(one.field_path)
            yield "use_field_path_as_env", {"env_name": literal(one.variable), "field_path": path}


# The node, the user and the pod


def _node_selector(pod: Pod, channel: Channel) -> Iterator[Call]:
    for key, value in pod.node_selector.items():
        yield "add_node_selector", {"label_key": literal(key), "label_value": literal(value)}
    if pod.node_selector_json is not None:
        whole = _value(pod.node_selector_json, channel, str, dict)
        yield "add_node_selector_json", {"node_selector_json": whole}


def _tolerations(pod: Pod, channel: Channel) -> Iterator[Call]:
    for one in pod.tolerations:
        if one.json is not None:
            # Of a constant it would make plain tolerations.
            _require(one == replace(one, **_EMPTY_TOLERATION))
            yield "add_toleration_json", {"toleration_json": _value(one.json, channel)}
        else:
            yield (
                "add_toleration",
                _given(
                    key=one.key,
                    operator=one.operator,
                    value=one.value,
                    effect=one.effect,
                    toleration_seconds=one.seconds,
                ),
            )


_EMPTY_TOLERATION = {"key": "", "operator": "", "value": "", "effect": "", "seconds": None}


def _node_affinity(pod: Pod, channel: Channel) -> Iterator[Call]:
    # A second call of `add_node_affinity_json` removes what the first has added.
    _require(sum(one.json is not None for one in pod.node_affinity) <= 1)
    for one in pod.node_affinity:
        if one.json is not None:
            _require(not one.expressions and not one.fields and one.weight is None)
            value = one.json.value if isinstance(one.json, Constant) else {}
            _require(isinstance(value, dict) and value.keys() <= _AFFINITIES)
            yield "add_node_affinity_json", {"node_affinity_json": _value(one.json, channel, dict)}
        else:
            _require(one.weight is None or 1 <= one.weight <= 100)
            yield (
                "add_node_affinity",
                _given(
                    match_expressions=_requirements(one.expressions),
                    match_fields=_requirements(one.fields),
                    weight=one.weight,
                ),
            )


def _requirements(requirements: tuple[Requirement, ...]) -> Expression | None:
    for one in requirements:
        _require(one.key and one.operator in _OPERATORS)
    found = [
        literal(
            {
                "key": one.key,
                "operator": one.operator,
                **({"values": list(one.values)} if one.values else {}),
            }
        )
        for one in requirements
    ]
    return listed(found) if found else None


def _security_context(pod: Pod, channel: Channel) -> Iterator[Call]:
    context = pod.security_context
    assert context is not None
    numbers = (context.run_as_user, context.run_as_group)
    _require(all(number is None or number >= 0 for number in numbers))
    arguments = _given(
        run_as_user=context.run_as_user,
        run_as_group=context.run_as_group,
        run_as_non_root=context.run_as_non_root,
    )
    _require(arguments)
    yield "set_security_context", arguments


def _metadata(pod: Pod, channel: Channel) -> Iterator[Call]:
    for key, value in pod.labels.items():
        yield "add_pod_label", {"label_key": literal(key), "label_value": literal(value)}
    for key, value in pod.annotations.items():
        arguments = {"annotation_key": literal(key), "annotation_value": literal(value)}
        yield "add_pod_annotation", arguments


def _pull_secrets(pod: Pod, channel: Channel) -> Iterator[Call]:
    names = listed([_name(one, channel) for one in pod.pull_secrets])
    yield "set_image_pull_secrets", {"secret_names": names}


def _pull_policy(pod: Pod, channel: Channel) -> Iterator[Call]:
    _require(pod.pull_policy in _PULL_POLICIES)
    yield "set_image_pull_policy", {"policy": literal(pod.pull_policy)}


def _deadline(pod: Pod, channel: Channel) -> Iterator[Call]:
    _require(pod.deadline_seconds is not None and pod.deadline_seconds > 0)
    yield "set_timeout", {"seconds": literal(pod.deadline_seconds)}


#: Setting → its calls, in the order in which pipeline.py has them.
WRITERS: dict[str, Callable[[Pod, Channel], Iterator[Call]]] = {
    "secretAsEnv": _secret_variables,
    "configMapAsEnv": _config_map_variables,
    "fieldPathAsEnv": _field_variables,
    "secretAsVolume": _secret_volumes,
    "configMapAsVolume": _config_map_volumes,
    "pvcMount": _claims,
    "emptyDirMounts": _empty_dirs,
    "genericEphemeralVolume": _ephemeral_volumes,
    "nodeSelector": _node_selector,
    "tolerations": _tolerations,
    "nodeAffinity": _node_affinity,
    "podMetadata": _metadata,
    "imagePullSecret": _pull_secrets,
    "imagePullPolicy": _pull_policy,
    "securityContext": _security_context,
    "activeDeadlineSeconds": _deadline,
}
