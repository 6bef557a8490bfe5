"""Templates that run themselves, which KFP v2 has nothing for: written out a number of times."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Component, Container, ExecutorRef, Task
from translator.model.channels import free
from translator.placeholders import Text
from translator.readers.argo.values import input_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.readers.argo.context import Context
    from translator.readers.argo.workflow import DagTask, Template, Workflow

#: Components that a pipeline may come to; Vertex AI takes 10,000 tasks.
MAX_COMPONENTS = 10_000
#: Tasks of all DAGs, in each place where they run: more than that, for the checks of targets.
MAX_TASKS = 20_000
#: DAGs inside each other that are followed.
MAX_DEPTH = 100
#: The kind of a template in place of one level too many, and of one where recursion is refused.
LIMIT, REFUSED = "limit", "refused"
_FAIL = 'echo "$1" >&2; exit 1'


def unrolled(workflow: Workflow, levels: int) -> Workflow:
    """The workflow without templates that run themselves, each written out ``levels`` times.

    What would be one level more fails. With 0 levels recursion is refused.
    """
    dags = {name: dag for name, dag in workflow.templates.items() if dag.kind == "dag"}
    calls = {name: {c.template for c in dag.tasks} & dags.keys() for name, dag in dags.items()}
    to_circles = _to_circles(calls)
    if not to_circles:
        return workflow
    callers: dict[str, set[str]] = {name: set() for name in to_circles}
    for name in to_circles:
        for other in calls[name] & to_circles:
            callers[other].add(name)
    return _Unrolling(workflow, to_circles, _to_circles(callers), levels).run()


def _to_circles(calls: Mapping[str, Iterable[str]]) -> set[str]:
    """The names from which a circle is reached, those on one among them."""
    order = TopologicalSorter(calls)
    left = set(calls)
    try:
        order.prepare()
    except CycleError:
        pass  # what is on none is still given out
    else:
        return set()
    while ready := order.get_ready():
        left.difference_update(ready)
        order.done(*ready)
    return left


class _Unrolling:
    """Copies templates for each number of times that recursive ones are around them."""

    def __init__(
        self, workflow: Workflow, to_circles: set[str], recursive: set[str], levels: int
    ) -> None:
        self.workflow = workflow
        #: The DAGs that may differ from level to level, and those whose levels are counted.
        self.to_circles, self.recursive = to_circles, recursive
        self.levels = levels
        self.templates = dict(workflow.templates)
        #: The templates that have a copy, which is they themselves for the first.
        self.copied: set[str] = set()
        #: A template with the levels of those around it → its copy, and how deep that is.
        self.copies: dict[tuple[str, frozenset[tuple[str, int]]], str] = {}
        self.waiting: list[tuple[str, str, dict[str, int], int]] = []
        self.ends: dict[str, str] = {}
        self.reported: set[tuple[str, str]] = set()

    def run(self) -> Workflow:
        """The workflow with copies for the levels."""
        tops = [n for n in (self.workflow.entrypoint, self.workflow.on_exit) if n in self.templates]
        keys = [self.copy(name, {}, 1) for name in tops]
        for key, name, levels, depth in self.waiting:  # which grows
            template = self.workflow.templates[name]
            tasks = tuple([self.called(name, call, levels, depth) for call in template.tasks])
            self.templates[key] = template._replace(tasks=tasks)
        names = dict(zip(tops, keys, strict=True))
        return self.workflow._replace(
            entrypoint=names.get(self.workflow.entrypoint, self.workflow.entrypoint),
            on_exit=names.get(self.workflow.on_exit, self.workflow.on_exit),
            templates=self.templates,
        )

    def called(self, caller: str, call: DagTask, levels: dict[str, int], depth: int) -> DagTask:
        """A call, of the copy that is for it."""
        template = self.workflow.templates.get(call.template)
        if template is None or call.template not in self.to_circles:
            return call
        if 0 < levels.get(call.template, 0) >= self.levels:
            if (caller, call.name) not in self.reported:
                self.reported.add((caller, call.name))
                self.report(call, template)
            return call._replace(template=self.end(template))
        if depth > MAX_DEPTH or len(self.copies) > MAX_COMPONENTS:
            return call  # which is refused where its depth, or the number of components, is seen
        return call._replace(template=self.copy(call.template, levels, depth + 1))

    def copy(self, name: str, around: dict[str, int], depth: int) -> str:
        """The copy of a template where some are around it."""
        levels = dict(around)
        if name in self.recursive:
            levels[name] = levels.get(name, 0) + 1
        state = name, frozenset(levels.items())
        if state not in self.copies:
            key = free(name, self.templates) if name in self.copied else name
            self.copied.add(name)
            self.copies[state] = key
            self.templates[key] = self.workflow.templates[name]
            self.waiting.append((key, name, levels, depth))
        return self.copies[state]

    def report(self, call: DagTask, template: Template) -> None:
        """Reports what becomes of a call that would be one level more."""
        if self.levels:
            call.cursor.report(rules.UNROLLED, template=template.name, levels=self.levels)
        else:
            call.cursor.report(rules.RECURSION, template=template.name)

    def end(self, template: Template) -> str:
        """What is called in place of one level too many."""
        if template.name not in self.ends:
            key = free(f"limit-{template.name}", self.templates)
            kind = LIMIT if self.levels else REFUSED
            self.templates[key] = template._replace(kind=kind)
            self.ends[template.name] = key
        return self.ends[template.name]


def end(context: Context, call: DagTask, template: Template) -> Task:
    """A task that fails in place of one level too many."""
    levels = context.options.unroll_recursion
    name = input_name(template.name)
    label = f"limit-{name}"  # those of templates begin with `comp-` and `exec-`
    message = f"{template.name} would run more than {levels} times, which is all that was written "
    argv = ("sh", "-c", _FAIL, "recursion-limit", message + "when the pipeline was translated")
    context.executors[label] = Container(
        image=Text((context.options.adapter_image,)),
        command=tuple(Text((word,)) for word in argv),
        origin=call.cursor.origin,
    )
    context.components[label] = Component(
        body=ExecutorRef(label=label),
        description=f"Fails, as {template.name} would run more often than it is written.",
        origin=call.cursor.origin,
    )
    return Task(component=label, depends_on=call.dependencies, origin=call.cursor.origin)
