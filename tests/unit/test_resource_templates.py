"""``resource`` templates: claims, which become tasks of kfp-kubernetes, and other objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

import translator
from tests.unit.argo_files import read, tasks, told, workflow
from tests.unit.kfp_files import FILE
from translator.checks.cluster_objects import objects
from translator.model import (
    Constant,
    Container,
    ExecutorRef,
    FromParent,
    FromTask,
    ParameterType,
    Pipeline,
    Resource,
)
from translator.platforms import driver_tasks
from translator.readers.options import ReadOptions

CLAIM: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "{{workflow.name}}-disk"},
    "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}},
}
OUTPUTS = {
    "parameters": [
        {"name": "disk-manifest", "valueFrom": {"jsonPath": "{}"}},
        {"name": "disk-name", "valueFrom": {"jsonPath": "{.metadata.name}"}},
        {"name": "disk-size", "valueFrom": {"jsonPath": "{.status.capacity.storage}"}},
    ]
}


def template(manifest: Any, action: str = "create", **fields: Any) -> dict[str, Any]:
    """A template with that object, as JSON, which is YAML too."""
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    resource = {"action": action, "manifest": text, **fields.pop("resource", {})}
    return {"name": "disk", "resource": resource, "outputs": OUTPUTS, **fields}


def flow(one: dict[str, Any], calls: str = "[{name: d, template: disk}]") -> str:
    return workflow(calls, json.dumps([one]))


def changed(**parts: Any) -> dict[str, Any]:
    """The claim with these fields of ``metadata`` or ``spec``."""
    return {key: {**CLAIM[key], **parts[key]} if key in parts else CLAIM[key] for key in CLAIM}


def of_task(pipeline: Pipeline, name: str = "d") -> dict[str, Any]:
    """The arguments of a task of the root: constants as their values."""
    found = tasks(pipeline)[name].parameters
    return {k: s.value if isinstance(s, Constant) else s for k, s in found.items()}


# Claims


def test_a_claim_becomes_the_task_of_kfp_kubernetes() -> None:
    kubernetes = pytest.importorskip("kfp.kubernetes")
    pipeline = read(flow(template(CLAIM)))
    assert driver_tasks(pipeline) == {("root", "d"): "creates"}
    assert of_task(pipeline) == {
        "access_modes": ["ReadWriteMany"],
        "pvc_name_suffix": "-disk",
        "size": "1Gi",
    }
    component = pipeline.components["comp-disk"]
    spec = kubernetes.CreatePVC.component_spec
    assert spec.implementation.container.image == str(
        pipeline.executors["exec-disk"].image  # type: ignore[union-attr]
    )
    assert component.inputs.parameters.keys() == spec.inputs.keys()
    assert list(component.outputs.parameters) == list(spec.outputs)
    optional = {name for name, one in component.inputs.parameters.items() if one.optional}
    assert optional == {name for name, one in spec.inputs.items() if one.optional}
    kinds = {
        "String": ParameterType.STRING,
        "typing.List[str]": ParameterType.LIST,
        "typing.Dict[str, str]": ParameterType.STRUCT,
    }
    for name, one in spec.inputs.items():
        assert component.inputs.parameters[name].type is kinds[str(one.type)], name


def test_all_fields_of_a_claim() -> None:
    source = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "snap"}
    claim = changed(
        metadata={"annotations": {"a": "b", "n": 1}, "namespace": "{{workflow.namespace}}"},
        spec={
            "storageClassName": "fast",
            "volumeName": "pv-1",
            "dataSource": source,
            "volumeMode": "Filesystem",
        },
    )
    assert of_task(read(flow(template(claim)))) == {
        "access_modes": ["ReadWriteMany"],
        "annotations": {"a": "b", "n": "1"},
        "data_source": source,
        "pvc_name_suffix": "-disk",
        "size": "1Gi",
        "storage_class_name": "fast",
        "volume_name": "pv-1",
    }


@pytest.mark.parametrize(
    ("metadata", "wanted"),
    [
        ({"name": "disk"}, {"pvc_name": "disk"}),
        ({"generateName": "disk-"}, {"pvc_name_suffix": "-disk"}),
        ({"name": "{{workflow.name}}"}, {"pvc_name": "{{$.pipeline_job_name}}"}),
        ({"name": "{{workflow.uid}}-x"}, {"pvc_name": "{{$.pipeline_job_uuid}}-x"}),
        ({}, {}),
    ],
)
def test_names(metadata: dict[str, str], wanted: dict[str, str]) -> None:
    found = of_task(read(flow(template({**CLAIM, "metadata": metadata}))))
    assert {key: value for key, value in found.items() if key.startswith("pvc_name")} == wanted


def test_a_text_of_the_user_for_the_name_of_the_run() -> None:
    how = ReadOptions(placeholders={"workflow.name": "mine"})
    found = of_task(read(flow(template(CLAIM)), how))
    assert found["pvc_name"] == "mine-disk"


REFERRING = {
    **template(
        changed(
            metadata={
                "name": "{{inputs.parameters.who}}-disk",
                "annotations": {"a": "{{inputs.parameters.who}}"},
            },
            spec={"resources": {"requests": {"storage": "{{inputs.parameters.size}}"}}},
        )
    ),
    "inputs": {"parameters": [{"name": "who"}, {"name": "size", "value": "2Gi"}]},
}


def test_references_are_resolved_for_each_task() -> None:
    calls = """
    - {name: a, template: disk, arguments: {parameters: [{name: who, value: ann}]}}
    - name: b
      template: disk
      arguments:
        parameters:
        - {name: who, value: '{{workflow.parameters.user}}'}
        - {name: size, value: '{{workflow.parameters.gigabytes}}'}
    """
    text = workflow(calls, json.dumps([REFERRING]), arguments={"user": None, "gigabytes": None})
    pipeline = read(text)
    assert list(pipeline.components) == ["comp-disk"]
    assert of_task(pipeline, "a") == {
        "access_modes": ["ReadWriteMany"],
        "annotations": {"a": "ann"},
        "pvc_name": "ann-disk",
        "size": "2Gi",
    }
    user = FromParent(name="user")
    assert of_task(pipeline, "b") == {
        "access_modes": ["ReadWriteMany"],
        "annotations": {"a": "{{$.inputs.parameters['pipelinechannel--user']}}"},
        "pipelinechannel--user": user,
        "pvc_name": "{{$.inputs.parameters['pipelinechannel--user']}}-disk",
        "size": FromParent(name="gigabytes"),
    }


def say(output: str, *, name: str = "s") -> str:
    value = f"{{{{tasks.d.outputs.parameters.{output}}}}}"
    return (
        f"{{name: {name}, template: say, arguments: {{parameters: "
        f"[{{name: text, value: '{value}'}}]}}}}"
    )


def test_its_name_and_its_size_are_outputs() -> None:
    text = flow(template(CLAIM), f"[{{name: d, template: disk}}, {say('disk-name')}]")
    assert of_task(read(text), "s") == {"text": FromTask(task="d", output="name")}
    text = flow(template(CLAIM), f"[{{name: d, template: disk}}, {say('disk-size')}]")
    assert of_task(read(text, told=("TR218",)), "s") == {"text": "1Gi"}


def test_the_size_of_a_task_is_that_of_its_arguments() -> None:
    calls = (
        "[{name: d, template: disk, arguments: {parameters: [{name: who, value: a}, "
        f"{{name: size, value: 5Gi}}]}}}}, {say('disk-size')}]"
    )
    assert of_task(read(flow(REFERRING, calls), told=("TR218",)), "s") == {"text": "5Gi"}


def test_other_outputs_are_errors_where_they_are_used() -> None:
    assert told(
        flow(template(CLAIM), f"[{{name: d, template: disk}}, {say('disk-manifest')}]")
    ) == ["TR140"]
    assert told(flow(template(CLAIM), f"[{{name: d, template: disk}}, {say('none')}]")) == ["TR171"]


@pytest.mark.parametrize(
    "one",
    [
        template(changed(metadata={"labels": {"a": "b"}})),
        template(changed(metadata={"namespace": "other"})),
        template(changed(spec={"selector": {"matchLabels": {"a": "b"}}})),
        template(changed(spec={"volumeMode": "Block"})),
        template(changed(spec={"resources": {**CLAIM["spec"]["resources"], "limits": {"a": 1}}})),
        template(CLAIM, resource={"successCondition": "status.phase == Bound"}),
        template(CLAIM, resource={"setOwnerReference": True}),
        template(CLAIM, nodeSelector={"a": "b"}),
        template(CLAIM, metadata={"labels": {"mine": "b"}}),
        template(CLAIM, "apply"),
    ],
)
def test_fields_that_are_left_out(one: dict[str, Any]) -> None:
    assert told(flow(one)) == ["TR216"]


def test_fields_without_effect() -> None:
    one = template(
        {**CLAIM, "status": {"phase": "Pending"}},
        resource={"setOwnerReference": False},
        metadata={"labels": {"pipelines.kubeflow.org/pipeline-sdk-type": "kfp"}},
    )
    assert told(flow(one)) == []


def test_a_claim_that_is_deleted() -> None:
    one = template({**CLAIM, "metadata": {"name": "{{inputs.parameters.claim}}"}}, "delete")
    one["inputs"] = {"parameters": [{"name": "claim"}]}
    one["outputs"] = {}
    calls = "[{name: d, template: disk, arguments: {parameters: [{name: claim, value: old}]}}]"
    pipeline = read(flow(one, calls))
    assert driver_tasks(pipeline) == {("root", "d"): "deletes"}
    assert of_task(pipeline) == {"pvc_name": "old"}
    assert list(pipeline.components["comp-disk"].inputs.parameters) == ["pvc_name"]


def test_caching_and_retries_are_those_of_the_template() -> None:
    labels = {"labels": {"pipelines.kubeflow.org/enable_caching": "false"}}
    one = template(CLAIM, retryStrategy={"limit": "2"}, metadata=labels)
    task = tasks(read(flow(one)))["d"]
    assert task.retry is not None
    assert task.retry.max_retries == 2
    assert task.caching is not None
    assert task.caching.enabled is False


def test_a_claim_in_a_loop_and_under_a_condition() -> None:
    calls = """
    - name: d
      template: disk
      when: '"{{workflow.parameters.user}}" == "a"'
      withItems: [x, y]
      arguments: {parameters: [{name: who, value: '{{item}}'}]}
    """
    text = workflow(calls, json.dumps([REFERRING]), arguments={"user": None})
    pipeline = read(text)
    (loop,) = tasks(pipeline).values()
    assert loop.iterator is not None
    (inner,) = tasks(pipeline, loop.component).values()
    ((holder, name),) = driver_tasks(pipeline)
    assert holder == inner.component
    given = tasks(pipeline, holder)[name].parameters
    texts = [source for key, source in given.items() if key.startswith("pipelinechannel--")]
    assert texts
    assert all(isinstance(source, FromParent) for source in texts)


# Other objects

JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"generateName": "train-", "namespace": "{{workflow.namespace}}"},
    "spec": {"backoffLimit": 4, "image": "{{inputs.parameters.image}}", "id": "{{workflow.uid}}"},
}


def test_an_object_is_kept_with_its_references() -> None:
    one = template(
        JOB, resource={"successCondition": "status.succeeded > 0"}, nodeSelector={"a": "b"}
    )
    one["inputs"] = {"parameters": [{"name": "image", "value": "{{workflow.parameters.i}}"}]}
    text = workflow("[{name: d, template: disk}]", json.dumps([one]), arguments={"i": None})
    pipeline = read(text)
    ((name, executor),) = pipeline.executors.items()
    assert isinstance(executor, Resource)
    assert (executor.action, executor.kind, executor.api_version) == ("create", "Job", "batch/v1")
    assert executor.manifest == {
        **JOB,
        "spec": {
            "backoffLimit": 4,
            "image": "{{$.inputs.parameters['image']}}",
            "id": "{{$.pipeline_job_uuid}}",
        },
    }
    assert executor.name == "train-"
    assert executor.outputs == {
        "manifest": "{}",
        "name": ".metadata.name",
        "size": ".status.capacity.storage",
    }
    assert [(one.name, one.value) for one in executor.others] == [
        ("successCondition", "status.succeeded > 0"),
        ("nodeSelector", {"a": "b"}),
    ]
    assert of_task(pipeline) == {"image": FromParent(name="i")}
    body = pipeline.components["comp-disk"].body
    assert body == ExecutorRef(label=name)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ({"kind": "PersistentVolumeClaim", "name": "{{inputs.parameters.claim}}"}, "name"),
        ({"persistentVolumeClaimName": "{{inputs.parameters.claim}}"}, "persistentVolumeClaimName"),
    ],
)
def test_a_snapshot_takes_the_name_of_its_claim(source: dict[str, str], name: str) -> None:
    snapshot = {
        **template(
            {"kind": "VolumeSnapshot", "metadata": {"name": "s"}, "spec": {"source": source}}
        ),
        "name": "snap",
        "inputs": {"parameters": [{"name": "claim"}]},
    }
    calls = """
    - {name: d, template: disk}
    - name: s
      template: snap
      arguments: {parameters: [{name: claim, value: '{{tasks.d.outputs.parameters.disk-name}}'}]}
    """
    pipeline = read(workflow(calls, json.dumps([template(CLAIM), snapshot])))
    assert of_task(pipeline, "s") == {"pvc_name": FromTask(task="d", output="name")}
    executor = pipeline.executors["exec-snap"]
    assert isinstance(executor, Resource)
    assert isinstance(executor.manifest, dict)
    spec: Any = executor.manifest["spec"]
    assert spec["source"][name] == "{{$.inputs.parameters['pvc_name']}}"


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ({"action": "create"}, ""),
        ({"action": "create", "manifest": "a: [b"}, ""),
        ({"action": "create", "manifest": "a: b\n---\nc: d"}, ""),
        ({"action": "get", "manifest": json.dumps(CLAIM)}, "PersistentVolumeClaim"),
        ({"action": "patch", "manifest": "kind: Pod", "mergeStrategy": "merge"}, "Pod"),
        ({"action": "delete", "flags": ["pod", "a"]}, ""),
    ],
)
def test_any_object_is_read(resource: dict[str, Any], kind: str) -> None:
    pipeline = read(flow({"name": "disk", "resource": resource}))
    (one,) = objects(pipeline)
    assert one.resource.kind == kind
    assert one.resource.action == resource["action"]


def of(pipeline: Pipeline, to: str) -> list[str]:
    return [f"{one} help: {one.help}" for one in translator.check(pipeline, to)]


@pytest.mark.parametrize(
    ("kind", "replacement"),
    [
        ("Job", "a task of the pipeline"),
        ("TFJob", "`CustomTrainingJobOp`"),
        ("PyTorchJob", "`CustomTrainingJobOp`"),
        ("InferenceService", "`ModelUploadOp`"),
        ("SeldonDeployment", "`ModelDeployOp`"),
        ("Experiment", "`HyperparameterTuningJobRunOp`"),
        ("Secret", "`--secret NAME/KEY="),
        ("ConfigMap", "`--config-map NAME=FILE`"),
        ("Anything", "outside of the pipeline"),
    ],
)
def test_objects_for_vertex(kind: str, replacement: str) -> None:
    one = template({"kind": kind, "metadata": {"name": "{{inputs.parameters.who}}-x"}})
    one["inputs"] = {"parameters": [{"name": "who", "value": "a"}]}
    (finding,) = of(read(flow(one)), "vertex")
    assert f"error[TR360]: task `d` creates the `{kind}` `{{who}}-x` in the cluster" in finding
    assert replacement in finding
    assert "`--drop-task d` leaves the task out" in finding


def test_what_is_deleted_for_vertex() -> None:
    (finding,) = of(read(flow(template({"kind": "Pod"}, "delete"))), "vertex")
    assert "deletes the `Pod` in the cluster" in finding
    assert "no action needed" in finding


def test_objects_for_kubeflow() -> None:
    found = of(read(flow(template({"kind": "Pod"}, "patch"))), "kubeflow")
    assert [one.partition("[")[2][:5] for one in found] == ["TR361"]
    assert "task `d` changes the `Pod` in the cluster" in found[0]


def test_nothing_is_written_with_an_object() -> None:
    pipeline = read(flow(template({"kind": "Pod"})))
    for to in ("vertex", "kubeflow"):
        with pytest.raises(translator.TranslationError):
            translator.render(pipeline, to)


# Claims on Kubeflow


def test_a_claim_without_a_storage_class() -> None:
    (finding,) = of(read(flow(template(CLAIM))), "kubeflow")
    assert "warning[TR219]: task `d` creates a volume without a storage class" in finding
    named = template(changed(spec={"storageClassName": "fast"}))
    assert of(read(flow(named)), "kubeflow") == []


def test_a_text_that_the_driver_does_not_resolve() -> None:
    calls = """
    - name: d
      template: disk
      arguments: {parameters: [{name: who, value: '{{workflow.parameters.user}}'}]}
    """
    text = workflow(calls, json.dumps([REFERRING]), arguments={"user": None})
    found = [one for one in of(read(text), "kubeflow") if "TR362" in one]
    assert ["input `annotations`" in one or "input `pvc_name`" in one for one in found] == [
        True
    ] * 2
    assert "(`{user}-disk`)" in "".join(found)


def test_written_for_kubeflow() -> None:
    """The real protos accept the task, which is that of kfp-kubernetes."""
    pipeline_spec_pb2 = pytest.importorskip("kfp.pipeline_spec.pipeline_spec_pb2")
    from google.protobuf import json_format

    text = flow(template(CLAIM), f"[{{name: d, template: disk}}, {say('disk-name')}]")
    reading = translator.load_text(text, FILE)
    written = translator.render(reading.pipeline, "kubeflow")["pipeline.yaml"]
    import yaml

    (spec, *_) = yaml.safe_load_all(written)
    parsed = json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    task = parsed.root.dag.tasks["d"]
    assert task.inputs.parameters["pvc_name_suffix"].runtime_value.constant.string_value == "-disk"
    executor = next(iter(reading.pipeline.executors.values()))
    assert isinstance(executor, Container)
