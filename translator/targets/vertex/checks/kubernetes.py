"""Kubernetes settings without an equivalent, each reported with what to use on Vertex AI.

Volumes are in ``volumes``, what kfp-kubernetes calls otherwise in ``platform_settings``. A setting
that changes nothing there is a note (TR352).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.diagnostics import vertex as rules
from translator.diagnostics import vertex_run
from translator.model import Container
from translator.mounts import mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Setting

#: Settings by which Kubernetes selects a node, in its spelling and that of kfp-kubernetes.
_NODES = frozenset(
    {"nodeSelector", "nodeAffinity", "podAffinity", "affinity", "topologySpreadConstraints"}
)
#: Other settings without an equivalent → what to do instead.
_ADVICE = {
    "resources.limits": "set CPU, memory and accelerators; Vertex AI chooses the machine by them",
    "resources.requests": "set CPU, memory and accelerators; Vertex AI chooses the machine by them",
    "securityContext": "set the user in the image (`USER`); Vertex AI runs it with that user",
    "parallelism": "pass `--schedule-max-concurrent-runs` for runs; tasks of a run have no limit",
    "volumes": "copy what the tasks read to Cloud Storage, which they find at `/gcs/BUCKET`",
}
NO_ADVICE = "check that the container works without it"
#: Setting → why it makes no difference on Vertex AI.
_HARMLESS = {
    **dict.fromkeys(
        ("ttlStrategy", "ttlSecondsAfterFinished", "podGC", "artifactGC"),
        "Vertex AI cleans up after a run by itself",
    ),
    **dict.fromkeys(
        ("tolerations", "priorityClassName", "podPriority", "podPriorityClassName"),
        "on Vertex AI each task has its own machine",
    ),
    **dict.fromkeys(
        ("podDisruptionBudget", "schedulerName", "terminationGracePeriodSeconds"),
        "on Vertex AI there are no pods to schedule",
    ),
    "imagePullPolicy": "Vertex AI pulls the image for every task",
}
#: Node labels that are true of every machine of Vertex AI.
_EVERY_NODE = {
    "kubernetes.io/os": "linux",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/arch": "amd64",
}
_TYPE_LABEL = "cloud.google.com/gke-accelerator"
#: Prefixes of labels and annotations of pods that no program in a container depends on: records
#: of tools, or settings of cluster components that Vertex AI does not have.
_BOOKKEEPING = (
    "pipelines.kubeflow.org/",
    "kubeflow-kale.org/",
    "tekton.dev/",
    "workflows.argoproj.io/",
    "argocd.argoproj.io/",
    "kubectl.kubernetes.io/",
    "sidecar.istio.io/",
    "traffic.sidecar.istio.io/",
    "linkerd.io/",
    "prometheus.io/",
    "cluster-autoscaler.kubernetes.io/",
    "scheduler.alpha.kubernetes.io/",
    "add-pod-env",  # kfp's compiler reads it, and adds the variables to the container
)


def kubernetes_settings(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Findings about the Kubernetes settings of a KFP v1 workflow."""
    for executor in pipeline.executors.values():
        if isinstance(executor, Container) and executor.kubernetes:
            resources = executor.resources
            has_type = resources is not None and resources.accelerator is not None
            for setting in executor.kubernetes:
                yield from _setting(setting, has_type=has_type)
            yield from _pod_fields(executor.kubernetes)
    for setting in pipeline.kubernetes:
        yield from _setting(setting, of="the pipeline")


def _setting(
    setting: Setting, *, of: str = "the task", has_type: bool = False
) -> Iterator[Diagnostic]:
    match setting.name, setting.value:
        case _ if is_absent(setting):
            pass
        case "env", dict(entry):
            yield from _variable(setting, entry)
        case "envFrom", list(entries):
            yield from (_env_from(setting, mapping(entry)) for entry in entries)
        case (("volumes" | "volumeMounts"), list()):
            pass  # the check of volumes reports them
        case "workflow.labels", dict(labels):
            yield from (vertex_run.WORKFLOW_LABEL.at(setting.origin, label=name) for name in labels)
        case "workflow.annotations", dict(entries):
            for name in entries:
                yield vertex_run.WORKFLOW_ANNOTATION.at(setting.origin, annotation=name)
        case "nodeSelector", dict(labels) if has_type and set(labels) == {_TYPE_LABEL}:
            pass  # it is the accelerator's type
        case _:
            yield from common_setting(setting, setting.name, of)


def is_absent(setting: Setting) -> bool:
    """Whether Kubernetes treats its value as absent."""
    return setting.value is None or setting.value == [] or setting.value == {}


