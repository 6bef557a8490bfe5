"""Writes a bundle to the disk, in as few steps as possible, without replacing foreign files.

A new folder is renamed into place, and a folder that holds nothing but the bundle is exchanged for
a new one: a kill leaves the old bundle or the new one. Elsewhere the files are replaced one by one,
the manifest last; a kill leaves a mixture that the manifest names, and the next run completes it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from translator.diagnostics import Origin, TranslationError, output
from translator.records import NamedTuple
from translator.system_calls import exchange_names, locked
from translator.targets import TARGETS, target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from translator.diagnostics import Diagnostic

    #: State of a path; ``same``: the new content, ``ours``: as an earlier run wrote it.
    _File = Literal["same", "ours", "edited", "foreign", "large file"]
    _State = _File | Literal["absent", "link", "folder", "special file"]

__all__ = ["MANIFEST", "NAMES", "Plan", "listed", "plan", "write", "write_file"]

#: Lists the files that the package wrote into a folder, with their hashes.
MANIFEST = ".translator.json"
#: The files that a bundle can have. A manifest may be from elsewhere, so no other file that it
#: lists is removed.
NAMES = frozenset(
    {"REPORT.md", "REPORT.html", *(name for to in TARGETS for name in target(to).files)}
)
#: The most bytes of a manifest; normal ones have a few hundred.
_MOST = 1_000_000
_HEX = frozenset("0123456789abcdef")
_REFUSALS = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), output.NOT_PERMITTED),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), output.DISK_FULL),
}


class Plan(NamedTuple):
    """The changes that writing a bundle would make in a folder: names of files in it."""

    create: tuple[str, ...]  #: They do not exist.
    replace: tuple[str, ...]  #: They exist with other content.
    keep: tuple[str, ...]  #: They exist with the same content.
    remove: tuple[str, ...]  #: Files of an earlier bundle that are not part of this one.
    left: tuple[Diagnostic, ...] = ()  #: Files in the manifest that are not removed.


def plan(files: Mapping[str, str], folder: str | os.PathLike[str], *, force: bool = False) -> Plan:
    """The changes that ``write`` would make. It checks that they are allowed, and writes nothing.

    Raises ``TranslationError`` with all files that may not be replaced.
    """
    folder = Path(folder)
    wanted = {name: text.encode() for name, text in files.items()}
    _require_names(wanted)
    with _diagnosed(folder):
        _require_folder(folder)
        known = _known(folder)
        states = {n: _state(folder / n, known.get(n, ()), data) for n, data in wanted.items()}
        others = [n for n in known if n not in wanted and os.path.lexists(folder / n)]
        rest = {name: _state(folder / name, known[name]) for name in others}
        stale = {name: state for name, state in rest.items() if name in NAMES}
        edited = _having(stale, "edited")
        found = [d for name in states for d in _in_the_way(folder / name, states[name], force)]
        found += [d for name in edited for d in _in_the_way(folder / name, "edited", force)]
        state = _state(folder / MANIFEST, ())  # where a regular file may be replaced
        found += _in_the_way(folder / MANIFEST, state, force or state == "foreign")
    if found:
        raise TranslationError(found)
    left = {
        "no bundle has a file of this name": [name for name in rest if name not in NAMES],
        "it is not a regular file": _having(stale, "link", "folder", "special file"),
        "it was edited": edited,
    }
    return Plan(
        create=_having(states, "absent"),
        replace=_having(states, "ours", "edited", "foreign", "link"),
        keep=_having(states, "same"),
        remove=_having(stale, "ours"),
        left=tuple(_left(folder, reason, names) for reason, names in left.items() if names),
    )


def write(
    files: Mapping[str, str], folder: str | os.PathLike[str], *, force: bool = False
) -> tuple[Path, ...]:
    """Writes ``files`` into ``folder``, and returns their paths.

    Files of an earlier bundle that are not part of this one are removed, unless they were edited;
    other files stay. After an error before the first file is in place, nothing has changed.
    Raises ``TranslationError`` with TR120–TR126.
    """
    folder = Path(folder)
    contents = {name: text.encode() for name, text in files.items()}
    _require_names(contents)
    contents[MANIFEST] = _manifest({n: _hash([d]) for n, d in sorted(contents.items())})  # last
    place = Path(os.path.realpath(folder))
    with _diagnosed(folder):
        _require_folder(folder)
        for around in (place.parent, place):
            _sweep(around, NAMES | contents.keys())
        if place.exists() or not _create(place, contents):
            with locked(place):  # planned under the lock: another process may write
                _update(place, plan(files, folder, force=force), contents)
    return tuple(folder / name for name in files)


def write_file(text: str, path: str | os.PathLike[str]) -> None:
    """Writes one file, all of it or nothing; of a link, the file that it leads to.

    Folders that are missing are created. Raises ``TranslationError`` with TR122 and TR124–TR126.
    """
    place = Path(os.path.realpath(path))
    with _diagnosed(place):
        if os.path.lexists(place) and not place.is_file():
            found = "folder" if place.is_dir() else "special file"
            problem = output.IN_THE_WAY.at(Origin(str(path)), found=found, wanted="a file")
            raise TranslationError([problem])
        _require_folder(place.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        with _stage(place.parent, [place.name]) as new:
            _fill(new, {place.name: text.encode()}, place.parent)
            os.replace(new / place.name, place)


def listed(folder: str | os.PathLike[str]) -> frozenset[str]:
    """The names in the manifest of a folder: files of a bundle are not read as pipelines."""
    return NAMES & _known(Path(folder)).keys()


def _require_folder(folder: Path) -> None:
    """Raises an error if ``folder`` is not a folder. A link to a folder is followed."""
    for path in (folder, *folder.parents):
        if path.is_dir():
            return
        if os.path.lexists(path):
            what = "file" if path.exists() else "dangling symbolic link"
            found = output.IN_THE_WAY.at(Origin(str(path)), found=what, wanted="a folder")
            raise TranslationError([found])


def _state(path: Path, known: Collection[str], wanted: bytes | None = None) -> _State:
    """The state of a path, given the hashes of earlier bundles and the ``wanted`` content."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return "absent"
    if not stat.S_ISREG(mode := found.st_mode):
        return "link" if stat.S_ISLNK(mode) else "folder" if stat.S_ISDIR(mode) else "special file"
    if path.name == MANIFEST and found.st_size > _MOST:
        return "large file"
    with open(path, "rb") as file:  # its content and size can be anything
        if wanted is not None and file.read(len(wanted) + 1) == wanted:
            return "same"
        if not known:
            return "foreign"
        file.seek(0)
        digest = _hash(iter(lambda: file.read(1 << 20), b""))
    return "ours" if digest in known else "edited"


