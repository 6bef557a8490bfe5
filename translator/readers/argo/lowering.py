"""Templates and their calls → components and their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import (
    Component,
    Dag,
    Interface,
    Parameter,
    ParameterType,
    Task,
)
from translator.model.channels import free
from translator.readers.argo import (
    templates,
    v2_compatible,
)
from translator.readers.argo.annotations import PREFIX, declared_parameter
from translator.readers.argo.artifact_sources import own_source
from translator.readers.argo.containers import Builder, Given
from translator.readers.argo.context import MAX_COMPONENTS, MAX_DEPTH, MAX_TASKS
from translator.readers.argo.declared_types import with_default, with_typed_values
from translator.readers.argo.distinct_components import DistinctComponents
from translator.readers.argo.scopes import NOT_GIVEN, File, Scope
from translator.readers.argo.values import bind, input_name, passed_inputs
from translator.readers.argo.variables import report_references
from translator.readers.argo.workflow import LIMIT
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.diagnostics.rewrites import Rewrite
    from translator.model import Executor, InputSource
    from translator.readers.argo.containers import ContainerTemplate
    from translator.readers.argo.context import Context
    from translator.readers.argo.workflow import DagTask, Template

_DISPLAY_NAME = PREFIX + "task_display_name"


class Lowered(NamedTuple):
    """The result of lowering a workflow."""

    root: Component
    components: Mapping[str, Component]
    executors: Mapping[str, Executor]
    rewrites: tuple[Rewrite, ...] = ()


class _Used(NamedTuple):
    """A component, its name, and where the values of its inputs come from."""

    name: str
    binding: ContainerTemplate


def lowered(context: Context) -> Lowered:
    """The components of a workflow that has been normalised."""
    return _Lowering(context).run()


class _Lowering:
    """Walks the DAGs from the top, and collects the components."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.workflow, self.options = context.workflow, context.options
        self.components, self.executors = context.components, context.executors
        #: Container template as it is called → what was made of it, with and without a component.
        self.made: dict[tuple[str, Given], ContainerTemplate] = {}
        self.containers: dict[tuple[str, Given], _Used] = {}
        self.rewrites: list[Rewrite] = []
        self.distinct = DistinctComponents(self.components, self.executors)

    def run(self) -> Lowered:
        """Lowers everything, from the entrypoint down."""
        entry = self.workflow.templates.get(self.workflow.entrypoint)
        if entry is None:
            facts = {"template": self.workflow.entrypoint}
            self.workflow.spec.report(rules.MISSING_TEMPLATE, **facts)
            return Lowered(Component(body=Dag(tasks={})), {}, {})
        if entry.parallelism:
            entry.cursor.child("parallelism").drop(rules.PARALLEL_TASKS)
        inputs = self.inputs()
        top = Scope(self.context, entry)
        top.parameters = dict(inputs)
        tasks = self.tasks(top)
        if self.workflow.on_exit:
            tasks = self.with_exit_handler(top, tasks)
        root = Component(
            body=Dag(tasks=tasks, origin=entry.cursor.origin),
            inputs=Interface(parameters=self.without_added(inputs, tasks)),
            origin=entry.cursor.origin,
        )
        return Lowered(root, self.components, self.executors, tuple(self.rewrites))

    def inputs(self) -> dict[str, Parameter]:
        """The inputs of the pipeline: the workflow's arguments, as declared by their author."""
        declared = self.workflow.declared.inputs
        inputs: dict[str, Parameter] = {}
        for name, port in self.workflow.arguments.items():
            own = declared_parameter(
                declared.get(name), typed=self.options.declared_types, shown=True
            )
            own = replace(own, origin=port.cursor.origin)
            port.used()
            if port.text is not None:
                own = with_default(own, port.text)
            if ("", name) in self.context.uses.as_items:
                from translator.readers.argo.loops import as_list

                own = as_list(own)
            inputs[name] = own
        return inputs

    def without_added(
        self, inputs: dict[str, Parameter], tasks: Mapping[str, Task]
    ) -> dict[str, Parameter]:
        """The inputs without those that kfp added and no task takes."""
        left = inputs.keys() & v2_compatible.ARGUMENTS - passed_inputs(tasks.values())
        if left and not self.workflow.is_v2_compatible:
            left &= {v2_compatible.ROOT}
        for name in left:
            self.workflow.arguments[name].unused()
        return {name: parameter for name, parameter in inputs.items() if name not in left}

    def tasks(self, scope: Scope) -> dict[str, Task]:
        """The tasks of a DAG."""
        tasks: dict[str, Task] = {}
        for call in scope.template.tasks:
            task = self.task(scope, call)
            if task is not None:
                tasks[call.name] = task
        if any(task.trigger is not None for task in tasks.values()):
            self.report_skipped(scope, tasks)
        return {**tasks, **scope.adapters.tasks}

    def report_skipped(self, scope: Scope, tasks: Mapping[str, Task]) -> None:
        """Reports tasks that may run without a task whose output they take."""
        from translator.passes.skipped_tasks import from_skipped

        calls = scope.calls.values()
        lenient = {c.name for c in calls for passed in c.artifacts.values() if passed.optional}
        for name, source in from_skipped(tasks, lenient):
            place = scope.calls[name].cursor
            place.report(rules.FROM_SKIPPED, task=name, source=source)

    def task(self, scope: Scope, call: DagTask) -> Task | None:
        """The task of a call; None and a finding if it cannot be translated."""
        scope.calling = call
        template = self.workflow.templates.get(call.template)
        if template is None:
            call.cursor.report(rules.MISSING_TEMPLATE, template=call.template)
            return None
        self.context.calls += 1
        if self.is_too_large(scope.depth, call, template):
            return None
        if template.kind == "dag":
            task = self.sub_dag(scope, call, template)
        elif template.kind == LIMIT:
            from translator.readers.argo import recursion

            task = recursion.end(self.context, call, template)
            scope.calling = call._replace(items=None)
        elif template.resource is not None:
            task = self.object_task(scope, call, template)
        elif template.container is None:
            return None  # reported already
        else:
            task = self.container_task(scope, call, template)
            if self.statuses(task) and call.name != self.workflow.on_exit:
                call.cursor.report(rules.STATUS_ELSEWHERE, template=template.name)
        if call.when is None:
            return task
        from translator.readers.argo.triggers import conditional  # most have none

        place = call.cursor.find("when") or call.cursor
        return conditional(scope, call.name, task, call.when, place)

    def is_too_large(self, depth: int, call: DagTask, template: Template) -> bool:
        """Whether the pipeline is too large to be written. Templates may call each other.

        ``depth``: the number of DAGs around the call.
        """
        if len(self.components) > MAX_COMPONENTS:
            limit = f"{MAX_COMPONENTS:,} components"
        elif self.context.calls > MAX_TASKS:
            limit = f"{MAX_TASKS:,} tasks"
        elif depth > MAX_DEPTH:
            limit = f"{MAX_DEPTH} DAGs inside each other"
        else:
            return False
        call.cursor.report(rules.TOO_WIDE, template=template.name, limit=limit)
        return True

    def container_task(self, scope: Scope, call: DagTask, template: Template) -> Task:
        """A task that runs a container."""
        work = self.context.work[template.name]
        files = self.files(scope, call, template)
        given = Given(
            values=frozenset(name for name, file in files.items() if file.artifact is None),
            nothing=frozenset(template.input_artifacts.keys() - files.keys()),
        )
        component, made = self.container(scope, call, template, given)
        parameters: dict[str, InputSource] = {}
        for own, written in made.values.items():
            bind(parameters, own, scope.filled(call, template, *written))
        texts = scope.item_texts
        report_references(made.values, made.variables, parameters, texts, call.cursor)
        for own, argo_name in made.files.items():
            bind(parameters, own, files[argo_name].value)
        artifacts = {
            own: source
            for own, argo_name in made.artifacts.items()
            if argo_name in files and (source := files[argo_name].artifact) is not None
        }
        for own, argo_name in made.adapted.items():
            artifacts[own] = scope.adapters.value_to_file(call.name, own, files[argo_name].value)
        if self.options.declared_types:
            declared = self.components[component].inputs.parameters
            parameters = with_typed_values(parameters, declared, scope.value_type, call.cursor)
        named_by = _makers(made) if made.refers else ()
        return Task(
            component=component,
            display_name=template.metadata.get("annotations", {}).get(_DISPLAY_NAME, ""),
            parameters=parameters,
            artifacts=artifacts,
            depends_on=tuple(dict.fromkeys((*call.dependencies, *named_by))),
            caching=work.caching,
            retry=work.retry,
            template=made.component.origin,
            origin=call.cursor.origin,
        )

    def object_task(self, scope: Scope, call: DagTask, template: Template) -> Task:
        """A task that creates, changes or deletes an object of the cluster."""
        from translator.readers.argo.object_tasks import object_arguments

        work, made = self.context.work[template.name], self.context.objects[template.name]
        return Task(
            component=self.distinct.add(template.name, made.component, made.executor)[0],
            display_name=template.metadata.get("annotations", {}).get(_DISPLAY_NAME, ""),
            parameters=object_arguments(scope, call, template, made.arguments),
            depends_on=call.dependencies,
            caching=work.caching,
            retry=work.retry,
            template=template.cursor.origin,
            origin=call.cursor.origin,
        )

    def files(self, scope: Scope, call: DagTask, template: Template) -> dict[str, File]:
        """Input artifact of a template → the artifact or value that is passed to it, if any."""
        files: dict[str, File] = {}
        for name, declared in template.input_artifacts.items():
            passed = call.artifacts.get(declared.name) or own_source(declared)
            if passed is None and declared.raw is not None:
                declared.used("path", "data")
                value = scope.filled(call, template, declared.raw, declared.cursor)
                files[name] = File(None, value)
                continue
            found = NOT_GIVEN if passed is None else scope.file(passed)
            is_optional = declared.optional and (passed is None or passed.optional)
            if found is NOT_GIVEN and is_optional:
                continue
            declared.used("path", "name" if passed is not None else "data")
            if found is None or found is NOT_GIVEN:
                place = call.cursor if passed is None else passed.cursor
                place.report(rules.MISSING_ARGUMENT, input=name, template=template.name)
            files[name] = found or File(None, [])
        return files

    def sub_dag(self, scope: Scope, call: DagTask, template: Template) -> Task:
        """A task that runs a DAG, once or for each item of a loop."""
        from translator.readers.argo.dag_outputs import dag_artifacts, dag_interface, dag_parameters

        inner = Scope(self.context, template, scope, call)
        outputs = dag_parameters(inner)  # first, as it may add adapters to the tasks
        dag = Dag(
            tasks=self.tasks(inner),
            parameter_outputs=outputs,
            artifact_outputs=(artifacts := dag_artifacts(inner)),
            origin=template.cursor.origin,
        )
        parameters: dict[str, InputSource] = {}
        for name, value in inner.needed.items():
            bind(parameters, name, value)
        iterator = None
        if call.items is not None:
            from translator.readers.argo.loops import looped

            iterator = looped(scope, inner, call, parameters)
        if template.parallelism and iterator is None:
            template.cursor.child("parallelism").drop(rules.PARALLEL_TASKS)
        label = free(f"comp-{input_name(template.name)}", self.components)
        self.components[label] = Component(
            body=dag,
            inputs=Interface(parameters=inner.parameters, artifacts=inner.artifacts),
            outputs=dag_interface(inner, outputs, artifacts),
            origin=template.cursor.origin,
        )
        return Task(
            component=label,
            parameters=parameters,
            artifacts=dict(inner.needed_artifacts),
            depends_on=call.dependencies,
            iterator=iterator,
            parallelism=template.parallelism or None if iterator else None,
            origin=call.cursor.origin,
        )

    def with_exit_handler(self, top: Scope, tasks: dict[str, Task]) -> dict[str, Task]:
        """All tasks in one, and after it the handler, whatever its result."""
        from translator.readers.argo import exit_handler

        template = self.workflow.templates.get(self.workflow.on_exit)
        if template is None:
            place = self.workflow.spec.child("onExit")
            place.report(rules.MISSING_TEMPLATE, template=self.workflow.on_exit)
            return tasks
        handler = self.task(top, templates.call_of(template, self.workflow.arguments))
        adapters = {name: task for name, task in top.adapters.tasks.items() if name not in tasks}
        name = f"{top.template.name}-tasks"
        others = exit_handler.as_one(name, tasks, top.parameters, self.components)
        if handler is None:
            return {**others}
        (all_others,) = others
        handler = exit_handler.after(all_others, handler, self.statuses(handler))
        return {**others, **adapters, free(template.name, others): handler}

    def statuses(self, task: Task) -> list[str]:
        """The inputs of a task that take the final status of another one."""
        parameters = self.components[task.component].inputs.parameters
        is_status = ParameterType.TASK_FINAL_STATUS
        return [name for name, parameter in parameters.items() if parameter.type is is_status]

    def container(self, scope: Scope, call: DagTask, template: Template, given: Given) -> _Used:
        """The component of a container template for a call, made at its first use."""
        key = (template.name, given)
        if key in self.containers:
            return self.containers[key]
        if key not in self.made:
            make = Builder
            if template.launched is not None:
                from translator.readers.argo.launchers import LaunchedBuilder

                make = LaunchedBuilder
            outputs = self.context.work[template.name].outputs
            builder = make(template, outputs, given, self.options, self.context.volumes)
            self.made[key] = builder.build()
        made = self.made[key]
        if made.refers:
            return self.named(scope, call, template, made)
        self.containers[key] = self.shared(template, made)
        return self.containers[key]

    def named(
        self, scope: Scope, call: DagTask, template: Template, made: ContainerTemplate
    ) -> _Used:
        """The component whose settings have the names of a call.

        Names from the DAG are those of its tasks only, as a condition gets a DAG of its own.
        """
        from translator.readers.argo import pod_names

        inputs = made.component.inputs
        taken = {*inputs.parameters, *inputs.artifacts}
        found = pod_names.named(made.executor.pod, scope, call, template, taken)
        own = {name: Parameter(type=ParameterType.STRING) for name in found.inputs}
        inputs = replace(inputs, parameters={**inputs.parameters, **own})
        made = made._replace(
            component=replace(made.component, inputs=inputs),
            executor=replace(made.executor, pod=found.pod),
            values={**made.values, **found.inputs},
        )
        is_of_dag = bool(pod_names.sources(found.pod))
        return self.shared(template, made, (scope, call.when is None) if is_of_dag else None)

    def shared(self, template: Template, made: ContainerTemplate, place: object = None) -> _Used:
        """The template's component: an existing one of the same ``place`` if they are equal."""
        name, is_new = self.distinct.add(template.name, made.component, made.executor, place)
        if is_new:
            self.rewrites += made.rewrites(name)
        return _Used(name, made)


def _makers(made: ContainerTemplate) -> list[str]:
    """The tasks whose outputs the settings of a container need."""
    from translator.readers.argo.pod_names import makers

    return makers(made.executor.pod)
