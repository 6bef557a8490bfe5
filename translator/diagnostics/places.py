"""How formats for other programs name a file: as seen from a folder, with slashes."""

from __future__ import annotations

import os

__all__ = ["relative"]


def relative(file: str, base: str) -> str:
    """The path of ``file`` below the folder ``base``; the whole path where it is not below."""
    path, top = os.path.abspath(file), os.path.join(os.path.abspath(base), "")
    below = path[len(top) :] if path.startswith(top) else path
    return below.replace(os.sep, "/")
