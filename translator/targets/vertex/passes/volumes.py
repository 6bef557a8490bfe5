"""``--volume NAME=gs://BUCKET/PREFIX``: volumes of the cluster as folders of Cloud Storage.

Vertex AI has the objects of a bucket as files at ``/gcs/BUCKET`` in every container (Cloud Storage
FUSE). A command before that of the container links the path of a mount to the folder there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Decided
from translator.model import Container
from translator.targets.vertex.passes.claims import Claims

if TYPE_CHECKING:
    from translator.decisions import Decisions
    from translator.model import Pipeline

__all__ = ["volumes"]


def volumes(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline with folders of Cloud Storage for the volumes of claims.

    A volume that the pipeline creates is a folder of the run, if there is no decision. Tasks that
    create or delete volumes are left out. Empty folders are made on the disk of the task.
    """
    claims = Claims(pipeline)
    mounts = any(
        isinstance(one, Container) and one.pod.mounts for one in pipeline.executors.values()
    )
    if not mounts and not claims.verbs:
        return Decided(pipeline)
    from translator.targets.vertex.passes.mounted_folders import MountedFolders

    return MountedFolders(pipeline, decisions, claims).result()
