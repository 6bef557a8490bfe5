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
from translator.model.channels import channel, free
from translator.readers.argo.references import parse, reference
from translator.readers.argo.sequences import items
from translator.readers.argo.values import (
    bind,
    carried,
    embedded,
    is_constant,
    known_text,
    unique,
)
from translator.readers.argo.workflow import (
    DagTask,
    ItemsText,
    Port,
    Sequence,
    Template,
    Workflow,
    referring,
)
from translator.records import replace
from translator.source.go_yaml import json_text
from translator.source.json_text import loaded, loaded_as_written

#: Characters that Go's ``encoding/json`` escapes and JSON does not require to be escaped.
_FOR_HTML = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}

if TYPE_CHECKING:
    from translator.model import InputSource, Json
    from translator.readers.argo.conditions import When
    from translator.readers.argo.references import Reference
    from translator.readers.argo.scopes import Scope
    from translator.readers.argo.values import Pieces


def looped(
    scope: Scope, inner: Scope, call: DagTask, parameters: dict[str, InputSource]
) -> Iterator:
    """The iterator of a call. Its inputs are added to ``parameters`` and to those of the DAG."""
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
    elif isinstance(call.items, ItemsText):
        value = scope.resolve(call.items.parts, call.items_at)
    else:
        return _written(scope, inner, call, _in_order(call.items), parameters)
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
            name = free(channel(f"{inner.item_input}-items"), parameters)
            kind = ParameterType.STRING
            bind(parameters, name, value)
    inner.parameters[name] = Parameter(type=kind)
    return FromParent(name=name)


def _counted(scope: Scope, call: DagTask, sequence: Sequence) -> Pieces:
    """The items of a sequence as a JSON list: a constant, or the output of an adapter."""
    start, bound = (scope.resolve(text, call.items_at) for text in (sequence.start, sequence.bound))
    known = [known_text(value) for value in (start, bound)]
    if known[0] is None or known[1] is None:
        return [scope.adapters.sequence_items(call.name, sequence, start, bound)]
    found = items(known[0], sequence.kind, known[1], sequence.format, call.items_at)
    return [json.dumps(found)]


def _written(
    scope: Scope, inner: Scope, call: DagTask, items: Json, parameters: dict[str, InputSource]
) -> Items:
    """Items that are in the file, as the text that Argo substitutes.

    Items whose fields are used are text too, JSON objects of such texts: selectors read that, and
    Vertex AI is reported to fail on mappings (kubeflow/pipelines issue 12191). The value of a
    placeholder in such a text would not be escaped, so items with references stay mappings.
    """
    if not isinstance(items, list):
        call.items_at.report(rules.BAD_LOOP, items=json.dumps(items))
        items = []

    open_parts: list[Pieces] = []

    def pasted(text: str) -> str:
        resolved = scope.resolve(parse(text), call.items_at)
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
    """A scalar item, or a field of one, as Argo substitutes it: text unchanged, others as JSON.

    Items stay JSON in Argo (pkg/apis/workflow/v1alpha1/item.go): what YAML has as a number is
    written by Go's encoder, and JSON in the text of ``withParam`` is unchanged.
    """
    return value if isinstance(value, str) else json_text(value)


def whole_text(item: Json) -> str:
    """A whole item as Argo substitutes it: mappings and lists encoded again (``processItem``)."""
    match item:
        case dict():
            return json_text(dict(sorted(item.items()))).translate(_FOR_HTML)
        case list():
            return json_text(item).translate(_FOR_HTML)
        case _:
            return item_text(item)


def _in_order(value: Json) -> Json:
    """A YAML value with sorted keys, as Go encodes it to JSON."""
    match value:
        case dict():
            return {key: _in_order(value[key]) for key in sorted(value)}
        case list():
            return [_in_order(one) for one in value]
        case _:
            return value


def as_list(parameter: Parameter) -> Parameter:
    """A parameter that is only used as a list, as LIST; unchanged if its default is no list."""
    if parameter.default is UNSET:
        return replace(parameter, type=ParameterType.LIST)
    try:
        default = loaded(str(parameter.default))
    except ValueError:
        return parameter
    if not isinstance(default, list):
        return parameter
    return replace(parameter, type=ParameterType.LIST, default=default)


def over_dags(workflow: Workflow) -> Workflow:
    """The workflow with loops over DAGs only: a loop over a container gets a DAG around it.

    So does a loop over a DAG under a condition, which is evaluated for each item.
    """
    templates = dict(workflow.templates)
    for key, template in workflow.templates.items():
        if template.kind == "dag" and any(call.items is not None for call in template.tasks):
            tasks = [_over_dag(call, workflow, templates) for call in template.tasks]
            templates[key] = template._replace(tasks=tuple(tasks))
    return workflow._replace(templates=templates)


def _over_dag(call: DagTask, workflow: Workflow, templates: dict[str, Template]) -> DagTask:
    """A call, which if it is such a loop calls a new DAG, which is added to ``templates``."""
    template = workflow.templates.get(call.template)
    if template is None or call.items is None:
        return call
    if template.has_executor or (template.kind == "dag" and call.when is not None):
        around, call = _in_dag(template, call)
        key = free(around.name, templates)
        templates[key] = around
        return call._replace(template=key)
    return call


def _in_dag(template: Template, call: DagTask) -> tuple[Template, DagTask]:
    """A loop over a container, or with a condition per item, as a loop over a DAG of one task."""
    given = dict(call.parameters)
    when = _handed_on(call, given)
    inner = call._replace(
        parameters={name: _input(name, port) for name, port in call.parameters.items()},
        artifacts={
            name: artifact._replace(source=(reference("inputs", "artifacts", name),), raw=None)
            for name, artifact in call.artifacts.items()
        },
        dependencies=(),
        when=when,
        items=None,
    )
    around = template._replace(
        name=f"for-{call.name}",
        kind="dag",
        container=None,
        resource=None,
        parameters={name: Port(None, None, port.cursor) for name, port in given.items()},
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
    return around, call._replace(parameters=given, when=None)


def _handed_on(call: DagTask, given: dict[str, Port]) -> When | None:
    """The condition in terms of inputs of the DAG, which are added to ``given``."""
    if call.when is None:
        return None
    inputs: dict[str, Reference] = {}
    taken = set(given)
    for found in call.when.references():
        if found.text not in inputs:
            name = unique(f"when-{len(inputs) + 1}", taken)
            given[name] = referring(found, call.cursor)
            inputs[found.text] = reference("inputs", "parameters", name)
    return call.when.referring(inputs)


def _input(name: str, port: Port) -> Port:
    return referring(reference("inputs", "parameters", name), port.cursor)
