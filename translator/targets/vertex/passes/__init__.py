"""The passes that apply decisions for Vertex AI, each with where it applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import KFP_V1
from translator.model.kubernetes import (
    AllKeys,
    ConfigMapVariable,
    ConfigMapVolume,
    SecretVariable,
    SecretVolume,
)
from translator.passes.decided import decided, where
from translator.targets.vertex.features import containers, has_mounts, has_volume_tasks
from translator.targets.vertex.passes.needs import cluster_tasks, unreachable_values

if TYPE_CHECKING:
    from translator.decisions import Decisions
    from translator.model import Pipeline

__all__ = ["PASSES"]


def _accelerators(pipeline: Pipeline, decisions: Decisions) -> bool:
    used = (one.resources.accelerator for one in containers(pipeline) if one.resources)
    return bool(decisions.accelerators) or any(used)


def _nodes(pipeline: Pipeline, _: Decisions) -> bool:
    pods = (one.pod for one in containers(pipeline))
    return any(pod.node_selector or pod.node_affinity or pod.tolerations for pod in pods)


def _config_maps(pipeline: Pipeline, _: Decisions) -> bool:
    return _has(pipeline, (AllKeys, ConfigMapVariable), ConfigMapVolume)


def _secrets(pipeline: Pipeline, _: Decisions) -> bool:
    return _has(pipeline, (AllKeys, SecretVariable), SecretVolume)


def _has(pipeline: Pipeline, variables: tuple[type, ...], volume: type) -> bool:
    return any(
        any(isinstance(variable, variables) for variable in one.pod.variables)
        or any(isinstance(mount.volume, volume) for mount in one.pod.mounts)
        for one in containers(pipeline)
    )


def _volumes(pipeline: Pipeline, _: Decisions) -> bool:
    return has_mounts(pipeline) or has_volume_tasks(pipeline)


def _metrics(pipeline: Pipeline, _: Decisions) -> bool:
    return pipeline.dialect == KFP_V1


#: Each kind of decision, in an order in which later ones find what earlier ones leave.
PASSES = (
    *(cluster_tasks, decided("dropped_tasks"), unreachable_values),
    # Of images by their names in the file, and by those that replace them.
    *map(decided, ("entrypoints", "images", "entrypoints", "defaults")),
    decided("addresses", __name__),
    where(_accelerators, f"{__name__}.accelerators"),
    where(_nodes, f"{__name__}.spot"),
    where(_config_maps, f"{__name__}.config_maps"),
    where(_secrets, f"{__name__}.secrets"),
    where(_volumes, f"{__name__}.volumes"),
    where(_metrics, f"{__name__}.metrics"),
)
