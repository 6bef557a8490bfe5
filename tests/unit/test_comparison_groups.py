"""Groups around tasks: which of them have an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.unit.kfp_files import read, spec, task

if TYPE_CHECKING:
    from translator.comparison import Comparison

TEXT = {"parameters": {"text": {"parameterType": "STRING"}}}
ONLY_A = {"condition": "inputs.parameter_values['text'] == 'a'"}


def echo(source: str | dict[str, Any], *after: str, **fields: Any) -> dict[str, Any]:
    """A task with a constant, or the value of a source, after others."""
    value = {"runtimeValue": {"constant": source}} if isinstance(source, str) else source
    inputs = {"parameters": {"text": value}}
    return task(inputs=inputs, **({"dependentTasks": [*after]} if after else {}), **fields)


def output_of(name: str) -> dict[str, Any]:
    return {"taskOutputParameter": {"producerTask": name, "outputParameterKey": "out"}}


PARENT = {"componentInputParameter": "text"}


def pipeline(
    tasks: dict[str, Any], group: dict[str, Any] | None = None, **of_group: Any
) -> dict[str, Any]:
    """A spec with tasks, and a component for the task ``group``, whose tasks these are."""
    container = {"image": "alpine", "args": ["{{$.inputs.parameters['text']}}"]}
    say = {"executorLabel": "exec-say", "inputDefinitions": TEXT, "outputDefinitions": OUT}
    components = {"comp-say": say}
    if group:
        components["comp-group"] = {"dag": {"tasks": group}, **of_group}
    return spec(
        root={"dag": {"tasks": tasks}},
        components=components,
        deploymentSpec={"executors": {"exec-say": {"container": container}}},
    )


OUT = {"parameters": {"out": {"parameterType": "STRING"}}}


def grouped(*after: str, **fields: Any) -> dict[str, Any]:
    """The task that runs the group."""
    waits = {"dependentTasks": [*after]} if after else {}
    return task(componentRef={"name": "comp-group"}, **waits, **fields)


def compared(a: dict[str, Any], b: dict[str, Any]) -> Comparison:
    """The comparison, which is the same in the other direction."""
    found = translator.compare(read(a), read(b))
    assert translator.compare(read(b), read(a)).same is found.same
    return found


class TestWithoutAnEffect:
    def test_tasks_that_nothing_waits_for(self) -> None:
        tasks = {"b": echo("2"), "c": echo("3", "b")}
        wrapped = pipeline({"a": echo("1"), "group": grouped()}, tasks)
        found = compared(pipeline({"a": echo("1"), **tasks}), wrapped)
        assert found.same and [one.tolerance for one in found.notes] == ["groups"]
        assert found.notes[0].right is not None and "group" in str(found.notes[0].right.value)
        assert not translator.compare(*map(read, (wrapped, pipeline(tasks)))).same

    def test_tasks_between_others(self) -> None:
        """All in the group wait for what it waits for, and all after it for all in it."""
        wrapped = pipeline(
            {"a": echo("1"), "group": grouped("a"), "d": echo("4", "group")},
            {"b": echo("2"), "c": echo("3")},
        )
        flat = {"a": echo("1"), "b": echo("2", "a"), "c": echo("3", "a"), "d": echo("4", "b", "c")}
        assert compared(pipeline(flat), wrapped).same
        for name, fewer in (("c", echo("3")), ("d", echo("4", "b"))):
            assert not compared(pipeline({**flat, name: fewer}), wrapped).same

    def test_a_group_in_a_group(self) -> None:
        document = pipeline({"group": grouped()}, {"inner": grouped()})
        document["components"]["comp-inner"] = {"dag": {"tasks": {"a": echo("1")}}}
        inner = document["components"]["comp-group"]["dag"]["tasks"]["inner"]
        inner["componentRef"]["name"] = "comp-inner"
        assert compared(pipeline({"a": echo("1")}), document).same

    def test_a_group_of_other_tasks(self) -> None:
        wrapped = pipeline({"a": echo("1"), "group": grouped()}, {"b": echo("2")})
        found = translator.compare(read(pipeline({"a": echo("1")})), read(wrapped))
        assert [str(one) for one in found.differences] == ["task group: task added"]

    def test_a_group_of_a_task_that_changed_with_its_name(self) -> None:
        wrapped = pipeline({"group": grouped()}, {"b": echo("2")})
        found = compared(pipeline({"a": echo("1")}), wrapped)
        assert [str(one) for one in found.differences] == ["task a: value of input text changed"]
        assert "groups" in [one.tolerance for one in found.notes]

    def test_a_group_of_both(self) -> None:
        document = pipeline({"group": grouped()}, {"a": echo("1")})
        found = compared(document, document)
        assert (found.differences, found.notes) == ((), ())


@pytest.mark.parametrize(("kind", "same"), [("STRING", True), ("STRUCT", False)])
def test_the_type_of_a_value(kind: str, same: bool) -> None:
    interface = {"parameters": {"text": {"parameterType": kind}}}
    value = {"inputs": {"parameters": {"text": output_of("a")}}}
    wrapped = pipeline(
        {"a": echo("1"), "group": grouped(**value)}, {"b": echo(PARENT)}, inputDefinitions=interface
    )
    assert compared(pipeline({"a": echo("1"), "b": echo(output_of("a"))}), wrapped).same is same


class TestWithAnEffect:
    @pytest.mark.parametrize(
        "fields", [{"retryPolicy": {"maxRetryCount": 2}}, {"triggerPolicy": {"condition": "true"}}]
    )
    def test_settings(self, fields: dict[str, Any]) -> None:
        wrapped = pipeline({"group": grouped(**fields)}, {"a": echo("1")})
        assert not compared(pipeline({"a": echo("1")}), wrapped).same

    def test_a_condition_in_the_group(self) -> None:
        """A group is done when a task in it is skipped; what waits for the task is skipped too."""
        tasks = {"b": echo("2", triggerPolicy=ONLY_A)}
        wrapped = pipeline({"group": grouped(), "d": echo("4", "group")}, tasks)
        assert not compared(pipeline({**tasks, "d": echo("4", "b")}), wrapped).same
        alone = pipeline({"group": grouped(), "d": echo("4")}, tasks)
        assert compared(pipeline({**tasks, "d": echo("4")}), alone).same

    def test_an_exit_task(self) -> None:
        always = {"triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}}
        wrapped = pipeline(
            {"group": grouped(), "exit": echo("4", "group", **always)}, {"b": echo("2")}
        )
        flat = pipeline({"b": echo("2"), "exit": echo("4", "b", **always)})
        assert not compared(flat, wrapped).same
