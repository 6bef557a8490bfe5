"""``withItems`` and ``withParam`` → iterators, and the DAGs that loops need around containers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import (
    UNSET,
    FromParent,
    FromTask,
    Items,
    Iterator,
    Parameter,
    ParameterType,
)
from translator.model.channels import CHANNEL
from translator.readers.argo import references
from translator.readers.argo.artifact_sources import own_source
from translator.readers.argo.sequences import Sequence, items
from translator.readers.argo.values import (
    bind,
    carried,
    embedded,
    free,
    is_constant,
    known_text,
    unique,
)
from translator.readers.argo.workflow import DagTask, Port, Template
from translator.records import replace
from translator.source.go_yaml import json_text
from translator.source.json_text import loaded, loaded_as_written

#: What ``encoding/json`` of Go escapes beside what JSON asks for.
_FOR_HTML = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}

if TYPE_CHECKING:
    from collections.abc import Container

    from translator.model import InputSource, Json
    from translator.readers.argo.scopes import Scope
    from translator.readers.argo.values import Pieces


def looped(
    scope: Scope, inner: Scope, call: DagTask, parameters: dict[str, InputSource]
) -> Iterator:
    """The iterator of a call, whose inputs are added to ``parameters`` and to the DAG's own."""
    items = _items(scope, inner, call, parameters)
    has_text = isinstance(items, Items) and not _holds_mappings(items)
    kind = ParameterType.STRUCT if inner.picks_fields and not has_text else ParameterType.STRING
    inner.parameters[inner.item_input] = Parameter(type=kind)
    return Iterator(item_input=inner.item_input, items=items, origin=call.items_at.origin)


def _items(
    scope: Scope, inner: Scope, call: DagTask, parameters: dict[str, InputSource]
) -> Items | FromParent:
    if isinstance(call.items, Sequence):
        value = _counted(scope, call, call.items)
    elif not isinstance(call.items, str):
        return _written(scope, inner, call, _in_order(call.items), parameters)
    else:
        value = scope.resolve(call.items, call.items_at)
    if is_constant(value):
        try:
            items = loaded_as_written("".join(map(str, value)))
        except ValueError:
            items = None
        return _written(scope, inner, call, items, parameters)
    match value:
        case [FromParent() | FromTask() as source]:
            name = carried(parameters, source)
            is_made = isinstance(call.items, Sequence)
            kind = ParameterType.LIST if is_made else scope.type_of(source)
        case _:
            name = free(f"{CHANNEL}{inner.item_input}-items", parameters)
            kind = ParameterType.STRING
            bind(parameters, name, value)
    inner.parameters[name] = Parameter(type=kind)
    return FromParent(name=name)


def _counted(scope: Scope, call: DagTask, sequence: Sequence) -> Pieces:
    """The items of a sequence as a JSON list: one that is known, or made by a task of its own."""
    start, bound = (scope.resolve(text, call.items_at) for text in (sequence.start, sequence.bound))
    known = [known_text(value) for value in (start, bound)]
    if known[0] is None or known[1] is None:
        return [scope.adapters.sequence_items(call.name, sequence, start, bound)]
    found = items(sequence._replace(start=known[0], bound=known[1]), call.items_at)
    return [json.dumps(found)]


def _written(
    scope: Scope, inner: Scope, call: DagTask, items: Json, parameters: dict[str, InputSource]
) -> Items:
    """Items that stand in the file, as the text that Argo pastes.

    Those whose fields are picked are text too, JSON objects of such texts: selectors read that, and
    Vertex AI is reported to fail on mappings (kubeflow/pipelines issue 12191). What a placeholder
    puts into such a text would not be escaped; items with references stay mappings.
    """
    if not isinstance(items, list):
        call.items_at.report(rules.BAD_LOOP, items=json.dumps(items))
        items = []

    open_parts: list[Pieces] = []

    def pasted(text: str) -> str:
        resolved = scope.resolve(text, call.items_at)
        if not is_constant(resolved):
            open_parts.append(resolved)
        return embedded(parameters, resolved)

    if not inner.picks_fields:
        return Items(values=tuple([pasted(whole_text(item)) for item in items]))
    mappings: list[Json] = []
    for item in items:
        fields = item if isinstance(item, dict) else {}
        texts = {key: item_text(value) for key, value in fields.items()}
        if inner.whole_field:
            texts[inner.whole_field] = whole_text(item)
        mappings.append({key: pasted(text) for key, text in texts.items()})
    if open_parts:
        return Items(values=tuple(mappings))
    return Items(values=tuple([json.dumps(mapping) for mapping in mappings]))


