"""Long texts among arguments: JSON, and constants with values of the pipeline in them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.decompiler.definitions import Module
from translator.decompiler.layout import Code, printed
from translator.decompiler.texts import long_text

if TYPE_CHECKING:
    from translator.decompiler.literals import Piece

#: Code of a value → its text until kfp compiles the pipeline.
VALUES = {
    "host": "{{channel:task=;name=host;type=String;}}",
    'train_task.outputs["host"]': "{{channel:task=train;name=host;type=String;}}",
    "item.a": "{{channel:task=;name=loop-item-param-1-subvar-a;type=String;}}",
}
HOST, OUTPUT, ITEM = (Code(text=one) for one in VALUES)


class Task:
    outputs: ClassVar = {"host": VALUES[OUTPUT.text]}


class Item:
    a = VALUES[ITEM.text]


def written(*pieces: Piece) -> tuple[str, str]:
    """The expression, and the module with its constants."""
    module = Module()
    expression = printed(long_text(module, "spec", pieces))
    return expression, module.text("")


def evaluated(expression: str, module: str) -> Any:
    scope: dict[str, Any] = {"host": VALUES["host"], "train_task": Task, "item": Item}
    exec(module, scope)
    return eval(expression, scope)


def expected(pieces: tuple[Piece, ...]) -> str:
    return "".join(one if isinstance(one, str) else VALUES[one.text] for one in pieces)


TEXTS = st.text(st.sampled_from(list("ab {}[]:,\"'\\\n\t@0é")), max_size=60)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=12,
)


@given(st.lists(TEXTS | st.sampled_from([HOST, OUTPUT, ITEM]), min_size=1, max_size=12))
def test_a_text_has_its_characters_and_values(given_pieces: list[Piece]) -> None:
    pieces = tuple(one for one in given_pieces if one)
    if pieces:
        assert evaluated(*written(*pieces)) == expected(pieces)


@given(JSON, st.integers(0, 3), st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}]))
def test_json_has_its_characters_and_values(value: Any, fields: int, form: dict[str, Any]) -> None:
    text = json.dumps([value, *(f"<{number}>" for number in range(fields)), "x" * 80], **form)
    parts = re.split("<([0-3])>", text)
    pieces: list[Piece] = [
        [HOST, OUTPUT, ITEM][int(one) % 3] if number % 2 else one
        for number, one in enumerate(parts)
    ]
    expression, module = written(*pieces)
    assert evaluated(expression, module) == expected(tuple(pieces))
    # As it is, JSON of floats such as 1e22 is none that json.dumps makes.
    assert expression.startswith("json.dumps(") or "<" in json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2, "b": "%s"}',
        '{"a":  "%s"}',
        '{"a": NaN, "b": "%s"',
        '{"a": "\\u0061%s"}',
        "[%s",
        '["%s"]]',
        '{"%s": NaN}',
        '{"%s": [-Infinity]}',
        "[" * 150 + '"%s"' + "]" * 150,
        "[" * 900 + '"%s"' + "]" * 900,
    ],
)
def test_other_json_stays_a_text(text: str) -> None:
    assert "json.dumps" not in written(text % ("x" * 100))[0]


def test_a_value_in_a_key_or_beside_a_text() -> None:
    long = "x" * 100
    assert "json.dumps" not in written('{"', HOST, f'": "{long}"}}')[0]
    assert "json.dumps" not in written('{"a": ', HOST, f', "b": "{long}"}}')[0]
    assert written('{"a": "', HOST, f'", "b": "{long}"}}')[0].startswith("json.dumps(")


def test_a_text_with_the_marks_of_values() -> None:
    pieces = ('{"@@0@@": "@@@0@@@', HOST, f'", "b": "{"x" * 100}"}}')
    assert evaluated(*written(*pieces)) == expected(pieces)


def test_lines_are_a_constant() -> None:
    lines = "kind: Service\nspec: {}\nhosts:\n" + "# of the cluster\n" * 3
    expression, module = written(lines, "- ", HOST, "\n- ", OUTPUT, "\n- ", HOST, "\n")
    assert expression == 'SPEC.format(host=host, host_2=train_task.outputs["host"])'
    assert module == (
        'SPEC = """' + lines.replace("{}", "{{}}") + "- {host}\n- {host_2}\n- {host}\n" + '"""\n'
    )
    assert written(lines * 2) == ("SPEC", f'SPEC = """{lines * 2}"""\n')


def test_short_texts_stay_where_they_are() -> None:
    assert written('{"a": "', HOST, '"}') == ('f\'{{"a": "{host}"}}\'', "\n")
    assert written("a\n", HOST)[0] == 'f"a\\n{host}"'
