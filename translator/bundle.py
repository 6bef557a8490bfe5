"""Put a bundle on the disk: all of its files or none, and never over somebody else's."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from translator.diagnostics import Origin, TranslationError, output
from translator.listings import MOST, listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from translator.diagnostics import Diagnostic

__all__ = ["MANIFEST", "NAMES", "Plan", "listed", "plan", "write"]

#: Lists the files that we wrote into a folder, with their hashes.
MANIFEST = ".translator.json"
#: The files that a bundle can have. A folder may come with a foreign manifest, so no
#: other file is removed, whatever a manifest lists.
NAMES = frozenset(
    {
        *("main.py", "submit.py", "pipeline.yaml", "requirements.txt", "REPORT.md"),
        *("pipeline_inputs.py", "vertex_runner.py", "vertex_settings.py"),
    }
)
#: Names that a finding has.
_SHOWN = 5


class Plan(NamedTuple):
    """What writing a bundle would do to a folder. Names are relative, with ``/``."""

    folder: Path
    #: Not there yet.
    create: tuple[str, ...]
    #: There with other content.
    replace: tuple[str, ...]
    #: There with this very content.
    keep: tuple[str, ...]
    #: Written by us for an earlier bundle, and not part of this one.
    remove: tuple[str, ...]
    #: What the manifest lists and is left where it is.
    left: tuple[Diagnostic, ...] = ()


def write(
    files: Mapping[str, str], folder: str | os.PathLike[str], *, force: bool = False
) -> tuple[Path, ...]:
    """The paths of ``files`` below ``folder``, once all of them are on the disk.

    Either every file is written or the folder stays as it was: files are written elsewhere
    first and moved to their places when all are complete, with one step where the system and
    the folder allow it. Whatever else is in the folder stays. Files of an earlier bundle of ours
    that are not part of this one are removed, unless they were edited.

    Raises ``TranslationError`` with TR120–TR126.
    """
    folder = Path(folder)
    contents = {name: text.encode() for name, text in files.items()}
    contents[MANIFEST] = _manifest(contents)
    for name in files:
        _require_relative(name)
    with _diagnosed(folder):
        if not _create(folder, contents):
            with _locked(folder):  # planned inside: another process may be halfway through
                planned = plan(files, folder, force=force)
                _sweep(folder)
                _update(planned, contents)
    return tuple(folder / name for name in files)


def plan(files: Mapping[str, str], folder: str | os.PathLike[str], *, force: bool = False) -> Plan:
    """What ``write`` would do, having checked that it may; the disk stays as it is.

    Raises ``TranslationError`` with everything that is in the way.
    """
    for name in files:
        _require_relative(name)
    folder = Path(folder)
    with _diagnosed(folder):
        if blocked := list(_folder_in_the_way(folder)):
            raise TranslationError(blocked)
        known = _known(folder)
        found = [d for name in files for d in _in_the_way(folder, name, files[name], known, force)]
        gone = [name for name in known if name not in files and os.path.lexists(folder / name)]
        others = [name for name in gone if name not in NAMES]
        stale = [name for name in gone if name in NAMES and _is_plain_file(folder / name)]
        edited = [name for name in stale if _hash_of(folder / name) != known[name]]
        if not force:
            found += [
                output.EDITED_FILE.at(Origin(str(folder / name)), name=name) for name in edited
            ]
        found += _manifest_in_the_way(folder, force=force)
        if found:
            raise TranslationError(found)
        left = {
            "no bundle has a file of this name": others,
            "it is no ordinary file": [n for n in gone if n in NAMES and n not in stale],
            "it was edited": edited,
        }
        planned = _sorted_out(files, folder, [name for name in stale if name not in edited])
        return planned._replace(left=tuple(_left(folder, left)))


def _require_relative(name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or {"..", MANIFEST} & set(path.parts) or "\\" in name:
        raise ValueError(f"not a name inside a bundle: {name!r}")


def _folder_in_the_way(folder: Path) -> Iterator[Diagnostic]:
    """What keeps ``folder`` from being a folder. A link to a folder is followed."""
    for path in (folder, *folder.parents):
        if path.is_dir():
            return
        if path.is_symlink():
            yield _not_a_folder(path, "dangling symbolic link")
        elif path.exists():
            yield _not_a_folder(path, "file")


def _not_a_folder(path: Path, found: str) -> Diagnostic:
    return output.IN_THE_WAY.at(Origin(str(path)), found=found, wanted="a folder")


def _in_the_way(
    folder: Path, name: str, text: str, known: Mapping[str, str], force: bool
) -> Iterator[Diagnostic]:
    """What keeps one file from being written."""
    for parent in reversed(PurePosixPath(name).parents[:-1]):
        if (folder / parent).is_symlink():
            yield _not_a_folder(folder / parent, "symbolic link")
        elif (folder / parent).exists() and not (folder / parent).is_dir():
            yield _not_a_folder(folder / parent, "file")
    path = folder / name
    if path.is_symlink():
        if not force:
            yield output.SYMLINK_IN_THE_WAY.at(Origin(str(path)), name=name)
    elif path.exists() and not path.is_file():
        yield _no_file(path)
    elif path.exists() and not force:
        present = _hash_of(path)
        if present not in (_hash(text.encode()), known.get(name)):
            rule = output.EDITED_FILE if name in known else output.FOREIGN_FILE
            yield rule.at(Origin(str(path)), name=name)


def _manifest_in_the_way(folder: Path, *, force: bool) -> list[Diagnostic]:
    path = folder / MANIFEST
    if path.is_symlink():
        return [] if force else [output.SYMLINK_IN_THE_WAY.at(Origin(str(path)), name=MANIFEST)]
    if path.is_file() and path.stat().st_size > MOST and not force:
        # Not ours, and nothing to copy before it is replaced.
        wanted = "a list of the files of a bundle"
        return [output.IN_THE_WAY.at(Origin(str(path)), found="large file", wanted=wanted)]
    return [] if path.is_file() or not path.exists() else [_no_file(path)]


def _no_file(path: Path) -> Diagnostic:
    found = "folder" if path.is_dir() else "special file"
    return output.IN_THE_WAY.at(Origin(str(path)), found=found, wanted="a file")


def _sorted_out(files: Mapping[str, str], folder: Path, stale: list[str]) -> Plan:
    create: list[str] = []
    replace: list[str] = []
    keep: list[str] = []
    for name, text in files.items():
        path = folder / name
        if path.is_symlink():
            replace.append(name)
        elif not path.exists():
            create.append(name)
        else:
            same = _hash_of(path) == _hash(text.encode())
            (keep if same else replace).append(name)
    return Plan(folder, tuple(create), tuple(replace), tuple(keep), tuple(stale))


def _left(folder: Path, reasons: Mapping[str, list[str]]) -> Iterator[Diagnostic]:
    for reason, names in reasons.items():
        if names:
            shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
            more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
            origin = Origin(str(folder / MANIFEST))
            yield output.NOT_REMOVED.at(origin, names=shown + more, reason=reason)


def listed(folder: str | os.PathLike[str]) -> frozenset[str]:
    """The names of what we wrote into a folder: what a conversion gave is no input of one."""
    try:
        return NAMES & _known(Path(folder)).keys()
    except OSError:
        return frozenset()


def _known(folder: Path) -> dict[str, str]:
    """Name → hash of what we wrote there; empty when nothing says so."""
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        return {}
    try:
        found = listing(path)["files"]
        known = {str(name): str(digest) for name, digest in found.items()}
        for name in known:
            _require_relative(name)
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # not ours, or broken: then nothing counts as written by us
    return known


def _manifest(contents: Mapping[str, bytes]) -> bytes:
    listed = {name: _hash(data) for name, data in sorted(contents.items())}
    note = "Written by translator: the files it may overwrite when it is run again."
    return (json.dumps({"note": note, "files": listed}, indent=2) + "\n").encode()


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _hash(data: bytes) -> str:
    import hashlib  # slow to import, and of no use where nothing is written

    return "sha256:" + hashlib.sha256(data).hexdigest()


def _hash_of(path: Path) -> str:
    import hashlib

    found = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):  # it may be anything, of any size
            found.update(part)
    return "sha256:" + found.hexdigest()


def _create(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """A new folder, complete from the moment that it has its name; False if there is one."""
    if folder.exists():
        return False
    if blocked := list(_folder_in_the_way(folder)):
        raise TranslationError(blocked)
    from translator import staging

    made = _make_parents(folder)
    try:
        staging.sweep(folder.parent)
        with staging.area(folder.parent, contents) as area:
            staging.fill(area / staging.NEW, contents)
            os.rename(area / staging.NEW, folder)
    except BaseException as error:
        for parent in made:
            with contextlib.suppress(OSError):
                parent.rmdir()
        if isinstance(error, OSError) and folder.is_dir():
            return False  # another process was faster
        raise
    staging.sync(folder.parent)
    return True


def _make_parents(folder: Path) -> list[Path]:
    """The parents that had to be made, innermost first."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _update(planned: Plan, contents: Mapping[str, bytes]) -> None:
    """New contents in a folder that is there; as it was when anything fails.

    Where it is safe the folder is swapped for a new one. Otherwise its files are replaced one
    by one, which a kill can interrupt.
    """
    changed = [*planned.create, *planned.replace]
    manifest = planned.folder / MANIFEST
    if not _is_plain_file(manifest) or _hash_of(manifest) != _hash(contents[MANIFEST]):
        changed.append(MANIFEST)
    if not changed and not planned.remove:
        return
    from translator import swapping

    wanted = {name: contents[name] for name in changed}
    if not swapping.swap(planned.folder, wanted, planned.remove):
        _replace_each(planned.folder, wanted, planned.remove)


