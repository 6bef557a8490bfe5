"""``--drop-task NAME``: leaves tasks out. The others keep their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Decided
from translator.diagnostics import Diagnostic
from translator.diagnostics import decisions as rules
from translator.diagnostics.rewrites import User, UserKind
from translator.model import (
    KFP_V1,
    Dag,
    FinalStatus,
    FromParent,
    FromTask,
    Strategy,
    upstream_tasks,
)
from translator.model.expressions import Input
from translator.passes.needed_tasks import users_in_settings
from translator.passes.task_names import matching, shown_names
from translator.platforms import Scopes
from translator.records import Record
from translator.upstream import ROOT

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from translator.decisions import Decisions
    from translator.model import Pipeline, Task
    from translator.passes.task_names import Place

__all__ = ["dropped_tasks"]

#: The components of tasks that the reader of KFP v1 adds.
_ADAPTER = "adapter-"


def dropped_tasks(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline without the tasks that the decisions leave out.

    A task whose outputs others use is an error, which names the users. The tasks after a dropped
    one wait for those that it waited for; one with a condition or strategy of its own, which would
    decide whether they run, is an error. A DAG without tasks goes too.
    """
    if not decisions.dropped_tasks:
        return Decided(pipeline)
    scopes = Scopes(pipeline)
    chosen: dict[Place, str] = {}
    findings: list[Diagnostic] = []
    used: set[tuple[str, str]] = set()
    for name in decisions.dropped_tasks:
        found = matching(pipeline, scopes, name)
        if isinstance(found, Diagnostic):
            findings.append(found)
            continue
        used.add(("dropped_tasks", name))
        chosen[found] = name
    gone = _Gone(pipeline, scopes, chosen)
    findings += gone.problems()
    if findings:
        return Decided(pipeline, tuple(findings), frozenset(used))
    return Decided(gone.without(), tuple(gone.notes()), frozenset(used))


