"""Loops run their task once for each item that Argo would have, with the text it would paste."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.argo_files import (
    SUB,
    TAKES_FILE,
    TAKES_VALUE,
    dag,
    inputs,
    read,
    tasks,
    told,
    workflow,
)
from tests.unit.kfp_files import only_if
from translator.cel import condition_text
from translator.model import (
    Constant,
    FromParent,
    FromTask,
    Items,
    Iterator,
    ParameterType,
    Pipeline,
    Task,
)
from translator.model.expressions import Selector

STRING, LIST, STRUCT = ParameterType.STRING, ParameterType.LIST, ParameterType.STRUCT


def calls(
    template: str, value: str = "{{item}}", name: str = "text", **fields: Any
) -> dict[str, Any]:
    """A task that gives an input a value."""
    argument = {"name": name, "value": value}
    return {"name": "loop", "template": template, "arguments": {"parameters": [argument]}, **fields}


def looped(*listed: dict[str, Any], templates: str = "", told: tuple[str, ...] = ()) -> Pipeline:
    make = {"name": "make", "template": "make"}
    arguments = {"x": "1", "list": "[1]"}
    used = json.dumps([make, *listed], ensure_ascii=False)
    return read(workflow(used, templates, arguments=arguments), told=told)


def field(name: str, key: str) -> FromParent:
    """A field of the item that an input gives."""
    return FromParent(name=name, selector=Selector(path=(key,)))


def loop_of(*listed: dict[str, Any], **more: Any) -> Task:
    return tasks(looped(*listed, **more))["loop"]


# Items

WITH_ITEMS: dict[str, tuple[list[Any], list[str]]] = {
    "text": (["a", "", "a b", 'it\'s "so"\n\\'], ["a", "", "a b", 'it\'s "so"\n\\']),
    "numbers": ([1, 1.5, -3], ["1", "1.5", "-3"]),
    "truths": ([True, False, None], ["true", "false", "null"]),
    "lists": ([[1, "a"], []], ['[1,"a"]', "[]"]),
    "mappings": ([{"b": 1, "a": [1]}], ['{"a":[1],"b":1}']),
    "unicode": (["ünï 😀"], ["ünï 😀"]),
    "nothing": ([], []),
}


@pytest.mark.parametrize(("items", "pasted"), WITH_ITEMS.values(), ids=WITH_ITEMS)
def test_items_in_the_file_are_the_text_that_argo_pastes(
    items: list[Any], pasted: list[str]
) -> None:
    task = loop_of(calls("say", withItems=items))
    assert task.iterator is not None
    assert task.iterator.items == Items(values=tuple(pasted))
    assert task.iterator.item_input == "text"


def test_a_looped_container_is_a_dag_of_one_task() -> None:
    pipeline = looped(calls("say", withItems=["a"]))
    task = tasks(pipeline)["loop"]
    assert task.component == "comp-for-loop"
    assert tasks(pipeline, "comp-for-loop")["loop"].component == "comp-say"
    assert tasks(pipeline, "comp-for-loop")["loop"].parameters == {"text": FromParent(name="text")}
    assert inputs(pipeline, "comp-for-loop")["text"].type is STRING


def test_a_looped_dag_is_the_loops_own() -> None:
    pipeline = looped(calls("sub", name="p", withItems=["a"]), templates=SUB)
    assert tasks(pipeline)["loop"].component == "comp-sub"
    assert tasks(pipeline)["loop"].iterator == Iterator(item_input="p", items=Items(values=("a",)))
    assert tasks(pipeline, "comp-sub")["s"].parameters == {"text": FromParent(name="p")}


def test_fields_of_items_are_picked_where_they_are_used() -> None:
    items = [{"a": 1, "b": {"c": [1]}}, {"a": "x", "b": "", "unused": 1}]
    pipeline = looped(calls("say", "{{item.a}}/{{item.b}}", withItems=items))
    iterator = tasks(pipeline)["loop"].iterator
    assert iterator is not None
    assert isinstance(iterator.items, Items)
    assert [json.loads(str(item)) for item in iterator.items.values] == [
        {"a": "1", "b": '{"c":[1]}'},
        {"a": "x", "b": "", "unused": "1"},
    ]
    assert inputs(pipeline, "comp-for-loop")["text"].type is STRING
    parameters = dict(tasks(pipeline, "comp-for-loop")["loop"].parameters)
    text = parameters.pop("text")
    a, b = (f"{{{{$.inputs.parameters['{name}']}}}}" for name in parameters)
    assert text == Constant(value=f"{a}/{b}")
    assert list(parameters.values()) == [field("text", "a"), field("text", "b")]


def test_items_in_the_file_may_hold_references() -> None:
    made = "{{tasks.make.outputs.parameters.make-out}}"
    task = loop_of(calls("say", withItems=["{{workflow.parameters.x}}", f"a{made}"]))
    assert task.parameters == {
        "pipelinechannel--x": FromParent(name="x"),
        "pipelinechannel--make-out": FromTask(task="make", output="out"),
    }
    assert task.iterator is not None
    x, out = (f"{{{{$.inputs.parameters['{name}']}}}}" for name in task.parameters)
    assert task.iterator.items == Items(values=(x, f"a{out}"))


def test_items_that_are_known_only_at_run_time_are_an_input() -> None:
    pipeline = looped(calls("say", withParam="{{tasks.make.outputs.parameters.make-out}}"))
    task = tasks(pipeline)["loop"]
    items = FromParent(name="pipelinechannel--make-out")
    assert task.iterator == Iterator(item_input="text", items=items)
    assert task.parameters == {"pipelinechannel--make-out": FromTask(task="make", output="out")}
    assert inputs(pipeline, "comp-for-loop")["pipelinechannel--make-out"].type is LIST
    assert tasks(pipeline, "comp-for-loop")["loop"].parameters == {"text": FromParent(name="text")}


def test_an_input_of_the_pipeline_that_is_only_items_is_a_list() -> None:
    pipeline = looped(calls("say", withParam="{{workflow.parameters.list}}"))
    assert (inputs(pipeline)["list"].type, inputs(pipeline)["list"].default) == (LIST, [1])
    also = {
        "name": "s",
        **{k: v for k, v in calls("say", "{{workflow.parameters.list}}").items() if k != "name"},
    }
    pipeline = looped(calls("say", withParam="{{workflow.parameters.list}}"), also)
    assert (inputs(pipeline)["list"].type, inputs(pipeline)["list"].default) == (STRING, "[1]")
    pipeline = looped(calls("say", withParam="{{workflow.parameters.x}}"))
    assert (inputs(pipeline)["x"].type, inputs(pipeline)["x"].default) == (STRING, "1")


def test_fields_of_items_that_are_known_only_at_run_time() -> None:
    pipeline = looped(calls("say", "{{item.a-b}}", withParam="{{workflow.parameters.list}}"))
    assert tasks(pipeline, "comp-for-loop")["loop"].parameters == {"text": field("text", "a-b")}
    assert inputs(pipeline, "comp-for-loop")["text"].type is STRUCT


@pytest.mark.parametrize(
    ("with_param", "items"),
    [('["a", 1, {"b": 2}]', ("a", "1", '{"b":2}')), ("[]", ())],
)
def test_a_text_of_items_is_like_items(with_param: str, items: tuple[str, ...]) -> None:
    task = loop_of(calls("say", withParam=with_param))
    assert task.iterator is not None
    assert task.iterator.items == Items(values=items)


@pytest.mark.parametrize("with_param", ["5", "a", '{"a": 1}', "", "[1"])
def test_items_that_are_no_list_are_refused(with_param: str) -> None:
    assert loop_of(calls("say", withParam=with_param), told=("TR151",)).iterator is not None


SEQUENCES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "count": ({"count": 3}, ["0", "1", "2"]),
    "count as text": ({"count": "2", "start": "5"}, ["5", "6"]),
    "none": ({"count": 0}, []),
    "end": ({"start": 2, "end": 4}, ["2", "3", "4"]),
    "one": ({"end": 0}, ["0"]),
    "down": ({"start": 1, "end": -1}, ["1", "0", "-1"]),
    "format": ({"start": 9, "end": 10, "format": "n%02d.txt"}, ["n09.txt", "n10.txt"]),
    "hexadecimal": ({"start": 10, "count": 2, "format": "0x%X"}, ["0xA", "0xB"]),
}


@pytest.mark.parametrize(("sequence", "items"), SEQUENCES.values(), ids=SEQUENCES)
def test_a_sequence_is_its_numbers_as_text(sequence: dict[str, Any], items: list[str]) -> None:
    task = loop_of(calls("say", withSequence=sequence))
    assert task.iterator is not None
    assert task.iterator.items == Items(values=tuple(items))


@pytest.mark.parametrize(
    "sequence",
    [
        {},
        {"start": 1},
        {"count": "{{workflow.parameters.x}}", "format": "%x"},
        {"count": "{{workflow.parameters.x}}", "format": '"%d'},
        {"count": "{{workflow.parameters.x}}", "format": "\\%d"},
        {"count": "1", "format": "{{workflow.parameters.x}}%d"},
        {"count": "{{workflow.parameters.x}}", "format": "{{$.pipeline_job_name}}%d"},
        {"count": 1, "end": 2},
        {"count": "1_0"},
        {"count": "many"},
        {"end": 10_000},
        {"count": 1, "format": "%s"},
        {"count": 1, "format": "%d%d"},
        {"count": 1, "format": "n"},
    ],
)
def test_a_sequence_of_other_than_a_few_numbers_is_refused(sequence: dict[str, Any]) -> None:
    looped(calls("say", withSequence=sequence), told=("TR140",))


def test_a_sequence_of_run_time_values_is_counted_by_a_task() -> None:
    count = {"count": "{{workflow.parameters.x}}", "start": "0{{workflow.parameters.x}}"}
    taken = {"name": "loop-items", "template": "make"}
    found = tasks(looped(taken, calls("say", withSequence=count)))
    counting, task = found["loop-items-2"], found["loop"]
    assert counting.component == "adapter-sequence"
    assert counting.parameters == {
        "start": Constant(value="0{{$.inputs.parameters['pipelinechannel--x']}}"),
        "pipelinechannel--x": FromParent(name="x"),
        "kind": Constant(value="count"),
        "bound": FromParent(name="x"),
        "format": Constant(value="%d"),
    }
    (items,) = task.parameters.items()
    assert items[1] == FromTask(task="loop-items-2", output="items")
    assert task.iterator == Iterator(item_input="text", items=FromParent(name=items[0]))


def test_a_sequence_of_constants_that_are_handed_down_is_in_the_file() -> None:
    inner = """
