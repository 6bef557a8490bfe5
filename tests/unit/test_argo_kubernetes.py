"""What a template says to Kubernetes becomes part of the model, or stays in it as it was read."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
import yaml

from tests.unit.argo_files import (
    container,
    findings,
    inputs,
    one_container,
    read,
    tasks,
    told,
    words,
    workflow,
    wrappers,
    yaml_of,
)
from translator.model import (
    Accelerator,
    Amount,
    Constant,
    Container,
    FromParent,
    Json,
    Pipeline,
    Resources,
    Retry,
    Setting,
)
from translator.model.kubernetes import (
    EmptyDir,
    Pod,
    Reference,
    SecretVolume,
    SecurityContext,
    Toleration,
)
from translator.placeholders import parse_text
from translator.readers.argo.pod_volumes import volumes_of
from translator.readers.argo.pods import pod
from translator.readers.options import ReadOptions

PREFIX = "pipelines.kubeflow.org/"


def run_by(
    fields: dict[str, Any] | None = None, told: tuple[str, ...] = (), **template: Any
) -> tuple[Container, Pipeline]:
    """The container of a template, with these fields of both, and the pipeline."""
    own = {"image": "alpine:3", "command": ["sh", "-c", "true"], **(fields or {})}
    text = one_container(json.dumps({"container": own, **template}), arguments={"x": "1", "y": "2"})
    pipeline = read(text, told=told)
    return container(pipeline), pipeline


# Resources


def amount(text: str) -> Amount:
    return Amount(text=parse_text(text))


def given(name: str) -> str:
    return f"{{{{$.inputs.parameters['{name}']}}}}"


def test_limits_and_requests() -> None:
    limits, requests = {"cpu": 2, "memory": "1Gi"}, {"cpu": "500m", "memory": "512M"}
    found, _ = run_by({"resources": {"limits": limits, "requests": requests}})
    assert found.resources == Resources(
        cpu_limit=amount("2"),
        cpu_request=amount("500m"),
        memory_limit=amount("1Gi"),
        memory_request=amount("512M"),
    )
    assert run_by({"resources": {"limits": {"cpu": 1.5}}})[0].resources == Resources(
        cpu_limit=amount("1.5")
    )
    assert run_by({"resources": {}})[0].resources == Resources()
    assert run_by()[0].resources is None


def test_amounts_may_be_inputs() -> None:
    limits = {
        "memory": "{{workflow.parameters.x}}Gi",
        "nvidia.com/gpu": "{{workflow.parameters.y}}",
    }
    found, pipeline = run_by({"resources": {"limits": limits}})
    assert found.resources is not None
    assert found.resources.memory_limit == amount(given("x") + "Gi")
    assert found.resources.accelerator is not None
    assert found.resources.accelerator.count == parse_text(given("y"))
    assert tasks(pipeline)["run"].parameters == {
        "x": FromParent(name="x"),
        "y": FromParent(name="y"),
    }


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("nvidia-tesla-t4", "NVIDIA_TESLA_T4"),
        ("nvidia-l4", "NVIDIA_L4"),
        ("{{workflow.parameters.x}}", given("x")),
        (None, "nvidia.com/gpu"),
    ],
)
def test_accelerators_are_counted_by_the_limit_and_named_by_the_node(
    label: str | None, kind: str
) -> None:
    selector = {"cloud.google.com/gke-accelerator": label, "zone": "a"}
    selector = {key: value for key, value in selector.items() if value}
    limits = {"limits": {"nvidia.com/gpu": 2}}
    found, _ = run_by({"resources": limits}, nodeSelector=selector)
    assert found.resources is not None
    assert found.resources.accelerator == Accelerator(type=parse_text(kind), count=parse_text("2"))
    assert found.pod == Pod(node_selector=selector)


def test_a_node_without_a_limit_is_no_accelerator() -> None:
    selector = {"cloud.google.com/gke-accelerator": "nvidia-l4"}
    found, _ = run_by({"resources": {"limits": {"cpu": 1}}}, nodeSelector=selector)
    assert found.resources == Resources(cpu_limit=amount("1"))


def test_other_resources_are_settings() -> None:
    limits = {"cpu": 1, "amd.com/gpu": 1, "ephemeral-storage": "1Gi"}
    resources = {"limits": limits, "requests": {"nvidia.com/gpu": 1, "hugepages-2Mi": "4Mi"}}
    assert run_by({"resources": resources})[0].pod.others == (
        Setting(name="resources.limits", value={"amd.com/gpu": 1}),
        Setting(name="resources.limits", value={"ephemeral-storage": "1Gi"}),
        Setting(name="resources.requests", value={"nvidia.com/gpu": 1}),
        Setting(name="resources.requests", value={"hugepages-2Mi": "4Mi"}),
    )
    assert run_by({"resources": {"claims": [{"name": "c"}]}}, told=("TR141",))


# Environment

ENV: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "text": ({"value": "b c"}, {"A": "b c"}),
    "empty": ({"value": ""}, {"A": ""}),
    "nothing": ({}, {"A": ""}),
    "number": ({"value": 5}, {"A": "5"}),
    "truth": ({"value": True}, {"A": "true"}),
    "braces of others": ({"value": "{{user}}"}, {"A": "{{user}}"}),
}


@pytest.mark.parametrize(("entry", "expected"), ENV.values(), ids=ENV)
def test_variables_that_are_known_are_those_of_the_container(
    entry: dict[str, Any], expected: dict[str, str]
) -> None:
    found, pipeline = run_by({"env": [{"name": "A", **entry}]})
    assert {variable.name: str(variable.value) for variable in found.env} == expected
    assert words(pipeline) == ["sh", "-c", "true"]


def test_variables_that_no_shell_takes_are_set_behind_the_wrappers() -> None:
    """Some shells forget them, among them those that nobody calls but a wrapper."""
    fixed = {"name": "a.b", "value": "1"}
    found, pipeline = run_by({"env": [fixed]})
    assert words(pipeline) == ["sh", "-c", "true"]
    env = [fixed, {"name": "c-d", "value": "{{workflow.parameters.x}}"}]
    found, pipeline = run_by({"env": env})
    assert [variable.name for variable in found.env] == ["a.b"]
    behind = ["env", "--", "a.b=1", f"c-d={given('x')}", "sh", "-c", "true"]
    assert words(pipeline) == behind
    shown = {"name": "A", "value": "{{workflow.parameters.y}}"}
    _, pipeline = run_by({"env": [*env, shown]})
    assert words(pipeline)[4:] == ["A", given("y"), *behind]
    bare = {"image": "alpine:3", "env": env}
    assert "TR145" in told(one_container(json.dumps({"container": bare}), arguments={"x": ""}))


@pytest.mark.parametrize("name", ["_from", "_value", "UID", "OPTIND", "PWD"])
def test_variables_that_wrappers_or_shells_change_are_set_again(name: str) -> None:
    shown = {"name": "A", "value": "{{workflow.parameters.y}}"}
    _, pipeline = run_by({"env": [{"name": name, "value": "1"}, shown]})
    assert words(pipeline)[6:] == ["env", "--", f"{name}=1", "sh", "-c", "true"]


def test_variables_that_are_known_only_at_run_time_are_set_by_a_wrapper() -> None:
    env = [
        {"name": "A", "value": "x{{workflow.parameters.x}}"},
        {"name": "B", "value": "b"},
        {"name": "C", "value": "{{workflow.parameters.y}}"},
        {"name": "RUN", "value": "{{workflow.uid}}/{{pod.name}}"},
    ]
    found, pipeline = run_by({"env": env})
    assert [variable.name for variable in found.env] == ["B"]
    assert wrappers(pipeline) == [
        ["set-environment", "A", f"x{given('x')}"],
        ["set-environment", "C", given("y")],
        ["set-environment", "RUN", "{{$.pipeline_job_uuid}}/{{$.pipeline_task_uuid}}"],
        ["sh", "-c", "true"],
    ]
    assert inputs(pipeline, "comp-run").keys() == {"x", "y"}
    bare = {"image": "alpine:3", "env": env}
    assert told(one_container(json.dumps({"container": bare}), arguments={"x": "", "y": ""})) == [
        "TR145"
    ]


@pytest.mark.parametrize(
    "source",
    [
        {"secretKeyRef": {"name": "s", "key": "k"}},
        {"configMapKeyRef": {"name": "c", "key": "k", "optional": True}},
        {"fieldRef": {"fieldPath": "metadata.name"}},
        {"resourceFieldRef": {"resource": "limits.cpu"}},
    ],
    ids=lambda source: next(iter(source)),
)
def test_variables_that_kubernetes_looks_up_are_settings(source: dict[str, Any]) -> None:
    entry = {"name": "A", "valueFrom": source}
    found, _ = run_by({"env": [entry]})
    assert found.env == ()
    assert found.pod == pod([Setting(name="env", value=entry)])
    assert found.pod != Pod()


# Retries

SECONDS = {
    "5": 5.0,
    "5s": 5.0,
    "1.5s": 1.5,
    "2m": 120.0,
    "1h": 3600.0,
    "1h30m": 5400.0,
    "1h1m1s": 3661.0,
}


def retried(strategy: dict[str, Any], told: tuple[str, ...] = ()) -> Retry | None:
    return tasks(run_by(told=told, retryStrategy=strategy)[1])["run"].retry


def test_retries() -> None:
    assert tasks(run_by()[1])["run"].retry is None
    assert retried({"limit": 3}) == Retry(max_retries=3)
    assert retried({"limit": "0", "retryPolicy": "Always"}) == Retry(max_retries=0)
    assert retried({"limit": 1, "retryPolicy": "OnFailure"}) == Retry(max_retries=1)
    assert retried({"limit": 1, "retryPolicy": "OnError"}, ("TR142",)) == Retry(max_retries=1)
    backoff = {"duration": "30s", "factor": 2}
    assert retried({"limit": 1, "backoff": backoff}) == Retry(
        max_retries=1, backoff_seconds=30.0, backoff_factor=2.0
    )
    bounded = {"limit": 1, "backoff": {"maxDuration": "1h", "factor": "1.5"}}
    assert retried(bounded, ("TR168",)) == Retry(
        max_retries=1, backoff_factor=1.5, max_backoff_seconds=3600.0
    )


@pytest.mark.parametrize(("written", "seconds"), SECONDS.items(), ids=SECONDS)
def test_durations_of_argo_are_seconds(written: str, seconds: float) -> None:
    found = retried({"limit": 1, "backoff": {"duration": written}})
    assert found is not None
    assert found.backoff_seconds == seconds


@pytest.mark.parametrize(
    ("strategy", "code"),
    [
        ({}, "TR140"),
        ({"limit": "{{workflow.parameters.x}}"}, "TR140"),
        ({"limit": -1}, "TR140"),
        ({"limit": 1, "expression": "lastRetry.exitCode != 1"}, "TR140"),
        ({"limit": 1, "backoff": {"duration": "soon"}}, "TR140"),
        ({"limit": 1, "backoff": {"duration": "100ms"}}, "TR140"),
        ({"limit": 1, "backoff": {"factor": "x"}}, "TR140"),
        ({"limit": 1, "backoff": {"cap": "5m"}}, "TR141"),
        ({"limit": 1, "affinity": {"nodeAntiAffinity": {"a": 1}}}, "TR141"),
    ],
)
def test_other_ways_to_retry_are_refused(strategy: dict[str, Any], code: str) -> None:
    retried(strategy, (code,))


# Caching


def cached(told: tuple[str, ...] = (), **metadata: dict[str, str]) -> bool | None:
    about = {kind: {PREFIX + k: v for k, v in found.items()} for kind, found in metadata.items()}
    caching = tasks(run_by(told=told, metadata=about)[1])["run"].caching
    assert caching is not None
    return caching.enabled


def test_caching_is_on_unless_a_label_or_an_age_of_nothing_says_otherwise() -> None:
    assert cached() is True
    assert cached(labels={"enable_caching": "true"}) is True
    assert cached(labels={"enable_caching": "false"}) is False
    assert cached(labels={"cache_enabled": "false"}) is False
    for nothing in ("P0D", "PT0S", "P0Y0M0D", "P0DT0H0M"):
        assert cached(annotations={"max_cache_staleness": nothing}) is False
    for age in ("P30D", "PT1H", "P0DT1S"):
        assert cached(("TR167",), annotations={"max_cache_staleness": age}) is True
    assert (
        cached(labels={"enable_caching": "false"}, annotations={"max_cache_staleness": "P1D"})
        is False
    )


def test_the_age_of_results_is_told_where_it_stands() -> None:
    about = {"annotations": {f"{PREFIX}max_cache_staleness": "P7D"}}
    text = one_container(
        json.dumps({"container": {"image": "a", "command": ["sh"]}, "metadata": about})
    )
    (finding,) = findings(text)
    assert "P7D" in finding.message
    assert finding.origin is not None
    assert finding.origin.pointer.endswith(
        "/annotations/pipelines.kubeflow.org~1max_cache_staleness"
    )


# Settings


OF_CONTAINER: dict[str, Json] = {
    "imagePullPolicy": "Always",
    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    "securityContext": {"runAsUser": 0},
    "ports": [{"containerPort": 1}],
    "envFrom": [{"secretRef": {"name": "s"}}],
    "livenessProbe": {"httpGet": {"path": "/"}},
    "stdin": True,
}
OF_TEMPLATE: dict[str, Json] = {
    "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"a": []}},
    "nodeSelector": {"a": "b"},
    "sidecars": [{"name": "s", "image": "b"}],
    "initContainers": [{"name": "i", "image": "c", "command": ["x", 1, None]}],
    "serviceAccountName": "me",
    "securityContext": {"fsGroup": 1},
    "activeDeadlineSeconds": 60,
    "priorityClassName": "high",
    "hostNetwork": False,
    # Argo reads it once the reference is filled in.
    "podSpecPatch": "{{workflow.parameters.x}}",
}


@pytest.mark.parametrize("name", OF_CONTAINER)
def test_settings_of_the_container_are_kept_as_they_were_read(name: str) -> None:
    found, _ = run_by({name: OF_CONTAINER[name]})
    assert found.pod == pod([Setting(name=name, value=OF_CONTAINER[name])])
    assert found.pod != Pod()


@pytest.mark.parametrize("name", OF_TEMPLATE)
def test_settings_of_the_pod_are_kept_as_they_were_read(name: str) -> None:
    found, _ = run_by(**{name: OF_TEMPLATE[name]})
    assert found.pod == pod([Setting(name=name, value=OF_TEMPLATE[name])])
    assert found.pod != Pod()


MAIN = {
    "name": "main",
    "resources": {"limits": {"cpu": "4", "amd.com/gpu": 1}},
    "tty": True,
    "imagePullPolicy": "Never",
    "securityContext": {"runAsUser": 1},
}
PATCH = {
    "containers": [MAIN, {"name": "wait", "tty": True}],
    "tolerations": [{"key": "patch"}],
    "hostUsers": None,
    "nodeSelector": {"a": "patch", "b": "patch"},
    "securityContext": {"runAsUser": 2, "runAsGroup": 2},
}


@pytest.mark.parametrize(
    "form", [json.dumps, partial(yaml.safe_dump, sort_keys=False)], ids=["JSON", "YAML"]
)
def test_a_patch_of_the_pod_is_laid_over_it(form: Any) -> None:
    limits = {"limits": {"cpu": "1", "memory": "2G"}}
    found, _ = run_by(
        {"resources": limits, "imagePullPolicy": "Always", "securityContext": {"runAsGroup": 3}},
        podSpecPatch=form(PATCH),
        tolerations=[{"key": "own"}],
        nodeSelector={"a": "own", "c": "own"},
    )
    assert found.resources == Resources(cpu_limit=amount("4"), memory_limit=amount("2G"))
    assert found.pod == Pod(
        tolerations=(Toleration(key="patch"),),
        node_selector={"a": "patch", "b": "patch", "c": "own"},
        pull_policy="Never",
        security_context=SecurityContext(run_as_user=1, run_as_group=3),
        others=(
            Setting(name="tty", value=True),
            Setting(name="resources.limits", value={"amd.com/gpu": 1}),
            Setting(name="imagePullPolicy", value="Always"),
            Setting(name="hostUsers", value=None),
            Setting(name="securityContext", value={"runAsUser": 2}),
            Setting(name="securityContext", value={"runAsGroup": 2}),
            Setting(name="containers", value={"name": "wait", "tty": True}),
            Setting(name="tolerations", value=[{"key": "own"}]),
            Setting(name="nodeSelector", value={"a": "own"}),
        ),
    )


def test_a_patch_may_hold_references() -> None:
    limits = {"limits": {"memory": "{{workflow.parameters.x}}"}}
    patch = {"containers": [{"name": "main", "resources": limits}]}
    found, pipeline = run_by(podSpecPatch=json.dumps(patch))
    assert found.resources == Resources(memory_limit=amount(given("x")))
    assert tasks(pipeline)["run"].parameters == {"x": FromParent(name="x")}


def test_a_patch_may_have_the_accelerator() -> None:
    patch = {
        "nodeSelector": {"cloud.google.com/gke-accelerator": "nvidia-l4"},
        "containers": [{"name": "main", "resources": {"limits": {"nvidia.com/gpu": 1}}}],
    }
    found, _ = run_by(podSpecPatch=json.dumps(patch))
    assert found.resources is not None
    assert found.resources.accelerator == Accelerator(
        type=parse_text("NVIDIA_L4"), count=parse_text("1")
    )


@pytest.mark.parametrize("patch", ["", "x", "1", "a: b: c", "{}\n---\n{}", "- {a: 1"])
def test_a_patch_that_cannot_be_read_is_kept_as_it_is(patch: str) -> None:
    found, _ = run_by(podSpecPatch=patch)
    assert found.pod == Pod(others=(Setting(name="podSpecPatch", value=patch),))


@pytest.mark.parametrize(
    "patch",
    [{"containers": 1}, {"containers": [1]}, {"containers": {}}, {"containers": [{"name": 1}]}],
    ids=repr,
)
def test_odd_containers_of_a_patch_are_kept(patch: dict[str, Json]) -> None:
    found, _ = run_by(podSpecPatch=json.dumps(patch))
    assert [one.name for one in found.pod.others] == ["containers"]


def test_a_patch_for_all_pods_is_taken_apart() -> None:
    patch = "priorityClassName: high"
    pipeline = read(workflow("[{name: w, template: work}]", podSpecPatch=patch))
    assert pipeline.pod == Pod(others=(Setting(name="priorityClassName", value="high"),))


def test_the_metadata_of_pods_is_kept_but_for_kfps_own() -> None:
    about = {
        "annotations": {"a": "b", f"{PREFIX}task_display_name": "Nice"},
        "labels": {
            "c": "d",
            f"{PREFIX}kfp_sdk_version": "1.8.22",
            f"{PREFIX}pipeline-sdk-type": "kfp",
        },
    }
    found, pipeline = run_by(metadata=about)
    assert found.pod == Pod(annotations={"a": "b"}, labels={"c": "d"})
    assert tasks(pipeline)["run"].display_name == "Nice"


def test_settings_of_the_whole_workflow_are_kept() -> None:
    spec = {
        "imagePullSecrets": [{"name": "p"}],
        "volumes": [{"name": "w"}],
        "ttlStrategy": {"secondsAfterCompletion": 5},
        "serviceAccountName": "me",
        "parallelism": 4,
        "nodeSelector": {"a": "b"},
        "dnsConfig": {"nameservers": ["1.2.3.4"]},
        "activeDeadlineSeconds": 60,
    }
    pipeline = read(workflow("[{name: w, template: work}]", **spec))
    assert pipeline.pod == Pod(
        pull_secrets=(Reference(name=Constant(value="p")),),
        unmounted={"w": EmptyDir()},
        service_account="me",
        node_selector={"a": "b"},
        others=tuple(
            Setting(name=name, value=spec[name])
            # The last one limits the run, not its pods.
            for name in ("ttlStrategy", "parallelism", "dnsConfig", "activeDeadlineSeconds")
        ),
    )
    usual = read(workflow("[{name: w, template: work}]", serviceAccountName="pipeline-runner"))
    assert usual.pod == Pod()


def test_a_patch_for_all_pods_overrides_the_workflow() -> None:
    patch = {"nodeSelector": {"a": "patch"}, "containers": [{"name": "main", "tty": True}]}
    spec = {"nodeSelector": {"a": "own"}, "podSpecPatch": json.dumps(patch)}
    assert read(workflow("[{name: w, template: work}]", **spec)).pod == Pod(
        node_selector={"a": "patch"},
        others=(
            Setting(name="tty", value=True),
            Setting(name="nodeSelector", value={"a": "own"}),
        ),
    )


def test_a_volume_of_the_workflow_is_part_of_the_containers_that_mount_it() -> None:
    volumes = [{"name": name, "secret": {"secretName": name}} for name in ("a", "b")]
    mounts = [{"name": "a", "mountPath": "/a"}, {"name": "t", "mountPath": "/t"}]
    template = {"name": "work", "container": {"image": "i", "volumeMounts": mounts}}
    claims = [{"metadata": {"name": "t"}, "spec": {}}]
    pipeline = read(
        workflow(
            "[{name: w, template: work}]",
            json.dumps([template]),
            volumes=volumes,
            volumeClaimTemplates=claims,
        )
    )
    assert container(pipeline, "comp-work").pod == pod(
        [Setting(name="volumes", value=volumes[:1]), Setting(name="volumeMounts", value=mounts)],
        volumes_of([Setting(name="volumeClaimTemplates", value=claims)])[0],
    )
    assert pipeline.pod == Pod(
        unmounted={"b": SecretVolume(secret=Reference(name=Constant(value="b")))},
        others=(Setting(name="volumeClaimTemplates", value=claims),),
    )


def test_placeholders_that_are_given_a_text() -> None:
    text = one_container("container: {image: 'r/{{workflow.namespace}}:1', command: [sh]}")
    assert told(text) == ["TR152"]
    how = ReadOptions(placeholders={"workflow.namespace": "kubeflow"})
    assert str(container(read(text, how)).image) == "r/kubeflow:1"
    assert yaml_of(text)["kind"] == "Workflow"
