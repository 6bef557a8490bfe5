"""Settings in the platform document of a KFP v2 file that no pod of a container has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.targets.vertex.checks.kubernetes import NO_ADVICE, other_setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Setting

__all__ = ["platform_settings"]

_ONE_AT_A_TIME = "pass `--schedule-max-concurrent-runs 1` where runs must not overlap"
#: Part of ``pipelineConfig`` → what to do instead.
_ADVICE = {
    "workspace": "pass files between tasks as artifacts, or store them under `/gcs/BUCKET/PATH`",
    "semaphoreKey": _ONE_AT_A_TIME,
    "mutexName": _ONE_AT_A_TIME,
}


def platform_settings(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Findings about settings of other platforms, of components and of the whole pipeline."""
    for name, component in pipeline.components.items():
        if component.platform_specs:
            facts = {"setting": f"singlePlatformSpecs of {name}", "advice": NO_ADVICE}
            yield rules.OTHER_SETTING.at(component.origin, **facts)
    for name, platform in pipeline.platforms.items():
        for label, settings in platform.executors.items():
            if label in pipeline.executors:  # others apply to no task
                for setting in settings:
                    yield from other_setting(setting, f"{setting.name} ({name})")
        for setting in platform.settings:
            yield from _pipeline_setting(setting, name)


def _pipeline_setting(setting: Setting, platform: str) -> Iterator[Diagnostic]:
    """Findings about a platform setting of the whole pipeline, one for each of its parts."""
    is_config = setting.name == "pipelineConfig" and isinstance(setting.value, dict)
    parts = setting.value if is_config and isinstance(setting.value, dict) else {}
    for part, value in parts.items():
        shown = f"{setting.name}.{part} ({platform})"
        if part == "activeDeadlineSeconds":
            yield rules.TIME_LIMIT.at(setting.origin, seconds=value, of="the pipeline")
        elif part.startswith("resourceTtl"):
            why = "Vertex AI cleans up after a run by itself"
            yield rules.NO_EFFECT.at(setting.origin, setting=shown, why=why)
        else:
            advice = _ADVICE.get(part, NO_ADVICE)
            yield rules.OTHER_SETTING.at(setting.origin, setting=shown, advice=advice)
    if not parts:
        yield from other_setting(setting, f"{setting.name} ({platform})", "the pipeline")
