"""Names that KFP v2 and Vertex AI take, made from those of a workflow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container


def pipeline_name(name: str) -> str:
    """A name of at most 128 of ``a-z 0-9 -``, as kfp's own compilers make it."""
    cleaned = re.sub(r"-+", "-", re.sub(r"[^-a-z0-9]", "-", name.lower())).strip("-")
    return cleaned[:128].rstrip("-") or "pipeline"


def input_name(name: str) -> str:
    """A name for a component's input or output; letters keep their case."""
    return re.sub(r"[^-_0-9A-Za-z]+", "_", name).strip("_") or "value"


def free(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it when it is taken: the first, if they were given in order.

    It is looked for by halves, as there may be thousands.
    """
    if name not in taken:
        return name
    below, above = 1, 2
    while f"{name}-{above}" in taken:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if f"{name}-{middle}" in taken else (below, middle)
    return f"{name}-{above}"


def unique(name: str, taken: set[str]) -> str:
    """A free name, which is taken from then on."""
    candidate = free(name, taken)
    taken.add(candidate)
    return candidate
