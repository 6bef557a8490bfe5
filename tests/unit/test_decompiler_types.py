"""Types of values: which kfp's compiler takes for which, and those that schema 2.0.0 lacks."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.decompiling import HEAD, body, compiled, round_trip
from tests.unit.kfp_files import read
from tests.unit.test_comparison import INSTALL, RUN, SOURCE
from translator.comparison import compare
from translator.decompiler import Decompiled, decompiled
from translator.model import Container
from translator.records import replace
from translator.writers.executor_input import with_converted_input

if TYPE_CHECKING:
    from pathlib import Path

    from translator.comparison import Comparison
    from translator.model import Pipeline

pytest.importorskip("kfp")

TYPES = ("STRING", "NUMBER_INTEGER", "NUMBER_DOUBLE", "BOOLEAN", "LIST", "STRUCT")
CONSTANTS: dict[str, Any] = {
    "STRING": "a",
    "NUMBER_INTEGER": 3,
    "NUMBER_DOUBLE": 0.5,
    "BOOLEAN": True,
    "LIST": ["a"],
    "STRUCT": {"a": "b"},
}
CHANNEL = "pipelinechannel--loop-item-param-1"


def parameter(kind: str, *, older: bool = False) -> dict[str, Any]:
    return {"type": kind} if older else {"parameterType": kind}


def task(component: str, **given: Any) -> dict[str, Any]:
    artifacts = {name: one for name, one in given.items() if "Artifact" in next(iter(one))}
    parameters = {name: one for name, one in given.items() if name not in artifacts}
    inputs = {"parameters": parameters, "artifacts": artifacts}
    return {
        "componentRef": {"name": f"comp-{component}"},
        "taskInfo": {"name": component},
        "inputs": {kind: found for kind, found in inputs.items() if found},
    }


def constant(value: Any) -> dict[str, Any]:
    return {"runtimeValue": {"constant": value}}


def container(
    inputs: dict[str, Any] | None = None, outputs: dict[str, Any] | None = None, label: str = "run"
) -> dict[str, Any]:
    found: dict[str, Any] = {"executorLabel": f"exec-{label}"}
    if inputs:
        found["inputDefinitions"] = inputs
    if outputs:
        found["outputDefinitions"] = outputs
    return found


def pipeline(
    tasks: dict[str, Any],
    components: dict[str, Any],
    inputs: dict[str, Any] | None = None,
    *,
    schema: str = "2.1.0",
    **containers: Any,
) -> Pipeline:
    """A pipeline whose components run a program that takes no arguments, or other containers."""
    root: dict[str, Any] = {"dag": {"tasks": tasks}}
    if inputs:
        root["inputDefinitions"] = inputs
    run = {"image": "alpine", "command": ["true"]}
    executors = {
        f"exec-{name}": {"container": one} for name, one in {"run": run, **containers}.items()
    }
    return read(
        {
            "pipelineInfo": {"name": "p"},
            "schemaVersion": schema,
            "root": root,
            "components": {f"comp-{name}": one for name, one in components.items()},
            "deploymentSpec": {"executors": executors},
        }
    )


def errors(found: Decompiled) -> list[str]:
    return [str(one) for one in found.findings if one.severity.value == "error"]


def source(kind: str, where: str) -> Pipeline:
    """A pipeline that passes a value of one type to `take`, which declares another."""
    given, _, declared = kind.partition(" to ")
    value = {"parameters": {"x": parameter(given)}}
    take = container({"parameters": {"x": parameter(declared)}})
    if where == "constant":
        return pipeline({"take": task("take", x=constant(CONSTANTS[given]))}, {"take": take})
    if where == "input":
        tasks = {"take": task("take", x={"componentInputParameter": "x"})}
        return pipeline(tasks, {"take": take}, value)
    made = {"outputParameterKey": "x", "producerTask": "make"}
    tasks = {"make": task("make"), "take": task("take", x={"taskOutputParameter": made})}
    return pipeline(tasks, {"make": container(outputs=value), "take": take})


@pytest.mark.parametrize("where", ["constant", "input", "output"])
@pytest.mark.parametrize(("given", "declared"), [*itertools.product(TYPES, TYPES)])
def test_what_kfp_refuses_is_a_finding(
    given: str, declared: str, where: str, tmp_path: Path
) -> None:
    """Everything else compiles; what is not a text is passed to a text in an f-string."""
    asked = source(f"{given} to {declared}", where)
    is_taken = given == declared or (declared == "STRING" and where != "constant")
    is_taken |= (given, declared, where) == ("NUMBER_INTEGER", "NUMBER_DOUBLE", "constant")
    if is_taken:
        round_trip(asked, tmp_path)
        return
    (told,) = errors(decompiled(asked, file=""))
    assert "TR530" in told and f"kfp takes no {given} for a {declared}" in told


def artifact(title: str, version: str = "0.0.1") -> dict[str, Any]:
    return {"artifactType": {"schemaTitle": title, "schemaVersion": version}}


@pytest.mark.parametrize(
    ("given", "declared", "why"),
    [
        ("system.Dataset", "system.Dataset", ""),
        ("system.Dataset", "system.Artifact", ""),
        ("system.Artifact", "system.Model", ""),
        ("acme.Table", "system.Model", ""),
        ("system.Dataset", "system.Model", "kfp takes no `system.Dataset` for a `system.Model`"),
        ("parameter", "system.Model", "kfp takes a value for no artifact"),
        ("system.Model", "parameter", "kfp takes an artifact for no value"),
    ],
)
def test_artifacts(given: str, declared: str, why: str, tmp_path: Path) -> None:
    def interface(title: str) -> dict[str, Any]:
        if title == "parameter":
            return {"parameters": {"x": parameter("STRING")}}
        return {"artifacts": {"x": artifact(title)}}

    key = "componentInputParameter" if given == "parameter" else "componentInputArtifact"
    asked = pipeline(
        {"take": task("take", x={key: "x"})},
        {"take": container(interface(declared))},
        interface(given),
    )
    found = decompiled(asked, file="")
    if why:
        assert [one for one in errors(found) if why in one] == errors(found) != []
    else:
        assert errors(found) == []
        compiled(found.text, found.function, tmp_path)


def loop(items: Any, kind: str, *calls: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The task and the component of a loop over constants."""
    iterator = {"items": {"raw": json.dumps(items)}, "itemInput": CHANNEL}
    each = {**task("for-loop-1"), "parameterIterator": iterator}
    tasks = {f"take{'-2' * number}": one for number, one in enumerate(calls)}
    dag = {
        "dag": {"tasks": tasks},
        "inputDefinitions": {"parameters": {CHANNEL: parameter(kind)}},
    }
    return each, dag


