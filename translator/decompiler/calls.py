"""Calls of components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translator.decompiler.layout import Entry, Group, entries, mapping
from translator.decompiler.literals import key_literal
from translator.decompiler.names import is_identifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from translator.decompiler.layout import Expression

__all__ = ["call_of"]


def call_of(function: str, keywords: Mapping[str, Expression]) -> Group:
    """A call with keyword arguments. Names that are none of Python's are keys of a dictionary.

    A component that is loaded from text has the names of the file, whatever they are.
    """
    plain = {name: one for name, one in keywords.items() if is_identifier(name)}
    others = [(key_literal(name), one) for name, one in keywords.items() if name not in plain]
    unpacked = (Entry("**", mapping(others)),) if others else ()
    return Group(opening=f"{function}(", entries=(*entries((), plain), *unpacked), closing=")")
