"""What can be chosen of a bundle for Vertex AI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Options"]


class Options(Record):
    """What the script does where it is not told otherwise; empty is as the pipeline's file says."""

    #: Id of the Google Cloud project; empty for the environment's.
    project: str = ""
    #: The region; empty for the environment's, then us-central1.
    location: str = ""
    #: Where artifacts go: ``gs://BUCKET/PATH``.
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
    #: These win over labels that the pipeline's file asks for.
    labels: Mapping[str, str] = {}
    experiment: str = ""
    display_name: str = ""
    #: Whether results of earlier runs are used; None leaves it to each task.
    cache: bool | None = None
    #: ``slow`` or ``fast``: what happens to other tasks when one has failed.
    failure_policy: str = ""
    #: A cron line of five fields, with a ``TZ=ZONE`` before them if need be.
    schedule: str = ""
    #: Whether main.py holds the modules that it otherwise imports.
    single_file: bool = False
