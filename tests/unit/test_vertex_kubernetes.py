"""Settings that only Kubernetes knows are named for Vertex AI, with what to do instead."""

from __future__ import annotations

from typing import Any

import pytest

from translator.checks.vertex import CHECKS
from translator.checks.vertex.kubernetes import _ADVICE, _NO_ADVICE
from translator.diagnostics import Diagnostic, Origin, Rule, Severity
from translator.diagnostics import vertex as rules
from translator.model import (
    Accelerator,
    Component,
    Container,
    Dag,
    Json,
    Pipeline,
    Platform,
    Resources,
    Setting,
)
from translator.placeholders import parse_text

HERE = Origin("pipeline.yaml", 7, 3, "/root")
T4 = Resources(accelerator=Accelerator(type=parse_text("NVIDIA_TESLA_T4")))


def setting(name: str, value: Json, origin: Origin = HERE) -> Setting:
    return Setting(name=name, value=value, origin=origin)


def of_container(*settings: Setting, **fields: Any) -> Pipeline:
    container = Container(image=parse_text("i:1"), kubernetes=settings, **fields)
    return pipeline_of(executors={"exec-say": container})


def of_platform(name: str, value: Json) -> Pipeline:
    platform = Platform(executors={"exec-say": (setting(name, value),)})
    say = Container(image=parse_text("i:1"))
    return pipeline_of(platforms={"kubernetes": platform}, executors={"exec-say": say})


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


