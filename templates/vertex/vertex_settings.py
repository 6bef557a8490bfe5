"""What can be set for a run on Vertex AI, and what Vertex AI asks of the values.

`translator convert` checks its options by these rules too.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

# Arguments of `add_argument`.
Arguments = dict[str, Any]


class Settings(NamedTuple):
    """What is used where no flag is given. Empty is not set."""

    project: str = ""
    location: str = ""
    pipeline_root: str = ""
    display_name: str = ""
    service_account: str = ""
    network: str = ""
    reserved_ip_ranges: Sequence[str] = ()
    psc_network_attachment: str = ""
    encryption_key: str = ""
    labels: Mapping[str, str] = {}
    experiment: str = ""
    cache: bool | None = None  # None: as set for each task
    failure_policy: str = ""
    schedule: str = ""


# Variables of the environment that are used where the setting is not set.
PROJECT = "GOOGLE_CLOUD_PROJECT, CLOUD_ML_PROJECT_ID, CLOUDSDK_CORE_PROJECT"
LOCATION = (
    "GOOGLE_CLOUD_REGION, CLOUD_ML_REGION, CLOUDSDK_AI_REGION, CLOUDSDK_COMPUTE_REGION"
)
EPILOG = f"""\
The value of an input is that of its flag, else that of --params-file, else the one in
the pipeline. In a value the job id replaces {{{{workflow.uid}}}} and
{{{{workflow.name}}}}, the time {{{{workflow.creationTimestamp}}}}, the bucket of the
pipeline root {{{{kfp-default-bucket}}}}, and the project {{{{kfp-project-id}}}}.

environment, used where neither a flag nor SETTINGS in main.py has a value:
  project: {PROJECT}
  location: {LOCATION};
    else us-central1
  credentials: GOOGLE_APPLICATION_CREDENTIALS; else those of
    `gcloud auth application-default login`

exit status:
  0  done: the run was accepted; with --wait it succeeded
  1  Vertex AI did not accept it; with --wait: the run failed, was cancelled or paused
  2  wrong usage or values; nothing was sent
