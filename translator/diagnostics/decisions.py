"""TR376 to TR385, TR389: decisions about tasks, images, defaults and metrics; Spot VMs."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

DECIDED = Rule(
    "TR376",
    Severity.NOTE,
    what="{what}, as decided by `{decision}`",
    hint="no action needed",
)

TASK_IS_NEEDED = Rule(
    "TR377",
    Severity.ERROR,
    what="task `{task}` cannot be left out: {users}",
    hint="{advice}",
)

NO_SUCH_TASK = Rule(
    "TR378",
    Severity.ERROR,
    what="`--drop-task {name}` {problem}",
    hint="use {known}; `translator inspect` lists the tasks",
)

WRONG_DEFAULT = Rule(
    "TR379",
    Severity.ERROR,
    what="`--default {input}=…`: {problem}",
    hint="{advice}",
    shows_line=False,
)

WRONG_IMAGE = Rule(
    "TR380",
    Severity.ERROR,
    what="`--image {rule}`: {problem}",
    hint="use `--image OLD=NEW` with the names of two images, or with two prefixes that both end "
    "with `/` or both with `:`",
)

NEEDS_UPGRADE = Rule(
    "TR381",
    Severity.ERROR,
    what="{flags} cannot change a KFP v1 workflow, which Kubeflow runs as it is in the file",
    hint="add `--upgrade`, which converts it to KFP v2, or leave the decision out",
)

WRONG_ACCELERATOR = Rule(
    "TR382",
    Severity.ERROR,
    what="`--accelerator {rule}`: `{type}` is not an accelerator type of Vertex AI",
    hint="use one of {known}",
)

SPOT = Rule(
    "TR383",
    Severity.NOTE,
    what="`{setting}` is left out: tasks of a pipeline on Vertex AI do not run on Spot or "
    "preemptible VMs",
    hint="no action needed: the task is not preempted, at the price of standard VMs; for Spot VMs, "
    "wrap its component in `create_custom_training_job_from_component(strategy='SPOT')` of "
    "google-cloud-pipeline-components",
)

METRICS_CONVERTED = Rule(
    "TR384",
    Severity.NOTE,
    what="{outputs} of {of}, which KFP v1 shows, becomes {artifacts} too: {how}",
    hint="no action needed; `--no-metrics` turns it off",
)

STAYS_FILE = Rule(
    "TR385",
    Severity.NOTE,
    what="{what} stays a file, which Vertex AI does not show: {why}",
    hint="{advice}",
)

IMAGE_OF_INPUT = Rule(
    "TR389",
    Severity.WARNING,
    what="`--image {rule}` does not replace image `{image}` here: the container gets it from input "
    "`{input}`",
    hint="{advice}",
)
