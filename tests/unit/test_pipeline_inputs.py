"""The inputs of scripts: what pipeline.yaml says of them, flags, files, and checked values.

The writers' tests look at the same through whole scripts; here are the pieces.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import pipeline_inputs
import script_support
import vertex_runner
from pipeline_inputs import (
    HIDDEN,
    Input,
    checked_settings,
    declare,
    doubles,
    parse_flags,
    read_values,
    v1_text,
    without_secrets,
)
from script_support import Failure, exit_with, printable, read_pipeline, tasks_of, watch
from translator.model import Component, Dag, Interface, Parameter, ParameterType, Pipeline
from translator.writers.inputs import flags_of, input_calls

if TYPE_CHECKING:
    from pathlib import Path

    from translator.writers.rendering import Call

OWN = frozenset({"host", "help", "wait", "params-file"})
SPEC = {
    "pipelineInfo": {"name": "demo"},
    "schemaVersion": "2.1.0",
    "root": {
        "inputDefinitions": {
            "parameters": {
                "text": {"parameterType": "STRING"},
                "count": {"parameterType": "NUMBER_INTEGER", "defaultValue": 3},
                "old": {"type": "DOUBLE", "isOptional": True},
                "mode": {"parameterType": "STRING", "literals": ["a", "b"], "defaultValue": "a"},
                "status": {"parameterType": "TASK_FINAL_STATUS"},
            }
        }
    },
}


def inputs() -> list[Input]:
    """The inputs of ``SPEC``, with what it says of them."""
    made = [Input("text"), Input("count"), Input("old"), Input("mode")]
    assert declare(made, SPEC) == []
    return made


def parsed(made: list[Input], *argv: str, table: Any = None, **defaults: Any) -> Any:
    """What argparse makes of the flags."""
    with mock.patch.object(sys, "argv", ["x", *argv]):
        return parse_flags("What it does.", "", table or {}, defaults, made)


def values_of(made: list[Input], *argv: str, errors: list[str]) -> Any:
    """The values that a command line gives."""
    return read_values(parsed(made, *argv), made, errors)


def checked(one: Input, value: Any, *, as_text: bool = False) -> Any:
    """The value as it is sent, or what is wrong with it."""
    try:
        return pipeline_inputs.checked(one, value, v1_text if as_text else None)
    except ValueError as error:
        return [f"Parameter {one.name} {error}"]


class TestDeclare:
    def test_types_and_defaults_are_those_of_the_pipeline(self) -> None:
        text, count, old, mode = inputs()
        assert (text.kind, text.default, text.required) == ("STRING", None, True)
        assert (count.kind, count.default, count.required) == ("NUMBER_INTEGER", 3, False)
        assert (old.kind, old.default, old.required) == ("NUMBER_DOUBLE", None, False)
        assert mode.literals == ["a", "b"]

    def test_what_is_in_one_of_the_two_is_reported(self) -> None:
        assert declare([Input("text"), Input("x")], SPEC) == [
            "pipeline.yaml has no input x.",
            *(
                f"Input {name} of pipeline.yaml is not in INPUTS."
                for name in ("count", "old", "mode")
            ),
        ]

    @pytest.mark.parametrize("root", [None, [], {"inputDefinitions": 1}, {"inputDefinitions": {}}])
    def test_an_edited_pipeline_may_have_anything(self, root: Any) -> None:
        assert declare([Input("x")], {"root": root}) == ["pipeline.yaml has no input x."]

    def test_summaries(self) -> None:
        made = [*inputs(), Input("n", help="How many", declared="Integer", value="7")]
        made.append(Input("password", secret=True, value="hunter2"))
        assert [one.summary() for one in made] == [
            "[STRING, required]",
            "[NUMBER_INTEGER, default: 3]",
            "[NUMBER_DOUBLE, optional]",
            '[STRING, default: "a"]',
            'How many [Integer, default: "7"]',
            "[default: (not shown)]",
        ]
        assert Input("x").summary() == "[default: see pipeline.yaml]"

    def test_tasks_are_also_those_of_inner_pipelines(self) -> None:
        spec = {
            "root": {"dag": {"tasks": {"a": {"x": 1}, "odd": 3}}},
            "components": {"b": {"dag": {"tasks": {"c": {"y": 2}}}}, "d": None},
        }
        assert list(tasks_of(spec)) == [("a", {"x": 1}), ("c", {"y": 2})]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("a: 1", "pipelineInfo is missing"),
            ("", "pipelineInfo is missing"),
            ("a: [", "cannot read the pipeline in .*: it is not YAML: "),
            ("a: 1\na: 2", 'cannot read the pipeline in .*: the key "a" occurs twice'),
            ("a: 2030-01-01", "cannot read the pipeline in .*: Object of type date is not JSON"),
        ],
    )
    def test_what_is_not_a_pipeline(self, tmp_path: Path, text: str, told: str) -> None:
        path = tmp_path / "pipeline.yaml"
        path.write_text(text)
        with pytest.raises(Failure, match=told) as caught:
            read_pipeline(path)
        assert caught.value.status == 2


def calls_for(names: list[str]) -> list[Call]:
    """What the writer writes down of inputs with these names."""
    text = Parameter(type=ParameterType.STRING)
    interface = Interface(parameters=dict.fromkeys(names, text))
    root = Component(body=Dag(tasks={}), inputs=interface)
    return input_calls(Pipeline(name="demo", root=root, components={}, executors={}), OWN)


class TestFlags:
    @given(st.lists(st.text(max_size=8) | st.sampled_from(sorted(OWN)), unique=True))
    @example(["a_b", "a-b", "a__b", "_x", "größe", "host", "", "a.b", "A b"])
    def test_are_those_that_the_writer_chose(self, names: list[str]) -> None:
        """Though it writes down only those that do not follow from the names."""
        calls = calls_for(names)
        made = [Input(*call.positional, **call.named) for call in calls]  # type: ignore[arg-type]
        assert {one.name: tuple(one.flags) for one in made} == flags_of(names, OWN)

    def test_the_usual_ones_are_not_written_down(self) -> None:
        names = ["learning_rate", "x", "a-b", "host"]
        calls = calls_for(names)
        assert [call.named for call in calls] == [{}, {}, {}, {"flag": "param-host"}]

    @pytest.mark.parametrize("number", ["-1e-5", "-5", "-.5", "-.5e3"])
    def test_negative_numbers_are_values(self, number: str) -> None:
        assert vars(parsed(inputs(), "--count", number))["input count"] == number

    def test_a_table_of_flags(self, capsys: pytest.CaptureFixture[str]) -> None:
        table: dict[str, dict[str, Any]] = {
            "first": {"--a-b": "100% [sure]", "--c": ("d", {"type": int, "default": None})},
            "next": {"--on": ("e", "switch"), "--p": ("f", "pairs"), "--n": ("g", "number")},
        }
        usual = {"a_b": "old%d", "c": None, "on": False, "p": [], "n": None, "params_file": None}
        assert vars(parsed([], table=table, a_b="old%d")) == usual
        words = ("--a-b", "x", "--c", "3", "--on", "--p", "a=b=c", "--p", "d=", "--n", "7")
        given = {"a_b": "x", "c": 3, "on": True, "p": [["a", "b=c"], ["d", ""]], "n": 7}
        assert vars(parsed([], *words, table=table)) == {**usual, **given}
        with pytest.raises(SystemExit):
            parsed([], "--help", table=table, a_b="old%d")
        assert "--a-b A_B           100% [sure] [old%d]" in capsys.readouterr().out


class TestValues:
    def test_flags_win_over_the_file_and_the_file_over_the_script(self, tmp_path: Path) -> None:
        made = inputs()
        made[0].value, made[1].value, made[2].value = "script", 1, 0.5
        path = tmp_path / "p.yaml"
        path.write_text("{count: 2, old: 1.5}")
        errors: list[str] = []
        argv = ("--old", "2.5", "--params-file", str(path))
        found = values_of(made, *argv, errors=errors)
        assert found == {"text": "script", "count": 2, "old": 2.5}
        assert errors == []

    def test_null_is_not_a_value(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "p.json"
        path.write_text('{"text": null, "count": null, "old": null}')
        made, errors = inputs(), list[str]()
        assert values_of(made, "--params-file", str(path), errors=errors) == {}
        told = "warning: Parameter count: null is not sent; 3 is used.\n"
        assert capsys.readouterr().err == told
        (error,) = errors
        assert error.startswith("Parameter text (STRING) has no value. Pass --text VALUE")

    @pytest.mark.parametrize(
        ("kind", "text", "value"),
        [
            ("NUMBER_INTEGER", "07", 7),
            ("NUMBER_INTEGER", "2.0", 2),
            ("NUMBER_INTEGER", "1e3", 1000),
            ("NUMBER_DOUBLE", ".5", 0.5),
            ("NUMBER_DOUBLE", "3", 3),
            ("BOOLEAN", "FALSE", False),
            ("LIST", '[1, "a"]', [1, "a"]),
            ("STRUCT", "{}", {}),
            ("STRING", "5", "5"),
        ],
    )
    def test_a_text_is_read_by_type(self, kind: str, text: str, value: Any) -> None:
        one = Input("x")
        one.kind = kind
        found = checked(one, text)
        assert (found, type(found)) == (value, type(value))

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            *(("NUMBER_INTEGER", value) for value in ("x", "1.5", True, "9" * 5000, [], "inf")),
            *(("NUMBER_DOUBLE", value) for value in ("", False, "1e999", float("nan"), 10**400)),
            *(("BOOLEAN", value) for value in ("1", 1, 0.0)),
            *(("LIST", value) for value in ("{}", "[", {}, "[" * 100_000, [{1: 2}], [{3}])),
            *(("STRUCT", value) for value in ("[]", [])),
            *(("STRING", value) for value in (5, b"x", ["a"])),
        ],
    )
    def test_a_value_of_another_type_is_refused(self, kind: str, value: Any) -> None:
        one = Input("x")
        one.kind = kind
        (error,) = checked(one, value)
        assert error.startswith("Parameter x")

    def test_a_value_that_is_nested_too_deeply(self) -> None:
        one, value = Input("x"), []
        one.kind = "LIST"
        for _ in range(5000):
            value = [value]
        (error,) = checked(one, value)
        assert error.startswith("Parameter x is not JSON: maximum recursion depth exceeded")

    def test_of_some_values_one_is_taken(self) -> None:
        mode = inputs()[3]
        assert checked(mode, "b") == "b"
        assert checked(mode, "c") == ['Parameter mode is one of "a", "b"; got "c".']

    def test_secrets_are_in_no_message(self) -> None:
        one = Input("password", secret=True)
        one.kind = "NUMBER_INTEGER"
        assert checked(one, "hunter2") == [
            "Parameter password is NUMBER_INTEGER, got (not shown) (str)."
        ]

    @pytest.mark.parametrize(
        ("declared", "value", "text"),
        [
            ("Integer", "07", "07"),
            ("Integer", 5, "5"),
            ("Bool", True, "True"),
            ("Bool", "Yes", "Yes"),
            ("JsonObject", {"a": 1}, '{"a": 1}'),
            ("Integer", "{{workflow.uid}}", "{{workflow.uid}}"),
            ("GCSPath", "x", "x"),
            ("", 1.5, "1.5"),
        ],
    )
    def test_in_kfp_v1_every_value_is_a_text(self, declared: str, value: Any, text: str) -> None:
        one = Input("x", declared=declared)
        one.kind = "STRING"
        assert checked(one, value, as_text=True) == text

    @pytest.mark.parametrize(
        ("declared", "value"), [("Integer", "1.5"), ("Bool", "maybe"), ("JsonObject", "[1]")]
    )
    def test_a_text_of_kfp_v1_reads_as_its_type(self, declared: str, value: str) -> None:
        one = Input("x", declared=declared)
        one.kind = "STRING"
        assert checked(one, value, as_text=True) == [f'Parameter x is {declared}, got "{value}".']

    @pytest.mark.parametrize(
        ("declared", "kind"),
        [
            *(("Integer", "NUMBER_INTEGER"), ("Float", "NUMBER_DOUBLE"), ("Bool", "BOOLEAN")),
            *(("JsonObject", "STRUCT"), ("JsonArray", "LIST"), ("GCSPath", "STRING")),
            ("", "STRING"),
        ],
    )
    def test_a_declared_type_is_of_a_text(self, declared: str, kind: str) -> None:
        one = Input("x", declared=declared)
        one.kind = "STRING"
        assert one.reads_as == kind
        one.kind = "LIST"
        assert one.reads_as == "LIST"

    @pytest.mark.parametrize("number", [2**53 + 1, -(2**60) - 1])
    def test_lost_digits(self, number: int, capsys: pytest.CaptureFixture[str]) -> None:
        value = {"a": [number, 2**60, True, 0.1, "1"]}
        made = [Input("x", value=value), Input("y", value=2**60), Input("z")]
        made[0].kind, made[1].kind = "STRUCT", "NUMBER_INTEGER"
        values_of(made, errors=[])
        (told,) = capsys.readouterr().err.splitlines()
        assert told.startswith(f'warning: Parameter x: {{"a": [{number}, 11529215')
        secret = Input("x", secret=True, value=number)
        secret.kind = "NUMBER_INTEGER"
        values_of([secret], errors=[])
        told = capsys.readouterr().err
        assert "arrives as (not shown)" in told
        assert str(number) not in told
        read_values(parsed(made), made, [], as_doubles=False)
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize("value", [float("nan"), {1: 2}, {"a": {2}}, 10**400])
    def test_what_is_not_json(self, value: Any) -> None:
        with pytest.raises(ValueError, match="is not JSON: "):
            doubles(value)


class TestPrinting:
    @given(st.text())
    @example("a\x1b[2J\n::set-output name=x::y")
    @example("##[command]\u2028\ud800")
    def test_a_line_steers_nothing(self, text: str) -> None:
        line = printable(text)
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line

    def test_a_failure_ends_the_program(self, capfd: pytest.CaptureFixture[str]) -> None:
        def fail() -> int:
            raise Failure("a\nb", "c\nd", status=2)

        with pytest.raises(SystemExit) as caught:
            exit_with(fail)
        assert caught.value.code == 2
        assert capfd.readouterr().err == "error: a b\nc\nd\n"

    def test_warnings_of_a_library_take_a_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        script_support.show_warnings_of("some.library")
        logger = logging.getLogger("some.library.part")
        try:
            raise ValueError("why\nnot")
        except ValueError:
            logger.exception("oh %s", "no")
        logger.info("quiet")
        assert capsys.readouterr().err == "warning: oh no: why not\n"


class TestWatch:
    def run(self, *states: str | OSError) -> tuple[str, list[str]]:
        """The last state, and what is left of these."""
        left = list(states)

        def look() -> str:
            now = left.pop(0)
            if isinstance(now, OSError):
                raise now
            return now

        return watch(look, ("DONE",), (OSError,), 0), left

    def test_prints_each_state_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("A", "A", "B", "DONE", "C") == ("DONE", ["C"])
        printed = capsys.readouterr().out.splitlines()
        assert [line.split()[1] for line in printed] == ["A", "B", "DONE"]

    def test_a_network_may_fail_now_and_then(self) -> None:
        broken = OSError("no way")
        assert self.run("A", *[broken] * 4, "A", *[broken] * 4, "DONE") == ("DONE", [])
        with pytest.raises(Failure, match="lost sight of the run, which goes on: no way"):
            self.run("A", *[broken] * 5)


class TestSettings:
    """Values that a person writes into SETTINGS."""

    def refused(self, capsys: pytest.CaptureFixture[str], **values: Any) -> str:
        settings = vertex_runner.Settings()._replace(**values)
        with pytest.raises(Failure) as caught:
            checked_settings(settings)
        return capsys.readouterr().err + str(caught.value)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"project": 5}, "SETTINGS: project must be str, got 5."),
            ({"cache": "no"}, 'SETTINGS: cache must be NoneType or bool, got "no".'),
            (
                {"reserved_ip_ranges": "abc"},
                'SETTINGS: reserved_ip_ranges must be tuple or list, got "abc".',
            ),
            ({"labels": ["a"]}, 'SETTINGS: labels must be dict, got ["a"].'),
        ],
    )
    def test_wrong_ones(
        self, capsys: pytest.CaptureFixture[str], values: dict[str, Any], message: str
    ) -> None:
        assert self.refused(capsys, **values) == message

    def test_all_at_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.refused(capsys, project=5, cache=0).count("SETTINGS") == 2

    def test_right_ones(self) -> None:
        settings = vertex_runner.Settings(
            project="p", reserved_ip_ranges=["r"], labels={"a": "b"}, failure_policy="fast"
        )
        assert checked_settings(settings) == settings._asdict()


def test_a_secret_is_not_printed() -> None:
    inputs = [Input("password", secret=True), Input("user")]
    values = {"password": "hunter2", "user": "me"}
    shown = without_secrets(inputs, values)
    assert shown == {"password": HIDDEN, "user": "me"}
