"""``--upgrade`` of KFP v1 files: kfp's own protocol buffers take what it writes."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.corpus.files import corpus, documents_of
from tests.corpus.upgrade_keys import Outcome, trials
from translator.diagnostics.codes import RULES
from translator.model import Container
from translator.platform_document.reading import pod_of
from translator.platform_document.writing import raw_settings
from translator.targets.kubeflow import TARGET, Options

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

FILES = corpus(
    *("v1/seed/*", "v1/compiled/*", "v1/pairs/*.argo.yaml", "v1/v2-compatible/*"),
    *("v1/goldens/*/*.yaml", "v1/goldens/*/*/*.yaml"),
)
UPGRADE = Options(upgrade=True)


def parsed(document: Any, kind: str) -> Any:
    """The message of a document, which has no other fields."""
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2

    return json_format.ParseDict(document, getattr(pipeline_spec_pb2, kind)())


def parsed_settings(document: Any) -> None:
    """Parses the settings of each executor as kfp-kubernetes does."""
    from google.protobuf import json_format
    from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig

    kubernetes = document["platforms"]["kubernetes"]
    for settings in kubernetes.get("deploymentSpec", {}).get("executors", {}).values():
        json_format.ParseDict(settings, KubernetesExecutorConfig())


@pytest.mark.parametrize("path", FILES)
def test_kfp_takes_the_pipeline_and_its_settings(path: Path) -> None:
    try:
        translation = translator.translate(path, to="kubeflow", options=UPGRADE)
    except translator.TranslationError as error:
        errors = [d for d in error.diagnostics if d.severity is translator.Severity.ERROR]
        assert errors
        assert all(RULES[one.rule.code] is one.rule for one in errors)
        return
    spec, *platforms = documents_of(translation.files["pipeline.yaml"])
    assert parsed(spec, "PipelineSpec").schema_version == "2.1.0"
    for platform in platforms:
        assert parsed(platform, "PlatformSpec").platforms
        parsed_settings(platform)


@pytest.mark.parametrize("path", FILES)
def test_nothing_is_left_out_by_the_writer(path: Path) -> None:
    """The pass leaves out what kfp-kubernetes does not have, and the writer nothing more."""
    try:
        pipeline = translator.load(path).pipeline
    except translator.TranslationError:
        return
    for executor in TARGET.decided(pipeline, UPGRADE).pipeline.executors.values():
        if isinstance(executor, Container):
            read = pod_of(raw_settings(executor.pod))
            assert read.others == ()
            assert raw_settings(read) == raw_settings(executor.pod)
            for field in vars(read).keys() - {"origin", "origins"}:
                assert getattr(read, field) == getattr(executor.pod, field), field


@pytest.mark.parametrize("path", corpus("v1/seed/*", "v1/pairs/*.argo.yaml", "v1/compiled/*"))
def test_each_setting_is_carried_mapped_or_reported(path: Path) -> None:
    """All keys of all files are a matter of minutes: ``upgrade_keys`` as a program."""
    found = islice(trials(path, 1, Counter()), 20)
    assert [one for one in found if one.outcome is Outcome.NEITHER] == []
