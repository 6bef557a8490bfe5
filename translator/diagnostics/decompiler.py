"""Parts of the flow of a pipeline that the DSL of KFP v2 does not support (TR530 to TR540)."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

VALUE = Rule(
    "TR530",
    Severity.ERROR,
    "the input `{input}` of task `{task}` has no form in Python of KFP v2: {why}",
    "change the value, or convert to a spec",
)
CONDITION = Rule(
    "TR531",
    Severity.ERROR,
    "the condition of task `{task}` has no form in Python of KFP v2: {why}",
    "change the condition, or convert to a spec",
)
OUTSIDE = Rule(
    "TR532",
    Severity.ERROR,
    "task `{task}` depends on task `{upstream}`, which is inside `dsl.{group}`; kfp's compiler "
    "accepts that inside the same group only",
    "move the task into the group, or convert to a spec",
)
LOOP = Rule(
    "TR533",
    Severity.ERROR,
    "the loop of task `{task}` has no form in Python of KFP v2: {why}",
    "change the items, or convert to a spec",
)
OUTPUT = Rule(
    "TR534",
    Severity.ERROR,
    "the output `{output}` of {pipeline} has no form in Python of KFP v2: {why}",
    "remove the output, or convert to a spec",
)
METRICS = Rule(
    "TR535",
    Severity.NOTE,
    "the output `{output}` of {pipeline} is left out: kfp up to 2.7 added the metrics of tasks",
)
RENAMED = Rule(
    "TR536",
    Severity.WARNING,
    "the input `{input}` of the pipeline is named `{name}`: kfp or Python refuses `{input}`",
    "use the new name where the pipeline is run",
)
PIPELINE_NAME = Rule(
    "TR537",
    Severity.NOTE,
    "`dsl.pipeline` has the name `{name}`, as it refuses `{given}`, which is set after it",
)
EMPTY = Rule(
    "TR538",
    Severity.ERROR,
    "{pipeline} has no tasks; kfp's compiler refuses such a pipeline",
    "remove the task that runs it",
)
EXIT_TASK = Rule(
    "TR539",
    Severity.ERROR,
    "task `{task}` depends on the exit task `{upstream}`; kfp's compiler refuses that",
    "convert to a spec",
)
COMMENT = Rule(
    "TR540",
    Severity.WARNING,
    "kfp's compiler writes the default of the input `{input}` into a comment of the compiled file "
    "as it is: what is behind its first line becomes a part of the pipeline",
    "compile with main.py or submit.py of `--style python`, which leave out comments, or remove "
    "line ends and control characters from the default",
)
