"""The typed view of an Argo workflow: what the file has, not yet what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import NamedTuple
from translator.source import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from translator.model import Json
    from translator.readers.argo.annotations import ComponentSpec, PipelineSpec
    from translator.readers.argo.conditions import When
    from translator.readers.argo.references import Parts, Reference
    from translator.readers.argo.sequences import Sequence
    from translator.readers.argo.v2_compatible import Launched

#: The kinds of templates that Argo has.
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
#: Fields of a port with its name and what it holds.
_PORT_KEYS = ("name", "value", "path", "from", "parameter", "data")


class Artifact(NamedTuple):
    """An input artifact of a template or workflow, or the argument for one."""

    name: str
    #: Where a template's container finds it; empty elsewhere.
    path: str
    #: The reference that it comes ``from``; empty when it does not.
    source: Parts
    #: Its content where that is written down (``raw``); None when it is not.
    raw: Parts | None
    #: The task may be given none.
    optional: bool
    cursor: Cursor

    def used(self, *keys: str) -> None:
        """Notes that these of its fields count; name and value are inert before."""
        mark_port(self.cursor, Cursor.rewritten, *keys)


class Port(NamedTuple):
    """A parameter or output of a template, or an argument of a task."""

    #: The default, the argument's value, or the path of an output; None when there is none.
    text: str | None
    #: The same with the references in it.
    parts: Parts | None
    cursor: Cursor
    #: An output that the program may leave out.
    optional: bool = False
    #: The value of an output parameter where the program leaves it out (``valueFrom.default``).
    default: str | None = None

    def used(self) -> None:
        """Notes that something refers to it."""
        mark_port(self.cursor, Cursor.rewritten, "name", "value", "from", "parameter")

    def defaulted(self) -> None:
        """Notes that its default counts."""
        self.cursor.get("valueFrom").get("default").rewritten()

    def unused(self) -> None:
        """Notes that nothing refers to it: name and value are inert."""
        mark_port(self.cursor, Cursor.inert)

    def found(self) -> None:
        """Notes that the program writes an output at its path."""
        mark_port(self.cursor, Cursor.rewritten, "path")


class ItemsText(NamedTuple):
    """The items of a loop as a text that becomes a list."""

    parts: Parts


class DagTask(NamedTuple):
    """An entry of ``dag.tasks``."""

    name: str
    template: str
    parameters: Mapping[str, Port]
    artifacts: Mapping[str, Artifact]
    #: The tasks that it waits for; of a DAG, once ``depends`` has read them.
    dependencies: tuple[str, ...]
    #: The condition under which it runs; None for always.
    when: When | None
    #: ``withItems``, the text of ``withParam``, or a sequence; None when it runs once.
    items: Json | ItemsText | Sequence | None
    #: Where the items are, or the task itself.
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
    #: The component that it was made from, as kfp wrote it; None where it did not.
    component: ComponentSpec | None
    #: The component behind kfp's v2-compatible launcher, if there is one.
    launched: Launched | None
    #: The container, of a template that runs one; None for any other.
    container: Cursor | None
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
    #: The pipeline that its author declared, as kfp wrote it.
    declared: PipelineSpec
    spec: Cursor
    #: Its ``metadata``.
    about: Cursor | None

    @property
    def is_v2_compatible(self) -> bool:
        """Whether kfp compiled it in its v2-compatible mode."""
        return any(template.launched is not None for template in self.templates.values())


def referring(to: Reference, cursor: Cursor) -> Port:
    """A port whose value is a reference and nothing else."""
    return Port(to.text, (to,), cursor)


def mark_port(cursor: Cursor, fate: Callable[[Cursor], None], *keys: str) -> None:
    """Gives fields of a port, all that it has or those of ``keys``, a fate."""
    for place in (cursor, cursor.find("valueFrom"), cursor.find("raw")):
        if place is None:
            continue
        present = place.keys()
        for key in keys or _PORT_KEYS:
            if key in present and (found := place.find(key)) is not None:
                fate(found)
