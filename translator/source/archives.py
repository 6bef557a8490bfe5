"""Packages as kfp 1.x wrote them: one pipeline in a .zip, .tar.gz or .tgz. Told by content."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, NamedTuple

from translator.diagnostics import Origin, TranslationError
from translator.diagnostics import reading as rules
from translator.source.parsing import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

_SUFFIXES = (".yaml", ".yml", ".json")
#: What a zip file written by macOS holds beside its content.
_CLUTTER = ("__MACOSX/", "._")


class Member(NamedTuple):
    """The pipeline inside a package."""

    data: bytes
    #: The package's name with that of the member behind it, for messages.
    file: str


def unpacked(data: bytes, file: str) -> Member:
    """The pipeline of a package; what is no package comes back as it is.

    Raises ``TranslationError`` with TR112 for a package that is damaged, encrypted, too large,
    or holds no pipeline or several. Nothing is written to the disk.
    """
    if data.startswith(b"PK\x03\x04"):
        members = _zip_members
    elif data.startswith(b"\x1f\x8b"):
        members = _tar_members
    else:
        return Member(data, file)
    try:
        found = [member for member in members(data) if _is_pipeline(member[0])]
        if len(found) != 1:
            raise ValueError(f"it holds {len(found) or 'no'} YAML or JSON files instead of one")
        name, size, stream = found[0]
        content = _read(name, size, stream)
    except (ValueError, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
        raise TranslationError([rules.BAD_ARCHIVE.at(Origin(file), problem=error)]) from error
    return Member(content, f"{file}/{name}")


def _is_pipeline(name: str) -> bool:
    clutter = name.startswith(_CLUTTER[0]) or name.rpartition("/")[2].startswith(_CLUTTER[1])
    return name.lower().endswith(_SUFFIXES) and not clutter


def _zip_members(data: bytes) -> Iterator[tuple[str, int, IO[bytes]]]:
    import zipfile

    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from error
    for info in archive.infolist():
        if not info.is_dir() and _is_pipeline(info.filename):
            yield info.filename, info.file_size, archive.open(info)


def _tar_members(data: bytes) -> Iterator[tuple[str, int, IO[bytes]]]:
    import tarfile

    try:
        archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:gz")  # noqa: SIM115 (in memory)
        members = archive.getmembers()
    except tarfile.TarError as error:
        raise ValueError(str(error)) from error
    for info in members:
        stream = archive.extractfile(info) if info.isreg() else None
        if stream is not None:
            yield info.name, info.size, stream


def _read(name: str, size: int, stream: IO[bytes]) -> bytes:
    """The member's content. The size that it claims is not believed."""
    content = stream.read(MAX_BYTES + 1) if size <= MAX_BYTES else b""
    if size > MAX_BYTES or len(content) > MAX_BYTES:
        raise ValueError(f"{name} has more than {MAX_BYTES:,} bytes")
    return content
