"""The settings of a KFP v1 workflow for the whole run, and those without an equivalent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kubeflow_upgrade as rules
from translator.model import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Json
    from translator.model.kubernetes import Pod

__all__ = ["left_out", "pipeline_config", "raw", "run_settings"]

_NO_ADVICE = "check that the task works without it"
_CLAIM = "use a persistent volume claim, which the task can mount"
#: Setting of Kubernetes or Argo → what to do instead.
_ADVICE = {
    "sidecars": "deploy it in the cluster, or start its program in the container of the task",
    "initContainers": "do its work at the start of the task's command, or in a task before it",
    "envFrom": "set a variable for each key that the task needs (`valueFrom`)",
    "serviceAccountName": "pass `--service-account`, which is the account of all tasks",
    "parallelism": "limit loops with `parallelism` of `dsl.ParallelFor`",
    "securityContext": "KFP v2 runs containers without privileges; check that the task works so",
    "volumes": _CLAIM,
    "volumeMounts": _CLAIM,
    "volumeClaimTemplates": "create the claim in a task (`CreatePVC` of kfp-kubernetes)",
}
#: A time of a workflow → the field of ``PipelineConfig``.
_TIMES = {
    "activeDeadlineSeconds": "activeDeadlineSeconds",
    "secondsAfterCompletion": "resourceTtlOnCompletion",
    "secondsAfterSuccess": "resourceTtlOnSuccess",
    "secondsAfterFailure": "resourceTtlOnFailure",
}
#: The largest value of a field of ``PipelineConfig``.
_INT32 = 2**31 - 1
#: Field of ``Pod`` that no workflow has for all its containers → its setting.
_OF_CONTAINERS = {
    "mounts": "volumeMounts",
    "variables": "env",
    "init_containers": "initContainers",
    "sidecars": "sidecars",
}


def pipeline_config(workflow: Pod) -> dict[str, Json]:
    """``PipelineConfig`` of the platform document: when the run ends, and when it is deleted."""
    config: dict[str, Json] = {}
    for setting in _of_run(workflow):
        for name, seconds in _times(setting).items():
            if _is_known(name, seconds):
                config.setdefault(_TIMES[name], seconds)
    return config


def _of_run(workflow: Pod) -> Iterator[Setting]:
    """The settings without a type, and the deadline."""
    if workflow.deadline_seconds is not None:
        name, place = "activeDeadlineSeconds", workflow.place("deadline_seconds")
        yield Setting(name=name, value=workflow.deadline_seconds, origin=place)
    yield from workflow.others


def _times(setting: Setting) -> Mapping[str, Json]:
    """The times of a workflow in a setting."""
    match setting.name, setting.value:
        case "activeDeadlineSeconds", seconds:
            return {setting.name: seconds}
        case "ttlSecondsAfterFinished", seconds:
            return {"secondsAfterCompletion": seconds}
        case "ttlStrategy", dict(times):
            return times
    return {}


def _is_known(name: str, seconds: Json) -> bool:
    return name in _TIMES and type(seconds) is int and 0 <= seconds <= _INT32


def run_settings(workflow: Pod) -> Iterator[Diagnostic]:
    """Findings about settings of the workflow that are left out."""
    for name in workflow.unmounted:
        place = workflow.place("unmounted", name)
        why = "no container mounts it"
        yield rules.NO_EFFECT.at(place, setting=f"volume `{name}`", why=why)
    for field, setting in _OF_CONTAINERS.items():
        for record in getattr(workflow, field):
            yield left_out(setting, record.origin, f"`{setting}` for all pods")
    for one in _of_run(workflow):
        times = _times(one)
        if not times:
            yield from raw(one)
        elif not all(_is_known(name, seconds) for name, seconds in times.items()):
            yield left_out(one.name, one.origin, f"`{one.name}` or a part of it")


def raw(setting: Setting) -> Iterator[Diagnostic]:
    """Findings about a setting without a type, unless Kubernetes treats its value as absent."""
    name, value, origin = setting.name, setting.value, setting.origin
    if value is None or value == [] or value == {}:
        return
    if name in ("workflow.labels", "workflow.annotations") and isinstance(value, dict):
        kind = name.removeprefix("workflow.").removesuffix("s")
        for key in value:
            facts = {
                "setting": f"{kind} `{key}` of the workflow",
                "why": "KFP v2 makes another one",
            }
            yield rules.NO_EFFECT.at(origin, **facts)
    elif name == "podGC":
        why = "it is about the pods of Argo that have ended"
        yield rules.NO_EFFECT.at(origin, setting=f"`{name}`", why=why)
    elif name == "env" and isinstance(value, dict):
        yield left_out(name, origin, f"environment variable `{value.get('name')}`")
    else:
        yield left_out(name, origin, f"`{name}`")


def left_out(name: str, origin: Origin | None, setting: str) -> Diagnostic:
    """The finding about a setting that kfp-kubernetes does not have."""
    advice = _ADVICE.get(name.partition(".")[0], _NO_ADVICE)
    return rules.LEFT_OUT.at(origin, setting=setting, advice=advice)