def _having(states: Mapping[str, _State], *wanted: _State) -> tuple[str, ...]:
    return tuple(name for name, state in states.items() if state in wanted)


def _in_the_way(path: Path, state: _State, force: bool) -> Iterator[Diagnostic]:
    """The finding if a file may not be replaced or removed."""
    rules = {
        "edited": output.EDITED_FILE,
        "foreign": output.FOREIGN_FILE,
        "link": output.SYMLINK_IN_THE_WAY,
    }
    if state in ("folder", "special file", "large file"):
        yield output.IN_THE_WAY.at(Origin(str(path)), found=state, wanted="a file of the bundle")
    elif state in rules and not force:
        yield rules[state].at(Origin(str(path)), name=path.name)


def _left(folder: Path, reason: str, names: Collection[str]) -> Diagnostic:
    shown = ", ".join(f"`{name}`" for name in [*names][:5])
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return output.NOT_REMOVED.at(Origin(str(folder / MANIFEST)), names=shown + more, reason=reason)


def _known(folder: Path) -> dict[str, set[str]]:
    """Name → hashes in the manifest, two after a killed run; empty without a manifest."""
    path = folder / MANIFEST
    try:
        is_ours = not path.is_symlink() and path.is_file() and path.stat().st_size <= _MOST
        found = json.loads(path.read_bytes() if is_ours else b"")
        parts = (found["files"], found.get("unfinished", {}))
        known = {name: {str(p[name]) for p in parts if name in p} for one in parts for name in one}
        _require_names(known)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return known


def _manifest(files: Mapping[str, str], **more: Mapping[str, str]) -> bytes:
    note = "Written by translator: the files it may overwrite when it is run again."
    return (json.dumps({"note": note, "files": files, **more}, indent=2) + "\n").encode()


def _require_names(names: Iterable[str]) -> None:
    """Raises ``ValueError`` for a name that no file of a bundle has."""
    for name in names:
        if name in {"", ".", "..", MANIFEST} or "/" in name or "\\" in name:
            raise ValueError(f"not a name inside a bundle: {name!r}")


def _hash(parts: Iterable[bytes]) -> str:
    import hashlib  # slow to import, and not needed if nothing is written

    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return "sha256:" + found.hexdigest()


