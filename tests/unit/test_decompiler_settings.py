"""The settings of tasks → methods of ``PipelineTask`` → kfp's compiler → the same settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st
from kfp import dsl

from translator.decompiler.amounts import cpu_text, memory_text
from translator.decompiler.layout import Chain, Code, call, printed
from translator.decompiler.settings import Owner
from translator.decompiler.settings import settings as calls_of
from translator.model import (
    UNSET,
    Accelerator,
    Amount,
    Caching,
    Component,
    Constant,
    Container,
    EnvVariable,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Resources,
    Retry,
    Strategy,
    Task,
    Trigger,
)
from translator.placeholders import Text, parse_text
from translator.quantities import cores, gigabytes
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.layout import Expression
    from translator.diagnostics import Diagnostic
    from translator.model import Executor, InputSource

COMPONENT = Component(body=ExecutorRef(label="exec-train"))
TASK = Task(component="comp-train", caching=Caching(enabled=True))
CONTAINER = Container(image=parse_text("train"), command=(parse_text("train"),))


def channel(source: FromParent | FromTask) -> Expression:
    return Code(text=source.name if isinstance(source, FromParent) else source.task)


#: A text in which kfp finds a value of the pipeline.
CHANNEL = "{{channel:task=;name=size;type=String;}}"


def chained(
    task: Task = TASK, executor: Executor | None = CONTAINER, *, is_exit: bool = False
) -> tuple[str, list[str]]:
    """The calls behind ``train()``, and the messages."""
    found: list[Diagnostic] = []
    owner = Owner("train", task, COMPONENT, executor, channel, found)
    chain = calls_of(owner, default_name="train", is_exit=is_exit)
    made = call("train")
    text = printed(Chain(first=made, calls=chain)) if chain else "train()"
    return text, [str(finding) for finding in found]


def compiled(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The task and its container, as kfp compiles them."""
    source = f"""
@dsl.container_component
def train():
    return dsl.ContainerSpec(image="train", command=["train"])

@dsl.pipeline(name="p")
def pipeline(size: str = "1"):
    task = {text.replace(chr(10), chr(10) + "    ")}
"""
    names: dict[str, Any] = {"dsl": dsl}
    exec(compile(source, "pipeline.py", "exec", dont_inherit=True), names)
    spec = json_format.MessageToDict(names["pipeline"].pipeline_spec)
    executor = spec["deploymentSpec"]["executors"]["exec-train"]["container"]
    return spec["root"]["dag"]["tasks"]["train"], executor


def test_defaults_are_left_out() -> None:
    assert chained() == ("train()", [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"display_name": "train"}, "train()"),
        ({"display_name": "Train it"}, 'train().set_display_name("Train it")'),
        ({"caching": None}, "train().set_caching_options(False)"),
        ({"caching": Caching()}, "train().set_caching_options(False)"),
        (
            {"caching": Caching(enabled=True, key="k")},
            'train().set_caching_options(True, cache_key="k")',
        ),
        ({"retry": Retry()}, "train().set_retry(num_retries=0)"),
        (
            {"retry": Retry(max_retries=3, backoff_seconds=0, backoff_factor=2.0)},
            "train().set_retry(num_retries=3)",
        ),
        (
            {"retry": Retry(max_retries=3, backoff_seconds=30, max_backoff_seconds=60)},
            'train().set_retry(num_retries=3, backoff_duration="30s", backoff_max_duration="60s")',
        ),
        (
            {"trigger": Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)},
            "train().ignore_upstream_failure()",
        ),
    ],
)
def test_settings_of_tasks(changes: Mapping[str, Any], expected: str) -> None:
    assert chained(replace(TASK, **changes)) == (expected, [])


def test_exit_tasks_ignore_failures_anyway() -> None:
    task = replace(TASK, trigger=Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED))
    assert chained(task, is_exit=True) == ("train()", [])


AFTER = Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)
TEXT = Parameter(type=ParameterType.STRING)


