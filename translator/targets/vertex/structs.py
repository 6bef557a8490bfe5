"""``IfPresent`` and ``Concat``: arguments of a container that are chosen or joined for each task.

kfp writes them into command and arguments as JSON: ``{"IfPresent": {"InputName": "x", "Then":
["--x", "…"], "Else": […]}}`` and ``{"Concat": ["a", "…"]}`` (kfp/dsl/placeholders.py; resolved by
kfp/local/placeholder_utils.py and backend/src/v2/driver/util.go). An input is present when a task
gives it a value other than null, or when the component has a default for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from translator.model import (
    KFP_V1,
    UNSET,
    Artifact,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    Parameter,
    walk_tasks,
)
from translator.placeholders import Text, parse_text
from translator.records import NamedTuple, replace
from translator.targets.vertex.features import STRUCTS
from translator.upstream import ROOT, Call, Upstream, default

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import Component, Pipeline
    from translator.upstream import End

__all__ = ["Unresolved", "unresolved", "with_resolved_structs"]

#: Images of Google's own components, which hold such JSON and are made for Vertex AI.
_OF_GOOGLE = ("gcr.io/ml-pipeline/", "us-docker.pkg.dev/vertex-ai")


class Unresolved(NamedTuple):
    """JSON that cannot be resolved, and the input it depends on; empty if its form is invalid."""

    label: str
    container: Container
    name: str


class _OpenError(Exception):
    """The result of the JSON is not known before the run."""


def unresolved(pipeline: Pipeline) -> Iterator[Unresolved]:
    """What ``with_resolved_structs`` does not resolve, because it depends on the run."""
    resolved = with_resolved_structs(pipeline)
    if resolved is pipeline:
        return  # there is no such JSON
    run = {task.component for _, _, task in walk_tasks(resolved)}
    for name, component in resolved.components.items():
        if name in run and isinstance(component.body, ExecutorRef):
            executor = resolved.executors.get(component.body.label)
            if isinstance(executor, Container) and (names := _names(executor)) is not None:
                yield Unresolved(component.body.label, executor, next(iter(names), ""))


def with_resolved_structs(pipeline: Pipeline) -> Pipeline:
    """The pipeline with plain arguments in place of the JSON, as far as inputs are known.

    Tasks of one component for which the arguments differ get components of their own.
    """
    if pipeline.dialect == KFP_V1:
        return pipeline  # for Argo it is text like any other
    inputs_of = {
        label: names
        for label, executor in pipeline.executors.items()
        if isinstance(executor, Container) and (names := _names(executor)) is not None
    }
    return _Resolving(pipeline, inputs_of).result() if inputs_of else pipeline


class _Resolving:
    """Components and executors, one for each set of inputs that are present."""

    def __init__(self, pipeline: Pipeline, inputs_of: Mapping[str, tuple[str, ...]]) -> None:
        self._pipeline = pipeline
        self._inputs_of = inputs_of
        self._upstream = Upstream(pipeline)
        self._components: dict[str, Component] = dict(pipeline.components)
        self._executors = dict(pipeline.executors)
        self._labels: dict[tuple[str, tuple[bool | None, ...]], str] = {}
        #: Component and task → the component that it runs now.
        self._renamed: dict[tuple[str, str], str] = {}

    def result(self) -> Pipeline:
        for name, component in self._pipeline.components.items():
            body = component.body
            if isinstance(body, ExecutorRef) and body.label in self._inputs_of:
                self._component(name, component, body.label)
        components = {name: self._with_tasks(name, one) for name, one in self._components.items()}
        root = self._with_tasks(ROOT, self._pipeline.root)
        return replace(self._pipeline, root=root, components=components, executors=self._executors)

    def _component(self, name: str, component: Component, label: str) -> None:
        groups: dict[tuple[bool | None, ...], list[Call]] = {}
        for call in self._upstream.calls.get(name, ()):
            present = tuple(self._is_present(call, component, n) for n in self._inputs_of[label])
            groups.setdefault(present, []).append(call)
        for number, (present, calls) in enumerate(groups.items()):
            own = name if number == 0 else _fresh(name, self._components)
            body = ExecutorRef(label=self._executor(label, present))
            self._components[own] = replace(component, body=body)
            if own != name:
                self._renamed |= {(call.holder, call.name): own for call in calls}

    def _executor(self, label: str, present: tuple[bool | None, ...]) -> str:
        """The executor for a set of present inputs; the first variant keeps the name."""
        if (label, present) in self._labels:
            return self._labels[label, present]
        taken = any(known == label for known, _ in self._labels)
        own = _fresh(label, self._executors) if taken else label
        self._labels[label, present] = own
        container = self._pipeline.executors[label]
        assert isinstance(container, Container)
        known = dict(zip(self._inputs_of[label], present, strict=True))
        self._executors[own] = replace(
            container,
            command=_resolved_all(container.command, known),
            args=_resolved_all(container.args, known),
        )
        return own

    def _with_tasks(self, name: str, component: Component) -> Component:
        if not isinstance(component.body, Dag):
            return component
        tasks = {
            key: replace(task, component=self._renamed.get((name, key), task.component))
            for key, task in component.body.tasks.items()
        }
        return replace(component, body=replace(component.body, tasks=tasks))

    def _is_present(self, call: Call, component: Component, name: str) -> bool | None:
        """Whether a task's input is present; None if that depends on the run."""
        inputs = component.inputs
        artifacts = name not in inputs.parameters
        declared = inputs.artifacts.get(name) if artifacts else inputs.parameters[name]
        if declared is None:
            return False
        task = call.task
        if task.iterator is not None and task.iterator.item_input == name:
            return True
        given = (task.artifacts if artifacts else task.parameters).get(name)
        if given is None:
            return default(declared) is not None
        ends = self._upstream.ends(call.holder, given, artifacts=artifacts)
        states = {_is_given(self._pipeline, end) for end in ends}
        return states.pop() if len(states) == 1 else None


