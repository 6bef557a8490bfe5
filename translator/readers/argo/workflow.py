"""The typed view of an Argo workflow, with its fields as they are in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import NamedTuple
from translator.source.nodes import INERT, REWRITTEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Json
    from translator.readers.argo.annotations import ComponentSpec, PipelineSpec
    from translator.readers.argo.conditions import When
    from translator.readers.argo.references import Parts, Reference
    from translator.readers.argo.v2_compatible import Launched
    from translator.source import Cursor, Fate

#: The keys of Argo's template kinds.
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
#: Fields of a port: its name, and those with its value.
_PORT_KEYS = ("name", "value", "path", "from", "parameter", "data")
#: Fields of a port that have such fields themselves.
_INSIDE = ("raw", "valueFrom")


class Artifact(NamedTuple):
    """An input artifact of a template or workflow, or the argument for one."""

    name: str
    #: Its path in the container of a template; else empty.
    path: str
    #: The reference of ``from``; empty without one.
    source: Parts
    #: Its content in the file (``raw``); None without it.
    raw: Parts | None
    #: Whether the task can run without it.
    optional: bool
    cursor: Cursor

    def used(self, *keys: str) -> None:
        """Marks these fields as used, and its name and value, which are inert before."""
        mark_port(self.cursor, REWRITTEN, *keys)


class Port(NamedTuple):
    """A parameter or output of a template, or an argument of a task."""

    #: The default, the argument's value, or the path of an output; None without one.
    text: str | None
    #: The same, parsed for references.
    parts: Parts | None
    cursor: Cursor
    #: Whether it is an output that the program need not write.
    optional: bool = False
    #: The value of an output that the program does not write (``valueFrom.default``).
    default: str | None = None

    def used(self) -> None:
        """Marks it as used: a reference to it exists."""
        mark_port(self.cursor, REWRITTEN, "name", "value", "from", "parameter")

    def defaulted(self) -> None:
        """Marks its default as used."""
        self.cursor.get("valueFrom").get("default").rewritten()

    def unused(self) -> None:
        """Marks it as unused: its name and value are inert."""
        mark_port(self.cursor, INERT)

    def found(self) -> None:
        """Marks its path as used: the program writes an output there."""
        mark_port(self.cursor, REWRITTEN, "path")


#: The kind of a template that replaces a level of recursion above the limit.
LIMIT = "limit"


class ItemsText(NamedTuple):
    """The items of a loop as text, which is JSON once its references are resolved."""

    parts: Parts


class Sequence(NamedTuple):
    """A sequence with bounds that are known only at run time, as texts with references."""

    start: Parts
    #: ``end`` or ``count``, and its text.
    kind: str
    bound: Parts
    format: str


class DagTask(NamedTuple):
    """An entry of ``dag.tasks``."""

    name: str
    template: str
    parameters: Mapping[str, Port]
    artifacts: Mapping[str, Artifact]
    #: The tasks that it depends on; for tasks of ``dag``, set by ``depends``.
    dependencies: tuple[str, ...]
    #: Its condition; None for always.
    when: When | None
    #: ``withItems``, the text of ``withParam``, or a sequence; None without a loop.
    items: Json | ItemsText | Sequence | None
    #: The place of the items, or of the task.
    items_at: Cursor
    cursor: Cursor


class Template(NamedTuple):
    """An entry of ``spec.templates``."""

    name: str
    #: ``container``, ``script``, ``dag`` (for ``steps`` too), or the key of an unsupported kind.
    kind: str
    parameters: Mapping[str, Port]
    input_artifacts: Mapping[str, Artifact]
    output_parameters: Mapping[str, Port]
    output_artifacts: Mapping[str, Port]
    #: Of a DAG: how many tasks may run at once; 0 for no limit.
    parallelism: int
    #: Of a DAG: whether no task starts after one has failed.
    fail_fast: bool
    tasks: tuple[DagTask, ...]
    metadata: Mapping[str, Mapping[str, str]]
    #: Its component, as kfp wrote it into the annotations; None without one.
    component: ComponentSpec | None
    #: The component that kfp's v2-compatible launcher runs, if it has that launcher.
    launched: Launched | None
    #: Its container; None for a template without one.
    container: Cursor | None
    #: Its ``resource``, an object of the cluster; None for a template of another kind.
    resource: Cursor | None
    cursor: Cursor

    @property
    def has_executor(self) -> bool:
        """Whether it becomes an executor: a container, or an object of the cluster."""
        return self.container is not None or self.resource is not None


class Workflow(NamedTuple):
    """The whole file."""

    name: str
    entrypoint: str
    arguments: Mapping[str, Port]
    artifacts: Mapping[str, Artifact]
    #: The template of the exit handler; empty for none.
    on_exit: str
    templates: Mapping[str, Template]
    #: The pipeline as declared by its author, which kfp wrote into the annotations.
    declared: PipelineSpec
    spec: Cursor
    #: Its ``metadata``; None without any.
    metadata: Cursor | None

    @property
    def is_v2_compatible(self) -> bool:
        """Whether kfp compiled it in its v2-compatible mode."""
        return any(template.launched is not None for template in self.templates.values())


def referring(to: Reference, cursor: Cursor) -> Port:
    """A port whose value is only a reference."""
    return Port(to.text, (to,), cursor)


def mark_port(cursor: Cursor, fate: Fate, *keys: str) -> None:
    """Sets the fate of fields of a port: of all, or of ``keys``."""
    keys = keys or _PORT_KEYS
    cursor.mark_fields(fate, keys)
    if cursor.keys().isdisjoint(_INSIDE):
        return  # most ports
    for key in _INSIDE:
        if key in cursor and (inside := cursor.find(key)) is not None:
            inside.mark_fields(fate, keys)
