"""Resolves references in one DAG of a workflow, and adds the inputs that the DAG needs for them.

In KFP v1 a task can refer to values that KFP v2 must pass to it: arguments of the workflow, items
of outer loops, constants. A scope looks up a reference from the inside out, and each DAG on the way
gets an input for it. Values without a reference are not passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Artifact, FromParent, FromTask, Parameter, ParameterType
from translator.model.channels import channel_name
from translator.model.expressions import Selector
from translator.placeholders import PlaceholderKind, parse_text
from translator.readers.argo import references
from translator.readers.argo.adapters import Adapters
from translator.readers.argo.annotations import declared_artifact
from translator.readers.argo.artifact_sources import imported, own_source
from translator.readers.argo.values import Item, input_name, is_constant, unique
from translator.readers.argo.workflow import ItemsText
from translator.records import NamedTuple
from translator.source.json_text import loaded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Json
    from translator.readers.argo.context import Context
    from translator.readers.argo.references import Parts
    from translator.readers.argo.values import Pieces
    from translator.readers.argo.workflow import Artifact as ArgoArtifact
    from translator.readers.argo.workflow import DagTask, Port, Template
    from translator.source import Cursor

#: The beginnings of references that are resolved in the workflow.
_LOCAL = ("inputs", "tasks", "item")


class File(NamedTuple):
    """The source of an artifact: a task, or a value that has to be written to a file."""

    artifact: FromParent | FromTask | None
    value: Pieces
    #: The artifact as declared.
    type: Artifact | None = None


#: An optional artifact that is not set.
NOT_GIVEN = File(None, [])


class Scope:
    """One DAG at one call of it; at the top, the DAG of the entrypoint."""

    def __init__(
        self,
        context: Context,
        template: Template,
        parent: Scope | None = None,
        call: DagTask | None = None,
    ) -> None:
        self.context = context
        self.template = template
        self.parent = parent
        self.call = call
        #: The number of DAGs from the top to this one.
        self.depth: int = parent.depth + 1 if parent else 1
        #: Input of the DAG → its value in the parent's terms.
        self.needed: dict[str, Pieces] = {}
        self.needed_artifacts: dict[str, FromParent | FromTask] = {}
        self.parameters: dict[str, Parameter] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.calls = {task.name: task for task in template.tasks}
        #: The call whose arguments are being looked up.
        self.calling: DagTask | None = None
        #: The adapter tasks that the calls of this DAG need.
        self.adapters = Adapters(context, self.calls, template.cursor.origin)
        #: Cache of parameter values, as each may refer to others many times.
        self.values: dict[str, Pieces] = {}
        #: The input that takes the loop's item; empty outside of loops.
        self.item_input = ""
        if call is not None and call.items is not None:
            from translator.readers.argo.loop_items import item_input

            self.item_input = item_input(call)
        #: Whether tasks inside use fields of the item.
        self.picks_fields = False
        #: The field with the text of the whole item, if both items and their fields are used.
        self.whole_field = self._whole_field()
        self._taken = {self.item_input} - {""}
        if self.item_input:
            self.parameters[self.item_input] = Parameter(type=ParameterType.STRING)

    def resolve(self, written: Parts, place: Cursor) -> Pieces:
        """The value of a text in this DAG."""
        found: Pieces = []
        for piece in written:
            if isinstance(piece, str):
                if {p.kind for p in parse_text(piece).placeholders()} - {PlaceholderKind.UNKNOWN}:
                    place.report(rules.V2_PLACEHOLDER, placeholder=piece)
                found.append(piece)
                continue
            if not self.context.add(found, self.reference(piece, place), self.template.name, place):
                break
        return found

    def reference(self, reference: references.Reference, place: Cursor) -> Pieces:
        """The value of a reference in this DAG; empty and a finding if it cannot be resolved."""
        found: Pieces | None = None
        filled_in = self.context.options.placeholders
        if filled_in and (given := filled_in.get(reference.name)) is not None:
            return [given]
        match reference.path:
            case ("inputs", "parameters", *parts):
                found = self.parameter(".".join(parts), place)
            case ("workflow", "parameters", *parts):
                found = self.argument(".".join(parts))
            case ("tasks", task, "outputs", "parameters", *parts):
                found = self.output(task, ".".join(parts))
            case ("item", *key) if self.calling is not None and self.calling.items is not None:
                found = [Item(".".join(key))]
            case path if path in references.RUN_PLACEHOLDERS:
                found = [str(references.RUN_PLACEHOLDERS[path])]
        if found is None:
            rule = rules.DANGLING if reference.path[0] in _LOCAL else rules.UNKNOWN_REFERENCE
            references.report(rule, reference, place)
        return found or []

    def parameter(self, name: str, place: Cursor) -> Pieces | None:
        """The value of an input parameter of this DAG."""
        if self.parent is None or self.call is None:
            found = self.argument(name)
            if found is None and (declared := self.template.parameters.get(name)) is not None:
                declared.used()
                if declared.parts is not None:
                    return self.resolve(declared.parts, declared.cursor)
                facts = {"input": name, "template": self.template.name}
                declared.cursor.report(rules.MISSING_ARGUMENT, **facts)
                return []
            return found
        if name not in self.values:
            given = self.parent.given(self.call, self.template, name, place)
            self.values[name] = self.inside(name, given)
        return self.values[name]

    def given(self, call: DagTask, template: Template, name: str, place: Cursor) -> Pieces:
        """A call's argument for an input parameter in this DAG, else the template's default."""
        if (declared := template.parameters.get(name)) is not None:
            declared.used()
        else:
            template.cursor.report(rules.UNDECLARED, template=template.name, input=name)
        for port in (call.parameters.get(name), declared):
            if port is not None and port.parts is not None:
                port.used()
                return self.resolve(port.parts, port.cursor)
        place.report(rules.MISSING_ARGUMENT, input=name, template=template.name)
        return []

    def argument(self, name: str) -> Pieces | None:
        """The value of an argument of the workflow, passed to this DAG."""
        if self.parent is None:
            return [FromParent(name=name)] if name in self.parameters else None
        outer = self.parent.argument(name)
        if outer is not None:
            return self.inside(name, outer)
        return self.outer_item(name)

    def outer_item(self, name: str) -> Pieces | None:
        """The item of an outer loop, by the name that kfp 1.8 uses for its fields.

        In nested loops it writes ``workflow.parameters.LIST-loop-item-subvar-KEY``, which
        is not defined; the field of the outer item is meant.
        """
        from translator.readers.argo.loop_items import item_names

        base, found, key = name.partition("-subvar-")
        if found and self.call is not None and base in item_names(self.call, self.item_input):
            return self.inside(name, [Item(key)])
        return None

    def output(self, task: str, name: str) -> Pieces | None:
        """An output parameter of a task of this DAG; None if it does not exist."""
        call, template = self._called(task)
        if call is not None and template is not None and template.resource is not None:
            from translator.readers.argo.resource_templates import known_output

            made = self.context.objects[template.name]
            if name in template.output_parameters and name not in made.outputs.named_parameters:
                written = known_output(template, made, name)
                return [] if written is None else self.filled(call, template, *written)
        found = self.output_parameter(task, name)
        if found is None and template is not None and template.has_executor:
            port = template.output_parameters.get(name)
            return None if port is None or port.text is not None else [""]  # reported there
        return None if found is None else [found]

    def filled(self, call: DagTask, template: Template, written: Parts, place: Cursor) -> Pieces:
        """Text in the scope of a template, resolved in this DAG, which calls it."""
        found: Pieces = []
        for piece in written:
            if isinstance(piece, str):
                value: Pieces = [piece]
            elif piece.path[:2] == ("inputs", "parameters"):
                value = self.given(call, template, ".".join(piece.path[2:]), call.cursor)
            else:
                value = self.reference(piece, place)
            if not self.context.add(found, value, self.template.name, call.cursor):
                break
        return found

    def output_parameter(self, task: str, argo_name: str) -> FromTask | None:
        """An output parameter of a task of this DAG, by Argo's name; None if it does not exist."""
        call, template = self._called(task)
        if call is None or template is None:
            return None
        if (port := template.output_parameters.get(argo_name)) is not None:
            if template.tasks or (template.has_executor and port.text is not None):
                port.used()
        elif argo_name != references.RESULT and call.items is None:
            return None
        if not template.has_executor or call.items is not None:
            output = _of_dag(call, template.output_parameters, argo_name)
        elif argo_name in (outputs := self.context.work[template.name].outputs).read_back:
            return self.adapters.file_to_value(task, outputs.read_back[argo_name])
        else:
            output = outputs.named_parameters.get(argo_name)
        return None if output is None else FromTask(task=task, output=output)

    def output_artifact(self, task: str, argo_name: str) -> str | None:
        """The name of an output artifact of a task of this DAG; None if it does not exist."""
        call, template = self._called(task)
        if call is None or template is None:
            return None
        if (port := template.output_artifacts.get(argo_name)) is not None:
            if template.tasks or (template.container and port.text is not None):
                port.used()
        elif call.items is None:
            return None
        if template.container is not None and call.items is None:
            return self.context.work[template.name].outputs.named_artifacts.get(argo_name)
        return _of_dag(call, template.output_artifacts, argo_name)

    def _called(self, task: str) -> tuple[DagTask | None, Template | None]:
        call = self.calls.get(task)
        return call, None if call is None else self.context.workflow.templates.get(call.template)

    def inside(self, name: str, value: Pieces) -> Pieces:
        """A value of the parent in this DAG: a constant unchanged, others as an input."""
        if is_constant(value):
            return value
        if not any(isinstance(piece, Item) for piece in value):
            return [FromParent(name=self.need(name, value))]
        found: Pieces = []
        for piece in value:
            if isinstance(piece, Item):
                key = piece.key or self.whole_field
                self.picks_fields |= bool(key)
                by = Selector(path=(key,)) if key else None
                found.append(FromParent(name=self.item_input, selector=by))
            elif isinstance(piece, str):
                found.append(piece)
            else:
                found.append(FromParent(name=self.need(channel_name(piece), [piece])))
        return found

    def _whole_field(self) -> str:
        if self.call is None or not isinstance(self.call.items, (list, ItemsText)):
            return ""
        given = [port.parts for port in self.call.parameters.values()]
        given += [artifact.raw for artifact in self.call.artifacts.values()]
        taken = {
            piece.path[1:]
            for written in given
            for piece in written or ()
            if not isinstance(piece, str) and piece.path[0] == "item"
        }
        if () not in taken or len(taken) == 1:
            return ""
        items = self._known_items(self.call)
        keys = {key for item in items for key in (item if isinstance(item, dict) else ())}
        return unique("item", keys) if items else ""

    def _known_items(self, call: DagTask) -> list[Json]:
        """The items of the loop if they are constant; else empty."""
        if not isinstance(call.items, ItemsText) or self.parent is None:
            return call.items if isinstance(call.items, list) else []
        value = self.parent.resolve(call.items.parts, call.items_at)
        try:
            found = loaded("".join(map(str, value))) if is_constant(value) else None
        except ValueError:  # reported when the iterator is made
            return []
        return found if isinstance(found, list) else []

    def item_texts(self, source: FromParent) -> list[str]:
        """The texts of an input in each iteration: the items of this loop, or a field of them."""
        if self.call is None or self.parent is None:
            return []
        if source.name != self.item_input:
            match self.needed.get(source.name):
                case [FromParent() as outer]:
                    return self.parent.item_texts(outer)
            return []
        items = self.call.items if isinstance(self.call.items, list) else []
        if source.selector is not None:
            fields = [field for item in items if isinstance(item, dict) for field in item.items()]
            items = [value for key, value in fields if (key,) == source.selector.path]
        return [item for item in items if isinstance(item, str)]

    def need(self, name: str, value: Pieces) -> str:
        """The name of an input of this DAG to which its caller passes ``value``."""
        for known, given in self.needed.items():
            if given == value and known.startswith(input_name(name)):
                return known
        own = unique(input_name(name), self._taken)
        self.needed[own] = value
        kind = ParameterType.STRING
        if (
            self.parent is not None
            and isinstance(value[0], (FromParent, FromTask))
            and len(value) == 1
        ):
            kind = self.parent.value_type(value[0])
        self.parameters[own] = Parameter(type=kind)
        return own

    def value_type(self, source: FromParent | FromTask) -> ParameterType:
        """The type of a source's value; a selected part is text."""
        return self.type_of(source) if source.selector is None else ParameterType.STRING

    def type_of(self, source: FromParent | FromTask) -> ParameterType:
        """The type of a value of this DAG."""
        if isinstance(source, FromTask):
            _, template = self._called(source.task)
            if template is None:  # the output of an adapter
                return ParameterType.STRING
            return self.context.output_type(template, source.output)
        return self.parameters[source.name].type

    def file(self, artifact: ArgoArtifact) -> File | None:
        """The source of an artifact argument in this DAG; None if it is unknown."""
        artifact.used("name", "from", "data")
        if artifact.raw is not None:
            return File(None, self.resolve(artifact.raw, artifact.cursor))
        if own_source(artifact) is not None:
            return File(imported(self.adapters, artifact), [], declared_artifact(None))
        match [part if isinstance(part, str) else part.path for part in artifact.source]:
            case [("tasks", task, "outputs", "artifacts", *name)]:
                return self.made_by(task, ".".join(name))
            case [("inputs", "artifacts", *name)]:
                return self.input_file(".".join(name))
            case [("tasks", task, "outputs", "parameters", *name)]:
                value = self.output(task, ".".join(name))
                return None if value is None else File(None, value)
        return None

    def made_by(self, task: str, name: str) -> File | None:
        """The output artifact of a task of this DAG."""
        output = self.output_artifact(task, name)
        if output is None:
            return None
        kind = self.context.output_kind(self._called(task)[1], output)
        return File(FromTask(task=task, output=output), [], kind)

    def input_file(self, name: str) -> File | None:
        """An input artifact of this DAG."""
        declared = self.template.input_artifacts.get(name)
        missing = NOT_GIVEN if declared is not None and declared.optional else None
        if self.parent is None or self.call is None:
            given = self.context.workflow.artifacts.get(name)
            return missing if given is None else self.file(given)
        given = self.call.artifacts.get(name)
        if given is None and declared is not None:
            given = own_source(declared)
        outer = missing if given is None else self.parent.file(given)
        if outer is None or outer is NOT_GIVEN:
            return outer
        if outer.artifact is None:
            return File(None, self.inside(name, outer.value))
        return File(FromParent(name=self.need_artifact(name, outer)), [], outer.type)

    def need_artifact(self, name: str, outer: File) -> str:
        """The name of an input of this DAG to which its caller passes an artifact."""
        for known, given in self.needed_artifacts.items():
            if given == outer.artifact:
                return known
        own = unique(input_name(name), self._taken)
        assert outer.artifact is not None
        self.needed_artifacts[own] = outer.artifact
        self.artifacts[own] = outer.type or declared_artifact(None)
        return own


def _of_dag(call: DagTask, ports: Mapping[str, Port], argo_name: str) -> str | None:
    """The name of an output of a DAG. One of a loop is reported: KFP v2 collects them in lists."""
    if call.items is not None:
        call.cursor.report(rules.LOOP_OUTPUT, output=argo_name)
    return input_name(argo_name) if argo_name in ports or call.items is not None else None
