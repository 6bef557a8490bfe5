"""Files in folders: those that are no pipelines are skipped, excluded ones are not read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.kfp_files import flow_of, spec
from translator.cli import main

COMMANDS = ("convert", "check", "inspect", "plan", "prerequisites")
#: Files of other programs that are often beside pipelines.
OTHERS = {
    "configmap.yaml": "{apiVersion: v1, kind: ConfigMap, data: {a: b}}\n",
    "compose.yml": "services: {web: {image: nginx}}\n",
    "values.json": "[1, 2]\n",
    "empty.yaml": "",
    "comment.yaml": "# nothing\n",
    "chart.yaml": "name: {{ .Values.name }}\n",
    "stack.yaml": "Value: !Ref Bucket\n",
    "mkdocs.yml": "slugify: !!python/name:pymdownx.slugs.uslugify\n",
    "twice.yaml": "a: 1\na: 2\n",
    "latin.yaml": b"name: \xff\xfe\xff\n",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    put("in/train.yaml", flow_of(spec()))
    return tmp_path


def put(path: str, text: str | bytes) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(text if isinstance(text, bytes) else text.encode())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def read(*arguments: str) -> dict[str, list[str]]:
    """Name of each input that `check` reads → its codes."""
    result = run("check", *arguments, "--format", "json")
    assert result.exit_code < 2, result.output
    inputs = json.loads(result.stdout)["inputs"]
    return {one["input"]: [d["code"] for d in one["diagnostics"]] for one in inputs}


class TestOthers:
    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize("name", OTHERS)
    def test_are_skipped(self, command: str, name: str) -> None:
        put(f"in/{name}", OTHERS[name])
        result = run(command, "in")
        assert result.exit_code == 0, result.output
        assert f"skipped 1 file without a pipeline (TR450): in/{name}" in result.stderr
        assert run("check", f"in/{name}").exit_code == 1

    def test_the_number_of_pipelines_is_without_them(self) -> None:
        for name, text in OTHERS.items():
            put(f"in/{name}", text)
        result = run("check", "in")
        assert "1 of 1 can be converted" in result.stderr
        assert "skipped 10 files without a pipeline (TR450): " in result.stderr
        assert "and 5 more" in result.stderr
        assert run("check", "in", "--error", "TR450").exit_code == 1

    def test_archives(self) -> None:
        for name, member in (("data.zip", "a.csv"), ("flow.zip", "pipeline.yaml")):
            with zipfile.ZipFile(f"in/{name}", "w") as archive:
                archive.writestr(member, flow_of(spec()))
        put("in/damaged.zip", b"PK\x03\x04 this is damaged")
        assert read("in") == {
            "in/damaged.zip": ["TR112"],
            "in/data.zip": ["TR450"],
            "in/flow.zip": [],
            "in/train.yaml": [],
        }

    @pytest.mark.parametrize(
        "text",
        [
            "pipelineInfo: {name: x\n",
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {{ x }}\n",
            "schemaVersion: 2.1.0\nroot: !x {}\n",
            "schemaVersion: [2.1.0\n".encode("utf-16"),
            "pipelineInfo: {name: x}\nroot: {}\nroot: {}\n",
        ],
    )
    def test_pipelines_with_errors_are_not_skipped(self, text: str | bytes) -> None:
        put("in/broken.yaml", text)
        result = run("check", "in")
        assert result.exit_code == 1
        assert "skipped" not in result.stderr

    def test_a_component_with_errors_is_a_component(self) -> None:
        put("in/a.yaml", "implementation: {container: {image: a, fileOutputs: {x: /x}, odd: 1}}\n")
        assert read("in")["in/a.yaml"] == ["TR198"]
        assert "TR450" not in run("inspect", "in", "-v").stderr

    def test_what_it_is(self) -> None:
        put("in/a.yaml", OTHERS["configmap.yaml"])
        result = run("check", "in", "-v")
        assert (
            "this is a Kubernetes object of the kind `ConfigMap`, not a compiled" in result.stderr
        )


class TestExclude:
    @pytest.mark.parametrize(
        ("patterns", "left"),
        [
            ([], ["in/old/a.yaml", "in/old/deep/b.yaml", "in/train.yaml"]),
            (["old"], ["in/train.yaml"]),
            (["in/old/*.yaml"], ["in/old/deep/b.yaml", "in/train.yaml"]),
            (["in/old"], ["in/train.yaml"]),
            (["b.*"], ["in/old/a.yaml", "in/train.yaml"]),
            (["deep", "train.yaml"], ["in/old/a.yaml"]),
            (["in"], []),
        ],
    )
    def test_option_and_setting(self, patterns: list[str], left: list[str]) -> None:
        put("in/old/a.yaml", flow_of(spec()))
        put("in/old/deep/b.yaml", flow_of(spec()))
        words = [word for pattern in patterns for word in ("--exclude", pattern)]
        assert sorted(read("in", *words)) == left
        put("translator.toml", f"exclude = {json.dumps(patterns)}\n")
        assert sorted(read("in")) == left

    def test_settings_are_relative_to_their_file(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put("in/a.yaml", flow_of(spec()))
        put("pyproject.toml", "[tool.translator]\nexclude = ['in/a.yaml']\n")
        monkeypatch.chdir(here / "in")
        assert list(read(".")) == ["./train.yaml"]
        assert list(read(".", "--exclude", "train.yaml")) == []

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_it(self, command: str) -> None:
        put("in/broken.yaml", "pipelineInfo: [")
        assert run(command, "in").exit_code == 1
        assert run(command, "in", "--exclude", "broken.yaml").exit_code == 0

    def test_nothing_left_is_no_error(self) -> None:
        result = run("check", "in", "--exclude", "*.yaml")
        assert (result.exit_code, result.stderr) == (0, "nothing to convert for Vertex AI\n")
        assert run("check", ".", "--exclude", "in").exit_code == 0

    def test_named_files_are_read(self) -> None:
        assert list(read("in/train.yaml", "--exclude", "in")) == ["in/train.yaml"]


class TestNamedFiles:
    """As pre-commit calls it: with the names of all files that changed."""

    def test_are_skipped_as_in_folders(self) -> None:
        for name, text in OTHERS.items():
            put(f"in/{name}", text)
        names = [f"in/{name}" for name in ("train.yaml", *OTHERS)]
        assert run("check", *names).exit_code == 1
        result = run("check", *names, "--skip-non-pipelines", "--exclude", "latin.yaml")
        assert result.exit_code == 0
        assert "1 of 1 can be converted" in result.stderr
        assert "skipped 9 files without" in result.stderr

    def test_none_is_left(self) -> None:
        put("in/a.yaml", OTHERS["stack.yaml"])
        for words in (["in/a.yaml"], ["in/a.yaml", "--exclude", "a.yaml"]):
            assert run("check", *words, "--skip-non-pipelines").exit_code == 0
