"""Folders in which files are made ready, and what killed processes left of them.

Such a folder is called ``.translator-<hex>`` and holds ``new``, which goes to its place when it is
complete, ``old``, and a list of the names below these two that are ours. Its maker keeps a lock on
it, so where the lock can be had the maker is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from translator.listings import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["NEW", "OLD", "area", "fill", "sweep", "sync"]

NEW, OLD = "new", "old"
_NAMES = "names.json"
_NAME = re.compile(r"\.translator-[0-9a-f]{12}")


@contextlib.contextmanager
def area(parent: Path, names: Iterable[str]) -> Iterator[Path]:
    """A new folder in ``parent`` that nobody else looks into; ``names`` are ours in the end."""
    path, lock = _made(parent)
    try:
        with open(path / _NAMES, "x", encoding="utf-8") as file:
            json.dump(sorted(names), file)
        yield path
    finally:
        _discard(path)
        if lock is not None:
            os.close(lock)


def fill(folder: Path, contents: Mapping[str, bytes], old: Path | None = None) -> None:
    """Adds files to a folder, and makes durable all that is in it.

    A file that ``old`` has too gets the mode that it has there.
    """
    folder.mkdir(exist_ok=True)
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb") as file:
            if old is not None and (mode := _mode(old / name)) is not None:
                os.chmod(path, mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for inner, _, _ in os.walk(folder):
        sync(Path(inner))


def _mode(path: Path) -> int | None:
    """Who may do what with a file; None for what is no file, or not there."""
    try:
        found = os.lstat(path).st_mode
    except OSError:
        return None
    return stat.S_IMODE(found) & 0o777 if stat.S_ISREG(found) else None


def sync(folder: Path) -> None:
    """Makes names durable where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sweep(folder: Path) -> None:
    """Removes what processes that are no more left in ``folder``, as far as it may."""
    names: list[str] = []
    with contextlib.suppress(OSError):
        names = [name for name in os.listdir(folder) if _NAME.fullmatch(name)]
    for name in names:
        with contextlib.suppress(OSError):
            _sweep(folder / name)


def _sweep(path: Path) -> None:
    if not _is_ours(path):
        return
    lock = _lock(path, wait=False)
    if lock is None:
        return
    try:
        # Only now nobody is between making the folder and putting something into it.
        if set(os.listdir(path)) <= {NEW, OLD, _NAMES}:
            _discard(path)
    finally:
        os.close(lock)


def _is_ours(path: Path) -> bool:
    """Whether we made it and others cannot change it while we look."""
    found = os.lstat(path)
    private = not stat.S_IMODE(found.st_mode) & 0o077
    return stat.S_ISDIR(found.st_mode) and private and found.st_uid == os.geteuid()


def _made(parent: Path) -> tuple[Path, int | None]:
    """A new folder, and the lock on it where there are locks."""
    while True:
        path = parent / f".translator-{os.urandom(6).hex()}"
        # Windows would hand the mode down to `new`.
        os.mkdir(path, 0o777 if os.name == "nt" else 0o700)
        try:
            return path, _lock(path, wait=True)
        except FileNotFoundError:  # swept before it was locked
            continue
        except BaseException:
            _discard(path)
            raise


def _lock(folder: Path, *, wait: bool) -> int | None:
    """A descriptor that keeps others out until it is closed; None where that cannot be."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        os.lstat(folder)
    except FileNotFoundError:
        os.close(descriptor)
        raise
    except OSError:  # held by another, or a file system without locks
        os.close(descriptor)
        return None
    return descriptor


def _discard(path: Path) -> None:
    """Removes a folder that ``area`` made, with what is ours in it.

    A file that has another name elsewhere loses nothing either. Whatever else has come there
    stays, and with it the folder.
    """
    ours = {f"{part}/{name}" for part in (NEW, OLD) for name in _names(path)}
    folders = [""]
    for below in folders:  # grows on the way
        with contextlib.suppress(OSError), os.scandir(path / below) as entries:
            for entry in entries:
                name = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name + "/")
                elif name in ours or entry.stat(follow_symlinks=False).st_nlink > 1:
                    os.unlink(entry.path)
    for below in reversed(folders[1:]):
        with contextlib.suppress(OSError):
            os.rmdir(path / below)
    with contextlib.suppress(OSError):
        if os.listdir(path) == [_NAMES]:  # the last to go: the next sweep needs it
            os.unlink(path / _NAMES)
        os.rmdir(path)


def _names(path: Path) -> list[str]:
    """The names that are ours; none where the process was killed before it listed them."""
    try:
        listed = listing(path / _NAMES)
    except OSError:
        return []
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
