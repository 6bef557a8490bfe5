"""Kubernetes settings → statements of pipeline.py → kfp's compiler → the same settings."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from kfp import dsl, kubernetes

from tests.unit.test_platform_document import CONFIG, documents, pod
from translator.decompiler.compiled import newest_pod
from translator.decompiler.kubernetes import awaited, pipeline_config, pod_calls
from translator.decompiler.layout import Code, printed
from translator.decompiler.settings import Owner
from translator.diagnostics import Severity
from translator.model import (
    Component,
    Constant,
    Container,
    ExecutorRef,
    FromParent,
    FromTask,
    Pipeline,
    Platform,
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
    text = "\n".join(pod_calls(owner_of(one, found), pipeline).statements("train_task"))
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


def known(part: k8s.Pod) -> k8s.Pod:
    """The pod with values that the pipeline has, of types that kfp accepts."""

    def value(one: k8s.Value) -> k8s.Value:
        return {Constant: one, FromParent: TEXT, FromTask: OUTPUT}[type(one)]

    return k8s.map_values(part, value)


#: Texts that end literals, if they are not escaped.
HOSTILE = st.text(st.sampled_from("\"'\\\n\r\t{}()#[],: \x00\u2028\ud800é"))


@settings(max_examples=100, deadline=None)
@given(documents(CONFIG))
def test_settings_compile_to_themselves(document: dict[str, Any]) -> None:
    given_pod = known(pod(document))
    text, codes = lines(given_pod)
    assume("TR444" not in codes)
    wanted = executor_settings(newest_pod(given_pod))
    made = compiled(text).get("kubernetes", {})
    again = pod_of(Setting(name=name, value=one) for name, one in made.items())
    assert not again.others or given_pod.others or "TR443" in codes
    assert normal(executor_settings(newest_pod(again))) == normal(wanted)


@settings(max_examples=100)
@given(documents(CONFIG), st.dictionaries(st.text() | HOSTILE, st.text() | HOSTILE))
def test_no_text_of_a_setting_becomes_code(
    document: dict[str, Any], labels: dict[str, str]
) -> None:
    """Every statement is a call or an assignment, and every argument a literal or a channel."""
    text, _ = lines(replace(known(pod(document)), labels=labels))
    known_values = {"text", "struct", "make_task.outputs['name']"}
    (function,) = ast.parse(f"def pipeline():\n{text}\n    return").body
    assert isinstance(function, ast.FunctionDef)
    for one in function.body[:-1]:
        if isinstance(one, ast.Assign):
            assert ast.unparse(one.targets[0]) == "train_task.platform_config['kubernetes']"
            ast.literal_eval(one.value)
            continue
        assert isinstance(one, ast.Expr)
        assert isinstance(one.value, ast.Call)
        called, arguments = ast.unparse(one.value.func), list(one.value.args)
        if called != "train_task.platform_config['kubernetes'].update":
            assert re.fullmatch(r"kubernetes\.[a-z_]+", called)
            assert ast.unparse(arguments.pop(0)) == "train_task"
        for value in [*arguments, *(word.value for word in one.value.keywords)]:
            parts = value.elts if isinstance(value, ast.List) else [value]
            for part in parts:
                if ast.unparse(part) not in known_values:
                    ast.literal_eval(part)


def normal(document: dict[str, Any]) -> str:
    """Protobuf's ``Struct`` has floats only."""
    return json.dumps(json.loads(json.dumps(document), parse_int=float), sort_keys=True)


def reference(name: k8s.Value | str) -> k8s.Reference:
    return k8s.Reference(name=Constant(value=name) if isinstance(name, str) else name)


def mount(volume: k8s.Volume, path: str = "/data", **more: Any) -> k8s.Mount:
    return k8s.Mount(path=path, volume=volume, **more)


SECRET = reference("db")
AFFINITY = k8s.NodeAffinity(
    expressions=(k8s.Requirement(key="disk", operator="In", values=("ssd",)),), weight=7
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"variables": (k8s.SecretVariable(variable="PASSWORD", secret=SECRET, key="pw"),)},
            '    kubernetes.use_secret_as_env(train_task, secret_name="db", '
            'secret_key_to_env={"pw": "PASSWORD"})',
        ),
        (
            {"mounts": (mount(k8s.Claim(claim=reference(OUTPUT)), sub_path="x"),)},
            """    kubernetes.mount_pvc(
        train_task,
        pvc_name=make_task.outputs['name'],
        mount_path="/data",
        sub_path="x",
    )""",
        ),
        (
            {"mounts": (mount(k8s.SecretVolume(secret=reference(TEXT), optional=True)),)},
            '    kubernetes.use_secret_as_volume(train_task, secret_name=text, mount_path="/data", '
            "optional=True)",
        ),
        (
            {
                "labels": {"app": "train"},
                "pull_policy": "Always",
                "deadline_seconds": 60,
                "pull_secrets": (SECRET, reference(TEXT)),
            },
            """    kubernetes.add_pod_label(train_task, label_key="app", label_value="train")
    kubernetes.set_image_pull_secrets(train_task, secret_names=["db", text])
    kubernetes.set_image_pull_policy(train_task, policy="Always")
    kubernetes.set_timeout(train_task, seconds=60)""",
        ),
        (
            {
                "node_selector": {"disk": "ssd"},
                "tolerations": (
                    k8s.Toleration(key="gpu", operator="Exists", seconds=0),
                    k8s.Toleration(json=STRUCT),
                ),
                "node_affinity": (AFFINITY,),
            },
            """    kubernetes.add_node_selector(train_task, label_key="disk", label_value="ssd")
    kubernetes.add_toleration(train_task, key="gpu", operator="Exists", toleration_seconds=0)
    kubernetes.add_toleration_json(train_task, toleration_json=struct)
    kubernetes.add_node_affinity(
        train_task,
        match_expressions=[{"key": "disk", "operator": "In", "values": ["ssd"]}],
        weight=7,
    )""",
        ),
    ],
)
def test_each_setting_has_its_function(fields: dict[str, Any], expected: str) -> None:
    text, codes = lines(k8s.Pod(**fields))
    assert text == expected
    assert codes == []
    compiled(text)


