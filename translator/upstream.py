"""The source of a task's input, followed outwards through the DAGs around the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import UNSET, Constant, Dag, FromParent, FromTask, Parameter, walk_tasks
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import (
        Artifact,
        Component,
        InputSource,
        Interface,
        Iterator,
        Pipeline,
        Task,
    )
    from translator.model.expressions import Selector

__all__ = ["ROOT", "Call", "End", "Upstream"]

#: The name of the root component.
ROOT = "root"


class Call(NamedTuple):
    """A task, with its name and the component that contains it."""

    holder: str
    name: str
    task: Task


class End(NamedTuple):
    """The final source of a value."""

    #: The component whose DAG contains the source.
    holder: str
    #: A constant, an output of a task there, an input of the pipeline, the items of a loop, the
    #: default of an inner component; None without a value.
    source: InputSource | Iterator | Parameter | Artifact | None
    #: The input of the pipeline, or of the component whose default it is.
    name: str = ""
    #: The task of the loop, or the task that uses the default of the input.
    call: Call | None = None
    #: The selectors applied to the value on its way, in order.
    selectors: tuple[Selector, ...] = ()


class _Step(NamedTuple):
    """A value to be followed: that of an input in the DAG of a component."""

    holder: str
    source: InputSource
    selectors: tuple[Selector, ...] = ()


class Upstream:
    """The components of a pipeline, and the tasks that run them."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.components: Mapping[str, Component] = {ROOT: pipeline.root, **pipeline.components}
        self.calls: dict[str, list[Call]] = {}
        for holder, name, task in walk_tasks(pipeline):
            self.calls.setdefault(task.component, []).append(Call(holder, name, task))

    def tasks(self, holder: str) -> Mapping[str, Task]:
        """The tasks in the DAG of a component."""
        component = self.components.get(holder)
        body = component.body if component is not None else None
        return body.tasks if isinstance(body, Dag) else {}

    def ends(self, holder: str, source: InputSource, *, artifacts: bool = False) -> list[End]:
        """All final sources of a source in the DAG of a component, each once."""
        found: list[End] = []
        waiting = [_Step(holder, source)]
        seen: set[tuple[object, ...]] = set()
        while waiting:
            step = waiting.pop()
            if (mark := _mark(step)) in seen:
                continue
            seen.add(mark)
            ends, steps = self._follow(step, artifacts)
            found += ends
            waiting += reversed(steps)
        return found

    def _follow(self, step: _Step, artifacts: bool) -> tuple[list[End], list[_Step]]:
        source = step.source
        if isinstance(source, FromTask):
            if source.task in self.tasks(step.holder):
                selectors = _picked(source.selector, step)
                return [End(step.holder, source, selectors=selectors)], []
            return [], self._outside(step)
        if not isinstance(source, FromParent):
            return [End(step.holder, source, selectors=step.selectors)], []
        declared = _declared(self.components[step.holder].inputs, artifacts)
        if step.holder == ROOT:
            one = declared.get(source.name)
            selectors = _picked(source.selector, step)
            return [End(ROOT, one, source.name, selectors=selectors)], []
        if source.name not in declared:
            return [], self._outside(step)
        return self._given(step, source, declared[source.name], artifacts)

    def _outside(self, step: _Step) -> list[_Step]:
        """Settings of some versions of kfp refer to an outer DAG."""
        return [step._replace(holder=call.holder) for call in self.calls.get(step.holder, ())]

    def _given(
        self, step: _Step, source: FromParent, declared: Parameter | Artifact, artifacts: bool
    ) -> tuple[list[End], list[_Step]]:
        """The values of a component's input in the tasks that run it."""
        ends: list[End] = []
        steps: list[_Step] = []
        selectors = _picked(source.selector, step)
        for call in self.calls.get(step.holder, ()):
            given = (call.task.artifacts if artifacts else call.task.parameters).get(source.name)
            loop = call.task.iterator
            if loop is not None and loop.item_input == source.name:
                ends.append(End(call.holder, loop, source.name, call, selectors))
            elif given is not None:
                steps.append(_Step(call.holder, given, selectors))
            else:
                ends.append(End(call.holder, default(declared), source.name, call, selectors))
        return ends, steps


def default(declared: Parameter | Artifact) -> Constant | None:
    """The value of an input without an argument; null is no value."""
    value = declared.default if isinstance(declared, Parameter) else None
    if value is None or value is UNSET:
        return None
    return Constant(value=value, origin=declared.origin)


def _declared(inputs: Interface, artifacts: bool) -> Mapping[str, Parameter | Artifact]:
    return inputs.artifacts if artifacts else inputs.parameters


def _picked(selector: Selector | None, step: _Step) -> tuple[Selector, ...]:
    return step.selectors if selector is None else (selector, *step.selectors)


def _mark(step: _Step) -> tuple[object, ...]:
    source = step.source
    if isinstance(source, FromParent):
        return step.holder, source.name, step.selectors, source.selector
    if isinstance(source, FromTask):
        return step.holder, source.task, source.output, step.selectors, source.selector
    return step.holder, id(source), step.selectors
