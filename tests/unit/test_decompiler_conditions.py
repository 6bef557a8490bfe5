"""Conditions that kfp's comparisons have no form for, in CEL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.decompiling import HEAD, compiled, round_trip
from translator.cel import parsed_condition
from translator.comparison import compare
from translator.decompiler import decompiled
from translator.decompiler.conditions import CEL
from translator.model import Dag, Pipeline, Trigger
from translator.records import replace

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("kfp")

SOURCE = f"""{HEAD}
@dsl.pipeline(name="p")
def p(first: str, second: str):
    with dsl.If(first == second):
        say()
"""
X, Y, Z = (
    f"inputs.parameter_values['pipelinechannel--{name}']" for name in ("first", "second", "third")
)
#: Condition → the argument of dsl.If.
IN_CEL = {
    f"double({X}) > 0.9": 'cel("double({}) > 0.9", first)',
    f"double({X}) >= double({Y})": 'cel("double({}) >= double({})", first, second)',
    f"double({Y}) > 1.0 && {X} == 'a'": """cel("double({}) > 1.0 && {} == 'a'", second, first)""",
    f"{X} == 'a' || {X} == 'b'": """cel("{0} == 'a' || {0} == 'b'", first)""",
    f"!({X} == 'a' || {Y} == 'b')": """cel("!({} == 'a' || {} == 'b')", first, second)""",
    f"({X} == 'a' || {Y} == 'a') && {X} != 'b'": (
        """cel("({0} == 'a' || {1} == 'a') && {0} != 'b'", first, second)"""
    ),
    # Braces, which str.format reads, and what Python and CEL escape.
    f"{X} == '{{0}}}}a' || {Y} == ''": """cel("{} == '{{0}}}}a' || {} == ''", first, second)""",
    rf"{X} == 'a\'\\\n' || {X} > 'b'": r"""cel("{0} == 'a\\'\\\\\\n' || {0} > 'b'", first)""",
}


def with_condition(pipeline: Pipeline, condition: str) -> Pipeline:
    """The pipeline with another condition of its branch."""
    assert isinstance(pipeline.root.body, Dag)
    task = pipeline.root.body.tasks["condition-1"]
    trigger = Trigger(condition=parsed_condition(condition))
    tasks = {**pipeline.root.body.tasks, "condition-1": replace(task, trigger=trigger)}
    return replace(pipeline, root=replace(pipeline.root, body=Dag(tasks=tasks)))


@pytest.mark.parametrize(("condition", "argument"), IN_CEL.items(), ids=IN_CEL)
def test_conditions_in_cel(condition: str, argument: str, tmp_path: Path) -> None:
    pipeline = with_condition(compiled(SOURCE, "p", tmp_path), condition)
    found = round_trip(pipeline, tmp_path)
    assert f"with dsl.If({argument}):" in found.text
    again = compiled(found.text, found.function, tmp_path)
    assert f"with dsl.If({argument}):" in decompiled(again, file="pipeline.yaml").text
    other = with_condition(pipeline, condition.replace(">", "<").replace("a", "x"))
    assert not compare(other, again, renamed=True).same


def test_elif_in_cel(tmp_path: Path) -> None:
    """kfp negates the condition of the branch before."""
    function = """
@dsl.pipeline(name="p")
def p(first: str, second: str):
    with dsl.If(cel("double({}) > 0.9", first)):
        say()
    with dsl.Elif(cel("{0} == 'a' || {0} == 'b'", second)):
        say(text="b")
    with dsl.Else():
        say(text="c")
"""
    found = round_trip(compiled(f"{HEAD}{CEL}\n{function}", "p", tmp_path), tmp_path)
    assert function.partition(":\n")[2].strip() in found.text


def test_conjunctions_of_three_values(tmp_path: Path) -> None:
    source = SOURCE.replace("second: str", "second: str, third: str")
    source = source.replace("say()", "say(text=third)")
    condition = f"double({X}) > 0.9 && {Z} == 'a' && ({Y} == 'a' || {Y} == {X})"
    found = decompiled(with_condition(compiled(source, "p", tmp_path), condition), file="")
    assert [one.rule.code for one in found.findings] == []
    expected = """
    with (
        dsl.If(cel("double({}) > 0.9", first)),
        dsl.If(third == "a"),
        dsl.If(cel("{0} == 'a' || {0} == {1}", second, first)),
    ):
"""
    assert expected in found.text
    compiled(found.text, found.function, tmp_path)


@pytest.mark.parametrize(
    "condition",
    [
        "'a' == 'b'",
        "true",
        f"{X} == {Y} || {Z} > 0.5",
        f"double({X}) > {Z}",
        f"{X} in ['a', 'b']",
    ],
)
def test_conditions_without_a_form(condition: str, tmp_path: Path) -> None:
    source = SOURCE.replace("second: str", "second: str, third: float")
    source = source.replace("say()", "say(text=f'{third}')")
    pipeline = with_condition(compiled(source, "p", tmp_path), condition)
    found = decompiled(pipeline, file="")
    assert [one.rule.code for one in found.findings] == ["TR531"]
