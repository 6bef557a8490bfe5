"""A bundle takes the place of another in one step where that is safe, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from translator import bundle, staging, swapping
from translator.bundle import MANIFEST, write
from translator.diagnostics import TranslationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
OLD = {"main.py": "print(1)\n", "same.txt": "same\n", "deep/er/x.txt": "x\n"}
NEW = {"main.py": "print(2)\n", "same.txt": "same\n", "new/y.txt": "y\n"}


@pytest.fixture(autouse=True)
def _ordinary_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    before = bundle.NAMES
    bundle.NAMES = before | OLD.keys() | NEW.keys()
    yield
    bundle.NAMES = before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle with somebody else's things in it."""
    folder = tmp_path / "parent" / "out"
    write(OLD, folder)
    (folder / "notes.md").write_text("mine")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to("/nowhere")
    (folder / ".venv" / "empty").mkdir(mode=0o750)
    (folder / "deep" / "mine.txt").write_text("mine too")
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
    assert inodes(folder).keys() == {*files, MANIFEST, *FOREIGN}
    return [path.name for path in folder.parent.iterdir()] == ["out"]


FOREIGN = {"notes.md", ".venv/bin/python", "deep/mine.txt", "pipe"}


def swapped(folder: Path, files: dict[str, str] = NEW) -> bool:
    """Writes, and says whether the folder is another one now."""
    before = folder.stat().st_ino
    write(files, folder, force=True)
    assert is_complete(folder, files)
    return folder.stat().st_ino != before


