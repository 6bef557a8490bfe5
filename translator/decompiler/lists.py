"""Types of the items of lists that tasks make, which the outputs of components have to declare.

A pipeline spec has the type of an item at the loop, kfp 2 in the type of the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.annotations import LISTS
from translator.decompiler.nodes import Item, Loop, Output, calls_in, walk
from translator.decompiler.structure import Structure
from translator.decompiler.types import item_types
from translator.model import Dag, ParameterType
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import Component, Pipeline

__all__ = ["list_annotation", "with_item_types"]


def with_item_types(pipeline: Pipeline) -> Pipeline:
    """The pipeline with the annotations of lists as declared types of the outputs that make them.

    Where loops read the items of one list as different types, the first one counts.
    """
    found: dict[tuple[str, str], str] = {}
    for component in _functions(pipeline):
        for name, output, kind in _lists(pipeline, component):
            found.setdefault((name, output), kind)
    components = dict(pipeline.components)
    for (name, output), kind in found.items():
        outputs = components[name].outputs
        parameters = dict(outputs.parameters)
        parameters[output] = replace(parameters[output], declared_type=kind)
        made = replace(outputs, parameters=parameters)
        components[name] = replace(components[name], outputs=made)
    return replace(pipeline, components=components) if found else pipeline


def list_annotation(pipeline: Pipeline, loop: Loop) -> str:
    """The annotation of a list that is looped over; empty if its items are texts.

    kfp takes entries of the items of ``list[dict[str, str]]`` for texts, and those of a plain
    ``list`` for any type.
    """
    kind = item_types(pipeline, loop)
    entries = [
        pipeline.components[one.task.component].inputs.parameters.get(name)
        for one in calls_in(loop.body)
        for name, value in one.values.items()
        if isinstance(value, Item) and value.loop == loop.path and value.keys
    ]
    if any(one is not None and one.type is not ParameterType.STRING for one in entries):
        return ""
    return LISTS.get(kind, "") if kind else ""


def _functions(pipeline: Pipeline) -> Iterator[Component]:
    """The components that are written as pipeline functions and may have loops."""
    dags = [one for one in pipeline.components.values() if isinstance(one.body, Dag)]
    has_loops = any(
        task.iterator is not None
        for one in (pipeline.root, *dags)
        if isinstance(one.body, Dag)
        for task in one.body.tasks.values()
    )
    if has_loops:
        yield from (pipeline.root, *dags)


def _lists(pipeline: Pipeline, component: Component) -> Iterator[tuple[str, str, str]]:
    """Component, output, and annotation of each list of a task that is looped over."""
    flow = Structure(pipeline, component).flow()
    calls = {one.path: one for one in calls_in(flow.body)}
    for node in walk(flow.body):
        if not isinstance(node, Loop) or not isinstance(node.items, Output):
            continue
        kind = list_annotation(pipeline, node)
        call, output = calls.get(node.items.call), node.items.output
        declared = call and pipeline.components[call.task.component].outputs.parameters.get(output)
        if kind and call and declared and declared.type is ParameterType.LIST:
            yield call.task.component, output, kind