def common_setting(setting: Setting, shown: str, of: str = "the task") -> Iterator[Diagnostic]:
    """Findings about a setting that has the same name in KFP v1 and kfp-kubernetes."""
    name, value, origin = setting.name, setting.value, setting.origin
    match name, value:
        case "sidecars", list(entries):
            yield rules.SIDECAR.at(origin, containers=_names(entries))
        case "initContainers", list(entries):
            yield rules.INIT_CONTAINER.at(origin, containers=_names(entries))
        case "activeDeadlineSeconds", _:
            yield rules.TIME_LIMIT.at(origin, seconds=value, of=of)
        case (("metadata.annotations" | "metadata.labels"), dict(entries)):
            yield from _pod_metadata(setting, name.removeprefix("metadata."), entries)
        case "podMetadata", dict(kinds):
            for kind in ("annotations", "labels"):
                yield from _pod_metadata(setting, kind, mapping(kinds.get(kind)))
        case "nodeSelector", dict(labels) if _is_everywhere(mapping(labels.get("labels", labels))):
            yield rules.NO_EFFECT.at(origin, setting=shown, why="every machine has these labels")
        case _ if name in _NODES:
            yield rules.NODE_CHOICE.at(origin, setting=shown)
        case (("serviceAccountName" | "imagePullSecrets" | "imagePullSecret"), _):
            yield _access(setting)
        case _ if name in _HARMLESS:
            yield rules.NO_EFFECT.at(origin, setting=shown, why=_HARMLESS[name])
        case _:
            advice = _ADVICE.get(name, NO_ADVICE)
            yield rules.OTHER_SETTING.at(origin, setting=shown, advice=advice)


def _is_everywhere(labels: Mapping[str, Any]) -> bool:
    return bool(labels) and all(_EVERY_NODE.get(key) == value for key, value in labels.items())


def _names(entries: Iterable[Any]) -> str:
    names = (str(mapping(entry).get("name", "")) for entry in entries)
    return ", ".join(f"`{name}`" for name in names)


def _access(setting: Setting) -> Diagnostic:
    if setting.name == "serviceAccountName":
        facts = {"setting": f"account `{setting.value}`", "advice": "the same permissions"}
        return rules.ACCESS.at(setting.origin, **facts)
    entries = setting.value if isinstance(setting.value, list) else [setting.value]
    keys = ("name", "secretName", "constant")
    found = (next((e[key] for key in keys if e.get(key)), "") for e in map(mapping, entries))
    names = ", ".join(map(str, found))
    facts = {"setting": f"pull secret `{names}`", "advice": "read permission for the registry"}
    return rules.ACCESS.at(setting.origin, **facts)


def _pod_metadata(setting: Setting, kind: str, entries: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Labels or annotations of pods.

    Kubernetes presumes that an annotation without a prefix is private to its author.
    """
    for name in entries:
        what = f"pod {kind.removesuffix('s')}"
        is_private = kind == "annotations" and "/" not in name and "." not in name
        if is_private or name.startswith(_BOOKKEEPING):
            why = "no program depends on it"
            yield rules.NO_EFFECT.at(setting.origin, setting=f"{what} {name}", why=why)
        else:
            yield rules.POD_METADATA.at(setting.origin, what=f"{what} `{name}`")


def _variable(setting: Setting, entry: dict[str, Any]) -> Iterator[Diagnostic]:
    used = f"environment variable `{entry.get('name', '')}` comes"
    source = mapping(entry.get("valueFrom"))
    if reference := mapping(source.get("secretKeyRef")):
        yield rules.SECRET.at(setting.origin, used=used, secret=reference.get("name", ""))
    elif reference := mapping(source.get("configMapKeyRef")):
        name = reference.get("name", "")
        yield rules.CONFIG_MAP.at(setting.origin, used=used, config_map=name)
    elif "fieldRef" not in source:  # those are reported together
        facts = {"setting": f"env {entry.get('name', '')}", "advice": NO_ADVICE}
        yield rules.OTHER_SETTING.at(setting.origin, **facts)


def _pod_fields(settings: Iterable[Setting]) -> Iterator[Diagnostic]:
    """The variables that come from fields of the pod, in one finding for a container."""
    found = [
        (setting, str(mapping(setting.value).get("name", "")))
        for setting in settings
        if setting.name == "env" and "fieldRef" in mapping(mapping(setting.value).get("valueFrom"))
    ]
    if found:
        names = ", ".join(f"`{name}`" for _, name in found)
        yield rules.POD_FIELD.at(found[0][0].origin, variables=names)


def _env_from(setting: Setting, entry: dict[str, Any]) -> Diagnostic:
    used = "environment variables come"
    if reference := mapping(entry.get("secretRef")):
        return rules.SECRET.at(setting.origin, used=used, secret=reference.get("name", ""))
    if reference := mapping(entry.get("configMapRef")):
        name = reference.get("name", "")
        return rules.CONFIG_MAP.at(setting.origin, used=used, config_map=name)
    return rules.OTHER_SETTING.at(setting.origin, setting=setting.name, advice=NO_ADVICE)
