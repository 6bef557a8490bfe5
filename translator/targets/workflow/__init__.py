"""A KFP v1 workflow on Kubeflow Pipelines: ``submit.py`` submits the file unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.targets.base import PYTHON
from translator.targets.kubeflow import TARGET, Kubeflow, Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decisions import Pass
    from translator.decompiler import Decompiled
    from translator.model import Pipeline
    from translator.targets.base import BaseOptions, Check

__all__ = ["Workflow", "of"]


class Workflow(Kubeflow):
    """Kubeflow Pipelines, for one workflow, which is not written from the model."""

    needs_lowering = False

    def __init__(self, text: str) -> None:
        #: The text of the file.
        self.text = text

    def passes(self) -> tuple[Pass, ...]:
        """Reports decisions, which cannot change the file."""
        from translator.targets.workflow.decisions import unchanged

        return (unchanged,)

    def checks(self) -> tuple[Check, ...]:
        """The checks for every target, then those of ``checks``."""
        from translator.checks import FOR_ALL
        from translator.targets.workflow.checks import checks

        return (*FOR_ALL, *checks(self.text))

    def rewritten(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline, unchanged."""
        return pipeline

    def write(
        self,
        pipeline: Pipeline,
        options: Options,
        *,
        sha256: str = "",
        source: Decompiled | None = None,
    ) -> Mapping[str, str]:
        """``submit.py``, its modules, its requirements and the workflow."""
        from translator.targets.workflow.writer import write

        return write(pipeline, options, self.text, sha256=sha256)


def of(text: str, options: BaseOptions | None = None) -> Kubeflow:
    """The target of a workflow with this text, or that of KFP v2 if the options upgrade it.

    So does ``--style python``: its source is KFP v2.
    """
    if isinstance(options, Options) and (options.upgrade or options.style == PYTHON):
        return TARGET
    return Workflow(text)
