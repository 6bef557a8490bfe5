"""What Vertex AI requires of the options of a bundle.

``main.py`` leaves its flags to the SDK and to Vertex AI, which report these too, but only when the
pipeline is run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.targets.vertex.options import Options

__all__ = ["option_problems"]

#: Option → its form, and how to write it.
_FORMS = {
    "project": (r"[a-z0-9][a-z0-9.:-]*", "its id, as in `gcloud projects list`"),
    "location": (r"[a-z]+(-[a-z]+\d+)?", "a region like us-central1"),
    "pipeline_root": (
        r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[^\x00-\x1f\x7f]*)?",
        "a Cloud Storage path gs://BUCKET/PATH; a bucket has 3 to 222 of a-z 0-9 . _ -",
    ),
    "display_name": (r".{0,128}", "at most 128 characters"),
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
        r"(projects/[^/\s]+/regions/(?P<region>[^/\s]+)/networkAttachments/)?[a-z][a-z0-9-]*",
        "projects/P/regions/REGION/networkAttachments/NAME, in the region of the run",
    ),
    "encryption_key": (
        r"projects/[^/\s]+/locations/(?P<region>[^/\s]+)/keyRings/[^/\s]+/cryptoKeys/[^/\s]+",
        "projects/P/locations/REGION/keyRings/R/cryptoKeys/K, in the region of the run",
    ),
}


def option_problems(options: Options) -> Iterator[str]:
    """One sentence for each option that Vertex AI would reject."""
    for option, (form, advice) in _FORMS.items():
        value = getattr(options, option)
        match = re.fullmatch(form, value, re.DOTALL)
        region = match and match.groupdict().get("region")
        elsewhere = region and options.location not in ("", region)
        if value and (match is None or elsewhere):
            yield f"--{option.replace('_', '-')} {value}: write {advice}."
    yield from _label_problems(options.labels)
    if options.schedule and options.experiment:
        yield "--experiment: a schedule cannot have one; --schedule '' runs once."


def _label_problems(labels: Mapping[str, str]) -> Iterator[str]:
    for key, value in labels.items():
        if not (_is_label(key) and key[:1].isalpha()):
            yield f"Label {key!r}: use a-z 0-9 _ -, at most 63, starting with a letter."
        if not _is_label(value):
            yield f"Label {key!r}: for {value!r} use a-z 0-9 _ -, at most 63."
    if len(labels) > 64:
        yield f"A run has at most 64 labels, not {len(labels)}."


def _is_label(text: str) -> bool:
    """Letters of other alphabets are fine, capitals are not."""
    return len(text) <= 63 and all(
        char in "_-" or (char.isalnum() and char == char.lower()) for char in text
    )
