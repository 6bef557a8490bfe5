"""The Kubernetes settings of the corpus, by executor, through the types of the model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.corpus.files import corpus, documents_of
from translator.model import Setting
from translator.platform_document.reading import pod_of
from translator.platform_document.writing import executor_settings

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

#: Settings that the installed kfp-kubernetes does not have.
RAW = {"initContainers"}


def executors(path: Path) -> dict[str, dict[str, Any]]:
    """Executor → its settings."""
    found: dict[str, dict[str, Any]] = {}
    for document in documents_of(path.read_text(encoding="utf-8")):
        kubernetes = document.get("platforms", {}).get("kubernetes", {})
        found |= kubernetes.get("deploymentSpec", {}).get("executors", {})
    return found


@pytest.mark.parametrize("path", corpus("v2/kfp2/*.yaml", "v2/synthetic/*.yaml"))
def test_the_settings_come_back_as_they_were(path: Path) -> None:
    for settings in executors(path).values():
        pod = pod_of(Setting(name=name, value=value) for name, value in settings.items())
        written = json.dumps(executor_settings(pod), sort_keys=True)
        assert written == json.dumps(settings, sort_keys=True)
        assert {one.name for one in pod.others} <= RAW


@pytest.mark.parametrize("path", corpus("v2/*/*", only="k8s_many|secret|pvc|config_map|toleration"))
def test_there_are_settings_in_the_corpus(path: Path) -> None:
    assert executors(path)
