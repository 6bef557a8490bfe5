"""Types of accelerators that the user decides."""

from __future__ import annotations

import pytest

import translator
from tests.unit import argo_files, kfp_files
from translator.decisions import NONE, Decided, Decisions
from translator.diagnostics import Severity
from translator.model import (
    Accelerator,
    Component,
    Container,
    ExecutorRef,
    Pipeline,
    Resources,
)
from translator.placeholders import parse_text
from translator.targets.vertex import TARGET
from translator.targets.vertex.passes.accelerators import accelerators


def running(*kinds: str | None) -> Pipeline:
    """A pipeline with containers of these accelerators; None for one without a type."""
    executors = {
        f"exec-{number}": Container(
            image=parse_text("a"),
            resources=Resources(
                accelerator=Accelerator(
                    type=None if kind is None else parse_text(kind), count=parse_text("2")
                )
            ),
        )
        for number, kind in enumerate(kinds)
    }
    root = Component(body=ExecutorRef(label="exec-0"))
    return Pipeline(name="p", root=root, components={}, executors=executors)


def kinds(done: Decided) -> list[str]:
    """The types after the pass."""
    found = []
    for executor in done.pipeline.executors.values():
        assert isinstance(executor, Container) and executor.resources is not None
        accelerator = executor.resources.accelerator
        assert accelerator is not None and str(accelerator.count) == "2"
        found.append(str(accelerator.type or ""))
    return found


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("nvidia.com/gpu", "nvidia.com/gpu"),
        (None, "nvidia.com/gpu"),
        ("gpu", "nvidia.com/gpu"),
        ("NVIDIA_TESLA_K80", "nvidia-tesla-k80"),
        ("NVIDIA_TESLA_K80", "NVIDIA_TESLA_K80"),
        ("nvidia-tesla-k80", "nvidia-tesla-k80"),
        ("NVIDIA_TESLA_V100", "nvidia-tesla-v100"),
    ],
)
def test_keys(kind: str | None, key: str) -> None:
    done = accelerators(running(kind), Decisions(accelerators={key: "NVIDIA_L4"}))
    assert kinds(done) == ["NVIDIA_L4"]
    assert done.used == {("accelerators", key)}
    assert [one.rule.code for one in done.findings] == ["TR376"]


def test_a_resource_is_not_the_key_of_a_type() -> None:
    known = {"nvidia.com/gpu": "NVIDIA_L4"}
    done = accelerators(running("NVIDIA_TESLA_V100"), Decisions(accelerators=known))
    assert kinds(done) == ["NVIDIA_TESLA_V100"] and done.used == frozenset()


def test_the_spelling_of_the_file_wins() -> None:
    known = {"nvidia-tesla-k80": "NVIDIA_L4", "NVIDIA_TESLA_K80": "NVIDIA_TESLA_T4"}
    done = accelerators(running("NVIDIA_TESLA_K80"), Decisions(accelerators=known))
    assert kinds(done) == ["NVIDIA_TESLA_T4"]


def test_a_type_of_the_run_stays() -> None:
    kind = "{{$.inputs.parameters['kind']}}"
    done = accelerators(running(kind), Decisions(accelerators={kind: "NVIDIA_L4"}))
    assert kinds(done) == [kind] and done.needs == ()


@pytest.mark.parametrize("kind", ["nvidia-tesla-t4", "NVIDIA_TESLA_K80", "T4", ""])
def test_types_that_vertex_ai_has_not(kind: str) -> None:
    given = running("nvidia.com/gpu")
    done = accelerators(given, Decisions(accelerators={"nvidia.com/gpu": kind}))
    assert done.pipeline is given
    assert [(one.rule.code, one.severity) for one in done.findings] == [("TR382", Severity.ERROR)]


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("T4", "NVIDIA_TESLA_T4"),
        ("NVIDIA_T4", "NVIDIA_TESLA_T4"),
        ("nvidia-tesla-v100", "NVIDIA_TESLA_V100"),
        ("NVIDIA_TESLA_L4", "NVIDIA_L4"),
        ("NVIDIA_H100_80G", "NVIDIA_H100_80GB"),
    ],
)
def test_the_type_that_is_meant(kind: str, meant: str) -> None:
    given = Decisions(accelerators={"nvidia.com/gpu": kind})
    (found,) = accelerators(running("nvidia.com/gpu"), given).findings
    assert f"did you mean `{meant}`?" in found.help


def test_without_decisions_it_is_the_same_pipeline() -> None:
    given = running("nvidia.com/gpu")
    assert accelerators(given, NONE).pipeline is given


class TestNeeds:
    @pytest.mark.parametrize(
        ("kind", "key", "value"),
        [
            (None, "nvidia.com/gpu", "NVIDIA_TESLA_T4"),
            ("nvidia.com/gpu", "nvidia.com/gpu", "NVIDIA_TESLA_T4"),
            ("nvidia-l4", "nvidia-l4", "NVIDIA_L4"),
            ("NVIDIA_TESLA_P100", "NVIDIA_TESLA_P100", "NVIDIA_TESLA_T4"),
            ("NVIDIA_TESLA_K80", "NVIDIA_TESLA_K80", "NVIDIA_TESLA_T4"),
            ("amd.com/gpu", "amd.com/gpu", ""),  # open: no type of Vertex AI is known to replace it
        ],
    )
    def test_with_proposals(self, kind: str | None, key: str, value: str) -> None:
        (need,) = accelerators(running(kind, kind), NONE).needs
        assert (need.key, need.value, need.is_proposal) == (key, value, True)

    def test_none_of_a_type_that_vertex_ai_has(self) -> None:
        assert accelerators(running("NVIDIA_L4"), NONE).needs == ()

    def test_that_is_decided(self) -> None:
        known = {"nvidia-tesla-k80": "NVIDIA_L4"}
        (need,) = accelerators(running("NVIDIA_TESLA_K80"), Decisions(accelerators=known)).needs
        assert (need.key, need.value, need.is_proposal) == (*known.popitem(), False)


V1 = argo_files.one_container(
    "container: {image: a, command: [sh], resources: {limits: {nvidia.com/gpu: 2}}}"
)
V2 = kfp_files.text_of(
    kfp_files.with_executor(
        {
            "container": {
                "image": "a",
                "resources": {"accelerator": {"type": "nvidia.com/gpu", "count": "2"}},
            }
        }
    )
)


@pytest.mark.parametrize("text", [V1, V2], ids=["v1", "v2"])
def test_of_files(text: str) -> None:
    given = translator.load_text(text)
    (before,) = [one for one in translator.check(given, "vertex") if one.rule.code == "TR309"]
    assert "`--accelerator nvidia.com/gpu=NVIDIA_TESLA_T4`" in before.help
    decisions = Decisions(accelerators={"nvidia.com/gpu": "NVIDIA_L4"})
    options = TARGET.options(decisions=decisions)
    codes = {one.rule.code for one in translator.check(given, "vertex", options)}
    assert "TR376" in codes and "TR309" not in codes
    assert "NVIDIA_L4" in translator.render(given, "vertex", options)["pipeline.yaml"]
