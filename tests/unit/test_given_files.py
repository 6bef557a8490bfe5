"""Which files a command reads, how much of them, and how the folders of bundles are called."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.kfp_files import spec, text_of
from translator import bundle
from translator.bundle import MANIFEST
from translator.cli import main
from translator.cli.inputs import inputs_of
from translator.source import parsing

PIPELINE = text_of(spec())


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(PIPELINE, "utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def converted(*words: str) -> dict[str, list[str]]:
    """Input → codes of what was found."""
    result = run("convert", *words, "--to", "vertex", "--format", "json")
    return {
        one["input"]: [finding["code"] for finding in one["diagnostics"]]
        for one in json.loads(result.stdout)["inputs"]
    }


# What a folder holds


def test_only_what_a_conversion_wrote_is_no_input() -> None:
    """A folder with a manifest was skipped whole, and with it whatever else was in it."""
    put("in/a.yaml")
    assert run("convert", "in/a.yaml", "--to", "vertex", "-o", "in").exit_code == 0
    put("in/b.yaml", "in/sub/c.yaml")
    assert list(converted("in", "-o", "out")) == ["in/a.yaml", "in/b.yaml", "in/sub/c.yaml"]
    assert list(converted("in", "-o", "out")) == ["in/a.yaml", "in/b.yaml", "in/sub/c.yaml"]


@pytest.mark.parametrize(
    "listed",
    ["{}", "[", '{"files": {"a.yaml": "x", "../b.yaml": ""}}', '{"files": {"a.yaml": ""}}'],
)
def test_no_manifest_hides_what_no_bundle_has(listed: str) -> None:
    put("in/a.yaml", "in/b.yaml")
    Path("in", MANIFEST).write_text(listed)
    assert list(converted("in", "-o", "out")) == ["in/a.yaml", "in/b.yaml"]


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_in_a_folder_is_told_and_not_waited_for() -> None:
    put("in/a.yaml")
    os.mkfifo("in/b.yaml")
    Path("in/c.yaml").symlink_to("/dev/zero")
    found = converted("in", "-o", "out")
    assert found == {"in/a.yaml": [], "in/b.yaml": ["TR127"], "in/c.yaml": ["TR127"]}
    shown = CliRunner().invoke(main, ["inspect", "in", "--format", "json"])
    found = {
        e["input"]: [d["code"] for d in e["diagnostics"]]
        for e in json.loads(shown.stdout)["inputs"]
    }
    assert found == {"in/a.yaml": [], "in/b.yaml": ["TR127"], "in/c.yaml": ["TR127"]}


# Components in a folder

COMPONENT = "name: c\nimplementation: {container: {image: alpine:3.20, command: [echo]}}\n"


def compiled_component(**changes: object) -> str:
    """What kfp 2 writes for a component that takes a number and returns a text."""
    inputs = {"parameters": {"x": {"parameterType": "NUMBER_INTEGER"}}}
    outputs = {"parameters": {"Output": {"parameterType": "STRING"}}}
    handed_on = {"valueFromParameter": {"producerSubtask": "c", "outputParameterKey": "Output"}}
    task = {
        "taskInfo": {"name": "c"},
        "componentRef": {"name": "comp-c"},
        "inputs": {"parameters": {"x": {"componentInputParameter": "x"}}},
    }
    root = {
        "dag": {"tasks": {"c": task}, "outputs": {"parameters": {"Output": handed_on}}},
        "inputDefinitions": inputs,
        "outputDefinitions": outputs,
    }
    written = {
        "pipelineInfo": {"name": "c"},
        "root": root,
        "components": {
            "comp-c": {
                "executorLabel": "exec-c",
                "inputDefinitions": inputs,
                "outputDefinitions": outputs,
            }
        },
        "deploymentSpec": {"executors": {"exec-c": {"container": {"image": "alpine:3.20"}}}},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.17.0",
    }
    return json.dumps(written | changes)


def test_components_in_a_folder_are_skipped() -> None:
    put("in/a.yaml")
    Path("in/component.yaml").write_text(COMPONENT)
    Path("in/graph.yaml").write_text("implementation: {graph: {tasks: {}}}\n")
    Path("in/compiled.json").write_text(compiled_component())
    found = converted("in", "-o", "out")
    assert found == {
        "in/a.yaml": [],
        "in/compiled.json": ["TR198"],
        "in/component.yaml": ["TR198"],
        "in/graph.yaml": ["TR198"],
    }
    assert os.listdir("out") == ["a"]
    for words in (["convert", "in", "-o", "new"], ["check", "in"]):
        result = run(*words, "--to", "vertex")
        assert result.exit_code == 0
        assert "skipped 3 components in folders (TR198): in/compiled.json, in/c" in result.stderr
        assert "1 of 1" in result.stderr or "new/a written" in result.stderr


def test_a_component_that_is_named_is_converted() -> None:
    Path("component.yaml").write_text(COMPONENT)
    Path("compiled.json").write_text(compiled_component())
    assert converted("component.yaml", "compiled.json", "-o", "out") == {
        "component.yaml": [],
        "compiled.json": [],
    }
    assert sorted(os.listdir("out")) == ["compiled", "component"]


def test_a_folder_of_components() -> None:
    Path("in").mkdir()
    for number in range(7):
        Path(f"in/{number}.yaml").write_text(COMPONENT)
    result = run("check", "in", "--to", "vertex")
    assert result.exit_code == 0
    assert "nothing to convert for Vertex AI" in result.stderr
    assert "in/4.yaml and 2 more" in result.stderr
    assert run("check", "in", "--to", "vertex", "--error", "TR198").exit_code == 1


@pytest.mark.parametrize(
    "changes",
    [{"sdkVersion": "kfp-1.8.22"}, {"pipelineInfo": {"name": "d"}}],
)
def test_a_pipeline_of_one_task_is_no_component(changes: dict[str, object]) -> None:
    Path("in").mkdir()
    Path("in/a.json").write_text(compiled_component(**changes))
    assert converted("in", "-o", "out") == {"in/a.json": []}


def test_without_inputs_and_outputs_it_is_a_pipeline() -> None:
    written = json.loads(compiled_component())
    del written["root"]["inputDefinitions"], written["root"]["outputDefinitions"]
    del written["root"]["dag"]["outputs"], written["root"]["dag"]["tasks"]["c"]["inputs"]
    written["components"]["comp-c"] = {"executorLabel": "exec-c"}
    Path("in").mkdir()
    Path("in/a.json").write_text(json.dumps(written))
    assert converted("in", "-o", "out") == {"in/a.json": []}


def test_a_default_of_the_pipeline_alone_makes_it_a_pipeline() -> None:
    written = json.loads(compiled_component())
    x = {"parameterType": "NUMBER_INTEGER", "defaultValue": 1, "isOptional": True}
    written["root"]["inputDefinitions"] = {"parameters": {"x": x}}
    Path("in").mkdir()
    Path("in/a.json").write_text(json.dumps(written))
    assert converted("in", "-o", "out") == {"in/a.json": []}


def test_kfps_own_compiler_is_recognised() -> None:
    components = pytest.importorskip("kfp.components")
    text = "name: c\ninputs: [{name: x, type: String}]\n" + COMPONENT.partition("\n")[2]
    Path("in").mkdir()
    compiler = pytest.importorskip("kfp.compiler").Compiler()
    compiler.compile(components.load_component_from_text(text), "in/a.yaml")
    assert converted("in", "-o", "out") == {"in/a.yaml": ["TR198"]}


# How much is read


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".zip", ".tar.gz"])
def test_no_more_is_read_than_the_limit(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_BYTES", 1000)
    start = {".zip": b"PK\x03\x04", ".tar.gz": b"\x1f\x8b"}.get(suffix, b"a: 1\n")
    Path("a" + suffix).write_bytes(start + b" " * 5000)
    assert converted("a" + suffix) == {"a" + suffix: ["TR107"]}


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device")
def test_what_has_no_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_BYTES", 1000)
    Path("link.yaml").symlink_to("/dev/zero")
    assert converted("link.yaml") == {"link.yaml": ["TR107"]}
    with open("/dev/zero", "rb") as zeros:
        result = CliRunner().invoke(main, ["check", "-", "--to", "vertex"], input=zeros.read(5000))
    assert "TR107" in result.stderr


# What the folder is called


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        *[("a.yaml", "a"), ("a.b.yml", "a.b"), ("a.tar.gz", "a"), ("a", "a.translated")],
        *[("...yaml", "pipeline"), (".yaml", "pipeline"), ("..yaml", "pipeline")],
        *[("....tar.gz", "pipeline"), (". .yaml", "pipeline"), ("...", "pipeline")],
        *[("a..yaml", "a"), ("a. .json", "a"), (".git.yaml", "git"), ("..a.yaml", "a")],
        *[("con.yaml", "_con"), ("NUL.x.json", "_NUL.x"), ("com1.zip", "_com1")],
        *[("console.yaml", "console"), ("-.yaml", "-"), ("-rf.yaml", "-rf"), ("a.PIPE", "a")],
    ],
)
def test_folders_have_safe_names(name: str, folder: str) -> None:
    put("in/" + name)
    (one,) = inputs_of(("in/" + name,))
    assert one.folder == folder
    assert run("convert", "in/" + name, "--to", "vertex").exit_code in (0, 1)
    assert {path.name for path in Path().iterdir()} <= {"in", folder}
    assert {path.name for path in Path("in").iterdir()} == {name}


def test_names_that_come_to_one_are_told_apart_by_kind() -> None:
    put("in/.yaml", "in/...json", "in/a.yaml", "in/a.YML")
    given = inputs_of(("in/.yaml", "in/...json", "in/a.yaml", "in/a.YML"))
    assert [one.folder for one in given] == ["pipeline-yaml", "pipeline-json", "a-yaml", "a-YML"]


def test_two_names_of_one_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``A`` and ``a`` are on macOS and Windows; a link that comes with ``A`` does that here."""
    write = bundle.write

    def written(files: dict[str, str], folder: str, *, force: bool) -> object:
        paths = write(files, folder, force=force)
        Path("out/a").symlink_to("A")
        return paths

    monkeypatch.setattr(bundle, "write", written)
    put("A.yaml", "a.yaml")
    assert converted("A.yaml", "a.yaml", "-o", "out") == {"A.yaml": [], "a.yaml": ["TR128"]}
    # Where they are there already it shows before anything is written.
    words = ("A.yaml", "a.yaml", "-o", "out", "--dry-run")
    assert converted(*words) == {"A.yaml": [], "a.yaml": ["TR128"]}
