"""What operating systems do differently with folders: locks, and the exchange of their names."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["exchange_names", "locked"]


def exchange_names(one: bytes, other: bytes) -> None:
    """Exchanges the names of two folders atomically. Raises ``OSError`` if that is impossible."""
    import ctypes

    if sys.platform == "darwin":
        failed = ctypes.CDLL(None).renamex_np(one, other, 2)  # RENAME_SWAP
    elif sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "renameat2"):
        failed = libc.renameat2(-100, one, -100, other, 2)  # AT_FDCWD, RENAME_EXCHANGE
    else:
        failed = True
    if failed:
        raise OSError("the system refuses")


@contextlib.contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Holds the lock of a folder. Without ``wait``, ``OSError`` if another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    while True:  # until the locked folder is the one of this name, and not an exchanged one
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            with contextlib.suppress(*[OSError] * wait):  # some file systems do not support locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if os.path.samestat(os.fstat(descriptor), os.stat(folder)):
                yield
                return
        finally:
            os.close(descriptor)
