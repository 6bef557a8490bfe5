"""TR101–TR119: reading text. TR130–TR159: reading what the text says."""

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
    what="`{written}` is read as `{value}`; readers of YAML 1.2 read something else",
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

NOT_TRANSLATED = Rule(
    "TR140",
    Severity.ERROR,
    what="{what} is not translated yet",
    hint="keep this pipeline on Kubeflow for now (`--to kubeflow` with `kfp` 1.8), and follow the "
    "changelog",
)

UNREAD_V1_FIELD = Rule(
    "TR141",
    Severity.ERROR,
    what="field `{field}` of this workflow is not translated yet",
    hint="remove the field if the pipeline does not need it; report it if it does",
)

RETRY_POLICY = Rule(
    "TR142",
    Severity.NOTE,
    what="the retry policy `{policy}` becomes retries of every failure",
    hint="nothing to do, unless failures of one kind must not be tried again",
)

MISSING_TEMPLATE = Rule(
    "TR143",
    Severity.ERROR,
    what="there is no template `{template}` in this workflow",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

MISSING_ARGUMENT = Rule(
    "TR144",
    Severity.ERROR,
    what="the input `{input}` of template `{template}` is given no value here",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

NEEDS_COMMAND = Rule(
    "TR145",
    Severity.ERROR,
    what="{what} cannot be translated: Kubernetes runs the image's own entrypoint, which the file "
    "does not name",
    hint="write the entrypoint of the image into `command` of this template, and convert again",
)

NEEDS_SHELL = Rule(
    "TR146",
    Severity.WARNING,
    what="`sh` moves files for this container, and image `{image}` may have none",
    hint="see that the image has `sh`, `cp`, `mkdir` and `dirname`, as nearly all have",
)

BAD_CONDITION = Rule(
    "TR147",
    Severity.ERROR,
    what="`{part}` in the condition `{condition}` has no equal in KFP v2",
    hint="say it with `==`, `!=`, `<`, `<=`, `>`, `>=`, `&&`, `||`, `!` and parentheses",
)

RECURSION = Rule(
    "TR148",
    Severity.ERROR,
    what="template `{template}` runs itself again, and KFP v2 has no recursion",
    hint="write the repetition inside a container, or keep this pipeline on Kubeflow",
)

LOOP_OUTPUT = Rule(
    "TR149",
    Severity.ERROR,
    what="output `{output}` is taken out of a loop, which has one for each item",
    hint="collect the values inside a container",
)

NOT_ON_V2 = Rule(
    "TR150",
    Severity.ERROR,
    what="{what} has no equal in KFP v2",
    hint="{advice}",
)

BAD_LOOP = Rule(
    "TR151",
    Severity.ERROR,
    what="the items of this loop are no list: `{items}`",
    hint="give a JSON list",
)

UNKNOWN_REFERENCE = Rule(
    "TR152",
    Severity.ERROR,
    what="`{reference}` refers to nothing that KFP v2 knows",
    hint="write the value itself in its place, or make it a parameter of the pipeline",
)

V2_PLACEHOLDER = Rule(
    "TR153",
    Severity.WARNING,
    what="`{placeholder}` is text to KFP v1, and KFP v2 puts a value in its place",
    hint="nothing to do if a component made for KFP v2 wrote it: now it gets what it asks for",
)

ARTIFACT_STORE = Rule(
    "TR154",
    Severity.NOTE,
    what="`{field}` of an output says where Kubeflow stores it; the new backend chooses the place",
    hint="give the place with `--pipeline-root`",
)

UNUSED_TEMPLATE = Rule(
    "TR155",
    Severity.NOTE,
    what="template `{template}` is never run, and is left out",
    hint="nothing to do",
)

STATUS_ELSEWHERE = Rule(
    "TR156",
    Severity.ERROR,
    what="`{template}` asks how the pipeline ended, and is not the exit handler itself",
    hint="ask for `{{workflow.status}}` in the exit handler's own container",
)

FAILURES = Rule(
    "TR157",
    Severity.WARNING,
    what="`{{workflow.failures}}` becomes a list of one, in the words of KFP v2",
    hint="see that the program reads `state`, `error` and `pipelineTaskName`",
)