VARIABLES = "environment variables come"
#: What it is → its settings, the rule, its facts.
CASES: dict[str, tuple[Pipeline, Rule, dict[str, str]]] = {
    "variable of a secret": (
        of_container(
            setting("env", {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}})
        ),
        rules.SECRET,
        {"used": "environment variable `A` comes", "secret": "s"},
    ),
    "variables of a secret": (
        of_container(setting("envFrom", [{"secretRef": {"name": "s"}}])),
        rules.SECRET,
        {"used": VARIABLES, "secret": "s"},
    ),
    "volume of a secret": (
        pipeline_of(
            kubernetes=(setting("volumes", [{"name": "v", "secret": {"secretName": "s"}}]),)
        ),
        rules.SECRET,
        {"used": "the files of volume `v` come", "secret": "s"},
    ),
    "variable of a config map": (
        of_container(
            setting("env", {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c"}}})
        ),
        rules.CONFIG_MAP,
        {"used": "environment variable `A` comes", "config_map": "c"},
    ),
    "variables of a config map": (
        of_container(setting("envFrom", [{"configMapRef": {"name": "c"}}])),
        rules.CONFIG_MAP,
        {"used": VARIABLES, "config_map": "c"},
    ),
    "volume of a config map": (
        of_container(setting("volumes", [{"name": "v", "configMap": {"name": "c"}}])),
        rules.CONFIG_MAP,
        {"used": "the files of volume `v` come", "config_map": "c"},
    ),
    "mount": (
        of_container(setting("volumeMounts", [{"name": "v", "mountPath": "/data"}])),
        rules.VOLUME,
        {"volume": "v", "path": "/data"},
    ),
    "field of the pod": (
        of_container(
            setting("env", {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
        ),
        rules.OTHER_SETTING,
        {"setting": "env A", "advice": _ADVICE["fieldPathAsEnv"]},
    ),
    "node": (
        of_container(setting("nodeSelector", {"disk": "ssd"})),
        rules.OTHER_SETTING,
        {"setting": "nodeSelector", "advice": _ADVICE["nodeSelector"]},
    ),
    "node with an accelerator": (
        of_container(setting("nodeSelector", {"disk": "ssd"}), resources=T4),
        rules.OTHER_SETTING,
        {"setting": "nodeSelector", "advice": _ADVICE["nodeSelector"]},
    ),
    "of the whole workflow": (
        pipeline_of(kubernetes=(setting("ttlStrategy", {"secondsAfterCompletion": 60}),)),
        rules.OTHER_SETTING,
        {"setting": "ttlStrategy", "advice": _ADVICE["ttlStrategy"]},
    ),
    "something new": (
        of_container(setting("hostUsers", False)),
        rules.OTHER_SETTING,
        {"setting": "hostUsers", "advice": _NO_ADVICE},
    ),
    "variables of something new": (
        of_container(setting("envFrom", [{"vaultRef": {"name": "v"}}])),
        rules.OTHER_SETTING,
        {"setting": "envFrom", "advice": _NO_ADVICE},
    ),
    "volumes that are no list": (
        of_container(setting("volumes", "x")),
        rules.OTHER_SETTING,
        {"setting": "volumes", "advice": _ADVICE["volumes"]},
    ),
    "a volume of something else": (
        of_container(setting("volumes", [{"name": "v", "hostPath": {"path": "/srv"}}])),
        rules.OTHER_SETTING,
        {"setting": "volume v (hostPath)", "advice": _ADVICE["volumes"]},
    ),
    "platform: secret": (
        of_platform("secretAsEnv", [{"secretName": "s", "keyToEnv": []}]),
        rules.SECRET,
        {"used": VARIABLES, "secret": "s"},
    ),
    "platform: newer secret": (
        of_platform(
            "secretAsVolume",
            [{"secretNameParameter": {"runtimeValue": {"constant": "s"}}, "mountPath": "/s"}],
        ),
        rules.SECRET,
        {"used": "files come", "secret": "s"},
    ),
    "platform: secret of an input": (
        of_platform("secretAsEnv", [{"secretNameParameter": {"componentInputParameter": "which"}}]),
        rules.SECRET,
        {"used": VARIABLES, "secret": "value of input which"},
    ),
    "platform: config map": (
        of_platform("configMapAsVolume", [{"configMapName": "c"}]),
        rules.CONFIG_MAP,
        {"used": "files come", "config_map": "c"},
    ),
    "platform: config map as variables": (
        of_platform("configMapAsEnv", [{"configMapName": "c"}]),
        rules.CONFIG_MAP,
        {"used": VARIABLES, "config_map": "c"},
    ),
    "platform: claim": (
        of_platform("pvcMount", [{"constant": "claim", "mountPath": "/data"}]),
        rules.VOLUME,
        {"volume": "claim", "path": "/data"},
    ),
    "platform: claim that a task makes": (
        of_platform(
            "pvcMount",
            [
                {
                    "pvcNameParameter": {"taskOutputParameter": {"producerTask": "createpvc"}},
                    "mountPath": "/data",
                }
            ],
        ),
        rules.VOLUME,
        {"volume": "given by task createpvc", "path": "/data"},
    ),
    "platform: empty folder": (
        of_platform("emptyDirMounts", [{"volumeName": "v", "mountPath": "/tmp/v"}]),
        rules.VOLUME,
        {"volume": "v", "path": "/tmp/v"},
    ),
    "platform: volume of its own": (
        of_platform("genericEphemeralVolume", [{"volumeName": "v", "mountPath": "/v"}]),
        rules.VOLUME,
        {"volume": "v", "path": "/v"},
    ),
    "platform: anything else": (
        of_platform("activeDeadlineSeconds", 60),
        rules.OTHER_SETTING,
        {
            "setting": "activeDeadlineSeconds (kubernetes)",
            "advice": _ADVICE["activeDeadlineSeconds"],
        },
    ),
    "platform: of the whole pipeline": (
        pipeline_of(platforms={"cloud": Platform(settings=(setting("pipelineConfig", {"a": 1}),))}),
        rules.OTHER_SETTING,
        {"setting": "pipelineConfig.a (cloud)", "advice": _NO_ADVICE},
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
        {"setting": "singlePlatformSpecs of comp-say", "advice": _NO_ADVICE},
    ),
}


@pytest.mark.parametrize(("pipeline", "rule", "facts"), CASES.values(), ids=CASES)
def test_is_found_alone_with_its_place_and_facts(
    pipeline: Pipeline, rule: Rule, facts: dict[str, str]
) -> None:
    (finding,) = found(pipeline)
    assert finding.rule is rule
    assert finding.facts == facts
    assert finding.origin == HERE
    assert finding.severity is Severity.WARNING
    for fact in facts.values():
        assert fact in finding.message + finding.help


SILENT: dict[str, Pipeline] = {
    "nothing": of_container(),
    "what is null": of_container(setting("volumeMounts", None), setting("affinity", None)),
    "settings of an executor that is not there": pipeline_of(
        platforms={"kubernetes": Platform(executors={"exec-gone": (setting("x", 1),)})}
    ),
    "no settings of a platform": pipeline_of(platforms={"kubernetes": Platform()}),
    "the type of an accelerator": of_container(
        setting("nodeSelector", {"cloud.google.com/gke-accelerator": "nvidia-tesla-t4"}),
        resources=T4,
    ),
    # They are told of where they are mounted.
    "volumes that are neither secrets nor config maps": of_container(
        setting(
            "volumes",
            [
                {"name": "v", "emptyDir": {}},
                {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
            ],
        )
    ),
}


@pytest.mark.parametrize("pipeline", SILENT.values(), ids=SILENT)
def test_what_is_no_loss_is_not_talked_about(pipeline: Pipeline) -> None:
    assert found(pipeline) == []


def test_the_type_of_an_accelerator_that_nobody_asks_for_is_told() -> None:
    selector = setting("nodeSelector", {"cloud.google.com/gke-accelerator": "nvidia-tesla-t4"})
    (finding,) = found(of_container(selector))
    assert finding.rule is rules.OTHER_SETTING


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
            image=parse_text("i:1"), kubernetes=(setting("tolerations", [], origin),)
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
    ["secretAsEnv", "secretAsVolume", "configMapAsEnv", "configMapAsVolume", "pvcMount", "other"],
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
@pytest.mark.parametrize("name", ["env", "envFrom", "volumes", "volumeMounts", "nodeSelector"])
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
