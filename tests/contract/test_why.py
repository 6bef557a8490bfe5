"""``translator why``: the sources of inputs, in pipelines that kfp compiles."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from kfp import compiler, dsl

from translator.cli import main

TRAIN = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"


@dsl.component
def make(size: int = 3) -> list[str]:
    return ["x"] * size


@dsl.component
def say(text: str) -> str:
    return text


@dsl.component
def tell(text: str) -> str:
    return text


@dsl.component
def count(texts: list[str]) -> int:
    return len(texts)


class Outputs(NamedTuple):
    said: str


@dsl.pipeline
def inner(words: list[str], flag: str = "yes") -> Outputs:
    with dsl.If(flag == "yes"):
        first = tell(text="first")
    with dsl.Else():
        second = tell(text=f"second of {flag}")
    return Outputs(said=dsl.OneOf(first.output, second.output))


@dsl.pipeline
def flow(name: str = "joe") -> None:
    things = make()
    nested = inner(words=things.output)
    with dsl.ParallelFor(things.output) as thing:
        said = say(text=f"{thing} and {name}")
    with dsl.ParallelFor([{"a": "1"}, {"a": "2"}]) as item:
        say(text=item.a)
    count(texts=dsl.Collected(said.output))
    say(text=nested.outputs["said"])


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    path = tmp_path_factory.mktemp("why") / "flow.yaml"
    compiler.Compiler().compile(flow, str(path))

    def why(place: str) -> list[str]:
        done = CliRunner().invoke(main, ["why", str(path), place])
        assert done.exit_code == 0, done.output
        return [line.partition("  (line ")[0] for line in done.stdout.splitlines()]

    return why


def test_loops_and_texts(ask: Callable[[str], list[str]]) -> None:
    assert ask("say.text") == [
        "say",
        "  runs for each of make.output",
        "  text",
        '    the constant "{make-Output-loop-item} and {name}"',
        "      in which `make-Output-loop-item` is",
        "        an item of the loop `for-loop-1`",
        "          whose items are",
        "            output `Output` of task `make`",
        "      in which `name` is",
        '        the input `name` of the pipeline, whose default is "joe"',
    ]


def test_parts_of_items(ask: Callable[[str], list[str]]) -> None:
    assert ask("say-2.text")[2:] == [
        "  text",
        "    part `a`",
        "      an item of the loop `for-loop-3`",
        '        whose items are [{"a": "1"}, {"a": "2"}]',
    ]


def test_collected(ask: Callable[[str], list[str]]) -> None:
    assert ask("count.texts")[1:] == [
        "  texts",
        "    output `say-Output` of task `for-loop-1`",
        "      collected from all items of the loop `for-loop-1`",
        "      output `Output` of task `say`",
    ]


def test_branches(ask: Callable[[str], list[str]]) -> None:
    lines = ask("say-3")
    assert lines[1:3] == ["  text", "    output `said` of task `inner`"]
    assert "      of whichever of these tasks ran" in [line[2:] for line in lines]
    assert [line.strip() for line in lines if "of task `tell" in line] == [
        "output `Output` of task `tell`",
        "output `Output` of task `tell-2`",
    ]


def test_defaults(ask: Callable[[str], list[str]]) -> None:
    assert ask("make") == ["make", "  size", "    the default of the component: 3"]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("trin", "no task 'trin' (did you mean train?)"),
        ("train.tres", "task 'train' has no input 'tres' (did you mean trees?)"),
    ],
)
def test_unknown_names(place: str, message: str) -> None:
    done = CliRunner().invoke(main, ["why", str(TRAIN), place])
    assert done.exit_code == 2
    assert message in done.stderr


def test_kfp_v1() -> None:
    done = CliRunner().invoke(main, ["why", str(TRAIN), "train.data"])
    assert done.stdout == "train\n  data\n    output `train` of task `preprocess`\n"


def test_display_names() -> None:
    done = CliRunner().invoke(main, ["why", str(TRAIN), "Training"])
    assert done.stdout.startswith("train\n")
