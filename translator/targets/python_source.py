"""pipeline.py for every target, and what differs when another kfp compiles it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from translator.diagnostics import decompiler_settings as rules

if TYPE_CHECKING:
    from translator.decompiler import Decompiled
    from translator.decompiler.choices import Choices
    from translator.model import Pipeline

__all__ = ["source"]


def source(pipeline: Pipeline, choices: Choices, *, sha256: str = "") -> Decompiled:
    """The source of a pipeline, rewritten for a target, with all findings about it.

    The compiler replaces the version of kfp that containers of lightweight components install by
    its own: each version that is not pinned is a note.
    """
    from translator.decompiler import decompiled

    file = os.path.basename(pipeline.origin.file) if pipeline.origin else ""
    found = decompiled(pipeline, file=file, sha256=sha256, choices=choices)
    replaced = [
        rules.OTHER_KFP.at(origin or pipeline.origin, version=version)
        for version, origin in found.replaced_kfp.items()
    ]
    return found._replace(findings=(*found.findings, *replaced))
