"""The tasks of a KFP v2 pipeline for ``inspect``, with the author's operands.

kfp passes values into the DAGs of conditions and loops with inputs ``pipelinechannel--…``, which
its compiler generates (kfp/compiler/compiler_utils.py). Here an operand is what the author wrote:
an input of the pipeline, ``task.output``, ``task.outputs['name']``, or ``item`` of the loop around
it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from translator.diagnostics.redaction import kept_back
from translator.model import (
    Constant,
    Container,
    Dag,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    Importer,
    Items,
    OpaqueExecutor,
    Strategy,
    upstream_tasks,
)
from translator.model.channels import author_name, channel_name, is_channel
from translator.model.expressions import Cast, Input
from translator.outline import Outline, Step, in_order_of_flow
from translator.placeholders import Placeholder, PlaceholderKind, Text
from translator.platforms import DRIVER_IMAGES
from translator.readers.kfp_branches import branches, in_order
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from translator.diagnostics import Origin
    from translator.model import Component, InputSource, Pipeline, Resources, Task
    from translator.model.expressions import Condition, Operand, Selector
    from translator.readers.kfp_branches import Branch

_ROOT = "root"
#: Levels of nested DAGs that are followed to resolve a name.
_DEPTH = 50


class _Call(NamedTuple):
    """The task that runs a DAG, and the DAG that the task is in."""

    holder: str
    task: Task


def of_pipeline(pipeline: Pipeline) -> Outline:
    """The outline of a pipeline that was not translated from another format."""
    components = {_ROOT: pipeline.root, **pipeline.components}
    calls = {
        task.component: _Call(holder, task)
        for holder, component in components.items()
        for task in (component.body.tasks.values() if isinstance(component.body, Dag) else ())
    }
    dags = {
        holder: _flow(pipeline, calls, holder, component.body.tasks)
        for holder, component in components.items()
        if isinstance(component.body, Dag)
    }
    return Outline(root=_ROOT, dags=dags)


def _flow(
    pipeline: Pipeline, calls: Mapping[str, _Call], holder: str, tasks: Mapping[str, Task]
) -> tuple[Step, ...]:
    """The tasks of a DAG. Elif and Else are those that follow the branch before them."""
    found = branches(tasks)
    steps = in_order_of_flow(
        _step(pipeline, calls, holder, name, tasks[name]) for name in in_order(tasks, found)
    )
    shown: list[Step] = []
    for step in steps:
        branch = found.get(step.name)
        if branch and shown and shown[-1].name == branch.after and _is_branch(shown[-1], found):
            operand = _operands(calls, holder, tasks[step.name])
            own = branch.own and _condition(branch.own, operand)
            step = replace(step, branch=f"elif {own}" if own else "else")
        shown.append(step)
    return tuple(shown)


def _is_branch(step: Step, found: Mapping[str, Branch]) -> bool:
    """Whether the task is shown as an If or an Elif."""
    return bool(step.branch) or step.name not in found


def _operands(calls: Mapping[str, _Call], holder: str, task: Task) -> Callable[[str], str]:
    """Input of a task → the author's operand."""
    sources = {**task.parameters, **task.artifacts}
    return lambda given: _shown(calls, holder, sources.get(given), given)


def _step(
    pipeline: Pipeline, calls: Mapping[str, _Call], holder: str, name: str, task: Task
) -> Step:
    trigger = task.trigger
    condition = trigger.condition if trigger else None
    sources = {**task.parameters, **task.artifacts}
    operand = _operands(calls, holder, task)
    step = Step(
        name=name,
        display_name=task.display_name,
        component=task.component,
        after=tuple(sorted(upstream_tasks(task))),
        takes=_takes(sources.values()),
        always=trigger is not None and trigger.strategy is Strategy.ALL_UPSTREAM_TASKS_COMPLETED,
        condition="" if condition is None else _condition(condition, operand),
        loop=_loop(calls, holder, task),
        retry=task.retry,
        origins=_origins(task),
    )
    component = pipeline.components.get(task.component)
    return step if component is None else _with_work(step, pipeline, component, operand)


def _takes(sources: Iterable[InputSource]) -> dict[str, tuple[str, ...]]:
    """Sibling task → the outputs of it that a task takes."""
    taken: dict[str, dict[str, None]] = {}
    for source in sources:
        if isinstance(source, FromTask):
            taken.setdefault(source.task, {})[_output_name(source.task, source.output)] = None
        elif isinstance(source, FinalStatus):
            taken.setdefault(source.task, {})["status"] = None
    return {task: tuple(outputs) for task, outputs in taken.items()}


