"""Metrics of KFP v1, run by kfp's own local runner: what the artifacts of a run then have."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.unit.argo_files import workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.contract

METADATA = {
    "generateName": "flow-",
    "annotations": {"pipelines.kubeflow.org/kfp_sdk_version": "1.8.22"},
}
METRICS = {"metrics": [{"name": "accuracy", "numberValue": 0.75, "format": "PERCENTAGE"}]}
VIEWS = {
    "outputs": [
        {"type": "markdown", "storage": "inline", "source": "# Trained"},
        {"type": "web-app", "storage": "inline", "source": "<p>Trained</p>"},
        {
            "type": "roc",
            "storage": "inline",
            "format": "csv",
            "schema": [{"name": name} for name in ("fpr", "tpr", "thresholds")],
            "source": "0,0.5,0.9\n1,1,0.1",
        },
        {
            "type": "confusion_matrix",
            "storage": "inline",
            "format": "csv",
            "schema": [{"name": name} for name in ("target", "predicted", "count")],
            "labels": ["cat", "dog"],
            "source": "cat,cat,5\ncat,dog,1\ndog,cat,2\ndog,dog,7",
        },
    ]
}
#: Writes the first two arguments to the files that are the other two.
COMMANDS = {
    "python": """
import os, sys
for text, path in zip(sys.argv[1:3], sys.argv[3:5]):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file: file.write(text)
""",
    "shell": 'mkdir -p "${3%/*}" "${4%/*}" && printf %s "$1" > "$3" && printf %s "$2" > "$4"',
}


def text_of(kind: str, metrics: str, views: str) -> str:
    """A workflow whose task writes these files, by a program in Python or in the shell."""
    start = ["python3", "-c"] if kind == "python" else ["sh", "-c"]
    zero = [] if kind == "python" else ["write"]
    command = [*start, COMMANDS[kind], *zero, metrics, views, "/out/m.json", "/out/v.json"]
    outputs = [
        {"name": "mlpipeline-metrics", "path": "/out/m.json"},
        {"name": "mlpipeline-ui-metadata", "path": "/out/v.json"},
    ]
    template = {
        "name": "write",
        "container": {"image": "python:3.12", "command": command},
        "outputs": {"artifacts": outputs},
    }
    return workflow("[{name: write, template: write}]", json.dumps([template]), metadata=METADATA)


@pytest.fixture
def locally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """kfp runs the command of each container as a process, whatever its image."""
    from kfp import local
    from kfp.local import config, executor_output_utils, subprocess_task_handler

    handler = subprocess_task_handler.SubprocessTaskHandler
    monkeypatch.setattr(handler, "validate_not_container_component", lambda *_: None)
    monkeypatch.setattr(
        subprocess_task_handler,
        "replace_python_executable",
        lambda words, _: [sys.executable if word == "python3" else word for word in words],
    )
    collect = executor_output_utils.get_outputs_from_executor_output

    def collected(executor_output: Any, executor_input: Any, component_spec: Any) -> Any:
        """Artifacts are there without an executor output too: backends collect them, not kfp."""
        for name, listed in executor_input.outputs.artifacts.items():
            if name not in executor_output.artifacts:
                executor_output.artifacts[name].CopyFrom(listed)
        return collect(executor_output, executor_input, component_spec)

    monkeypatch.setattr(executor_output_utils, "get_outputs_from_executor_output", collected)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    root = tmp_path / "runs"
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=str(root))
    yield root
    config.LocalExecutionConfig.instance = None


def run(text: str, folder: Path) -> dict[str, Any]:
    """Type of an artifact → its metadata, or the text of its file, after a run that succeeds."""
    from google.protobuf import json_format
    from kfp import components
    from kfp.pipeline_spec import pipeline_spec_pb2

    reading = translator.load_text(text)
    written = translator.render(reading, "vertex")["pipeline.yaml"]
    components.load_component_from_text(written)()  # raises an exception if a task fails
    found: dict[str, Any] = {}
    for path in folder.rglob("executor_output.json"):
        output = json_format.Parse(path.read_text("utf-8"), pipeline_spec_pb2.ExecutorOutput())
        for name, listed in output.artifacts.items():
            (artifact,) = listed.artifacts
            assert artifact.name
            metadata = json_format.MessageToDict(artifact.metadata)
            file = Path(artifact.uri)
            found[name] = file.read_text("utf-8") if file.exists() else metadata
    return found


@pytest.mark.parametrize("kind", COMMANDS)
class TestRun:
    def test_each_artifact_has_its_content(self, kind: str, locally: Path) -> None:
        found = run(text_of(kind, json.dumps(METRICS), json.dumps(VIEWS)), locally)
        assert found == {
            "metrics": {"accuracy": 0.75},
            "markdown": "# Trained",
            "html": "<p>Trained</p>",
            "classification": {
                "confidenceMetrics": [
                    {"confidenceThreshold": 0.9, "recall": 0.5, "falsePositiveRate": 0},
                    {"confidenceThreshold": 0.1, "recall": 1, "falsePositiveRate": 1},
                ],
                "confusionMatrix": {
                    "annotationSpecs": [{"displayName": "cat"}, {"displayName": "dog"}],
                    "rows": [{"row": [5, 1]}, {"row": [2, 7]}],
                },
            },
        }

    def test_it_is_what_kfps_own_classes_log(self, kind: str, locally: Path) -> None:
        from kfp import dsl

        expected = dsl.ClassificationMetrics()
        expected.log_roc_curve([0, 1], [0.5, 1], [0.9, 0.1])
        expected.log_confusion_matrix(["cat", "dog"], [[5, 1], [2, 7]])
        found = run(text_of(kind, json.dumps(METRICS), json.dumps(VIEWS)), locally)
        assert found["classification"] == expected.metadata

    @pytest.mark.parametrize("text", ["", "{", "[]", "[" * 5000, "$(id)`id`'\"\\"])
    def test_files_that_are_no_json(self, kind: str, text: str, locally: Path) -> None:
        assert run(text_of(kind, text, text), locally) == {}
