"""Kubernetes settings on Kubeflow: those that its server supports, and values they refer to."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from translator.diagnostics import kubeflow as rules
from translator.diagnostics.spelling import closest
from translator.model import KUBERNETES, Container, FromParent, Platform
from translator.platform_document.messages import camel_case
from translator.platform_document.writing import raw_settings
from translator.platforms import Scopes, references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Setting

#: Setting of an executor → its fields; empty if it has none, or any
#: (kubernetes_platform/proto/kubernetes_executor_config.proto, 2026-10).
_OF_EXECUTORS = {
    "secretAsVolume": "secretName secretNameParameter mountPath optional",
    "secretAsEnv": "secretName secretNameParameter keyToEnv optional",
    "pvcMount": "pvcNameParameter taskOutputParameter constant componentInputParameter mountPath "
    "subPath",
    "nodeSelector": "labels nodeSelectorJson",
    "podMetadata": "labels annotations",
    "imagePullSecret": "secretName secretNameParameter",
    "imagePullPolicy": "",
    "configMapAsVolume": "configMapName configMapNameParameter mountPath optional",
    "configMapAsEnv": "configMapName configMapNameParameter keyToEnv optional",
    "activeDeadlineSeconds": "",
    "fieldPathAsEnv": "name fieldPath",
    "tolerations": "key operator value effect tolerationSeconds tolerationJson",
    "genericEphemeralVolume": "volumeName mountPath accessModes size defaultStorageClass "
    "storageClassName metadata",
    "nodeAffinity": "matchExpressions matchFields weight nodeAffinityJson",
    "podAffinity": "matchPodExpressions matchPodLabels topologyKey namespaces "
    "matchNamespaceExpressions matchNamespaceLabels weight anti",
    "enabledSharedMemory": "volumeName size",
    "emptyDirMounts": "volumeName mountPath medium sizeLimit",
    "securityContext": "runAsUser runAsGroup runAsNonRoot",
    "initContainers": "name image command args env volumeMounts restartPolicy resources",
    "podResourceClaims": "resourceClaimTemplateName resourceClaimJson",
}
#: The same for the whole pipeline (SinglePlatformSpec of api/v2alpha1/pipeline_spec.proto).
_OF_PIPELINE = {
    "pipelineConfig": "resourceTtlOnCompletion resourceTtlOnSuccess resourceTtlOnFailure "
    "activeDeadlineSeconds workspace",
    "platform": "",
    "config": "",
    "version": "",
}


def settings_are_known(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Settings that KFP has removed, or never had."""
    platform = pipeline.platforms.get(KUBERNETES, Platform())
    of_executors = [*platform.executors.values()]
    for executor in pipeline.executors.values():
        if isinstance(executor, Container):
            of_executors.append(raw_settings(executor.pod))
    for setting in chain(*of_executors):
        yield from _unknown(setting, _OF_EXECUTORS)
    for setting in platform.settings:
        yield from _unknown(setting, _OF_PIPELINE)


def _unknown(setting: Setting, known: dict[str, str]) -> Iterator[Diagnostic]:
    name = camel_case(setting.name)
    if name not in known:
        yield _finding(setting, setting.name, name, known)
        return
    fields = known[name].split()
    entries = setting.value if isinstance(setting.value, list) else [setting.value]
    given: dict[str, Any] = {}
    for entry in entries:
        given |= entry if isinstance(entry, dict) and fields else {}
    for field in given:
        if camel_case(field) not in fields:
            yield _finding(setting, f"{setting.name}.{field}", camel_case(field), fields)


def _finding(
    setting: Setting, shown: str, name: str, known: dict[str, str] | list[str]
) -> Diagnostic:
    meant = closest(name, known)
    facts = {"setting": shown} | ({"meant": meant} if meant else {})
    return rules.UNKNOWN_SETTING.at(setting.origin, **facts)


def values_are_handed_down(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Settings that refer to values outside of the loop or condition that their task is in."""
    found = list(references(pipeline))
    scopes = Scopes(pipeline) if found else None
    for one in found:
        way = scopes.rewritten(one) if scopes is not None else None
        if scopes is None or way is None or way == one.source or not isinstance(way, FromParent):
            continue
        what = (
            f"input `{one.source.name}`"
            if isinstance(one.source, FromParent)
            else f"output `{one.source.output}` of task `{one.source.task}`"
        )
        facts = {"setting": one.setting, "executor": one.executor, "source": what}
        holder = scopes.places[one.executor][0].holder
        yield rules.HANDED_DOWN.at(one.origin, **facts, component=holder, input=way.name)
