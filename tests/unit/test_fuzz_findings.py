"""What fuzzing found (tests/fuzz), each as small as it could be made, and what is told now."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

import translator
from tests.unit.argo_files import workflow
from tests.unit.kfp_files import spec, text_of, with_executor
from translator.readers.options import ReadOptions

#: Seconds that a text may take here, on whatever machine. Each took a minute or more.
PATIENCE = 15.0
TARGETS = ("vertex", "kubeflow")


def codes(text: str, to: str = "vertex", **how: Any) -> set[str]:
    """What is said of a text on its way to a target; all of it has a place."""
    start = time.process_time()
    try:
        reading = translator.load_text(text, "f", ReadOptions(**how))
        found = (*reading.diagnostics, *translator.check(reading, to))
        if not any(one.severity.value == "error" for one in found):
            translator.render(reading, to)
    except translator.TranslationError as error:
        found = error.diagnostics
    assert time.process_time() - start < PATIENCE
    assert all(one.origin is not None and one.origin.file for one in found)
    return {one.rule.code for one in found}


def calls(count: int, template: str) -> str:
    return "[" + ", ".join(f"{{name: t{n}, template: {template}}}" for n in range(count)) + "]"


# --- places ---

BARE = """
- name: bare
  inputs: {artifacts: [{name: in, path: /in}]}
  container: {image: 'prog:1', args: [/in]}
