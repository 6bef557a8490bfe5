"""Cursor → typed view of an Argo workflow: what stands there, not yet what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.readers.argo.annotations import component_spec, pipeline_spec, texts, without_pod
from translator.readers.argo.sequences import Sequence, sequence
from translator.readers.argo.v2_compatible import launched
from translator.readers.argo.values import unique
from translator.records import NamedTuple
from translator.source import Cursor
from translator.source.go_yaml import fixed_text, string_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from translator.model import Json
    from translator.readers.argo.annotations import ComponentSpec, PipelineSpec
    from translator.readers.argo.v2_compatible import Launched


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

    def used(self, *keys: str) -> None:
        """Notes that these of its fields count; what it is called and says is inert before."""
        _mark_port(self.cursor, Cursor.rewritten, *keys)


class Port(NamedTuple):
    """A parameter or output of a template, or an argument of a task."""

    #: The default, the argument's value, or the path of an output; None when there is none.
    text: str | None
    cursor: Cursor
    #: An output that the program may leave out.
    optional: bool = False
    #: The value of an output parameter where the program leaves it out (``valueFrom.default``).
    default: str | None = None

    def used(self) -> None:
        """Notes that somebody refers to it."""
        _mark_port(self.cursor, Cursor.rewritten, "name", "value", "from", "parameter")

    def defaulted(self) -> None:
        """Notes that its default counts."""
        self.cursor.get("valueFrom").get("default").rewritten()

    def unused(self) -> None:
        """Notes that nobody refers to it: what it is called and says is inert."""
        _mark_port(self.cursor, Cursor.inert)

    def found(self) -> None:
        """Notes that the program writes an output at its path."""
        _mark_port(self.cursor, Cursor.rewritten, "path")


class DagTask(NamedTuple):
    """An entry of ``dag.tasks``."""

    name: str
    template: str
    parameters: Mapping[str, Port]
    artifacts: Mapping[str, Artifact]
    #: The tasks that it waits for; of a DAG, once ``depends`` has read them.
    dependencies: tuple[str, ...]
    #: The condition under which it runs; empty for always.
    when: str
    #: ``withItems``, the text of ``withParam``, or a sequence; None when it runs once.
    items: Json | Sequence | None
    #: Where the items stand, or the task itself.
    items_at: Cursor
    cursor: Cursor


class Template(NamedTuple):
    """An entry of ``spec.templates``."""

    name: str
    #: ``container``, ``script``, ``dag`` (for ``steps`` too), or the key of what is not translated.
    kind: str
    parameters: Mapping[str, Port]
    input_artifacts: Mapping[str, Artifact]
    output_parameters: Mapping[str, Port]
    output_artifacts: Mapping[str, Port]
    #: For a DAG: how many of its tasks may run at once; 0 for any number.
    parallelism: int
    #: For a DAG: whether it starts nothing new once a task has failed.
    fail_fast: bool
    tasks: tuple[DagTask, ...]
    metadata: Mapping[str, Mapping[str, str]]
    #: What kfp says of the component that it was made from, if it does.
    component: ComponentSpec | None
    #: The component behind kfp's v2-compatible launcher, if there is one.
    launched: Launched | None
    cursor: Cursor

    @property
    def runs_container(self) -> bool:
        """Whether it runs one container."""
        return self.kind in ("container", "script")

    @property
    def container(self) -> Cursor:
        """The container, of a template that runs one."""
        return self.cursor.child(self.kind)


class Workflow(NamedTuple):
    """The whole file."""

    name: str
    entrypoint: str
    arguments: Mapping[str, Port]
    artifacts: Mapping[str, Artifact]
    #: The template that runs at the end, whatever happened; empty for none.
    on_exit: str
    templates: Mapping[str, Template]
    #: What kfp says of the pipeline that its author declared.
    declared: PipelineSpec
    spec: Cursor
    #: Its ``metadata``.
    about: Cursor | None

    @property
    def is_v2_compatible(self) -> bool:
        """Whether kfp compiled it in its v2-compatible mode."""
        return any(template.launched is not None for template in self.templates.values())


KINDS = (
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
MAX_PARALLELISM = 2**31 - 1
#: Where and how an artifact is stored, which is the backend's own affair.
_STORES = ("s3", "gcs", "azure", "oss", "hdfs", "archive", "archiveLogs", "artifactLocation")
#: What changes which tasks run, how often or in which order, in ways that KFP never wrote.
_CONTROL_FLOW = ("continueOn", "hooks", "onExit", "templateRef", "inline")


def workflow_of(metadata: Cursor | None, spec: Cursor) -> Workflow:
    """The workflow that an object of Argo holds."""
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
        templates=_templates(spec),
        declared=pipeline_spec(None if metadata is None else metadata.find("annotations")),
        spec=spec,
        about=metadata,
    )


def _metadata(cursor: Cursor | None) -> Mapping[str, Mapping[str, str]]:
    if cursor is None:
        return {}
    return {key: texts(cursor.find(key)) for key in ("annotations", "labels")}


def _ports(cursor: Cursor | None, key: str, value_key: str) -> dict[str, Port]:
    found = None if cursor is None else cursor.find(key)
    ports: dict[str, Port] = {}
    for entry in () if found is None else found.elements():
        _add(ports, entry.take("name", str), Port(scalar_text(entry, value_key), entry), key)
    return ports


def _add(ports: dict[str, Port], name: str, port: Port, several: str) -> None:
    if name in ports:
        port.cursor.report(rules.SAME_NAME, several=several, name=name)
    ports[name] = port
    port.unused()


_PORT_KEYS = ("name", "value", "path", "from", "parameter", "data")


def _mark_port(cursor: Cursor, fate: Callable[[Cursor], None], *keys: str) -> None:
    for place in (cursor, cursor.find("valueFrom"), cursor.find("raw")):
        if place is None:
            continue
        present = place.keys()
        for key in keys or _PORT_KEYS:
            if key in present and (found := place.find(key)) is not None:
                fate(found)


def scalar_text(
    cursor: Cursor, key: str, text_of: Callable[[bool | int | float], str] = fixed_text
) -> str | None:
    """A scalar as the text that Argo pastes; None when it is absent.

    Values are text in Argo, but YAML may hold them as booleans or numbers, which become float64
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
    """A daemon runs until the others are done; KFP v2 would wait for it."""
    if (daemon := template.find("daemon")) is not None:
        if daemon.peek() is True:
            daemon.drop(rules.NOT_TRANSLATED, what="`daemon`")
        else:
            daemon.inert()


