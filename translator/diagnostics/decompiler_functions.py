"""TR433–TR439: Python functions of lightweight components, written as source."""

from translator.diagnostics import Rule, Severity

FUNCTION_KEPT = Rule(
    "TR433",
    Severity.NOTE,
    what="the Python function `{function}` of component `{component}` is written as the text of a "
    "container, not as `@dsl.component`: {reason}",
)
OLD_PYTHON = Rule(
    "TR434",
    Severity.WARNING,
    what="image `{image}` of component `{component}` has Python 3.{minor}, and kfp 2.17, which the "
    "compiled component installs, requires Python 3.9",
    hint="set `base_image` to an image with a later Python",
)
KFP_PINNED = Rule(
    "TR435",
    Severity.NOTE,
    what="component `{component}` has `kfp_package_path`, since its image `{image}` has Python "
    "3.{minor}: it installs `{version}` as before",
    hint="remove it when the image has Python 3.9 or later",
)
PROGRAM_KEPT = Rule(
    "TR436",
    Severity.NOTE,
    what="the program of KFP v1's function `{function}` is written as a text, not as a function: "
    "{reason}",
)
DESCRIPTIONS = Rule(
    "TR438",
    Severity.NOTE,
    what="descriptions of component `{component}` are left out: the docstring of its function, "
    "from which kfp takes them, does not have them",
)
EXECUTOR = Rule(
    "TR439",
    Severity.NOTE,
    what="the function of component `{component}` was compiled with {version}; the executor of kfp "
    "2, `kfp.dsl.executor_main`, runs it in place of `{executor}`",
)