@pytest.mark.parametrize("kind", ["STRUCT", "STRING"])
def test_objects_in_texts(kind: str, tmp_path: Path) -> None:
    """kfp does not find `Dict[str, str]`, the type of such an item, in a text."""
    whole = {"componentInputParameter": CHANNEL}
    entry = {**whole, "parameterExpressionSelector": 'parseJson(string_value)["a"]'}
    each, dag = loop([{"a": "1"}, {"a": "2"}], kind, task("take", x=whole), task("take", x=entry))
    take = container({"parameters": {"x": parameter("STRING")}})
    found = round_trip(pipeline({"for-loop-1": each}, {"for-loop-1": dag, "take": take}), tmp_path)
    assert 'with parallel_for_objects([{"a": "1"}, {"a": "2"}]) as item:' in body(found)
    assert 'take(x=f"{item}")' in body(found)
    assert "take(x=item.a)" in body(found)


def test_objects_that_are_no_texts(tmp_path: Path) -> None:
    each, dag = loop([{"a": "1"}], "STRUCT", task("take", x={"componentInputParameter": CHANNEL}))
    take = container({"parameters": {"x": parameter("STRUCT")}})
    found = round_trip(pipeline({"for-loop-1": each}, {"for-loop-1": dag, "take": take}), tmp_path)
    assert 'with dsl.ParallelFor([{"a": "1"}]) as item:' in body(found)


