"""Kubeflow Pipelines: ``submit.py`` submits the pipeline to a server of KFP 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.targets.base import PYTHON, Target
from translator.targets.kubeflow.options import FLAGS, Options, option_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.decisions import Pass
    from translator.decompiler import Decompiled
    from translator.model import Pipeline
    from translator.targets.base import Check
    from translator.targets.kubeflow.cluster_needs import Need

__all__ = ["TARGET", "Options"]


class Kubeflow(Target):
    """Kubeflow Pipelines."""

    title = "Kubeflow"
    product = "Kubeflow Pipelines"
    script = "submit.py"
    files = (
        *("submit.py", "script_support.py", "pipeline_inputs.py", "kubeflow_runner.py"),
        "kubeflow_client.py",  # of an earlier version
        *("pipeline.yaml", "pipeline.py", "pipeline_helpers.py", "pipeline_compiler.py"),
        "requirements.txt",
    )
    options = Options
    flags = FLAGS
    takes_settings = True
    title_of_needs = "Cluster requirements"
    step_of_needs = "Create the cluster resources below that do not exist."
    about_needs = (
        "The pipeline uses these resources; those that no task creates must exist before the run. "
        "`NAMESPACE` is that of the run: `kubeflow`, or your own in a multi-user Kubeflow. "
        "Replace the other words in capitals too."
    )

    def passes(self) -> tuple[Pass, ...]:
        """Tasks to leave out, commands, other images, defaults, and the settings of KFP v1."""
        from translator.passes.decided import decided
        from translator.passes.entrypoints import missing_entrypoints
        from translator.targets.kubeflow.passes.upgrade import upgrade

        return (
            *(decided("dropped_tasks"), decided("entrypoints"), missing_entrypoints),
            *(decided("images"), decided("defaults"), upgrade),
        )

    def checks(self) -> tuple[Check, ...]:
        """The checks for every target, then those of ``checks``."""
        from translator.targets.kubeflow.checks import CHECKS

        return (*super().checks(), *CHECKS)

    def source_checks(self) -> tuple[Check, ...]:
        """The checks for every target, and those of what today's schema and the server change."""
        from translator.targets.kubeflow.checks import CHECKS_OF_SCHEMA, names_are_taken

        return (*super().source_checks(), *CHECKS_OF_SCHEMA, names_are_taken)

    def option_problems(self, options: Options) -> Iterable[str]:
        """One sentence for each option that ``submit.py`` would reject."""
        return option_problems(options)

    def rewritten(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline as it is written to ``pipeline.yaml``."""
        from translator.targets.kubeflow.writer import rewritten

        return rewritten(pipeline)

    def write(
        self,
        pipeline: Pipeline,
        options: Options,
        *,
        sha256: str = "",
        source: Decompiled | None = None,
    ) -> Mapping[str, str]:
        """``submit.py``, its modules, its requirements and the pipeline."""
        from translator.targets.kubeflow.writer import write

        if options.style == PYTHON and source is None:
            source = self.source(pipeline, options, sha256=sha256)
        return write(pipeline, options, sha256=sha256, source=source)

    def needs(self, pipeline: Pipeline, options: Options) -> Iterable[Need]:
        """The objects that the cluster must have: secrets, claims, accounts …"""
        from translator.targets.kubeflow.cluster_needs import cluster_needs

        return cluster_needs(pipeline, options.service_account)


TARGET = Kubeflow()