@pytest.fixture(autouse=True)
def _a_system_that_can(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    try:
        swapping._exchange(tmp_path / "a", tmp_path / "b")
    except (OSError, swapping._Unsafe):
        pytest.skip("no way to exchange two names here")


class TestSwapped:
    def test_what_is_not_ours_stays_the_same(self, folder: Path) -> None:
        before = inodes(folder)
        assert swapped(folder)
        after = inodes(folder)
        kept = {*FOREIGN, "same.txt"}
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
        assert (folder / "notes.md").stat().st_nlink == 1
        assert (folder / ".venv" / "empty").is_dir()

    def test_folders_look_as_before(self, folder: Path) -> None:
        folder.chmod(0o2711)
        os.utime(folder / ".venv", ns=(1, 10**18))
        os.utime(folder, ns=(1, 10**18))
        with contextlib.suppress(OSError):  # not every file system has them
            os.setxattr(folder, "user.colour", b"red")
        attributes = os.listxattr(folder)
        assert swapped(folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2711
        assert stat.S_IMODE((folder / ".venv" / "empty").stat().st_mode) == 0o750
        assert (folder / ".venv").stat().st_mtime_ns == 10**18
        assert folder.stat().st_mtime_ns != 10**18, "names in it changed"
        assert os.listxattr(folder) == attributes

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
    def test_owners_stay(self, folder: Path) -> None:
        os.chown(folder, 1234, 4321)
        os.chown(folder / ".venv", 1235, 4320)
        assert swapped(folder)
        assert (folder.stat().st_uid, folder.stat().st_gid) == (1234, 4321)
        assert ((folder / ".venv").stat().st_uid, (folder / ".venv").stat().st_gid) == (1235, 4320)

    def test_a_link_to_the_folder_stays_one(self, folder: Path, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(folder)
        before = folder.stat().st_ino
        write(NEW, link, force=True)
        assert link.is_symlink()
        assert is_complete(folder)
        assert folder.stat().st_ino != before

    def test_a_link_in_place_of_a_file_is_replaced(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "precious").write_text("mine")
        (folder / "main.py").unlink()
        (folder / "main.py").symlink_to(tmp_path / "precious")
        assert swapped(folder)
        assert (tmp_path / "precious").read_text() == "mine"

    def test_edited_files_that_are_not_of_the_new_bundle_stay(self, folder: Path) -> None:
        (folder / "deep/er/x.txt").write_text("edited")
        inode = inodes(folder)["deep/er/x.txt"]
        write(NEW, folder, force=True)
        assert inodes(folder)["deep/er/x.txt"] == inode

    def test_nothing_changed_is_nothing_touched(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(swapping, "swap", None)
        monkeypatch.setattr(bundle, "_replace_each", None)
        before = {path: untouched(path) for path in [folder.parent, *folder.parent.rglob("*")]}
        write(OLD, folder, force=True)
        assert {path: untouched(path) for path in before} == before

    def test_nothing_changed_is_nothing_loaded(self, folder: Path) -> None:
        code = (
            "import sys\nfrom translator.bundle import plan, write\n"
            f"for do in plan, write: do({OLD!r}, {str(folder)!r})\n"
            "assert not {'translator.staging', 'translator.swapping', 'ctypes'} & {*sys.modules}"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

    def test_an_old_libc_without_the_call(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if sys.platform != "linux" or os.uname().machine not in swapping._SYSTEM_CALLS:
            pytest.skip("numbers of system calls differ")
        libc = ctypes.CDLL(None, use_errno=True)

        class Old:
            syscall = libc.syscall

        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Old)
        assert swapped(folder)
        monkeypatch.setattr(swapping, "_SYSTEM_CALLS", {})
        assert not swapped(folder, OLD)


def refuse(number: int) -> Callable[..., Any]:
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


def no_links(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(swapping.os, "link", refuse(errno.EPERM))


def links_that_are_copies(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(swapping.os, "link", shutil.copy2)


def no_exchange(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(swapping, "_exchange", refuse(errno.EINVAL))


def no_ctypes(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setitem(sys.modules, "ctypes", None)


def other_system(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(swapping.sys, "platform", "win32")


def no_proc(patch: pytest.MonkeyPatch, _: Path) -> None:
    listdir = os.listdir
    patch.setattr(
        swapping.os,
        "listdir",
        lambda path: refuse(errno.ENOENT)() if path == "/proc" else listdir(path),
    )


def device_of_its_own(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_device(patch, "lstat", folder)


def device_inside(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_device(patch, "stat", folder / ".venv")


def patch_device(patch: pytest.MonkeyPatch, call: str, where: Path) -> None:
    asked = getattr(os, call)

    def with_device(path: Any, **more: Any) -> Any:
        found = asked(path, **more)
        if path == where:
            fields = list(found)
            fields[2] += 1
            return os.stat_result(fields)
        return found

    patch.setattr(swapping.os, call, with_device)


def parent_of_another(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_access(patch, folder.parent)


def folder_of_another(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_access(patch, folder)


def inner_folder_of_another(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_access(patch, folder / ".venv" / "bin")


def patch_access(patch: pytest.MonkeyPatch, denied: Path) -> None:
    access = os.access
    patch.setattr(swapping.os, "access", lambda path, how: path != denied and access(path, how))


def parent_that_refuses(patch: pytest.MonkeyPatch, folder: Path) -> None:
    mkdir = os.mkdir

    def refusing(path: Any, mode: int = 0o777) -> None:
        if Path(path).parent == folder.parent:
            refuse(errno.EROFS)()
        mkdir(path, mode)

    patch.setattr(swapping.os, "mkdir", refusing)


def owner_that_cannot_be_given(patch: pytest.MonkeyPatch, folder: Path) -> None:
    asked = os.stat

    def of_another(path: Any, **more: Any) -> Any:
        found = asked(path, **more)
        fields = list(found)
        fields[4] += path == folder
        return os.stat_result(fields) if path == folder else found

    patch.setattr(swapping.os, "stat", of_another)
    patch.setattr(swapping.os, "chown", refuse(errno.EPERM))


def too_much(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(swapping, "MOST_ENTRIES", 5)


def own_working_folder(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.chdir(folder)


def own_working_folder_inside(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.chdir(folder / ".venv" / "bin")


def mounted_inside(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_mounts(patch, [swapping._Mount("9:9", "/", f"{folder}/.venv")], [])


def mounted_elsewhere(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_mounts(patch, [], [swapping._Mount("8:1", str(folder), "/app")])


def partly_mounted_elsewhere(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch_mounts(patch, [], [swapping._Mount("8:1", f"{folder}/.venv", "/app")])


def nowhere_mounted(patch: pytest.MonkeyPatch, _: Path) -> None:
    patch.setattr(swapping, "_mounts", lambda _: iter(()))


def patch_mounts(
    patch: pytest.MonkeyPatch, own: list[swapping._Mount], others: list[swapping._Mount]
) -> None:
    """The disk is one device, which is mounted at the root."""
    disk = swapping._Mount("8:1", "/", "/")
    patch.setattr(swapping, "_mounts", lambda _: iter([disk, *own]))
    patch.setattr(swapping, "_all_mounts", lambda: iter([disk, *own, *others]))


class TestNotSwapped:
    """The files are then replaced one by one, in the folder that is there."""

    @pytest.mark.parametrize(
        "reason",
        [
            device_inside,
            device_of_its_own,
            folder_of_another,
            inner_folder_of_another,
            links_that_are_copies,
            mounted_elsewhere,
            mounted_inside,
            no_ctypes,
            no_exchange,
            no_links,
            no_proc,
            nowhere_mounted,
            other_system,
            own_working_folder,
            own_working_folder_inside,
            owner_that_cannot_be_given,
            parent_of_another,
            parent_that_refuses,
            partly_mounted_elsewhere,
            too_much,
        ],
    )
    def test_where_it_is_not_safe(
        self,
        folder: Path,
        reason: Callable[[pytest.MonkeyPatch, Path], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        before = inodes(folder)
        reason(monkeypatch, folder)
        assert not swapped(folder)
        assert {name: inodes(folder)[name] for name in FOREIGN} == {
            name: before[name] for name in FOREIGN
        }
        monkeypatch.undo()
        assert swapped(folder, OLD), "it was that and nothing else"

    def test_where_other_things_are_mounted(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        near = swapping._Mount("8:1", f"{folder}-2", "/app")
        other_disk = swapping._Mount("9:9", str(folder), "/app")
        above = swapping._Mount("8:1", str(folder.parent), "/app")
        patch_mounts(monkeypatch, [swapping._Mount("9:9", "/", f"{folder}2")], [near, other_disk])
        assert swapped(folder)
        patch_mounts(monkeypatch, [], [above])
        assert swapped(folder, OLD)

    def test_the_part_of_a_disk_that_is_mounted_here(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here = swapping._Mount("8:1", "/home/me", str(folder.parent))
        elsewhere = swapping._Mount("8:1", "/home/me/out", "/app")
        patch_mounts(monkeypatch, [swapping._Mount("8:1", "/tmp", str(folder.parent)), here], [])
        assert swapped(folder)
        patch_mounts(monkeypatch, [here], [elsewhere])
        assert not swapped(folder, OLD)

    @pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
    def test_the_working_folder_of_another_process(self, folder: Path) -> None:
        code = "print(flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=folder / "deep",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other:
            assert other.stdout
            other.stdout.readline()
            assert not swapped(folder)
            other.communicate(b"\n")
        assert swapped(folder, OLD)

    def test_a_folder_that_was_handed_to_a_container(self, folder: Path, tmp_path: Path) -> None:
        inside = tmp_path / "a folder\twith\\much"
        inside.mkdir()
        script = 'mount --bind "$1" "$2" && echo there && read line'
        try:
            container = subprocess.Popen(
                ["unshare", "-rm", "sh", "-c", script, "sh", folder / "deep", inside],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            pytest.skip("no unshare")
        with container:
            assert container.stdout
            if not container.stdout.readline():
                pytest.skip("no containers in here")
            assert not swapped(folder)
            container.communicate(b"\n")
        assert swapped(folder, OLD)

    def test_names_in_the_table_of_mounts(self) -> None:
        assert swapping._unescaped(r"/a\040b\011c\012d\134040") == "/a b\tc\nd\\040"

    def test_the_root_and_the_working_folder(self) -> None:
        for place in (Path("/"), Path("/proc")):
            assert not swapping.swap(place, {}, ())


class TestRefused:
    @pytest.mark.parametrize("call", ["fsync", "open"])
    def test_a_full_disk(self, folder: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
        before = inodes(folder)
        if call == "fsync":
            monkeypatch.setattr(staging.os, "fsync", refuse(errno.ENOSPC))
        else:
            monkeypatch.setattr(staging, "open", refuse(errno.EDQUOT), raising=False)
        with pytest.raises(TranslationError) as caught:
            write(NEW, folder)
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR125"]
        assert inodes(folder) == before
        assert is_complete(folder, OLD)

    def test_no_room_for_one_of_the_files(self, folder: Path) -> None:
        """The system itself says so here, in the middle of a file."""
        before = inodes(folder)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            with pytest.raises(TranslationError) as caught:
                write({**NEW, "new/z.txt": "z" * 200_000}, folder)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR125"]
        assert inodes(folder) == before
        assert is_complete(folder, OLD)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_folders_that_nobody_may_write(self, folder: Path) -> None:
        folder.parent.chmod(0o555)
        try:
            assert not swapped(folder)
            folder.chmod(0o555)
            with pytest.raises(TranslationError) as caught:
                write(OLD, folder)
        finally:
            folder.chmod(0o755)
            folder.parent.chmod(0o755)
        assert [found.rule.code for found in caught.value.diagnostics] == ["TR124"]
        assert is_complete(folder)


class TestMeanwhile:
    """What others do to the folder between our look at it and the exchange."""

    def test_it_is_brought_over(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        exchange = swapping._exchange

        def busy(one: Path, other: Path) -> None:
            (folder / "saved").write_text("saved anew")
            os.replace(folder / "saved", folder / "notes.md")
            (folder / "deep" / "mine.txt").write_text("written to")
            (folder / "late" / "r").mkdir(parents=True)
            (folder / "late" / "r" / "file").write_text("late")
            exchange(one, other)
            (folder / "late2").write_text("later still")

        monkeypatch.setattr(swapping, "_exchange", busy)
        write(NEW, folder)
        assert (folder / "notes.md").read_text() == "saved anew"
        assert (folder / "deep" / "mine.txt").read_text() == "written to"
        assert (folder / "late" / "r" / "file").read_text() == "late"
        assert (folder / "late2").read_text() == "later still"
        assert [path.name for path in folder.parent.iterdir()] == ["out"]

    def test_what_is_newer_wins(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        exchange = swapping._exchange

        def busy(one: Path, other: Path) -> None:
            for text in "old", "new":
                (other / "saved").write_text(text)
                os.replace(other / "saved", other / "notes.md")
                if text == "old":
                    exchange(one, other)

        monkeypatch.setattr(swapping, "_exchange", busy)
        write(NEW, folder)
        assert (folder / "notes.md").read_text() == "new"

    def test_what_comes_too_late_is_not_removed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def late(old: Path, *_: object) -> None:
            (old / "deep" / "late").write_text("late")

        monkeypatch.setattr(swapping, "_bring_over", late)
        write(NEW, folder)
        monkeypatch.undo()
        write(OLD, folder)
        left = [path for path in folder.parent.iterdir() if path != folder]
        assert [(path / "new" / "deep" / "late").read_text() for path in left] == ["late"]
        assert [*inodes(left[0])] == ["names.json", "new/deep/late"]

    def test_a_writer_that_waited_for_the_old_folder(self, folder: Path) -> None:
        """Its lock came to be one on a folder that is no more."""
        code = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
            "from translator.bundle import write\n"
            f"print(flush=True); write({OLD!r}, {str(folder)!r})"
        )
        with bundle._locked(folder):
            other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            assert other.stdout
            other.stdout.readline()
            time.sleep(0.2)
            bundle._update(
                bundle.plan(NEW, folder),
                {name: text.encode() for name, text in {**NEW, MANIFEST: "{}"}.items()},
            )
            assert is_complete(folder)
            assert other.poll() is None
        assert other.wait(timeout=30) != 0, "the files are not of a bundle any more"
        assert is_complete(folder)


KILLED = """
import os, signal, sys
from pathlib import Path
from translator import staging
with staging.area(Path(sys.argv[1]), ["ours", "deep/ours"]) as area:
    staging.fill(area / "new", {"ours": b"", "deep/ours": b""})
    os.kill(os.getpid(), signal.SIGKILL)
"""


def left_over(parent: Path) -> Path:
    """What a process leaves that was killed while it made files ready."""
    before = {*parent.iterdir()}
    done = subprocess.run([sys.executable, "-c", KILLED, str(parent)], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    (left,) = {*parent.iterdir()} - before
    return left


class TestLeftovers:
    @pytest.mark.parametrize("files", [OLD, NEW], ids=["unchanged", "changed"])
    def test_they_are_removed(self, folder: Path, files: dict[str, str]) -> None:
        left = [left_over(folder.parent), left_over(folder), left_over(folder.parent)]
        (left[2] / "names.json").write_text("[")  # killed while it was written
        shutil.rmtree(left[2] / "new")
        write(files, folder)
        assert not any(path.exists() for path in left)
        assert is_complete(folder, files)

    def test_they_are_removed_when_a_folder_is_new(self, folder: Path) -> None:
        left = left_over(folder.parent)
        write(NEW, folder.parent / "other")
        assert not left.exists()

    def test_those_of_living_processes_stay(self, folder: Path) -> None:
        with staging.area(folder.parent, []) as beside, staging.area(folder, []) as inside:
            write(NEW, folder)
            assert beside.is_dir()
            assert (folder / inside.name / "names.json").is_file()
        assert not beside.exists()
        write(OLD, folder)  # the swap made another one of it
        assert is_complete(folder, OLD)

    def test_where_there_are_no_locks_nobody_knows(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import fcntl

        left = left_over(folder.parent)
        monkeypatch.setattr(fcntl, "flock", refuse(errno.ENOLCK))
        write(NEW, folder)
        assert {*folder.parent.iterdir()} == {left, folder}
        monkeypatch.setitem(sys.modules, "fcntl", None)
        write(OLD, folder)
        assert {*folder.parent.iterdir()} == {left, folder}

    def test_a_folder_that_was_swept_before_it_was_locked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import fcntl

        flock = fcntl.flock
        swept = []

        def sweeping(descriptor: int, how: int) -> None:
            if not swept:
                swept.append([path for path in tmp_path.iterdir() if path.name[0] == "."])
                swept[0][0].rmdir()
            flock(descriptor, how)

        monkeypatch.setattr(fcntl, "flock", sweeping)
        with staging.area(tmp_path, []) as area:
            assert swept[0] != [area]
            assert area.is_dir()

    @pytest.mark.parametrize(
        "listed", [b"", b"{", b"{}", b"[1]", b"\xff", b'["../../out/main.py"]']
    )
    def test_what_is_not_listed_stays(self, folder: Path, listed: bytes) -> None:
        left = left_over(folder.parent)
        (left / "names.json").write_bytes(listed)
        write(NEW, folder)
        assert inodes(left).keys() == {"names.json", "new/ours", "new/deep/ours"}

    def test_only_what_is_listed_or_has_another_name_goes(self, folder: Path) -> None:
        left = left_over(folder.parent)
        (left / "new" / "deep" / "mine").write_text("mine")
        os.link(folder / "notes.md", left / "new" / "linked")
        (left / "new" / "way-out").symlink_to(folder)
        write(NEW, folder)
        assert inodes(left).keys() == {"names.json", "new/deep/mine", "new/way-out"}
        assert (folder / "notes.md").read_text() == "mine"

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
        monkeypatch.setattr(staging.os, "geteuid", lambda: left.stat().st_uid + 1)
        write(NEW, folder)
        assert left.is_dir()

    def test_it_is_private(self, tmp_path: Path) -> None:
        with staging.area(tmp_path, []) as area:
            assert stat.S_IMODE(area.stat().st_mode) == 0o700
