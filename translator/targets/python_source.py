"""pipeline.py for every target, and what differs when another kfp compiles it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from translator.diagnostics import decompiler_settings as rules
from translator.model import Container

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.decompiler import Decompiled
    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

__all__ = ["source"]

#: The requirement that kfp's compiler adds to a lightweight component.
_OWN_KFP = re.compile(r"'kfp==([0-9][0-9A-Za-z.]*)'")


def source(pipeline: Pipeline, *, sha256: str = "") -> Decompiled:
    """The source of a pipeline, rewritten for a target, with all findings about it."""
    from translator.decompiler import decompiled

    file = os.path.basename(pipeline.origin.file) if pipeline.origin else ""
    found = decompiled(pipeline, file=file, sha256=sha256)
    return found._replace(findings=(*found.findings, *_own_versions(pipeline)))


def _own_versions(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The versions of kfp that containers install, which the compiler replaces by its own."""
    versions = {
        match[1]: executor.origin
        for executor in reversed(list(pipeline.executors.values()))
        if isinstance(executor, Container)
        for word in executor.command
        for match in _OWN_KFP.finditer(str(word))
    }
    for version, origin in versions.items():
        yield rules.OTHER_KFP.at(origin or pipeline.origin, version=version)
