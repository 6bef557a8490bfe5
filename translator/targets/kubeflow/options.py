"""What can be chosen of a bundle for Kubeflow."""

from __future__ import annotations

from translator.targets.base import (
    CACHE,
    EXPERIMENT,
    PIPELINE_ROOT,
    SERVICE_ACCOUNT,
    BaseOptions,
    Flag,
)

__all__ = ["FLAGS", "Options"]

FLAGS = (
    PIPELINE_ROOT,
    SERVICE_ACCOUNT,
    EXPERIMENT,
    CACHE,
    Flag("--host", "The URL of the Kubeflow Pipelines API."),
    Flag("--namespace", "The namespace of a multi-user Kubeflow."),
    Flag("--run-name", "The name of the run."),
    Flag(
        "--recurring", "Run on a schedule: a cron expression of five or six fields.", metavar="CRON"
    ),
)


class Options(BaseOptions):
    """What the script does where it is not told otherwise."""

    #: Address of the API, with its scheme; $KF_PIPELINES_ENDPOINT wins over it.
    host: str = "http://localhost:8080"
    #: The namespace of a multi-user Kubeflow; empty for one without users.
    namespace: str = ""
    #: Made by the script if it is not there; empty leaves it to the client (``Default``).
    experiment: str = ""
    #: Empty for the pipeline's name and the time.
    run_name: str = ""
    #: Where artifacts go; empty for what the pipeline says, then the server. Not for KFP v1.
    pipeline_root: str = ""
    #: The Kubernetes service account of the pods; empty leaves it to the server.
    service_account: str = ""
    #: Whether results of earlier runs are used; None leaves it to each task. Not for KFP v1.
    cache: bool | None = None
    #: A cron line of five fields, or six with seconds first; empty runs the pipeline once.
    recurring: str = ""
