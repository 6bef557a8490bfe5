"""TR9xx: internal errors."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

UNEXPECTED = Rule(
    "TR901",
    Severity.ERROR,
    what="internal error of `translator` ({kind} at {where}): {message}",
    hint="please report this with the file; `TRANSLATOR_DEBUG=1` shows the traceback",
)
BROKEN_LITERAL = Rule(
    "TR902",
    Severity.ERROR,
    what="internal error of `translator`: the literal {literal:.200} is not the value: {problem}",
    hint="nothing was written; please report it with the pipeline that shows it",
)
