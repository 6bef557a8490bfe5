"""The names that kfp 1.x gives to the item of a loop, and the input that takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.readers.argo.values import input_name
from translator.readers.argo.workflow import ItemsText

if TYPE_CHECKING:
    from translator.readers.argo.workflow import DagTask

__all__ = ["item_input", "item_names"]


def item_input(call: DagTask | None) -> str:
    """The name of the input that takes the loop's item, from the source of the items."""
    if call is None or call.items is None:
        return ""
    for name, port in call.parameters.items():
        if port.text == "{{item}}":
            return input_name(name)
    for name, port in call.parameters.items():
        if (port.text or "").startswith("{{item."):
            return input_name(name.partition("-subvar-")[0])
    return "loop-item"


def item_names(call: DagTask, own: str) -> set[str]:
    """kfp 1.x's names for the item of the loop at a call, whose input for it is ``own``."""
    if call.items is None:
        return set()
    given = (*call.parameters, *call.artifacts)
    names = {own, *(name.partition("-subvar-")[0] for name in given)}
    for piece in call.items.parts if isinstance(call.items, ItemsText) else ():
        if not isinstance(piece, str):
            names.add(f"{piece.path[-1]}-loop-item")
    return names
