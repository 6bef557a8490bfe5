"""What is reported about settings of Kubernetes on their way to Kubeflow."""

from __future__ import annotations

import pytest
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineConfig, SinglePlatformSpec

from tests.unit.test_platforms import HERE, INPUT, OUTPUT, pipeline_of
from translator.diagnostics import Severity
from translator.diagnostics import kubeflow as rules
from translator.model import Json, Pipeline, Platform, Setting
from translator.targets.kubeflow.cluster_settings import (
    _OF_PIPELINE,
    settings_are_known,
    values_are_handed_down,
)


def of_executor(name: str, value: Json) -> Pipeline:
    return pipeline_of(value, setting_name=name)


def of_importer(name: str, value: Json) -> Pipeline:
    setting = Setting(name=name, value=value, origin=HERE)
    platform = Platform(executors={"exec-import": (setting,)})
    return pipeline_of(1, platforms={"kubernetes": platform})


def of_pipeline(name: str, value: Json) -> Pipeline:
    setting = Setting(name=name, value=value, origin=HERE)
    return pipeline_of(1, platforms={"kubernetes": Platform(settings=(setting,))})


@pytest.mark.parametrize(
    ("pipeline", "name"),
    [
        (of_executor("hostUsers", False), "hostUsers"),
        (of_importer("hostUsers", False), "hostUsers"),
        (of_executor("pvcMount", [{"constant": "c", "readOnly": True}]), "pvcMount.readOnly"),
        (of_executor("securityContext", {"privileged": True}), "securityContext.privileged"),
        (of_executor("configMapAsEnv", [{"configNameParameter": {}}]), "configMapAsEnv.config"),
        (of_pipeline("pipelineConfig", {"mutexName": "m"}), "pipelineConfig.mutexName"),
        (of_pipeline("workspace", {}), "workspace"),
    ],
)
def test_a_setting_that_the_server_does_not_know(pipeline: Pipeline, name: str) -> None:
    (finding,) = settings_are_known(pipeline)
    assert finding.rule is rules.UNKNOWN_SETTING and finding.origin == HERE
    assert str(finding.facts["setting"]).startswith(name)
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    "pipeline",
    [
        of_executor("pvcMount", [{"mountPath": "/d", "pvcNameParameter": INPUT, "subPath": "a"}]),
        of_executor("pvc_mount", [{"mount_path": "/d", "constant": "c"}]),
        of_executor("podMetadata", {"labels": {"anything": "x"}}),
        of_executor("imagePullPolicy", "Always"),
        of_executor("tolerations", ["odd", None]),
        of_executor("nodeSelector", None),
        of_pipeline("pipelineConfig", {"resourceTtlOnSuccess": 1, "workspace": {"size": "1Gi"}}),
        of_pipeline("pipelineConfig", "odd"),
        pipeline_of(1, platforms={"cloud": Platform(settings=(Setting(name="a", value=1),))}),
    ],
)
def test_settings_that_it_knows_and_odd_values(pipeline: Pipeline) -> None:
    assert list(settings_are_known(pipeline)) == []


def test_the_fields_of_the_pipeline_are_those_of_kfp() -> None:
    known = {field.json_name for field in SinglePlatformSpec.DESCRIPTOR.fields}
    assert known - {"deploymentSpec"} <= set(_OF_PIPELINE)
    config = {field.json_name for field in PipelineConfig.DESCRIPTOR.fields}
    assert config == set(_OF_PIPELINE["pipelineConfig"].split())


def test_what_is_handed_down_is_reported() -> None:
    (finding,) = values_are_handed_down(pipeline_of(INPUT, "inner"))
    assert finding.rule is rules.HANDED_DOWN and finding.origin == HERE
    assert "input `which` from outside of `comp-inner`" in finding.message
    assert "`pipelinechannel--which`" in finding.message
    (finding,) = values_are_handed_down(pipeline_of(OUTPUT, "inner"))
    assert "output `name` of task `make` from outside" in finding.message


@pytest.mark.parametrize(
    "pipeline",
    [
        pipeline_of(INPUT),
        pipeline_of(OUTPUT),
        pipeline_of(1),
        pipeline_of({"componentInputParameter": "gone"}, "inner"),  # which is an error
    ],
)
def test_nothing_is_reported_where_nothing_is_handed_down(pipeline: Pipeline) -> None:
    assert list(values_are_handed_down(pipeline)) == []
