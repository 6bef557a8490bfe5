"""TR270–TR279, TR386 and TR387: the plan, a file with the decisions of a user."""

from __future__ import annotations

from translator.diagnostics import Rule, Severity

NOT_A_PLAN = Rule(
    "TR270",
    Severity.ERROR,
    what="this is not a valid plan: {problem}",
    hint="write a plan with `translator plan PIPELINE -o FILE`",
)

UNKNOWN_SECTION = Rule(
    "TR271",
    Severity.ERROR,
    what="`{section}` is not a section of a plan",
    hint="use {known}",
)

WRONG_DECISION = Rule(
    "TR272",
    Severity.ERROR,
    what="invalid decision for {subject}: {problem}",
    hint="correct the value, or write `null` to leave the decision open",
    shows_line=False,
)

OPEN_DECISION = Rule(
    "TR273",
    Severity.ERROR,
    what="no decision for {subject}{details}",
    hint="set it in section `{section}` of the plan: {wanted}",
)

UNUSED_DECISION = Rule(
    "TR274",
    Severity.NOTE,
    what="the decision for {subject} is not used by {pipelines}",
    hint="remove it from the plan if no other pipeline needs it",
)

OVERRIDDEN_DECISION = Rule(
    "TR275",
    Severity.NOTE,
    what="the decision for {subject} in the plan is overridden by `{flag}`",
    hint="no action needed",
)

UNUSED_OPTION = Rule(
    "TR276",
    Severity.WARNING,
    what="`{flag}` for {subject} is not used by {pipelines}",
    hint="check the name; `translator plan PIPELINE` lists the decisions that pipelines need",
)

NOT_LOOKED_UP = Rule(
    "TR277",
    Severity.WARNING,
    what="the entrypoint of image `{image}` could not be looked up: {problem}",
    hint="log in with `docker login`, or set the entrypoint in the plan: `docker image inspect` "
    "shows it",
)

NO_SUCH_PIPELINE = Rule(
    "TR386",
    Severity.WARNING,
    what="pipeline `{pipeline}` of the plan is not a file",
    hint="correct its path, which is relative to the folder of the plan, or remove its decisions",
)

DECIDED_FOR_ALL = Rule(
    "TR387",
    Severity.WARNING,
    what="the decision for {subject} is about all pipelines, also about {affected}, which does not "
    "need it",
    hint="move it to section `pipelines` of the plan, below {needing}",
)
