"""The uses of the outputs of templates: by value, by path, or as loop items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from translator.diagnostics.rewrites import User, UserKind
from translator.readers.argo import references
from translator.readers.argo.workflow import ItemsText, Sequence
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.readers.argo.references import Parts
    from translator.readers.argo.workflow import DagTask, Template, Workflow
    from translator.source import Cursor

#: An output, as ``(template, Argo's name of it)``; an argument of the workflow as ``("", name)``.
Output: TypeAlias = "tuple[str, str]"


class Uses(NamedTuple):
    """All outputs that are used, by kind of use."""

    by_value: Mapping[Output, tuple[User, ...]]
    by_path: Mapping[Output, tuple[User, ...]]
    #: Used only as the whole list of a loop, so they can be of type LIST.
    as_items: frozenset[Output]


class _Use(NamedTuple):
    """A reference, its user, and whether it is the whole list of a loop."""

    reference: references.Reference
    by: User
    is_items: bool


def uses(workflow: Workflow) -> Uses:
    """The outputs and arguments that are used anywhere in the workflow."""
    by_value: dict[Output, list[User]] = {}
    by_path: dict[Output, list[User]] = {}
    as_items: dict[Output, bool] = {}
    for template in workflow.templates.values():
        producers = {task.name: task.template for task in template.tasks}
        for use in _uses_in(template):
            match use.reference.path:
                case ("tasks", task, "outputs", "parameters", *name) if task in producers:
                    output = producers[task], ".".join(name)
                case ("tasks", task, "outputs", "artifacts", *name) if task in producers:
                    by_path.setdefault((producers[task], ".".join(name)), []).append(use.by)
                    continue
                case ("workflow" | "inputs", "parameters", *name):
                    output = "", ".".join(name)
                case _:
                    continue
            by_value.setdefault(output, []).append(use.by)
            as_items[output] = use.is_items and as_items.get(output, True)
    for artifact in workflow.artifacts.values():
        for part in artifact.raw or ():
            if not isinstance(part, str):
                output = "", ".".join(part.path[2:])
                by_value.setdefault(output, []).append(User(UserKind.ARGUMENT, artifact.name))
                as_items[output] = False
    return Uses(
        {output: tuple(dict.fromkeys(by)) for output, by in by_value.items()},
        {output: tuple(dict.fromkeys(by)) for output, by in by_path.items()},
        frozenset(output for output, only in as_items.items() if only),
    )


def _uses_in(template: Template) -> Iterator[_Use]:
    for task in template.tasks:
        for parts, by, is_items in _texts(task):
            whole = len(parts) == 1
            for part in parts:
                if not isinstance(part, str):
                    yield _Use(part, by, is_items and whole)
    if template.tasks:
        for port in (*template.output_parameters.values(), *template.output_artifacts.values()):
            for part in port.parts or ():
                if not isinstance(part, str):
                    yield _Use(part, User(UserKind.DAG, template.name), False)
    elif (place := template.container or template.resource) is not None:
        for reference in _references_of(place):
            yield _Use(reference, User(UserKind.TASK, template.name), False)


def _texts(task: DagTask) -> Iterator[tuple[Parts, User, bool]]:
    itself, loop = User(UserKind.TASK, task.name), User(UserKind.LOOP, task.name)
    for port in task.parameters.values():
        yield port.parts or (), itself, False
    for artifact in task.artifacts.values():
        yield artifact.source, itself, False
        yield artifact.raw or (), itself, False
    if task.when is not None:
        for token in task.when.tokens:
            yield token.parts, User(UserKind.CONDITION, task.name), False
    if isinstance(task.items, ItemsText):
        yield task.items.parts, loop, True
    elif isinstance(task.items, Sequence):
        yield (*task.items.start, *task.items.bound), loop, False
    elif isinstance(task.items, list):
        yield references.parse(json.dumps(task.items)), loop, False


def _references_of(work: Cursor) -> Iterator[references.Reference]:
    """References to the workflow's arguments in a container, or in an object of the cluster."""
    for key in ("command", "args", "env", "image", "source", "manifest"):
        found = work.find(key)
        for written in () if found is None else found.texts():
            for part in references.parse(written) if "workflow" in written else ():
                if not isinstance(part, str) and part.path[0] == "workflow":
                    yield part
