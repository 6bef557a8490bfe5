"""Types that schema 2.0.0 does not have: booleans, lists, objects, and the status of a task.

A value is a text there, and what takes it decides: the executor of kfp 1 reads it as the function
declares, and a loop as a list. kfp 2 types the inputs of a function by its signature, and takes
lists only for a loop, so the values that reach them need these types too: inputs and outputs of
DAGs, and constants.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from translator.decompiler.components.functions_of_kfp_1 import functions_of
from translator.model import (
    KFP_V1,
    OLDER_SCHEMA,
    UNSET,
    Constant,
    Dag,
    FinalStatus,
    FromParent,
    FromTask,
    ParameterType,
)
from translator.model.expressions import (
    And,
    Boolean,
    Comparison,
    Input,
    Not,
    Or,
    String,
    inputs_of,
)
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from translator.decompiler.components.functions_of_kfp_1 import Functions, Port, Types
    from translator.model import Component, InputSource, Json, Parameter, Pipeline, Task
    from translator.model.expressions import Condition, Operand

__all__ = ["with_function_types"]

_JSON: dict[ParameterType, type] = {
    ParameterType.BOOLEAN: bool,
    ParameterType.LIST: list,
    ParameterType.STRUCT: dict,
}


_NUMBERS = (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE)


class _Differs(Exception):
    """A value has a type in one place and is a text in another."""


def with_function_types(pipeline: Pipeline) -> Pipeline:
    """The pipeline with the types of its functions, wherever their values come from and go to.

    And with those of its loops and of what takes a status. Types are left out where a value is a
    text in one of these places. It is unchanged if it was a workflow of KFP v1, in which all values
    are texts.
    """
    if pipeline.dialect == KFP_V1:
        return pipeline
    known = functions_of(pipeline)
    typed = _with_types(pipeline, known.all_types, known)
    for types in known.types if typed is pipeline else ():
        typed = _with_types(typed, types, known)
    pipeline = typed
    is_older = pipeline.schema_version == OLDER_SCHEMA
    if is_older:
        pipeline = _with_numbers(pipeline)
    for port, kind in (*_of_statuses(pipeline), *(_of_loops(pipeline) if is_older else ())):
        pipeline = _with_types(pipeline, {port: kind}, known)
    return _with_items(pipeline, known.items) if is_older and known.items else pipeline


def _with_types(pipeline: Pipeline, types: Types, known: Functions) -> Pipeline:
    """The pipeline with some types, and those of the same values; unchanged if they contradict."""
    components = {"": pipeline.root, **pipeline.components}
    neighbours = _neighbours(components)
    files = _reached(known.files, neighbours)
    try:
        types = _spread(types, neighbours, components, known.all_types)
        typed = {
            name: _typed(name, one, components, types, files) for name, one in components.items()
        }
    except _Differs:
        return pipeline
    return replace(pipeline, root=typed.pop(""), components=typed)


def _reached(ports: Iterable[Port], neighbours: Mapping[Port, Iterable[Port]]) -> set[Port]:
    """The parameters that have the values of some."""
    found, todo = set(ports), list(ports)
    while todo:
        new = {one for one in neighbours.get(todo.pop(), ()) if one not in found}
        found |= new
        todo += new
    return found


def _with_numbers(pipeline: Pipeline) -> Pipeline:
    """The pipeline with numbers for texts that inputs of such a type take.

    kfp 1 writes the defaults in the file of a component as texts. A text in which a program would
    get another one stays: ``1.0``, which is 1 in schema 2.1.0.
    """

    def number(source: InputSource, declared: Parameter | None) -> InputSource:
        is_number = declared is not None and declared.type in _NUMBERS
        if not is_number or not isinstance(source, Constant) or not isinstance(source.value, str):
            return source
        try:
            found = json.loads(source.value)
        except (ValueError, RecursionError):
            return source
        is_exact = type(found) in (int, float) and json.dumps(found) == source.value
        is_whole = isinstance(found, float) and found.is_integer()
        return replace(source, value=found) if is_exact and not is_whole else source

    def component(one: Component) -> Component:
        if not isinstance(one.body, Dag):
            return one
        tasks: dict[str, Task] = {}
        for key, task in one.body.tasks.items():
            inputs = pipeline.components[task.component].inputs.parameters
            given = {
                name: number(source, inputs.get(name)) for name, source in task.parameters.items()
            }
            tasks[key] = replace(task, parameters=given)
        return replace(one, body=replace(one.body, tasks=tasks))

    components = {name: component(one) for name, one in pipeline.components.items()}
    made = replace(pipeline, root=component(pipeline.root), components=components)
    return pipeline if made == pipeline else made


def _with_items(pipeline: Pipeline, items: Mapping[Port, ParameterType]) -> Pipeline:
    """The pipeline with the types of the items of the lists of functions."""
    neighbours = _neighbours({"": pipeline.root, **pipeline.components})
    components = dict(pipeline.components)
    for port, kind in items.items():
        reached = _reached([port], neighbours)
        for task in _tasks(pipeline):
            loop = task.iterator
            if loop is None or not isinstance(loop.items, FromParent):
                continue
            component = components[task.component]
            item = component.inputs.parameters.get(loop.item_input)
            if item is None or (task.component, "in", loop.items.name) not in reached:
                continue
            parameters = {**component.inputs.parameters, loop.item_input: replace(item, type=kind)}
            inputs = replace(component.inputs, parameters=parameters)
            components[task.component] = replace(component, inputs=inputs)
    return replace(pipeline, components=components)


def _of_loops(pipeline: Pipeline) -> Iterator[tuple[Port, ParameterType]]:
    """The texts that are looped over."""
    for task in _tasks(pipeline):
        if task.iterator is not None and isinstance(task.iterator.items, FromParent):
            yield (task.component, "in", task.iterator.items.name), ParameterType.LIST


def _of_statuses(pipeline: Pipeline) -> Iterator[tuple[Port, ParameterType]]:
    """The texts that are the status of a task."""
    for task in _tasks(pipeline):
        for name, source in task.parameters.items():
            if isinstance(source, FinalStatus):
                yield (task.component, "in", name), ParameterType.TASK_FINAL_STATUS


def _tasks(pipeline: Pipeline) -> Iterator[Task]:
    for component in (pipeline.root, *pipeline.components.values()):
        if isinstance(component.body, Dag):
            yield from component.body.tasks.values()


def _neighbours(components: Mapping[str, Component]) -> Mapping[Port, list[Port]]:
    """The parameters that have the same value as another one.

    Not the items of loops: kfp finds their types in the list, and takes those of a value for any.
    """
    items = {
        (task.component, "in", task.iterator.item_input)
        for component in components.values()
        if isinstance(component.body, Dag)
        for task in component.body.tasks.values()
        if task.iterator is not None
    }
    found: defaultdict[Port, list[Port]] = defaultdict(list)
    for one, other in _passed(components):
        if one not in items:
            found[one].append(other)
            found[other].append(one)
    return found


def _passed(components: Mapping[str, Component]) -> Iterator[tuple[Port, Port]]:
    for name, component in components.items():
        if not isinstance(component.body, Dag):
            continue
        tasks = component.body.tasks
        for task in tasks.values():
            for key, source in task.parameters.items():
                given = _port_of(name, source, tasks)
                if given is not None:
                    yield given, (task.component, "in", key)
        for key, output in component.body.parameter_outputs.items():
            for source in output.sources:
                given = _port_of(name, source, tasks)
                if given is not None:
                    yield given, (name, "out", key)


def _port_of(holder: str, source: InputSource, tasks: Mapping[str, Task]) -> Port | None:
    """The parameter that a value comes from; None if it is a part of it, or a constant."""
    if isinstance(source, FromParent) and source.selector is None:
        return holder, "in", source.name
    if isinstance(source, FromTask) and source.selector is None and source.task in tasks:
        return tasks[source.task].component, "out", source.output
    return None


def _spread(
    types: Types,
    neighbours: Mapping[Port, Iterable[Port]],
    components: Mapping[str, Component],
    wanted: Mapping[Port, object],
) -> Types:
    """The types, of all parameters with the same values."""
    found = dict(types)
    todo = list(types)
    while todo:
        port = todo.pop()
        for other in neighbours.get(port, ()):
            if other not in found:
                is_program = not isinstance(components[other[0]].body, Dag)
                if is_program and wanted.get(other) is not found[port]:
                    raise _Differs  # it takes a text
                found[other] = found[port]
                todo.append(other)
            elif found[other] is not found[port]:
                raise _Differs
    return found


def _typed(
    name: str,
    component: Component,
    components: Mapping[str, Component],
    types: Types,
    files: Collection[Port],
) -> Component:
    """A component with its types, and constants of its tasks with theirs."""
    inputs, outputs = component.inputs, component.outputs
    body = component.body
    if isinstance(body, Dag):
        tasks = {key: _with_constants(task, types, files) for key, task in body.tasks.items()}
        body = replace(body, tasks=tasks)
    return replace(
        component,
        inputs=replace(inputs, parameters=_retyped(name, "in", inputs.parameters, types)),
        outputs=replace(outputs, parameters=_retyped(name, "out", outputs.parameters, types)),
        body=body,
    )


def _retyped(
    name: str,
    side: Literal["in", "out"],
    parameters: Mapping[str, Parameter],
    types: Types,
) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for key, one in parameters.items():
        kind = types.get((name, side, key))
        if kind is not None:
            default = one.default if one.default is UNSET else _value(one.default, kind)
            one = replace(one, type=kind, default=default)
        found[key] = one
    return found


def _with_constants(task: Task, types: Types, files: Collection[Port]) -> Task:
    found: dict[str, InputSource] = {}
    for key, source in task.parameters.items():
        kind = types.get((task.component, "in", key))
        if kind is not None and isinstance(source, Constant):
            source = replace(source, value=_value(source.value, kind))
        found[key] = source
    trigger = task.trigger
    if trigger is not None and trigger.condition is not None:
        ports = {key: (task.component, "in", key) for key in task.parameters}
        inputs = {
            key: None if port in files else types[port]
            for key, port in ports.items()
            if port in types
        }
        trigger = replace(trigger, condition=_condition(trigger.condition, inputs))
    return replace(task, parameters=found, trigger=trigger)


def _condition(given: Condition, types: Mapping[str, ParameterType | None]) -> Condition:
    """A condition on inputs that are no texts any more. None: the text is not known."""
    match given:
        case Not(condition=inner):
            return replace(given, condition=_condition(inner, types))
        case And(conditions=terms) | Or(conditions=terms):
            return replace(given, conditions=tuple(_condition(one, types) for one in terms))
        case Comparison(left=left, operator="==" | "!=", right=right):
            changed = replace(
                given, left=_operand(left, right, types), right=_operand(right, left, types)
            )
            return given if changed == given else changed
        case _ if any(name in types for name in inputs_of(given)):
            raise _Differs
    return given


def _operand(given: Operand, other: Operand, types: Mapping[str, ParameterType | None]) -> Operand:
    """An operand of a comparison: a boolean for the text of one, as a function of kfp 1 has it."""
    if not any(name in types for name in (*inputs_of(given), *inputs_of(other))):
        return given
    match given, other:
        case Input(), String(value="true" | "false"):
            if types.get(given.name) is ParameterType.BOOLEAN:
                return replace(given, written="")
        case String(value="true" | "false"), Input(name=name):
            if types.get(name) is ParameterType.BOOLEAN:
                return Boolean(value=given.value == "true")
    raise _Differs


def _value(given: Json, kind: ParameterType) -> Json:
    """The value of a text, as the executor of kfp 1 reads it."""
    if not isinstance(given, str):
        return given
    try:
        found: Json = json.loads(given.lower() if kind is ParameterType.BOOLEAN else given)
    except ValueError:
        raise _Differs from None
    if not isinstance(found, _JSON.get(kind, ())):
        raise _Differs
    return found
