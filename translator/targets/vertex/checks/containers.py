"""Checks of containers: environment variables, images, packages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.model import Container
from translator.platforms import DRIVER_IMAGES
from translator.targets.vertex.features import containers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

#: Environment variables of one container (ContainerSpec.env of the API).
MAX_VARIABLES = 100
#: The arguments of `pip install`, on its own line; quoted, as kfp quotes it.
_INSTALL = r"pip\S{0,20} install ([^\n&|;]*)"
_LOOSE = r"'([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]']*\])?)'"
#: Variables that `set_debug_pause` of kfp-kubernetes sets to `true`.
_PAUSES = ("ARGO_DEBUG_PAUSE_BEFORE", "ARGO_DEBUG_PAUSE_AFTER")


def environment(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Environment variables that Vertex AI rejects or does not resolve."""
    for container in containers(pipeline):
        if (count := len(container.env)) > MAX_VARIABLES:
            facts = {"count": count, "limit": MAX_VARIABLES}
            yield rules.TOO_MANY_VARIABLES.at(container.origin, **facts)
        for variable in container.env:
            if variable.value.placeholders():
                yield rules.ENVIRONMENT_PLACEHOLDER.at(variable.origin, name=variable.name)
            elif not str(variable.value):
                yield rules.EMPTY_ENVIRONMENT.at(variable.origin, name=variable.name)


def run_time_images(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Images that are known at run time only."""
    for container in containers(pipeline):
        if container.image.placeholders():
            yield rules.IMAGE_PLACEHOLDER.at(container.origin, image=container.image)


def moving_images(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Images with a mutable tag."""
    for container in containers(pipeline):
        image = str(container.image)
        name = image.rpartition("/")[2]
        if "{{" in image or "@" in image or image in DRIVER_IMAGES:
            continue
        if name.partition(":")[2] in ("", "latest"):
            yield rules.MOVING_IMAGE.at(container.origin, image=image)


def loose_installs(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Packages that are installed, unpinned, when the container starts."""
    for container in containers(pipeline):
        packages = sorted(
            {
                package
                for word in (*container.command, *container.args)
                for line in _installs(str(word))
                for package in re.findall(_LOOSE, line)
            }
        )
        if packages:
            yield rules.LOOSE_INSTALL.at(container.origin, packages=", ".join(packages))


def _installs(word: str) -> list[str]:
    """The arguments of each `pip install`."""
    return re.findall(_INSTALL, word) if " install " in word else []


def debug_pauses(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Pauses for debugging, which Argo implements."""
    for label, executor in pipeline.executors.items():
        for variable in executor.env if isinstance(executor, Container) else ():
            if variable.name in _PAUSES and str(variable.value) == "true":
                at = variable.origin or executor.origin
                yield rules.DEBUG_PAUSE.at(at, name=variable.name, label=label)
