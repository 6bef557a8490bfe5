"""What kfp's compilers wrote beside a workflow: the component, the arguments, the pipeline.

The keys and their ages: ``pipelines.kubeflow.org/…`` since kfp 0.2, ``kubeflow.org/pipelines/…``
before (kfp/compiler/compiler.py and _op_to_template.py of kfp 1.8).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from translator.model import Artifact, Parameter, ParameterType
from translator.readers.argo import declared_types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.diagnostics import Origin
    from translator.readers.argo.document import Workflow
    from translator.readers.argo.launcher_info import LaunchedArtifact

PREFIX = "pipelines.kubeflow.org/"
#: An artifact's type in KFP v1 → its schema; any other type is ``system.Artifact``.
_SCHEMAS = {
    "Model": "system.Model",
    "Dataset": "system.Dataset",
    "Metrics": "system.Metrics",
    "ClassificationMetrics": "system.ClassificationMetrics",
    "SlicedClassificationMetrics": "system.SlicedClassificationMetrics",
    "HTML": "system.HTML",
    "Markdown": "system.Markdown",
}


class Interface(NamedTuple):
    """An input or output as its author declared it."""

    name: str
    type: str
    description: str
    default: str | None
    optional: bool


class ComponentSpec(NamedTuple):
    """The component that a template was made from (``component_spec``)."""

    name: str
    description: str
    inputs: tuple[Interface, ...]
    outputs: tuple[Interface, ...]
    #: ``command``, ``args`` and ``fileOutputs`` with their placeholders; empty when not kept.
    container: Mapping[str, Any]
    #: Input → the text it was given, by value only.
    arguments: Mapping[str, str]


class PipelineSpec(NamedTuple):
    """The pipeline as its author declared it (``pipeline_spec``)."""

    name: str
    description: str
    inputs: Mapping[str, Interface]


def component_spec(annotations: Mapping[str, str]) -> ComponentSpec | None:
    """The component of a template, from its annotations; None for files that do not tell."""
    spec = _mapping(annotations.get(PREFIX + "component_spec"))
    if not spec:
        return None
    implementation = spec.get("implementation")
    container = implementation.get("container") if isinstance(implementation, dict) else None
    arguments = _mapping(annotations.get(PREFIX + "arguments.parameters"))
    return ComponentSpec(
        name=_text(spec.get("name")),
        description=_text(spec.get("description")),
        inputs=_interfaces(spec.get("inputs")),
        outputs=_interfaces(spec.get("outputs")),
        container=container if isinstance(container, dict) else {},
        arguments={name: _text(value) for name, value in arguments.items()},
    )


def pipeline_spec(workflow: Workflow) -> PipelineSpec:
    """The pipeline of a workflow; with empty fields for files that do not tell."""
    annotations = workflow.metadata.get("annotations", {})
    spec = _mapping(
        annotations.get(PREFIX + "pipeline_spec")
        or annotations.get("kubeflow.org/pipelines/pipeline_spec")
    )
    return PipelineSpec(
        name=_text(spec.get("name")),
        description=_text(spec.get("description")),
        inputs={entry.name: entry for entry in _interfaces(spec.get("inputs"))},
    )


def schema_title(declared_type: str) -> str:
    """The artifact schema for a type of KFP v1."""
    return _SCHEMAS.get(declared_type, "system.Artifact")


def parameter(declared: Interface | None, type_: str = "", *, typed: bool = False) -> Parameter:
    """The parameter of an input or output.

    Values are text in KFP v1, whatever is declared; ``typed`` takes the declared type all the same.
    """
    declared_type = declared.type if declared else type_
    return Parameter(
        type=declared_types.type_of(declared_type) if typed else ParameterType.STRING,
        declared_type=declared_type,
        description=declared.description if declared else "",
    )


def artifact(declared: Interface | None, origin: Origin | None = None) -> Artifact:
    """The artifact of an input or output."""
    return Artifact(
        schema_title=schema_title(declared.type if declared else ""),
        schema_version="0.0.1",
        description=declared.description if declared else "",
        origin=origin,
    )


def launched_artifact(info: LaunchedArtifact, origin: Origin | None = None) -> Artifact:
    """The artifact of a component behind a launcher, which may say its kind in an older way."""
    if info.instance_schema and not info.schema_title:
        return Artifact(instance_schema=info.instance_schema, origin=origin)
    return Artifact(
        schema_title=info.schema_title or "system.Artifact",
        schema_version=info.schema_version or "0.0.1",
        origin=origin,
    )


def inner_name(path: str, side: str) -> str:
    """NAME of ``/tmp/inputs/NAME/data``, which is how kfp 1.x makes paths; empty for others."""
    match = re.fullmatch(rf"/tmp/{side}/([^/]+)/data", path)
    return match[1] if match else ""


def _interfaces(entries: object) -> tuple[Interface, ...]:
    if not isinstance(entries, list):
        return ()
    return tuple(
        Interface(
            name=_text(entry.get("name")),
            type=_type(entry.get("type")),
            description=_text(entry.get("description")),
            default=None if entry.get("default") is None else _text(entry["default"]),
            optional=bool(entry.get("optional")),
        )
        for entry in entries
        if isinstance(entry, dict)
    )


def _type(declared: object) -> str:
    """A type's name; ``{"GCSPath": {…}}`` carries properties that nothing here uses."""
    if isinstance(declared, dict):
        return next(iter(declared), "")
    return _text(declared)


def _mapping(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def file_name(name: str) -> str:
    """The name of an input or output inside a path, as kfp 1.x writes it."""
    return re.sub("[^-_.0-9a-zA-Z]+", "_", name)
