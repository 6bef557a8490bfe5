"""Kubernetes settings → statements of pipeline.py → kfp's compiler → the same settings."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format
from hypothesis import assume, given, settings
from kfp import dsl, kubernetes

from tests.unit.test_platform_document import CONFIG, documents, pod
from translator.decompiler.kubernetes import statements
from translator.decompiler.layout import Code
from translator.decompiler.settings import Owner
from translator.model import (
    Component,
    Constant,
    Container,
    ExecutorRef,
    FromParent,
    FromTask,
    Pipeline,
    Setting,
    Task,
)
from translator.model import kubernetes as k8s
from translator.placeholders import parse_text
from translator.platform_document.reading import pod_of
from translator.platform_document.writing import executor_settings
from translator.records import replace

if TYPE_CHECKING:
    from translator.decompiler.layout import Expression
    from translator.diagnostics import Diagnostic

COMPONENT = Component(body=ExecutorRef(label="exec-train"))
EMPTY = Pipeline(name="p", root=COMPONENT, components={}, executors={})
#: The inputs of the pipeline by the type that a setting takes.
TEXT, STRUCT = FromParent(name="text"), FromParent(name="struct")
OUTPUT = FromTask(task="make", output="name")


def channel(source: FromParent | FromTask) -> Expression:
    if isinstance(source, FromParent):
        return Code(text=source.name)
    return Code(text="make_task.outputs['name']")


def owner_of(one: k8s.Pod, found: list[Diagnostic]) -> Owner:
    container = Container(image=parse_text("train"), command=(parse_text("train"),), pod=one)
    return Owner("train", Task(component="comp-train"), COMPONENT, container, channel, found)


def lines(one: k8s.Pod, pipeline: Pipeline = EMPTY) -> tuple[str, list[str]]:
    """The statements, and the codes of the findings."""
    found: list[Diagnostic] = []
    text = "\n".join(statements(owner_of(one, found), "train_task", pipeline))
    return text, [finding.rule.code for finding in found]


COMPONENTS = """
@dsl.container_component
def make(name: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="make", command=["make", name])

@dsl.container_component
def train():
    return dsl.ContainerSpec(image="train", command=["train"])
"""


@cache
def components() -> dict[str, Any]:
    names: dict[str, Any] = {"dsl": dsl, "kubernetes": kubernetes}
    exec(compile(COMPONENTS, "components.py", "exec", dont_inherit=True), names)
    return names


def compiled(text: str) -> dict[str, Any]:
    """The settings of the task in the platform document, by platform."""
    source = f"""
def pipeline(text: str = "x", struct: dict = {{}}):
    make_task = make()
    train_task = train()
{text}
"""
    names = dict(components())
    exec(compile(source, "pipeline.py", "exec", dont_inherit=True), names)
    made = dsl.pipeline(name="p")(names["pipeline"])
    platforms = json_format.MessageToDict(made.platform_spec).get("platforms", {})
    return {
        name: one["deploymentSpec"]["executors"]["exec-train"] for name, one in platforms.items()
    }


def newest(one: k8s.Pod) -> k8s.Pod:
    """The pod as the newest kfp-kubernetes would have it: it writes absent fields, and calls with
    one key each make entries of their own."""
    changes: dict[str, Any] = {
        "mounts": tuple(replace(mount, volume=_newest(mount.volume)) for mount in one.mounts),
        "variables": tuple(map(_newest, one.variables)),
        "pull_secrets": tuple(map(_newest, one.pull_secrets)),
    }
    return replace(one, **changes)


def _newest(part: Any) -> Any:
    if isinstance(part, k8s.Reference):
        return replace(part, forms=())
    fields = vars(part)
    changes = {key: _newest(one) for key, one in fields.items() if isinstance(one, k8s.Reference)}
    if "optional" in fields:
        changes["optional"] = bool(part.optional)
    if "joined" in fields:
        changes["joined"] = False
    if "default_storage_class" in fields:
        changes["default_storage_class"] = part.default_storage_class or None
    return replace(part, **changes)


def known(part: k8s.Pod) -> k8s.Pod:
    """The pod with values that the pipeline has, of types that kfp accepts."""

    def value(one: k8s.Value) -> k8s.Value:
        return {Constant: one, FromParent: TEXT, FromTask: OUTPUT}[type(one)]

    return k8s.map_values(part, value)


@settings(max_examples=150, deadline=None)
@given(documents(CONFIG))
def test_settings_compile_to_themselves(document: dict[str, Any]) -> None:
    given_pod = known(pod(document))
    text, codes = lines(given_pod)
    assume("TR444" not in codes)
    wanted = executor_settings(newest(given_pod))
    made = compiled(text).get("kubernetes", {})
    again = pod_of(Setting(name=name, value=one) for name, one in made.items())
    assert not again.others or given_pod.others or "TR443" in codes
    assert normal(executor_settings(newest(again))) == normal(wanted)


def normal(document: dict[str, Any]) -> str:
    """Protobuf's ``Struct`` has floats only."""
    return json.dumps(json.loads(json.dumps(document), parse_int=float), sort_keys=True)
