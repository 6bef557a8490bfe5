"""Argo's references are found in text, and whatever else has braces is text."""

from __future__ import annotations

import itertools
import shlex
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.placeholders import parse_text
from translator.readers.argo.references import (
    RESULT,
    RUN_PLACEHOLDERS,
    Reference,
    parse,
    quoted,
    reference,
    text_of,
)

REFERENCES = {
    "{{inputs.parameters.x}}": ("inputs", "parameters", "x"),
    "{{inputs.artifacts.x.path}}": ("inputs", "artifacts", "x", "path"),
    "{{outputs.parameters.x.path}}": ("outputs", "parameters", "x", "path"),
    "{{tasks.a-b.outputs.parameters.a-b-Out_1}}": (
        *("tasks", "a-b", "outputs", "parameters", "a-b-Out_1"),
    ),
    "{{workflow.parameters.x}}": ("workflow", "parameters", "x"),
    "{{workflow.uid}}": ("workflow", "uid"),
    "{{item}}": ("item",),
    "{{item.a}}": ("item", "a"),
    "{{pod.name}}": ("pod", "name"),
    "{{node.name}}": ("node", "name"),
    "{{retries}}": ("retries",),
    "{{lastRetry.exitCode}}": ("lastRetry", "exitCode"),
    # Argo trims what stands in the braces.
    "{{ inputs.parameters.x }}": ("inputs", "parameters", "x"),
    "{{\titem\n}}": ("item",),
    # A step is a task of a template that lists its tasks in another way.
    "{{steps.a.outputs.parameters.b}}": ("tasks", "a", "outputs", "parameters", "b"),
    "{{steps.a.outputs.artifacts.b}}": ("tasks", "a", "outputs", "artifacts", "b"),
    "{{steps.a.status}}": ("tasks", "a", "status"),
    # What a container prints has no name, and gets one.
    "{{tasks.a.outputs.result}}": ("tasks", "a", "outputs", "parameters", RESULT),
    "{{steps.a.outputs.result}}": ("tasks", "a", "outputs", "parameters", RESULT),
    # Expressions are Argo's too.
    "{{=1 + 2}}": ("=", "1 + 2"),
    "{{= asInt(inputs.parameters.x) }}": ("=", " asInt(inputs.parameters.x) "),
    "{{=item.a == 'b'}}": ("=", "item.a == 'b'"),
    "{{=toJson({'a': {'b': 1} })}}": ("=", "toJson({'a': {'b': 1} })"),
}


@pytest.mark.parametrize("text", REFERENCES, ids=str.strip)
def test_what_argo_fills_in_is_a_reference(text: str) -> None:
    path = REFERENCES[text]
    assert parse(text) == (Reference(path, text),)
    assert parse(f"a{text}b") == ("a", Reference(path, text), "b")
    assert parse(text * 2) == (Reference(path, text),) * 2


LITERALS = [
    "",
    "plain",
    "{",
    "}}",
    "{{",
    "{{}}",
    "{{ }}",
    "{inputs.parameters.x}",
    "{{inputs parameters x}}",
    "{{inputs.parameters.x}",
    # KFP v2 puts these in.
    "{{$}}",
    "{{$.inputs.parameters['x']}}",
    "{{$.outputs.artifacts['x'].path}}",
    # Templates of Go, Helm, Katib and kubectl.
    "{{.metadata.name}}",
    '{{range .items}}{{.status}}{{"\\n"}}{{end}}',
    "{{- if .Values.x -}}",
    "{{.HyperParameters}}",
    "{{with .Inputs}}",
    # Jinja.
    "{% if x %}{{ user }}{% endif %}",
    "{{ user | upper }}",
    # Kubeflow puts this in before Argo sees it.
    "{{kfp-default-bucket}}",
    "gs://{{kfp-default-bucket}}/x",
    "[[ScheduledTime]]",
]


@pytest.mark.parametrize("text", LITERALS)
def test_whatever_else_has_braces_is_text(text: str) -> None:
    assert parse(text) == ((text,) if text else ())


def test_text_around_braces_that_are_no_reference_stays_in_one_piece() -> None:
    assert parse("a {{user}} b{{item}}{{.x}}") == ("a {{user}} b", reference("item"), "{{.x}}")


@pytest.mark.parametrize("text", ["{{{item}}}", "{{{{item}}}}", "{{ {{item}} }}"])
def test_the_innermost_braces_hold_the_reference(text: str) -> None:
    before, after = text.split("{{item}}")
    assert parse(text) == (before, reference("item"), after)


def test_each_run_placeholder_is_one_of_kfp_v2() -> None:
    assert len(RUN_PLACEHOLDERS) == 5
    for path, placeholder in RUN_PLACEHOLDERS.items():
        assert parse("{{" + ".".join(path) + "}}") == (reference(*path),)
        assert parse_text(str(placeholder)).placeholders() == (placeholder,)


fragments = st.one_of(
    st.sampled_from([*REFERENCES, *LITERALS]),
    st.sampled_from(["{", "}", "{{", "}}", "=", "$", ".", " ", "\n", "item", "inputs.", "{{="]),
    st.text(max_size=4),
)
texts = st.lists(fragments, max_size=7).map("".join)


@given(texts)
@example("{{={{item}}")
@example("{{item}}}")
def test_the_pieces_are_the_text(text: str) -> None:
    assert text_of(parse(text)) == text
    assert all(parse(text))


@given(texts)
def test_no_two_pieces_of_text_stand_side_by_side(text: str) -> None:
    kinds = [isinstance(piece, str) for piece in parse(text)]
    assert (True, True) not in set(itertools.pairwise(kinds))


@given(texts)
def test_pieces_of_text_hold_no_reference(text: str) -> None:
    for piece in parse(text):
        if isinstance(piece, str):
            assert parse(piece) == (piece,)
        else:
            assert parse(piece.text) == (piece,)


HOSTILE = {
    "openings": "{{" * 50_000,
    "openings of expressions": "{{=" * 50_000,
    "openings of names": "{{item" * 30_000,
    "closings": "}}" * 50_000,
    "spaces": "{{=" + " " * 50_000,
    "single braces": "{{=" + "{a}" * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_in_good_time(text: str) -> None:
    start = time.process_time()
    assert "".join(p if isinstance(p, str) else p.text for p in parse(text)) == text
    assert time.process_time() - start < 5


@pytest.mark.parametrize("word", ["a=b", "a b", "it's", "'", '$(x) `y` \\ "z"', "a\nb", ""])
def test_a_quoted_word_is_the_word_to_a_shell(word: str) -> None:
    assert shlex.split(quoted(word)) == [word]