def _replace_each(folder: Path, wanted: Mapping[str, bytes], gone: Iterable[str]) -> None:
    """File by file; what was done is undone when anything fails."""
    from translator import staging

    with staging.area(folder, [*wanted, *gone]) as area, contextlib.ExitStack() as undo:
        staging.fill(area / staging.NEW, wanted, folder)
        for name in (*gone, *wanted):  # all before the first change, which soon is the last
            _copy(folder / name, area / staging.OLD / name)
        for name in gone:
            _prepare_undo(folder / name, area / staging.OLD / name, undo)
            (folder / name).unlink()
        for name in wanted:
            _prepare_undo(folder / name, area / staging.OLD / name, undo)
            os.replace(area / staging.NEW / name, folder / name)
        staging.sync(folder)
        undo.pop_all()


def _copy(path: Path, copy: Path) -> None:
    if os.path.lexists(path):
        from shutil import copy2

        copy.parent.mkdir(parents=True, exist_ok=True)
        copy2(path, copy, follow_symlinks=False)


def _prepare_undo(path: Path, copy: Path, undo: contextlib.ExitStack) -> None:
    """Arranges that ``undo`` gives the path its present content back, or its absence."""
    for parent in _make_parents(path):
        undo.callback(parent.rmdir)
    if os.path.lexists(copy):
        undo.callback(os.replace, copy, path)
    else:
        undo.callback(path.unlink, missing_ok=True)


def _sweep(folder: Path) -> None:
    """Removes what killed processes left beside the folder and in it."""
    for around in (folder / "..", folder):
        with contextlib.suppress(OSError):
            if any(name.startswith(".translator-") for name in os.listdir(around)):
                from translator import staging

                staging.sweep(around)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lets one process at a time write the folder, where the system can tell."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    while True:  # until it is the folder's lock, and not that of one that was swapped away
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(descriptor), os.stat(folder)):
                yield
                return
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _diagnosed(folder: Path) -> Iterator[None]:
    """Turns what the system refuses into a finding."""
    try:
        yield
    except OSError as error:
        raise TranslationError([_refused(folder, error)]) from error


def _refused(folder: Path, error: OSError) -> Diagnostic:
    match error.errno:
        case errno.EACCES | errno.EPERM | errno.EROFS:
            rule = output.NOT_PERMITTED
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            rule = output.DISK_FULL
        case _:
            rule = output.NOT_WRITTEN
    return rule.at(Origin(str(folder)), reason=error.strerror or str(error))
