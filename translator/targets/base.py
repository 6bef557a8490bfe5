"""The interface of a target: the base class that each target's folder implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from translator.decisions import NONE, Decisions
from translator.records import NamedTuple, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from translator.decisions import Decided, Pass
    from translator.decompiler import Decompiled
    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

    Check: TypeAlias = Callable[[Pipeline], Iterable[Diagnostic]]

__all__ = [
    "CACHE",
    "EXPERIMENT",
    "PIN_KFP",
    "PIPELINE_ROOT",
    "PYTHON",
    "SERVICE_ACCOUNT",
    "SINGLE_FILE",
    "SPEC",
    "STYLE",
    "BaseOptions",
    "Flag",
    "Table",
    "Target",
]


class Flag(NamedTuple):
    """An option of ``convert`` that fills a field of a target's ``Options``.

    Targets that share an option have equal flags for it.
    """

    #: ``--project``, or ``--cache/--no-cache`` for a boolean.
    name: str
    help: str
    #: The field, if its name is not that of the flag; else empty.
    to: str = ""
    #: The name of the value in the help; empty for click's default.
    metavar: str = ""
    #: The only values; empty for any text.
    choices: tuple[str, ...] = ()
    #: Whether it takes no value and makes the field true.
    switch: bool = False
    #: Whether the field is a tuple, and each use of the option adds a value.
    repeated: bool = False
    #: Whether the field is a mapping, and each use of the option adds ``KEY=VALUE``.
    pairs: bool = False

    @property
    def spelling(self) -> str:
        """The option; of ``--cache/--no-cache`` the first one."""
        return self.name.partition("/")[0]

    @property
    def variable(self) -> str:
        """The option as a name in Python: ``pipeline_root``."""
        return self.spelling.lstrip("-").replace("-", "_")

    @property
    def field(self) -> str:
        """The field of ``Options`` that it fills."""
        return self.to or self.variable


PIPELINE_ROOT = Flag("--pipeline-root", "Where artifacts are stored, for example gs://BUCKET/PATH.")
SERVICE_ACCOUNT = Flag("--service-account", "The service account of the tasks.")
EXPERIMENT = Flag("--experiment", "The experiment of the runs.")
CACHE = Flag("--cache/--no-cache", "Reuse cached results, or never. Default: as set for each task.")

SINGLE_FILE = Flag("--single-file", "Write the script and its modules as one file.", switch=True)


#: The styles of a bundle: the pipeline as a compiled file, or as its source in Python.
SPEC, PYTHON = "spec", "python"
STYLE = Flag(
    "--style",
    "spec: the bundle has the compiled pipeline (pipeline.yaml); python: it has the source of the "
    "pipeline (pipeline.py), which the script compiles with kfp. Default: spec.",
    choices=(SPEC, PYTHON),
)
PIN_KFP = Flag(
    "--pin-kfp",
    "With --style python: lightweight components install the version of kfp in the file. Default: "
    "the version that compiles pipeline.py.",
    switch=True,
)


class Table(NamedTuple):
    """A section of ``REPORT.md`` with a table."""

    title: str
    #: The text above the table.
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class BaseOptions(Record):
    """The options of a bundle, the base class of each target's. Every field has a default."""

    #: Where artifacts go; empty for the root in the pipeline's file.
    pipeline_root: str = ""
    #: ``spec`` for a bundle with pipeline.yaml, ``python`` for one with pipeline.py.
    style: str = SPEC
    #: Whether lightweight components in pipeline.py install the version of kfp of the file.
    pin_kfp: bool = False
    #: What the user decided about parts of the pipeline.
    decisions: Decisions = NONE


class Target:
    """A target of conversion. Attributes are set at import; methods import what they need."""

    #: The name in messages.
    title: ClassVar[str]
    #: The name in the title of ``REPORT.md``.
    product: ClassVar[str]
    #: The file of the bundle that runs the pipeline.
    script: ClassVar[str]
    #: All files that a bundle can have, except ``REPORT.md``; those of an older bundle are removed.
    files: ClassVar[tuple[str, ...]]
    options: ClassVar[type[BaseOptions]]
    #: The options of the command line: one for each field of ``options``.
    flags: ClassVar[tuple[Flag, ...]]
    #: Whether the platform settings of Kubernetes are written; else a check reports each.
    takes_settings: ClassVar[bool] = False
    #: Whether it writes the pipeline from the model, so that what a reader could not translate
    #: concerns it; else it runs the file as it is.
    needs_lowering: ClassVar[bool] = True
    #: In ``REPORT.md``, the heading of the list of ``needs``, the step for them among the manual
    #: ones, if they are one, and the text above the list.
    title_of_needs: ClassVar[str] = ""
    step_of_needs: ClassVar[str] = ""
    about_needs: ClassVar[str] = ""

    def passes(self) -> tuple[Pass, ...]:
        """The passes that apply the decisions of the user, in order."""
        return ()

    def decided(self, pipeline: Pipeline, options: Any) -> Decided:
        """The pipeline with the decisions in ``options``, which checks and ``write`` take."""
        from translator.decisions import applied

        return applied(pipeline, options.decisions, self.passes())

    def checks(self) -> tuple[Check, ...]:
        """The checks that run before anything is written."""
        from translator.checks import FOR_ALL

        return FOR_ALL

    def source_checks(self) -> tuple[Check, ...]:
        """The checks for the source of a pipeline that is not run on the target."""
        from translator.checks import FOR_ALL

        return FOR_ALL

    def option_problems(self, options: Any) -> Iterable[str]:
        """One sentence for each option that the script would reject."""
        return ()

    def rewritten(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline as it is written."""
        return pipeline

    def in_python(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline that ``source`` writes."""
        return self.rewritten(pipeline)

    def source(self, pipeline: Pipeline, options: BaseOptions, *, sha256: str = "") -> Decompiled:
        """The pipeline in Python, pipeline.py, with findings. Errors: there is no equivalent one.

        ``sha256`` is that of the pipeline's file.
        """
        from translator.decompiler.choices import Choices
        from translator.targets.python_source import source

        choices = Choices(pin_kfp=options.pin_kfp)
        return source(self.in_python(pipeline), choices, sha256=sha256)

    def write(
        self,
        pipeline: Pipeline,
        options: Any,
        *,
        sha256: str = "",
        source: Decompiled | None = None,
    ) -> Mapping[str, str]:
        """File name → content. ``sha256`` is that of the pipeline's file, in hexadecimal.

        ``source`` is what the method of this name has made of the pipeline, for the style python.
        """
        raise NotImplementedError

    def needs(self, pipeline: Pipeline, options: Any) -> Iterable[Any]:
        """What must be there before the pipeline can run: ``what``, and a ``command`` that
        creates it."""
        return ()

    def tables(self, pipeline: Pipeline) -> Iterable[Table]:
        """More sections of ``REPORT.md``."""
        return ()

    def open_arguments(self, pipeline: Pipeline, options: Any) -> list[str]:
        """The required arguments of the script, with values to replace in capitals."""
        return []
