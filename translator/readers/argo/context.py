"""The context of lowering, which all DAGs of a workflow share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import ParameterType
from translator.readers.argo import kubernetes
from translator.readers.argo.annotations import declared_artifact
from translator.readers.argo.outputs import outputs_of
from translator.readers.argo.pods import volumes_in
from translator.readers.argo.values import input_name
from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from translator.model import Artifact, Caching, Component, Executor, Retry, Setting
    from translator.readers.argo.output_uses import Uses
    from translator.readers.argo.outputs import Outputs
    from translator.readers.argo.resource_templates import ResourceTemplate
    from translator.readers.argo.values import Pieces
    from translator.readers.argo.workflow import Template, Workflow
    from translator.readers.options import ReadOptions
    from translator.source import Cursor

#: The most components of a pipeline; Vertex AI runs at most 10,000 tasks.
MAX_COMPONENTS = 10_000
#: The most tasks of all DAGs, counted for each call: above the limits that targets check.
MAX_TASKS = 20_000
#: The deepest nesting of DAGs.
MAX_DEPTH = 100
#: The settings of a workflow that define volumes; a claim of the second is one of its name.
VOLUMES = ("volumes", "volumeClaimTemplates")
#: The most characters of all values, as they are substituted. Argo accepts a few megabytes.
MAX_LENGTH = 20_000_000


class Work(Record):
    """The decisions about a template that becomes an executor, before a task of it is lowered."""

    outputs: Outputs
    caching: Caching
    retry: Retry | None


def _objects(workflow: Workflow, options: ReadOptions) -> Iterator[tuple[str, ResourceTemplate]]:
    for name, template in workflow.templates.items():
        if template.resource is not None:
            # Most workflows have none.
            from translator.readers.argo.resource_templates import resource_template

            yield name, resource_template(template, options)


class Context:
    """The workflow, the decisions about it, and its components and executors so far."""

    def __init__(
        self,
        workflow: Workflow,
        uses: Uses,
        options: ReadOptions,
        settings: Iterable[Setting] = (),
    ) -> None:
        """``settings`` are the Kubernetes settings of the workflow."""
        self.workflow = workflow
        #: The volumes that all containers can mount.
        self.volumes, _ = volumes_in(settings, VOLUMES)
        self.options = options
        self.uses = uses
        #: Template that becomes an executor → the decisions about it.
        self.work = {
            name: self._decided(template, template.container)
            for name, template in workflow.templates.items()
            if template.container is not None
        }
        #: Template of an object of the cluster → its component.
        self.objects = dict(_objects(workflow, options))
        for name, made in self.objects.items():
            caching, retry = kubernetes.policies(workflow.templates[name])
            self.work[name] = Work(outputs=made.outputs, caching=caching, retry=retry)
        self.components: dict[str, Component] = {}
        self.executors: dict[str, Executor] = {}
        #: The number of tasks, and of characters of values, so far; both have limits.
        self.calls = self.length = 0

    def _decided(self, template: Template, container: Cursor) -> Work:
        outputs = outputs_of(template, container, self.uses, self.options)
        caching, retry = kubernetes.policies(template)
        return Work(outputs=outputs, caching=caching, retry=retry)

    def output_type(
        self, template: Template, output: str, above: tuple[str, ...] = ()
    ) -> ParameterType:
        """The type of an output parameter, by its name in the component.

        That of a DAG is the type of the task's output that it takes, at any depth.
        """
        if template.has_executor:
            found = self.work[template.name].outputs.parameters.get(output)
            return ParameterType.STRING if found is None else found.type
        calls = {call.name: call for call in template.tasks}
        for name, port in template.output_parameters.items():
            for piece in port.parts or () if input_name(name) == output else ():
                if isinstance(piece, str) or piece.path[1:2] == () or piece.path[1] not in calls:
                    continue
                inner = self.workflow.templates.get(calls[piece.path[1]].template)
                argo_name = ".".join(piece.path[4:])
                if inner is not None and inner.has_executor:
                    own = self.work[inner.name].outputs.named_parameters.get(argo_name, "")
                    return self.output_type(inner, own)
                if inner is not None and inner.name not in above:
                    return self.output_type(inner, input_name(argo_name), (*above, template.name))
        return ParameterType.STRING

    def output_kind(self, template: Template | None, output: str) -> Artifact:
        """The output artifact, by its name in the component."""
        if template is None or template.container is None:
            return declared_artifact(None)
        return self.work[template.name].outputs.artifacts.get(output, declared_artifact(None))

    def add(self, found: Pieces, value: Pieces, template: str, place: Cursor) -> bool:
        """Adds a value to ``found``; returns False if all values have too many characters."""
        before = self.length
        self.length += sum([len(p) if isinstance(p, str) else 1 for p in value])
        if before > MAX_LENGTH:  # reported already
            return False
        if self.length > MAX_LENGTH:
            place.report(rules.TOO_WIDE, template=template, limit=f"{MAX_LENGTH:,} characters")
            return False
        found += value
        return True