def test_entries_that_are_no_texts(tmp_path: Path) -> None:
    """Entries of `list[dict[str, str]]` are texts; those of a plain list may be anything."""
    given = HEAD + (
        "@dsl.pipeline(name='p')\n"
        "def p(rows: list[dict[str, int]]):\n"
        "    with dsl.ParallelFor(rows) as row:\n"
        "        count(number=row.a)\n"
    )
    found = round_trip(compiled(given, "p", tmp_path), tmp_path)
    assert "def p(rows: list):" in found.text


# Schema 2.0.0

TEXT = parameter("STRING", older=True)


def older(tasks: dict[str, Any], components: dict[str, Any], **more: Any) -> Pipeline:
    return pipeline(tasks, components, schema="2.0.0", **more)


def function(source: str, name: str, *, newer: bool = False) -> dict[str, Any]:
    """The container of a function of kfp 1, or of kfp 2."""
    module = "dsl" if newer else "v2.components"
    mark = "_KFP_RUNTIME=true " if newer else ""
    header = (
        SOURCE
        if newer
        else SOURCE.replace("kfp import", "kfp.v2 import").replace("kfp.dsl", "kfp.v2.dsl")
    )
    return {
        "image": "python:3.11",
        "command": [
            *("sh", "-c", INSTALL.format(packages="'kfp==1.8.22'")),
            *("sh", "-ec", RUN.format(mark=mark, module=module), header.format(body=f"{source}\n")),
        ],
        "args": ["--executor_input", "{{$}}", "--function_to_execute", name],
    }


def back(asked: Pipeline, folder: Path) -> tuple[Decompiled, Comparison]:
    found = decompiled(asked, file="")
    assert errors(found) == []
    again = compiled(found.text, found.function, folder)
    found_again = compare(replace(asked, submission=again.submission), again, renamed=True)
    return found, found_again


def is_same(found: Comparison, note: str) -> bool:
    assert [str(one) for one in found.differences] == []
    return note in {one.tolerance for one in found.notes}


