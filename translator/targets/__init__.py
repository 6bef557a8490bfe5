"""The targets that a pipeline can be converted for, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.targets.base import BaseOptions, Target

__all__ = ["TARGETS", "target"]

#: Name → the package whose ``TARGET`` it is. The first is the default of the command.
TARGETS = {
    "vertex": "translator.targets.vertex",
    "kubeflow": "translator.targets.kubeflow",
}
#: Name → the package whose ``of`` makes the target for a KFP v1 workflow.
OF_WORKFLOWS = {"kubeflow": "translator.targets.workflow"}


def target(name: str, workflow: str | None = None, options: BaseOptions | None = None) -> Target:
    """The target of that name; ``ValueError`` if there is none.

    ``workflow`` is the text of the file if that is a KFP v1 workflow, which ``options`` may
    convert.
    """
    if name not in TARGETS:
        raise ValueError(f"no target {name!r}; there are {', '.join(sorted(TARGETS))}")
    found: Target
    if workflow is not None and name in OF_WORKFLOWS:
        found = import_module(OF_WORKFLOWS[name]).of(workflow, options)
    else:
        found = import_module(TARGETS[name]).TARGET
    return found
