"""The outputs of DAGs, which take outputs of their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import DagOutput, FromTask, Interface, Parameter
from translator.readers.argo import references
from translator.readers.argo.annotations import declared_artifact
from translator.readers.argo.values import input_name

if TYPE_CHECKING:
    from translator.readers.argo.scopes import Scope
    from translator.readers.argo.workflow import Port


def dag_parameters(dag: Scope) -> dict[str, DagOutput]:
    """The output parameters of a DAG that are used."""
    return {
        input_name(name): DagOutput(sources=(source,), origin=port.cursor.origin)
        for name, port in dag.template.output_parameters.items()
        if (dag.template.name, name) in dag.context.uses.by_value
        and (source := _source(dag, port)) is not None
    }


def dag_artifacts(dag: Scope) -> dict[str, DagOutput]:
    """The output artifacts of a DAG that are used."""
    return {
        input_name(name): DagOutput(sources=(source,), origin=port.cursor.origin)
        for name, port in dag.template.output_artifacts.items()
        if (dag.template.name, name) in dag.context.uses.by_path
        and (source := _source(dag, port)) is not None
    }


def dag_interface(
    dag: Scope, parameters: dict[str, DagOutput], artifacts: dict[str, DagOutput]
) -> Interface:
    """The outputs of a DAG as its component declares them."""
    return Interface(
        parameters={
            name: Parameter(type=dag.type_of(output.sources[0]))
            for name, output in parameters.items()
        },
        artifacts={name: declared_artifact(None) for name in artifacts},
    )


def _source(dag: Scope, port: Port) -> FromTask | None:
    match [p if isinstance(p, str) else p.path for p in port.parts or ()]:
        case [("tasks", task, "outputs", "parameters", *name)]:
            found = dag.output_parameter(task, ".".join(name))
        case [("tasks", task, "outputs", "artifacts", *name)]:
            output = dag.output_artifact(task, ".".join(name))
            found = None if output is None else FromTask(task=task, output=output)
        case _:
            found = None
    if found is None:
        written = port.text or ""
        reference = references.Reference((written.strip("{} "),), written)
        references.report(rules.DANGLING, reference, port.cursor)
    return found
