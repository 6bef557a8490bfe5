"""The bundles of ``--style python`` with the real SDKs, against servers on loopback.

Each script runs as a process of its own, as it was written, and compiles pipeline.py with kfp.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import translator
from translator.model import Container
from translator.targets.kubeflow import Options as KubeflowOptions
from translator.targets.vertex import Options as VertexOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.contract.kubeflow_server import Backend
    from tests.contract.vertex_server import Vertex
    from translator.model import Pipeline

EXAMPLES = Path(__file__).parents[2] / "examples"
INSTALLED = importlib.util.find_spec("google") and all(
    importlib.util.find_spec(name) for name in ("google.cloud.aiplatform", "cryptography", "kfp")
)
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not INSTALLED, reason="the SDKs are not installed"),
]
#: A pipeline whose names are no names in Python, with settings of Kubernetes.
SPEC = """
pipelineInfo: {name: odd-names}
schemaVersion: 2.1.0
sdkVersion: kfp-2.15.2
root:
  inputDefinitions:
    parameters:
      learning-rate: {parameterType: NUMBER_DOUBLE, defaultValue: 0.5, isOptional: true}
      class: {parameterType: STRING}
  dag:
    tasks:
      train:
        taskInfo: {name: train}
        componentRef: {name: comp-train}
        cachingOptions: {enableCache: true}
        inputs:
          parameters:
            rate: {componentInputParameter: learning-rate}
            text: {componentInputParameter: class}
components:
  comp-train:
    executorLabel: exec-train
    inputDefinitions:
      parameters: {rate: {parameterType: NUMBER_DOUBLE}, text: {parameterType: STRING}}
deploymentSpec:
  executors:
    exec-train:
      container:
        image: python:3.11
        command: [train]
        args: ["{{$.inputs.parameters['rate']}}", "{{$.inputs.parameters['text']}}"]
        resources: {resourceMemoryLimit: 1536Mi, memoryLimit: 1.610612736}
---
platforms:
  kubernetes:
    deploymentSpec:
      executors:
        exec-train:
          nodeSelector: {labels: {disk: ssd}}
          enabledSharedMemory: {volumeName: shm, size: 1Gi}
"""


@pytest.fixture
def kubeflow() -> Iterator[tuple[Backend, str]]:
    from tests.contract.kubeflow_server import Backend, serving

    backend = Backend()
    with serving(backend) as host:
        yield backend, host


def put(files: Mapping[str, str], folder: Path) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def run(script: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script's run, which succeeds."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), *words],
        cwd="/",  # pipeline.py is found beside the script
        env={"PATH": os.environ["PATH"], "HOME": str(script.parent), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def programs(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    """What the containers of a pipeline run."""
    return sorted(
        (str(one.image), list(map(str, one.command)), list(map(str, one.args)))
        for one in pipeline.executors.values()
        if isinstance(one, Container)
    )


@pytest.mark.parametrize("single_file", [False, True])
def test_a_pipeline_arrives_on_vertex_ai(vertex: Vertex, tmp_path: Path, single_file: bool) -> None:
    from google.protobuf import json_format

    options = VertexOptions(style="python", single_file=single_file)
    reading = translator.load_text(SPEC.partition("---\n")[0])
    put(translator.render(reading, "vertex", options), tmp_path)
    words = ["--project", "p1", "--pipeline-root", "gs://demo-bucket/root", "--job-id", "j"]
    words += ["--learning-rate", "0.25", "--class", "a b"]
    script, environment = tmp_path / "main.py", {"NO_GCE_CHECK": "true", **vertex.environment}
    told = run(script, *words, "--dry-run", **environment)
    run(script, *words, **environment)

    (message,) = vertex.requests["CreatePipelineJob"]
    request = json_format.MessageToDict(message)
    expected = json_format.ParseDict(json.loads(told.stdout), type(message)())
    assert request == json_format.MessageToDict(expected)
    job = request["pipelineJob"]
    values = job["runtimeConfig"]["parameterValues"]
    assert values == {"learning_rate": 0.25, "class_": "a b"}
    arrived = translator.load_text(json.dumps(job["pipelineSpec"])).pipeline
    assert programs(arrived) == programs(reading.pipeline)
    assert "platforms" not in job["pipelineSpec"]


@pytest.mark.parametrize("single_file", [False, True])
def test_a_pipeline_arrives_on_kubeflow(
    kubeflow: tuple[Backend, str], tmp_path: Path, single_file: bool
) -> None:
    backend, host = kubeflow
    reading = translator.load_text(SPEC)
    options = KubeflowOptions(style="python", single_file=single_file)
    put(translator.render(reading, "kubeflow", options), tmp_path)
    words = ["--class", "a b", "--wait", "--poll-seconds", "0.05"]
    done = run(tmp_path / "submit.py", *words, KF_PIPELINES_ENDPOINT=host)
    assert "Run: run-1" in done.stdout

    (request,) = backend.sent("POST", "/runs")
    sent = request.body["pipeline_spec"]
    arrived = translator.load_text(json.dumps(sent["pipeline_spec"])).pipeline
    assert programs(arrived) == programs(reading.pipeline)
    assert request.body["runtime_config"]["parameters"] == {"class_": "a b"}
    ((_, settings),) = sent["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"][
        "executors"
    ].items()
    assert settings == {
        "nodeSelector": {"labels": {"disk": "ssd"}},
        "enabledSharedMemory": {"volumeName": "shm", "size": "1Gi"},
    }


def test_a_workflow_of_kfp_v1_arrives_as_kfp_v2(
    kubeflow: tuple[Backend, str], tmp_path: Path
) -> None:
    backend, host = kubeflow
    reading = translator.load(EXAMPLES / "train/pipeline_v1.yaml")
    put(translator.render(reading, "kubeflow", style="python"), tmp_path)
    done = run(tmp_path / "submit.py", "--trees", "30", KF_PIPELINES_ENDPOINT=host)
    assert "Run: run-1" in done.stdout
    (request,) = backend.sent("POST", "/runs")
    assert request.body["pipeline_spec"]["pipeline_spec"]["schemaVersion"] == "2.1.0"
    assert request.body["runtime_config"]["parameters"] == {"trees": "30"}


@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
def test_the_help_shows_the_inputs(tmp_path: Path, to: str) -> None:
    reading = translator.load_text(SPEC)
    put(translator.render(reading, to, style="python"), tmp_path)
    script = tmp_path / ("main.py" if to == "vertex" else "submit.py")
    help_text = " ".join(run(script, "--help").stdout.split())
    assert "--learning-rate" in help_text
    assert "[NUMBER_DOUBLE, default: 0.5]" in help_text


@pytest.mark.parametrize("to", ["vertex", "kubeflow"])
def test_the_same_file_gives_the_same_bytes(to: str) -> None:
    program = (
        "import hashlib, sys, translator\n"
        f"files = translator.render(translator.load(sys.argv[1]), {to!r}, style='python')\n"
        "print(hashlib.sha256(repr(files).encode()).hexdigest())"
    )
    words = [sys.executable, "-c", program, str(EXAMPLES / "train/pipeline_v2.yaml")]
    outputs = {
        subprocess.run(
            words, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
