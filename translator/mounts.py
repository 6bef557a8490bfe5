"""The volumes that containers mount, and the values that refer to paths in them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from translator.model import Container
from translator.model.kubernetes import (
    Claim,
    ConfigMapVolume,
    EmptyDir,
    EphemeralVolume,
    OtherVolume,
    SecretVolume,
)

if TYPE_CHECKING:
    from translator.model import Executor
    from translator.model.kubernetes import Mount, Reference, Volume

__all__ = ["SHARED_MEMORY", "credentials", "kind_of", "object_of", "points_into"]

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
#: Volume → its field of Kubernetes' ``Volume``.
_KINDS = {
    Claim: "persistentVolumeClaim",
    SecretVolume: "secret",
    ConfigMapVolume: "configMap",
    EmptyDir: "emptyDir",
    EphemeralVolume: "ephemeral",
}


def kind_of(volume: Volume) -> str:
    """The field of Kubernetes' ``Volume``: ``secret``, ``emptyDir`` …; empty if unknown."""
    return volume.kind if isinstance(volume, OtherVolume) else _KINDS[type(volume)]


def object_of(volume: Volume) -> Reference | None:
    """The claim, secret or config map of a volume; None without one."""
    match volume:
        case Claim(claim=reference):
            return reference
        case SecretVolume(secret=reference):
            return reference
        case ConfigMapVolume(config_map=reference):
            return reference
    return None


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


def credentials(executor: Executor | None) -> dict[str, Mount]:
    """Variable with the path of a Google Cloud key → the volume of the key."""
    if not isinstance(executor, Container) or not executor.pod.mounts:
        return {}
    return {
        variable.name: mount
        for variable in executor.env
        if variable.name in _CREDENTIALS
        for mount in executor.pod.mounts
        if mount.path and _is_below(str(variable.value), mount.path)
    }


def _is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or inside it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
