"""A bundle takes the place of another in one step where that is safe, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from translator import bundle
from translator.bundle import MANIFEST, plan, write
from translator.diagnostics import TranslationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
OLD = {"main.py": "print(1)\n", "same.txt": "same\n", "old.txt": "x\n"}
NEW = {"main.py": "print(2)\n", "same.txt": "same\n", "new.txt": "y\n"}
FOREIGN = {"notes.md", ".venv/bin/python", "pipe"}


@pytest.fixture(autouse=True)
def _ordinary_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "NAMES", bundle.NAMES | OLD.keys() | NEW.keys())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle with nothing else beside it."""
    folder = tmp_path / "parent" / "out"
    write(OLD, folder)
    return folder


@pytest.fixture
def shared(folder: Path) -> Path:
    """A bundle with things of others beside it."""
    (folder / "notes.md").write_text("mine")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to("/nowhere")
    os.mkfifo(folder / "pipe")
    return folder


def inodes(folder: Path) -> dict[str, int]:
    """Everything but folders, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.lstat().st_ino
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def untouched(path: Path) -> tuple[int, int, int]:
    """What a change would change; looking changes the time of access."""
    found = path.lstat()
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def is_complete(folder: Path, files: dict[str, str] = NEW) -> bool:
    """Nothing is left beside the folder either."""
    assert {name: (folder / name).read_text() for name in files} == files
    assert inodes(folder).keys() - FOREIGN == {*files, MANIFEST}
    assert "unfinished" not in json.loads((folder / MANIFEST).read_bytes())
    return [path.name for path in folder.parent.iterdir()] == ["out"]


def exchanged(folder: Path, files: dict[str, str] = NEW, *, force: bool = False) -> bool:
    """Writes, and tells whether the folder is another one now."""
    before = folder.stat().st_ino
    write(files, folder, force=force)
    assert is_complete(folder, files)
    return folder.stat().st_ino != before


@pytest.fixture(scope="session")
def _a_system_that_can(tmp_path_factory: pytest.TempPathFactory) -> None:
    one, other = (tmp_path_factory.mktemp(name) for name in "ab")
    try:
        bundle.exchange_names(os.fsencode(one), os.fsencode(other))
    except OSError:
        pytest.skip("no way to exchange two folders here")


@pytest.mark.usefixtures("_a_system_that_can")
class TestExchanged:
    def test_a_folder_that_holds_the_bundle(self, folder: Path) -> None:
        assert exchanged(folder)
        (folder / "new.txt").unlink()
        assert exchanged(folder, OLD)

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        (tmp_path / "parent" / "out").mkdir(parents=True)
        assert exchanged(tmp_path / "parent" / "out")

    def test_the_folder_looks_as_before(self, folder: Path) -> None:
        folder.chmod(0o2711)
        os.utime(folder, ns=(1, 10**18))
        with contextlib.suppress(OSError):  # not every file system has them
            os.setxattr(folder, "user.colour", b"red")
        attributes = os.listxattr(folder)
        assert exchanged(folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2711
        assert folder.stat().st_mtime_ns != 10**18, "names in it changed"
        assert os.listxattr(folder) == attributes

    def test_a_link_to_the_folder_stays_one(self, folder: Path, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(folder)
        before = folder.stat().st_ino
        write(NEW, link)
        assert link.is_symlink()
        assert is_complete(folder)
        assert folder.stat().st_ino != before

    def test_a_link_in_place_of_a_file_is_replaced(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "precious").write_text("mine")
        (folder / "main.py").unlink()
        (folder / "main.py").symlink_to(tmp_path / "precious")
        assert exchanged(folder, force=True)
        assert not (folder / "main.py").is_symlink()
        assert (tmp_path / "precious").read_text() == "mine"

    def test_what_others_put_there_meanwhile_is_kept(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        exchange = bundle.exchange_names

        def busy(one: bytes, other: bytes) -> None:
            (folder / "late" / "r").mkdir(parents=True)
            (folder / "late" / "r" / "file").write_text("late")
            (folder / "both").write_text("older")
            exchange(one, other)
            (folder / "both").write_text("newer")

        monkeypatch.setattr(bundle, "exchange_names", busy)
        write(NEW, folder)
        assert (folder / "late" / "r" / "file").read_text() == "late"
        assert (folder / "both").read_text() == "newer"
        (left,) = (path for path in folder.parent.iterdir() if path != folder)
        assert [*inodes(left)] == ["new/both"], "older, and not lost"


def refuse(number: int) -> Callable[..., Any]:
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


def full(path: Path, mode: str) -> Any:
    """As ``open`` on a disk where nothing can be added."""
    return refuse(errno.EDQUOT)() if "x" in mode else path.open(mode)


def no_exchange(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(bundle, "exchange_names", refuse(errno.EINVAL))


def no_ctypes(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setitem(sys.modules, "ctypes", None)


def other_system(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(sys, "platform", "win32")


def old_libc(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(ctypes, "CDLL", lambda *_: object())


def parent_that_refuses(patch: pytest.MonkeyPatch, folder: Path) -> None:
    mkdir = os.mkdir

    def refusing(path: Any, mode: int = 0o777) -> None:
        if Path(path).parent == folder.parent:
            refuse(errno.EROFS)()
        mkdir(path, mode)

    patch.setattr(bundle.os, "mkdir", refusing)


def another_owner(patch: pytest.MonkeyPatch, folder: Path) -> None:
    asked = os.stat

    def of_another(path: Any, **more: Any) -> Any:
        found = asked(path, **more)
        fields = list(found)
        fields[4] += 1
        return os.stat_result(fields) if path == folder else found

    patch.setattr(bundle.os, "stat", of_another)


def own_working_folder(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.chdir(folder)


@pytest.mark.usefixtures("_a_system_that_can")
class TestFileByFile:
    """The folder stays the same one."""

    @pytest.mark.parametrize(
        "reason",
        [
            another_owner,
            no_ctypes,
            no_exchange,
            old_libc,
            other_system,
            own_working_folder,
            parent_that_refuses,
        ],
    )
    def test_where_it_cannot_be_exchanged(
        self,
        folder: Path,
        reason: Callable[[pytest.MonkeyPatch, Path], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        before = inodes(folder)["same.txt"]
        with monkeypatch.context() as patch:
            reason(patch, folder)
            assert not exchanged(folder)
        assert inodes(folder)["same.txt"] == before
        assert exchanged(folder, OLD), "it was that and nothing else"

    def test_beside_files_of_others(self, shared: Path) -> None:
        before = inodes(shared)
        assert not exchanged(shared)
        assert {name: inodes(shared)[name] for name in FOREIGN} == {
            name: before[name] for name in FOREIGN
        }

    @pytest.mark.parametrize("name", ["Main.py", "other", ".hidden"])
    def test_beside_a_name_that_is_not_of_a_bundle(self, folder: Path, name: str) -> None:
        (folder / name).mkdir()
        before = folder.stat().st_ino
        write(NEW, folder)
        assert folder.stat().st_ino == before
        assert (folder / name).is_dir()

    def test_edited_files_that_are_not_of_the_new_bundle_stay(self, folder: Path) -> None:
        (folder / "old.txt").write_text("edited")
        before = inodes(folder)["old.txt"]
        write(NEW, folder, force=True)
        assert inodes(folder)["old.txt"] == before

    def test_a_folder_that_is_a_mount_point(self, folder: Path) -> None:
        """The system refuses to rename it. A program of its own, as the mount is seen by all."""
        code = (
            f"from translator import bundle\nbundle.NAMES |= {set(OLD) | set(NEW)!r}\n"
            f"bundle.write({NEW!r}, {str(folder)!r})"
        )
        script = 'mount --bind "$1" "$1" && echo there && exec "$2" -c "$3"'
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, "sh", folder, sys.executable, code],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if "there" not in done.stdout:
            pytest.skip("no mounts in here")
        assert done.stderr == ""
        assert is_complete(folder)


class TestUnfinished:
    """What a kill leaves where files are replaced one by one."""

    @pytest.mark.parametrize("calls", range(6))
    def test_the_next_run_completes_it(
        self, shared: Path, calls: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cut_short(shared, calls, monkeypatch)
        marked = json.loads((shared / MANIFEST).read_bytes())
        assert ("unfinished" in marked) == (0 < calls < 5)
        assert not exchanged(shared, OLD if calls % 2 else NEW), "without force"

    def test_once_more_before_it_is_completed(
        self, shared: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        third = {"main.py": "print(3)\n", "new.txt": "z\n"}
        cut_short(shared, 3, monkeypatch)
        cut_short(shared, 2, monkeypatch, third)
        assert not exchanged(shared, OLD)

    def test_edits_of_it_are_seen(self, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cut_short(shared, 3, monkeypatch)
        (shared / "main.py").write_text("edited")
        with pytest.raises(TranslationError) as caught:
            plan(NEW, shared)
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR121"]


def cut_short(
    folder: Path, calls: int, monkeypatch: pytest.MonkeyPatch, files: dict[str, str] = NEW
) -> None:
    """Writes until so many changes in the folder were made: the mark, removals, the files."""
    left = calls

    def counted(call: Callable[..., None]) -> Callable[..., None]:
        def counting(*paths: Path) -> None:
            nonlocal left
            if paths[-1].parent == folder:
                if not left:
                    raise KeyboardInterrupt
                left -= 1
            call(*paths)

        return counting

    with monkeypatch.context() as patch:
        for name in ("replace", "unlink"):
            patch.setattr(bundle.os, name, counted(getattr(os, name)))
        with contextlib.suppress(KeyboardInterrupt):
            write(files, folder)
    assert left == 0


class TestUnchanged:
    def test_nothing_is_touched(self, shared: Path) -> None:
        before = {path: untouched(path) for path in [shared.parent, *shared.parent.rglob("*")]}
        write(OLD, shared)
        assert {path: untouched(path) for path in before} == before

    def test_nothing_is_loaded(self, folder: Path) -> None:
        code = (
            "import sys\nfrom translator.bundle import plan, write\n"
            f"for do in plan, write: do({OLD!r}, {str(folder)!r})\n"
            "assert not {'ctypes', 'shutil'} & {*sys.modules}"
        )
        subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True)


class TestRefused:
    @pytest.mark.parametrize("place", ["folder", "shared"])
    @pytest.mark.parametrize("call", ["fsync", "open"])
    def test_a_full_disk(
        self,
        place: str,
        call: str,
        request: pytest.FixtureRequest,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        folder = request.getfixturevalue(place)
        before = inodes(folder)
        if call == "fsync":
            monkeypatch.setattr(bundle.os, "fsync", refuse(errno.ENOSPC))
        else:
            monkeypatch.setattr(bundle, "open", full, raising=False)
        with pytest.raises(TranslationError) as caught:
            write(NEW, folder)
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR125"]
        assert inodes(folder) == before
        assert is_complete(folder, OLD)

    def test_no_room_for_one_of_the_files(self, folder: Path) -> None:
        """The system itself refuses here, in the middle of a file."""
        before = inodes(folder)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            with pytest.raises(TranslationError) as caught:
                write({**NEW, "z.txt": "z" * 200_000}, folder)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR125"]
        assert inodes(folder) == before
        assert is_complete(folder, OLD)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_folders_without_write_permission(self, folder: Path) -> None:
        folder.parent.chmod(0o555)
        try:
            assert not exchanged(folder)
            folder.chmod(0o555)
            with pytest.raises(TranslationError) as caught:
                write(OLD, folder)
        finally:
            folder.chmod(0o755)
            folder.parent.chmod(0o755)
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR124"]
        assert is_complete(folder)


def test_a_writer_that_waited_for_the_old_folder(folder: Path) -> None:
    """Its lock came to be one on a folder that was exchanged for another."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from translator.bundle import write\n"
        f"print(flush=True); write({OLD!r}, {str(folder)!r})"
    )
    with bundle.locked(folder):
        other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert other.stdout
        other.stdout.readline()
        time.sleep(0.2)
        contents = {name: text.encode() for name, text in NEW.items()}
        foreign = {MANIFEST: b'{"files": {}}'}
        bundle._update(folder, plan(NEW, folder), contents | foreign)
        assert is_complete(folder)
        assert other.poll() is None
    assert other.wait(timeout=30) != 0, "the files are not of a bundle any more"
    assert is_complete(folder)


