"""Files that are made to exhaust or to crash their reader."""

from __future__ import annotations

import base64
import gzip
import json
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

import translator
from tests.unit.kfp_files import spec, text_of
from translator import api
from translator.cli import main
from translator.source import parse
from translator.source.nodes import MAX_POINTER, below
from translator.source.yaml_text import MAX_COPIED

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, words, input=stdin)


def code_of(text: str | bytes) -> str:
    with pytest.raises(translator.TranslationError) as refused:
        translator.load_text(text, "f")
    return refused.value.diagnostics[-1].rule.code


class TestAMistakeOfOurs:
    """An internal error in one file, and the others go on."""

    @pytest.fixture(autouse=True)
    def mistake(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def failing(read: Callable[..., Any]) -> Callable[..., Any]:
            def fail(path: str, *how: Any) -> Any:
                if "b" in path:
                    raise KeyError("something")
                return read(path, *how)

            return fail

        for name in ("load", "survey"):
            monkeypatch.setattr(api, name, failing(getattr(api, name)))
        for name in "abc":
            Path(f"{name}.yaml").write_text(text_of(spec()), "utf-8")

    def test_the_other_files_are_converted(self) -> None:
        result = run("convert", "a.yaml", "b.yaml", "c.yaml", "--to", "vertex")
        assert result.exit_code == 3
        assert "b.yaml: error[TR901]: " in result.stderr
        assert "KeyError at test_hostile_input.py:" in result.stderr
        assert "2 of 3 pipelines written" in result.stderr
        assert Path("a/main.py").exists() and Path("c/main.py").exists()
        assert not Path("b").exists()

    @pytest.mark.parametrize("command", ["convert", "check", "inspect"])
    def test_programs_are_told_for_which(self, command: str) -> None:
        result = run(command, "a.yaml", "b.yaml", "c.yaml", "--format", "json")
        document = json.loads(result.stdout)
        assert (result.exit_code, document["status"]) == (3, 3)
        assert [one["usable"] for one in document["inputs"]] == [True, False, True]
        assert [one["code"] for one in document["inputs"][1]["diagnostics"]] == ["TR901"]

    def test_the_summary_of_a_pipeline_is_contained_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from translator.cli import summary

        text = summary.text

        def fail(pipeline: Any, file: str, **how: Any) -> str:
            if file == "a.yaml":
                raise RecursionError
            return text(pipeline, file, **how)

        monkeypatch.setattr(summary, "text", fail)
        result = run("inspect", "a.yaml", "c.yaml")
        assert result.exit_code == 3
        assert "a.yaml: error[TR901]" in result.stderr
        assert "(c.yaml)" in result.stdout


# Packages


#: A zip file of one entry whose name is empty, which `zipfile` does not write.
NO_NAME = (
    "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAAAAAAYVBLAQIUABQAAAAAAAAAIQBDvrfoAQAAAAEAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAABQSwUGAAAAAAEAAQAuAAAAHwAAAAAA"
)


def tar_of(*headers: tarfile.TarInfo) -> bytes:
    return gzip.compress(b"".join(one.tobuf(tarfile.GNU_FORMAT) for one in headers) + bytes(1024))


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size, found.type = size, kind
    return found


def zip_of(name: str, change: Callable[[bytes], bytes] = bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "a: 1")
    return change(file.getvalue())


@pytest.mark.parametrize(
    "package",
    [
        base64.b64decode(NO_NAME),
        zip_of("p.yaml", lambda data: data.replace(b"p.yaml", b"\xff.yaml")),
        zip_of("p.yaml", lambda data: data[:40] + data[44:]),
        tar_of(header("p.yaml", 2**63)),
        tar_of(header("p.yaml", 2**80)),
        tar_of(*[header("x", kind=tarfile.GNUTYPE_LONGNAME)] * 3000),
        tar_of(header("x", 2**63, kind=tarfile.GNUTYPE_LONGNAME)),
        tar_of(header("x", 5, kind=tarfile.XHDTYPE)),
    ],
    ids=["no name", "name", "cut", "size", "larger", "recursion", "long name", "pax"],
)
def test_packages_that_lie_are_refused(package: bytes) -> None:
    assert code_of(package) in ("TR112", "TR130")


# What is repeated


def aliases(count: int, length: int) -> str:
    return f"a: [&t {'x' * length}" + ", *t" * count + "]"


def test_characters_that_aliases_repeat_are_bounded() -> None:
    """14 KB came to 10 MB of text."""
    fits = parse(aliases(MAX_COPIED // 10_000, 10_000), "f.yaml")
    assert not fits.diagnostics
    assert code_of(aliases(MAX_COPIED // 10_000 + 1, 10_000)) == "TR107"


@pytest.mark.parametrize(
    "repeated",
    [
        "- &t {kkkk: 1}\n" + "- *t\n" * 2000,
        "- &t kkkk\n" + "- {*t : 1}\n" * 2000,
        "- &t [[kkkk]]\n" + "- *t\n" * 2000,
        "- &t {a: kkkk}\n" + "- {<<: *t}\n" * 2000,
        "- &t !!str kkkk\n" + "- *t\n" * 2000,
    ],
    ids=["keys", "as keys", "below", "merged", "tagged"],
)
def test_keys_count_and_what_is_below(repeated: str) -> None:
    assert code_of(repeated.replace("kkkk", "k" * 600)) == "TR107"
    assert not parse(repeated.replace("kkkk", "k" * 400), "f.yaml").diagnostics


def test_a_long_key_is_not_repeated_by_what_is_below() -> None:
    """43 KB gave 16 MB of JSON."""
    parameters = {
        f"p{n}": {"parameterType": "STRING", "isOptional": True, "odd": 1} for n in range(250)
    }
    odd = {"executorLabel": "exec-say", "inputDefinitions": {"parameters": parameters}}
    document = spec(components={"comp-say": {"executorLabel": "exec-say"}, "k" * 12_500: odd})
    Path("p.yaml").write_text(json.dumps(document), "utf-8")
    for form in ("text", "json", "sarif", "github"):
        result = run("convert", "p.yaml", "--to", "vertex", "--format", form, "-o", form)
        assert result.exit_code == 0
        assert len(result.output) < 1_500_000
    report = Path("text/REPORT.md").read_text("utf-8")
    assert len(report) < 500_000


def test_pointers_that_are_cut_stay_apart() -> None:
    assert below("/a", "b~/c") == "/a/b~0~1c"
    assert below("", 7) == "/7"
    assert below("/a", "k" * 5000 + "x") != below("/a", "k" * 5000 + "y")
    pointer = ""
    for _ in range(200):
        pointer = below(pointer, "k" * 300)
    assert len(pointer) <= MAX_POINTER
    source = parse(json.dumps({"k" * 500 + end: {"z": 1} for end in "ab"}), "f.json")
    assert len(source.ledger()) == 2


def test_a_message_does_not_repeat_all_of_a_long_text() -> None:
    document = spec(root={"dag": {"tasks": {"n" * 9000: {"componentRef": {"name": "x" * 9000}}}}})
    pipeline = translator.load_text(json.dumps(document), "f.yaml").pipeline
    (finding,) = translator.check(pipeline, "vertex")
    assert finding.rule.code == "TR201"
    assert "(9,000 characters)" in finding.message
    assert len(finding.message) < 1300