@pytest.mark.parametrize(
    ("parameter", "source", "refused"),
    [
        (TEXT, FromTask(task="make", output="x"), True),
        (replace(TEXT, optional=True), FromTask(task="make", output="x"), False),
        (replace(TEXT, default="a"), FromTask(task="make", output="x"), False),
        (replace(TEXT, default="a", optional=True), None, False),
        (replace(TEXT, optional=True), None, True),
        (TEXT, FromParent(name="size"), False),
        (TEXT, Constant(value="a"), False),
    ],
)
def test_what_kfp_refuses_after_failures(
    parameter: Parameter, source: InputSource | None, refused: bool
) -> None:
    component = replace(COMPONENT, inputs=Interface(parameters={"x": parameter}))
    values = {} if source is None else {"x": source}
    task = replace(TASK, trigger=AFTER, parameters=values)
    found: list[Diagnostic] = []
    owner = Owner("train", task, component, CONTAINER, channel, found)
    (made,) = calls_of(owner, default_name="train")
    assert printed(made) == ".ignore_upstream_failure()"
    assert [one.rule.code for one in found] == ["TR446"] * refused
    # kfp agrees, if pipeline.py writes the default of an input.
    argument = {FromTask: "make_task.output", FromParent: "size", Constant: '"a"'}
    given = argument[type(source)] if source else repr(parameter.default)
    given = "" if given == "<Unset.UNSET: 'unset'>" else f"x={given}"
    optional = parameter.optional or parameter.default is not UNSET
    source_text = f"""
@dsl.container_component
def make(y: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="make", command=["make", y])

@dsl.container_component
def train(x: str{" = None" if optional else ""}):
    return dsl.ContainerSpec(image="train", command=["train"])

@dsl.pipeline(name="p")
def pipeline(size: str):
    make_task = make()
    train({given}).after(make_task).ignore_upstream_failure()
"""
    compiles = True
    try:
        code = compile(source_text, "pipeline.py", "exec", dont_inherit=True)
        exec(code, {"dsl": dsl})
    except (KeyError, ValueError):
        compiles = False
    assert compiles is not refused


def test_a_pipeline_in_the_pipeline_has_no_caching_of_its_own() -> None:
    assert chained(replace(TASK, caching=None), None) == ("train()", [])


def test_seconds_are_whole() -> None:
    text, messages = chained(replace(TASK, retry=Retry(max_retries=1, backoff_seconds=0.5)))
    assert text == 'train().set_retry(num_retries=1, backoff_duration="1s")'
    assert messages == [
        "warning[TR442]: backoff duration of task `train`, 0.5 s, is 1 s in pipeline.py: kfp has "
        "whole seconds"
    ]


def container(**changes: Any) -> Container:
    return replace(CONTAINER, **changes)


def amount(text: str | None = None, number: float | None = None) -> Amount:
    return Amount(text=None if text is None else parse_text(text), number=number)


def test_resources_and_environment() -> None:
    resources = Resources(
        cpu_limit=amount("500m", 0.5),
        memory_request=amount(None, 16.0),
        memory_limit=amount("4Gi"),
        accelerator=Accelerator(type=parse_text("NVIDIA_TESLA_T4"), count=parse_text("2")),
    )
    env = tuple(
        EnvVariable(name=name, value=parse_text(value))
        for name, value in [("A", "0"), ("B", "{{$.pipeline_job_name}}"), ("A", "1")]
    )
    text, messages = chained(executor=container(resources=resources, env=env))
    assert messages == []
    _, made = compiled(text)
    assert made["env"] == [
        {"name": "B", "value": "{{$.pipeline_job_name}}"},
        {"name": "A", "value": "1"},
    ]
    assert made["resources"] == {
        "cpuLimit": 0.5,
        "resourceCpuLimit": "500m",
        "memoryRequest": 16.0,
        "resourceMemoryRequest": "16G",
        "memoryLimit": 4.294967296,
        "resourceMemoryLimit": "4Gi",
        "accelerator": {
            "type": "NVIDIA_TESLA_T4",
            "count": "2",
            "resourceType": "NVIDIA_TESLA_T4",
            "resourceCount": "2",
        },
    }


