"""Volumes of a pod, and where a container mounts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.fields import UnlikeError, checked
from translator.model.kubernetes import (
    Claim,
    ConfigMapVolume,
    EmptyDir,
    EphemeralVolume,
    Mount,
    OtherVolume,
    SecretVolume,
)
from translator.readers.argo.pod_fields import Entry
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeVar

    from translator.diagnostics import Origin
    from translator.model import Json, Setting
    from translator.model.kubernetes import Pod, Volume

    T = TypeVar("T")

__all__ = ["Defined", "in_shared_volumes", "mount", "volumes_of"]


class Defined(NamedTuple):
    """A volume of a pod."""

    volume: Volume
    #: Its fields that ``volume`` does not have.
    others: tuple[Setting, ...]
    #: Whether it can only be read, however it is mounted.
    read_only: bool
    #: The setting that defines it, with this volume alone.
    setting: Setting

    @property
    def alone(self) -> Volume:
        """The volume without a mount, which would have its other fields."""
        if not self.others and not self.read_only:
            return self.volume
        entry = Entry(checked(self.setting.value, list)[0], self.setting.origin)
        entry.text("name")
        (source,) = entry.rest()
        return OtherVolume(kind=source.name, content=source.value, origin=source.origin)


def volumes_of(settings: Iterable[Setting]) -> tuple[dict[str, Defined], list[Setting]]:
    """The volumes by name, and the settings without them. Of two with a name the first applies."""
    found: dict[str, Defined] = {}
    left: list[Setting] = []
    for setting in settings:
        entries = setting.value if isinstance(setting.value, list) else [setting.value]
        for entry in entries:
            alone = replace(setting, value=[entry])
            try:
                name, defined = _defined(alone, entry)
            except UnlikeError:
                left.append(alone if isinstance(setting.value, list) else setting)
                continue
            if found.setdefault(name, defined) != defined:
                left.append(alone)
    return found, left


def _defined(setting: Setting, value: Json) -> tuple[str, Defined]:
    fields = Entry(value, setting.origin)
    if setting.name == "volumeClaimTemplates":
        name = fields.message("metadata").text("name")
        volume: Volume = OtherVolume(kind="volumeClaimTemplate", content=value)
        return name, Defined(volume, (), read_only=False, setting=setting)
    name = fields.text("name")
    sources = fields.rest()
    if len(sources) > 1:
        raise UnlikeError
    # Kubernetes makes an `emptyDir` of a volume without a source.
    kind, content = (sources[0].name, sources[0].value) if sources else ("emptyDir", {})
    return name, _source(kind, content, setting)


def _source(kind: str, content: Json, setting: Setting) -> Defined:
    try:
        fields = Entry(content, setting.origin)
        volume = _typed(kind, fields)
        read_only = isinstance(volume, Claim) and bool(fields.flag("readOnly"))
        return Defined(volume, fields.rest(), read_only, setting)
    except UnlikeError:
        volume = OtherVolume(kind=kind, content=content, origin=setting.origin)
        return Defined(volume, (), read_only=False, setting=setting)


def _typed(kind: str, fields: Entry) -> Volume:
    """The volume of a kind; its other fields are left."""
    origin = fields.origin
    match kind:
        case "persistentVolumeClaim":
            return Claim(claim=fields.name("claimName"), origin=origin)
        case "secret":
            return SecretVolume(
                secret=fields.name("secretName"),
                items=_items(fields),
                optional=fields.flag("optional"),
                origin=origin,
            )
        case "configMap":
            return ConfigMapVolume(
                config_map=fields.name("name"),
                items=_items(fields),
                optional=fields.flag("optional"),
                origin=origin,
            )
        case "emptyDir":
            size = fields.quantity("sizeLimit")
            return EmptyDir(medium=fields.text("medium"), size_limit=size, origin=origin)
        case "ephemeral":
            return _ephemeral(fields.message("volumeClaimTemplate"))
        case _:
            raise UnlikeError


def _items(fields: Entry) -> Mapping[str, str]:
    """Key → path of a secret or config map. ``mode`` of an item has no type."""
    items: dict[str, str] = {}
    left: list[Json] = []
    for item in fields.messages("items"):
        key = item.text("key")
        if key in items:
            raise UnlikeError
        items[key] = item.text("path")
        if rest := item.rest():
            left.append({"key": key, **{one.name: one.value for one in rest}})
    if left:
        fields.keep("items", left)
    return items


def _ephemeral(template: Entry) -> EphemeralVolume:
    metadata, spec = template.message("metadata"), template.message("spec")
    resources = spec.message("resources")
    requests = resources.message("requests")
    volume = EphemeralVolume(
        access_modes=spec.texts("accessModes"),
        size=requests.quantity("storage"),
        default_storage_class=None if "storageClassName" in spec else True,
        storage_class=spec.text("storageClassName"),
        labels=metadata.labels("labels"),
        annotations=metadata.labels("annotations"),
        origin=template.origin,
    )
    for fields in (requests, resources, spec, metadata):
        fields.only(None)
    return template.only(volume)


def in_shared_volumes(paths: Mapping[str, T], pod: Pod) -> dict[str, T]:
    """Those of the paths that are in volumes which other tasks can mount too."""
    shared = [one.path for one in pod.mounts if isinstance(one.volume, Claim | OtherVolume)]
    folders = tuple(path.rstrip("/") + "/" for path in shared if path.startswith("/"))
    return {path: one for path, one in paths.items() if path.startswith(folders)}


def mount(value: Json, origin: Origin | None, volumes: Mapping[str, Defined]) -> Mount:
    """An entry of ``volumeMounts``, with the volume of its name."""
    fields = Entry(value, origin)
    name = fields.text("name")
    defined = volumes.get(name)
    read_only = bool(fields.flag("readOnly"))
    return Mount(
        path=fields.text("mountPath"),
        volume=OtherVolume(kind="") if defined is None else defined.volume,
        name=name,
        sub_path=fields.text("subPath"),
        read_only=read_only or (defined is not None and defined.read_only),
        others=(*fields.rest(), *(() if defined is None else defined.others)),
        origin=origin,
    )
