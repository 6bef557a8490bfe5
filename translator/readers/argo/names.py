"""Names that KFP v2 and Vertex AI take, made from those of a workflow."""

from __future__ import annotations

import re


def pipeline_name(name: str) -> str:
    """A name of at most 128 of ``a-z 0-9 -``, as kfp's own compilers make it."""
    cleaned = re.sub(r"-+", "-", re.sub(r"[^-a-z0-9]", "-", name.lower())).strip("-")
    return cleaned[:128].rstrip("-") or "pipeline"


def input_name(name: str) -> str:
    """A name for a component's input or output; letters keep their case."""
    return re.sub(r"[^-_0-9A-Za-z]+", "_", name).strip("_") or "value"


def unique(name: str, taken: set[str]) -> str:
    """The name, with the first free number behind it when it is taken; it is taken from then on."""
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    taken.add(candidate)
    return candidate
