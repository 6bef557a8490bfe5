"""What few pipelines have: passes and checks for it are imported where a pipeline has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import KFP_V1, Container, Resource
from translator.platforms import DRIVER_IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import Pipeline

__all__ = [
    "FETCH_SECRETS",
    "STRUCTS",
    "containers",
    "fetches_secrets",
    "has_mounts",
    "has_objects",
    "has_platform_settings",
    "has_resources",
    "has_structs",
    "has_volume_tasks",
    "has_volumes",
]

#: The name of the wrapper that reads secrets of Secret Manager: ``$0`` of its script.
FETCH_SECRETS = "fetch-secrets"
#: How arguments with the JSON of ``structs`` begin.
STRUCTS = ('{"IfPresent":', '{"Concat":')


def containers(pipeline: Pipeline) -> Iterator[Container]:
    """The executors that run a container."""
    return (one for one in pipeline.executors.values() if isinstance(one, Container))


def has_mounts(pipeline: Pipeline) -> bool:
    """Whether a container mounts a volume."""
    return any(one.pod.mounts for one in containers(pipeline))


def has_volumes(pipeline: Pipeline) -> bool:
    """Whether the settings of a container, or of the pipeline, have a volume."""
    pods = (pipeline.pod, *(one.pod for one in containers(pipeline)))
    return any(pod.mounts or pod.unmounted for pod in pods)


def has_objects(pipeline: Pipeline) -> bool:
    """Whether a task creates, changes or deletes an object of the cluster."""
    return any(isinstance(one, Resource) for one in pipeline.executors.values())


def has_volume_tasks(pipeline: Pipeline) -> bool:
    """Whether a task may create or delete a volume or a snapshot: also with kubectl."""
    return has_objects(pipeline) or any(
        str(one.image) in DRIVER_IMAGES or "kubectl" in map(str, (*one.command, *one.args)[:1])
        for one in containers(pipeline)
    )


def has_resources(pipeline: Pipeline) -> bool:
    """Whether a container requests CPU, memory or an accelerator."""
    return any(one.resources is not None for one in containers(pipeline))


def has_structs(pipeline: Pipeline) -> bool:
    """Whether an argument may be JSON of ``IfPresent`` or ``Concat``; Argo takes it for a text."""
    return pipeline.dialect != KFP_V1 and any(
        str(word).startswith(STRUCTS)
        for one in containers(pipeline)
        for word in (*one.command, *one.args)
    )


def fetches_secrets(pipeline: Pipeline) -> bool:
    """Whether a command has the wrapper that reads secrets of Secret Manager."""
    return any(FETCH_SECRETS in map(str, one.command) for one in containers(pipeline))


def has_platform_settings(pipeline: Pipeline) -> bool:
    """Whether the file has settings of a platform that are not those of a pod."""
    components = pipeline.components.values()
    return bool(pipeline.platforms) or any(one.platform_specs for one in components)
