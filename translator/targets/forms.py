"""What the script of a bundle runs: pipeline.yaml, or pipeline.py, which it compiles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translator.records import NamedTuple, replace
from translator.version import NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from translator.decompiler import Decompiled
    from translator.model import Pipeline

__all__ = ["Form", "python_form", "spec_form", "with_named_inputs"]

#: The compiler that pipeline.py is written for.
_KFP = "kfp>=2.17,<3"
#: What imports of pipeline.py look like → the package that they need beside kfp.
_PACKAGES = {
    r"from kfp import (?:\(\n)?[^()]*\bkubernetes\b": "kfp-kubernetes>=2.17,<3",
    r"from google_cloud_pipeline_components\b": "google-cloud-pipeline-components>=2.17,<3",
}


class Form(NamedTuple):
    """The files of a bundle beside its script and modules."""

    #: The template of the script, and the values that it has in this form only.
    template: str
    values: Mapping[str, str]
    #: The modules that the script imports; each may import those before it.
    modules: tuple[str, ...]
    #: The files with the pipeline, and their texts.
    sources: Mapping[str, str]
    requirements: tuple[str, ...]

    @property
    def files(self) -> dict[str, str]:
        """The pipeline, and the requirements of all."""
        lines = "".join(f"{line}\n" for line in self.requirements)
        return {**self.sources, "requirements.txt": f"# {NOTICE}\n{lines}"}


def spec_form(template: str, modules: tuple[str, ...], text: str, requirement: str) -> Form:
    """The form with the compiled pipeline."""
    return Form(template, {}, modules, {"pipeline.yaml": text}, (requirement,))


def python_form(
    template: str, modules: tuple[str, ...], source: Decompiled, *requirements: str
) -> Form:
    """The form with the source of the pipeline, which needs kfp."""
    imports = source.text.partition("\n\n\n")[0]
    used = [one for line, one in _PACKAGES.items() if re.search(f"^{line}", imports, re.MULTILINE)]
    more = [_exact(one, source.requirements) for one in used]
    return Form(
        template,
        {"function": source.function},
        (*modules, "shared/pipeline_compiler.py"),
        source.files,
        (*requirements, _KFP, *more),
    )


def _exact(package: str, requirements: Iterable[str]) -> str:
    """The requirement of one version of a package, if the source has one, or any version of it."""
    name = package.partition(">")[0]
    return next((one for one in requirements if one.partition("=")[0] == name), package)


def with_named_inputs(pipeline: Pipeline, source: Decompiled) -> Pipeline:
    """The pipeline with the names that its inputs have in pipeline.py."""
    root, submission = pipeline.root, pipeline.submission
    names = source.inputs
    parameters = {names.get(n, n): one for n, one in root.inputs.parameters.items()}
    arguments = {names.get(n, n): one for n, one in submission.arguments.items()}
    return replace(
        pipeline,
        root=replace(root, inputs=replace(root.inputs, parameters=parameters)),
        submission=replace(submission, arguments=arguments),
    )