"""
FED = "[{name: a, template: bare, arguments: {artifacts: [{name: in, raw: {data: x}}]}}]"
AGAIN = "- {name: again, dag: {tasks: [{name: a, template: again}, {name: b, template: work}]}}"


def test_what_the_translation_adds_itself_has_a_place() -> None:
    """A note about ``busybox`` without a tag had none: the container is in no file."""
    assert "TR323" in codes(workflow(FED, BARE), adapter_image="busybox")
    again = workflow("[{name: r, template: again}]", AGAIN)
    assert "TR323" in codes(again, adapter_image="busybox", unroll_recursion=1)


# --- values of other kinds ---


def test_the_name_of_a_variable_may_be_anything() -> None:
    """``TypeError: unhashable type``: it was looked up in a set as it was."""
    odd = "- {name: odd, container: {image: 'a:1', command: [x], env: [{name: [A], value: b}]}}"
    assert "TR105" in codes(workflow("[{name: a, template: odd}]", odd))


# --- sizes that multiply ---


def test_a_sequence_does_not_make_long_texts() -> None:
    """``%0999999999d`` is a gigabyte for each item."""
    for form in ("%0999999999d", "%d" + "x" * 50_000):
        task = f"{{name: a, template: work, withSequence: {{count: '9999', format: '{form}'}}}}"
        assert "TR140" in codes(workflow(f"[{task}]"))


def nested(levels: int, value: str) -> str:
    """DAGs in each other, each of which gives the next one its own input twice."""
    inputs = "inputs: {parameters: [{name: p}]}"
    twice = "{{inputs.parameters.p}}{{inputs.parameters.p}}"

    def dag(number: int, given: str) -> str:
        arguments = f"arguments: {{parameters: [{{name: p, value: '{given}'}}]}}"
        below = f"d{number + 1}" if number < levels else "end"
        task = f"{{name: t, template: {below}, {arguments}}}"
        return f"- {{name: d{number}, {inputs}, dag: {{tasks: [{task}]}}}}"

    dags = [dag(number, twice) for number in range(1, levels + 1)]
    command = "command: [echo, '{{inputs.parameters.p}}']"
    end = f"- {{name: end, {inputs}, container: {{image: 'a:1', {command}}}}}"
    top = f"{{name: top, template: d1, arguments: {{parameters: [{{name: p, value: '{value}'}}]}}}}"
    return workflow(f"[{top}]", "\n".join([*dags, end]))


def test_a_value_that_doubles_with_each_dag_has_an_end() -> None:
    """A file of 6 KB that came to 2**40 characters; and each level looked up the last one twice."""
    assert codes(nested(40, "a")) == {"TR161"}
    assert codes(nested(40, "{{workflow.uid}}")) == {"TR161"}
    assert codes(nested(40, "a"), "kubeflow") == {"TR431"}  # it stays as it is
    assert codes(nested(90, "")) == set()


def test_a_dag_of_many_tasks_is_not_written_out_many_times() -> None:
    """Components had a limit, the tasks in them had none: 1,000 calls of 1,000 tasks."""
    many = f"- {{name: many, dag: {{tasks: {calls(1000, 'work')}}}}}"
    assert "TR161" in codes(workflow(calls(1000, "many"), many))


def test_recursion_of_a_hundred_levels_looks_values_up_once() -> None:
    """Each level asked all levels above again: 5 seconds for 3 KB."""
    value = "arguments: {parameters: [{name: p, value: '{{inputs.parameters.p}}'}]}"
    tasks = f"[{{name: s, template: sub2, {value}}}, {{name: e, template: sub, {value}}}]"
    sub2 = f"- {{name: sub2, inputs: {{parameters: [{{name: p}}]}}, dag: {{tasks: {tasks}}}}}"
    sub = "- {name: sub, inputs: {parameters: [{name: p}]}, container: {image: 'a:1'}}"
    top = "[{name: t, template: sub2, arguments: {parameters: [{name: p, value: x}]}}]"
    assert "TR160" in codes(workflow(top, sub2 + "\n" + sub), unroll_recursion=99)


# --- time that grows with the square of the text ---


def with_words(words: str) -> str:
    return text_of(with_executor({"container": {"image": "a:1", "command": ["sh", "-c", words]}}))


SLOW = {
    # `^\s*import` looked for the end of the empty lines from each of them
    "empty lines": "{" + "\n" * 60_000,
    # `pip\S* install`, from each `pip` to the end of the word
    "pip": with_words("pip" * 60_000),
    # a host name without an end, from each letter of a long word
    "one word": with_words("a.svc " + "a" * 200_000),
    "one name": with_words("a.svc " + "a." * 100_000),
    "one address": with_words("a.svc_" * 50_000),
    # the labels of a host before `.svc`, and all that comes after it
    "image": text_of(with_executor({"container": {"image": "a.svc." * 30_000}})),
    # `"` in text that stands as JSON in JSON: each began a key, perhaps
    "quotes": json.dumps(spec(root={"dag": {"tasks": {}}}, x='"a' * 60_000)),
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("to", TARGETS)
def test_long_texts_take_no_longer_than_short_ones(text: str, to: str) -> None:
    codes(text, to)


@pytest.mark.parametrize("to", TARGETS)
def test_templates_of_the_same_words_are_not_compared_each_with_each(to: str) -> None:
    """3,000 templates that differ in a variable."""
    container = "{{image: 'a:1', command: [x], env: [{{name: A, value: v{0}}}]}}"
    template = f"- {{{{name: c{{0}}, container: {container}}}}}"
    tasks = "[" + ", ".join(f"{{name: t{n}, template: c{n}}}" for n in range(3000)) + "]"
    templates = "\n".join(template.format(n) for n in range(3000))
    assert codes(workflow(tasks, templates), to) <= {"TR431"}


# --- numbers ---


@pytest.mark.parametrize("number", ["inf", "-inf", "nan"])
@pytest.mark.parametrize("to", TARGETS)
def test_numbers_that_json_has_not_are_told(number: str, to: str) -> None:
    """``ValueError: inf is not a JSON number``, from the writer."""
    settings = {"secretAsEnv": [{"secretName": "a", "optional": float(number)}]}
    kubernetes = {"deploymentSpec": {"executors": {"exec-say": settings}}}
    text = text_of(spec(), {"platforms": {"kubernetes": kubernetes}})
    assert "TR114" in codes(text, to)
    defaulted = spec(root={"dag": {"tasks": {}}, "inputDefinitions": {"parameters": {"x": "N"}}})
    for value in ("1e999", "[1e999]"):
        given = json.dumps(defaulted).replace('"N"', f'{{"defaultValue": {value}}}')
        assert "TR114" in codes(given, to)


def test_a_number_of_accelerators_is_one() -> None:
    """What was written could not be read again."""
    for count in ("1.5.51", "-1", "9" * 400, "{{item.q}}"):
        accelerator = {"resourceType": "T4", "resourceCount": count}
        container = {"image": "a:1", "resources": {"accelerator": accelerator}}
        assert "TR133" in codes(text_of(with_executor({"container": container})))
