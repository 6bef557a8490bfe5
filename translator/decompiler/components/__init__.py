"""How pipeline.py defines the components of a pipeline, each in the way of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.components import containers, google, importers, lightweight
from translator.decompiler.components.importers import importer_call
from translator.decompiler.components.ports import with_declared_defaults
from translator.decompiler.definitions import Definition
from translator.decompiler.volume_tasks import volume_definition
from translator.diagnostics import decompiler_components as rules
from translator.model import Container, Dag, ExecutorRef, Importer, OpaqueExecutor, Resource
from translator.model.channels import is_channel
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.decompiler.definitions import Module
    from translator.model import Component, Executor, Interface, Pipeline

__all__ = ["definition", "importer_call"]


def definition(module: Module, pipeline: Pipeline, name: str, component: Component) -> Definition:
    """What tasks of a component call, and its source.

    Components that are equal but for their names, and for what is set for each task, have one. An
    executor that kfp has no Python code for is a finding; its definition can be called, and nothing
    is to be written. ``component`` is run by an executor: a DAG is none of these.
    """
    known = module.kept(_Known, lambda: _Known(pipeline))
    return known.definition(module, pipeline, name, component)


class _Known:
    """The definitions of a module."""

    def __init__(self, pipeline: Pipeline) -> None:
        found = [container for _, container in _containers(pipeline)]
        self._repeated = containers.shared(found)
        self._packages = lightweight.repeated_packages(found)
        self._google = google.version_of(found)
        #: The program of a container → the components with it, and their definitions.
        self._found: dict[object, list[tuple[Component, Definition]]] = {}

    def definition(
        self, module: Module, pipeline: Pipeline, name: str, component: Component
    ) -> Definition:
        """The definition of an equal component, or a new one."""
        executor = _executor(pipeline, component)
        if isinstance(executor, Importer):
            return importers.definition(module, component)
        if not isinstance(executor, Container):
            return self._unknown(module, name, component, executor)
        volume = volume_definition(module, component, executor)
        if volume is not None:
            return volume
        own = _own(component, executor)
        same = self._found.setdefault(_program(executor), [])
        for other, found in same:
            if other == own:
                return found
        made = (
            google.definition(module, name, own, executor, self._google)
            or lightweight.definition(module, name, own, executor, self._packages)
            or containers.definition(module, pipeline, name, own, executor, self._repeated)
        )
        same.append((own, made))
        return made

    def _unknown(
        self, module: Module, name: str, component: Component, executor: Executor | None
    ) -> Definition:
        kind = "resource" if isinstance(executor, Resource) else "missing executor"
        kind = executor.kind if isinstance(executor, OpaqueExecutor) else kind
        module.findings.add(rules.EXECUTOR.at(component.origin, component=name, kind=kind))
        return Definition(
            function=containers.function_name(module, name), code="", inputs={}, outputs={}
        )


def _executor(pipeline: Pipeline, component: Component) -> Executor | None:
    body = component.body
    return None if isinstance(body, Dag) else pipeline.executors.get(body.label)


def _containers(pipeline: Pipeline) -> Iterator[tuple[object, Container]]:
    """The container of each program once, whatever its tasks set."""
    found: dict[object, Container] = {}
    for component in pipeline.components.values():
        executor = _executor(pipeline, component)
        if isinstance(executor, Container):
            found.setdefault(_program(executor), executor)
    yield from found.items()


def _program(container: Container) -> object:
    return container.image, container.command, container.args


def _own(component: Component, container: Container) -> Component:
    """The component as its author declared it. Its label and generated inputs are not compared.

    kfp adds an input for a value that a task sets, for example a limit of memory.
    """
    words = (*container.command, *container.args)
    read = {one.name for word in words for one in word.placeholders()}
    parameters = {
        name: one
        for name, one in component.inputs.parameters.items()
        if not is_channel(name) or name in read
    }
    inputs: Interface = replace(component.inputs, parameters=parameters)
    own = replace(component, body=ExecutorRef(label=""), inputs=inputs)
    return with_declared_defaults(own)
