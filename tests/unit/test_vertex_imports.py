"""Addresses that importers take, wherever they come from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_vertex_checks import HERE, found
from translator.diagnostics import vertex as rules
from translator.model import (
    Artifact,
    Component,
    Constant,
    Dag,
    ExecutorRef,
    FromParent,
    Importer,
    InputSource,
    Interface,
    Items,
    Iterator,
    Json,
    Parameter,
    ParameterType,
    Pipeline,
    RuntimeParameter,
    Submission,
    Task,
)
from translator.model.expressions import Selector
from translator.records import replace

STRING = Parameter(type=ParameterType.STRING)


def importing(uri: InputSource | str | None, **root: Any) -> Pipeline:
    """A task that imports what it is given, in a DAG of its own, beside the root's inputs."""
    given: dict[str, InputSource] = {}
    if isinstance(uri, str):
        given = {"uri": Constant(value=uri, origin=HERE)}
    elif uri is not None:
        given = {"uri": uri}
    importer = Importer(uri=RuntimeParameter(name="uri"), artifact=Artifact(), origin=HERE)
    return Pipeline(
        name="p",
        root=Component(
            body=Dag(tasks={"in": Task(component="comp-i", parameters=given, origin=HERE)}),
            **root,
        ),
        components={
            "comp-i": Component(
                body=ExecutorRef(label="exec-i"), inputs=Interface(parameters={"uri": STRING})
            )
        },
        executors={"exec-i": importer},
    )


def looped(items: Items | FromParent, path: tuple[str, ...] = (), value: Json = None) -> Pipeline:
    """An importer in a loop over items, or over the value of an input of the pipeline."""
    source = FromParent(name="item", selector=Selector(path=path) if path else None)
    inner = importing(source)
    inputs = Interface(parameters={"item": STRING})
    body = inner.root.body
    loop = Iterator(item_input="item", items=items, origin=HERE)
    given = {"all": FromParent(name="all")}
    each = Task(component="comp-loop", iterator=loop, parameters=given, origin=HERE)
    declared = Parameter(type=ParameterType.LIST, default=value, origin=HERE)
    return replace(
        inner,
        root=Component(
            body=Dag(tasks={"each": each}), inputs=Interface(parameters={"all": declared})
        ),
        components={**inner.components, "comp-loop": Component(body=body, inputs=inputs)},
    )


DEFAULT = Interface(
    parameters={"x": Parameter(type=ParameterType.STRING, default="s3://b/o", origin=HERE)}
)


@pytest.mark.parametrize(
    "pipeline",
    [
        importing("s3://b/o"),
        importing(FromParent(name="x"), inputs=DEFAULT),
        looped(Items(values=("gs://b/a", "s3://b/o"))),
        looped(
            Items(values=('{"u": "s3://b/o", "n": 1}',)),
            ("u",),
        ),
        looped(Items(values=('{"u": {"n": "s3://b/o"}}',)), ("u", "n")),
        looped(FromParent(name="all"), value=["s3://b/o"]),
        looped(FromParent(name="all"), value='["s3://b/o"]'),
    ],
)
def test_an_address_that_an_importer_is_given(pipeline: Pipeline) -> None:
    (finding,) = found(pipeline)
    assert finding.rule is rules.IMPORTER_STORAGE and finding.origin == HERE
    assert finding.facts == {"address": "s3://b/o"}


def test_an_address_of_a_job() -> None:
    inputs = Interface(parameters={"x": STRING})
    submission = Submission(arguments={"x": "s3://b/o"}, origin=HERE)
    pipeline = replace(importing(FromParent(name="x"), inputs=inputs), submission=submission)
    assert [finding.rule for finding in found(pipeline)] == [rules.IMPORTER_STORAGE]


def test_a_constant_that_the_task_has_too_is_reported_once() -> None:
    pipeline = importing("s3://b/o")
    importer = Importer(uri=Constant(value="s3://b/o"), artifact=Artifact(), origin=HERE)
    findings = found(replace(pipeline, executors={"exec-i": importer}))
    assert [finding.rule for finding in findings] == [rules.IMPORTER_STORAGE]


@pytest.mark.parametrize(
    "pipeline",
    [
        importing("gs://b/o"),
        importing("https://example.com/o"),
        importing(None),
        looped(Items(values=())),
        looped(Items(values=('{"u": {"n": 1}}', '{"u": "gs://b/o"}')), ("u", "n")),
        looped(
            Items(values=('{"u": "gs://b/o"}', "{", '"u"')),
            ("u",),
        ),
        looped(FromParent(name="all"), value={"a": 1}),
    ],
)
def test_addresses_that_are_fine_or_not_known(pipeline: Pipeline) -> None:
    assert found(pipeline) == []
