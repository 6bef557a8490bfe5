"""Features of KFP's driver: volumes, task settings as data, a workspace of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import Importer, ParameterType
from translator.platforms import Scopes, driver_tasks, makers, references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Json, Pipeline, Task

#: The input of a task that removes a volume.
_REMOVED = "pvc_name"


def volume_tasks(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A finding for each task that creates or deletes a volume, with the tasks that use it."""
    verbs = driver_tasks(pipeline)
    if not verbs:
        return
    scopes = Scopes(pipeline)
    users = _users(pipeline, scopes, verbs)
    for (holder, name), verb in verbs.items():
        task = scopes.tasks(holder)[name]
        if verb == "deletes" and _is_made_here(scopes, holder, task, verbs):
            continue
        used = users.get((holder, name), [])
        along = f" together with what belongs to it: {', '.join(used)}" if used else ""
        facts = {"task": name, "verb": verb, "along": along}
        yield rules.DRIVER_TASK.at(task.origin, **facts)


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


def _users(
    pipeline: Pipeline, scopes: Scopes, verbs: dict[tuple[str, str], str]
) -> dict[tuple[str, str], list[str]]:
    """Task that creates a volume → the tasks that mount and delete it."""
    users: dict[tuple[str, str], list[str]] = {}
    for one in references(pipeline):
        for call in scopes.places.get(one.executor, ()):
            for maker in makers(scopes, call.holder, one.source, verbs):
                users.setdefault(maker, []).append(f"the mount of task `{call.name}`")
    for (holder, name), verb in verbs.items():
        source = scopes.tasks(holder)[name].parameters.get(_REMOVED)
        if verb == "deletes" and source is not None:
            for maker in makers(scopes, holder, source, verbs):
                users.setdefault(maker, []).append(f"task `{name}`")
    return users


def _is_made_here(
    scopes: Scopes, holder: str, task: Task, verbs: dict[tuple[str, str], str]
) -> bool:
    source = task.parameters.get(_REMOVED)
    return source is not None and bool(makers(scopes, holder, source, verbs))
