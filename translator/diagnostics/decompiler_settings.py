"""TR440–TR444: settings of tasks and pipelines that the DSL of kfp cannot say."""

from translator.diagnostics import Rule, Severity

LEFT_OUT = Rule(
    "TR440",
    Severity.WARNING,
    what="{setting} of {owner} is left out of pipeline.py: {why}",
    hint="use `--style spec`, whose pipeline.yaml keeps it, or set it in pipeline.py yourself",
)
SAME_AMOUNT = Rule(
    "TR441",
    Severity.NOTE,
    what="{setting} of {owner}, {given}, is written as the same amount {written}: kfp accepts no "
    "other form",
    hint="no action needed",
)
CHANGED = Rule(
    "TR442",
    Severity.WARNING,
    what="{setting} of {owner}, {given}, is {written} in pipeline.py: {why}",
    hint="use `--style spec`, whose pipeline.yaml keeps it, or check that the task runs with it",
)
RAW = Rule(
    "TR443",
    Severity.NOTE,
    what="`{setting}` of {owner} is written to `platform_config`: kfp-kubernetes has no function "
    "for it",
    hint="no action needed",
)
NO_REFERENCE = Rule(
    "TR444",
    Severity.ERROR,
    what="`{setting}` of {owner} refers to a value of the pipeline, and kfp-kubernetes has no "
    "function that takes one there",
    hint="use `--style spec`, whose pipeline.yaml keeps it",
)