def test_settings_without_a_function_are_raw() -> None:
    shared = k8s.EmptyDir(medium="Memory", size_limit="1Gi", is_shared_memory=True)
    one = k8s.Pod(labels={"a": "b"}, mounts=(mount(shared, "/dev/shm", name="shm"),))
    text, codes = lines(one)
    assert codes == ["TR443"]
    assert text == (
        '    kubernetes.add_pod_label(train_task, label_key="a", label_value="b")\n'
        '    train_task.platform_config["kubernetes"].update(\n'
        '        {"enabledSharedMemory": {"size": "1Gi", "volumeName": "shm"}},\n'
        "    )"
    )
    assert compiled(text)["kubernetes"] == executor_settings(one)


def test_settings_of_other_platforms_are_raw() -> None:
    settings = (Setting(name="size", value=[3.0, {"a": 0.5, "b": True}]),)
    pipeline = replace(EMPTY, platforms={"other": Platform(executors={"exec-train": settings})})
    text, codes = lines(k8s.Pod(), pipeline)
    assert text == '    train_task.platform_config["other"] = {"size": [3, {"a": 0.5, "b": True}]}'
    assert codes == ["TR443"]
    assert compiled(text) == {"other": {"size": [3.0, {"a": 0.5, "b": True}]}}


def test_a_raw_setting_cannot_refer_to_a_value() -> None:
    volume = k8s.SecretVolume(secret=reference(TEXT))
    other = Setting(name="defaultMode", value=1)
    for one in (
        k8s.Pod(mounts=(mount(volume, others=(other,)),)),
        k8s.Pod(others=(Setting(name="new", value=[{"componentInputParameter": "text"}]),)),
    ):
        _, codes = lines(one)
        assert codes == ["TR444"]


def test_tasks_that_settings_wait_for() -> None:
    claims = [k8s.Claim(claim=reference(one)) for one in (OUTPUT, TEXT, "data")]
    assert awaited(k8s.Pod(mounts=tuple(map(mount, claims)))) == {"make"}


CONFIGURED = {
    "workspace": {"size": "10Gi", "kubernetes": {"pvcSpecPatch": {"accessModes": ["Once"]}}},
    "resourceTtlOnCompletion": 60,
    "resourceTtlOnSuccess": 50.0,
    "resourceTtlOnFailure": "40",
    "activeDeadlineSeconds": 30,
}


def config_of(**fields: Any) -> tuple[Any, list[Diagnostic]]:
    """The ``pipelineConfig`` that kfp compiles from what is written for one."""
    setting = Setting(name="pipelineConfig", value=fields)
    pipeline = replace(EMPTY, platforms={"kubernetes": Platform(settings=(setting,))})
    found: list[Diagnostic] = []
    config = pipeline_config(pipeline, found)
    if config is None:
        return None, found
    source = f"""
@dsl.pipeline(name="p", pipeline_config={printed(config)})
def pipeline():
    make()
"""
    names = dict(components())
    exec(compile(source, "pipeline.py", "exec", dont_inherit=True), names)
    platforms = json_format.MessageToDict(names["pipeline"].platform_spec)["platforms"]
    return platforms["kubernetes"]["pipelineConfig"], found


def test_settings_of_the_run() -> None:
    made, found = config_of(**CONFIGURED)
    assert found == []
    assert made == CONFIGURED | {"resourceTtlOnSuccess": 50, "resourceTtlOnFailure": 40}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("semaphoreKey", "gpu"),
        ("resourceTtlOnSuccess", -1),
        ("activeDeadlineSeconds", 2**31),
        ("workspace", {"size": "much"}),
        ("workspace", {"size": "1Gi", "kubernetes": {"pvcSpecPatch": {}, "x": 1}}),
    ],
)
def test_settings_of_the_run_that_cannot_be_written(field: str, value: Any) -> None:
    made, found = config_of(**{field: value, "resourceTtlOnCompletion": 60})
    assert made == {"resourceTtlOnCompletion": 60}
    assert [(one.rule.code, one.severity) for one in found] == [("TR440", Severity.WARNING)]
    assert field in found[0].message
