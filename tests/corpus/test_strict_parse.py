"""What is written for KFP v2 files of the corpus is what kfp's own protocol buffers take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.corpus.files import corpus, documents_of
from translator.diagnostics.codes import RULES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

FILES = corpus("v2/kfp1/*", "v2/kfp2/*", "v2/gcpc/*", "v2/synthetic/*", "v2/invalid/*")
#: Files that are refused for every target, and the code of the error.
REFUSED = {
    # Broken as they were broken upstream.
    "v2/invalid/invalid_yaml__2.13.0.yaml": "TR201",
    "v2/invalid/no_name__2.13.0.yaml": "TR104",
    "v2/kfp1/pipeline_with_params_containing_format.json": "TR104",
    "v2/kfp1/simple_pipeline_without_importer.json": "TR205",
}
#: Files that Kubeflow cannot run, and the code of the error.
REFUSED_BY_KUBEFLOW = {
    "v2/kfp1/expected_custom_job_pipeline.json": "TR401",
    "v2/kfp1/pipeline_with_custom_job_spec.json": "TR401",
    "v2/kfp2/pipeline_with_parallelfor_list_artifacts.yaml": "TR402",
    "v2/kfp2/pipeline_with_parallelfor_list_artifacts_GH-12033.yaml": "TR402",
}


def expected_error(path: Path, target: str) -> str:
    """The code with which a file is refused; empty for one that is translated."""
    name = "/".join(path.parts[-3:])
    refused = REFUSED | (REFUSED_BY_KUBEFLOW if target == "kubeflow" else {})
    return refused.get(name, "")


def parsed(document: Any, kind: str) -> Any:
    """The message of a document, unless it has a field or a value that the message does not."""
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2

    return json_format.ParseDict(document, getattr(pipeline_spec_pb2, kind)())


@pytest.mark.parametrize("target", ["vertex", "kubeflow"])
@pytest.mark.parametrize("path", FILES)
def test_it_is_a_pipeline_to_kfp_or_refused_with_a_code(path: Path, target: str) -> None:
    try:
        translation = translator.translate(path, to=target)
    except translator.TranslationError as error:
        findings = error.diagnostics
        errors = {f.rule.code for f in findings if f.severity is translator.Severity.ERROR}
        assert errors == {expected_error(path, target)}
    else:
        findings = translation.diagnostics
        assert expected_error(path, target) == ""
        spec, *platforms = documents_of(translation.files["pipeline.yaml"])
        message = parsed(spec, "PipelineSpec")
        older = '"schemaVersion": "2.0.0"' in path.read_text(encoding="utf-8")
        assert message.schema_version == ("2.0.0" if older and target == "vertex" else "2.1.0")
        assert message.pipeline_info.name
        assert message.root.dag.tasks
        for platform in platforms:
            assert parsed(platform, "PlatformSpec").platforms
        assert len(platforms) <= (target == "kubeflow")
    for finding in findings:
        assert RULES[finding.rule.code] is finding.rule
        assert finding.message
        assert finding.origin is not None
        assert finding.origin.file == str(path)


#: Codes of what a platform document says: not those of amounts, which stand in the first one.
SETTINGS = {f"TR{n}" for n in (*range(301, 305), 336, *range(341, 353), *range(363, 370))} - {
    "TR344",
    "TR345",
}


@pytest.mark.parametrize("path", corpus("v2/*/*", only="k8s|secret|pvc|config_map|toleration"))
def test_what_is_said_for_kubernetes_goes_to_kubeflow_and_is_told_for_vertex_ai(path: Path) -> None:
    given = documents_of(path.read_text(encoding="utf-8"))[1:]
    files = translator.translate(path, to="kubeflow").files
    assert documents_of(files["pipeline.yaml"])[1:] == given
    try:
        told = translator.translate(path, to="vertex").diagnostics
    except translator.TranslationError as error:
        assert expected_error(path, "vertex")
        told = error.diagnostics
    lost = [finding for finding in told if finding.rule.code in SETTINGS]
    assert bool(lost) == bool(given)


def test_a_field_that_kfp_does_not_know_is_noticed() -> None:
    from google.protobuf import json_format

    with pytest.raises(json_format.ParseError, match="tasks_1"):
        parsed({"root": {"dag": {"tasks_1": {}}}}, "PipelineSpec")
    with pytest.raises(json_format.ParseError, match="platforms_1"):
        parsed({"platforms_1": {}}, "PlatformSpec")
