"""TR3xx: what Vertex AI Pipelines cannot run or does otherwise."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

SECRET = Rule(
    "TR301",
    Severity.WARNING,
    what="{used} from Kubernetes secret `{secret}`, which Vertex AI does not have",
    hint="put the value into Secret Manager, let the run's service account read it, and fetch it "
    "in the container; for Cloud Storage the service account alone is enough",
)

CONFIG_MAP = Rule(
    "TR302",
    Severity.WARNING,
    what="{used} from Kubernetes config map `{config_map}`, which Vertex AI does not have",
    hint="make it a pipeline parameter, or write the value into the container",
)

VOLUME = Rule(
    "TR303",
    Severity.WARNING,
    what="the volume `{volume}` does not exist on Vertex AI; what the container reads and writes "
    "at `{path}`{uses} is gone when it ends",
    hint="{advice}",
)

OTHER_SETTING = Rule(
    "TR304",
    Severity.WARNING,
    what="the Kubernetes setting `{setting}` has no counterpart on Vertex AI and is left out",
    hint="{advice}",
)

CLUSTER_ADDRESS = Rule(
    "TR305",
    Severity.WARNING,
    what="`{address}` is an address that only the cluster knows",
    hint="give an address that Vertex AI reaches{how}; a private one needs `--network` or "
    "`--psc-network-attachment`",
)

CLUSTER_PROGRAM = Rule(
    "TR306",
    Severity.WARNING,
    what="this container works on the Kubernetes cluster that it runs in (`{sign}`); Vertex AI "
    "gives it none",
    hint="replace the step{instead}, or give the container credentials of a cluster of yours",
)

FOREIGN_STORAGE = Rule(
    "TR307",
    Severity.WARNING,
    what="`{address}` is not on Cloud Storage, and Vertex AI gives the container no credentials "
    "for it",
    hint="use a `gs://` address{how}, or give the container credentials of its own",
)

FOREIGN_ROOT = Rule(
    "TR308",
    Severity.WARNING,
    what="the pipeline root `{root}` is not on Cloud Storage, which Vertex AI needs",
    hint="pass `--pipeline-root gs://BUCKET/PATH` here or to `main.py`",
)

NO_ACCELERATOR_TYPE = Rule(
    "TR309",
    Severity.WARNING,
    what="accelerators are asked for as `{type}`, without saying which; Vertex AI has to know",
    hint="name one of its types in the pipeline and convert it again: in KFP v1 by the node "
    "selector `cloud.google.com/gke-accelerator: nvidia-tesla-t4`, in KFP v2 by "
    "`set_accelerator_type('NVIDIA_TESLA_T4')`",
)

TOO_MUCH_CPU = Rule(
    "TR310",
    Severity.ERROR,
    what="{amount} CPUs are more than the {limit} that a step on Vertex AI can have",
    hint="ask for less, or split the work",
)

TOO_MUCH_MEMORY = Rule(
    "TR311",
    Severity.ERROR,
    what="{amount} GB of memory are more than the {limit} GB that a step on Vertex AI can have",
    hint="ask for less, or split the work",
)

ENVIRONMENT_PLACEHOLDER = Rule(
    "TR312",
    Severity.WARNING,
    what="Vertex AI does not fill in the placeholder in environment variable `{name}`",
    hint="hand the value to the container as an argument",
)

EMPTY_ENVIRONMENT = Rule(
    "TR313",
    Severity.WARNING,
    what="environment variable `{name}` is empty, which Vertex AI does not take",
    hint="leave it out, or give it a value that means the same to the program",
)

LOCAL_IMAGE = Rule(
    "TR314",
    Severity.WARNING,
    what="image `{image}` comes from a registry that only the cluster knows",
    hint="push it to Artifact Registry, write its new name into the pipeline, and convert it again",
)

IMPORTER_STORAGE = Rule(
    "TR315",
    Severity.WARNING,
    what="the importer takes `{address}`, which is not on Cloud Storage",
    hint="copy it to a `gs://` address and import that",
)

LOOP_LIMIT = Rule(
    "TR318",
    Severity.WARNING,
    what="at most {limit} iterations of loop `{task}` are to run at once; whether Vertex AI keeps "
    "to that is not documented",
    hint="see that nothing breaks when all iterations run at once",
)

IMAGE_PLACEHOLDER = Rule(
    "TR317",
    Severity.WARNING,
    what="image `{image}` is filled in at run time, which Vertex AI is not documented to do",
    hint="write the image into the pipeline, and convert once for each image",
)

ACCELERATOR_ENDED = Rule(
    "TR319",
    Severity.WARNING,
    what="accelerator `{type}` is not supported any more, since {since}",
    hint="write another into the pipeline and convert it again; `NVIDIA_TESLA_T4` costs the least",
)

UNKNOWN_ACCELERATOR = Rule(
    "TR320",
    Severity.WARNING,
    what="`{type}` is not an accelerator of Vertex AI",
    hint="write one that is into the pipeline and convert it again, for example `{nearest}`",
)

ACCELERATOR_COUNT = Rule(
    "TR321",
    Severity.WARNING,
    what="a machine has {allowed} of `{type}`, not {count}",
    hint="write one of these numbers into the pipeline and convert it again",
)

TOO_MANY_VARIABLES = Rule(
    "TR322",
    Severity.ERROR,
    what="{count} environment variables are more than the {limit} that Vertex AI takes",
    hint="put them into a file, and give the container its address",
)

MOVING_IMAGE = Rule(
    "TR323",
    Severity.NOTE,
    what="image `{image}` is another one after each push; results of the old one still stand in",
    hint="give it a tag of its own or a digest, or run with `--no-cache` after a push",
)

LOOSE_INSTALL = Rule(
    "TR324",
    Severity.NOTE,
    what="this container installs whatever version there is of {packages} when it starts",
    hint="name the version, `package==1.2.3`, so that the next run does the same",
)

TOO_MANY_TASKS = Rule(
    "TR325",
    Severity.ERROR,
    what="the pipeline comes to {count} tasks, more than the {limit} of a run on Vertex AI",
    hint="let one task do the work of several items",
)

TOO_MANY_ARTIFACTS = Rule(
    "TR326",
    Severity.ERROR,
    what="task `{task}` has {count} artifacts, more than the {limit} that Vertex AI takes",
    hint="put them into one folder, which is one artifact",
)

LARGE_VALUES = Rule(
    "TR327",
    Severity.WARNING,
    what="the values of task `{task}` come to {size} bytes; Vertex AI takes {limit}",
    hint="put them into a file on Cloud Storage, and give the task its address",
)

EXIT_VALUE = Rule(
    "TR328",
    Severity.WARNING,
    what="users report that Vertex AI does not fill in what is inside the list or mapping "
    "`{input}` of exit task `{task}`",
    hint="give the exit task constants, or each value as an input of its own",
)

LOOP_BEFORE_EXIT = Rule(
    "TR329",
    Severity.WARNING,
    what="users report that a loop right inside `{guarded}`, which exit task `{task}` waits for, "
    "fails on Vertex AI",
    hint="try it with a small list first",
)

UNSET_CHANNEL = Rule(
    "TR330",
    Severity.WARNING,
    what="task `{task}` takes `{input}` from `{channel}`, which nobody gives a value; kfp's "
    "compiler loses items of outer loops",
    hint="compile it with another version of kfp, or hand the item down as an argument",
)

RENAMED = Rule(
    "TR331",
    Severity.NOTE,
    what="pipeline name `{name}` is not one that Vertex AI takes; it becomes `{written}`",
    hint="nothing to do: the console shows the name as it was",
)

KNOWN_TO_KUBEFLOW = Rule(
    "TR332",
    Severity.WARNING,
    what="`{placeholder}` reaches the container as it stands: Vertex AI does not fill it in",
    hint="write the value itself in its place, or make it a parameter of the pipeline",
)

ONE_RUN_ID = Rule(
    "TR354",
    Severity.NOTE,
    what="`main.py` puts the id of the job in the place of `{placeholder}` in input `{input}`; "
    "tasks that take the id of the run by themselves get the name of the job, which is the same",
    hint="nothing is to be done; the run has one id in all places, the one that `main.py` gives it",
)

DRIVER_TASK = Rule(
    "TR336",
    Severity.ERROR,
    what="task `{task}` {verb} a volume of the cluster; KFP's driver does that, not a container: "
    "its image is a name that only the driver knows, and Vertex AI has no such volumes",
    hint="remove the task{along}; hand files from task to task as artifacts, or keep them under "
    "`/gcs/BUCKET/PATH`",
)

UNRESOLVED_STRUCT = Rule(
    "TR337",
    Severity.WARNING,
    what="container `{label}` has JSON of `IfPresent` or `Concat` among its arguments that cannot "
    "be resolved before the run: {why}; Vertex AI is reported to pass it to the program as text",
    hint="give each task the input, or give the pipeline's input a default; else let the program "
    "make the choice",
)

TASK_CONFIG = Rule(
    "TR338",
    Severity.WARNING,
    what="component `{component}` gets settings of its task as data ({taken}); KFP's driver does "
    "that, and Vertex AI does not: they apply to its own container or to nothing",
    hint="give the component what it needs as inputs of its own",
)

WORKSPACE_IMPORT = Rule(
    "TR339",
    Severity.WARNING,
    what="importer `{label}` also downloads to the workspace of the run, which Vertex AI does not "
    "have",
    hint="take the imported artifact as an input where it is needed, or read it under "
    "`/gcs/BUCKET/PATH`",
)

DEBUG_PAUSE = Rule(
    "TR340",
    Severity.NOTE,
    what="`{name}` makes Argo pause the container `{label}` for debugging; on Vertex AI it does "
    "not pause",
    hint="nothing to do; to look into a container on Vertex AI, run its image by itself",
)

CREDENTIALS_FILE = Rule(
    "TR341",
    Severity.WARNING,
    what="the Google Cloud key at `{path}`{uses} comes from {source}, which Vertex AI does not "
    "have; left out with it: {variables}; the container uses the service account of the run",
    hint="give that account (`main.py --service-account`) the roles that the key had",
)

POD_FIELD = Rule(
    "TR342",
    Severity.WARNING,
    what="environment variables from fields of the pod are left out, for Vertex AI has no pods: "
    "{variables}",
    hint="if the program reads it, hand `{{{{$.pipeline_job_name}}}}` (name of the run), "
    "`{{{{$.pipeline_job_uuid}}}}` or `{{{{$.pipeline_task_uuid}}}}` to the container as an "
    "argument",
)

SHARED_MEMORY = Rule(
    "TR343",
    Severity.WARNING,
    what="the container sets its shared memory (`/dev/shm`){size}; a pipeline on Vertex AI cannot, "
    "and how much there is is not documented",
    hint="if the program ends with a bus error, start fewer worker processes (PyTorch: "
    "`num_workers`), or share through files (`torch.multiprocessing.set_sharing_strategy("
    "'file_system')`)",
)

RUN_TIME_AMOUNT = Rule(
    "TR344",
    Severity.WARNING,
    what="the {resource} comes from {inputs} and is known only at run time; Vertex AI is not "
    "documented to fill it in",
    hint="write a constant into the pipeline and convert it again, or run the step as a "
    "`CustomTrainingJobOp`, whose `worker_pool_specs` take inputs of the pipeline",
)

REQUEST_AS_LIMIT = Rule(
    "TR345",
    Severity.NOTE,
    what="the {resource} request {amount} becomes the limit: Vertex AI chooses the machine by "
    "limits alone",
    hint="set a limit where the task may use more than it requests",
)

SIDECAR = Rule(
    "TR346",
    Severity.WARNING,
    what="sidecars are left out, for a task on Vertex AI runs one container: {containers}",
    hint="start its program in the task's own container, or run it as a service that Vertex AI "
    "reaches",
)

INIT_CONTAINER = Rule(
    "TR347",
    Severity.WARNING,
    what="init containers are left out, for a task on Vertex AI runs one container: {containers}",
    hint="do its work at the start of the task's own container, or in a task before it",
)

TIME_LIMIT = Rule(
    "TR348",
    Severity.WARNING,
    what="the time limit of {seconds} seconds for {of} (`activeDeadlineSeconds`) is left out; on "
    "Vertex AI it runs until it is done",
    hint="put `timeout {seconds}` before the command of what may take too long",
)

POD_METADATA = Rule(
    "TR349",
    Severity.WARNING,
    what="the {what} is left out: Vertex AI has no pods",
    hint="if a service of the cluster reads it, find out what does that service's work on Vertex "
    "AI; for searches and bills there are labels of the run (`main.py --label`)",
)

NODE_CHOICE = Rule(
    "TR350",
    Severity.WARNING,
    what="the choice of a node by `{setting}` is left out: Vertex AI chooses the machine by CPU, "
    "memory and accelerator",
    hint="set those to what the task needs",
)

ACCESS = Rule(
    "TR351",
    Severity.WARNING,
    what="the Kubernetes {setting} is left out: on Vertex AI a run has one Google Cloud account",
    hint="pass `--service-account` with an account that has {advice}",
)

NO_EFFECT = Rule(
    "TR352",
    Severity.NOTE,
    what="the Kubernetes setting `{setting}` is left out, which changes nothing: {why}",
    hint="nothing to do",
)
