"""``resource`` templates, which create or delete an object of the cluster → components.

A claim becomes a task of kfp-kubernetes (``claims``). Another object becomes an executor of the
model that no target runs: a pass of the target replaces it, or a check reports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import cluster_objects as rules
from translator.diagnostics.kfp_v1 import NOT_TRANSLATED
from translator.model import (
    Component,
    ExecutorRef,
    Interface,
    Parameter,
    ParameterType,
    Resource,
    Setting,
)
from translator.placeholders import Placeholder, PlaceholderKind
from translator.readers.argo import claims, references
from translator.readers.argo.claims import Argument
from translator.readers.argo.outputs import NO_OUTPUTS
from translator.readers.argo.values import input_name, unique
from translator.records import NamedTuple, replace
from translator.source import Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.model import Container, Json
    from translator.readers.argo.outputs import Outputs
    from translator.readers.argo.references import Parts
    from translator.readers.argo.workflow import Template
    from translator.readers.options import ReadOptions
    from translator.source import Cursor

__all__ = ["ResourceTemplate", "known_output", "resource_template", "summary"]

_TEXT = Parameter(type=ParameterType.STRING)
#: The fields that have the place of an output in the object.
_PATHS = ("jsonPath", "jqFilter")
_SNAPSHOT = "VolumeSnapshot"
#: The input of a snapshot that takes the name of the claim.
SOURCE = "pvc_name"


class ResourceTemplate(NamedTuple):
    """The component of a template, and where its values come from."""

    component: Component
    executor: Container | Resource
    #: Input parameter → its value.
    arguments: Mapping[str, Argument]
    #: The outputs that other tasks can take.
    outputs: Outputs
    #: Output, by Argo's name → its value, if that is known before the run: the size of a claim.
    known: Mapping[str, Argument]


def resource_template(template: Template, options: ReadOptions) -> ResourceTemplate:
    """The component of a template that creates, changes or deletes an object of the cluster."""
    assert template.resource is not None
    for port in template.output_parameters.values():
        port.cursor.get("valueFrom").mark_fields(Fate.INERT, _PATHS)
    action = template.resource.take("action", str, "")
    manifest = _manifest(template.resource)
    if manifest is not None and manifest.get("kind").peek() == claims.CLAIM:
        if action in claims.CREATED:
            return _claim(template, claims.created(template, manifest, options))
        if action == "delete" and manifest.get("metadata").get("name").peek():
            return _claim(template, claims.deleted(template, manifest))
    return _object(template, action, manifest, options)


def known_output(
    template: Template, made: ResourceTemplate, name: str
) -> tuple[Parts, Cursor] | None:
    """An output that KFP v2 does not have, as text in the scope of the template.

    None and a finding if it is known only in the run.
    """
    port = template.output_parameters[name]
    known = made.known.get(name)
    if known is None:
        what = f"output `{name}` of a task that creates or deletes a volume"
        port.cursor.drop(NOT_TRANSLATED, what=what)
        return None
    port.used()
    port.cursor.get("valueFrom").rewritten()
    port.cursor.report(rules.CLAIM_SIZE, output=name, size=known.value)
    return references.parse(str(known.value)), known.place


def _manifest(resource: Cursor) -> Cursor | None:
    """The object in the text; None if there is none."""
    found = resource.find("manifest")
    if found is not None and found.kind == "scalar":
        found.embedded(or_yaml=True)
    return found if found is not None and found.kind == "mapping" else None


def _claim(template: Template, claim: claims.Claim) -> ResourceTemplate:
    assert template.resource is not None
    template.resource.child("action").rewritten()
    sizes, names = {}, {}
    for name, port in template.output_parameters.items():
        path = _path(port.text)
        if path == claims.NAME and "name" in claim.component.outputs.parameters:
            names[name] = "name"
        elif path in claims.SIZES and "size" in claim.arguments:
            sizes[name] = claim.arguments["size"]
    outputs = NO_OUTPUTS
    if names:
        parameters = claim.component.outputs.parameters
        outputs = replace(NO_OUTPUTS, parameters=parameters, named_parameters=names)
    return ResourceTemplate(claim.component, claim.executor, claim.arguments, outputs, sizes)


def _path(written: str | None) -> str:
    """The JSONPath or jq filter without the braces around it."""
    return (written or "").strip().strip("{}").strip()


# Other objects


def _object(
    template: Template, action: str, manifest: Cursor | None, options: ReadOptions
) -> ResourceTemplate:
    """The component for an object that KFP v2 has no task for."""
    assert template.resource is not None
    origin = template.cursor.origin
    others = tuple(
        Setting(name=name, value=found.setting(), origin=found.origin)
        for name, found in claims.other_fields(template)
    )
    inputs = _Inputs(template, options)
    content = None
    if (written := template.resource.find("manifest")) is not None:
        content = inputs.filled(written.setting(), _claim_of_snapshot(manifest))
    if (verb := template.resource.find("action")) is not None:
        verb.setting()
    names = _outputs(template)
    parameters = dict.fromkeys(names.values(), _TEXT)
    executor = Resource(
        action=action,
        kind=_word(manifest, "kind"),
        api_version=_word(manifest, "apiVersion"),
        manifest=content,
        outputs={
            own: _path(text := template.output_parameters[n].text) or text or ""
            for n, own in names.items()
        },
        others=others,
        origin=origin,
    )
    component = Component(
        body=ExecutorRef(label=""),
        inputs=Interface(parameters=dict.fromkeys(inputs.arguments, _TEXT)),
        outputs=Interface(parameters=parameters),
        origin=origin,
    )
    outputs = replace(NO_OUTPUTS, parameters=parameters, named_parameters=names)
    return ResourceTemplate(component, executor, inputs.arguments, outputs, {})


def _word(manifest: Cursor | None, key: str) -> str:
    value = None if manifest is None else manifest.get(key).peek()
    return value if isinstance(value, str) else ""


def _claim_of_snapshot(manifest: Cursor | None) -> str:
    """The name of the claim that a snapshot is made of; empty for another object."""
    if _word(manifest, "kind") != _SNAPSHOT or manifest is None:
        return ""
    source = manifest.get("spec").get("source")
    if _word(source, "kind") == claims.CLAIM:  # v1alpha1
        return _word(source, "name")
    return _word(source, "persistentVolumeClaimName")


def _outputs(template: Template) -> dict[str, str]:
    """Output, by Argo's name → by that of the component, which is ``name`` for the object's."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for argo_name, port in template.output_parameters.items():
        port.cursor.get("valueFrom").mark_fields(Fate.SETTING, _PATHS)
        shortened = argo_name.removeprefix(f"{template.name}-")
        own = "name" if _path(port.text) == claims.NAME else shortened
        names[argo_name] = unique(input_name(own), taken)
    return names


