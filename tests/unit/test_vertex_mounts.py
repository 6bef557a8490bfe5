"""The wrappers of volumes, run by real shells in a root folder of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.sandbox import SHELLS, Sandbox, can_run
from translator.placeholders import parse_text
from translator.targets.vertex.passes.mount_wrappers import empty_folder, link_folder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not can_run(), reason="needs unshare, chroot and mount")

#: Names that a shell reads as something else, if it gets to read them.
HOSTILE = {
    "space": "a b",
    "quotes": 'it\'s "so"',
    "command": "$(touch hacked) `touch hacked`;touch hacked&touch hacked|touch hacked",
    "variables": "$0 $1 $@ ${HOME} ~",
    "glob": "*[a-z]?",
    "option": "-n",
    "newline": "a\nb",
    "newline last": "a\n",
    "backslash": "\\n\\c%s",
    "odd": "ünï 😀 \u2028\t\x1b[31m",
    "aside": "a.XXXXXX",
}
WRITE = ("sh", "-c", 'printf %s "$1" > "$2"', "write")


@pytest.fixture(params=SHELLS)
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path / "root", request.param)
    made.path("/gcs/b").mkdir(parents=True)
    return made


def linked(folder: str, path: str) -> list[str]:
    return [str(word) for word in link_folder(parse_text(folder), path)]


def emptied(path: str) -> list[str]:
    return [str(word) for word in empty_folder(path)]


def ok(box: Sandbox, *words: str, user: int = 0) -> str:
    done = box.run(words, user=user)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("folder", ["/gcs/b/data", "gs://b/data", "gs://b//data/"])
def test_two_steps_share_a_volume(box: Sandbox, folder: str) -> None:
    ok(box, *linked(folder, "/data"), *WRITE, "one", "/data/file")
    box.path("/data").unlink()  # another container
    assert ok(box, *linked(folder, "/deep/in/here"), "cat", "/deep/in/here/file") == "one"
    assert box.path("/gcs/b/data/file").read_text() == "one"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_names(box: Sandbox, name: str) -> None:
    box.path(f"/mnt/{name}").mkdir(parents=True)
    box.path(f"/mnt/{name}/hidden").write_text("")
    ok(box, *linked(f"/gcs/b/v/{name}", f"/mnt/{name}"), *WRITE, name, f"/mnt/{name}/{name}")
    assert [one.name for one in box.path(f"/gcs/b/v/{name}").iterdir()] == [name]
    assert box.path(f"/gcs/b/v/{name}/{name}").read_text() == name
    assert not list(box.root.glob("**/hacked"))


@pytest.mark.parametrize("words", [["a b", "*", "", "-n", "$HOME", "a\n"]])
def test_the_program_gets_its_words(box: Sandbox, words: list[str]) -> None:
    shown = ok(box, *linked("/gcs/b/v", "/v"), *emptied("/e"), "printf", "<%s>", *words)
    assert shown == "".join(f"<{word}>" for word in words)


def test_the_status_of_the_program_is_kept(box: Sandbox) -> None:
    assert box.run([*linked("/gcs/b/v", "/v"), "sh", "-c", "exit 7"]).returncode == 7


def test_what_the_image_has_is_hidden(box: Sandbox) -> None:
    box.path("/app/data").mkdir(parents=True)
    box.path("/app/data/of-the-image").write_text("")
    assert ok(box, *linked("/gcs/b/v", "/app/data"), "ls", "-A", "/app/data/") == ""
    box.path("/file").write_text("")
    assert ok(box, *linked("/gcs/b/v", "/file"), "ls", "-A", "/file/") == ""
    box.path("/link").symlink_to("/app")
    assert ok(box, *linked("/gcs/b/v", "/link"), "ls", "-A", "/link/") == ""
    assert box.path("/app").is_dir()


def test_a_file_of_the_volume(box: Sandbox) -> None:
    box.path("/gcs/b/v").mkdir()
    box.path("/gcs/b/v/conf").write_text("set")
    assert ok(box, *linked("/gcs/b/v/conf", "/etc/conf"), "cat", "/etc/conf") == "set"


def test_mounts_in_mounts(box: Sandbox) -> None:
    both = [*linked("/gcs/b/outer", "/data"), *linked("/gcs/b/inner", "/data/in/side")]
    ok(box, *both, *WRITE, "x", "/data/in/side/file")
    assert box.path("/gcs/b/inner/file").read_text() == "x"
    box.path("/data").unlink()
    ok(box, *both, *WRITE, "y", "/data/in/side/file")  # the link is in the volume already
    assert box.path("/gcs/b/inner/file").read_text() == "y"


def test_the_working_directory_is_in_the_volume(box: Sandbox) -> None:
    box.path("/work/dir").mkdir(parents=True)
    box.path("/work/dir/of-the-image").write_text("")
    inside = ["sh", "-c", 'cd /work/dir && exec "$@"', "in"]
    ok(box, *inside, *linked("/gcs/b/v", "/work"), *WRITE, "x", "file")
    assert box.path("/gcs/b/v/dir/file").read_text() == "x"
    assert [one.name for one in box.path("/gcs/b/v/dir").iterdir()] == ["file"]


def test_a_folder_out_of_the_volume(box: Sandbox) -> None:
    done = box.run([*linked("/gcs/b/v/../../../etc", "/v"), "true"])
    assert done.returncode == 1
    assert done.stderr == "/v: invalid folder: /gcs/b/v/../../../etc\n"


def test_no_access_to_the_bucket(box: Sandbox) -> None:
    done = box.run([*linked("gs://missing/v", "/v"), "touch", "/started"])
    assert done.returncode == 1
    assert done.stderr.startswith("/v: no access to gs://missing: create the bucket")
    assert not box.path("/started").exists()
    assert not box.path("/gcs/missing").exists()


def test_a_user_without_permission(box: Sandbox) -> None:
    box.path("/gcs/b").chmod(0o777)
    done = box.run([*linked("/gcs/b/v", "/data"), "touch", "/tmp/started"], user=1000)
    assert done.returncode == 1
    assert "/data: the user of the image (1000) cannot replace it; set USER root" in done.stderr
    assert not box.path("/tmp/started").exists()
    ok(box, *linked("/gcs/b/v", "/tmp/data"), *WRITE, "x", "/tmp/data/file", user=1000)


def test_an_empty_folder(box: Sandbox) -> None:
    ok(box, *emptied("/scratch/one"), *WRITE, "x", "/scratch/one/file", user=0)
    box.path("/cache").mkdir()
    box.path("/cache/of-the-image").write_text("")
    assert ok(box, *emptied("/cache"), "ls", "-A", "/cache") == ""
    box.path("/cache/left").mkdir()
    assert ok(box, *emptied("/cache/left"), "ls", "-A", "/cache/left") == ""


def test_an_empty_folder_for_a_user_without_permission(box: Sandbox) -> None:
    done = box.run([*emptied("/cache"), "true"], user=1000)
    assert done.returncode == 1
    assert "/cache: the user of the image (1000) cannot replace it" in done.stderr
    box.path("/cache").mkdir()
    box.path("/cache").chmod(0o777)
    assert ok(box, *emptied("/cache"), "echo", "ran", user=1000) == "ran\n"
    box.path("/cache/file").write_text("")  # it cannot be moved, but it can be written to
    assert box.run([*emptied("/cache"), "echo", "ran"], user=1000).stdout == "ran\n"


def test_files_of_the_volume_around_it_stay(box: Sandbox) -> None:
    """Other tasks have them at their path."""
    kept = box.path("/gcs/b/outer/in/file")
    kept.parent.mkdir(parents=True)
    kept.write_text("x")
    words = [*linked("gs://b/outer", "/data"), *linked("gs://b/inner", "/data/in"), "true"]
    done = box.run(words, user=0)
    assert done.returncode == 1
    assert done.stderr.startswith("/data/in: the volume around it has files there")
    assert kept.read_text() == "x"
