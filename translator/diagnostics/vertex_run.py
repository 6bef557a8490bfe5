"""TR355 and on: what a run on Vertex AI has of the metadata of its pipeline."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

WORKFLOW_LABEL = Rule(
    "TR355",
    Severity.NOTE,
    what="the workflow's label `{label}` is left out: Vertex AI does not take it",
    hint="pass `--label KEY=VALUE` with `a-z 0-9 _ -` only, at most 63 characters each, the key "
    "starting with a letter",
)

WORKFLOW_ANNOTATION = Rule(
    "TR356",
    Severity.NOTE,
    what="the workflow's annotation `{annotation}` is left out: runs of Vertex AI have none",
    hint="nothing to do, unless a program looks for it; labels (`--label`) are what a run has",
)
