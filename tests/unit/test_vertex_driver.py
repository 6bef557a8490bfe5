"""What KFP's driver does itself is reported for Vertex AI."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_vertex_checks import HERE, PLAIN, found, pipeline_of
from translator.diagnostics import Severity
from translator.diagnostics import vertex as rules
from translator.model import (
    Artifact,
    Constant,
    EnvVariable,
    Importer,
    Interface,
    Parameter,
    ParameterType,
)
from translator.placeholders import parse_text
from translator.records import replace


class TestTaskConfig:
    @pytest.mark.parametrize(
        ("changes", "taken"),
        [
            ({"config_passthroughs": ({"field": "RESOURCES"}, {"field": "ENV"})}, "RESOURCES"),
            (
                {"inputs": Interface(parameters={"tc": Parameter(type=ParameterType.TASK_CONFIG)})},
                "input `tc`",
            ),
        ],
    )
    def test_is_reported(self, changes: dict[str, Any], taken: str) -> None:
        plain = pipeline_of()
        component = replace(plain.components["comp-say"], origin=HERE, **changes)
        (finding,) = found(replace(plain, components={"comp-say": component}))
        assert finding.rule is rules.TASK_CONFIG and finding.origin == HERE
        assert taken in str(finding.facts["taken"])


def test_downloads_to_the_workspace() -> None:
    importer = Importer(
        uri=Constant(value="gs://b/o"),
        artifact=Artifact(),
        download_to_workspace=True,
        origin=HERE,
    )
    (finding,) = found(pipeline_of(importer))
    assert finding.rule is rules.WORKSPACE_IMPORT and finding.facts == {"label": "exec-say"}


@pytest.mark.parametrize(
    ("name", "value", "reported"),
    [
        ("ARGO_DEBUG_PAUSE_BEFORE", "true", True),
        ("ARGO_DEBUG_PAUSE_AFTER", "true", True),
        ("ARGO_DEBUG_PAUSE_AFTER", "false", False),
        ("DEBUG", "true", False),
    ],
)
def test_pauses_for_debugging(name: str, value: str, reported: bool) -> None:
    variable = EnvVariable(name=name, value=parse_text(value), origin=HERE)
    findings = found(pipeline_of(replace(PLAIN, env=(variable,))))
    assert [finding.rule for finding in findings] == ([rules.DEBUG_PAUSE] if reported else [])
    assert all(finding.severity is Severity.NOTE for finding in findings)
