"""The tasks with which kfp-kubernetes creates and deletes volumes: ``CreatePVC``, ``DeletePVC``.

Their components are known by the images that KFP's driver looks for (kfp/kubernetes/volume.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.definitions import Definition
from translator.decompiler.kubernetes import IMPORT
from translator.model import UNSET, Container
from translator.model import ParameterType as Type
from translator.platforms import DRIVER_IMAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.definitions import Module
    from translator.model import Component, Executor, Json

__all__ = ["volume_definition", "volume_note"]

#: What the driver does → the function, the types of its inputs, and its outputs.
_FUNCTIONS: Mapping[str, tuple[str, Mapping[str, Type], frozenset[str]]] = {
    "creates": (
        "CreatePVC",
        {
            "access_modes": Type.LIST,
            "size": Type.STRING,
            "pvc_name": Type.STRING,
            "pvc_name_suffix": Type.STRING,
            "storage_class_name": Type.STRING,
            "volume_name": Type.STRING,
            "annotations": Type.STRUCT,
            "data_source": Type.STRUCT,
        },
        frozenset({"name"}),
    ),
    "deletes": ("DeletePVC", {"pvc_name": Type.STRING}, frozenset()),
}
_DEFAULTS: Mapping[str, Json] = {"storage_class_name": ""}
_REQUIRED = {"creates": {"access_modes", "size"}, "deletes": {"pvc_name"}}


def volume_definition(
    module: Module, component: Component, executor: Executor | None
) -> Definition | None:
    """The function of kfp-kubernetes with the interface of a component; None for other components.

    Its import is added to the module.
    """
    verb = _verb(component, executor)
    if not verb:
        return None
    module.use(IMPORT)
    inputs = component.inputs.parameters
    return Definition(
        function=f"kubernetes.{_FUNCTIONS[verb][0]}",
        code="",
        inputs={name: name for name in inputs},
        outputs={name: name for name in component.outputs.parameters},
        defaults={name: one for name, one in _DEFAULTS.items() if name in inputs},
    )


def volume_note(component: Component, image: str) -> str:
    """The comment before a component that makes claims, and has no function of kfp-kubernetes."""
    given = component.inputs.parameters.get("storage_class_name")
    if DRIVER_IMAGES.get(image) != "creates" or given is None or given.default is not UNSET:
        return ""
    return (
        "# As kubernetes.CreatePVC, but the cluster chooses the storage class where none is given."
    )


def _verb(component: Component, executor: Executor | None) -> str:
    """What the driver does in a task; empty for other components and other interfaces."""
    image = str(executor.image) if isinstance(executor, Container) else ""
    verb = DRIVER_IMAGES.get(image, "")
    if verb not in _FUNCTIONS:
        return ""
    _, types, outputs = _FUNCTIONS[verb]
    inputs = component.inputs.parameters
    # Without a default, the driver takes another storage class than with an empty one.
    same = all(
        types.get(name) is one.type and one.default == _DEFAULTS.get(name, UNSET)
        for name, one in inputs.items()
    )
    same = same and _REQUIRED[verb] <= inputs.keys() and not component.inputs.artifacts
    same = same and component.outputs.parameters.keys() <= outputs
    return verb if same and not component.outputs.artifacts else ""
