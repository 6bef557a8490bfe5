"""Tasks that create, change or delete an object of the cluster, with what replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.checks.cluster_objects import objects
from translator.diagnostics import cluster_objects as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline, Resource

__all__ = ["cluster_objects"]

_TRAIN = (
    "train with `CustomTrainingJobOp` of google-cloud-pipeline-components, whose "
    "`worker_pool_specs` are the replicas"
)
_SERVE = (
    "register the model with `ModelUploadOp` and deploy it with `EndpointCreateOp` and "
    "`ModelDeployOp` of google-cloud-pipeline-components"
)
_RUN = "run its container as a task of the pipeline"
#: Kind of the object → what to do instead.
_ADVICE = {
    **dict.fromkeys(("Job", "Pod", "CronJob"), _RUN),
    **dict.fromkeys(
        ("TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "MXJob", "PaddleJob", "TrainJob"), _TRAIN
    ),
    **dict.fromkeys(
        ("InferenceService", "SeldonDeployment", "ServingRuntime", "ClusterServingRuntime"), _SERVE
    ),
    "Experiment": "tune with `HyperparameterTuningJobRunOp` of google-cloud-pipeline-components",
    "SparkApplication": "run it with `DataprocSparkBatchOp` or `DataprocPySparkBatchOp` of "
    "google-cloud-pipeline-components",
    "Secret": "store its values in Secret Manager, and pass `--secret NAME/KEY=projects/P/secrets/S"
    "` for the tasks that use it",
    "ConfigMap": "write its values into a file, and pass `--config-map NAME=FILE` for the tasks "
    "that use it",
    "VolumeSnapshot": "set a folder for its volume (`--volume NAME=gs://BUCKET/PREFIX`), which the "
    "task copies then",
    "PersistentVolumeClaim": "use a folder of Cloud Storage (`/gcs/BUCKET/PATH`)",
    **dict.fromkeys(("Deployment", "Service"), "deploy it on Cloud Run or GKE before the run"),
}
_OTHERWISE = "create it outside of the pipeline, or in a container with credentials of a cluster"
_DELETED = "no action needed on Vertex AI where the pipeline itself created it"


def cluster_objects(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A finding for each task that creates, changes or deletes an object of the cluster."""
    for one in objects(pipeline):
        advice = _advice(one.resource)
        yield rules.VERTEX_OBJECT.at(one.origin, advice=advice, **one.facts)


def _advice(resource: Resource) -> str:
    if resource.action == "delete":
        return _DELETED
    return _ADVICE.get(resource.kind, _OTHERWISE)
