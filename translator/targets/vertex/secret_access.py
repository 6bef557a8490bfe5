"""The secrets of Secret Manager that a pipeline reads, and the commands that allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.model import Container, ExecutorRef, walk_tasks
from translator.records import NamedTuple
from translator.targets.vertex.passes.secret_wrapper import fetched_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.model import Pipeline

__all__ = ["Access", "secret_access"]

_ROLE = "roles/secretmanager.secretAccessor"
#: How many tasks an entry names.
_NAMES = 5


class Access(NamedTuple):
    """A secret that tasks read."""

    what: str
    command: str


def secret_access(pipeline: Pipeline, service_account: str) -> Iterator[Access]:
    """Each secret once. Without an account the command has a word in capitals."""
    import shlex

    read = {
        label: resources
        for label, one in pipeline.executors.items()
        if isinstance(one, Container) and (resources := [*fetched_secrets(one)])
    }
    secrets: dict[str, list[str]] = {}
    for _, name, task in walk_tasks(pipeline) if read else ():
        component = pipeline.components.get(task.component)
        if component is None or not isinstance(component.body, ExecutorRef):
            continue
        for resource in read.get(component.body.label, ()):
            tasks = secrets.setdefault(resource.partition("/versions/")[0], [])
            if name not in tasks:
                tasks.append(name)
    for secret, tasks in secrets.items():
        _, project, _, identifier = secret.split("/")
        command = (
            *("gcloud", "secrets", "add-iam-policy-binding", identifier, "--project", project),
            *("--member", f"serviceAccount:{service_account or 'SERVICE_ACCOUNT'}"),
            *("--role", _ROLE),
        )
        shown = ", ".join(f"`{name}`" for name in tasks[:_NAMES])
        more = f" and {len(tasks) - _NAMES} more" if len(tasks) > _NAMES else ""
        what = f"`{secret}`, for {'task' if len(tasks) == 1 else 'tasks'} {shown}{more}"
        yield Access(what, shlex.join(command))
