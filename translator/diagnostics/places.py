"""File names in formats for other programs: relative to a folder, with slashes."""

from __future__ import annotations

import os

__all__ = ["relative"]


def relative(file: str, base: str) -> str:
    """The path of ``file`` relative to the folder ``base``; the absolute path if it is outside."""
    path, top = os.path.abspath(file), os.path.join(os.path.abspath(base), "")
    below = path[len(top) :] if path.startswith(top) else path
    return below.replace(os.sep, "/")
