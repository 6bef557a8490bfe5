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

__all__ = ["volume_definition"]

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
    image = str(executor.image) if isinstance(executor, Container) else ""
    verb = DRIVER_IMAGES.get(image, "")
    if verb not in _FUNCTIONS:
        return None
    function, types, outputs = _FUNCTIONS[verb]
    inputs = component.inputs.parameters
    # Without a default, the driver takes another storage class than with an empty one.
    same = all(
        types.get(name) is one.type and one.default == _DEFAULTS.get(name, UNSET)
        for name, one in inputs.items()
    )
    if not same or not _REQUIRED[verb] <= inputs.keys() or component.inputs.artifacts:
        return None
    if not component.outputs.parameters.keys() <= outputs or component.outputs.artifacts:
        return None
    module.use(IMPORT)
    return Definition(
        function=f"kubernetes.{function}",
        code="",
        inputs={name: name for name in inputs},
        outputs={name: name for name in component.outputs.parameters},
        defaults={name: one for name, one in _DEFAULTS.items() if name in inputs},
    )
