"""What a cluster must have: found wherever Kubernetes refers to it, and safe to paste."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import translator
from tests.unit.argo_files import workflow
from tests.unit.kfp_files import spec, text_of
from translator.diagnostics.redaction import told
from translator.report import report
from translator.targets.kubeflow import TARGET, Options
from translator.targets.kubeflow.cluster_needs import Need, cluster_needs
from translator.targets.vertex import TARGET as VERTEX

CLAIM = "persistent volume claim"


def needs(container: dict[str, Any], **template: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kind, name and keys of what a workflow of one container needs."""
    made = {"name": "own", "container": {"image": "i", "command": ["sh"], **container}, **template}
    text = workflow("[{name: a, template: own}]", json.dumps([made]))
    found = cluster_needs(translator.load_text(text).pipeline)
    return [(need.kind, need.name, need.keys) for need in found]


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ({"secret": {"secretName": "s"}}, ("secret", "s", ())),
        (
            {"secret": {"secretName": "s", "items": [{"key": "k", "path": "p"}]}},
            ("secret", "s", ("k",)),
        ),
        ({"configMap": {"name": "c"}}, ("config map", "c", ())),
        ({"projected": {"sources": [{"secret": {"name": "s"}}]}}, ("secret", "s", ())),
        ({"flexVolume": {"secretRef": {"name": "s"}}}, ("secret", "s", ())),
        (
            {"persistentVolumeClaim": {"claimName": "p"}},
            ("persistent volume claim", "p", ()),
        ),
    ],
)
def test_volumes(volume: dict[str, Any], expected: tuple[str, str, tuple[str, ...]]) -> None:
    assert needs({}, volumes=[{"name": "v", **volume}]) == [expected]


def test_sidecars_and_init_containers() -> None:
    variable = {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}
    sidecar = {"name": "s", "image": "i", "env": [variable]}
    init = {"name": "t", "image": "i", "envFrom": [{"secretRef": {"name": "s"}}]}
    found = needs({}, sidecars=[sidecar], initContainers=[init], priorityClassName="high")
    assert found == [
        ("config map", "c", ("k",)),
        ("secret", "s", ()),
        ("priority class", "high", ()),
    ]


def test_what_is_optional_or_made_by_a_task_need_not_be_there() -> None:
    variable = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    assert needs({"env": [variable]}) == [("secret", "s", ("k",))]
    variable["valueFrom"]["secretKeyRef"]["optional"] = True  # type: ignore[index]
    assert needs({"env": [variable]}) == []
    claim = {"claimName": "{{inputs.parameters.create-pvc-name}}"}
    volume = {"name": "v", "persistentVolumeClaim": claim}
    inputs = {"parameters": [{"name": "create-pvc-name", "value": "x"}]}
    # No task gives the input another value than its default.
    made = [("persistent volume claim", "x", ())]
    assert needs({}, volumes=[volume], inputs=inputs) == made
    claim["claimName"] = "{{workflow.name}}-data"
    assert needs({}, volumes=[volume]) == []


def test_a_secret_of_many_tasks_is_one_need() -> None:
    tasks = ", ".join(f"{{name: t{n}, template: p{n % 2}}}" for n in range(50))
    source = "[{secretRef: {name: s}}]"
    templates = ", ".join(
        f"{{name: p{n}, container: {{image: i{n}, command: [sh], envFrom: {source}}}}}"
        for n in range(2)
    )
    (need,) = cluster_needs(translator.load_text(workflow(f"[{tasks}]", f"[{templates}]")).pipeline)
    assert len(need.tasks) == 50
    assert need.what == "secret `s`, for tasks `t0`, `t2`, `t4`, `t6`, `t8` and 45 more"


def test_what_the_whole_pipeline_uses_names_no_tasks() -> None:
    secrets = "imagePullSecrets: [{name: r}]"
    template = f"{{name: p, container: {{image: i, command: [sh]}}, {secrets}}}"
    text = workflow("[{name: a, template: p}]", f"[{template}]")
    text = text.replace("entrypoint:", f"{secrets}\n  entrypoint:")
    pipeline = translator.load_text(text).pipeline
    (need,) = cluster_needs(pipeline)
    assert need.what == "image pull secret `r`"
    assert need.command in report(pipeline, [], {}, TARGET)
    assert "kubectl" not in report(pipeline, [], {}, VERTEX)  # where there is no cluster


def test_an_account_that_was_asked_for_takes_the_place_of_the_files_own() -> None:
    text = workflow("[{name: a, template: work}]", "[]").replace(
        "entrypoint:", "serviceAccountName: own\n  entrypoint:"
    )
    pipeline = translator.load_text(text).pipeline
    assert [need.name for need in cluster_needs(pipeline)] == ["own"]
    assert [need.name for need in cluster_needs(pipeline, "given")] == ["given"]
    assert cluster_needs(pipeline, "pipeline-runner") == ()
    files = translator.render(pipeline, "kubeflow", Options(service_account="given"))
    assert "given" in files["submit.py"]
    assert "serviceaccount', 'own" not in files["submit.py"].replace('"', "'")


NAMES = st.one_of(st.text(), st.sampled_from(["a", "--from-file=/etc/passwd", "-f", "a b", "$(x)"]))
LINE = (
    r"kubectl create (?:secret generic|configmap) (?:NAME|[a-z0-9][-a-z0-9.]*) "
    r"--from-literal=(?:KEY|[-._a-zA-Z0-9]+)=VALUE -n NAMESPACE"
)


@given(NAMES, NAMES, st.sampled_from(["secret", "config map"]))
def test_no_name_changes_the_command(name: str, key: str, kind: str) -> None:
    need = Need(kind=kind, name=name, keys=(key,), tasks=(name,))
    assert re.fullmatch(LINE, need.command)
    assert need.what == told(need.what)


@given(NAMES)
def test_no_name_changes_a_claim(name: str) -> None:
    printf, form, manifest, *rest = shlex.split(Need(kind=CLAIM, name=name).command)
    assert (printf, form) == ("printf", "%s")
    assert rest == ["|", "kubectl", "create", "-f", "-", "-n", "NAMESPACE"]
    assert json.loads(manifest)["metadata"]["name"] in (name, "NAME")


@pytest.mark.parametrize("name", ["--from-file=/etc/passwd", "-f", "a b", "A", "a/../b", "x" * 300])
def test_what_kubernetes_takes_for_no_name_is_left_open(name: str) -> None:
    secret = Need(kind="secret", name=name, keys=("--x=/etc/passwd",))
    assert secret.argv[-2:] == ("NAME", "--from-literal=KEY=VALUE")
    assert '"metadata": {"name": "NAME"}' in Need(kind=CLAIM, name=name).manifest


def test_platforms_other_than_kubernetes_need_nothing() -> None:
    secret = {"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "E"}]}
    claim = {"constant": "c", "mountPath": "/c"}
    platform = {"secretAsEnv": [secret], "pvcMount": [claim], "x": 1}
    for key, count in (("kubernetes", 2), ("other", 0)):
        configured = {
            "deploymentSpec": {"executors": {"exec-say": platform, "exec-gone": platform}}
        }
        text = text_of(spec(), {"platforms": {key: configured}})
        assert len(cluster_needs(translator.load_text(text).pipeline)) == count
