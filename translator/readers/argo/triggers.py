"""Conditions of tasks, whose operands become inputs of the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Dag, FromParent, FromTask, Parameter, ParameterType, Trigger
from translator.model.channels import channel, free
from translator.passes.skipped_tasks import around
from translator.readers.argo.conditions import BadCondition, When, tree
from translator.readers.argo.values import bind, carried, known_text
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Component, InputSource, Task
    from translator.model.expressions import Condition
    from translator.readers.argo.references import Parts
    from translator.readers.argo.scopes import Scope
    from translator.source import Cursor


def conditional(scope: Scope, name: str, task: Task, when: When, place: Cursor) -> Task:
    """A task of a DAG with a condition; ``place`` is that of the condition."""
    components = scope.context.components
    task = _in_dag(name, task, components)
    parameters = dict(task.parameters)
    kinds: dict[str, ParameterType] = {}

    def input_for(written: Parts) -> tuple[str, ParameterType] | str:
        value = scope.resolve(written, place)
        if (known := known_text(value)) is not None:
            return known
        match value:
            case [FromParent() | FromTask() as source]:
                own = carried(parameters, source)
                kinds[own] = scope.value_type(source)
            case _:
                own = free(channel("operand"), parameters)
                bind(parameters, own, value)
        return own, kinds.get(own, ParameterType.STRING)

    condition: Condition | None = None
    try:
        condition = tree(when, input_for)
    except BadCondition as error:
        place.report(rules.BAD_CONDITION, part=error, condition=when.text)
    components[task.component] = _declaring(components[task.component], parameters, kinds)
    trigger = Trigger(condition=condition, origin=place.origin)
    return replace(task, parameters=parameters, trigger=trigger)


def _in_dag(name: str, task: Task, components: dict[str, Component]) -> Task:
    """A task that runs a DAG: the task itself, or one with a DAG around it.

    A condition reads inputs of its task, and only a DAG can declare inputs just for that.
    """
    component = components[task.component]
    if isinstance(component.body, Dag):
        return task
    label = free(f"{task.component}-condition", components)
    outer, components[label] = around(name, task, component, label)
    return outer


def _declaring(
    dag: Component, parameters: Mapping[str, InputSource], kinds: Mapping[str, ParameterType]
) -> Component:
    """The DAG, with the inputs that only its condition reads, as kfp declares them."""
    declared = dict(dag.inputs.parameters)
    for name in parameters:
        declared.setdefault(name, Parameter(type=kinds.get(name, ParameterType.STRING)))
    return replace(dag, inputs=replace(dag.inputs, parameters=declared))
