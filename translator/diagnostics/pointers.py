"""JSON pointers (RFC 6901) of places in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["enclosing"]


def enclosing(pointer: str, places: Container[str]) -> str:
    """The innermost of ``places`` that a pointer is in; empty if it is in none.

    >>> enclosing("/root/dag/tasks/a/inputs", {"/root", "/root/dag/tasks/a"})
    '/root/dag/tasks/a'
    """
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return pointer
