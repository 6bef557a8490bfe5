"""The tasks of a workflow for ``inspect``: conditions and loops with the author's operands."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from translator.model.values import strings
from translator.outline import Outline, Step, in_order_of_flow
from translator.placeholders import Text
from translator.readers.argo import depends, kubernetes, templates, workflow_kinds
from translator.readers.argo.annotations import PREFIX
from translator.readers.argo.operands import Operands
from translator.readers.argo.reading import workflow_of
from translator.readers.argo.resource_templates import summary
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from translator.readers.argo.workflow import DagTask, Template, Workflow
    from translator.source import Cursor, Source

#: A reference to an output of a task of a DAG, or of a step.
_OUTPUT = re.compile(
    r"\{\{\s*(?:tasks|steps)\.([\w-]+)\.outputs\.(?:parameters\.|artifacts\.)?([\w-]+)\s*\}\}"
)
_DISPLAY_NAME = PREFIX + "task_display_name"


def outline(source: Source) -> Outline:
    """The outline of the workflow in the first document."""
    unwrapped = workflow_kinds.unwrapped(source.documents[0])
    workflow = depends.resolved(workflow_of(unwrapped.metadata, unwrapped.spec))
    operands = Operands.of(workflow)
    dags = {
        name: in_order_of_flow(
            _step(workflow, task, partial(operands.readable, name)) for task in template.tasks
        )
        for name, template in workflow.templates.items()
        if template.kind == "dag"
    }
    root = workflow.entrypoint
    entry = workflow.templates.get(root)
    if entry is not None and entry.kind != "dag":  # Argo runs the container itself
        root = templates.as_dag(entry, workflow.arguments).name
        dags[root] = (_step(workflow, templates.call_of(entry, workflow.arguments), str),)
    if workflow.on_exit:
        others = dags.get(root, ())
        dags[root] = (*others, _exit_handler(workflow, others))
    return Outline(root=root, dags=dags)


def _step(workflow: Workflow, task: DagTask, readable: Callable[[str], str]) -> Step:
    step = Step(
        name=task.name,
        component=task.template,
        after=tuple(dict.fromkeys(task.dependencies)),
        takes=_takes(task.cursor),
        condition="" if task.when is None else readable(task.when.text),
        loop=_loop(task.cursor, readable),
        origins=(task.cursor.origin,),
    )
    template = workflow.templates.get(task.template)
    return step if template is None else _with_work(step, template)


def _with_work(step: Step, template: Template) -> Step:
    """The task with the work of its template: a container or a DAG."""
    labels = template.metadata.get("annotations", {})
    known: dict[str, Any] = {
        "origins": (*step.origins, template.cursor.origin),
        "display_name": labels.get(_DISPLAY_NAME, ""),
        "retry": kubernetes.retry(template),
    }
    if template.container is not None:
        image = template.container.get("image").peek()
        known["image"] = template.launched.image if template.launched else str(image)
        known["resources"] = kubernetes.resources(template.container, template, _as_written)
    elif template.resource is not None:
        known["work"] = f"resource {summary(template.resource)}".rstrip()
    elif template.kind != "dag":
        known["work"] = template.kind or "nothing"
    return replace(step, **known)


def _exit_handler(workflow: Workflow, others: tuple[Step, ...]) -> Step:
    step = Step(
        name=workflow.on_exit,
        component=workflow.on_exit,
        after=tuple(other.name for other in others),
        always=True,
        origins=(workflow.spec.child("onExit").origin,),
    )
    template = workflow.templates.get(workflow.on_exit)
    return step if template is None else _with_work(step, template)


def _takes(task: Cursor) -> dict[str, tuple[str, ...]]:
    """Task of the same DAG → the outputs of it that the task takes."""
    taken: dict[str, dict[str, None]] = {}
    for text in strings([task.get(key).peek() for key in ("arguments", "when", "withParam")]):
        for other, output in re.findall(_OUTPUT, text):
            taken.setdefault(other, {})[output.removeprefix(f"{other}-")] = None
    return {other: tuple(outputs) for other, outputs in taken.items()}


def _loop(task: Cursor, readable: Callable[[str], str]) -> str:
    """The items of the task's loop as text, or their source; empty without a loop."""
    for key in ("withItems", "withParam", "withSequence"):
        found = task.find(key)
        if found is not None:
            value = found.peek()
            return (
                readable(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            )
    return ""


def _as_written(text: str, place: Cursor) -> Text:
    return Text((text,))
