"""Settings that only Kubernetes knows: each is named, with what does its work on Vertex AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics import vertex as rules
from translator.model import Constant, Container, FromParent, FromTask, Parameter
from translator.platforms import Scopes, driver_tasks, makers, source_of
from translator.upstream import ROOT, End

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Setting
    from translator.upstream import Call

_MACHINE = "set CPU, memory and accelerators; Vertex AI chooses the machine by them"
_ROLE = "pass `--service-account` with an account that may read the registry"
_OWN_CONTAINER = "do its work inside the container, for example in a script that starts both"
_ONE_AT_A_TIME = "pass `--schedule-max-concurrent-runs 1` where runs must not overlap"
#: Setting → what to do instead. Names are Kubernetes' own and those of kfp-kubernetes.
_ADVICE = {
    "nodeSelector": _MACHINE,
    "nodeAffinity": _MACHINE,
    "podAffinity": _MACHINE,
    "affinity": _MACHINE,
    "tolerations": _MACHINE,
    "resources.limits": _MACHINE,
    "resources.requests": _MACHINE,
    "imagePullSecrets": _ROLE,
    "imagePullSecret": _ROLE,
    "imagePullPolicy": "name the image by its digest; Vertex AI pulls what is named",
    "serviceAccountName": "pass `--service-account` with a Google Cloud account of the same rights",
    "sidecars": _OWN_CONTAINER,
    "initContainers": _OWN_CONTAINER,
    "securityContext": "build the image so that it runs as it is; Vertex AI runs it as its user",
    "activeDeadlineSeconds": "limit the time inside the container, for example with `timeout 600`",
    "parallelism": "pass `--schedule-max-concurrent-runs` for runs; tasks of a run have no limit",
    "fieldPathAsEnv": "use the placeholders `{{$.pipeline_job_name}}` and its like as arguments",
    "metadata.annotations": "use labels of the run (`--label`) where a program reads them",
    "metadata.labels": "use labels of the run (`--label`) where a program reads them",
    "podMetadata": "use labels of the run (`--label`) where a program reads them",
    "volumes": "copy what the tasks read to Cloud Storage, which they find at `/gcs/BUCKET`",
    "ttlStrategy": "nothing; Vertex AI keeps no pods",
    "podGC": "nothing; Vertex AI keeps no pods",
    "ttlSecondsAfterFinished": "nothing; Vertex AI keeps no pods",
    "pipelineConfig.resourceTtl": "nothing; Vertex AI keeps no pods",
    "pipelineConfig.resourceTtlOnCompletion": "nothing; Vertex AI keeps no pods",
    "pipelineConfig.resourceTtlOnSuccess": "nothing; Vertex AI keeps no pods",
    "pipelineConfig.resourceTtlOnFailure": "nothing; Vertex AI keeps no pods",
    "pipelineConfig.activeDeadlineSeconds": "limit the time of each task inside its container, for "
    "example with `timeout 600`, or cancel a run that takes too long",
    "pipelineConfig.workspace": "hand files from task to task as artifacts, or keep them under "
    "`/gcs/BUCKET/PATH`",
    "pipelineConfig.semaphoreKey": _ONE_AT_A_TIME,
    "pipelineConfig.mutexName": _ONE_AT_A_TIME,
}
_NO_ADVICE = "see whether the container needs it; if so, it has to do without"
_TYPE_LABEL = "cloud.google.com/gke-accelerator"


def kubernetes_settings(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """What a KFP v1 workflow asks of Kubernetes."""
    settings = [
        (setting, executor.resources is not None and executor.resources.accelerator is not None)
        for executor in pipeline.executors.values()
        if isinstance(executor, Container)
        for setting in executor.kubernetes
    ]
    settings += [(setting, False) for setting in pipeline.kubernetes]
    for setting, has_type in settings:
        yield from _setting(setting, has_type)


def platform_settings(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """What a KFP v2 file says for platforms in its second document."""
    for name, component in pipeline.components.items():
        if component.platform_specs:
            facts = {"setting": f"singlePlatformSpecs of {name}", "advice": _NO_ADVICE}
            yield rules.OTHER_SETTING.at(component.origin, **facts)
    if not pipeline.platforms:
        return
    scopes, verbs = Scopes(pipeline), driver_tasks(pipeline)
    for name, platform in pipeline.platforms.items():
        for label, settings in platform.executors.items():
            calls = scopes.places.get(label, [])
            if not calls and label not in pipeline.executors:
                continue  # they apply to no task
            for setting in settings:
                for entry in setting.value if isinstance(setting.value, list) else [setting.value]:
                    if not _goes_with_its_maker(scopes, calls, entry, verbs):
                        named = _named(pipeline, scopes, calls, entry)
                        yield _platform_setting(setting, name, entry, named)
        for setting in platform.settings:
            yield from _pipeline_setting(setting, name)


def _goes_with_its_maker(
    scopes: Scopes, calls: list[Call], entry: Any, verbs: Mapping[tuple[str, str], str]
) -> bool:
    """Whether it mounts what a task of the driver makes, which is one finding with that task."""
    source = source_of(entry) if verbs else None
    return source is not None and any(makers(scopes, c.holder, source, verbs) for c in calls)


def _setting(setting: Setting, has_accelerator: bool) -> Iterator[Diagnostic]:
    match setting.name, setting.value:
        case _, None:
            pass  # Kubernetes takes it for absent
        case "env", dict(entry):
            yield _looked_up(setting, entry)
        case "envFrom", list(entries):
            yield from (_env_from(setting, _mapping(entry)) for entry in entries)
        case "volumes", list(entries):
            yield from _volumes(setting, entries)
        case "volumeMounts", list(entries):
            for mount in map(_mapping, entries):
                facts = {"volume": mount.get("name", ""), "path": mount.get("mountPath", "")}
                yield rules.VOLUME.at(setting.origin, **facts)
        case "nodeSelector", dict(labels) if has_accelerator and set(labels) == {_TYPE_LABEL}:
            pass  # it is the accelerator's type
        case _:
            yield _without_counterpart(setting, setting.name)


def _looked_up(setting: Setting, entry: dict[str, Any]) -> Diagnostic:
    used = f"environment variable `{entry.get('name', '')}` comes"
    source = _mapping(entry.get("valueFrom"))
    if reference := _mapping(source.get("secretKeyRef")):
        return rules.SECRET.at(setting.origin, used=used, secret=reference.get("name", ""))
    if reference := _mapping(source.get("configMapKeyRef")):
        name = reference.get("name", "")
        return rules.CONFIG_MAP.at(setting.origin, used=used, config_map=name)
    where = "fieldPathAsEnv" if "fieldRef" in source else ""
    return _without_counterpart(setting, f"env {entry.get('name', '')}", where)


def _env_from(setting: Setting, entry: dict[str, Any]) -> Diagnostic:
    used = "environment variables come"
    if reference := _mapping(entry.get("secretRef")):
        return rules.SECRET.at(setting.origin, used=used, secret=reference.get("name", ""))
    if reference := _mapping(entry.get("configMapRef")):
        name = reference.get("name", "")
        return rules.CONFIG_MAP.at(setting.origin, used=used, config_map=name)
    return _without_counterpart(setting, setting.name)


def _volumes(setting: Setting, entries: list[Any]) -> Iterator[Diagnostic]:
    """What the volumes are; where they are mounted is told there."""
    for volume in map(_mapping, entries):
        used = f"the files of volume `{volume.get('name', '')}` come"
        if reference := _mapping(volume.get("secret")):
            name = reference.get("secretName", "")
            yield rules.SECRET.at(setting.origin, used=used, secret=name)
        elif reference := _mapping(volume.get("configMap")):
            name = reference.get("name", "")
            yield rules.CONFIG_MAP.at(setting.origin, used=used, config_map=name)
        elif volume.keys() - {"name", "emptyDir", "persistentVolumeClaim"}:
            kind = " ".join(key for key in volume if key != "name")
            yield _without_counterpart(setting, f"volume {volume.get('name', '')} ({kind})")


def _platform_setting(setting: Setting, platform: str, entry: Any, name: str) -> Diagnostic:
    known = _mapping(entry)
    how = "files come" if setting.name.endswith("Volume") else "environment variables come"
    match setting.name:
        case "secretAsEnv" | "secretAsVolume":
            return rules.SECRET.at(setting.origin, used=how, secret=name)
        case "configMapAsEnv" | "configMapAsVolume":
            return rules.CONFIG_MAP.at(setting.origin, used=how, config_map=name)
        case "pvcMount" | "emptyDirMounts" | "genericEphemeralVolume":
            facts = {"volume": name, "path": known.get("mountPath", "")}
            return rules.VOLUME.at(setting.origin, **facts)
        case _:
            return _without_counterpart(setting, f"{setting.name} ({platform})")


def _pipeline_setting(setting: Setting, platform: str) -> Iterator[Diagnostic]:
    """What is said for the whole pipeline; its parts have not much to do with each other."""
    parts = _mapping(setting.value) if setting.name == "pipelineConfig" else {}
    for part in parts:
        shown = f"{setting.name}.{part} ({platform})"
        yield _without_counterpart(setting, shown, f"{setting.name}.{part}")
    if not parts:
        yield _without_counterpart(setting, f"{setting.name} ({platform})")


def _named(pipeline: Pipeline, scopes: Scopes, calls: list[Call], entry: Any) -> str:
    """The name of a secret, config map or volume, in any of the spellings of kfp-kubernetes."""
    source = source_of(entry)
    if source is None or isinstance(source, Constant):
        known = _mapping(entry)
        keys = ("secretName", "configMapName", "volumeName", "pvcName", "constant")
        plain = next((known[key] for key in keys if known.get(key)), "")
        return str(plain if source is None else source.value)
    ends = [end for call in calls for end in scopes.ends(call.holder, source)]
    names = dict.fromkeys(_end_name(pipeline, end) for end in ends)
    return " or ".join(names) or _end_name(pipeline, End(ROOT, source))


def _end_name(pipeline: Pipeline, end: End) -> str:
    """The value if it is known, else what will give it."""
    match end.source:
        case Constant(value=value):
            return str(value)
        case Parameter() as parameter:
            given = pipeline.submission.arguments.get(end.name)
            known = parameter.default if given is None else given
            return known if isinstance(known, str) and known else f"value of input {end.name}"
        case FromTask(task=task):
            return f"given by task {task}"
        case FromParent(name=name):
            return f"value of input {name}"
        case _:
            return f"value of input {end.name}"


def _mapping(value: Any) -> dict[str, Any]:
    """The value if it is one, else nothing: what is carried as it was read may be anything."""
    return value if isinstance(value, dict) else {}


def _without_counterpart(setting: Setting, shown: str, key: str = "") -> Diagnostic:
    advice = _ADVICE.get(key or setting.name, _NO_ADVICE)
    return rules.OTHER_SETTING.at(setting.origin, setting=shown, advice=advice)
