"""The templates of a workflow that are run, without those that have no equivalent in KFP v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model.channels import free
from translator.readers.argo.artifact_sources import own_source
from translator.readers.argo.references import reference
from translator.readers.argo.workflow import KINDS, DagTask, referring

if TYPE_CHECKING:
    from collections.abc import Container

    from translator.readers.argo.workflow import Template, Workflow

#: Kind of template → what to do instead.
_ADVICE = {
    "suspend": "split the pipeline in two and start the second one yourself",
    "http": "make the request in a container",
    "plugin": "do its work in a container",
    "containerSet": "run the containers as separate tasks",
    "data": "do its work in a container",
    "script": "write the script into a container's command: `sh -c '…'` or `python3 -c '…'`",
    "steps": "compile the pipeline with kfp, which writes DAGs",
}


def with_dag_on_top(workflow: Workflow) -> Workflow:
    """The workflow with a DAG of one task around an entrypoint that runs a container."""
    entry = workflow.templates.get(workflow.entrypoint)
    if entry is None or entry.kind == "dag":
        return workflow
    around = as_dag(entry, workflow.arguments)
    key = free(around.name, workflow.templates)
    return workflow._replace(entrypoint=key, templates={**workflow.templates, key: around})


def as_dag(entry: Template, arguments: Container[str]) -> Template:
    """A DAG that runs a template."""
    call = call_of(entry, arguments)
    return entry._replace(
        kind="dag", container=None, resource=None, name=f"{entry.name}-only", tasks=(call,)
    )


def call_of(template: Template, arguments: Container[str]) -> DagTask:
    """A call that passes the workflow's arguments to the inputs with the same names.

    Argo calls the entrypoint and the exit handler so. Other inputs have their defaults.
    """
    return DagTask(
        name=template.name,
        template=template.name,
        parameters={
            name: referring(reference("workflow", "parameters", name), port.cursor)
            for name, port in template.parameters.items()
            if name in arguments or port.parts is None
        },
        artifacts={
            name: artifact._replace(path="", source=(reference("inputs", "artifacts", name),))
            for name, artifact in template.input_artifacts.items()
            if artifact.raw is None and own_source(artifact) is None
        },
        dependencies=(),
        when=None,
        items=None,
        items_at=template.cursor,
        cursor=template.cursor,
    )


def without_unused(workflow: Workflow) -> Workflow:
    """The workflow with only the templates that are run; the others are reported."""
    used = dict.fromkeys(
        name for name in (workflow.entrypoint, workflow.on_exit) if name in workflow.templates
    )
    waiting = list(used)
    for name in waiting:
        for call in workflow.templates[name].tasks:
            if call.template in workflow.templates and call.template not in used:
                used[call.template] = None
                waiting.append(call.template)
    for name, template in workflow.templates.items():
        if name not in used:
            template.cursor.drop(rules.UNUSED_TEMPLATE, template=name)
    kept = {name: template for name, template in workflow.templates.items() if name in used}
    return workflow._replace(templates=kept)


def without_equivalent(workflow: Workflow) -> Workflow:
    """The same workflow. Reports templates of kinds that cannot be translated."""
    for template in workflow.templates.values():
        if template.kind != "dag" and not template.has_executor:
            _refuse(template)
    return workflow


def _refuse(template: Template) -> None:
    """Reports a template, and marks everything in it as reported."""
    if not template.kind:
        meant = _meant(template)
        facts = {"what": "a template that runs nothing", "advice": "remove it"}
        template.cursor.drop(rules.NOT_ON_V2, **facts, **({"meant": meant} if meant else {}))
        return
    what = f"a template of the kind `{template.kind}`"
    template.cursor.drop(rules.NOT_ON_V2, what=what, advice=_ADVICE[template.kind])


def _meant(template: Template) -> str:
    """The kind of template that a misspelt key is similar to; empty if there is none."""
    from translator.diagnostics.spelling import closest  # most workflows do not need it

    unknown = template.cursor.keys() - {"name", "inputs", "outputs", "metadata"}
    return next(filter(None, (closest(key, KINDS) for key in sorted(unknown)[:20])), "")
