"""The manifests of objects that a cluster must have, with words in capitals for their values."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from translator.diagnostics.redaction import told
from translator.targets.kubeflow.cluster_needs import (
    ACCOUNT,
    CLAIM,
    CONFIG_MAP,
    PRIORITY,
    PULL_SECRET,
    SECRET,
)
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from translator.model import Json
    from translator.targets.kubeflow.cluster_needs import Need

__all__ = ["NAMESPACE", "manifest", "manifests"]

#: What Kubernetes accepts as the name of a namespace (a DNS label).
NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
#: Kind of need → API version and kind of the object.
_TYPES = {
    SECRET: ("v1", "Secret"),
    PULL_SECRET: ("v1", "Secret"),
    CONFIG_MAP: ("v1", "ConfigMap"),
    CLAIM: ("v1", "PersistentVolumeClaim"),
    ACCOUNT: ("v1", "ServiceAccount"),
    PRIORITY: ("scheduling.k8s.io/v1", "PriorityClass"),
}
_REGISTRY: Json = {"auths": {"SERVER": {"username": "USER", "password": "PASSWORD"}}}
_NOTHING = (
    "# No objects of the cluster are needed beside those of Kubeflow itself: no secrets, config "
    "maps, claims or accounts.\n"
)
_INCOMPLETE = (
    "# Parts of {file} could not be translated; what they need is not listed. "
    "`translator check --to vertex` names them."
)
_NAMED = "# NAME is the value of input `{input}`."
_SHARED = "# ReadWriteMany, if tasks on several nodes use the volume at the same time."
#: The most places that a comment lists.
_PLACES = 5


def manifests(needs: Iterable[Need], namespace: str = "", incomplete: Iterable[str] = ()) -> str:
    """YAML documents, one for each object; a comment if there are none.

    Needs of several pipelines for an object become one document. An object whose name Kubernetes
    does not accept has none: TR212 reports it. ``namespace`` must match ``NAMESPACE``; priority
    classes have none. ``incomplete`` are the files of which parts could not be translated.
    """
    objects: dict[tuple[str, str, str], list[Need]] = {}
    for need in needs:
        if need.has_valid_name or not need.name:
            objects.setdefault((_TYPES[need.kind][1], need.name, need.input), []).append(need)
    documents = [
        "".join([*_comments(same), yaml_text(manifest(same, namespace))])
        for same in objects.values()
    ]
    head = "".join(told(_INCOMPLETE.format(file=file)) + "\n" for file in incomplete)
    return head + ("---\n".join(["", *documents]) if documents else _NOTHING)


def manifest(needs: Sequence[Need], namespace: str = "") -> dict[str, Json]:
    """The object that all these needs are for."""
    first = needs[0]
    version, kind = _TYPES[first.kind]
    metadata: dict[str, Json] = {"name": first.name or "NAME"}
    if namespace and first.kind != PRIORITY:
        metadata["namespace"] = namespace
    made: dict[str, Any] = {"apiVersion": version, "kind": kind, "metadata": metadata}
    keys = dict.fromkeys(key for need in needs for key in need.valid_keys)
    values = dict.fromkeys(keys, "VALUE")
    if kind == "Secret":
        if any(need.kind == PULL_SECRET for need in needs):
            made["type"] = "kubernetes.io/dockerconfigjson"
            values[".dockerconfigjson"] = json.dumps(_REGISTRY)
        made["stringData"] = values or {"KEY": "VALUE"}
    elif kind == "ConfigMap":
        made["data"] = values or {"KEY": "VALUE"}
    elif kind == "PersistentVolumeClaim":
        made["spec"] = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "SIZE"}},
        }
    elif kind == "PriorityClass":
        made["value"] = "VALUE"
    return made


def _comments(needs: Sequence[Need]) -> Iterator[str]:
    """What needs the object, and where."""
    for need in needs:
        yield f"# {_first_upper(need.what)}{_places(need)}\n"
    if needs[0].input and not needs[0].name:
        yield told(_NAMED.format(input=needs[0].input)) + "\n"
    if needs[0].kind == CLAIM:
        yield f"{_SHARED}\n"


def _places(need: Need) -> str:
    places = list(
        dict.fromkeys(
            f"{told(at.file)}:{at.line}" if at.line else told(at.file) for at in need.origins
        )
    )
    more = [f"{len(places) - _PLACES} more"] if len(places) > _PLACES else []
    shown = ", ".join([*places[:_PLACES], *more])
    return f": {shown}" if shown else ""


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
