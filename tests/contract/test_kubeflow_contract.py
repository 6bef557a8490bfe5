"""The scripts for Kubeflow with the real client, against a server on loopback.

Each script runs as a process of its own, as it was written, knowing only its environment.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.contract.kubeflow_server import Backend, serving
from translator.model import (
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
    Platform,
    Setting,
    Task,
)
from translator.placeholders import parse_text
from translator.targets import target
from translator.targets.kubeflow import Options
from translator.writers.pipeline_spec import pipeline_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytest.importorskip("kfp", reason="the client of Kubeflow Pipelines is not installed")
pytestmark = pytest.mark.contract

WORKFLOW = """\
# A workflow as kfp 1.8 compiles it; this comment arrives too.
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  generateName: hello-
  annotations: {pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}
spec:
  entrypoint: hello
  templates:
  - name: hello
    container: {image: 'busybox:1', command: [echo, '{{workflow.parameters.text}}']}
  arguments:
    parameters:
    - {name: text, value: 'tensorboard/{{workflow.uid}}'}
    - {name: count}
  serviceAccountName: pipeline-runner
"""


def spec_pipeline() -> Pipeline:
    """One container, below a pipeline in the pipeline, with a setting for Kubernetes."""
    inputs = {
        "rate": Parameter(type=ParameterType.NUMBER_DOUBLE, default=0.5),
        "epochs": Parameter(type=ParameterType.NUMBER_INTEGER),
        "layers": Parameter(type=ParameterType.LIST, default=[1, 2]),
        "config": Parameter(type=ParameterType.STRUCT, default={}),
        "fast": Parameter(type=ParameterType.BOOLEAN, default=False),
        "host": Parameter(type=ParameterType.STRING, default="db"),
    }
    rate = Interface(parameters={"rate": Parameter(type=ParameterType.NUMBER_DOUBLE)})

    def task(component: str) -> Task:
        parameters = {"rate": FromParent(name="rate")}
        return Task(component=component, parameters=parameters, caching=Caching(enabled=True))

    container = Container(image=parse_text("python:3.11"), command=(parse_text("true"),))
    setting = Setting(name="nodeSelector", value={"labels": {"disk": "ssd"}})
    return Pipeline(
        name="train",
        root=Component(
            body=Dag(tasks={"inner": task("comp-inner")}), inputs=Interface(parameters=inputs)
        ),
        components={
            "comp-inner": Component(body=Dag(tasks={"fit": task("comp-fit")}), inputs=rate),
            "comp-fit": Component(body=ExecutorRef(label="exec-fit"), inputs=rate),
        },
        executors={"exec-fit": container},
        platforms={"kubernetes": Platform(executors={"exec-fit": (setting,)})},
    )


def write(
    pipeline: Pipeline, options: Options | None = None, workflow: str | None = None
) -> Mapping[str, str]:
    """The files for a pipeline, or for a workflow with this text."""
    return target("kubeflow", workflow).write(pipeline, options or Options())


def workflow_pipeline() -> Pipeline:
    string = ParameterType.STRING
    inputs = {
        "text": Parameter(type=string, default="tensorboard/{{workflow.uid}}"),
        "count": Parameter(type=string, declared_type="Integer"),
    }
    root = Component(body=Dag(tasks={}), inputs=Interface(parameters=inputs))
    return Pipeline(
        name="hello",
        display_name="Hello, workflow",
        root=root,
        components={},
        executors={},
    )


class Bench:
    """A server, and the scripts to let loose on it."""

    def __init__(self, folder: Path, backend: Backend, host: str) -> None:
        self.folder, self.backend, self.host = folder, backend, host

    def submit(
        self,
        pipeline: Pipeline,
        *words: str,
        status: int = 0,
        options: Options | None = None,
        workflow: str | None = None,
        edits: Mapping[str, str] | None = None,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """The script's run, which has to end with ``status``."""
        for name, text in write(pipeline, options, workflow).items():
            for old, new in (edits or {}).items() if name == "kubeflow_runner.py" else ():
                assert old in text
                text = text.replace(old, new)
            (self.folder / name).write_bytes(text.encode())
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, self.folder / "submit.py", *words],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "KF_PIPELINES_ENDPOINT": self.host,
                **environment,
            },
            cwd=home,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    backend = Backend()
    with serving(backend) as host:
        yield Bench(tmp_path, backend, host)


