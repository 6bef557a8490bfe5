"""Checks for what Vertex AI Pipelines cannot run, or runs differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.targets.vertex.checks.cluster_objects import cluster_objects
from translator.targets.vertex.checks.containers import (
    accelerators,
    amounts,
    debug_pauses,
    environment,
    loose_installs,
    moving_images,
    requests_as_limits,
    run_time_amounts,
    run_time_images,
    unresolved_structs,
)
from translator.targets.vertex.checks.driver_tasks import (
    task_configs,
    volume_tasks,
    workspace_imports,
)
from translator.targets.vertex.checks.kubernetes import kubernetes_settings
from translator.targets.vertex.checks.platform_settings import platform_settings
from translator.targets.vertex.checks.run_ids import run_ids
from translator.targets.vertex.checks.schema import old_executors, older_schema
from translator.targets.vertex.checks.surroundings import (
    images,
    programs,
    references,
)
from translator.targets.vertex.checks.tasks import (
    exit_tasks,
    loop_limits,
    loop_mappings,
    task_limits,
    unset_channels,
)
from translator.targets.vertex.checks.variables import dropped_variables
from translator.targets.vertex.checks.volumes import volumes
from translator.targets.vertex.writer import vertex_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

__all__ = ["CHECKS"]


def names(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A name that Vertex AI does not accept."""
    written = vertex_name(pipeline.name)
    if written != pipeline.name:
        yield rules.RENAMED.at(pipeline.origin, name=pipeline.name, written=written)


CHECKS = (
    kubernetes_settings,
    platform_settings,
    dropped_variables,
    volumes,
    volume_tasks,
    cluster_objects,
    task_configs,
    workspace_imports,
    references,
    programs,
    images,
    amounts,
    run_time_amounts,
    requests_as_limits,
    accelerators,
    environment,
    run_time_images,
    older_schema,
    unresolved_structs,
    debug_pauses,
    old_executors,
    loop_limits,
    loop_mappings,
    task_limits,
    exit_tasks,
    unset_channels,
    run_ids,
    moving_images,
    loose_installs,
    names,
)
