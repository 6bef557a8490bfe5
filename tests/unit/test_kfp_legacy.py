"""What schema 2.0.0 spells otherwise, and numbers as protobuf's JSON form has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.kfp_files import (
    only_if,
    read,
    read_task,
    spec,
    task,
    told,
    with_executor,
    with_task,
)
from translator.model import (
    Constant,
    Importer,
    Interface,
    Json,
    Parameter,
    ParameterType,
    Retry,
    Submission,
)

TYPES = {
    "STRING": ParameterType.STRING,
    "INT": ParameterType.NUMBER_INTEGER,
    "DOUBLE": ParameterType.NUMBER_DOUBLE,
}


@pytest.mark.parametrize(("written", "kind"), TYPES.items(), ids=TYPES)
def test_types_have_other_names(written: str, kind: ParameterType) -> None:
    say = {
        "executorLabel": "exec-say",
        "inputDefinitions": {"parameters": {"x": {"type": written}}},
    }
    pipeline = read(spec(schemaVersion="2.0.0", components={"comp-say": say}))
    assert pipeline.components["comp-say"].inputs == Interface(
        parameters={"x": Parameter(type=kind)}
    )


@pytest.mark.parametrize("field", ["type", "parameterType"])
@pytest.mark.parametrize("written", ["LONG", "PARAMETER_TYPE_ENUM_UNSPECIFIED", ""])
def test_a_type_of_neither_schema_is_told(field: str, written: str) -> None:
    root = {
        "dag": {"tasks": {"say": task()}},
        "inputDefinitions": {"parameters": {"x": {field: written}}},
    }
    assert told(spec(root=root)) == [("TR133", f"/root/inputDefinitions/parameters/x/{field}")]


VALUES: dict[str, tuple[dict[str, Json], Json]] = {
    "text": ({"stringValue": "a"}, "a"),
    "no text": ({"stringValue": ""}, ""),
    "int64 as text": ({"intValue": "3"}, 3),
    "a large one": ({"intValue": "9007199254740993"}, 9007199254740993),
    "below zero": ({"intValue": "-3"}, -3),
    "int64 as number": ({"intValue": 3}, 3),
    "double": ({"doubleValue": 0.5}, 0.5),
    "whole double": ({"doubleValue": 2}, 2.0),
}


@pytest.mark.parametrize(("given", "value"), VALUES.values(), ids=VALUES)
def test_constants_say_their_type(given: dict[str, Json], value: Json) -> None:
    wrapped = {"runtimeValue": {"constantValue": given}}
    found = read_task(with_task(inputs={"parameters": {"p": wrapped}})).parameters["p"]
    assert found == Constant(value=value)
    assert type(found.value) is type(value)


@pytest.mark.parametrize("written", [2**63, str(-(2**63) - 1)])
def test_integers_have_64_bits(written: Json) -> None:
    wrapped = {"runtimeValue": {"constantValue": {"intValue": written}}}
    place = "/root/dag/tasks/say/inputs/parameters/p/runtimeValue/constantValue/intValue"
    assert told(with_task(inputs={"parameters": {"p": wrapped}})) == [("TR133", place)]


def test_the_address_of_an_importer_says_its_type() -> None:
    given = {"importer": {"artifactUri": {"constantValue": {"stringValue": "gs://b/o"}}}}
    importer = read(with_executor(given)).executors["exec-say"]
    assert isinstance(importer, Importer)
    assert importer.uri == Constant(value="gs://b/o")


def test_arguments_of_a_job_say_their_type_and_newer_ones_win() -> None:
    declared = {name: {"parameterType": "NUMBER_DOUBLE"} for name in "nxy"}
    root = {**spec()["root"], "inputDefinitions": {"parameters": declared}}
    job = {
        "pipelineSpec": spec(root=root),
        "runtimeConfig": {
            "parameters": {"n": {"intValue": "3"}, "x": {"doubleValue": 1.5}, "y": {"intValue": 1}},
            "parameterValues": {"y": 2},
        },
    }
    assert read(job).submission == Submission(arguments={"n": 3, "x": 1.5, "y": 2})


@pytest.mark.parametrize(
    "values", [{"parameters": {"n": {"intValue": 3}}}, {"parameterValues": {"n": 3}}]
)
def test_a_value_for_what_is_no_parameter_is_told(values: dict[str, Any]) -> None:
    job = {"pipelineSpec": spec(), "runtimeConfig": values}
    assert told(job) == [("TR136", f"/runtimeConfig/{next(iter(values))}/n")]


CONDITIONS = {
    "text": (
        "inputs.parameters['flip-coin-Output'].string_value == 'heads'",
        "inputs.parameter_values['flip-coin-Output'] == 'heads'",
    ),
    "numbers": (
        "inputs.parameters['a'].int_value > inputs.parameters['b'].double_value",
        "inputs.parameter_values['a'] > inputs.parameter_values['b']",
    ),
    "double quotes": (
        'inputs.parameters["a"].string_value == "1"',
        "inputs.parameter_values['a'] == \"1\"",
    ),
    "today's": (
        "int(inputs.parameter_values['a']) > 5 && true",
        "int(inputs.parameter_values['a']) > 5 && true",
    ),
    "a word that looks like it": (
        "'inputs.parameters' == inputs.parameter_values['a']",
        "'inputs.parameters' == inputs.parameter_values['a']",
    ),
}


@pytest.mark.parametrize(("written", "now"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions_name_their_inputs_otherwise(written: str, now: str) -> None:
    found = read_task(with_task(triggerPolicy={"condition": written}))
    assert found.trigger == only_if(now)


def test_the_deployment_had_another_name() -> None:
    newer = spec()
    older = spec(deploymentConfig=newer["deploymentSpec"])
    del older["deploymentSpec"]
    assert read(older) == read(newer)


@pytest.mark.parametrize("written", [3, 3.0, "3"])
def test_whole_numbers_are_spelled_in_three_ways(written: Json) -> None:
    found = read_task(with_task(retryPolicy={"maxRetryCount": written}))
    assert found.retry == Retry(max_retries=3)
    assert type(found.retry.max_retries) is int
    limited = read_task(with_task(iteratorPolicy={"parallelismLimit": written}))
    assert (limited.parallelism, type(limited.parallelism)) == (3, int)


@pytest.mark.parametrize("written", [3.5, "3.5", "three", "", True, [3], {}], ids=repr)
def test_what_is_no_whole_number_is_told(written: Any) -> None:
    place = "/root/dag/tasks/say/retryPolicy/maxRetryCount"
    assert ("TR133", place) in told(with_task(retryPolicy={"maxRetryCount": written}))


DURATIONS = {"0s": 0.0, "3600s": 3600.0, "1.5s": 1.5, "-2s": -2.0, "0.000000001s": 1e-9}


@pytest.mark.parametrize(("written", "seconds"), DURATIONS.items(), ids=DURATIONS)
def test_durations_are_seconds(written: str, seconds: float) -> None:
    found = read_task(with_task(retryPolicy={"backoffDuration": written}))
    assert found.retry == Retry(backoff_seconds=seconds)


@pytest.mark.parametrize("written", ["60", "1m", "s", "1,5s", "1e3s", ""])
def test_what_is_no_duration_is_told(written: str) -> None:
    place = "/root/dag/tasks/say/retryPolicy/backoffMaxDuration"
    assert told(with_task(retryPolicy={"backoffMaxDuration": written})) == [("TR133", place)]
