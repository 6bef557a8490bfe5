"""The targets that a pipeline can be taken to: what is checked first, and what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from translator.checks import kubeflow as kubeflow_checks
from translator.checks import vertex as vertex_checks
from translator.checks.references import references
from translator.writers import kubeflow, vertex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

__all__ = ["TARGETS", "Check", "Target"]

Check: TypeAlias = "Callable[[Pipeline], Iterable[Diagnostic]]"


class Target(NamedTuple):
    """Where a pipeline can go."""

    #: How people call it.
    title: str
    #: What is looked at before anything is written.
    checks: tuple[Check, ...]
    #: The record of what can be chosen; every field has a default.
    options: type[Any]
    #: File name → content.
    write: Callable[[Pipeline, Any], Mapping[str, str]]


#: Name → target. A new one is a module of checks, a writer, and an entry here.
TARGETS = {
    "vertex": Target(
        title="Vertex AI Pipelines",
        checks=(references, *vertex_checks.CHECKS),
        options=vertex.Options,
        write=vertex.write,
    ),
    "kubeflow": Target(
        title="Kubeflow Pipelines",
        checks=(references, *kubeflow_checks.CHECKS),
        options=kubeflow.Options,
        write=kubeflow.write,
    ),
}
