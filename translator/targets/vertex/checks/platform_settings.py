"""Platform settings of a KFP v2 file, with the names of secrets, config maps and volumes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from translator.diagnostics import vertex as rules
from translator.model import (
    KFP_V1,
    KUBERNETES,
    Constant,
    Container,
    FromParent,
    FromTask,
    Parameter,
)
from translator.mounts import PLATFORM_MOUNTS, mapping
from translator.platform_document.writing import raw_settings
from translator.platforms import Scopes, driver_tasks, makers, source_of
from translator.targets.vertex.checks.kubernetes import NO_ADVICE, common_setting, is_absent
from translator.upstream import ROOT, End

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Setting

__all__ = ["Names", "platform_settings"]

_ONE_AT_A_TIME = "pass `--schedule-max-concurrent-runs 1` where runs must not overlap"
#: Part of ``pipelineConfig`` → what to do instead.
_ADVICE = {
    "workspace": "pass files between tasks as artifacts, or store them under `/gcs/BUCKET/PATH`",
    "semaphoreKey": _ONE_AT_A_TIME,
    "mutexName": _ONE_AT_A_TIME,
}


class Names:
    """Resolves the names in settings of executors, also if inputs of tasks have them."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    @cached_property
    def scopes(self) -> Scopes:
        """The DAGs, followed only where a setting refers to them."""
        return Scopes(self.pipeline)

    @cached_property
    def verbs(self) -> dict[tuple[str, str], str]:
        """The tasks of KFP's driver."""
        return driver_tasks(self.pipeline)

    def goes_with_its_maker(self, label: str, entry: Any) -> bool:
        """Whether a driver task creates the volume that it mounts, and is reported with it."""
        source = source_of(entry) if self.verbs else None
        return source is not None and any(
            makers(self.scopes, call.holder, source, self.verbs)
            for call in self.scopes.places.get(label, ())
        )

    def of(self, label: str, entry: Any) -> str:
        """The name of a secret, config map or volume, in any of the spellings of kfp-kubernetes."""
        source = source_of(entry)
        if source is None or isinstance(source, Constant):
            known = mapping(entry)
            keys = ("secretName", "configMapName", "volumeName", "pvcName", "constant")
            plain = next((known[key] for key in keys if known.get(key)), "")
            return str(plain if source is None else source.value)
        calls = self.scopes.places.get(label, ())
        ends = [end for call in calls for end in self.scopes.ends(call.holder, source)]
        names = dict.fromkeys(_end_name(self.pipeline, end) for end in ends)
        return " or ".join(names) or _end_name(self.pipeline, End(ROOT, source))


def platform_settings(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Findings about platform settings, the second document of a KFP v2 file."""
    for name, component in pipeline.components.items():
        if component.platform_specs:
            facts = {"setting": f"singlePlatformSpecs of {name}", "advice": NO_ADVICE}
            yield rules.OTHER_SETTING.at(component.origin, **facts)
    names = Names(pipeline)
    for label, executor in pipeline.executors.items():
        if isinstance(executor, Container) and pipeline.dialect != KFP_V1:
            for setting in raw_settings(executor.pod):
                yield from _executor_setting(setting, KUBERNETES, label, names)
    for name, platform in pipeline.platforms.items():
        for label, settings in platform.executors.items():
            if label in pipeline.executors:  # others apply to no task
                for setting in settings:
                    yield from _executor_setting(setting, name, label, names)
        for setting in platform.settings:
            yield from _pipeline_setting(setting, name)


def _executor_setting(
    setting: Setting, platform: str, label: str, names: Names
) -> Iterator[Diagnostic]:
    value: Any = setting.value
    entries = value if isinstance(value, list) else [value]
    used = "environment variables come"
    match setting.name:
        case "secretAsEnv":
            for entry in entries:
                name = names.of(label, entry)
                yield rules.SECRET.at(setting.origin, used=used, secret=name)
        case "configMapAsEnv":
            for entry in entries:
                name = names.of(label, entry)
                yield rules.CONFIG_MAP.at(setting.origin, used=used, config_map=name)
        case "fieldPathAsEnv":
            variables = ", ".join(f"`{mapping(entry).get('name', '')}`" for entry in entries)
            yield rules.POD_FIELD.at(setting.origin, variables=variables)
        case name if name not in PLATFORM_MOUNTS and not is_absent(setting):
            yield from common_setting(setting, f"{name} ({platform})")


def _pipeline_setting(setting: Setting, platform: str) -> Iterator[Diagnostic]:
    """Findings about a platform setting of the whole pipeline, one for each of its parts."""
    parts = mapping(setting.value) if setting.name == "pipelineConfig" else {}
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
    if not parts and not is_absent(setting):
        yield from common_setting(setting, f"{setting.name} ({platform})", "the pipeline")


def _end_name(pipeline: Pipeline, end: End) -> str:
    """The value if it is known, else a description of its source."""
    match end.source:
        case Constant(value=value):
            return str(value)
        case Parameter() as parameter:
            given = pipeline.submission.arguments.get(end.name)
            known = parameter.default if given is None else given
            return known if isinstance(known, str) and known else f"<value of input {end.name}>"
        case FromTask(task=task):
            return f"<output of task {task}>"
        case FromParent(name=name):
            return f"<value of input {name}>"
        case _:
            return f"<value of input {end.name}>"
