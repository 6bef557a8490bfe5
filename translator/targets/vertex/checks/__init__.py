"""Checks for what Vertex AI Pipelines cannot run, or runs differently."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.targets.vertex.checks.containers import (
    debug_pauses,
    environment,
    loose_installs,
    moving_images,
    run_time_images,
)
from translator.targets.vertex.checks.driver_tasks import task_configs, workspace_imports
from translator.targets.vertex.checks.kubernetes import kubernetes_settings
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
from translator.targets.vertex.features import (
    has_objects,
    has_platform_settings,
    has_resources,
    has_structs,
    has_volume_tasks,
    has_volumes,
)
from translator.targets.vertex.writer import vertex_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.targets.base import Check

__all__ = ["CHECKS"]


def names(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A name that Vertex AI does not accept."""
    written = vertex_name(pipeline.name)
    if written != pipeline.name:
        yield rules.RENAMED.at(pipeline.origin, name=pipeline.name, written=written)


def _where(applies: Callable[[Pipeline], bool], name: str) -> Check:
    """The check of a module, the function of the same name; imported only where it applies."""

    def check(pipeline: Pipeline) -> Iterator[Diagnostic]:
        if applies(pipeline):
            yield from getattr(import_module(f"{__name__}.{name}"), name)(pipeline)

    return check


CHECKS = (
    kubernetes_settings,
    _where(has_platform_settings, "platform_settings"),
    dropped_variables,
    _where(has_volumes, "volumes"),
    _where(has_volume_tasks, "volume_tasks"),
    _where(has_objects, "cluster_objects"),
    task_configs,
    workspace_imports,
    references,
    programs,
    images,
    _where(has_resources, "resources"),
    environment,
    run_time_images,
    older_schema,
    _where(has_structs, "unresolved_structs"),
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
