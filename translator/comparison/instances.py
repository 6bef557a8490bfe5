"""The tasks of a pipeline as a tree: each DAG once for each task that runs it.

In this tree no component, executor or generated input has a name: a task has its component's
content, and each of its inputs the source of its value, resolved through all DAGs around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.comparison import sources
from translator.diagnostics import TranslationError
from translator.diagnostics.comparison import TOO_LARGE
from translator.model import (
    Artifact,
    Component,
    Constant,
    Dag,
    FinalStatus,
    FromParent,
    FromTask,
    Parameter,
    ParameterType,
    RuntimeParameter,
    Task,
    Unset,
    upstream_tasks,
)
from translator.model.channels import is_channel
from translator.placeholders import Placeholder, PlaceholderKind, parse_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import DagOutput, InputSource, Interface, Json, Pipeline
    from translator.model.expressions import Selector

__all__ = ["Instance", "declared_type", "tree", "type_of"]

#: Tasks of a tree, above which pipelines are not compared: nested DAGs multiply them.
MAX_INSTANCES = 200_000
_PARAMETER_TYPES = frozenset(kind.value for kind in ParameterType)


class Instance:
    """A task with the component that it runs, or the pipeline itself, which has no task."""

    def __init__(
        self, name: str, task: Task | None, component: Component, parent: Instance | None
    ) -> None:
        self.name = name
        self.task = task
        self.component = component
        self.parent = parent
        #: The tasks of its DAG by name, in the order of the file.
        self.children: dict[str, Instance] = {}
        #: The names of the components around it, outermost first.
        self.depth: int = 0 if parent is None else parent.depth + 1
        self._bound: dict[tuple[str, str], sources.Value] = {}

    def __repr__(self) -> str:
        return f"<{self.path or 'pipeline'}>"

    @property
    def dag(self) -> Dag | None:
        """Its DAG; None if an executor runs it."""
        return self.component.body if isinstance(self.component.body, Dag) else None

    @property
    def path(self) -> str:
        """Its name after those of the groups around it: ``for-loop-1/train``."""
        names = []
        at: Instance | None = self
        while at is not None and at.task is not None:
            names.append(at.name)
            at = at.parent
        return "/".join(reversed(names))

    def walk(self) -> Iterator[Instance]:
        """Itself and all below it, in the order of the file."""
        left = [self]
        while left:
            one = left.pop()
            yield one
            left.extend(reversed(one.children.values()))

    def above(self) -> Iterator[Instance]:
        """Itself and all around it, innermost first."""
        at: Instance | None = self
        while at is not None:
            yield at
            at = at.parent

    def upstream(self) -> list[Instance]:
        """The tasks of its DAG that it waits for."""
        siblings = self.parent.children if self.parent and self.task else {}
        names = upstream_tasks(self.task) if self.task else ()
        return [siblings[name] for name in names if name in siblings]

    def unknown_upstream(self) -> list[str]:
        """The tasks that it waits for and that its DAG does not have."""
        siblings = self.parent.children if self.parent else {}
        return [name for name in self.task.depends_on if name not in siblings] if self.task else []

    # Values

    def input(self, kind: str, name: str) -> sources.Value:
        """The source of the value of one of its inputs; ``kind`` is of ``Interface``."""
        if (kind, name) not in self._bound:
            self._bound[kind, name] = self._input(kind, name)
        return self._bound[kind, name]

    def _input(self, kind: str, name: str) -> sources.Value:
        if self.task is None or self.parent is None:
            return sources.PipelineInput(sources.Name(self, "inputs", name))
        declared = _declared(self.component.inputs, kind, name)
        loop = self.task.iterator
        if loop is not None and loop.item_input == name:
            return sources.Item(self)
        given: Mapping[str, InputSource] = getattr(self.task, kind)
        if name not in given:
            default = getattr(declared, "default", None) if declared is not None else None
            has_none = declared is None or isinstance(
                getattr(declared, "default", Unset.UNSET), Unset
            )
            return sources.Missing(name) if has_none else default
        found = self.parent.source(kind, given[name], self)
        return _passed(found, declared) if is_channel(name) else found

    def output(self, kind: str, name: str) -> sources.Value:
        """The source of the value of one of its outputs, seen by tasks beside it."""
        if self.dag is None:
            return sources.Output(self, sources.Name(self, "outputs", name))
        outputs: Mapping[str, DagOutput] = (
            self.dag.parameter_outputs if kind == "parameters" else self.dag.artifact_outputs
        )
        if name not in outputs:
            return sources.Missing(name)
        found = self.dag_output(kind, outputs[name])
        if self.task is not None and self.task.iterator is not None:
            found = sources.Collected(self, found)
        declared = _declared(self.component.outputs, kind, name)
        return _passed(found, declared) if is_channel(name) else found

    def dag_output(self, kind: str, output: DagOutput) -> sources.Value:
        """The source of an output of its DAG, seen from within."""
        values = tuple(self.source(kind, source, self) for source in output.sources)
        return values[0] if len(values) == 1 and not output.one_of else sources.OneOf(values)

    def source(self, kind: str, source: InputSource, of: Instance) -> sources.Value:
        """The value of an input of ``of``, a task of its DAG."""
        match source:
            case Constant(value=value):
                return _with_inputs(value, of)
            case RuntimeParameter(name=name):
                return sources.Own(sources.Name(of, "inputs", name))
            case FinalStatus(task=task):
                child = self.children.get(task)
                return sources.Status(child) if child is not None else sources.Missing(task)
            case FromParent(name=name, selector=selector):
                known = _declared(self.component.inputs, kind, name) is not None
                other = "parameters" if kind == "artifacts" else "artifacts"
                return _part(self.input(kind if known else other, name), selector)
            case FromTask(task=task, output=output, selector=selector):
                child = self.children.get(task)
                if child is None:
                    return sources.Missing(task)
                return _part(child.output(kind, output), selector)


def tree(pipeline: Pipeline) -> Instance:
    """The pipeline with all its tasks. Raises TR401 if they are too many."""
    root = Instance("", None, pipeline.root, None)
    left = [(root, frozenset[str]())]
    count = 0
    while left:
        one, around = left.pop()
        for name, task in (one.dag.tasks if one.dag else {}).items():
            component = pipeline.components.get(task.component)
            if component is None or task.component in around:
                continue  # the reader reports both
            child = Instance(name, task, component, one)
            one.children[name] = child
            left.append((child, around | {task.component}))
            count += 1
            if count > MAX_INSTANCES:
                raise TranslationError([TOO_LARGE.at(pipeline.origin, limit=f"{MAX_INSTANCES:,}")])
    return root


def _declared(interface: Interface, kind: str, name: str) -> object:
    return getattr(interface, kind).get(name)


def declared_type(declared: object) -> str:
    """The type of a parameter or artifact; empty without one."""
    if isinstance(declared, Artifact):
        kind = (declared.schema_title, declared.schema_version, declared.instance_schema)
        return " ".join(filter(None, kind)) + " list" * declared.is_list
    return declared.type.value if isinstance(declared, Parameter) else ""


def _passed(value: sources.Value, declared: object) -> sources.Value:
    """The value, after a generated input or output of a DAG."""
    kind = declared_type(declared)
    kind = "" if declared is None or kind == type_of(value) else kind
    default = getattr(declared, "default", Unset.UNSET)
    said = {
        "default": None if isinstance(default, Unset) else [default],
        "optional": getattr(declared, "optional", False),
        "literals": getattr(declared, "literals", None),
        "description": getattr(declared, "description", ""),
    }
    others = ", ".join(f"{key} {value}" for key, value in said.items() if value)
    return sources.Passed(value, kind, others) if kind or others else value


def type_of(value: sources.Value) -> str:
    """The type of a value where it is made; for a value that a compiler gives no type, STRING."""
    match value:
        case sources.PipelineInput(name=name) | sources.Output(name=name):
            interface = getattr(name.of.component, name.side)
            known = interface.parameters.get(name.name) or interface.artifacts.get(name.name)
            return declared_type(known)
        case sources.Item(of=loop) if loop.task and loop.task.iterator:
            inputs, name = loop.component.inputs, loop.task.iterator.item_input
            return declared_type(inputs.parameters.get(name) or inputs.artifacts.get(name))
        case sources.Collected(value=inner):
            kind = type_of(inner)
            return "LIST" if kind in _PARAMETER_TYPES else f"{kind} list"
        case sources.OneOf(values=values) if values:
            return type_of(values[0])
        case sources.Passed(value=inner, type=kind):
            return kind or type_of(inner)
        case sources.Status():
            return "TASK_FINAL_STATUS"
        case _:
            return "STRING"


def _part(value: sources.Value, selector: Selector | None) -> sources.Value:
    if selector is None:
        return value
    path = selector.written or "".join(f"[{key!r}]" for key in selector.path)
    return sources.Part(value, path)


def _with_inputs(value: Json, of: Instance) -> sources.Value:
    """A constant, with the sources of the inputs of its task that its texts contain."""
    if isinstance(value, dict):
        return {key: _with_inputs(entry, of) for key, entry in value.items()}  # type: ignore[misc]
    if isinstance(value, list):
        return [_with_inputs(entry, of) for entry in value]  # type: ignore[misc]
    if not isinstance(value, str) or "{{$" not in value:
        return value
    parts = [_filled(part, of) for part in parse_text(value).parts]
    return parts[0] if len(parts) == 1 else sources.Joined(tuple(parts))


def _filled(part: str | Placeholder, of: Instance) -> sources.Value:
    if isinstance(part, str) or part.kind is not PlaceholderKind.INPUT_VALUE:
        return str(part)
    given = of.task.parameters.get(part.name) if of.task else None
    if given is None or of.parent is None or isinstance(given, Constant):
        return sources.Own(sources.Name(of, "inputs", part.name))
    return sources.Joined((of.input("parameters", part.name),))
