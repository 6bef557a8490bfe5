"""What KFP's driver performs without a container: claims, and no other object of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.checks.cluster_objects import objects
from translator.diagnostics import cluster_objects as rules
from translator.model import KFP_V1, Constant, texts_of
from translator.model.channels import readable
from translator.placeholders import PlaceholderKind
from translator.platforms import Scopes, driver_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import ParsedJson, Pipeline
    from translator.placeholders import Text

__all__ = [
    "claims_get_values",
    "claims_have_classes",
    "objects_have_tasks",
]

#: The inputs of kfp-kubernetes' tasks that the driver reads.
_READ = frozenset(
    {
        "access_modes",
        "annotations",
        "data_source",
        "pvc_name",
        "pvc_name_suffix",
        "size",
        "storage_class_name",
        "volume_name",
    }
)
_CLASS = "storage_class_name"


def objects_have_tasks(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """KFP v2 has tasks for claims only."""
    for one in objects(pipeline):
        yield rules.KUBEFLOW_OBJECT.at(one.origin, **one.facts)


def claims_have_classes(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The driver sets the class ``standard`` where a task of KFP v1 sets none."""
    if pipeline.dialect != KFP_V1:
        return
    scopes = Scopes(pipeline)
    for (holder, name), verb in driver_tasks(pipeline).items():
        task = scopes.tasks(holder)[name]
        if verb == "creates" and _CLASS not in task.parameters:
            yield rules.STORAGE_CLASS.at(task.template or task.origin, task=name)


def claims_get_values(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The driver does not resolve an input inside a text; the launcher of containers does.

    A file of KFP v2 runs as it is, with the same result as before.
    """
    if pipeline.dialect != KFP_V1:
        return
    scopes = Scopes(pipeline)
    for holder, name in driver_tasks(pipeline):
        task = scopes.tasks(holder)[name]
        for key, source in task.parameters.items():
            if key in _READ and isinstance(source, Constant):
                for text in _unresolved(source.parsed):
                    facts = {"input": key, "task": name, "value": readable(text)}
                    yield rules.DRIVER_VALUE.at(source.origin or task.origin, **facts)


def _unresolved(value: ParsedJson) -> Iterator[Text]:
    for text in texts_of(value):
        kinds = {placeholder.kind for placeholder in text.placeholders()}
        if PlaceholderKind.INPUT_VALUE in kinds:
            yield text
