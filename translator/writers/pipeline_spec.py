"""Pipeline → KFP v2 pipeline spec as plain JSON values.

The shape is that of ``PipelineSpec`` in kubeflow/pipelines (api/v2alpha1/pipeline_spec.proto);
one function per message. They write schema 2.1.0, which ``kfp_legacy`` converts to 2.0.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from translator.model import (
    KUBERNETES,
    OLDER_SCHEMA,
    SCHEMA,
    UNSET,
    Amount,
    Constant,
    Container,
    Dag,
    FinalStatus,
    FromParent,
    FromTask,
    Importer,
    OpaqueExecutor,
    Resource,
    RuntimeParameter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from translator.model import (
        Accelerator,
        Artifact,
        Component,
        DagOutput,
        Executor,
        InputSource,
        Interface,
        Parameter,
        Pipeline,
        Platform,
        Resources,
        Retry,
        Task,
        Trigger,
    )
    from translator.model import Iterator as TaskIterator
    from translator.model.expressions import Condition
    from translator.placeholders import Text

#: The SDK version that is written if the file has none of KFP v2.
SDK_VERSION = "kfp-translator"


def pipeline_spec(pipeline: Pipeline) -> dict[str, Any]:
    """The pipeline as one JSON document that ``PipelineSpec`` parses strictly."""
    spec = _present(
        pipelineInfo=_present(
            name=pipeline.name,
            displayName=pipeline.display_name,
            description=pipeline.description,
        ),
        schemaVersion=SCHEMA,
        sdkVersion=pipeline.sdk_version or SDK_VERSION,
        defaultPipelineRoot=pipeline.default_root,
        root=_component(pipeline.root),
        components={name: _component(c) for name, c in pipeline.components.items()},
        deploymentSpec=_present(
            executors={label: _executor(e) for label, e in pipeline.executors.items()}
        ),
    )
    if pipeline.schema_version != OLDER_SCHEMA:
        return spec
    from translator.writers.kfp_legacy import in_older_schema

    return in_older_schema(spec, pipeline)


def platform_spec(pipeline: Pipeline) -> dict[str, Any]:
    """The platform settings, as the second document of a file; empty if there are none."""
    from translator.platform_document.writing import executor_settings  # Vertex AI has none

    pods = {
        label: settings
        for label, executor in pipeline.executors.items()
        if isinstance(executor, Container) and (settings := executor_settings(executor.pod))
    }
    platforms = {name: _platform(platform) for name, platform in pipeline.platforms.items()}
    if pods:
        kubernetes = platforms.get(KUBERNETES, {})
        others = kubernetes.pop("deploymentSpec", {}).get("executors", {})
        deployment = {"deploymentSpec": {"executors": {**pods, **others}}}
        platforms[KUBERNETES] = deployment | kubernetes
    return _present(platforms=platforms)


def _platform(platform: Platform) -> dict[str, Any]:
    executors = {
        label: {setting.name: setting.value for setting in settings}
        for label, settings in platform.executors.items()
    }
    return _present(deploymentSpec=_present(executors=executors)) | {
        setting.name: setting.value for setting in platform.settings
    }


def _present(**fields: Any) -> dict[str, Any]:
    """The fields that are not empty; protobuf omits empty ones."""
    return {
        name: value
        for name, value in fields.items()
        if value is not None and value != "" and value != {} and value != []
    }


def _component(component: Component) -> dict[str, Any]:
    spec = _present(
        inputDefinitions=_interface(component.inputs),
        outputDefinitions=_interface(component.outputs),
        taskConfigPassthroughs=list(component.config_passthroughs),
        singlePlatformSpecs=list(component.platform_specs),
    )
    if isinstance(component.body, Dag):
        spec["dag"] = _dag(component.body)
    else:
        spec["executorLabel"] = component.body.label
    return spec


def _interface(interface: Interface) -> dict[str, Any]:
    return _present(
        artifacts={name: _artifact(a) for name, a in interface.artifacts.items()},
        parameters={name: _parameter(p) for name, p in interface.parameters.items()},
    )


def _artifact(artifact: Artifact) -> dict[str, Any]:
    return _present(
        artifactType=_artifact_type(artifact),
        description=artifact.description,
        isArtifactList=artifact.is_list or None,
        isOptional=artifact.optional or None,
        metadata=dict(artifact.metadata),
    )


def _artifact_type(artifact: Artifact) -> dict[str, Any]:
    return _present(
        schemaTitle=artifact.schema_title,
        instanceSchema=artifact.instance_schema,
        schemaVersion=artifact.schema_version,
    )


def _parameter(parameter: Parameter) -> dict[str, Any]:
    spec = _present(
        description=parameter.description,
        isOptional=parameter.optional or None,
        literals=None if parameter.literals is None else list(parameter.literals),
        parameterType=parameter.type.value,
    )
    if parameter.default is not UNSET:
        spec["defaultValue"] = parameter.default
    return spec


def _dag(dag: Dag) -> dict[str, Any]:
    outputs = _present(
        artifacts={name: _artifact_output(o) for name, o in dag.artifact_outputs.items()},
        parameters={name: _parameter_output(o) for name, o in dag.parameter_outputs.items()},
    )
    spec: dict[str, Any] = {"tasks": {name: _task(name, t) for name, t in dag.tasks.items()}}
    if outputs:
        spec["outputs"] = outputs
    return spec


def _artifact_output(output: DagOutput) -> dict[str, Any]:
    return {
        "artifactSelectors": [
            {"outputArtifactKey": source.output, "producerSubtask": source.task}
            for source in output.sources
        ]
    }


def _parameter_output(output: DagOutput) -> dict[str, Any]:
    selectors = [
        _present(outputParameterKey=source.output, producerSubtask=source.task)
        for source in output.sources
    ]
    if output.one_of:
        return {"valueFromOneof": {"parameterSelectors": selectors}}
    return {"valueFromParameter": selectors[0]}


def _task(name: str, task: Task) -> dict[str, Any]:
    spec = _present(
        componentRef={"name": task.component},
        taskInfo={"name": task.display_name or name},
        inputs=_present(
            artifacts={key: _artifact_source(s) for key, s in task.artifacts.items()},
            parameters={key: _parameter_source(s) for key, s in task.parameters.items()},
        ),
        dependentTasks=list(task.depends_on),
        triggerPolicy=None if task.trigger is None else _trigger(task.trigger),
        retryPolicy=None if task.retry is None else _retry(task.retry),
    )
    if task.caching is not None:
        spec["cachingOptions"] = _present(
            enableCache=task.caching.enabled, cacheKey=task.caching.key
        )
    if task.iterator is not None:
        spec.update(_iterator(task.iterator))
    if task.parallelism is not None:
        spec["iteratorPolicy"] = {"parallelismLimit": task.parallelism}
    return spec


def _artifact_source(source: InputSource) -> dict[str, Any]:
    match source:
        case FromParent():
            return {"componentInputArtifact": source.name}
        case FromTask():
            return {
                "taskOutputArtifact": {
                    "outputArtifactKey": source.output,
                    "producerTask": source.task,
                }
            }
        case _:
            raise TypeError(f"an artifact cannot come from a {type(source).__name__}")


def _parameter_source(source: InputSource) -> dict[str, Any]:
    match source:
        case Constant():
            return {"runtimeValue": {"constant": source.value}}
        case RuntimeParameter():
            return {"runtimeValue": {"runtimeParameter": source.name}}
        case FinalStatus():
            return {"taskFinalStatus": {"producerTask": source.task}}
        case FromParent():
            spec: dict[str, Any] = {"componentInputParameter": source.name}
        case FromTask():
            key = _present(outputParameterKey=source.output, producerTask=source.task)
            spec = {"taskOutputParameter": key}
    if source.selector is not None:
        from translator.cel import selector_text  # most pipelines have no selector

        spec["parameterExpressionSelector"] = selector_text(source.selector)
    return spec


def _trigger(trigger: Trigger) -> dict[str, Any]:
    return _present(
        condition=None if trigger.condition is None else _condition(trigger.condition),
        strategy=None if trigger.strategy is None else trigger.strategy.value,
    )


def _condition(condition: Condition) -> str:
    from translator.cel import condition_text  # most pipelines have no condition

    return condition_text(condition)


def _retry(retry: Retry) -> dict[str, Any]:
    return _present(
        maxRetryCount=retry.max_retries,
        backoffDuration=_duration(retry.backoff_seconds),
        backoffFactor=retry.backoff_factor,
        backoffMaxDuration=_duration(retry.max_backoff_seconds),
    )


def _duration(seconds: float | None) -> str | None:
    """Protobuf's form: at most nine digits after the point, and no exponent."""
    if seconds is None:
        return None
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


