"""``dependencies`` and ``depends``: the tasks that a task depends on, and their required results.

A bare name means Succeeded, Skipped or Daemoned (argo-workflows, workflow/common/ancestry.go). A
task whose ``depends`` is false is Omitted, and so are tasks that depend on it by name. If a task
has to be Succeeded, the tasks that depend on it get its condition too: if that is false, Argo omits
them, and KFP v2 skips them.
"""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, TypeAlias

from translator.diagnostics import kfp_v1 as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from translator.readers.argo.conditions import When
    from translator.readers.argo.workflow import DagTask, Workflow

#: Task → its results with which the dependent task runs.
Terms: TypeAlias = "dict[str, frozenset[str]]"

_BARE = frozenset({"Succeeded", "Skipped", "Daemoned"})
#: KFP has no daemon containers, which are Argo's services.
_KNOWN = _BARE | {"Omitted"}
_TOKEN = r"\s*(&&|\|\||[()]|[A-Za-z0-9_-]+(?:\.[A-Za-z]+)?)"
#: The deepest nesting of parentheses that is read.
_DEEPEST = 100


class _NotTranslated(ValueError):
    """The expression is not supported: it is more than required results of tasks."""


def resolved(workflow: Workflow) -> Workflow:
    """The workflow, with names for the dependencies of each task, and conditions for the rest."""
    templates = {
        name: template
        if template.cursor.find("dag") is None
        else template._replace(tasks=tuple(_resolved(template.tasks, fail_fast=template.fail_fast)))
        for name, template in workflow.templates.items()
    }
    return workflow._replace(templates=templates)


def _resolved(tasks: Sequence[DagTask], *, fail_fast: bool) -> list[DagTask]:
    """The tasks of a DAG. ``fail_fast``: no task starts after one has failed.

    Otherwise tasks that depend on an omitted task start after a failure too.
    """
    _report_mixed(tasks)
    terms = {task.name: _terms(task) for task in tasks}
    waiting = [task._replace(dependencies=tuple(terms[task.name])) for task in tasks]
    if all(results == _BARE for own in terms.values() for results in own.values()):
        return waiting
    if not fail_fast:
        for task in tasks:
            if any("Omitted" in results for results in terms[task.name].values()):
                _report(task)
    return _with_conditions(waiting, terms)


def _report_mixed(tasks: Sequence[DagTask]) -> None:
    """Reports a DAG with both `depends` and `dependencies`, which Argo rejects."""
    if any(task.cursor.find("depends") is not None for task in tasks):
        for task in tasks:
            if task.cursor.get("dependencies").peek():
                what = "`dependencies` in a DAG with `depends`, which Argo refuses,"
                task.cursor.child("dependencies").report(rules.NOT_TRANSLATED, what=what)


def _with_conditions(tasks: list[DagTask], terms: Mapping[str, Terms]) -> list[DagTask]:
    by_name = {task.name: task for task in tasks}
    waits = {name: [n for n in own if n in by_name] for name, own in terms.items()}
    try:
        order = list(TopologicalSorter(waits).static_order())
    except CycleError:
        return tasks  # another check reports it
    #: Task → the conditions that must be true, or it is omitted.
    needed: dict[str, tuple[When, ...]] = {}
    for name in order:
        own = {other: terms[name][other] for other in waits[name]}
        try:
            conditions = [c for o in own for c in _conditions(by_name[o], own[o], needed[o])]
        except _NotTranslated:
            _report(by_name[name])
            conditions = []
        needed[name] = tuple(dict.fromkeys(conditions))
    return [task._replace(when=_all_of(needed[task.name], task.when)) for task in tasks]


def _conditions(task: DagTask, results: frozenset[str], needed: tuple[When, ...]) -> Iterator[When]:
    """The conditions under which a task, omitted unless ``needed`` are true, has such a result."""
    if "Succeeded" not in results:
        raise _NotTranslated
    if "Omitted" not in results:
        yield from needed
    elif needed and "Skipped" not in results and _may_be_skipped(task):
        raise _NotTranslated
    if "Skipped" not in results and _may_be_skipped(task):
        if task.items is not None:
            raise _NotTranslated
        if task.when is not None:
            yield task.when


def _may_be_skipped(task: DagTask) -> bool:
    """Whether its condition may be false, or its loop may have no items."""
    has_items = task.items is None or (isinstance(task.items, list) and len(task.items) > 0)
    return task.when is not None or not has_items


def _all_of(conditions: Sequence[When], when: When | None) -> When | None:
    if not conditions:
        return when
    from translator.readers.argo.conditions import all_of  # most tasks have none

    return all_of(conditions if when is None else (*conditions, when))


def _terms(task: DagTask) -> Terms:
    names = task.cursor.find("dependencies")
    terms = {} if names is None else {entry.string(): _BARE for entry in names.elements()}
    expression = task.cursor.find("depends")
    if expression is None:
        return terms
    written = expression.string()
    try:
        return terms | _Parser(written).terms()
    except _NotTranslated:
        _report(task)
        names_in = (name.partition(".")[0] for name in re.findall(r"[\w.-]+", written))
        return terms | dict.fromkeys(names_in, _BARE)


def _report(task: DagTask) -> None:
    place = task.cursor.child("depends")
    place.report(rules.NOT_TRANSLATED, what=f"`depends: {place.string().strip()}`")


class _Parser:
    """A recursive descent over ``||``, ``&&``, parentheses and results of tasks."""

    def __init__(self, written: str) -> None:
        self.tokens = self._tokens(written.rstrip())
        self.next = 0

    @staticmethod
    def _tokens(written: str) -> list[str]:
        tokens: list[str] = []
        end = 0
        token = re.compile(_TOKEN)
        while end < len(written):
            match = token.match(written, end)
            if match is None:
                raise _NotTranslated
            tokens.append(match[1])
            end = match.end()
        return tokens

    def terms(self) -> Terms:
        found = self._any(0)
        if self.next < len(self.tokens):
            raise _NotTranslated
        return found

    def _take(self, token: str) -> bool:
        found = self.tokens[self.next : self.next + 1] == [token]
        self.next += found
        return found

    def _any(self, depth: int) -> Terms:
        """Alternatives, which are about one task only."""
        found = self._all(depth)
        while self._take("||"):
            other = self._all(depth)
            if len(found) != 1 or found.keys() != other.keys():
                raise _NotTranslated
            found = {name: found[name] | other[name] for name in found}
        return found

    def _all(self, depth: int) -> Terms:
        found = self._one(depth)
        while self._take("&&"):
            for name, results in self._one(depth).items():
                found[name] = found.get(name, results) & results
        return found

    def _one(self, depth: int) -> Terms:
        if depth > _DEEPEST:
            raise _NotTranslated
        if self._take("("):
            found = self._any(depth + 1)
            if not self._take(")"):
                raise _NotTranslated
            return found
        token = "".join(self.tokens[self.next : self.next + 1])
        self.next += 1
        name, dot, result = token.partition(".")
        results = frozenset({result}) if dot else _BARE
        if not re.match(r"[\w-]", token) or not results <= _KNOWN:
            raise _NotTranslated
        return {name: results}
