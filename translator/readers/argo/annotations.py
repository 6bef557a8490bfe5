"""kfp's labels and annotations in a workflow: the component, its arguments, the pipeline.

The keys by version: ``pipelines.kubeflow.org/…`` since kfp 0.2, ``kubeflow.org/pipelines/…``
before (kfp/compiler/compiler.py and _op_to_template.py of kfp 1.8).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from translator.diagnostics import kfp_v1 as rules
from translator.model import Artifact, Parameter, ParameterType
from translator.readers.argo.declared_types import type_of
from translator.readers.argo.values import hyphenated, input_name
from translator.records import NamedTuple
from translator.source.go_yaml import string_text
from translator.source.nodes import CARRIED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.diagnostics import Origin
    from translator.model import Json
    from translator.source import Cursor

PREFIX = "pipelines.kubeflow.org/"
SDK_VERSION = PREFIX + "kfp_sdk_version"
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


#: kfp's keys on workflows and pods → why they have no meaning for another backend.
INERT = {
    "component-type": "where the component comes from",
    "component_ref": "where the component was loaded from",
    "kfp_sdk_version": "the SDK, which the workflow names too",
    "metadata_written": "that the metadata writer has been here",
    "output_artifact_name_map": "names for the metadata writer of KFP v1",
    "pipeline-sdk-type": "that kfp compiled it",
    "pipeline_compilation_time": "when it was compiled",
    "v2_component": "that it was compiled in the v2-compatible mode",
    "v2_pipeline": "that it was compiled in the v2-compatible mode",
}
#: kfp's keys on them that are read.
_READ = (
    "arguments.parameters",
    "cache_enabled",
    "component_spec",
    "enable_caching",
    "max_cache_staleness",
    "pipeline_spec",
    "task_display_name",
)
_KFPS = frozenset({*_READ, *INERT})
#: Keys that servers add to the workflows that they run.
_OF_SERVERS = ("workflows.argoproj.io/", "pipeline/", "kubectl.kubernetes.io/")
#: The most labels that a run on Vertex AI can have.
_MOST_LABELS = 64
#: The key of ``pipeline_spec`` in 2019.
OLD_PIPELINE_SPEC = "kubeflow.org/pipelines/pipeline_spec"


class Declared(NamedTuple):
    """An input or output as its author declared it."""

    name: str
    type: str
    description: str
    default: str | None
    #: The fields that it was read from, to mark whether they are used.
    cursor: Cursor

    def used(self, *keys: str) -> None:
        """Marks its fields as used in the model."""
        # Of `{"GCSPath": {…}}` the key is the type.
        self.cursor.mark_scalars(CARRIED, keys)

    def described(self, *, type_shown: bool) -> None:
        """Marks that it was found by name, and that its description and type are shown."""
        # A text is shown without its type, as values of KFP v1 are texts.
        type_shown = type_shown and self.type.lower() not in ("", "string")
        if self.description or type_shown:
            self.used("name", "description", *["type"] * type_shown)


class ComponentSpec(NamedTuple):
    """The component that a template was made from (``component_spec``)."""

    inputs: tuple[Declared, ...]
    outputs: tuple[Declared, ...]
    #: ``command`` and ``args`` with their placeholders; None if the file does not have them.
    container: Cursor | None
    #: Output → its path, if the author set it.
    fixed_paths: Mapping[str, str]
    description: str
    #: Input → the text passed to it, by value only.
    arguments: Mapping[str, str]
    #: The field with ``arguments``.
    given: Cursor | None


class PipelineSpec(NamedTuple):
    """The pipeline as its author declared it (``pipeline_spec``)."""

    name: str
    description: str
    inputs: Mapping[str, Declared]


def is_kfps(name: str) -> bool:
    """Whether a label or annotation is kfp's, and is read or known to be inert."""
    return name == OLD_PIPELINE_SPEC or name.removeprefix(PREFIX) in _KFPS


def texts(cursor: Cursor | None) -> dict[str, str]:
    """Labels or annotations as text. Inert ones are marked; those with JSON are not read here."""
    found: dict[str, str] = {}
    for name, entry in () if cursor is None else cursor.items():
        key = name.removeprefix(PREFIX)
        if key in INERT:
            entry.inert()
            found[name] = str(entry.peek())
        elif key not in ("arguments.parameters", "component_spec", "pipeline_spec"):
            value = entry.value()
            if isinstance(value, (bool, int, float)):
                value = string_text(value)
            found[name] = str(value)
    return found


def without_pod(metadata: Cursor) -> None:
    """Marks metadata of a template without a pod as inert, except kfp's keys."""
    for key in ("annotations", "labels"):
        found = metadata.find(key)
        for name, entry in () if found is None else found.items():
            if not is_kfps(name):
                entry.inert()


def own_metadata(metadata: Cursor | None) -> tuple[dict[str, str], list[tuple[str, str, Cursor]]]:
    """The labels that a run can have; and kind, name and place of the author's other metadata.

    Keys that kfp and servers add are inert.
    """
    labels: dict[str, str] = {}
    others: list[tuple[str, str, Cursor]] = []
    for kind in ("labels", "annotations"):
        found = None if metadata is None else metadata.find(kind)
        for name, entry in () if found is None else found.items():
            key, value = name.removeprefix(PREFIX), entry.peek()
            if key in INERT or name.startswith(_OF_SERVERS):
                entry.inert()
            elif key == "pipeline_spec" or name == OLD_PIPELINE_SPEC:
                pass  # read by a function of its own
            elif kind == "labels" and len(labels) < _MOST_LABELS and is_run_label(name, value):
                labels[name] = entry.string()
            else:
                others.append((kind, name, entry))
    return labels, others


