"""Tasks left out of files of the corpus: what is written is a pipeline, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import translator
from tests.corpus.files import corpus
from tests.corpus.test_strict_parse import parsed
from translator.checks.references import references
from translator.decisions import Decisions
from translator.diagnostics import Severity
from translator.model import Dag, Resource, upstream_tasks
from translator.passes.dropped_tasks import dropped_tasks
from translator.passes.task_names import shown_names
from translator.writers.pipeline_spec import pipeline_spec

if TYPE_CHECKING:
    from pathlib import Path

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

pytestmark = pytest.mark.corpus

#: Each seventh file, and of each so many tasks.
FILES = corpus("v1/compiled/*.yaml", "v2/kfp2/*.yaml")[::7]
TASKS = 5


def errors(pipeline: Pipeline) -> list[Diagnostic]:
    return [one for one in references(pipeline) if one.severity is Severity.ERROR]


def order(pipeline: Pipeline) -> set[tuple[str, str, str]]:
    """Component, a task in it, and a task that runs after it, over whatever others."""
    found = set()
    for label, component in {"root": pipeline.root, **pipeline.components}.items():
        tasks = component.body.tasks if isinstance(component.body, Dag) else {}
        for name in tasks:
            waiting = [name]
            while waiting:
                for before in upstream_tasks(tasks[waiting.pop()]):
                    if (label, before, name) not in found and before in tasks:
                        found.add((label, before, name))
                        waiting.append(before)
    return found


@pytest.mark.parametrize("path", FILES)
def test_the_rest_is_a_pipeline_in_the_same_order(path: Path) -> None:
    try:
        pipeline = translator.load(path).pipeline
    except translator.TranslationError:
        pytest.skip("it is refused")
    if not pipeline.complete or errors(pipeline):
        pytest.skip("it is refused")
    before = order(pipeline)
    for name in list(shown_names(pipeline).values())[:TASKS]:
        done = dropped_tasks(pipeline, Decisions(dropped_tasks=(name,)))
        if done.pipeline is pipeline:
            assert {one.rule.code for one in done.findings} == {"TR377"}
            continue
        assert errors(done.pipeline) == []
        if not any(isinstance(one, Resource) for one in done.pipeline.executors.values()):
            parsed(pipeline_spec(done.pipeline), "PipelineSpec")
        left = set(shown_names(done.pipeline))
        assert order(done.pipeline) == {
            (label, first, then)
            for label, first, then in before
            if (label, first) in left and (label, then) in left
        }