def _create(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Creates the folder by renaming a complete one; False if it exists."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _stage(folder.parent, contents) as new:
            _fill(new, contents, folder)
            os.rename(new, folder)
    except OSError:
        if not folder.is_dir():
            raise
        return False  # another process created it
    return True


def _update(folder: Path, planned: Plan, contents: Mapping[str, bytes]) -> None:
    """Writes new contents into a folder that exists."""
    removed, changed = planned.remove, {*planned.create, *planned.replace, MANIFEST}
    manifest = _state(folder / MANIFEST, (), contents[MANIFEST])
    if manifest == "same" and changed == {MANIFEST} and not removed:
        return
    with contextlib.suppress(OSError, ImportError):
        _exchange(folder, contents, {*contents, *removed})
        return
    # In a mixture of two bundles, the files of both may be replaced.
    known = _known(folder).items()
    old = {n: h for n, hashes in known for h in hashes if _state(folder / n, [h]) == "ours"}
    mark = _manifest(json.loads(contents[MANIFEST])["files"], unfinished=old)
    with _stage(folder, contents) as new:
        _fill(new, {**contents, "mark": mark}, folder)
        os.replace(new / "mark", folder / MANIFEST)
        for name in removed:
            os.unlink(folder / name)
        for name in filter(changed.__contains__, contents):
            os.replace(new / name, folder / name)


def _exchange(folder: Path, contents: Mapping[str, bytes], ours: Collection[str]) -> None:
    """Exchanges the folder for a new one. Raises ``OSError`` if it has to be kept."""
    from shutil import copystat

    with os.scandir(folder) as entries:
        others = [one for one in entries if one.name not in ours or not one.is_file()]
    if others or os.path.samefile(folder, os.curdir):
        raise OSError("other files are in it, or this process")
    with _stage(folder.parent, ours) as new:
        _fill(new, contents, folder)
        before, after = os.stat(folder), os.stat(new)
        if (before.st_uid, before.st_gid) != (after.st_uid, after.st_gid):
            raise OSError("it has another owner")
        copystat(folder, new)
        os.utime(new)
        exchange_names(os.fsencode(new), os.fsencode(folder))
        for name in {*os.listdir(new)} - {*ours, *os.listdir(folder)}:  # it was created meanwhile
            os.rename(new / name, folder / name)


def _fill(new: Path, contents: Mapping[str, bytes], old: Path) -> None:
    """Writes and syncs files, with the modes that they have in ``old``."""
    for name, data in contents.items():
        with open(new / name, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            mode = os.lstat(old / name).st_mode
            if stat.S_ISREG(mode):
                os.chmod(new / name, mode & 0o777)


@contextlib.contextmanager
def _stage(parent: Path, names: Collection[str]) -> Iterator[Path]:
    """A new folder ``new`` in a private one, which is locked while it is in use."""
    with contextlib.ExitStack() as stack:
        while True:
            path = parent / f".translator-{os.urandom(6).hex()}"
            os.mkdir(path, 0o777 if os.name == "nt" else 0o700)  # Windows inherits the mode
            stack.callback(_discard, path, names)
            with contextlib.suppress(FileNotFoundError):  # removed by `_sweep` before it was locked
                stack.enter_context(locked(path))
                os.mkdir(path / "new")
                break
        yield path / "new"


def _discard(stage: Path, names: Collection[str]) -> None:
    """Removes a stage, but no file with another name, nor the folders around such a file."""
    for name in (*names, "mark"):
        with contextlib.suppress(OSError):
            os.unlink(stage / "new" / name)
    for path in (stage / "new", stage):
        with contextlib.suppress(OSError):
            os.rmdir(path)


def _sweep(parent: Path, names: Collection[str]) -> None:
    """Removes stages that killed processes left, as far as permissions allow."""
    beside: list[str] = []
    with contextlib.suppress(OSError):
        beside = os.listdir(parent)
    for name in beside:
        if len(name) != 24 or not name.startswith(".translator-") or not {*name[12:]} <= _HEX:
            continue
        path = parent / name
        with contextlib.suppress(OSError):
            found = os.lstat(path)
            if found.st_mode & 0o170077 == stat.S_IFDIR and found.st_uid == os.geteuid():
                with locked(path, wait=False):
                    _discard(path, names)


@contextlib.contextmanager
def _diagnosed(folder: Path) -> Iterator[None]:
    """Turns ``OSError`` into a finding."""
    try:
        yield
    except OSError as error:
        rule = _REFUSALS.get(error.errno or 0, output.NOT_WRITTEN)
        reason = error.strerror or str(error)
        raise TranslationError([rule.at(Origin(str(folder)), reason=reason)]) from error
