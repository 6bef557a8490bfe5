"""Outputs for CI: JUnit, annotations up to GitHub's limits, job summaries, counts by code."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.hostile_checks import steering
from tests.laws.hostile_words import KINDS
from translator.cli import job_summary, main
from translator.diagnostics import Diagnostic, Origin, Rule, Severity, junit
from translator.diagnostics.by_code import counted, table
from translator.diagnostics.github import MOST, first_of_each
from translator.diagnostics.internal import UNEXPECTED
from translator.diagnostics.runs import NO_PIPELINE

GOOD = "pipelineInfo: {name: a}\nroot: {dag: {tasks: {}}}\nschemaVersion: 2.1.0\n"
RULES = {
    severity: Rule(code, severity, what="{text}", hint="see {text}")
    for code, severity in (
        ("TR204", Severity.ERROR),
        ("TR103", Severity.WARNING),
        ("TR413", Severity.NOTE),
    )
}
WORDS = [word for kind in KINDS.values() for word in kind]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.setattr("translator.api.check", lambda *given: ())
    Path("in").mkdir()
    Path("in/good.yaml").write_text(GOOD)
    Path("in/odd.yaml").write_text(GOOD + "".join(f"odd{n}: 1\n" for n in range(13)))
    Path("in/broken.yaml").write_text("schemaVersion: 2.1.0\nroot: {}\n")
    Path("in/other.yaml").write_text("a: 1\n")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def finding(severity: Severity, text: str = "x", file: str = "a.yaml", line: int = 1) -> Diagnostic:
    return RULES[severity].at(Origin(file, line, 1), text=text)


class Element(NamedTuple):
    """What ``junit-10.xsd`` of Jenkins' xunit plugin allows in an element."""

    required: frozenset[str]
    optional: frozenset[str]
    children: frozenset[str]
    has_text: bool = False


def allowed(required: str, optional: str, children: str = "", *, text: bool = False) -> Element:
    words = (frozenset(part.split()) for part in (required, optional, children))
    return Element(*words, has_text=text)


#: The schema, apart from elements for tests that were run again, and properties.
SCHEMA = {
    "testsuites": allowed("", "name time tests failures errors", "testsuite"),
    "testsuite": allowed(
        "name tests failures errors",
        "group time skipped timestamp hostname id package file log url",
        "testsuite properties testcase system-out system-err",
    ),
    "testcase": allowed(
        "name", "time classname group", "skipped error failure system-out system-err"
    ),
    "failure": allowed("", "type message", text=True),
    "error": allowed("", "type message", text=True),
    "skipped": allowed("", "type message", text=True),
    "system-out": allowed("", "", text=True),
}


def checked(document: str) -> ElementTree.Element:
    """The root of a document, which follows the schema, and has the numbers that it counts."""
    root = ElementTree.fromstring(document.encode())
    for node in root.iter():
        element = SCHEMA[node.tag]
        assert element.required <= set(node.keys()) <= element.required | element.optional
        assert {child.tag for child in node} <= element.children
        assert element.has_text or not (node.text or "").strip()
    suite = root.find("testsuite")
    assert suite is not None
    counts = Counter(node.tag for case in suite.iter("testcase") for node in case)
    tests = len(list(suite.iter("testcase")))
    for node in (root, suite):
        numbers = [node.get(name) for name in ("tests", "failures", "errors")]
        assert numbers == [str(tests), str(counts["failure"]), str(counts["error"])]
    assert suite.get("skipped") == str(counts["skipped"])
    return root


