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
    hint="say it in another way, or keep this pipeline on Kubeflow with `--to kubeflow`",
)

UNREAD_V1_FIELD = _rule(
    "TR141",
    Severity.ERROR,
    what="field `{field}` of this workflow is not translated",
    hint="remove the field if the pipeline does not need it; report it if it does",
)

RETRY_POLICY = _rule(
    "TR142",
    Severity.NOTE,
    what="the retry policy `{policy}` becomes retries of every failure",
    hint="nothing to do, unless failures of one kind must not be tried again",
)

MISSING_TEMPLATE = _rule(
    "TR143",
    Severity.ERROR,
    what="there is no template `{template}` in this workflow",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

MISSING_ARGUMENT = _rule(
    "TR144",
    Severity.ERROR,
    what="the input `{input}` of template `{template}` is given no value here",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

NEEDS_COMMAND = _rule(
    "TR145",
    Severity.ERROR,
    what="this container leaves its command to image `{image}`, and it has to be wrapped: {moved}",
    hint="look the image's entrypoint up (`docker inspect`), and give it with "
    "`--entrypoint {assignment}`",
)

NEEDS_SHELL = _rule(
    "TR146",
    Severity.WARNING,
    what="`sh` moves files for this container, and image `{image}` may have none",
    hint="see that the image has `sh`, `cat`, `cp`, `mkdir` and `dirname`, as nearly all have",
)

BAD_CONDITION = _rule(
    "TR147",
    Severity.ERROR,
    what="`{part}` in the condition `{condition}` has no equal in KFP v2",
    hint="say it with `==`, `!=`, `<`, `<=`, `>`, `>=`, `&&`, `||`, `!` and parentheses",
)

RECURSION = _rule(
    "TR148",
    Severity.ERROR,
    what="template `{template}` runs itself again, and KFP v2 has no recursion",
    hint="pass `--unroll-recursion N` to write it out N times, or repeat inside a container",
)

LOOP_OUTPUT = _rule(
    "TR149",
    Severity.ERROR,
    what="output `{output}` is taken out of a loop, which has one for each item",
    hint="collect the values inside a container",
)

NOT_ON_V2 = _rule(
    "TR150",
    Severity.ERROR,
    what="{what} has no equal in KFP v2",
    hint="{advice}",
)

BAD_LOOP = _rule(
    "TR151",
    Severity.ERROR,
    what="the items of this loop are no list: `{items}`",
    hint="give a JSON list",
)

UNKNOWN_REFERENCE = _rule(
    "TR152",
    Severity.ERROR,
    what="`{reference}` refers to nothing that KFP v2 knows",
    hint="give the text that it stands for with `--set-placeholder {assignment}`",
)

V2_PLACEHOLDER = _rule(
    "TR153",
    Severity.WARNING,
    what="`{placeholder}` is text to KFP v1, and KFP v2 puts a value in its place",
    hint="nothing to do if a component made for KFP v2 wrote it: now it gets what it asks for",
)

ARTIFACT_STORE = _rule(
    "TR154",
    Severity.NOTE,
    what="`{field}` of an output says where Kubeflow stores it; the new backend chooses the place",
    hint="give the place with `--pipeline-root`",
)

UNUSED_TEMPLATE = _rule(
    "TR155",
    Severity.NOTE,
    what="template `{template}` is never run, and is left out",
    hint="nothing to do",
)

STATUS_ELSEWHERE = _rule(
    "TR156",
    Severity.ERROR,
    what="`{template}` asks how the pipeline ended, and is not the exit handler itself",
    hint="ask for `{{{{workflow.status}}}}` in the exit handler's own container",
)

FAILURES = _rule(
    "TR157",
    Severity.WARNING,
    what="`{{{{workflow.failures}}}}` becomes a list of one, in the words of KFP v2",
    hint="see that the program reads `state`, `error` and `pipelineTaskName`",
)

NEWLINE_KEPT = _rule(
    "TR158",
    Severity.NOTE,
    what="Argo takes a newline off the end of output `{output}`; KFP v2 leaves it on the value",
    hint="see that the program writes none; nothing in the file shows that the image has a shell "
    "to do it with",
)

NOT_COLLECTED = _rule(
    "TR159",
    Severity.WARNING,
    what="no task takes what this container writes to {paths}, and without a command of its own it "
    "cannot be collected",
    hint="nothing to do if nobody looks at it; else give the command with `--entrypoint`",
)

UNROLLED = _rule(
    "TR160",
    Severity.WARNING,
    what="template `{template}` runs itself; it is written out {levels} times, and the pipeline "
    "fails where it would run more often",
    hint="give a larger number with `--unroll-recursion` if it can run more often than that",
)

TOO_WIDE = _rule(
    "TR161",
    Severity.ERROR,
    what="written out to where template `{template}` runs here, the pipeline comes to more than "
    "{limit}",
    hint="give a smaller number with `--unroll-recursion`, or split the pipeline",
)

PARALLEL_TASKS = _rule(
    "TR162",
    Severity.NOTE,
    what="how many tasks of a DAG run at once has no equal in KFP v2, which limits loops only",
    hint="nothing to do unless the tasks get in each other's way; then let one wait for another",
)

FAILS_SLOWLY = _rule(
    "TR163",
    Severity.NOTE,
    what="`failFast: false` of the inner DAG `{template}` has no equal in KFP v2, which has it for "
    "a whole pipeline",
    hint="give `--failure-policy slow` if other tasks have to go on after a failure",
)

CRON_FIELD = _rule(
    "TR164",
    Severity.WARNING,
    what="`{field}: {value}` of the CronWorkflow does not become part of the schedule",
    hint="look at the flags `--schedule-…` of `main.py`, which say when and how often it runs",
)

SCHEDULES = _rule(
    "TR165",
    Severity.WARNING,
    what="of the {count} schedules of the CronWorkflow only `{first}`, the first, becomes the "
    "default",
    hint="run `main.py` once for each of the others, with `--schedule`",
)

BAD_SCHEDULE = _rule(
    "TR166",
    Severity.WARNING,
    what="the schedule `{schedule}` cannot be said in five fields",
    hint="give the nearest that can with `--schedule`",
)

CACHE_AGE = _rule(
    "TR167",
    Severity.WARNING,
    what="results of earlier runs stand in for this task however old they are; the file allows "
    "`{age}`, and KFP v2 has on or off only",
    hint="pass `--no-cache`, here or to `main.py`, where an old result will not do",
)

RETRY_TIME = _rule(
    "TR168",
    Severity.NOTE,
    what="`maxDuration` bounds the time of all retries in Argo, and the wait before one in KFP v2",
    hint="nothing to do unless the task takes longer than that",
)

OTHER_TYPE = _rule(
    "TR169",
    Severity.WARNING,
    what="input `{input}` is declared as {type} and is given {given}",
    hint="leave `--types declared` away: text passes everywhere, as it does in KFP v1",
)

RUNS_NOTHING = _rule(
    "TR170",
    Severity.NOTE,
    what="`{task}` has no task in it, and is left out",
    hint="nothing to do",
)

DANGLING = _rule(
    "TR171",
    Severity.ERROR,
    what="`{reference}` stands for nothing in this workflow, which Argo does not run either",
    hint="compile the pipeline again; if the compiler wrote it so, give the text with "
    "`--set-placeholder {assignment}`",
)

SAME_NAME = Rule(
    "TR172",
    Severity.ERROR,
    what="{several} of the same name, `{name}`, for which Argo refuses the workflow",
    hint="give each a name of its own, in the references too",
)

UNDECLARED = _rule(
    "TR173",
    Severity.ERROR,
    what="`{template}` refers to its input `{input}`, which it does not declare; Argo refuses that",
    hint="add `{{name: {input}}}` to `inputs.parameters` of the template",
)

EMPTY_PIPELINE = _rule(
    "TR174",
    Severity.WARNING,
    what="this pipeline has no task; in Argo it runs and does nothing, and KFP v2 may refuse it",
    hint="do without the pipeline, or add what it was for",
)

NO_JSON = _rule(
    "TR175",
    Severity.NOTE,
    what="annotation `{key}` holds no JSON object; the names and types in it are not known",
    hint="compile the pipeline again, or repair the text; the containers run without it",
)

DROPPED_VARIABLE = _rule(
    "TR176",
    Severity.ERROR,
    what="`$({name})` refers to an environment variable that is not set on Vertex AI, as only "
    "Kubernetes knows its value",
    hint="make the value a pipeline parameter, or let the program read it from Secret Manager",
)

EXPANDED_AGAIN = _rule(
    "TR177",
    Severity.WARNING,
    what="`{text}` is passed to the program as it stands; a backend that replaces `$(NAME)` and "
    "`$$` in arguments would change it, and Vertex AI does not document whether it does",
    hint="keep the text in the image, or in an environment variable with each `$` doubled",
)

REFERENCE_IN_VALUE = _rule(
    "TR178",
    Severity.WARNING,
    what="the value of input `{input}` has `{text}` in it, which Kubernetes replaces where the "
    "value is part of an argument or variable; here the program gets it as it stands",
    hint="give the value that Kubernetes makes of it: `$` for `$$`",
)

ARTIFACT_SOURCE = _rule(
    "TR181",
    Severity.ERROR,
    what="Argo fetches the input artifact `{input}` from a source of its own (`{kind}`), which "
    "KFP v2 does for whole objects of Cloud Storage only",
    hint="fetch it in a container, or copy it to Cloud Storage and name it with `gcs: {{bucket, "
    "key}}`",
)

SOURCE_KEY = _rule(
    "TR182",
    Severity.WARNING,
    what="the input artifact `{input}` is read with the service account of the run, not with the "
    "key in a secret of the cluster",
    hint="give that account the role `roles/storage.objectViewer` on the bucket",
)

INCOMPLETE = _rule(
    "TR189",
    Severity.ERROR,
    what="parts of the workflow are missing from this pipeline, as they could not be translated",
    hint="hand what `load` returns to `check` and `render`: its `lowering` says what is missing",
)
