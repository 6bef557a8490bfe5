"""A reusable component (``component.yaml`` of KFP v1) → a pipeline of one task that runs it.

Names, types and placeholders are translated as in kfp 2 (kfp/dsl/structures.py,
``from_v1_component_spec``, and placeholders.py). Each input of the component is one of the
pipeline, and so is each output.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from translator.diagnostics import component as rules
from translator.model import (
    UNSET,
    Artifact,
    Component,
    Container,
    Dag,
    DagOutput,
    EnvVariable,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Pipeline,
    Task,
)
from translator.placeholders import Placeholder, PlaceholderKind, Text, parse_text
from translator.readers import kfp_legacy
from translator.readers.argo.annotations import schema_title
from translator.readers.argo.declared_types import type_of, typed
from translator.readers.argo.values import pipeline_name
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from translator.model import Json, Unset
    from translator.source import Cursor, Source

#: An element of a command, in the format of kfp 2's compiler.
Element: TypeAlias = "str | dict[str, Json]"

#: The placeholders of an input, and their kinds in KFP v2.
_OF_INPUTS = {
    "inputValue": PlaceholderKind.INPUT_VALUE,
    "inputPath": PlaceholderKind.INPUT_PATH,
    "inputUri": PlaceholderKind.INPUT_URI,
}
#: The backend sets an input of this type, in an exit handler.
_FINAL_STATUS = "PipelineTaskFinalStatus"
#: kfp 2 reads the default of either as any JSON value, and Google's own components rely on it.
_OTHER_KINDS = {
    ParameterType.LIST: ParameterType.STRUCT,
    ParameterType.STRUCT: ParameterType.LIST,
}
_TEXT_TYPES = frozenset({"string", "str", "text"})
_GOOGLE_TYPE = re.compile(r"google\.[A-Za-z]+")
_VERSION = "0.0.1"


def read(source: Source) -> Pipeline:
    """The pipeline that runs the component of the file. Findings are in the source."""
    document, *others = source.documents
    for other in others:
        other.inert()
    for key in ("apiVersion", "kind", "metadata"):
        document.get(key).inert()  # where the component comes from
    title = document.take("name", str, "component")
    component, container = _Reader(document).read()
    name = pipeline_name(title)
    task = Task(
        component=f"comp-{name}",
        display_name=title,
        parameters={one: FromParent(name=one) for one in component.inputs.parameters},
        artifacts={one: FromParent(name=one) for one in component.inputs.artifacts},
        origin=document.origin,
    )
    dag = Dag(
        tasks={name: task},
        parameter_outputs=_handed_on(name, component.outputs.parameters),
        artifact_outputs=_handed_on(name, component.outputs.artifacts),
        origin=document.origin,
    )
    return Pipeline(
        name=name,
        display_name=title,
        description=component.description,
        root=replace(component, body=dag, description=""),
        components={task.component: replace(component, body=ExecutorRef(label=f"exec-{name}"))},
        executors={f"exec-{name}": container},
        dialect="KFP component",
        origin=document.origin,
    )


def _handed_on(task: str, outputs: Iterable[str]) -> dict[str, DagOutput]:
    return {one: DagOutput(sources=(FromTask(task=task, output=one),)) for one in outputs}


class _Reader:
    """Reads the interface first, because the meaning of a placeholder depends on it."""

    def __init__(self, document: Cursor) -> None:
        self.document = document
        self.parameters: dict[str, Parameter] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.output_parameters: dict[str, Parameter] = {}
        self.output_artifacts: dict[str, Artifact] = {}

    def read(self) -> tuple[Component, Container]:
        """The component, and the container that its executor runs."""
        document = self.document
        implementation = document.child("implementation")
        if (graph := implementation.find("graph")) is not None:
            graph.drop(rules.GRAPH)
            return Component(body=ExecutorRef(label="")), Container(image=Text())
        container = implementation.child("container")
        used = set(_inputs_by_value(container.peek()))
        for entry in _entries(document, "inputs"):
            self._input(entry, used)
        for entry in _entries(document, "outputs"):
            self._output(entry)
        component = Component(
            body=ExecutorRef(label=""),
            inputs=Interface(parameters=self.parameters, artifacts=self.artifacts),
            outputs=Interface(parameters=self.output_parameters, artifacts=self.output_artifacts),
            description=document.take("description", str, ""),
            origin=document.origin,
        )
        return component, self._container(container)

    # The interface

    def _input(self, entry: Cursor, used_by_value: set[str]) -> None:
        title = entry.take("name", str)
        kind = _type(entry)
        optional = entry.take("optional", bool, False)
        description = entry.take("description", str, "")
        default = entry.find("default")
        if kind == _FINAL_STATUS:
            self.parameters[_name(title)] = Parameter(
                type=ParameterType.TASK_FINAL_STATUS,
                optional=True,
                description=description,
                declared_type=kind,
                origin=entry.origin,
            )
            if default is not None:
                default.drop(rules.DEFAULT_OF_ARTIFACT, input=title)
            return
        if _is_parameter(kind) or title in used_by_value:
            if not _is_parameter(kind):
                entry.report(rules.TYPE_IS_TEXT, input=title, type=kind or "none")
            parameter = Parameter(
                type=type_of(kind),
                optional=optional or default is not None,
                description=description,
                declared_type=kind,
                origin=entry.origin,
            )
            self.parameters[_name(title)] = _with_default(parameter, default)
            return
        if default is not None:
            default.drop(rules.DEFAULT_OF_ARTIFACT, input=title)
        artifact = replace(_artifact(kind, entry), optional=optional, description=description)
        self.artifacts[_name(title)] = artifact

    def _output(self, entry: Cursor) -> None:
        name, kind = _name(entry.take("name", str)), _type(entry)
        description = entry.take("description", str, "")
        if _is_parameter(kind):
            self.output_parameters[name] = Parameter(
                type=type_of(kind), description=description, declared_type=kind, origin=entry.origin
            )
        else:
            self.output_artifacts[name] = replace(_artifact(kind, entry), description=description)

    # The container

    def _container(self, container: Cursor) -> Container:
        if (paths := container.find("fileOutputs")) is not None:
            paths.drop(rules.FIXED_PATHS)
        env = container.find("env")
        return Container(
            image=parse_text(kfp_legacy.required(container, "image")),
            command=self._command(container.find("command")),
            args=self._command(container.find("args")),
            env=tuple(
                EnvVariable(name=name, value=parse_text(value.string()), origin=value.origin)
                for name, value in (env.items() if env is not None else ())
            ),
            origin=container.origin,
        )

    def _command(self, elements: Cursor | None) -> tuple[Text, ...]:
        if elements is None:
            return ()
        return tuple(_text(one) for found in elements.elements() for one in self._spliced(found))

    def _spliced(self, found: Cursor) -> list[Element]:
        """An element of the command: several, or none, if an ``if`` can be resolved now."""
        condition = found.find("if")
        chosen = None if condition is None else self._decided(condition)
        if condition is None or chosen is None:
            return [self._element(found)]
        branch = condition.find(chosen)
        other = condition.find("else" if chosen == "then" else "then")
        if other is not None:
            other.inert()
        if branch is None:
            return []
        several = branch.elements() if branch.kind == "sequence" else (branch,)
        return [one for element in several for one in self._spliced(element)]

    def _decided(self, condition: Cursor) -> str | None:
        """The branch that is always used; None if it depends on the inputs of the run."""
        cond = condition.child("cond")
        if cond.kind == "scalar":
            value = cond.value()
            return "then" if value is True or value == "true" else "else"
        given = _name(cond.take("isPresent", str))
        known: Parameter | Artifact | None = self.parameters.get(given) or self.artifacts.get(given)
        if known is None:
            cond.report(rules.UNKNOWN_NAME, name=cond.get("isPresent").peek(), side="input")
            return "else"
        has_default = isinstance(known, Parameter) and known.default is not UNSET
        return "then" if has_default or not known.optional else None

    def _element(self, found: Cursor) -> Element:
        if found.kind == "scalar":
            return found.string()
        match list(found.keys()):
            case [("inputValue" | "inputPath" | "inputUri") as key]:
                return self._taken(key, found.child(key))
            case [("outputPath" | "outputUri") as key]:
                return self._written(key, found.child(key))
            case ["concat"]:
                parts = [p for one in found.child("concat").elements() for p in self._spliced(one)]
                if all(isinstance(part, str) for part in parts):
                    return "".join(map(str, parts))
                return {"Concat": list(parts)}
            case ["if"]:
                return self._if_present(found.child("if"))
            case ["executorInput"]:
                found.get("executorInput").rewritten()
                return str(Placeholder(PlaceholderKind.EXECUTOR_INPUT))
        found.drop(rules.UNKNOWN_PLACEHOLDER, found=", ".join(found.keys()) or found.kind)
        return ""

    def _if_present(self, condition: Cursor) -> Element:
        present: dict[str, Json] = {
            "InputName": _name(condition.child("cond").take("isPresent", str))
        }
        for key in ("then", "else"):
            if (branch := condition.find(key)) is None:
                continue
            if branch.kind == "sequence":
                present[key.title()] = [p for b in branch.elements() for p in self._spliced(b)]
            else:
                present[key.title()] = self._element(branch)
        return {"IfPresent": present}

    def _taken(self, key: str, place: Cursor) -> str:
        title = place.string()
        name = _name(title)
        if key != "inputValue" and name in self.parameters:
            place.report(rules.VALUE_AS_FILE, input=title, placeholder=key)
        elif name not in self.parameters and name not in self.artifacts:
            place.report(rules.UNKNOWN_NAME, name=title, side="input")
        return str(Placeholder(_OF_INPUTS[key], name))

    def _written(self, key: str, place: Cursor) -> str:
        title = place.string()
        name = _name(title)
        if name in self.output_parameters:
            return str(Placeholder(PlaceholderKind.OUTPUT_FILE, name))
        if name not in self.output_artifacts:
            place.report(rules.UNKNOWN_NAME, name=title, side="output")
        kind = PlaceholderKind.OUTPUT_PATH if key == "outputPath" else PlaceholderKind.OUTPUT_URI
        return str(Placeholder(kind, name))


def _entries(document: Cursor, key: str) -> Iterable[Cursor]:
    found = document.find(key)
    return () if found is None else found.elements()


def _text(element: Element) -> Text:
    return parse_text(element if isinstance(element, str) else json.dumps(element))


def _name(title: str) -> str:
    """The name that kfp 2 gives an input or output."""
    return re.sub("[^_0-9a-z]+", "_", title.lower()).strip("_")


def _type(entry: Cursor) -> str:
    """The declared type; ``{GCSPath: {…}}`` has properties that no backend reads."""
    entry.get("annotations").inert()
    found = entry.find("type")
    if found is None:
        return ""
    if found.kind != "mapping":
        return found.string()
    found.rewritten()
    return next(iter(found.keys()), "")


def _is_parameter(kind: str) -> bool:
    plain = kind.lower().removeprefix("typing.").partition("[")[0]
    return plain in _TEXT_TYPES or type_of(kind) is not ParameterType.STRING


def _artifact(kind: str, entry: Cursor) -> Artifact:
    title = kind if _GOOGLE_TYPE.fullmatch(kind) else schema_title(kind)
    return Artifact(schema_title=title, schema_version=_VERSION, origin=entry.origin)


def _with_default(parameter: Parameter, default: Cursor | None) -> Parameter:
    if default is None:
        return parameter
    value: Json | Unset = default.value()
    if isinstance(value, str):
        value = _typed_default(value, parameter.type, default)
    elif parameter.type is ParameterType.STRING:
        value = json.dumps(value)
    return replace(parameter, default=value)


def _typed_default(text: str, kind: ParameterType, place: Cursor) -> Json:
    """The value of a default. A list where a mapping is declared, or the reverse, is kept."""
    try:
        return typed(text, kind)
    except ValueError:
        pass
    try:
        value = typed(text, _OTHER_KINDS.get(kind, kind))
    except ValueError:
        place.report(rules.OTHER_DEFAULT, type=kind.value, value=text)
        return text
    place.report(rules.DEFAULT_OF_OTHER_TYPE, type=kind.value, value=text)
    return value


def _inputs_by_value(element: Json) -> Iterable[str]:
    """The inputs whose value the command uses."""
    if isinstance(element, list):
        for one in element:
            yield from _inputs_by_value(one)
    elif isinstance(element, dict):
        for key, value in element.items():
            if key == "inputValue" and isinstance(value, str):
                yield value
            yield from _inputs_by_value(value)
