"""TR101–TR119: reading text. TR130–TR139: reading what the text says, of any format."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

ENCODING = Rule(
    "TR101",
    Severity.ERROR,
    what="the byte {byte} is not valid {encoding}",
    hint="save the file as UTF-8; a compiled pipeline holds nothing else",
)

SYNTAX = Rule(
    "TR102",
    Severity.ERROR,
    what="this is neither valid YAML nor valid JSON here: {problem}",
    hint="compile the pipeline again, or repair the text at this place",
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
    what="field `{field}` is missing",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

WRONG_KIND = Rule(
    "TR105",
    Severity.ERROR,
    what="`{field}` has to be {wanted}",
    hint="compile the pipeline again, or write it as {wanted}",
)

DUPLICATE_KEY = Rule(
    "TR106",
    Severity.ERROR,
    what="key `{key}` stands twice in the same mapping",
    hint="remove one of the two; which one counts depends on who reads the file",
)

TOO_LARGE = Rule(
    "TR107",
    Severity.ERROR,
    what="the file is too large: {what} comes to more than {limit}",
    hint="check that this is a compiled pipeline",
)

TOO_DEEP = Rule(
    "TR108",
    Severity.ERROR,
    what="values nest more than {limit} levels deep",
    hint="check that this is a compiled pipeline",
)

EMPTY = Rule(
    "TR109",
    Severity.ERROR,
    what="the file holds nothing",
    hint="compile the pipeline again: `kfp dsl compile --py pipeline.py --output pipeline.yaml`",
)

CYCLE = Rule(
    "TR110",
    Severity.ERROR,
    what="the alias `*{anchor}` stands inside what it stands for",
    hint="compile the pipeline again; no compiler writes this",
)

AMBIGUOUS_SCALAR = Rule(
    "TR111",
    Severity.WARNING,
    what="`{written}` is read as `{value}`; other readers of YAML read something else",
    hint="put quotes around it if text is meant, else write `{value}`",
)

BAD_ARCHIVE = Rule(
    "TR112",
    Severity.ERROR,
    what="this package cannot be opened: {problem}",
    hint="unpack it yourself and convert the YAML or JSON file inside",
)

UNKNOWN_TAG = Rule(
    "TR113",
    Severity.ERROR,
    what="the YAML tag `{tag}` is not read",
    hint="compiled pipelines hold plain values only; remove the tag",
)

NO_JSON_NUMBER = Rule(
    "TR114",
    Severity.ERROR,
    what="`{value}` is no number that JSON has, so no server can read it",
    hint="write a number, or put quotes around it if text is meant",
)

DEEP_DAGS = Rule(
    "TR115",
    Severity.ERROR,
    what="DAGs nest more than {limit} levels deep",
    hint="check that this is a compiled pipeline; conditions and loops are one level each",
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
    what="schema version `{version}` is not known; 2.0.0 and 2.1.0 are",
    hint="compile the pipeline with a KFP SDK of version 1.8 to 2.x",
)

EXTRA_DOCUMENT = Rule(
    "TR132",
    Severity.ERROR,
    what="there is more than one pipeline or workflow in this file",
    hint="put each into a file of its own",
)

UNKNOWN_VALUE = Rule(
    "TR133",
    Severity.ERROR,
    what="`{value}` is not a value that `{field}` can have",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

BAD_ITEMS = Rule(
    "TR134",
    Severity.ERROR,
    what="the items of this loop are not a JSON list",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

EMPTY_EXECUTOR = Rule(
    "TR135",
    Severity.ERROR,
    what="this executor says nothing about what to run",
    hint="compile the pipeline again; an executor needs a container or an importer",
)

NOT_AN_INPUT = Rule(
    "TR136",
    Severity.WARNING,
    what="this job gives `{input}` a value, which is no parameter of its pipeline",
    hint="nothing to do, unless an artifact was meant: that is given where the pipeline is run",
)

SCHEMA_RAISED = Rule(
    "TR137",
    Severity.NOTE,
    what="the pipeline is of schema {version} and is written in schema {written}, the only one "
    "that servers of Kubeflow Pipelines 2 take",
)

NOT_OF_A_RUN = Rule(
    "TR138",
    Severity.NOTE,
    what="`{field}` of this manifest is about the pipeline that the cluster stores, not its runs",
    hint="to store it, apply the manifest with `kubectl apply`; where a Kubeflow has several "
    "users, `--namespace` gives the namespace of runs",
)
