"""The library: load a compiled pipeline, check it, render it for a target."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from translator.diagnostics import Findings, Origin, Severity, TranslationError
from translator.readers import reader_for
from translator.readers.options import ReadOptions
from translator.records import NamedTuple, replace
from translator.source import parse
from translator.source.parsing import GZIP, ZIP, read_some, require_size
from translator.targets import TARGETS
from translator.targets import target as target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from translator.diagnostics import Diagnostic
    from translator.diagnostics.rewrites import Rewrite
    from translator.model import Pipeline
    from translator.outline import Outline
    from translator.readers import Reader
    from translator.source import Fate, Source
    from translator.source.secret_places import Span
    from translator.targets.base import BaseOptions as Options
    from translator.targets.base import Target

__all__ = [
    "Reading",
    "Survey",
    "Translation",
    "bundled",
    "check",
    "load",
    "load_text",
    "quotable_lines",
    "read_some",
    "render",
    "survey",
    "survey_text",
    "target",
    "translate",
]


class Reading(NamedTuple):
    """A pipeline and the findings of reading it (no errors)."""

    pipeline: Pipeline
    #: Findings for every target.
    diagnostics: tuple[Diagnostic, ...]
    #: Findings, with errors, for targets that run a translation of the file: KFP v1 only.
    lowering: tuple[Diagnostic, ...]
    #: Fate → number of leaves of the file.
    leaves: Mapping[Fate, int]
    #: JSON pointer of each leaf → its fate; None unless ``ReadOptions`` enable it.
    ledger: Mapping[str, Fate] | None = None
    #: SHA-256 of the bytes of the file, in hexadecimal.
    sha256: str = ""
    #: The text of a KFP v1 workflow, for targets that run it unchanged; None for other formats.
    workflow: str | None = None
    #: What outputs of KFP v1 became, and why (``translator.diagnostics.rewrites``).
    rewrites: tuple[Rewrite, ...] = ()
    #: JSON pointers of the leaves that are Kubernetes settings, of a KFP v1 workflow.
    settings: tuple[str, ...] = ()
    #: The text of the file, or of the file in a package; and in it, the places of values with names
    #: of secrets, None if not looked for. Both for ``quotable_lines``.
    text: str = ""
    secrets: Sequence[Span] | None = None

    def __repr__(self) -> str:
        name, dialect = self.pipeline.name, self.pipeline.dialect
        found = _shown([*self.diagnostics, *self.lowering])
        return f"<Reading of {name!r} ({dialect}): {found}>"


class Survey(NamedTuple):
    """A summary of a file, also of one that cannot be translated."""

    #: The parts of the pipeline that could be read.
    pipeline: Pipeline
    #: All tasks of the file.
    outline: Outline
    #: The findings, with errors.
    diagnostics: tuple[Diagnostic, ...]
    #: The findings about its translation, with errors.
    lowering: tuple[Diagnostic, ...]
    #: What outputs of KFP v1 became, and why (``translator.diagnostics.rewrites``).
    rewrites: tuple[Rewrite, ...] = ()

    def __repr__(self) -> str:
        name, dialect = self.pipeline.name, self.pipeline.dialect
        found = _shown([*self.diagnostics, *self.lowering])
        return f"<Survey of {name!r} ({dialect}): {found}>"


class Translation(NamedTuple):
    """A bundle and the findings of its translation (no errors)."""

    #: File name → content.
    files: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    #: ``carried``, ``rewritten``, ``reported`` or ``inert`` → number of leaves of the file.
    balance: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<Translation: {', '.join(self.files)}; {_shown(self.diagnostics)}>"

    def write(self, folder: str | os.PathLike[str], *, force: bool = False) -> tuple[Path, ...]:
        """Writes the bundle to a folder, all files or none, and returns their paths.

        Files that were edited or that are not part of a bundle are not overwritten without
        ``force``: ``TranslationError`` (TR120–TR126) names them.
        """
        from translator.bundle import write

        return write(self.files, folder, force=force)


def load(path: str | os.PathLike[str], how: ReadOptions | None = None) -> Reading:
    """The pipeline of a file: YAML, JSON, or a package of kfp 1.x with one of these inside.

    ``how`` has the options for KFP v1 workflows. Raises ``TranslationError`` with every finding if
    one is an error, ``OSError`` if the file cannot be read.

    >>> import translator
    >>> translator.load("examples/hello/pipeline.yaml").pipeline.dialect
    'KFP v2'
    """
    return load_text(_content(path), os.fspath(path), how)


def load_text(data: bytes | str, name: str = "<text>", how: ReadOptions | None = None) -> Reading:
    """The pipeline in a text or in the bytes of a file. ``name`` is the file name in messages."""
    return _read(data, name, how or ReadOptions())._replace(sha256=_sha256(data))


def survey(path: str | os.PathLike[str], how: ReadOptions | None = None) -> Survey:
    """A summary of a file. Raises ``TranslationError`` only if it contains no pipeline."""
    return survey_text(_content(path), os.fspath(path), how)


def survey_text(data: bytes | str, name: str = "<text>", how: ReadOptions | None = None) -> Survey:
    """A summary of a text or of the bytes of a file."""
    return _survey(data, name, how or ReadOptions())


def quotable_lines(data: bytes | str, secrets: Sequence[Span] | None = None) -> list[str]:
    """The lines of a file, with stars in place of secrets.

    ``data`` is parsed to find them, unless a ``Reading`` of the same text has found ``secrets``.
    """
    from translator.source.excerpts import lines

    return lines(data, secrets)


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
    pipeline = _pipeline(given)
    if options is not None and options.pipeline_root:
        root = replace(pipeline.submission, pipeline_root=options.pipeline_root)
        pipeline = replace(pipeline, submission=root, default_root="")
    targets = [target(given, name, options) for name in (TARGETS if to is None else [to])]
    found: list[Diagnostic] = Findings(_of_targets(pipeline, targets, options))
    if any(one.needs_lowering for one in targets):
        found += _of_lowering(given)
    return _in_order(found)


def _of_targets(
    pipeline: Pipeline, targets: Iterable[Target], options: Options | None
) -> Iterator[Diagnostic]:
    """The findings of applying the decisions, and of the checks; each check once for a pipeline."""
    known = set()
    for one in targets:
        decided = one.decided(pipeline, options or one.options())
        yield from decided.findings
        for check in one.checks():
            if (key := (check, id(decided.pipeline))) not in known:
                known.add(key)
                yield from filter(decided.leaves, check(decided.pipeline))


def render(
    given: Reading | Pipeline, to: str, options: Options | None = None, *, checked: bool = False
) -> Mapping[str, str]:
    """The files of the bundle for a pipeline: file name → content.

    ``options`` are the ``Options`` of the target's writer. Raises ``TranslationError`` when a check
    of the target finds an error; ``checked`` skips the checks, after a call of ``check`` without
    errors.
    """
    chosen = target(given, to, options)
    if options is None:
        options = chosen.options()
    elif not isinstance(options, chosen.options):
        wanted = f"{chosen.options.__module__}.{chosen.options.__name__}"
        raise TypeError(f"options for {to} are {wanted}, not {type(options).__name__}")
    if not checked:
        _usable(check(given, to, options))
    sha256 = given.sha256 if isinstance(given, Reading) else ""
    decided = chosen.decided(_pipeline(given), options)
    return chosen.write(decided.pipeline, options, sha256=sha256)


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
    reading = load(path, how)
    found = _usable([*reading.diagnostics, *check(reading, to, options)])
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
    from translator.leaf_counts import balance, left_out
    from translator.plan.made import made
    from translator.report import REPORT, report

    files = render(reading, to, options, checked=True)
    chosen = target(reading, to, options)
    options = options or chosen.options()
    decided = chosen.decided(reading.pipeline, options)
    lost = left_out(reading.settings, chosen, decided.left_out)
    counts = balance(reading.leaves, chosen, len(lost))
    about = report(
        *(decided.pipeline, found, counts, chosen, options),
        file=file,
        sha256=reading.sha256,
        rewrites=reading.rewrites,
        decisions=list(made(reading.pipeline, decided, options.decisions)),
    )
    return Translation({**files, REPORT: about}, tuple(found), counts)


def _content(path: str | os.PathLike[str]) -> bytes:
    with open(path, "rb") as file:
        return read_some(file)


def _unpacked(data: bytes | str, name: str) -> tuple[bytes | str, str]:
    """The pipeline in a package, with its name; other data unchanged."""
    require_size(data, name)
    if isinstance(data, str) or not data.startswith((*ZIP, GZIP)):
        return data, name
    from translator.source.archives import unpacked

    return unpacked(data, name)


def _survey(data: bytes | str, name: str, how: ReadOptions) -> Survey:
    data, name = _unpacked(data, name)
    source = _parsed(data, name)
    reader = _reader(source)
    pipeline = reader.read(source, how)
    others, lowering = _parted(_in_order([*source.diagnostics, *source.unread()]))
    # Reading changes a source, so the outline uses a separate one.
    outline = reader.outline(_parsed(data, name))
    return Survey(pipeline, outline, others, lowering, tuple(source.rewrites))


def _reader(source: Source) -> Reader:
    reader = reader_for(source)
    if reader is None:
        from translator.readers.foreign import foreign

        raise TranslationError([*source.diagnostics, foreign(source)])
    return reader


def _read(data: bytes | str, name: str, how: ReadOptions) -> Reading:
    source = _parsed(*_unpacked(data, name))
    reader = _reader(source)
    pipeline = reader.read(source, how)
    if not how.components and reader.holds_component(pipeline):
        from translator.diagnostics.component import SKIPPED

        raise TranslationError([SKIPPED.at(Origin(name))])
    others, lowering = _parted([*source.diagnostics, *source.unread()])
    usable = _usable(others)
    ledger = source.ledger() if how.ledger else None
    return Reading(
        *(pipeline, usable, lowering, source.leaves(), ledger),
        workflow=source.workflow,
        rewrites=tuple(source.rewrites),
        settings=() if source.workflow is None else source.settings(),
        text=source.text,
        secrets=source.secrets,
    )


def _shown(findings: Sequence[Diagnostic]) -> str:
    """The number of findings of each severity, as a short text."""
    from translator.diagnostics.report import count

    counts = [f"{number} {severity}" for severity, number in count(findings).items() if number]
    return f"findings: {', '.join(counts)}" if counts else "no findings"


def _parted(
    findings: Sequence[Diagnostic],
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """The findings for every target, and those about the translation only."""
    others = tuple(one for one in findings if not one.rule.lowering)
    return others, tuple(one for one in findings if one.rule.lowering)


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


def _sha256(data: bytes | str) -> str:
    import hashlib

    written = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hashlib.sha256(written).hexdigest()


def _parsed(data: bytes | str, name: str) -> Source:
    try:
        return parse(data, name)
    except TranslationError:
        from translator.readers.foreign import python_source

        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        if (found := python_source(text, Origin(name))) is not None:
            raise TranslationError([found]) from None
        raise


def _usable(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings in order, if none of them is an error."""
    found = _in_order(findings)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise TranslationError(found)
    return found


def _in_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings in the order of the file."""

    def place(finding: Diagnostic) -> tuple[str, int, int, str]:
        at = finding.origin or Origin("")
        return at.file, at.line, at.column, finding.rule.code

    return tuple(sorted(findings, key=place))
