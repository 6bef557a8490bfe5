"""The intermediate model of a pipeline, independent of its input format and target.

Shaped after the KFP v2 pipeline spec (kubeflow/pipelines, api/v2alpha1/pipeline_spec.proto),
which is the richer of the formats; a KFP v1 workflow is lowered into it by its reader. All
classes are frozen; make new ones with ``translator.records.replace``, which keeps the origin.
"""

from __future__ import annotations

import json
from collections.abc import Iterator as Iterating
from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

from translator.diagnostics import Origin
from translator.model.expressions import Condition
from translator.model.kubernetes import Pod
from translator.model.values import (
    UNSET,
    Constant,
    FinalStatus,
    FromParent,
    FromTask,
    InputSource,
    Json,
    Node,
    RuntimeParameter,
    Setting,
    Unset,
)
from translator.placeholders import Text

#: The versions of the pipeline spec's schema: today's, and that of kfp 1.x and TFX.
SCHEMA, OLDER_SCHEMA = "2.1.0", "2.0.0"
#: The dialect of an Argo workflow of KFP v1, whose parameters are all text.
KFP_V1 = "KFP v1"
#: The platform whose settings for executors are in ``Container.pod``.
KUBERNETES = "kubernetes"


class ParameterType(Enum):
    """The types that a parameter can have (``ParameterType.ParameterTypeEnum``)."""

    STRING = "STRING"
    NUMBER_INTEGER = "NUMBER_INTEGER"
    NUMBER_DOUBLE = "NUMBER_DOUBLE"
    BOOLEAN = "BOOLEAN"
    LIST = "LIST"
    STRUCT = "STRUCT"
    TASK_FINAL_STATUS = "TASK_FINAL_STATUS"
    TASK_CONFIG = "TASK_CONFIG"


class Strategy(Enum):
    """When a task may start, seen from the tasks it depends on."""

    ALL_UPSTREAM_TASKS_SUCCEEDED = "ALL_UPSTREAM_TASKS_SUCCEEDED"
    ALL_UPSTREAM_TASKS_COMPLETED = "ALL_UPSTREAM_TASKS_COMPLETED"


class Parameter(Node):
    """An input or output of a component that is a value."""

    _uncompared = frozenset({"origin", "declared_default"})

    type: ParameterType
    #: The default. ``None`` is a value: JSON's null.
    default: Json | Unset = UNSET
    #: May be left out even without a default.
    optional: bool = False
    description: str = ""
    #: The only values allowed; None means any.
    literals: tuple[Json, ...] | None = None
    #: The type as the author wrote it (KFP v1: Integer, GCSPath …); empty when not known.
    declared_type: str = ""
    #: The default as the author wrote it, where all tasks pass a value (KFP v1); None: not known.
    declared_default: str | None = None


class Artifact(Node):
    """An input or output of a component that is a file or folder."""

    #: For example ``system.Model``; empty when the kind is given by ``instance_schema``.
    schema_title: str = ""
    schema_version: str = ""
    #: An OpenAPI schema as YAML text, the older form of the kind.
    instance_schema: str = ""
    is_list: bool = False
    optional: bool = False
    description: str = ""
    metadata: Mapping[str, Json] = {}
    #: The type as the author wrote it (KFP v1: Model, String …); empty when not known.
    declared_type: str = ""


class Interface(Node):
    """The inputs, or the outputs, of a component."""

    parameters: Mapping[str, Parameter] = {}
    artifacts: Mapping[str, Artifact] = {}


class Trigger(Node):
    """The condition and strategy of a task (``TriggerPolicy``)."""

    #: None means always.
    condition: Condition | None = None
    #: None: the backend's default, ALL_UPSTREAM_TASKS_SUCCEEDED.
    strategy: Strategy | None = None


class Items(Node):
    """The items of a loop that are in the file; ``str`` gives them as the text of a JSON list."""

    values: tuple[Json, ...]
    #: The text in the file, where ``json.dumps`` would write another.
    written: str = ""

    def __str__(self) -> str:
        return self.written or json.dumps(list(self.values))


