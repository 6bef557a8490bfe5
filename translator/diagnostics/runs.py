"""TR198, TR450–TR455: commands over many files: files that are skipped, and baselines."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

SKIPPED = Rule(
    "TR198",
    Severity.NOTE,
    what="this is a component, not a pipeline; components in folders are skipped",
    hint="pass the file by name to convert it into a pipeline of one task",
)

NO_PIPELINE = Rule(
    "TR450",
    Severity.NOTE,
    what="this is {found}, not a compiled pipeline; such files in folders are skipped",
    hint="{advice}, or leave it out with `--exclude`",
)

NOT_FOUND_AGAIN = Rule(
    "TR451",
    Severity.NOTE,
    what="{number} of the baseline {are} no longer found in the files of this run",
    hint="write the baseline again with `--write-baseline`",
)
