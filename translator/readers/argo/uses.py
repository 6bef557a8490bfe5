"""How the outputs of a workflow's templates are used: by value, by path, or as loop items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from translator.readers.argo import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.readers.argo.document import DagTask, Template, Workflow


class Uses(NamedTuple):
    """Every output that somebody takes, as ``(template, Argo's name of the output)``.

    The arguments of the workflow are in it under the template ````, as ``("", name)``.
    """

    by_value: frozenset[tuple[str, str]]
    by_path: frozenset[tuple[str, str]]
    #: Taken whole as the list of a loop. Those in this set alone can be lists.
    as_items: frozenset[tuple[str, str]]


def uses(workflow: Workflow) -> Uses:
    """The outputs and arguments that are taken anywhere in the workflow."""
    by_value: set[tuple[str, str]] = set()
    by_path: set[tuple[str, str]] = set()
    as_items: set[tuple[str, str]] = set()
    for template in workflow.templates.values():
        producers = {task.name: task.template for task in template.tasks}
        for reference, is_list in _references(template):
            match reference.path:
                case ("tasks", task, "outputs", "parameters", *name) if task in producers:
                    taken = as_items if is_list else by_value
                    taken.add((producers[task], ".".join(name)))
                case ("tasks", task, "outputs", "artifacts", *name) if task in producers:
                    by_path.add((producers[task], ".".join(name)))
                case ("workflow" | "inputs", "parameters", *name):
                    (as_items if is_list else by_value).add(("", ".".join(name)))
    for artifact in workflow.artifacts.values():
        for piece in text.parse(artifact.raw or ""):
            if not isinstance(piece, str):
                by_value.add(("", ".".join(piece.path[2:])))
    return Uses(frozenset(by_value | as_items), frozenset(by_path), frozenset(as_items - by_value))


def _references(template: Template) -> Iterator[tuple[text.Reference, bool]]:
    for task in template.tasks:
        for written, is_list in _texts(task):
            pieces = text.parse(written)
            whole = len(pieces) == 1
            yield from ((p, is_list and whole) for p in pieces if not isinstance(p, str))
    if template.tasks:
        outputs = (*template.output_parameters.values(), *template.output_artifacts.values())
        for port in outputs:
            yield from ((p, False) for p in text.parse(port.text or "") if not isinstance(p, str))
    else:
        yield from ((reference, False) for reference in _container_references(template))


def _texts(task: DagTask) -> Iterator[tuple[str, bool]]:
    for port in task.parameters.values():
        if port.text:
            yield port.text, False
    for artifact in task.artifacts.values():
        yield artifact.source, False
        yield artifact.raw or "", False
    yield task.when, False
    if isinstance(task.items, str):
        yield task.items, True
    elif task.items is not None:
        yield json.dumps(task.items), False


def _container_references(template: Template) -> Iterator[text.Reference]:
    """References to the workflow's arguments from inside a container."""
    container = template.cursor.find("container")
    if container is None:
        return
    for key in ("command", "args", "env", "image"):
        found = container.find(key)
        written = "" if found is None else json.dumps(found.peek())
        for piece in text.parse(written):
            if not isinstance(piece, str) and piece.path[0] == "workflow":
                yield piece