def test_values_of_the_pipeline() -> None:
    given = Text(parse_text("{{$.inputs.parameters['pipelinechannel--size']}}").parts)
    constant = parse_text("{{$.inputs.parameters['image']}}")
    task = replace(
        TASK,
        parameters={
            "pipelinechannel--size": FromParent(name="size"),
            "image": Constant(value="{{$.inputs.parameters['pipelinechannel--size']}}"),
            "memory": Constant(value="4Gi"),
        },
    )
    resources = Resources(
        cpu_limit=Amount(text=given),
        memory_limit=amount("{{$.inputs.parameters['memory']}}"),
        accelerator=Accelerator(type=given, count=given),
    )
    text, messages = chained(task, container(resources=resources, image=constant))
    assert messages == []
    assert text.split("\n    ") == [
        "(",
        "train()",
        ".set_container_image(size)",
        ".set_cpu_limit(size)",
        '.set_memory_limit("4Gi")',
        ".set_accelerator_type(size)",
        ".set_accelerator_limit(size)\n)",
    ]
    _, made = compiled(text)
    channel_text = "{{$.inputs.parameters['pipelinechannel--size']}}"
    assert made["image"] == channel_text
    assert made["resources"]["resourceCpuLimit"] == channel_text
    assert made["resources"]["resourceMemoryLimit"] == "4Gi"


@pytest.mark.parametrize(
    ("resources", "code"),
    [
        (Resources(cpu_limit=amount("{{$.inputs.parameters['x']}}m")), "TR440"),
        (Resources(cpu_limit=amount("{{$.inputs.parameters['absent']}}")), "TR440"),
        (Resources(memory_limit=amount("much")), "TR440"),
        (Resources(memory_limit=amount("1.5Gi")), "TR441"),
        (Resources(memory_limit=amount("4Gi", 4.0)), "TR442"),
        (Resources(accelerator=Accelerator(type=parse_text("T4"))), "TR442"),
        (Resources(accelerator=Accelerator(count=parse_text("few"))), "TR440"),
        (Resources(accelerator=Accelerator(type=parse_text("a{{$.x}}"))), "TR440"),
    ],
)
def test_what_kfp_does_not_accept_is_reported(resources: Resources, code: str) -> None:
    text, messages = chained(executor=container(resources=resources))
    assert [message.partition("]")[0].partition("[")[2] for message in messages] == [code]
    compiled(text)  # kfp accepts the rest


UNITS = st.sampled_from(["", "m", "k", "K", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi"])
NUMBERS = st.integers(0, 10**6).map(str) | st.decimals(0, 999, places=3).map(str)
EXPONENTS = st.sampled_from(["", "", "e3", "E-2"])
QUANTITIES = st.tuples(NUMBERS, EXPONENTS, UNITS).map("".join)


@settings(deadline=None)
@given(QUANTITIES, QUANTITIES)
def test_every_amount_compiles_to_the_same_amount(cpu: str, memory: str) -> None:
    if cpu[-1].isalpha():  # cores have no other unit
        cpu = cpu.rstrip("kKMGTPEi") or "1"
    resources = Resources(cpu_limit=amount(cpu), memory_limit=amount(memory))
    text, _ = chained(executor=container(resources=resources))
    _, made = compiled(text)
    assert made["resources"].get("cpuLimit", 0) == pytest.approx(cores(cpu))
    # Fractions of a byte are rounded up.
    got = made["resources"].get("memoryLimit", 0)
    assert got == pytest.approx(gigabytes(memory), rel=1e-9, abs=1e-9)


@given(st.floats(0, 10**6), st.integers(0, 2**60))
def test_older_numbers_become_texts_of_the_same_number(cpu: float, size: int) -> None:
    cpu_form, memory_form = cpu_text(None, cpu), memory_text(None, size / 10**9)
    assert cpu_form is not None
    assert memory_form is not None
    assert cores(cpu_form) == cpu
    assert gigabytes(memory_form) == pytest.approx(size / 10**9, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "executor",
    [
        Container(image=parse_text(f"python {CHANNEL}")),
        Container(
            image=parse_text("python"),
            resources=Resources(accelerator=Accelerator(type=parse_text(CHANNEL))),
        ),
    ],
)
def test_texts_that_kfp_would_read_as_values_are_reported(executor: Container) -> None:
    _, (found, *_) = chained(executor=executor)
    assert "TR440" in found
