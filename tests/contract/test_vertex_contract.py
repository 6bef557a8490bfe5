"""The scripts for Vertex AI with the real SDK, against a server on loopback.

Each script runs as a process of its own, as it was written, knowing only its environment.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import translator
from translator.model import (
    Artifact,
    Caching,
    Component,
    Container,
    Dag,
    ExecutorRef,
    FromParent,
    Interface,
    Parameter,
    ParameterType,
    Pipeline,
    Submission,
    Task,
)
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex import Options
from translator.targets.vertex.writer import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.vertex_server import Vertex

EXAMPLES = Path(__file__).parents[2] / "examples"
INSTALLED = importlib.util.find_spec("google") and all(
    importlib.util.find_spec(name) for name in ("google.cloud.aiplatform", "cryptography", "kfp")
)
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not INSTALLED, reason="the SDK of Vertex AI is not installed"),
]

PARAMETERS = {
    "text": Parameter(type=ParameterType.STRING),
    "count": Parameter(type=ParameterType.NUMBER_INTEGER, default=3),
    "rate": Parameter(type=ParameterType.NUMBER_DOUBLE, default=0.5),
    "flag": Parameter(type=ParameterType.BOOLEAN, default=False),
    "items": Parameter(type=ParameterType.LIST, default=[]),
    "map": Parameter(type=ParameterType.STRUCT, default={}),
}
PIPELINE = Pipeline(
    name="demo",
    root=Component(
        body=Dag(
            tasks={
                "say": Task(
                    component="comp-say",
                    parameters={name: FromParent(name=name) for name in PARAMETERS},
                    caching=Caching(enabled=True, key="k"),
                ),
                "again": Task(
                    component="comp-say",
                    parameters={name: FromParent(name=name) for name in PARAMETERS},
                    caching=Caching(),
                ),
            }
        ),
        inputs=Interface(parameters=PARAMETERS),
    ),
    components={
        "comp-say": Component(
            body=ExecutorRef(label="exec-say"), inputs=Interface(parameters=PARAMETERS)
        )
    },
    executors={
        "exec-say": Container(
            image=parse_text("busybox:1"),
            command=(parse_text("echo"),),
            args=(parse_text("{{$.inputs.parameters['text']}}"),),
        )
    },
    submission=Submission(labels={"origin": "file"}),
)
ROOT = "gs://demo-bucket/root"
_TYPES = {"text": "STRING", "big": "INT", "count": "INT", "rate": "DOUBLE", "names": "STRING"}
#: What the v2 compiler of kfp 1.8 writes.
JOB: dict[str, Any] = {
    "pipelineSpec": {
        "pipelineInfo": {"name": "older"},
        "schemaVersion": "2.0.0",
        "sdkVersion": "kfp-1.8.22",
        "root": {
            "inputDefinitions": {"parameters": {n: {"type": kind} for n, kind in _TYPES.items()}},
            "dag": {
                "tasks": {
                    "say": {
                        "componentRef": {"name": "comp-say"},
                        "taskInfo": {"name": "say"},
                        "cachingOptions": {"enableCache": True},
                        "inputs": {
                            "parameters": {
                                "text": {"componentInputParameter": "text"},
                                "more": {"runtimeValue": {"constantValue": {"intValue": "3"}}},
                            }
                        },
                        "triggerPolicy": {"condition": "inputs.parameters['more'].int_value > 1"},
                    }
                }
            },
        },
        "components": {
            "comp-say": {
                "executorLabel": "exec-say",
                "inputDefinitions": {
                    "parameters": {"text": {"type": "STRING"}, "more": {"type": "INT"}}
                },
            }
        },
        "deploymentSpec": {
            "executors": {
                "exec-say": {
                    "container": {"image": "busybox:1", "command": ["echo"], "args": ["{{$}}"]}
                }
            }
        },
    },
    "runtimeConfig": {
        "gcsOutputDirectory": ROOT,
        "parameters": {
            "text": {"stringValue": "it's"},
            "big": {"intValue": "9007199254740993"},
            "count": {"intValue": "1"},
        },
    },
}


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return put(write(PIPELINE), tmp_path)


def put(files: Mapping[str, str], folder: Path) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder / "main.py"


def run(
    script: Path, *arguments: str, vertex: Vertex | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    known = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    known |= {"NO_GCE_CHECK": "true", "HOME": str(script.parent)}
    known |= (vertex.environment if vertex else {}) | environment
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(script), *arguments],
        cwd="/",  # the pipeline is found beside the script
        env=known,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def arrived(vertex: Vertex, method: str = "CreatePipelineJob") -> dict[str, Any]:
    """The one request that arrived, as JSON."""
    from google.protobuf import json_format

    (message,) = vertex.requests[method]
    answer = json_format.MessageToDict(message)
    assert isinstance(answer, dict)
    return answer


def assert_as_told(vertex: Vertex, told: str, method: str = "CreatePipelineJob") -> None:
    """What arrived is what the dry run printed, message for message."""
    from google.protobuf import json_format

    (message,) = vertex.requests[method]
    expected = json_format.ParseDict(json.loads(told), type(message)())
    assert json_format.MessageToDict(message) == json_format.MessageToDict(expected)


def spec_of(script: Path) -> Any:
    return yaml.safe_load(script.with_name("pipeline.yaml").read_text("utf-8"))


def test_every_option_arrives(vertex: Vertex, demo: Path) -> None:
    """And the bucket that is not there is made, which is told."""
    demo.with_name("p.yaml").write_text("text: from the file\ncount: 7\nrate: 2\n")
    given = (
        *("--project", "p1", "--location", "europe-west4", "--pipeline-root", "gs://fresh/x"),
        *("--service-account", "sa@p1.iam.gserviceaccount.com"),
        *("--network", "projects/1/global/networks/v"),
        *("--reserved-ip-range", "r1", "--reserved-ip-range", "r2"),
        *("--psc-network-attachment", "projects/p1/regions/europe-west4/networkAttachments/a"),
        *("--encryption-key", "projects/p1/locations/europe-west4/keyRings/r/cryptoKeys/k"),
        *("--label", "team=ml", "--label", "origin=flag", "--job-id", "my-job-1"),
        *("--display-name", "A run", "--no-cache", "--failure-policy", "fast"),
        *("--params-file", str(demo.with_name("p.yaml")), "--text", 'it\'s {{x}} "q" é'),
        *("--flag", "true", "--items", '[1, "a", null]', "--map", '{"a": {"b": 1.5}}'),
    )
    done = run(demo, *given, vertex=vertex)
    assert done.returncode == 0, done.stderr
    request = arrived(vertex)
    job = request["pipelineJob"]
    assert request["parent"] == "projects/p1/locations/europe-west4"
    assert request["pipelineJobId"] == "my-job-1"
    assert job["displayName"] == "A run"
    assert job["labels"] == {"team": "ml", "origin": "flag"}
    assert job["serviceAccount"] == "sa@p1.iam.gserviceaccount.com"
    assert job["network"] == "projects/1/global/networks/v"
    assert job["reservedIpRanges"] == ["r1", "r2"]
    assert job["pscInterfaceConfig"] == {
        "networkAttachment": "projects/p1/regions/europe-west4/networkAttachments/a"
    }
    assert job["encryptionSpec"] == {
        "kmsKeyName": "projects/p1/locations/europe-west4/keyRings/r/cryptoKeys/k"
    }
    assert job["runtimeConfig"] == {
        "gcsOutputDirectory": "gs://fresh/x",
        "failurePolicy": "PIPELINE_FAILURE_POLICY_FAIL_FAST",
        "parameterValues": {
            "text": 'it\'s {{x}} "q" é',
            "count": 7,
            "rate": 2,
            "flag": True,
            "items": [1, "a", None],
            "map": {"a": {"b": 1.5}},
        },
    }
    expected = spec_of(demo)
    for task in expected["root"]["dag"]["tasks"].values():
        task["cachingOptions"] = {"enableCache": False}
    assert job["pipelineSpec"] == expected
    assert vertex.buckets["fresh"] == "EUROPE-WEST4"
    assert "bucket fresh is missing" in done.stderr
    assert "Run: projects/p1/locations/europe-west4/pipelineJobs/my-job-1\n" in done.stdout
    page = "https://console.cloud.google.com/vertex-ai/locations/europe-west4/pipelines/runs"
    assert f"{page}/my-job-1?project=p1\n" in done.stdout
    dry = run(demo, *given, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert_as_told(vertex, dry.stdout)


def test_what_is_not_asked_for_is_left_alone(vertex: Vertex, demo: Path) -> None:
    """And a run that succeeds, with a network that fails now and then, is a success."""
    vertex.states, vertex.broken_looks = ("PENDING", "RUNNING", "SUCCEEDED"), 2
    place = {"GOOGLE_CLOUD_PROJECT": "p1", "GOOGLE_CLOUD_REGION": "us-central1"}
    given = ("--pipeline-root", ROOT, "--text", "x", "--wait", "--poll-seconds", "0.05")
    done = run(demo, *given, vertex=vertex, **place)
    assert done.returncode == 0, done.stderr
    request = arrived(vertex)
    job = request.pop("pipelineJob")
    assert request.pop("parent") == "projects/p1/locations/us-central1"
    assert re.fullmatch(r"demo-\d{14}", request.pop("pipelineJobId"))
    assert request == {}
    # Caching as each task says; nothing but the one value that is given.
    assert job.pop("pipelineSpec") == spec_of(demo)
    assert job.pop("runtimeConfig") == {
        "gcsOutputDirectory": ROOT,
        "parameterValues": {"text": "x"},
    }
    assert job == {"displayName": "demo", "labels": {"origin": "file"}}
    assert [line.split()[-1] for line in done.stdout.splitlines()[-3:]] == [*vertex.states]
    assert done.stderr == ""
    assert not any(call.startswith("POST") for call in vertex.storage)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "PAUSED"])
def test_a_run_that_does_not_succeed_is_no_success(vertex: Vertex, demo: Path, state: str) -> None:
    vertex.states = ("RUNNING", state)
    given = ("--project", "p1", "--pipeline-root", ROOT, "--text", "x", "--wait")
    done = run(demo, *given, "--poll-seconds", "0.05", vertex=vertex)
    assert done.returncode == 1
    told = [f"error: the run ended as {state}"]
    if state == "FAILED":
        told += ["  The DAG failed because some tasks failed."]
        told += ["  task train failed. exit status 3"]
    assert done.stderr.splitlines() == told


def test_a_schedule_arrives(vertex: Vertex, tmp_path: Path) -> None:
    options = Options(
        project="p1",
        location="europe-west1",
        pipeline_root=ROOT,
        network="projects/1/global/networks/v",
        reserved_ip_ranges=("r1",),
        psc_network_attachment="att",
        service_account="sa@p1.iam.gserviceaccount.com",
        encryption_key="projects/p1/locations/europe-west1/keyRings/r/cryptoKeys/k",
        cache=True,
        schedule="TZ=Europe/Paris 0 3 * * 1",
    )
    script = put(write(PIPELINE, options), tmp_path)
    given = (
        *("--text", "x", "--schedule-name", "Mondays", "--schedule-max-runs", "5"),
        *("--schedule-max-concurrent-runs", "2", "--schedule-allow-queueing"),
        *("--schedule-start", "2030-01-01T01:00:00+01:00"),
        *("--schedule-end", "2031-01-01T00:00:00Z"),
    )
    done = run(script, *given, vertex=vertex)
    assert done.returncode == 0, done.stderr
    request = arrived(vertex, "CreateSchedule")
    assert request["parent"] == "projects/p1/locations/europe-west1"
    schedule = request["schedule"]
    inner = schedule.pop("createPipelineJobRequest")
    assert schedule == {
        "displayName": "Mondays",
        "cron": "TZ=Europe/Paris 0 3 * * 1",
        "startTime": "2030-01-01T00:00:00Z",
        "endTime": "2031-01-01T00:00:00Z",
        "maxRunCount": "5",
        "maxConcurrentRunCount": "2",
        "allowQueueing": True,
    }
    assert inner["parent"] == request["parent"]
    job = inner["pipelineJob"]
    assert job["reservedIpRanges"] == ["r1"]
    assert job["pscInterfaceConfig"] == {"networkAttachment": "att"}
    assert job["runtimeConfig"]["parameterValues"] == {"text": "x"}
    assert "CreatePipelineJob" not in vertex.requests
    assert "Schedule: projects/p1/locations/europe-west1/schedules/77\n" in done.stdout
    dry = run(script, *given, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert_as_told(vertex, dry.stdout, "CreateSchedule")


def test_a_v1_workflow_arrives(vertex: Vertex, tmp_path: Path) -> None:
    """Its inputs that differ from run to run hold the id of the job."""
    result = translator.translate(EXAMPLES / "train" / "pipeline_v1.yaml", to="vertex")
    script = put(result.files, tmp_path)
    given = ("--project", "p1", "--pipeline-root", ROOT, "--job-id", "job-7", "--trees", "9")
    done = run(script, *given, vertex=vertex)
    assert done.returncode == 0, done.stderr
    job = arrived(vertex)["pipelineJob"]
    values = job["runtimeConfig"]["parameterValues"]
    assert values["trees"] == "9"
    assert values["log_folder"] == "penguins/job-7/logs"
    assert "workflow.uid" not in json.dumps(values)
    assert job["runtimeConfig"]["failurePolicy"] == "PIPELINE_FAILURE_POLICY_FAIL_FAST"
    assert "pipeline_job_uuid" not in json.dumps(job["pipelineSpec"])
    dry = run(script, *given, "--dry-run")
    assert_as_told(vertex, dry.stdout)


@pytest.mark.parametrize("scheduled", [False, True], ids=["run", "schedule"])
def test_a_pipeline_of_schema_2_0_0_arrives_as_it_is(
    vertex: Vertex, tmp_path: Path, scheduled: bool
) -> None:
    """With values that say their types: those of the file, of a params-file and of flags."""
    reading = translator.load_text(json.dumps(JOB), "pipeline.json")
    script = put(translator.render(reading.pipeline, "vertex"), tmp_path)
    script.with_name("p.yaml").write_text("count: 7\nnames: [a, 1]\n")
    given = ("--project", "p1", "--rate", "2", "--params-file", str(script.with_name("p.yaml")))
    given += ("--schedule", "0 3 * * 1") if scheduled else ("--job-id", "job-1")
    done = run(script, *given, vertex=vertex)
    assert done.returncode == 0, done.stderr
    if scheduled:
        asked = arrived(vertex, "CreateSchedule")["schedule"]["createPipelineJobRequest"]
    else:
        asked = arrived(vertex)
    job = asked["pipelineJob"]
    assert job["pipelineSpec"] == JOB["pipelineSpec"]
    assert job["runtimeConfig"] == {
        "gcsOutputDirectory": "gs://demo-bucket/root",
        "parameters": {
            "text": {"stringValue": "it's"},
            "big": {"intValue": "9007199254740993"},
            "count": {"intValue": "7"},
            "rate": {"doubleValue": 2.0},
            "names": {"stringValue": '["a", 1]'},
        },
    }
    dry = run(script, *given, "--dry-run")
    assert_as_told(vertex, dry.stdout, "CreateSchedule" if scheduled else "CreatePipelineJob")


def test_an_integer_of_more_than_64_bits_is_told(vertex: Vertex, tmp_path: Path) -> None:
    """By the SDK, for schema 2.0.0; that of others travels as a double."""
    reading = translator.load_text(json.dumps(JOB), "pipeline.json")
    script = put(translator.render(reading.pipeline, "vertex"), tmp_path)
    given = ("--project", "p1", "--rate", "2", "--names", "a", "--count", str(2**63))
    done = run(script, *given, vertex=vertex)
    assert done.returncode == 1
    assert "error: the SDK did not accept it: Failed to parse runtimeConfig field: " in done.stderr
    assert f"Value out of range: {2**63}" in done.stderr
    assert vertex.requests == {}


def test_artifacts_arrive_and_a_used_id_is_told(vertex: Vertex, tmp_path: Path) -> None:
    inputs = replace(
        PIPELINE.root.inputs, artifacts={"data": Artifact(schema_title="system.Dataset")}
    )
    pipeline = replace(PIPELINE, root=replace(PIPELINE.root, inputs=inputs))
    script = put(write(pipeline, Options(project="p1", pipeline_root=ROOT)), tmp_path)
    given = ("--text", "x", "--artifact", "data=456", "--job-id", "twice")
    assert run(script, *given, vertex=vertex).returncode == 0
    runtime = arrived(vertex)["pipelineJob"]["runtimeConfig"]
    assert runtime["inputArtifacts"] == {"data": {"artifactId": "456"}}
    again = run(script, *given, vertex=vertex)
    assert again.returncode == 1
    assert again.stderr.startswith("error: Vertex AI did not accept it: 409 ")
    assert again.stderr.endswith("/pipelineJobs/twice already exists\n")


def test_other_ways_to_the_service(vertex: Vertex, demo: Path) -> None:
    """REST at an address of one's own; a bucket far away is told."""
    vertex.buckets["far"] = "US"
    given = ("--project", "p1", "--pipeline-root", "gs://far", "--text", "x")
    way = ("--api-endpoint", vertex.rest, "--api-transport", "rest")
    done = run(demo, *given, *way, vertex=vertex)
    assert done.returncode == 0, done.stderr
    assert arrived(vertex)["pipelineJob"]["displayName"] == "demo"
    assert done.stderr == "warning: bucket far is in US, not us-central1\n"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--label", "Team=ml"), "400 label Team"),
        (("--network", "default"), "400 network default"),
        (("--job-id", "Abc"), "400 pipeline_job_id 'Abc'"),
    ],
)
def test_which_flag_the_service_refuses_is_told(
    vertex: Vertex, demo: Path, given: tuple[str, ...], told: str
) -> None:
    """It checks their forms, so main.py does not check them too."""
    done = run(
        demo, "--project", "p1", "--pipeline-root", ROOT, "--text", "x", *given, vertex=vertex
    )
    assert done.returncode == 1
    assert done.stderr == f"error: Vertex AI did not accept it: {told}\n"


