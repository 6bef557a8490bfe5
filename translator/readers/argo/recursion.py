"""Templates that run themselves, which KFP v2 has nothing for: written out a number of times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Component, Container, ExecutorRef, Task
from translator.placeholders import Text
from translator.readers.argo.values import input_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.readers.argo.context import Context
    from translator.readers.argo.workflow import DagTask, Template

#: Components that a pipeline may come to; Vertex AI takes 10,000 tasks.
MAX_COMPONENTS = 10_000
#: Tasks of all DAGs, in each place where they run: more than that, for the checks of targets.
MAX_TASKS = 20_000
#: DAGs inside each other that are followed.
MAX_DEPTH = 100
_FAIL = 'echo "$1" >&2; exit 1'


def is_too_large(context: Context, depth: int, call: DagTask) -> bool:
    """Whether a pipeline comes to more than can be written out. Templates may run each other.

    ``depth``: how many DAGs around the call are inside each other.
    """
    if len(context.components) > MAX_COMPONENTS:
        limit = f"{MAX_COMPONENTS:,} components"
    elif context.calls > MAX_TASKS:
        limit = f"{MAX_TASKS:,} tasks"
    elif depth > MAX_DEPTH:
        limit = f"{MAX_DEPTH} DAGs inside each other"
    else:
        return False
    call.cursor.report(rules.TOO_WIDE, template=call.template, limit=limit)
    return True


def is_over(template: Template, lineage: Sequence[str], most: int) -> bool:
    """Whether a template that runs itself is not to run once more.

    ``lineage``: the names of the templates around the call; ``most``: how often it may be there.
    """
    levels = lineage.count(template.name)
    return 0 < levels >= most


def end(context: Context, call: DagTask, template: Template) -> Task | None:
    """A task that fails in place of one level too many; None where recursion is refused."""
    levels = context.options.unroll_recursion
    if not levels:
        call.cursor.report(rules.RECURSION, template=template.name)
        return None
    call.cursor.report(rules.UNROLLED, template=template.name, levels=levels)
    name = input_name(template.name)
    label = f"limit-{name}"  # those of templates begin with `comp-` and `exec-`
    message = f"{template.name} would run more than {levels} times, which is all that was written "
    words = ("sh", "-c", _FAIL, "recursion-limit", message + "when the pipeline was translated")
    context.executors[label] = Container(
        image=Text((context.options.adapter_image,)),
        command=tuple(Text((word,)) for word in words),
        origin=call.cursor.origin,
    )
    component = Component(
        body=ExecutorRef(label=label),
        description=f"Fails, as {template.name} would run more often than it is written.",
        origin=call.cursor.origin,
    )
    context.components[label] = component
    return Task(component=label, depends_on=call.dependencies, origin=call.cursor.origin)
