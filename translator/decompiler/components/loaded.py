"""Components that are loaded from YAML text, as a program reads names that functions cannot have.

A container that reads the executor input, ``{{$}}``, finds its inputs and outputs in it by name. So
these names stay, also those that are no identifiers of Python, or ``Output``, which kfp allows for
the value of a function only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.components.ports import defaults, port_names
from translator.decompiler.definitions import Definition
from translator.decompiler.layout import assigned, call, named
from translator.decompiler.literals import text
from translator.diagnostics import decompiler_components as rules
from translator.model import Container, Dag, ExecutorRef, FromParent, Pipeline, Task
from translator.records import replace

if TYPE_CHECKING:
    from translator.decompiler.definitions import Module
    from translator.model import Component

__all__ = ["loaded"]


def loaded(
    module: Module, name: str, function: str, component: Component, container: Container
) -> Definition:
    """A component as the text of a pipeline spec, with all its names."""
    module.use("from kfp import components")
    inputs, outputs = port_names(component)
    module.findings.add(
        rules.LOADED.at(component.origin, component=name, names=", ".join([*inputs, *outputs]))
    )
    document = text(_document(function.replace("_", "-"), component, container))
    constant = module.constant(f"{function} component", document)
    code = call("components.load_component_from_text", named(constant))
    return Definition(
        function=function,
        code=assigned(function, code),
        inputs={one: one for one in inputs},
        outputs={one: one for one in outputs},
        defaults=defaults(component),
    )


def _document(name: str, component: Component, container: Container) -> str:
    """The pipeline spec of one task; kfp finds component and executor by the pipeline's name."""
    from translator.writers.pipeline_spec import pipeline_spec
    from translator.writers.yaml_text import yaml_text

    task = Task(
        component=f"comp-{name}",
        display_name=name,
        parameters={one: FromParent(name=one) for one in component.inputs.parameters},
        artifacts={one: FromParent(name=one) for one in component.inputs.artifacts},
    )
    spec = pipeline_spec(
        Pipeline(
            name=name,
            root=replace(component, body=Dag(tasks={name: task})),
            components={task.component: replace(component, body=ExecutorRef(label=f"exec-{name}"))},
            executors={f"exec-{name}": _program(container)},
        )
    )
    return yaml_text(spec)


def _program(container: Container) -> Container:
    """The container without the settings that its tasks make."""
    return Container(image=container.image, command=container.command, args=container.args)
