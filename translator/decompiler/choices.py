"""What the user decides about the source of a pipeline."""

from __future__ import annotations

from translator.records import NamedTuple

__all__ = ["Choices"]


class Choices(NamedTuple):
    """The options of a source."""

    #: Whether containers of lightweight components go on to install the version of kfp that they
    #: were compiled with, instead of the one that compiles the source.
    pin_kfp: bool = False
