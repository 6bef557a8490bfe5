"""TR333–TR335: placeholders and loop items that Vertex AI does not resolve."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

LOOP_MAPPINGS = Rule(
    "TR333",
    Severity.WARNING,
    what="loop `{task}` uses fields of items that are mappings in the file; such loops are "
    "reported to fail with `Failed to parseJson from string`",
    hint="wrap each item in `json.dumps(…)` and compile again, or make the list an input of the "
    "pipeline",
)

LEFT_BY_COMPILER = Rule(
    "TR334",
    Severity.WARNING,
    what="unresolved placeholder: the compiler left `{placeholder}` in a text, and no backend "
    "resolves it",
    hint="pass the value to the component as a separate argument, not inside a text, a list or a "
    "dictionary, and compile again",
)

MACRO = Rule(
    "TR335",
    Severity.WARNING,
    what="`{placeholder}` in the value of input `{input}` is not resolved: only the API server of "
    "Kubeflow Pipelines resolves it",
    hint="use another value; `main.py` resolves `{{{{workflow.uid}}}}` and "
    "`{{{{workflow.creationTimestamp}}}}`",
)
