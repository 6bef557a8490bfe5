"""The Kubernetes settings of KFP v1 on their way to kfp-kubernetes."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
from kfp.pipeline_spec.pipeline_spec_pb2 import PlatformSpec

from translator.decisions import NONE
from translator.diagnostics import Diagnostic, Origin
from translator.diagnostics import kubeflow_upgrade as rules
from translator.model import (
    KFP_V1,
    Accelerator,
    Component,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FromParent,
    FromTask,
    Importer,
    Pipeline,
    Resources,
    Setting,
    Task,
)
from translator.model import kubernetes as k8s
from translator.model.kubernetes import Pod
from translator.model.pipeline import Artifact
from translator.placeholders import parse_text
from translator.platform_document.reading import pod_of
from translator.platform_document.writing import executor_settings, raw_settings
from translator.records import replace
from translator.targets.kubeflow.options import Options
from translator.targets.kubeflow.passes.upgrade import upgrade
from translator.targets.kubeflow.passes.workflow_pods import with_workflow_settings
from translator.targets.kubeflow.writer import write
from translator.writers.pipeline_spec import platform_spec

HERE = Origin("flow.yaml", 7, 3, "/spec/templates/1/volumes")
NOTHING = Pod()
CLAIM = k8s.Claim(claim=k8s.Reference(name=Constant(value="c")))
SECRET = k8s.Reference(name=Constant(value="s"))


def pipeline_of(pod: Pod, workflow: Pod = NOTHING, **changes: Any) -> Pipeline:
    made = Pipeline(
        name="p",
        root=Component(body=Dag(tasks={"say": Task(component="comp-say")})),
        components={"comp-say": Component(body=ExecutorRef(label="exec-say"))},
        executors={"exec-say": Container(image=parse_text("a:1"), pod=pod)},
        pod=workflow,
        dialect=KFP_V1,
    )
    return replace(made, **changes)


def test_accelerators_keep_the_name_of_the_resource() -> None:
    """The reader takes the type from the node selector, which is no resource of Kubernetes."""
    selector = {"cloud.google.com/gke-accelerator": "nvidia-tesla-v100"}
    accelerator = Accelerator(type=parse_text("NVIDIA_TESLA_V100"), count=parse_text("2"))
    container = Container(
        image=parse_text("a:1"),
        pod=Pod(node_selector=selector),
        resources=Resources(accelerator=accelerator),
    )
    done = upgrade(pipeline_of(NOTHING, executors={"exec-say": container}), NONE).pipeline
    executor = done.executors["exec-say"]
    assert isinstance(executor, Container)
    assert executor.resources is not None
    assert executor.resources.accelerator is not None
    assert str(executor.resources.accelerator.type) == "nvidia.com/gpu"
    assert str(executor.resources.accelerator.count) == "2"
    assert executor.pod.node_selector == selector


@pytest.mark.parametrize(
    ("name", "value", "code", "told"),
    [
        ("podGC", {"strategy": "OnPodSuccess"}, "TR461", "`podGC`"),
        ("env", {"name": "A", "valueFrom": {}}, "TR460", "environment variable `A`"),
        ("ports", [{"containerPort": 80}], "TR460", "`ports`"),
    ],
)
def test_settings_without_a_type(name: str, value: Any, code: str, told: str) -> None:
    _, (found,) = upgraded(Pod(others=(Setting(name=name, value=value, origin=HERE),)))
    assert (found.rule.code, found.facts["setting"]) == (code, told)


def upgraded(pod: Pod, workflow: Pod = NOTHING) -> tuple[Pod, list[Diagnostic]]:
    """The pod of the container, which the protocol buffers take and a reader reads again."""
    done = upgrade(pipeline_of(pod, workflow), NONE)
    container = done.pipeline.executors["exec-say"]
    assert isinstance(container, Container)
    written = executor_settings(container.pod)
    json_format.ParseDict(written, KubernetesExecutorConfig())
    json_format.ParseDict(platform_spec(done.pipeline), PlatformSpec())
    assert executor_settings(pod_of(raw_settings(container.pod))) == written
    assert pod_of(raw_settings(container.pod)).others == ()
    return container.pod, list(done.findings)


KEPT = {
    "mounts": (
        k8s.Mount(path="/c", volume=CLAIM, sub_path="a"),
        k8s.Mount(path="/s", volume=k8s.SecretVolume(secret=SECRET, optional=True)),
        k8s.Mount(path="/m", volume=k8s.ConfigMapVolume(config_map=SECRET)),
        k8s.Mount(path="/e", volume=k8s.EmptyDir(medium="Memory", size_limit="1Gi"), name="e"),
        k8s.Mount(
            path="/v",
            volume=k8s.EphemeralVolume(
                access_modes=("ReadWriteOnce",), size="1Gi", default_storage_class=True
            ),
            name="v",
        ),
    ),
    "variables": (
        k8s.SecretVariable(variable="A", secret=SECRET, key="k"),
        k8s.ConfigMapVariable(variable="B", config_map=SECRET, key="k", optional=True),
        k8s.FieldVariable(variable="C", field_path="metadata.name"),
    ),
    "node_selector": {"disk": "ssd"},
    "tolerations": (k8s.Toleration(key="gpu", operator="Exists", seconds=5),),
    "node_affinity": (
        k8s.NodeAffinity(
            expressions=(k8s.Requirement(key="zone", operator="In", values=("a",)),), weight=5
        ),
    ),
    "pod_affinity": (k8s.PodAffinity(topology_key="host", labels={"a": "b"}, anti=True),),
    "labels": {"l": "1"},
    "annotations": {"a": "1"},
    "pull_secrets": (SECRET,),
    "pull_policy": "Always",
    "deadline_seconds": 60,
    "security_context": k8s.SecurityContext(run_as_user=0, run_as_non_root=False),
}


@pytest.mark.parametrize("field", KEPT)
def test_what_kfp_kubernetes_has_is_kept(field: str) -> None:
    pod, findings = upgraded(Pod(**{field: KEPT[field]}))
    assert getattr(pod, field) == KEPT[field]
    assert findings == []


def test_all_of_it_at_once() -> None:
    pod, findings = upgraded(Pod(**KEPT))
    assert pod == Pod(**KEPT)
    assert findings == []


def mount(volume: k8s.Volume, **changes: Any) -> k8s.Mount:
    return k8s.Mount(**{"path": "/d", "volume": volume, "name": "n", "origin": HERE, **changes})


@pytest.mark.parametrize(
    ("part", "rule", "words"),
    [
        ({"mounts": (mount(k8s.OtherVolume(kind="hostPath")),)}, rules.LEFT_OUT, "(hostPath)"),
        ({"mounts": (mount(k8s.OtherVolume(kind="")),)}, rules.LEFT_OUT, "`n` at `/d`"),
        (
            {"mounts": (mount(k8s.SecretVolume(secret=SECRET), sub_path="key"),)},
            rules.LEFT_OUT,
            "of `key` in it",
        ),
        ({"mounts": (mount(k8s.EmptyDir(), sub_path="x"),)}, rules.LEFT_OUT, "of `x` in it"),
        ({"variables": (k8s.AllKeys(secret=SECRET, origin=HERE),)}, rules.LEFT_OUT, "secret `s`"),
        (
            {"variables": (k8s.AllKeys(config_map=SECRET, origin=HERE),)},
            rules.LEFT_OUT,
            "config map `s`",
        ),
        (
            {"init_containers": (k8s.PodContainer(name="i", origin=HERE),)},
            rules.LEFT_OUT,
            "init container `i`",
        ),
        (
            {"sidecars": (k8s.PodContainer(name="i", origin=HERE),)},
            rules.LEFT_OUT,
            "sidecar `i`",
        ),
        (
            {"service_account": "a", "origins": {"service_account": HERE}},
            rules.LEFT_OUT,
            "account `a` of the task",
        ),
        (
            {"pull_policy": "Sometimes", "origins": {"pull_policy": HERE}},
            rules.LEFT_OUT,
            "`Sometimes`",
        ),
        (
            {"unmounted": {"v": CLAIM}, "origins": {"unmounted/v": HERE}},
            rules.NO_EFFECT,
            "volume `v`",
        ),
        (
            {"others": (Setting(name="hostAliases", value=[{}], origin=HERE),)},
            rules.LEFT_OUT,
            "`hostAliases`",
        ),
        (
            {"labels": {"l": "{{x}}"}, "origins": {"labels/l": HERE}},
            rules.REFERENCE,
            "pod label `l`",
        ),
        (
            {"tolerations": (k8s.Toleration(key="{{x}}", origin=HERE),)},
            rules.REFERENCE,
            "KFP v2 does not replace `{{x}}`",
        ),
        (
            {
                "variables": (
                    k8s.SecretVariable(
                        variable="A",
                        secret=k8s.Reference(name=Constant(value="s-{{x}}")),
                        key="k",
                        origin=HERE,
                    ),
                )
            },
            rules.REFERENCE,
            "variable `A`",
        ),
        ({"mounts": (mount(CLAIM, path="/{{x}}"),)}, rules.REFERENCE, "`/{{x}}`"),
    ],
)
def test_what_it_does_not_have_is_left_out_and_reported(
    part: dict[str, Any], rule: Any, words: str
) -> None:
    pod, (finding,) = upgraded(Pod(**part))
    assert executor_settings(pod) == {}
    assert finding.rule is rule and finding.origin == HERE
    assert words in finding.message
    assert finding.help


@pytest.mark.parametrize(
    ("given", "kept", "part"),
    [
        (mount(CLAIM, read_only=True), mount(CLAIM, name=""), "`readOnly`"),
        (
            mount(k8s.SecretVolume(secret=SECRET, items={"a": "b"})),
            mount(k8s.SecretVolume(secret=SECRET), name=""),
            "`items` (`a` as `b`)",
        ),
        (
            mount(CLAIM, others=(Setting(name="mountPropagation", value="x", origin=HERE),)),
            mount(CLAIM, name=""),
            "`mountPropagation`",
        ),
    ],
)
def test_parts_of_a_mount_that_it_does_not_have(
    given: k8s.Mount, kept: k8s.Mount, part: str
) -> None:
    pod, (finding,) = upgraded(Pod(mounts=(given,)))
    assert pod.mounts == (kept,)
    assert finding.rule is rules.PART and finding.origin == HERE
    assert part in finding.message


def test_variables_of_one_secret_have_one_entry() -> None:
    def variable(name: str, secret: str) -> k8s.SecretVariable:
        reference = k8s.Reference(name=Constant(value=secret))
        return k8s.SecretVariable(variable=name, secret=reference, key=name.lower())

    variables = tuple(variable(*one) for one in [("A", "s"), ("B", "s"), ("C", "t")])
    pod, _ = upgraded(Pod(variables=variables))
    entries: Any = executor_settings(pod)["secretAsEnv"]
    names = [[pair["envVar"] for pair in entry["keyToEnv"]] for entry in entries]
    assert names == [["A", "B"], ["C"]]


def test_the_files_of_a_secret_can_only_be_read_anyway() -> None:
    volume = k8s.SecretVolume(secret=SECRET)
    pod, findings = upgraded(Pod(mounts=(mount(volume, read_only=True),)))
    assert pod.mounts == (mount(volume, name=""),)
    assert findings == []


@pytest.mark.parametrize("value", [None, [], {}])
def test_a_setting_without_a_value_has_no_finding(value: Any) -> None:
    assert upgraded(Pod(others=(Setting(name="sidecars", value=value),))) == (Pod(), [])


class TestPrecedence:
    """Argo's, for settings of the workflow and of a template."""

    WORKFLOW = Pod(
        node_selector={"a": "1"},
        tolerations=(k8s.Toleration(key="a"),),
        node_affinity=(k8s.NodeAffinity(weight=1),),
        labels={"a": "1", "b": "1"},
        annotations={"a": "1"},
        pull_secrets=(SECRET,),
        security_context=k8s.SecurityContext(run_as_user=1, run_as_group=1),
    )

    def test_a_template_without_settings_has_those_of_the_workflow(self) -> None:
        assert upgraded(Pod(), self.WORKFLOW) == (self.WORKFLOW, [])

    def test_those_of_the_template_replace_them(self) -> None:
        own = Pod(
            node_selector={"b": "2"},
            tolerations=(k8s.Toleration(key="b"),),
            pod_affinity=(k8s.PodAffinity(topology_key="t"),),
        )
        pod = with_workflow_settings(own, self.WORKFLOW)
        assert pod.node_selector == {"b": "2"}
        assert pod.tolerations == (k8s.Toleration(key="b"),)
        assert pod.node_affinity == ()

    def test_a_setting_that_each_template_has_is_a_note(self) -> None:
        own = replace(self.WORKFLOW, pull_secrets=(), labels={"a": "2"}, origins={"labels": HERE})
        workflow = replace(self.WORKFLOW, origins={"node_selector": HERE})
        pod, findings = upgraded(own, workflow)
        assert pod.labels == {"a": "2", "b": "1"}
        assert {one.rule for one in findings} == {rules.NO_EFFECT}
        assert [one.message.partition(" of the workflow")[0] for one in findings] == [
            "node selector",
            "tolerations",
            "affinity",
            "pod label `a`",
            "pod annotation `a`",
            "`run_as_group` of the security context",
            "`run_as_user` of the security context",
        ]
        assert findings[0].origin == HERE

    def test_an_affinity_without_a_type_replaces_that_of_the_workflow_too(self) -> None:
        own = Pod(others=(Setting(name="affinity", value={"x": 1}),))
        assert with_workflow_settings(own, self.WORKFLOW).node_affinity == ()

    def test_labels_contexts_and_pull_secrets_are_merged(self) -> None:
        other = k8s.Reference(name=Constant(value="t"))
        own = Pod(
            labels={"b": "2"},
            pull_secrets=(other, SECRET),
            security_context=k8s.SecurityContext(run_as_user=2),
        )
        pod = with_workflow_settings(own, self.WORKFLOW)
        assert pod.labels == {"a": "1", "b": "2"}
        assert pod.pull_secrets == (other, SECRET)
        assert pod.security_context == k8s.SecurityContext(run_as_user=2, run_as_group=1)

    def test_a_volume_that_the_driver_makes_has_no_pod(self) -> None:
        image = parse_text("argostub/createpvc")
        pipeline = pipeline_of(Pod(), self.WORKFLOW, executors={"exec-say": Container(image=image)})
        container = upgrade(pipeline, NONE).pipeline.executors["exec-say"]
        assert isinstance(container, Container)
        assert container.pod == Pod()