def only(things: list[Any]) -> Any:
    """The one thing there is."""
    (thing,) = things
    return thing


class TestPipelineSpec:
    def test_arrives_as_it_was_written(self, bench: Bench) -> None:
        words = ["--rate", "1e-3", "--epochs", "3", "--layers", "[4]", "--config", '{"a": null}']
        words += ["--fast", "true", "--param-host", "1", "--experiment", "tries"]
        words += ["--run-name", "first", "--service-account", "runner"]
        done = bench.submit(spec_pipeline(), *words, "--pipeline-root", "minio://b/root")

        body = only(bench.backend.sent("POST", "/runs")).body
        assert body.pop("pipeline_spec") == {
            "pipeline_spec": pipeline_spec(spec_pipeline()),
            "platform_spec": {
                "platforms": {
                    "kubernetes": {
                        "deploymentSpec": {
                            "executors": {"exec-fit": {"nodeSelector": {"labels": {"disk": "ssd"}}}}
                        }
                    }
                }
            },
        }
        assert body == {
            "display_name": "first",
            "experiment_id": "experiment-1",
            "service_account": "runner",
            "runtime_config": {
                "parameters": {
                    "rate": 0.001,
                    "epochs": 3,
                    "layers": [4],
                    "config": {"a": None},
                    "fast": True,
                    "host": "1",
                },
                "pipeline_root": "minio://b/root",
            },
        }
        assert only(bench.backend.experiments)["display_name"] == "tries"
        assert bench.backend.pipelines == []
        assert "Run: run-1" in done.stdout

    def test_in_one_file(self, bench: Bench) -> None:
        words = ["--epochs=3", "--wait", "--poll-seconds=0.05"]
        done = bench.submit(spec_pipeline(), *words, options=Options(single_file=True))
        assert "Run: run-1" in done.stdout
        assert only(bench.backend.runs)["effective_arguments"]["epochs"] == 3

    def test_says_nothing_that_was_not_said(self, bench: Bench) -> None:
        bench.submit(spec_pipeline(), "--epochs", "3")
        body = only(bench.backend.sent("POST", "/runs")).body
        assert body["display_name"].startswith("train 20")
        assert body["runtime_config"] == {"parameters": {"epochs": 3}}
        assert "service_account" not in body
        assert only(bench.backend.runs)["effective_arguments"]["rate"] == 0.5
        assert only(bench.backend.experiments)["display_name"] == "Default"
        tasks = body["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
        assert tasks["inner"]["cachingOptions"] == {"enableCache": True}

    def test_caching_is_turned_off_at_all_depths(self, bench: Bench) -> None:
        bench.submit(spec_pipeline(), "--epochs", "3", "--no-cache")
        sent = only(bench.backend.sent("POST", "/runs")).body["pipeline_spec"]
        spec = sent["pipeline_spec"]
        for component in (spec["root"], spec["components"]["comp-inner"]):
            for task in component["dag"]["tasks"].values():
                assert not task["cachingOptions"].get("enableCache")
        assert "kubernetes" in sent["platform_spec"]["platforms"]

    def test_regularly(self, bench: Bench) -> None:
        words = ["--epochs", "3", "--run-name", "weekly", "--max-concurrency", "2", "--no-catchup"]
        done = bench.submit(spec_pipeline(), *words, "--recurring", "0 9 * * 1")
        body = only(bench.backend.sent("POST", "/recurringruns")).body
        assert body.pop("pipeline_spec")["pipeline_spec"] == pipeline_spec(spec_pipeline())
        assert body == {
            "display_name": "weekly",
            "experiment_id": "experiment-1",
            "runtime_config": {"parameters": {"epochs": 3}},
            "trigger": {"cron_schedule": {"cron": "0 0 9 * * 1"}},
            "max_concurrency": 2,
            "mode": "ENABLE",
            "no_catchup": True,
        }
        assert bench.backend.runs == []
        assert "Recurring run: recurring_run-1" in done.stdout

    def test_upload_only(self, bench: Bench) -> None:
        bench.submit(spec_pipeline(), "--upload-only")
        request = only(bench.backend.sent("POST", "/pipelines/upload"))
        assert request.query == {"name": "train"}
        assert request.file.decode() == write(spec_pipeline())["pipeline.yaml"]
        assert bench.backend.runs == bench.backend.experiments == []

    def test_a_refusal_is_told(self, bench: Bench) -> None:
        """On one line, of characters that print."""
        bench.backend.refusal = "parameter ratio is not in it\x1b[2J\nRun: run-1\u202e"
        done = bench.submit(spec_pipeline(), "--epochs=3", "--rate=1", status=1)
        assert done.stderr == (
            f"error: {bench.host} refused (400): "
            "parameter ratio is not in it\\x1b[2J Run: run-1\\u202e\n"
        )


class TestWorkflow:
    def test_arrives_byte_for_byte(self, bench: Bench) -> None:
        words = ["--upload-only", "--namespace", "me"]
        bench.submit(workflow_pipeline(), *words, workflow=WORKFLOW)
        request = only(bench.backend.sent("POST", "/pipelines/upload"))
        assert request.file == WORKFLOW.encode()
        assert request.query == {"name": "Hello, workflow", "namespace": "me"}

    def test_arguments_arrive_in_it(self, bench: Bench) -> None:
        words = ["--count", "07", "--text", "größe: 'ü' # 😀", "--run-name", "first"]
        bench.submit(workflow_pipeline(), *words, "--service-account", "runner", workflow=WORKFLOW)

        uploaded = only(bench.backend.sent("POST", "/pipelines/upload")).file.decode()
        expected = yaml.safe_load(WORKFLOW)
        expected["spec"]["arguments"]["parameters"] = [
            {"name": "text", "value": "größe: 'ü' # 😀"},
            {"name": "count", "value": "07"},
        ]
        assert yaml.safe_load(uploaded) == expected
        assert only(bench.backend.sent("POST", "/runs")).body == {
            "display_name": "first",
            "experiment_id": "experiment-1",
            "pipeline_version_reference": {
                "pipeline_id": "pipeline-1",
                "pipeline_version_id": "pipeline_version-1",
            },
            "runtime_config": {"parameters": {}},
            "service_account": "runner",
        }
        effective = only(bench.backend.runs)["effective_arguments"]
        assert effective == {"text": "größe: 'ü' # 😀", "count": "07"}

    def test_a_version_for_each_content(self, bench: Bench) -> None:
        for count in ("1", "2", "2"):
            bench.submit(workflow_pipeline(), "--count", count, workflow=WORKFLOW)
        assert len(bench.backend.sent("POST", "/pipelines/upload")) == 1
        version = only(bench.backend.sent("POST", "/pipelines/upload_version"))
        assert version.query["pipelineid"] == "pipeline-1"
        used = [run["effective_arguments"]["count"] for run in bench.backend.runs]
        assert used == ["1", "2", "2"]

    def test_regularly(self, bench: Bench) -> None:
        bench.submit(
            workflow_pipeline(), "--count", "1", "--recurring", "@daily", workflow=WORKFLOW
        )
        made = only(bench.backend.recurring_runs)
        assert made["trigger"] == {"cron_schedule": {"cron": "@daily"}}
        assert made["pipeline_version_reference"]["pipeline_id"] == "pipeline-1"
        assert made["effective_arguments"]["count"] == "1"

    @pytest.mark.corpus
    def test_of_ten_tasks(self, bench: Bench, shared: Path) -> None:
        text = (shared / "corpus/v1/seed/pytorch_cifar10.yaml").read_bytes().decode()
        entries = yaml.safe_load(text)["spec"]["arguments"]["parameters"]
        inputs = {
            entry["name"]: Parameter(type=ParameterType.STRING, default=entry["value"])
            for entry in entries
        }
        root = Component(body=Dag(tasks={}), inputs=Interface(parameters=inputs))
        pipeline = Pipeline(name="cifar", root=root, components={}, executors={})
        words = ["--model", "resnet", "--param-namespace", "me", "--wait"]
        bench.submit(pipeline, *words, workflow=text)
        effective = only(bench.backend.runs)["effective_arguments"]
        expected = {entry["name"]: entry["value"] for entry in entries}
        assert effective == {**expected, "model": "resnet", "namespace": "me"}

    @pytest.mark.parametrize(
        ("where", "told"),
        [
            ("upload", "V1 pipeline specs are not allowed. Please migrate to using KFP V2."),
            ("run", "Namespace ns1 is not allowed to run v1 pipelines. Please migrate."),
        ],
    )
    def test_a_server_that_takes_no_v1(self, where: str, told: str, bench: Bench) -> None:
        bench.backend.blocks_v1 = {where: told}
        done = bench.submit(workflow_pipeline(), "--count=1", status=1, workflow=WORKFLOW)
        assert f"refused (400): {told}" in done.stderr
        assert "V1_ALLOWED_NAMESPACES" in done.stderr
        assert "translator convert --to kubeflow --upgrade" in done.stderr
        assert bench.backend.runs == []


class TestAnswers:
    """Of servers that are not what they should be."""

    PAGE = b"<!doctype html><title>Log in</title>"
    DEEP = b"[" * 100_000

    @pytest.mark.parametrize("body", [PAGE, b"[]", b"7", b'"fine"'])
    def test_the_first_is_no_data(self, body: bytes, bench: Bench) -> None:
        bench.backend.odd = {"/healthz": body}
        done = bench.submit(spec_pipeline(), "--epochs=1", status=1)
        assert "answers with a page, not with data" in done.stderr
        assert bench.backend.runs == []

    @pytest.mark.parametrize("body", [PAGE, b"[]", b'{"error": "no"}'])
    @pytest.mark.parametrize(
        ("path", "what"),
        [
            ("/runs", "run"),
            ("/recurringruns", "recurring run"),
            ("/pipelines/upload", "pipeline"),
            ("/experiments", "experiment"),
        ],
    )
    def test_without_an_id_nothing_was_done(
        self, path: str, what: str, body: bytes, bench: Bench
    ) -> None:
        bench.backend.odd = {path: body}
        words = {
            "recurring run": ["--recurring", "@daily"],
            "pipeline": ["--upload-only"],
        }.get(what, [])
        done = bench.submit(spec_pipeline(), "--epochs=1", *words, status=1)
        assert f"error: {what} without an id: is it Kubeflow Pipelines?" in done.stderr
        assert "None" not in done.stdout

    @pytest.mark.parametrize("body", [DEEP, b"null", b'["run_id"]'])
    @pytest.mark.parametrize("path", ["/healthz", "/runs"])
    def test_the_client_cannot_use_it(self, path: str, body: bytes, bench: Bench) -> None:
        bench.backend.odd = {path: body}
        done = bench.submit(spec_pipeline(), "--epochs=1", status=1)
        assert "error: " in done.stderr

    def test_what_a_server_says_is_no_command_to_a_log(self, bench: Bench) -> None:
        error = {"message": "::stop-commands::x ##[group]y"}
        run = {"run_id": "run-1", "state": "FAILED", "error": error}
        bench.backend.odd = {"/runs/run-1": json.dumps(run).encode()}
        done = bench.submit(spec_pipeline(), "--epochs=1", "--wait", status=1)
        assert "ended as FAILED: ::stop-commands::x \\x23#[group]y" in done.stderr

    def test_a_page_while_it_waits(self, bench: Bench) -> None:
        bench.backend.odd = {"/runs/run-1": self.PAGE}
        words = ["--epochs=1", "--wait", "--poll-seconds", "0.05"]
        done = bench.submit(spec_pipeline(), *words, status=1)
        assert "lost sight of the run, which goes on" in done.stderr

    @pytest.mark.parametrize("path", ["/healthz", "/experiments", "/runs"])
    def test_one_that_does_not_go_on(self, path: str, bench: Bench) -> None:
        bench.backend.stalls = frozenset({path})
        edits = {'"timeout": 60': '"timeout": 0.5'}
        start = time.monotonic()
        done = bench.submit(spec_pipeline(), "--epochs=1", status=1, edits=edits)
        assert "Read timed out" in done.stderr
        assert time.monotonic() - start < 15

    @pytest.mark.parametrize("text", ["{", "[]", "{}", "[" * 100_000])
    def test_settings_of_the_client_that_are_broken(self, text: str, bench: Bench) -> None:
        file = bench.folder / "home/.config/kfp/context.json"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        done = bench.submit(spec_pipeline(), "--epochs=1", status=1)
        assert "kfp's client cannot use the pipeline, its context.json or an" in done.stderr


class TestRedirects:
    """None is followed: token, cookie and values go to no other server."""

    SECRETS = ("--token", "s3cret", "--cookie", "session=s3cret")

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            *(("/runs", status) for status in (301, 302, 303, 307, 308)),
            *(("/healthz", 302), ("/healthz", 307), ("/experiments", 302)),
        ],
    )
    def test_to_another_server_are_not_followed(self, path: str, status: int, bench: Bench) -> None:
        other = Backend()
        with serving(other) as elsewhere:
            bench.backend.redirects = {path: (status, f"{elsewhere}/apis/v2beta1{path}")}
            words = ["--epochs=1", "--rate=0.25", *self.SECRETS]
            done = bench.submit(spec_pipeline(), *words, status=1)
        assert other.requests == []
        assert f"refused ({status}): it redirects to {elsewhere}/apis/v2beta1{path}" in done.stderr
        assert "Give --token, or --cookie" in done.stderr

    def test_to_another_server_of_an_upload(self, bench: Bench) -> None:
        other = Backend()
        with serving(other) as elsewhere:
            bench.backend.redirects = {"/pipelines/upload": (307, f"{elsewhere}/x")}
            bench.submit(
                workflow_pipeline(), "--count=1", *self.SECRETS, status=1, workflow=WORKFLOW
            )
        assert other.requests == []

    def test_to_a_name_of_the_same_computer_are_not_followed(self, bench: Bench) -> None:
        """Another name may be another computer for somebody else."""
        place = bench.host.replace("127.0.0.1", "localhost")
        bench.backend.redirects = {"/runs": (307, f"{place}/apis/v2beta1/stolen")}
        bench.submit(spec_pipeline(), "--epochs=1", *self.SECRETS, status=1)
        assert not any(request.path.endswith("/stolen") for request in bench.backend.requests)

    def test_to_the_same_server_are_reported(self, bench: Bench) -> None:
        """A login, or the address with https: the user gives the address that it should be."""
        bench.backend.redirects = {"/healthz": (302, "/dex/auth?state=x")}
        done = bench.submit(spec_pipeline(), "--epochs=1", *self.SECRETS, status=1)
        assert "refused (302): it redirects to /dex/auth\n" in done.stderr

    def test_the_client_alone_would_follow(self, bench: Bench) -> None:
        """So it is the script that keeps values from going elsewhere."""
        kfp_server_api = pytest.importorskip("kfp_server_api")
        other = Backend()
        with serving(other) as elsewhere:
            bench.backend.redirects = {"/runs": (307, f"{elsewhere}/apis/v2beta1/runs")}
            settings = kfp_server_api.Configuration(host=bench.host)
            api = kfp_server_api.RunServiceApi(kfp_server_api.ApiClient(settings))
            body = {"runtime_config": {"parameters": {"secret": "s3cret"}}, "pipeline_spec": {}}
            with pytest.raises(kfp_server_api.ApiException):
                api.run_service_create_run(body)
        assert other.requests[0].body["runtime_config"]["parameters"] == {"secret": "s3cret"}