"""


def utc(text: str) -> str:
    """The time in UTC, as the API has it."""
    with contextlib.suppress(ValueError):
        moment = datetime.datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
        if moment.tzinfo:
            return iso(moment)
    message = "write a time with its zone: 2030-01-31T08:00:00Z"
    raise argparse.ArgumentTypeError(message)


def iso(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def pair(text: str) -> list[str]:
    """NAME=VALUE as the two."""
    if "=" not in text:
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return text.split("=", 1)


def positive(text: str) -> int:
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError("write a number that is at least 1")


ON: Arguments = {"action": "store_true", "default": False}
LIST: Arguments = {"action": "append", "default": []}
PAIRS: Arguments = {**LIST, "type": pair, "metavar": "NAME=VALUE"}
NUMBER: Arguments = {"type": positive, "metavar": "NUMBER", "default": None}
TIME: Arguments = {"type": utc, "metavar": "TIME", "default": None}
# Flags by group of the help → the help, or more arguments of `add_argument`.
FLAGS: dict[str, dict[str, str | Arguments]] = {
    "where it runs": {
        "--project": "id of the Google Cloud project",
        "--location": "region, like us-central1",
        "--pipeline-root": "gs://BUCKET/PATH for artifacts; created if missing",
        "--network": "network to peer with: projects/NUMBER/global/networks/NAME",
        "--reserved-ip-range": {"help": "of the network; may be repeated", **LIST},
        "--psc-network-attachment": "attachment for Private Service Connect, full name",
        "--api-endpoint": "host of the API, instead of the region's own",
        "--api-transport": {"help": "grpc if not given", "choices": ("grpc", "rest")},
    },
    "how it runs": {
        "--display-name": "name for the console",
        "--job-id": "id of the run (the pipeline's name and the time)",
        "--service-account": "service account of the tasks (that of Compute Engine)",
        "--encryption-key": "projects/P/locations/REGION/keyRings/R/cryptoKeys/K",
        "--label": {"help": "of the run; may be repeated", **PAIRS},
        "--artifact": {"help": "id of an input artifact; may be repeated", **PAIRS},
        "--experiment": "experiment of the run; created if missing",
        "--cache": {
            "help": "reuse cached results, or never (as set for each task)",
            "action": argparse.BooleanOptionalAction,
        },
        "--failure-policy": {
            "help": "after a failure, slow: run independent tasks; fast: start none",
            "choices": ("slow", "fast"),
        },
    },
    "when it runs": {
        "--schedule": "run it regularly instead of once: MINUTE HOUR DAY MONTH WEEKDAY "
        "in UTC, or in a zone before them, TZ=Europe/Paris; an empty text runs it once",
        "--schedule-name": "name of the schedule (that of the run)",
        "--schedule-start": {"help": "not before: 2030-01-31T08:00:00Z", **TIME},
        "--schedule-end": {"help": "no run after this time", **TIME},
        "--schedule-max-runs": {"help": "end after this many runs", **NUMBER},
        "--schedule-max-concurrent-runs": {"help": "how many at once (1)", **NUMBER},
        "--schedule-allow-queueing": {"help": "queue runs above that, skip none", **ON},
    },
    "what is done": {
        "--wait": {"help": "wait until the run ends; print its state", **ON},
        "--poll-seconds": {"help": "with --wait (5)", "type": float, "default": 5.0},
        "--dry-run": {"help": "print the request as JSON; send nothing, no SDK", **ON},
    },
}
# Setting → its form, and how to write it.
FORMS = {
    "project": (r"[a-z0-9][a-z0-9.:-]*", "its id, as in `gcloud projects list`"),
    "location": (r"[a-z]+(-[a-z]+\d+)?", "a region like us-central1"),
    "pipeline_root": (
        r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[^\x00-\x1f\x7f]*)?",
        "a Cloud Storage path gs://BUCKET/PATH; a bucket has 3 to 222 of a-z 0-9 . _ -",
    ),
    "job_id": (r"[a-z][a-z0-9-]{0,127}", "a letter, then at most 127 of a-z 0-9 -"),
    "display_name": (r".{0,128}", "at most 128 characters"),
    "schedule_name": (r".{0,128}", "at most 128 characters"),
    "service_account": (
        r"[^@\s]+@[a-z0-9.-]+\.gserviceaccount\.com",
        "NAME@PROJECT.iam.gserviceaccount.com",
    ),
    "failure_policy": (r"slow|fast", "slow or fast"),
    "network": (
        r"projects/\d+/global/networks/[a-z][a-z0-9-]{0,62}",
        "projects/NUMBER/global/networks/NAME, where NUMBER is of digits: "
        "`gcloud projects describe ID --format='value(projectNumber)'`",
    ),
    "psc_network_attachment": (
        r"(projects/[^/\s]+/regions/(?P<region>[^/\s]+)/networkAttachments/)?"
        r"[a-z][a-z0-9-]*",
        "projects/P/regions/REGION/networkAttachments/NAME, in the region of the run",
    ),
    "encryption_key": (
        r"projects/[^/\s]+/locations/(?P<region>[^/\s]+)/keyRings/[^/\s]+"
        r"/cryptoKeys/[^/\s]+",
        "projects/P/locations/REGION/keyRings/R/cryptoKeys/K, in the region of the run",
    ),
}


def with_defaults(settings: Settings, name: str, root: str) -> Settings:
    """The settings; what is not set is that of the environment or the pipeline."""
    others: dict[str, Any] = {
        "project": from_environment(PROJECT),
        "location": from_environment(LOCATION) or "us-central1",
        "pipeline_root": root if root.startswith("gs://") else "",
        "display_name": name[:128],
    }
    unset = {name for name in others if not getattr(settings, name)}
    return settings._replace(**{name: others[name] for name in unset})


def from_environment(names: str) -> str:
    return next(filter(None, map(os.environ.get, names.split(", "))), "")


def setting_problems(values: Mapping[str, Any]) -> Iterator[str]:
    """What Vertex AI would refuse of these settings; those not set may be left out."""
    for setting, (form, advice) in FORMS.items():
        value = values.get(setting)
        match = re.fullmatch(form, value or "", re.DOTALL)
        region = match and match.groupdict().get("region")
        elsewhere = region and values.get("location") not in (None, "", region)
        if value and (match is None or elsewhere):
            yield f"--{setting.replace('_', '-')} {value}: write {advice}."
    yield from label_problems(values["labels"])
    if values["schedule"] and values["experiment"]:
        yield "--experiment: a schedule cannot have one; --schedule '' runs once."


def label_problems(labels: Mapping[str, str]) -> Iterator[str]:
    for key, value in labels.items():
        if not (is_label(key) and key[:1].isalpha()):
            yield f"Label {key!r}: use a-z 0-9 _ -, at most 63, starting with a letter."
        if not is_label(value):
            yield f"Label {key!r}: for {value!r} use a-z 0-9 _ -, at most 63."
    if len(labels) > 64:
        yield f"A run has at most 64 labels, not {len(labels)}."


def is_label(text: str) -> bool:
    """Letters of other alphabets are fine, capitals are not."""
    return len(text) <= 63 and all(
        char in "_-" or (char.isalnum() and char == char.lower()) for char in text
    )


def schedule_problems(values: Mapping[str, Any]) -> Iterator[str]:
    """Flags that need a schedule, or that a schedule cannot have."""
    if values["schedule"]:
        if values["job_id"]:
            yield "--job-id: a schedule has none; its runs get ids of their own."
        if values["wait"]:
            yield "--wait: a schedule has no end."
    else:
        flags = list(FLAGS["when it runs"])[1:]
        given = (flag for flag in flags if values[flag[2:].replace("-", "_")])
        yield from (f"{flag}: give --schedule too." for flag in given)
