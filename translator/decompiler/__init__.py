"""The source of a pipeline: a model as Python code of KFP v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.choices import Choices
from translator.decompiler.components import definition
from translator.decompiler.components.function_types import with_function_types
from translator.decompiler.definitions import Definition, Module, docstring
from translator.decompiler.equality import Equality
from translator.decompiler.executor_input import unconverted, with_wrappers
from translator.decompiler.flow import Function
from translator.decompiler.functions import (
    defaults,
    output_names,
    parameter_names,
    pipeline_function,
    title_of,
)
from translator.decompiler.lists import with_item_types
from translator.decompiler.nesting import with_nested_groups
from translator.decompiler.nodes import Call, calls_in
from translator.decompiler.order import not_of_groups
from translator.decompiler.structure import Structure
from translator.decompiler.topology import refused
from translator.diagnostics import decompiler as rules
from translator.model import Dag, ParameterType
from translator.records import NamedTuple
from translator.version import NOTICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Component, Pipeline

__all__ = ["Decompiled", "decompiled"]


_NO_CHOICES = Choices()
#: Types of inputs that no pipeline has: kfp gives their values.
_OF_COMPONENTS = (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG)


class Decompiled(NamedTuple):
    """The source of a pipeline."""

    #: The source in one file.
    text: str
    #: The pipeline function in it.
    function: str
    #: Input of the pipeline → the parameter of the function.
    inputs: Mapping[str, str]
    #: What the source cannot have, or has in another form.
    findings: tuple[Diagnostic, ...]
    #: Packages that it needs beside kfp in one version: ``name==1.2``.
    requirements: tuple[str, ...] = ()
    #: The source in files: pipeline.py, and what it imports from beside it.
    files: Mapping[str, str] = {}
    #: The versions of kfp that containers install and the compiler replaces by its own, each with
    #: the place of such a container.
    replaced_kfp: Mapping[str, Origin | None] = {}


def decompiled(
    pipeline: Pipeline, *, file: str, sha256: str = "", choices: Choices = _NO_CHOICES
) -> Decompiled:
    """The source of a pipeline in the terms of kfp 2: what its author has written, or could have.

    ``file`` is the name of the file for the docstring, ``sha256`` that of its content. An error
    among the findings means that the source does not compile to the same pipeline.
    """
    typed = with_item_types(with_nested_groups(with_function_types(pipeline)))
    return _Writer(typed, choices).written(file, sha256)


class _Writer:
    """Writes the functions of a pipeline: those of components, of inner pipelines, and its own."""

    def __init__(self, given: Pipeline, choices: Choices) -> None:
        self.given = given
        self.pipeline = pipeline = with_wrappers(given)
        components = [pipeline.root, *pipeline.components.values()]
        dags = [one for one in components if isinstance(one.body, Dag)]
        taken = {name for one in dags for name in parameter_names(one).values()}
        self.module = Module(taken, choices)
        self.equality = Equality(pipeline)
        #: Component → how it is called.
        self.definitions: dict[str, Definition] = {}
        #: Number of equal pipelines → definition.
        self.inner: dict[int, Definition] = {}
        #: The pipeline functions to write, those that others call before them.
        self.functions: list[tuple[Function, str]] = []

    def written(self, file: str, sha256: str) -> Decompiled:
        root = self.pipeline.root
        function = self.prepared(root)
        name = self.compiled_alone(function)
        if not name:
            name = self.module.names.new(self.pipeline.name, "pipeline")
            self.functions.append((function, name))
        for one in self.definitions.values():
            self.module.define(one)
        for finding in unconverted(self.given, self.definitions):
            self.module.findings.add(finding)
        sources = [
            pipeline_function(self.module, one, of, is_root=one is function)
            for one, of in self.functions
        ]
        title = self.title(file, sha256)
        return Decompiled(
            text=self.module.text(title, *sources),
            function=name,
            inputs=function.parameters,
            findings=tuple(self.module.findings),
            requirements=tuple(sorted(self.module.requirements)),
            files=self.module.files(title, *sources),
            replaced_kfp=self.module.replaced_kfp,
        )

    def compiled_alone(self, function: Function) -> str:
        """The component whose compilation the pipeline is; empty if it has a function of its own.

        kfp's compiler accepts a component in place of a pipeline. Nothing else makes a pipeline
        with an input for the status of a task, as a pipeline cannot pass it on.
        """
        inputs = function.component.inputs.parameters.values()
        only = function.flow.body[0] if len(function.flow.body) == 1 else None
        given = any(one.type in _OF_COMPONENTS for one in inputs)
        return (
            self.definitions[only.task.component].function
            if given and isinstance(only, Call)
            else ""
        )

    def prepared(self, component: Component) -> Function:
        """A function whose definitions have their names."""
        structure = Structure(self.pipeline, component)
        flow = structure.flow()
        if not flow.body:
            facts = {"pipeline": "the pipeline"}
            self.module.findings.add(rules.EMPTY.at(component.origin, **facts))
        for finding in refused(flow):
            self.module.findings.add(finding)
        for call in calls_in(flow.body):
            self.module.titles.setdefault(call.task.component, not_of_groups(call.path[-1]))
            self.define(call.task.component)
        return Function(
            pipeline=self.pipeline,
            component=component,
            structure=structure,
            flow=flow,
            definitions=self.definitions,
            parameters=parameter_names(component),
        )

    def define(self, name: str) -> None:
        """Names the function of a component."""
        if name in self.definitions:
            return
        component = self.pipeline.components[name]
        if not isinstance(component.body, Dag):
            self.definitions[name] = definition(self.module, self.pipeline, name, component)
            return
        number = self.equality.number(name)
        if number not in self.inner:
            function = self.prepared(component)
            own = self.module.names.new(self.module.titles[name], "pipeline")
            self.functions.append((function, own))
            self.inner[number] = Definition(
                function=own,
                code="",
                inputs=function.parameters,
                outputs=output_names(component),
                defaults=defaults(component),
            )
        self.definitions[name] = self.inner[number]

    def title(self, file: str, sha256: str) -> str:
        """The docstring of pipeline.py."""
        pipeline = self.pipeline
        title = title_of(pipeline)
        sdk = f", compiled by {pipeline.sdk_version}" if pipeline.sdk_version else ""
        source = f"{file} ({pipeline.dialect or 'KFP v2'}{sdk})" if file else "a pipeline"
        lines = [f"{title.rstrip('.')}.", "", f"Recovered from {source}."]
        lines += [f"SHA-256 {sha256}"] if sha256 else []
        return docstring("\n".join([*lines, NOTICE]), 0)
