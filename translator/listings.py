"""Lists of the files that are ours. They are among these files, and may come from others."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["listing"]

#: Bytes of a list; ours have a few hundred.
_MOST = 1_000_000


def listing(path: Path) -> Any:
    """The JSON value of a small file; None where it is none. Raises ``OSError``.

    No link is followed, and no pipe waited for.
    """
    flags = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
    with open(os.open(path, os.O_RDONLY | flags), "rb") as file:
        is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        data = file.read(_MOST + 1) if is_file else b""
    try:
        return json.loads(data) if len(data) <= _MOST else None
    except (ValueError, RecursionError):
        return None
