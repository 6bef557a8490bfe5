"""REPORT.md: what it says, and that no text of a pipeline is more than text there."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import translator
from tests.unit.argo_files import workflow
from tests.unit.kfp_files import spec, task, text_of
from translator import leaf_counts
from translator.diagnostics import Origin
from translator.diagnostics import vertex as rules
from translator.diagnostics.rewrites import Rewrite, User, UserKind
from translator.report import _WRAPPERS, report
from translator.targets.vertex import TARGET as VERTEX
from translator.targets.vertex.passes import (
    config_map_wrapper,
    metrics,
    reference_wrapper,
    secret_wrapper,
)
from translator.writers import executor_input

if TYPE_CHECKING:
    from translator.model import Pipeline

EXAMPLE = Path(__file__).parents[2] / "examples/train/pipeline_v1.yaml"
WRAPPERS = Path(__file__).parents[2] / "translator/readers/argo/shell_wrappers.py"


def small(name: str = "train") -> Pipeline:
    return translator.load_text(text_of(spec(pipelineInfo={"name": name}))).pipeline


def test_is_in_every_bundle() -> None:
    made = translator.translate(EXAMPLE, "vertex")
    page = made.files["REPORT.md"]
    assert page.startswith("# Penguin training pipeline for Vertex AI Pipelines\n")
    assert leaf_counts.line(made.balance) in page
    for finding in made.diagnostics:
        assert f"**{finding.rule.code}**" in page


def test_what_was_rewritten_has_its_reason() -> None:
    page = translator.translate(EXAMPLE, "vertex").files["REPORT.md"]
    assert "| comp-evaluate | output `accuracy` | parameter | used by value by " in page
    assert "| comp-register-model | command | begins with `trim-values` | removes the newl" in page


def test_of_what_goes_as_it_is_nothing_was_rewritten() -> None:
    page = translator.translate(EXAMPLE, "kubeflow").files["REPORT.md"]
    assert "Rewritten" not in page


def test_findings_that_say_the_same_are_one_entry() -> None:
    places = [Origin("x.yaml", line, 1) for line in (3, 9, 12)]
    found = [
        rules.SECRET.at(place, used="files come", secret="s", decision="s/KEY") for place in places
    ]
    page = report(small(), found, {}, VERTEX)
    assert page.count("- [ ] ") == 1
    assert "- [ ] **TR301**, line 3 (also at lines 9, 12): files come" in page.replace(
        " and ", ", "
    )


def test_names_the_file_its_hash_and_the_version(tmp_path: Path) -> None:
    data = EXAMPLE.read_bytes()
    pages = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "in put.yaml"
        path.write_bytes(data)
        pages.append(translator.translate(path, "vertex").files["REPORT.md"])
    assert pages[0] == pages[1]
    digest = hashlib.sha256(data).hexdigest()
    assert (
        f"\nTranslated from in put.yaml (KFP v1, compiled by kfp-1.8.22; SHA-256 `{digest}`) by "
        f"translator {translator.__version__}.\n" in pages[0]
    )


def test_the_hash_is_that_of_a_package(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("pipeline.yaml", EXAMPLE.read_bytes())
    page = translator.translate(path, "vertex").files["REPORT.md"]
    assert f"from a.zip (KFP v1, compiled by kfp-1.8.22; SHA-256 `{sha256_of(path)}`)" in page


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_finding_names_the_tasks_of_all_templates_that_say_the_same() -> None:
    tasks = "[{name: a, template: p}, {name: b, template: q}, {name: c, template: p}]"
    container = "container: {image: i, command: [sh]}, sidecars: [{name: s, image: i}]"
    text = workflow(tasks, f"[{{name: p, {container}}}, {{name: q, {container}}}]")
    pipeline = translator.load_text(text).pipeline
    assert len(pipeline.executors) == 1
    page = report(pipeline, translator.check(pipeline, "vertex"), {}, VERTEX)
    (entry,) = [line for line in page.splitlines() if "sidecar" in line]
    assert ", tasks a, b, c: " in entry
    own = Origin("x", 3, 1, "/spec/templates/2/container/image")  # that of `q`
    page = report(
        pipeline,
        [rules.SECRET.at(own, used="files come", secret="s", decision="s/KEY")],
        {},
        VERTEX,
    )
    assert ", line 3, task b: files come" in page


def test_findings_name_tasks_of_kfp_v2() -> None:
    document = spec(
        root={"dag": {"tasks": {"a": task(), "b": task(), "c_1": task()}}},
        deploymentSpec={"executors": {"exec-say": {"container": {"image": "i"}}}},
    )
    platform = {"deploymentSpec": {"executors": {"exec-say": {"tolerations": [{"key": "k"}]}}}}
    pipeline = translator.load_text(
        text_of(document, {"platforms": {"kubernetes": platform}})
    ).pipeline
    page = report(pipeline, translator.check(pipeline, "vertex"), {}, VERTEX)
    (entry,) = [line for line in page.splitlines() if "tolerations" in line]
    assert ", tasks a, b, c\\_1: " in entry
    places = {
        "/root/dag/tasks/b/inputs": ", task b: ",
        "/components/comp-say": ", tasks a, b, c\\_1: ",
        "/deploymentSpec/executors/exec-say/container/image": ", tasks a, b, c\\_1: ",
        "/pipelineInfo": "",
    }
    for pointer, named in places.items():
        found = [
            rules.SECRET.at(
                Origin("x", 3, 1, pointer), used="files come", secret="s", decision="s/KEY"
            )
        ]
        assert f"**TR301**, line 3{named or ': '}files come" in report(pipeline, found, {}, VERTEX)


def test_many_tasks_are_counted() -> None:
    tasks = {f"t{number:02}": task() for number in range(30)}
    pipeline = translator.load_text(text_of(spec(root={"dag": {"tasks": tasks}}))).pipeline
    at = Origin("x", 3, 1, "/components/comp-say")
    page = report(
        pipeline, [rules.SECRET.at(at, used="files come", secret="s", decision="s/KEY")], {}, VERTEX
    )
    named = ", ".join(f"t{number:02}" for number in range(20))
    assert f"tasks {named} and 10 more: files" in page


def test_nothing_to_do() -> None:
    assert "## Manual steps\n\nNone.\n" in report(small(), [], {"carried": 4}, VERTEX)


def test_every_wrapper_has_its_words() -> None:
    written = WRAPPERS.read_text(encoding="utf-8")
    names = re.findall(r'shell\(\s*[\w +]+,\s*"([a-z-]+)"', written)
    ours = (config_map_wrapper.NAME, secret_wrapper.NAME, reference_wrapper.NAME)
    others = (*ours, executor_input.NAME, metrics.WRAPPER)
    assert set(_WRAPPERS) == {*others, *names}


HOSTILE = [
    "# a heading",
    "| a | cell |",
    "`code` and ``more``",
    "[link](javascript:x) <script>alert(1)</script>",
    "line\nline\r\n\u2028- [ ] done",
    "\x1b[31m\u202e\x00",
    "~~~\n```\n***",
    "&lt; $x$ \\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_pipeline_is_text(text: str) -> None:
    page = report(small(text), [], {}, VERTEX)
    plain = report(small("train"), [], {}, VERTEX)
    assert page.count("\n") == plain.count("\n")
    assert page.isprintable() or set(page) - set("\n") == {c for c in page if c.isprintable()}
    title = page.splitlines()[0].removeprefix("# ")
    assert "<" not in title.replace("\\<", "")
    assert "`" not in title.replace("\\`", "")


@given(st.text())
def test_any_text_stays_on_its_line(text: str) -> None:
    found = [rules.SECRET.at(Origin("x", 1, 1), used=text, secret=text, decision="s/KEY")]
    page = report(small(), found, {}, VERTEX)
    plain = report(
        small(),
        [rules.SECRET.at(Origin("x", 1, 1), used="a", secret="b", decision="s/KEY")],
        {},
        VERTEX,
    )
    assert len(page.splitlines()) == len(plain.splitlines())


def test_is_the_same_each_time() -> None:
    document = EXAMPLE.read_text(encoding="utf-8")
    first = translator.load_text(document, "x.yaml").pipeline
    again = translator.load_text(document, "x.yaml").pipeline
    assert report(first, [], {}, VERTEX) == report(again, [], {}, VERTEX)


def test_a_bar_in_a_name_ends_no_cell() -> None:
    user = User(UserKind.TASK, "a\\|b|c")
    page = report(small(), [], {}, VERTEX, rewrites=[Rewrite("out", True, (user,), None, "comp")])
    (row,) = (line for line in page.splitlines() if line.startswith("| comp "))
    assert row == r"| comp | output `out` | parameter | used by value by a\\\|b\|c |"
