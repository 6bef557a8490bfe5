"""Tasks that the user leaves out, of files of both formats."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

import translator
from tests.unit import argo_files, kfp_files
from translator.api import bundled, target
from translator.checks.references import references
from translator.decisions import Decided, Decisions
from translator.diagnostics import Origin, Severity
from translator.diagnostics import decisions as rules
from translator.model import (
    Component,
    Container,
    Dag,
    DagOutput,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    Interface,
    Iterator,
    Parameter,
    ParameterType,
    Pipeline,
    Platform,
    Setting,
    Strategy,
    Task,
    Trigger,
)
from translator.model.expressions import Comparison, Input, String
from translator.passes.dropped_tasks import dropped_tasks
from translator.passes.task_names import shown_names
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex.passes.needs import cluster_tasks

HERE = Origin("pipeline.yaml", 7, 3, "/root")
STRING = Parameter(type=ParameterType.STRING)


def pipeline(root: dict[str, Task], /, **dags: dict[str, Task]) -> Pipeline:
    """Tasks of the root, and those of the components ``comp-NAME``; ``comp-say`` is a container."""
    say = Component(
        body=ExecutorRef(label="exec-say"),
        inputs=Interface(parameters={"text": STRING}),
        outputs=Interface(parameters={"out": STRING}),
    )
    inner = {f"comp-{name}": Component(body=Dag(tasks=tasks)) for name, tasks in dags.items()}
    return Pipeline(
        name="p",
        root=Component(body=Dag(tasks=root)),
        components={"comp-say": say, **inner},
        executors={"exec-say": Container(image=parse_text("python:3.11"))},
        origin=HERE,
    )


def task(*after: str, component: str = "comp-say", **fields: Any) -> Task:
    return Task(component=component, depends_on=after, origin=HERE, **fields)


def taking(name: str) -> Task:
    """A task that takes the output of another one."""
    return task(parameters={"text": FromTask(task=name, output="out")})


def drop(given: Pipeline, *names: str) -> Decided:
    return dropped_tasks(given, Decisions(dropped_tasks=names))


def dropped(given: Pipeline, *names: str) -> Pipeline:
    """The pipeline without the tasks, about which there are notes only."""
    done = drop(given, *names)
    assert {one.rule for one in done.findings} == {rules.DECIDED}, done.findings
    assert done.used == {("dropped_tasks", name) for name in names}
    assert [one for one in references(done.pipeline) if one.severity is Severity.ERROR] == []
    return done.pipeline


def messages(given: Pipeline, *names: str) -> list[str]:
    """The errors; the pipeline is then unchanged."""
    done = drop(given, *names)
    assert done.pipeline is given
    assert {one.severity for one in done.findings} == {Severity.ERROR}
    return [f"{one.rule.code}: {one.message}" for one in done.findings]


def tasks(given: Pipeline, component: str = "root") -> dict[str, Task]:
    return dict(argo_files.tasks(given, component))


def test_without_decisions_it_is_the_same_pipeline() -> None:
    given = pipeline({"a": task()})
    assert drop(given) == Decided(given)


class TestOrder:
    def test_a_task_waits_for_what_the_dropped_one_waited_for(self) -> None:
        given = pipeline({"a": task(), "b": task("a"), "c": task("b"), "d": task("b", "a")})
        left = dropped(given, "b")
        waits = {name: one.depends_on for name, one in tasks(left).items()}
        assert waits == {"a": (), "c": ("a",), "d": ("a",)}

    def test_over_several_dropped_ones(self) -> None:
        given = pipeline({"a": task(), "b": task("a"), "c": task("b"), "d": task("c")})
        assert tasks(dropped(given, "c", "b"))["d"].depends_on == ("a",)

    def test_a_producer_is_waited_for_too(self) -> None:
        given = pipeline({"a": task(), "b": taking("a"), "c": task("b")})
        assert tasks(dropped(given, "b"))["c"].depends_on == ("a",)

    def test_a_strategy_without_tasks_before_it_goes(self) -> None:
        always = Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)
        given = pipeline({"a": task(), "b": task("a", trigger=always), "c": task()})
        assert tasks(dropped(given, "a"))["b"] == task()

    def test_a_strategy_with_tasks_before_it_stays(self) -> None:
        always = Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)
        given = pipeline({"a": task(), "b": task("a"), "c": task("b", trigger=always)})
        assert tasks(dropped(given, "b"))["c"] == task("a", trigger=always)

    @pytest.mark.parametrize(
        "trigger",
        [
            Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED),
            Trigger(
                condition=Comparison(left=Input(name="t"), operator="==", right=String(value="x"))
            ),
        ],
        ids=["strategy", "condition"],
    )
    def test_one_that_decides_whether_others_run(self, trigger: Trigger) -> None:
        decides = task("a", trigger=trigger)
        given = pipeline({"a": task(), "b": decides, "c": task("b"), "d": task("c")})
        told = "whether it runs decides whether `d` runs, which waits for it"
        assert messages(given, "b", "c") == [f"TR377: task `b` cannot be left out: {told}"]
        always = Trigger(strategy=Strategy.ALL_UPSTREAM_TASKS_COMPLETED)
        given = pipeline({"a": task(), "b": decides, "c": task("b", trigger=always)})
        assert tasks(dropped(given, "b"))["c"].depends_on == ("a",)


class TestUsers:
    @pytest.mark.parametrize(
        ("user", "told"),
        [
            (taking("a"), "`b` uses"),
            (task(artifacts={"file": FromTask(task="a", output="out")}), "`b` uses"),
            (task("a", parameters={"status": FinalStatus(task="a")}), "`b` uses"),
            (
                replace(
                    taking("a"),
                    trigger=Trigger(
                        condition=Comparison(
                            left=Input(name="text"), operator="==", right=String(value="x")
                        )
                    ),
                ),
                "the condition of `b` uses",
            ),
            (
                replace(
                    taking("a"),
                    iterator=Iterator(item_input="item", items=FromParent(name="text")),
                ),
                "the loop `b` uses",
            ),
        ],
        ids=["parameter", "artifact", "final status", "condition", "loop"],
    )
    def test_of_a_task(self, user: Task, told: str) -> None:
        given = pipeline({"a": task(), "b": user})
        assert messages(given, "a") == [f"TR377: task `a` cannot be left out: {told} its outputs"]

    def test_several(self) -> None:
        given = pipeline({"a": task(), "b": taking("a"), "c": taking("a")})
        assert messages(given, "a") == [
            "TR377: task `a` cannot be left out: `b`, `c` use its outputs"
        ]

    @pytest.mark.parametrize("kind", ["parameter_outputs", "artifact_outputs"])
    def test_an_output_of_a_dag(self, kind: str) -> None:
        given = pipeline({"in": task(component="comp-in")}, **{"in": {"a": task(), "b": task()}})
        output = {"o": DagOutput(sources=(FromTask(task="a", output="out"),))}
        body = replace(given.components["comp-in"].body, **{kind: output})
        inner = replace(given.components["comp-in"], body=body)
        given = replace(given, components={**given.components, "comp-in": inner})
        assert messages(given, "a") == [
            "TR377: task `a` cannot be left out: the outputs of `in` uses its outputs"
        ]

    def test_a_setting(self) -> None:
        given = pipeline({"a": task(), "b": task(component="comp-mount")})
        mount = Component(body=ExecutorRef(label="exec-mount"))
        output = {"producerTask": "a", "outputParameterKey": "out"}
        value: Any = [{"mountPath": "/d", "taskOutputParameter": output}]
        settings = {"exec-mount": (Setting(name="pvcMount", value=value),)}
        given = replace(
            given,
            components={**given.components, "comp-mount": mount},
            executors={**given.executors, "exec-mount": given.executors["exec-say"]},
            platforms={"kubernetes": Platform(executors=settings)},
        )
        told = "a Kubernetes setting of `b` uses its outputs"
        assert messages(given, "a") == [f"TR377: task `a` cannot be left out: {told}"]
        assert dropped(given, "b").platforms["kubernetes"].executors == {}

    def test_one_that_goes_too_is_none(self) -> None:
        given = pipeline({"a": task(), "b": taking("a"), "c": task("b")})
        assert tasks(dropped(given, "a", "b")) == {"c": task()}

    def test_a_whole_pipeline(self) -> None:
        given = pipeline({"a": task()})
        assert messages(given, "a") == [
            "TR377: task `a` cannot be left out: the pipeline would have no tasks"
        ]


class TestDags:
    def test_one_without_tasks_goes_too(self) -> None:
        given = pipeline(
            {"a": task(), "in": task("a", component="comp-in"), "z": task("in")},
            **{"in": {"b": task()}},
        )
        done = drop(given, "b")
        assert [one.message for one in done.findings] == [
            "task `b` is left out, as decided by `--drop-task b`",
            "DAG `in`, in which no task is left, is left out, as decided by `--drop-task b`",
        ]
        assert tasks(done.pipeline) == {"a": task(), "z": task("a")}
        assert set(done.pipeline.components) == {"comp-say"}

    def test_what_is_not_run_any_more_goes_too(self) -> None:
        given = pipeline({"a": task(), "in": task(component="comp-in")}, **{"in": {"b": task()}})
        other = Component(body=ExecutorRef(label="exec-other"))
        unused = Component(body=ExecutorRef(label="exec-unused"))
        image = given.executors["exec-say"]
        inner = Component(body=Dag(tasks={"b": task(component="comp-other")}))
        given = replace(
            given,
            components={
                **given.components,
                "comp-in": inner,
                "comp-other": other,
                "comp-unused": unused,
            },
            executors={**given.executors, "exec-other": image, "exec-unused": image},
        )
        left = dropped(given, "in")
        assert set(left.components) == {"comp-say", "comp-unused"}
        assert set(left.executors) == {"exec-say", "exec-unused"}

    def test_a_dag_of_several_tasks(self) -> None:
        given = pipeline(
            {"one": task(component="comp-in"), "two": task(component="comp-in")},
            **{"in": {"a": task(), "b": task("a"), "c": task("b")}},
        )
        assert tasks(dropped(given, "b"), "comp-in") == {"a": task(), "c": task("a")}


class TestNames:
    GIVEN = pipeline(
        {"a": task(), "in": task(component="comp-in"), "out": task(component="comp-out")},
        **{"in": {"a": task(), "b": task()}, "out": {"b": task(), "c": task()}},
    )

    def test_shortest_ones(self) -> None:
        assert list(shown_names(self.GIVEN).values()) == [
            *("root/a", "in", "out", "in/a", "in/b", "out/b", "c")
        ]

    @pytest.mark.parametrize("name", ["in/b", "comp-in/b"])
    def test_in_a_component(self, name: str) -> None:
        left = dropped(self.GIVEN, name)
        assert list(tasks(left, "comp-in")) == ["a"]
        assert list(tasks(left, "comp-out")) == ["b", "c"]

    def test_one_of_several(self) -> None:
        (told,) = drop(self.GIVEN, "b").findings
        assert told.message == "`--drop-task b` is the name of several tasks"
        assert told.help.startswith("use `in/b` or `out/b`;")

    def test_unknown(self) -> None:
        (told,) = drop(self.GIVEN, "utt").findings
        assert told.rule.code == "TR378"
        assert told.message == "`--drop-task utt` is not the name of a task"
        assert "did you mean `out`?" in told.help
        assert drop(self.GIVEN, "utt").used == frozenset()

    def test_of_a_pipeline_without_tasks(self) -> None:
        (told,) = drop(pipeline({}), "utt").findings
        assert told.rule.code == "TR378"

    def test_the_outer_one_of_a_condition(self) -> None:
        """The reader of KFP v1 puts a conditional task into a DAG of the same name."""
        given = pipeline(
            {"a": task(), "b": task(component="comp-b-optional")}, **{"b-optional": {"b": task()}}
        )
        assert set(tasks(dropped(given, "b"))) == {"a"}


class TestFiles:
    def test_kfp_v1(self) -> None:
        text = argo_files.workflow(
            "[{name: make, template: make}, "
            "{name: work, template: work, dependencies: [make]}, "
            "{name: other, template: work, dependencies: [work]}]"
        )
        left = dropped(argo_files.read(text), "work")
        assert tasks(left)["other"].depends_on == ("make",)

    def test_an_adapter_goes_with_its_task(self) -> None:
        """``bare`` has no command, so that an adapter writes the file that it reads."""
        text = argo_files.workflow(
            "[{name: make, template: make}, {name: work, template: work}, "
            "{name: bare, template: bare, arguments: {artifacts: [{name: f, raw: {data: x}}]}}]",
            "[{name: bare, inputs: {artifacts: [{name: f, path: /f}]}, "
            "container: {image: a, args: [/f]}}]",
        )
        given = argo_files.read(text)
        assert [name for name in tasks(given) if name not in ("make", "work", "bare")]
        assert set(tasks(dropped(given, "bare"))) == {"make", "work"}

    def test_kfp_v2(self) -> None:
        tasks_ = {"a": kfp_files.task(), "b": kfp_files.task(dependentTasks=["a"])}
        given = kfp_files.read(kfp_files.spec(root={"dag": {"tasks": tasks_}}))
        assert tasks(dropped(given, "a")) == {"b": replace(tasks(given)["b"], depends_on=())}

    @pytest.mark.parametrize("to", ["vertex", "kubeflow"])
    def test_for_a_target(self, to: str) -> None:
        tasks_ = {"a": kfp_files.task(), "b": kfp_files.task(dependentTasks=["a"])}
        given = kfp_files.read(kfp_files.spec(root={"dag": {"tasks": tasks_}}))
        options = target(given, to).options(decisions=Decisions(dropped_tasks=("a",)))
        found = translator.check(given, to, options)
        assert "TR376" in {one.rule.code for one in found}
        written = yaml.safe_load(translator.render(given, to, options)["pipeline.yaml"])
        assert list(written["root"]["dag"]["tasks"]) == ["b"]

    def test_the_report(self) -> None:
        given = translator.load_text(
            argo_files.workflow("[{name: work, template: work}, {name: other, template: work}]")
        )
        options = target(given, "vertex").options(decisions=Decisions(dropped_tasks=("work",)))
        found = translator.check(given, "vertex", options)
        page = bundled(given, found, "vertex", options, file="a.yaml").files["REPORT.md"]
        notes, _, listed = page.partition("## Tasks")
        assert "task `work` is left out" in notes
        assert "| root | other |" in listed and "| work |" not in listed

    def test_a_workflow_that_kubeflow_runs_as_it_is(self) -> None:
        given = translator.load_text(
            argo_files.workflow("[{name: work, template: work}, {name: other, template: work}]")
        )
        options = target(given, "kubeflow").options(decisions=Decisions(dropped_tasks=("work",)))
        errors = [
            one
            for one in translator.check(given, "kubeflow", options)
            if one.severity is Severity.ERROR
        ]
        assert [one.rule.code for one in errors] == ["TR381"]
        assert "`--drop-task`" in errors[0].message and "`--upgrade`" in errors[0].help


class TestNeeds:
    GIVEN = argo_files.workflow(
        "[{name: make, template: make}, {name: serve, template: serve, dependencies: [make]}]",
        "[{name: serve, container: {image: a, command: [kubectl, apply]}}]",
    )

    @pytest.mark.parametrize(("names", "value"), [((), ""), (("serve",), "true")])
    def test_of_a_task_that_uses_the_cluster(self, names: tuple[str, ...], value: str) -> None:
        given = argo_files.read(self.GIVEN)
        (need,) = cluster_tasks(given, Decisions(dropped_tasks=names)).needs
        assert (need.kind, need.key, need.value) == ("dropped_tasks", "serve", value)
        assert "kubectl" in need.why and need.origins == (tasks(given)["serve"].origin,)

    def test_none_of_a_task_whose_output_is_used(self) -> None:
        given = argo_files.workflow(
            f"[{{name: make, template: make}}, {argo_files.TAKES_VALUE}]",
            "[{name: make, container: {image: a, command: "
            "[sh, -c, 'kubectl > /tmp/outputs/out/data']}, outputs: {parameters: "
            "[{name: make-out, valueFrom: {path: /tmp/outputs/out/data}}]}}]",
        )
        assert cluster_tasks(argo_files.read(given), Decisions()).needs == ()

    def test_of_a_task_that_creates_an_object(self) -> None:
        manifest = "apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {name: j}\n"
        resource = {"name": "job", "resource": {"action": "create", "manifest": manifest}}
        text = argo_files.workflow(
            "[{name: make, template: make}, {name: job, template: job}]", json.dumps([resource])
        )
        (need,) = cluster_tasks(argo_files.read(text), Decisions()).needs
        assert need.key == "job" and "`TFJob`" in need.why
