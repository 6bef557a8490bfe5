"""Values of the pipeline in platform settings: each DAG on their way gets an input for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import (
    KUBERNETES,
    Component,
    Constant,
    Container,
    Dag,
    FromParent,
    FromTask,
    Parameter,
    ParameterType,
    Setting,
)
from translator.model.kubernetes import map_values
from translator.platforms import Scopes, changed, key_of, references
from translator.records import replace
from translator.upstream import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from translator.model import Executor, Pipeline, Platform
    from translator.model.kubernetes import Value
    from translator.platforms import Source

__all__ = ["handed_down"]


def handed_down(pipeline: Pipeline) -> Pipeline:
    """The pipeline, in which each DAG gets the values for its tasks' settings as inputs."""
    found = list(references(pipeline))
    if not found:
        return pipeline
    scopes = Scopes(pipeline)
    changes = {
        (one.platform, one.executor, key_of(one.source)): way
        for one in found
        if (way := scopes.rewritten(one)) is not None and way != one.source
    }
    if not changes:
        return pipeline
    handing = _Handing(scopes)
    for one in found:
        if (one.platform, one.executor, key_of(one.source)) in changes:
            for call in scopes.places[one.executor]:
                handing.into(call.holder, one.source)
    components = {name: handing.component(name) for name in pipeline.components}
    with_inputs = replace(pipeline, root=handing.component(ROOT), components=components)
    return _with_sources(with_inputs, changes)


def _with_sources(
    pipeline: Pipeline, changes: Mapping[tuple[str, str, tuple[str, ...]], Source]
) -> Pipeline:
    """The pipeline with other sources in its settings, by platform, executor and source."""

    def change(platform: str, label: str) -> Callable[[Source], Source]:
        return lambda source: changes.get((platform, label, key_of(source)), source)

    def platform(name: str, one: Platform) -> Platform:
        executors = {
            label: _settings(settings, change(name, label))
            for label, settings in one.executors.items()
        }
        return replace(one, executors=executors)

    executors = {
        label: _executor(executor, change(KUBERNETES, label))
        for label, executor in pipeline.executors.items()
    }
    platforms = {name: platform(name, one) for name, one in pipeline.platforms.items()}
    return replace(pipeline, executors=executors, platforms=platforms)


def _executor(executor: Executor, change: Callable[[Source], Source]) -> Executor:
    if not isinstance(executor, Container):
        return executor

    def changed(value: Value) -> Value:
        return value if isinstance(value, Constant) else change(value)

    pod = map_values(executor.pod, changed)
    return replace(executor, pod=replace(pod, others=_settings(pod.others, change)))


def _settings(
    settings: Iterable[Setting], change: Callable[[Source], Source]
) -> tuple[Setting, ...]:
    return tuple(replace(one, value=changed(one.value, change)) for one in settings)


class _Handing:
    """New inputs of components, and their values in the tasks that run them."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._inputs: dict[str, dict[str, Parameter]] = {}
        self._given: dict[tuple[str, str], dict[str, Source]] = {}

    def into(self, holder: str, source: Source) -> None:
        """Passes a value down into the DAG of a component, if it is missing there."""
        way = self._scopes.way(holder, source)
        if way is None or way == source or not isinstance(way, FromParent):
            return
        if way.name in self._scopes.components[holder].inputs.parameters:
            return
        if way.name in self._inputs.get(holder, {}):
            return
        parameter = Parameter(type=self._type(holder, source))
        self._inputs.setdefault(holder, {})[way.name] = parameter
        for call in self._scopes.calls.get(holder, ()):
            outside = self._scopes.way(call.holder, source)
            assert outside is not None
            self._given.setdefault((call.holder, call.name), {})[way.name] = outside
            self.into(call.holder, source)

    def _type(self, holder: str, source: Source) -> ParameterType:
        for end in self._scopes.ends(holder, source):
            if isinstance(end.source, Parameter):
                return end.source.type
            if isinstance(end.source, FromTask):
                producer = self._scopes.tasks(end.holder)[end.source.task].component
                component = self._scopes.components.get(producer)
                outputs = component.outputs.parameters if component is not None else {}
                if end.source.output in outputs:
                    return outputs[end.source.output].type
        return ParameterType.STRING

    def component(self, name: str) -> Component:
        """The component with its new inputs, and the values that its tasks pass on."""
        component = self._scopes.components[name]
        if new := self._inputs.get(name):
            parameters = {**component.inputs.parameters, **new}
            component = replace(component, inputs=replace(component.inputs, parameters=parameters))
        if not isinstance(component.body, Dag):
            return component
        tasks = {
            key: replace(task, parameters={**task.parameters, **given})
            if (given := self._given.get((name, key)))
            else task
            for key, task in component.body.tasks.items()
        }
        return replace(component, body=replace(component.body, tasks=tasks))
