"""TR4xx: what a Kubeflow cluster needs beside the file, cannot run, or does otherwise."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

FOREIGN_EXECUTOR = Rule(
    "TR401",
    Severity.ERROR,
    what="executor `{label}` is a `{kind}`, which Kubeflow Pipelines does not run",
    hint="translate it with `--to vertex`, or make the component one that runs a container",
)
ARTIFACT_LOOP = Rule(
    "TR402",
    Severity.ERROR,
    what="task `{task}` loops over a list of artifacts, which Kubeflow Pipelines cannot",
    hint="loop over their addresses, as a list of texts",
)
CONDITIONAL_IMPORTER = Rule(
    "TR403",
    Severity.ERROR,
    what="importer task `{task}` has a condition of its own, which Kubeflow Pipelines refuses",
    hint="put the importer into a pipeline of its own, or into `dsl.If`, and compile again",
)
ONLY_EXIT_TASKS = Rule(
    "TR404",
    Severity.ERROR,
    what="`{component}` holds exit tasks only, which Kubeflow Pipelines refuses",
    hint="give the exit task something to wait for",
)
RUNTIME_PARAMETER = Rule(
    "TR405",
    Severity.ERROR,
    what="input `{input}` of task `{task}` takes the runtime parameter `{name}`, "
    "which Kubeflow Pipelines does not fill in",
    hint="make it an input of the enclosing pipeline",
)
HIDDEN_EXIT_TASK = Rule(
    "TR406",
    Severity.WARNING,
    what="exit tasks {tasks} wait for the same task `{upstream}`; Kubeflow Pipelines runs "
    "only `{last}`",
    hint="make one pipeline of them, and that the exit task",
)
REPEATED_EXIT_TASK = Rule(
    "TR407",
    Severity.WARNING,
    what="task `{task}` runs whatever becomes of {upstreams}; Kubeflow Pipelines runs it once "
    "for each of them",
    hint="put what it waits for into one `dsl.ExitHandler` or pipeline",
)
AFTER_EXIT_TASK = Rule(
    "TR408",
    Severity.WARNING,
    what="task `{task}` waits for `{upstream}`, an exit task, which Kubeflow Pipelines runs "
    "outside of the order of tasks",
    hint="move `{task}` into the exit task",
)
RUN_PLACEHOLDER = Rule(
    "TR409",
    Severity.WARNING,
    what="`{placeholder}` in {place} stays as it is: Kubeflow Pipelines fills it in only where "
    "it is the whole value of a task's input",
    hint="give it to the task as an input of its own, and put the input there",
)
UNKNOWN_PLACEHOLDER = Rule(
    "TR410",
    Severity.WARNING,
    what="`{placeholder}` in {place} stays as it is: Kubeflow Pipelines does not know it",
    hint="put a constant there, or an input of the pipeline",
)
NO_COMMAND = Rule(
    "TR411",
    Severity.WARNING,
    what="container `{label}` has no command; Kubeflow Pipelines does not use the one of the "
    "image `{image}`, but runs the first argument",
    hint="give the container the command that the image has as its entrypoint",
)
ACCELERATOR_NAME = Rule(
    "TR412",
    Severity.WARNING,
    what="accelerator `{type}` of `{label}` is no resource of Kubernetes; the pod cannot start",
    hint="name the resource, for example `nvidia.com/gpu`, and choose the model by node selector",
)
ROOT_NOT_USED = Rule(
    "TR413",
    Severity.NOTE,
    what="pipeline root `{root}` is not at `minio://`, `s3://` or `gs://`; it is left out, and "
    "artifacts go where the server says",
    hint="give another with `--pipeline-root`",
)
ROOT_NEEDS_CREDENTIALS = Rule(
    "TR414",
    Severity.WARNING,
    what="artifacts go to `{root}`, which the pods can only write to with credentials",
    hint="give the service account access, or set another root with `--pipeline-root`",
)
FOREIGN_PLATFORM = Rule(
    "TR415",
    Severity.NOTE,
    what="settings for the platform `{platform}` do nothing on Kubernetes",
)
RENAMED = Rule(
    "TR416",
    Severity.NOTE,
    what="pipeline name `{name}` is not one that Kubeflow Pipelines takes; it becomes `{written}`",
    hint="to choose another, use lower case letters, digits and `-`, at most 128 of them",
)
SCHEDULE = Rule(
    "TR417",
    Severity.WARNING,
    what="the file asks for the schedule `{schedule}`; `submit.py` runs the pipeline once",
    hint="run `submit.py --recurring CRON` for a schedule, in the time zone of the server",
)
LABELS = Rule(
    "TR418",
    Severity.NOTE,
    what="labels of the run are dropped: {labels}",
    hint="runs of Kubeflow Pipelines have none; use an experiment to group them",
)
FAILS_FAST = Rule(
    "TR419",
    Severity.WARNING,
    what="the file lets other tasks start after one has failed; Kubeflow Pipelines starts none",
    hint="use `ignore_upstream_failure` or `dsl.ExitHandler` for what has to run all the same",
)
RETRY_OF_DAG = Rule(
    "TR420",
    Severity.NOTE,
    what="`{task}` is a pipeline that is to be retried; Kubeflow Pipelines retries each failed "
    "task in it instead",
)
LIFECYCLE = Rule(
    "TR421",
    Severity.NOTE,
    what="lifecycle hooks of container `{label}` do not run on Kubeflow Pipelines",
)
GOOGLE_CLOUD_COMPONENT = Rule(
    "TR422",
    Severity.WARNING,
    what="container `{label}` calls services of Google Cloud, from the cluster",
    hint="give its pods Google credentials, for example by `--service-account`",
)
SCHEMA_BEYOND_TITLE = Rule(
    "TR423",
    Severity.NOTE,
    what="the schema of {what} becomes `{title}`; Kubeflow Pipelines 2 takes no more of it, and "
    "`{rest}` is left out",
    hint="nothing is to be done unless a component looks into its metadata for that",
)
LEFT_BY_COMPILER = Rule(
    "TR424",
    Severity.WARNING,
    what="the compiler left `{placeholder}` in a text; nothing fills it in any more",
    hint="give the value to the component as an argument of its own, not inside a text, a list or "
    "a dictionary, and compile again",
)
MACRO = Rule(
    "TR425",
    Severity.WARNING,
    what="`{placeholder}` in the value of input `{input}` stays as it is on servers before KFP "
    "2.16; later ones fill it in in values that are given to a run",
    hint="give the value itself where the run is started",
)
OLD_EXECUTOR_INPUT = Rule(
    "TR428",
    Severity.ERROR,
    what="the Python function in container `{label}` was compiled with kfp {version}, whose "
    "executor reads inputs as schema 2.0.0 writes them; Kubeflow Pipelines writes them as schema "
    "2.1.0 does, where it does not find all, as {obstacle}",
    hint="compile the component again with kfp 2; its Python code can stay as it is",
)
OTHER_EXECUTOR_INPUT = Rule(
    "TR429",
    Severity.WARNING,
    what="container `{label}` takes all of its inputs in one text, and the file is of schema "
    "2.0.0; Kubeflow Pipelines writes that text as schema 2.1.0 does, with `parameterValues`",
    hint="make sure that its program reads `parameterValues`, or run it on Vertex AI, where the "
    "pipeline keeps schema 2.0.0",
)
V1_ARGUMENTS = Rule(
    "TR430",
    Severity.NOTE,
    what="servers of KFP 2 ignore the arguments of a run of a KFP v1 workflow; `submit.py` "
    "writes them into the workflow before it uploads it",
)
V1_BLOCKED = Rule(
    "TR431",
    Severity.NOTE,
    what="servers of KFP 2.16.1 and later can be set up to refuse KFP v1 workflows",
    hint="if yours does, ask for `BLOCK_V1_PIPELINES` to be `false`",
)
V1_TOO_LARGE = Rule(
    "TR432",
    Severity.WARNING,
    what="the workflow has {size} bytes; Kubernetes takes about 1,000,000",
    hint="remove the annotations `pipelines.kubeflow.org/component_spec`, which nothing runs by",
)
HANDED_DOWN = Rule(
    "TR426",
    Severity.NOTE,
    what="`{setting}` of executor `{executor}` takes {source} from outside of `{component}`, which "
    "KFP's driver cannot do; the pipeline is written so that it is handed down, as `{input}`",
    hint="nothing to do; newer versions of kfp compile it so (kubeflow/pipelines#13128)",
)
UNKNOWN_SETTING = Rule(
    "TR427",
    Severity.WARNING,
    what="`{setting}` is not a setting that Kubeflow Pipelines knows; servers ignore it or "
    "refuse the pipeline, by their version",
    hint="remove it, or compile again with the kfp-kubernetes of your server's version",
)
INPUT_CONVERTED = Rule(
    "TR437",
    Severity.NOTE,
    what="the Python function in container `{label}` was compiled with kfp {version}, whose "
    "executor reads inputs as schema 2.0.0 writes them; a program before its command converts "
    "them, and what it returns",
    hint="nothing is to be done",
)
