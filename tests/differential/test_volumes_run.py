"""The runners of pipelines with volumes, and one pipeline that runs the same on Vertex AI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.differential.compare_volumes import SHELLS, Comparison
from tests.differential.private_root import Mount, PrivateRoot, is_possible

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(
    not is_possible(), reason="needs root on Linux, with mount namespaces and overlays"
)
SIZE = {"resources": {"requests": {"storage": "1Gi"}}}
PROBE = 'printf \'{"tag": "%s", "in": "%s"}\\n\' "$1" "$(cat $2)" >> "$TRACE_FILE"'


def require(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")


def program(root: PrivateRoot, script: str, *arguments: str) -> tuple[int, str]:
    done = root.run(["sh", "-c", script, "sh", *arguments], {}, "/tmp")
    return done.returncode, done.stderr.decode()


class TestPrivateRoot:
    def test_host_stays_as_it_is(self, tmp_path: Path) -> None:
        name = f"private-{os.getpid()}"
        places = ("/", "/mnt/", "/usr/", "/etc/", "/dev/shm/", "/tmp/")
        script = "\n".join(f"echo x > {place}{name}" for place in places)
        with PrivateRoot() as root:
            assert program(root, f"set -e\n{script}\ntest ! -e {tmp_path}") == (0, "")
        assert not [place for place in places if Path(place, name).exists()]

    def test_mounts(self, tmp_path: Path) -> None:
        for name in ("a", "b", "c"):
            (tmp_path / name).mkdir()
        (tmp_path / "c/old").write_text("old")
        mounts = [
            Mount(str(tmp_path / "b"), "/it's/in side"),
            Mount(str(tmp_path / "a"), "/it's/"),
            Mount(str(tmp_path / "c"), "/mnt", read_only=True),
        ]
        with PrivateRoot(mounts) as root:
            script = 'set -e; cp /mnt/old "/it\'s/in side/new"; echo a > "/it\'s/a"'
            assert program(root, script) == (0, "")
            assert program(root, "echo no > /mnt/new")[0] != 0
            assert root.host_path("/it's/in side/x") == tmp_path / "b/x"
            assert root.host_path("/it's/x") == tmp_path / "a/x"
        assert (tmp_path / "b/new").read_text() == "old"
        assert sorted(os.listdir(tmp_path / "a")) == ["a", "in side"]
        assert os.listdir(tmp_path / "c") == ["old"]

    def test_files_can_be_taken_from_it(self) -> None:
        with PrivateRoot() as root:
            root.host_path("/tmp/in").write_text("in")
            assert program(root, "mkdir /new; cp /tmp/in /new/out") == (0, "")
            assert root.host_path("/new/out").read_text() == "in"

    @pytest.mark.parametrize("shell", SHELLS)
    def test_shell(self, shell: str) -> None:
        require(shell)
        with PrivateRoot(shell=shell) as root:
            code, _ = program(root, '[ "$(basename "$(readlink -f /proc/$$/exe)")" = "$1" ]', shell)
        assert code == 0


def container(
    name: str, script: str, *mounts: dict[str, object], **more: object
) -> dict[str, object]:
    """A template that runs a script; its claim is its input."""
    return {
        "name": name,
        "inputs": {"parameters": [{"name": "claim"}]},
        "container": {
            "image": "python:3.9",
            "command": ["sh", "-ec", f"{script}\n{PROBE}"],
            "args": ["sh", name, "/data/*"],
            "volumeMounts": [{"name": "volume", "mountPath": "/data", **one} for one in mounts],
        },
        "volumes": [
            {
                "name": "volume",
                "persistentVolumeClaim": {"claimName": "{{inputs.parameters.claim}}"},
            },
            {"name": "empty", "emptyDir": {}},
            {"name": "old", "persistentVolumeClaim": {"claimName": "claim-1"}},
        ],
        **more,
    }


def resource(name: str, kind: str, **spec: object) -> dict[str, object]:
    meta = {"name": f"{{{{workflow.name}}}}-{name}"}
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": spec}
    outputs = [{"name": "name", "valueFrom": {"jsonPath": "{.metadata.name}"}}]
    return {
        "name": name,
        "inputs": {"parameters": [{"name": "claim", "value": ""}]},
        "resource": {"action": "create", "manifest": yaml.safe_dump(manifest)},
        "outputs": {"parameters": outputs},
    }


DELETE: dict[str, object] = {
    "name": "delete",
    "inputs": {"parameters": [{"name": "claim"}]},
    "container": {
        "image": "gcr.io/cloud-builders/kubectl",
        "command": ["kubectl", "delete", "PersistentVolumeClaim", "{{inputs.parameters.claim}}"],
        "args": ["--ignore-not-found", "--wait=false"],
    },
}


def workflow(*templates: dict[str, object], **spec: object) -> dict[str, object]:
    """A workflow that runs its templates one after another, with the claim of the first."""
    names = [str(one["name"]) for one in templates]
    value = f"{{{{tasks.{names[0]}.outputs.parameters.name}}}}"
    claim = {"arguments": {"parameters": [{"name": "claim", "value": value}]}}
    tasks = [
        {"name": name, "template": name, "dependencies": names[max(0, index - 1) : index]}
        | (claim if index else {})
        for index, name in enumerate(names)
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "shared-"},
        "spec": {
            "entrypoint": "main",
            "templates": [{"name": "main", "dag": {"tasks": tasks}}, *templates],
            **spec,
        },
    }


Ran = tuple[int, list[dict[str, str]], str]


@pytest.fixture
def run(shared: Path, tmp_path: Path) -> Callable[[dict[str, object]], Ran]:
    def run(document: dict[str, object]) -> Ran:
        """Exit status, trace and messages of a run; volumes are in ``tmp_path``."""
        path, trace = tmp_path / "workflow.yaml", tmp_path / "trace"
        path.write_text(yaml.safe_dump(document))
        command = [sys.executable, HERE / "volumes_run.py", "v1", path, trace, tmp_path]
        env = {**os.environ, "TRANSLATOR_SHARED": str(shared)}
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        lines = trace.read_text().splitlines()
        return done.returncode, [json.loads(line) for line in lines], done.stderr

    return run


class TestKfpV1:
    def test_steps_share_a_claim(self, run: Callable[..., Ran], tmp_path: Path) -> None:
        document = workflow(
            resource("new", "PersistentVolumeClaim", **SIZE),
            container("write", "echo one > /data/a", {}),
            container("below", "echo two > /data/b", {"subPath": "deep/sub"}),
            container("read", "! echo 3 > /data/c", {"readOnly": True, "subPath": "deep/sub"}),
            container("empty", "echo 4 > /data/d", {"name": "empty"}),
            container("again", "test ! -e /data/d", {}, {"name": "empty", "mountPath": "/data/in"}),
        )
        code, trace, messages = run(document)
        assert code == 0, messages
        found = {one["tag"]: one["in"] for one in trace}
        assert found == {
            "write": "one",
            "below": "two",
            "read": "two",
            "empty": "4",
            "again": "one",
        }
        claim = tmp_path / "claims/shared-abcde-new"
        assert sorted(os.listdir(claim)) == ["a", "deep", "in"]
        assert (claim / "deep/sub/b").read_text() == "two\n"

    def test_copies_and_deletion(self, run: Callable[..., Ran], tmp_path: Path) -> None:
        source = {"kind": "PersistentVolumeClaim", "name": "{{inputs.parameters.claim}}"}
        data = {"kind": "VolumeSnapshot", "name": "{{workflow.name}}-snap"}
        document = workflow(
            resource("new", "PersistentVolumeClaim", **SIZE),
            container("write", "echo one > /data/a", {}),
            resource("snap", "VolumeSnapshot", source=source),
            container("change", "echo two > /data/a", {}),
            resource("copy", "PersistentVolumeClaim", dataSource=data, **SIZE),
            resource("clone", "PersistentVolumeClaim", dataSource=source, **SIZE),
            DELETE,
        )
        code, _, messages = run(document)
        assert code == 0, messages
        files = {
            str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.glob("*/*/a")
        }
        assert files == {
            "snapshots/shared-abcde-snap/a": "one\n",
            "claims/shared-abcde-copy/a": "one\n",
            "claims/shared-abcde-clone/a": "two\n",
            "deleted/shared-abcde-new/a": "two\n",
        }

    def test_claims_of_the_workflow(self, run: Callable[..., Ran], tmp_path: Path) -> None:
        own = [{"metadata": {"name": "volume"}, "spec": SIZE}]
        step = container("write", "echo one > /data/a", {}, inputs={}, volumes=[])
        document = workflow(step, volumeClaimTemplates=own)
        code, _, messages = run(document)
        assert code == 0, messages
        assert (tmp_path / "deleted/shared-abcde-volume/a").read_text() == "one\n"

    @pytest.mark.parametrize(
        ("templates", "message"),
        [
            (
                (resource("new", "PersistentVolumeClaim"), DELETE, container("x", "", {})),
                "not found",
            ),
            ((resource("new", "PersistentVolumeClaim"),) * 2, "already exists"),
        ],
    )
    def test_failures(
        self, run: Callable[..., Ran], templates: tuple[dict[str, object], ...], message: str
    ) -> None:
        document = workflow(*templates)
        main = document["spec"]["templates"][0]  # type: ignore[index]
        if len(templates) == 2:
            main["dag"]["tasks"][1]["name"] = "again"
        code, _, messages = run(document)
        assert code == 1
        assert message in messages

    def test_other_resources(self, run: Callable[..., Ran]) -> None:
        code, _, messages = run(workflow(resource("job", "Job")))
        assert code == 3
        assert "resource of kind Job" in messages


@pytest.mark.parametrize("turn", range(3))
def test_same_on_vertex_ai(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    """Each turn has another shell and another order of the tasks."""
    require(SHELLS[turn])
    monkeypatch.setenv("TRANSLATOR_SHARED", str(shared))
    monkeypatch.setenv("PYTHONPATH", str(HERE.parents[1]))
    source = {"kind": "PersistentVolumeClaim", "name": "{{inputs.parameters.claim}}"}
    data = {"kind": "VolumeSnapshot", "name": "{{workflow.name}}-snap"}
    document = workflow(
        resource("new", "PersistentVolumeClaim", **SIZE),
        container("write", "echo one > /data/a", {}),
        container("below", "echo two > /data/b", {"subPath": "deep/sub"}),
        container("read", "cat /data/b", {"readOnly": True, "subPath": "deep/sub"}),
        container("empty", "echo 4 > /data/d", {"name": "empty"}),
        container("old", "cat /data/x > /data/new", {"name": "old"}),
        container("again", "test ! -e /data/d; echo 5 > /data/e", {}),
        resource("snap", "VolumeSnapshot", source=source),
        resource("copy", "PersistentVolumeClaim", dataSource=data, **SIZE),
        container("last", "echo 6 > /data/f", {}),
        DELETE,
    )
    existing = {"claim-1": {"x": "1", "sub/y": "2"}}
    options = {"claim-1": "gs://other-bucket/some/folder"}
    path = tmp_path / "workflow.yaml"
    path.write_text(yaml.safe_dump(document))
    path.with_suffix(".json").write_text(json.dumps({"existing": existing, "options": options}))
    command = [sys.executable, "-m", "translator"]
    assert Comparison(command, path, tmp_path, turn).result() == ("same", "")
