"""TR190–TR199: reading a component."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

GRAPH = Rule(
    "TR190",
    Severity.ERROR,
    what="this component is a graph of other components, which are in files of their own",
    hint="use it in a pipeline with kfp 1.8, compile that, and convert the compiled file",
)

FIXED_PATHS = Rule(
    "TR191",
    Severity.ERROR,
    what="the program of this component writes its outputs at fixed paths (`fileOutputs`), which "
    "KFP v2 does not collect",
    hint="let the command take `{{outputPath: NAME}}` and write there",
)

UNKNOWN_PLACEHOLDER = Rule(
    "TR192",
    Severity.ERROR,
    what="`{found}` is not a placeholder of a component",
    hint="the placeholders are `inputValue`, `inputPath`, `inputUri`, `outputPath`, `outputUri`, "
    "`concat`, `if` and `executorInput`",
)

UNKNOWN_NAME = Rule(
    "TR193",
    Severity.ERROR,
    what="the command refers to {side} `{name}`, which the component does not declare",
    hint="declare it under `{side}s`, or correct the name",
)

VALUE_AS_FILE = Rule(
    "TR194",
    Severity.ERROR,
    what="`{placeholder}` takes input `{input}` as a file, and its type makes it a value; KFP v2 "
    "has no file for a value",
    hint="give the input a type that is a file (or none), or take it with `inputValue`",
)

TYPE_IS_TEXT = Rule(
    "TR195",
    Severity.NOTE,
    what="the command takes the value of input `{input}`, whose type (`{type}`) is not one of a "
    "value in KFP v2; it becomes text",
    hint="declare it as `String` if kfp 2 is to load the component too",
)

DEFAULT_OF_ARTIFACT = Rule(
    "TR196",
    Severity.WARNING,
    what="the default of input `{input}` is left out: it is taken as a file, and KFP v2 has no "
    "default for files",
    hint="give the run a file, or take the input with `inputValue`",
)

OTHER_DEFAULT = Rule(
    "TR197",
    Severity.ERROR,
    what="the default `{value}` is not of the type {type} that its input declares",
    hint="correct the default or the type",
)

SKIPPED = Rule(
    "TR198",
    Severity.NOTE,
    what="this is a component, not a pipeline, and it is in a folder of pipelines: it is skipped",
    hint="name the file itself to convert it into a pipeline of one task",
)

DEFAULT_OF_OTHER_TYPE = Rule(
    "TR199",
    Severity.WARNING,
    what="the default `{value}` is not of the type {type} that its input declares; it stays as it "
    "is",
    hint="correct the default or the type, if a backend refuses it",
)
