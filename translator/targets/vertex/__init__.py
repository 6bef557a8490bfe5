"""Vertex AI Pipelines: ``main.py`` submits the pipeline as a PipelineJob."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.targets.base import PYTHON, Target
from translator.targets.vertex.options import FLAGS, Options, open_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.decisions import Pass
    from translator.decompiler import Decompiled
    from translator.model import Pipeline
    from translator.targets.base import Check, Table
    from translator.targets.vertex.secret_access import Access

__all__ = ["TARGET", "Options"]


class Vertex(Target):
    """Vertex AI Pipelines."""

    title = "Vertex AI"
    product = "Vertex AI Pipelines"
    script = "main.py"
    files = (
        *("main.py", "script_support.py", "pipeline_inputs.py", "vertex_runner.py"),
        *("pipeline.yaml", "pipeline.py", "pipeline_helpers.py", "pipeline_compiler.py"),
        "requirements.txt",
    )
    options = Options
    flags = FLAGS
    title_of_needs = "Access to secrets"
    about_needs = (
        "The service account of the run (`main.py --service-account`; without it, "
        "`PROJECT_NUMBER-compute@developer.gserviceaccount.com`) reads these secrets of Secret "
        "Manager. Each command allows it."
    )

    def passes(self) -> tuple[Pass, ...]:
        """Those of ``passes/``."""
        from translator.targets.vertex.passes import PASSES

        return PASSES

    def checks(self) -> tuple[Check, ...]:
        """The checks for every target, then those of ``checks/``."""
        from translator.targets.vertex.checks import CHECKS

        return (*super().checks(), *CHECKS)

    def option_problems(self, options: Options) -> Iterable[str]:
        """One sentence for each option that Vertex AI would reject."""
        from translator.targets.vertex.option_problems import option_problems

        return option_problems(options)

    def rewritten(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline as it is written to ``pipeline.yaml``."""
        from translator.targets.vertex.writer import rewritten

        return rewritten(pipeline)

    def in_python(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline without Kubernetes settings, which Vertex AI does not have."""
        from translator.targets.vertex.writer import without_platforms

        return without_platforms(self.rewritten(pipeline))

    def write(
        self,
        pipeline: Pipeline,
        options: Options,
        *,
        sha256: str = "",
        source: Decompiled | None = None,
    ) -> Mapping[str, str]:
        """``main.py``, its modules, its requirements and the pipeline."""
        from translator.targets.vertex.writer import write

        if options.style == PYTHON and source is None:
            source = self.source(pipeline, options, sha256=sha256)
        return write(pipeline, options, sha256=sha256, source=source)

    def needs(self, pipeline: Pipeline, options: Options) -> Iterable[Access]:
        """The secrets of Secret Manager that the account of the tasks must be able to read."""
        from translator.targets.vertex.features import fetches_secrets

        if not fetches_secrets(pipeline):
            return ()
        from translator.targets.vertex.secret_access import secret_access

        return secret_access(pipeline, options.service_account)

    def tables(self, pipeline: Pipeline) -> Iterable[Table]:
        """The machine types that fit what the tasks request."""
        from translator.targets.vertex.features import has_resources

        if not has_resources(pipeline):
            return ()
        from translator.targets.vertex.machines_table import machines

        return machines(pipeline)

    def open_arguments(self, pipeline: Pipeline, options: Options) -> list[str]:
        """The project and a bucket, where they are not set."""
        return open_arguments(pipeline, options)


TARGET = Vertex()
