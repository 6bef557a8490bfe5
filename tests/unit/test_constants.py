"""Constants of the model with parsed texts, and the names that a compiler generates for inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.model import Constant, FromParent, FromTask, texts_of
from translator.model.channels import author_name, channel, channel_name, is_channel, readable
from translator.model.expressions import Selector
from translator.placeholders import Placeholder, PlaceholderKind, Text

if TYPE_CHECKING:
    from translator.model import Json, ParsedJson

INPUT = "{{$.inputs.parameters['pipelinechannel--city']}}"
CITY = Placeholder(PlaceholderKind.INPUT_VALUE, "pipelinechannel--city")

words = st.sampled_from([INPUT, "{{$.pipeline_job_name}}", "{{$.new['a']}}", "{{$", "}}", "plain"])
leaves = st.none() | st.booleans() | st.integers() | st.lists(words, max_size=3).map("".join)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_printing_all_texts_gives_the_value_again(value: Json) -> None:
    assert printed(Constant(value=value).parsed) == value


@given(values)
def test_every_text_is_found(value: Json) -> None:
    found = [str(text) for text in texts_of(Constant(value=value).parsed)]
    assert found == texts_by_hand(value)


def test_a_text_has_its_placeholders_and_a_key_has_none() -> None:
    constant = Constant(value={INPUT: [f"to {INPUT}", 1]})
    assert constant.parsed == {INPUT: [Text(("to ", CITY)), 1]}


def test_messages_show_the_names_of_authors() -> None:
    assert readable(Text(("to ", CITY))) == readable(f"to {INPUT}") == "to {city}"
    run = "{{$.pipeline_job_name}} {{$.inputs.artifacts['a'].uri}}"
    assert readable(run) == run


@given(st.text())
def test_a_generated_name_has_the_name_of_the_author(name: str) -> None:
    assert is_channel(channel(name))
    assert author_name(channel(name)) == name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (FromParent(name="city"), "pipelinechannel--city"),
        (FromParent(name="pipelinechannel--city"), "pipelinechannel--city"),
        (FromTask(task="ask", output="Output"), "pipelinechannel--ask-Output"),
        (FromParent(name="city", selector=Selector(path=("a", 0))), "pipelinechannel--city-a-0"),
    ],
)
def test_names_are_generated_as_kfp_does(source: FromParent | FromTask, name: str) -> None:
    assert channel_name(source) == name


def printed(value: ParsedJson) -> object:
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, list):
        return [printed(entry) for entry in value]
    if isinstance(value, dict):
        return {key: printed(entry) for key, entry in value.items()}
    return value


def texts_by_hand(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for entry in value for text in texts_by_hand(entry)]
    return [value] if isinstance(value, str) else []