def is_run_label(key: str, value: Json) -> bool:
    """Whether Vertex AI accepts the label. `main.py` has the same check."""
    return isinstance(value, str) and key[:1].isalpha() and _is_label(key) and _is_label(value)


def _is_label(text: str) -> bool:
    return len(text) <= 63 and all(
        char in "_-" or (char.isalnum() and char == char.lower()) for char in text
    )


def component_spec(annotations: Cursor | None) -> ComponentSpec | None:
    """The component of a template, from its annotations; None if they do not have it.

    It is inert until it is used, because the container is what runs.
    """
    place, written = _embedded(annotations, PREFIX + "component_spec")
    given, arguments = _embedded(annotations, PREFIX + "arguments.parameters")
    if place is None:
        return None
    implementation = place.find("implementation")
    container = None if implementation is None else implementation.find("container")
    paths = None if container is None else container.find("fileOutputs")
    return ComponentSpec(
        inputs=_interfaces(place, written, "inputs"),
        outputs=_interfaces(place, written, "outputs"),
        container=container,
        fixed_paths=_texts(None if paths is None else paths.peek()),
        description=_text(written.get("description")),
        arguments=_texts(arguments),
        given=given,
    )


def pipeline_spec(annotations: Cursor | None) -> PipelineSpec:
    """The pipeline of a workflow, from its annotations; fields that they do not have are empty."""
    place, spec = _embedded(annotations, PREFIX + "pipeline_spec")
    if place is None:
        place, spec = _embedded(annotations, OLD_PIPELINE_SPEC)
    if place is None:
        return PipelineSpec("", "", {})
    for key in ("name", "description"):
        if (found := place.find(key)) is not None:
            found.value()
    inputs = _interfaces(place, spec, "inputs")
    return PipelineSpec(
        name=_text(spec.get("name")),
        description=_text(spec.get("description")),
        inputs={
            # kfp before 1.0 changed the names of arguments.
            **{hyphenated(entry.name): entry for entry in inputs},
            **{entry.name: entry for entry in inputs},
        },
    )


def _embedded(
    annotations: Cursor | None, key: str
) -> tuple[Cursor, dict[str, Json]] | tuple[None, dict[str, Json]]:
    """The place and the value of an annotation that holds a JSON object."""
    found = None if annotations is None else annotations.find(key)
    if found is None:
        return None, {}
    found.inert()
    value = found.embedded()
    if isinstance(value, dict):
        return found, value
    found.report(rules.NO_JSON, key=key)
    return None, {}


def schema_title(declared_type: str) -> str:
    """The artifact schema for a type of KFP v1."""
    return _SCHEMAS.get(declared_type, "system.Artifact")


def declared_parameter(
    declared: Declared | None, type_: str = "", *, typed: bool = False, shown: bool = False
) -> Parameter:
    """The parameter of an input or output.

    Values are text in KFP v1, whatever is declared. With ``typed`` the parameter has the declared
    type all the same; with ``shown`` users see it.
    """
    if declared is not None:
        declared.described(type_shown=typed or shown)
    declared_type = declared.type if declared else type_
    return Parameter(
        type=type_of(declared_type) if typed else ParameterType.STRING,
        declared_type=declared_type,
        declared_default=declared.default if declared else None,
        description=declared.description if declared else "",
    )


def declared_artifact(declared: Declared | None, origin: Origin | None = None) -> Artifact:
    """The artifact of an input or output."""
    if declared is not None:
        declared.described(type_shown=declared.type in _SCHEMAS)
    return Artifact(
        schema_title=schema_title(declared.type if declared else ""),
        schema_version="0.0.1",
        declared_type=declared.type if declared else "",
        description=declared.description if declared else "",
        origin=origin,
    )


def own_name(declared: Declared | None, fallback: str) -> str:
    """The author's name of an input or output if it is known, else ``fallback``."""
    if declared is None:
        return input_name(fallback)
    if input_name(declared.name) != input_name(fallback):
        declared.used("name")
    return input_name(declared.name)


def inner_name(path: str, side: str) -> str:
    """NAME of ``/tmp/inputs/NAME/data``, which is how kfp 1.x makes paths; empty for others."""
    start, end = f"/tmp/{side}/", "/data"
    name = path[len(start) : -len(end)] if path.startswith(start) and path.endswith(end) else ""
    return "" if "/" in name else name


def _interfaces(place: Cursor, spec: dict[str, Json], key: str) -> tuple[Declared, ...]:
    """The inputs or outputs in the value at a place."""
    entries, values = place.find(key), spec.get(key)
    if entries is None or not isinstance(values, list):
        return ()
    found = zip(entries.elements(), values, strict=True)
    return tuple([_interface(entry, value) for entry, value in found if isinstance(value, dict)])


def _interface(entry: Cursor, written: dict[str, Json]) -> Declared:
    default = written.get("default")
    return Declared(
        name=_text(written.get("name")),
        type=_type(written.get("type")),
        description=_text(written.get("description")),
        default=None if default is None else _text(default),
        cursor=entry,
    )


def _texts(entries: Json) -> dict[str, str]:
    found = entries if isinstance(entries, dict) else {}
    return {name: _text(value) for name, value in found.items()}


def _type(declared: object) -> str:
    """A type's name; the properties in ``{"GCSPath": {…}}`` are not used."""
    if isinstance(declared, str):
        return declared
    return next(iter(declared), "") if isinstance(declared, dict) else _text(declared)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


@lru_cache(maxsize=1024)
def file_name(name: str) -> str:
    """The name of an input or output in a path, as kfp 1.x writes it."""
    if name.isascii() and name.isidentifier():
        return name
    return re.sub("[^-_.0-9a-zA-Z]+", "_", name)
