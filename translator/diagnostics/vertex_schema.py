"""TR3xx: what depends on the schema of a pipeline spec that goes to Vertex AI."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

OLD_EXECUTOR_INPUT = Rule(
    "TR316",
    Severity.WARNING,
    what="the Python function in container `{label}` was compiled with kfp {version}, which reads "
    "its inputs as schema 2.0.0 writes them; in schema 2.1.0 it does not find all, as {obstacle}",
    hint="compile the component again with kfp 2; its Python code can stay as it is",
)

NOT_IN_OLDER_SCHEMA = Rule(
    "TR353",
    Severity.ERROR,
    what="the {what} belongs to schema 2.1.0, and the file says that it is of schema 2.0.0",
    hint="compile the pipeline again; or write `schemaVersion: 2.1.0`, if all of its containers "
    "are of kfp 2",
)

INPUT_CONVERTED = Rule(
    "TR359",
    Severity.NOTE,
    what="the Python function in container `{label}` was compiled with kfp {version}, which reads "
    "its inputs as schema 2.0.0 writes them; a program before its command converts them, and what "
    "it returns",
    hint="nothing is to be done",
)
