"""Bytes of a file → a reading: its pipeline, the findings, and the fate of each value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from translator.diagnostics import Origin, TranslationError, in_order, without_errors
from translator.readers import reader_for
from translator.readers.options import ReadOptions
from translator.records import NamedTuple
from translator.source import parse
from translator.source.parsing import GZIP, ZIP, read_some, require_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from translator.decisions import Decided
    from translator.diagnostics import Diagnostic
    from translator.diagnostics.rewrites import Rewrite
    from translator.model import Pipeline
    from translator.outline import Outline
    from translator.readers import Reader
    from translator.source import Fate, Source
    from translator.source.left_out import LeftOut
    from translator.source.secret_places import Span

__all__ = [
    "Reading",
    "Survey",
    "load",
    "load_text",
    "quotable_lines",
    "shown",
    "survey",
    "survey_text",
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
    #: The values that are not in the pipeline, which findings report; ``compare`` compares them.
    left_out: tuple[LeftOut, ...] = ()
    #: The pipeline with the decisions for a target, by ``decide``; None before.
    decided: Decided | None = None

    def __repr__(self) -> str:
        name, dialect = self.pipeline.name, self.pipeline.dialect
        found = shown([*self.diagnostics, *self.lowering])
        return f"<Reading of {name!r} ({dialect}): {found}>"

    def _repr_html_(self) -> str:
        """The summary, the graph and the findings, for a notebook."""
        from translator.notebook import shown as as_html

        pipeline, found = self.pipeline, [*self.diagnostics, *self.lowering]
        outline = survey_text(self.text).outline if self.text else None
        facts = [pipeline.dialect, shown(found)]
        return as_html(pipeline.display_name or pipeline.name, facts, outline, found)


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
        found = shown([*self.diagnostics, *self.lowering])
        return f"<Survey of {name!r} ({dialect}): {found}>"


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
    sha256 = _sha256(data)
    source = _parsed(*_unpacked(data, name))
    del data  # the source has the text
    return _read(source, name, how or ReadOptions())._replace(sha256=sha256)


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


def _read(source: Source, name: str, how: ReadOptions) -> Reading:
    reader = _reader(source)
    pipeline = reader.read(source, how)
    if not how.components and reader.holds_component(pipeline):
        from translator.diagnostics.runs import SKIPPED

        raise TranslationError([SKIPPED.at(Origin(name))])
    others, lowering = _parted([*source.diagnostics, *source.unread()])
    usable = without_errors(others)
    ledger = source.ledger() if how.ledger else None
    return Reading(
        *(pipeline, usable, lowering, source.leaves(), ledger),
        workflow=source.workflow,
        rewrites=tuple(source.rewrites),
        settings=() if source.workflow is None else source.settings(),
        text=source.text,
        secrets=source.secrets,
        left_out=source.left_out(),
    )


def _survey(data: bytes | str, name: str, how: ReadOptions) -> Survey:
    data, name = _unpacked(data, name)
    source = _parsed(data, name)
    reader = _reader(source)
    pipeline = reader.read(source, how)
    others, lowering = _parted(in_order([*source.diagnostics, *source.unread()]))
    # Reading changes a source, so the outline uses a separate one.
    outline = reader.outline(_parsed(data, name))
    return Survey(pipeline, outline, others, lowering, tuple(source.rewrites))


def _reader(source: Source) -> Reader:
    reader = reader_for(source)
    if reader is None:
        from translator.readers.foreign import foreign

        raise TranslationError([*source.diagnostics, foreign(source)])
    return reader


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


def _parsed(data: bytes | str, name: str) -> Source:
    try:
        return parse(data, name)
    except TranslationError:
        from translator.readers.foreign import python_source

        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        if (found := python_source(text, Origin(name))) is not None:
            raise TranslationError([found]) from None
        raise


def _parted(
    findings: Sequence[Diagnostic],
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """The findings for every target, and those about the translation only."""
    others = tuple(one for one in findings if not one.rule.lowering)
    return others, tuple(one for one in findings if one.rule.lowering)


def _sha256(data: bytes | str) -> str:
    import hashlib

    written = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hashlib.sha256(written).hexdigest()


def shown(findings: Sequence[Diagnostic]) -> str:
    """The number of findings of each severity, as a short text."""
    from translator.diagnostics.report import count

    counts = [f"{number} {severity}" for severity, number in count(findings).items() if number]
    return f"findings: {', '.join(counts)}" if counts else "no findings"
