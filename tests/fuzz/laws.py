"""What must hold for any input whatsoever, for each of the three targets of the fuzzer.

A law takes the bytes of a file and returns; what it raises is a finding.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import json
import random
import resource
import time
import zlib
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import translator
from translator.diagnostics import Severity, github, report, sarif
from translator.model import Submission
from translator.readers.options import ReadOptions
from translator.records import Record, replace
from translator.source import Fate, parse
from translator.source.archives import unpacked
from translator.writers.pipeline_spec import pipeline_spec, platform_spec
from translator.writers.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from translator.diagnostics import Diagnostic
    from translator.model import Pipeline

__all__ = ["LAWS", "Large", "Slow"]

#: Seconds of CPU that a file of ``KILOBYTES`` may take; larger ones get more in proportion. What
#: atheris instruments takes five times as long.
SECONDS, KILOBYTES = 8.0, 16
#: Of memory that a file may take beyond what others took.
MEGABYTES = 300
#: Codes of mistakes of ours.
_OURS = ("TR901", "TR902")
#: One input in so many is looked at twice.
_TWICE = 4


class Slow(Exception):
    """It took longer than it may."""


class Large(Exception):
    """It took more memory than it may."""


def source(data: bytes) -> None:
    """Bytes become documents, or a report; every leaf has a fate, and a finding if nobody asked."""
    file, text = "f", data
    with contextlib.suppress(translator.TranslationError):
        text, file = unpacked(data, file)
    try:
        read = parse(text, file)
    except translator.TranslationError as error:
        _told(error.diagnostics)
        assert any(d.severity is Severity.ERROR for d in error.diagnostics), "nothing is wrong"
        return
    for document in read.documents:
        json.dumps(document.peek())
    unread = read.unread()
    _told([*read.diagnostics, *unread])
    assert set(read.ledger().values()) <= {Fate.REPORTED, Fate.CARRIED}, "a leaf without a fate"


def reader(data: bytes) -> None:
    """A file is read in the same way each time, and what is written of it reads as the same."""
    how = options(data)
    first = _reading(data, how)
    if _is_chosen(data, _TWICE):
        assert _reading(data, how) == first, "another result at the second time"
    pipeline = first[0]
    if pipeline is None:
        return
    if pipeline.dialect == "KFP v2" and _is_translatable(pipeline):
        _reads_again(pipeline)


def whole(data: bytes) -> None:
    """A file becomes a bundle of sound files for each target, or a report."""
    for to in ("vertex", "kubeflow"):
        first = _bundle(data, to)
        if _is_chosen(data, _TWICE):
            assert _bundle(data, to) == first, "another bundle at the second time"
        for name, text in first[0]:
            text.encode()
            if name.endswith(".py"):
                ast.parse(text)
        spec = dict(first[0]).get("pipeline.yaml")
        if spec is not None:
            translator.load_text(spec, how=options(data))


def options(data: bytes) -> ReadOptions:
    """How a file is read: by chance, but the same for the same file."""
    chance = random.Random(zlib.crc32(data))
    return ReadOptions(
        declared_types=chance.random() < 0.3,
        unroll_recursion=chance.choice((0, 0, 0, 1, 2, 5, 100)),
        placeholders=chance.choice(({}, {}, {"workflow.name": "a'b"}, {"x": "\u2028"})),
        entrypoints=chance.choice(({}, {"alpine": ("sh", "-c")}, {"python:3.11": ("python",)})),
        adapter_image=chance.choice(("alpine:3.20", "busybox", "é")),
    )


def _reading(data: bytes, how: ReadOptions) -> tuple[Pipeline | None, list[str]]:
    try:
        reading = translator.load_text(data, "f", how)
    except translator.TranslationError as error:
        return None, _told(error.diagnostics)
    checks = translator.check(reading)
    return reading.pipeline, _told([*reading.diagnostics, *checks])


def _bundle(data: bytes, to: str) -> tuple[list[tuple[str, str]], list[str]]:
    path = _folder() / "pipeline.yaml"
    path.write_bytes(data)
    try:
        result = translator.translate(path, to, how=options(data))
    except translator.TranslationError as error:
        return [], _told(error.diagnostics)
    return list(result.files.items()), _told(result.diagnostics)


def _told(findings: Iterable[Diagnostic]) -> list[str]:
    """What is said, each in all its forms; all of it has a place and a code, and can be printed."""
    found = list(findings)
    for one in found:
        assert one.rule.code not in _OURS, str(one)
        assert one.origin is not None and one.origin.file, f"no place: {one}"
        assert one.origin.line >= 0 and one.origin.column >= 0, f"no such place: {one}"
    structured = [*map(report.as_json, found), sarif.document(found, "0", 1)]
    texts = (report.text(found, style=report.Style(verbose=True)), github.commands(found))
    for text in (json.dumps(structured), *texts):
        text.encode()
    return [str(one) for one in found]


def _is_translatable(pipeline: Pipeline) -> bool:
    checks = [*translator.check(pipeline, "vertex"), *translator.check(pipeline, "kubeflow")]
    return not any(one.severity is Severity.ERROR for one in checks)


def _reads_again(pipeline: Pipeline) -> None:
    spec, platforms = pipeline_spec(pipeline), platform_spec(pipeline)
    text = yaml_text(spec) + (f"---\n{yaml_text(platforms)}" if platforms else "")
    again = translator.load_text(text).pipeline
    different = next(_differences(replace(pipeline, submission=Submission()), again), "")
    assert not different, f"read again, {different}"


#: What the writer spells out where the file left it away.
_SPELT_OUT = (("display_name", ""), ("sdk_version", ""), ("text", None))


def _differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    if one == other or (path.rpartition(".")[2], one) in _SPELT_OUT:
        return
    if (
        isinstance(one, Record)
        and other is None
        and set(vars(one).values()) <= {None, "", one.origin}
    ):
        return  # `retryPolicy: {}` and `triggerPolicy: {condition: ""}` say nothing
    if isinstance(one, Record) and type(one) is type(other):
        fields = sorted(one._fields - one._uncompared)
        pairs = [(f"{path}.{n}", getattr(one, n), getattr(other, n)) for n in fields]
    elif isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(f"{path}.{n}", one[n], other[n]) for n in one]
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        pairs = [(path, *pair) for pair in zip(one, other, strict=True)]
    else:
        yield f"{path} is {other!r:.200}, not {one!r:.200}"
        return
    for place, first, second in pairs:
        yield from _differences(first, second, place)


def _is_chosen(data: bytes, one_in: int) -> bool:
    return zlib.adler32(data) % one_in == 0


@functools.cache
def _folder() -> Path:
    """Where inputs are put for ``translate``, which takes files: in memory, where there is such."""
    memory = Path("/dev/shm")
    return Path(mkdtemp(prefix="fuzz-", dir=memory if memory.is_dir() else None))


def timed(law: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The law, which is broken too by what takes too long, or too much memory."""

    @functools.wraps(law)
    def within_time(data: bytes) -> None:
        start, before = time.process_time(), _peak()
        law(data)
        took, grown = time.process_time() - start, _peak() - before
        if grown > MEGABYTES:
            raise Large(f"{grown:,} MB for {len(data):,} bytes")
        if took > SECONDS * max(1.0, len(data) / 1024 / KILOBYTES):
            raise Slow(f"{took:.1f} seconds for {len(data):,} bytes")

    return within_time


def _peak() -> int:
    """Megabytes that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


LAWS: dict[str, Callable[[bytes], None]] = {
    law.__name__: timed(law) for law in (source, reader, whole)
}
