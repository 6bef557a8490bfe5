"""Cursor → the typed view of an Argo workflow. Each text with references is parsed here, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.readers.argo.annotations import component_spec, pipeline_spec, texts, without_pod
from translator.readers.argo.references import parse
from translator.readers.argo.v2_compatible import launched
from translator.readers.argo.values import unique
from translator.readers.argo.workflow import (
    KINDS,
    Artifact,
    DagTask,
    ItemsText,
    Port,
    Sequence,
    Template,
    Workflow,
    mark_port,
)
from translator.source.go_yaml import fixed_text, string_text
from translator.source.nodes import INERT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from translator.model import Json
    from translator.readers.argo.conditions import When
    from translator.readers.argo.references import Parts
    from translator.source import Cursor

MAX_PARALLELISM = 2**31 - 1
#: Fields about the storage of an artifact, which the backend decides.
_STORES = ("s3", "gcs", "azure", "oss", "hdfs", "archive", "archiveLogs", "artifactLocation")
#: Kind of template → the fields of ``valueFrom`` with the place of an output, before ``path``.
_VALUE_KEYS = {"resource": ("jsonPath", "jqFilter"), "": ("parameter",)}
#: Fields that change which tasks run, how often or in which order; kfp does not write them.
_CONTROL_FLOW = ("continueOn", "hooks", "onExit", "templateRef", "inline")


def workflow_of(metadata: Cursor | None, spec: Cursor) -> Workflow:
    """The workflow with this metadata and ``spec``."""
    arguments = spec.find("arguments")
    name = ""
    if metadata is not None:
        name = metadata.take("name", str, "") or metadata.take("generateName", str, "").rstrip("-")
    for key, found in spec.find_all(("hooks", "workflowTemplateRef", "templateDefaults")):
        found.drop(rules.NOT_TRANSLATED, what=f"`{key}` of a workflow")
    return Workflow(
        name=name,
        entrypoint=spec.take("entrypoint", str),
        arguments=_ports(arguments, "parameters", "value"),
        artifacts=_artifacts(arguments),
        on_exit=spec.take("onExit", str, ""),
        templates=_templates(spec),
        declared=pipeline_spec(None if metadata is None else metadata.find("annotations")),
        spec=spec,
        metadata=metadata,
    )


def _ports(cursor: Cursor | None, key: str, value_key: str) -> dict[str, Port]:
    found = None if cursor is None else cursor.find(key)
    ports: dict[str, Port] = {}
    for entry in () if found is None else found.elements():
        text = scalar_text(entry, value_key)
        port = Port(text, _parsed(text), entry)
        _add(ports, entry.take("name", str), port, key)
    return ports


def _parsed(text: str | None) -> Parts | None:
    if text is None or "{{" in text:
        return None if text is None else parse(text)
    return (text,) if text else ()


def _add(ports: dict[str, Port], name: str, port: Port, several: str) -> None:
    if name in ports:
        port.cursor.report(rules.SAME_NAME, several=several, name=name)
    ports[name] = port
    mark_port(port.cursor, INERT)


def scalar_text(
    cursor: Cursor, key: str, text_of: Callable[[bool | int | float], str] = fixed_text
) -> str | None:
    """A scalar as the text that Argo substitutes; None if it is absent.

    Values are text in Argo, but YAML may have booleans or numbers, which become float64
    and have no exponent (``AnyString`` of Argo 3, pkg/apis/workflow/v1alpha1/anystring.go).
    ``text_of`` is ``string_text`` for fields that are strings to Go.
    """
    found = cursor.find(key)
    if found is None:
        return None
    value = found.value()
    if isinstance(value, (bool, int, float)):
        return text_of(value)
    if isinstance(value, (dict, list)):
        found.report(rules.NOT_TRANSLATED, what=f"a `{key}` that is not text")
        return None
    return str(value)


def _templates(spec: Cursor) -> dict[str, Template]:
    templates: dict[str, Template] = {}
    for template in map(_template, spec.child("templates").elements()):
        if template.name in templates:
            template.cursor.report(rules.SAME_NAME, several="templates", name=template.name)
        templates[template.name] = template
    return templates


def _refuse_daemon(template: Cursor) -> None:
    """Reports a daemon: it runs until the others are done, and KFP v2 would wait for it."""
    if (daemon := template.find("daemon")) is not None:
        if daemon.peek() is True:
            daemon.drop(rules.NOT_TRANSLATED, what="`daemon`")
        else:
            daemon.inert()


def _template(cursor: Cursor) -> Template:
    inputs = cursor.find("inputs")
    outputs = cursor.find("outputs")
    written = ((kind, found) for kind in KINDS if (found := cursor.find(kind)) is not None)
    kind, work = next(written, ("", None))
    kind = "dag" if kind == "steps" else kind
    dag = cursor.find("dag")
    container = work if kind in ("container", "script") else None
    metadata = cursor.find("metadata")
    annotations = None if metadata is None else metadata.find("annotations")
    labels = None if metadata is None else metadata.find("labels")
    _refuse_daemon(cursor)
    read_metadata = {"annotations": texts(annotations), "labels": texts(labels)}
    if kind == "dag" and metadata is not None:
        without_pod(metadata)
    return Template(
        name=cursor.take("name", str),
        kind=kind,
        parameters=_ports(inputs, "parameters", "value"),
        input_artifacts=_artifacts(inputs),
        output_parameters=_output_parameters(outputs, _VALUE_KEYS.get(kind, _VALUE_KEYS[""])),
        output_artifacts=_output_artifacts(outputs, "path" if kind != "dag" else "from"),
        parallelism=_parallelism(cursor) if kind == "dag" else 0,
        fail_fast=dag is None or _fails_fast(dag),
        tasks=_tasks(cursor) if kind == "dag" else (),
        metadata=read_metadata,
        component=component_spec(annotations),
        launched=None if container is None or "env" not in container else launched(container),
        container=container,
        resource=work if kind == "resource" else None,
        cursor=cursor,
    )


def _fails_fast(dag: Cursor) -> bool:
    return dag.take("failFast", bool, True)


def _parallelism(template: Cursor) -> int:
    """How many tasks of a DAG run at once, cut to the 32 bits of KFP v2; no run needs more."""
    return min(template.take("parallelism", int, 0), MAX_PARALLELISM)


def _artifacts(owner: Cursor | None) -> dict[str, Artifact]:
    found = None if owner is None else owner.find("artifacts")
    if found is None:
        return {}
    artifacts: dict[str, Artifact] = {}
    for entry in found.elements():
        name = entry.take("name", str)
        raw = entry.find("raw")
        path = entry.take("path", str, "")
        if name in artifacts and path in ("", artifacts[name].path):
            entry.report(rules.SAME_NAME, several="artifacts", name=name)
        # kfp 1.8 writes one artifact that is wanted at two paths twice, under the same name.
        artifacts[unique(name, set(artifacts))] = Artifact(
            name=name,
            path=path,
            source=parse(entry.take("from", str, "")),
            raw=None if raw is None else parse(scalar_text(raw, "data", string_text) or ""),
            optional=entry.take("optional", bool, False),
            cursor=entry,
        )
        mark_port(entry, INERT)
    return artifacts


def _output_artifacts(outputs: Cursor | None, key: str) -> dict[str, Port]:
    ports = _ports(outputs, "artifacts", key)
    for name, port in ports.items():
        if port.cursor.take("optional", bool, False):
            ports[name] = port._replace(optional=True)
        for store, found in port.cursor.find_all(_STORES):
            found.drop(rules.ARTIFACT_STORE, field=store)
    return ports


def _output_parameters(outputs: Cursor | None, keys: tuple[str, ...]) -> dict[str, Port]:
    found = None if outputs is None else outputs.find("parameters")
    if found is None:
        return {}
    ports: dict[str, Port] = {}
    for entry in found.elements():
        source = entry.find("valueFrom")
        key = next((key for key in keys if source is not None and key in source), "path")
        path = None if source is None else scalar_text(source, key)
        default = None
        if source is not None and path is not None and key == "path":
            default = scalar_text(source, "default")
            source.get("default").inert()
        port = Port(path, _parsed(path), entry, default=default)
        _add(ports, entry.take("name", str), port, "parameters")
    return ports


def _tasks(template: Cursor) -> tuple[DagTask, ...]:
    dag = template.find("dag")
    if dag is None:
        tasks = list(_steps(template))
    else:
        tasks = [_task(entry) for entry in dag.child("tasks").elements()]
    names: set[str] = set()
    for task in tasks:
        if task.name in names:
            task.cursor.report(rules.SAME_NAME, several="tasks", name=task.name)
        names.add(task.name)
    return tuple(tasks)


def _steps(template: Cursor) -> Iterator[DagTask]:
    """The tasks of ``steps``: groups, each of which depends on the one before."""
    before: tuple[str, ...] = ()
    for group in template.child("steps").elements():
        entries = [group] if group.kind == "mapping" else list(group.elements())
        tasks = [_task(entry)._replace(dependencies=before) for entry in entries]
        yield from tasks
        before = tuple(task.name for task in tasks) or before


def _task(cursor: Cursor) -> DagTask:
    for key, found in cursor.find_all(_CONTROL_FLOW):
        found.drop(rules.NOT_TRANSLATED, what=f"`{key}`")
    arguments = cursor.find("arguments")
    return DagTask(
        name=cursor.take("name", str),
        template=cursor.take("template", str, ""),
        parameters=_ports(arguments, "parameters", "value"),
        artifacts=_artifacts(arguments),
        dependencies=(),
        when=_when(cursor.take("when", str, "")),
        items=_items(cursor) if (loop := _loop(cursor)) else None,
        items_at=loop or cursor,
        cursor=cursor,
    )


def _when(written: str) -> When | None:
    if not written:
        return None
    from translator.readers.argo.conditions import when  # most tasks have none

    return when(written)


def _loop(task: Cursor) -> Cursor | None:
    """The field of a task with the items of a loop."""
    found = (task.find(key) for key in ("withItems", "withSequence", "withParam"))
    return next(filter(None, found), None)


def _items(task: Cursor) -> Json | ItemsText | Sequence | None:
    """The items of a loop, or the text that refers to them."""
    if (items := task.find("withItems")) is not None:
        value = items.value()
        return ItemsText(parse(value)) if isinstance(value, str) else value
    if (found := task.find("withSequence")) is not None:
        from translator.readers.argo.sequences import sequence

        written = {key: scalar_text(found, key) for key in ("start", "end", "count", "format")}
        return sequence(written, found)
    text = task.take("withParam", str, None)
    return None if text is None else ItemsText(parse(text))
