"""``--entrypoint IMAGE=COMMAND``: the commands of containers that leave them to the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Decided, Need
from translator.diagnostics import decisions as rules
from translator.model import Container
from translator.placeholders import Text
from translator.platforms import DRIVER_IMAGES
from translator.records import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.decisions import Decisions
    from translator.diagnostics import Diagnostic
    from translator.model import Executor, Pipeline

__all__ = ["entrypoints", "missing_entrypoints", "program"]


def entrypoints(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The pipeline with the commands of images in containers without a command.

    The reader of KFP v1 has done the same where the options for reading have the entrypoint.
    """
    if not decisions.entrypoints:
        return Decided(pipeline)
    executors: dict[str, Executor] = dict(pipeline.executors)
    findings: list[Diagnostic] = []
    used: set[tuple[str, str]] = set()
    for label, executor in pipeline.executors.items():
        if not isinstance(executor, Container) or executor.command:
            continue
        image = str(executor.image)
        if image not in decisions.entrypoints:
            continue
        known = decisions.entrypoints[image], decisions.default_arguments.get(image, ())
        command, args = program(*known, executor.args)
        executors[label] = replace(executor, command=command, args=args)
        used.add(("entrypoints", image))
        facts = {"what": f"the command is set to the entrypoint of image `{image}`"}
        finding = rules.DECIDED.at(executor.origin, decision=f"--entrypoint {image}=…", **facts)
        findings.append(finding)
    changed = replace(pipeline, executors=executors) if used else pipeline
    return Decided(changed, tuple(findings), frozenset(used))


def missing_entrypoints(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """A need for each image of containers without a command, of which Kubeflow needs one."""
    needs: dict[str, Need] = {}
    for executor in pipeline.executors.values():
        if not isinstance(executor, Container) or executor.command:
            continue
        image = str(executor.image)
        if image not in DRIVER_IMAGES:
            why = "a container of this image has no command, and Kubeflow ignores its entrypoint"
            need = needs.get(image, Need("entrypoints", image, "", why))
            needs[image] = need._replace(origins=(*need.origins, executor.origin))
    return Decided(pipeline, needs=tuple(needs.values()))


def program(
    entrypoint: Sequence[str], default_arguments: Sequence[str], args: tuple[Text, ...]
) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """Command and arguments of a container without a command, from those of its image.

    Cmd counts only without arguments. In an image without an entrypoint the first argument is the
    program, as in every container runtime.
    """
    command, default = (
        tuple(Text((word,)) for word in words) for words in (entrypoint, default_arguments)
    )
    args = args or default
    return (command, args) if command else (args[:1], args[1:])
