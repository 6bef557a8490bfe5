"""Whether and how a mount can become a folder."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from translator.diagnostics import vertex_volumes as rules
from translator.diagnostics.vertex import NO_EFFECT
from translator.model import Constant
from translator.model.kubernetes import Claim, EmptyDir, EphemeralVolume
from translator.mounts import kind_of
from translator.placeholders import Text, parse_text
from translator.records import replace

if TYPE_CHECKING:
    from translator.diagnostics import Diagnostic
    from translator.model import Container
    from translator.model.kubernetes import Mount

__all__ = [
    "below",
    "empty_inside",
    "no_shell",
    "of_empty",
    "of_others",
    "path_of",
    "problem_of",
    "without_unmounted",
]

#: References of Argo and Kubernetes, and placeholders other than inputs, in a path.
_UNCLEAR = r"\{\{(?!\$\.inputs\.parameters\[)|\$[($]|\x00"
#: Programs that need no check whether an image has a shell.
_SHELLS = ("sh", "bash", "dash", "ash", "zsh")
#: Images that are known to have no shell.
_NO_SHELL = r"(^|.*/)(distroless/|kaniko-project/executor(?!.*debug)|scratch\b)"


def path_of(mount: Mount) -> str:
    """The path of a mount in its plain form: absolute, and without a slash at its end."""
    return posixpath.normpath("/" + mount.path.strip("/"))


def problem_of(mount: Mount, path: str) -> Diagnostic | None:
    """Why a mount cannot be a folder; None if it can."""
    sub_path = str(mount.sub_path)
    why = ""
    if path == "/" or f"{path}/".startswith("/gcs/"):
        why = f"it is mounted at `{path}`, where tasks on Vertex AI have other files"
    elif unclear := [text for text in (path, sub_path) if re.search(_UNCLEAR, text)]:
        why = f"`{unclear[0]}` has a reference that is resolved only at run time"
    elif expression := next((one for one in mount.others if one.name == "subPathExpr"), None):
        why = f"its `subPathExpr` is resolved only at run time: `{expression.value}`"
    elif ".." in sub_path.split("/"):
        why = f"its `subPath` has `..`: `{sub_path}`"
    if not why:
        return None
    facts = {"volume": mount.name or path, "why": why, "advice": "change the path in the pipeline"}
    return rules.NO_FOLDER.at(mount.origin, **facts)


def of_others(mount: Mount, path: str) -> list[Diagnostic]:
    """A note for each other field of a mount."""
    return [
        NO_EFFECT.at(
            one.origin or mount.origin,
            setting=f"{one.name} of the mount at {path}",
            why="the mount becomes a link",
        )
        for one in mount.others
        if one.name != "subPathExpr"
    ]


def without_unmounted(executor: Container) -> tuple[Container, list[Diagnostic]]:
    """The container without volumes that it does not mount and whose names other tasks give.

    The tasks are left out, so that the names would have no source.
    """
    pod = executor.pod
    named = {
        name: volume
        for name, volume in pod.unmounted.items()
        if isinstance(volume, Claim) and not isinstance(volume.claim.name, Constant)
    }
    if not named:
        return executor, []
    findings = [
        NO_EFFECT.at(
            pod.place("unmounted", name),
            setting=f"volume {name} ({kind_of(volume)})",
            why="no container mounts it",
        )
        for name, volume in named.items()
    ]
    left = {name: one for name, one in pod.unmounted.items() if name not in named}
    return replace(executor, pod=replace(pod, unmounted=left)), findings


def no_shell(executor: Container) -> str:
    """Why no command can be put before that of a container; empty if it can."""
    if not executor.command:
        return f"the pipeline has no command for image `{executor.image}`"
    first = str(executor.command[0]).rpartition("/")[2]
    if first not in _SHELLS and re.match(_NO_SHELL, str(executor.image)):
        return f"image `{executor.image}` has no shell"
    return ""


def below(folder: Text, mount: Mount) -> Text:
    """The part of the folder that is mounted."""
    sub_path = str(mount.sub_path).strip("/")
    return Text((*folder.parts, "/", *parse_text(sub_path).parts)) if sub_path else folder


def of_empty(mount: Mount, path: str) -> Diagnostic:
    details = ""
    if isinstance(mount.volume, EmptyDir):
        if mount.volume.medium == "Memory":
            details += ", not in memory"
        size = mount.volume.size_limit
    else:
        assert isinstance(mount.volume, EphemeralVolume)
        size = mount.volume.size
    if size:
        details += f"; Vertex AI has no setting for its size, {size}"
    return rules.EMPTY_FOLDER.at(
        mount.origin, volume=mount.name or path, path=path, details=details
    )


def empty_inside(mount: Mount, path: str, outer: str) -> Diagnostic:
    """The finding for an empty folder whose files would be in the folder of a claim."""
    return rules.NO_FOLDER.at(
        mount.origin,
        volume=mount.name or path,
        why=f"it is an empty folder at `{path}`, inside the volume at `{outer}`, whose files all "
        "tasks share",
        advice=f"mount it outside of `{outer}` in the pipeline",
    )
