"""The options of a bundle for Vertex AI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.targets.base import (
    CACHE,
    EXPERIMENT,
    PIN_KFP,
    PIPELINE_ROOT,
    SERVICE_ACCOUNT,
    SINGLE_FILE,
    STYLE,
    BaseOptions,
    Flag,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Pipeline

__all__ = ["FLAGS", "Options", "open_arguments"]

FLAGS = (
    PIPELINE_ROOT,
    SERVICE_ACCOUNT,
    EXPERIMENT,
    CACHE,
    Flag("--project", "The Google Cloud project."),
    Flag("--location", "The region, for example us-central1."),
    Flag("--display-name", "The name shown in the console."),
    Flag("--label", "A label of the run. May be repeated.", to="labels", pairs=True),
    Flag("--network", "The VPC network: projects/NUMBER/global/networks/NAME."),
    Flag(
        "--reserved-ip-range",
        "A reserved IP range of the network. May be repeated.",
        to="reserved_ip_ranges",
        repeated=True,
    ),
    Flag("--psc-network-attachment", "The network attachment for Private Service Connect."),
    Flag("--encryption-key", "The resource name of a Cloud KMS key."),
    Flag(
        "--failure-policy",
        "After a failure, slow: run the tasks that still can; fast: start no new task.",
        choices=("slow", "fast"),
    ),
    Flag("--schedule", "Run on a schedule: a cron expression of five fields.", metavar="CRON"),
    STYLE,
    PIN_KFP,
    SINGLE_FILE,
)


class Options(BaseOptions):
    """The settings in the script, which its flags override; empty for those of the file."""

    #: Id of the Google Cloud project; empty for the environment's.
    project: str = ""
    #: The region; empty for the environment's, then us-central1.
    location: str = ""
    #: The folder for artifacts: ``gs://BUCKET/PATH``.
    pipeline_root: str = ""
    #: The account that the tasks run as; empty for that of Compute Engine.
    service_account: str = ""
    #: ``projects/NUMBER/global/networks/NAME``; empty for none.
    network: str = ""
    reserved_ip_ranges: tuple[str, ...] = ()
    #: ``projects/PROJECT/regions/REGION/networkAttachments/NAME``; empty for none.
    psc_network_attachment: str = ""
    #: ``projects/P/locations/REGION/keyRings/R/cryptoKeys/K``; empty for Google's own keys.
    encryption_key: str = ""
    #: They override labels in the pipeline's file.
    labels: Mapping[str, str] = {}
    experiment: str = ""
    display_name: str = ""
    #: Whether cached results are used; None: the setting of each task.
    cache: bool | None = None
    #: ``slow`` or ``fast``: whether other tasks still start after one has failed.
    failure_policy: str = ""
    #: A cron line of five fields, with a ``TZ=ZONE`` before them if need be.
    schedule: str = ""
    #: Whether main.py contains the modules that it otherwise imports.
    single_file: bool = False


def open_arguments(pipeline: Pipeline, options: Options) -> list[str]:
    """The required arguments of ``main.py``."""
    arguments = [] if options.project else ["--project", "PROJECT"]
    root = pipeline.submission.pipeline_root or pipeline.default_root
    if not (options.pipeline_root or root.startswith("gs://")):
        arguments += ["--pipeline-root", "gs://BUCKET/PATH"]
    return arguments
