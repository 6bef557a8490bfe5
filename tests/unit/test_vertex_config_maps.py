"""Values of config maps in containers on Vertex AI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import translator
from tests.unit.pods import codes, constant, decided, mount, pipeline
from translator.decisions import Decisions
from translator.expansion import references
from translator.model import Container
from translator.model.kubernetes import (
    AllKeys,
    ConfigMapVariable,
    ConfigMapVolume,
    SecretVariable,
)
from translator.records import replace
from translator.targets.vertex import Options
from translator.targets.vertex.passes.config_map_wrapper import Target, write_values
from translator.targets.vertex.passes.config_maps import config_maps

if TYPE_CHECKING:
    from translator.decisions import Decided

LANGUAGE = ConfigMapVariable(variable="LANGUAGE", config_map=constant("defaults"), key="language")
#: Values that a shell or a backend reads as something else, if it gets to read them.
HOSTILE = {
    "empty": "",
    "newlines": "\n a\n\n",
    "quotes": 'it\'s "so" \\ \\n %s %d \\c',
    "command": "$(touch hacked) `touch hacked`; touch hacked & touch hacked | touch hacked",
    "variables": "$0 $1 $@ ${HOME} ~ * $$ $(HOME)",
    "option": "-n --",
    "end": "--",
    "placeholder": "{{$.inputs.parameters['x']}} {{$}}",
    "odd": "ünï 😀 \u2028 \r\t\x01\x1b[31m",
    "not unicode": "\udcff\udcc3x",
    "large": "0123456789" * 90_000,
    "large odd": "ü$$" * 100_000,
}


def container(done: Decided) -> Container:
    executor = done.pipeline.executors["exec-train"]
    assert isinstance(executor, Container)
    return executor


def env(done: Decided) -> dict[str, str]:
    return {one.name: str(one.value) for one in container(done).env}


def files(done: Decided) -> dict[str, tuple[str, str]]:
    """Where → how and what, of the wrapper; values in one piece."""
    words = [str(word) for word in container(done).command]
    found = {}
    at = 4
    while words[at] != "--":
        assert words[at + 3] == "1"
        found[words[at]] = (words[at + 1], words[at + 4])
        at += 5
    return found


def volume(**fields: object) -> ConfigMapVolume:
    return ConfigMapVolume(config_map=constant("defaults"), **fields)


class TestVariables:
    def test_become_plain(self) -> None:
        given = pipeline(variables=(LANGUAGE,), env={"A": "$(LANGUAGE)", "LANGUAGE": "x"})
        done = decided(config_maps, given, config_maps={"defaults": {"language": "en", "b": "c"}})
        assert env(done) == {"LANGUAGE": "en", "A": "$(LANGUAGE)"}
        assert list(env(done)) == ["LANGUAGE", "A"]
        assert container(done).pod.variables == ()
        assert container(done).command == container(decided(config_maps, given)).command
        assert done.used == {("config_maps", "defaults")} and codes(done) == []

    def test_without_a_decision_nothing_changes(self) -> None:
        given = pipeline(variables=(LANGUAGE,), mounts=(mount("/etc/a", volume()),))
        done = decided(config_maps, given, config_maps={"other": {"language": "en"}})
        assert done.pipeline is given and not done.used and not done.findings

    def test_all_keys(self) -> None:
        every = AllKeys(config_map=constant("defaults"), prefix="D_")
        given = pipeline(variables=(LANGUAGE, every), env={"D_b": "own"})
        done = decided(
            config_maps, given, config_maps={"defaults": {"language": "en", "b": "c", "d.e": "f"}}
        )
        assert env(done) == {"D_language": "en", "D_d.e": "f", "LANGUAGE": "en", "D_b": "own"}

    def test_references_in_a_value_are_not_replaced(self) -> None:
        given = pipeline(variables=(LANGUAGE,), env={"A": "x"})
        for value, written in (("$(A)", "$$(A)"), ("$(B)", "$(B)"), ("a$$b", "a$$$$b")):
            done = decided(config_maps, given, config_maps={"defaults": {"language": value}})
            assert env(done)["LANGUAGE"] == written

    @pytest.mark.parametrize("value", ["", "{{$.inputs.parameters['x']}}", "\udcff"])
    def test_values_that_a_plain_one_cannot_have(self, value: str) -> None:
        done = decided(
            config_maps,
            pipeline(variables=(LANGUAGE,)),
            config_maps={"defaults": {"language": value}},
        )
        assert env(done) == {}
        words = [str(word) for word in container(done).command]
        assert words[3:6] == ["write-config-maps", "LANGUAGE", "env"]
        odd = replace(LANGUAGE, variable="a.b")
        done = decided(
            config_maps, pipeline(variables=(odd,)), config_maps={"defaults": {"language": value}}
        )
        assert codes(done) == ["TR374"]

    def test_a_missing_key(self) -> None:
        given = pipeline(variables=(LANGUAGE, replace(LANGUAGE, variable="B", optional=True)))
        done = decided(config_maps, given, config_maps={"defaults": {"b": "c"}})
        (finding,) = done.findings
        assert finding.rule.code == "TR375"
        assert finding.message == (
            "config map `defaults` as given has no key `language`, which environment variable "
            "`LANGUAGE` needs"
        )

    def test_a_later_one_of_the_same_name_wins(self) -> None:
        secret = SecretVariable(variable="LANGUAGE", secret=constant("s"), key="k")
        given = {"defaults": {"language": "en"}}
        done = decided(config_maps, pipeline(variables=(secret, LANGUAGE)), config_maps=given)
        assert env(done) == {"LANGUAGE": "en"} and container(done).pod.variables == ()
        done = decided(config_maps, pipeline(variables=(LANGUAGE, secret)), config_maps=given)
        assert done.pipeline.executors == pipeline(variables=(LANGUAGE, secret)).executors


class TestFiles:
    @pytest.mark.parametrize(
        ("made", "expected"),
        [
            (mount("/etc/a", volume()), {"/etc/a/x": ("0644", "1"), "/etc/a/y.z": ("0644", "2")}),
            (mount("/etc/a", volume(items={"x": "b/c"})), {"/etc/a/b/c": ("0644", "1")}),
            (mount("/app.conf", volume(), sub_path="x"), {"/app.conf": ("0644", "1")}),
            (mount("/a", volume(items={"x": "x"}), defaultMode=0o755), {"/a/x": ("0755", "1")}),
            (mount("/a", volume(items={"x": "x", "q": "q"}, optional=True)),
             {"/a/x": ("0644", "1")}),
        ],
    )  # fmt: skip
    def test_of_mounts(self, made: object, expected: dict[str, tuple[str, str]]) -> None:
        given = {"defaults": {"x": "1", "y.z": "2"}}
        done = decided(config_maps, pipeline(mounts=(made,)), config_maps=given)
        assert files(done) == expected and container(done).pod.mounts == ()

    def test_a_missing_key(self) -> None:
        made = mount("/a", volume(items={"q": "r"}))
        done = decided(config_maps, pipeline(mounts=(made,)), config_maps={"defaults": {"x": "1"}})
        (finding,) = done.findings
        assert finding.rule.code == "TR375" and "the file `/a/r` needs" in finding.message

    def test_a_container_without_a_command(self) -> None:
        given = pipeline(mounts=(mount("/etc/a", volume()),), command=())
        done = decided(config_maps, given, config_maps={"defaults": {"x": "1"}})
        assert codes(done) == ["TR371"]

    def test_keys_that_lead_elsewhere(self) -> None:
        given = {"defaults": {"../x": "1", "..": "2", "a/b": "3"}}
        done = decided(config_maps, pipeline(mounts=(mount("/a", volume()),)), config_maps=given)
        assert container(done).command == container(decided(config_maps, pipeline())).command


def test_needs() -> None:
    optional = AllKeys(config_map=constant("metadata"), optional=True)
    given = pipeline(variables=(LANGUAGE, optional), mounts=(mount("/etc/a", volume()),))
    done = decided(config_maps, given, config_maps={"metadata": {"a": "b"}})
    assert [(need.key, need.value, need.why) for need in done.needs] == [
        ("metadata", "a", "environment variables come from config map `metadata` (optional)"),
        ("defaults", "", "environment variable `LANGUAGE` comes from config map `defaults`"),
        ("defaults", "", "the files at `/etc/a` come from config map `defaults`"),
    ]


class TestWrapper:
    """The script, run by real shells."""

    @pytest.fixture(params=["dash", "bash", "busybox"])
    def shell(self, request: pytest.FixtureRequest, tmp_path: Path) -> str:
        program = shutil.which(request.param)
        if program is None:
            pytest.skip(f"no {request.param} here")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "sh").symlink_to(program)
        return str(tmp_path / "bin" / "sh")

    def run(self, shell: str, targets: list[Target], *program: str) -> tuple[int, bytes, bytes]:
        words = [str(word) for word in write_values(targets)]
        argv = [shell, *(os.fsencode(word) for word in words[1:]), *program]
        path = f"{Path(shell).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            argv, env={"PATH": path, "LC_ALL": "C.UTF-8"}, capture_output=True, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    @pytest.mark.parametrize("kind", HOSTILE)
    def test_values_are_exact(self, shell: str, tmp_path: Path, kind: str) -> None:
        value = HOSTILE[kind]
        path = tmp_path / "a b" / "-x $(y)" / "key"
        targets = [Target(value, str(path), 0o640), Target("next", str(tmp_path / "b"), 0o600)]
        if len(value) < 100_000:  # for one variable, too, Linux allows 128 KiB
            targets.append(Target(value, "VALUE"))
        status, out, err = self.run(
            shell, targets, "sh", "-c", 'printf "%s|" "$VALUE" "$@"', "x", "a b", ""
        )
        assert (status, err) == (0, b"")
        shown = os.fsencode(value) if len(value) < 100_000 else b""
        assert out == shown + b"|a b||"
        assert path.read_bytes() == os.fsencode(value) and path.stat().st_mode & 0o777 == 0o640
        assert (tmp_path / "b").read_bytes() == b"next"
        assert sorted(one.name for one in tmp_path.iterdir()) == ["a b", "b", "bin"]

    def test_a_file_of_the_image_is_replaced(self, shell: str, tmp_path: Path) -> None:
        (tmp_path / "other").write_text("kept")
        (tmp_path / "link").symlink_to("other")
        assert self.run(shell, [Target("new", str(tmp_path / "link"), 0o600)], "true")[0] == 0
        assert (tmp_path / "link").read_text() == "new"
        assert (tmp_path / "other").read_text() == "kept"

    def test_where_a_folder_is(self, shell: str, tmp_path: Path) -> None:
        status, _, err = self.run(shell, [Target("new", str(tmp_path), 0o600)], "true")
        assert status == 1
        assert err.decode() == f"write-config-maps: cannot write {tmp_path}: it is a folder\n"

    def test_no_access(self, shell: str) -> None:
        status, _, err = self.run(shell, [Target("new", "/proc/x/y", 0o600)], "true")
        assert status == 1 and err.decode().splitlines()[-1] == (
            "write-config-maps: cannot write /proc/x/y: the user of the image needs write access"
        )

    def test_the_status_is_that_of_the_program(self, shell: str) -> None:
        assert self.run(shell, [Target("a", "A")], "sh", "-c", "exit 42")[0] == 42
        assert self.run(shell, [Target("a", "A")], "no-such-program")[0] == 127

    @pytest.mark.parametrize("kind", HOSTILE)
    def test_arguments_are_plain_text_for_backends(self, kind: str) -> None:
        words = [str(word) for word in write_values([Target(HOSTILE[kind], "A")])]
        names = ["HOME", "A", "touch hacked"]
        assert not [word for word in words if "{{$" in word or references(word, names)]
        assert max(len(word.encode()) for word in words) < 128 * 1024


def test_files_inside_the_volume_of_a_claim(tmp_path: Path) -> None:
    """The same for secrets: other tasks have the folder of the claim too."""
    volumes = [
        {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "c", "configMap": {"name": "cm"}},
        {"name": "s", "secret": {"secretName": "s"}},
    ]
    mounts = [{"name": name, "mountPath": f"/mnt/{name}"} for name in "cs"]
    mounts.append({"name": "d", "mountPath": "/mnt"})
    container = {"image": "python:3.9", "command": ["true"], "volumeMounts": mounts}
    template = {"name": "main", "container": container, "volumes": volumes}
    spec = {"entrypoint": "main", "templates": [template]}
    path = tmp_path / "p.yaml"
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    path.write_text(json.dumps({**head, "metadata": {"generateName": "p-"}, "spec": spec}))
    decisions = Decisions(
        volumes={"data": "gs://bkt/d"},
        config_maps={"cm": {"k": "v"}},
        secrets={"s/k": "projects/pro-ject/secrets/s/versions/1"},
    )
    made = translator.translate(path, to="vertex", options=Options(decisions=decisions))
    told = [one.message for one in made.diagnostics if one.rule.code == "TR374"]
    assert [text.partition(" are in the volume at `/mnt`")[0] for text in told] == [
        "the files of `cm` at `/mnt/c`",
        "links to the files of `s` at `/mnt/s`",
    ]