def _holds_mappings(items: Items) -> bool:
    return any(isinstance(item, dict) for item in items.values)


def item_text(value: Json) -> str:
    """A scalar item, or a field of one, as Argo pastes it: text as it is, the rest as JSON.

    Items stay JSON in Argo (pkg/apis/workflow/v1alpha1/item.go): what YAML has as a number is
    written by Go's encoder, and what stands in the text of ``withParam`` stays as it is.
    """
    return value if isinstance(value, str) else json_text(value)


def whole_text(item: Json) -> str:
    """A whole item as Argo pastes it. Mappings and lists are encoded again (``processItem``)."""
    match item:
        case dict():
            return json_text(dict(sorted(item.items()))).translate(_FOR_HTML)
        case list():
            return json_text(item).translate(_FOR_HTML)
        case _:
            return item_text(item)


def _in_order(value: Json) -> Json:
    """A value of YAML with its keys in order, in which Go turns it to JSON."""
    match value:
        case dict():
            return {key: _in_order(value[key]) for key in sorted(value)}
        case list():
            return [_in_order(one) for one in value]
        case _:
            return value


def as_list(parameter: Parameter) -> Parameter:
    """A parameter that is used as a list only, as one; as it is when its default is none."""
    if parameter.default is UNSET:
        return replace(parameter, type=ParameterType.LIST)
    try:
        default = loaded(str(parameter.default))
    except ValueError:
        return parameter
    if not isinstance(default, list):
        return parameter
    return replace(parameter, type=ParameterType.LIST, default=default)


def in_dag(template: Template, call: DagTask) -> tuple[Template, DagTask]:
    """A loop over a container, or with a condition per item, as a loop over a DAG of one task."""
    given = dict(call.parameters)
    when = _handed_on(call, given)
    inner = call._replace(
        parameters={name: _input(name, port) for name, port in call.parameters.items()},
        artifacts={
            name: artifact._replace(source="{{inputs.artifacts." + name + "}}", raw=None)
            for name, artifact in call.artifacts.items()
        },
        dependencies=(),
        when=when,
        items=None,
    )
    around = template._replace(
        name=f"for-{call.name}",
        kind="dag",
        parameters={name: Port(None, port.cursor) for name, port in given.items()},
        input_artifacts={},
        output_parameters={},
        output_artifacts={},
        tasks=(inner,),
        metadata={},
        component=None,
        launched=None,
        parallelism=0,
        fail_fast=True,
    )
    return around, call._replace(parameters=given, when="")


def _handed_on(call: DagTask, given: dict[str, Port]) -> str:
    """The condition in terms of inputs, which are added to what the call gives."""
    names: dict[str, str] = {}
    taken = set(given)

    def by_input(reference: references.Reference) -> str:
        if reference.text not in names:
            names[reference.text] = unique(f"when-{len(names) + 1}", taken)
            given[names[reference.text]] = Port(reference.text, call.cursor)
        return "{{inputs.parameters." + names[reference.text] + "}}"

    return references.substitute(call.when, by_input)


def as_dag(entry: Template, arguments: Container[str]) -> Template:
    """A DAG that runs a container; a DAG as it is."""
    if entry.kind == "dag":
        return entry
    call = call_of(entry, arguments)
    return entry._replace(kind="dag", name=f"{entry.name}-only", tasks=(call,))


def call_of(template: Template, arguments: Container[str]) -> DagTask:
    """A call that gives each input of a template the workflow's argument of the same name.

    Argo calls the entrypoint and the exit handler so. Without such an argument, defaults count.
    """
    return DagTask(
        name=template.name,
        template=template.name,
        parameters={
            name: Port("{{workflow.parameters." + name + "}}", port.cursor)
            for name, port in template.parameters.items()
            if name in arguments or port.text is None
        },
        artifacts={
            name: artifact._replace(path="", source="{{inputs.artifacts." + name + "}}")
            for name, artifact in template.input_artifacts.items()
            if artifact.raw is None and own_source(artifact) is None
        },
        dependencies=(),
        when="",
        items=None,
        items_at=template.cursor,
        cursor=template.cursor,
    )


def _input(name: str, port: Port) -> Port:
    return Port("{{inputs.parameters." + name + "}}", port.cursor)
