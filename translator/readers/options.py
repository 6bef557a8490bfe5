"""What can be chosen about how a KFP v1 workflow is read. A KFP v2 spec leaves no choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ReadOptions"]


class ReadOptions(Record):
    """How a KFP v1 workflow is read."""

    #: Give inputs and outputs the types that their authors declared (Integer, Float, Bool …), as
    #: kfp's own compiler for v2 does. Otherwise all values are text, as they are in KFP v1.
    declared_types: bool = False
    #: Levels that a template which runs itself is written out to; 0 refuses it.
    unroll_recursion: int = 0
    #: Reference that KFP v2 has nothing for, without its braces → text in its place.
    placeholders: Mapping[str, str] = {}
    #: Image → the command that is its entrypoint, for templates that leave it to the image.
    entrypoints: Mapping[str, tuple[str, ...]] = {}
    #: Runs the small tasks between a value and a file that the translation adds. Needs ``sh``.
    adapter_image: str = "alpine:3.20"
    #: Keep what became of every leaf of the file, of KFP v2 too: ``Reading.ledger``.
    ledger: bool = False
    #: Read a component as a pipeline of one task. Otherwise it is TR198, for files of all formats.
    components: bool = True
