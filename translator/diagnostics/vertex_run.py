"""TR355 and TR356: metadata of a workflow that a run on Vertex AI cannot have."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

WORKFLOW_LABEL = Rule(
    "TR355",
    Severity.NOTE,
    what="workflow label `{label}` is left out: it is not a valid label on Vertex AI",
    hint="pass `--label KEY=VALUE` with `a-z 0-9 _ -` only, at most 63 characters each, the key "
    "starting with a letter",
)

WORKFLOW_ANNOTATION = Rule(
    "TR356",
    Severity.NOTE,
    what="workflow annotation `{annotation}` is left out: runs on Vertex AI have no annotations",
    hint="no action needed, unless a program reads it; a run can have labels (`--label`)",
)