class Iterator(Node):
    """Runs a task once for each item of a list."""

    #: The input of the task that takes one item.
    item_input: str
    #: The items, or the name of the task's input that holds them.
    items: Items | FromParent
    #: The items are artifacts, not parameters.
    over_artifacts: bool = False


class Retry(Node):
    """How often and how soon a failed task is tried again (``RetryPolicy``).

    None is the backend's default: 0 s, factor 2, at most one hour.
    """

    #: Retries after the first attempt; 0 means never.
    max_retries: int | None = None
    #: Seconds before the first retry.
    backoff_seconds: float | None = None
    #: The delay is multiplied by this after each retry.
    backoff_factor: float | None = None
    #: Seconds that the delay never exceeds.
    max_backoff_seconds: float | None = None


class Caching(Node):
    """Whether cached results of an earlier run may be used (``CachingOptions``)."""

    #: None: the options exist without the field, which backends read as false.
    enabled: bool | None = None
    #: Part of the fingerprint by which cached results are found.
    key: str = ""


class Task(Node):
    """A task of a DAG, which runs a component."""

    _uncompared = frozenset({"origin", "template"})

    #: The name of the component it runs.
    component: str
    display_name: str = ""
    parameters: Mapping[str, InputSource] = {}
    artifacts: Mapping[str, InputSource] = {}
    #: Sibling tasks it depends on, in addition to those whose outputs it takes.
    depends_on: tuple[str, ...] = ()
    trigger: Trigger | None = None
    iterator: Iterator | None = None
    #: How many iterations may run at once; None if not set, 0 for no limit.
    parallelism: int | None = None
    retry: Retry | None = None
    caching: Caching | None = None
    #: Where its component is described: equal templates of KFP v1 share a component.
    template: Origin | None = None


class DagOutput(Node):
    """Where an output of a DAG comes from."""

    sources: tuple[FromTask, ...]
    #: Whichever of the sources ran gives the value.
    one_of: bool = False


class Dag(Node):
    """Tasks, and which of their outputs are outputs of the DAG."""

    tasks: Mapping[str, Task]
    parameter_outputs: Mapping[str, DagOutput] = {}
    artifact_outputs: Mapping[str, DagOutput] = {}


class ExecutorRef(Node):
    """The name of the executor that runs a component."""

    label: str


class Component(Node):
    """A component with its interface: a DAG of tasks, or what an executor runs."""

    body: Dag | ExecutorRef
    inputs: Interface = Interface()
    outputs: Interface = Interface()
    description: str = ""
    #: Platform settings that the component applies itself (``taskConfigPassthroughs``).
    config_passthroughs: tuple[Json, ...] = ()
    #: Settings for single platforms, as in the file.
    platform_specs: tuple[Json, ...] = ()


class Amount(Node):
    """An amount of CPU or memory, as text and as a number, either of which may be missing."""

    #: As Kubernetes writes it: ``500m``, ``2``, ``4Gi``; may hold a placeholder.
    text: Text | None = None
    #: Cores, or gigabytes of 10⁹ bytes.
    number: float | None = None


class Accelerator(Node):
    """Kind and number of accelerators of a container, as text and, in older files, as constants."""

    #: For example ``NVIDIA_TESLA_T4`` or ``nvidia.com/gpu``.
    type: Text | None = None
    count: Text | None = None


class Resources(Node):
    """Resource requests and limits of a container."""

    cpu_limit: Amount | None = None
    cpu_request: Amount | None = None
    memory_limit: Amount | None = None
    memory_request: Amount | None = None
    accelerator: Accelerator | None = None


class EnvVariable(Node):
    """An environment variable of a container."""

    name: str
    value: Text


class Container(Node):
    """An executor that runs a container. An empty command means the image's entrypoint."""

    image: Text
    command: tuple[Text, ...] = ()
    args: tuple[Text, ...] = ()
    env: tuple[EnvVariable, ...] = ()
    resources: Resources | None = None
    #: Hooks around the run, as in the file (TFX's ``preCacheCheck``).
    lifecycle: Json = None
    #: Kubernetes settings of its container and pod.
    pod: Pod = Pod()
    #: KFP v1: the variables from secrets to which ``$(NAME)`` in command and arguments refers. The
    #: reader replaces references to others, and any other ``$(NAME)`` is text.
    referred: frozenset[str] = frozenset()


