"""What is wrong, missing or unknown in a KFP v2 file is told with its place, and all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.unit.kfp_files import (
    EVERYTHING,
    FILE,
    PLATFORMS,
    copied,
    flow_of,
    found,
    places,
    spec,
    task,
    text_of,
    told,
    with_executor,
    with_task,
)
from translator.diagnostics import Severity
from translator.writers.pipeline_spec import pipeline_spec, platform_spec
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from translator.model import Json

SAY = "/root/dag/tasks/say"
RUN = "/deploymentSpec/executors/exec-say"


def without(document: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}


def test_an_unknown_field_is_told_with_its_line() -> None:
    text = text_of(with_task(cachingOptions={"enableCache": True, "cacheTtl": "1d"}))
    (finding,) = found(text)
    assert finding.rule.code == "TR103"
    assert finding.severity is translator.Severity.WARNING
    assert finding.message == "field `cacheTtl` is not translated"
    assert finding.origin is not None
    assert finding.origin.file == FILE
    assert finding.origin.pointer == f"{SAY}/cachingOptions/cacheTtl"
    line = text.splitlines()[finding.origin.line - 1]
    assert line[finding.origin.column - 1 :] == "cacheTtl: 1d"


def test_a_line_is_told_for_json_too() -> None:
    text = '{"pipelineInfo": {"name": "a"},\n "root": {},\n\t"schemaVersion": "3.0"}'
    finding = next(f for f in found(text) if f.rule.code == "TR131")
    assert finding.origin is not None
    assert (finding.origin.line, finding.origin.column) == (3, 2)
    assert finding.message == "schema version `3.0` is not supported; 2.0.0 and 2.1.0 are"


UNKNOWN: dict[str, tuple[list[Any], str]] = {
    "of the file": ([spec(extra=1)], "/extra"),
    "of the pipeline": ([spec(pipelineInfo={"name": "a", "owner": "me"})], "/pipelineInfo/owner"),
    "of a task": ([with_task(timeout={"seconds": 3})], f"{SAY}/timeout"),
    "of a container": (
        [with_executor({"container": {"image": "i", "workingDir": "/"}})],
        f"{RUN}/container/workingDir",
    ),
    "that is empty": ([with_task(timeout={})], f"{SAY}/timeout"),
    "that is null": ([with_task(timeout=None)], f"{SAY}/timeout"),
    "of a job": ([{"pipelineSpec": spec(), "serviceAccount": "a"}], "/serviceAccount"),
    "of a platform": (
        [spec(), {"platforms": {"k": {"deploymentSpec": {"executors": {}, "other": 1}}}}],
        "/platforms/k/deploymentSpec/other",
    ),
    "beside the platforms": ([spec(), {**PLATFORMS, "version": "1"}], "/version"),
    "platforms in the job": ([{"pipelineSpec": spec(), "platforms": {"a": {}}}], "/platforms"),
    "an expression on a constant": (
        [
            with_task(
                inputs={
                    "parameters": {
                        "p": {
                            "runtimeValue": {"constant": "{}"},
                            "parameterExpressionSelector": "parseJson(string_value)['a']",
                        }
                    }
                }
            )
        ],
        f"{SAY}/inputs/parameters/p/parameterExpressionSelector",
    ),
    "an older type beside the newer": (
        [
            spec(
                root={
                    "dag": {"tasks": {"say": task()}},
                    "inputDefinitions": {
                        "parameters": {"x": {"type": "INT", "parameterType": "STRING"}}
                    },
                }
            )
        ],
        "/root/inputDefinitions/parameters/x/type",
    ),
}


@pytest.mark.parametrize(("documents", "pointer"), UNKNOWN.values(), ids=UNKNOWN)
def test_fields_that_are_not_read(documents: list[Any], pointer: str) -> None:
    assert told(*documents) == [("TR103", pointer)]


MISSING: dict[str, tuple[dict[str, Any], str, str]] = {
    "schema": (without(spec(), "schemaVersion"), "", "schemaVersion"),
    "info": (without(spec(), "pipelineInfo"), "", "pipelineInfo"),
    "name": (spec(pipelineInfo={"description": "a"}), "/pipelineInfo", "name"),
    "an empty name": (spec(pipelineInfo={"name": ""}), "/pipelineInfo/name", "name"),
    "a null name": (spec(pipelineInfo={"name": None}), "/pipelineInfo", "name"),
    "root": (without(spec(), "root"), "", "root"),
    "executors": (without(spec(), "deploymentSpec"), "", "deploymentSpec"),
    "work": (spec(components={"comp-say": {}}), "/components/comp-say", "executorLabel"),
    "tasks": (spec(root={"dag": {"outputs": {}}}), "/root/dag", "tasks"),
    "component": (with_task(componentRef={}), f"{SAY}/componentRef", "name"),
    "image": (with_executor({"container": {"args": []}}), f"{RUN}/container", "image"),
    "an empty image": (
        with_executor({"container": {"image": ""}}),
        f"{RUN}/container/image",
        "image",
    ),
    "address": (with_executor({"importer": {}}), f"{RUN}/importer", "artifactUri"),
    "source": (
        with_task(inputs={"parameters": {"p": {}}}),
        f"{SAY}/inputs/parameters/p",
        "componentInputParameter",
    ),
    "constant": (
        with_task(inputs={"parameters": {"p": {"runtimeValue": {}}}}),
        f"{SAY}/inputs/parameters/p/runtimeValue",
        "constant",
    ),
    "output": (
        with_task(inputs={"parameters": {"p": {"taskOutputParameter": {"producerTask": "a"}}}}),
        f"{SAY}/inputs/parameters/p/taskOutputParameter",
        "outputParameterKey",
    ),
    "items": (
        with_task(parameterIterator={"itemInput": "x"}),
        f"{SAY}/parameterIterator",
        "items",
    ),
    "type": (
        spec(
            components={
                "comp-say": {
                    "executorLabel": "exec-say",
                    "inputDefinitions": {"parameters": {"x": {}}},
                }
            }
        ),
        "/components/comp-say/inputDefinitions/parameters/x",
        "parameterType",
    ),
}


@pytest.mark.parametrize(("document", "pointer", "field"), MISSING.values(), ids=MISSING)
def test_fields_that_are_missing(document: dict[str, Any], pointer: str, field: str) -> None:
    findings = [f for f in found(text_of(document)) if f.rule.code == "TR104"]
    told = [(f.origin.pointer, f.facts["field"]) for f in findings if f.origin]
    assert (pointer, field) in told
    assert all(f.severity is translator.Severity.ERROR for f in findings)


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "text": (spec(sdkVersion=2), "/sdkVersion", "text"),
    "number": (
        with_executor({"container": {"image": "i", "resources": {"cpuLimit": "2"}}}),
        f"{RUN}/container/resources/cpuLimit",
        "a number",
    ),
    "truth": (
        with_task(cachingOptions={"enableCache": "yes"}),
        f"{SAY}/cachingOptions/enableCache",
        "`true` or `false`",
    ),
    "list": (with_task(dependentTasks="a"), f"{SAY}/dependentTasks", "a list"),
    "item of a list": (with_task(dependentTasks=[1]), f"{SAY}/dependentTasks/0", "text"),
    "mapping": (spec(components=["a"]), "/components", "a mapping"),
    "root": (spec(root="a"), "/root", "a mapping"),
    "metadata": (
        with_executor({"importer": {"artifactUri": {"constant": "a"}, "metadata": [1]}}),
        f"{RUN}/importer/metadata",
        "a mapping",
    ),
}


@pytest.mark.parametrize(("document", "pointer", "wanted"), WRONG.values(), ids=WRONG)
def test_values_of_the_wrong_kind(document: dict[str, Any], pointer: str, wanted: str) -> None:
    findings = [f for f in found(text_of(document)) if f.rule.code == "TR105"]
    assert [(f.origin.pointer, f.facts["wanted"]) for f in findings if f.origin] == [
        (pointer, wanted)
    ]


def test_values_that_are_not_known() -> None:
    assert told(with_task(triggerPolicy={"strategy": "SOMETIMES"})) == [
        ("TR133", f"{SAY}/triggerPolicy/strategy")
    ]
    assert told(spec(schemaVersion="2.2.0")) == [("TR131", "/schemaVersion")]
    job = {"pipelineSpec": spec(), "runtimeConfig": {"failurePolicy": "NEVER"}}
    assert told(job) == [("TR133", "/runtimeConfig/failurePolicy")]


@pytest.mark.parametrize("raw", ["[1, 2", "a", "", "3", '{"a": 1}', "null", "[" * 10**5])
def test_items_have_to_be_a_list(raw: str) -> None:
    assert told(with_task(parameterIterator={"itemInput": "x", "items": {"raw": raw}})) == [
        ("TR134", f"{SAY}/parameterIterator/items/raw")
    ]


def test_a_file_holds_one_pipeline() -> None:
    assert told(spec(), spec()) == [("TR132", "")]
    assert told(spec(), {"kind": "Pod"}) == [("TR132", "")]
    assert told({"kind": "Pod"}, PLATFORMS, spec()) == [("TR132", "")]


def test_all_is_told_at_once() -> None:
    document = with_task(triggerPolicy={"strategy": "x"}, timeout=3, dependentTasks=1)
    document |= {"schemaVersion": "1"}
    assert {code for code, _ in told(document)} == {"TR103", "TR105", "TR131", "TR133"}


#: Something to put where something else belongs.
JUNK: dict[str, Json] = {
    "null": None,
    "empty text": "",
    "number": -1.5,
    "list": ["x"],
    "mapping": {"a": {"b": [1]}},
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_damage_is_told_or_harmless_and_never_a_crash(junk: Json) -> None:
    accepted = 0
    for number, document in enumerate((EVERYTHING, PLATFORMS)):
        for *path, last in places(document):
            damaged = copied([EVERYTHING, PLATFORMS])
            holder = damaged[number]
            for key in path:
                holder = holder[key]
            holder[last] = junk
            try:
                pipeline = translator.load_text(flow_of(*damaged), FILE).pipeline
            except translator.TranslationError as error:
                assert error.diagnostics
                continue
            accepted += 1
            list(translator.check(pipeline))
            yaml_text(pipeline_spec(pipeline))
            yaml_text(platform_spec(pipeline))
    assert accepted


def leaves(document: Any) -> list[tuple[str | int, ...]]:
    def at(path: tuple[str | int, ...]) -> Any:
        value = document
        for key in path:
            value = value[key]
        return value

    return [path for path in places(document) if not isinstance(at(path), (dict, list))]


def another(value: Any) -> Json:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, (int, float)) else f"{value}x"


def outcome(*documents: Any) -> tuple[Any, Any]:
    try:
        reading = translator.load_text(flow_of(*documents), FILE)
    except translator.TranslationError as error:
        return None, [str(finding) for finding in error.diagnostics]
    written = pipeline_spec(reading.pipeline), platform_spec(reading.pipeline)
    return written, [str(finding) for finding in reading.diagnostics]


def test_no_leaf_changes_without_a_trace() -> None:
    before = outcome(EVERYTHING, PLATFORMS)
    silent = []
    for number, document in enumerate((EVERYTHING, PLATFORMS)):
        for *path, last in leaves(document):
            changed = copied([EVERYTHING, PLATFORMS])
            holder = changed[number]
            for key in path:
                holder = holder[key]
            holder[last] = another(holder[last])
            if outcome(*changed) == before:
                silent.append((*path, last))
    # Where both forms of an accelerator stand, the newer is what counts, as for the backends.
    resources = ("deploymentSpec", "executors", "exec-train", "container", "resources")
    assert silent == [(*resources, "accelerator", "type")]


def nested(count: int, *, last: str) -> dict[str, Any]:
    """A spec in which so many DAGs below the top contain one another."""
    components = {
        f"comp-{n}": {"dag": {"tasks": {"a": task(componentRef={"name": f"comp-{n + 1}"})}}}
        for n in range(count)
    }
    components[f"comp-{count - 1}"]["dag"]["tasks"]["a"]["componentRef"]["name"] = last
    document = with_task(componentRef={"name": "comp-0"})
    return document | {"components": document["components"] | components}


@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
@pytest.mark.parametrize(
    ("count", "last", "expected"),
    [
        (100, "comp-say", set()),
        (101, "comp-say", {"TR115"}),
        (500, "comp-say", {"TR115"}),
        (90, "comp-0", {"TR207"}),
        (500, "comp-0", {"TR115"}),
    ],
)
def test_dags_inside_each_other(count: int, last: str, expected: set[str], to: str) -> None:
    """500 were a ``RecursionError``; a circle nests without an end."""
    try:
        pipeline = translator.load_text(flow_of(nested(count, last=last)), FILE).pipeline
        told = translator.check(pipeline, to)
    except translator.TranslationError as error:
        told = error.diagnostics
    assert {one.rule.code for one in told if one.severity is Severity.ERROR} == expected