def _condition(condition: Condition, operand: Callable[[str], str]) -> str:
    """The condition without the conversions that kfp's compiler puts around inputs."""
    from translator.cel import condition_text, operand_text  # most pipelines have no condition

    def shown(compared: Operand) -> str:
        inner = compared
        while isinstance(inner, Cast):
            inner = inner.value
        return operand(inner.name) if isinstance(inner, Input) else operand_text(compared)

    return condition_text(condition, shown)


def _with_work(
    step: Step, pipeline: Pipeline, component: Component, operand: Callable[[str], str]
) -> Step:
    """The task with its component and executor; ``operand`` is the value of an input."""
    body = component.body
    executor = pipeline.executors.get(body.label) if isinstance(body, ExecutorRef) else None
    known: dict[str, Any] = {"origins": (*step.origins, *_origins(component, executor))}
    match executor:
        case Container(image=image) if str(image) in DRIVER_IMAGES:
            known["work"] = f"{DRIVER_IMAGES[str(image)]} a volume"
        case Container(image=image, resources=resources):
            known["image"] = str(_readable(image, operand))
            known["resources"] = resources and _with_values(resources, operand)
        case Importer():
            known["work"] = "importer"
        case OpaqueExecutor(kind=kind):
            known["work"] = kind
    return replace(step, **known)


def _with_values(resources: Resources, operand: Callable[[str], str]) -> Resources:
    """The resources, with the author's operands instead of inputs that the compiler generated."""

    def readable(text: Text | None) -> Text | None:
        return text and _readable(text, operand)

    known: dict[str, Any] = {}
    for name in ("cpu_limit", "cpu_request", "memory_limit", "memory_request"):
        if amount := getattr(resources, name):
            known[name] = replace(amount, text=readable(amount.text))
    if kind := resources.accelerator:
        known["accelerator"] = replace(kind, type=readable(kind.type), count=readable(kind.count))
    return replace(resources, **known)


def _readable(text: Text, operand: Callable[[str], str]) -> Text:
    """The text with ``{{cpu.output}}`` for the placeholder of a generated input."""
    return Text(
        tuple(
            f"{{{{{operand(part.name)}}}}}"
            if isinstance(part, Placeholder)
            and part.kind is PlaceholderKind.INPUT_VALUE
            and is_channel(part.name)
            else part
            for part in text.parts
        )
    )


def _origins(*nodes: Any) -> tuple[Origin, ...]:
    return tuple(node.origin for node in nodes if node is not None and node.origin)


def _loop(calls: Mapping[str, _Call], holder: str, task: Task) -> str:
    """The loop items of the task; empty without a loop."""
    if task.iterator is None:
        return ""
    items = task.iterator.items
    if isinstance(items, Items):
        return str(items)
    source = task.parameters.get(items.name) or task.artifacts.get(items.name)
    return _shown(calls, holder, source, items.name)


def _shown(calls: Mapping[str, _Call], holder: str, source: InputSource | None, name: str) -> str:
    """The value of the input ``name`` of a task in the DAG ``holder``."""
    for _ in range(_DEPTH):
        match source:
            case Constant(value=value):
                return json.dumps(kept_back(author_name(name), value), ensure_ascii=False)
            case FromTask(task=task, output=output, selector=selector):
                return _selected(_output(task, output), selector)
            case FinalStatus(task=task):
                return f"status of {task}"
            case FromParent(name=above, selector=selector):
                call = calls.get(holder)
                if call is None or not is_channel(above):
                    return _selected(author_name(above), selector)
                if call.task.iterator and call.task.iterator.item_input == above:
                    return _selected("item", selector)
                sources = {**call.task.parameters, **call.task.artifacts}
                holder, source, name = call.holder, sources.get(above), above
            case _:
                break
    return author_name(name)


def _output(task: str, output: str) -> str:
    """An output in the notation of the SDK."""
    name = _output_name(task, output)
    return f"{task}.output" if name == "Output" else f"{task}.outputs['{name}']"


def _output_name(task: str, output: str) -> str:
    """The name of an output, without that of the group around its task."""
    before = channel_name(FromTask(task=task, output=""))
    name = output.rpartition(before)[2] if is_channel(output) else output
    return author_name(name)


def _selected(operand: str, selector: Selector | None) -> str:
    return operand if selector is None else ".".join([operand, *map(str, selector.path)])
