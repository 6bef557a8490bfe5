"""Leaves that are known to break the law: where they stand → why. To be emptied."""

from __future__ import annotations

_CONTAINER = "/spec/templates/*(container)"
_LAUNCHED = "/spec/templates/*(launched)"
_DAG = "/spec/templates/*(dag)"
_ANNOTATION = "/metadata/annotations/pipelines.kubeflow.org~1"
_PIPELINE = f"{_ANNOTATION}pipeline_spec#"
_COMPONENT = f"{_CONTAINER}{_ANNOTATION}component_spec#"
_LAUNCHED_COMPONENT = f"{_LAUNCHED}{_ANNOTATION}component_spec#"
#: ``KFP_V2_RUNTIME_INFO``.
_TOLD = f"{_LAUNCHED}/container/env/*/value#"


def _below(place: str, *paths: str) -> tuple[str, ...]:
    return tuple(f"{place}{path}" for path in paths)


#: Why → where. Some leaves there count: those where the reason does not hold.
_WHY: dict[str, tuple[str, ...]] = {
    # Written otherwise, or said twice in the file.
    "schema 2.0.0 is written as 2.1.0, as which it is read; any other is an error": (
        "/pipelineSpec/schemaVersion",
        "/schemaVersion",
    ),
    "`resourceCount` and `resourceType` beside them win": (
        "/deploymentSpec/executors/*/container/resources/accelerator/count",
        "/deploymentSpec/executors/*/container/resources/accelerator/type",
    ),
    "the name of `pipeline_spec` wins": ("/metadata/generateName",),
    "`max_cache_staleness` or `cache_enabled` turns caching off already": (
        f"{_CONTAINER}/metadata/labels/pipelines.kubeflow.org~1enable_caching",
        f"{_LAUNCHED}/metadata/labels/pipelines.kubeflow.org~1enable_caching",
    ),
    "`Always` and `OnFailure` are the same to KFP v2, which knows no other": (
        f"{_CONTAINER}/retryStrategy/retryPolicy",
        f"{_LAUNCHED}/retryStrategy/retryPolicy",
    ),
    "an output may be left out if either its name or `optional` says so": (
        f"{_CONTAINER}/outputs/artifacts/*/optional",
    ),
    # What kfp writes for itself.
    "kfp's stamps": (
        "/metadata/annotations/pipelines.kubeflow.org~1pipeline_compilation_time",
        "/metadata/annotations/pipelines.kubeflow.org~1v2_pipeline",
        "/metadata/labels/pipelines.kubeflow.org~1kfp_sdk_version",
        "/metadata/labels/pipelines.kubeflow.org~1v2_pipeline",
        *_below(
            _CONTAINER,
            "/metadata/annotations/pipelines.kubeflow.org~1component_ref#",
            "/metadata/annotations/pipelines.kubeflow.org~1component_ref#/digest",
            "/metadata/annotations/pipelines.kubeflow.org~1component_ref#/name",
            "/metadata/annotations/pipelines.kubeflow.org~1component_ref#/url",
            "/metadata/labels/pipelines.kubeflow.org~1kfp_sdk_version",
            "/metadata/labels/pipelines.kubeflow.org~1pipeline-sdk-type",
        ),
        *_below(
            _LAUNCHED,
            "/metadata/annotations/pipelines.kubeflow.org~1component_ref#",
            "/metadata/annotations/pipelines.kubeflow.org~1component_ref#/digest",
            "/metadata/annotations/pipelines.kubeflow.org~1component_ref#/url",
            "/metadata/annotations/pipelines.kubeflow.org~1v2_component",
            "/metadata/labels/pipelines.kubeflow.org~1kfp_sdk_version",
            "/metadata/labels/pipelines.kubeflow.org~1pipeline-sdk-type",
            "/metadata/labels/pipelines.kubeflow.org~1v2_component",
        ),
    ),
    # Annotations, which repeat the workflow in the words of its author.
    "of `pipeline_spec` only names, types and descriptions are taken; arguments have the values": (
        "/metadata/annotations/kubeflow.org~1pipelines~1pipeline_spec#/inputs/*/default",
        "/metadata/annotations/kubeflow.org~1pipelines~1pipeline_spec#/inputs/*/name",
        *_below(
            _PIPELINE,
            "/inputs",
            "/inputs/*/default",
            "/inputs/*/default/*",
            "/inputs/*/default/*/a",
            "/inputs/*/default/*/b",
            "/inputs/*/description",
            "/inputs/*/name",
            "/inputs/*/optional",
            "/inputs/*/type",
            "/inputs/*/type/GCSPath/file_type",
            "/inputs/*/type/GCSPath/path_type",
            "/inputs/*/type/Integer/openapi_schema_validator/type",
        ),
    ),
    "the container counts: `component_spec` only tells where its placeholders are": (
        *_below(
            _COMPONENT,
            "/description",
            "/implementation/container/args",
            "/implementation/container/args/*",
            "/implementation/container/args/*/executorInput",
            "/implementation/container/args/*/if/cond/isPresent",
            "/implementation/container/args/*/if/else/*",
            "/implementation/container/args/*/if/then/*",
            "/implementation/container/args/*/if/then/*/inputPath",
            "/implementation/container/args/*/if/then/*/inputValue",
            "/implementation/container/args/*/inputPath",
            "/implementation/container/args/*/inputValue",
            "/implementation/container/args/*/outputPath",
            "/implementation/container/args/*/outputUri",
            "/implementation/container/command/*",
            "/implementation/container/command/*/inputPath",
            "/implementation/container/command/*/inputUri",
            "/implementation/container/command/*/inputValue",
            "/implementation/container/command/*/outputPath",
            "/implementation/container/env/KFP_POD_NAME",
            "/implementation/container/image",
            "/inputs/*/default",
            "/inputs/*/description",
            "/inputs/*/name",
            "/inputs/*/optional",
            "/inputs/*/type",
            "/inputs/*/type/GCSPath/file_type",
            "/inputs/*/type/GCSPath/path_type",
            "/inputs/*/type/GcsPath/data_type",
            "/inputs/*/type/Integer/openapi_schema_validator/type",
            "/inputs/*/type/JsonObject/data_type",
            "/metadata/annotations/author",
            "/metadata/annotations/canonical_location",
            "/metadata/labels/add-pod-env",
            "/name",
            "/outputs/*/name",
            "/outputs/*/type",
        ),
    ),
    "behind a launcher, `KFP_V2_RUNTIME_INFO` and the container's words count": (
        f"{_LAUNCHED}/metadata/annotations/pipelines.kubeflow.org~1arguments.parameters#/*",
        *_below(
            _LAUNCHED_COMPONENT,
            "/description",
            "/implementation/container/args/*",
            "/implementation/container/args/*/if/cond/isPresent",
            "/implementation/container/args/*/if/then/*",
            "/implementation/container/args/*/if/then/*/inputValue",
            "/implementation/container/args/*/inputPath",
            "/implementation/container/args/*/inputValue",
            "/implementation/container/args/*/outputPath",
            "/implementation/container/command/*",
            "/implementation/container/image",
            "/inputs/*/default",
            "/inputs/*/name",
            "/inputs/*/optional",
            "/inputs/*/type",
            "/name",
            "/outputs/*/name",
            "/outputs/*/type",
        ),
    ),
    # Names and paths that lead from one place of the workflow to another.
    "names of inputs and outputs only lead from one place to another": (
        *_below(
            _CONTAINER,
            "/inputs/artifacts/*/name",
            "/inputs/parameters/*/name",
            "/outputs/artifacts/*/name",
            "/outputs/parameters/*/name",
        ),
        *_below(
            _DAG,
            "/inputs/artifacts/*/name",
            "/inputs/parameters/*/name",
        ),
        *_below(
            _LAUNCHED,
            "/inputs/parameters/*/name",
            "/outputs/artifacts/*/name",
            "/outputs/artifacts/*/path",
        ),
        "/spec/templates/*(steps)/inputs/parameters/*/name",
    ),
    "components of KFP v2 in a workflow write where `{{$}}` tells them": (
        f"{_CONTAINER}/outputs/artifacts/*/path",
    ),
    "a value that the template does not use, or only in settings that are told": (
        *_below(
            _DAG,
            "/dag/tasks/*/arguments/parameters/*/name",
            "/dag/tasks/*/arguments/parameters/*/value",
        ),
        "/spec/templates/*(steps)/steps/*/*/arguments/parameters/*/name",
        "/spec/templates/*(steps)/steps/*/*/arguments/parameters/*/value",
    ),
    "an output of a DAG that nobody takes": (f"{_DAG}/outputs/parameters/*/valueFrom/parameter",),
    # What kfp's v2-compatible launcher needs, which is not run.
    "the launcher itself: what it is, and where it is mounted": (
        *_below(
            _LAUNCHED,
            "/container/command/*",
            "/container/env/*/valueFrom/fieldRef/fieldPath",
            "/container/envFrom/*/configMapRef/optional",
            "/container/image",
            "/container/volumeMounts/*/mountPath",
            "/initContainers/*/command/*",
            "/initContainers/*/image",
            "/initContainers/*/mirrorVolumeMounts",
            "/volumes/*/name",
        ),
    ),
    "of what the launcher is told, a component of KFP v2 has no types but text, and no paths": (
        *_below(
            _TOLD,
            "/inputArtifacts/*/instanceSchema",
            "/inputParameters/*/parameterType",
            "/inputParameters/*/type",
            "/outputArtifacts/*/fileOutputPath",
            "/outputArtifacts/*/instanceSchema",
            "/outputArtifacts/*/metadataFilePath",
            "/outputArtifacts/*/metadataPath",
            "/outputParameters/*/parameterType",
            "/outputParameters/*/path",
            "/outputParameters/*/type",
        ),
    ),
    # To do: these are lost.
    "to do: Kubeflow is given the title of a schema of kfp 1.6, and the rest is left out": (
        "/pipelineSpec/components/*/inputDefinitions/artifacts/*/artifactType/instanceSchema",
        "/pipelineSpec/components/*/outputDefinitions/artifacts/*/artifactType/instanceSchema",
        "/pipelineSpec/deploymentSpec/executors/*/importer/typeSchema/instanceSchema",
        "/pipelineSpec/root/inputDefinitions/artifacts/*/artifactType/instanceSchema",
    ),
    "to do: a value for what is no parameter of the pipeline is left out of main.py": (
        "/runtimeConfig/parameters/*/stringValue",
    ),
    "to do: what only launchers are told (`pipeline-name` and the like) is left out": (
        "/spec/arguments/parameters/*/value",
    ),
    "to do: of two templates with one name the first is left out": (
        *_below(
            _DAG,
            "/dag/tasks/*/name",
            "/dag/tasks/*/template",
        ),
    ),
    "to do: a limit on the tasks of a DAG that is no loop is left out": (f"{_DAG}/parallelism",),
    "to do: a volume is told of where it is mounted, but not what it is": (
        "/spec/volumes/*/hostPath/path",
        "/spec/volumes/*/hostPath/type",
        "/spec/volumes/*/name",
    ),
}
KNOWN = {pattern: why for why, patterns in _WHY.items() for pattern in patterns}
#: Of those some are known in some files only: where → what is looked for in the file's path.
IN_FILES = {
    "/runtimeConfig/parameters/*/stringValue": "multiple_parallel_loops|two_step_pipeline_with_imp",
    "/spec/arguments/parameters/*/value": "v2-compatible|v2_compatible|uri_artifacts",
    f"{_DAG}/dag/tasks/*/name": "artifact_location",
    f"{_DAG}/dag/tasks/*/template": "artifact_location",
    f"{_DAG}/parallelism": "parallelism_sub_dag",
    "/spec/volumes/*/hostPath/path": "integration_test",
    "/spec/volumes/*/hostPath/type": "integration_test",
    "/spec/volumes/*/name": "integration_test",
}
