"""Decisions about a workflow that Kubeflow runs as it is: none can change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decisions import Decided, applied
from translator.diagnostics import Severity
from translator.passes.decided import decided

if TYPE_CHECKING:
    from translator.decisions import Decisions
    from translator.model import Pipeline

__all__ = ["unchanged"]

#: Kind of decision → its flag.
_FLAGS = {"dropped_tasks": "--drop-task", "images": "--image", "defaults": "--default"}


def unchanged(pipeline: Pipeline, decisions: Decisions) -> Decided:
    """The same pipeline; an error if a decision would change it."""
    done = applied(pipeline, decisions, map(decided, ("dropped_tasks", "images", "defaults")))
    errors = [one for one in done.findings if one.severity is Severity.ERROR]
    kinds = {kind for kind, _ in done.used}
    if kinds:
        from translator.diagnostics import decisions as rules

        flags = " and ".join(f"`{flag}`" for kind, flag in _FLAGS.items() if kind in kinds)
        errors.append(rules.NEEDS_UPGRADE.at(pipeline.origin, flags=flags))
    return Decided(pipeline, tuple(errors), done.used)
