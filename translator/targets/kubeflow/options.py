"""The options of a bundle for Kubeflow."""

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
    from collections.abc import Iterator

__all__ = ["FLAGS", "UPGRADE", "Options", "option_problems"]

#: Also an option of ``check``, which reports other findings with it.
UPGRADE = Flag(
    "--upgrade",
    "Convert a KFP v1 workflow to KFP v2, for servers that reject KFP v1. Default: submit it as it "
    "is. With --style python it is always converted.",
    switch=True,
)
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
    STYLE,
    PIN_KFP,
    SINGLE_FILE,
    UPGRADE,
)


class Options(BaseOptions):
    """The settings in the script, which its flags override."""

    #: Address of the API, with its scheme; $KF_PIPELINES_ENDPOINT overrides it.
    host: str = "http://localhost:8080"
    #: The namespace of a multi-user Kubeflow; empty for one without users.
    namespace: str = ""
    #: Created by the script if it does not exist; empty for the client's default (``Default``).
    experiment: str = ""
    #: The name of the run; empty for the pipeline's name and the time.
    run_name: str = ""
    #: The folder for artifacts; empty for the pipeline's, then the server's. Not for KFP v1.
    pipeline_root: str = ""
    #: The Kubernetes service account of the pods; empty for the server's default.
    service_account: str = ""
    #: Whether cached results are used; None: the setting of each task. Not for KFP v1.
    cache: bool | None = None
    #: A cron line of five fields, or six with seconds first; empty runs the pipeline once.
    recurring: str = ""
    #: Whether submit.py contains the modules that it otherwise imports.
    single_file: bool = False
    #: Whether a KFP v1 workflow is converted to KFP v2; else submit.py submits it as it is.
    upgrade: bool = False


def option_problems(options: Options) -> Iterator[str]:
    """One sentence for each invalid option. Servers check schedules further."""
    if options.host != Options().host and not is_address(options.host):
        yield f"--host: {options.host!r} is not an address like http://localhost:8080"
    text = options.recurring
    fields = text.split()
    if fields and "=" in fields[0]:
        yield "--recurring: the time zone is the server's; leave it out"
    elif fields and not text.startswith("@") and len(fields) not in (5, 6):
        yield f"--recurring: {text!r} has neither 5 nor 6 fields"


def is_address(host: str) -> bool:
    """Whether ``submit.py`` accepts the text as the address of an API."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(host)
        is_url = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(is_url and host.isascii() and host.isprintable() and " " not in host)
