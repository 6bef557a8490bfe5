"""Settings that select Spot and preemptible nodes."""

from __future__ import annotations

from typing import Any

import pytest

import translator
from tests.unit import argo_files
from translator.decisions import NONE
from translator.diagnostics import Origin
from translator.model import Component, Container, ExecutorRef, Pipeline
from translator.model.kubernetes import NodeAffinity, Pod, Requirement, Toleration
from translator.model.values import Constant
from translator.placeholders import parse_text
from translator.targets.vertex.passes.spot import spot

HERE = Origin("pipeline.yaml", 7, 3, "/spec")
SPOT, PREEMPTIBLE = "cloud.google.com/gke-spot", "cloud.google.com/gke-preemptible"


def running(pod: Pod) -> Pipeline:
    """A pipeline with a container of these settings."""
    container = Container(image=parse_text("a"), pod=pod, origin=HERE)
    root = Component(body=ExecutorRef(label="exec"))
    return Pipeline(name="p", root=root, components={}, executors={"exec": container})


def left(pod: Pod) -> tuple[Pod, list[str]]:
    """The settings after the pass, and the codes that it reports."""
    done = spot(running(pod), NONE)
    container = done.pipeline.executors["exec"]
    assert isinstance(container, Container)
    assert all(one.origin is not None for one in done.findings)
    return container.pod, [one.rule.code for one in done.findings]


def requires(key: str, operator: str = "In", *values: str, **fields: Any) -> NodeAffinity:
    return NodeAffinity(
        expressions=(Requirement(key=key, operator=operator, values=values),), **fields
    )


@pytest.mark.parametrize("key", [SPOT, PREEMPTIBLE])
def test_a_selector(key: str) -> None:
    other = {"disk": "ssd"}
    assert left(Pod(node_selector={key: "true", **other})) == (
        Pod(node_selector=other),
        ["TR383"],
    )


@pytest.mark.parametrize("weight", [None, 50])
def test_an_affinity_with_its_toleration(weight: int | None) -> None:
    """What ``use_preemptible_nodepool`` of kfp 1.x sets."""
    pod = Pod(
        node_affinity=(requires(PREEMPTIBLE, "In", "true", weight=weight),),
        tolerations=(Toleration(key="preemptible", operator="Equal", value="true"),),
    )
    assert left(pod) == (Pod(), ["TR383"])


def test_a_toleration() -> None:
    other = Toleration(key="nvidia.com/gpu", operator="Exists")
    pod = Pod(tolerations=(Toleration(key=SPOT, operator="Exists"), other))
    assert left(pod) == (Pod(tolerations=(other,)), ["TR383"])


@pytest.mark.parametrize(
    "pod",
    [
        Pod(),
        Pod(node_selector={SPOT: "false"}),
        Pod(node_selector={"disk": "ssd"}),
        Pod(node_affinity=(requires(SPOT, "NotIn", "true"),)),
        Pod(node_affinity=(requires(SPOT, "DoesNotExist"),)),
        Pod(node_affinity=(NodeAffinity(json=Constant(value={})),)),
        Pod(node_affinity=(NodeAffinity(),)),
        Pod(tolerations=(Toleration(json=Constant(value=[])), Toleration())),
    ],
)
def test_other_settings_stay(pod: Pod) -> None:
    assert left(pod) == (pod, [])


def test_an_affinity_for_something_else_too() -> None:
    both = NodeAffinity(
        expressions=(
            Requirement(key=SPOT, operator="Exists"),
            Requirement(key="disk", operator="In", values=("ssd",)),
        )
    )
    assert left(Pod(node_affinity=(both,))) == (Pod(node_affinity=(both,)), [])


def test_without_such_settings_it_is_the_same_pipeline() -> None:
    given = running(Pod())
    assert spot(given, NONE).pipeline is given


def test_of_a_file_of_kfp_v1() -> None:
    text = argo_files.one_container(
        "{container: {image: a, command: [sh]}, retryStrategy: {limit: 5}, "
        f"nodeSelector: {{{SPOT}: 'true'}}, tolerations: [{{key: {SPOT}, operator: Exists}}]}}"
    )
    reading = translator.load_text(text)
    assert "TR383" in [one.rule.code for one in translator.check(reading, "vertex")]
    written = translator.render(reading, "vertex")["pipeline.yaml"]
    assert "maxRetryCount: 5" in written
