"""TR190–TR199: reading a component."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

GRAPH = Rule(
    "TR190",
    Severity.ERROR,
    what="this component is a graph of other components, which are in separate files",
    hint="use it in a pipeline with kfp 1.8, compile that, and convert the compiled file",
)

FIXED_PATHS = Rule(
    "TR191",
    Severity.ERROR,
    what="this component writes its outputs to fixed paths (`fileOutputs`), which KFP v2 does not "
    "collect",
    hint="pass `{{outputPath: NAME}}` to the command and write there",
)

UNKNOWN_PLACEHOLDER = Rule(
    "TR192",
    Severity.ERROR,
    what="unknown component placeholder `{found}`",
    hint="the placeholders are `inputValue`, `inputPath`, `inputUri`, `outputPath`, `outputUri`, "
    "`concat`, `if` and `executorInput`",
)

UNKNOWN_NAME = Rule(
    "TR193",
    Severity.ERROR,
    what="the command uses {side} `{name}`, which the component does not declare",
    hint="declare it under `{side}s`, or correct the name",
)

VALUE_AS_FILE = Rule(
    "TR194",
    Severity.ERROR,
    what="`{placeholder}` reads input `{input}` from a file, and its type makes it a parameter; "
    "KFP v2 does not pass parameters as files",
    hint="give the input an artifact type (or no type), or use `inputValue`",
)

TYPE_IS_TEXT = Rule(
    "TR195",
    Severity.NOTE,
    what="the command uses the value of input `{input}`, whose type (`{type}`) is not a parameter "
    "type in KFP v2; it becomes text",
    hint="declare it as `String` to load the component with kfp 2 too",
)

DEFAULT_OF_ARTIFACT = Rule(
    "TR196",
    Severity.WARNING,
    what="the default of input `{input}` is left out: KFP v2 has no defaults for artifacts",
    hint="pass a file to the run, or use `inputValue`",
)

OTHER_DEFAULT = Rule(
    "TR197",
    Severity.ERROR,
    what="default `{value}` does not have the declared type {type} of its input",
    hint="correct the default or the type",
)

DEFAULT_OF_OTHER_TYPE = Rule(
    "TR199",
    Severity.WARNING,
    what="default `{value}` does not have the declared type {type} of its input; it is kept",
    hint="correct the default or the type if a backend rejects it",
)
