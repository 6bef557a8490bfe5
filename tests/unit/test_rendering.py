"""Values enter templates as literals or comments only, and templates hold no logic."""

from __future__ import annotations

import ast
import enum
import tokenize
from io import StringIO
from pathlib import Path

import jinja2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import nodes

from translator.diagnostics import TranslationError
from translator.writers import rendering
from translator.writers.rendering import Call, call, comment, doc, py

TEMPLATES = Path(__file__).parents[2] / "templates"
#: Those of scripts.
TEMPLATE_NAMES = sorted(
    path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.py.j2")
)

any_text = st.text(st.characters(exclude_categories=()))  # surrogates included
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | any_text,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(any_text, inner),
    max_leaves=30,
)
nasty = st.sampled_from(
    "'\"\\\n\r\t\0\x0b\x0c\x1b\x7f\x85\u2028\u2029\u202e\u2066\u200b\ufeff\ud800{}#%é中😀"
)


def same(left: object, right: object) -> bool:
    """Equal, and of the same types all the way down; -0.0 is not 0.0."""
    return repr(left) == repr(right)


class TestPy:
    @given(values | st.text(nasty) | st.lists(st.text(nasty)))
    @example("\ud83d\ude00")
    @example('it\'s "both"')
    @example({"a": ({"b": [(), (1,), ("x" * 90,)]},)})
    def test_reads_back_the_same(self, value: object) -> None:
        assert same(ast.literal_eval(py(value)), value)

    @given(values | st.text(nasty))
    def test_holds_only_characters_that_print(self, value: object) -> None:
        assert all(char == "\n" or char.isprintable() for char in py(value))

    @given(st.text(nasty) | any_text)
    def test_text_stays_on_one_line(self, text: str) -> None:
        assert "\n" not in py(text)

    @pytest.mark.parametrize(
        ("value", "source"),
        [
            ("plain", '"plain"'),
            ('say "hi"', "'say \"hi\"'"),
            ("it's", '"it\'s"'),
            ('it\'s "x"', "'it\\'s \"x\"'"),
            ("a\nb\tc", '"a\\nb\\tc"'),
            ("größe 中文", '"größe 中文"'),
            ("\u202eevil\u2028", '"\\u202eevil\\u2028"'),
            ("\x85\x7f\0", '"\\x85\\x7f\\x00"'),
            ((), "()"),
            ((1,), "(1,)"),
            ({}, "{}"),
            ({"a": [1, 2.5, None, True]}, '{"a": [1, 2.5, None, True]}'),
        ],
    )
    def test_is_written_as_black_would(self, value: object, source: str) -> None:
        assert py(value) == source

    def test_long_containers_get_a_line_per_entry(self) -> None:
        value = {"names": ["x" * 20] * 4, "short": [1, 2]}
        assert py(value) == (
            "{\n"
            '    "names": [\n' + 4 * ('        "' + "x" * 20 + '",\n') + "    ],\n"
            '    "short": [1, 2],\n'
            "}"
        )

    @given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=8)), max_size=20))
    def test_lines_fit(self, value: object) -> None:
        assert all(len(line) <= rendering.WIDTH for line in py(value).splitlines())

    @pytest.mark.parametrize(
        "value",
        [
            float("nan"),
            float("inf"),
            float("-inf"),
            {1, 2},
            b"bytes",
            object(),
            {1: "x"},
            {None: "x"},
            [{"deep": {1}}],
            enum.IntEnum("Level", "LOW").LOW,
            rendering.Code("x"),
            type("Text", (str,), {})("x"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_refuses_what_is_not_a_json_value(self, value: object) -> None:
        with pytest.raises((TypeError, ValueError)):
            py(value)


class TestDoc:
    @given(st.text(nasty) | any_text)
    @example('a"""b')
    @example('ends with "')
    @example("ends with \\")
    @example("\\N{DASH}\\x41")
    def test_stays_in_its_docstring(self, text: str) -> None:
        source = f'"""First {doc(text)}\n\n{doc(text)}\n"""\n'
        assert len(source.splitlines()) == 4
        (docstring,) = ast.parse(source).body
        assert isinstance(docstring, ast.Expr)
        assert ast.literal_eval(docstring.value) == f"First {text}\n\n{text}\n"
        assert all(char == "\n" or char.isprintable() for char in source)

    def test_ordinary_text_is_kept(self) -> None:
        assert doc("Größe: it's {{x}} % 中文") == "Größe: it's {{x}} % 中文"

    @pytest.mark.parametrize("value", [None, 1, ["x"], b"x", rendering.Code("x")])
    def test_takes_text_only(self, value: object) -> None:
        with pytest.raises(TypeError):
            doc(value)


class TestCall:
    @given(st.lists(st.tuples(st.text(nasty) | any_text, values), max_size=4))
    def test_reads_back_the_same(self, arguments: list[tuple[str, object]]) -> None:
        source = call([Call("f", name, value=value) for name, value in arguments] or [Call("f")])
        tree = ast.parse(source, mode="eval").body
        assert isinstance(tree, ast.List)
        found = []
        for one in tree.elts:
            assert isinstance(one, ast.Call)
            assert ast.unparse(one.func) == "f"
            found += [ast.literal_eval(part) for part in one.args]
            found += [ast.literal_eval(part.value) for part in one.keywords]
        assert same(found, [part for pair in arguments for part in pair])

    def test_is_written_as_black_would(self) -> None:
        assert call(Call("Settings")) == "Settings()"
        assert call(Call("Settings", project="p", cache=False)) == (
            'Settings(project="p", cache=False)'
        )
        text = "x" * 60
        assert call([Call("Input", "a"), Call("Input", "b", help=text, value=[1])]) == (
            '[\n    Input("a"),\n    Input(\n        "b",\n'
            f'        help="{text}",\n        value=[1],\n    ),\n]'
        )

    @pytest.mark.parametrize(
        "value",
        [
            None,
            [],
            ["x"],
            "f()",
            Call("f()"),
            Call("f", **{"a b": 1}),
            Call("f", object()),
            Call("f", Call("g")),
            [Call("f"), [Call("g")]],
        ],
    )
    def test_refuses_what_is_not_a_call_of_values(self, value: object) -> None:
        with pytest.raises((TypeError, ValueError, AttributeError)):
            call(value)


class TestComment:
    @given(st.text(nasty) | any_text)
    def test_stays_on_its_line(self, text: str) -> None:
        source = f"x = 1  # {comment(text)}\ny = 2\n"
        source.encode("utf-8")
        kinds = [token.type for token in tokenize.generate_tokens(StringIO(source).readline)]
        assert kinds.count(tokenize.COMMENT) == 1
        assert len(source.splitlines()) == 2
        assert len(ast.parse(source).body) == 2

    def test_ordinary_text_is_kept(self) -> None:
        assert comment("Größe: 100 % of 'C:\\temp'") == "Größe: 100 % of 'C:\\temp'"

    @pytest.mark.parametrize("value", [None, 1, ["x"], b"x"])
    def test_takes_text_only(self, value: object) -> None:
        with pytest.raises(TypeError):
            comment(value)


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one template there is; the environment is made anew, since it keeps what it compiled."""
    monkeypatch.setattr(rendering, "_folders", lambda: (str(tmp_path),))
    rendering._environment.cache_clear()
    return tmp_path / "t.j2"


class TestRender:
    @pytest.mark.parametrize(
        "source",
        [
            "{{ name }}",
            "{{ 'constant' }}",
            "{{ (name | py) ~ name }}",
            "{{ (name | py) + name }}",
            "{{ name | upper }}",
            "{{ name | tojson }}",
            "{{ name | string }}",
            "{{ missing | py }}",
            "{{ missing }}",
            "{% if missing %}{% endif %}",
            "{% if name is defined %}{% endif %}",
            "{{ range(3) | py }}",
            "{% macro m() %}x{% endmacro %}{{ m() }}",
            "{{ lipsum() }}",
        ],
    )
    def test_only_the_filters_write_values(self, template: Path, source: str) -> None:
        template.write_text(source)
        with pytest.raises((jinja2.TemplateError, TypeError)):
            rendering.render("t.j2", name="x")

    @given(any_text | st.text(nasty))
    def test_a_value_never_changes_the_program(self, text: str) -> None:
        name = "kubeflow_or_vertex.j2"
        lines = ("#!/usr/bin/env python3", "", "# {{ x | comment }}", "X = {{ x | py }}", "Y = 1")
        source = {name: "\n".join(lines)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rendering, "_source", source.get)
            rendering._environment.cache_clear()
            program = rendering.render(name, x=text)
            rendering._environment.cache_clear()
        scope: dict[str, object] = {}
        exec(program.encode(), scope)
        assert (scope["X"], scope["Y"]) == (text, 1)

    @pytest.mark.parametrize("literal", ["", "x", "1 +", "[1, 2", "'y'", "a()", "(" * 300])
    def test_a_literal_that_is_not_the_value_is_our_bug(
        self, monkeypatch: pytest.MonkeyPatch, literal: str
    ) -> None:
        monkeypatch.setattr(rendering, "_string", lambda text: literal)
        with pytest.raises(TranslationError) as caught:
            rendering.py("x")
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR902"]

    def test_a_missing_template_is_named(self) -> None:
        rendering._environment.cache_clear()
        with pytest.raises(jinja2.TemplateNotFound, match="vertex/none"):
            rendering.render("vertex/none.j2")

    @pytest.fixture(autouse=True)
    def _fresh_environment(self) -> object:
        yield
        rendering._environment.cache_clear()


@pytest.mark.parametrize("name", TEMPLATE_NAMES)
class TestTemplates:
    def test_holds_no_logic(self, name: str) -> None:
        tree = rendering._environment().parse((TEMPLATES / name).read_text(encoding="utf-8"))
        assert [found for part in tree.body for found in logic(part)] == []

    def test_no_value_stands_where_an_encoding_is_declared(self, name: str) -> None:
        for line in (TEMPLATES / name).read_text(encoding="utf-8").splitlines()[:2]:
            assert "{{" not in line and "{%" not in line


def logic(part: nodes.Node) -> list[str]:
    """Whatever in this part of a template is more than text, a value, a loop or an `if name`."""
    match part:
        case nodes.Output():
            return [found for child in part.nodes for found in logic(child)]
        case nodes.TemplateData():
            return []
        case nodes.Filter(
            name="py" | "comment" | "call" | "doc" | "identifier", args=[], kwargs=[], node=node
        ):
            return [] if is_name(node) else [f"line {part.lineno}: filtered expression"]
        case nodes.For(iter=names, test=None, else_=[], recursive=False) if is_name(names):
            return [found for child in part.body for found in logic(child)]
        case nodes.If(test=test, elif_=[]) if is_name(test):
            return [found for child in part.body + part.else_ for found in logic(child)]
        case nodes.Filter(name="part", args=[], kwargs=[], node=nodes.Const()):
            return []
        case _:
            return [f"line {part.lineno}: {type(part).__name__}"]


def is_name(part: nodes.Node | None) -> bool:
    """A name, or a field of one."""
    return isinstance(part, nodes.Name) or (
        isinstance(part, nodes.Getattr) and isinstance(part.node, nodes.Name)
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ x }}",
        "{{ x | py | comment }}",
        "{{ x[0] | py }}",
        "{{ x() | py }}",
        "{{ (x ~ y) | py }}",
        "{% set x = 1 %}",
        "{% if x == 1 %}{% endif %}",
        "{% if not x %}{% endif %}",
        "{% for a in x if a %}{% endfor %}",
        "{% for a in x + y %}{% endfor %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'a.j2' %}",
        "{{ x | part }}",
        "{% import 'a.j2' as a %}",
        "{% filter py %}x{% endfilter %}",
    ],
)
def test_logic_is_found(source: str) -> None:
    tree = rendering._environment().parse(source)
    assert [found for part in tree.body for found in logic(part)]
