"""TR3xx: the schema version of a pipeline spec for Vertex AI."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

OLD_EXECUTOR_INPUT = Rule(
    "TR316",
    Severity.WARNING,
    what="the Python function in container `{label}` was compiled with kfp {version}, which reads "
    "its inputs in the format of schema 2.0.0; in schema 2.1.0 it does not find all of them: "
    "{obstacle}",
    hint="compile the component again with kfp 2; its Python code can stay unchanged",
)

NOT_IN_OLDER_SCHEMA = Rule(
    "TR353",
    Severity.ERROR,
    what="the {what} requires schema 2.1.0, and the file declares schema 2.0.0",
    hint="compile the pipeline again; or set `schemaVersion: 2.1.0`, if all of its containers "
    "were made for kfp 2",
)

INPUT_CONVERTED = Rule(
    "TR359",
    Severity.NOTE,
    what="the Python function in container `{label}` was compiled with kfp {version}, which reads "
    "its inputs in the format of schema 2.0.0; a wrapper before its command converts its inputs "
    "and outputs",
    hint="no action needed",
)
