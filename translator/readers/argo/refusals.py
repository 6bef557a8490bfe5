"""Kinds of templates that KFP v2 has nothing for, each with what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.diagnostics.spelling import closest
from translator.readers.argo.workflow import KINDS

if TYPE_CHECKING:
    from translator.readers.argo.workflow import Template

_ADVICE = {
    "resource": "create the Kubernetes resource outside the pipeline, or in a container that has "
    "credentials of the cluster; instead of a volume use Cloud Storage (`/gcs/BUCKET/PATH`)",
    "suspend": "split the pipeline in two and start the second one yourself",
    "http": "make the request in a container",
    "plugin": "do its work in a container",
    "containerSet": "run the containers as separate tasks",
    "data": "do its work in a container",
    "script": "write the script into a container's command: `sh -c '…'` or `python3 -c '…'`",
    "steps": "compile the pipeline with kfp, which writes DAGs",
}


def _meant(template: Template) -> str:
    """The kind of template that a key of it was meant to be; empty when none is like one."""
    unknown = template.cursor.keys() - {"name", "inputs", "outputs", "metadata"}
    return next(filter(None, (closest(key, KINDS) for key in sorted(unknown)[:20])), "")


def refuse(template: Template) -> None:
    """Reports a template that cannot be translated; what is in it counts as reported with it."""
    if not template.kind:
        meant = _meant(template)
        facts = {"what": "a template that runs nothing", "advice": "remove it"}
        template.cursor.drop(rules.NOT_ON_V2, **facts, **({"meant": meant} if meant else {}))
        return
    what = f"a template of the kind `{template.kind}`"
    template.cursor.drop(rules.NOT_ON_V2, what=what, advice=_ADVICE[template.kind])