KILLED = """
import os, signal, sys
from pathlib import Path
from translator import bundle
with bundle._stage(Path(sys.argv[1]), ["main.py"]) as new:
    bundle._fill(new, {"main.py": b"", "mark": b""}, new)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def left_over(parent: Path) -> Path:
    """What a process leaves that was killed while it prepared files."""
    before = {*parent.iterdir()}
    done = subprocess.run([sys.executable, "-c", KILLED, str(parent)], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    (left,) = {*parent.iterdir()} - before
    return left


class TestLeftovers:
    @pytest.mark.parametrize("files", [OLD, NEW], ids=["unchanged", "changed"])
    def test_they_are_removed(self, folder: Path, files: dict[str, str]) -> None:
        left = [left_over(folder.parent), left_over(folder), left_over(folder.parent)]
        for path in [*(left[2] / "new").iterdir(), left[2] / "new"]:  # killed still earlier
            path.rmdir() if path.is_dir() else path.unlink()
        write(files, folder)
        assert not any(path.exists() for path in left)
        assert is_complete(folder, files)

    def test_they_are_removed_when_a_folder_is_new(self, folder: Path) -> None:
        left = left_over(folder.parent)
        write(NEW, folder.parent / "other")
        assert not left.exists()

    def test_those_of_living_processes_stay(self, folder: Path) -> None:
        with bundle._stage(folder.parent, []) as beside, bundle._stage(folder, []) as inside:
            write(NEW, folder)
            assert beside.is_dir()
            assert inside.is_dir()
        assert not beside.exists()
        assert is_complete(folder)

    def test_where_there_are_no_locks_they_stay(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import fcntl

        left = left_over(folder.parent)
        monkeypatch.setattr(fcntl, "flock", refuse(errno.ENOLCK))
        write(NEW, folder)
        assert {*folder.parent.iterdir()} == {left, folder}

    def test_windows(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """There folders are open to all as far as their modes tell, and there is no ``fcntl``."""
        left = left_over(folder.parent)
        left.chmod(0o777)
        monkeypatch.delattr(os, "geteuid")
        monkeypatch.setitem(sys.modules, "fcntl", None)
        write(NEW, folder)
        assert {*folder.parent.iterdir()} == {left, folder}
        assert (folder / "main.py").read_text() == NEW["main.py"]

    def test_a_folder_that_was_swept_before_it_was_locked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import fcntl

        flock = fcntl.flock
        swept: list[Path] = []

        def sweeping(descriptor: int, how: int) -> None:
            if not swept:
                swept.extend(tmp_path.iterdir())
                swept[0].rmdir()
            flock(descriptor, how)

        monkeypatch.setattr(fcntl, "flock", sweeping)
        with bundle._stage(tmp_path, []) as new:
            assert swept != [new.parent]
            assert new.is_dir()

    def test_other_names_in_it_stay(self, folder: Path) -> None:
        left = left_over(folder.parent)
        (left / "new" / "mine").write_text("mine")
        (left / "new" / "way-out").symlink_to(folder)
        write(NEW, folder)
        assert inodes(left).keys() == {"new/mine", "new/way-out"}
        assert (folder / "main.py").is_file()

    def test_what_only_looks_alike_stays(self, folder: Path, tmp_path: Path) -> None:
        parent = folder.parent
        (parent / ".translator-0123456789ab").write_text("a file")
        (parent / ".translator-123456789abc").symlink_to(tmp_path / "elsewhere")
        left_over(tmp_path).rename(tmp_path / "elsewhere")
        (parent / ".translator-23456789abcd").mkdir(0o755)
        (parent / ".translator-3456789abcde").mkdir(0o700)
        (parent / ".translator-3456789abcde" / "other").mkdir()
        (parent / ".translator-456789abcde").mkdir(0o700)
        (parent / ".translator-56789abcdef0-").mkdir(0o700)
        before = {
            path: untouched(path)
            for top in (parent, tmp_path / "elsewhere")
            for path in top.rglob("*")
        }
        write(OLD, folder)
        assert {path: untouched(path) for path in before} == before

    def test_those_of_others_stay(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        left = left_over(folder.parent)
        monkeypatch.setattr(bundle.os, "geteuid", lambda: left.stat().st_uid + 1)
        write(NEW, folder)
        assert left.is_dir()

    def test_it_is_private(self, tmp_path: Path) -> None:
        with bundle._stage(tmp_path, []) as new:
            assert stat.S_IMODE(new.parent.stat().st_mode) == 0o700
