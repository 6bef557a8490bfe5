"""TR470–TR474: comparing pipelines."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

NO_KFP = Rule(
    "TR470",
    Severity.ERROR,
    what="`--verify` compiles the written `pipeline.py`, and kfp cannot be imported: {reason}",
    hint="install it with `pip install kfp`, or convert without `--verify`",
)

TOO_LARGE = Rule(
    "TR471",
    Severity.ERROR,
    what="the pipeline has more than {limit} tasks, those of nested DAGs counted each time",
    hint="compare the nested pipelines one by one",
)

NOT_COMPILED = Rule(
    "TR472",
    Severity.ERROR,
    what="kfp {version} cannot compile the written `pipeline.py`: {reason}",
    hint="report it as a mistake of translator; `--style spec` writes the same pipeline without "
    "Python",
)

NOT_THE_SAME = Rule(
    "TR473",
    Severity.ERROR,
    what="`pipeline.py`, compiled with kfp {version}, is another pipeline: {place}: {what} {kind}",
    hint="`--style spec` writes the pipeline as it is",
)

INCOMPLETE = Rule(
    "TR474",
    Severity.ERROR,
    what="parts of the pipeline could not be translated into KFP v2, so it cannot be compared",
    hint="`translator check` lists the reasons",
)
