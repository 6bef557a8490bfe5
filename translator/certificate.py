"""Whether a written ``pipeline.py`` compiles to the pipeline that it was written from.

The file is compiled by kfp in an interpreter of its own: kfp keeps components in global registries,
and this process never imports it. The file's own statements run there: calls of kfp, and
definitions of functions. The bodies of the functions, which hold the source of components, do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from translator.comparison import compare
from translator.diagnostics import TranslationError
from translator.diagnostics.comparison import NO_KFP, NOT_COMPILED, NOT_THE_SAME
from translator.model import Submission
from translator.reading import load_text
from translator.records import NamedTuple, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.comparison import Comparison
    from translator.diagnostics import Diagnostic, Origin
    from translator.model import Pipeline
    from translator.source.left_out import LeftOut

__all__ = ["Certificate", "compiled", "findings", "verified"]

#: Seconds after which the compiler is ended.
PATIENCE = 600
_NO_KFP, _FAILED = 3, 4
#: What the other interpreter runs. It prints the version of kfp, or an error in one line.
_PROGRAM = f"""
import importlib, sys, warnings
warnings.simplefilter("ignore")
try:
    import kfp, yaml
    from google.protobuf import json_format
    from kfp import compiler
except ImportError as error:
    sys.exit(print(error) or {_NO_KFP})
print(kfp.__version__)
try:
    function = getattr(importlib.import_module("pipeline"), sys.argv[1])
    compiler.Compiler().compile(function, "compiled.yaml")
    # Without kfp's comments, as templates/shared/pipeline_compiler.py writes it.
    specs = [function.pipeline_spec]
    specs += [function.platform_spec] if function.platform_spec.platforms else []
    with open("compiled.yaml", "w", encoding="utf-8") as file:
        yaml.dump_all([json_format.MessageToDict(one) for one in specs], file, sort_keys=True)
except Exception as error:
    sys.exit(print(f"{{type(error).__name__}}: {{error}}") or {_FAILED})
"""


class Certificate(NamedTuple):
    """The result of compiling a pipeline again."""

    #: The version of kfp that compiled it.
    kfp: str
    #: The differences from the pipeline to the compiled one; those of the author's names of inputs
    #: and outputs that kfp refuses are notes.
    comparison: Comparison

    @property
    def identical(self) -> bool:
        """Whether the compiled pipeline is the same."""
        return self.comparison.same

    def findings(self, origin: Origin | None) -> Iterator[Diagnostic]:
        """An error (TR473) for each difference, at its place in the pipeline's file."""
        return findings(self, origin)


def verified(
    files: Mapping[str, str],
    function: str,
    pipeline: Pipeline,
    left_out: Iterable[LeftOut] = (),
) -> Certificate:
    """Compiles ``pipeline.py`` and compares the result with the pipeline that it was written from.

    ``files`` has its text, and those of the files that it imports from beside it; ``function`` is
    the name of the pipeline function in it. The run settings of the pipeline are not compared, as
    they are not in the file. ``left_out`` are the values of the pipeline's file that are not in it
    (``Reading.left_out``): values of the compiled pipeline that are not read have to be among them.
    Raises ``TranslationError`` if kfp is missing (TR470) or cannot compile the file (TR472).
    """
    spec, version = compiled(files, function)
    result = load_text(spec, "compiled pipeline.py")
    second = result.pipeline
    # As a KFP v2 pipeline, whose types count: it is what is written for `--style spec`.
    first = replace(pipeline, submission=Submission(), dialect=second.dialect)
    known = {(one.path[-1:], repr(one.value)) for one in left_out}
    new = [one for one in result.left_out if (one.path[-1:], repr(one.value)) not in known]
    return Certificate(version, compare(first, second, renamed=True, left_out=((), new)))


def findings(made: Certificate, origin: Origin | None) -> Iterator[Diagnostic]:
    """An error (TR473) for each difference of a compiled pipeline, at its place in the file."""
    for one in made.comparison.differences:
        place = one.left.origin if one.left else origin
        facts = {"place": one.place, "what": one.what, "kind": one.kind, "version": made.kfp}
        yield NOT_THE_SAME.at(place or origin, **facts)


def compiled(files: Mapping[str, str], function: str) -> tuple[str, str]:
    """The pipeline spec to which kfp compiles a function of ``pipeline.py``; the version of kfp.

    Raises ``TranslationError`` with TR470 or TR472.
    """
    with tempfile.TemporaryDirectory(prefix="translator-") as folder:
        for name, content in {**files, "compile_pipeline.py": _PROGRAM}.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
                file.write(content)
        # The script's folder comes first in its path: `pipeline` is this file.
        command = [sys.executable, "-B", "compile_pipeline.py", function]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            reason = f"it takes more than {PATIENCE} seconds"
            raise TranslationError([NOT_COMPILED.at(None, version="2", reason=reason)]) from None
        version, _, reason = done.stdout.partition("\n")
        if done.returncode == _NO_KFP:
            raise TranslationError([NO_KFP.at(None, reason=version.strip())])
        if done.returncode:
            reason = reason.strip() or (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise TranslationError([NOT_COMPILED.at(None, version=version, reason=reason)])
        with open(os.path.join(folder, "compiled.yaml"), encoding="utf-8") as file:
            return file.read(), version
