"""The targets that a pipeline can be taken to: what is checked first, and what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.targets.kubeflow.cluster_needs import Need

__all__ = ["TARGETS", "Check", "Target", "target"]

Check: TypeAlias = "Callable[[Pipeline], Iterable[Diagnostic]]"


class Writer(Protocol):
    """Pipeline and options → the files of a bundle."""

    def __call__(
        self, pipeline: Pipeline, options: Any, *, sha256: str = ""
    ) -> Mapping[str, str]: ...


class Target(NamedTuple):
    """Where a pipeline can go."""

    #: How people call it.
    title: str
    #: What is looked at before anything is written.
    checks: tuple[Check, ...]
    #: The record of what can be chosen; every field has a default.
    options: type[Any]
    #: What is wrong with the options that were chosen.
    option_problems: Callable[[Any], Iterable[str]]
    #: The pipeline as it is written, unless the file itself is.
    rewritten: Callable[[Pipeline], Pipeline]
    #: File name → content. ``sha256`` is that of the pipeline's file, where there is one.
    write: Writer
    #: What has to be there before the pipeline can run, with the options.
    needs: Callable[[Pipeline, Any], Iterable[Need]] = lambda pipeline, options: ()


def target(name: str) -> Target:
    """The target of that name; ``ValueError`` if there is none."""
    if name not in TARGETS:
        raise ValueError(f"no target {name!r}; there are {', '.join(sorted(TARGETS))}")
    return TARGETS[name]()


def _vertex() -> Target:
    from translator.checks.platforms import platforms
    from translator.checks.references import references
    from translator.checks.secrets import secrets
    from translator.targets.vertex import Options, writer
    from translator.targets.vertex.checks import CHECKS

    return Target(
        "Vertex AI Pipelines",
        (references, platforms, secrets, *CHECKS),
        Options,
        writer.option_problems,
        writer.rewritten,
        writer.write,
    )


def _kubeflow() -> Target:
    from translator.checks.platforms import platforms
    from translator.checks.references import references
    from translator.checks.secrets import secrets
    from translator.targets.kubeflow import Options, writer
    from translator.targets.kubeflow.checks import CHECKS
    from translator.targets.kubeflow.options import option_problems

    return Target(
        "Kubeflow Pipelines",
        (references, platforms, secrets, *CHECKS),
        Options,
        option_problems,
        writer.rewritten,
        writer.write,
        writer.needs,
    )


#: Name → how it is loaded: one is asked for, and the others would take time. A new target is a
#: module of checks, a writer, and an entry here.
TARGETS: Mapping[str, Callable[[], Target]] = {"vertex": _vertex, "kubeflow": _kubeflow}
