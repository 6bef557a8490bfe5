"""TR460–TR463: Kubernetes settings of KFP v1 that cannot be written for KFP v2."""

from translator.diagnostics import Rule, Severity

LEFT_OUT = Rule(
    "TR460",
    Severity.WARNING,
    what="{setting} is left out: kfp-kubernetes has no such setting",
    hint="{advice}",
)
NO_EFFECT = Rule(
    "TR461",
    Severity.NOTE,
    what="{setting} is left out: {why}",
    hint="no action needed",
)
REFERENCE = Rule(
    "TR462",
    Severity.WARNING,
    what="{setting} is left out: KFP v2 does not replace `{text}` in it",
    hint="write the value into the file; the name of a secret, config map or claim can be an input "
    "of the pipeline, if it is the whole name",
)
PART = Rule(
    "TR463",
    Severity.WARNING,
    what="{setting} is written without {part}, which kfp-kubernetes does not have",
    hint="{advice}",
)