class TestWaiting:
    POLL = ("--wait", "--poll-seconds", "0.05")

    def test_until_it_succeeds(self, bench: Bench) -> None:
        bench.backend.broken_looks = 2
        done = bench.submit(spec_pipeline(), "--epochs=1", *self.POLL)
        states = [line.split()[1] for line in done.stdout.splitlines() if line[2:3] == ":"]
        assert states == ["PENDING", "RUNNING", "SUCCEEDED"]

    @pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
    def test_anything_else_is_no_success(self, state: str, bench: Bench) -> None:
        bench.backend.states = ("RUNNING", state)
        done = bench.submit(spec_pipeline(), "--epochs=1", *self.POLL, status=1)
        assert f"run run-1 ended as {state}" in done.stderr
        if state == "FAILED":
            assert "step train failed" in done.stderr
            assert "task train failed" in done.stderr

    def test_not_for_ever_when_it_is_out_of_sight(self, bench: Bench) -> None:
        bench.backend.broken_looks = 1000
        done = bench.submit(spec_pipeline(), "--epochs=1", *self.POLL, status=1)
        assert "lost sight of the run, which goes on" in done.stderr


class TestPreflight:
    def test_nothing_there(self, bench: Bench) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        host = f"http://127.0.0.1:{port}"
        done = bench.submit(spec_pipeline(), "--epochs=1", "--host", host, status=1)
        assert f"nothing answers at {host}" in done.stderr
        assert f"kubectl port-forward -n kubeflow svc/ml-pipeline-ui {port}:80" in done.stderr
        assert bench.backend.requests == []

    @pytest.mark.parametrize(
        "host",
        ["http://", "http://h:0", "http://h:99999", "http://h:x", "http://[::1", "http://a b"],
    )
    def test_what_is_no_address(self, host: str, bench: Bench) -> None:
        done = bench.submit(spec_pipeline(), "--epochs=1", "--host", host, status=1)
        assert done.stderr.startswith("error: ")

    def test_not_kubeflow(self, bench: Bench) -> None:
        host = f"{bench.host}/elsewhere"
        done = bench.submit(spec_pipeline(), "--epochs=1", "--host", host, status=1)
        assert "refused (404): Not Found: GET /elsewhere/apis/v2beta1/healthz" in done.stderr
        assert "/pipeline" in done.stderr

    def test_locked(self, bench: Bench) -> None:
        bench.backend.token = "s3cret"
        done = bench.submit(spec_pipeline(), "--epochs=1", status=1)
        assert "refused (401): Unauthorized" in done.stderr
        assert "Give --token, or --cookie" in done.stderr
        assert bench.backend.runs == []

    @pytest.mark.parametrize("way", ["flag", "environment", "file"])
    def test_unlocked(self, way: str, bench: Bench) -> None:
        bench.backend.token = "s3cret"
        file = bench.folder / "token"
        file.write_text("s3cret")
        words = ["--token", "s3cret"] if way == "flag" else []
        environment = {
            "flag": {},
            "environment": {"KFP_EXISTING_TOKEN": "s3cret"},
            "file": {"KF_PIPELINES_SA_TOKEN_PATH": str(file)},
        }[way]
        bench.submit(spec_pipeline(), "--epochs=1", *words, **environment)
        assert len(bench.backend.runs) == 1

    def test_cookie_and_namespace_of_the_client(self, bench: Bench) -> None:
        file = bench.folder / "home/.config/kfp/context.json"
        file.parent.mkdir(parents=True)
        context = {"namespace": "ours", "client_authentication_cookie": "session=y"}
        file.write_text(json.dumps(context))
        bench.submit(spec_pipeline(), "--epochs=1")
        assert {r.headers["cookie"] for r in bench.backend.requests} == {"session=y"}
        assert only(bench.backend.experiments)["namespace"] == "ours"

    def test_cookie(self, bench: Bench) -> None:
        bench.submit(spec_pipeline(), "--epochs=1", "--cookie", "authservice_session=x")
        assert {r.headers["cookie"] for r in bench.backend.requests} == {"authservice_session=x"}

    def test_values_are_looked_at_first(self, bench: Bench) -> None:
        bench.submit(spec_pipeline(), "--epochs=1.5", status=2)
        bench.submit(workflow_pipeline(), status=2, workflow=WORKFLOW)
        assert bench.backend.requests == []
