"""Texts of settings with references of Argo, which KFP v2 does not resolve there."""

from __future__ import annotations

from collections.abc import Mapping

from translator.model.values import Node

__all__ = ["argo_reference"]


def argo_reference(part: object) -> str:
    """The first text with a reference in a part of a pod; empty for none.

    The reader of KFP v1 has resolved texts that are nothing but the reference to a value.
    """
    if isinstance(part, str):
        return part if "{{" in part else ""
    inner: list[object] = []
    if isinstance(part, Node):
        inner = [one for field, one in vars(part).items() if field != "origin"]
    elif isinstance(part, Mapping):
        inner = [*part, *part.values()]
    elif isinstance(part, (tuple, list)):
        inner = list(part)
    return next(filter(None, map(argo_reference, inner)), "")
