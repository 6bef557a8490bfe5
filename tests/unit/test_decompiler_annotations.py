"""Annotations that pipeline.py evaluates: they call nothing of the file, and do not fail."""

from __future__ import annotations

import ast
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.decompiler.components.annotations import Evaluated
from translator.decompiler.components.functions import Refused
from translator.decompiler.imported import KFP_NAMES, TYPING_NAMES

EVIL = "__import__('os').system('touch /tmp/translator-was-here')"


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def is_allowed(text: str) -> bool:
    try:
        Evaluated({}).check(expression(text))
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        *("str", "'anything at all'", "None", "dsl.Model", "kfp.dsl.Model", "List", "Callable"),
        *("List[str]", "list[str]", "Dict[str, Any]", "dict[str, 'int']", "Optional[str]"),
        *("Tuple[int, ...]", "tuple[str, int]", "Union[str, None]", "str | None", "None | str"),
        *("Callable[..., int]", "Callable[[str, int], None]", "Literal['a', 1]", "Type[Model]"),
        *(
            "Input[Model]",
            "Output[List[Dataset]]",
            "Generator[int, None, str]",
            "Optional['Model']",
        ),
        *("InputPath()", "InputPath('CSV')", "OutputPath(str)", "NamedTuple('O', [('a', str)])"),
        *("NamedTuple('O', (('a', str), ('b', List[int])))", "List[Union[int, List['str']]]"),
    ],
)
def test_what_is_allowed(text: str) -> None:
    assert is_allowed(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            EVIL,
            f"List[{EVIL}]",
            f'List["{EVIL}"]',
            f'Optional["{EVIL}"]',
            "(x := str)",
            "f'{str}'",
        ),
        *("lambda: 1", "[str]", "(str, int)", "str if 1 else int", "os", "str.x", "typing.List"),
        *("str.__class__", "List[str].x", "get_uri", "PIPELINE_ROOT_PLACEHOLDER", "str + int"),
        *("int[str]", "str['x']", "List[1]", "List[str, int]", "Dict[str]", "Optional[str, int]"),
        *(
            "List['a b']",
            "List[Optional]",
            "List[Union]",
            "Tuple[()]",
            "Callable[1]",
            "Generic[str]",
        ),
        *("Callable[[1], str]", "Callable[str, int]", "Literal[str]", "Any[str]", "cast[str]"),
        *("None | None", "'a' | str", "str | 'a'", "InputPath() | None", "List[InputPath()]"),
        *("InputPath(1, 2)", "InputPath(type=str)", f"InputPath({EVIL})", "OutputPath(*x)"),
        *("NamedTuple()", "NamedTuple('a b', [])", "NamedTuple('O', [('class', str)])"),
        *("NamedTuple('O', [('_a', str)])", "NamedTuple('O', [('a', str), ('a', str)])"),
        *("NamedTuple('O', [('a', str)], b=str)", "NamedTuple('O', **{})", "NamedTuple('O', x)"),
        *(f"NamedTuple('O', [('a', {EVIL})])", f"NamedTuple({EVIL}, [])", "NamedTuple('O', [1])"),
    ],
)
def test_what_is_refused(text: str) -> None:
    assert not is_allowed(text)


def test_imports_are_collected() -> None:
    found = Evaluated({"VertexModel": "from google import VertexModel"})
    found.check(expression("Dict[str, List[dsl.Model]]"))
    found.check(expression("Input[VertexModel]"))
    assert list(found.imports) == [
        *("from typing import Dict", "from typing import List", "from kfp import dsl"),
        *("from kfp.dsl import Input", "from google import VertexModel"),
    ]
    assert list(found.header) == ["from google import VertexModel"]


_NAMES = st.sampled_from(
    [
        *sorted(TYPING_NAMES - {"ByteString"}),
        *sorted(KFP_NAMES),
        *("str", "int", "float", "bool", "dict", "list", "set", "tuple", "type", "object", "bytes"),
        *("dsl.Model", "dsl.Input"),
    ]
)
_CONSTANTS = st.sampled_from(["None", "...", "1", "'str'", "'a b'", "'List[str]'", "'x()'", "True"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3)
    name = st.sampled_from(["a", "b", "_c", "class", "d e"])
    return st.one_of(
        st.builds(lambda of, parts: f"{of}[{', '.join(parts)}]", _NAMES, several),
        st.builds("{} | {}".format, inner, inner),
        st.builds(lambda parts, last: f"Callable[[{', '.join(parts)}], {last}]", several, inner),
        st.builds("InputPath({})".format, inner),
        st.builds(lambda one, kind: f"NamedTuple('O', [({one!r}, {kind})])", name, inner),
        st.builds("[{}]".format, inner),
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@given(st.recursive(_NAMES | _CONSTANTS, _larger, max_leaves=6))
@settings(max_examples=400, deadline=None)
def test_what_is_allowed_can_be_evaluated(text: str) -> None:
    if not is_allowed(text):
        return
    import kfp
    from kfp import dsl

    names: dict[str, Any] = {name: getattr(typing, name) for name in TYPING_NAMES - {"ByteString"}}
    names |= {name: getattr(dsl, name) for name in KFP_NAMES}
    eval(text, {**names, "kfp": kfp, "dsl": dsl})
