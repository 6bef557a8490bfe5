"""Replace a folder that is there by a new one, at once, so that no kill can leave a mixture.

The new folder is made beside the old one: the new files are written, everything else is linked
into it. Then the system exchanges the two names in one step, and the old folder is removed.

That gives the folder another identity, so it is done only where nobody could notice.
"""

from __future__ import annotations

import contextlib
import os
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from translator import staging
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["swap"]

#: Linking more than this takes longer than anybody expects of writing some files.
MOST_ENTRIES = 10_000


class _Unsafe(Exception):
    """The folder had better stay itself."""


def swap(folder: Path, contents: Mapping[str, bytes], gone: Collection[str]) -> bool:
    """Gives ``folder`` the ``contents`` in place of what it has under their names and ``gone``.

    False, with nothing changed, where that is not safe or the system cannot do it.
    """
    place = Path(os.path.realpath(folder))
    ours = frozenset([*contents, *gone])
    swapped = False
    try:
        _require_movable(place)
        with staging.area(place.parent, ours) as area:
            new = area / staging.NEW
            linked = _link_all(place, new, ours)
            staging.fill(new, contents, place)
            _liken_folders(place, new, ours)
            _exchange(new, place)
            swapped = True
            staging.sync(place.parent)
            _bring_over(new, place, ours, linked)
    except (OSError, ImportError, _Unsafe):
        return swapped
    return True


def _require_movable(place: Path) -> None:
    """Cheap to find out, so asked before anything is made."""
    if sys.platform not in ("linux", "darwin"):
        raise _Unsafe("no way to exchange names")
    if os.lstat(place).st_dev != os.lstat(place.parent).st_dev or place == place.parent:
        raise _Unsafe("a mount point")
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise _Unsafe("a parent that is not ours to write")
    if sys.platform == "linux":
        if _is_mounted(place):
            raise _Unsafe("mounted")
        working = list(_working_folders())
    else:
        working = [os.getcwd()]
    if any(_is_within(folder, str(place)) for folder in working):
        raise _Unsafe("somebody's working folder")


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _working_folders() -> Iterator[str]:
    """Those of all processes, as far as we may know them."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # ended, or another user's
            yield os.readlink(f"/proc/{process}/cwd")


class _Mount(NamedTuple):
    """A line of ``mountinfo``: what part of which device is seen where."""

    device: str
    root: str
    point: str


def _is_mounted(place: Path) -> bool:
    """Whether something is mounted in the folder, or the folder or a part of it elsewhere.

    A container to which it was handed would go on with the old one.
    """
    own = list(_mounts("self"))
    around = [one for one in own if _is_within(str(place), one.point)]
    if not around:
        raise _Unsafe("who knows where")
    here = max(reversed(around), key=lambda one: len(one.point))  # the last one hides others
    inside = here.root.rstrip("/") + str(place)[len(here.point.rstrip("/")) :]
    return any(_is_within(one.point, str(place)) for one in own) or any(
        one.device == here.device and _is_within(one.root, inside) for one in _all_mounts()
    )


def _all_mounts() -> Iterator[_Mount]:
    """Those of all processes, each set once: a set is known by the number of its first."""
    seen = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # ended
            with open(f"/proc/{process}/mountinfo", "rb", 0) as file:
                number = file.read(16).partition(b" ")[0]
            if number not in seen:
                yield from _mounts(process)
                seen.add(number)


def _mounts(process: str) -> Iterator[_Mount]:
    with open(f"/proc/{process}/mountinfo", "rb") as lines:
        for line in lines:
            _, _, device, root, point, *_ = os.fsdecode(line).split(" ")
            yield _Mount(device, _unescaped(root), _unescaped(point))


def _unescaped(path: str) -> str:
    for code in ("040", "011", "012", "134"):
        path = path.replace("\\" + code, chr(int(code, 8)))
    return path


def _link_all(old: Path, new: Path, ours: Collection[str]) -> dict[str, int]:
    """Links what is in ``old`` and not ours into ``new``, and says which inodes these are."""
    found = list(islice(_entries(old), MOST_ENTRIES + 1))
    if len(found) > MOST_ENTRIES:
        raise _Unsafe("too much to link")
    new.mkdir()
    _require_same(old, old)
    linked = {}
    for name, entry in found:
        if entry.is_dir(follow_symlinks=False):
            _require_same(old, old / name)
            (new / name).mkdir()
        elif name not in ours:
            os.link(entry.path, new / name, follow_symlinks=False)
            link = os.lstat(new / name)
            if link.st_nlink < 2 or not os.path.samestat(link, os.lstat(entry.path)):
                os.unlink(new / name)
                raise _Unsafe("a file system that does not count links")
            linked[name] = link.st_ino
    return linked


def _require_same(top: Path, folder: Path) -> None:
    """We may do in the folder what making it again amounts to."""
    if os.stat(folder).st_dev != os.stat(top).st_dev:
        raise _Unsafe("a mount inside")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise _Unsafe("a folder that is not ours to write")


def _entries(top: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below the folder by relative name, folders before what is in them."""
    folders = [""]
    for below in folders:  # grows on the way
        with os.scandir(top / below) as entries:
            for entry in entries:
                name = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name + "/")
                yield name, entry


def _liken_folders(old: Path, new: Path, ours: Collection[str]) -> None:
    """Owners, modes and attributes of folders; and times, except where names came or went."""
    from shutil import copystat

    changed = {os.path.dirname(name) for name in ours}
    inner = [name for name, entry in _entries(old) if entry.is_dir(follow_symlinks=False)]
    for name in [*reversed(inner), ""]:
        before, after = os.stat(old / name), os.stat(new / name)
        if (before.st_uid, before.st_gid) != (after.st_uid, after.st_gid):
            os.chown(new / name, before.st_uid, before.st_gid)
        copystat(old / name, new / name)
        if name in changed:
            os.utime(new / name)


#: Of ``renameat2``, for C libraries that do not know it.
_SYSTEM_CALLS = {"x86_64": 316, "aarch64": 276}


def _exchange(one: Path, other: Path) -> None:
    """Gives each the other's name in one step. Raises ``OSError`` where that cannot be."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        failed = libc.renamex_np(*names, 2)  # RENAME_SWAP
    else:
        where = (-100, names[0], -100, names[1], 2)  # AT_FDCWD, RENAME_EXCHANGE
        if hasattr(libc, "renameat2"):
            failed = libc.renameat2(*where)
        elif sys.maxsize > 2**32 and (number := _SYSTEM_CALLS.get(os.uname().machine)):
            failed = libc.syscall(number, *where)
        else:
            raise _Unsafe("no such call")
    if failed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _bring_over(old: Path, new: Path, ours: Collection[str], linked: Mapping[str, int]) -> None:
    """Moves what others put into the old folder while the new one was being made."""
    for name, entry in _entries(old):
        if name in ours or entry.is_dir(follow_symlinks=False):
            continue
        known = linked.get(name)
        with contextlib.suppress(OSError):  # then it stays where it is
            # What is there again already is newer.
            if _inode(old / name) != known and _inode(new / name) in (known, None):
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(old / name, new / name)


def _inode(path: Path) -> int | None:
    return os.lstat(path).st_ino if os.path.lexists(path) else None
