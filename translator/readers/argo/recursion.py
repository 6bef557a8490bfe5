"""Unrolls recursive templates, which KFP v2 does not support, to a fixed number of levels."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Component, Container, ExecutorRef, Task
from translator.model.channels import free
from translator.placeholders import Text
from translator.readers.argo.context import MAX_COMPONENTS, MAX_DEPTH
from translator.readers.argo.values import input_name
from translator.readers.argo.workflow import LIMIT
from translator.shell import shell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.readers.argo.context import Context
    from translator.readers.argo.workflow import DagTask, Template, Workflow

#: The kind of a template that replaces recursion without levels.
REFUSED = "refused"
_FAIL = 'echo "$1" >&2; exit 1'


def unrolled(workflow: Workflow, levels: int) -> Workflow:
    """The workflow without recursive templates, each of which is unrolled ``levels`` times.

    A call above the last level fails. With 0 levels recursion is an error.
    """
    dags = {name: dag for name, dag in workflow.templates.items() if dag.kind == "dag"}
    calls = {name: {c.template for c in dag.tasks} & dags.keys() for name, dag in dags.items()}
    reaching_cycles = _reaching_cycles(calls) if any(calls.values()) else set()
    if not reaching_cycles:
        return workflow
    callers: dict[str, set[str]] = {name: set() for name in reaching_cycles}
    for name in reaching_cycles:
        for other in calls[name] & reaching_cycles:
            callers[other].add(name)
    return _Unrolling(workflow, reaching_cycles, _reaching_cycles(callers), levels).run()


def _reaching_cycles(calls: Mapping[str, Iterable[str]]) -> set[str]:
    """The names from which a cycle can be reached, with those on one."""
    order = TopologicalSorter(calls)
    left = set(calls)
    try:
        order.prepare()
    except CycleError:
        pass  # the sorter still returns the names before a cycle
    else:
        return set()
    while ready := order.get_ready():
        left.difference_update(ready)
        order.done(*ready)
    return left


class _Unrolling:
    """Copies templates for each level of the recursive ones around them."""

    def __init__(
        self, workflow: Workflow, reaching_cycles: set[str], recursive: set[str], levels: int
    ) -> None:
        self.workflow = workflow
        #: The DAGs that can differ between levels, and the recursive ones, which have levels.
        self.reaching_cycles, self.recursive = reaching_cycles, recursive
        self.levels = levels
        self.templates = dict(workflow.templates)
        #: The templates with a copy; the first copy is the template itself.
        self.copied: set[str] = set()
        #: A template with the levels of those around it → its copy, and the depth of that.
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
        """A call of the copy for its level."""
        template = self.workflow.templates.get(call.template)
        if template is None or call.template not in self.reaching_cycles:
            return call
        if 0 < levels.get(call.template, 0) >= self.levels:
            if (caller, call.name) not in self.reported:
                self.reported.add((caller, call.name))
                self.report(call, template)
            return call._replace(template=self.end(template))
        if depth > MAX_DEPTH or len(self.copies) > MAX_COMPONENTS:
            return call  # lowering reports its depth or the number of components
        return call._replace(template=self.copy(call.template, levels, depth + 1))

    def copy(self, name: str, around: dict[str, int], depth: int) -> str:
        """The copy of a template for the levels of those around it."""
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
        """Reports a call above the last level."""
        if self.levels:
            call.cursor.report(rules.UNROLLED, template=template.name, levels=self.levels)
        else:
            call.cursor.report(rules.RECURSION, template=template.name)

    def end(self, template: Template) -> str:
        """The template that replaces a level above the limit."""
        if template.name not in self.ends:
            key = free(f"limit-{template.name}", self.templates)
            kind = LIMIT if self.levels else REFUSED
            self.templates[key] = template._replace(kind=kind)
            self.ends[template.name] = key
        return self.ends[template.name]


def end(context: Context, call: DagTask, template: Template) -> Task:
    """A task that fails, in place of a level above the limit."""
    levels = context.options.unroll_recursion
    name = input_name(template.name)
    label = f"limit-{name}"  # labels of templates begin with `comp-` and `exec-`
    message = f"{template.name} would run more than {levels} times, which is all that was written "
    message += "when the pipeline was translated"
    context.executors[label] = Container(
        image=Text((context.options.adapter_image,)),
        command=shell(_FAIL, "recursion-limit", message),
        origin=call.cursor.origin,
    )
    context.components[label] = Component(
        body=ExecutorRef(label=label),
        description=f"Fails, as {template.name} would run more often than it is written.",
        origin=call.cursor.origin,
    )
    return Task(component=label, depends_on=call.dependencies, origin=call.cursor.origin)
