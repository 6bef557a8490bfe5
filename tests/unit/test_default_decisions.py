"""Defaults of inputs that the user replaces."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import translator
from tests.unit import argo_files, kfp_files
from translator.api import target
from translator.decisions import NONE, Decided, Decisions
from translator.diagnostics import Severity
from translator.diagnostics import decisions as rules
from translator.model import (
    UNSET,
    Component,
    Dag,
    Interface,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    Submission,
)
from translator.passes.defaults import defaults
from translator.targets.vertex.passes.needs import unreachable_values


def taking(submitted: dict[str, Json] | None = None, **inputs: Parameter) -> Pipeline:
    """A pipeline with these inputs."""
    root = Component(body=Dag(tasks={}), inputs=Interface(parameters=inputs))
    submission = Submission(arguments=submitted or {})
    return Pipeline(name="p", root=root, components={}, executors={}, submission=submission)


def parameter(kind: str, default: Any = UNSET, **fields: Any) -> Parameter:
    return Parameter(type=ParameterType[kind], default=default, **fields)


def decided(given: Pipeline, **values: Json) -> Decided:
    return defaults(given, Decisions(defaults=values))


def default(done: Decided, name: str = "x") -> Any:
    return done.pipeline.root.inputs.parameters[name].default


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("STRING", "5", "5"),
        ("STRING", "", ""),
        ("STRING", '"a"', '"a"'),
        ("NUMBER_INTEGER", "5", 5),
        ("NUMBER_INTEGER", -5, -5),
        ("NUMBER_DOUBLE", "5", 5),
        ("NUMBER_DOUBLE", "0.5", 0.5),
        ("BOOLEAN", "true", True),
        ("BOOLEAN", False, False),
        ("LIST", '[1, "a"]', [1, "a"]),
        ("LIST", [], []),
        ("STRUCT", '{"a": null}', {"a": None}),
        ("STRUCT", {"a": 1}, {"a": 1}),
    ],
)
def test_values_by_type(kind: str, given: Json, value: Json) -> None:
    done = decided(taking(x=parameter(kind, "old")), x=given)
    assert [one.rule for one in done.findings] == [rules.DECIDED]
    assert default(done) == value and type(default(done)) is type(value)
    assert done.used == {("defaults", "x")}


@pytest.mark.parametrize(
    ("kind", "given", "problem"),
    [
        ("STRING", 5, "the value is not a text"),
        ("STRING", None, "the value is not a text"),
        ("STRING", "\ud83d", "cannot be written as JSON"),
        ("NUMBER_INTEGER", "5.5", "not an integer"),
        ("NUMBER_INTEGER", "five", "is not JSON, and the input takes an integer"),
        ("NUMBER_INTEGER", True, "not an integer"),
        ("NUMBER_INTEGER", "true", "not an integer"),
        ("NUMBER_INTEGER", str(2**63), "64 bits"),
        ("NUMBER_DOUBLE", "NaN", "is not JSON"),
        ("NUMBER_DOUBLE", "1e400", "cannot be written"),
        ("NUMBER_DOUBLE", float("nan"), "cannot be written"),
        ("BOOLEAN", "yes", "is not JSON"),
        ("BOOLEAN", "1", "not `true` or `false`"),
        ("LIST", '{"a": 1}', "not a JSON list"),
        ("LIST", "[1", "is not JSON"),
        ("LIST", "[" * 100_000, "is not JSON"),
        ("LIST", "[1e400]", "cannot be written"),
        ("STRUCT", "[]", "not a JSON object"),
        ("STRUCT", '{"a": "\\ud83d"}', "cannot be written"),
        ("TASK_FINAL_STATUS", "{}", "is set by the backend"),
    ],
)
def test_wrong_values(kind: str, given: Json, problem: str) -> None:
    before = taking(x=parameter(kind, "old"))
    done = decided(before, x=given)
    assert [one.rule.code for one in done.findings] == ["TR379"]
    assert problem in done.findings[0].message
    assert default(done) == "old"


def test_allowed_values() -> None:
    given = taking(x=parameter("STRING", "a", literals=("a", "b")))
    assert default(decided(given, x="b")) == "b"
    assert [one.rule for one in decided(given, x="c").findings] == [rules.WRONG_DEFAULT]


def test_no_message_has_a_value() -> None:
    given = taking(x=parameter("NUMBER_INTEGER"), y=parameter("STRING"))
    done = decided(given, x="hunter2", y="hunter2")
    assert len(done.findings) == 2
    assert "hunter2" not in "".join(one.message + one.help for one in done.findings)


def test_an_unknown_input() -> None:
    done = decided(taking(learning_rate=parameter("STRING")), learning_rat="1")
    (told,) = done.findings
    assert told.severity is Severity.ERROR and done.used == frozenset()
    assert "the pipeline has no such input" in told.message
    assert "did you mean `learning_rate`?" in told.help


def test_a_required_input_becomes_optional() -> None:
    done = decided(taking(x=parameter("STRING")), x="a")
    assert done.pipeline.root.inputs.parameters["x"] == parameter("STRING", "a", optional=True)


def test_a_value_of_a_run_is_replaced_too() -> None:
    done = decided(taking({"x": "old", "y": 1}, x=parameter("STRING")), x="new")
    assert done.pipeline.submission.arguments == {"x": "new", "y": 1}


def test_without_decisions_it_is_the_same_pipeline() -> None:
    given = taking(x=parameter("STRING"))
    assert defaults(given, NONE).pipeline is given


class TestNeeds:
    @pytest.mark.parametrize(
        "value", ["http://minio-service.kubeflow:9000", "s3://bucket/data", "http://service/"]
    )
    def test_of_values_that_vertex_ai_does_not_reach(self, value: str) -> None:
        (need,) = unreachable_values(taking(x=parameter("STRING", value)), NONE).needs
        assert (need.kind, need.key, need.value) == ("defaults", "x", "")

    def test_none_of_others(self) -> None:
        given = taking(x=parameter("STRING", "gs://bucket"), y=parameter("STRING"))
        assert unreachable_values(given, NONE).needs == ()

    def test_several_addresses_of_an_input(self) -> None:
        given = taking(x=parameter("LIST", ["s3://a", "s3://b"]))
        assert len(unreachable_values(given, NONE).needs) == 1

    def test_that_is_decided(self) -> None:
        given = taking(x=parameter("LIST", ["s3://a"]))
        (need,) = unreachable_values(given, Decisions(defaults={"x": ["gs://a"]})).needs
        assert need.value == '["gs://a"]'


V1 = argo_files.one_container(
    "container: {image: a, command: [sh]}", arguments={"x": "s3://bucket/data"}
)
V2 = kfp_files.text_of(
    kfp_files.spec(
        root={
            "dag": {"tasks": {"say": kfp_files.task()}},
            "inputDefinitions": {
                "parameters": {"x": {"parameterType": "STRING", "defaultValue": "s3://bucket/data"}}
            },
        }
    )
)


@pytest.mark.parametrize("text", [V1, V2], ids=["v1", "v2"])
@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
def test_of_files(text: str, to: str) -> None:
    given = translator.load_text(text)
    options = target(given, to).options(decisions=Decisions(defaults={"x": "gs://bucket/data"}))
    found = {one.rule.code for one in translator.check(given, to, options)}
    if given.workflow is not None and to == "kubeflow":
        assert "TR381" in found
        return
    assert "TR376" in found and "TR307" not in found
    written = yaml.safe_load(translator.render(given, to, options)["pipeline.yaml"])
    inputs = written["root"]["inputDefinitions"]["parameters"]
    assert inputs["x"]["defaultValue"] == "gs://bucket/data"
