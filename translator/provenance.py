"""The way of a value to an input of a task, in sentences: through DAGs, loops and outputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.diagnostics.redaction import kept_back, told
from translator.model import (
    UNSET,
    Constant,
    Dag,
    FinalStatus,
    FromParent,
    FromTask,
    Items,
    Parameter,
    RuntimeParameter,
)
from translator.model.channels import author_name, readable
from translator.placeholders import PlaceholderKind, Text
from translator.readers.kfp_outline import of_pipeline
from translator.records import NamedTuple
from translator.upstream import ROOT, Call, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import InputSource, Json, Pipeline
    from translator.model.expressions import Selector

__all__ = ["Hop", "circumstances", "inputs_of", "provenance", "tasks_named"]

#: Characters of a constant that are shown, and steps that are followed.
_WIDTH, _STEPS = 200, 200


class Hop(NamedTuple):
    """One step on the way of a value."""

    #: How deep it is below the input: values of one text have the same depth.
    depth: int
    text: str
    #: The line in the file; 0 if not known.
    line: int = 0


def tasks_named(pipeline: Pipeline, name: str) -> list[Call]:
    """The tasks of that name, or of that display name, in all DAGs."""
    calls = [call for found in Upstream(pipeline).calls.values() for call in found]
    named = [call for call in calls if call.name == name]
    return named or [call for call in calls if call.task.display_name == name]


def inputs_of(pipeline: Pipeline, call: Call) -> dict[str, str]:
    """Input of a task as its author sees it → its name in the model."""
    component = pipeline.components.get(call.task.component)
    declared = (
        () if component is None else (*component.inputs.parameters, *component.inputs.artifacts)
    )
    names = (*call.task.parameters, *call.task.artifacts, *declared)
    return {author_name(name): name for name in names}


def provenance(pipeline: Pipeline, call: Call, name: str) -> list[Hop]:
    """The sources of an input, from the task outwards."""
    walk = _Walk(pipeline)
    return list(walk.input(call, name, 0))


def circumstances(pipeline: Pipeline, call: Call) -> list[str]:
    """The conditions, loops and exit handlers around a task, the innermost first."""
    upstream = Upstream(pipeline)
    steps = {
        (dag, step.name): step
        for dag, found in of_pipeline(pipeline).dags.items()
        for step in found
    }
    said: list[str] = []
    seen: set[tuple[str, str]] = set()
    while (call.holder, call.name) not in seen:
        seen.add((call.holder, call.name))
        step = steps[call.holder, call.name]
        if step.condition:
            said.append(f"runs if {told(step.condition)}")
        if step.loop:
            said.append(f"runs for each of {told(step.loop)}")
        if step.always:
            said.append("runs even if a task before it failed")
        around = upstream.calls.get(call.holder)
        if not around:
            break
        call = around[0]
    return said


class _Walk:
    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._upstream = Upstream(pipeline)
        self._left = _STEPS

    def input(self, call: Call, name: str, depth: int) -> Iterator[Hop]:
        """The sources of an input of a task."""
        task = call.task
        if task.iterator is not None and task.iterator.item_input == name:
            yield Hop(depth, f"an item of the loop {_quoted(call.name)}", _line(task))
            items = task.iterator.items
            if isinstance(items, Items):
                yield Hop(depth + 1, f"whose items are {_shown(name, list(items.values))}")
            else:
                yield Hop(depth + 1, "whose items are")
                yield from self.input(call, items.name, depth + 2)
            return
        source = task.parameters.get(name) or task.artifacts.get(name)
        if source is None:
            yield from self._default(call, name, depth)
        else:
            yield from self._source(call.holder, name, source, depth, call)

    def _default(self, call: Call, name: str, depth: int) -> Iterator[Hop]:
        component = self._pipeline.components.get(call.task.component)
        declared = component.inputs.parameters.get(name) if component else None
        if declared is None or declared.default is UNSET:
            yield Hop(depth, "no value: the input is optional and the task does not set it")
        else:
            value = _shown(name, declared.default)
            yield Hop(depth, f"the default of the component: {value}", _line(declared))

    def _source(
        self, holder: str, name: str, source: InputSource, depth: int, call: Call | None = None
    ) -> Iterator[Hop]:
        """The way of a source in the DAG of a component; ``call`` is the task that has it."""
        self._left -= 1
        if self._left < 0:
            return
        match source:
            case Constant(value=value):
                text = source.parsed
                shown = readable(text) if isinstance(text, Text) else value
                yield Hop(depth, f"the constant {_shown(name, shown)}", _line(source))
                if isinstance(text, Text) and call is not None:
                    yield from self._parts(call, text, depth + 1)
            case FinalStatus(task=task):
                yield Hop(depth, f"the final status of task {_quoted(task)}", _line(source))
            case FromTask(task=task, output=output, selector=selector):
                part = _part(selector)
                yield Hop(
                    depth,
                    f"{part}output {_quoted(author_name(output))} of task {_quoted(task)}",
                    _line(source),
                )
                yield from self._inside(holder, task, output, depth + 1)
            case FromParent(name=above, selector=selector):
                yield from self._outside(holder, above, selector, depth)
            case RuntimeParameter(name=above):
                yield Hop(depth, f"the input {_quoted(above)} of the component", _line(source))

    def _parts(self, call: Call, text: Text, depth: int) -> Iterator[Hop]:
        """The inputs of the task in the text of a constant."""
        for part in dict.fromkeys(text.placeholders()):
            if part.kind is PlaceholderKind.INPUT_VALUE:
                yield Hop(depth, f"in which {_quoted(author_name(part.name))} is")
                yield from self.input(call, part.name, depth + 1)

    def _inside(self, holder: str, task: str, output: str, depth: int) -> Iterator[Hop]:
        """The tasks of a DAG that make an output of it."""
        called = self._upstream.tasks(holder).get(task)
        component = self._pipeline.components.get(called.component) if called else None
        if called is None or component is None or not isinstance(component.body, Dag):
            return
        body = component.body
        made = body.parameter_outputs.get(output) or body.artifact_outputs.get(output)
        if made is None:
            return
        if called.iterator is not None:
            yield Hop(depth, f"collected from all items of the loop {_quoted(task)}", _line(called))
        if made.one_of:
            yield Hop(depth, "of whichever of these tasks ran")
        for source in made.sources:
            yield from self._source(called.component, output, source, depth)

    def _outside(
        self, holder: str, name: str, selector: Selector | None, depth: int
    ) -> Iterator[Hop]:
        """The value of an input of the component that contains a DAG."""
        part = _part(selector)
        if holder == ROOT:
            yield self._of_pipeline(name, part, depth)
            return
        for call in self._upstream.calls.get(holder, ()):
            if part:
                yield Hop(depth, part.removesuffix(" of "))
                depth += 1
            yield from self.input(call, name, depth)

    def _of_pipeline(self, name: str, part: str, depth: int) -> Hop:
        inputs = self._pipeline.root.inputs
        one = inputs.parameters.get(name) or inputs.artifacts.get(name)
        about = ""
        if isinstance(one, Parameter) and one.default is not UNSET:
            about = f", whose default is {_shown(name, one.default)}"
        return Hop(depth, f"{part}the input {_quoted(name)} of the pipeline{about}", _line(one))


def _part(selector: Selector | None) -> str:
    if selector is None:
        return ""
    path = ".".join(map(str, selector.path)) or selector.written
    return f"part {_quoted(path)} of "


def _quoted(name: str) -> str:
    return f"`{told(name)}`"


def _shown(name: str, value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # KFP writes integers so, too
    text = json.dumps(kept_back(author_name(name), value), ensure_ascii=False)
    return told(text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…")


def _line(node: object) -> int:
    origin = getattr(node, "origin", None)
    return origin.line if origin else 0
