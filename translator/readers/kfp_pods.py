"""KFP v2: the settings of executors in the platform document as the pods of their containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import KUBERNETES, Container
from translator.platform_document.reading import pod_of
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Executor, Platform

__all__ = ["with_pods", "without_pods"]


def with_pods(
    executors: Mapping[str, Executor], platforms: Mapping[str, Platform]
) -> dict[str, Executor]:
    """The executors, and in containers the settings for Kubernetes."""
    settings = platforms[KUBERNETES].executors if KUBERNETES in platforms else {}
    return {
        label: replace(executor, pod=pod_of(settings[label]))
        if isinstance(executor, Container) and settings.get(label)
        else executor
        for label, executor in executors.items()
    }


def without_pods(
    platforms: Mapping[str, Platform], executors: Mapping[str, Executor]
) -> Mapping[str, Platform]:
    """The platforms without the settings that the pods of the containers have."""
    if KUBERNETES not in platforms:
        return platforms
    kubernetes = platforms[KUBERNETES]
    left = {
        label: settings
        for label, settings in kubernetes.executors.items()
        if not settings or not isinstance(executors.get(label), Container)
    }
    return {**platforms, KUBERNETES: replace(kubernetes, executors=left)}
