"""The jobs of docs/ci.md that comment a change: their commands, with ``gh`` and GitLab played."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from tests.unit.kfp_files import spec, text_of
from tests.unit.test_ci_files import run, snippet

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NEEDED = ("bash", "git", "jq", "curl")
MARKER = "<!-- translator diff: pipelines/train.yaml -->"
pytestmark = pytest.mark.skipif(
    any(shutil.which(one) is None for one in NEEDED), reason=f"needs {', '.join(NEEDED)}"
)

#: ``gh api``, as https://cli.github.com/manual/gh_api describes the options that are used.
GH = r"""
import argparse, json, os, subprocess, sys
parser = argparse.ArgumentParser()
parser.add_argument("api")
parser.add_argument("path")
for flag in ("--paginate", "--silent"):
    parser.add_argument(flag, action="store_true")
for flag in ("--method", "--jq", "-F"):
    parser.add_argument(flag)
given = parser.parse_args()
assert given.api == "api" and os.environ["GH_TOKEN"]
comments = json.load(open(os.environ["COMMENTS"]))
if given.method is None:
    assert given.path == "repos/o/r/issues/7/comments?per_page=100", given.path
    words = ["jq", "--raw-output", given.jq]
    sys.exit(subprocess.run(words, input=json.dumps(comments), text=True).returncode)
name, at, file = given.F.partition("=@")
assert (name, at) == ("body", "=@")
body = open(file).read()
if given.method == "POST":
    assert given.path == "repos/o/r/issues/7/comments", given.path
    user = {"login": "github-actions[bot]"}
    comments.append({"id": 10 + len(comments), "body": body, "user": user})
else:
    assert given.method == "PATCH"
    [one] = [c for c in comments if given.path == f"repos/o/r/issues/comments/{c['id']}"]
    one["body"] = body
json.dump(comments, open(os.environ["COMMENTS"], "w"))
"""


def written(image: str) -> str:
    executors = {"exec-say": {"container": {"image": image}}}
    return text_of(spec(deploymentSpec={"executors": executors}))


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    done = subprocess.run(
        ["git", *names, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def work(tmp_path: Path) -> tuple[Path, str, dict[str, str]]:
    """A checkout with a changed pipeline, the commit before, and an environment."""
    origin, folder, programs = (tmp_path / name for name in ("origin", "work", "bin"))
    (origin / "pipelines").mkdir(parents=True)
    programs.mkdir()
    git(origin, "init", "--quiet")
    (origin / "pipelines/train.yaml").write_text(written("alpine:1"))
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "a")
    base = git(origin, "rev-parse", "HEAD")
    git(tmp_path, "clone", "--quiet", str(origin), str(folder))
    (folder / "pipelines/train.yaml").write_text(written("alpine:2"))
    (tmp_path / "gh.py").write_text(GH)
    python = shlex.quote(sys.executable)
    for name, words in (
        ("translator", "-m translator"),
        ("gh", str(tmp_path / "gh.py")),
        ("python", ""),
    ):
        (programs / name).write_text(f'#!/bin/sh\nexec {python} {words} "$@"\n')
        (programs / name).chmod(0o755)
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
    }
    return folder, base, environment


def test_the_job_of_github(work: tuple[Path, str, dict[str, str]], tmp_path: Path) -> None:
    folder, base, environment = work
    [job] = snippet("comment")["jobs"].values()
    values = {
        "${{ github.event.pull_request.base.sha }}": base,
        "${{ github.event.pull_request.number }}": "7",
        "${{ github.token }}": "t",
    }
    comments = tmp_path / "comments.json"
    stranger = {"id": 3, "body": f"{MARKER}\nmine", "user": {"login": "octocat"}}
    comments.write_text(json.dumps([stranger]))
    environment |= job["env"] | {"COMMENTS": str(comments), "GITHUB_REPOSITORY": "o/r"}

    def play() -> list[Any]:
        for step in job["steps"]:
            if "name" in step:
                assert "${{" not in step["run"]
                own = {name: values[value] for name, value in step["env"].items()}
                done = run(step["run"], folder, environment | own)
                assert done.returncode == 0, done.stderr
        found: list[Any] = json.loads(comments.read_text())
        return found

    first = play()
    assert [one["id"] for one in first] == [3, 11]
    assert first[1]["body"].startswith(f"{MARKER}\n**1 difference**: `before.yaml`")
    assert "changed: image" in first[1]["body"]
    (folder / "pipelines/train.yaml").write_text(written("alpine:1"))
    second = play()
    assert [one["id"] for one in second] == [3, 11]
    assert second[0] == stranger
    assert second[1]["body"].startswith(f"{MARKER}\n**The pipelines are the same**")


@pytest.fixture
def gitlab() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of the notes of a merge request, and the notes."""
    notes: list[dict[str, Any]] = [{"id": 4, "body": "looks good"}]

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            assert self.headers["PRIVATE-TOKEN"] == "t"
            length = int(self.headers.get("Content-Length") or 0)
            given = parse_qs(self.rfile.read(length).decode())
            path, _, query = self.path.partition("?")
            if self.command == "GET":
                assert (path, query) == ("/notes", "per_page=100&sort=asc")
            elif self.command == "POST":
                assert path == "/notes"
                notes.append({"id": 5, "body": given["body"][0]})
            else:
                [one] = [note for note in notes if path == f"/notes/{note['id']}"]
                one["body"] = given["body"][0]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(notes).encode())

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/notes", notes
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_job_of_gitlab(
    work: tuple[Path, str, dict[str, str]], gitlab: tuple[str, list[dict[str, Any]]]
) -> None:
    folder, base, environment = work
    address, notes = gitlab
    [job] = snippet("note").values()
    environment |= job["variables"] | {
        "NOTES": address,
        "NOTES_TOKEN": "t",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "no_proxy": "127.0.0.1",
    }
    install, *script = job["script"]
    assert install.startswith("pip install ")
    for image, told in (("alpine:2", "1 difference"), ("alpine:1", "The pipelines are the same")):
        (folder / "pipelines/train.yaml").write_text(written(image))
        done = run("\n".join(script), folder, environment)
        assert done.returncode == 0, done.stderr
        assert [one["id"] for one in notes] == [4, 5]
        assert notes[1]["body"].startswith(f"{MARKER}\n**{told}**")
    assert notes[0]["body"] == "looks good"