def test_what_the_service_refuses_is_told(vertex: Vertex, demo: Path) -> None:
    spec = spec_of(demo)
    spec["root"]["dag"]["tasks"]["say"]["nonsense"] = 1
    demo.with_name("pipeline.yaml").write_text(yaml.safe_dump(spec))
    given = ("--project", "p1", "--pipeline-root", ROOT, "--text", "x")
    done = run(demo, *given, vertex=vertex)
    assert done.returncode == 1
    assert done.stderr.startswith("error: Vertex AI did not accept it: 400 pipeline_spec: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--location", "us-central1/x"), "Unsupported region for Vertex AI, select from "),
        (("--location", "evil.example"), "Unsupported region for Vertex AI, select from "),
        (("--job-id", "1a"), "Generated job ID: 1a is illegal as a Vertex pipelines job ID."),
        (("--display-name", "x" * 129), "Display name needs to be less than 128 characters."),
        (
            ("--schedule", "0 3 * * *", "--schedule-start", "tomorrow"),
            "Failed to parse startTime field: Failed to parse timestamp: missing valid timezone",
        ),
        (
            ("--schedule", "0 3 * * *", "--schedule-end", "2030-01-01"),
            "Failed to parse endTime field: time data ",
        ),
    ],
)
def test_what_the_sdk_refuses_is_told(
    vertex: Vertex, demo: Path, given: tuple[str, ...], told: str
) -> None:
    """And nothing is sent, so main.py does not check it too."""
    usual = ("--project", "p1", "--pipeline-root", ROOT, "--text", "x")
    done = run(demo, *usual, *given, vertex=vertex)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: the SDK did not accept it: {told}")
    assert done.stderr.count("\n") == 1
    assert vertex.requests == {}


