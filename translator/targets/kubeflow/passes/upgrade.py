"""``--upgrade``: the Kubernetes settings of a KFP v1 workflow, as kfp-kubernetes has them.

What it does not have is left out and reported; the writer writes the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from translator.decisions import Decided
from translator.diagnostics import Findings
from translator.diagnostics import kubeflow_upgrade as rules
from translator.model import KFP_V1, KUBERNETES, Constant, Container, Platform, Setting
from translator.model.kubernetes import (
    AllKeys,
    ConfigMapVariable,
    Pod,
    SecretVariable,
)
from translator.placeholders import Text
from translator.platforms import DRIVER_IMAGES
from translator.records import replace
from translator.targets.kubeflow.passes.argo_references import argo_reference
from translator.targets.kubeflow.passes.run_settings import (
    left_out,
    pipeline_config,
    raw,
    run_settings,
)
from translator.targets.kubeflow.passes.upgraded_mounts import shown, upgraded_mount
from translator.targets.kubeflow.passes.workflow_pods import overridden, with_workflow_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeGuard

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Executor, Pipeline, Resources
    from translator.model.kubernetes import Mount, Variable
    from translator.model.values import Node

    N = TypeVar("N", bound=Node)

__all__ = ["upgrade"]

#: The resource by which a KFP v1 file requests accelerators.
_GPU = "nvidia.com/gpu"
_PULL_POLICIES = ("", "Always", "IfNotPresent", "Never")


def upgrade(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline with the settings that kfp-kubernetes has; of another format, as it is."""
    if pipeline.dialect != KFP_V1:
        return Decided(pipeline)
    found = _Found(run_settings(pipeline.pod))
    pods = [one.pod for one in pipeline.executors.values() if _has_pod(one)]
    for name, place in overridden(pipeline.pod, pods):
        what, why = f"{name} of the workflow", "each template has its own"
        found.add(rules.NO_EFFECT.at(place, setting=what, why=why))
    executors = {
        label: _executor(executor, pipeline.pod, found)
        for label, executor in pipeline.executors.items()
    }
    platforms = dict(pipeline.platforms)
    if config := pipeline_config(pipeline.pod):
        setting = Setting(name="pipelineConfig", value=config)
        platforms[KUBERNETES] = Platform(settings=(setting,))
    # submit.py has the account, which is that of the run.
    run = Pod(service_account=pipeline.pod.service_account, origins=pipeline.pod.origins)
    done = replace(pipeline, executors=executors, platforms=platforms, pod=run)
    return Decided(done, tuple(found), left_out=frozenset(found.places))


class _Found(Findings):
    """Findings about what is left out, and the places of it."""

    def __init__(self, findings: Iterable[Diagnostic]) -> None:
        self.places: set[str] = set()
        super().__init__(findings)

    def add(self, finding: Diagnostic, *others: Origin | None) -> None:
        """Adds a finding, once for each place. ``others`` are more places that it is about."""
        super().add(finding)
        self.places |= {one.pointer for one in (finding.origin, *others) if one is not None}


def _executor(executor: Executor, workflow: Pod, found: _Found) -> Executor:
    """The executor with its own settings and those of the workflow."""
    if not isinstance(executor, Container):
        return executor
    pod = with_workflow_settings(executor.pod, workflow) if _has_pod(executor) else executor.pod
    resources = _on_kubernetes(executor.resources)
    return replace(executor, pod=_Upgraded(pod, found).pod(), resources=resources)


def _on_kubernetes(resources: Resources | None) -> Resources | None:
    """Resources with the name that the file has for accelerators.

    The reader takes their type from the node selector, which the pod keeps.
    """
    if resources is None or resources.accelerator is None:
        return resources
    accelerator = replace(resources.accelerator, type=Text((_GPU,)))
    return replace(resources, accelerator=accelerator)


def _has_pod(executor: Executor) -> TypeGuard[Container]:
    """Whether it runs in a pod: KFP's driver does not need one to create a volume."""
    return isinstance(executor, Container) and str(executor.image) not in DRIVER_IMAGES


