"""A claim that a ``resource`` template creates or deletes → the component of kfp-kubernetes.

KFP's driver performs these components, ``CreatePVC`` and ``DeletePVC``, without a container
(kubeflow/pipelines, kubernetes_platform/python/kfp/kubernetes/volume.py and
backend/src/v2/driver/k8s.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import cluster_objects as rules
from translator.model import Component, Container, ExecutorRef, Interface, Parameter, ParameterType
from translator.placeholders import Text
from translator.readers.argo.annotations import is_kfps
from translator.readers.argo.reading import scalar_text
from translator.readers.argo.references import Reference, parse, text_of
from translator.records import NamedTuple
from translator.source.go_yaml import string_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from translator.model import Json
    from translator.readers.argo.workflow import Template
    from translator.readers.options import ReadOptions
    from translator.source import Cursor

__all__ = [
    "CLAIM",
    "CREATED",
    "NAME",
    "SIZES",
    "Argument",
    "Claim",
    "created",
    "deleted",
    "other_fields",
]

#: The kind of the object.
CLAIM = "PersistentVolumeClaim"
#: Actions that create it if it does not exist.
CREATED = ("create", "apply")
#: The JSONPath of its name, and those of its size.
NAME = ".metadata.name"
SIZES = (".status.capacity.storage", ".spec.resources.requests.storage")
#: Action → what the task does with the volume.
_VERBS = {"create": "creates", "apply": "creates", "delete": "deletes"}
_IMAGES = {"creates": "argostub/createpvc", "deletes": "argostub/deletepvc"}
#: Fields of a template that are read elsewhere.
_TEMPLATE_FIELDS = frozenset(
    {"name", "inputs", "outputs", "metadata", "retryStrategy", "resource", "daemon"}
)
#: Fields whose value is that of KFP v2 too.
_DEFAULTS = {"volumeMode": "Filesystem", "namespace": "{{workflow.namespace}}"}
_TEXT = Parameter(type=ParameterType.STRING)
_OPTIONAL = Parameter(type=ParameterType.STRING, optional=True)
_STRUCT = Parameter(type=ParameterType.STRUCT, optional=True)
#: The inputs of ``CreatePVC``. kfp's default of ``storage_class_name`` is the empty text, a claim
#: without a class; without the default the driver takes the class ``standard``.
_CREATE_INPUTS = {
    "access_modes": Parameter(type=ParameterType.LIST),
    "annotations": _STRUCT,
    "data_source": _STRUCT,
    "pvc_name": _OPTIONAL,
    "pvc_name_suffix": _OPTIONAL,
    "size": _TEXT,
    "storage_class_name": _OPTIONAL,
    "volume_name": _OPTIONAL,
}


class Argument(NamedTuple):
    """The value of an input. Its texts may have references, in the scope of the template."""

    value: Json
    #: Its place in the file.
    place: Cursor


class Claim(NamedTuple):
    """The component for a claim, and its arguments."""

    component: Component
    executor: Container
    arguments: Mapping[str, Argument]


def created(template: Template, manifest: Cursor, options: ReadOptions) -> Claim:
    """The component that creates a claim."""
    metadata, spec = manifest.get("metadata"), manifest.get("spec")
    arguments = {
        **_name(metadata, options),
        **_list("access_modes", spec, "accessModes"),
        **_text("size", spec.get("resources").get("requests"), "storage"),
        **_text("storage_class_name", spec, "storageClassName"),
        **_text("volume_name", spec, "volumeName"),
        **_texts("annotations", metadata, "annotations"),
        **_texts("data_source", spec, "dataSource"),
    }
    for key, default in (("size", ""), ("access_modes", [])):
        if key not in arguments:  # Kubernetes rejects it as well
            arguments[key] = Argument(default, manifest)
    _report_others(template, manifest)
    outputs = Interface(parameters={"name": _TEXT})
    return _claim(template, "creates", _CREATE_INPUTS, outputs, arguments)


def deleted(template: Template, manifest: Cursor) -> Claim:
    """The component that deletes a claim."""
    arguments = _text("pvc_name", manifest.get("metadata"), "name")
    if spec := manifest.find("spec"):
        spec.inert()
    _report_others(template, manifest)
    return _claim(template, "deletes", {"pvc_name": _TEXT}, Interface(), arguments)


def _claim(
    template: Template,
    verb: str,
    inputs: Mapping[str, Parameter],
    outputs: Interface,
    arguments: Mapping[str, Argument],
) -> Claim:
    origin = template.cursor.origin
    return Claim(
        component=Component(
            body=ExecutorRef(label=""),
            inputs=Interface(parameters=inputs),
            outputs=outputs,
            origin=origin,
        ),
        executor=Container(image=Text((_IMAGES[verb],)), origin=origin),
        arguments=arguments,
    )


# The values


def _name(metadata: Cursor, options: ReadOptions) -> dict[str, Argument]:
    """The name, or the end of a name that is different for each run."""
    found = _text("pvc_name", metadata, "name")
    if found:
        argument = found["pvc_name"]
        first, *rest = (*parse(str(argument.value)), "")
        is_run = isinstance(first, Reference) and first.path == ("workflow", "name")
        if is_run and any(rest) and "workflow.name" not in options.placeholders:
            return {"pvc_name_suffix": argument._replace(value=text_of(tuple(rest)))}
        return found
    for argument in _text("pvc_name_suffix", metadata, "generateName").values():
        suffix = f"-{str(argument.value).rstrip('-')}"
        return {"pvc_name_suffix": argument._replace(value=suffix)}
    return {}


def _text(own: str, holder: Cursor, key: str) -> dict[str, Argument]:
    text = scalar_text(holder, key, string_text)
    if text is None:
        return {}
    place = holder.child(key)
    place.rewritten()
    return {own: Argument(text, place)}


def _texts(own: str, holder: Cursor, key: str) -> dict[str, Argument]:
    """A mapping of texts."""
    place = holder.find(key)
    if place is None:
        return {}
    entries: dict[str, Json] = {}
    for name, _ in place.items():
        if (text := scalar_text(place, name, string_text)) is not None:
            entries[name] = text
    place.rewritten()
    return {own: Argument(entries, place)}


def _list(own: str, holder: Cursor, key: str) -> dict[str, Argument]:
    place = holder.find(key)
    if place is None:
        return {}
    entries: list[Json] = [entry.string() for entry in place.elements()]
    place.rewritten()
    return {own: Argument(entries, place)}


# What the component does not support


def _report_others(template: Template, manifest: Cursor) -> None:
    """Reports the fields that the component has no input for."""
    assert template.resource is not None
    action = str(template.resource.get("action").peek())
    verb = _VERBS[action]
    if action == "apply":
        template.resource.child("action").report(
            rules.CLAIM_FIELD, field="action: apply", verb=verb, image=_IMAGES[verb]
        )
    for name, found in _others(template, manifest, verb):
        found.drop(rules.CLAIM_FIELD, field=name, verb=verb, image=_IMAGES[verb])


def _others(template: Template, manifest: Cursor, verb: str) -> Iterator[tuple[str, Cursor]]:
    metadata, spec = manifest.get("metadata"), manifest.get("spec")
    resources = spec.get("resources")
    for key in ("apiVersion", "kind"):
        manifest.get(key).rewritten()
    manifest.get("status").inert()
    yield from _unknown("", manifest, "apiVersion", "kind", "metadata", "spec", "status")
    if verb == "deletes":
        if (annotations := metadata.find("annotations")) is not None:
            annotations.inert()
        yield from _unknown("metadata.", metadata, "name", "annotations")
    else:
        yield from _unknown("metadata.", metadata, "name", "generateName", "annotations")
        known = ("accessModes", "resources", "storageClassName", "volumeName", "dataSource")
        yield from _unknown("spec.", spec, *known)
        yield from _unknown("spec.resources.", resources, "requests")
        yield from _unknown("spec.resources.requests.", resources.get("requests"), "storage")
    yield from other_fields(template)


def _unknown(above: str, holder: Cursor, *known: str) -> Iterator[tuple[str, Cursor]]:
    for key, found in holder.items():
        if found.peek() in (None, _DEFAULTS.get(key)):
            found.inert()
        elif key not in known:
            yield f"{above}{key}", found


def other_fields(template: Template) -> Iterator[tuple[str, Cursor]]:
    """Fields of the template beside its object: conditions, flags, and settings of its pod."""
    assert template.resource is not None
    for key, found in template.resource.items():
        if key == "setOwnerReference" and found.peek() is False:
            found.inert()
        elif key not in ("action", "manifest"):
            yield key, found
    for key, found in template.cursor.items():
        if key not in _TEMPLATE_FIELDS:
            yield key, found
    metadata = template.cursor.get("metadata")
    for key in ("annotations", "labels"):
        for name, found in metadata.get(key).items():
            if not is_kfps(name):
                yield f"metadata.{key}", found
