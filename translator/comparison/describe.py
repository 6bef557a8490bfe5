"""The facts of a pipeline and of each of its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.comparison import sources
from translator.comparison.executors import executor_facts
from translator.comparison.facts import TASK_NAME, Fact, flat
from translator.comparison.settings import setting_facts
from translator.comparison.undeclared import undeclared
from translator.comparison.values import (
    dag_output,
    input_value,
    is_generated,
    is_internal,
)
from translator.model import (
    UNSET,
    Constant,
    Container,
    Dag,
    ExecutorRef,
    Parameter,
    ParameterType,
)
from translator.placeholders import PlaceholderKind
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from translator.comparison.facts import Facts, What
    from translator.comparison.instances import Instance
    from translator.diagnostics import Origin
    from translator.model import Artifact, Executor, Interface, Pipeline, Task

__all__ = ["pipeline_facts", "task_facts"]

#: Inputs that kfp passes to tasks whose resources or image are values of the pipeline
#: (``build_task_spec_for_task`` in kfp/compiler/pipeline_spec_builder.py).
_INJECTED = frozenset(
    {
        *("cpu_request", "cpu_limit", "memory_request", "memory_limit"),
        *("accelerator_type", "accelerator_count", "base_image"),
    }
)
#: Types of artifacts that kfp up to 2.7 adds to the outputs of DAGs.
_METRICS = (
    "system.Metrics",
    "system.ClassificationMetrics",
    "system.SlicedClassificationMetrics",
)


def pipeline_facts(root: Instance, pipeline: Pipeline) -> Facts:
    """The facts of a pipeline beside its tasks."""
    place = pipeline.origin
    leave = frozenset(
        {"root", "components", "executors", "dialect", "sdk_version", "schema_version", "complete"}
    )
    found = _platforms(dict(_below((), flat((), pipeline, place, root, leave=leave))), pipeline)
    found["SDK",] = Fact("", place, pipeline.sdk_version, "sdk-version")
    found["schema version",] = Fact("", place, pipeline.schema_version, "schema-version")
    found |= dict(_interface(root))
    found |= dict(_outputs(root))
    found["unused",] = Fact((), place, tuple(sorted(_unused(root, pipeline))), "unused")
    if pipeline.root.description and not pipeline.description:
        found["description",] = Fact(pipeline.root.description, pipeline.root.origin or place)
    return found


def _platforms(found: Facts, pipeline: Pipeline) -> Facts:
    """The facts, with notes for platforms without settings."""
    for name, platform in pipeline.platforms.items():
        if not platform.settings and not platform.executors:
            place = platform.origin or pipeline.origin
            found.pop(("platforms", name), None)
            said = Fact(sources.ABSENT, place, "no settings", "kubernetes-forms")
            found["platforms", name, "empty"] = said
    return found


def _below(what: What, facts: Iterable[tuple[What, Fact]]) -> Iterator[tuple[What, Fact]]:
    """The facts below a place, which says something itself if there are none."""
    for inner, fact in facts:
        if len(inner) > len(what):
            yield inner, fact


#: The images of the tasks of kfp-kubernetes that create and delete volumes.
_VOLUME_IMAGES = frozenset({"argostub/createpvc", "argostub/deletepvc"})


def _of_a_library(facts: Facts, given: Collection[str]) -> Facts:
    """Facts of the version of kfp-kubernetes: descriptions, and inputs that have no value."""
    return {
        what: Fact(
            sources.ABSENT,
            fact.origin,
            fact.exact if fact.value == sources.ABSENT else fact.value,
            "volume-interface",
        )
        for what, fact in facts.items()
        if what[-1] == "description"
        or (what[0] == "input" and isinstance(what[1], sources.Name) and what[1].name not in given)
    }


def task_facts(one: Instance, executors: Mapping[str, Executor]) -> Facts:
    """The facts of a task, with those of what it runs."""
    task = one.task
    assert task is not None
    found: Facts = {("group",): Fact(one.parent, task.origin)}
    found |= dict(setting_facts(one, task))
    found |= dict(_interface(one))
    found |= dict(_inputs(one, task))
    component = one.component
    if isinstance(component.body, ExecutorRef):
        executor = executors.get(component.body.label)
        if executor is not None:
            found |= dict(executor_facts(executor, one))
        else:
            found["runs",] = Fact(component.body.label or task.component, task.origin)
        if _reads_its_name(task, executor):
            found[TASK_NAME,] = Fact(one.name, task.origin)
        if isinstance(executor, Container):
            found |= undeclared(found, one, executor)
        if isinstance(executor, Container) and str(executor.image) in _VOLUME_IMAGES:
            found |= _of_a_library(found, {*task.parameters, *task.artifacts})
        found |= dict(_own_outputs(one, component.outputs))
    else:
        found["kind",] = Fact("DAG", component.origin)
        found |= dict(_outputs(one))
    for what, value in (
        (("config passthroughs",), component.config_passthroughs),
        (("platform settings of the component",), component.platform_specs),
    ):
        if value:
            found |= dict(flat(what, value, component.origin, one))
    return found


def _reads_its_name(task: Task, executor: Executor | None) -> bool:
    """Whether a container gets the name of its task as a value."""
    texts: list[object] = [one for one in task.parameters.values() if isinstance(one, Constant)]
    if isinstance(executor, Container):
        texts += [executor.image, *executor.command, *executor.args]
        texts += [variable.value for variable in executor.env]
    return any(PlaceholderKind.TASK_NAME.value in str(one) for one in texts)


def _interface(one: Instance) -> Iterator[tuple[What, Fact]]:
    """What the inputs of a component declare; not those that a compiler generated.

    Those have no meaning of their own: conditions, loops and texts hold their values.
    """
    inputs = one.component.inputs
    declared: dict[str, Parameter | Artifact] = {**inputs.parameters, **inputs.artifacts}
    for name, definition in declared.items():
        if not is_internal(name, one):
            what = ("input", sources.Name(one, "inputs", name))
            yield from _declared(what, definition, one, is_passed=one.task is not None)


def _own_outputs(one: Instance, outputs: Interface) -> Iterator[tuple[What, Fact]]:
    declared: dict[str, Parameter | Artifact] = {**outputs.parameters, **outputs.artifacts}
    for name, definition in declared.items():
        yield from _declared(("output", sources.Name(one, "outputs", name)), definition, one)


def _declared(
    what: What, definition: Parameter | Artifact, of: Instance, *, is_passed: bool = False
) -> Iterator[tuple[What, Fact]]:
    """What an input or output declares. ``is_passed``: a task passes a value to the input."""
    place = definition.origin or of.component.origin
    is_parameter = isinstance(definition, Parameter)
    yield what, Fact("parameter" if is_parameter else "artifact", place)
    leave = frozenset({"optional", "default", "literals"})
    yield from _below(what, flat(what, definition, place, of, leave=leave))
    has_default = isinstance(definition, Parameter) and definition.default is not UNSET
    if isinstance(definition, Parameter):
        if definition.default is not UNSET:
            default = definition.default
            found = (
                Fact(sources.ABSENT, place, default, "passed")
                if is_passed
                else Fact(default, place)
            )
            yield (*what, "default"), found
        if definition.literals is not None:
            yield (*what, "values allowed"), Fact(definition.literals, place)
    exact = definition.optional
    if is_passed:
        yield (*what, "optional"), Fact(sources.ABSENT, place, exact, "passed")
    else:
        yield (*what, "optional"), Fact(exact or has_default, place, exact, "optional-default")


def _inputs(one: Instance, task: Task) -> Iterator[tuple[What, Fact]]:
    """Where the values of its inputs come from."""
    passed = [
        input_value(one, kind, name)
        for kind in ("parameters", "artifacts")
        for name in getattr(task, kind)
        if is_internal(name, one) or _is_injected(name, one)
    ]
    yield ("passed values",), Fact("", task.origin, sources.Unordered(tuple(passed)), "channels")
    for kind in ("parameters", "artifacts"):
        declared = getattr(one.component.inputs, kind)
        given = getattr(task, kind)
        for name in {**declared, **given}:
            if is_internal(name, one) or _is_injected(name, one):
                continue
            value = input_value(one, kind, name)
            if not isinstance(value, sources.Missing) or name in given:
                source = given.get(name)
                place = (source.origin if source is not None else None) or task.origin
                what = ("value of input", sources.Name(one, "inputs", name))
                yield what, _of_input(value, place, declared.get(name))


def _of_input(value: sources.Value, place: Origin | None, declared: object) -> Fact:
    """The value of an input. A text that is nothing but a value gives a text input this value."""
    is_text = isinstance(declared, Parameter) and declared.type is ParameterType.STRING
    if is_text and isinstance(value, sources.Joined) and len(value.parts) == 1:
        return Fact(value.parts[0], place, value, "whole-text")
    return Fact(value, place)


def _is_injected(name: str, one: Instance) -> bool:
    """Whether kfp passes the value of a resource or image beside the text that contains it."""
    return name in _INJECTED and name not in one.component.inputs.parameters


def _outputs(one: Instance) -> Iterator[tuple[What, Fact]]:
    """The outputs of a DAG, with the sources of their values; not generated ones."""
    dag, outputs = one.dag, one.component.outputs
    if dag is None:
        return
    for kind, given in (("parameters", dag.parameter_outputs), ("artifacts", dag.artifact_outputs)):
        declared: Mapping[str, Parameter | Artifact] = getattr(outputs, kind)
        for name in {**declared, **given}:
            if is_generated(name):
                continue
            what = ("output", sources.Name(one, "outputs", name))
            value = (
                dag_output(one, kind, given[name])
                if name in given
                else sources.Missing(f"output {name}")
            )
            place = given[name].origin if name in given else one.component.origin
            definition = declared.get(name)
            if _is_surfaced(name, value, definition):
                reason = "metrics-outputs"
                yield (*what, "value"), Fact(sources.ABSENT, place, value, reason)
                continue
            yield (*what, "value"), Fact(value, place)
            if definition is not None:
                yield from _declared(what, definition, one)


def _is_surfaced(name: str, value: sources.Value, definition: object) -> bool:
    """Whether kfp added the output: ``TASK-OUTPUT``, with metrics of a task."""
    title = getattr(definition, "schema_title", "")
    while isinstance(value, sources.Collected):  # from a loop
        value = value.value
    is_plain = isinstance(value, sources.Output) and title in _METRICS
    return is_plain and name.endswith(f"-{value.name.name}")  # type: ignore[union-attr]


def _unused(root: Instance, pipeline: Pipeline) -> Iterator[str]:
    """What no task runs; compilers choose the names of it and in it."""
    used = {id(one.component) for one in root.walk()}
    bodies = [one.component.body for one in root.walk()]
    labels = {body.label for body in bodies if isinstance(body, ExecutorRef)}
    for component in pipeline.components.values():
        if id(component) not in used:
            body = component.body
            number = len(body.tasks) if isinstance(body, Dag) else 0
            kept = replace(component, body=number, inputs=None, outputs=None)
            interface = [] if isinstance(body, Dag) else [component.inputs, component.outputs]
            yield f"{kept!r} {interface!r}"
    for label, executor in pipeline.executors.items():
        if label not in labels:
            yield repr(executor)
