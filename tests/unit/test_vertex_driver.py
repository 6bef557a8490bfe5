"""What KFP's driver does itself is reported for Vertex AI."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_vertex_checks import HERE, PLAIN, found, pipeline_of
from translator.diagnostics import Diagnostic, Severity
from translator.diagnostics import vertex as rules
from translator.model import (
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    EnvVariable,
    ExecutorRef,
    FromTask,
    Importer,
    InputSource,
    Interface,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Setting,
    Task,
)
from translator.placeholders import parse_text
from translator.platform_document.reading import pod_of
from translator.records import replace

STRING = Parameter(type=ParameterType.STRING)
NAME = FromTask(task="make", output="name")
OUTPUT: Json = {"producerTask": "make", "outputParameterKey": "name"}
MOUNT: Json = {"pvcNameParameter": {"taskOutputParameter": OUTPUT}, "mountPath": "/d"}


def volumes(*tasks: str, mount: Json = None, **parameters: InputSource) -> list[Diagnostic]:
    """Findings for tasks that make, mount and remove a volume."""
    all_tasks = {
        "make": Task(component="comp-make", origin=HERE),
        "train": Task(component="comp-train", origin=HERE),
        "drop": Task(component="comp-drop", parameters=parameters, origin=HERE),
    }
    settings = [Setting(name="pvcMount", value=[mount], origin=HERE)] if mount else []
    images = {"make": "argostub/createpvc", "drop": "argostub/deletepvc", "train": "python:3.11"}
    pipeline = Pipeline(
        name="p",
        root=Component(body=Dag(tasks={name: all_tasks[name] for name in tasks})),
        components={
            f"comp-{name}": Component(body=ExecutorRef(label=f"exec-{name}")) for name in images
        },
        executors={
            f"exec-{name}": Container(
                image=parse_text(image), pod=pod_of(settings if name == "train" else [])
            )
            for name, image in images.items()
        },
    )
    return found(pipeline)


class TestVolumes:
    def test_one_finding_for_all_that_is_done_with_a_volume(self) -> None:
        (finding,) = volumes("make", "train", "drop", mount=MOUNT, pvc_name=NAME)
        assert finding.rule is rules.DRIVER_TASK and finding.origin == HERE
        assert finding.severity is Severity.ERROR
        assert finding.facts["task"] == "make"
        assert "the mount of task `train`, task `drop`" in finding.help

    def test_a_volume_that_nothing_uses(self) -> None:
        (finding,) = volumes("make")
        assert finding.facts == {"task": "make", "verb": "creates", "along": ""}

    @pytest.mark.parametrize(
        "name", [Constant(value="data"), FromTask(task="train", output="x"), None]
    )
    def test_removing_a_volume_of_another(self, name: InputSource | None) -> None:
        given = {} if name is None else {"pvc_name": name}
        (finding,) = volumes("train", "drop", **given)
        assert finding.rule is rules.DRIVER_TASK
        assert finding.facts == {"task": "drop", "verb": "deletes", "along": ""}

    def test_another_mount_is_reported(self) -> None:
        findings = volumes("make", "train", mount={"constant": "data", "mountPath": "/d"})
        assert [one.rule for one in findings] == [rules.VOLUME, rules.DRIVER_TASK]


class TestTaskConfig:
    @pytest.mark.parametrize(
        ("changes", "taken"),
        [
            ({"config_passthroughs": ({"field": "RESOURCES"}, {"field": "ENV"})}, "RESOURCES"),
            (
                {"inputs": Interface(parameters={"tc": Parameter(type=ParameterType.TASK_CONFIG)})},
                "input `tc`",
            ),
        ],
    )
    def test_is_reported(self, changes: dict[str, Any], taken: str) -> None:
        plain = pipeline_of()
        component = replace(plain.components["comp-say"], origin=HERE, **changes)
        (finding,) = found(replace(plain, components={"comp-say": component}))
        assert finding.rule is rules.TASK_CONFIG and finding.origin == HERE
        assert taken in str(finding.facts["taken"])


def test_downloads_to_the_workspace() -> None:
    importer = Importer(
        uri=Constant(value="gs://b/o"),
        artifact=Artifact(),
        download_to_workspace=True,
        origin=HERE,
    )
    (finding,) = found(pipeline_of(importer))
    assert finding.rule is rules.WORKSPACE_IMPORT and finding.facts == {"label": "exec-say"}


@pytest.mark.parametrize(
    ("name", "value", "reported"),
    [
        ("ARGO_DEBUG_PAUSE_BEFORE", "true", True),
        ("ARGO_DEBUG_PAUSE_AFTER", "true", True),
        ("ARGO_DEBUG_PAUSE_AFTER", "false", False),
        ("DEBUG", "true", False),
    ],
)
def test_pauses_for_debugging(name: str, value: str, reported: bool) -> None:
    variable = EnvVariable(name=name, value=parse_text(value), origin=HERE)
    findings = found(pipeline_of(replace(PLAIN, env=(variable,))))
    assert [finding.rule for finding in findings] == ([rules.DEBUG_PAUSE] if reported else [])
    assert all(finding.severity is Severity.NOTE for finding in findings)
