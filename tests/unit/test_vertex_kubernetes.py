"""Settings that only Kubernetes knows are named for Vertex AI, with what to do instead."""

from __future__ import annotations

from typing import Any

import pytest

from translator.diagnostics import Diagnostic, Origin, Rule, Severity
from translator.diagnostics import vertex as rules
from translator.model import (
    KFP_V1,
    Accelerator,
    Component,
    Constant,
    Container,
    Dag,
    EnvVariable,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Platform,
    Resources,
    Setting,
    Task,
)
from translator.mounts import points_into
from translator.placeholders import parse_text
from translator.platform_document.reading import pod_of
from translator.readers.argo.pods import pod, pod_of_all
from translator.records import replace
from translator.targets.vertex.checks import CHECKS
from translator.targets.vertex.checks.kubernetes import _ADVICE, _HARMLESS, NO_ADVICE
from translator.targets.vertex.checks.volumes import _CLOUD_STORAGE, _CREATE_IT
from translator.targets.vertex.writer import write

HERE = Origin("pipeline.yaml", 7, 3, "/root")
T4 = Resources(accelerator=Accelerator(type=parse_text("NVIDIA_TESLA_T4")))


def setting(name: str, value: Json, origin: Origin = HERE) -> Setting:
    return Setting(name=name, value=value, origin=origin)


def of_container(*settings: Setting, **fields: Any) -> Pipeline:
    """A container of KFP v1."""
    container = Container(image=parse_text("i:1"), pod=pod(settings), **fields)
    return pipeline_of(executors={"exec-say": container}, dialect=KFP_V1)


def of_workflow(*settings: Setting) -> Pipeline:
    return pipeline_of(pod=pod_of_all(settings, ()), dialect=KFP_V1)


def mounted(source: dict[str, Json], path: str = "/data", **fields: Any) -> Pipeline:
    """A container that mounts a volume."""
    volumes = setting("volumes", [{"name": "v", **source}], Origin("other.yaml"))
    return of_container(
        setting("volumeMounts", [{"name": "v", "mountPath": path}]), volumes, **fields
    )


def of_platform(name: str, value: Json) -> Pipeline:
    """A container of KFP v2."""
    say = Container(image=parse_text("i:1"), pod=pod_of([setting(name, value)]))
    return pipeline_of(executors={"exec-say": say})


def pipeline_of(**fields: Any) -> Pipeline:
    return Pipeline(
        **{
            "name": "train",
            "root": Component(body=Dag(tasks={})),
            "components": {},
            "executors": {},
            **fields,
        }
    )


def found(pipeline: Pipeline) -> list[Diagnostic]:
    return [finding for check in CHECKS for finding in check(pipeline)]


def variable(value: str, name: str = "GOOGLE_APPLICATION_CREDENTIALS") -> EnvVariable:
    return EnvVariable(name=name, value=parse_text(value))


