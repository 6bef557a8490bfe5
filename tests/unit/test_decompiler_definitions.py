"""Names, and pipeline.py as it is built."""

from __future__ import annotations

import ast
import inspect
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.decompiler.definitions import Definition, Module, comment, described, docstring
from translator.decompiler.layout import call, named
from translator.decompiler.literals import literal
from translator.decompiler.names import Names, constant_name, identifier
from translator.decompiler.parts import import_block


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("Train model", "train_model"),
        ("trainModel", "train_model"),
        ("HTTPServer", "http_server"),
        ("URL", "url"),
        ("my-task-2", "my_task_2"),
        ("3d", "value_3d"),
        ("Ünïcode", "n_code"),
        ("…", "value"),
    ],
)
def test_identifiers_are_in_snake_case(wish: str, expected: str) -> None:
    assert identifier(wish) == expected
    assert constant_name("train image") == "TRAIN_IMAGE"


@given(st.lists(st.text()))
def test_names_are_free_identifiers(wishes: list[str]) -> None:
    names = Names({"train"})
    found = [names.new(wish) for wish in [*wishes, "train", "dsl", "list", "class"]]
    assert len(set(found)) == len(found)
    for name in found:
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
    assert {"train", "dsl", "list", "class"} & {*found} == set()


def test_inner_names_hide_no_outer_ones() -> None:
    names = Names()
    assert names.new("create dataset") == "create_dataset"
    inner = names.inner({"url"})
    assert inner.new("create dataset") == "create_dataset_2"
    assert inner.new("url") == "url_2"
    assert names.new("url") == "url"
    with pytest.raises(ValueError, match="not an identifier"):
        names.take("a b")


def test_module() -> None:
    module = Module()
    module.use("from kfp import dsl")
    module.use("from kfp import compiler, dsl")
    module.use("import textwrap")
    image = literal("python:3.12")
    assert module.constant("image", image) == module.constant("other", image) == "IMAGE"
    assert module.constant("image", literal("alpine")) == "IMAGE_2"
    assert module.constant("pod", literal({"a": 1}), "What runs.") == "POD"
    source = "def trimmed(command):\n    return command"
    assert module.helper("trimmed", source) == module.helper("trimmed", source) == "trimmed"
    other = "def trimmed(*command):\n    return command"
    assert module.helper("trimmed", other) == "trimmed_2"
    definition = Definition("f", "def f():\n    pass", {}, {})
    module.define(definition)
    module.define(definition)
    assert module.text('"""Title."""', "def main():\n    pass") == (
        '"""Title."""\n\nimport textwrap\n\nfrom kfp import compiler, dsl\n\n'
        'IMAGE = "python:3.12"\nIMAGE_2 = "alpine"\n\n# What runs.\nPOD = {"a": 1}\n\n\n'
        "def trimmed(command):\n    return command\n\n\n"
        "def trimmed_2(*command):\n    return command\n\n\n"
        "def f():\n    pass\n\n\ndef main():\n    pass\n"
    )
    assert list(module.findings) == []


def test_helpers_are_in_a_file_of_their_own() -> None:
    module = Module()
    module.use("from kfp import dsl")
    module.constant("image", literal("python:3.12"))
    assert [*module.files('"""Title."""')] == ["pipeline.py"]
    module.helpers.use("import json")
    program = module.helpers.constant("program", literal("run"), inner=True)
    run = module.helpers.helper("run", f"def run():\n    return {program}")
    module.helpers.helper("unused", "def unused():\n    pass")
    function = f"def main():\n    {run}()"
    files = module.files('"""Title."""', function)
    assert files["pipeline.py"] == (
        '"""Title."""\n\nfrom kfp import dsl\n\n'
        "# isort: split\nfrom pipeline_helpers import run\n\n"
        'IMAGE = "python:3.12"\n\n\ndef main():\n    run()\n'
    )
    head, helpers = files["pipeline_helpers.py"].split("import json\n")
    assert head.startswith('"""') and head.endswith('"""\n\n')
    assert helpers == (
        '\nPROGRAM = "run"\n\n\ndef run():\n    return PROGRAM\n\n\ndef unused():\n    pass\n'
    )
    assert module.text('"""Title."""', function) == (
        '"""Title."""\n\nimport json\n\nfrom kfp import dsl\n\n'
        'IMAGE = "python:3.12"\n\n'
        "# Helpers, for what runs around programs. "
        "The components of the pipeline come after them.\n"
        'PROGRAM = "run"\n\n\ndef run():\n    return PROGRAM\n\n\n'
        "def unused():\n    pass\n\n\ndef main():\n    run()\n"
    )


def test_constants_on_one_line_follow_each_other() -> None:
    module = Module()
    for wish, value in (("a", 1), ("b", 2), ("c", 3)):
        module.constant(wish, literal(value))
    assert module.text("") == "A = 1\nB = 2\nC = 3\n"


def test_imports_are_sorted_for_any_width() -> None:
    package = "google_cloud_pipeline_components.v1.model_evaluation"
    lines = ["from kfp import dsl", f"from {package} import ModelEvaluationClassificationOp"]
    assert import_block([*lines, "import re"]) == (
        f"import re\n\nfrom {package} import (\n    ModelEvaluationClassificationOp,\n)\n{lines[0]}"
    )


def test_a_helper_is_a_function() -> None:
    module = Module()
    module.helper("x", "X = 1")
    with pytest.raises(ValueError, match="no function"):
        module.text("")


LINES = st.text(st.sampled_from(list("ab \"'\\\t{}\x00\u202e\n")), max_size=40)


@given(LINES)
def test_comments_are_comments(text: str) -> None:
    source = comment(text, 4)
    assert all(line.startswith("    #") for line in source.split("\n"))
    assert ast.parse(f"if x:\n{source}\n    pass")
    assert source.isprintable() or "\n" in source


@given(st.lists(LINES, min_size=1))
def test_docstrings_have_their_text(lines: list[str]) -> None:
    inner = [line if line.strip() else "" for one in lines for line in one.split("\n")]
    text = "Summary\n" + "\n".join(inner).replace("\t", "") + "\nend"
    source = f"def f():\n{docstring(text)}"
    assert not any(line != line.rstrip() for line in source.split("\n"))
    scope: dict[str, object] = {}
    exec(source, scope)
    assert inspect.getdoc(scope["f"]) == inspect.cleandoc(text)


def test_descriptions() -> None:
    pytest.importorskip("kfp")
    from kfp.dsl.component_factory import extract_component_interface

    told = described(
        "Splits rows.", {"a": "first: line\n  second", "b": ""}, {"Output": "the\n\nresult"}
    )
    source = f"def f(a: str, b: str) -> str:\n{docstring(told)}"
    scope: dict[str, object] = {}
    exec(compile(source, "", "exec", dont_inherit=True), scope)
    interface = extract_component_interface(scope["f"])
    assert interface.description == "Splits rows."
    assert interface.inputs["a"].description == "first: line\nsecond"
    assert interface.inputs["b"].description is None
    assert interface.outputs["Output"].description == "the\n\nresult"
    assert described("Only this.") == "Only this."
    assert described("", {"a": "x"}) == "Args:\n    a: x"


def test_statements_of_a_call() -> None:
    assert call("f", named("x")).flat() == "f(x)"