class Importer(Node):
    """An executor that registers an artifact that exists already."""

    uri: Constant | RuntimeParameter
    artifact: Artifact
    #: Whether it is registered again if it has been before.
    reimport: bool = False
    metadata: Mapping[str, Json] = {}
    download_to_workspace: bool = False


class Resource(Node):
    """An executor that creates, changes or deletes an object of the cluster (Argo's ``resource``).

    No target runs it: a pass of the target replaces it, or a check reports it.
    """

    #: ``create``, ``apply``, ``delete``, ``patch``, ``get`` …
    action: str
    #: The kind of the object, for example ``TFJob``; empty if the manifest does not have one.
    kind: str = ""
    api_version: str = ""
    #: The object. Its texts may hold placeholders of the component's inputs.
    manifest: Json = None
    #: Output parameter of the component → the JSONPath of its value in the object.
    outputs: Mapping[str, str] = {}
    #: Other fields: ``successCondition``, ``flags``, ``nodeSelector`` …
    others: tuple[Setting, ...] = ()

    @property
    def name(self) -> str:
        """The name of the object in the manifest; empty if there is none."""
        metadata = self.manifest.get("metadata") if isinstance(self.manifest, dict) else None
        known = metadata if isinstance(metadata, dict) else {}
        return str(known.get("name") or known.get("generateName") or "")


class OpaqueExecutor(Node):
    """An executor of an unsupported kind, kept for a writer of the same format."""

    #: ``resolver`` or ``customJob``.
    kind: str
    content: Json


Executor: TypeAlias = Container | Importer | Resource | OpaqueExecutor


class Platform(Node):
    """The settings in a file for one platform (``SinglePlatformSpec``)."""

    #: Executor → its settings.
    executors: Mapping[str, tuple[Setting, ...]] = {}
    #: Settings of the whole pipeline, and all other fields.
    settings: tuple[Setting, ...] = ()


class Submission(Node):
    """The run settings in the file (the runtime config of a PipelineJob, a CronWorkflow)."""

    #: Pipeline input → value to run it with.
    arguments: Mapping[str, Json] = {}
    pipeline_root: str = ""
    display_name: str = ""
    labels: Mapping[str, str] = {}
    #: Five fields, with an optional ``TZ=…`` before them; empty when it runs once.
    schedule: str = ""
    #: Whether no task starts after one has failed; None: the backend's default.
    fail_fast: bool | None = None


class Pipeline(Node):
    """A whole pipeline."""

    _uncompared = frozenset({"origin"})

    name: str
    root: Component
    components: Mapping[str, Component]
    executors: Mapping[str, Executor]
    display_name: str = ""
    description: str = ""
    #: The folder for artifacts; empty if the file has none.
    default_root: str = ""
    #: Platform, for example ``kubernetes`` → its settings.
    platforms: Mapping[str, Platform] = {}
    #: Kubernetes settings of all its pods.
    pod: Pod = Pod()
    submission: Submission = Submission()
    #: The schema of the pipeline spec, whose form of inputs its containers read.
    schema_version: str = SCHEMA
    #: The format of the file: ``KFP_V1``, or another for messages, for example ``KFP v2``.
    dialect: str = ""
    #: The SDK that compiled it, for example ``kfp-2.17.0``; empty when not known.
    sdk_version: str = ""
    #: False: parts of the file are missing, as the reader could not translate them. Nothing can be
    #: written from such a pipeline; the file may still be run.
    complete: bool = True


def upstream_tasks(task: Task) -> tuple[str, ...]:
    """The sibling tasks that a task waits for, each once: its dependencies, then its sources."""
    sources = (*task.parameters.values(), *task.artifacts.values())
    producers = [source.task for source in sources if isinstance(source, (FromTask, FinalStatus))]
    return tuple(dict.fromkeys([*task.depends_on, *producers]))


def walk_tasks(pipeline: Pipeline) -> Iterating[tuple[str, str, Task]]:
    """Every task once, with the component that holds it (``root`` for the top) and its name."""
    for holder, component in {"root": pipeline.root, **pipeline.components}.items():
        if isinstance(component.body, Dag):
            for name, task in component.body.tasks.items():
                yield holder, name, task
