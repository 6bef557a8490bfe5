"""``pipeline-root``, which kfp 1.8 adds to a workflow's arguments, says where artifacts go."""

from __future__ import annotations

import pytest

from tests.unit.argo_files import inputs, read, workflow

ROOT = "gs://bucket/root"
SAY = """
- name: say
  template: say
  arguments: {{parameters: [{{name: text, value: '{given}'}}]}}
"""


def test_it_is_the_root_and_no_input_where_no_task_takes_it() -> None:
    text = workflow(
        SAY.format(given="{{workflow.parameters.name}}"),
        arguments={"name": "x", "unused": "y", "pipeline-root": ROOT},
    )
    pipeline = read(text)
    assert pipeline.default_root == ROOT
    assert list(inputs(pipeline)) == ["name", "unused"]


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_one_is_none(value: str | None) -> None:
    text = workflow(SAY.format(given="x"), arguments={"pipeline-root": value})
    pipeline = read(text)
    assert pipeline.default_root == ""
    assert not inputs(pipeline)


def test_it_stays_an_input_where_a_task_takes_it() -> None:
    given = "{{workflow.parameters.pipeline-root}}"
    pipeline = read(workflow(SAY.format(given=given), arguments={"pipeline-root": ROOT}))
    assert pipeline.default_root == ""
    assert inputs(pipeline)["pipeline-root"].default == ROOT


def test_other_arguments_that_kfp_adds_for_its_launchers_are_inputs() -> None:
    text = workflow(SAY.format(given="x"), arguments={"pipeline-name": "n"})
    assert list(inputs(read(text))) == ["pipeline-name"]
