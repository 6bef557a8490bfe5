"""docs/kubernetes.md: its table says what the code does with each setting."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import translator
from tests.test_rule_pages import SMALLEST, merged
from translator.diagnostics.codes import RULES
from translator.targets.kubeflow import Options
from translator.targets.kubeflow.cluster_settings import _OF_EXECUTORS, _OF_PIPELINE

PAGE = (Path(__file__).parents[1] / "docs/kubernetes.md").read_text(encoding="utf-8")
#: Notes about every KFP v1 workflow that Kubeflow runs as it is.
ALWAYS = {"TR430", "TR431"}


def volume(source: dict[str, Any], **mount: Any) -> dict[str, Any]:
    """A workflow whose container mounts a volume."""
    at = {"name": "v", "mountPath": "/data", **mount}
    return {
        "volumes": [{"name": "v", **source}],
        "templates": [{"name": "train", "container": {"volumeMounts": [at]}}],
    }


def container(**fields: Any) -> dict[str, Any]:
    return {"templates": [{"name": "train", "container": fields}]}


def pod(**fields: Any) -> dict[str, Any]:
    return {"templates": [{"name": "train", **fields}]}


def variable(source: dict[str, Any]) -> dict[str, Any]:
    return container(env=[{"name": "A", "valueFrom": source}])


CLAIM = {"persistentVolumeClaim": {"claimName": "c"}}
SECRET = {"secret": {"secretName": "s"}}
TERM = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
OTHER_PODS = [{"topologyKey": "host", "labelSelector": {"matchLabels": {"a": "b"}}}]
OTHERS = [{"name": "other", "image": "redis:7"}]
#: First column of the table → the ``spec`` of a workflow with the setting.
SETTINGS: dict[str, dict[str, Any]] = {
    "mount of a persistent volume claim": volume(CLAIM),
    "… with `subPath`": volume(CLAIM, subPath="a"),
    "… with `readOnly`": volume(CLAIM, readOnly=True),
    "files of a secret": volume(SECRET),
    "… with `items`": volume({"secret": {"secretName": "s", "items": [{"key": "a", "path": "b"}]}}),
    "… with `subPath`, one file": volume(SECRET, subPath="key"),
    "files of a config map": volume({"configMap": {"name": "m"}}),
    "`emptyDir`": volume({"emptyDir": {"sizeLimit": "1Gi"}}),
    "`emptyDir` at `/dev/shm`": volume({"emptyDir": {"medium": "Memory"}}, mountPath="/dev/shm"),
    "`ephemeral` volume": volume(
        {
            "ephemeral": {
                "volumeClaimTemplate": {
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                    }
                }
            }
        }
    ),
    "`hostPath`, `nfs`, other volumes": volume({"hostPath": {"path": "/x"}}),
    "volume that no container mounts": {"volumes": [{"name": "v", **CLAIM}]},
    "variable from a secret (`secretKeyRef`)": variable(
        {"secretKeyRef": {"name": "s", "key": "k"}}
    ),
    "variable from a config map (`configMapKeyRef`)": variable(
        {"configMapKeyRef": {"name": "m", "key": "k"}}
    ),
    "variable from a field of the pod (`fieldRef`)": variable(
        {"fieldRef": {"fieldPath": "metadata.name"}}
    ),
    "all keys of a secret (`envFrom`)": container(envFrom=[{"secretRef": {"name": "s"}}]),
    "`nodeSelector`": pod(nodeSelector={"disk": "ssd"}),
    "`tolerations`": pod(tolerations=[{"key": "gpu", "operator": "Exists"}]),
    "node affinity": pod(affinity={"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [TERM]}}}),
    "pod affinity and anti-affinity": pod(affinity={"podAntiAffinity": {REQUIRED: OTHER_PODS}}),
    "label of the pod": pod(metadata={"labels": {"example.com/team": "a"}}),
    "annotation of the pod": pod(metadata={"annotations": {"example.com/team": "a"}}),
    "a label with a reference of Argo": pod(metadata={"labels": {"t/t": "{{workflow.name}}"}}),
    "`imagePullSecrets`": {"imagePullSecrets": [{"name": "s"}]},
    "`imagePullPolicy`": container(imagePullPolicy="Always"),
    "account of the workflow": {"serviceAccountName": "trainer"},
    "account of a template": pod(serviceAccountName="trainer"),
    "deadline of a task (`activeDeadlineSeconds`)": pod(activeDeadlineSeconds=60),
    "deadline of the workflow": {"activeDeadlineSeconds": 60},
    "`ttlStrategy`, `ttlSecondsAfterFinished`": {"ttlStrategy": {"secondsAfterSuccess": 60}},
    "user of the container (`runAsUser`)": container(securityContext={"runAsUser": 0}),
    "`privileged` and other fields of `securityContext`": container(
        securityContext={"privileged": True}
    ),
    "init container": pod(initContainers=OTHERS),
    "sidecar": pod(sidecars=OTHERS),
    "`hostAliases`, `dnsConfig`, other fields of a pod": {
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}]
    },
    "`parallelism` of the workflow": {"parallelism": 2},
}


class Row(NamedTuple):
    setting: str
    unchanged: str
    upgraded: str
    vertex: str


def rows() -> dict[str, Row]:
    marked = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", PAGE, re.DOTALL)
    assert marked
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in marked[1].splitlines()
    ]
    return {row[0]: Row(*row) for row in cells}


class Outcome(NamedTuple):
    #: The settings of kfp-kubernetes in the platform document.
    settings: set[str]
    #: Severity and code of each finding.
    findings: set[str]


def outcome(spec: dict[str, Any], to: str, options: Options | None = None) -> Outcome:
    base = yaml.safe_load(SMALLEST["v1"])
    text = yaml.safe_dump(merged(base, {"spec": spec}), sort_keys=False)
    reading = translator.load_text(text)
    found = (*reading.diagnostics, *translator.check(reading, to, options))
    findings = {
        f"{one.severity.value} {one.rule.code}" for one in found if one.rule.code not in ALWAYS
    }
    if any(one.startswith("error") for one in findings):
        return Outcome(set(), findings)
    written = translator.render(reading, to, options)["pipeline.yaml"]
    if to == "kubeflow" and options is None:
        assert written == text
        return Outcome(set(), findings)
    _, *platforms = yaml.safe_load_all(written)
    kubernetes = platforms[0]["platforms"]["kubernetes"] if platforms else {}
    executors = kubernetes.get("deploymentSpec", {}).get("executors", {}).values()
    settings = {name for settings in executors for name in settings}
    return Outcome({*settings, *kubernetes.get("pipelineConfig", {})}, findings)


def said(cell: str) -> Outcome:
    """What a cell says: names of settings of kfp-kubernetes, and findings."""
    known = {*_OF_EXECUTORS, *_OF_PIPELINE["pipelineConfig"].split()}
    names = {name for name in re.findall(r"`(\w+)`", cell) if name in known}
    return Outcome(names, set(re.findall(r"(?:error|warning|note) TR\d{3}", cell)))


def test_the_table_has_these_settings() -> None:
    assert list(rows()) == list(SETTINGS)


@pytest.mark.parametrize("setting", SETTINGS)
class TestSettings:
    def test_unchanged(self, setting: str) -> None:
        assert rows()[setting].unchanged == "kept"
        assert outcome(SETTINGS[setting], "kubeflow") == Outcome(set(), set())

    def test_upgraded(self, setting: str) -> None:
        cell = said(rows()[setting].upgraded)
        assert outcome(SETTINGS[setting], "kubeflow", Options(upgrade=True)) == cell

    def test_vertex(self, setting: str) -> None:
        cell = said(rows()[setting].vertex)
        found = outcome(SETTINGS[setting], "vertex")
        assert found.findings == cell.findings
        assert bool(found.findings) or "no finding" in rows()[setting].vertex


@pytest.mark.parametrize("code", sorted(set(re.findall(r"TR\d{3}", PAGE))))
def test_codes_exist(code: str) -> None:
    assert code in RULES