def _iterator(iterator: TaskIterator) -> dict[str, Any]:
    if iterator.over_artifacts:
        assert isinstance(iterator.items, FromParent)
        items: dict[str, Any] = {"inputArtifact": iterator.items.name}
    elif isinstance(iterator.items, FromParent):
        items = {"inputParameter": iterator.items.name}
    else:
        items = {"raw": str(iterator.items)}
    kind = "artifactIterator" if iterator.over_artifacts else "parameterIterator"
    return {kind: {"itemInput": iterator.item_input, "items": items}}


def _executor(executor: Executor) -> dict[str, Any]:
    match executor:
        case Container():
            return {"container": _container(executor)}
        case Importer():
            return {"importer": _importer(executor)}
        case OpaqueExecutor():
            return {executor.kind: executor.content}
        case Resource():  # the checks of every target report it as an error
            raise TypeError(f"a pipeline spec has no executor for a {executor.kind}")


def _container(container: Container) -> dict[str, Any]:
    return _present(
        image=str(container.image),
        command=[str(word) for word in container.command],
        args=[str(word) for word in container.args],
        env=[{"name": v.name, "value": str(v.value)} for v in container.env],
        lifecycle=container.lifecycle,
        resources=None if container.resources is None else _resources(container.resources),
    )


def _resources(resources: Resources) -> dict[str, Any]:
    """Both forms: SDKs before 2.10 wrote numbers only; backends since then prefer the text."""
    from translator.quantities import cores, gigabytes

    spec: dict[str, Any] = {}
    for name, amount, unit, number_of in (
        ("cpuLimit", resources.cpu_limit, "", cores),
        ("cpuRequest", resources.cpu_request, "", cores),
        ("memoryLimit", resources.memory_limit, "G", gigabytes),
        ("memoryRequest", resources.memory_request, "G", gigabytes),
    ):
        if amount is not None:
            spec.update(_amount(name, amount, unit, number_of))
    if resources.accelerator is not None:
        spec["accelerator"] = _accelerator(resources.accelerator)
    return spec