class _Gone:
    """The tasks that are left out: those of the user, and what is nothing without them."""

    def __init__(self, pipeline: Pipeline, scopes: Scopes, chosen: Mapping[Place, str]) -> None:
        self.pipeline = pipeline
        self.scopes = scopes
        self.chosen = chosen
        self.names = shown_names(pipeline)
        self.tasks: dict[Place, None] = dict.fromkeys(chosen)
        before = -1
        while before != len(self.tasks):
            before = len(self.tasks)
            self._add_adapters()
            self._add_empty_dags()

    def _add_adapters(self) -> None:
        """Tasks that the reader added for tasks that are left out."""
        if self.pipeline.dialect != KFP_V1:
            return
        for holder in dict.fromkeys(holder for holder, _ in self.tasks):
            for name, task in self.scopes.tasks(holder).items():
                if not task.component.startswith(_ADAPTER):
                    continue
                takers = [
                    other
                    for other, one in self.scopes.tasks(holder).items()
                    if name in upstream_tasks(one)
                ]
                is_output = any(True for _ in self._dag_users((holder, name)))
                if takers and not is_output and all((holder, t) in self.tasks for t in takers):
                    self.tasks[holder, name] = None

    def _add_empty_dags(self) -> None:
        for label, component in self.pipeline.components.items():
            tasks = component.body.tasks if isinstance(component.body, Dag) else ()
            if tasks and all((label, name) in self.tasks for name in tasks):
                for call in self.scopes.calls.get(label, ()):
                    self.tasks[call.holder, call.name] = None

    # Users of outputs

    def problems(self) -> Iterator[Diagnostic]:
        """The tasks that cannot be left out, each with what uses its outputs."""
        settings = users_in_settings(self.pipeline, self.scopes, self.tasks)
        for place in self.tasks:
            users = dict.fromkeys([*self._users(place), *settings.get(place, ())])
            if users:
                told = ", ".join(map(str, users))
                verb = "use" if len(users) > 1 else "uses"
                facts = {"task": self.names[place], "users": f"{told} {verb} its outputs"}
                facts["advice"] = "drop what uses them too (`--drop-task NAME`), or keep the task"
                yield rules.TASK_IS_NEEDED.at(self._task(place).origin, **facts)
            if _decides(self._task(place)) and (after := self._awaiting(place)):
                told = f"whether it runs decides whether `{after}` runs, which waits for it"
                facts = {"task": self.names[place], "users": told}
                yield rules.TASK_IS_NEEDED.at(self._task(place).origin, **facts)
        if self.tasks and self.tasks.keys() >= {(ROOT, name) for name in self.scopes.tasks(ROOT)}:
            place = next(iter(self.tasks))
            facts = {"task": self.names[place], "users": "the pipeline would have no tasks"}
            facts["advice"] = "keep at least one task, or do not convert the pipeline"
            yield rules.TASK_IS_NEEDED.at(self._task(place).origin, **facts)

    def _users(self, place: Place) -> Iterator[User]:
        holder, name = place
        for other, task in self.scopes.tasks(holder).items():
            if (holder, other) in self.tasks:
                continue
            for input_, source in (*task.parameters.items(), *task.artifacts.items()):
                if isinstance(source, (FromTask, FinalStatus)) and source.task == name:
                    yield User(_kind(task, input_), other)
        yield from self._dag_users(place)

    def _awaiting(self, place: Place) -> str:
        """A task that stays and runs only after this one, also through others that go."""
        holder, name = place
        waiting = [name]
        for one in waiting:  # which grows
            for other, task in self.scopes.tasks(holder).items():
                if one not in upstream_tasks(task) or other in waiting or _runs_always(task):
                    continue
                if (holder, other) not in self.tasks:
                    return other
                waiting.append(other)
        return ""

    def _dag_users(self, place: Place) -> Iterator[User]:
        """The DAG that contains the task, if it has an output of it as its own."""
        holder, name = place
        body = self.scopes.components[holder].body
        calls = self.scopes.calls.get(holder, ())
        if not isinstance(body, Dag) or (
            calls and all((call.holder, call.name) in self.tasks for call in calls)
        ):
            return
        outputs = (*body.parameter_outputs.values(), *body.artifact_outputs.values())
        if any(source.task == name for output in outputs for source in output.sources):
            title = self.pipeline.name if holder == ROOT else holder.removeprefix("comp-")
            yield User(UserKind.DAG, title)

    # The result

    def without(self) -> Pipeline:
        """The pipeline without the tasks, and without what only they ran."""
        from translator.passes.task_removal import without_tasks

        return without_tasks(self.pipeline, self.tasks)

    def notes(self) -> Iterator[Diagnostic]:
        """A note for each task, for the report."""
        named = ", ".join(f"--drop-task {name}" for name in dict.fromkeys(self.chosen.values()))
        for place in self.tasks:
            decision = f"--drop-task {self.chosen[place]}" if place in self.chosen else named
            what = f"{self._title(place)} is left out"
            yield rules.DECIDED.at(self._task(place).origin, what=what, decision=decision)

    def _title(self, place: Place) -> str:
        name = self.names[place]
        if place in self.chosen:
            return f"task `{name}`"
        if self.scopes.tasks(self._task(place).component):
            return f"DAG `{name}`, in which no task is left,"
        return f"adapter task `{name}`, whose output is no longer used,"

    def _task(self, place: Place) -> Task:
        return self.scopes.tasks(place[0])[place[1]]


def _decides(task: Task) -> bool:
    """Whether the tasks after this one run in other cases than without it."""
    return _runs_always(task) or (task.trigger is not None and task.trigger.condition is not None)


def _runs_always(task: Task) -> bool:
    """Whether a task runs after failed and skipped ones too."""
    trigger = task.trigger
    return trigger is not None and trigger.strategy is Strategy.ALL_UPSTREAM_TASKS_COMPLETED


def _kind(task: Task, input_: str) -> UserKind:
    """How a task uses the value of its input."""
    if task.trigger is not None and input_ in _named(task.trigger.condition):
        return UserKind.CONDITION
    loop = task.iterator
    if loop is not None and loop.items == FromParent(name=input_):
        return UserKind.LOOP
    return UserKind.TASK


def _named(condition: object) -> Container[str]:
    """The inputs that a condition uses."""
    found: set[str] = set()
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Input):
            found.add(one.name)
        elif isinstance(one, Record):
            waiting += vars(one).values()
        elif isinstance(one, tuple):
            waiting += one
    return found