VARIABLES = "environment variables come"
#: What it is → its settings, the rule, its facts.
CASES: dict[str, tuple[Pipeline, Rule, dict[str, object]]] = {
    "variable of a secret": (
        of_container(
            setting("env", {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}})
        ),
        rules.SECRET,
        {"used": "environment variable `A` comes", "secret": "s", "decision": "s/k"},
    ),
    "variables of a secret": (
        of_container(setting("envFrom", [{"secretRef": {"name": "s"}}])),
        rules.SECRET,
        {"used": VARIABLES, "secret": "s", "decision": "s/KEY"},
    ),
    "volume of a secret": (
        mounted({"secret": {"secretName": "s"}}),
        rules.SECRET,
        {"used": "the files at `/data` come", "secret": "s", "decision": "s/KEY"},
    ),
    "volume of a secret that is not mounted": (
        of_workflow(setting("volumes", [{"name": "v", "secret": {"secretName": "s"}}])),
        rules.NO_EFFECT,
        {"setting": "volume v (secret)", "why": "no container mounts it"},
    ),
    "variable of a config map": (
        of_container(
            setting(
                "env", {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}
            )
        ),
        rules.CONFIG_MAP,
        {"used": "environment variable `A` comes", "config_map": "c", "decision": "c"},
    ),
    "variables of a config map": (
        of_container(setting("envFrom", [{"configMapRef": {"name": "c"}}])),
        rules.CONFIG_MAP,
        {"used": VARIABLES, "config_map": "c", "decision": "c"},
    ),
    "volume of a config map": (
        mounted({"configMap": {"name": "c"}}),
        rules.CONFIG_MAP,
        {"used": "the files at `/data` come", "config_map": "c", "decision": "c"},
    ),
    "mount": (
        of_container(setting("volumeMounts", [{"name": "v", "mountPath": "/data"}])),
        rules.VOLUME,
        {"volume": "v", "path": "/data", "uses": "", "advice": _CLOUD_STORAGE},
    ),
    "mounted claim": (
        mounted({"persistentVolumeClaim": {"claimName": "c"}}),
        rules.VOLUME,
        {"volume": "v", "path": "/data", "uses": "", "advice": _CLOUD_STORAGE},
    ),
    "mounted folder": (
        mounted({"emptyDir": {}}),
        rules.VOLUME,
        {"volume": "v", "path": "/data", "uses": "", "advice": _CREATE_IT},
    ),
    "key of Google Cloud": (
        mounted({"secret": {"secretName": "s"}}, env=(variable("/data/key.json"),)),
        rules.CREDENTIALS_FILE,
        {
            "path": "/data",
            "uses": "",
            "source": "Kubernetes secret `s`",
            "variables": "`GOOGLE_APPLICATION_CREDENTIALS=/data/key.json`",
        },
    ),
    "folder for scratch files": (
        mounted({"emptyDir": {}}, path="/tmp"),
        rules.NO_EFFECT,
        {"setting": "volume v at /tmp", "why": "every container has that folder"},
    ),
    "shared memory": (
        mounted({"emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}}, path="/dev/shm"),
        rules.SHARED_MEMORY,
        {"size": " to 2Gi"},
    ),
    "shared memory of no size": (
        mounted({"emptyDir": {"medium": "Memory"}}, path="/dev/shm"),
        rules.SHARED_MEMORY,
        {"size": ""},
    ),
    "field of the pod": (
        of_container(
            setting("env", {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
        ),
        rules.POD_FIELD,
        {"variables": "`A`"},
    ),
    "node": (
        of_container(setting("nodeSelector", {"disk": "ssd"})),
        rules.NODE_CHOICE,
        {"setting": "nodeSelector"},
    ),
    "node with an accelerator": (
        of_container(setting("nodeSelector", {"disk": "ssd"}), resources=T4),
        rules.NODE_CHOICE,
        {"setting": "nodeSelector"},
    ),
    "of the whole workflow": (
        of_workflow(setting("ttlStrategy", {"secondsAfterCompletion": 60})),
        rules.NO_EFFECT,
        {"setting": "ttlStrategy", "why": _HARMLESS["ttlStrategy"]},
    ),
    "node that all are": (
        of_workflow(setting("nodeSelector", {"kubernetes.io/os": "linux"})),
        rules.NO_EFFECT,
        {"setting": "nodeSelector", "why": "every machine has these labels"},
    ),
    "time of the whole workflow": (
        of_workflow(setting("activeDeadlineSeconds", 50)),
        rules.TIME_LIMIT,
        {"seconds": 50, "of": "the pipeline"},
    ),
    "sidecars": (
        of_container(setting("sidecars", [{"name": "a"}, {"name": "b"}])),
        rules.SIDECAR,
        {"containers": "`a`, `b`"},
    ),
    "init containers": (
        of_container(setting("initContainers", [{"name": "a"}])),
        rules.INIT_CONTAINER,
        {"containers": "`a`"},
    ),
    "account": (
        of_container(setting("serviceAccountName", "trainer")),
        rules.ACCESS,
        {"setting": "account `trainer`", "advice": "the same permissions"},
    ),
    "pull secrets": (
        of_workflow(setting("imagePullSecrets", [{"name": "a"}, {"name": "b"}])),
        rules.ACCESS,
        {"setting": "pull secret `a, b`", "advice": "read permission for the registry"},
    ),
    "label": (
        of_container(setting("metadata.labels", {"team": "ml"})),
        rules.POD_METADATA,
        {"what": "pod label `team`"},
    ),
    "annotation for a service": (
        of_container(setting("metadata.annotations", {"iam.amazonaws.com/role": "r"})),
        rules.POD_METADATA,
        {"what": "pod annotation `iam.amazonaws.com/role`"},
    ),
    "annotation for a TPU": (
        of_container(setting("metadata.annotations", {"tf-version.cloud-tpus.google.com": "2"})),
        rules.POD_METADATA,
        {"what": "pod annotation `tf-version.cloud-tpus.google.com`"},
    ),
    "label for kfp's compiler": (
        of_container(setting("metadata.labels", {"add-pod-env": "true"})),
        rules.NO_EFFECT,
        {"setting": "pod label add-pod-env", "why": "no program depends on it"},
    ),
    "annotation of the author's": (
        of_container(setting("metadata.annotations", {"author": "me"})),
        rules.NO_EFFECT,
        {"setting": "pod annotation author", "why": "no program depends on it"},
    ),
    "annotation of a notebook": (
        of_container(setting("metadata.annotations", {"kubeflow-kale.org/x": "[]"})),
        rules.NO_EFFECT,
        {"setting": "pod annotation kubeflow-kale.org/x", "why": "no program depends on it"},
    ),
    "annotation for a mesh": (
        of_container(setting("metadata.annotations", {"sidecar.istio.io/inject": "false"})),
        rules.NO_EFFECT,
        {"setting": "pod annotation sidecar.istio.io/inject", "why": "no program depends on it"},
    ),
    "something new": (
        of_container(setting("hostUsers", False)),
        rules.OTHER_SETTING,
        {"setting": "hostUsers", "advice": NO_ADVICE},
    ),
    "variables of something new": (
        of_container(setting("envFrom", [{"vaultRef": {"name": "v"}}])),
        rules.OTHER_SETTING,
        {"setting": "envFrom", "advice": NO_ADVICE},
    ),
    "volumes that are no list": (
        of_container(setting("volumes", "x")),
        rules.OTHER_SETTING,
        {"setting": "volumes", "advice": _ADVICE["volumes"]},
    ),
    "a volume of something else": (
        mounted({"hostPath": {"path": "/srv"}}),
        rules.VOLUME,
        {"volume": "v", "path": "/data", "uses": "", "advice": _CLOUD_STORAGE},
    ),
    "platform: secret": (
        of_platform("secretAsEnv", [{"secretName": "s", "keyToEnv": [{"envVar": "A"}]}]),
        rules.SECRET,
        {"used": VARIABLES, "secret": "s", "decision": "s/KEY"},
    ),
    "platform: newer secret": (
        of_platform(
            "secretAsVolume",
            [{"secretNameParameter": {"runtimeValue": {"constant": "s"}}, "mountPath": "/s"}],
        ),
        rules.SECRET,
        {"used": "the files at `/s` come", "secret": "s", "decision": "s/KEY"},
    ),
    "platform: secret of an input": (
        of_platform(
            "secretAsEnv",
            [
                {
                    "secretNameParameter": {"componentInputParameter": "which"},
                    "keyToEnv": [{"secretKey": "k", "envVar": "A"}],
                }
            ],
        ),
        rules.SECRET,
        {"used": VARIABLES, "secret": "<value of input which>", "decision": "NAME/KEY"},
    ),
    "platform: config map": (
        of_platform("configMapAsVolume", [{"configMapName": "c", "mountPath": "/c"}]),
        rules.CONFIG_MAP,
        {"used": "the files at `/c` come", "config_map": "c", "decision": "c"},
    ),
    "platform: config map as variables": (
        of_platform("configMapAsEnv", [{"configMapName": "c", "keyToEnv": [{"envVar": "A"}]}]),
        rules.CONFIG_MAP,
        {"used": VARIABLES, "config_map": "c", "decision": "c"},
    ),
    "platform: claim": (
        of_platform("pvcMount", [{"constant": "claim", "mountPath": "/data"}]),
        rules.VOLUME,
        {"volume": "claim", "path": "/data", "uses": "", "advice": _CLOUD_STORAGE},
    ),
    "platform: claim that a task makes": (
        of_platform(
            "pvcMount",
            [
                {
                    "pvcNameParameter": {
                        "taskOutputParameter": {
                            "producerTask": "createpvc",
                            "outputParameterKey": "name",
                        }
                    },
                    "mountPath": "/data",
                }
            ],
        ),
        rules.VOLUME,
        {
            "volume": "<output of task createpvc>",
            "path": "/data",
            "uses": "",
            "advice": _CLOUD_STORAGE,
        },
    ),
    "platform: empty folder": (
        of_platform("emptyDirMounts", [{"volumeName": "v", "mountPath": "/tmp/v"}]),
        rules.VOLUME,
        {"volume": "v", "path": "/tmp/v", "uses": "", "advice": _CREATE_IT},
    ),
    "platform: volume of its own": (
        of_platform("genericEphemeralVolume", [{"volumeName": "v", "mountPath": "/v"}]),
        rules.VOLUME,
        {"volume": "v", "path": "/v", "uses": "", "advice": _CREATE_IT},
    ),
    "platform: shared memory": (
        of_platform("enabledSharedMemory", {"volumeName": "shm", "size": "1Gi"}),
        rules.SHARED_MEMORY,
        {"size": " to 1Gi"},
    ),
    "platform: fields of the pod": (
        of_platform("fieldPathAsEnv", [{"name": "A", "fieldPath": "metadata.name"}]),
        rules.POD_FIELD,
        {"variables": "`A`"},
    ),
    "platform: labels": (
        of_platform("podMetadata", {"labels": {"team": "ml"}}),
        rules.POD_METADATA,
        {"what": "pod label `team`"},
    ),
    "platform: node": (
        of_platform("nodeSelector", {"labels": {"disk": "ssd"}}),
        rules.NODE_CHOICE,
        {"setting": "nodeSelector (kubernetes)"},
    ),
    "platform: node that all are": (
        of_platform("nodeSelector", {"labels": {"kubernetes.io/arch": "amd64"}}),
        rules.NO_EFFECT,
        {"setting": "nodeSelector (kubernetes)", "why": "every machine has these labels"},
    ),
    "platform: pull secret": (
        of_platform("imagePullSecret", [{"secretName": "a"}]),
        rules.ACCESS,
        {"setting": "pull secret `a`", "advice": "read permission for the registry"},
    ),
    "platform: tolerations": (
        of_platform("tolerations", [{"key": "a"}]),
        rules.NO_EFFECT,
        {"setting": "tolerations (kubernetes)", "why": _HARMLESS["tolerations"]},
    ),
    "platform: security": (
        of_platform("securityContext", {"runAsUser": 0}),
        rules.OTHER_SETTING,
        {"setting": "securityContext (kubernetes)", "advice": _ADVICE["securityContext"]},
    ),
    "platform: time": (
        of_platform("activeDeadlineSeconds", 60),
        rules.TIME_LIMIT,
        {"seconds": 60, "of": "the task"},
    ),
    "platform: of the whole pipeline": (
        pipeline_of(platforms={"cloud": Platform(settings=(setting("pipelineConfig", {"a": 1}),))}),
        rules.OTHER_SETTING,
        {"setting": "pipelineConfig.a (cloud)", "advice": NO_ADVICE},
    ),
    "platform: in the place of a component": (
        pipeline_of(
            components={
                "comp-say": Component(
                    body=Dag(tasks={}), platform_specs=({"platform": "x"},), origin=HERE
                )
            },
            platforms={"kubernetes": Platform()},
        ),
        rules.OTHER_SETTING,
        {"setting": "singlePlatformSpecs of comp-say", "advice": NO_ADVICE},
    ),
}


@pytest.mark.parametrize(("pipeline", "rule", "facts"), CASES.values(), ids=CASES)
def test_is_found_alone_with_its_place_and_facts(
    pipeline: Pipeline, rule: Rule, facts: dict[str, object]
) -> None:
    (finding,) = found(pipeline)
    assert finding.rule is rule
    assert finding.facts == facts
    assert finding.origin == HERE
    harmless = rule is rules.NO_EFFECT
    assert finding.severity is (Severity.NOTE if harmless else Severity.WARNING)
    for fact in facts.values():
        assert str(fact) in finding.message + finding.help


SILENT: dict[str, Pipeline] = {
    "nothing": of_container(),
    "what is null": of_container(setting("volumeMounts", None), setting("affinity", None)),
    "what is empty": of_container(
        setting("sidecars", []), setting("tolerations", []), setting("securityContext", {})
    ),
    "what is empty of a platform": of_platform("nodeSelector", {}),
    "settings of an executor that is not there": pipeline_of(
        platforms={"kubernetes": Platform(executors={"exec-gone": (setting("x", 1),)})}
    ),
    "no settings of a platform": pipeline_of(platforms={"kubernetes": Platform()}),
    "the type of an accelerator": of_container(
        setting("nodeSelector", {"cloud.google.com/gke-accelerator": "nvidia-tesla-t4"}),
        resources=T4,
    ),
}


@pytest.mark.parametrize("pipeline", SILENT.values(), ids=SILENT)
def test_what_is_no_loss_is_not_talked_about(pipeline: Pipeline) -> None:
    assert found(pipeline) == []


def test_the_type_of_an_accelerator_that_nobody_asks_for_is_told() -> None:
    selector = setting("nodeSelector", {"cloud.google.com/gke-accelerator": "nvidia-tesla-t4"})
    (finding,) = found(of_container(selector))
    assert finding.rule is rules.NODE_CHOICE


def test_each_of_several_is_told() -> None:
    pipeline = of_container(
        setting("envFrom", [{"secretRef": {"name": "a"}}, {"secretRef": {"name": "b"}}]),
        setting("volumeMounts", [{"name": "v", "mountPath": "/v"}]),
    )
    assert [finding.rule.code for finding in found(pipeline)] == ["TR301", "TR301", "TR303"]


def test_the_same_in_many_containers_is_told_of_each() -> None:
    """The report on a terminal tells it once, with the other lines."""
    origins = [Origin("f", line, 1) for line in (5, 20, 11)]
    executors = {
        f"exec-{origin.line}": Container(
            image=parse_text("i:1"), pod=pod([setting("affinity", {"a": 1}, origin)])
        )
        for origin in origins
    }
    findings = found(pipeline_of(executors=executors))
    assert [finding.origin for finding in findings] == origins
    assert len({finding.message for finding in findings}) == 1


ODD: list[Json] = [None, "", "x", 0, 1.5, True, [], ["x"], [None], [[]], {}, {"a": 1}]


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize(
    "name",
    [
        *("secretAsEnv", "secretAsVolume", "configMapAsEnv", "configMapAsVolume", "pvcMount"),
        *("emptyDirMounts", "enabledSharedMemory", "fieldPathAsEnv", "podMetadata"),
        *("imagePullSecret", "nodeSelector", "initContainers", "activeDeadlineSeconds", "other"),
    ],
)
def test_settings_of_a_platform_may_be_anything(name: str, value: Json) -> None:
    for given in (
        value,
        [{"secretNameParameter": value}],
        [{"xParameter": {"runtimeValue": value}}],
    ):
        for finding in found(of_platform(name, given)):
            assert finding.message


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize(
    "name",
    [
        *("env", "envFrom", "volumes", "volumeMounts", "nodeSelector", "sidecars"),
        *("initContainers", "metadata.labels", "serviceAccountName", "imagePullSecrets"),
    ],
)
def test_settings_of_a_workflow_may_be_anything(name: str, value: Json) -> None:
    keys = ("valueFrom", "secretRef", "configMapRef", "secret", "configMap")
    deeper: dict[str, Json] = {"valueFrom": {"secretKeyRef": value, "configMapKeyRef": value}}
    for given in (value, [value], deeper, *({key: value} for key in keys)):
        for entry in (given, [given]):
            for finding in found(of_container(setting(name, entry), resources=T4)):
                assert finding.message


@pytest.mark.parametrize("advice", _ADVICE.values(), ids=_ADVICE)
def test_advice_reads_like_advice(advice: str) -> None:
    assert advice[0].islower()
    assert not advice.endswith(".")


def test_what_points_into_a_volume_is_named() -> None:
    pipeline = mounted(
        {"persistentVolumeClaim": {"claimName": "c"}},
        env=(variable("/data/out", "OUT"), variable("/database", "OTHER")),
        command=(parse_text("cat /data/a.csv > /tmp/data/a && python /opt/data/b.py"),),
        args=(parse_text("--data=/data/a.csv"), parse_text("gs://bucket/data/c")),
    )
    (finding,) = found(pipeline)
    assert finding.facts["uses"] == " (`OUT=/data/out`, `/data/a.csv`)"


def test_many_are_counted() -> None:
    args = tuple(parse_text(f"/data/{number}") for number in range(9))
    (finding,) = found(mounted({"nfs": {"server": "n"}}, args=args))
    assert finding.facts["uses"] == " (`/data/0`, `/data/1`, `/data/2`, `/data/3`, 5 more)"


def test_values_that_tasks_give_are_looked_at() -> None:
    pipeline = mounted({"persistentVolumeClaim": {"claimName": "c"}}, args=(parse_text("x"),))
    inputs = Interface(
        parameters={
            name: Parameter(type=ParameterType.STRING, default=f"/data/{name}")
            for name in ("constant", "input", "default", "other")
        }
    )
    task = Task(
        component="comp-say",
        parameters={
            "constant": Constant(value="/data/given"),
            "input": FromParent(name="folder"),
            "other": FromTask(task="t", output="o"),
        },
    )
    folder = Parameter(type=ParameterType.STRING, default="/data/of-the-run")
    root = Component(body=Dag(tasks={"say": task}), inputs=Interface(parameters={"folder": folder}))
    component = Component(body=ExecutorRef(label="exec-say"), inputs=inputs)
    (finding,) = found(replace(pipeline, root=root, components={"comp-say": component}))
    assert finding.facts["uses"] == (
        " (`constant=/data/given`, `input=/data/of-the-run`, `default=/data/default`)"
    )


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("/data", ["/data"]),
        ("/data/", ["/data/"]),
        ("a=/data:b", ["/data"]),
        ("file:///data/a", ["/data/a"]),
        ("'/data/{name}.csv'", ["/data/{name}.csv"]),
        ("/data/a /data/a /data/b", ["/data/a", "/data/b"]),
        ("/data.csv /data-1 /data2", []),
        ("./data/a ~/data ${X}/data https://data/x gs://b/data", []),
    ],
)
def test_paths_are_found_whole(text: str, paths: list[str]) -> None:
    assert points_into(text, "/data") == paths
    assert points_into(text, "/data/") == paths
    assert points_into(text, "") == points_into(text, "/") == []


def test_several_keys_in_one_volume_are_one_finding() -> None:
    names = ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE")
    env = tuple(variable("/data/key.json", name) for name in names)
    pipeline = mounted(
        {"secret": {"secretName": "s"}}, env=env, args=(parse_text("--key-file=/data/key.json"),)
    )
    (finding,) = found(pipeline)
    assert finding.rule is rules.CREDENTIALS_FILE
    assert finding.facts["variables"] == ", ".join(f"`{name}=/data/key.json`" for name in names)
    assert finding.facts["uses"] == " (`/data/key.json`)"
    assert "env" not in write(pipeline)["pipeline.yaml"]


def test_a_key_that_is_elsewhere_stays() -> None:
    env = (variable("/opt/key.json"), variable("/data/x", "OTHER"))
    pipeline = mounted({"secret": {"secretName": "s"}}, env=env)
    (finding,) = found(pipeline)
    assert finding.rule is rules.SECRET
    written = write(pipeline)["pipeline.yaml"]
    assert "/opt/key.json" in written and "/data/x" in written


def test_a_platform_may_mount_the_key() -> None:
    mounts = setting("secretAsVolume", [{"secretName": "s", "mountPath": "/data"}])
    env = (variable("/data/key.json"),)
    container = Container(image=parse_text("i:1"), env=env, pod=pod_of([mounts]))
    pipeline = pipeline_of(executors={"exec-say": container})
    (finding,) = found(pipeline)
    assert finding.rule is rules.CREDENTIALS_FILE
    assert finding.facts["source"] == "Kubernetes secret `s`"
    assert "GOOGLE" not in write(pipeline)["pipeline.yaml"]