def _amount(
    name: str, amount: Amount, unit: str, number_of: Callable[[str], float | None]
) -> Mapping[str, Any]:
    from translator.quantities import number_text

    text = None if amount.text is None else str(amount.text)
    number = amount.number
    if number is None and text is not None:
        number = number_of(text)
    if text is None and number is not None:
        text = number_text(number, unit)
    newer = f"resource{name[0].upper()}{name[1:]}"
    return _present(**{name: number, newer: text})


def _accelerator(accelerator: Accelerator) -> dict[str, Any]:
    return _present(
        type=_constant_text(accelerator.type),
        count=_constant_text(accelerator.count),
        resourceType=None if accelerator.type is None else str(accelerator.type),
        resourceCount=None if accelerator.count is None else str(accelerator.count),
    )


def _constant_text(text: Text | None) -> str | None:
    """The text, unless it has a placeholder, which is resolved at run time only."""
    return None if text is None or text.placeholders() else str(text)


def _importer(importer: Importer) -> dict[str, Any]:
    uri = importer.uri
    return _present(
        artifactUri=(
            {"constant": uri.value} if isinstance(uri, Constant) else {"runtimeParameter": uri.name}
        ),
        typeSchema=_artifact_type(importer.artifact),
        metadata=dict(importer.metadata),
        reimport=importer.reimport or None,
        downloadToWorkspace=importer.download_to_workspace or None,
    )
