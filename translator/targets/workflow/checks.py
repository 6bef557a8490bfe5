"""Checks of a KFP v1 workflow that a server of KFP 2 runs unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import kubeflow as rules
from translator.targets.kubeflow.cluster_needs import names_are_valid
from translator.targets.kubeflow.file_checks import compilers_are_done, schedule_is_kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.targets.base import Check

#: A size of workflows, in bytes, that fits into etcd, whose requests are at most 1.5 MiB.
MAX_WORKFLOW = 1_000_000


def checks(text: str) -> tuple[Check, ...]:
    """The checks of a workflow with this text."""

    def workflow_fits(pipeline: Pipeline) -> Iterator[Diagnostic]:
        """The size of the file."""
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > MAX_WORKFLOW:
            yield rules.V1_TOO_LARGE.at(pipeline.origin, size=f"{size:,}")

    of_file = (workflow_is_submitted, workflow_fits)
    return (compilers_are_done, schedule_is_kept, names_are_valid, *of_file)


def workflow_is_submitted(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """What servers change in a workflow."""
    if pipeline.root.inputs.parameters:
        yield rules.V1_ARGUMENTS.at(pipeline.origin)
    yield rules.V1_BLOCKED.at(pipeline.origin)
