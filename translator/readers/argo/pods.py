"""The settings of a template's container and pod, or of a workflow, as a ``Pod``.

Types and defaults are those of Kubernetes (core/v1). A setting that no record holds exactly is in
``Pod.others``, as in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.fields import UnlikeError, checked
from translator.model import Container
from translator.model.kubernetes import (
    AllKeys,
    ConfigMapVariable,
    FieldVariable,
    Pod,
    PodContainer,
    SecretVariable,
    SecurityContext,
    Toleration,
    texts_in,
)
from translator.readers.argo.pod_fields import Entry, whole_number
from translator.readers.argo.references import parse
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from translator.diagnostics import Origin
    from translator.model import Executor, Json, Setting
    from translator.model.kubernetes import Mount, Reference, Variable
    from translator.readers.argo.pod_volumes import Defined

__all__ = ["NO_VOLUMES", "pod", "pod_of_all", "refers", "volumes_in"]

#: The settings of a workflow that have another meaning than in a template.
_OF_RUN = ("activeDeadlineSeconds",)
#: The volumes of a workflow without any.
NO_VOLUMES: Mapping[str, Defined] = {}


def volumes_in(
    settings: Iterable[Setting], names: tuple[str, ...] = ("volumes",)
) -> tuple[dict[str, Defined], list[Setting]]:
    """The volumes that settings of these names define, and those of them that define none."""
    found = [one for one in settings if one.name in names]
    if not found:
        return {}, []
    from translator.readers.argo.pod_volumes import volumes_of

    return volumes_of(found)


def pod(settings: Iterable[Setting], shared: Mapping[str, Defined] = NO_VOLUMES) -> Pod:
    """The pod with these settings. Of two values of a setting, the first one applies.

    ``shared`` are the volumes of the workflow, which every container can mount.
    """
    given = tuple(settings)
    volumes, left = volumes_in(given)
    builder = _Builder({**shared, **volumes}, left)
    for setting in given:
        if setting.name != "volumes":
            builder.add(setting)
    return builder.pod(volumes)


def pod_of_all(settings: Iterable[Setting], executors: Iterable[Executor]) -> Pod:
    """The settings of a workflow for all its pods, and those of the run among the others.

    A volume that a container mounts is part of that container.
    """
    given = tuple(settings)
    made = pod(one for one in given if one.name not in _OF_RUN)
    volumes, _ = volumes_in(given)
    mounted = [
        (mount.name, mount.volume.origin)
        for executor in executors
        if isinstance(executor, Container)
        for mount in executor.pod.mounts
    ]
    unmounted = {
        name: volume
        for name, volume in made.unmounted.items()
        if (name, volumes[name].volume.origin) not in mounted
    }
    others = (*made.others, *(one for one in given if one.name in _OF_RUN))
    return replace(made, unmounted=unmounted, others=others)


def refers(pod: Pod, settings: Iterable[Setting], volumes: Mapping[str, Defined]) -> bool:
    """Whether a pod, made of these settings and volumes of its workflow, has a reference."""
    written = (*settings, *(defined.setting for defined in volumes.values()))
    if not any("{{" in repr((setting.name, setting.value)) for setting in written):
        return False  # true for nearly every pod
    return any(not isinstance(part, str) for text in texts_in(pod) for part in parse(text))


class _Builder:
    """Collects the fields of a pod."""

    def __init__(self, volumes: Mapping[str, Defined], others: list[Setting]) -> None:
        #: The volumes that the container can mount.
        self.volumes = volumes
        self.others = others
        self.mounts: dict[str, Mount] = {}
        self.fields: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}
        #: Setting, or part of ``affinity`` → the first one of the name.
        self.first: dict[str, Setting] = {}

    def pod(self, volumes: Mapping[str, Defined]) -> Pod:
        """The pod, with those of its volumes that are not mounted."""
        mounted = {one.name for one in self.mounts.values()}
        unmounted = {name: one for name, one in volumes.items() if name not in mounted}
        for name, defined in unmounted.items():
            self._place(f"unmounted/{name}", defined.setting.origin)
        if (user := self.fields.get("security_context")) is not None:
            origin = self.origins.get("security_context")
            self.fields["security_context"] = SecurityContext(**user, origin=origin)
        return Pod(
            **self.fields,
            mounts=tuple(self.mounts.values()),
            unmounted={name: one.alone for name, one in unmounted.items()},
            others=tuple(self.others),
            origins=self.origins,
        )

    def add(self, setting: Setting) -> None:
        """Reads a setting. Its entries without a type are among the others."""
        for part in _parts(setting):
            try:
                self._read(part, setting)
            except UnlikeError:
                self.others.append(part)

    def _read(self, part: Setting, whole: Setting) -> None:
        """Reads a setting, or one entry of it."""
        origin = part.origin
        match part.name, part.value:
            case "volumeMounts", [entry]:
                from translator.readers.argo.pod_volumes import mount

                one = mount(entry, origin, self.volumes)
                if self.mounts.setdefault(one.path, one) != one:
                    raise UnlikeError
            case name, [entry] if name in _LISTS:
                field, read = _LISTS[name]
                fields = Entry(entry, origin)
                self._append(field, (fields.only(read(fields)),), name, whole)
            case "env", entry:
                fields = Entry(entry, origin)
                self._append("variables", (fields.only(_variable(fields)),))
            case "affinity", dict(terms):
                from translator.readers.argo.pod_affinity import AFFINITIES

                (kind,) = terms
                if kind not in AFFINITIES:
                    raise UnlikeError
                field, read_terms = AFFINITIES[kind]
                self._append(field, read_terms(terms[kind], origin), kind, whole)
            case "podMetadata", {"labels": dict(texts)}:
                self._update("labels", texts, origin)
            case "podMetadata", {"annotations": dict(texts)}:
                self._update("annotations", texts, origin)
            case name, dict(texts) if name in _MAPPINGS:
                self._update(_MAPPINGS[name], texts, origin)
            case "securityContext", dict(values) if values.keys() & _USER.keys():
                (key,) = values
                field, kind_of_value = _USER[key]
                self._update("security_context", {field: values[key]}, origin, kind_of_value)
            case name, value if name in _SCALARS:
                field, read_value = _SCALARS[name]
                self._set(field, read_value(value), origin)
            case _:
                raise UnlikeError

    def _append(
        self, field: str, records: tuple[Any, ...], name: str = "", setting: Setting | None = None
    ) -> None:
        """Adds the entries of a list, of which only the first of a name applies."""
        if name and setting and self.first.setdefault(name, setting) is not setting:
            raise UnlikeError
        self.fields[field] = (*self.fields.get(field, ()), *records)

    def _update(
        self, field: str, entries: Mapping[str, Json], origin: Origin | None, kind: type = str
    ) -> None:
        found = self.fields.get(field, {})
        for key, value in entries.items():
            if found.get(key, checked(value, kind)) != value:
                raise UnlikeError
        self.fields[field] = {**found, **entries}
        for key in entries:
            self._place(f"{field}/{key}", origin)
        self._place(field, origin)

    def _set(self, field: str, value: Json, origin: Origin | None) -> None:
        if self.fields.setdefault(field, value) != value:
            raise UnlikeError
        self._place(field, origin)

    def _place(self, field: str, origin: Origin | None) -> None:
        if origin is not None:
            self.origins.setdefault(field, origin)


def _parts(setting: Setting) -> Iterator[Setting]:
    """The entries of a setting that has any, each as a setting; else the setting."""
    name, value = setting.name, setting.value
    if isinstance(value, list) and (name in _LISTS or name == "volumeMounts"):
        yield from (replace(setting, value=[entry]) for entry in value)
    elif isinstance(value, dict) and (name in _MAPPINGS or name in _OF_PARTS):
        yield from (replace(setting, value={key: entry}) for key, entry in value.items())
    else:
        yield setting


def _variable(fields: Entry) -> Variable:
    """A variable with a source (``EnvVar``)."""
    name, source, origin = fields.text("name"), fields.message("valueFrom"), fields.origin
    if "secretKeyRef" in source:
        key = source.message("secretKeyRef")
        made: Variable = SecretVariable(
            variable=name,
            secret=key.name("name"),
            key=key.text("key"),
            optional=key.flag("optional"),
            origin=origin,
        )
    elif "configMapKeyRef" in source:
        key = source.message("configMapKeyRef")
        made = ConfigMapVariable(
            variable=name,
            config_map=key.name("name"),
            key=key.text("key"),
            optional=key.flag("optional"),
            origin=origin,
        )
    else:
        key = source.message("fieldRef")
        if "fieldPath" not in key or key.text("apiVersion") not in ("", "v1"):
            raise UnlikeError
        made = FieldVariable(variable=name, field_path=key.text("fieldPath"), origin=origin)
    return source.only(key.only(made))


def _all_keys(fields: Entry) -> AllKeys:
    """An entry of ``envFrom`` (``EnvFromSource``)."""
    prefix, is_secret = fields.text("prefix"), "secretRef" in fields
    source = fields.message("secretRef" if is_secret else "configMapRef")
    name = source.name("name")
    return source.only(
        AllKeys(
            secret=name if is_secret else None,
            config_map=None if is_secret else name,
            prefix=prefix,
            optional=source.flag("optional"),
            origin=fields.origin,
        )
    )


def _toleration(fields: Entry) -> Toleration:
    return Toleration(
        key=fields.text("key"),
        operator=fields.text("operator"),
        value=fields.text("value"),
        effect=fields.text("effect"),
        seconds=fields.number("tolerationSeconds"),
        origin=fields.origin,
    )


def _pull_secret(fields: Entry) -> Reference:
    return fields.name("name")


def _container(fields: Entry) -> PodContainer:
    name = fields.text("name")
    content = {one.name: one.value for one in fields.rest()}
    return PodContainer(name=name, content=content, origin=fields.origin)


def _text(value: Json) -> str:
    if not (text := checked(value, str)):
        raise UnlikeError
    return text


def _seconds(value: Json) -> int:
    if (seconds := whole_number(value)) is None:
        raise UnlikeError
    return seconds


#: Setting with a list → the field of ``Pod``, and what reads an entry.
_LISTS: Mapping[str, tuple[str, Callable[[Entry], Any]]] = {
    "envFrom": ("variables", _all_keys),
    "tolerations": ("tolerations", _toleration),
    "imagePullSecrets": ("pull_secrets", _pull_secret),
    "initContainers": ("init_containers", _container),
    "sidecars": ("sidecars", _container),
}
#: Setting with a mapping → the field of ``Pod`` with the same texts.
_MAPPINGS = {
    "nodeSelector": "node_selector",
    "metadata.labels": "labels",
    "metadata.annotations": "annotations",
}
#: Other settings whose fields are read one by one.
_OF_PARTS = ("affinity", "podMetadata", "securityContext")
#: Field of ``securityContext`` → the field of ``SecurityContext``, and its type.
_USER: Mapping[str, tuple[str, type]] = {
    "runAsUser": ("run_as_user", int),
    "runAsGroup": ("run_as_group", int),
    "runAsNonRoot": ("run_as_non_root", bool),
}
#: Setting with one value → the field of ``Pod``, and what reads the value.
_SCALARS: Mapping[str, tuple[str, Callable[[Json], Json]]] = {
    "imagePullPolicy": ("pull_policy", _text),
    "serviceAccountName": ("service_account", _text),
    "activeDeadlineSeconds": ("deadline_seconds", _seconds),
}
