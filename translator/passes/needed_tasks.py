"""The tasks whose outputs are used, so that they cannot be left out alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics.rewrites import User, UserKind
from translator.model import Dag, FinalStatus, FromTask
from translator.platforms import references

if TYPE_CHECKING:
    from collections.abc import Container

    from translator.model import Pipeline
    from translator.passes.task_names import Place
    from translator.platforms import Scopes

__all__ = ["needed_tasks", "users_in_settings"]


def needed_tasks(pipeline: Pipeline, scopes: Scopes) -> set[Place]:
    """The tasks whose outputs something uses, so that they cannot be left out alone."""
    needed = set(users_in_settings(pipeline, scopes, ()))
    for holder, component in scopes.components.items():
        if not isinstance(component.body, Dag):
            continue
        body = component.body
        sources = [
            source
            for task in body.tasks.values()
            for source in (*task.parameters.values(), *task.artifacts.values())
            if isinstance(source, (FromTask, FinalStatus))
        ]
        for output in (*body.parameter_outputs.values(), *body.artifact_outputs.values()):
            sources += output.sources
        needed.update((holder, source.task) for source in sources)
    return needed


def users_in_settings(
    pipeline: Pipeline, scopes: Scopes, gone: Container[Place]
) -> dict[Place, list[User]]:
    """Task → the tasks, apart from those gone, with a setting that uses an output of it."""
    users: dict[Place, list[User]] = {}
    for one in references(pipeline):
        for call in scopes.places.get(one.executor, ()):
            if (call.holder, call.name) in gone:
                continue
            for end in scopes.ends(call.holder, one.source):
                if isinstance(end.source, FromTask):
                    made = users.setdefault((end.holder, end.source.task), [])
                    made.append(User(UserKind.SETTING, call.name))
    return users
