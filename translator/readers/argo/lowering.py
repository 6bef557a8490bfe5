"""Templates and their tasks → components and theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from translator.diagnostics import reading as rules
from translator.model import (
    Component,
    Constant,
    Dag,
    ExecutorRef,
    FromParent,
    FromTask,
    Interface,
    Parameter,
    ParameterType,
    Task,
)
from translator.placeholders import Placeholder, PlaceholderKind
from translator.readers.argo import annotations, kubernetes, text
from translator.readers.argo.containers import container_template
from translator.readers.argo.names import input_name, unique
from translator.readers.argo.uses import uses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Container, InputSource
    from translator.readers.argo.containers import ContainerTemplate
    from translator.readers.argo.document import DagTask, Port, Template, Workflow

#: How kfp's own compiler names a task input that only a placeholder in a constant uses.
CHANNEL = "pipelinechannel--"
RUN_TIME_DISPLAY_NAME = annotations.PREFIX + "task_display_name"


class Lowered(NamedTuple):
    """What the templates of a workflow become."""

    root: Component
    components: Mapping[str, Component]
    executors: Mapping[str, Container]


class _Used(NamedTuple):
    """A component under its name, with how a task is bound to it."""

    name: str
    binding: ContainerTemplate


def lowered(workflow: Workflow, inputs: Mapping[str, Parameter]) -> Lowered:
    """The components of a workflow. ``inputs`` are those of the pipeline."""
    return _Lowering(workflow, inputs).run()


class _Lowering:
    def __init__(self, workflow: Workflow, inputs: Mapping[str, Parameter]) -> None:
        self.workflow = workflow
        self.inputs = inputs
        self.uses = uses(workflow)
        self.components: dict[str, Component] = {}
        self.executors: dict[str, Container] = {}
        self.used: dict[str, _Used | None] = {}
        #: The same words in the same image → the components that run them.
        self.alike: dict[tuple[str, ...], list[_Used]] = {}

    def run(self) -> Lowered:
        entry = self.workflow.templates.get(self.workflow.entrypoint)
        if entry is None:
            place = self.workflow.spec.child("entrypoint")
            place.report(rules.MISSING_TEMPLATE, template=self.workflow.entrypoint)
            root = Component(body=Dag(tasks={}))
        elif entry.kind != "dag":
            entry.cursor.report(
                rules.NOT_TRANSLATED, what="an entrypoint that is not a DAG"
            )
            root = Component(body=Dag(tasks={}))
        else:
            root = Component(
                body=self.dag(entry),
                inputs=Interface(parameters=self.inputs),
                origin=entry.cursor.origin,
            )
        return Lowered(root, self.components, self.executors)

    def dag(self, template: Template) -> Dag:
        for side in ("output_parameters", "output_artifacts"):
            for port in getattr(template, side).values():
                port.cursor.drop(rules.NOT_TRANSLATED, what="an output of a DAG")
        tasks = {task.name: self.task(task, template) for task in template.tasks}
        return Dag(tasks=tasks, origin=template.cursor.origin)

    def task(self, task: DagTask, dag: Template) -> Task:
        template = self.workflow.templates.get(task.template)
        used = None if template is None else self.component(template)
        if template is None:
            task.cursor.report(rules.MISSING_TEMPLATE, template=task.template)
        if template is None or used is None:
            return Task(component="", origin=task.cursor.origin)
        arguments = _Arguments(self, task, template, dag)
        for name, value in used.binding.values.items():
            arguments.parameter(name, value)
        return Task(
            component=used.name,
            display_name=template.metadata.get("annotations", {}).get(RUN_TIME_DISPLAY_NAME, ""),
            parameters=arguments.parameters,
            artifacts={
                own: self.artifact(task, argo_name, dag)
                for own, argo_name in used.binding.artifacts.items()
            },
            depends_on=task.dependencies,
            caching=kubernetes.caching(template),
            retry=kubernetes.retry(template),
            origin=task.cursor.origin,
        )

    def component(self, template: Template) -> _Used | None:
        """The component that a template becomes; made when it is first used."""
        if template.name not in self.used:
            self.used[template.name] = None
            if template.kind == "container":
                self.used[template.name] = self.shared(template)
            else:
                what = {"dag": "a DAG inside a DAG", "": "a template that runs nothing"}.get(
                    template.kind, f"a template of the kind `{template.kind}`"
                )
                template.cursor.report(rules.NOT_TRANSLATED, what=what)
                if template.kind and template.kind != "dag":
                    template.cursor.child(template.kind).inert()
        return self.used[template.name]

    def shared(self, template: Template) -> _Used:
        """The template's component: one that is there already if it is the same in all."""
        made = container_template(template, self.uses)
        key = tuple(map(str, (made.executor.image, *made.executor.command, *made.executor.args)))
        for other in self.alike.setdefault(key, []):
            other_component = replace(
                self.components[other.name], body=made.component.body
            )
            if other_component == made.component and other.binding.executor == made.executor:
                return _Used(other.name, made)
        base = input_name(template.name)
        name = unique(f"comp-{base}", set(self.components))
        label = unique(f"exec-{base}", set(self.executors))
        self.components[name] = replace(made.component, body=ExecutorRef(label=label))
        self.executors[label] = made.executor
        used = _Used(name, made)
        self.alike[key].append(used)
        return used

    def artifact(self, task: DagTask, argo_name: str, dag: Template) -> InputSource:
        port = task.artifacts.get(argo_name)
        pieces = text.parse(port.text or "") if port else []
        match [piece.path for piece in pieces if not isinstance(piece, str)]:
            case [("tasks", producer, "outputs", "artifacts", *name)]:
                output = self.output(dag, producer, ".".join(name))
                if output is not None:
                    return FromTask(task=producer, output=output)
        place = port.cursor if port else task.cursor
        place.report(rules.NOT_TRANSLATED, what=f"what the file `{argo_name}` is taken from")
        return Constant(value="")

    def output(self, dag: Template, producer: str, argo_name: str) -> str | None:
        """The name of a sibling's output, from Argo's; None when there is no such."""
        for task in dag.tasks:
            if task.name == producer and task.template in self.workflow.templates:
                used = self.component(self.workflow.templates[task.template])
                return None if used is None else used.binding.outputs.get(argo_name)
        return None


