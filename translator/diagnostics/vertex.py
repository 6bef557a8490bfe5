"""TR3xx: limits and differences of Vertex AI Pipelines."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

SECRET = Rule(
    "TR301",
    Severity.WARNING,
    what="{used} from Kubernetes secret `{secret}`, which Vertex AI does not have",
    hint="store the value in Secret Manager, and convert with `--secret {decision}="
    "projects/PROJECT/secrets/SECRET`, which makes the task read it when it starts; for Cloud "
    "Storage the service account alone is enough",
)

CONFIG_MAP = Rule(
    "TR302",
    Severity.WARNING,
    what="{used} from Kubernetes config map `{config_map}`, which Vertex AI does not have",
    hint="convert with `--config-map {decision}=FILE`, where FILE is the output of `kubectl "
    "get configmap {decision} -o yaml`, or make it a pipeline parameter",
)

VOLUME = Rule(
    "TR303",
    Severity.WARNING,
    what="volume `{volume}` does not exist on Vertex AI; files at `{path}`{uses} are lost when "
    "the container ends",
    hint="{advice}",
)

OTHER_SETTING = Rule(
    "TR304",
    Severity.WARNING,
    what="the Kubernetes setting `{setting}` has no equivalent on Vertex AI and is left out",
    hint="{advice}",
)

CLUSTER_ADDRESS = Rule(
    "TR305",
    Severity.WARNING,
    what="`{address}` is a cluster-internal address, which Vertex AI cannot reach",
    hint="use an address that Vertex AI can reach{how}; a private address needs `--network` or "
    "`--psc-network-attachment`",
)

CLUSTER_PROGRAM = Rule(
    "TR306",
    Severity.WARNING,
    what="this container uses the Kubernetes cluster that it runs in (`{sign}`); Vertex AI has no "
    "cluster",
    hint="replace the step{instead}, or give the container credentials of another cluster",
)

FOREIGN_STORAGE = Rule(
    "TR307",
    Severity.WARNING,
    what="`{address}` is not on Cloud Storage, and the container has no credentials for it on "
    "Vertex AI",
    hint="use a `gs://` address{how}, or give the container credentials for this storage",
)

FOREIGN_ROOT = Rule(
    "TR308",
    Severity.WARNING,
    what="pipeline root `{root}` is not on Cloud Storage, which Vertex AI requires",
    hint="pass `--pipeline-root gs://BUCKET/PATH` here or to `main.py`",
)

NO_ACCELERATOR_TYPE = Rule(
    "TR309",
    Severity.WARNING,
    what="accelerator `{type}` does not name a model, which Vertex AI requires",
    hint="pass `--accelerator {decision}`, or set a type in the pipeline: in KFP v1 with the node "
    "selector `cloud.google.com/gke-accelerator: nvidia-tesla-t4`, in KFP v2 with "
    "`set_accelerator_type('NVIDIA_TESLA_T4')`",
)

TOO_MUCH_CPU = Rule(
    "TR310",
    Severity.ERROR,
    what="{amount} CPUs exceed the limit of {limit} for a task on Vertex AI",
    hint="request fewer CPUs, or split the work",
)

TOO_MUCH_MEMORY = Rule(
    "TR311",
    Severity.ERROR,
    what="{amount} GB of memory exceed the limit of {limit} GB for a task on Vertex AI",
    hint="request less memory, or split the work",
)

ENVIRONMENT_PLACEHOLDER = Rule(
    "TR312",
    Severity.WARNING,
    what="Vertex AI does not resolve the placeholder in environment variable `{name}`",
    hint="pass the value to the container as an argument",
)

EMPTY_ENVIRONMENT = Rule(
    "TR313",
    Severity.WARNING,
    what="environment variable `{name}` is empty, which Vertex AI rejects",
    hint="remove it, or set a value that means the same to the program",
)

LOCAL_IMAGE = Rule(
    "TR314",
    Severity.WARNING,
    what="image `{image}` is in a local or cluster-internal registry, which Vertex AI cannot reach",
    hint="push it to Artifact Registry, use the new name in the pipeline, and convert it again",
)

IMPORTER_STORAGE = Rule(
    "TR315",
    Severity.WARNING,
    what="the importer reads `{address}`, which is not on Cloud Storage",
    hint="copy it to a `gs://` address and import that",
)

LOOP_LIMIT = Rule(
    "TR318",
    Severity.WARNING,
    what="loop `{task}` is limited to {limit} parallel iterations; Vertex AI does not document "
    "whether it applies the limit",
    hint="check that the pipeline works when all iterations run in parallel",
)

IMAGE_PLACEHOLDER = Rule(
    "TR317",
    Severity.WARNING,
    what="image `{image}` contains a placeholder; Vertex AI does not document placeholders in "
    "image names",
    hint="write the image into the pipeline, and convert once for each image",
)

ACCELERATOR_ENDED = Rule(
    "TR319",
    Severity.WARNING,
    what="accelerator `{type}` is no longer supported, since {since}",
    hint="pass `--accelerator {decision}`, or use another type in the pipeline; `NVIDIA_TESLA_T4` "
    "is the cheapest",
)

UNKNOWN_ACCELERATOR = Rule(
    "TR320",
    Severity.WARNING,
    what="`{type}` is not an accelerator type of Vertex AI",
    hint="pass `--accelerator {decision}`, or use a type of Vertex AI in the pipeline",
)

ACCELERATOR_COUNT = Rule(
    "TR321",
    Severity.WARNING,
    what="unsupported accelerator count: a machine has {allowed} of `{type}`, not {count}",
    hint="use one of these counts in the pipeline and convert it again",
)

TOO_MANY_VARIABLES = Rule(
    "TR322",
    Severity.ERROR,
    what="{count} environment variables exceed the limit of {limit} on Vertex AI",
    hint="put them into a file, and pass its address to the container",
)

MOVING_IMAGE = Rule(
    "TR323",
    Severity.NOTE,
    what="image `{image}` has a mutable tag; cached results of an older image may be reused",
    hint="use a unique tag or a digest, or run with `--no-cache` after a push",
)

LOOSE_INSTALL = Rule(
    "TR324",
    Severity.NOTE,
    what="this container installs {packages} without a pinned version when it starts",
    hint="pin the version, `package==1.2.3`, so that later runs install the same",
)

TOO_MANY_TASKS = Rule(
    "TR325",
    Severity.ERROR,
    what="the pipeline has {count} tasks, more than the limit of {limit} for a run on Vertex AI",
    hint="let one task process several items",
)

TOO_MANY_ARTIFACTS = Rule(
    "TR326",
    Severity.ERROR,
    what="task `{task}` has {count} artifacts, more than the limit of {limit} on Vertex AI",
    hint="put them into one folder, which is one artifact",
)

LARGE_VALUES = Rule(
    "TR327",
    Severity.WARNING,
    what="the values of task `{task}` have {size} bytes, more than the limit of {limit} on Vertex "
    "AI",
    hint="put them into a file on Cloud Storage, and pass its address to the task",
)

EXIT_VALUE = Rule(
    "TR328",
    Severity.WARNING,
    what="Vertex AI is reported not to resolve placeholders inside the list or mapping `{input}` "
    "of exit task `{task}`",
    hint="pass constants to the exit task, or each value as a separate input",
)

LOOP_BEFORE_EXIT = Rule(
    "TR329",
    Severity.WARNING,
    what="a loop directly inside `{guarded}`, which exit task `{task}` waits for, is reported to "
    "fail on Vertex AI",
    hint="test it with a small list first",
)

UNSET_CHANNEL = Rule(
    "TR330",
    Severity.WARNING,
    what="task `{task}` gets `{input}` from `{channel}`, which has no value: a bug in kfp's "
    "compiler with items of outer loops",
    hint="compile it with another version of kfp, or pass the item down as an argument",
)

RENAMED = Rule(
    "TR331",
    Severity.NOTE,
    what="pipeline name `{name}` is not valid on Vertex AI; it becomes `{written}`",
    hint="no action needed: the console shows the original name",
)

KNOWN_TO_KUBEFLOW = Rule(
    "TR332",
    Severity.WARNING,
    what="Vertex AI does not resolve `{placeholder}`; the container gets it as text",
    hint="replace it with the value, or make it a parameter of the pipeline",
)

ONE_RUN_ID = Rule(
    "TR354",
    Severity.NOTE,
    what="`main.py` replaces `{placeholder}` in input `{input}` with the id of the job; tasks "
    "that use the id of the run get the name of the job, which is the same",
    hint="no action needed; all uses of the run id get the same value",
)

DRIVER_TASK = Rule(
    "TR336",
    Severity.ERROR,
    what="task `{task}` creates volume `{volume}`{how}; Vertex AI has no volumes, and no folder of "
    "Cloud Storage is set for it",
    hint="pass `--volume {volume}=gs://BUCKET/PREFIX`{advice}",
)

UNRESOLVED_STRUCT = Rule(
    "TR337",
    Severity.WARNING,
    what="an `IfPresent` or `Concat` placeholder in the arguments of container `{label}` cannot "
    "be resolved before the run: {why}; Vertex AI is reported to pass its JSON to the program as "
    "text",
    hint="set the input in each task, or give the pipeline's input a default; otherwise let the "
    "program choose",
)

TASK_CONFIG = Rule(
    "TR338",
    Severity.WARNING,
    what="component `{component}` gets the settings of its task as an input ({taken}), which only "
    "KFP's driver supports; on Vertex AI they apply to its own container or have no effect",
    hint="pass the settings to the component as separate inputs",
)

WORKSPACE_IMPORT = Rule(
    "TR339",
    Severity.WARNING,
    what="importer `{label}` also downloads to the workspace of the run, which Vertex AI does not "
    "have",
    hint="use the imported artifact as an input where it is needed, or read it under "
    "`/gcs/BUCKET/PATH`",
)

DEBUG_PAUSE = Rule(
    "TR340",
    Severity.NOTE,
    what="`{name}` makes Argo pause container `{label}` for debugging; Vertex AI does not pause it",
    hint="no action needed; to debug a container of Vertex AI, run its image locally",
)

CREDENTIALS_FILE = Rule(
    "TR341",
    Severity.WARNING,
    what="the Google Cloud key at `{path}`{uses} comes from {source}, which Vertex AI does not "
    "have; these variables are left out with it: {variables}; the container uses the service "
    "account of the run",
    hint="grant that account (`main.py --service-account`) the roles of the key",
)

POD_FIELD = Rule(
    "TR342",
    Severity.WARNING,
    what="environment variables from fields of the pod are left out, because Vertex AI has no "
    "pods: {variables}",
    hint="if the program reads it, pass `{{{{$.pipeline_job_name}}}}` (name of the run), "
    "`{{{{$.pipeline_job_uuid}}}}` or `{{{{$.pipeline_task_uuid}}}}` to the container as an "
    "argument",
)

SHARED_MEMORY = Rule(
    "TR343",
    Severity.WARNING,
    what="the container sets the size of its shared memory (`/dev/shm`){size}; a pipeline on "
    "Vertex AI cannot, and the available size is not documented",
    hint="if the program ends with a bus error, use fewer worker processes (PyTorch: "
    "`num_workers`), or share through files "
    "(`torch.multiprocessing.set_sharing_strategy('file_system')`)",
)

RUN_TIME_AMOUNT = Rule(
    "TR344",
    Severity.WARNING,
    what="the {resource} comes from {inputs} and is known only at run time; Vertex AI does not "
    "document placeholders there",
    hint="write a constant into the pipeline and convert it again, or run the step as a "
    "`CustomTrainingJobOp`, whose `worker_pool_specs` accept inputs of the pipeline",
)

REQUEST_AS_LIMIT = Rule(
    "TR345",
    Severity.NOTE,
    what="the {resource} request {amount} becomes the limit: Vertex AI chooses the machine by "
    "limits only",
    hint="set a limit if the task may use more than it requests",
)

SIDECAR = Rule(
    "TR346",
    Severity.WARNING,
    what="sidecars are left out, because a task on Vertex AI runs one container: {containers}",
    hint="start its program in the task's own container, or run it as a service that Vertex AI "
    "can reach",
)

INIT_CONTAINER = Rule(
    "TR347",
    Severity.WARNING,
    what="init containers are left out, because a task on Vertex AI runs one container: "
    "{containers}",
    hint="do its work at the start of the task's own container, or in a task before it",
)

TIME_LIMIT = Rule(
    "TR348",
    Severity.WARNING,
    what="the time limit of {seconds} seconds for {of} (`activeDeadlineSeconds`) has no "
    "equivalent on Vertex AI and is left out",
    hint="put `timeout {seconds}` before the command that may take too long",
)

POD_METADATA = Rule(
    "TR349",
    Severity.WARNING,
    what="the {what} is left out: Vertex AI has no pods",
    hint="if a service of the cluster reads it, find the equivalent service for Vertex AI; for "
    "search and billing, set labels of the run (`main.py --label`)",
)

NODE_CHOICE = Rule(
    "TR350",
    Severity.WARNING,
    what="the node selection by `{setting}` is left out: Vertex AI chooses the machine by CPU, "
    "memory and accelerator",
    hint="set CPU, memory and accelerator to what the task needs",
)

ACCESS = Rule(
    "TR351",
    Severity.WARNING,
    what="the Kubernetes {setting} is left out: a run on Vertex AI has one Google Cloud service "
    "account",
    hint="pass `--service-account` with an account that has {advice}",
)

NO_EFFECT = Rule(
    "TR352",
    Severity.NOTE,
    what="the Kubernetes setting `{setting}` is left out, without effect: {why}",
    hint="no action needed",
)
