"""The stages of the reader: a workflow is read, normalised, decided about, lowered, rewritten."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.unit.argo_files import SUB, TAKES_FILE, TAKES_VALUE, told, workflow
from tests.unit.kfp_files import FILE
from translator.passes.skipped_tasks import with_optional_tasks
from translator.readers import argo
from translator.readers.argo import depends, references
from translator.readers.argo.context import Context
from translator.readers.argo.lowering import lowered
from translator.readers.argo.output_uses import uses
from translator.readers.argo.reading import workflow_of
from translator.readers.options import ReadOptions
from translator.source import parse

if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from translator.readers.argo.workflow import Workflow

#: Whatever a rewrite of the workflow is for: an empty DAG, a template that nothing runs, loops
#: over a container, under a condition, and over a DAG, recursion, and a template that is no DAG.
ALL_KINDS = workflow(
    "[{name: make, template: make}, "
    + TAKES_FILE
    + ", "
    + TAKES_VALUE
    + """,
    {name: nothing, template: empty, dependencies: [make]},
    {name: after, template: work, dependencies: [nothing]},
    {name: each, template: say, withItems: [a, b],
     arguments: {parameters: [{name: text, value: '{{item}}'}]}},
    {name: some, template: sub, withItems: [c, d], when: '{{item}} == c',
     arguments: {parameters: [{name: p, value: '{{item}}'}]}},
    {name: all, template: sub, withParam: '{{workflow.parameters.list}}',
     arguments: {parameters: [{name: p, value: '{{item}}'}]}},
    {name: turn, template: again, depends: make},
    {name: last, template: odd}]""",
    SUB
    + """
- {name: empty, dag: {tasks: []}}
- {name: unused, container: {image: alpine}}
- {name: odd, suspend: {}}
- name: again
  dag:
    tasks:
    - {name: work, template: work}
    - {name: turn, template: again, when: "'{{tasks.work.outputs.result}}' == x"}
""",
    arguments={"list": '["e"]'},
)
TWO_LEVELS = ReadOptions(unroll_recursion=2)


def resolved(text: str) -> Workflow:
    """The workflow of a text, before it is normalised."""
    (document,) = parse(text, FILE).documents
    return depends.resolved(workflow_of(document.find("metadata"), document.child("spec")))


def test_a_text_is_parsed_once() -> None:
    """The condition too, of which each operand is a text of its own."""
    out = "tasks.make.outputs.parameters.make-out"
    texts = [f"{{{{{out}}}}}", f"{{{{ {out} }}}}", "{{inputs.parameters.text}}"]
    text = workflow(
        f"""[{{name: make, template: make}},
        {{name: say, template: say, when: "{texts[0]} == yes", dependencies: [make],
          arguments: {{parameters: [{{name: text, value: '{texts[1]}'}}]}}}}]"""
    )
    parsed: Counter[str] = Counter()

    def counted(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is references.parse.__code__:
            parsed[frame.f_locals["text"]] += 1

    source = parse(text, FILE)
    sys.setprofile(counted)
    try:
        argo.read(source, ReadOptions())
    finally:
        sys.setprofile(None)
    assert {text: number for text, number in parsed.items() if "{{" in text} == dict.fromkeys(
        texts, 1
    )


def test_what_lowering_gets_has_dags_of_containers_and_loops_over_dags() -> None:
    normal = argo.normalized(resolved(ALL_KINDS), TWO_LEVELS)
    calls = {name: [call.template for call in t.tasks] for name, t in normal.templates.items()}
    reached = [normal.entrypoint]
    for name in reached:
        assert name in calls
        reached += [other for other in calls[name] if other not in reached]
    assert {"empty", "unused"}.isdisjoint(calls)
    assert {"again", "again-2"} <= set(reached)
    kinds = {name: template.kind for name, template in normal.templates.items()}
    assert kinds[calls["again-2"][-1]] == "limit"
    for template in normal.templates.values():
        if template.kind == "dag":
            assert template.tasks
            for call in template.tasks:
                assert call.items is None or kinds[call.template] == "dag"
                assert call.items is None or call.when is None


def test_outputs_are_decided_before_lowering_and_stay_so() -> None:
    workflow = resolved(ALL_KINDS)
    context = Context(argo.normalized(workflow, TWO_LEVELS), uses(workflow), TWO_LEVELS)
    decided = repr(context.work)
    assert context.work.keys() == {"make", "take", "say", "work"}
    lowered(context)
    assert repr(context.work) == decided
    with pytest.raises(AttributeError):
        context.work["make"].outputs.parameters = {}  # type: ignore[misc]


def test_what_is_found_in_a_dag_is_found_once_though_two_tasks_run_it() -> None:
    """Each of them has the DAG lowered anew, with inputs of its own."""
    text = workflow(
        "["
        + ", ".join(
            f"{{name: {name}, template: around, arguments: "
            f"{{parameters: [{{name: p, value: {name}}}]}}}}"
            for name in ("first", "second")
        )
        + "]",
        """
- name: around
  inputs: {parameters: [{name: p}]}
  dag:
    tasks:
    - name: inner
      template: say
      arguments: {parameters: [{name: text, value: '{{item}} {{inputs.parameters.p}} {{item}}'}]}
""",
    )
    assert told(text) == ["TR171"]


def test_optional_tasks_are_wrapped_once() -> None:
    """The pass finds nothing left to do in what it made."""
    pipeline = argo.read(
        parse(
            workflow(
                """[{name: make, template: make},
                {name: a, template: work, when: '{{tasks.make.outputs.parameters.make-out}} == 1'},
                {name: b, template: work, dependencies: [a]}]"""
            ),
            FILE,
        ),
        ReadOptions(),
    )
    assert any(label.endswith("-optional") for label in pipeline.components)
    assert with_optional_tasks(pipeline) == pipeline
