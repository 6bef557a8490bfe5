"""References of a platform's settings: how they are found, handed down, and looked up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from translator.checks.platforms import platforms
from translator.diagnostics import Diagnostic, Origin, Severity
from translator.diagnostics import pipeline as rules
from translator.model import (
    Component,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Items,
    Iterator,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Platform,
    Setting,
    Task,
)
from translator.model.kubernetes import Pod
from translator.passes.handed_down import handed_down
from translator.placeholders import parse_text
from translator.platform_document.reading import pod_of
from translator.platform_document.writing import raw_settings
from translator.platforms import driver_tasks, references, source_of
from translator.records import replace

HERE = Origin("pipeline.yaml", 7, 3, "/platforms")
LIST = Parameter(type=ParameterType.LIST)
MADE = Interface(parameters={"name": LIST})
INPUT: Json = {"componentInputParameter": "which"}
OUTPUT: Json = {"taskOutputParameter": {"producerTask": "make", "outputParameterKey": "name"}}


def pipeline_of(
    value: Json, *levels: str, setting_name: str = "secretAsEnv", **changes: Any
) -> Pipeline:
    """A task with a setting, as many DAGs deep as there are names, beside one that makes a value.

    The pipeline has the input ``which``; the outermost DAG is a loop.
    """
    setting = Setting(name=setting_name, value=value, origin=HERE)
    say = Task(component="comp-say")
    components = {
        "comp-say": Component(body=ExecutorRef(label="exec-say")),
        "comp-make": Component(body=ExecutorRef(label="exec-make"), outputs=MADE),
    }
    for name in levels:
        components[f"comp-{name}"] = Component(body=Dag(tasks={"in": say}))
        say = Task(component=f"comp-{name}")
    if levels:
        say = replace(say, iterator=Iterator(item_input="item", items=Items(values=(1,))))
    tasks = {"top": say, "make": Task(component="comp-make")}
    pipeline = Pipeline(
        name="p",
        root=Component(body=Dag(tasks=tasks), inputs=Interface(parameters={"which": LIST})),
        components=components,
        executors={
            "exec-say": Container(image=parse_text("a:1"), pod=pod_of((setting,))),
            "exec-make": Container(image=parse_text("a:1")),
        },
    )
    return replace(pipeline, **changes)


def as_platform(pipeline: Pipeline) -> Pipeline:
    """The same with the settings where those of importers and other platforms are."""
    say = pipeline.executors["exec-say"]
    assert isinstance(say, Container)
    platform = Platform(executors={"exec-say": raw_settings(say.pod)})
    executors = {**pipeline.executors, "exec-say": replace(say, pod=Pod())}
    return replace(pipeline, executors=executors, platforms={"cloud": platform})


def value_of(pipeline: Pipeline) -> Json:
    if pipeline.platforms:
        return pipeline.platforms["cloud"].executors["exec-say"][0].value
    say = pipeline.executors["exec-say"]
    assert isinstance(say, Container)
    return raw_settings(say.pod)[0].value


def tasks_of(component: Component) -> dict[str, Task]:
    assert isinstance(component.body, Dag)
    return dict(component.body.tasks)


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (INPUT, FromParent(name="which")),
        (OUTPUT, FromTask(task="make", output="name")),
        ({"pvcNameParameter": OUTPUT, **OUTPUT}, FromTask(task="make", output="name")),
        ({"secretNameParameter": {"runtimeValue": {"constant": "s"}}}, Constant(value="s")),
        ({"configMapNameParameter": INPUT, "configMapName": "c"}, FromParent(name="which")),
        ({"secretName": "s"}, None),
        ({"componentInputParameter": ""}, None),
        ({"taskOutputParameter": {"producerTask": 1}}, None),
        ({"secretNameParameter": None}, None),
        ("x", None),
        ([], None),
    ],
)
def test_the_source_of_an_entry(entry: Json, wanted: object) -> None:
    assert source_of(entry) == wanted


@pytest.mark.parametrize(
    "value",
    [
        [{"secretNameParameter": INPUT}],
        {"nodeSelectorJson": INPUT},
        [{"mountPath": "/d", "pvcNameParameter": INPUT, "componentInputParameter": "which"}],
    ],
)
def test_references_are_found_once_wherever_they_stand(value: Json) -> None:
    for pipeline in (pipeline_of(value), as_platform(pipeline_of(value))):
        (one,) = references(pipeline)
        assert (one.source, one.setting, one.origin) == (
            FromParent(name="which"),
            "secretAsEnv",
            HERE,
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secretAsVolume", [{"mountPath": "/d", "secretNameParameter": INPUT}]),
        ("pvcMount", [{"mountPath": "/d", "pvcNameParameter": INPUT}, INPUT]),
        ("nodeSelector", {"labels": {"a": "b"}, "nodeSelectorJson": INPUT}),
        ("tolerations", [{"tolerationJson": INPUT}]),
        ("imagePullSecret", [{"secretNameParameter": INPUT}, {"secretName": "s"}]),
    ],
)
def test_typed_settings_refer_too(name: str, value: Json) -> None:
    pipeline = pipeline_of(value, "inner", setting_name=name)
    say = pipeline.executors["exec-say"]
    assert isinstance(say, Container)
    assert say.pod.others == ()
    (one,) = references(pipeline)
    assert (one.setting, one.source, one.origin) == (name, FromParent(name="which"), HERE)
    after = handed_down(pipeline)
    handed = json.dumps(value).replace('"which"', '"pipelinechannel--which"')
    assert value_of(after) == json.loads(handed)
    assert handed_down(after) is after


@pytest.mark.parametrize(
    "value",
    [
        {"labels": INPUT},
        {"annotations": INPUT},
        [{"tolerationJson": {"runtimeValue": {"constant": INPUT}}}],
    ],
)
def test_data_of_the_author_is_no_reference(value: Json) -> None:
    assert list(references(pipeline_of(value))) == []


class TestHandingDown:
    def test_what_is_there_stays(self) -> None:
        for value in (INPUT, OUTPUT):
            pipeline = pipeline_of(value)
            assert handed_down(pipeline) is pipeline

    @pytest.mark.parametrize(
        ("value", "name", "outside"),
        [
            (INPUT, "pipelinechannel--which", FromParent(name="which")),
            (OUTPUT, "pipelinechannel--make-name", FromTask(task="make", output="name")),
        ],
    )
    @pytest.mark.parametrize("place", [as_platform, lambda pipeline: pipeline])
    def test_through_all_dags(self, value: Json, name: str, outside: object, place: Any) -> None:
        after = handed_down(place(pipeline_of(value, "inner", "outer")))
        assert value_of(after) == {"componentInputParameter": name}
        for component in ("comp-inner", "comp-outer"):
            parameters = after.components[component].inputs.parameters
            assert {n: p.type for n, p in parameters.items()} == {name: ParameterType.LIST}
        assert tasks_of(after.root)["top"].parameters == {name: outside}
        inner = tasks_of(after.components["comp-outer"])["in"]
        assert inner.parameters == {name: FromParent(name=name)}
        assert tasks_of(after.components["comp-inner"])["in"].parameters == {}
        assert after.root.inputs.parameters == {"which": LIST}
        assert handed_down(after) is after
        assert list(platforms(after)) == []

    def test_an_input_that_kfp_has_handed_down_is_used(self) -> None:
        pipeline = pipeline_of(INPUT, "inner")
        known = Interface(parameters={"pipelinechannel--which": LIST})
        inner = replace(pipeline.components["comp-inner"], inputs=known)
        before = replace(pipeline, components={**pipeline.components, "comp-inner": inner})
        after = handed_down(before)
        assert value_of(after) == {"componentInputParameter": "pipelinechannel--which"}
        assert after.components["comp-inner"] == inner
        assert tasks_of(after.root)["top"].parameters == {}

    def test_all_tasks_that_run_a_dag_hand_it_down(self) -> None:
        pipeline = pipeline_of(INPUT, "inner")
        tasks = {**tasks_of(pipeline.root), "again": Task(component="comp-inner")}
        root = replace(pipeline.root, body=Dag(tasks=tasks))
        after = handed_down(replace(pipeline, root=root))
        for name in ("top", "again"):
            given = tasks_of(after.root)[name].parameters
            assert given == {"pipelinechannel--which": FromParent(name="which")}

    def test_the_rest_of_a_setting_stays(self) -> None:
        value: Json = [{"mountPath": "/d", "optional": False, "secretNameParameter": INPUT}, 1]
        after = handed_down(pipeline_of(value, "inner"))
        handed: Json = {"componentInputParameter": "pipelinechannel--which"}
        wanted = [{"mountPath": "/d", "optional": False, "secretNameParameter": handed}, 1]
        assert value_of(after) == wanted


def found(pipeline: Pipeline) -> list[Diagnostic]:
    return list(platforms(pipeline))


class TestFindings:
    def test_an_executor_that_is_not_there(self) -> None:
        setting = Setting(name="x", value=1, origin=HERE)
        platform = Platform(executors={"exec-sya": (setting,)})
        (finding,) = found(pipeline_of(1, platforms={"kubernetes": platform}))
        assert finding.rule is rules.SETTINGS_OF_NOTHING
        assert finding.severity is Severity.WARNING and finding.origin == HERE
        assert finding.facts["meant"] == "exec-say"

    @pytest.mark.parametrize("levels", [(), ("inner",), ("inner", "outer")])
    def test_an_input_that_is_not_there(self, levels: tuple[str, ...]) -> None:
        (finding,) = found(pipeline_of({"componentInputParameter": "whihc"}, *levels))
        assert finding.rule is rules.SETTING_INPUT and finding.severity is Severity.ERROR
        assert finding.facts["component"] == (f"comp-{levels[0]}" if levels else "root")
        assert finding.facts["task"] == ("in" if levels else "top")
        assert finding.origin == HERE

    def test_a_task_that_is_not_there(self) -> None:
        value: Json = {"taskOutputParameter": {"producerTask": "amke", "outputParameterKey": "o"}}
        (finding,) = found(pipeline_of(value, "inner"))
        assert finding.rule is rules.SETTING_OUTPUT
        assert "no such task" in finding.message

    @pytest.mark.parametrize("levels", [(), ("inner",)])
    def test_an_output_that_is_not_there(self, levels: tuple[str, ...]) -> None:
        value: Json = {"taskOutputParameter": {"producerTask": "make", "outputParameterKey": "o"}}
        (finding,) = found(pipeline_of(value, *levels))
        assert finding.rule is rules.SETTING_OUTPUT
        assert "no such output" in finding.message

    def test_one_executor_for_tasks_that_would_need_different_names(self) -> None:
        pipeline = pipeline_of(INPUT, "inner")
        tasks = {**tasks_of(pipeline.root), "direct": Task(component="comp-say")}
        (finding,) = found(replace(pipeline, root=replace(pipeline.root, body=Dag(tasks=tasks))))
        assert finding.rule is rules.SETTING_INPUT
        assert finding.facts["component"] == "comp-inner"

    def test_executors_that_no_task_runs_refer_to_nothing(self) -> None:
        pipeline = pipeline_of({"componentInputParameter": "gone"})
        assert found(replace(pipeline, root=Component(body=Dag(tasks={})))) == []

    def test_a_dag_that_contains_itself(self) -> None:
        pipeline = pipeline_of({"componentInputParameter": "gone"}, "inner")
        tasks = {**tasks_of(pipeline.components["comp-inner"]), "me": Task(component="comp-inner")}
        inner = Component(body=Dag(tasks=tasks))
        again = replace(pipeline, components={**pipeline.components, "comp-inner": inner})
        assert [finding.rule for finding in found(again)] == [rules.SETTING_INPUT]


def test_only_the_exact_images_are_the_drivers() -> None:
    for image, wanted in (
        ("argostub/createpvc", {("root", "top"): "creates"}),
        ("argostub/deletepvc", {("root", "top"): "deletes"}),
        ("argostub/createpvc:1", {}),
        ("x/argostub/createpvc", {}),
    ):
        executors = {"exec-say": Container(image=parse_text(image))}
        assert driver_tasks(pipeline_of(1, executors=executors)) == wanted
