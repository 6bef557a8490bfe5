"""TR440–TR449: settings and runs of pipeline.py, and where it is written."""

from translator.diagnostics import Rule, Severity

LEFT_OUT = Rule(
    "TR440",
    Severity.WARNING,
    what="{setting} of {owner} is left out of pipeline.py: {why}",
    hint="use `--style spec`, whose pipeline.yaml keeps it, or set it in pipeline.py yourself",
)
SAME_AMOUNT = Rule(
    "TR441",
    Severity.NOTE,
    what="{setting} of {owner}, {given}, is written as the same amount {written}: kfp accepts no "
    "other form",
    hint="no action needed",
)
CHANGED = Rule(
    "TR442",
    Severity.WARNING,
    what="{setting} of {owner}, {given}, is {written} in pipeline.py: {why}",
    hint="use `--style spec`, whose pipeline.yaml keeps it, or check that the task runs with it",
)
RAW = Rule(
    "TR443",
    Severity.NOTE,
    what="`{setting}` of {owner} is written to `platform_config`: kfp-kubernetes has no function "
    "for it",
    hint="no action needed",
)
NO_REFERENCE = Rule(
    "TR444",
    Severity.ERROR,
    what="`{setting}` of {owner} refers to a value of the pipeline, and kfp-kubernetes has no "
    "function that takes one there",
    hint="use `--style spec`, whose pipeline.yaml keeps it",
)
OTHER_KFP = Rule(
    "TR445",
    Severity.NOTE,
    what="containers of lightweight components install kfp {version}; compiled again, they install "
    "the version of kfp that compiles pipeline.py",
    hint="to keep the version, use `--pin-kfp`",
)
AFTER_FAILURES = Rule(
    "TR446",
    Severity.ERROR,
    what="task `{task}` starts after failed tasks too, which kfp refuses to compile: its input "
    "`{input}` {why}",
    hint="use `--style spec`, or give the input a default in the component",
)
RUN_SETTINGS = Rule(
    "TR447",
    Severity.NOTE,
    what="the run settings of the file are not in pipeline.py: {settings}",
    hint="`translator convert --style python` writes a script with them",
)
LOG_COMMAND = Rule(
    "TR448",
    Severity.ERROR,
    what="the source has a text that logs of CI services read as a command, and is not printed",
    hint="write it to a file with `-o FILE`",
)
FILE_EXISTS = Rule(
    "TR449",
    Severity.ERROR,
    what="`{name}` exists and has other content",
    hint="choose another file with `-o`, or pass `--force` to overwrite it",
)