def _is_given(pipeline: Pipeline, end: End) -> bool | None:
    match end.source:
        case None:
            return False
        case Constant(value=value):
            return value is not None
        case Parameter() as parameter:
            # A required input has a value; one that is optional, or may be null, may be absent.
            if pipeline.submission.arguments.get(end.name) is not None:
                return True
            left_out = parameter.default is UNSET and parameter.optional
            return None if left_out or parameter.default is None else True
        case Artifact(optional=True):
            return None
        case _:
            return True


def _fresh(name: str, taken: Mapping[str, object]) -> str:
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"


# The JSON in an argument


def _names(container: Container) -> tuple[str, ...] | None:
    """The inputs that the JSON of a container depends on; None if it has no JSON."""
    structs = [s for w in (*container.command, *container.args) if (s := _struct(w)) is not None]
    if not structs or str(container.image).startswith(_OF_GOOGLE):
        return None
    return tuple(dict.fromkeys(name for struct in structs for name in _inputs_in(struct)))


def is_struct(argument: Text) -> bool:
    """Whether an argument has the JSON of ``IfPresent`` or ``Concat``."""
    return _struct(argument) is not None


def _struct(argument: Text) -> dict[str, Any] | None:
    first = argument.parts[0] if argument.parts else ""
    if not isinstance(first, str) or not first.startswith(STRUCTS):
        return None
    try:
        value = json.loads(str(argument))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and len(value) == 1 else None


def _inputs_in(value: Any) -> Iterator[str]:
    """The inputs on which it depends, in order."""
    if isinstance(value, dict):
        if isinstance(name := value.get("InputName"), str):
            yield name
        for entry in value.values():
            yield from _inputs_in(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _inputs_in(entry)


def _resolved_all(
    arguments: tuple[Text, ...], present: Mapping[str, bool | None]
) -> tuple[Text, ...]:
    found: list[Text] = []
    for argument in arguments:
        struct = _struct(argument)
        try:
            found += [argument] if struct is None else map(parse_text, _resolved(struct, present))
        except _OpenError:
            found.append(argument)
    return tuple(found)


def _resolved(entry: Any, present: Mapping[str, bool | None]) -> list[str]:
    """The arguments that result from the JSON: none, one or several."""
    if isinstance(entry, str):
        return [entry]
    match entry:
        case {"Concat": list(items)} if len(entry) == 1:
            parts = [_resolved(item, present) for item in items]
            if any(len(part) > 1 for part in parts):
                raise _OpenError  # kfp does not define the result
            return ["".join(argument for part in parts for argument in part)]
        case {"IfPresent": {"InputName": str(name), **branches}} if len(entry) == 1:
            if (is_present := present.get(name)) is None:
                raise _OpenError
            branch = branches.get("Then" if is_present else "Else")
            chosen = branch if isinstance(branch, list) else [branch]
            return [w for one in chosen if one is not None for w in _resolved(one, present)]
        case _:
            raise _OpenError
