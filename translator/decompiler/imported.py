"""Names that pipeline.py may import from ``kfp.dsl``, ``typing`` and Google's components."""

from __future__ import annotations

__all__ = ["ARTIFACTS", "GOOGLE", "GOOGLE_ARTIFACTS", "KFP_NAMES", "PLACEHOLDERS", "TYPING_NAMES"]

#: Artifact types of ``kfp.dsl`` (kfp/dsl/types/artifact_types.py).
ARTIFACTS = frozenset(
    {
        *("Artifact", "ClassificationMetrics", "Dataset", "HTML", "Markdown", "Metrics", "Model"),
        "SlicedClassificationMetrics",
    }
)
#: The module of google-cloud-pipeline-components with artifact types, and its classes.
GOOGLE = "google_cloud_pipeline_components.types.artifact_types"
GOOGLE_ARTIFACTS = frozenset(
    {
        *("BQMLModel", "BQTable", "ClassificationMetrics", "ForecastingMetrics"),
        *("RegressionMetrics", "UnmanagedContainerModel", "VertexBatchPredictionJob"),
        *("VertexDataset", "VertexEndpoint", "VertexModel"),
    }
)
#: The constants of ``kfp.dsl`` for values of a run (kfp/dsl/__init__.py).
PLACEHOLDERS = {
    "PIPELINE_JOB_NAME_PLACEHOLDER": "{{$.pipeline_job_name}}",
    "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER": "{{$.pipeline_job_resource_name}}",
    "PIPELINE_JOB_ID_PLACEHOLDER": "{{$.pipeline_job_uuid}}",
    "PIPELINE_TASK_NAME_PLACEHOLDER": "{{$.pipeline_task_name}}",
    "PIPELINE_TASK_ID_PLACEHOLDER": "{{$.pipeline_task_uuid}}",
    "PIPELINE_ROOT_PLACEHOLDER": "{{$.pipeline_root}}",
    "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER": "{{$.pipeline_job_create_time_utc}}",
    "PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER": "{{$.pipeline_job_schedule_time_utc}}",
}
#: What ``from kfp.dsl import *`` defines in a container.
KFP_NAMES = frozenset(
    {
        *ARTIFACTS,
        *PLACEHOLDERS,
        *("Input", "Output", "InputPath", "OutputPath", "PipelineTaskFinalStatus", "TaskConfig"),
        *("PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER", "WORKSPACE_PATH_PLACEHOLDER"),
        *("PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER", "get_uri"),
    }
)
#: Names of ``typing`` in Python 3.9 and later. Evaluating one runs no code of the file.
TYPING_NAMES = frozenset(
    {
        *("AbstractSet", "Any", "AnyStr", "AsyncGenerator", "AsyncIterable", "AsyncIterator"),
        *("Awaitable", "BinaryIO", "ByteString", "Callable", "ClassVar", "Collection", "Container"),
        *("ContextManager", "Coroutine", "Counter", "DefaultDict", "Deque", "Dict", "Final"),
        *("ForwardRef", "FrozenSet", "Generator", "Generic", "Hashable", "IO", "ItemsView"),
        *("Iterable", "Iterator", "KeysView", "List", "Literal", "Mapping", "MappingView", "Match"),
        *("MutableMapping", "MutableSequence", "MutableSet", "NamedTuple", "NewType", "NoReturn"),
        *("Optional", "OrderedDict", "Pattern", "Protocol", "Reversible", "Sequence", "Set"),
        *("Sized", "SupportsAbs", "SupportsBytes", "SupportsComplex", "SupportsFloat"),
        *("SupportsIndex", "SupportsInt", "SupportsRound", "Text", "TextIO", "Tuple", "Type"),
        *("TypeVar", "TypedDict", "Union", "ValuesView", "cast", "overload"),
    }
)
