"""The kinds of Argo objects that contain a workflow: Workflow, WorkflowTemplate, CronWorkflow …"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.readers.argo.reading import scalar_text
from translator.records import NamedTuple

if TYPE_CHECKING:
    from translator.model import Json
    from translator.source import Cursor


#: Cron's nicknames → five fields.
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class Unwrapped(NamedTuple):
    """A workflow, taken out of the object that contains it."""

    metadata: Cursor | None
    spec: Cursor
    #: Five fields with an optional ``TZ=…`` before them; empty without a schedule.
    schedule: str
    #: The workflow as JSON, which is also YAML; None if the file itself is a workflow.
    json_text: str | None
    #: The name of the object, if the workflow has metadata without a name.
    name: str = ""


def unwrapped(document: Cursor) -> Unwrapped:
    """The workflow in a document of one of the kinds that the reader recognises."""
    kind = document.get("kind").peek()
    metadata = document.find("metadata")
    spec = document.child("spec")
    if kind == "CronWorkflow":
        schedule = _schedule(spec)
        own, spec = spec.find("workflowMetadata"), spec.child("workflowSpec")
        if own is not None:  # all metadata of the runs, except the name
            outer = document.get("metadata")
            outer.inert()
            name = outer.take("name", str, "")
            return Unwrapped(own, spec, schedule, _json_text(own, spec, name), name)
    else:
        schedule = ""
    json_text = None if kind == "Workflow" else _json_text(metadata, spec)
    return Unwrapped(metadata, spec, schedule, json_text)


def _json_text(metadata: Cursor | None, spec: Cursor, name: str = "") -> str:
    known = {} if metadata is None else metadata.peek()
    own: dict[str, Json] = {"name": name} if name else {}
    own |= known if isinstance(known, dict) else {}
    if "name" in own:  # so that each run gets a unique name
        own["generateName"] = f"{own.pop('name')}-"
    kept = ("generateName", "annotations", "labels")
    workflow: Json = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {key: own[key] for key in kept if key in own},
        "spec": spec.peek(),
    }
    return json.dumps(workflow, indent=2) + "\n"


def _schedule(cron: Cursor) -> str:
    """The schedule of a CronWorkflow; other fields of its schedule are reported."""
    zone = cron.take("timezone", str, "")
    several = cron.find("schedules")
    lines = [] if several is None else [entry.string() for entry in several.elements()]
    if (one := scalar_text(cron, "schedule")) is not None:
        lines.insert(0, one)
    for key, found in cron.items():
        if key not in ("schedule", "schedules", "timezone", "workflowSpec", "workflowMetadata"):
            found.drop(rules.CRON_FIELD, field=key, value=found.peek())
    if cron.get("suspend").peek() is True or not lines:
        return ""
    if len(lines) > 1:
        cron.child("schedules").report(rules.SCHEDULES, first=lines[0], count=len(lines))
    prefix = re.match(r"(?:CRON_)?TZ=(\S+)\s+", lines[0])
    zone = prefix[1] if prefix else zone
    fields = lines[0][prefix.end() :] if prefix else lines[0]
    fields = _NICKNAMES.get(fields.strip().lower(), " ".join(fields.split()))
    if len(fields.split()) != 5:
        cron.report(rules.BAD_SCHEDULE, schedule=lines[0])
        return ""
    return f"TZ={zone} {fields}" if zone else fields