class TestJunit:
    @pytest.mark.parametrize("command", ["check", "convert", "inspect"])
    def test_of_a_command(self, command: str) -> None:
        result = run(command, "in", "--format", "junit")
        assert result.exit_code == 1
        root = checked(result.stdout)
        assert root.get("name") == f"translator {command}"
        cases = {case.get("name"): case for case in root.iter("testcase")}
        assert sorted(cases) == [f"in/{n}.yaml" for n in ("broken", "good", "odd", "other")]
        kinds = {name: [node.tag for node in case] for name, case in cases.items()}
        assert kinds["in/good.yaml"] == []
        assert kinds["in/odd.yaml"] == ["system-out"]
        assert kinds["in/other.yaml"] == ["skipped"]
        assert kinds["in/broken.yaml"][0] == "failure"
        failure = cases["in/broken.yaml"][0]
        assert "TR104" in str(failure.get("type")).split(", ")
        assert "in/broken.yaml:1:1: error[TR104]" in str(failure.text)

    def test_an_internal_error_is_an_error(self) -> None:
        broken = UNEXPECTED.at(None, kind="KeyError", message="oops", where="")
        root = checked(junit.document({"a": [broken, finding(Severity.ERROR)]}, "check"))
        [case] = root.iter("testcase")
        assert [node.tag for node in case] == ["error"]

    def test_a_skipped_file_that_is_an_error(self) -> None:
        found = NO_PIPELINE.at(Origin("a"), found="a list", advice="x")
        raised = found._replace(weight=Severity.ERROR)
        document = junit.document({"a": [raised]}, "check", ["a"])
        assert "<failure" in document

    @pytest.mark.parametrize("kind", KINDS)
    def test_hostile_text_stays_text(self, kind: str) -> None:
        for word in KINDS[kind]:
            found = [finding(severity, word, word) for severity in RULES]
            document = junit.document({word: found, "b": [], f"c{word}": found[1:]}, "check")
            assert steering("junit", document) == []
            checked(document)
            assert not re.search(r"^\s*::|##\w*\[", document, re.MULTILINE)

    @given(st.text(st.characters(exclude_categories=()), max_size=20))
    def test_any_text_is_well_formed(self, word: str) -> None:
        found = [finding(severity, word, word) for severity in RULES]
        checked(junit.document({word: found}, "check", [word]))


class TestAnnotations:
    def test_at_most_as_many_as_github_shows(self) -> None:
        result = run("check", "in", "--format", "github")
        kinds = Counter(re.findall(r"^::(\w+) ", result.stdout, re.MULTILINE))
        assert kinds["warning"] == MOST == 10
        assert f"not annotated: 3 warnings; GitHub shows {MOST} of each kind" in result.stderr
        assert result.stdout.startswith("::error ")

    @given(st.lists(st.tuples(st.sampled_from([*Severity]), st.sampled_from("ab")), max_size=40))
    def test_errors_first_and_all_counted(self, given: list[tuple[Severity, str]]) -> None:
        found = [finding(*one, line=n + 1) for n, one in enumerate(given)]
        shown, rest = first_of_each(found, 3)
        assert sorted(map(str, shown + rest)) == sorted(map(str, found))
        ranks = [[*Severity].index(one.severity) for one in shown]
        assert ranks == sorted(ranks)
        for severity in Severity:
            number = sum(one.severity is severity for one in found)
            assert sum(one.severity is severity for one in shown) == min(number, 3)

    def test_different_ones_before_repeated_ones(self) -> None:
        found = [finding(Severity.ERROR, line=n) for n in range(1, 9)]
        found.append(finding(Severity.ERROR, "other", line=99))
        shown, _ = first_of_each(found, 3)
        assert [one.origin.line for one in shown if one.origin] == [1, 99, 2]


