"""What the DSL of KFP v2 cannot say of the flow of a pipeline (TR405 to TR419)."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

VALUE = Rule(
    "TR405",
    Severity.ERROR,
    "the input `{input}` of task `{task}` has no form in Python of KFP v2: {why}",
    "change the value, or convert to a spec",
)
CONDITION = Rule(
    "TR406",
    Severity.ERROR,
    "the condition of task `{task}` has no form in Python of KFP v2: {why}",
    "change the condition, or convert to a spec",
)
OUTSIDE = Rule(
    "TR407",
    Severity.ERROR,
    "task `{task}` depends on task `{upstream}`, which is inside `dsl.{group}`; kfp's compiler "
    "accepts that inside the same group only",
    "move the task into the group, or convert to a spec",
)
LOOP = Rule(
    "TR408",
    Severity.ERROR,
    "the loop of task `{task}` has no form in Python of KFP v2: {why}",
    "change the items, or convert to a spec",
)
OUTPUT = Rule(
    "TR409",
    Severity.ERROR,
    "the output `{output}` of {pipeline} has no form in Python of KFP v2: {why}",
    "remove the output, or convert to a spec",
)
METRICS = Rule(
    "TR410",
    Severity.NOTE,
    "the output `{output}` of {pipeline} is left out: kfp up to 2.7 added the metrics of tasks",
)
RENAMED = Rule(
    "TR411",
    Severity.WARNING,
    "the input `{input}` of the pipeline is named `{name}`, as `{input}` is no name in Python",
    "use the new name where the pipeline is run",
)
PIPELINE_NAME = Rule(
    "TR412",
    Severity.WARNING,
    "the pipeline is named `{name}`, as kfp's compiler refuses `{given}`",
)
EMPTY = Rule(
    "TR413",
    Severity.ERROR,
    "{pipeline} has no tasks; kfp's compiler refuses such a pipeline",
    "remove the task that runs it",
)
EXIT_TASK = Rule(
    "TR414",
    Severity.ERROR,
    "task `{task}` depends on the exit task `{upstream}`; kfp's compiler refuses that",
    "convert to a spec",
)