class _Arguments:
    """The parameters of one task, whose texts are read in the scope of its DAG."""

    def __init__(self, lowering: _Lowering, task: DagTask, template: Template, dag: Template) -> None:
        self.lowering = lowering
        self.task = task
        self.template = template
        self.dag = dag
        self.parameters: dict[str, InputSource] = {}

    def parameter(self, name: str, written: str) -> None:
        """Adds an input that is given a text of the template's scope."""
        pieces = self.pieces(written)
        if len(pieces) == 1 and isinstance(pieces[0], text.Reference):
            source = self.source(pieces[0])
            self.parameters[name] = Constant(value="") if source is None else source
            return
        parts = [
            piece if isinstance(piece, str) else str(self.channel(piece)) for piece in pieces
        ]
        self.parameters[name] = Constant(value="".join(parts))

    def pieces(self, written: str) -> list[str | text.Reference]:
        """The text in pieces of the DAG's scope: the template's inputs are filled in."""
        pieces: list[str | text.Reference] = []
        for piece in text.parse(written):
            match piece if isinstance(piece, str) else piece.path:
                case ("inputs", "parameters", *name):
                    pieces += text.parse(self.argument(".".join(name)))
                case _:
                    pieces.append(piece)
        return pieces

    def argument(self, name: str) -> str:
        """What the task, or else the template, gives an input of the template."""
        ports: list[Mapping[str, Port]] = [self.task.parameters, self.template.parameters]
        for port in ports:
            if name in port and (value := port[name].text) is not None:
                return value
        self.task.cursor.report(rules.MISSING_ARGUMENT, input=name, template=self.template.name)
        return ""

    def source(self, reference: text.Reference) -> InputSource | None:
        """Where the value of a reference comes from; None, and a diagnostic, when unknown."""
        place = self.place(reference)
        match reference.path:
            case ("inputs" | "workflow", "parameters", *name):
                if ".".join(name) in self.lowering.inputs:
                    return FromParent(name=".".join(name))
            case ("tasks", producer, "outputs", "parameters", *name):
                output = self.lowering.output(self.dag, producer, ".".join(name))
                if output is not None:
                    return FromTask(task=producer, output=output)
            case path if path in text.RUN_PLACEHOLDERS:
                return Constant(value=str(text.RUN_PLACEHOLDERS[path]))
        place.report(rules.NOT_TRANSLATED, what=f"the reference `{reference.text}`")
        return None

    def place(self, reference: text.Reference):  # type: ignore[no-untyped-def]
        for port in self.task.parameters.values():
            if port.text is not None and reference.text in port.text:
                return port.cursor
        return self.task.cursor

    def channel(self, reference: text.Reference) -> Placeholder | str:
        """The placeholder for a reference inside a longer text, with the input that it reads."""
        source = self.source(reference)
        match source:
            case FromParent(name=name):
                channel = CHANNEL + name
            case FromTask(task=task, output=output):
                channel = f"{CHANNEL}{task}-{output}"
            case Constant(value=value):
                return str(value)
            case _:
                return ""
        self.parameters[channel] = source
        return Placeholder(PlaceholderKind.INPUT_VALUE, channel)


def pipeline_inputs(workflow: Workflow) -> dict[str, Parameter]:
    """The inputs of the pipeline: the workflow's arguments, with what their author declared."""
    declared = annotations.pipeline_spec(workflow).inputs
    inputs: dict[str, Parameter] = {}
    for name, port in workflow.arguments.items():
        entry = declared.get(name)
        own = Parameter(
            type=ParameterType.STRING,
            declared_type=entry.type if entry else "",
            description=entry.description if entry else "",
            origin=port.cursor.origin,
        )
        inputs[name] = own if port.text is None else replace(own, default=port.text)
    return inputs
