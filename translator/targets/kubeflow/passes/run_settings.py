"""The settings of a KFP v1 workflow for the whole run, and those without an equivalent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kubeflow_upgrade as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Json, Setting
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
#: Argo's time to live of a workflow → the field of ``PipelineConfig``.
_TTL = {
    "secondsAfterCompletion": "resourceTtlOnCompletion",
    "secondsAfterSuccess": "resourceTtlOnSuccess",
    "secondsAfterFailure": "resourceTtlOnFailure",
}
_TTLS = ("ttlStrategy", "ttlSecondsAfterFinished")
#: The largest value of a field of ``PipelineConfig``.
_INT32 = 2**31 - 1


def pipeline_config(workflow: Pod) -> dict[str, Json]:
    """``PipelineConfig`` of the platform document: when the run ends, and when it is deleted."""
    config: dict[str, Json] = {}
    if _is_seconds(workflow.deadline_seconds):
        config["activeDeadlineSeconds"] = workflow.deadline_seconds
    for setting in workflow.others:
        for name, seconds in _ttl(setting).items():
            if name in _TTL and _is_seconds(seconds):
                config.setdefault(_TTL[name], seconds)
    return config


def _ttl(setting: Setting) -> Mapping[str, Json]:
    """Argo's times to live in a setting."""
    if setting.name == "ttlSecondsAfterFinished":
        return {"secondsAfterCompletion": setting.value}
    is_ttl = setting.name == "ttlStrategy" and isinstance(setting.value, dict)
    return setting.value if is_ttl and isinstance(setting.value, dict) else {}


def _is_seconds(value: Json) -> bool:
    return type(value) is int and 0 <= value <= _INT32


def run_settings(workflow: Pod) -> Iterator[Diagnostic]:
    """Findings about settings of the workflow that are left out."""
    seconds = workflow.deadline_seconds
    if seconds is not None and not _is_seconds(seconds):
        place = workflow.place("deadline_seconds")
        yield left_out("activeDeadlineSeconds", place, f"the deadline of {seconds} seconds")
    for name in workflow.unmounted:
        place = workflow.place("unmounted", name)
        why = "no container mounts it"
        yield rules.NO_EFFECT.at(place, setting=f"volume `{name}`", why=why)
    for field in ("mounts", "variables", "init_containers", "sidecars"):
        for record in getattr(workflow, field):
            yield left_out(_FIELDS[field], record.origin, f"`{_FIELDS[field]}` for all pods")
    for other in workflow.others:
        times = _ttl(other)
        if other.name not in _TTLS:
            yield from raw(other)
        elif not times or not all(n in _TTL and _is_seconds(one) for n, one in times.items()):
            yield left_out(other.name, other.origin, f"`{other.name}` or a part of it")


_FIELDS = {
    "mounts": "volumeMounts",
    "variables": "env",
    "init_containers": "initContainers",
    "sidecars": "sidecars",
}


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
    else:
        yield left_out(name, origin, f"`{name}`")


def left_out(name: str, origin: Origin | None, setting: str) -> Diagnostic:
    """The finding about a setting that kfp-kubernetes does not have."""
    advice = _ADVICE.get(name.partition(".")[0], _NO_ADVICE)
    return rules.LEFT_OUT.at(origin, setting=setting, advice=advice)
