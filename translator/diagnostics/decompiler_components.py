"""TR520–TR529: components as Python."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

RENAMED = Rule(
    "TR520",
    Severity.NOTE,
    what="inputs or outputs of component `{component}` have other names in Python: {names}",
)

LOADED = Rule(
    "TR521",
    Severity.NOTE,
    what="component `{component}` is loaded from YAML text: its program reads the names of its "
    "inputs and outputs, which Python functions cannot have ({names})",
)

UNKNOWN_TYPE = Rule(
    "TR522",
    Severity.WARNING,
    what="artifact type `{type}` becomes `dsl.Artifact`: kfp accepts types of the namespaces "
    "`system` and `google` only, with versions of three parts",
    hint="use `--style spec`, whose pipeline.yaml keeps it, if something looks for the type",
)

DESCRIPTION = Rule(
    "TR523",
    Severity.NOTE,
    what="the description of `{name}` changes its spaces: kfp reads descriptions from docstrings",
)

LEFT_OUT = Rule(
    "TR524",
    Severity.WARNING,
    what="Python code for kfp cannot have {what}; it is left out",
    hint="use `--style spec`, whose pipeline.yaml keeps it",
)

EXECUTOR = Rule(
    "TR525",
    Severity.ERROR,
    what="component `{component}` is a `{kind}`, for which kfp has no Python code",
    hint="use `--style spec`, whose pipeline.yaml keeps it",
)

OUTPUT_LIST = Rule(
    "TR526",
    Severity.ERROR,
    what="output `{output}` is a list of artifacts, which kfp compiles as an output of pipelines "
    "only",
    hint="use `--style spec`, whose pipeline.yaml keeps it",
)

DEFAULT = Rule(
    "TR527",
    Severity.ERROR,
    what="kfp does not compile the default of input `{input}`: {why}",
    hint="use `--style spec`, whose pipeline.yaml keeps it",
)

IMPORTED = Rule(
    "TR528",
    Severity.NOTE,
    what="component `{component}` is imported from {requirement}, which has an equal one",
)

OLDER_TYPE = Rule(
    "TR541",
    Severity.NOTE,
    what="the instance schema `{given}`, an artifact type of kfp 1.6 and older, becomes `{type}`, "
    "the name that kfp 1.7 gave it",
)

NOT_CONVERTED = Rule(
    "TR542",
    Severity.ERROR,
    what="the Python function in container `{label}` was compiled with kfp 1, and reads its inputs "
    "in the format of schema 2.0.0; kfp 2 compiles to schema 2.1.0, where it does not find them: "
    "{obstacle}",
    hint="use `--style spec`, whose pipeline.yaml keeps the schema for Vertex AI",
)

OTHER_INPUT = Rule(
    "TR543",
    Severity.WARNING,
    what="container `{label}` gets all of its inputs as one JSON text, and the file has schema "
    "2.0.0; kfp 2 compiles to schema 2.1.0, in which that text has `parameterValues`",
    hint="check that the program reads `parameterValues`, or use `--style spec`",
)
