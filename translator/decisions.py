"""What a user decides about a pipeline, and the passes that apply it.

A decision maps a part of the pipeline to the target: a volume to a folder in Cloud Storage, a
Kubernetes secret to a secret in Secret Manager. Decisions come from options of the
command line and from the file of ``translator plan``; each kind of decision has one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from translator.model import Json, Pipeline
from translator.records import NamedTuple, Record

if TYPE_CHECKING:
    from translator.diagnostics import Diagnostic, Origin

__all__ = ["NONE", "Decided", "Decisions", "Need", "Pass", "applied"]


class Decisions(Record):
    """The decisions, by kind."""

    #: Image → its entrypoint, for containers without a command; empty if it has none.
    entrypoints: Mapping[str, tuple[str, ...]] = {}
    #: Image in ``entrypoints`` → its Cmd, for containers without a command and arguments.
    default_arguments: Mapping[str, tuple[str, ...]] = {}
    #: Volume, by its name or that of its claim → ``gs://BUCKET/PREFIX``, or ``run`` for a folder
    #: below the pipeline root of the run.
    volumes: Mapping[str, str] = {}
    #: ``SECRET/KEY`` → the secret of Secret Manager:
    #: ``projects/P/secrets/S`` or ``projects/P/secrets/S/versions/V``.
    secrets: Mapping[str, str] = {}
    #: Config map → its keys and their values.
    config_maps: Mapping[str, Mapping[str, str]] = {}
    #: Resource or node label → the accelerator type of Vertex AI: ``NVIDIA_TESLA_T4``.
    accelerators: Mapping[str, str] = {}
    #: Image, or the beginning of it that ends with ``/`` or ``:`` → its replacement.
    images: Mapping[str, str] = {}
    #: The beginning of addresses → its replacement, or ``keep`` if containers reach them.
    addresses: Mapping[str, str] = {}
    #: Input of the pipeline → its default.
    defaults: Mapping[str, Json] = {}
    #: Tasks to leave out.
    dropped_tasks: tuple[str, ...] = ()
    #: Warnings that need no action: ``CODE``, or ``CODE/SUBJECT`` → the reason.
    accepted: Mapping[str, str] = {}
    #: Whether ``mlpipeline-metrics`` and ``mlpipeline-ui-metadata`` become artifacts of KFP v2.
    metrics: bool = True


#: No decisions: the passes still apply those that have a default.
NONE = Decisions()


class Need(NamedTuple):
    """A decision that a pipeline needs, whether it has been made or not."""

    #: The field of ``Decisions``.
    kind: str
    #: The key in it; for ``dropped_tasks`` the task.
    key: str
    #: What is decided, or proposed; empty for an open one.
    value: str
    #: One sentence: what needs it.
    why: str
    #: Where it is needed.
    origins: tuple[Origin | None, ...] = ()
    #: Whether ``value`` is only a proposal, which is not applied.
    is_proposal: bool = False
    #: Whether the thing is part of the pipeline, so that the same key in another pipeline is
    #: another thing: a task, but not a secret of the cluster.
    is_own: bool = False


class Decided(NamedTuple):
    """The result of a pass."""

    pipeline: Pipeline
    findings: tuple[Diagnostic, ...] = ()
    #: The decisions that the pipeline uses: kind and key.
    used: frozenset[tuple[str, str]] = frozenset()
    needs: tuple[Need, ...] = ()
    #: JSON pointers of Kubernetes settings that are left out, which a finding is about.
    left_out: frozenset[str] = frozenset()
    #: Code and fact ``address`` of findings of checks that a decision has accepted.
    accepted: frozenset[tuple[str, str]] = frozenset()
    #: The sources of the pipeline in Python that have been made, by target and choices; None where
    #: each is made anew.
    sources: dict[object, Any] | None = None

    def leaves(self, finding: Diagnostic) -> bool:
        """Whether a finding of a check is still one: no decision has accepted it."""
        return (finding.rule.code, finding.facts.get("address")) not in self.accepted


#: Applies the decisions of one kind.
Pass: TypeAlias = Callable[[Pipeline, Decisions], Decided]


def applied(pipeline: Pipeline, decisions: Decisions, passes: Iterable[Pass]) -> Decided:
    """The pipeline after all passes, with what they found."""
    done = Decided(pipeline)
    for one in passes:
        step = one(done.pipeline, decisions)
        done = Decided(
            step.pipeline,
            (*done.findings, *step.findings),
            done.used | step.used,
            (*done.needs, *step.needs),
            done.left_out | step.left_out,
            done.accepted | step.accepted,
        )
    return done