class TestRun:
    """Settings of the whole run."""

    def test_deadline_and_times_to_live_are_those_of_the_pipeline(self) -> None:
        others = (
            Setting(name="ttlStrategy", value={"secondsAfterSuccess": 5, "secondsAfterFailure": 7}),
            Setting(name="ttlSecondsAfterFinished", value=10),
        )
        done = upgrade(pipeline_of(Pod(), Pod(deadline_seconds=60, others=others)), NONE)
        assert done.findings == ()
        written = platform_spec(done.pipeline)
        json_format.ParseDict(written, PlatformSpec())
        assert written["platforms"]["kubernetes"]["pipelineConfig"] == {
            "activeDeadlineSeconds": 60,
            "resourceTtlOnSuccess": 5,
            "resourceTtlOnFailure": 7,
            "resourceTtlOnCompletion": 10,
        }

    @pytest.mark.parametrize(
        "workflow",
        [
            Pod(deadline_seconds=-1),
            Pod(deadline_seconds=2**31),
            Pod(others=(Setting(name="ttlStrategy", value={"secondsAfterSuccess": "5"}),)),
            Pod(others=(Setting(name="ttlStrategy", value={"other": 5}),)),
            Pod(others=(Setting(name="ttlStrategy", value=5),)),
            Pod(others=(Setting(name="parallelism", value=5),)),
            Pod(mounts=(mount(CLAIM),)),
            Pod(variables=(k8s.FieldVariable(variable="A", field_path="x"),)),
            Pod(sidecars=(k8s.PodContainer(name="a"),)),
        ],
    )
    def test_what_a_run_cannot_have_is_reported(self, workflow: Pod) -> None:
        done = upgrade(pipeline_of(Pod(), workflow), NONE)
        (finding,) = done.findings
        assert finding.rule is rules.LEFT_OUT
        assert platform_spec(done.pipeline) == {}

    def test_labels_of_the_workflow_and_unused_volumes_are_notes(self) -> None:
        labels = Setting(name="workflow.labels", value={"team": "a"}, origin=HERE)
        workflow = Pod(others=(labels,), unmounted={"v": CLAIM}, origins={"unmounted/v": HERE})
        findings = upgrade(pipeline_of(Pod(), workflow), NONE).findings
        assert {one.rule for one in findings} == {rules.NO_EFFECT}
        assert {one.origin for one in findings} == {HERE}
        assert len(findings) == 2

    def test_the_account_is_that_of_submit_py(self) -> None:
        done = upgrade(pipeline_of(Pod(), Pod(service_account="trainer")), NONE).pipeline
        assert "service_account='trainer'" in write(done)["submit.py"].replace('"', "'")
        given = write(done, Options(service_account="other"))["submit.py"]
        assert "trainer" not in given and "other" in given


def test_names_can_be_values_of_the_pipeline() -> None:
    names = (FromParent(name="which"), FromTask(task="make", output="name"))
    mounts = tuple(
        mount(k8s.Claim(claim=k8s.Reference(name=name)), path=f"/{number}", name="")
        for number, name in enumerate(names)
    )
    pod, findings = upgraded(Pod(mounts=mounts))
    assert pod.mounts == mounts
    assert findings == []


def test_other_formats_and_executors_stay_as_they_are() -> None:
    pipeline = pipeline_of(Pod(sidecars=(k8s.PodContainer(name="a"),)), dialect="KFP v2")
    assert upgrade(pipeline, NONE).pipeline is pipeline
    importer = Importer(uri=Constant(value="gs://a"), artifact=Artifact())
    executors = {"exec-say": importer}
    done = upgrade(pipeline_of(Pod(), executors=executors), NONE).pipeline
    assert done.executors == executors
