"""KFP v2: pipeline spec (YAML or JSON, schema 2.0.0 and 2.1.0) → Pipeline.

One function per message of ``pipeline_spec.proto``. Fields that are not read here are reported as
unread.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from translator.diagnostics import reading as rules
from translator.model import (
    OLDER_SCHEMA,
    SCHEMA,
    UNSET,
    Caching,
    Component,
    Dag,
    DagOutput,
    ExecutorRef,
    FinalStatus,
    FromParent,
    FromTask,
    Interface,
    Items,
    Iterator,
    Parameter,
    ParameterType,
    Pipeline,
    Retry,
    Strategy,
    Submission,
    Task,
    Trigger,
)
from translator.readers import kfp_legacy as legacy
from translator.readers.kfp_documents import documents
from translator.readers.kfp_executors import artifact, executors, runtime_value
from translator.readers.kfp_pods import without_pods
from translator.source.json_text import loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from translator.model import InputSource, Json, Unset
    from translator.model.expressions import Condition, Selector
    from translator.source import Cursor, Source

    T = TypeVar("T")

#: The supported schema versions.
SCHEMA_VERSIONS = (OLDER_SCHEMA, SCHEMA)
#: Levels of nested DAGs; each condition and each loop is one.
MAX_DAGS = 100
#: Failure policy of the API → whether no new task starts after a failure.
_POLICIES = {
    "PIPELINE_FAILURE_POLICY_FAIL_SLOW": False,
    "PIPELINE_FAILURE_POLICY_FAIL_FAST": True,
}


def read(source: Source) -> Pipeline:
    """The pipeline of a file with a pipeline spec."""
    held = documents(source)
    spec = held.spec
    version = legacy.required(spec, "schemaVersion")
    if version and version not in SCHEMA_VERSIONS:
        spec.child("schemaVersion").report(rules.UNKNOWN_SCHEMA, version=version)
    info = spec.child("pipelineInfo")
    root = _component(spec.child("root"))
    components = _map(spec.find("components"), _component)
    if _nest_too_deep(components):
        spec.report(rules.DEEP_DAGS, limit=MAX_DAGS)
    deployed = executors(_deployment(spec).find("executors"), held.platforms)
    return Pipeline(
        name=legacy.required(info, "name"),
        display_name=info.take("displayName", str, "") or held.display_name,
        description=info.take("description", str, "") or held.description,
        root=root,
        components=components,
        executors=deployed,
        default_root=spec.take("defaultPipelineRoot", str, ""),
        schema_version=version,
        platforms=without_pods(held.platforms, deployed),
        submission=_submission(held.job, root.inputs) if held.job else Submission(),
        dialect="KFP v2",
        sdk_version=spec.take("sdkVersion", str, ""),
        origin=spec.origin,
    )


def _nest_too_deep(components: Mapping[str, Component]) -> bool:
    """Whether DAGs are nested more deeply than the limit."""
    inside = {
        name: {task.component for task in component.body.tasks.values()}
        for name, component in components.items()
        if isinstance(component.body, Dag)
    }
    for _ in range(MAX_DAGS):
        innermost = [name for name, inner in inside.items() if inside.keys().isdisjoint(inner)]
        if not innermost:  # the rest is recursive, which a check reports
            return len(inside) > MAX_DAGS
        for name in innermost:
            del inside[name]
    return bool(inside)


def _deployment(spec: Cursor) -> Cursor:
    # kfp 1.7 and older wrote `deploymentConfig`.
    older = spec.find("deploymentConfig")
    if older is not None:
        return older
    # A pipeline without tasks has none.
    return spec.child("deploymentSpec") if "components" in spec else spec.get("deploymentSpec")


def _map(cursor: Cursor | None, read_entry: Callable[[Cursor], T]) -> dict[str, T]:
    return {} if cursor is None else {name: read_entry(entry) for name, entry in cursor.items()}


def _submission(job: Cursor, inputs: Interface) -> Submission:
    """The fields of a PipelineJob other than its spec."""
    runtime = job.find("runtimeConfig")
    labels = job.find("labels")
    arguments: dict[str, Json] = {}
    root = ""
    if runtime is not None:
        arguments |= _map(runtime.find("parameters"), legacy.typed_value)
        arguments |= _map(runtime.find("parameterValues"), lambda entry: entry.value())
        for name in [name for name in arguments if name not in inputs.parameters]:
            del arguments[name]
            for key in ("parameters", "parameterValues"):
                if (found := runtime.get(key).find(name)) is not None:
                    found.drop(rules.NOT_AN_INPUT, input=name)
        root = runtime.take("gcsOutputDirectory", str, "")
    return Submission(
        arguments=arguments,
        pipeline_root=root,
        display_name=job.take("displayName", str, ""),
        labels={name: label.string() for name, label in labels.items()} if labels else {},
        fail_fast=None if runtime is None else _fails_fast(runtime),
        origin=job.origin,
    )


def _fails_fast(runtime: Cursor) -> bool | None:
    """The failure policy of a PipelineJob."""
    name = runtime.take("failurePolicy", str, "")
    if name not in ("", "PIPELINE_FAILURE_POLICY_UNSPECIFIED", *_POLICIES):
        runtime.child("failurePolicy").report(
            rules.UNKNOWN_VALUE, value=name, field="failurePolicy"
        )
    return _POLICIES.get(name)


def _component(cursor: Cursor) -> Component:
    body = cursor.find("dag")
    passthroughs = cursor.find("taskConfigPassthroughs")
    platforms = cursor.find("singlePlatformSpecs")
    return Component(
        body=ExecutorRef(label=cursor.take("executorLabel", str)) if body is None else _dag(body),
        inputs=_interface(cursor.find("inputDefinitions")),
        outputs=_interface(cursor.find("outputDefinitions")),
        config_passthroughs=_values(passthroughs),
        platform_specs=_values(platforms),
        origin=cursor.origin,
    )


def _values(cursor: Cursor | None) -> tuple[Json, ...]:
    return () if cursor is None else tuple(entry.value() for entry in cursor.elements())


def _interface(cursor: Cursor | None) -> Interface:
    if cursor is None:
        return Interface()
    return Interface(
        parameters=_map(cursor.find("parameters"), _parameter),
        artifacts=_map(cursor.find("artifacts"), artifact),
        origin=cursor.origin,
    )


def _parameter(cursor: Cursor) -> Parameter:
    literals = cursor.find("literals")
    return Parameter(
        type=_parameter_type(cursor),
        default=_default(cursor),
        optional=cursor.take("isOptional", bool, False),
        description=cursor.take("description", str, ""),
        literals=None if literals is None else _values(literals),
        origin=cursor.origin,
    )


def _parameter_type(cursor: Cursor) -> ParameterType:
    older = cursor.find("type")
    if older is not None and "parameterType" not in cursor:
        return legacy.parameter_type(older)
    found = cursor.child("parameterType")
    name = found.string()
    if name in ParameterType.__members__:
        return ParameterType[name]
    if found.peek() == name:  # it is a text and not missing
        found.report(rules.UNKNOWN_VALUE, value=name, field="parameterType")
    return ParameterType.STRING


def _default(cursor: Cursor) -> Json | Unset:
    # A null default is a default: `find` would treat it as missing.
    return cursor.get("defaultValue").value() if "defaultValue" in cursor else UNSET


def _dag(cursor: Cursor) -> Dag:
    outputs = cursor.find("outputs")
    return Dag(
        tasks=_map(cursor.child("tasks"), _task),
        parameter_outputs=_map(outputs and outputs.find("parameters"), _parameter_output),
        artifact_outputs=_map(outputs and outputs.find("artifacts"), _artifact_output),
        origin=cursor.origin,
    )


def _parameter_output(cursor: Cursor) -> DagOutput:
    several = cursor.find("valueFromOneof")
    if several is not None:
        selectors = several.child("parameterSelectors").elements()
        return DagOutput(
            sources=tuple(map(_parameter_selector, selectors)), one_of=True, origin=cursor.origin
        )
    return DagOutput(
        sources=(_parameter_selector(cursor.child("valueFromParameter")),), origin=cursor.origin
    )


def _parameter_selector(cursor: Cursor) -> FromTask:
    return FromTask(
        task=cursor.take("producerSubtask", str),
        output=cursor.take("outputParameterKey", str),
        origin=cursor.origin,
    )


def _artifact_output(cursor: Cursor) -> DagOutput:
    selectors = tuple(
        FromTask(
            task=entry.take("producerSubtask", str),
            output=entry.take("outputArtifactKey", str),
            origin=entry.origin,
        )
        for entry in cursor.child("artifactSelectors").elements()
    )
    return DagOutput(sources=selectors, one_of=len(selectors) > 1, origin=cursor.origin)


def _task(cursor: Cursor) -> Task:
    info = cursor.find("taskInfo")
    inputs = cursor.find("inputs")
    dependencies = cursor.find("dependentTasks")
    policy = cursor.find("iteratorPolicy")
    return Task(
        component=cursor.child("componentRef").take("name", str),
        display_name=info.take("name", str, "") if info else "",
        parameters=_map(inputs and inputs.find("parameters"), _parameter_source),
        artifacts=_map(inputs and inputs.find("artifacts"), _artifact_source),
        depends_on=()
        if dependencies is None
        else tuple(d.string() for d in dependencies.elements()),
        trigger=_trigger(cursor.find("triggerPolicy")),
        iterator=_iterator(cursor),
        parallelism=None if policy is None else legacy.integer(policy, "parallelismLimit", 0),
        retry=_retry(cursor.find("retryPolicy")),
        caching=_caching(cursor.find("cachingOptions")),
        origin=cursor.origin,
    )


def _parameter_source(cursor: Cursor) -> InputSource:
    if (output := cursor.find("taskOutputParameter")) is not None:
        return FromTask(
            task=output.take("producerTask", str),
            output=output.take("outputParameterKey", str),
            selector=_selector(cursor.take("parameterExpressionSelector", str, "")),
            origin=cursor.origin,
        )
    if (status := cursor.find("taskFinalStatus")) is not None:
        return FinalStatus(task=status.take("producerTask", str), origin=cursor.origin)
    if (value := cursor.find("runtimeValue")) is not None:
        return runtime_value(value)
    return FromParent(
        name=cursor.take("componentInputParameter", str),
        selector=_selector(cursor.take("parameterExpressionSelector", str, "")),
        origin=cursor.origin,
    )


def _artifact_source(cursor: Cursor) -> InputSource:
    output = cursor.find("taskOutputArtifact")
    if output is None:
        return FromParent(name=cursor.take("componentInputArtifact", str), origin=cursor.origin)
    return FromTask(
        task=output.take("producerTask", str),
        output=output.take("outputArtifactKey", str),
        origin=cursor.origin,
    )


def _trigger(cursor: Cursor | None) -> Trigger | None:
    if cursor is None:
        return None
    name = cursor.take("strategy", str, "")
    if name not in ("", "TRIGGER_STRATEGY_UNSPECIFIED", *Strategy.__members__):
        cursor.child("strategy").report(rules.UNKNOWN_VALUE, value=name, field="strategy")
    return Trigger(
        condition=_condition(cursor.take("condition", str, "")),
        strategy=Strategy.__members__.get(name),
        origin=cursor.origin,
    )


def _condition(written: str) -> Condition | None:
    if not written:
        return None
    from translator.cel import parsed_condition  # most pipelines have no condition

    return parsed_condition(written)


def _selector(written: str) -> Selector | None:
    if not written:
        return None
    from translator.cel import parsed_selector  # most pipelines have no selector

    return parsed_selector(written)


def _iterator(cursor: Cursor) -> Iterator | None:
    for key, over_artifacts in (("parameterIterator", False), ("artifactIterator", True)):
        found = cursor.find(key)
        if found is None:
            continue
        items = found.child("items")
        if "raw" in items:
            source: Items | FromParent = _items(items)
        else:
            name = items.take("inputArtifact" if over_artifacts else "inputParameter", str)
            source = FromParent(name=name, origin=items.origin)
        return Iterator(
            item_input=found.take("itemInput", str),
            items=source,
            over_artifacts=over_artifacts,
            origin=found.origin,
        )
    return None


def _items(cursor: Cursor) -> Items:
    text = cursor.take("raw", str)
    try:
        value = loaded(text)
        written = "" if json.dumps(value) == text else text
    except (ValueError, RecursionError):
        value, written = None, text
    if not isinstance(value, list):
        cursor.child("raw").report(rules.BAD_ITEMS)
        value = []
    return Items(values=tuple(value), written=written, origin=cursor.origin)


def _retry(cursor: Cursor | None) -> Retry | None:
    if cursor is None:
        return None
    return Retry(
        max_retries=legacy.integer(cursor, "maxRetryCount"),
        backoff_seconds=legacy.seconds(cursor, "backoffDuration"),
        backoff_factor=cursor.take("backoffFactor", float, None),
        max_backoff_seconds=legacy.seconds(cursor, "backoffMaxDuration"),
        origin=cursor.origin,
    )


def _caching(cursor: Cursor | None) -> Caching | None:
    if cursor is None:
        return None
    return Caching(
        enabled=cursor.take("enableCache", bool, None),
        key=cursor.take("cacheKey", str, ""),
        origin=cursor.origin,
    )