class _Inputs:
    """Collects the inputs of a component that the references in an object need."""

    def __init__(self, template: Template, options: ReadOptions) -> None:
        assert template.resource is not None
        self.place = template.resource
        self.options = options
        self.arguments: dict[str, Argument] = {}
        self._named: dict[str, str] = {}
        self._taken: set[str] = set()

    def filled(self, value: Json, claim: str) -> Json:
        """The object with placeholders. ``claim`` is a text that becomes an input of its own."""
        if claim:
            self._input(claim, SOURCE)
        return self._filled(value)

    def _filled(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self._filled(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._filled(entry) for entry in value]
        if not isinstance(value, str):
            return value
        if value in self._named:
            return self._placeholder(value)
        return "".join(map(self._piece, references.parse(value)))

    def _piece(self, piece: str | references.Reference) -> str:
        """The text of a piece. Argo's other references stay: no target runs the component."""
        if isinstance(piece, str):
            return piece
        if (given := self.options.placeholders.get(piece.name)) is not None:
            return given
        match piece.path:
            case ("inputs" | "workflow", "parameters", *name):
                self._input(piece.text, ".".join(name))
                return self._placeholder(piece.text)
            case path if path in references.RUN_PLACEHOLDERS:
                return str(references.RUN_PLACEHOLDERS[path])
        return piece.text

    def _placeholder(self, text: str) -> str:
        return str(Placeholder(PlaceholderKind.INPUT_VALUE, self._named[text]))

    def _input(self, text: str, name: str) -> None:
        if text not in self._named:
            self._named[text] = own = unique(input_name(name), self._taken)
            self.arguments[own] = Argument(text, self.place)


def summary(resource: Cursor) -> str:
    """The action and the kind of the object, for ``inspect``."""
    action = resource.get("action").peek()
    manifest = _manifest(resource)
    return " ".join(filter(None, (str(action or ""), _word(manifest, "kind"))))
