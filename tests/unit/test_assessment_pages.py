"""The assessment in each format: all numbers are in it, and hostile text stays text."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.laws.hostile_checks import steering
from tests.laws.hostile_words import KINDS
from tests.unit.kfp_files import flow_of, spec
from translator.assessment import documents, fleet, html, texts
from translator.assessment.pipelines import Assessed, Grade, Problem, Work
from translator.cli import main

ROOT = Path(__file__).parents[2]
FORMS = ("text", "markdown", "json", "html")
#: Elements without an end.
VOID = frozenset({"meta", "rect"})
WORDS = [word for kind in KINDS.values() for word in kind]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["assess", *arguments])


def made_of(word: str) -> fleet.Assessment:
    """An assessment with the word in each of its texts."""
    problem = Problem("TR148", f"template `{word}` is recursive {word}", f"do {word}")
    pipelines = [
        Assessed(
            file=f"{number}{word}",
            grade=Grade.BLOCKED,
            tasks=2,
            codes=(("TR148", "error", 1),),
            blocking=(problem,),
            decisions=(("volumes", word),),
            warnings=1,
            work=(Work(word, word, 2),),
            blocked_work=frozenset({0}),
        )
        for number in range(2)
    ]
    return fleet.assessment(pipelines, "Vertex AI", [word])


class Page(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.opened: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


class TestHtml:
    @pytest.mark.parametrize("kind", KINDS)
    def test_hostile_text_stays_text(self, kind: str) -> None:
        plain = Page(html.page(made_of("plain")))
        for word in KINDS[kind]:
            page = html.page(made_of(word))
            assert steering("html", page) == []
            found = Page(page)
            assert found.opened == []
            # A backtick of the pipeline ends code in a message: its elements are not those of code.
            assert [t for t in found.tags if t != "code"] == [t for t in plain.tags if t != "code"]
            names = {name for name, _ in found.attributes}
            assert names == {name for name, _ in plain.attributes}

    def test_nothing_is_requested_or_run(self) -> None:
        page = Page(html.page(made_of("<script>alert(1)</script>")))
        assert "script" not in page.tags and "<script>alert(1)</script>" in page.text
        allowed = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "svg"}
        allowed |= {"rect", "nav", "ul", "li", "a", "section", "div", "table", "thead", "tbody"}
        allowed |= {"tr", "th", "td", "code", "details", "summary", "footer"}
        assert set(page.tags) <= allowed
        addresses = {v for n, v in page.attributes if n in ("href", "src", "action", "style")}
        assert addresses and all(address.startswith("#") for address in addresses)
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        assert not re.search(r"url\(|@import", html.STYLE)

    def test_the_policy_allows_its_own_style_alone(self) -> None:
        page = html.page(made_of("x"))
        [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
        [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in policy
        assert policy.startswith("default-src 'none';") and "unsafe" not in policy

    def test_links_lead_to_tables(self) -> None:
        page = Page(html.page(made_of("x")))
        ids = [value for name, value in page.attributes if name == "id"]
        assert len(ids) == len(set(ids)) > 5
        targets = {v.removeprefix("#") for n, v in page.attributes if n == "href"}
        assert targets == set(ids)


@pytest.mark.parametrize("word", random.Random(1).sample(WORDS, 40))
class TestHostileText:
    def test_in_markdown(self, word: str) -> None:
        page = texts.markdown_page(made_of(word))
        assert steering("markdown", page) == []
        plain = texts.markdown_page(made_of("plain"))
        assert page.count("\n") == plain.count("\n")
        for line, other in zip(page.split("\n"), plain.split("\n"), strict=True):
            bars = r"(?<!\\)(?:\\\\)*\|"
            assert len(re.findall(bars, line)) == len(re.findall(bars, other))
            without_code = re.sub(r"(?<!\\)`[^`]*`", "", line)
            assert not re.search(r"(?<!\\)(?:\\\\)*[<>]", without_code)

    def test_in_a_terminal(self, word: str) -> None:
        page = texts.terminal_page(made_of(word))
        assert steering("text", page) == []
        assert page.count("\n") == texts.terminal_page(made_of("plain")).count("\n")

    def test_in_json(self, word: str) -> None:
        document = json.loads(json.dumps(documents.as_json(made_of(word))))
        assert document["order"][0]["file"].endswith(word)


def test_files_of_hostile_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name in ("<b>.yaml", "\x1b[31m.yaml", "::error::x.yaml", "\u202e.yaml", "##[group].yaml"):
        (Path("in") / name).write_text(flow_of(spec()))
    for form in FORMS:
        result = run("in", "--format", form)
        assert result.exit_code == 0
        shown = result.stdout + result.stderr
        assert steering(form, shown) == []
        assert not re.search(r"##\w*\[|^\s*::", shown, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty files: pipelines of each grade, and others."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    v1 = (ROOT / "examples/train/pipeline_v1.yaml").read_text("utf-8")
    kinds = {
        "clean": flow_of(spec()),
        "odd": flow_of(spec(oddField=1)),
        "broken": "pipelineInfo: [",
        "v1": v1,
        "component": "implementation: {container: {image: a}}\n",
    }
    for number in range(4):
        for name, text in kinds.items():
            (tmp_path / "in" / f"{number}-{name}.yaml").write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("form", FORMS)
def test_processes_make_the_same_bytes(form: str, folder: Path) -> None:
    def shown(jobs: str) -> tuple[bytes, bytes]:
        words = ["-m", "translator", "assess", "in", "--format", form, "--jobs", jobs]
        done = subprocess.run(
            [sys.executable, *words], capture_output=True, env={"PYTHONPATH": str(ROOT)}
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    assert shown("1") == shown("2")


def test_each_format_has_the_numbers(folder: Path) -> None:
    document = json.loads(run("in", "--format", "json").stdout)
    assert document["grades"] == {"clean": 4, "decisions": 8, "blocked": 4}
    assert (document["pipelines"], len(document["skipped"])) == (16, 4)
    sentence = (
        "12 of 16 pipelines can be converted for Vertex AI: 4 clean, 8 with decisions, 4 blocked"
    )
    assert run("in").stdout.startswith(f"{sentence}\n")
    for form in ("markdown", "html"):
        page = run("in", "--format", form).stdout
        assert sentence in page
        for name in ("Blockers", "Open decisions", "Images", "Order of migration"):
            assert name in page
        for entry in document["order"]:
            assert Path(entry["file"]).name in page.replace("\\_", "_")


def test_a_terminal_has_the_first_rows(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.yaml").write_text(flow_of(spec()))
    page = run(str(tmp_path)).stdout
    assert "  … 18 more: --format markdown, html or json" in page
    assert len(page.splitlines()) < 60


def test_the_end_of_a_long_path_is_shown(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 20) / "end.yaml"
    path.parent.mkdir()
    path.write_text(flow_of(spec()))
    assert "long/end.yaml  clean" in run(str(tmp_path)).stdout


def test_the_keys_of_json_are_documented(folder: Path) -> None:
    """Those of the document are the rows of the table, the others are named in their row."""
    page = (ROOT / "docs/assess.md").read_text("utf-8")
    table = re.findall(r"^\| (`.*?) \| (.*) \|$", page.partition("## `json`")[2], re.MULTILINE)
    rows = {key: text for keys, text in table for key in re.findall(r"`(\w+)`", keys)}
    document = json.loads(run("in", "--format", "json").stdout)
    assert rows.keys() == document.keys()
    assert documents.SCHEMA in rows["schema"]
    for name, value in document.items():
        entries = value if isinstance(value, list) else [value]
        inner = {key for one in entries if isinstance(one, dict) for key in one}
        for key in inner:
            assert f"`{key}`" in rows[name], (name, key)


def test_no_pipelines(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("a: 1\n")
    for form in FORMS:
        result = run(str(tmp_path), "--format", form)
        assert result.exit_code == 0
        assert "skipped 1 file without a pipeline (TR450)" in result.stderr
    assert run(str(tmp_path)).stdout.startswith("0 of 0 pipelines can be converted")
