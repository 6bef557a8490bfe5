"""Images that the user replaces, one by one and by their beginning."""

from __future__ import annotations

import pytest
import yaml

import translator
from tests.unit import argo_files, kfp_files
from translator.api import target
from translator.decisions import NONE, Decisions
from translator.diagnostics import Severity
from translator.model import (
    Artifact,
    Component,
    Constant,
    Container,
    ExecutorRef,
    Importer,
    Pipeline,
)
from translator.passes.images import images
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex.passes.needs import unreachable_values


def running(*given: str) -> Pipeline:
    """A pipeline with containers of these images."""
    executors = {f"exec-{n}": Container(image=parse_text(one)) for n, one in enumerate(given)}
    root = Component(body=ExecutorRef(label="exec-0"))
    return Pipeline(name="p", root=root, components={}, executors=executors)


def replaced(image: str, known: dict[str, str]) -> str:
    """The image of a container after the rules."""
    done = images(running(image), Decisions(images=known))
    assert all(one.severity is Severity.NOTE for one in done.findings), done.findings
    executor = done.pipeline.executors["exec-0"]
    assert isinstance(executor, Container)
    return str(executor.image)


@pytest.mark.parametrize(
    ("image", "known", "result"),
    [
        ("a/b:1", {"a/b:1": "c/d:2"}, "c/d:2"),
        ("a/b:1", {"a/b": "c/d"}, "a/b:1"),
        ("a/b:1", {"a/": "eu.pkg.dev/p/"}, "eu.pkg.dev/p/b:1"),
        ("a/b:1", {"a/b:": "c/d:"}, "c/d:1"),
        ("ab/c:1", {"a/": "x/"}, "ab/c:1"),
        ("a/b/c:1", {"a/": "x/", "a/b/": "y/"}, "y/c:1"),
        ("a/b/c:1", {"a/b/": "y/", "a/": "x/"}, "y/c:1"),
        ("a/b:1", {"a/": "x/", "a/b:1": "z:1"}, "z:1"),
        ("a/b:1", {"a/": "x/", "x/": "y/"}, "x/b:1"),
        ("localhost:5000/b", {"localhost:5000/": "x/"}, "x/b"),
        ("a/b@sha256:01", {"a/b@sha256:01": "c@sha256:02"}, "c@sha256:02"),
        # With placeholders only the constant beginning is known.
        ("a/{{$.inputs.parameters['t']}}", {"a/": "x/"}, "x/{{$.inputs.parameters['t']}}"),
        ("a/{{$.inputs.parameters['t']}}", {"a/b": "x"}, "a/{{$.inputs.parameters['t']}}"),
        ("{{$.inputs.parameters['t']}}/a", {"a/": "x/"}, "{{$.inputs.parameters['t']}}/a"),
    ],
)
def test_the_image_wins_then_the_longest_beginning(
    image: str, known: dict[str, str], result: str
) -> None:
    assert replaced(image, known) == result


def test_text_that_looks_like_a_rule_is_exact_too() -> None:
    """A placeholder is no text: no rule of one image is for it."""
    image = "{{$.inputs.parameters['t']}}"
    assert replaced(image, {image: "x:1"}) == image


def test_notes_and_used_rules() -> None:
    given = running("a/b:1", "c:1")
    done = images(given, Decisions(images={"a/": "x/", "a/b/": "y/"}))
    assert done.used == {("images", "a/")}
    assert [one.message for one in done.findings] == [
        "image `a/b:1` is replaced by `x/b:1`, as decided by `--image a/=x/`"
    ]
    assert done.pipeline.executors["exec-1"] == given.executors["exec-1"]


def test_a_rule_that_changes_nothing_is_used() -> None:
    done = images(running("a/b:1"), Decisions(images={"a/": "a/"}))
    assert done.findings == () and done.used == {("images", "a/")}


def test_without_decisions_it_is_the_same_pipeline() -> None:
    given = running("a")
    assert images(given, NONE).pipeline is given


def test_importers_have_no_image() -> None:
    importer = Importer(uri=Constant(value="gs://b"), artifact=Artifact())
    given = running("a")
    given = replace(given, executors={"exec-0": importer})
    assert images(given, Decisions(images={"a": "b"})).pipeline == given


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("a/", "b", "have different ends"),
        ("a", "b/", "have different ends"),
        ("a/", "b:", "have different ends"),
        ("", "b", "is missing"),
        ("a", "", "is not the name of an image"),
        ("a", "b c", "is not the name of an image"),
        ("a", "b\n", "is not the name of an image"),
        ("a", "{{$.inputs.parameters['t']}}", "is not the name of an image"),
        ("a", "é", "is not the name of an image"),
        ("a/", "--/", "is not the name of an image"),
    ],
)
def test_rules_that_make_no_image(old: str, new: str, problem: str) -> None:
    given = running("a/b:1", "a")
    done = images(given, Decisions(images={old: new}))
    assert done.pipeline is given
    assert [one.rule.code for one in done.findings] == ["TR380"]
    assert problem in done.findings[0].message


class TestNeeds:
    def test_of_a_local_registry(self) -> None:
        needs = unreachable_values(running("localhost:5000/a:1", "b:1"), NONE).needs
        assert [(one.kind, one.key, one.value) for one in needs] == [
            ("images", "localhost:5000/a:1", "")
        ]
        assert "localhost:5000/a:1" in needs[0].why

    @pytest.mark.parametrize("key", ["localhost:5000/", "localhost:5000/a:1"])
    def test_that_is_decided(self, key: str) -> None:
        new = "x/" if key.endswith("/") else "x:1"
        given = running("localhost:5000/a:1")
        needs = unreachable_values(given, Decisions(images={key: new})).needs
        assert [(one.kind, one.key, one.value) for one in needs] == [("images", key, new)]


V1 = argo_files.one_container("container: {image: 'localhost:5000/a:1', command: [sh]}")
V2 = kfp_files.text_of(kfp_files.with_executor({"container": {"image": "localhost:5000/a:1"}}))


@pytest.mark.parametrize("text", [V1, V2], ids=["v1", "v2"])
@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
def test_of_files(text: str, to: str) -> None:
    given = translator.load_text(text)
    known = Decisions(images={"localhost:5000/": "eu.pkg.dev/p/r/"})
    options = target(given, to).options(decisions=known)
    found = {one.rule.code for one in translator.check(given, to, options)}
    if given.workflow is not None and to == "kubeflow":
        assert "TR381" in found
        return
    assert "TR376" in found and "TR314" not in found
    written = yaml.safe_load(translator.render(given, to, options)["pipeline.yaml"])
    (executor,) = written["deploymentSpec"]["executors"].values()
    assert executor["container"]["image"] == "eu.pkg.dev/p/r/a:1"
