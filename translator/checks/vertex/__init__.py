"""What Vertex AI Pipelines cannot run, or does otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.checks.vertex.containers import (
    accelerators,
    amounts,
    environment,
    old_executors,
    run_time_images,
)
from translator.checks.vertex.kubernetes import kubernetes_settings, platform_settings
from translator.checks.vertex.surroundings import addresses, images, programs, storage
from translator.checks.vertex.tasks import loop_limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

__all__ = ["CHECKS"]


def gaps(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """What the reader could not say in the model, from which all of the bundle is written."""
    yield from pipeline.gaps


CHECKS = (
    gaps,
    kubernetes_settings,
    platform_settings,
    addresses,
    storage,
    programs,
    images,
    amounts,
    accelerators,
    environment,
    run_time_images,
    old_executors,
    loop_limits,
)