- name: inner
  inputs: {parameters: [{name: n}]}
  dag:
    tasks:
    - name: deep
      template: say
      withSequence: {count: '{{inputs.parameters.n}}'}
      arguments: {parameters: [{name: text, value: '{{item}}'}]}
"""
    pipeline = looped(calls("inner", "2", "n"), templates=inner)
    iterator = tasks(pipeline, "comp-inner")["deep"].iterator
    assert iterator is not None
    assert iterator.items == Items(values=("0", "1"))


@pytest.mark.parametrize("item", ["{{item}}", "{{item.a}}", "a{{item}}"])
def test_an_item_outside_a_loop_is_refused(item: str) -> None:
    assert told(workflow(json.dumps([calls("say", item)]))) == ["TR171"]
    assert told(workflow(json.dumps([calls("sub", item, "p")]), SUB)) == ["TR171"]
    when = calls("say", "a", when=f"{item} == a")
    assert told(workflow(json.dumps([when]))) == ["TR171"]


# Loops in loops

OUTER = """
- name: outer
  inputs: {parameters: [{name: list-loop-item-subvar-a}, {name: b}]}
  dag:
    tasks:
    - name: inner
      template: inner
      withItems: [5, 6]
      arguments:
        parameters:
        - {name: i, value: '{{item}}'}
        - {name: a, value: '{{inputs.parameters.list-loop-item-subvar-a}}'}
    - name: s
      template: say
      arguments: {parameters: [{name: text, value: '{{inputs.parameters.b}}'}]}
