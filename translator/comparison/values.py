"""The source of the value of each input and output, resolved through all DAGs.

``kind`` is ``parameters`` or ``artifacts``, as in ``Interface``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.comparison import sources
from translator.model import (
    UNSET,
    Artifact,
    Constant,
    FinalStatus,
    FromParent,
    FromTask,
    Parameter,
    ParameterType,
    RuntimeParameter,
)
from translator.model.channels import is_channel
from translator.placeholders import Placeholder, PlaceholderKind, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.comparison.instances import Instance
    from translator.comparison.sources import Value
    from translator.model import DagOutput, InputSource, Interface, ParsedJson
    from translator.model.expressions import Selector

__all__ = [
    "dag_output",
    "input_value",
    "is_generated",
    "is_internal",
    "item_type",
    "source_value",
    "type_of",
]

#: What compilers for schema 2.0.0 begin the names of their inputs with.
_OLDER_PREFIX = "pipelineparam--"
#: The type that any artifact has, and that kfp 1 declares for those of importers.
_ANY_ARTIFACT = ("system.Artifact", "system.Artifact 0.0.1")
_PARAMETER_TYPES = frozenset(kind.value for kind in ParameterType)


def is_generated(name: str) -> bool:
    """Whether a compiler chose the name of the input or output."""
    return is_channel(name) or name.startswith(_OLDER_PREFIX)


def is_internal(name: str, one: Instance) -> bool:
    """Whether an input only passes a value on: one that a compiler chose, or of a group."""
    task = one.task
    if is_generated(name) or task is None or one.dag is None:
        return is_generated(name) and task is not None
    is_conditional = task.trigger is not None and task.trigger.condition is not None
    return task.iterator is not None or is_conditional


def input_value(one: Instance, kind: str, name: str) -> Value:
    """The source of the value of an input of a task."""
    if (kind, name) not in one.bound:
        one.bound[kind, name] = _input(one, kind, name)
    found: Value = one.bound[kind, name]
    return found


def _input(one: Instance, kind: str, name: str) -> Value:
    if one.task is None or one.parent is None:
        return sources.PipelineInput(sources.Name(one, "inputs", name))
    declared = _declared(one.component.inputs, kind, name)
    loop = one.task.iterator
    if loop is not None and loop.item_input == name:
        return sources.Item(one)
    given: Mapping[str, InputSource] = getattr(one.task, kind)
    if name not in given:
        default = getattr(declared, "default", UNSET)
        if default is UNSET:
            return sources.Missing(f"input {name}")
        return _typed(default, declared) if one.dag is not None else default
    found = source_value(one.parent, kind, given[name], one)
    if one.dag is None and declared is None:
        return found  # of a task that kfp passes the values in its texts to
    if is_internal(name, one):
        return _passed(found, declared)
    return _typed(found, declared) if one.dag is not None else found


def _output(one: Instance, kind: str, name: str) -> Value:
    """The source of the value of an output, seen by the tasks beside it."""
    if one.dag is None:
        return sources.Output(one, sources.Name(one, "outputs", name))
    outputs: Mapping[str, DagOutput] = (
        one.dag.parameter_outputs if kind == "parameters" else one.dag.artifact_outputs
    )
    if name not in outputs:
        return sources.Output(one, sources.Name(one, "outputs", name))
    found = dag_output(one, kind, outputs[name])
    if one.task is not None and one.task.iterator is not None:
        found = sources.Collected(one, found)
    return (
        _passed(found, _declared(one.component.outputs, kind, name))
        if is_generated(name)
        else found
    )


def dag_output(one: Instance, kind: str, output: DagOutput) -> Value:
    """The source of an output of a DAG, seen from within."""
    values = tuple([source_value(one, kind, source, one) for source in output.sources])
    return values[0] if len(values) == 1 and not output.one_of else sources.OneOf(values)


def source_value(dag: Instance, kind: str, source: InputSource, of: Instance) -> Value:
    """The value that an input of ``of``, a task of the DAG, takes from a source in the DAG."""
    match source:
        case Constant(parsed=value):
            return _with_inputs(value, of)
        case RuntimeParameter(name=name):
            return sources.Own(sources.Name(of, "inputs", name))
        case FinalStatus(task=task):
            child = dag.children.get(task)
            return sources.Status(child) if child is not None else sources.Missing(f"task {task}")
        case FromParent(name=name, selector=selector):
            is_known = _declared(dag.component.inputs, kind, name) is not None
            other = "parameters" if kind == "artifacts" else "artifacts"
            return _part(input_value(dag, kind if is_known else other, name), selector)
        case FromTask(task=task, output=output, selector=selector):
            child = dag.children.get(task)
            found = (
                _output(child, kind, output)
                if child is not None
                else sources.Missing(f"task {task}")
            )
            return _part(found, selector)


def _declared(interface: Interface, kind: str, name: str) -> object:
    return getattr(interface, kind).get(name)


def _either(interface: Interface, name: str) -> Parameter | Artifact | None:
    return interface.parameters.get(name) or interface.artifacts.get(name)


def item_type(loop: Instance) -> str:
    """The type of the items of a loop; empty if its DAG does not declare one."""
    name = loop.task.iterator.item_input if loop.task and loop.task.iterator else ""
    return declared_type(_either(loop.component.inputs, name))


def declared_type(declared: object) -> str:
    """The type of a parameter or artifact; empty without one."""
    if isinstance(declared, Artifact):
        kind = (declared.schema_title, declared.schema_version, declared.instance_schema)
        return " ".join(filter(None, kind)) + " list" * declared.is_list
    return declared.type.value if isinstance(declared, Parameter) else ""


def _passed(value: Value, declared: object) -> Value:
    """The value, after a generated input or output of a DAG."""
    default = getattr(declared, "default", UNSET)
    said = {
        "default": None if default is UNSET else [default],
        "optional": getattr(declared, "optional", False),
        "literals": getattr(declared, "literals", None),
        "description": "" if _repeats(declared, value) else getattr(declared, "description", ""),
    }
    others = ", ".join(f"{key} {value}" for key, value in said.items() if value)
    return _typed(value, declared, others)


def _repeats(declared: object, value: Value) -> bool:
    """Whether an input has the description of the output or pipeline input that it passes."""
    if not isinstance(value, (sources.PipelineInput, sources.Output)):
        return False
    source = _either(getattr(value.name.of.component, value.name.side), value.name.name)
    return source is not None and source.description == getattr(declared, "description", "")


def _typed(value: Value, declared: object, said: str = "") -> Value:
    """The value, after an input or output of a DAG that may declare another type."""
    kind = declared_type(declared) or "nothing declared"
    kind = "" if kind in (type_of(value), *_ANY_ARTIFACT) else kind
    return sources.Passed(value, kind, said) if kind or said else value


def type_of(value: Value) -> str:
    """The type of a value where it is made; for a value that a compiler gives no type, STRING."""
    match value:
        case sources.PipelineInput(name=name) | sources.Output(name=name):
            interface: Interface = getattr(name.of.component, name.side)
            return declared_type(_either(interface, name.name))
        case sources.Item(of=loop):
            return item_type(loop)
        case sources.Collected(value=inner):
            kind = type_of(inner)
            return "LIST" if kind in _PARAMETER_TYPES else f"{kind} list"
        case sources.OneOf(values=values) if values:
            return type_of(values[0])
        case sources.Passed(value=inner, type=kind):
            return kind or type_of(inner)
        case sources.Status():
            return "TASK_FINAL_STATUS"
        case _:
            return "STRING"


def _part(value: Value, selector: Selector | None) -> Value:
    if selector is None:
        return value
    path = selector.written or "".join(f"[{key!r}]" for key in selector.path)
    return sources.Part(value, path)


def _with_inputs(value: ParsedJson, of: Instance) -> Value:
    """A constant, with the sources of the inputs of its task that its texts contain."""
    if isinstance(value, dict):
        return {key: _with_inputs(entry, of) for key, entry in value.items()}  # type: ignore[misc]
    if isinstance(value, list):
        return [_with_inputs(entry, of) for entry in value]  # type: ignore[misc]
    if not isinstance(value, Text):
        return value
    if not value.placeholders():
        return str(value)
    parts = [_filled(part, of) for part in value.parts]
    return parts[0] if len(parts) == 1 else sources.Joined(tuple(parts))


def _filled(part: str | Placeholder, of: Instance) -> Value:
    if isinstance(part, str) or part.kind is not PlaceholderKind.INPUT_VALUE:
        return str(part)
    given = of.task.parameters.get(part.name) if of.task else None
    if given is None or of.parent is None or isinstance(given, Constant):
        return sources.Own(sources.Name(of, "inputs", part.name))
    return sources.Joined((input_value(of, "parameters", part.name),))