def test_labels_that_are_no_texts_are_told(vertex: Vertex, demo: Path) -> None:
    demo.write_text(demo.read_text().replace('{"origin": "file"}', '{"origin": 1}'))
    done = run(demo, "--project", "p1", "--pipeline-root", ROOT, "--text", "x", vertex=vertex)
    assert done.returncode == 1
    assert "the SDK did not accept it: Failed to parse labels field: expected " in done.stderr
    assert vertex.requests == {}


@pytest.mark.parametrize("closed", [False, True])
def test_a_run_joins_its_experiment(vertex: Vertex, demo: Path, closed: bool) -> None:
    """Where it may not, it runs all the same, and that is told."""
    vertex.closed = closed
    given = ("--project", "p1", "--pipeline-root", ROOT, "--text", "x", "--experiment", "e1")
    done = run(demo, *given, "--job-id", "job-1", vertex=vertex)
    assert done.returncode == 0, done.stderr
    store = "projects/p1/locations/us-central1/metadataStores/default"
    assert arrived(vertex, "AddContextChildren") == {
        "context": f"{store}/contexts/e1",
        "childContexts": [f"{store}/contexts/job-1"],
    }
    assert "Traceback" not in done.stderr
    if closed:
        assert "warning: the run is not in experiment e1: 403 not yours\n" in done.stderr
        # What the SDK says of a bucket that it may not see takes a line, not a page.
        (other,) = [line for line in done.stderr.splitlines() if "experiment" not in line]
        assert "no storage.buckets.get" in other
    assert "pipelineJobs/job-1\n" in done.stdout


def test_without_credentials_it_says_how_to_get_them(demo: Path) -> None:
    given = ("--project", "p1", "--pipeline-root", ROOT, "--text", "x")
    done = run(demo, *given)
    assert done.returncode == 1
    assert "Your default credentials were not found. To set up" in done.stderr
    assert "https://cloud.google.com/docs/authentication/" in done.stderr
    assert "Traceback" not in done.stderr