- name: inner
  inputs: {parameters: [{name: i}, {name: a}]}
  dag:
    tasks:
    - name: t
      template: say
      arguments: {parameters: [{name: text, value: '%s'}]}
"""
DEEP = (
    "{{inputs.parameters.i}}{{inputs.parameters.a}}{{workflow.parameters.list-loop-item-subvar-c}}"
)


def test_items_of_outer_loops_are_handed_down_by_either_name() -> None:
    """kfp 1.8 names a field ``workflow.parameters.…-subvar-…`` in nested loops."""
    call = calls(
        "outer", "{{item.a}}", "list-loop-item-subvar-a", withItems=[{"a": 1, "b": 2, "c": 3}]
    )
    call["arguments"]["parameters"].append({"name": "b", "value": "{{item.b}}"})
    pipeline = looped(call, templates=OUTER % DEEP)
    item = "list-loop-item"
    iterator = tasks(pipeline)["loop"].iterator
    assert iterator == Iterator(
        item_input=item, items=Items(values=('{"a": "1", "b": "2", "c": "3"}',))
    )
    outer = tasks(pipeline, "comp-outer")
    assert outer["s"].parameters == {"text": field(item, "b")}
    assert outer["inner"].iterator == Iterator(item_input="i", items=Items(values=("5", "6")))
    assert outer["inner"].parameters == {
        "a": field(item, "a"),
        f"{item}-subvar-c": field(item, "c"),
    }
    parameters = dict(tasks(pipeline, "comp-inner")["t"].parameters)
    text = parameters.pop("text")
    assert text == Constant(
        value="".join(f"{{{{$.inputs.parameters['{n}']}}}}" for n in parameters)
    )
    assert list(parameters.values()) == [
        FromParent(name=name) for name in ("i", "a", "list-loop-item-subvar-c")
    ]


def test_a_loop_over_a_field_of_the_outer_item() -> None:
    inner = """
