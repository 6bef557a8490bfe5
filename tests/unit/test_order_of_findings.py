"""Findings of one place are in the order of the file, whatever the hashes of texts in this run."""

from __future__ import annotations

import pytest

from translator.decisions import NONE
from translator.decompiler import decompiled
from translator.decompiler.components.functions import Refused, parsed
from translator.diagnostics import Origin
from translator.model import (
    Artifact,
    Component,
    Container,
    Dag,
    DagOutput,
    ExecutorRef,
    FromTask,
    Interface,
    Pipeline,
    Task,
)
from translator.model.kubernetes import Pod
from translator.placeholders import parse_text
from translator.targets.vertex.passes.spot import spot

SPOT, PREEMPTIBLE = "cloud.google.com/gke-spot", "cloud.google.com/gke-preemptible"
HERE = Origin("pipeline.yaml", 1, 1, "/root")


@pytest.mark.parametrize("labels", [(SPOT, PREEMPTIBLE), (PREEMPTIBLE, SPOT)])
def test_the_first_label_of_nodes_is_named(labels: tuple[str, str]) -> None:
    pod = Pod(node_selector=dict.fromkeys(labels, "true"))
    container = Container(image=parse_text("a"), pod=pod, origin=HERE)
    root = Component(body=ExecutorRef(label="exec"))
    pipeline = Pipeline(name="p", root=root, components={}, executors={"exec": container})
    (finding,) = spot(pipeline, NONE).findings
    assert finding.facts["setting"] == labels[0]


@pytest.mark.parametrize("characters", ["\r\x0b\x0c\x1c\u2028\u202e", "\u202e\u2028\x1c\x0c\x0b\r"])
def test_the_first_character_of_a_program_is_named(characters: str) -> None:
    with pytest.raises(Refused, match=f"U\\+{ord(characters[0]):04X}"):
        parsed(f"a = 1  # {characters}\n")


@pytest.mark.parametrize("step", [1, -1])
def test_outputs_that_kfp_has_added(step: int) -> None:
    names = [f"train-metrics-{number}" for number in range(8)][::step]
    metrics = {name: Artifact(schema_title="system.Metrics") for name in names}
    source = FromTask(task="train", output=names[0])
    root = Component(
        body=Dag(
            tasks={"train": Task(component="comp-train")},
            artifact_outputs=dict.fromkeys(names, DagOutput(sources=(source,))),
        ),
        outputs=Interface(artifacts=metrics),
        origin=HERE,
    )
    train = Component(
        body=ExecutorRef(label="exec"),
        outputs=Interface(artifacts={names[0]: Artifact(schema_title="system.Metrics")}),
    )
    container = Container(image=parse_text("a"), command=(parse_text("b"),))
    pipeline = Pipeline(
        name="p", root=root, components={"comp-train": train}, executors={"exec": container}
    )
    findings = decompiled(pipeline, file="pipeline.yaml").findings
    assert [one.facts["output"] for one in findings if one.rule.code == "TR535"] == names