def over(items: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The task and the component of a loop over an input of the pipeline."""
    each, dag = loop([], "STRING", task("take", x={"componentInputParameter": CHANNEL}))
    each["parameterIterator"]["items"] = {"inputParameter": "pipelinechannel--items"}
    each["inputs"] = {"parameters": {"pipelinechannel--items": {"componentInputParameter": items}}}
    dag["inputDefinitions"]["parameters"] = {CHANNEL: TEXT, "pipelinechannel--items": TEXT}
    return each, dag


@pytest.mark.parametrize("is_text", [False, True])
def test_a_loop_over_a_text_of_schema_2_0_0(is_text: bool, tmp_path: Path) -> None:
    """It is a list if nothing else takes it, and a text if a program does."""
    each, dag = over("rows")
    tasks = {"for-loop-1": each}
    if is_text:
        tasks["show"] = task("take", x={"componentInputParameter": "rows"})
    take = container({"parameters": {"x": TEXT}})
    inputs = {"parameters": {"rows": TEXT}}
    asked = older(tasks, {"for-loop-1": dag, "take": take}, inputs=inputs)
    found, comparison = back(asked, tmp_path)
    assert is_same(comparison, "older-types") is not is_text
    assert f"def p(rows: {'str' if is_text else 'list'}):" in found.text
    assert ("parallel_for_text(rows)" in found.text) is is_text


def test_a_status_for_a_program_of_schema_2_0_0(tmp_path: Path) -> None:
    final = {"taskFinalStatus": {"producerTask": "exit-handler-1"}}
    handler = {"dag": {"tasks": {"run": task("run")}}}
    exits = {
        **task("take", x=final),
        "dependentTasks": ["exit-handler-1"],
        "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    }
    asked = older(
        {"exit-handler-1": task("exit-handler-1"), "take": exits},
        {
            "exit-handler-1": handler,
            "take": container({"parameters": {"x": TEXT}}),
            "run": container(),
        },
    )
    found, comparison = back(asked, tmp_path)
    assert is_same(comparison, "older-types")
    assert "def take(x: dsl.PipelineTaskFinalStatus):" in found.text


def test_a_status_for_a_program_that_takes_texts_too() -> None:
    exits = {
        **task("take", x={"taskFinalStatus": {"producerTask": "run"}}),
        "dependentTasks": ["run"],
        "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
    }
    take = container({"parameters": {"x": parameter("STRING")}})
    tasks = {"run": task("run"), "take": exits, "take-2": task("take", x=constant("a"))}
    asked = pipeline(tasks, {"run": container(), "take": take})
    (told,) = errors(decompiled(asked, file=""))
    assert "TR530" in told and "PipelineTaskFinalStatus" in told


READS = (
    "def reads(names: list, flag: bool = True, text: str = 'a'):\n    print(names, flag, text)\n"
)


def of_reads(*, kind: str = "STRING", **given: Any) -> Pipeline:
    """A function of kfp 1, with a text for a list."""
    reads = container({"parameters": {"names": {"type": kind}}}, label="reads")
    if "names" not in given:
        given["names"] = constant('["a", "b"]')
    return older(
        {"reads": task("reads", **given)}, {"reads": reads}, reads=function(READS, "reads")
    )


def test_a_list_for_a_function_of_kfp_1(tmp_path: Path) -> None:
    """The inputs that kfp 1.8 left out have the defaults of the function."""
    found, comparison = back(of_reads(), tmp_path)
    assert is_same(comparison, "older-types") and is_same(comparison, "undeclared")
    assert 'reads(names=["a", "b"])' in body(found)


def of_kfp_2(value: Any, *, default: Any = True) -> Pipeline:
    """The same function, compiled by kfp 2."""
    inputs = {
        "names": parameter("LIST"),
        "flag": {**parameter("BOOLEAN"), "isOptional": True, "defaultValue": default},
        "text": {**parameter("STRING"), "isOptional": True, "defaultValue": "a"},
    }
    reads = container({"parameters": inputs}, label="reads")
    return pipeline(
        {"reads": task("reads", names=constant(value))},
        {"reads": reads},
        reads=function(READS, "reads", newer=True),
    )


def test_a_text_is_the_list_that_the_function_reads() -> None:
    assert is_same(compare(of_reads(), of_kfp_2(["a", "b"])), "older-types")
    assert is_same(compare(of_kfp_2(["a", "b"]), of_reads()), "older-types")


def test_a_function_that_is_converted_for_schema_2_1_0() -> None:
    """The wrapper makes texts of its values again; the executor of kfp 2 needs none."""
    given = replace(of_reads(), schema_version="2.1.0")
    asked = with_converted_input(given)
    assert "format of the executor input" in [one.what for one in compare(asked, given).notes]
    assert is_same(compare(asked, of_kfp_2(["a", "b"])), "older-types")
    assert differences(asked, of_kfp_2(["a", "c"])) == ["value of input names"]


def differences(a: Pipeline, b: Pipeline) -> list[str]:
    return [one.what for one in compare(a, b).differences]


def test_another_list_or_another_default_differs() -> None:
    assert differences(of_reads(), of_kfp_2(["a", "c"])) == ["value of input names"]
    assert differences(of_reads(), of_kfp_2(["a", "b"], default=False)) == [
        "input flag",
        "value of input flag",
    ]


def test_texts_of_one_schema_are_compared_as_texts() -> None:
    a, b = (of_reads(names=constant(text)) for text in ('["a", "b"]', '["a","b"]'))
    assert differences(a, b) == ["value of input names"]


def test_a_text_that_a_program_reads_is_no_list() -> None:
    """The program has the text as an argument, in the form in which it was written."""
    each, dag = over("rows")
    tasks = {"for-loop-1": each, "show": task("take", x={"componentInputParameter": "rows"})}

    def asked(kind: dict[str, Any], schema: str) -> Pipeline:
        text = TEXT if schema == "2.0.0" else parameter("STRING")
        inner = {
            **dag,
            "inputDefinitions": {"parameters": {CHANNEL: text, "pipelinechannel--items": kind}},
        }
        components = {"for-loop-1": inner, "take": container({"parameters": {"x": text}})}
        return pipeline(tasks, components, {"parameters": {"rows": kind}}, schema=schema)

    assert differences(asked(TEXT, "2.0.0"), asked(parameter("LIST"), "2.1.0")) == [
        "input rows: type"
    ]


def test_a_number_for_a_text_differs() -> None:
    assert "input names: type" in differences(of_reads(kind="INT"), of_kfp_2(["a", "b"]))


OTHER = "import os\n\ndef reads(names: list):\n    print(os.name, names)\n\nreads = reads\n"


def test_a_function_of_kfp_1_that_is_no_component_gets_its_wrapper(tmp_path: Path) -> None:
    """The compiled pipeline is of schema 2.1.0, in which the executor of kfp 1 finds no values."""
    reads = container({"parameters": {"names": TEXT}}, label="reads")
    tasks = {"reads": task("reads", names=constant('["a"]'))}
    asked = older(tasks, {"reads": reads}, reads=function(OTHER, "reads"))
    found, comparison = back(asked, tmp_path)
    assert [str(one) for one in comparison.differences] == []
    assert "TR433" in str(found.findings[0])
    again = compiled(found.text, found.function, tmp_path)
    (made,) = again.executors.values()
    assert isinstance(made, Container) and str(made.command[3]) == "convert-executor-input"


def test_entries_of_several_types(tmp_path: Path) -> None:
    """kfp takes all entries for the type of the first one."""
    entry = {"componentInputParameter": CHANNEL}
    each, dag = loop(
        [{"a": 1, "b": "x"}],
        "STRUCT",
        task("count", x={**entry, "parameterExpressionSelector": 'parseJson(string_value)["a"]'}),
        task("take", x={**entry, "parameterExpressionSelector": 'parseJson(string_value)["b"]'}),
    )
    components = {
        "for-loop-1": dag,
        "count": container({"parameters": {"x": parameter("NUMBER_INTEGER")}}),
        "take": container({"parameters": {"x": parameter("STRING")}}),
    }
    found = round_trip(pipeline({"for-loop-1": each}, components), tmp_path)
    assert 'with parallel_for_objects([{"a": 1, "b": "x"}]) as item:' in body(found)


@pytest.mark.parametrize("items", [[1, 2], [0.5], [True]])
def test_items_of_schema_2_0_0_are_texts(items: list[Any], tmp_path: Path) -> None:
    each, dag = loop(items, "STRING", task("take", x={"componentInputParameter": CHANNEL}))
    dag["inputDefinitions"]["parameters"] = {CHANNEL: TEXT}
    take = container({"parameters": {"x": TEXT}})
    asked = older({"for-loop-1": each}, {"for-loop-1": dag, "take": take})
    found, comparison = back(asked, tmp_path)
    assert is_same(comparison, "older-types")
    assert 'take(x=f"{item}")' in body(found)


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [("INT", "4", "4"), ("DOUBLE", "0.5", "0.5"), ("DOUBLE", "1.0", ""), ("INT", "four", "")],
)
def test_texts_for_numbers(kind: str, text: str, shown: str, tmp_path: Path) -> None:
    """Those of the file of a component; a program would get `1` for `1.0`."""
    take = container({"parameters": {"x": parameter(kind, older=True)}})
    asked = older({"take": task("take", x=constant(text))}, {"take": take})
    if not shown:
        (told,) = errors(decompiled(asked, file=""))
        assert "TR530" in told
        return
    found, comparison = back(asked, tmp_path)
    assert is_same(comparison, "older-types")
    assert f"take(x={shown})" in body(found)


FLAGS = "def flags() -> bool:\n    return True\n"
FILES = "def flags(Output: OutputPath(bool)):\n    open(Output, 'w').write('True')\n"


@pytest.mark.parametrize(
    ("source", "text", "shown"),
    [
        (FLAGS, "true", "dsl.If(flags_task.output == True)"),
        (FLAGS, "false", "dsl.If(flags_task.output == False)"),
        (FLAGS, "True", 'dsl.If(flags_task.output == "True")'),
        (FILES, "true", 'dsl.If(flags_task.output == "true")'),
    ],
)
def test_conditions_on_booleans_of_kfp_1(
    source: str, text: str, shown: str, tmp_path: Path
) -> None:
    """A returned boolean is the text `true`; that of a file may be any, and stays a text."""
    channel = "pipelinechannel--flags-Output"
    made = {"outputParameterKey": "Output", "producerTask": "flags"}
    condition = f"inputs.parameters['{channel}'].string_value == '{text}'"
    group = {
        **task("condition-1", **{channel: {"taskOutputParameter": made}}),
        "triggerPolicy": {"condition": condition},
    }
    dag = {
        "dag": {"tasks": {"run": task("run")}},
        "inputDefinitions": {"parameters": {channel: TEXT}},
    }
    flags = container(outputs={"parameters": {"Output": TEXT}}, label="flags")
    asked = older(
        {"flags": task("flags"), "condition-1": group},
        {"flags": flags, "condition-1": dag, "run": container()},
        flags=function(source, "flags"),
    )
    found, comparison = back(asked, tmp_path)
    assert [str(one) for one in comparison.differences] == []
    assert shown in body(found)
    assert ("@dsl.component" in found.text) is (text != "True" and source == FLAGS)


def test_an_output_that_no_task_has() -> None:
    """kfp 1.8 wrote references to such names in texts."""
    made = {"outputParameterKey": "the-text", "producerTask": "make"}
    outputs = {"parameters": {"the text": parameter("STRING")}}
    take = container({"parameters": {"x": parameter("STRING")}})
    tasks = {"make": task("make"), "take": task("take", x={"taskOutputParameter": made})}
    asked = pipeline(tasks, {"make": container(outputs=outputs), "take": take})
    (told,) = errors(decompiled(asked, file=""))
    assert "TR530" in told and "has no output `the-text`" in told


def test_items_of_a_list_that_a_function_of_kfp_1_returns(tmp_path: Path) -> None:
    """kfp finds their type in the annotation; they are texts in the file."""
    source = "def rows() -> List[Dict[str, str]]:\n    return [{'a': 'b'}]\n"
    each, dag = loop([], "STRING", task("take", x={"componentInputParameter": CHANNEL}))
    each["parameterIterator"]["items"] = {"inputParameter": "pipelinechannel--rows"}
    made = {"outputParameterKey": "Output", "producerTask": "rows"}
    each["inputs"] = {"parameters": {"pipelinechannel--rows": {"taskOutputParameter": made}}}
    dag["inputDefinitions"]["parameters"] = {CHANNEL: TEXT, "pipelinechannel--rows": TEXT}
    asked = older(
        {"rows": task("rows"), "for-loop-1": each},
        {
            "rows": container(outputs={"parameters": {"Output": TEXT}}, label="rows"),
            "for-loop-1": dag,
            "take": container({"parameters": {"x": TEXT}}),
        },
        rows=function(source, "rows"),
    )
    found, comparison = back(asked, tmp_path)
    assert is_same(comparison, "older-types")
    assert 'take(x=f"{item}")' in body(found)
