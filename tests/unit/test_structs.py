"""``IfPresent`` and ``Concat`` come to the same arguments as in kfp."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kfp.local.placeholder_utils import flatten_list, resolve_struct_placeholders

from translator.diagnostics import vertex as rules
from translator.model import (
    Component,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FromParent,
    InputSource,
    Interface,
    Items,
    Iterator,
    Parameter,
    ParameterType,
    Pipeline,
    Submission,
    Task,
)
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex.checks.unresolved_structs import unresolved_structs
from translator.targets.vertex.structs import unresolved, with_resolved_structs

NAMES = ("a", "b", "c")
TEXT = st.sampled_from(["x", "--y", "", "{{$.inputs.parameters['a']}}", "q\"'\\ z"])


def condition(then: Any) -> st.SearchStrategy[Any]:
    known = {"InputName": st.sampled_from(NAMES), "Then": then}
    both = st.fixed_dictionaries({**known, "Else": then})
    return st.one_of(st.fixed_dictionaries(known), both).map(lambda body: {"IfPresent": body})


#: One word or none: what may stand in a Concat.
SINGLE = st.recursive(
    TEXT,
    lambda inner: st.one_of(
        condition(inner), st.lists(inner, min_size=1, max_size=3).map(lambda x: {"Concat": x})
    ),
    max_leaves=6,
)
STRUCT = st.one_of(
    condition(st.one_of(SINGLE, st.lists(SINGLE, min_size=1, max_size=3))),
    st.lists(SINGLE, min_size=1, max_size=4).map(lambda items: {"Concat": items}),
)


def pipeline_of(word: str, present: set[str], **changes: Any) -> Pipeline:
    parameter = Parameter(type=ParameterType.STRING, optional=True)
    component = Component(
        body=ExecutorRef(label="exec-say"),
        inputs=Interface(parameters=dict.fromkeys(NAMES, parameter)),
    )
    values: dict[str, InputSource] = {name: Constant(value="v") for name in sorted(present)}
    say = Task(component="comp-say", parameters=values)
    container = Container(image=parse_text("alpine:3.20"), command=(parse_text(word),))
    pipeline = Pipeline(
        name="p",
        root=Component(body=Dag(tasks={"say": say})),
        components={"comp-say": component},
        executors={"exec-say": container},
    )
    return replace(pipeline, **changes)


def command(pipeline: Pipeline, label: str = "exec-say") -> list[str]:
    executor = pipeline.executors[label]
    assert isinstance(executor, Container)
    return [str(word) for word in executor.command]


@settings(max_examples=300, deadline=None)
@given(STRUCT, st.sets(st.sampled_from(NAMES)))
def test_the_arguments_are_those_of_kfp(struct: Any, present: set[str]) -> None:
    word = json.dumps(struct)
    pipeline = pipeline_of(word, present)
    resolved = resolve_struct_placeholders(word, sorted(present))
    assert command(with_resolved_structs(pipeline)) == flatten_list([resolved])
    assert list(unresolved(pipeline)) == []


IF_A = '{"IfPresent": {"InputName": "a", "Then": ["yes"], "Else": ["no"]}}'


@pytest.mark.parametrize(
    "word",
    [
        '{"IfPresent": {"InputName": "a"}, "Concat": []}',
        '{"IfPresent": ["a"]}',
        '{"IfPresent": {"InputName": 1, "Then": "x"}}',
        '{"Concat": "x"}',
        '{"Concat": [1]}',
        '{"Concat": [["a", "b"]]}',
        '{"Concat": [{"IfPresent": {"InputName": "a", "Then": ["x", "y"]}}]}',
        '{"IfPresent": {"InputName": "a", "Then": 5}}',
        '{"Concat": [{"Join": ["a"]}]}',
        '{"Concat": ["a"',
        '{"Concatenate": ["a"]}',
        'x{"Concat": ["a"]}',
        '{"Concat": ' + '[{"Concat": ' * 2000,
    ],
)
def test_what_kfp_does_not_write_stays(word: str) -> None:
    pipeline = pipeline_of(word, {"a"})
    assert command(with_resolved_structs(pipeline)) == [word]


class TestPresent:
    """Whether an input has a value, as far as the file says."""

    @pytest.mark.parametrize(
        ("parameter", "wanted"),
        [
            (Parameter(type=ParameterType.STRING), "yes"),
            (Parameter(type=ParameterType.STRING, default="d", optional=True), "yes"),
            (Parameter(type=ParameterType.STRING, default=None, optional=True), None),
            (Parameter(type=ParameterType.STRING, optional=True), None),
        ],
    )
    def test_an_input_of_the_pipeline(self, parameter: Parameter, wanted: str | None) -> None:
        inputs = Interface(parameters={"x": parameter})
        say = Task(component="comp-say", parameters={"a": FromParent(name="x")})
        root = Component(body=Dag(tasks={"say": say}), inputs=inputs)
        pipeline = pipeline_of(IF_A, set(), root=root)
        assert command(with_resolved_structs(pipeline)) == [wanted or IF_A]
        assert [one.name for one in unresolved(pipeline)] == ([] if wanted else ["a"])
        given = replace(pipeline, submission=Submission(arguments={"x": "v"}))
        assert command(with_resolved_structs(given)) == ["yes"]

    def test_an_item_of_a_loop(self) -> None:
        loop = Iterator(item_input="a", items=Items(values=(1,)))
        root = Component(body=Dag(tasks={"say": Task(component="comp-say", iterator=loop)}))
        assert command(with_resolved_structs(pipeline_of(IF_A, set(), root=root))) == ["yes"]

    def test_a_component_that_no_task_runs(self) -> None:
        pipeline = pipeline_of(IF_A, set(), root=Component(body=Dag(tasks={})))
        assert command(with_resolved_structs(pipeline)) == [IF_A]
        assert list(unresolved(pipeline)) == []

    def test_an_input_that_the_component_does_not_have(self) -> None:
        word = IF_A.replace('"a"', '"other"')
        assert command(with_resolved_structs(pipeline_of(word, set()))) == ["no"]


class TestSplitting:
    """Tasks for which the arguments differ get components of their own."""

    def pipeline(self) -> Pipeline:
        pipeline = pipeline_of(IF_A, {"a"})
        tasks = {
            "one": Task(component="comp-say", parameters={"a": Constant(value="v")}),
            "two": Task(component="comp-say"),
            "three": Task(component="comp-same"),
            "four": Task(component="comp-say"),
        }
        components = {
            **pipeline.components,
            "comp-same": pipeline.components["comp-say"],
            "comp-say-2": Component(body=ExecutorRef(label="exec-other")),
        }
        executors = {**pipeline.executors, "exec-other": Container(image=parse_text("b:1"))}
        root = Component(body=Dag(tasks=tasks))
        return replace(pipeline, root=root, components=components, executors=executors)

    def test_by_task(self) -> None:
        after = with_resolved_structs(self.pipeline())
        assert isinstance(after.root.body, Dag)
        runs = {name: task.component for name, task in after.root.body.tasks.items()}
        assert runs == {
            "one": "comp-say",
            "two": "comp-say-3",  # the second is taken
            "three": "comp-same",
            "four": "comp-say-3",
        }
        labels = {
            name: component.body.label
            for name, component in after.components.items()
            if isinstance(component.body, ExecutorRef)
        }
        assert labels == {
            "comp-say": "exec-say",
            "comp-say-3": "exec-say-2",
            "comp-same": "exec-say-2",
            "comp-say-2": "exec-other",
        }
        assert command(after) == ["yes"] and command(after, "exec-say-2") == ["no"]

    def test_nothing_changes_without_such_json(self) -> None:
        pipeline = pipeline_of("plain", {"a"})
        assert with_resolved_structs(pipeline) is pipeline


def test_what_only_a_run_can_choose_is_reported() -> None:
    parameter = Parameter(type=ParameterType.STRING, optional=True)
    say = Task(component="comp-say", parameters={"a": FromParent(name="x")})
    root = Component(body=Dag(tasks={"say": say}), inputs=Interface(parameters={"x": parameter}))
    (finding,) = unresolved_structs(pipeline_of(IF_A, set(), root=root))
    assert finding.rule is rules.UNRESOLVED_STRUCT
    assert "whether input `a` has a value is not known" in finding.message
    (finding,) = unresolved_structs(pipeline_of('{"Concat": [["a", "b"]]}', set()))
    assert "kfp has no such placeholder" in finding.message
    assert list(unresolved_structs(pipeline_of('{"Concat": ["a", "b"]}', set()))) == []
