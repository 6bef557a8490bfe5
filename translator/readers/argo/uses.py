"""How the outputs of a workflow's templates are used: by value, by path, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from translator.readers.argo import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.readers.argo.document import DagTask, Template, Workflow


class Uses(NamedTuple):
    """``(template, Argo's name of the output)`` of every output that somebody takes."""

    by_value: frozenset[tuple[str, str]]
    by_path: frozenset[tuple[str, str]]


def uses(workflow: Workflow) -> Uses:
    """The outputs that are taken anywhere in the workflow."""
    by_value: set[tuple[str, str]] = set()
    by_path: set[tuple[str, str]] = set()
    for template in workflow.templates.values():
        producers = {task.name: task.template for task in template.tasks}
        for reference in _references(template):
            match reference.path:
                case ("tasks", task, "outputs", "parameters", *name) if task in producers:
                    by_value.add((producers[task], ".".join(name)))
                case ("tasks", task, "outputs", "artifacts", *name) if task in producers:
                    by_path.add((producers[task], ".".join(name)))
    return Uses(frozenset(by_value), frozenset(by_path))


def _references(template: Template) -> Iterator[text.Reference]:
    for task in template.tasks:
        for written in _texts(task):
            yield from (piece for piece in text.parse(written) if not isinstance(piece, str))


def _texts(task: DagTask) -> Iterator[str]:
    for port in (*task.parameters.values(), *task.artifacts.values()):
        if port.text:
            yield port.text
