"""TR333–TR335: values that Vertex AI does not fill in, or not as they are written."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

LOOP_MAPPINGS = Rule(
    "TR333",
    Severity.WARNING,
    what="loop `{task}` takes fields of items that are mappings in the file; such loops are "
    "reported to fail with `Failed to parseJson from string`",
    hint="put `json.dumps(…)` around each item and compile again, or make the list an input of the "
    "pipeline",
)

LEFT_BY_COMPILER = Rule(
    "TR334",
    Severity.WARNING,
    what="the compiler left `{placeholder}` in a text; nothing fills it in any more",
    hint="give the value to the component as an argument of its own, not inside a text, a list or "
    "a dictionary, and compile again",
)

MACRO = Rule(
    "TR335",
    Severity.WARNING,
    what="`{placeholder}` in the value of input `{input}` stays as it is: only the API server of "
    "Kubeflow Pipelines fills it in",
    hint="give the input another value; `main.py` fills in `{{{{workflow.uid}}}}` and "
    "`{{{{workflow.creationTimestamp}}}}`",
)
