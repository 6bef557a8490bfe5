"""Cursor → typed view of an Argo workflow: what stands there, not yet what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from translator.diagnostics import reading as rules
from translator.readers.argo.launcher_info import launched
from translator.readers.argo.metadata import component_spec
from translator.readers.argo.names import unique

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Json
    from translator.readers.argo.launcher_info import Launched
    from translator.readers.argo.metadata import ComponentSpec
    from translator.source import Cursor


class Artifact(NamedTuple):
    """An input artifact of a template or workflow, or the argument for one."""

    name: str
    #: Where a template's container finds it; empty elsewhere.
    path: str
    #: The reference that it comes ``from``; empty when it does not.
    source: str
    #: Its content where that is written down (``raw``); None when it is not.
    raw: str | None
    #: The task may be given none.
    optional: bool
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
    artifacts: Mapping[str, Artifact]
    dependencies: tuple[str, ...]
    #: The condition under which it runs; empty for always.
    when: str
    #: ``withItems``, or the text of ``withParam``; None when it runs once.
    items: Json | None
    cursor: Cursor


class Template(NamedTuple):
    """An entry of ``spec.templates``."""

    name: str
    #: ``container``, ``dag``, or the key of what is not translated.
    kind: str
    parameters: Mapping[str, Port]
    input_artifacts: Mapping[str, Artifact]
    output_parameters: Mapping[str, Port]
    output_artifacts: Mapping[str, Port]
    #: For a DAG: how many of its tasks may run at once; 0 for any number.
    parallelism: int
    tasks: tuple[DagTask, ...]
    metadata: Mapping[str, Mapping[str, str]]
    #: What kfp says of the component that it was made from, if it does.
    component: ComponentSpec | None
    #: The component behind kfp's v2-compatible launcher, if there is one.
    launched: Launched | None
    cursor: Cursor


class Workflow(NamedTuple):
    """The whole file."""

    name: str
    entrypoint: str
    arguments: Mapping[str, Port]
    artifacts: Mapping[str, Artifact]
    #: The template that runs at the end, whatever happened; empty for none.
    on_exit: str
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
#: Where and how an artifact is stored, which is the backend's own affair.
_STORES = ("s3", "gcs", "azure", "oss", "hdfs", "archive", "archiveLogs", "artifactLocation")
#: What changes which tasks run, how often or in which order, in ways that KFP never wrote.
_CONTROL_FLOW = (
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
    for key in ("hooks", "workflowTemplateRef", "templateDefaults"):
        if (found := spec.find(key)) is not None:
            found.drop(rules.NOT_TRANSLATED, what=f"`{key}` of a workflow")
    return Workflow(
        name=name,
        entrypoint=spec.take("entrypoint", str),
        arguments=_ports(arguments, "parameters", "value"),
        artifacts=_artifacts(arguments),
        on_exit=spec.take("onExit", str, ""),
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
    metadata = _metadata(cursor.find("metadata"))
    return Template(
        name=cursor.take("name", str),
        kind=kind,
        parameters=_ports(inputs, "parameters", "value"),
        input_artifacts=_artifacts(inputs),
        output_parameters=_output_parameters(outputs),
        output_artifacts=_output_artifacts(outputs, "path" if kind != "dag" else "from"),
        parallelism=cursor.take("parallelism", int, 0) if kind == "dag" else 0,
        tasks=_tasks(cursor) if kind == "dag" else (),
        metadata=metadata,
        component=component_spec(metadata.get("annotations", {})),
        launched=launched(cursor),
        cursor=cursor,
    )


def _artifacts(owner: Cursor | None) -> dict[str, Artifact]:
    found = None if owner is None else owner.find("artifacts")
    if found is None:
        return {}
    artifacts: dict[str, Artifact] = {}
    for entry in found.elements():
        name = entry.take("name", str)
        raw = entry.find("raw")
        # kfp 1.8 writes one artifact that is wanted at two paths twice, under the same name.
        artifacts[unique(name, set(artifacts))] = Artifact(
            name=name,
            path=entry.take("path", str, ""),
            source=entry.take("from", str, ""),
            raw=None if raw is None else scalar_text(raw, "data") or "",
            optional=entry.take("optional", bool, False),
            cursor=entry,
        )
    return artifacts


def _output_artifacts(outputs: Cursor | None, key: str) -> dict[str, Port]:
    ports = _ports(outputs, "artifacts", key)
    for port in ports.values():
        for store in _STORES:
            if (found := port.cursor.find(store)) is not None:
                found.drop(rules.ARTIFACT_STORE, field=store)
    return ports


def _output_parameters(outputs: Cursor | None) -> dict[str, Port]:
    found = None if outputs is None else outputs.find("parameters")
    if found is None:
        return {}
    ports: dict[str, Port] = {}
    for entry in found.elements():
        source = entry.find("valueFrom")
        key = "parameter" if source is not None and "parameter" in source else "path"
        path = None if source is None else scalar_text(source, key)
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
    items = cursor.find("withItems")
    return DagTask(
        name=cursor.take("name", str),
        template=cursor.take("template", str, ""),
        parameters=_ports(arguments, "parameters", "value"),
        artifacts=_artifacts(arguments),
        dependencies=()
        if dependencies is None
        else tuple(entry.string() for entry in dependencies.elements()),
        when=cursor.take("when", str, ""),
        items=cursor.take("withParam", str, None) if items is None else items.value(),
        cursor=cursor,
    )
