"""What kfp's compiler keeps otherwise than an author would think, and the decompiler gives back."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.unit.decompiling import HEAD, body, compiled, round_trip
from translator.decompiler import decompiled
from translator.model import Constant, Dag, FromParent
from translator.records import replace

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = "pipelinechannel--texts"
CASES = {
    "what follows an Elif without an Else": """
        def p(number: int):
            say_task = say(text="first")

            with dsl.If(number == 1):
                say(text="a").after(say_task)
            with dsl.Elif(number == 2):
                say(text="b")

            say(text="c")

            with dsl.If(number == 3):
                say(text="d")
    """,
    "an Elif without an Else in a loop": """
        def p(number: int):
            with dsl.ParallelFor(["a", "b"]) as item:
                say(text=item)

                with dsl.If(number == 1):
                    say(text="c")
                with dsl.Elif(number == 2):
                    say(text="d")

            # kfp's compiler adds this to the block above, which has a dsl.Elif without a dsl.Else.
            with dsl.If(number == 3):
                say(text="e")
            with dsl.Elif(number == 4):
                say(text="f")

            say(text="g")
    """,
    "a loop in a group whose other tasks take the list": """
        def p(texts: list, number: int):
            with dsl.If(number == 1):
                with dsl.ParallelFor(texts):
                    say()

                join(texts=texts)
    """,
    "items of a loop in lists": """
        def p(texts: list):
            with dsl.ParallelFor([{"a": 1}]) as item, dsl.ParallelFor(texts) as text:
                join(texts=[item, text])
    """,
}


@pytest.mark.parametrize("case", CASES)
def test_is_found_again(case: str, tmp_path: Path) -> None:
    function = textwrap.dedent(CASES[case]).strip()
    source = f'{HEAD}\n\n@dsl.pipeline(name="p")\n{function}\n'
    found = round_trip(compiled(source, "p", tmp_path), tmp_path)
    assert textwrap.dedent(body(found)) == textwrap.dedent(function.split("\n", 1)[1])


def test_tasks_behind_a_loop_that_kfp_leaves_open(tmp_path: Path) -> None:
    source = f"""{HEAD}
@dsl.pipeline
def p(number: int):
    with dsl.ParallelFor(["a", "b"]):
        with dsl.If(number == 1):
            say(text="c")
        with dsl.Elif(number == 2):
            say(text="d")
    say(text="in the loop")
"""
    found = body(round_trip(compiled(source, "p", tmp_path), tmp_path))
    assert '["a", "b"]):\n        say(text="in the loop")\n' in found


def test_a_text_that_kfp_takes_for_no_channel(tmp_path: Path) -> None:
    source = f"""{HEAD}
from typing import List

@dsl.pipeline
def p(texts: List[str]):
    say(text=f"{{texts}}")
"""
    found = body(round_trip(compiled(source, "p", tmp_path), tmp_path))
    assert found == '    say(text="{{channel:task=;name=texts;type=typing.List[str];}}")'


def test_a_text_that_kfp_takes_for_a_channel(tmp_path: Path) -> None:
    source = f"{HEAD}\n@dsl.pipeline\ndef p():\n    say(text='x')\n"
    pipeline = compiled(source, "p", tmp_path)
    assert isinstance(pipeline.root.body, Dag)
    ((name, task),) = pipeline.root.body.tasks.items()
    text = "{{channel:task=;name=texts;type=String;}}"
    task = replace(task, parameters={"text": Constant(value=text)})
    root = replace(pipeline.root, body=replace(pipeline.root.body, tasks={name: task}))
    found = decompiled(replace(pipeline, root=root), file="x.yaml")
    assert [one.rule.code for one in found.findings] == ["TR530"]


def test_an_argument_that_is_the_default_of_an_inner_pipeline(tmp_path: Path) -> None:
    source = f"""{HEAD}
@dsl.pipeline
def inner(number: int = 1, unused: bool = True):
    count(number=number)

@dsl.pipeline
def p():
    inner(number=1, unused=True)
"""
    assert body(round_trip(compiled(source, "p", tmp_path), tmp_path)) == "    inner()"


def test_descriptions_of_the_inputs_of_pipelines(tmp_path: Path) -> None:
    source = f"""{HEAD}
@dsl.pipeline
def inner(text: str = "a"):
    \'\'\'It says something.

    Args:
        text: What
            it says.
    \'\'\'
    say(text=text)

@dsl.pipeline
def p(text: str):
    \'\'\':param text: What
        it says.
    \'\'\'
    inner(text=text)
"""
    text = round_trip(compiled(source, "p", tmp_path), tmp_path).text
    args = '    """Inner.\n\n    Args:\n        text: What\n            it says.\n    """\n'
    assert f'def inner(text: str = "a"):\n{args}' in text
    assert '(text: str):\n    """\n    :param text: What\n        it says.\n    """\n' in text


def test_a_description_that_begins_with_a_quote(tmp_path: Path) -> None:
    source = f"""{HEAD}
@dsl.pipeline(description='"Hello" it is.')
def p(text: str):
    \'\'\'A pipeline.

    Args:
        text: What it says.
    \'\'\'
    say(text=text)
"""
    text = round_trip(compiled(source, "p", tmp_path), tmp_path).text
    assert '    """\\"Hello" it is.\n\n    Args:\n' in text


@pytest.mark.parametrize("group", ['dsl.ParallelFor(["a"])', "dsl.If(number == 1)"])
def test_a_list_in_a_group_in_the_loop_over_it(group: str, tmp_path: Path) -> None:
    """kfp compiles no source in which a group inside a loop takes the list of the loop."""
    source = f"""
@dsl.pipeline(name="p")
def p(texts: list, others: list, number: int):
    with dsl.ParallelFor(texts) as item:
        say(text=item)
        with {group}:
            join(texts=others)
"""
    pipeline = compiled(HEAD + source, "p", tmp_path)
    name, loop = next(
        (name, one)
        for name, one in pipeline.components.items()
        if "pipelinechannel--texts-loop-item" in one.inputs.parameters
    )
    assert isinstance(loop.body, Dag)
    tasks = {
        key: replace(task, parameters=task.parameters | {channel: FromParent(name=TEXTS)})
        if (channel := "pipelinechannel--others") in task.parameters
        else task
        for key, task in loop.body.tasks.items()
    }
    changed = replace(loop, body=replace(loop.body, tasks=tasks))
    found = round_trip(
        replace(pipeline, components={**pipeline.components, name: changed}), tmp_path
    )
    assert f"    with {group}:" in found.text and "others=texts)" in found.text
