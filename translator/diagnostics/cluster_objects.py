"""TR216–TR219, TR360–TR362: objects of the cluster that tasks of KFP v1 create or delete."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

CLAIM_FIELD = Rule(
    "TR216",
    Severity.WARNING,
    what="`{field}` of the task that {verb} a volume is left out: `{image}` of KFP v2 does not "
    "support it",
    hint="no action needed for Vertex AI, which has no such volumes; for Kubeflow create the claim "
    "yourself if the field matters, and mount it by its name",
    lowering=True,
)

CLAIM_SIZE = Rule(
    "TR218",
    Severity.NOTE,
    what="output `{output}` becomes the requested size `{size}`; a cluster may provide more",
    hint="no action needed, unless a program needs the exact capacity",
    lowering=True,
)

STORAGE_CLASS = Rule(
    "TR219",
    Severity.WARNING,
    what="task `{task}` creates a volume without a storage class: KFP v1 uses the default class of "
    "the cluster, KFP v2 the class `standard`",
    hint="set `storage_class_name` of the task in `pipeline.yaml` if the cluster has no class "
    "`standard`, or if its default is another one (`kubectl get storageclass`)",
)

VERTEX_OBJECT = Rule(
    "TR360",
    Severity.ERROR,
    what="task `{task}` {verb} {object} in the cluster, and Vertex AI has no cluster",
    hint="{advice}; `--drop-task {drop}` leaves the task out",
)

KUBEFLOW_OBJECT = Rule(
    "TR361",
    Severity.ERROR,
    what="task `{task}` {verb} {object} in the cluster; KFP v2 has no such task",
    hint="do it in a container with `kubectl` or the Kubernetes client, and a service account that "
    "may do so; `--drop-task {drop}` leaves the task out",
)

DRIVER_VALUE = Rule(
    "TR362",
    Severity.ERROR,
    what="input `{input}` of task `{task}` contains a value of the run inside a text (`{value}`), "
    "which KFP's driver does not resolve",
    hint="pass the whole text as an input of the pipeline, or as an output of a task",
)
