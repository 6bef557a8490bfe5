"""A bundle is on the disk whole or not at all, and never over somebody else's files."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

import translator
from translator import bundle
from translator.bundle import MANIFEST, plan, write
from translator.diagnostics import TranslationError
from translator.targets import TARGETS

FILES = {"main.py": "print('é')\r\n", "pipeline.yaml": "a: 1\n", "x.txt": ""}
OTHER = {"main.py": "print(2)\n", "new.txt": "new\n"}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles of these tests have more files than those of a target."""
    monkeypatch.setattr(bundle, "NAMES", bundle.NAMES | FILES.keys() | OTHER.keys())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file and link below the folder, by relative path."""
    return {
        path.relative_to(folder).as_posix(): (
            os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
        )
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


def codes(error: pytest.ExceptionInfo[TranslationError]) -> list[str]:
    return codes_of(error.value)


def codes_of(error: BaseException) -> list[str]:
    assert isinstance(error, TranslationError)
    return [found.rule.code for found in error.diagnostics]


def refused(files: dict[str, str], folder: Path, *, force: bool = False) -> list[str]:
    """The codes of what is in the way; nothing has changed then."""
    before = tree(folder.parent)
    with pytest.raises(TranslationError) as caught:
        write(files, folder, force=force)
    assert tree(folder.parent) == before
    for found in caught.value.diagnostics:
        assert found.message and found.help
    return codes(caught)


class TestWrite:
    def test_files_and_manifest_are_there(self, folder: Path) -> None:
        paths = write(FILES, folder)
        assert paths == tuple(folder / name for name in FILES)
        assert tree(folder) == {**encoded(FILES), MANIFEST: (folder / MANIFEST).read_bytes()}
        assert sorted(json.loads((folder / MANIFEST).read_bytes())["files"]) == sorted(FILES)

    def test_missing_parents_are_made(self, tmp_path: Path) -> None:
        write(FILES, tmp_path / "a" / "b" / "c")
        assert (tmp_path / "a/b/c/main.py").is_file()

    def test_relative_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert write({"a": ""}, "out") == (Path("out/a"),)
        assert write({"a": ""}, ".") == (Path("a"),)
        assert (tmp_path / "out/a").is_file()
        assert (tmp_path / "a").is_file()

    def test_new_files_have_ordinary_permissions(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("")
        (tmp_path / "folder").mkdir()
        write(FILES, folder)
        assert (folder / "main.py").stat().st_mode == (tmp_path / "plain").stat().st_mode
        assert folder.stat().st_mode == (tmp_path / "folder").stat().st_mode

    def test_an_empty_folder_is_filled(self, folder: Path) -> None:
        folder.mkdir(0o750)
        write(FILES, folder)
        assert tree(folder).keys() == {*FILES, MANIFEST}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o750

    def test_again_changes_nothing(self, folder: Path) -> None:
        write(FILES, folder)
        times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
        write(FILES, folder)
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == times

    def test_another_bundle_replaces_ours_and_leaves_the_rest(self, folder: Path) -> None:
        write(FILES, folder)
        (folder / "notes.md").write_text("mine")
        write(OTHER, folder)
        left = tree(folder)
        del left[MANIFEST]
        assert left == {**encoded(OTHER), "notes.md": b"mine"}

    def test_a_link_to_a_folder_is_followed(self, folder: Path, tmp_path: Path) -> None:
        folder.mkdir()
        (tmp_path / "link").symlink_to(folder)
        write(FILES, tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (folder / "main.py").is_file()

    def test_a_foreign_file_with_our_content_is_no_obstacle(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "main.py").write_bytes(FILES["main.py"].encode())
        write(FILES, folder)
        write(OTHER, folder)
        assert (folder / "main.py").read_text() == OTHER["main.py"]

    @pytest.mark.parametrize("name", ["../x", "/x", "a/x", "..", ".", "", MANIFEST, "a\\b"])
    def test_names_outside_the_bundle_are_our_mistake(self, folder: Path, name: str) -> None:
        with pytest.raises(ValueError, match="not a name"):
            write({name: ""}, folder)
        assert not folder.exists()


class TestRefused:
    def test_a_foreign_file(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "main.py").write_text("mine")
        assert refused(FILES, folder) == ["TR120"]
        write(FILES, folder, force=True)
        assert (folder / "main.py").read_bytes() == FILES["main.py"].encode()

    def test_an_edited_file(self, folder: Path) -> None:
        write(FILES, folder)
        (folder / "main.py").write_text("edited")
        assert refused(OTHER, folder) == ["TR121"]
        write(OTHER, folder, force=True)
        assert (folder / "main.py").read_text() == OTHER["main.py"]

    def test_an_edited_file_that_the_new_bundle_has_not(self, folder: Path) -> None:
        write(FILES, folder)
        (folder / "pipeline.yaml").write_text("edited")
        assert refused(OTHER, folder) == ["TR121"]
        write(OTHER, folder, force=True)
        assert (folder / "pipeline.yaml").read_text() == "edited"

    def test_everything_in_the_way_is_told_at_once(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "main.py").write_text("mine")
        (folder / "pipeline.yaml").mkdir()
        (folder / "x.txt").symlink_to("main.py")
        assert refused(FILES, folder) == ["TR120", "TR122", "TR123"]

    @pytest.mark.parametrize("force", [False, True])
    def test_a_folder_where_a_file_goes(self, folder: Path, force: bool) -> None:
        (folder / "main.py").mkdir(parents=True)
        assert refused(FILES, folder, force=force) == ["TR122"]

    def test_a_special_file(self, folder: Path) -> None:
        folder.mkdir()
        os.mkfifo(folder / "pipe")
        with pytest.raises(TranslationError) as caught:
            write({"pipe": ""}, folder, force=True)
        assert codes(caught) == ["TR122"]

    @pytest.mark.parametrize("force", [False, True])
    def test_a_file_where_the_folder_goes(self, tmp_path: Path, force: bool) -> None:
        (tmp_path / "out").write_text("mine")
        assert refused(FILES, tmp_path / "out", force=force) == ["TR122"]
        assert refused(FILES, tmp_path / "out" / "deeper", force=force) == ["TR122"]

    def test_a_dangling_link_where_the_folder_goes(self, folder: Path) -> None:
        folder.symlink_to("nowhere")
        assert refused(FILES, folder) == ["TR122"]

    def test_links_are_not_written_through(self, folder: Path, tmp_path: Path) -> None:
        precious = tmp_path / "precious"
        precious.write_text("mine")
        folder.mkdir()
        (folder / "main.py").symlink_to(precious)
        assert refused(FILES, folder) == ["TR123"]
        write(FILES, folder, force=True)
        assert precious.read_text() == "mine"
        assert not (folder / "main.py").is_symlink()

    def test_a_linked_manifest_vouches_for_nothing(self, folder: Path, tmp_path: Path) -> None:
        write(FILES, folder)
        (folder / MANIFEST).rename(tmp_path / "manifest")
        (folder / MANIFEST).symlink_to(tmp_path / "manifest")
        assert refused(OTHER, folder) == ["TR120", "TR123"]

    @pytest.mark.parametrize(
        "listed",
        [
            b"",
            b"{",
            b"[]",
            b"\xff",
            b'{"files": []}',
            b'{"files": {"../precious": "sha256:"}}',
            b"[" * 100_000,
        ],
    )
    def test_a_broken_manifest_vouches_for_nothing(self, folder: Path, listed: bytes) -> None:
        write(FILES, folder)
        (folder / MANIFEST).write_bytes(listed)
        assert refused(OTHER, folder) == ["TR120"]

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            (errno.EACCES, "TR124"),
            (errno.EROFS, "TR124"),
            (errno.EDQUOT, "TR125"),
            (errno.ENAMETOOLONG, "TR126"),
        ],
    )
    def test_what_the_system_refuses(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(bundle.os, "mkdir", refuse)
        assert refused(FILES, folder) == [code]


class TestPlan:
    def test_says_what_would_become_of_each_file(self, folder: Path) -> None:
        assert plan(FILES, folder) == (tuple(FILES), (), (), (), ())
        assert not folder.exists()
        write(FILES, folder)
        before = tree(folder)
        assert plan({**OTHER, "pipeline.yaml": FILES["pipeline.yaml"]}, folder) == (
            ("new.txt",),
            ("main.py",),
            ("pipeline.yaml",),
            ("x.txt",),
            (),
        )
        assert tree(folder) == before


CALLS = ("mkdir", "rename", "replace", "fsync", "open", "unlink", "scandir", "utime")


class Fuse:
    """Lets so many calls of the system pass and fails the next, once."""

    def __init__(self, left: int, error: BaseException) -> None:
        self.left = left
        self.error = error

    def wrap(self, call: object) -> object:
        def fused(*args: object, **kwargs: object) -> object:
            self.left -= 1
            if self.left == -1:
                raise self.error
            return call(*args, **kwargs)  # type: ignore[operator]

        return fused


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["disk-full", "interrupt"],
)
@pytest.mark.parametrize("way", ["new", "exchanged", "file by file"])
def test_wherever_it_fails(tmp_path: Path, way: str, error: BaseException) -> None:
    """Each call that changes the disk fails once. The folder is as it was, or complete.

    File by file it may be in between: then it is complete after the next run.
    """
    for number in range(400):
        folder = tmp_path / str(number) / "parent" / "out"
        mine = {"notes.md": b"mine"} if way == "file by file" else {}
        folder.parents[1].mkdir()
        if way != "new":
            write(FILES, folder)
            for name, data in mine.items():
                (folder / name).write_bytes(data)
        before = tree(folder)
        fuse = Fuse(number, error)
        told = written_with(fuse, folder)
        after = without_manifest(folder)
        if told is None:
            assert after == encoded(OTHER) | mine
        else:
            assert isinstance(told, KeyboardInterrupt) or codes_of(told) == ["TR125"]
            assert after.items() <= before.items() | encoded(OTHER).items(), "no file is halved"
            mixed = tree(folder) != before and after != encoded(OTHER) | mine
            assert not mixed or way == "file by file"
            write(OTHER, folder)
            assert without_manifest(folder) == encoded(OTHER) | mine
        if fuse.left >= 0:
            assert told is None
            assert [path.name for path in folder.parent.iterdir()] == ["out"]
            return
    pytest.fail("it never came to an end")


def without_manifest(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(folder).items() if name != MANIFEST}


def written_with(fuse: Fuse, folder: Path) -> BaseException | None:
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(bundle.os, name, fuse.wrap(getattr(os, name)))
        patch.setattr(bundle, "open", fuse.wrap(open), raising=False)
        try:
            write(OTHER, folder)
        except (TranslationError, KeyboardInterrupt) as told:
            return told
    return None


WRITE_OFTEN = """
import sys
from translator.bundle import write
for _ in range(30):
    write({f"{number}.txt": sys.argv[2] for number in range(5)}, sys.argv[1])
