"""TR2xx: inconsistencies of the pipeline itself."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

UNKNOWN_COMPONENT = Rule(
    "TR201",
    Severity.ERROR,
    what="task `{task}` runs component `{component}`, which does not exist",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

UNKNOWN_EXECUTOR = Rule(
    "TR202",
    Severity.ERROR,
    what="component `{component}` uses executor `{executor}`, which does not exist",
    hint="compile the pipeline again; components of Kubernetes resources have no executor in KFP "
    "v2",
)

UNKNOWN_TASK = Rule(
    "TR203",
    Severity.ERROR,
    what="`{user}` depends on task `{task}`, which is not in the same DAG",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

UNKNOWN_OUTPUT = Rule(
    "TR204",
    Severity.ERROR,
    what="`{user}` uses output `{output}` of task `{task}`, which has no such output",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

UNKNOWN_INPUT = Rule(
    "TR205",
    Severity.ERROR,
    what="task `{task}` uses input `{input}` of `{component}`, which has no such input",
    hint="compile the pipeline again; if the compiler itself wrote this, report it",
)

TASK_CYCLE = Rule(
    "TR206",
    Severity.ERROR,
    what="circular dependency between tasks: {cycle}",
    hint="remove one of these dependencies",
)

RECURSION = Rule(
    "TR207",
    Severity.ERROR,
    what="component `{component}` is recursive: it contains itself",
    hint="KFP v2 has no recursion; put the loop into a container",
)

SECRET_IN_SIGHT = Rule(
    "TR208",
    Severity.WARNING,
    what="possible secret in plain text: {where} looks like {kind}; everyone who can see the file "
    "or a run of it can read it",
    hint="store it in Secret Manager, or on Kubeflow in a Kubernetes secret, and let the "
    "container fetch it; rotate it if others have seen the file",
    shows_line=False,
)

SETTINGS_OF_NOTHING = Rule(
    "TR209",
    Severity.WARNING,
    what="the settings of platform `{platform}` are for executor `{executor}`, which does not "
    "exist; they apply to no task",
    hint="correct the name of the executor, or remove the settings",
)

SETTING_INPUT = Rule(
    "TR210",
    Severity.ERROR,
    what="`{setting}` of executor `{executor}` uses input `{input}`, but `{component}`, the DAG "
    "of task `{task}`, has no such input",
    hint="declare the input and set its value, or write the name itself into the setting",
)

SETTING_OUTPUT = Rule(
    "TR211",
    Severity.ERROR,
    what="`{setting}` of executor `{executor}` uses output `{output}` of task `{producer}`, which "
    "task `{task}` cannot reach: {why}",
    hint="use a task in the DAG of `{task}` or in a DAG around it, and one of its outputs",
)

INVALID_NAME = Rule(
    "TR212",
    Severity.WARNING,
    what="Kubernetes has no {kind} with the {what}: the format is not valid",
    hint="correct the name in the pipeline; a name has `a-z 0-9 - .`, a key `a-z A-Z 0-9 - _ .`",
)
