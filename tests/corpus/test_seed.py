"""The pipeline that the project started from: ten tasks of KFP v1 that no other tool moves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import translator
from tests.contract import test_kubeflow_contract as kubeflow
from tests.contract import test_vertex_contract as vertex
from translator.diagnostics import Severity
from translator.plan.needed import Use, collected, open_decisions
from translator.targets import target
from translator.targets.vertex import Options

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.corpus, pytest.mark.contract]
#: Task → its name in the console, the tasks that it waits for.
TASKS = {
    "create-tensorboard-visualization": ("Visualization", []),
    "inference": ("Prediction", ["kubeflow-serve-model-using-kfserving"]),
    "inference-2": ("Explanation", ["inference"]),
    # Their image need not have Python, so that tasks are added for what they show.
    "inference-metrics": ("Prediction (metrics)", ["inference"]),
    "inference-2-metrics": ("Explanation (metrics)", ["inference-2"]),
    "kubeflow-serve-model-using-kfserving": ("Deployer", ["minio-upload-3"]),
    "minio-upload": ("Tensorboard Events Pusher", ["training"]),
    "minio-upload-2": ("checkpoint_dir Pusher", ["training"]),
    "minio-upload-3": ("Mar Pusher", ["training"]),
    "minio-upload-4": ("Conifg Pusher", ["training"]),
    "preprocessdata": ("Preprocess & Transform", ["create-tensorboard-visualization"]),
    "training": ("Training", ["preprocessdata"]),
}


@pytest.fixture(scope="module")
def seed(shared: Path) -> Path:
    """The file."""
    return shared / "corpus/v1/seed/pytorch_cifar10.yaml"


@pytest.fixture(scope="module")
def spec(seed: Path) -> Any:
    """What is written of it for Vertex AI."""
    return yaml.safe_load(translator.translate(seed, to="vertex").files["pipeline.yaml"])


def test_every_task_with_its_name_and_order(spec: Any) -> None:
    tasks = spec["root"]["dag"]["tasks"]
    found = {
        name: (task["taskInfo"]["name"], sorted(task.get("dependentTasks", [])))
        for name, task in tasks.items()
    }
    assert found == TASKS


def test_every_parameter_with_its_value(spec: Any, seed: Path) -> None:
    written = yaml.safe_load(seed.read_text("utf-8"))["spec"]["arguments"]["parameters"]
    inputs = spec["root"]["inputDefinitions"]["parameters"]
    assert len(inputs) == 16
    assert {name: one["defaultValue"] for name, one in inputs.items()} == {
        one["name"]: one["value"] for one in written
    }


def test_texts_of_two_references(spec: Any) -> None:
    given = spec["root"]["dag"]["tasks"]["create-tensorboard-visualization"]["inputs"]
    channels = ("log_bucket", "log_dir")
    bucket, folder = (f"{{{{$.inputs.parameters['pipelinechannel--{c}']}}}}" for c in channels)
    sources = given["parameters"].values()
    constants = [one["runtimeValue"]["constant"] for one in sources if "runtimeValue" in one]
    assert f"s3://{bucket}/{folder}" in constants


def test_what_will_not_work_is_told_with_line_and_remedy(seed: Path) -> None:
    found = translator.translate(seed, to="vertex").diagnostics
    told = {finding.rule.code for finding in found if finding.severity is Severity.WARNING}
    # Secrets, addresses of the cluster, the KFServing deployer, s3:// and minio://.
    assert told == {"TR301", "TR305", "TR306", "TR307"}
    assert all(finding.origin and finding.origin.line and finding.help for finding in found)


def test_it_is_submitted_to_vertex_ai(seed: Path, tmp_path: Path) -> None:
    from tests.contract.vertex_server import serving

    files = translator.translate(seed, to="vertex").files
    script = vertex.put(files, tmp_path)
    place = ("--project", "p1", "--pipeline-root", "gs://demo-bucket/root", "--job-id", "run-1")
    told = vertex.run(script, *place, "--dry-run")
    (tmp_path / "server").mkdir()
    with serving(tmp_path / "server") as server:
        server.buckets["demo-bucket"] = "US-CENTRAL1"
        done = vertex.run(script, *place, vertex=server)
        assert done.returncode == 0, done.stderr
        vertex.assert_as_told(server, told.stdout)
        job = vertex.arrived(server)["pipelineJob"]
    values = job["runtimeConfig"]["parameterValues"]
    assert values["log_dir"] == "tensorboard/logs/run-1"
    assert values["model_uri"] == "s3://mlpipeline/mar/run-1"
    assert "workflow.uid" not in json.dumps(values)


def test_it_is_submitted_to_kubeflow(seed: Path, tmp_path: Path) -> None:
    assert translator.translate(seed, to="kubeflow").files["pipeline.yaml"].encode() == (
        seed.read_bytes()
    )
    backend = kubeflow.Backend()
    with kubeflow.serving(backend) as host:
        bench = kubeflow.Bench(tmp_path, backend, host)
        words = ("--model", "resnet", "--wait", "--poll-seconds", "0.05")
        bench.submit(translator.load(seed).pipeline, *words)
    (run,) = backend.runs
    assert run["effective_arguments"]["model"] == "resnet"
    assert run["effective_arguments"]["deploy"] == "torchserve"
    assert len(run["effective_arguments"]) == 16


#: The decisions that the file needs, all made: storage and addresses, keys, the KFServing step.
PLAN = """
plan-version: 1
images:
  public.ecr.aws/pytorch-samples/alpine:latest: eu.example/alpine-with-curl:1
secrets:
  mlpipeline-minio-artifact/accesskey: projects/p/secrets/access/versions/1
  mlpipeline-minio-artifact/secretkey: projects/p/secrets/secret/versions/1
addresses:
  "s3://": gs://
  "minio://": gs://
defaults:
  minio_endpoint: https://storage.googleapis.com
  ingress_gateway: https://serving.example.com
  model_uri: gs://my-bucket/models
drop-tasks:
  kubeflow-serve-model-using-kfserving: true
metrics: true
"""


def test_with_a_plan_nothing_is_left_to_do(seed: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, "utf-8")
    plan = translator.load_plan(path)
    how = plan.reading(translator.ReadOptions())
    options = Options(decisions=plan.decisions)
    made = translator.translate(seed, "vertex", options, how)
    assert {one.severity for one in made.diagnostics} == {Severity.NOTE}
    assert "\n## Manual steps\n\nNone.\n" in made.files["REPORT.md"]
    # Each decision of the plan is needed, or used: that about an image whose containers read
    # secrets, which is needed once these are decided.
    pipeline, chosen = translator.load(seed).pipeline, target("vertex")
    decided = [chosen.decided(pipeline, one) for one in (chosen.options(), options)]
    needed = collected(Use(need) for one in decided for need in one.needs)
    assert list(open_decisions(plan, needed)) == []
    found = {(one.kind.field, one.key) for one in needed} | decided[-1].used
    assert found == plan.keys
