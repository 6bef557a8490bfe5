"""Kubernetes settings as kfp-kubernetes 2.17 writes them, for comparisons with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.model.kubernetes import Reference
from translator.records import replace

if TYPE_CHECKING:
    from translator.model.kubernetes import Pod

__all__ = ["newest_pod"]


def newest_pod(pod: Pod) -> Pod:
    """The pod as kfp-kubernetes 2.17 has it, with an entry for each variable."""
    changes: dict[str, Any] = {
        "mounts": tuple(replace(mount, volume=_newest(mount.volume)) for mount in pod.mounts),
        "variables": tuple(map(_newest, pod.variables)),
        "pull_secrets": tuple(map(_newest, pod.pull_secrets)),
    }
    return replace(pod, **changes)


def _newest(part: Any) -> Any:
    if isinstance(part, Reference):
        return replace(part, forms=())
    fields = vars(part)
    changes = {key: _newest(one) for key, one in fields.items() if isinstance(one, Reference)}
    if "optional" in fields:
        changes["optional"] = bool(part.optional)
    if "joined" in fields:
        changes["joined"] = False
    if "default_storage_class" in fields:
        changes["default_storage_class"] = part.default_storage_class or None
    return replace(part, **changes)
