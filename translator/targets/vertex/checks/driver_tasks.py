"""Features of KFP's driver: task settings as data, a workspace of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import Importer, ParameterType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Json, Pipeline


def task_configs(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Components that get the settings of their task as data, to create pods with them."""
    for name, component in pipeline.components.items():
        fields = [entry.get("field") for entry in map(_mapping, component.config_passthroughs)]
        taken = [f"`{field}`" for field in fields if field]
        for key, parameter in component.inputs.parameters.items():
            if parameter.type is ParameterType.TASK_CONFIG:
                taken.append(f"input `{key}`")
        if taken or fields:
            facts = {"component": name, "taken": ", ".join(taken)}
            yield rules.TASK_CONFIG.at(component.origin, **facts)


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def workspace_imports(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Importers that download to the volume that all tasks of a run share."""
    for label, executor in pipeline.executors.items():
        if isinstance(executor, Importer) and executor.download_to_workspace:
            yield rules.WORKSPACE_IMPORT.at(executor.origin, label=label)
