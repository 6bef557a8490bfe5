"""Pipelines of one task, whose container has Kubernetes settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.decisions import Decisions
from translator.model import (
    Component,
    Constant,
    Container,
    Dag,
    EnvVariable,
    ExecutorRef,
    Pipeline,
    Setting,
    Task,
)
from translator.model.kubernetes import Mount, Pod, Reference
from translator.placeholders import Text, parse_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.decisions import Decided, Pass
    from translator.model.kubernetes import Volume


def constant(name: str) -> Reference:
    """The name of an object of the cluster."""
    return Reference(name=Constant(value=name))


def mount(path: str, volume: Volume, sub_path: str = "", **others: Any) -> Mount:
    settings = tuple(Setting(name=name, value=value) for name, value in others.items())
    return Mount(path=path, volume=volume, sub_path=sub_path, others=settings)


def pipeline(
    *,
    command: Iterable[str] = ("python", "train.py"),
    args: Iterable[str] = (),
    env: Mapping[str, str] | None = None,
    image: str = "python:3.11",
    **pod: Any,
) -> Pipeline:
    """One task, ``train``, whose executor is ``exec-train``; ``pod`` has fields of its pod."""
    container = Container(
        image=Text((image,)),
        command=tuple(map(parse_text, command)),
        args=tuple(map(parse_text, args)),
        env=tuple(EnvVariable(name=n, value=parse_text(v)) for n, v in (env or {}).items()),
        pod=Pod(**pod),
    )
    return Pipeline(
        name="flow",
        root=Component(body=Dag(tasks={"train": Task(component="comp-train")})),
        components={"comp-train": Component(body=ExecutorRef(label="exec-train"))},
        executors={"exec-train": container},
    )


def decided(one: Pass, given: Pipeline, **decisions: Any) -> Decided:
    return one(given, Decisions(**decisions))


def codes(done: Decided) -> list[str]:
    return [finding.rule.code for finding in done.findings]
