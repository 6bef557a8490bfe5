"""A pipeline spec in the spelling of schema 2.0.0: the inverse of ``readers.kfp_legacy``.

Vertex AI runs both schemas, and passes inputs to a container in the form of the pipeline's schema
(``parameters`` with ``stringValue``, or ``parameterValues``). Containers of kfp 1.8 and TFX read
only the older form, so their pipelines keep their schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.model import (
    OLDER_SCHEMA,
    Constant,
    Container,
    Importer,
    ParameterType,
    walk_tasks,
)

if TYPE_CHECKING:
    from translator.model import Amount, Json, Pipeline, Resources
    from translator.model.expressions import Condition

__all__ = ["TYPES", "in_older_schema", "is_typed"]

#: Type in schema 2.1.0 → its name in schema 2.0.0, which has no others.
TYPES = {
    ParameterType.STRING: "STRING",
    ParameterType.NUMBER_INTEGER: "INT",
    ParameterType.NUMBER_DOUBLE: "DOUBLE",
}


def is_typed(value: Json) -> bool:
    """Whether schema 2.0.0 can express the value: text or a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def in_older_schema(spec: dict[str, Any], pipeline: Pipeline) -> dict[str, Any]:
    """The spec of the pipeline, changed in place.

    Fields that schema 2.0.0 does not have are left unchanged.
    """
    spec["schemaVersion"] = OLDER_SCHEMA
    holders = {"root": spec["root"], **spec.get("components", {})}
    for component in holders.values():
        for side in ("inputDefinitions", "outputDefinitions"):
            for parameter in component.get(side, {}).get("parameters", {}).values():
                _type(parameter)
    for holder, name, task in walk_tasks(pipeline):
        written = holders[holder]["dag"]["tasks"][name]
        for key, source in task.parameters.items():
            if isinstance(source, Constant):
                _constant(written["inputs"]["parameters"][key]["runtimeValue"])
        if task.trigger is not None and task.trigger.condition is not None:
            written["triggerPolicy"]["condition"] = _condition(task.trigger.condition)
    for label, executor in pipeline.executors.items():
        written = spec["deploymentSpec"]["executors"][label]
        if isinstance(executor, Importer) and isinstance(executor.uri, Constant):
            _constant(written["importer"]["artifactUri"])
        elif isinstance(executor, Container) and executor.resources is not None:
            _resources(written["container"].get("resources", {}), executor.resources)
    return spec


def _condition(condition: Condition) -> str:
    from translator.cel import as_read, condition_text  # most pipelines have no condition

    return condition_text(condition, as_read)


def _type(parameter: dict[str, Any]) -> None:
    older = TYPES.get(ParameterType[parameter["parameterType"]])
    if older is not None:
        del parameter["parameterType"]
        parameter["type"] = older


def _constant(holder: dict[str, Any]) -> None:
    value = holder["constant"]
    if is_typed(value):
        del holder["constant"]
        holder["constantValue"] = _typed(value)


def _typed(value: str | float) -> dict[str, Any]:
    """``{intValue: "3"}``: protobuf's JSON writes 64-bit integers as text."""
    match value:
        case str():
            return {"stringValue": value}
        case int():
            return {"intValue": str(value)}
        case _:
            return {"doubleValue": value}


def _resources(written: dict[str, Any], resources: Resources) -> None:
    """Removes the form, number or text, that the file does not have."""
    amounts: dict[str, Amount | None] = {
        "CpuLimit": resources.cpu_limit,
        "CpuRequest": resources.cpu_request,
        "MemoryLimit": resources.memory_limit,
        "MemoryRequest": resources.memory_request,
    }
    for name, amount in amounts.items():
        if amount is not None and amount.text is None:
            written.pop(f"resource{name}", None)
        elif amount is not None and amount.number is None:
            written.pop(name[0].lower() + name[1:], None)
    accelerator = written.get("accelerator", {})
    for older, newer in (("type", "resourceType"), ("count", "resourceCount")):
        if older in accelerator:
            accelerator.pop(newer, None)