"""


def test_two_processes_never_mix_their_bundles(folder: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE_OFTEN, str(folder), word],
            cwd=Path(__file__).parents[2],
            stderr=subprocess.PIPE,
        )
        for word in ("one", "two", "three")
    ]
    assert [process.communicate(timeout=60)[1] for process in writers] == [b"", b"", b""]
    left = tree(folder)
    del left[MANIFEST]
    assert len(left) == 5
    assert len(set(left.values())) == 1


# What others may have put into a folder


def vouched(folder: Path, *names: str) -> None:
    """Gives the folder a foreign manifest, whose hashes are those of its files."""
    hashes = {n: "sha256:" + sha256((folder / n).read_bytes()).hexdigest() for n in names}
    (folder / MANIFEST).write_text(json.dumps({"files": hashes}))


def test_a_module_of_an_earlier_version_is_removed_unless_it_was_edited(folder: Path) -> None:
    folder.mkdir()
    (folder / "kubeflow_client.py").write_text("of a bundle")
    vouched(folder, "kubeflow_client.py")
    assert plan(FILES, folder).remove == ("kubeflow_client.py",)
    (folder / "kubeflow_client.py").write_text("edited")
    made = plan(FILES, folder, force=True)
    assert made.remove == ()
    assert "kubeflow_client.py" in made.left[0].message


def test_a_foreign_manifest_removes_nothing_but_files_of_bundles(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "NAMES", frozenset({"main.py", "submit.py", "pipeline.yaml"}))
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "main.py").write_text("theirs")
    folder.mkdir()
    for name in ("precious.txt", "submit.py", "README.md"):
        (folder / name).write_text("mine")
    (folder / "link").symlink_to(outside / "main.py")
    vouched(folder, "precious.txt", "submit.py", "README.md", "link")
    before = tree(tmp_path)
    planned = plan({"main.py": "x"}, folder)
    assert planned.remove == ("submit.py",)
    (left,) = planned.left
    assert left.rule.code == "TR188"
    assert left.message == (
        "`.translator.json` lists `precious.txt`, `README.md`, `link`, "
        "which is not removed: no bundle has a file of this name"
    )
    write({"main.py": "x"}, folder)
    after = tree(tmp_path)
    assert before.keys() - after.keys() == {"out/submit.py"}
    assert plan({"main.py": "x"}, folder).left == ()


@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_file_any_more_stays_and_is_told(folder: Path, force: bool) -> None:
    write(FILES, folder)
    (folder / "pipeline.yaml").unlink()
    (folder / "pipeline.yaml").symlink_to("notes.md")
    planned = plan(OTHER, folder, force=force)
    assert [(one.rule.code, one.facts["reason"]) for one in planned.left] == [
        ("TR188", "it is not a regular file")
    ]
    write(OTHER, folder, force=force)
    assert (folder / "pipeline.yaml").is_symlink()


def test_what_was_edited_stays_and_is_told(folder: Path) -> None:
    write(FILES, folder)
    (folder / "pipeline.yaml").write_text("edited")
    (left,) = plan(OTHER, folder, force=True).left
    assert (left.facts["names"], left.facts["reason"]) == ("`pipeline.yaml`", "it was edited")


def test_a_long_list_is_told_in_short(folder: Path) -> None:
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.md").write_text("")
    vouched(folder, *(f"{number}.md" for number in range(9)))
    (left,) = plan(FILES, folder).left
    assert "`4.md` and 4 more" in left.message


def test_the_targets_write_nothing_else() -> None:
    for to in TARGETS:
        files = translator.translate("examples/hello/pipeline.yaml", to).files
        assert files.keys() <= {
            *("main.py", "submit.py", "pipeline.yaml", "requirements.txt", "REPORT.md"),
            *("pipeline_inputs.py", "script_support.py", "vertex_runner.py"),
            "kubeflow_runner.py",
        }


def test_a_manifest_that_leads_out_of_the_folder_vouches_for_nothing(folder: Path) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.py").write_text("mine")
    (folder / "submit.py").write_text("mine")
    vouched(folder, "src/main.py", "submit.py")
    assert plan({"main.py": "x"}, folder) == (("main.py",), (), (), (), ())


@pytest.mark.parametrize("kind", ["pipe", "endless", "deep"])
def test_no_manifest_is_waited_for(folder: Path, kind: str) -> None:
    folder.mkdir()
    path = folder / MANIFEST
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "deep":
            path.write_bytes(b"[" * 500_000)
    if kind == "pipe":
        assert refused_pipe(folder) == ["TR122"]
        return
    write(FILES, folder, force=True)
    assert (folder / "main.py").read_bytes() == FILES["main.py"].encode()


def refused_pipe(folder: Path) -> list[str]:
    with pytest.raises(TranslationError) as caught:
        write(FILES, folder, force=True)
    return codes(caught)


@pytest.mark.parametrize("force", [False, True])
def test_a_large_file_with_the_name_of_our_list_stays(folder: Path, force: bool) -> None:
    folder.mkdir()
    path = folder / MANIFEST
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(TranslationError) as caught:
        write(FILES, folder, force=force)
    assert codes(caught) == ["TR122"]
    assert [one.name for one in folder.iterdir()] == [MANIFEST]


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o640, 0o444])
@pytest.mark.parametrize("alone", [True, False])
def test_modes_are_kept(folder: Path, mode: int, alone: bool) -> None:
    write(FILES, folder)
    for name in ("main.py", MANIFEST, "pipeline.yaml"):
        (folder / name).chmod(mode)
    if not alone:
        (folder / "notes.md").write_text("mine")
    write(OTHER | {"pipeline.yaml": FILES["pipeline.yaml"]}, folder)
    for name in ("main.py", MANIFEST, "pipeline.yaml"):
        assert (folder / name).stat().st_mode & 0o7777 == mode, name
    assert (folder / "main.py").read_text() == OTHER["main.py"]


def test_a_link_that_is_replaced_gives_no_mode(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("")
    (tmp_path / "tool").chmod(0o777)
    folder.mkdir()
    (folder / "main.py").symlink_to(tmp_path / "tool")
    write(FILES, folder, force=True)
    assert (folder / "main.py").stat().st_mode & 0o111 == 0
