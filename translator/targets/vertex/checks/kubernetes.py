"""Kubernetes settings without an equivalent, each reported with what to use on Vertex AI.

Volumes are in ``volumes``. A setting that changes nothing there is a note (TR352).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import KFP_V1, KUBERNETES, Container
from translator.model.kubernetes import (
    AllKeys,
    ConfigMapVariable,
    FieldVariable,
    SecretVariable,
)
from translator.targets.vertex.checks.names import Names, in_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Json, Pipeline, Setting
    from translator.model.kubernetes import Pod

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
    "volumeClaimTemplates": "its volumes become folders of Cloud Storage where they are mounted",
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
    """Findings about the settings of pods, volumes excepted."""
    names = Names(pipeline)
    is_v1 = pipeline.dialect == KFP_V1
    for label, executor in pipeline.executors.items():
        if isinstance(executor, Container):
            resources = executor.resources
            has_type = is_v1 and resources is not None and resources.accelerator is not None
            yield from _Settings(executor.pod, names, label, is_v1).findings(has_type=has_type)
    yield from _Settings(pipeline.pod, names, "", is_v1, of="the pipeline").findings()


class _Settings:
    """The settings of the pod of an executor, or of all pods."""

    def __init__(
        self, pod: Pod, names: Names, label: str, is_v1: bool, of: str = "the task"
    ) -> None:
        self.pod = pod
        self.names = names
        self.label = label
        self.is_v1 = is_v1
        self.of = of

    def findings(self, *, has_type: bool = False) -> Iterator[Diagnostic]:
        """``has_type``: whether the label of the node has become the accelerator's type."""
        pod = self.pod
        yield from self._variables()
        yield from self._containers()
        for kind in ("labels", "annotations"):
            for name in getattr(pod, kind):
                yield _pod_metadata(kind, name, pod.place(kind, name))
        yield from self._nodes(has_type=has_type)
        yield from self._access()
        if pod.deadline_seconds is not None:
            place = pod.place("deadline_seconds")
            yield rules.TIME_LIMIT.at(place, seconds=pod.deadline_seconds, of=self.of)
        if pod.security_context is not None:
            yield self._other("securityContext", pod.security_context.origin)
        if pod.pull_policy:
            yield self._harmless("imagePullPolicy", pod.place("pull_policy"))
        for setting in pod.others:
            yield from other_setting(setting, self._shown(setting.name), self.of)

    def _variables(self) -> Iterator[Diagnostic]:
        fields: list[FieldVariable] = []
        for variable in self.pod.variables:
            used = "environment variables come"
            if isinstance(variable, FieldVariable):
                fields.append(variable)
                continue
            if self.is_v1 and not isinstance(variable, AllKeys):
                used = f"environment variable `{variable.variable}` comes"
            if not isinstance(variable, ConfigMapVariable) and variable.secret is not None:
                name = self.names.of(self.label, variable.secret)
                key = variable.key if self.is_v1 and isinstance(variable, SecretVariable) else ""
                decision = f"{in_option(name)}/{in_option(key, 'KEY')}"
                facts = {"used": used, "secret": name, "decision": decision}
                yield rules.SECRET.at(variable.origin, **facts)
            elif not isinstance(variable, SecretVariable) and variable.config_map is not None:
                name = self.names.of(self.label, variable.config_map)
                facts = {"used": used, "config_map": name, "decision": in_option(name)}
                yield rules.CONFIG_MAP.at(variable.origin, **facts)
        if fields:  # together: there is one action for all of them
            names = ", ".join(f"`{one.variable}`" for one in fields)
            yield rules.POD_FIELD.at(fields[0].origin, variables=names)

    def _containers(self) -> Iterator[Diagnostic]:
        if beside := self.pod.sidecars:
            yield rules.SIDECAR.at(beside[0].origin, containers=_names(one.name for one in beside))
        if before := self.pod.init_containers:
            yield rules.INIT_CONTAINER.at(
                before[0].origin, containers=_names(one.name for one in before)
            )

    def _nodes(self, *, has_type: bool) -> Iterator[Diagnostic]:
        pod = self.pod
        labels, place = pod.node_selector, pod.place("node_selector")
        if has_type and set(labels) == {_TYPE_LABEL}:
            pass  # it is the accelerator's type
        elif labels and all(_EVERY_NODE.get(key) == value for key, value in labels.items()):
            why = "every machine has these labels"
            yield rules.NO_EFFECT.at(place, setting=self._shown("nodeSelector"), why=why)
        elif labels or pod.node_selector_json is not None:
            yield rules.NODE_CHOICE.at(place, setting=self._shown("nodeSelector"))
        for name, terms in (("nodeAffinity", pod.node_affinity), ("podAffinity", pod.pod_affinity)):
            if terms:
                setting = "affinity" if self.is_v1 else self._shown(name)
                yield rules.NODE_CHOICE.at(terms[0].origin, setting=setting)
        if pod.tolerations:
            yield self._harmless("tolerations", pod.tolerations[0].origin)

    def _access(self) -> Iterator[Diagnostic]:
        pod = self.pod
        if pod.pull_secrets:
            names = ", ".join(self.names.of(self.label, one) for one in pod.pull_secrets)
            facts = {
                "setting": f"pull secret `{names}`",
                "advice": "read permission for the registry",
            }
            yield rules.ACCESS.at(pod.pull_secrets[0].origin, **facts)
        if pod.service_account:
            facts = {
                "setting": f"account `{pod.service_account}`",
                "advice": "the same permissions",
            }
            yield rules.ACCESS.at(pod.place("service_account"), **facts)

    def _harmless(self, name: str, place: Origin | None) -> Diagnostic:
        return rules.NO_EFFECT.at(place, setting=self._shown(name), why=_HARMLESS[name])

    def _other(self, name: str, place: Origin | None) -> Diagnostic:
        advice = _ADVICE.get(name, NO_ADVICE)
        return rules.OTHER_SETTING.at(place, setting=self._shown(name), advice=advice)

    def _shown(self, name: str) -> str:
        return name if self.is_v1 else f"{name} ({KUBERNETES})"