class _Upgraded:
    """The parts of a pod that kfp-kubernetes has; adds findings about the others."""

    def __init__(self, given: Pod, found: _Found) -> None:
        self.given = given
        self.found = found

    def pod(self) -> Pod:
        """The pod."""
        given = self.given
        for finding in _left_out(given):
            self.found.add(finding)
        return Pod(
            mounts=tuple(filter(None, map(self._mount, given.mounts))),
            variables=_joined(filter(None, map(self._variable, given.variables))),
            node_selector=self._texts("node_selector", "node selector"),
            node_selector_json=given.node_selector_json,
            tolerations=self._records(given.tolerations, "a toleration"),
            node_affinity=self._records(given.node_affinity, "a node affinity"),
            pod_affinity=self._records(given.pod_affinity, "a pod affinity"),
            labels=self._texts("labels", "pod label"),
            annotations=self._texts("annotations", "pod annotation"),
            pull_secrets=self._records(given.pull_secrets, "a pull secret"),
            pull_policy=given.pull_policy if given.pull_policy in _PULL_POLICIES else "",
            deadline_seconds=given.deadline_seconds,
            security_context=given.security_context,
            origin=given.origin,
            origins=given.origins,
        )

    def _mount(self, mount: Mount) -> Mount | None:
        done, findings = upgraded_mount(mount)
        for finding in findings:
            self.found.add(finding, mount.volume.origin if done is None else None)
        return done if done is None or self._is_known(done, shown(mount)) else None

    def _variable(self, variable: Variable) -> Variable | None:
        if isinstance(variable, AllKeys):
            name = variable.secret or variable.config_map
            named = name.name.value if name and isinstance(name.name, Constant) else ""
            kind = "secret" if variable.secret else "config map"
            self.found.add(
                rules.LEFT_OUT.at(
                    variable.origin,
                    setting=f"`envFrom` of {kind} `{named}`",
                    advice="set a variable for each key that the task needs (`valueFrom`)",
                )
            )
            return None
        what = f"the environment variable `{variable.variable}`"
        return variable if self._is_known(variable, what) else None

    def _records(self, records: tuple[N, ...], what: str) -> tuple[N, ...]:
        return tuple(record for record in records if self._is_known(record, what))

    def _texts(self, field: str, what: str) -> dict[str, str]:
        """The entries of a mapping without references."""
        entries: Mapping[str, str] = getattr(self.given, field)
        kept: dict[str, str] = {}
        for key, value in entries.items():
            if text := argo_reference((key, value)):
                facts = {"setting": f"{what} `{key}`", "text": text}
                self.found.add(rules.REFERENCE.at(self.given.place(field, key), **facts))
            else:
                kept[key] = value
        return kept

    def _is_known(self, record: Node, what: str) -> bool:
        """Whether the record has no reference that only Argo resolves."""
        text = argo_reference(record)
        if text:
            self.found.add(rules.REFERENCE.at(record.origin, setting=what, text=text))
        return not text


def _joined(variables: Iterable[Variable]) -> tuple[Variable, ...]:
    """The variables, those of one secret or config map in one entry of the platform document."""
    found: list[Variable] = []
    for one in variables:
        source = _source(one)
        is_joined = bool(found) and source is not None and source == _source(found[-1])
        found.append(replace(one, joined=True) if is_joined else one)
    return tuple(found)


def _source(variable: Variable) -> Variable | None:
    """A variable of a secret or config map without its name and key."""
    if isinstance(variable, (SecretVariable, ConfigMapVariable)):
        return replace(variable, variable="", key="", joined=False)
    return None


def _left_out(pod: Pod) -> Iterator[Diagnostic]:
    """Findings about the parts of a container's pod that kfp-kubernetes does not have at all."""
    for name in pod.unmounted:
        facts = {"setting": f"volume `{name}`", "why": "the container does not mount it"}
        yield rules.NO_EFFECT.at(pod.place("unmounted", name), **facts)
    for one in pod.init_containers:
        yield left_out("initContainers", one.origin, f"init container `{one.name}`")
    for one in pod.sidecars:
        yield left_out("sidecars", one.origin, f"sidecar `{one.name}`")
    if pod.service_account:
        setting = f"account `{pod.service_account}` of the task"
        yield left_out("serviceAccountName", pod.place("service_account"), setting)
    if pod.pull_policy not in _PULL_POLICIES:
        setting = f"pull policy `{pod.pull_policy}`"
        yield left_out("imagePullPolicy", pod.place("pull_policy"), setting)
    for other in pod.others:
        yield from raw(other)
