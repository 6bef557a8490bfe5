"""Options for reading KFP v1 workflows. KFP v2 has no options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ReadOptions"]


class ReadOptions(Record):
    """How a KFP v1 workflow is read."""

    #: Give inputs and outputs the types that their authors declared (Integer, Float, Bool …), as
    #: kfp's own compiler for v2 does. Otherwise all values are text, as in KFP v1.
    declared_types: bool = False
    #: How many times a recursive template is unrolled; 0 makes recursion an error.
    unroll_recursion: int = 0
    #: Placeholder without an equivalent in KFP v2, without its braces → its text.
    placeholders: Mapping[str, str] = {}
    #: Image → its entrypoint, for templates without a command; empty if it has none.
    entrypoints: Mapping[str, tuple[str, ...]] = {}
    #: Image in ``entrypoints`` → its Cmd, for those without a command and arguments.
    default_arguments: Mapping[str, tuple[str, ...]] = {}
    #: The image of added tasks that convert between values and files. Needs ``sh``.
    adapter_image: str = "alpine:3.20"
    #: Keep the fate of each leaf of the file, also for KFP v2: ``Reading.ledger``.
    ledger: bool = False
    #: Read a component as a pipeline of one task. Otherwise it is TR198, for files of all formats.
    components: bool = True