def other_setting(setting: Setting, shown: str, of: str = "the task") -> Iterator[Diagnostic]:
    """Findings about a setting without a type. ``shown`` is its name in messages."""
    origin = setting.origin
    match setting.name, setting.value:
        case _, value if value is None or value == [] or value == {}:
            pass  # the same as no setting
        case "workflow.labels", dict(labels):
            from translator.diagnostics.vertex_run import WORKFLOW_LABEL

            yield from (WORKFLOW_LABEL.at(origin, label=name) for name in labels)
        case "workflow.annotations", dict(entries):
            from translator.diagnostics.vertex_run import WORKFLOW_ANNOTATION

            yield from (WORKFLOW_ANNOTATION.at(origin, annotation=name) for name in entries)
        case "sidecars", list(containers):
            yield rules.SIDECAR.at(origin, containers=_names(map(_name, containers)))
        case "initContainers", list(containers):
            yield rules.INIT_CONTAINER.at(origin, containers=_names(map(_name, containers)))
        case "activeDeadlineSeconds", seconds:
            yield rules.TIME_LIMIT.at(origin, seconds=seconds, of=of)
        case "env", {"name": str(name)}:
            yield rules.OTHER_SETTING.at(origin, setting=f"env {name}", advice=NO_ADVICE)
        case name, _ if name in _NODES:
            yield rules.NODE_CHOICE.at(origin, setting=shown)
        case name, _ if name in _HARMLESS:
            yield rules.NO_EFFECT.at(origin, setting=shown, why=_HARMLESS[name])
        case name, _:
            advice = _ADVICE.get(name, NO_ADVICE)
            yield rules.OTHER_SETTING.at(origin, setting=shown, advice=advice)


def _names(containers: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in containers)


def _name(container: Json) -> str:
    return str(container.get("name", "")) if isinstance(container, dict) else ""


def _pod_metadata(kind: str, name: str, place: Origin | None) -> Diagnostic:
    """A label or annotation of pods.

    Kubernetes presumes that an annotation without a prefix is private to its author.
    """
    what = f"pod {kind.removesuffix('s')}"
    is_private = kind == "annotations" and "/" not in name and "." not in name
    if is_private or name.startswith(_BOOKKEEPING):
        why = "no program depends on it"
        return rules.NO_EFFECT.at(place, setting=f"{what} {name}", why=why)
    return rules.POD_METADATA.at(place, what=f"{what} `{name}`")