- name: outer
  inputs: {parameters: [{name: p}]}
  dag:
    tasks:
    - name: inner
      template: say
      withParam: '{{inputs.parameters.p}}'
      arguments: {parameters: [{name: text, value: '{{item}}'}]}
"""
    call = calls("outer", "{{item.a}}", "p", withItems=[{"a": [1, 2]}])
    pipeline = looped(call, templates=inner)
    task = tasks(pipeline, "comp-outer")["inner"]
    assert list(task.parameters.values()) == [field("p", "a")]
    assert task.iterator is not None
    assert task.iterator.items == FromParent(name=next(iter(task.parameters)))


def test_an_item_and_an_input_of_the_same_name_stay_apart() -> None:
    both = SUB.replace(
        "{{inputs.parameters.p}}", "{{inputs.parameters.p}}{{workflow.parameters.p}}"
    )
    call = json.dumps([calls("sub", name="p", withItems=[1])])
    pipeline = read(workflow(call, both, arguments={"p": "2"}))
    assert tasks(pipeline)["loop"].parameters == {"p-2": FromParent(name="p")}
    assert set(tasks(pipeline, "comp-sub")["s"].parameters.values()) > {
        FromParent(name="p"),
        FromParent(name="p-2"),
    }


# Loops and conditions


def test_a_condition_on_a_loop_is_asked_for_each_item() -> None:
    pipeline = looped(calls("say", withItems=[1, 2], when="{{item}} != 2"))
    assert tasks(pipeline)["loop"].trigger is None
    inner = tasks(pipeline, "comp-for-loop")["loop"]
    name = next(name for name in inner.parameters if name.startswith("pipelinechannel--"))
    assert inner.trigger == only_if(f"double(inputs.parameter_values['{name}']) != 2.0")
    assert inner.parameters[name] == FromParent(name="text")


def test_the_condition_of_a_loop_tells_apart_outputs_of_the_same_name() -> None:
    made = """