def _template(cursor: Cursor) -> Template:
    inputs = cursor.find("inputs")
    outputs = cursor.find("outputs")
    written = next((kind for kind in KINDS if cursor.find(kind) is not None), "")
    kind = "dag" if written == "steps" else written
    dag = cursor.find("dag")
    about = cursor.find("metadata")
    _refuse_daemon(cursor)
    written_about = _metadata(about)
    if kind == "dag":
        without_pod(about)
    return Template(
        name=cursor.take("name", str),
        kind=kind,
        parameters=_ports(inputs, "parameters", "value"),
        input_artifacts=_artifacts(inputs),
        output_parameters=_output_parameters(outputs),
        output_artifacts=_output_artifacts(outputs, "path" if kind != "dag" else "from"),
        parallelism=_parallelism(cursor) if kind == "dag" else 0,
        fail_fast=dag is None or _fails_fast(dag),
        tasks=_tasks(cursor) if kind == "dag" else (),
        metadata=written_about,
        component=component_spec(None if about is None else about.find("annotations")),
        launched=launched(cursor),
        cursor=cursor,
    )


def _fails_fast(dag: Cursor) -> bool:
    return dag.take("failFast", bool, True)


def _parallelism(template: Cursor) -> int:
    """How many tasks of a DAG run at once. KFP v2 has 32 bits for it; no run needs more."""
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
            source=entry.take("from", str, ""),
            raw=None if raw is None else scalar_text(raw, "data", string_text) or "",
            optional=entry.take("optional", bool, False),
            cursor=entry,
        )
        _mark_port(entry, Cursor.inert)
    return artifacts


def _output_artifacts(outputs: Cursor | None, key: str) -> dict[str, Port]:
    ports = _ports(outputs, "artifacts", key)
    for name, port in ports.items():
        ports[name] = port._replace(optional=port.cursor.take("optional", bool, False))
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
        default = None
        if source is not None and path is not None and key == "path":
            default = scalar_text(source, "default")
            source.get("default").inert()
        _add(ports, entry.take("name", str), Port(path, entry, default=default), "parameters")
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
    """The tasks of ``steps``: groups, each of which starts when all of the one before are done."""
    before: tuple[str, ...] = ()
    for group in template.child("steps").elements():
        entries = [group] if group.kind == "mapping" else list(group.elements())
        tasks = [_task(entry)._replace(dependencies=before) for entry in entries]
        yield from tasks
        before = tuple(task.name for task in tasks) or before


def _task(cursor: Cursor) -> DagTask:
    for key in _CONTROL_FLOW:
        if (found := cursor.find(key)) is not None:
            found.drop(rules.NOT_TRANSLATED, what=f"`{key}`")
    arguments = cursor.find("arguments")
    loops = (cursor.find(key) for key in ("withItems", "withSequence", "withParam"))
    return DagTask(
        name=cursor.take("name", str),
        template=cursor.take("template", str, ""),
        parameters=_ports(arguments, "parameters", "value"),
        artifacts=_artifacts(arguments),
        dependencies=(),
        when=cursor.take("when", str, ""),
        items=_items(cursor),
        items_at=next(filter(None, loops), cursor),
        cursor=cursor,
    )


def _items(task: Cursor) -> Json | Sequence | None:
    """The items of a loop, or the text that refers to them."""
    if (items := task.find("withItems")) is not None:
        return items.value()
    if (found := task.find("withSequence")) is not None:
        written = {key: scalar_text(found, key) for key in ("start", "end", "count", "format")}
        return sequence(written, found)
    return task.take("withParam", str, None)
