"""The mounts of KFP v1 that kfp-kubernetes has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kubeflow_upgrade as rules
from translator.model.kubernetes import (
    Claim,
    ConfigMapVolume,
    EmptyDir,
    OtherVolume,
    SecretVolume,
)
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model.kubernetes import Mount

__all__ = ["shown", "upgraded_mount"]

_KINDS = {Claim: "claim", SecretVolume: "secret", ConfigMapVolume: "config map"}
#: Kind of volume → what to do instead.
_ADVICE = {
    "": "define the volume, or remove the mount",
    "volumeClaimTemplate": "create the claim in a task (`CreatePVC` of kfp-kubernetes), and mount "
    "it by the name that the task returns",
}
_CLAIM = "use a persistent volume claim, which the task can mount"


def upgraded_mount(mount: Mount) -> tuple[Mount | None, list[Diagnostic]]:
    """The mount as kfp-kubernetes has it, None for none, and what is missing."""
    volume = mount.volume
    if isinstance(volume, OtherVolume):
        advice = _ADVICE.get(volume.kind, _CLAIM)
        return None, [rules.LEFT_OUT.at(mount.origin, setting=shown(mount), advice=advice)]
    if mount.sub_path and not isinstance(volume, Claim):
        advice = "mount the whole volume at another path, and read the file there"
        setting = f"{shown(mount)}, of `{mount.sub_path}` in it,"
        return None, [rules.LEFT_OUT.at(mount.origin, setting=setting, advice=advice)]
    done = replace(mount, read_only=False, others=())
    if isinstance(volume, (SecretVolume, ConfigMapVolume)):
        done = replace(done, name="", volume=replace(volume, items={}))
    elif isinstance(volume, Claim):
        done = replace(done, name="")
    return done, list(_parts(mount))


def _parts(mount: Mount) -> Iterator[Diagnostic]:
    """What kfp-kubernetes does not have of a mount that it has."""
    volume, setting = mount.volume, shown(mount)
    if isinstance(volume, (SecretVolume, ConfigMapVolume)):
        if volume.items:
            keys = ", ".join(f"`{key}` as `{path}`" for key, path in volume.items.items())
            facts = {
                "setting": setting,
                "part": f"`items` ({keys})",
                "advice": "each key is a file of its name in KFP v2; change the keys, or the paths "
                "in the task",
            }
            yield rules.PART.at(mount.origin, **facts)
    elif mount.read_only:
        advice = "the task can write to the volume in KFP v2; check that it does not"
        yield rules.PART.at(mount.origin, setting=setting, part="`readOnly`", advice=advice)
    for other in mount.others:
        advice = "check that the task works with the default"
        facts = {"setting": setting, "part": f"`{other.name}`", "advice": advice}
        yield rules.PART.at(other.origin or mount.origin, **facts)


def shown(mount: Mount) -> str:
    """The mount, in a message."""
    volume = mount.volume
    if isinstance(volume, OtherVolume):
        kind = f" ({volume.kind})" if volume.kind else ""
        return f"the mount of volume `{mount.name}`{kind} at `{mount.path}`"
    if isinstance(volume, EmptyDir) and not mount.name:
        return f"the mount at `{mount.path}`"
    what = _KINDS.get(type(volume), "volume")
    return f"the mount of {what} `{mount.name}` at `{mount.path}`"