- name: m
  container: {image: a, command: [sh, -c, 'echo']}
  outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}
"""
    same = "{{tasks.a.outputs.parameters.o}} == {{tasks.b.outputs.parameters.o}}"
    when = f"{same} && {{{{tasks.a.outputs.result}}}} == {{{{item}}}}"
    listed = [{"name": "a", "template": "m"}, {"name": "b", "template": "m"}]
    listed.append(calls("work", withItems=[1], when=when) | {"arguments": {}})
    pipeline = looped(*listed, templates=made)
    condition = tasks(pipeline, "comp-for-loop")["loop"]
    sources = set(tasks(pipeline)["loop"].parameters.values())
    assert sources == {
        FromTask(task="a", output="o"),
        FromTask(task="b", output="o"),
        FromTask(task="a", output="result"),
    }
    assert condition.trigger is not None
    assert condition.trigger.condition is not None
    written = condition_text(condition.trigger.condition)
    assert all(f"['{name}']" in written for name in condition.parameters)
    assert len(set(condition.parameters.values())) == 4


def test_a_loop_in_a_condition() -> None:
    sub = SUB.replace("template: say\n", "template: say\n      withItems: [1]\n")
    call = calls("sub", "a", "p", when="{{workflow.parameters.x}} == a")
    pipeline = looped(call, templates=sub)
    assert tasks(pipeline)["loop"].trigger is not None
    assert tasks(pipeline)["loop"].iterator is None
    inner = tasks(pipeline, "comp-sub")["s"]
    assert inner.iterator is not None
    assert inner.trigger is None


def test_what_waits_for_a_loop_waits_for_all_of_it() -> None:
    listed = (
        calls("say", withItems=[1], dependencies=["make"]),
        {"name": "after", "template": "work", "dependencies": ["loop"]},
    )
    found = tasks(looped(*listed))
    assert found["loop"].depends_on == ("make",)
    assert found["after"].depends_on == ("loop",)
    assert tasks(looped(*listed), "comp-for-loop")["loop"].depends_on == ()


def test_the_parallelism_of_a_looped_dag_is_that_of_the_loop() -> None:
    limited = SUB.replace("  dag:", "  parallelism: 3\n  dag:")
    assert loop_of(calls("sub", name="p", withItems=[1]), templates=limited).parallelism == 3
    assert loop_of(calls("sub", name="p", withItems=[1]), templates=SUB).parallelism is None
    assert loop_of(calls("say", withItems=[1])).parallelism is None


# What leaves a loop


@pytest.mark.parametrize("use", [TAKES_VALUE, TAKES_FILE])
def test_outputs_do_not_leave_a_loop(use: str) -> None:
    loop = "{name: make, template: make, withItems: [1]}"
    assert told(workflow(f"[{loop}, {use}]")) == ["TR149"]


def test_an_artifact_goes_into_a_loop() -> None:
    call = {
        "name": "loop",
        "template": "take",
        "withItems": [1],
        "arguments": {
            "artifacts": [{"name": "file", "from": "{{tasks.make.outputs.artifacts.make-out}}"}]
        },
    }
    pipeline = looped(call)
    assert tasks(pipeline)["loop"].artifacts == {"file": FromTask(task="make", output="out")}
    assert tasks(pipeline, "comp-for-loop")["loop"].artifacts == {"file": FromParent(name="file")}
    assert dag(pipeline, "comp-for-loop").artifact_outputs == {}
