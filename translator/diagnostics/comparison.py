"""TR470–TR474: comparing pipelines."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

TOO_LARGE = Rule(
    "TR471",
    Severity.ERROR,
    what="the pipeline has more than {limit} tasks, those of nested DAGs counted each time",
    hint="compare the nested pipelines one by one",
)

INCOMPLETE = Rule(
    "TR474",
    Severity.ERROR,
    what="parts of the pipeline could not be translated into KFP v2, so it cannot be compared",
    hint="`translator check` lists the reasons",
)
