"""Input artifacts with a source (``gcs``, ``s3``, ``http`` …), which Argo fetches beforehand.

Objects of Cloud Storage are imported; KFP v2 does not fetch from other sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules

if TYPE_CHECKING:
    from translator.model import FromTask
    from translator.readers.argo.adapters import Adapters
    from translator.readers.argo.workflow import Artifact
    from translator.source import Cursor

_KINDS = ("artifactory", "azure", "gcs", "git", "hdfs", "http", "oss", "plugin", "s3")
#: The fields of most artifacts.
_USUAL = frozenset({"name", "from", "path"})
#: Argo unpacks a packed archive unless `archive: {none: {}}` says otherwise.
_PACKED = (".tgz", ".tar.gz")


def own_source(artifact: Artifact) -> Artifact | None:
    """The artifact, if it has such a source."""
    return artifact if _kind(artifact) else None


def imported(adapters: Adapters, artifact: Artifact) -> FromTask | None:
    """The artifact as a task of a DAG imports it; None and a finding if that is impossible."""
    kind = _kind(artifact)
    place = artifact.cursor.child(kind)
    uri = _uri(artifact, place) if kind == "gcs" else ""
    if not uri:
        place.drop(rules.ARTIFACT_SOURCE, input=artifact.name, kind=kind)
        return None
    if (secret := place.find("serviceAccountKeySecret")) is not None:
        secret.drop(rules.SOURCE_KEY, input=artifact.name)
    return adapters.importer(artifact.name, uri)


def _kind(artifact: Artifact) -> str:
    if artifact.cursor.keys() <= _USUAL:
        return ""
    return next((kind for kind in _KINDS if artifact.cursor.find(kind) is not None), "")


def _uri(artifact: Artifact, gcs: Cursor) -> str:
    """The URI of an object that is not unpacked; empty for any other."""
    bucket, key = (gcs.take(name, str, "") for name in ("bucket", "key"))
    archive = artifact.cursor.find("archive")
    packed = key.endswith(_PACKED)
    if archive is not None:
        packed = archive.find("none") is None
        archive.value()
    return "" if packed or not bucket or not key or "{{" in bucket + key else f"gs://{bucket}/{key}"
