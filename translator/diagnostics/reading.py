"""TR101–TR119: parsing text. TR130–TR139: reading pipelines of any format."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

ENCODING = Rule(
    "TR101",
    Severity.ERROR,
    what="the byte {byte} is not valid {encoding}",
    hint="save the file as UTF-8",
)

SYNTAX = Rule(
    "TR102",
    Severity.ERROR,
    what="invalid YAML or JSON: {problem}",
    hint="compile the pipeline again, or fix the syntax here",
)

UNREAD_FIELD = Rule(
    "TR103",
    Severity.WARNING,
    what="field `{field}` is not translated",
    hint="the value is dropped; report it if the pipeline needs it",
)

MISSING_FIELD = Rule(
    "TR104",
    Severity.ERROR,
    what="required field `{field}` is missing",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

WRONG_KIND = Rule(
    "TR105",
    Severity.ERROR,
    what="`{field}` must be {wanted}",
    hint="compile the pipeline again, or write it as {wanted}",
)

DUPLICATE_KEY = Rule(
    "TR106",
    Severity.ERROR,
    what="duplicate key `{key}` in a mapping",
    hint="remove one of the two; YAML parsers disagree about which one counts",
)

TOO_LARGE = Rule(
    "TR107",
    Severity.ERROR,
    what="the file is too large: {what} exceeds {limit}",
    hint="check that this is a compiled pipeline",
)

TOO_DEEP = Rule(
    "TR108",
    Severity.ERROR,
    what="values are nested more than {limit} levels deep",
    hint="check that this is a compiled pipeline",
)

EMPTY = Rule(
    "TR109",
    Severity.ERROR,
    what="the file is empty",
    hint="compile the pipeline again: `kfp dsl compile --py pipeline.py --output pipeline.yaml`",
)

CYCLE = Rule(
    "TR110",
    Severity.ERROR,
    what="circular alias: `*{anchor}` is inside its own anchor",
    hint="compile the pipeline again; no compiler writes a circular alias",
)

AMBIGUOUS_SCALAR = Rule(
    "TR111",
    Severity.WARNING,
    what="ambiguous YAML value: `{written}` is read as `{value}`, and other YAML parsers read it "
    "differently",
    hint="quote it if you mean text, otherwise write `{value}`",
)

BAD_ARCHIVE = Rule(
    "TR112",
    Severity.ERROR,
    what="this pipeline package cannot be opened: {problem}",
    hint="unpack it and convert the YAML or JSON file inside",
)

UNKNOWN_TAG = Rule(
    "TR113",
    Severity.ERROR,
    what="unsupported YAML tag `{tag}`",
    hint="remove the tag; compiled pipelines contain plain values only",
)

NO_JSON_NUMBER = Rule(
    "TR114",
    Severity.ERROR,
    what="`{value}` is not a valid JSON number: JSON has no NaN and no Infinity",
    hint="write a finite number, or quote the value if you mean text",
)

DEEP_DAGS = Rule(
    "TR115",
    Severity.ERROR,
    what="DAGs are nested more than {limit} levels deep",
    hint="check that this is a compiled pipeline; each condition and each loop is one level",
)

NOT_A_PIPELINE = Rule(
    "TR130",
    Severity.ERROR,
    what="this is {found}, not a compiled pipeline",
    hint="{advice}",
)

UNKNOWN_SCHEMA = Rule(
    "TR131",
    Severity.ERROR,
    what="schema version `{version}` is not supported; 2.0.0 and 2.1.0 are",
    hint="compile the pipeline with a KFP SDK of version 1.8 to 2.x",
)

EXTRA_DOCUMENT = Rule(
    "TR132",
    Severity.ERROR,
    what="the file contains more than one pipeline or workflow",
    hint="put each pipeline into its own file",
)

UNKNOWN_VALUE = Rule(
    "TR133",
    Severity.ERROR,
    what="`{value}` is not a valid value of `{field}`",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

BAD_ITEMS = Rule(
    "TR134",
    Severity.ERROR,
    what="the items of this loop are not a JSON list",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

EMPTY_EXECUTOR = Rule(
    "TR135",
    Severity.ERROR,
    what="this executor has nothing to run: no container and no importer",
    hint="compile the pipeline again",
)

NOT_AN_INPUT = Rule(
    "TR136",
    Severity.WARNING,
    what="the job sets `{input}`, which is not a parameter of its pipeline",
    hint="no action needed, unless you mean an artifact: pass artifacts when you run the pipeline",
)

SCHEMA_RAISED = Rule(
    "TR137",
    Severity.NOTE,
    what="the pipeline has schema version {version} and is written in schema version {written}, "
    "the only one that servers of Kubeflow Pipelines 2 accept",
)

NOT_OF_A_RUN = Rule(
    "TR138",
    Severity.NOTE,
    what="`{field}` of this manifest describes the pipeline that the cluster stores, and has no "
    "effect on runs",
    hint="to store the pipeline, apply the manifest with `kubectl apply`; on a multi-user "
    "Kubeflow, `--namespace` sets the namespace of runs",
)
