"""Outputs that leave the DAG that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Artifact, DagOutput, FromTask, Interface, Parameter, ParameterType
from translator.readers.argo import references
from translator.readers.argo.adapters import file_to_value
from translator.readers.argo.annotations import declared_artifact
from translator.readers.argo.containers import has_command
from translator.readers.argo.outputs import outputs_of
from translator.readers.argo.references import RESULT
from translator.readers.argo.values import input_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.readers.argo.output_uses import Uses
    from translator.readers.argo.outputs import Outputs
    from translator.readers.argo.scopes import Scope
    from translator.readers.argo.workflow import DagTask, Port, Template, Workflow
    from translator.readers.options import ReadOptions


class Exports:
    """What the tasks of any DAG give to their siblings, by the names that Argo has for it."""

    def __init__(self, workflow: Workflow, uses: Uses, options: ReadOptions) -> None:
        self.workflow = workflow
        self.uses = uses
        self.options = options
        self._of_container: dict[str, Outputs] = {}

    def parameter(self, scope: Scope, task: str, argo_name: str) -> FromTask | None:
        """An output parameter of a task of the DAG; None when there is none."""
        call, template = self._called(scope, task)
        if call is None or template is None:
            return None
        if argo_name in template.output_parameters:
            template.output_parameters[argo_name].used()
        elif argo_name != RESULT and call.items is None:
            return None
        if not template.runs_container or call.items is not None:
            output = self._of_dag(call, template.output_parameters, argo_name)
        elif argo_name in (outputs := self._outputs(template)).read_back:
            return file_to_value(scope, task, outputs.read_back[argo_name])
        else:
            output = outputs.named_parameters.get(argo_name)
        return None if output is None else FromTask(task=task, output=output)

    def artifact(self, scope: Scope, task: str, argo_name: str) -> str | None:
        """The name of an output artifact of a task of the DAG; None when there is none."""
        call, template = self._called(scope, task)
        if call is None or template is None:
            return None
        if argo_name in template.output_artifacts:
            template.output_artifacts[argo_name].used()
        elif call.items is None:
            return None
        if template.runs_container and call.items is None:
            return self._outputs(template).named_artifacts.get(argo_name)
        return self._of_dag(call, template.output_artifacts, argo_name)

    def type_of(self, scope: Scope, task: str, output: str) -> ParameterType:
        """The type of an output parameter, by the component's name of it."""
        call, template = self._called(scope, task)
        if call is None or template is None:  # an adapter
            return ParameterType.STRING
        if template.runs_container:
            found = self._outputs(template).parameters.get(output)
            return ParameterType.STRING if found is None else found.type
        return self._type_through(template, output, ())

    def _type_through(self, dag: Template, output: str, above: tuple[str, ...]) -> ParameterType:
        """The type of an output of a DAG: that of the task that gives it, however deep."""
        calls = {call.name: call for call in dag.tasks}
        for name, port in dag.output_parameters.items():
            for piece in references.parse(port.text or "") if input_name(name) == output else ():
                if isinstance(piece, str) or piece.path[1:2] == () or piece.path[1] not in calls:
                    continue
                inner = self.workflow.templates.get(calls[piece.path[1]].template)
                argo_name = ".".join(piece.path[4:])
                if inner is not None and inner.runs_container:
                    outputs = self._outputs(inner)
                    own = outputs.named_parameters.get(argo_name, "")
                    return outputs.parameters[own].type if own else ParameterType.STRING
                if inner is not None and inner.name not in above:
                    return self._type_through(inner, input_name(argo_name), (*above, dag.name))
        return ParameterType.STRING

    def kind_of(self, scope: Scope, task: str, output: str) -> Artifact:
        """What an output artifact is, by the component's name of it."""
        _, template = self._called(scope, task)
        if template is None or not template.runs_container:
            return declared_artifact(None)
        return self._outputs(template).artifacts.get(output, declared_artifact(None))

    def parameters(self, inner: Scope) -> dict[str, DagOutput]:
        """The output parameters of a DAG, as far as somebody takes them."""
        return {
            input_name(name): DagOutput(sources=(source,), origin=port.cursor.origin)
            for name, port in inner.template.output_parameters.items()
            if (inner.template.name, name) in self.uses.by_value
            and (source := self._source(inner, port)) is not None
        }

    def artifacts(self, inner: Scope) -> dict[str, DagOutput]:
        """The output artifacts of a DAG, as far as somebody takes them."""
        return {
            input_name(name): DagOutput(sources=(source,), origin=port.cursor.origin)
            for name, port in inner.template.output_artifacts.items()
            if (inner.template.name, name) in self.uses.by_path
            and (source := self._source(inner, port)) is not None
        }

    def interface(self, inner: Scope) -> Interface:
        """The outputs of a DAG as its component declares them."""
        return Interface(
            parameters={
                name: Parameter(type=inner.type_of(output.sources[0]))
                for name, output in self.parameters(inner).items()
            },
            artifacts={name: declared_artifact(None) for name in self.artifacts(inner)},
        )

    def _source(self, inner: Scope, port: Port) -> FromTask | None:
        match [p if isinstance(p, str) else p.path for p in references.parse(port.text or "")]:
            case [("tasks", task, "outputs", "parameters", *name)]:
                found = self.parameter(inner, task, ".".join(name))
            case [("tasks", task, "outputs", "artifacts", *name)]:
                output = self.artifact(inner, task, ".".join(name))
                found = None if output is None else FromTask(task=task, output=output)
            case _:
                found = None
        if found is None:
            written = port.text or ""
            references.report(
                rules.DANGLING, references.Reference((written.strip("{} "),), written), port.cursor
            )
        return found

    def _of_dag(self, call: DagTask, ports: Mapping[str, Port], argo_name: str) -> str | None:
        if call.items is not None:
            call.cursor.report(rules.LOOP_OUTPUT, output=argo_name)
        return input_name(argo_name) if argo_name in ports or call.items is not None else None

    def _called(self, scope: Scope, task: str) -> tuple[DagTask | None, Template | None]:
        call = scope.calls.get(task)
        return call, None if call is None else self.workflow.templates.get(call.template)

    def _outputs(self, template: Template) -> Outputs:
        if template.name not in self._of_container:
            can_wrap = has_command(template, self.options)
            typed = self.options.declared_types
            outputs = outputs_of(template, self.uses, can_wrap=can_wrap, typed=typed)
            self._of_container[template.name] = outputs
        return self._of_container[template.name]
