"""What is in a pipeline, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from translator.diagnostics.safe import kept_back, told
from translator.model import (
    UNSET,
    Amount,
    Component,
    Constant,
    Container,
    Dag,
    Executor,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    Importer,
    OpaqueExecutor,
    Parameter,
    ParameterType,
    Pipeline,
    Resources,
    Task,
    walk_tasks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Columns of a default or description that are shown.
_WIDTH = 60
#: Levels of nested DAGs that are shown.
_DEPTH = 30


def text(pipeline: Pipeline, file: str, *, verbose: bool = False, why: bool = False) -> str:
    """A page about the pipeline. Nothing in it can steer a terminal."""
    parameters = pipeline.root.inputs.parameters
    lines = [f"{told(pipeline.name)}  ({told(file)})", f"  {_format(pipeline)}"]
    if pipeline.description:
        lines.append(f"  {_cut(pipeline.description, 100)}")
    if pipeline.default_root:
        lines.append(f"  pipeline root: {_cut(pipeline.default_root)}")
    lines += ["", f"parameters ({len(parameters)})"]
    lines += _table(
        [name, _type(parameter), _default(name, parameter), _about(parameter, verbose)]
        for name, parameter in parameters.items()
    )
    artifacts = pipeline.root.inputs.artifacts
    if artifacts:
        lines += ["", f"artifacts ({len(artifacts)})"]
        lines += _table([name, one.schema_title] for name, one in artifacts.items())
    lines += ["", f"tasks ({sum(1 for _ in walk_tasks(pipeline))})"]
    lines += _table(_tree(pipeline))
    if why:
        lines += ["", "outputs", *_table(_reasons(pipeline))]
    images = _images(pipeline)
    lines += ["", f"images ({len(images)})"]
    lines += [
        f"  {told(image)}" + (f"  × {count}" if count > 1 else "")
        for image, count in images.items()
    ]
    return "".join(f"{line}\n" for line in lines)


def as_json(pipeline: Pipeline) -> dict[str, Any]:
    """The same as JSON values."""
    page: dict[str, Any] = {
        "name": pipeline.name,
        "display_name": pipeline.display_name,
        "description": pipeline.description,
        "format": pipeline.dialect,
        "sdk_version": pipeline.sdk_version,
        "pipeline_root": pipeline.default_root,
        "parameters": [
            _parameter_json(name, parameter)
            for name, parameter in pipeline.root.inputs.parameters.items()
        ],
        "outputs": [
            {"component": component, "name": name, "kind": kind, "why": why}
            for component, name, kind, why in _reasons(pipeline)
        ],
        "artifacts": [
            {"name": name, "type": artifact.schema_title}
            for name, artifact in pipeline.root.inputs.artifacts.items()
        ],
        "tasks": [_task_json(pipeline, *found) for found in walk_tasks(pipeline)],
        "images": _images(pipeline),
    }
    kept: dict[str, Any] = kept_back("", page)
    return kept


def _format(pipeline: Pipeline) -> str:
    sdk = told(pipeline.sdk_version)
    return f"{told(pipeline.dialect)}, compiled by {sdk or 'an SDK that it does not name'}"


def _type(parameter: Parameter) -> str:
    known = parameter.type.value
    written = parameter.declared_type
    return f"{known} ({written})" if written and written.upper() != known else known


def _default(name: str, parameter: Parameter) -> str:
    if parameter.default is not UNSET:
        value = kept_back(name, parameter.default)
        if parameter.type is ParameterType.NUMBER_INTEGER and isinstance(value, float):
            value = int(value) if value.is_integer() else value
        return f"= {json.dumps(value, ensure_ascii=False)}"
    return "optional" if parameter.optional else "required"


def _about(parameter: Parameter, verbose: bool) -> str:
    return parameter.description if verbose else ""


def _parameter_json(name: str, parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": name,
        "type": parameter.type.value,
        "declared_type": parameter.declared_type,
        "required": parameter.default is UNSET and not parameter.optional,
        "description": parameter.description,
    }
    if parameter.default is not UNSET:
        described["default"] = kept_back(name, parameter.default)
    return described


def _reasons(pipeline: Pipeline) -> Iterator[list[str]]:
    """Component, output, what it is, and why, for outputs that the reader decided about."""
    for label, component in pipeline.components.items():
        for kind, outputs in (
            ("parameter", component.outputs.parameters),
            ("artifact", component.outputs.artifacts),
        ):
            for name, output in outputs.items():
                if output.why:
                    yield [label, name, kind, output.why]


def _tree(pipeline: Pipeline) -> list[list[str]]:
    """A row for each task: its name behind its branch, what runs, what is particular about it."""
    rows: list[list[str]] = []
    _branch(pipeline, pipeline.root, "", rows, set())
    return rows


def _branch(
    pipeline: Pipeline, component: Component, lead: str, rows: list[list[str]], told: set[str]
) -> None:
    tasks = component.body.tasks if isinstance(component.body, Dag) else {}
    for number, (name, task) in enumerate(tasks.items(), start=1):
        last = number == len(tasks)
        inner = pipeline.components.get(task.component)
        nested = inner is not None and isinstance(inner.body, Dag)
        # Each DAG is opened once: components that use each other would fill the screen.
        closed = nested and (task.component in told or len(lead) > 2 * _DEPTH)
        particular = _particular(pipeline, task) + ["tasks as above"] * closed
        shown = name if task.display_name in ("", name) else f"{name} ({task.display_name})"
        work = _work(pipeline, inner)
        rows.append([f"{lead}{'└' if last else '├'} {shown}", work, "; ".join(particular)])
        if inner and nested and not closed:
            told.add(task.component)
            _branch(pipeline, inner, lead + ("  " if last else "│ "), rows, told)


def _task_json(pipeline: Pipeline, holder: str, name: str, task: Task) -> dict[str, Any]:
    component = pipeline.components.get(task.component)
    executor = _executor(pipeline, component)
    container = executor if isinstance(executor, Container) else None
    return {
        "in": holder,
        "name": name,
        "display_name": task.display_name,
        "component": task.component,
        "depends_on": list(task.depends_on),
        "condition": task.trigger.condition if task.trigger else "",
        "loop": _loop(task),
        "image": str(container.image) if container else "",
        "resources": dict(_resources(container.resources)) if container else {},
    }


def _work(pipeline: Pipeline, component: Component | None) -> str:
    match _executor(pipeline, component):
        case Container(image=image):
            return str(image)
        case Importer():
            return "importer"
        case OpaqueExecutor(kind=kind):
            return kind
        case None:
            return ""


def _executor(pipeline: Pipeline, component: Component | None) -> Executor | None:
    if component is None or not isinstance(component.body, ExecutorRef):
        return None
    return pipeline.executors.get(component.body.label)


def _particular(pipeline: Pipeline, task: Task) -> list[str]:
    """What the task waits for, its loop, its condition, its resources, its retries."""
    told = []
    if upstream := _upstream(task):
        told.append(f"after {', '.join(upstream)}")
    if loop := _loop(task):
        told.append(f"for each of {loop}")
    if task.trigger and task.trigger.condition:
        told.append(f"if {task.trigger.condition}")
    executor = _executor(pipeline, pipeline.components.get(task.component))
    if isinstance(executor, Container):
        told += [f"{name} {amount}" for name, amount in _resources(executor.resources)]
    if task.retry and task.retry.max_retries:
        told.append(f"{task.retry.max_retries} retries")
    return told


def _upstream(task: Task) -> list[str]:
    """The sibling tasks that the task waits for, in order of their names."""
    sources = [*task.parameters.values(), *task.artifacts.values()]
    producers = [source.task for source in sources if isinstance(source, FromTask | FinalStatus)]
    return sorted({*task.depends_on, *producers})


def _loop(task: Task) -> str:
    """What the task is repeated for; empty when it runs once."""
    if task.iterator is None:
        return ""
    items = task.iterator.items
    if isinstance(items, Constant):
        return f"{len(items.value)} items" if isinstance(items.value, list) else str(items.value)
    match task.parameters.get(items.name) or task.artifacts.get(items.name):
        case FromTask(task=producer, output=output):
            return f"{output} of {producer}"
        case FromParent(name=name):
            return name
        case _:
            return items.name


def _resources(resources: Resources | None) -> Iterator[tuple[str, str]]:
    """What a container may use; what it asks for where no limit is set."""
    if resources is None:
        return
    for name, amount in (
        ("cpu", resources.cpu_limit or resources.cpu_request),
        ("memory", resources.memory_limit or resources.memory_request),
    ):
        if amount:
            yield name, _amount(amount, "" if name == "cpu" else " GB")
    accelerator = resources.accelerator
    if accelerator:
        count, kind = str(accelerator.count or "1"), str(accelerator.type or "")
        yield "accelerator", f"{count} × {kind}" if kind else count


def _amount(amount: Amount, unit: str) -> str:
    return str(amount.text) if amount.text else f"{amount.number:g}{unit}"


def _images(pipeline: Pipeline) -> dict[str, int]:
    """Image → number of executors that run it."""
    found = Counter(
        str(one.image) for one in pipeline.executors.values() if isinstance(one, Container)
    )
    return dict(sorted(found.items()))


def _table(rows: Iterable[list[str]]) -> list[str]:
    """Rows in columns as wide as they need, indented; the last cell of a row is never padded."""
    shown = [[_cut(cell) for cell in row] for row in rows]
    widths: dict[int, int] = {}
    for row in shown:
        for column, cell in enumerate(row):
            widths[column] = max(widths.get(column, 0), len(cell))
    return [
        "  " + "  ".join(cell.ljust(widths[n]) for n, cell in enumerate(row)).rstrip()
        for row in shown
    ]


def _cut(value: str, width: int = _WIDTH) -> str:
    shown = told(value)
    return shown if len(shown) <= width else shown[: width - 1] + "…"
