"""JSON of ``IfPresent`` and ``Concat`` in arguments that depends on the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.diagnostics import vertex as rules
from translator.targets.vertex.structs import unresolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline


def unresolved_structs(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """JSON of ``IfPresent`` and ``Concat`` that the writer cannot resolve."""
    for label, container, name in unresolved(pipeline):
        why = (
            f"whether input `{name}` has a value is not known"
            if name
            else "kfp has no such placeholder"
        )
        yield rules.UNRESOLVED_STRUCT.at(container.origin, label=label, why=why)
