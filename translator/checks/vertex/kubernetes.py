"""Settings that only Kubernetes knows: each is named, with what does its work on Vertex AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics import vertex as rules
from translator.model import Container

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Setting

_MACHINE = "set CPU, memory and accelerators; Vertex AI chooses the machine by them"
_ROLE = "pass `--service-account` with an account that may read the registry"
_OWN_CONTAINER = "do its work inside the container, for example in a script that starts both"
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
}
_NO_ADVICE = "see whether the container needs it; if so, it has to do without"
_TYPE_LABEL = "cloud.google.com/gke-accelerator"
_MOUNTS = {
    "pvcMount": "mountPath",
    "emptyDirMounts": "mountPath",
    "genericEphemeralVolume": "mountPath",
}


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
    for name, platform in pipeline.platforms.items():
        for settings in (*platform.executors.values(), platform.settings):
            for setting in settings:
                yield from _platform_setting(setting, name)


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
        elif volume.keys() - {"name", "emptyDir"}:
            kind = " ".join(key for key in volume if key != "name")
            yield _without_counterpart(setting, f"volume {volume.get('name', '')} ({kind})")


def _platform_setting(setting: Setting, platform: str) -> Iterator[Diagnostic]:
    value: Any = setting.value
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        known = entry if isinstance(entry, dict) else {}
        name = _name_of(known)
        if setting.name in ("secretAsEnv", "secretAsVolume"):
            used = f"{'files' if setting.name.endswith('Volume') else 'environment variables'} come"
            yield rules.SECRET.at(setting.origin, used=used, secret=name)
        elif setting.name in ("configMapAsEnv", "configMapAsVolume"):
            used = f"{'files' if setting.name.endswith('Volume') else 'environment variables'} come"
            yield rules.CONFIG_MAP.at(setting.origin, used=used, config_map=name)
        elif setting.name in _MOUNTS:
            facts = {"volume": name, "path": known.get(_MOUNTS[setting.name], "")}
            yield rules.VOLUME.at(setting.origin, **facts)
        else:
            yield _without_counterpart(setting, f"{setting.name} ({platform})")


def _name_of(entry: dict[str, Any]) -> str:
    """The name of a secret, config map or volume, in any of the spellings of kfp-kubernetes."""
    for key in ("secretName", "configMapName", "volumeName", "pvcName", "constant"):
        if entry.get(key):
            return str(entry[key])
    for key, parameter in entry.items():
        if key.endswith("Parameter") and isinstance(parameter, dict):
            constant = _mapping(parameter.get("runtimeValue")).get("constant")
            named = constant or parameter.get("componentInputParameter")
            output = _mapping(parameter.get("taskOutputParameter")).get("producerTask")
            return str(named or (f"made by task {output}" if output else ""))
    return ""


def _mapping(value: Any) -> dict[str, Any]:
    """The value if it is one, else nothing: what is carried as it was read may be anything."""
    return value if isinstance(value, dict) else {}


def _without_counterpart(setting: Setting, shown: str, key: str = "") -> Diagnostic:
    advice = _ADVICE.get(key or setting.name, _NO_ADVICE)
    return rules.OTHER_SETTING.at(setting.origin, setting=shown, advice=advice)
