"""TR2xx: what does not hold together in the pipeline itself."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

UNKNOWN_COMPONENT = Rule(
    "TR201",
    Severity.ERROR,
    what="task `{task}` runs component `{component}`, which is not there",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

UNKNOWN_EXECUTOR = Rule(
    "TR202",
    Severity.ERROR,
    what="component `{component}` names executor `{executor}`, which is not there",
    hint="compile the pipeline again; a component of Kubernetes resources has none in KFP v2",
)

UNKNOWN_TASK = Rule(
    "TR203",
    Severity.ERROR,
    what="`{user}` waits for task `{task}`, which is not beside it",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

UNKNOWN_OUTPUT = Rule(
    "TR204",
    Severity.ERROR,
    what="`{user}` takes output `{output}` of task `{task}`, which has no such output",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

UNKNOWN_INPUT = Rule(
    "TR205",
    Severity.ERROR,
    what="task `{task}` takes input `{input}` of `{component}`, which has no such input",
    hint="compile the pipeline again; if the compiler wrote it so, report it",
)

TASK_CYCLE = Rule(
    "TR206",
    Severity.ERROR,
    what="tasks wait for each other: {cycle}",
    hint="remove one of these dependencies",
)

RECURSION = Rule(
    "TR207",
    Severity.ERROR,
    what="component `{component}` contains itself",
    hint="KFP v2 has no recursion; write the loop inside a container",
)

SECRET_IN_SIGHT = Rule(
    "TR208",
    Severity.WARNING,
    what="{where} looks like {kind}; whoever sees the file or a run of it can read it",
    hint="keep it in Secret Manager, or on Kubeflow in a Kubernetes secret, and let the container "
    "fetch it from there; change it if others have seen the file",
    shows_line=False,
)

SETTINGS_OF_NOTHING = Rule(
    "TR209",
    Severity.WARNING,
    what="the settings of platform `{platform}` name executor `{executor}`, which does not exist; "
    "they apply to no task",
    hint="write the name of the executor that they are for, or remove them",
)

SETTING_INPUT = Rule(
    "TR210",
    Severity.ERROR,
    what="`{setting}` of executor `{executor}` takes input `{input}`, but `{component}`, where "
    "task `{task}` stands, has no such input",
    hint="declare the input and give it a value, or write the name itself into the setting",
)

SETTING_OUTPUT = Rule(
    "TR211",
    Severity.ERROR,
    what="`{setting}` of executor `{executor}` takes output `{output}` of task `{producer}`, "
    "which task `{task}` cannot reach: {why}",
    hint="name a task beside `{task}` or around it, and one of its outputs",
)
