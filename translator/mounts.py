"""The volume mounts of containers, and the values that refer to them.

A KFP v1 template mounts volumes of its pod or of the workflow; a KFP v2 file has mounts in the
platform document, by executor. The model has both unchanged.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from translator.model import KFP_V1, Container
from translator.platform_document.writing import raw_settings
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from translator.model import Executor, Json, Pipeline, Platform, Setting

__all__ = [
    "PLATFORM_MOUNTS",
    "SHARED_MEMORY",
    "Mount",
    "container_mounts",
    "credentials",
    "mapping",
    "platform_mounts",
    "pod_mounts",
    "points_into",
    "volumes_of",
]

SHARED_MEMORY = "/dev/shm"
#: Environment variables with the path of a key file, without which Google's programs use the
#: service account of the machine: google-auth and the client libraries; gcloud (properties
#: auth/credential_file_override, auth/access_token_file); Terraform's provider.
_CREDENTIALS = frozenset(
    {
        "GOOGLE_APPLICATION_CREDENTIALS",
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
        "GOOGLE_CREDENTIALS",
        "GOOGLE_CLOUD_KEYFILE_JSON",
        "GCLOUD_KEYFILE_JSON",
    }
)
#: Setting of kfp-kubernetes → the Kubernetes kind of volume that it mounts.
PLATFORM_MOUNTS = {
    "secretAsVolume": "secret",
    "configMapAsVolume": "configMap",
    "pvcMount": "persistentVolumeClaim",
    "emptyDirMounts": "emptyDir",
    "genericEphemeralVolume": "ephemeral",
    "enabledSharedMemory": "emptyDir",
}


class Mount(NamedTuple):
    """A volume in the file system of a container."""

    path: str
    #: ``secret``, ``configMap``, ``emptyDir`` … the Kubernetes kind; empty if unknown.
    kind: str
    #: The volume's name in the pod; empty if the file has none.
    volume: str
    #: The definition of the volume in the file.
    source: dict[str, Any]
    #: The setting that mounts it.
    setting: Setting


def container_mounts(pipeline: Pipeline, label: str) -> Iterator[Mount]:
    """The volumes of the container that an executor runs."""
    executor = pipeline.executors.get(label)
    if isinstance(executor, Container) and executor.kubernetes:
        yield from pod_mounts(executor.kubernetes, pipeline.kubernetes)
    if isinstance(executor, Container) and pipeline.dialect != KFP_V1:
        for setting in raw_settings(executor.pod):
            yield from _platform_mounts(setting)
    yield from platform_mounts(pipeline.platforms, label)


def pod_mounts(own: Sequence[Setting], of_all: Sequence[Setting] = ()) -> Iterator[Mount]:
    """The volumes of a KFP v1 container, from its own settings and those of all pods."""
    volumes = {str(v.get("name", "")): v for v in volumes_of((*of_all, *own))}
    for setting in own:
        if setting.name != "volumeMounts" or not isinstance(setting.value, list):
            continue
        for mount in map(mapping, setting.value):
            name = str(mount.get("name", ""))
            volume = volumes.get(name, {})
            kind = next((key for key in volume if key != "name"), "emptyDir" if volume else "")
            source = mapping(volume.get(kind))
            yield Mount(str(mount.get("mountPath", "")), kind, name, source, setting)


def volumes_of(settings: Iterable[Setting]) -> Iterator[dict[str, Any]]:
    """The volumes that pod settings define."""
    for setting in settings:
        if setting.name == "volumes" and isinstance(setting.value, list):
            yield from map(mapping, setting.value)


def platform_mounts(platforms: Mapping[str, Platform], label: str) -> Iterator[Mount]:
    """The volumes of a KFP v2 container, from the platform settings of its executor."""
    for platform in platforms.values():
        for setting in platform.executors.get(label, ()):
            yield from _platform_mounts(setting)


def _platform_mounts(setting: Setting) -> Iterator[Mount]:
    kind = PLATFORM_MOUNTS.get(setting.name)
    if kind is None:
        return
    is_memory = setting.name == "enabledSharedMemory"
    for entry in setting.value if isinstance(setting.value, list) else [setting.value]:
        source = mapping(entry)
        path = SHARED_MEMORY if is_memory else str(source.get("mountPath", ""))
        yield Mount(path, kind, str(source.get("volumeName", "")), source, setting)


def mapping(value: Json) -> dict[str, Any]:
    """The value if it has this type, else an empty one: settings are unchecked."""
    return value if isinstance(value, dict) else {}


def points_into(text: str, path: str) -> list[str]:
    """The paths in a text that are a folder or inside it, each once."""
    folder = path.rstrip("/")
    if not folder.startswith("/") or folder not in text:
        return []
    return list(dict.fromkeys(_below(folder).findall(text)))


@lru_cache(maxsize=64)
def _below(folder: str) -> re.Pattern[str]:
    # Not the end of a longer path, of an address or of a variable's value.
    start = r"(?:(?<![\w./}~*-])|(?<=\bfile://))"
    return re.compile(start + re.escape(folder) + r"(?![\w.-])(?:/[\w./{}$*@=+-]*)?")


def credentials(executor: Executor | None, mounts: Iterable[Mount]) -> dict[str, Mount]:
    """Variable with the path of a Google Cloud key → the volume of the key."""
    variables = executor.env if isinstance(executor, Container) else ()
    named = [variable for variable in variables if variable.name in _CREDENTIALS]
    if not named:
        return {}  # before the mounts, which most containers do not have either
    folders = [mount for mount in mounts if mount.path]
    return {
        variable.name: mount
        for variable in named
        for mount in folders
        if _is_below(str(variable.value), mount.path)
    }


def _is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or inside it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
