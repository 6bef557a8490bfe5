"""What is said about a pipeline on its way to Vertex AI."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_vertex_kubernetes import CASES as SETTINGS
from translator.diagnostics import (
    Diagnostic,
    Origin,
    Rule,
    Severity,
    report,
    vertex_run,
    vertex_schema,
)
from translator.diagnostics import vertex as rules
from translator.model import (
    Accelerator,
    Amount,
    Artifact,
    Component,
    Constant,
    Container,
    Dag,
    EnvVariable,
    Executor,
    ExecutorRef,
    Importer,
    Interface,
    Items,
    Iterator,
    Json,
    OpaqueExecutor,
    Parameter,
    ParameterType,
    Pipeline,
    Resources,
    RuntimeParameter,
    Setting,
    Submission,
    Task,
)
from translator.model.kubernetes import Pod
from translator.placeholders import parse_text
from translator.records import replace
from translator.targets.vertex.checks import CHECKS
from translator.targets.vertex.machine_types import MAX_CORES, MAX_GIGABYTES

HERE = Origin("pipeline.yaml", 7, 3, "/root")
PLAIN = Container(image=parse_text("python:3.11"), command=(parse_text("true"),), origin=HERE)


def pipeline_of(
    executor: Executor = PLAIN, *, task: Task | None = None, **changes: Any
) -> Pipeline:
    """A pipeline of one task."""
    pipeline = Pipeline(
        name="train",
        root=Component(body=Dag(tasks={"say": task or Task(component="comp-say")})),
        components={"comp-say": Component(body=ExecutorRef(label="exec-say"))},
        executors={"exec-say": executor},
        origin=HERE,
    )
    return replace(pipeline, **changes)


LOOP = Task(
    component="comp-say",
    iterator=Iterator(item_input="item", items=Items(values=(1,))),
    origin=HERE,
)


def container(*args: str, **fields: Any) -> Pipeline:
    return pipeline_of(replace(PLAIN, args=tuple(map(parse_text, args)), **fields))


def asking(**fields: Any) -> Pipeline:
    return container(resources=Resources(origin=HERE, **fields))


def accelerated(**fields: Any) -> Pipeline:
    texts = {name: parse_text(value) for name, value in fields.items()}
    return asking(accelerator=Accelerator(origin=HERE, **texts))


def variable(value: str) -> Pipeline:
    return container(env=(EnvVariable(name="A", value=parse_text(value), origin=HERE),))


def default(value: Json) -> Pipeline:
    inputs = Interface(
        parameters={"host": Parameter(type=ParameterType.STRING, default=value, origin=HERE)}
    )
    return pipeline_of(root=replace(pipeline_of().root, inputs=inputs))


def constant(value: Json) -> Pipeline:
    source = Constant(value=value, origin=HERE)
    return pipeline_of(task=Task(component="comp-say", parameters={"x": source}))


def importer(uri: str) -> Pipeline:
    return pipeline_of(Importer(uri=Constant(value=uri), artifact=Artifact(), origin=HERE))


def found(pipeline: Pipeline) -> list[Diagnostic]:
    return [finding for check in CHECKS for finding in check(pipeline)]


LISTED = Component(
    body=pipeline_of().root.body,
    inputs=Interface(parameters={"host": Parameter(type=ParameterType.LIST, origin=HERE)}),
)
RUN_ID = "--id={{$.pipeline_job_uuid}}"
SERVING = "apiVersion: serving.kserve.io/v1beta1"
OLD = ("--function_to_execute", "{{$}}", "python -m kfp.v2.components.executor_main")


def function(*args: str, **fields: Any) -> Pipeline:
    """A pipeline of one task that takes a parameter."""
    inputs = Interface(parameters={"x": Parameter(type=ParameterType.STRING)})
    say = Component(body=ExecutorRef(label="exec-say"), inputs=inputs)
    return replace(container(*args, **fields), components={"comp-say": say})


#: What it is → the pipeline, the rule, its facts.
CASES: dict[str, tuple[Pipeline, Rule, dict[str, object]]] = {
    "address in a word": (
        container("--host=http://mlflow.tracking.svc.cluster.local:5000/api"),
        rules.CLUSTER_ADDRESS,
        {"address": "http://mlflow.tracking.svc.cluster.local:5000", "how": ""},
    ),
    "address of Kubeflow": (
        variable("minio-service.kubeflow:9000"),
        rules.CLUSTER_ADDRESS,
        {"address": "minio-service.kubeflow:9000", "how": ""},
    ),
    "service of Kubeflow": (
        container("ml-pipeline:8888"),
        rules.CLUSTER_ADDRESS,
        {"address": "ml-pipeline:8888", "how": ""},
    ),
    "address in a default": (
        default("http://mlflow:5000"),
        rules.CLUSTER_ADDRESS,
        {"address": "http://mlflow:5000", "how": " for parameter `host`"},
    ),
    "address inside a default": (
        default({"urls": ["http://mlflow.tracking.svc"]}),
        rules.CLUSTER_ADDRESS,
        {"address": "http://mlflow.tracking.svc", "how": " for parameter `host`"},
    ),
    "address in an argument": (
        pipeline_of(submission=Submission(arguments={"host": "http://mlflow"}, origin=HERE)),
        rules.CLUSTER_ADDRESS,
        {"address": "http://mlflow", "how": " for parameter `host`"},
    ),
    "address in a constant": (
        constant("http://mlflow:5000"),
        rules.CLUSTER_ADDRESS,
        {"address": "http://mlflow:5000", "how": ""},
    ),
    "program of the cluster": (
        container("kubectl apply -f model.yaml"),
        rules.CLUSTER_PROGRAM,
        {"sign": "kubectl", "instead": ""},
    ),
    "service of a model": (
        container(SERVING),
        rules.CLUSTER_PROGRAM,
        {
            "sign": "serving.kserve.io/v1beta1",
            "instead": " with `ModelUploadOp` and `ModelDeployOp` of "
            "google-cloud-pipeline-components, which serve a model on Vertex AI",
        },
    ),
    "image that works on the cluster": (
        container(image=parse_text("docker.io/kubeflowkatib/katib-launcher:v1")),
        rules.CLUSTER_PROGRAM,
        {
            "sign": "katib",
            "instead": " with `HyperparameterTuningJobRunOp` of google-cloud-pipeline-components",
        },
    ),
    "Ray": (
        container("import ray\nray.init(address='auto')"),
        rules.CLUSTER_PROGRAM,
        {
            "sign": "ray.init(address",
            "instead": " with Ray on Vertex AI (`google-cloud-aiplatform[ray]`)",
        },
    ),
    "CodeFlare": (
        container("from codeflare_sdk import Cluster"),
        rules.CLUSTER_PROGRAM,
        {
            "sign": "codeflare_sdk",
            "instead": " with Ray on Vertex AI (`google-cloud-aiplatform[ray]`)",
        },
    ),
    "SDK of Kubeflow": (
        container("from kubeflow.training import TrainingClient"),
        rules.CLUSTER_PROGRAM,
        {"sign": "from kubeflow.", "instead": ""},
    ),
    "storage in code with a comment": (
        container("# read it\nread('#s3://bucket/data.csv') # once"),
        rules.FOREIGN_STORAGE,
        {"address": "s3://bucket/data.csv", "how": ""},
    ),
    "storage of an input": (
        container("--data=s3://{{$.inputs.parameters['b']}}/x"),
        rules.FOREIGN_STORAGE,
        {"address": "s3://{b}/x", "how": ""},
    ),
    "storage elsewhere": (
        container("--data=s3://bucket/data.csv"),
        rules.FOREIGN_STORAGE,
        {"address": "s3://bucket/data.csv", "how": ""},
    ),
    "storage in a default": (
        default("minio://mlpipeline/a"),
        rules.FOREIGN_STORAGE,
        {"address": "minio://mlpipeline/a", "how": " for parameter `host`"},
    ),
    "a long address": (
        container("hdfs://" + "a" * 100),
        rules.FOREIGN_STORAGE,
        {"address": "hdfs://" + "a" * 52 + "…", "how": ""},
    ),
    "root": (
        pipeline_of(default_root="minio://mlpipeline/v2"),
        rules.FOREIGN_ROOT,
        {"root": "minio://mlpipeline/v2"},
    ),
    "root of a run": (
        pipeline_of(submission=Submission(pipeline_root="dummy_root")),
        rules.FOREIGN_ROOT,
        {"root": "dummy_root"},
    ),
    "accelerator of Kubernetes": (
        accelerated(type="nvidia.com/gpu", count="1"),
        rules.NO_ACCELERATOR_TYPE,
        {"type": "nvidia.com/gpu", "decision": "nvidia.com/gpu=NVIDIA_TESLA_T4"},
    ),
    "accelerator of the run": (
        accelerated(type="{{$.inputs.parameters['kind']}}"),
        rules.RUN_TIME_AMOUNT,
        {"resource": "accelerator type", "inputs": "`kind`"},
    ),
    "number of accelerators of the run": (
        accelerated(type="NVIDIA_L4", count="{{$.inputs.parameters['pipelinechannel--n']}}"),
        rules.RUN_TIME_AMOUNT,
        {"resource": "number of accelerators", "inputs": "`n`"},
    ),
    "CPU of the run": (
        asking(cpu_limit=Amount(text=parse_text("{{$.inputs.parameters['cpu']}}"))),
        rules.RUN_TIME_AMOUNT,
        {"resource": "CPU limit", "inputs": "`cpu`"},
    ),
    "memory of the run": (
        asking(memory_limit=Amount(text=parse_text("{{$.inputs.parameters['m']}}G"), number=1.0)),
        rules.RUN_TIME_AMOUNT,
        {"resource": "memory limit", "inputs": "`m`"},
    ),
    "a request alone": (
        asking(cpu_request=Amount(text=parse_text("500m"), number=0.5)),
        rules.REQUEST_AS_LIMIT,
        {"resource": "CPU", "amount": "`500m`"},
    ),
    "a request alone, as a number": (
        asking(memory_request=Amount(number=1.0)),
        rules.REQUEST_AS_LIMIT,
        {"resource": "memory", "amount": "`1`"},
    ),
    "accelerator of any kind": (
        accelerated(count="1"),
        rules.NO_ACCELERATOR_TYPE,
        {"type": "any", "decision": "nvidia.com/gpu=NVIDIA_TESLA_T4"},
    ),
    "too many CPUs": (
        asking(cpu_limit=Amount(text=parse_text("96500m"))),
        rules.TOO_MUCH_CPU,
        {"amount": "96.5", "limit": MAX_CORES},
    ),
    "too many CPUs as a number": (
        asking(cpu_limit=Amount(number=128.0)),
        rules.TOO_MUCH_CPU,
        {"amount": "128", "limit": MAX_CORES},
    ),
    "too much memory": (
        asking(memory_limit=Amount(text=parse_text("1Ti"))),
        rules.TOO_MUCH_MEMORY,
        {"amount": "1099.51", "limit": MAX_GIGABYTES},
    ),
    "placeholder in a variable": (
        variable("{{$.inputs.parameters['x']}}"),
        rules.ENVIRONMENT_PLACEHOLDER,
        {"name": "A"},
    ),
    "empty variable": (variable(""), rules.EMPTY_ENVIRONMENT, {"name": "A"}),
    "image of the cluster": (
        container(image=parse_text("localhost:5000/train:1")),
        rules.LOCAL_IMAGE,
        {"image": "localhost:5000/train:1"},
    ),
    "image of the own network": (
        container(image=parse_text("192.168.1.10:5000/train:1")),
        rules.LOCAL_IMAGE,
        {"image": "192.168.1.10:5000/train:1"},
    ),
    "imported storage": (
        importer("s3://bucket/model"),
        rules.IMPORTER_STORAGE,
        {"address": "s3://bucket/model"},
    ),
    "functions of kfp 1.8": (
        function(*OLD, command=(parse_text("pip install kfp==1.8.9"),)),
        vertex_schema.INPUT_CONVERTED,
        {"label": "exec-say", "version": "1.8.9"},
    ),
    "functions of some kfp 1.8": (
        function(*OLD[:2], '"$PYTHON" -m kfp.v2.components.executor_main'),
        vertex_schema.OLD_EXECUTOR_INPUT,
        {
            "label": "exec-say",
            "version": "1.8",
            "obstacle": "this command cannot be wrapped",
        },
    ),
    "a type that schema 2.0.0 has not": (
        replace(default([]), schema_version="2.0.0", root=LISTED),
        vertex_schema.NOT_IN_OLDER_SCHEMA,
        {"what": "type LIST of `host`"},
    ),
    "a value that schema 2.0.0 has not": (
        replace(constant(None), schema_version="2.0.0"),
        vertex_schema.NOT_IN_OLDER_SCHEMA,
        {"what": "value of input `x` of task `say`"},
    ),
    "two ids of a run": (
        replace(default("a/{{ workflow.uid }}"), executors=container(RUN_ID).executors),
        rules.ONE_RUN_ID,
        {"input": "host", "placeholder": "{{ workflow.uid }}"},
    ),
    "a label of a workflow": (
        pipeline_of(
            pod=Pod(others=(Setting(name="workflow.labels", value={"A": "b"}, origin=HERE),))
        ),
        vertex_run.WORKFLOW_LABEL,
        {"label": "A"},
    ),
    "an annotation of a workflow": (
        pipeline_of(
            pod=Pod(others=(Setting(name="workflow.annotations", value={"a": "b"}, origin=HERE),))
        ),
        vertex_run.WORKFLOW_ANNOTATION,
        {"annotation": "a"},
    ),
    "image of the run": (
        container(image=parse_text("{{$.inputs.parameters['image']}}")),
        rules.IMAGE_PLACEHOLDER,
        {"image": parse_text("{{$.inputs.parameters['image']}}")},
    ),
    "a loop that is not to run at once": (
        pipeline_of(task=replace(LOOP, parallelism=2)),
        rules.LOOP_LIMIT,
        {"task": "say", "limit": 2},
    ),
}


@pytest.mark.parametrize(("pipeline", "rule", "facts"), CASES.values(), ids=CASES)
def test_is_found_alone_with_its_place_and_facts(
    pipeline: Pipeline, rule: Rule, facts: dict[str, object]
) -> None:
    (finding,) = found(pipeline)
    assert finding.rule is rule
    assert finding.facts == facts
    assert finding.origin == HERE
    for fact in facts.values():
        assert str(fact) in finding.message + finding.help


def test_every_rule_is_shown() -> None:
    # Kubernetes' settings are in test_vertex_kubernetes.py.
    shown = {rule.code for _, rule, _ in [*CASES.values(), *SETTINGS.values()]}
    # Later ones are in test_vertex_limits.py.
    shown |= {f"TR3{n}" for n in range(19, 33)}
    # These are in test_vertex_driver.py and test_structs.py.
    shown |= {f"TR3{n}" for n in range(36, 41)}
    blocks = {**vars(rules), **vars(vertex_run), **vars(vertex_schema)}
    assert shown == {rule.code for rule in blocks.values() if isinstance(rule, Rule)}


def test_rules_read_like_rules() -> None:
    for rule in {**vars(rules), **vars(vertex_run), **vars(vertex_schema)}.values():
        if isinstance(rule, Rule):
            for sentence in (rule.what, rule.hint):
                assert not sentence.endswith(".")
                assert sentence[0] in "`{" or sentence[0].islower() or sentence.startswith("Vertex")


def test_only_what_cannot_run_at_all_is_an_error() -> None:
    errors = {r.code for _, r, _ in CASES.values() if r.severity is Severity.ERROR}
    assert errors == {
        rules.TOO_MUCH_CPU.code,
        rules.TOO_MUCH_MEMORY.code,
        vertex_schema.NOT_IN_OLDER_SCHEMA.code,
    }


SILENT: dict[str, Pipeline] = {
    "a plain one": pipeline_of(),
    "addresses of the internet": container(
        "https://example.com:443", "pypi.org", "http://a.svcs.io"
    ),
    "the own machine": default("http://localhost:8080"),
    "a word that could be a host": container("http://mlflow:5000"),
    "a host in a sentence": default("see http://mlflow for more"),
    "names of Python": container("import pandas.svc_tools; my.kubeflow_helper()"),
    "comments of a program": container(
        "#!/bin/sh\n# s3://bucket/a\n  # kubectl get pods\ntrue # http://a.b.svc:80, s3://b/c\n"
    ),
    "addresses that code makes": container(
        "f's3://{bucket}/a', 's3://%s/a' % b, uri.startswith('s3://'), 'minio://' + name"
    ),
    "Ray on the machine itself": container("import ray\nray.init()\nlist(array)"),
    "Ray on Vertex AI": container("vertex_ray://projects/1/locations/a/persistentResources/b"),
    "Cloud Storage": container("gs://bucket/a", "/gcs/bucket/a"),
    "roots on Cloud Storage": pipeline_of(
        default_root="gs://bucket/root", submission=Submission(pipeline_root="gs://bucket/runs")
    ),
    "a root of the run": pipeline_of(default_root="{{$.pipeline_root}}"),
    "an import from Cloud Storage": importer("gs://bucket/model"),
    "an import of the web": importer("https://example.com/model"),
    "an import of an input": pipeline_of(
        Importer(uri=RuntimeParameter(name="uri"), artifact=Artifact())
    ),
    "a named accelerator": accelerated(type="NVIDIA_TESLA_T4", count="1"),
    "as much as there is": asking(
        cpu_limit=Amount(text=parse_text("96")), memory_limit=Amount(text=parse_text("624G"))
    ),
    "a limit counts more than a request": asking(
        cpu_limit=Amount(number=4.0), cpu_request=Amount(number=128.0)
    ),
    "no amount": asking(cpu_limit=Amount(text=parse_text("plenty"))),
    "no resources": asking(),
    "a variable": variable("b"),
    "images of registries": container(image=parse_text("europe-docker.pkg.dev/p/r/i@sha256:0")),
    "an image of a public address": container(image=parse_text("172.32.0.1/a/train:1")),
    "an image of Docker's": container(image=parse_text("library/python:3.11")),
    "functions of kfp 2": container("{{$}}", "python -m kfp.dsl.executor_main", "kfp==2.7.0"),
    "functions of kfp 1.8 without inputs": container("python -m kfp.v2.components.executor_main"),
    "executors of Vertex AI": pipeline_of(
        OpaqueExecutor(kind="customJob", content={"image": "localhost:5000/a", "a": "s3://b"})
    ),
}


@pytest.mark.parametrize("pipeline", SILENT.values(), ids=SILENT)
def test_what_works_is_not_talked_about(pipeline: Pipeline) -> None:
    assert found(pipeline) == []


def test_one_address_in_many_places_is_told_with_each() -> None:
    """The report on a terminal tells it once, with the other lines."""
    lines = [Origin("pipeline.yaml", line, 1) for line in (30, 9, 30, 12)]
    tasks = {
        f"t{number}": Task(
            component="comp-say",
            parameters={"x": Constant(value="http://mlflow.a.svc:5000", origin=origin)},
        )
        for number, origin in enumerate(lines)
    }
    findings = found(pipeline_of(root=Component(body=Dag(tasks=tasks))))
    assert [finding.origin for finding in findings] == lines
    shown = report.text(findings)
    assert shown.count("TR305") == 1
    assert "  also at lines 12, 30\n" in shown


def test_different_addresses_are_told_apart() -> None:
    pipeline = constant(["s3://a", "s3://b", "s3://a"])
    assert [finding.facts["address"] for finding in found(pipeline)] == [
        "s3://a",
        "s3://b",
        "s3://a",
    ]


def test_an_input_inside_an_address_is_shown_by_its_name() -> None:
    pipeline = constant("s3://{{$.inputs.parameters['pipelinechannel--bucket']}}/data")
    (finding,) = found(pipeline)
    assert finding.facts["address"] == "s3://{bucket}/data"
