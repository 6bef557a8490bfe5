"""Packages of kfp 1.x: one pipeline in a .zip, .tar.gz or .tgz, recognised by content."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, TypeVar

from translator.diagnostics import Origin, TranslationError
from translator.diagnostics import reading as rules
from translator.records import NamedTuple
from translator.source.parsing import GZIP, MAX_BYTES, ZIP

if TYPE_CHECKING:
    from typing import IO

_SUFFIXES = (".yaml", ".yml", ".json")
#: Extra entries of a zip file written by macOS.
_CLUTTER = ("__MACOSX/", "._")
#: Exceptions of `zipfile` and `tarfile` for wrong sizes, names and versions in headers, or nesting;
#: a `RuntimeError` is also raised for an encrypted file.
_DAMAGE = (OSError, EOFError, LookupError, ArithmeticError, RuntimeError, struct.error)
T = TypeVar("T")


class Member(NamedTuple):
    """The pipeline inside a package."""

    data: bytes
    #: The name of the package and of the member, for messages.
    file: str


def unpacked(data: bytes, file: str) -> Member:
    """The pipeline in a package; other data unchanged.

    Raises ``TranslationError`` with TR112 for a package that is damaged, encrypted, too large, or
    contains no pipeline or several. Nothing is written to the disk.
    """
    if data.startswith(ZIP):
        unpack = _from_zip
    elif data.startswith(GZIP):
        unpack = _from_tar
    else:
        return Member(data, file)
    try:
        name, content = unpack(data)
    except ValueError as error:
        raise TranslationError([rules.BAD_ARCHIVE.at(Origin(file), problem=error)]) from error
    return Member(content, f"{file}/{name}")


def _from_zip(data: bytes) -> tuple[str, bytes]:
    import lzma
    import zipfile
    import zlib

    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        name, info = _only([(info.filename, info) for info in archive.infolist()])
        with archive.open(info) as stream:
            return name, _read(name, stream)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, *_DAMAGE) as error:
        raise ValueError(_problem(error)) from error


def _from_tar(data: bytes) -> tuple[str, bytes]:
    import gzip
    import tarfile
    import zlib

    try:
        # All at once: `tarfile` stops before the checksum, and trusts the sizes in headers.
        plain = _read("the archive", gzip.GzipFile(fileobj=io.BytesIO(data)))
        archive = tarfile.open(fileobj=io.BytesIO(plain), mode="r:")  # noqa: SIM115 (in memory)
        name, info = _only([(info.name, info) for info in archive.getmembers() if info.isreg()])
        stream = archive.extractfile(info)
        return name, b"" if stream is None else _read(name, stream)
    except (tarfile.TarError, zlib.error, *_DAMAGE) as error:
        raise ValueError(_problem(error)) from error


def _problem(error: Exception) -> str:
    """The message of the error, unless it is about limits of Python."""
    return (not isinstance(error, ArithmeticError) and str(error)) or "the archive is damaged"


def _only(files: list[tuple[str, T]]) -> tuple[str, T]:
    """The single file with the suffix of a pipeline."""
    found = [(name, info) for name, info in files if _is_pipeline(name)]
    if len(found) != 1:
        raise ValueError(f"it contains {len(found) or 'no'} YAML or JSON files instead of one")
    return found[0]


def _is_pipeline(name: str) -> bool:
    clutter = name.startswith(_CLUTTER[0]) or name.rpartition("/")[2].startswith(_CLUTTER[1])
    return name.lower().endswith(_SUFFIXES) and not clutter


def _read(name: str, stream: IO[bytes] | io.BufferedIOBase) -> bytes:
    """The content, if it is not too large. The size in its header is not trusted."""
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"{name} has more than {MAX_BYTES:,} bytes")
    return content
