"""What ``load`` finds is about the file, or about its translation, which not every target needs."""

from __future__ import annotations

import pytest

import translator
from tests.unit.argo_files import workflow
from tests.unit.kfp_files import FILE

#: A template that KFP v2 has no equivalent for, beside one that is never run.
INCOMPLETE = workflow("[{name: a, template: r}]", "[{name: r, suspend: {duration: 5}}]")


def codes(findings: tuple[translator.Diagnostic, ...]) -> list[str]:
    return [finding.rule.code for finding in findings]


def test_a_translation_with_errors_leaves_the_file_usable() -> None:
    reading = translator.load_text(INCOMPLETE, FILE)
    assert codes(reading.diagnostics) == []
    assert codes(reading.lowering) == ["TR150"]
    assert not reading.pipeline.complete
    assert "TR150" not in codes(translator.check(reading, "kubeflow"))
    assert codes(translator.check(reading, "vertex")) == ["TR150"]
    assert translator.render(reading, "kubeflow")["pipeline.yaml"] == INCOMPLETE


@pytest.mark.parametrize("alone", [True, False])
def test_nothing_is_written_from_an_incomplete_pipeline(alone: bool) -> None:
    reading = translator.load_text(INCOMPLETE, FILE)
    with pytest.raises(translator.TranslationError) as caught:
        translator.render(reading.pipeline if alone else reading, "vertex")
    assert codes(caught.value.diagnostics) == (["TR189"] if alone else ["TR150"])


@pytest.mark.parametrize("waits", ["[gone]", "[b]", "[a]"])
def test_dependencies_that_argo_refuses_concern_every_target(waits: str) -> None:
    tasks = (
        f"[{{name: a, template: work, dependencies: {waits}}}, "
        "{name: b, template: work, dependencies: [a]}]"
    )
    unused = "[{name: unused, container: {image: i, command: [sh]}}]"
    with pytest.raises(translator.TranslationError) as caught:
        translator.load_text(workflow(tasks, unused), FILE)
    assert codes(caught.value.diagnostics) == ["TR203" if waits == "[gone]" else "TR206"]