class TestJobSummary:
    def test_is_appended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path("summary.md").write_text("before\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
        run("check", "in", "--format", "text")
        assert Path("summary.md").read_text() == "before\n"
        run("check", "in", "--format", "github")
        page = Path("summary.md").read_text()
        assert page.startswith("before\n### translator check\n\n2 of 3 can be converted for Vertex")
        assert "| TR103 | warning | 13 | 1 | field `FIELD` is not translated |" in page
        assert "| in/broken.yaml:1 | error | TR104 | required field `pipelineInfo`" in page
        assert "skipped 1 file without a pipeline (TR450): in/other.yaml" in page

    def test_a_problem_is_no_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", "missing/summary.md")
        result = run("check", "in/good.yaml", "--format", "github")
        assert result.exit_code == 0
        assert "the job summary could not be written: No such file" in result.stderr

    def test_is_short(self) -> None:
        found = [finding(Severity.WARNING, "x" * 4000, str(n)) for n in range(300)]
        page = job_summary.page(found, "check", "done")
        assert len(page.encode()) < 2**20
        assert "200 more findings" in page

    @pytest.mark.parametrize("word", WORDS[::3])
    def test_hostile_text_stays_text(self, word: str) -> None:
        def page(text: str) -> str:
            found = [finding(severity, text, text) for severity in RULES]
            return job_summary.page(found, "check", f"`{text}` skipped {text}".replace("\n", " "))

        shown, plain = page(word), page("plain")
        assert steering("summary", shown) == []
        assert shown.count("\n| ") == plain.count("\n| ")
        without_code = re.sub(r"(?<!\\)`[^`\n]*`", "", shown)
        assert not re.search(r"(?<!\\)(?:\\\\)*[<>]", without_code)


class TestStatistics:
    def test_instead_of_findings(self) -> None:
        result = run("check", "in", "--statistics")
        assert result.exit_code == 1
        assert "warning[" not in result.stderr
        lines = result.stderr.splitlines()
        assert lines[0].split() == ["code", "severity", "findings", "files", "problem"]
        assert lines[1].split()[:2] == ["TR104", "error"]
        [line] = [line for line in lines if line.startswith("TR103")]
        assert line.split()[:4] == ["TR103", "warning", "13", "1"]

    def test_in_json(self) -> None:
        document = json.loads(run("check", "in", "--format", "json").stdout)
        [entry] = [one for one in document["codes"] if one["code"] == "TR103"]
        assert (entry["severity"], entry["findings"], entry["files"]) == ("warning", 13, 1)
        assert sum(one["findings"] for one in document["codes"]) == sum(document["counts"].values())

    def test_keys_are_documented(self) -> None:
        page = (Path(__file__).parents[2] / "docs/report-format.md").read_text("utf-8")
        rows = re.findall(r"^\| (`.*?) \|", page.partition("## `json`")[2], re.MULTILINE)
        known = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
        document = json.loads(run("check", "in", "--format", "json").stdout)
        assert document.keys() <= known
        assert document["inputs"][0].keys() <= known

    def test_severities_of_a_policy(self) -> None:
        found = [
            finding(Severity.WARNING),
            finding(Severity.WARNING)._replace(weight=Severity.ERROR),
        ]
        assert [one[:4] for one in counted(found)] == [
            ("TR103", "error", 1, 1),
            ("TR103", "warning", 1, 1),
        ]
        assert table([], 80) == ""
        assert max(map(len, table(counted(found), 40).splitlines())) <= 40


class TestQuiet:
    @pytest.mark.parametrize("flag", ["-q", "--quiet"])
    def test_errors_only(self, flag: str) -> None:
        result = run("check", "in", flag)
        assert result.exit_code == 1
        assert "error[TR104]" in result.stderr
        assert "warning" not in result.stderr and "can be converted" not in result.stderr
        result = run("check", "in/odd.yaml", flag)
        assert (result.exit_code, result.output) == (0, "")

    def test_convert(self) -> None:
        result = run("convert", "in/odd.yaml", "-q", "-o", "out")
        assert (result.exit_code, result.output) == (0, "")
        assert Path("out/main.py").is_file()
        result = run("convert", "in/odd.yaml", "-q", "-o", "out", "--dry-run")
        assert result.stdout.startswith("keep") and result.stderr == ""

    @pytest.mark.parametrize("command", ["plan", "inspect", "prerequisites"])
    def test_results_are_printed(self, command: str) -> None:
        result = run(command, "in/odd.yaml", "-q")
        assert (result.stdout, result.stderr) == (run(command, "in/odd.yaml").stdout, "")

    @pytest.mark.parametrize("form", ["json", "sarif", "junit"])
    def test_documents_have_all(self, form: str) -> None:
        result = run("check", "in", "-q", "--format", form)
        assert result.stdout == run("check", "in", "--format", form).stdout
        assert result.stderr == ""

    def test_annotations_of_errors(self) -> None:
        result = run("check", "in", "-q", "--format", "github")
        assert set(re.findall(r"^::(\w+) ", result.stdout, re.MULTILINE)) == {"error"}
        assert result.stderr == ""

    def test_not_with_verbose(self) -> None:
        assert run("check", "in", "-q", "-v").exit_code == 2
