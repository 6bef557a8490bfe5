"""TR4xx: requirements, limits and differences of Kubeflow Pipelines."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

FOREIGN_EXECUTOR = Rule(
    "TR401",
    Severity.ERROR,
    what="executor `{label}` is a `{kind}`, which Kubeflow Pipelines cannot run",
    hint="convert with `--to vertex`, or use a component that runs a container",
)
ARTIFACT_LOOP = Rule(
    "TR402",
    Severity.ERROR,
    what="task `{task}` loops over a list of artifacts, which Kubeflow Pipelines does not support",
    hint="loop over a list of their URIs instead",
)
CONDITIONAL_IMPORTER = Rule(
    "TR403",
    Severity.ERROR,
    what="importer task `{task}` has its own condition, which Kubeflow Pipelines rejects",
    hint="put the importer into a sub-pipeline, or into `dsl.If`, and compile again",
)
ONLY_EXIT_TASKS = Rule(
    "TR404",
    Severity.ERROR,
    what="`{component}` contains only exit tasks, which Kubeflow Pipelines rejects",
    hint="add a task that the exit task waits for",
)
RUNTIME_PARAMETER = Rule(
    "TR405",
    Severity.ERROR,
    what="input `{input}` of task `{task}` uses the runtime parameter `{name}`, which Kubeflow "
    "Pipelines does not resolve",
    hint="make it an input of the enclosing pipeline",
)
HIDDEN_EXIT_TASK = Rule(
    "TR406",
    Severity.WARNING,
    what="exit tasks {tasks} wait for the same task `{upstream}`; Kubeflow Pipelines runs "
    "only `{last}`",
    hint="combine them into one sub-pipeline, and make that the exit task",
)
REPEATED_EXIT_TASK = Rule(
    "TR407",
    Severity.WARNING,
    what="task `{task}` runs after the success or failure of {upstreams}; Kubeflow Pipelines runs "
    "it once for each of them",
    hint="put the tasks that it waits for into one `dsl.ExitHandler` or sub-pipeline",
)
AFTER_EXIT_TASK = Rule(
    "TR408",
    Severity.WARNING,
    what="task `{task}` waits for exit task `{upstream}`, which Kubeflow Pipelines runs outside "
    "of the order of tasks",
    hint="move `{task}` into the exit task",
)
RUN_PLACEHOLDER = Rule(
    "TR409",
    Severity.WARNING,
    what="`{placeholder}` in {place} is not resolved: Kubeflow Pipelines resolves it only where "
    "it is the whole value of a task's input",
    hint="pass it to the task as a separate input, and use that input here",
)
UNKNOWN_PLACEHOLDER = Rule(
    "TR410",
    Severity.WARNING,
    what="`{placeholder}` in {place} is not resolved: Kubeflow Pipelines does not support it",
    hint="use a constant, or an input of the pipeline",
)
NO_COMMAND = Rule(
    "TR411",
    Severity.WARNING,
    what="container `{label}` has no `command`; Kubeflow Pipelines ignores the entrypoint of "
    "image `{image}` and runs the first argument as the program",
    hint="pass the entrypoint of the image with `--entrypoint IMAGE=COMMAND`, or set the "
    "container's `command`",
)
ACCELERATOR_NAME = Rule(
    "TR412",
    Severity.WARNING,
    what="accelerator `{type}` of `{label}` is not a Kubernetes resource; the pod cannot start",
    hint="use the name of the resource, for example `nvidia.com/gpu`, and select the model with a "
    "node selector",
)
ROOT_NOT_USED = Rule(
    "TR413",
    Severity.NOTE,
    what="pipeline root `{root}` is not at `minio://`, `s3://` or `gs://`, and is left out; "
    "artifacts go to the default root of the server",
    hint="set another root with `--pipeline-root`",
)
ROOT_NEEDS_CREDENTIALS = Rule(
    "TR414",
    Severity.WARNING,
    what="artifacts are stored at `{root}`, for which the pods need credentials",
    hint="grant the service account access, or set another root with `--pipeline-root`",
)
FOREIGN_PLATFORM = Rule(
    "TR415",
    Severity.NOTE,
    what="settings for the platform `{platform}` have no effect on Kubernetes",
)
RENAMED = Rule(
    "TR416",
    Severity.NOTE,
    what="pipeline name `{name}` is not valid in Kubeflow Pipelines; it becomes `{written}`",
    hint="to choose another name, use lower case letters, digits and `-`, at most 128 characters",
)
SCHEDULE = Rule(
    "TR417",
    Severity.WARNING,
    what="the file has the schedule `{schedule}`; `submit.py` runs the pipeline once",
    hint="run `submit.py --recurring CRON` for a schedule, in the time zone of the server",
)
LABELS = Rule(
    "TR418",
    Severity.NOTE,
    what="labels of the run are left out: {labels}",
    hint="runs of Kubeflow Pipelines have no labels; group them with an experiment",
)
FAILS_FAST = Rule(
    "TR419",
    Severity.WARNING,
    what="by the failure policy of the file, other tasks start after a task has failed; Kubeflow "
    "Pipelines starts none",
    hint="use `ignore_upstream_failure` or `dsl.ExitHandler` for tasks that have to run after a "
    "failure",
)
RETRY_OF_DAG = Rule(
    "TR420",
    Severity.NOTE,
    what="`{task}` is a sub-pipeline with a retry policy; Kubeflow Pipelines retries each failed "
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
    what="container `{label}` calls Google Cloud services from the cluster, and needs credentials",
    hint="give its pods Google Cloud credentials, for example with `--service-account`",
)
SCHEMA_BEYOND_TITLE = Rule(
    "TR423",
    Severity.NOTE,
    what="the schema of {what} becomes `{title}`; Kubeflow Pipelines 2 supports the title only, "
    "and `{rest}` is left out",
    hint="no action needed, unless a component reads it from the metadata",
)
LEFT_BY_COMPILER = Rule(
    "TR424",
    Severity.WARNING,
    what="unresolved placeholder: the compiler left `{placeholder}` in a text, and no backend "
    "resolves it",
    hint="pass the value to the component as a separate argument, not inside a text, a list or a "
    "dictionary, and compile again",
)
MACRO = Rule(
    "TR425",
    Severity.WARNING,
    what="servers before KFP 2.16 do not resolve `{placeholder}` in the value of input `{input}`; "
    "later ones resolve it in values that are given to a run",
    hint="set the value when you start the run",
)
OLD_EXECUTOR_INPUT = Rule(
    "TR428",
    Severity.ERROR,
    what="the Python function in container `{label}` was compiled with kfp {version}, which reads "
    "its inputs in the format of schema 2.0.0; Kubeflow Pipelines uses schema 2.1.0, where it "
    "does not find all of them: {obstacle}",
    hint="compile the component again with kfp 2; its Python code can stay unchanged",
)
OTHER_EXECUTOR_INPUT = Rule(
    "TR429",
    Severity.WARNING,
    what="container `{label}` gets all of its inputs as one JSON text, and the file has schema "
    "2.0.0; Kubeflow Pipelines writes that text in the format of schema 2.1.0, with "
    "`parameterValues`",
    hint="check that the program reads `parameterValues`, or run it on Vertex AI, which keeps "
    "schema 2.0.0",
)
V1_ARGUMENTS = Rule(
    "TR430",
    Severity.NOTE,
    what="servers of KFP 2 ignore the arguments of a run of a KFP v1 workflow; `submit.py` writes "
    "them into the workflow before the upload",
)
V1_BLOCKED = Rule(
    "TR431",
    Severity.NOTE,
    what="servers of KFP 2.16.1 and later can be configured to reject KFP v1 workflows",
    hint="if yours does, convert with `--upgrade`, or ask the administrator to set "
    "`BLOCK_V1_PIPELINES` to `false`",
)
V1_TOO_LARGE = Rule(
    "TR432",
    Severity.WARNING,
    what="the workflow has {size} bytes; Kubernetes accepts about 1,000,000",
    hint="remove the annotations `pipelines.kubeflow.org/component_spec`, which no run needs",
)
HANDED_DOWN = Rule(
    "TR426",
    Severity.NOTE,
    what="`{setting}` of executor `{executor}` uses {source} from outside of `{component}`, which "
    "KFP's driver does not support; the value is passed down as input `{input}`",
    hint="no action needed; newer versions of kfp compile it this way (kubeflow/pipelines#13128)",
)
UNKNOWN_SETTING = Rule(
    "TR427",
    Severity.WARNING,
    what="unknown Kubernetes setting `{setting}`; servers of Kubeflow Pipelines ignore it or "
    "reject the pipeline, depending on their version",
    hint="remove it, or compile again with the kfp-kubernetes of your server's version",
)
INPUT_CONVERTED = Rule(
    "TR437",
    Severity.NOTE,
    what="the Python function in container `{label}` was compiled with kfp {version}, which reads "
    "its inputs in the format of schema 2.0.0; a wrapper before its command converts its inputs "
    "and outputs",
    hint="no action needed",
)
