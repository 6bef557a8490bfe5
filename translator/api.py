"""The library: load a compiled pipeline, check it, render it for a target."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from translator.diagnostics import Findings, Severity, in_order, without_errors
from translator.model import KFP_V1
from translator.reading import (
    Reading,
    Survey,
    load,
    load_text,
    quotable_lines,
    shown,
    survey,
    survey_text,
)
from translator.records import NamedTuple, replace
from translator.source.parsing import read_some
from translator.targets import TARGETS
from translator.targets import target as target_of
from translator.targets.base import PYTHON, SPEC

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from translator.certificate import Certificate
    from translator.comparison import Comparison
    from translator.decisions import Decided
    from translator.decompiler import Decompiled
    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline
    from translator.readers.options import ReadOptions
    from translator.source.left_out import LeftOut
    from translator.targets.base import BaseOptions as Options
    from translator.targets.base import Target

__all__ = [
    "Reading",
    "Survey",
    "Translation",
    "bundled",
    "check",
    "compare",
    "decide",
    "decompile",
    "findings",
    "load",
    "load_text",
    "quotable_lines",
    "read_some",
    "render",
    "survey",
    "survey_text",
    "target",
    "translate",
    "verify",
]


class Translation(NamedTuple):
    """A bundle and the findings of its translation (no errors)."""

    #: File name → content.
    files: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    #: ``carried``, ``rewritten``, ``reported`` or ``inert`` → number of leaves of the file.
    balance: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<Translation: {', '.join(self.files)}; {shown(self.diagnostics)}>"

    def _repr_html_(self) -> str:
        """The files, the balance, the graph and the findings, for a notebook."""
        from translator.leaf_counts import line
        from translator.notebook import shown as as_html

        text = self.files.get("pipeline.yaml")
        survey = None if text is None else survey_text(text)
        title = "Translation" if survey is None else f"Translation of {survey.pipeline.name}"
        facts = [", ".join(self.files), line(self.balance), shown(self.diagnostics)]
        return as_html(title, facts, survey and survey.outline, self.diagnostics)

    def write(self, folder: str | os.PathLike[str], *, force: bool = False) -> tuple[Path, ...]:
        """Writes the bundle to a folder, all files or none, and returns their paths.

        Files that were edited or that are not part of a bundle are not overwritten without
        ``force``: ``TranslationError`` (TR120–TR126) names them.
        """
        from translator.bundle import write

        return write(self.files, folder, force=force)


def target(given: Reading | Pipeline, to: str, options: Options | None = None) -> Target:
    """The target of that name for a reading or pipeline; ``ValueError`` for an unknown name.

    A pipeline without its reading is always written from the model: it does not contain the text of
    its file.
    """
    return target_of(to, given.workflow if isinstance(given, Reading) else None, options)


def check(
    given: Reading | Pipeline, to: str | None = None, options: Options | None = None
) -> tuple[Diagnostic, ...]:
    """The findings about a pipeline for a target, or for any target without one.

    ``options`` are those of the writer and override the settings of the file. A reading also has
    the findings of its translation. A pipeline without its reading that misses parts because of
    them is an error (TR189).
    """
    targets = [target(given, name, options) for name in (TARGETS if to is None else [to])]
    found: list[Diagnostic] = Findings(_of_targets(given, targets, options))
    if any(one.needs_lowering for one in targets):
        found += _of_lowering(given)
    if options is not None and options.style == PYTHON:
        found += _of_source(given, targets, options, found)
    return in_order(found)


def findings(given: Reading, to: str, options: Options | None = None) -> tuple[Diagnostic, ...]:
    """The findings of reading a file, then those of ``check`` for a target.

    Those that the decisions in ``options`` accept are notes with the reason.
    """
    found = (*given.diagnostics, *check(given, to, options))
    reasons = options.decisions.accepted if options else {}
    if not reasons:
        return found
    from translator.plan.accepting import accepted

    return tuple(accepted(found, reasons))


def decide(given: Reading, to: str, options: Options | None = None) -> Reading:
    """The reading with the decisions in ``options`` applied for a target.

    ``check`` and ``render`` of it for the same target and options do not apply them again.
    """
    decided = _decided(given, target(given, to, options), options)
    return given._replace(decided=decided._replace(sources={}))


def _decided(given: Reading | Pipeline, to: Target, options: Options | None) -> Decided:
    if isinstance(given, Reading) and given.decided is not None:
        return given.decided
    return to.decided(_pipeline(given), options or to.options())


def _of_source(
    given: Reading | Pipeline, targets: Iterable[Target], options: Options, found: list[Diagnostic]
) -> Iterator[Diagnostic]:
    """The findings about pipeline.py, which there is of a pipeline without errors only."""
    if any(one.severity is Severity.ERROR for one in found):
        return
    for one in targets:
        yield from _source(given, one, options).findings


def _source(given: Reading | Pipeline, to: Target, options: Options) -> Decompiled:
    """The pipeline in Python, made once for a reading with decisions."""
    decided = _decided(given, to, options)
    made = {} if decided.sources is None else decided.sources
    key = to.title, options.pin_kfp
    if key not in made:
        sha256 = given.sha256 if isinstance(given, Reading) else ""
        made[key] = to.source(decided.pipeline, options, sha256=sha256)
    found: Decompiled = made[key]
    return found


def _of_targets(
    given: Reading | Pipeline, targets: Iterable[Target], options: Options | None
) -> Iterator[Diagnostic]:
    """The findings of applying the decisions, and of the checks; each check once for a pipeline."""
    known = set()
    for one in targets:
        decided = _decided(given, one, options)
        yield from decided.findings
        pipeline = decided.pipeline
        key = id(pipeline)
        if options is not None and options.pipeline_root:
            root = replace(pipeline.submission, pipeline_root=options.pipeline_root)
            pipeline = replace(pipeline, submission=root, default_root="")
        for check in one.checks():
            if (check, key) not in known:
                known.add((check, key))
                found = check(pipeline)
                yield from filter(decided.leaves, found) if decided.accepted else found


def render(
    given: Reading | Pipeline,
    to: str,
    options: Options | None = None,
    *,
    style: str = "",
    checked: bool = False,
) -> Mapping[str, str]:
    """The files of the bundle for a pipeline: file name → content.

    ``options`` are the ``Options`` of the target's writer; a ``style`` (``spec`` or ``python``)
    replaces theirs. Raises ``TranslationError`` when a check of the target finds an error;
    ``checked`` skips the checks, after a call of ``check`` without errors.
    """
    if style not in ("", SPEC, PYTHON):
        raise ValueError(f"no style {style!r}; there are {PYTHON} and {SPEC}")
    if style:
        options = replace(options or target_of(to).options(), style=style)
        if isinstance(given, Reading):  # decisions of another style are others
            given = given._replace(decided=None)
    chosen = target(given, to, options)
    if options is None:
        options = chosen.options()
    elif not isinstance(options, chosen.options):
        wanted = f"{chosen.options.__module__}.{chosen.options.__name__}"
        raise TypeError(f"options for {to} are {wanted}, not {type(options).__name__}")
    if not checked:
        without_errors(check(given, to, options))
    sha256 = given.sha256 if isinstance(given, Reading) else ""
    pipeline = _decided(given, chosen, options).pipeline
    if options.style != PYTHON:
        return chosen.write(pipeline, options, sha256=sha256)
    source = _source(given, chosen, options)
    return chosen.write(pipeline, options, sha256=sha256, source=source)


def decompile(
    given: Reading | str | os.PathLike[str],
    how: ReadOptions | None = None,
    *,
    pin_kfp: bool = False,
) -> Decompiled:
    """The source of a pipeline in Python of KFP v2, from a file or a reading of one.

    It has the Kubernetes settings, and none of the changes for Vertex AI. ``how`` has the options
    for KFP v1 workflows. With ``pin_kfp`` lightweight components install the version of kfp in the
    file, instead of the one that compiles the source. Raises ``TranslationError`` if it has no
    equivalent source.

    >>> import translator
    >>> source = translator.decompile("examples/hello/pipeline.yaml")
    >>> "@dsl.pipeline" in source.text
    True
    """
    reading = given if isinstance(given, Reading) else load(given, how)
    chosen = target_of("kubeflow")
    options = chosen.options(style=PYTHON, pin_kfp=pin_kfp)
    decided = chosen.decided(reading.pipeline, options)
    found = [*reading.diagnostics, *reading.lowering, *decided.findings]
    for check in chosen.source_checks():
        found += filter(decided.leaves, check(decided.pipeline))
    found = list(without_errors(Findings(found)))
    source = chosen.source(decided.pipeline, options, sha256=reading.sha256)
    more = _run_settings(decided.pipeline)
    return source._replace(findings=without_errors([*found, *source.findings, *more]))


def verify(given: Reading, to: str, options: Options | None = None) -> Certificate:
    """Compiles pipeline.py of a bundle with the installed kfp, and compares the result.

    Raises ``TranslationError`` if kfp is missing (TR470) or cannot compile it (TR472).
    """
    from translator.certificate import verified

    options = replace(options or target_of(to).options(), style=PYTHON)
    chosen = target(given, to, options)
    pipeline = _decided(given, chosen, options).pipeline
    source = _source(given, chosen, options)
    prepared = chosen.in_python(pipeline)
    return verified(source.files, source.function, prepared, given.left_out)


def _run_settings(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """A note about the run settings in the file, which are no part of the source."""
    from translator.diagnostics.decompiler_settings import RUN_SETTINGS

    given = {**vars(pipeline.submission), "origin": None}
    if pipeline.dialect == KFP_V1:
        del given["fail_fast"]  # the default of Argo
    names = [name.replace("_", " ") for name, one in given.items() if one or one is False]
    if pipeline.pod.service_account:
        names.append("service account")
    if names:
        place = pipeline.submission.origin or pipeline.origin
        yield RUN_SETTINGS.at(place, settings=", ".join(names))


def translate(
    path: str | os.PathLike[str],
    to: str,
    options: Options | None = None,
    how: ReadOptions | None = None,
) -> Translation:
    """The bundle for a file: ``load``, ``check`` and ``render`` in one call.

    >>> import translator
    >>> result = translator.translate("examples/hello/pipeline.yaml", to="vertex")
    >>> [name for name in result.files if "_" not in name]
    ['main.py', 'pipeline.yaml', 'requirements.txt', 'REPORT.md']
    >>> [finding.rule.code for finding in result.diagnostics]
    []
    """
    target_of(to)  # an unknown name is reported before a file is read
    reading = decide(load(path, how), to, options)
    found = without_errors(findings(reading, to, options))
    return bundled(reading, found, to, options, file=os.fspath(path))


def bundled(
    reading: Reading,
    found: Sequence[Diagnostic],
    to: str,
    options: Options | None = None,
    *,
    file: str,
) -> Translation:
    """The bundle for a reading without errors, with the report about its findings.

    ``found`` are the findings of ``load`` and ``check``; ``file`` is the path for the report.
    """
    from translator.leaf_counts import counted
    from translator.plan.made import made
    from translator.report import REPORT, report

    reading = decide(reading, to, options)
    files = render(reading, to, options, checked=True)
    chosen = target(reading, to, options)
    options = options or chosen.options()
    decided = _decided(reading, chosen, options)
    counts, _ = counted(reading, chosen)
    about = report(
        *(decided.pipeline, found, counts, chosen, options),
        file=file,
        sha256=reading.sha256,
        rewrites=reading.rewrites,
        decisions=list(made(reading.pipeline, decided, options.decisions)),
    )
    return Translation({**files, REPORT: about}, tuple(found), counts)


def compare(
    a: Reading | Pipeline,
    b: Reading | Pipeline,
    *,
    renamed: bool = False,
    strict: bool | Collection[str] = False,
) -> Comparison:
    """The differences from one pipeline to another, by what they do.

    Names that compilers choose do not count, nor the order of tasks. ``renamed`` accepts other
    names of inputs and outputs where no container reads them. ``strict`` counts tolerances as
    differences: their names (``translator.comparison.TOLERANCES``), or True for all. Of two
    readings also the values are compared that are not in the pipelines (``Reading.left_out``).

    >>> import translator
    >>> hello = translator.load("examples/hello/pipeline.yaml")
    >>> translator.compare(hello, hello).same
    True
    """
    from translator.comparison import compare

    left_out: tuple[Sequence[LeftOut], Sequence[LeftOut]] = (), ()
    if isinstance(a, Reading) and isinstance(b, Reading):
        left_out = a.left_out, b.left_out
    return compare(_pipeline(a), _pipeline(b), renamed=renamed, strict=strict, left_out=left_out)


def _pipeline(given: Reading | Pipeline) -> Pipeline:
    return given.pipeline if isinstance(given, Reading) else given


def _of_lowering(given: Reading | Pipeline) -> tuple[Diagnostic, ...]:
    """The findings for a target that runs a translation of the file."""
    if isinstance(given, Reading):
        return given.lowering
    if given.complete:
        return ()
    from translator.diagnostics.kfp_v1 import INCOMPLETE

    return (INCOMPLETE.at(given.origin),)
