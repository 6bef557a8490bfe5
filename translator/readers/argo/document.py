"""Cursor → typed view of an Argo workflow: what stands there, not yet what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from translator.diagnostics import reading as rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.source import Cursor


class InputArtifact(NamedTuple):
    """An input artifact of a template."""

    path: str
    #: Where its text is when it is written down (``raw``); None when a task gives it.
    raw: Cursor | None
    cursor: Cursor


class Port(NamedTuple):
    """A parameter or output of a template, or an argument of a task."""

    #: The default, the argument's value, or the path of an output; None when there is none.
    text: str | None
    cursor: Cursor


class DagTask(NamedTuple):
    """An entry of ``dag.tasks``."""

    name: str
    template: str
    parameters: Mapping[str, Port]
    artifacts: Mapping[str, Port]
    dependencies: tuple[str, ...]
    cursor: Cursor


class Template(NamedTuple):
    """An entry of ``spec.templates``."""

    name: str
    #: ``container``, ``dag``, or the key of what is not translated.
    kind: str
    parameters: Mapping[str, Port]
    input_artifacts: Mapping[str, InputArtifact]
    output_parameters: Mapping[str, Port]
    output_artifacts: Mapping[str, Port]
    tasks: tuple[DagTask, ...]
    metadata: Mapping[str, Mapping[str, str]]
    cursor: Cursor


class Workflow(NamedTuple):
    """The whole file."""

    name: str
    entrypoint: str
    arguments: Mapping[str, Port]
    templates: Mapping[str, Template]
    metadata: Mapping[str, Mapping[str, str]]
    spec: Cursor
    cursor: Cursor


_KINDS = (
    "container",
    "dag",
    "steps",
    "script",
    "resource",
    "suspend",
    "http",
    "plugin",
    "data",
    "containerSet",
)
#: What changes which tasks run, how often or in which order.
_CONTROL_FLOW = (
    "when",
    "withItems",
    "withParam",
    "withSequence",
    "continueOn",
    "depends",
    "hooks",
    "onExit",
    "templateRef",
    "inline",
)


def workflow(cursor: Cursor) -> Workflow:
    """The workflow of a document that holds one."""
    metadata = cursor.find("metadata")
    spec = cursor.child("spec")
    arguments = spec.find("arguments")
    name = ""
    if metadata is not None:
        name = metadata.take("name", str, "") or metadata.take("generateName", str, "").rstrip("-")
    if arguments is not None and (given := arguments.find("artifacts")) is not None:
        for entry in given.elements():
            entry.drop(rules.NOT_TRANSLATED, what="a pipeline input taken as a file")
    for key in ("onExit", "hooks", "workflowTemplateRef", "templateDefaults"):
        if (found := spec.find(key)) is not None:
            found.drop(rules.NOT_TRANSLATED, what=f"`{key}` of a workflow")
    return Workflow(
        name=name,
        entrypoint=spec.take("entrypoint", str),
        arguments=_ports(arguments, "parameters", "value"),
        templates={t.name: t for t in map(_template, spec.child("templates").elements())},
        metadata=_metadata(metadata),
        spec=spec,
        cursor=cursor,
    )


def _metadata(cursor: Cursor | None) -> Mapping[str, Mapping[str, str]]:
    if cursor is None:
        return {}
    return {
        key: {name: str(value.value()) for name, value in found.items()}
        for key in ("annotations", "labels")
        if (found := cursor.find(key)) is not None
    }


def _ports(cursor: Cursor | None, key: str, value_key: str) -> dict[str, Port]:
    found = None if cursor is None else cursor.find(key)
    if found is None:
        return {}
    return {
        entry.take("name", str): Port(scalar_text(entry, value_key), entry)
        for entry in found.elements()
    }


def scalar_text(cursor: Cursor, key: str) -> str | None:
    """A scalar as the text that Argo pastes; None when it is absent.

    Values are text in Argo, but YAML may hold them as numbers or booleans.
    """
    found = cursor.find(key)
    if found is None:
        return None
    value = found.value()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        found.report(rules.NOT_TRANSLATED, what=f"a `{key}` that is not text")
        return None
    return str(value)


def _template(cursor: Cursor) -> Template:
    inputs = cursor.find("inputs")
    outputs = cursor.find("outputs")
    kind = next((kind for kind in _KINDS if cursor.find(kind) is not None), "")
    return Template(
        name=cursor.take("name", str),
        kind=kind,
        parameters=_ports(inputs, "parameters", "value"),
        input_artifacts=_input_artifacts(inputs),
        output_parameters=_output_parameters(outputs),
        output_artifacts=_ports(outputs, "artifacts", "path"),
        tasks=_tasks(cursor) if kind == "dag" else (),
        metadata=_metadata(cursor.find("metadata")),
        cursor=cursor,
    )


def _input_artifacts(inputs: Cursor | None) -> dict[str, InputArtifact]:
    found = None if inputs is None else inputs.find("artifacts")
    if found is None:
        return {}
    return {
        entry.take("name", str): InputArtifact(
            entry.take("path", str, ""), entry.find("raw"), entry
        )
        for entry in found.elements()
    }


def _output_parameters(outputs: Cursor | None) -> dict[str, Port]:
    found = None if outputs is None else outputs.find("parameters")
    if found is None:
        return {}
    ports: dict[str, Port] = {}
    for entry in found.elements():
        source = entry.find("valueFrom")
        path = None if source is None else scalar_text(source, "path")
        ports[entry.take("name", str)] = Port(path, entry)
    return ports


def _tasks(cursor: Cursor) -> tuple[DagTask, ...]:
    found = cursor.child("dag").child("tasks")
    return tuple(_task(entry) for entry in found.elements())


def _task(cursor: Cursor) -> DagTask:
    for key in _CONTROL_FLOW:
        if (found := cursor.find(key)) is not None:
            found.drop(rules.NOT_TRANSLATED, what=f"`{key}`")
    arguments = cursor.find("arguments")
    dependencies = cursor.find("dependencies")
    return DagTask(
        name=cursor.take("name", str),
        template=cursor.take("template", str, ""),
        parameters=_ports(arguments, "parameters", "value"),
        artifacts=_argument_artifacts(arguments),
        dependencies=()
        if dependencies is None
        else tuple(entry.string() for entry in dependencies.elements()),
        cursor=cursor,
    )


def _argument_artifacts(arguments: Cursor | None) -> dict[str, Port]:
    found = None if arguments is None else arguments.find("artifacts")
    if found is None:
        return {}
    ports: dict[str, Port] = {}
    for entry in found.elements():
        if (raw := entry.find("raw")) is not None:
            raw.drop(rules.NOT_TRANSLATED, what="a value taken as a file (`raw`)")
        ports[entry.take("name", str)] = Port(scalar_text(entry, "from"), entry)
    return ports
