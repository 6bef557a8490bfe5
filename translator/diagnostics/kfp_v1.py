"""TR140–TR199: reading KFP v1."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity


def _rule(code: str, severity: Severity, what: str, hint: str = "") -> Rule:
    """A rule about the translation into KFP v2."""
    return Rule(code, severity, what, hint, lowering=True)


NOT_TRANSLATED = _rule(
    "TR140",
    Severity.ERROR,
    what="{what} is not translated",
    hint="rewrite it with what KFP v2 supports, or keep this pipeline on Kubeflow with `--to "
    "kubeflow`",
)

UNREAD_V1_FIELD = _rule(
    "TR141",
    Severity.ERROR,
    what="field `{field}` of this workflow is not translated",
    hint="remove the field if the pipeline does not need it; otherwise report it",
)

RETRY_POLICY = _rule(
    "TR142",
    Severity.NOTE,
    what="retry policy `{policy}` has no equivalent in KFP v2: every failure is retried",
    hint="no action needed, unless some failures must not be retried",
)

MISSING_TEMPLATE = _rule(
    "TR143",
    Severity.ERROR,
    what="template `{template}` does not exist in this workflow",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

MISSING_ARGUMENT = _rule(
    "TR144",
    Severity.ERROR,
    what="input `{input}` of template `{template}` has no value",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

NEEDS_COMMAND = _rule(
    "TR145",
    Severity.ERROR,
    what="the container has no `command`; wrapping it ({moved}) needs the entrypoint of image "
    "`{image}`",
    hint="find the entrypoint with `docker inspect`, and pass it with `--entrypoint {assignment}`",
)

NEEDS_SHELL = _rule(
    "TR146",
    Severity.WARNING,
    what="this container needs `sh` to move files, and image `{image}` may have no shell",
    hint="check that the image has `sh`, `cat`, `cp`, `mkdir` and `dirname`; most images do",
)

BAD_CONDITION = _rule(
    "TR147",
    Severity.ERROR,
    what="`{part}` in the condition `{condition}` has no equivalent in KFP v2",
    hint="rewrite the condition with `==`, `!=`, `<`, `<=`, `>`, `>=`, `&&`, `||`, `!` and "
    "parentheses",
)

RECURSION = _rule(
    "TR148",
    Severity.ERROR,
    what="template `{template}` is recursive, and KFP v2 has no recursion",
    hint="pass `--unroll-recursion N` to unroll it N times, or repeat inside a container",
)

LOOP_OUTPUT = _rule(
    "TR149",
    Severity.ERROR,
    what="output `{output}` of a loop is used outside of the loop, where it has one value for "
    "each item",
    hint="collect the values inside a container",
)

NOT_ON_V2 = _rule(
    "TR150",
    Severity.ERROR,
    what="{what} has no equivalent in KFP v2",
    hint="{advice}",
)

BAD_LOOP = _rule(
    "TR151",
    Severity.ERROR,
    what="the items of this loop are not a list: `{items}`",
    hint="write a JSON list",
)

UNKNOWN_REFERENCE = _rule(
    "TR152",
    Severity.ERROR,
    what="`{reference}` cannot be resolved: KFP v2 has no equivalent",
    hint="set its text with `--set-placeholder {assignment}`",
)

V2_PLACEHOLDER = _rule(
    "TR153",
    Severity.WARNING,
    what="`{placeholder}` is plain text in KFP v1, and a placeholder that KFP v2 resolves",
    hint="no action needed if the component was written for KFP v2: it now gets the value",
)

ARTIFACT_STORE = _rule(
    "TR154",
    Severity.NOTE,
    what="`{field}` sets where Kubeflow stores an output; the new backend chooses the location",
    hint="set the location of all artifacts with `--pipeline-root`",
)

UNUSED_TEMPLATE = _rule(
    "TR155",
    Severity.NOTE,
    what="template `{template}` is never used, and is left out",
    hint="no action needed",
)

STATUS_ELSEWHERE = _rule(
    "TR156",
    Severity.ERROR,
    what="`{template}` uses the status of the pipeline, and is not the exit handler itself",
    hint="use `{{{{workflow.status}}}}` in the container of the exit handler",
)

FAILURES = _rule(
    "TR157",
    Severity.WARNING,
    what="`{{{{workflow.failures}}}}` becomes a list with one entry, in the format of KFP v2",
    hint="check that the program reads `state`, `error` and `pipelineTaskName`",
)

NEWLINE_KEPT = _rule(
    "TR158",
    Severity.NOTE,
    what="Argo removes a newline at the end of output `{output}`; KFP v2 keeps it",
    hint="check that the program writes no newline at the end; the image may have no shell to "
    "remove it",
)

NOT_COLLECTED = _rule(
    "TR159",
    Severity.WARNING,
    what="what this container writes to {paths} is not collected: the container has no `command`, "
    "and no task uses the output",
    hint="no action needed if nothing else reads it; otherwise pass the command with "
    "`--entrypoint`",
)

UNROLLED = _rule(
    "TR160",
    Severity.WARNING,
    what="recursive template `{template}` is unrolled {levels} times; the pipeline fails where it "
    "would run more often",
    hint="pass a larger number with `--unroll-recursion` if it may run more often",
)

TOO_WIDE = _rule(
    "TR161",
    Severity.ERROR,
    what="expanded up to template `{template}` here, the pipeline has more than {limit}",
    hint="pass a smaller number with `--unroll-recursion`, or split the pipeline",
)

PARALLEL_TASKS = _rule(
    "TR162",
    Severity.NOTE,
    what="`parallelism` of a DAG has no equivalent in KFP v2, which limits the parallelism of "
    "loops only",
    hint="no action needed, unless the tasks must not run at the same time; then let one depend "
    "on the other",
)

FAILS_SLOWLY = _rule(
    "TR163",
    Severity.NOTE,
    what="`failFast: false` of the inner DAG `{template}` has no equivalent in KFP v2, which has "
    "one failure policy for the whole pipeline",
    hint="pass `--failure-policy slow` if other tasks have to continue after a failure",
)

CRON_FIELD = _rule(
    "TR164",
    Severity.WARNING,
    what="`{field}: {value}` of the CronWorkflow is not part of the translated schedule",
    hint="set it with the flags `--schedule-…` of `main.py`",
)

SCHEDULES = _rule(
    "TR165",
    Severity.WARNING,
    what="only `{first}`, the first of the {count} schedules of the CronWorkflow, becomes the "
    "default",
    hint="run `main.py --schedule CRON` once for each other schedule",
)

BAD_SCHEDULE = _rule(
    "TR166",
    Severity.WARNING,
    what="schedule `{schedule}` cannot be written as a cron expression of five fields",
    hint="pass the nearest expression of five fields with `--schedule`",
)

CACHE_AGE = _rule(
    "TR167",
    Severity.WARNING,
    what="cached results of any age are reused for this task: the file limits their age to "
    "`{age}`, and caching in KFP v2 is only on or off",
    hint="pass `--no-cache`, here or to `main.py`, if an old result is wrong",
)

RETRY_TIME = _rule(
    "TR168",
    Severity.NOTE,
    what="`maxDuration` limits the total time of retries in Argo, and the delay before one retry "
    "in KFP v2",
    hint="no action needed, unless the task takes longer than that",
)

OTHER_TYPE = _rule(
    "TR169",
    Severity.WARNING,
    what="type mismatch: input `{input}` is declared as {type} and gets {given}",
    hint="omit `--types declared`: values are then passed as text, as in KFP v1",
)

RUNS_NOTHING = _rule(
    "TR170",
    Severity.NOTE,
    what="`{task}` contains no task, and is left out",
    hint="no action needed",
)

DANGLING = _rule(
    "TR171",
    Severity.ERROR,
    what="`{reference}` cannot be resolved in this workflow; Argo rejects it too",
    hint="compile the pipeline again; if the compiler itself wrote this, set the text with "
    "`--set-placeholder {assignment}`",
)

SAME_NAME = Rule(
    "TR172",
    Severity.ERROR,
    what="{several} with the same name `{name}`; Argo rejects the workflow",
    hint="give each a unique name, and update the references",
)

UNDECLARED = _rule(
    "TR173",
    Severity.ERROR,
    what="`{template}` refers to its input `{input}` without declaring it; Argo rejects the "
    "workflow",
    hint="add `{{name: {input}}}` to `inputs.parameters` of the template",
)

EMPTY_PIPELINE = _rule(
    "TR174",
    Severity.WARNING,
    what="this pipeline has no task; Argo runs it without effect, and KFP v2 may reject it",
    hint="remove the pipeline, or add the missing tasks",
)

NO_JSON = _rule(
    "TR175",
    Severity.NOTE,
    what="annotation `{key}` is not a JSON object; the names and types in it are ignored",
    hint="compile the pipeline again, or fix the JSON; the containers run without it",
)

DROPPED_VARIABLE = _rule(
    "TR176",
    Severity.ERROR,
    what="`$({name})` refers to an environment variable that is not set on Vertex AI, because "
    "only Kubernetes has its value",
    hint="for a variable from a secret in the command or its arguments, decide with `--secret`; "
    "otherwise make the value a pipeline parameter",
)

EXPANDED_AGAIN = _rule(
    "TR177",
    Severity.WARNING,
    what="`{text}` is passed to the program unchanged; a backend that replaces `$(NAME)` and `$$` "
    "in arguments would change it, and Vertex AI does not document whether it does",
    hint="move the text into the image, or into an environment variable with each `$` doubled",
)

REFERENCE_IN_VALUE = _rule(
    "TR178",
    Severity.WARNING,
    what="the value of input `{input}` contains `{text}`, which Kubernetes replaces where the "
    "value is part of an argument or variable; KFP v2 passes it unchanged",
    hint="set the value that Kubernetes would produce: `$` for `$$`",
)

FROM_SKIPPED = _rule(
    "TR187",
    Severity.WARNING,
    what="`{task}` uses an output of `{source}`, which has a condition; if `{source}` is skipped, "
    "Argo can skip `{task}` or run it without the input, but in KFP v2 the run fails",
    hint="put both tasks under one condition",
)

ARTIFACT_SOURCE = _rule(
    "TR181",
    Severity.ERROR,
    what="Argo downloads the input artifact `{input}` from a source of the kind `{kind}`; KFP v2 "
    "imports only whole objects from Cloud Storage",
    hint="download it in a container, or copy it to Cloud Storage and use `gcs: {{bucket, key}}`",
)

SOURCE_KEY = _rule(
    "TR182",
    Severity.WARNING,
    what="the input artifact `{input}` is read with the service account of the run, not with the "
    "key in a Kubernetes secret",
    hint="grant that account the role `roles/storage.objectViewer` on the bucket",
)

INCOMPLETE = _rule(
    "TR189",
    Severity.ERROR,
    what="the pipeline is incomplete: parts of the workflow could not be translated",
    hint="pass the result of `load` to `check` and `render`: its `lowering` lists the missing "
    "parts",
)
